"""What leaves with claims by a way, and what stands against it, claim by claim, before anything is written down."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from claims.channels.seen import BY_KEY as CHANNELS
from claims.edi.claim_of_facts import CannotWrite, electronic_claim
from claims.edi.electronic import Purpose
from claims.models import Claim, DispatchedClaim, Packet
from claims.queries.claims import facts_of
from claims.queries.transmissions import ToWrite, state_problem, to_write
from claims.services.labels import label_of
from claims.services.sealed_files import outgoing_of
from claims.services.submissions import require_sendable
from claims.ways import Cargo, Field, File, Leaving, Way
from documentation.kernel.dates import short_date
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.models import User
from documentation.services import files

UNASKED = ("never", "on_request")
"""Attachment policies of payers that get none with the claim."""
_NOTE = "note.txt"


@dataclass(frozen=True)
class Looked:
    """A claim as it would leave now. `problems` stand against every way, `electronic` against those with an 837."""

    claim: Claim
    purpose: Purpose
    packet: Packet | None
    problems: tuple[str, ...] = ()
    electronic: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    """What an 837 would say otherwise than it was recorded, or without anybody knowing it."""
    row: ToWrite | None = None
    """All that was read of it, checks included, so that nothing is read twice where it is written at once."""

    def against(self, way: Way) -> tuple[str, ...]:
        """Why it cannot leave by this way; empty when it can."""
        if self.purpose is Purpose.VOID and not way.is_electronic:
            return ("It is void. The payer is told electronically, or by a call or letter that needs no packet.",)
        return self.problems + (self.electronic if way.is_electronic else ())


def look(claims: Collection[Claim], *, again: str = "", by: User, at: datetime) -> list[Looked]:
    """Each claim with all that stands against its leaving, in their order. `again` as for `write_claims`."""
    waiting = {
        row.claim_id: row.dispatch_id for row in DispatchedClaim.objects.filter(claim__in=claims, is_waiting=True)
    }
    found = []
    for row in to_write(claims, at=at):
        problems = list(_against(row, by, at))
        if number := waiting.get(row.claim.pk):
            problems.insert(0, f"It waits in the outbox already (no. {number}). Finish that one, or take it out there.")
        elif not again.strip() and (said := _left_already(row)):
            problems.insert(0, said)
        electronic: list[str] = []
        changes: tuple[str, ...] = ()
        try:
            cleaned = electronic_claim(row.facts, row.sending)
            changes = (*map(str, cleaned.changes), *cleaned.assumed)
        except CannotWrite as e:
            electronic += e.reasons
        packet = row.claim.packets.filter(kind="claim").first() if row.sending.purpose is not Purpose.VOID else None
        found.append(Looked(row.claim, row.sending.purpose, packet, tuple(problems), tuple(electronic), changes, row))
    return found


def _left_already(row: ToWrite) -> str:
    """Why what was handed over, and nobody rejected, is not handed over once more: a void stays one after it left."""
    if row.waiting is None:
        return ""
    left = [d.delivered_at for d in row.waiting.transmission.dispatches.all() if d.delivered_at]
    if not left:
        return ""
    day = short_date(max(left).astimezone(row.claim.encounter.location.zone).date())
    return (
        f"It was handed over on {day} in the file {row.waiting.transmission.interchange:09d}, and nobody rejected it."
        " Sent twice it is a duplicate: wait for the answer. If the clearinghouse has nothing of it, send it anew with"
        " the reason (send_claims --again REASON)."
    )


def _against(row: ToWrite, by: User, at: datetime) -> Iterable[str]:
    if said := state_problem(row.claim):
        return (said,)
    if row.sending.purpose is Purpose.VOID:
        return ()
    try:
        require_sendable(row.claim, row.claim.encounter.location.today(at), by=by)
    except (NotPossible, Refused, NotPermitted) as e:
        return e.reasons
    return ()


def cargo_of(looked: Iterable[Looked], way: Way, stem: str, x12: bytes = b"", *, at: datetime) -> Cargo:
    """All that leaves by a way. Raises MissingFile, DamagedFile where a sealed file cannot be read."""
    return Cargo(stem, tuple(leaving_of(one, way, at=at) for one in looked), x12)


def leaving_of(one: Looked, way: Way, *, at: datetime) -> Leaving:
    """One claim with what goes along by this way."""
    packet, number = one.packet, one.claim.number
    if packet is None:
        return Leaving(number)
    document = files.read(packet.pdf)
    own = _sealed_for(packet, way)
    note = own.pop(_NOTE, b"").decode()
    attachments = tuple(File(name, content, title=name) for name, content in own.items())
    if not attachments and not _is_note_alone(packet, way):
        attachments = (File(f"{number}-01-packet.pdf", document, title=f"Packet {packet.number}"),)
    if way.is_electronic and facts_of(one.claim).policy.attachments in UNASKED:
        attachments = ()
    return Leaving(number, packet.control_number, document, attachments, note, _cover(packet, way, at))


def _sealed_for(packet: Packet, way: Way) -> dict[str, bytes]:
    """The files that were sealed for a channel of this kind; none where it was sealed for another or for print."""
    channel = CHANNELS.get(packet.channel)
    return outgoing_of(packet) if channel is not None and channel.way == way.channel else {}


def _is_note_alone(packet: Packet, way: Way) -> bool:
    told = json.loads(packet.manifest).get("channel")
    channel = CHANNELS.get(packet.channel)
    return bool(told and not told["leaves"] and channel is not None and channel.way == way.channel == "clearinghouse")


def _cover(packet: Packet, way: Way, at: datetime) -> bytes:
    if not way.cover:
        return b""
    try:
        return label_of(packet, way.cover, at=at)
    except NotPossible:
        # The desk's address is not known: the page says so, and the packet leaves without a label of ours.
        return b""


def fields_of(claim: Claim, leaving: Leaving, way: Way, *, at: datetime) -> tuple[Field, ...]:
    """What a person types into the form of a way; nothing where it is no form."""
    if way.fields is None:
        return ()
    facts = facts_of(claim, today=claim.encounter.location.today(at))
    note = leaving.note or " ".join(_brief(claim, at))
    return way.fields(facts, replace(leaving, note=note))


def _brief(claim: Claim, at: datetime) -> Iterable[str]:
    from claims.packet.narrative import brief

    yield brief(facts_of(claim, today=claim.encounter.location.today(at)), 400)


def by_name(made: Iterable[File]) -> Mapping[str, bytes]:
    """Files by the names under which they leave."""
    return {f.name: f.content for f in made}
