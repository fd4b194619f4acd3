"""What is needed to write claims electronically: purpose, numbers, packet; and what came of earlier files."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef

from claims.edi.acknowledgements import Outcome
from claims.edi.claim_of_facts import NOTE_CHARACTERS, Sending
from claims.edi.electronic import Purpose
from claims.facts import ClaimFacts
from claims.models import Claim, DispatchedClaim, Packet, Payer, TransmittedClaim
from claims.packet.narrative import brief
from claims.queries.claims import facts_from, failures_among, overrides_among, reasons_among
from claims.queries.gathered import Gathered
from claims.queries.packets import leaves_something, standings_by
from claims.queries.resent import purpose_of
from claims.workflow import Closing, Preparation, Transport
from documentation.kernel.rule import Report
from documentation.models import AuditEvent
from documentation.models.among import among

MANY = 500
"""Claims whose rows are in memory at once."""


PAPERS = {"primary_eob": "EB", "First plan's EOB": "EB", "Report of earlier imaging": "RR", "Referral": "B4"}
"""PWK01 by the part of a packet, or by the kind of an evidence in words; anything else is support data (OZ)."""


@dataclass(frozen=True)
class ToWrite:
    """A claim with all that its file says of it."""

    claim: Claim
    facts: ClaimFacts
    report: Report
    """What failed of the checks."""
    sending: Sending
    outdated: str
    """Why its packet is of the claim as it was, as a sentence; empty where it is not, or there is none."""
    waiting: TransmittedClaim | None
    """The newest file that says the same of it, while nobody rejected that one."""
    packet: Packet | None = None
    """Its newest packet, while that is true."""


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


def read_in_turn(keys: Sequence[int]) -> Iterator[Claim]:
    """Claims in the order of their keys, read some at a time."""
    for start in range(0, len(keys), MANY):
        some = keys[start : start + MANY]
        rows = {claim.pk: claim for claim in Claim.objects.filter(among("pk", some))}
        yield from (rows[key] for key in some)


def to_write(claims: Iterable[Claim], *, at: datetime) -> Iterator[ToWrite]:
    """These claims with all that their file says, in their order, some at a time: no more than those are kept."""
    waiting = iter(claims)
    while some := list(islice(waiting, MANY)):
        yield from _some(some, at)


def _some(claims: list[Claim], at: datetime) -> Iterator[ToWrite]:
    rows, given = Gathered(claims), reasons_among(overrides_among({c.pk for c in claims}))
    for claim in claims:
        claim.encounter, claim.coverage = rows.encounters[claim.encounter_id], rows.coverages[claim.coverage_id]
    known = {c.pk: facts_from(c, rows, today=c.encounter.location.today(at)) for c in claims}
    standing = standings_by({c.pk: c for c in claims}, known, rows=rows)
    earlier, id_of = _earlier(claims), cache(_id_for_claims)
    for claim, report in failures_among(((c, known[c.pk]) for c in claims), given, rows.payer_keys(), at=at):
        stands, before, facts = standing.get(claim.pk), earlier.get(claim.pk, []), known[claim.pk]
        packet, purpose = stands.packet if stands and stands.is_current else None, purpose_of(claim)
        payer_id = id_of(claim.coverage.payer, claim.coverage.plan_name, claim.service_date)
        sending = _sending(claim, facts, packet, times=len(before), payer_id=payer_id)
        waiting = _waiting(claim, purpose, before)
        yield ToWrite(claim, facts, report, sending, stands.sentence if stands else "", waiting, packet)


def _sending(claim: Claim, facts: ClaimFacts, packet: Packet | None, *, times: int, payer_id: str) -> Sending:
    purpose, manifest = purpose_of(claim), json.loads(packet.manifest) if packet else {}
    return Sending(
        control=f"{claim.number}R{times + 1}" if times else claim.number,
        purpose=purpose,
        payer_control=facts.resent.payer_control if facts.resent else "",
        attachment=packet.control_number if packet and purpose is not Purpose.VOID else "",
        channel=packet.channel if packet else "",
        enclosed=_enclosed(manifest),
        leaves=leaves_something(manifest),
        note=brief(facts, NOTE_CHARACTERS[facts.kind] - _compared(facts)),
        payer_id=payer_id,
    )


def _waiting(claim: Claim, purpose: Purpose, before: list[TransmittedClaim]) -> TransmittedClaim | None:
    """A claim that left as a test may still leave in earnest, and the reverse; what was given up never left."""
    same = [s for s in before if s.purpose == purpose and s.transmission.is_test == settings.EDI_TEST]
    same = [s for s in same if not any(d.given_up_at for d in s.transmission.dispatches.all())]
    if not same or any(a.outcome == Outcome.REJECTED for a in same[-1].acknowledgements.all()):
        return None
    if claim.transport == Transport.REJECTED and purpose is not Purpose.VOID:
        # A person may have recorded that it came back, with no file that says so.
        since = claim.submissions.filter(packet__kind="claim", recorded_at__gte=same[-1].transmission.written_at)
        return None if since.exists() else same[-1]
    return same[-1]


def voids_not_taken_back() -> list[Claim]:
    """Void claims that a payer holds and that no file takes back, the oldest first; each with its `void`, what was
    given with that step: how the payer was told otherwise.
    """
    told = TransmittedClaim.objects.filter(
        claim=OuterRef("pk"), purpose=Purpose.VOID.value, transmission__is_test=settings.EDI_TEST
    )
    told = told.exclude(acknowledgements__outcome=Outcome.REJECTED.value)
    told = told.exclude(transmission__dispatches__given_up_at__isnull=False)
    waits = DispatchedClaim.objects.filter(claim=OuterRef("pk"), is_waiting=True)
    held = Claim.objects.filter(closing=Closing.VOIDED, transport__in=(Transport.SENT, Transport.ACCEPTED))
    found = held.exclude(Exists(told)).exclude(Exists(waits)).order_by("pk")
    rows = list(found.select_related("encounter__patient", "coverage__payer"))
    steps = AuditEvent.objects.filter(action="claim.void", subject__in=[claim.number for claim in rows]).order_by("seq")
    given = {event.subject: json.loads(event.detail) for event in steps}
    for claim in rows:
        claim.void = given.get(claim.number, {})  # type: ignore[attr-defined]
    return rows


def _enclosed(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The types of the documents that a packet holds beside the record, as its manifest tells them."""
    listed = manifest.get("enclosures", ())
    return tuple(PAPERS.get(e.get("kind") or "") or PAPERS.get(e.get("part"), "OZ") for e in listed)


def _compared(facts: ClaimFacts) -> int:
    """Characters that the note keeps for codes compared with."""
    return sum(len(f"COMPARATOR {line.comparator}. ") for line in facts.lines if line.comparator)


def _id_for_claims(payer: Payer, plan: str, day: date) -> str:
    return str(payer.book().reliable("payer_id_claims", plan, day) or "")


def _earlier(claims: Collection[Claim]) -> dict[int, list[TransmittedClaim]]:
    """What was written of each before, the oldest first."""
    found: dict[int, list[TransmittedClaim]] = {}
    keys = {claim.pk for claim in claims}
    rows = TransmittedClaim.objects.filter(among("claim", keys)).select_related("transmission").order_by("pk")
    for sent in rows.prefetch_related("acknowledgements", "transmission__dispatches"):
        found.setdefault(sent.claim_id, []).append(sent)
    return found
