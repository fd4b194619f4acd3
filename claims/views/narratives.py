"""The narrative of a claim, sentence by sentence with its receipts, and its short forms to copy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from claims.models import Claim, Packet
from claims.packet.narrative import Proof, Sentence, compose, short_form
from claims.queries.claims import facts_of
from claims.queries.packets import is_current
from claims.views.page import claim_or_404, trail
from documentation.kernel.permissions import Permission
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, requires
from documentation.views.work import at_location

LENGTHS = ((80, "One line, as the note of an 837P"), (400, "A claim's note, as item 35 and NTE of an 837D"))
TITLES = {
    "reason": "Why",
    "examination": "What was done and seen",
    "relevance": "What it means",
    "plan": "What follows",
}
PLACES = {
    "visit": ("visit", "Visit"), "justification": ("justification", "Justification"),
    "procedure": ("specifics", "Procedure"), "findings": ("specifics", "Findings"), "images": ("analysis", "Images"),
    "interpretation": ("analysis", "Interpretation"), "plan": ("care", "Plan of care"),
    "signature": ("people", "Signature"),
}  # fmt: skip
"""The section of the note that proves a sentence: where the record's page shows it, and its name."""


@requires(Permission.PACKET_VIEW)
@require_safe
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """The narrative as the next packet will tell it; where the newest packet tells the same, with its pages."""
    claim = claim_or_404(pk)
    facts = facts_of(claim)
    packet = claim.packets.select_related("claim").filter(kind="claim").first()
    current = packet if packet and is_current(packet, facts) else None
    pages = _pages(current) if current else {}
    sentences = compose(facts)
    record = reverse("encounter", args=[claim.encounter.pk]) if request.user.may(Permission.ENCOUNTER_VIEW) else ""
    full = " ".join(s.text for s in sentences if not s.is_gap)
    _looked(request, claim)
    context = {
        "claim": claim,
        "paragraphs": [
            {"title": TITLES.get(name, ""), "sentences": [_told(s, record, current, pages) for s in group]}
            for name, group in groupby(sentences, key=lambda s: s.paragraph.value)
        ],
        "gaps": sum(s.is_gap for s in sentences),
        "full": full,
        "shorts": [_short(short_form(facts, limit), limit, words, record) for limit, words in LENGTHS],
        "packet": packet,
        "current": current,
        "trail": [*trail(claim), {"label": claim.number, "url": reverse("claim_page", args=[claim.pk])}],
    }
    return at_location(request, claim.encounter, "claims/narrative.html", context)


def _told(
    sentence: Sentence, record: str, packet: Packet | None, pages: Mapping[str, Mapping[str, int]]
) -> dict[str, Any]:
    receipts = [_receipt(proof, record) for proof in sentence.proof]
    sealed = sorted(set(pages.get(sentence.text, {}).values()))
    if packet:
        url = reverse("packet_page", args=[packet.pk])
        receipts += [{"label": f"p. {page}", "url": f"{url}#page-{page}"} for page in sealed]
    return {
        "text": sentence.text,
        "is_gap": sentence.is_gap,
        "receipts": list({r["label"]: r for r in receipts}.values()),
    }


def _receipt(proof: Proof, record: str) -> dict[str, str]:
    if proof.figure is not None:
        return {"label": f"Fig. {proof.figure}", "url": f"{record}#figure-{proof.figure}" if record else ""}
    part, name = PLACES.get(proof.target.rpartition(":")[2], ("", "Note"))
    return {"label": name, "url": f"{record}#part-{part}" if record else ""}


def _short(sentences: tuple[Sentence, ...], limit: int, words: str, record: str) -> dict[str, Any]:
    text = " ".join(s.text for s in sentences)
    told = [_told(s, record, None, {}) for s in sentences]
    return {"limit": limit, "words": words, "text": text, "length": len(text), "sentences": told}


def _pages(packet: Packet) -> dict[str, dict[str, int]]:
    """By sentence, the page of each of its receipts, as the packet was sealed."""
    told = json.loads(packet.manifest)["narrative"]
    return {line["text"]: {r["target"]: r["page"] for r in line["receipts"] if r["page"]} for line in told}


def _looked(request: SignedInRequest, claim: Claim) -> None:
    patient = claim.encounter.patient
    audit_view("claim.view", by=request.user, at=timezone.now(), subject=claim, patient=patient, page="narrative")
