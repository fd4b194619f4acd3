"""What left the practice of a patient's data: when, to whom, what and why, as 45 CFR 164.528 wants it told.

Nothing is written for it: a sending and the packet that was sent are locked rows, and what a packet was sealed from
says to whom it went. So the accounting is as whole as they are, and reaches back to the first sending.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from claims.clocks.paths import Stage
from claims.models import Packet, Predetermination, Submission, TransmittedClaim
from documentation.facts import Address
from documentation.kernel.wire import from_data
from documentation.models import Patient


@dataclass(frozen=True)
class Disclosure:
    """One sending. `number` is the claim's or the asking's, `packet` empty where no packet left."""

    day: date
    recipient: str
    address: str
    what: str
    why: str
    how: str
    number: str
    packet: str
    recorded_by: str


def disclosures_of(patient: Patient) -> list[Disclosure]:
    """Everything that was sent of one patient, the newest first."""
    rows = [*map(_of_submission, _sent(patient)), *_of_askings(_asked(patient)), *map(_of_void, _voids(patient))]
    return sorted(rows, key=lambda row: row.day, reverse=True)


def _sent(patient: Patient) -> QuerySet[Submission]:
    rows = Submission.objects.filter(claim__encounter__patient=patient)
    return rows.select_related("claim", "packet", "appeal", "recorded_by").prefetch_related("packet__parts")


def _asked(patient: Patient) -> QuerySet[Predetermination]:
    rows = Predetermination.objects.filter(encounter__patient=patient, transmission__is_test=False)
    return rows.select_related("coverage__payer", "encounter__location", "asked_by")


def _voids(patient: Patient) -> Iterable[TransmittedClaim]:
    """Files that told a payer that a claim is void: one that waits or was given up did not leave."""
    rows = TransmittedClaim.objects.filter(
        claim__encounter__patient=patient, purpose="void", transmission__is_test=False
    ).select_related("claim__coverage__payer", "claim__encounter__location", "transmission__written_by")
    for row in rows.prefetch_related("transmission__dispatches"):
        ways = row.transmission.dispatches.all()
        if not ways or any(way.delivered_at for way in ways):
            yield row


def _of_void(row: TransmittedClaim) -> Disclosure:
    file, payer = row.transmission, row.claim.coverage.payer
    left = max((way.delivered_at for way in file.dispatches.all() if way.delivered_at), default=file.written_at)
    return Disclosure(
        day=row.claim.encounter.location.today(left),
        recipient=payer.name,
        address=Address(payer.line1, payer.line2, payer.city, payer.state, payer.zip).one_line,
        what="Claim that takes itself back",
        why="Payment: the claim is void",
        how="Electronic file",
        number=row.claim.number,
        packet="",
        recorded_by=file.written_by.display_name,
    )


def _of_submission(row: Submission) -> Disclosure:
    name, address = _recipient(row.packet)
    return Disclosure(
        day=row.sent_on,
        recipient=name,
        address=address,
        what=_contents(row.packet),
        why=_why(row),
        how=row.get_channel_display(),
        number=row.claim.number,
        packet=row.packet.number,
        recorded_by=row.recorded_by.display_name,
    )


def _recipient(packet: Packet) -> tuple[str, str]:
    """To whom a packet is addressed, as it was sealed; the place that an appeal was told comes before the payer's.

    A request for external review goes to no payer: whom it names stands in the first line of its address.
    """
    facts: dict[str, Any] = json.loads(packet.facts)
    claim = facts.get("claim") or facts
    payer = claim.get("coverage", {}).get("payer", {})
    told = facts.get("addressee", {}).get("lines") or []
    if told and facts.get("stage") == Stage.EXTERNAL:
        return told[0], ", ".join(told[1:])
    lines = told or from_data(Address, payer.get("address") or {}).lines
    return payer.get("name", ""), ", ".join(lines)


def _contents(packet: Packet) -> str:
    pages = f"{packet.pages} page{'' if packet.pages == 1 else 's'}"
    titles = [part.title for part in packet.parts.all() if part.title]
    return f"{packet.get_kind_display()} packet, {pages}" + (f": {'; '.join(titles)}" if titles else "")


def _why(row: Submission) -> str:
    if row.appeal:
        return f"Payment: appeal of a denial, level {row.appeal.level}"
    if row.packet.kind == "supplement":
        return f"Payment: asked for or added later. {row.packet.reason}".strip()
    return "Payment: claim for services"


def _of_askings(rows: Iterable[Predetermination]) -> Iterator[Disclosure]:
    for row in rows:
        payer = row.coverage.payer
        codes = ", ".join(dict.fromkeys(line["code"] for line in row.lines))
        yield Disclosure(
            day=row.encounter.location.today(row.asked_at),
            recipient=payer.name,
            address=Address(payer.line1, payer.line2, payer.city, payer.state, payer.zip).one_line,
            what=f"Question about procedures to come: {codes}",
            why="Payment: predetermination before the visit",
            how="Electronic file",
            number=row.number,
            packet="",
            recorded_by=row.asked_by.display_name,
        )
