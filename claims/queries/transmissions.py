"""What is needed to write claims electronically: purpose, numbers, packet; and what came of earlier files."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from claims.codes.denial_causes import PREDETERMINATION_STATUS
from claims.edi.acknowledgements import Outcome
from claims.edi.claim_of_facts import NOTE_CHARACTERS, Sending
from claims.edi.electronic import Purpose
from claims.facts import ClaimFacts
from claims.models import Acknowledgement, Claim, Packet, RemittanceClaim, RuleOverride, TransmittedClaim
from claims.packet.narrative import brief
from claims.queries.claims import facts_of_each, report_on
from claims.queries.packets import packets_to_send
from claims.queries.rulebook import RuleBooks
from claims.workflow import Closing, Preparation, Transport
from documentation.kernel.rule import Report

MANY = 200
"""Claims whose rows are in memory at once."""


PAPERS = {"primary_eob": "EB", "First plan's EOB": "EB", "Report of earlier imaging": "RR", "Referral": "B4"}
"""PWK01 by the part of a packet, or by the kind of an evidence in words; anything else is support data (OZ)."""


@dataclass(frozen=True)
class ToWrite:
    """A claim with all that its file says of it."""

    claim: Claim
    facts: ClaimFacts
    report: Report
    sending: Sending
    is_outdated: bool
    """Whether its packet is of the claim as it was: an answer could not record it as sent with that one."""
    waiting: TransmittedClaim | None
    """The newest file that says the same of it, while nobody rejected that one."""


def purpose_of(claim: Claim) -> Purpose:
    """Why a claim is sent, by its state: a void one takes itself back, one that replaces another corrects it."""
    if claim.closing == Closing.VOIDED:
        return Purpose.VOID
    return Purpose.CORRECTED if claim.replaces_id else Purpose.ORIGINAL


def payer_control_of(claim: Claim) -> str:
    """The payer's own number of a claim, from its last answer, else from its acknowledgement; empty where none came.

    Only what the payer holds counts: no answer that is not posted or made out to somebody else, no predetermination
    (it has a number of its own), no acknowledgement that rejects, and none of a test where files leave in earnest.
    """
    posted = RemittanceClaim.objects.filter(claim=claim, remittance__posted_at__isnull=False)
    theirs = posted.exclude(payer_control="").exclude(remittance__is_foreign=True)
    answered = theirs.exclude(status_code=PREDETERMINATION_STATUS).order_by("-pk").first()
    if answered:
        return answered.payer_control
    told = Acknowledgement.objects.filter(sent__claim=claim).exclude(payer_control="")
    if not settings.EDI_TEST:
        told = told.exclude(sent__transmission__is_test=True)
    taken = told.exclude(outcome=Outcome.REJECTED).exclude(sent__purpose=Purpose.PREDETERMINATION).first()
    return taken.payer_control if taken else ""


def state_problem(claim: Claim) -> str:
    """Why a claim cannot be written as it stands; empty when it can."""
    if claim.closing == Closing.VOIDED:
        if claim.transport not in (Transport.SENT, Transport.ACCEPTED):
            return "It is void and no payer holds it, so nobody is told."
        return ""
    if claim.closing != Closing.OPEN:
        return "It is closed or was replaced. Send the claim that stands in its place."
    if claim.transport not in (Transport.NONE, Transport.REJECTED):
        return "It was sent already. To change what the payer holds, correct or void it."
    if claim.preparation != Preparation.READY:
        return "It is not ready. Mend what the checks name, mark it ready, then export it."
    return ""


def to_write(claims: Collection[Claim], *, at: datetime) -> Iterator[ToWrite]:
    """These claims with all that their file says, in their order, some at a time."""
    rows = list(claims)
    for start in range(0, len(rows), MANY):
        yield from _some(rows[start : start + MANY], at)


def _some(claims: list[Claim], at: datetime) -> Iterator[ToWrite]:
    given: dict[int, dict[str, str]] = {}
    for override in RuleOverride.objects.filter(claim__in=claims, withdrawn_at=None):
        given.setdefault(override.claim_id, {})[override.rule] = override.reason
    packets, earlier = packets_to_send(claims), _earlier(claims)
    enclosed = _enclosed([p.pk for p in packets.values()])
    sealed = set(Packet.objects.filter(claim__in=claims, kind="claim").values_list("claim", flat=True))
    books = RuleBooks()
    for claim, facts in facts_of_each(claims, at=at):
        rules = books.on(facts.today or at.date()).of(claim.coverage.payer_id)
        packet, purpose = packets.get(claim.pk), purpose_of(claim)
        # A void one takes back itself, also where it took the place of another.
        of = claim.replaces if purpose is Purpose.CORRECTED and claim.replaces else claim
        before = earlier.get(claim.pk, [])
        times = len(before)
        sending = Sending(
            control=f"{claim.number}R{times + 1}" if times else claim.number,
            purpose=purpose,
            payer_control="" if purpose is Purpose.ORIGINAL else payer_control_of(of),
            attachment=packet.control_number if packet and purpose is not Purpose.VOID else "",
            channel=packet.channel if packet else "",
            enclosed=enclosed.get(packet.pk, ()) if packet else (),
            note=brief(facts, NOTE_CHARACTERS[facts.kind] - _compared(facts)),
            payer_id=_id_for_claims(claim),
        )
        report = report_on(facts, given.get(claim.pk, {}), rules)
        is_outdated = packet is None and claim.pk in sealed
        yield ToWrite(claim, facts, report, sending, is_outdated, _waiting(claim, purpose, before))


def _waiting(claim: Claim, purpose: Purpose, before: list[TransmittedClaim]) -> TransmittedClaim | None:
    """A claim that left as a test may still leave in earnest, and the reverse."""
    same = [s for s in before if s.purpose == purpose and s.transmission.is_test == settings.EDI_TEST]
    if not same or any(a.outcome == Outcome.REJECTED for a in same[-1].acknowledgements.all()):
        return None
    if claim.transport == Transport.REJECTED and purpose is not Purpose.VOID:
        # A person may have recorded that it came back, with no file that says so.
        since = claim.submissions.filter(packet__kind="claim", recorded_at__gte=same[-1].transmission.written_at)
        return None if since.exists() else same[-1]
    return same[-1]


def _enclosed(packets: list[int]) -> dict[int, tuple[str, ...]]:
    """By packet the types of the documents that it holds beside the record, as its manifest tells them."""
    found: dict[int, tuple[str, ...]] = {}
    for key, manifest in Packet.objects.filter(pk__in=packets).values_list("pk", "manifest"):
        listed = json.loads(manifest).get("enclosures", ())
        found[key] = tuple(PAPERS.get(e.get("kind") or "") or PAPERS.get(e.get("part"), "OZ") for e in listed)
    return found


def _compared(facts: ClaimFacts) -> int:
    """Characters that the note keeps for codes compared with."""
    return sum(len(f"COMPARATOR {line.comparator}. ") for line in facts.lines if line.comparator)


def _id_for_claims(claim: Claim) -> str:
    known = claim.coverage.payer.book().reliable("payer_id_claims", claim.coverage.plan_name, claim.service_date)
    return str(known or "")


def _earlier(claims: Collection[Claim]) -> dict[int, list[TransmittedClaim]]:
    """What was written of each before, the oldest first."""
    found: dict[int, list[TransmittedClaim]] = {}
    rows = TransmittedClaim.objects.filter(claim__in=claims).select_related("transmission").order_by("pk")
    for sent in rows.prefetch_related("acknowledgements"):
        found.setdefault(sent.claim_id, []).append(sent)
    return found
