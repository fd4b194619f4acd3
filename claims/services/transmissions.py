"""Verbs of electronic claims: write them into one 837 file, with numbers that nobody else gets."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from claims.edi.claim_837 import MOST_IN_A_SET, QUALIFIERS, TRANSACTIONS, Numbers, Receiver, Sender, write
from claims.edi.claim_of_facts import CannotWrite, electronic_claim
from claims.edi.electronic import ElectronicClaim, Purpose
from claims.models import Claim, DispatchedClaim, Payer, Transmission, TransmittedClaim
from claims.queries.parties import parties
from claims.queries.sending import require_in_earnest
from claims.queries.transmissions import MANY, ToWrite, read_in_turn, state_problem, to_write
from claims.services import control_numbers
from documentation.kernel.dates import short_date
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.models import Location, Organization, User
from documentation.models.among import among
from documentation.services import files
from documentation.services.audit import Told, record_many
from documentation.services.bulk import insert

MOST_CLAIMS = 20_000
MEDIA_TYPE = "application/edi-x12"


@dataclass(frozen=True)
class Written:
    """A file of claims, kept already; `changes` tell by claim what is otherwise than recorded, or was not known."""

    transmission: Transmission
    data: bytes
    changes: dict[str, tuple[str, ...]]
    already: bool = False
    """Whether it was written before: the same claims, unchanged, as the same file."""


def write_claims(
    claims: Collection[Claim],
    *,
    again: str = "",
    carried: str = "",
    looked: Mapping[int, ToWrite] | None = None,
    by: User,
    at: datetime,
) -> Written:
    """Write ready claims into one 837 file and keep it; nothing is recorded as sent by this.

    Exactly the claims of a file that nobody rejected give that same file, with its numbers, where they would be
    written as they stand in it. `again` is the reason for writing a claim anew that stands in a file already: sent
    twice, it is a duplicate. `carried` is how the packets go along, where the way decides it. `looked` are the same
    claims by their keys, where the caller has locked and read them in this transaction; else they are read and
    checked some at a time, and let go when they are written. All or none: raises Refused with every reason, by claim,
    where one of them cannot leave, and nothing is written.
    """
    if not by.may(Permission.CLAIM_SUBMIT):
        raise NotPermitted("Your role does not allow you to send claims.")
    require_in_earnest()
    keys = [c.pk for c in claims]
    if not keys:
        raise Refused("Name at least one claim.")
    if len(set(keys)) != len(keys):
        raise Refused("A claim is named twice. A file holds each claim once.")
    if len(keys) > MOST_CLAIMS:
        raise Refused(f"A file takes {MOST_CLAIMS:,} claims. Export the others into another one.")
    with transaction.atomic():
        rows = _locked(keys)
        _require_none_waits(keys)
        kind = _kind_of(rows)
        if problems := [f"{c}: {said}" for c in rows if (said := state_problem(c))]:
            raise NotPossible(*problems)
        try:
            one = _file_of(keys, kind)
        except Refused:
            for _ in _Leaving(_in_turn(keys, looked, at), again.strip(), carried):
                pass  # What stands against the claims themselves is said first.
            raise
        if not again.strip() and (same := _same_again(keys, one, carried, looked, by=by, at=at)):
            return same
        sets = -(-len(keys) // MOST_IN_A_SET)
        given = Numbers(control_numbers.take("interchange"), control_numbers.take("set", sets))
        leaving = _Leaving(_in_turn(keys, looked, at), again.strip(), carried)
        data = _bytes_of(leaving, one, at, given)
        transmission = Transmission.objects.create(
            kind=TRANSACTIONS[kind],
            interchange=given.interchange,
            first_set=given.first_set,
            sets=sets,
            receiver=one.receiver.identifier,
            is_test=settings.EDI_TEST,
            file=files.keep(data, media_type=MEDIA_TYPE, at=at),
            written_at=at,
            written_by=by,
        )
        _keep(transmission, leaving.gone, again=again.strip(), by=by, at=at)
    return Written(transmission, data, {gone.number: gone.changes for gone in leaving.gone})


@dataclass(frozen=True)
class _File:
    """What all claims of a file share."""

    kind: str
    sender: Sender
    receiver: Receiver
    place: Location


@dataclass(frozen=True, slots=True)
class _Gone:
    """What is kept of a claim once its segments are written."""

    claim: int
    number: str
    patient: int
    control: str
    purpose: str
    revision: int
    packet: int | None
    changes: tuple[str, ...]


class _Leaving:
    """Claims on their way into a file, one after the other: what leaves is given on, and a little of it kept.

    Raises Refused at its end with every reason that stood against one of them, by claim.
    """

    def __init__(self, rows: Iterable[ToWrite], again: str, carried: str) -> None:
        self._rows, self._again, self._carried = rows, again, carried
        self.gone: list[_Gone] = []

    def __iter__(self) -> Iterator[ElectronicClaim]:
        problems: list[str] = []
        for row in self._rows:
            against = [*_twice(row, self._again), *_since(row)]
            try:
                cleaned = electronic_claim(
                    row.facts, replace(row.sending, channel=self._carried or row.sending.channel)
                )
            except CannotWrite as e:
                against += e.reasons
            else:
                self.gone.append(_gone(row, cleaned.claim, (*map(str, cleaned.changes), *cleaned.assumed)))
                if not against:
                    yield cleaned.claim
            problems += [f"{row.claim}: {reason}" for reason in against]
        if problems:
            raise Refused(*problems)


def _gone(row: ToWrite, sent: ElectronicClaim, changes: tuple[str, ...]) -> _Gone:
    claim, packet = row.claim, row.packet.pk if row.packet else None
    patient = claim.encounter.patient_id
    return _Gone(claim.pk, claim.number, patient, sent.control, sent.purpose.value, claim.revision, packet, changes)


def _in_turn(keys: list[int], looked: Mapping[int, ToWrite] | None, at: datetime) -> Iterable[ToWrite]:
    return to_write(read_in_turn(keys), at=at) if looked is None else (looked[key] for key in keys)


def _bytes_of(claims: Iterable[ElectronicClaim], file: _File, at: datetime, given: Numbers) -> bytes:
    written = io.BytesIO()
    pieces = write(
        claims,
        kind=file.kind,
        sender=file.sender,
        receiver=file.receiver,
        at=at.astimezone(file.place.zone),
        numbers=given,
        is_test=settings.EDI_TEST,
    )
    for text in pieces:
        written.write(text.encode("ascii"))
    return written.getvalue()


def _same_again(
    keys: list[int],
    file: _File,
    carried: str,
    looked: Mapping[int, ToWrite] | None,
    *,
    by: User,
    at: datetime,
) -> Written | None:
    """The file that holds exactly these claims, where each would be written as it stands there; else None.

    What would be written now is compared with it byte by byte: what has changed since is never passed off as the same.
    """
    newest = TransmittedClaim.objects.filter(among("claim", keys), transmission__is_test=settings.EDI_TEST)
    held = dict(newest.order_by("pk").values_list("claim", "transmission"))
    if len(held) != len(keys) or len(set(held.values())) != 1:
        return None
    sent = Transmission.objects.select_related("file").get(pk=next(iter(held.values())))
    order = list(sent.claims.order_by("pk").values_list("claim", flat=True))
    if len(order) != len(keys):
        return None
    gone: list[_Gone] = []
    claims = _as_they_stand(_in_turn(order, looked, at), carried, gone)
    try:
        data = _bytes_of(claims, file, sent.written_at, Numbers(sent.interchange, sent.first_set))
    except (_IsOtherwise, CannotWrite):
        return None
    if data != files.read(sent.file):
        return None
    told = (Told("claim.export_again", g.number, g.patient, {"interchange": sent.interchange}) for g in gone)
    record_many(told, by=by, at=at)
    return Written(sent, data, {g.number: g.changes for g in gone}, already=True)


class _IsOtherwise(Exception):
    """A claim would not be written as it stands in the file."""


def _as_they_stand(rows: Iterable[ToWrite], carried: str, gone: list[_Gone]) -> Iterator[ElectronicClaim]:
    """Claims as they would be written now with the numbers of their file, kept in `gone`. Raises _IsOtherwise."""
    for row in rows:
        if row.waiting is None or any(_since(row)):
            raise _IsOtherwise
        sending = replace(row.sending, control=row.waiting.control, channel=carried or row.sending.channel)
        claim = electronic_claim(row.facts, sending).claim
        gone.append(_gone(row, claim, tuple(row.waiting.changes)))
        yield claim


def _locked(keys: list[int]) -> list[Claim]:
    """The claims by what decides whether they may leave, held until the file is kept, in the order of the keys."""
    # Always locked in one order, so that two who export the same claims wait for each other.
    locked = Claim.objects.select_for_update().filter(among("pk", keys)).order_by("pk")
    rows = {c.pk: c for c in locked.only("kind", "preparation", "transport", "closing")}
    return [rows[key] for key in keys]


def _require_none_waits(keys: list[int]) -> None:
    """What waits in the outbox is handed over by it, and by nobody beside it."""
    waiting = DispatchedClaim.objects.filter(among("claim", keys), is_waiting=True)
    numbers = {one.claim_id: (one.claim, one.dispatch_id) for one in waiting.select_related("claim")}
    said = "It waits in the outbox (no. {}). Finish that one, or take it out there."
    if numbers:
        raise Refused(*(f"{numbers[k][0]}: {said.format(numbers[k][1])}" for k in keys if k in numbers))


def _kind_of(claims: list[Claim]) -> str:
    kinds = {c.kind for c in claims}
    if len(kinds) > 1:
        raise Refused("Dental and medical claims go into separate files. Export each kind by itself.")
    return kinds.pop()


def _file_of(keys: list[int], kind: str) -> _File:
    place = Claim.objects.select_related("encounter__location").get(pk=keys[0]).encounter.location
    payers = Claim.objects.filter(among("pk", keys)).values("coverage__payer").distinct()
    return _File(kind, *parties_of(place, list(Payer.objects.filter(pk__in=payers))), place)


def _twice(row: ToWrite, again: str) -> Iterator[str]:
    if row.waiting and not again:
        file, zone = row.waiting.transmission, row.claim.encounter.location.zone
        yield (
            f"It stands already in the file {file.interchange:09d} of"
            f" {short_date(file.written_at.astimezone(zone).date())}, and nobody rejected it. Now it would be written"
            " otherwise, or in other company, and sent twice it is a duplicate. Send that file, or wait for its answer;"
            " if that file never left, export the claim with the reason (--again REASON)."
        )


def _since(row: ToWrite) -> Iterator[str]:
    """What the checks find on the day of writing: the claim may have been marked ready before something changed."""
    report, facts = row.report, row.facts
    if row.sending.purpose is Purpose.VOID:
        return
    if row.outdated:
        yield f"{row.outdated} Build the packet again, then export it."
    if facts.restriction is not None:
        yield "The patient pays this visit in full and asked that no plan is told of it. Send no claim."
    if report.blockers or report.open_warnings:
        yield "It was marked ready, but something changed since its check. Check it again before it leaves."
        yield from (r.message for r in (*report.blockers, *report.open_warnings))


def parties_of(place: Location, asked: Collection[Payer]) -> tuple[Sender, Receiver]:
    """Who sends a file to these payers, and who takes it. Raises Refused where one has no number to be named by."""
    practice = Organization.current()
    name = practice.name if practice else place.name
    ours = parties()
    sender = Sender(name, ours.sender or place.tax_id, place.phone, qualifier=ours.sender_qualifier)
    if ours.receiver:
        receiver = Receiver(ours.receiver_name or ours.receiver, ours.receiver, ours.receiver_qualifier)
    elif len(asked) > 1:
        raise Refused(
            "These claims go to several payers, and no clearinghouse is set up that takes them all. An"
            " administrator sets it under Practice; or export the claims of each payer by themselves."
        )
    else:
        (payer,) = asked
        receiver = Receiver(payer.name, payer.payer_id)
    for whose, qualifier, identifier in (
        ("sender", sender.qualifier, sender.identifier),
        ("receiver", receiver.qualifier, receiver.identifier),
    ):
        if qualifier not in QUALIFIERS:
            raise Refused(
                f"The kind of the {whose}'s ID is one of {', '.join(QUALIFIERS)}. Set EDI_{whose.upper()}_QUALIFIER as"
                " the clearinghouse says, or leave it out (ZZ)."
            )
        if not 2 <= len(identifier) <= 15 or not identifier.isascii() or not identifier.isalnum():
            raise Refused(
                f"The {whose} of the file needs an ID of 2 to 15 letters and digits. An"
                " administrator sets it under Practice."
            )
    if len(sender.phone) != 10:
        raise Refused("The location has no phone number of ten digits, and the file must name one. Add it.")
    return sender, receiver


def _keep(transmission: Transmission, gone: list[_Gone], *, again: str, by: User, at: datetime) -> None:
    """What is recorded of each, so many at a time: rows of thousands would be in memory at once."""
    names = "transmission claim control set_control purpose claim_revision packet changes".split()
    detail = {"interchange": transmission.interchange, **({"reason": again[:300]} if again else {})}
    for start in range(0, len(gone), MANY):
        some = list(enumerate(gone[start : start + MANY], start=start))
        rows = [
            (
                transmission.pk, g.claim, g.control, f"{transmission.first_set + n // MOST_IN_A_SET:04d}", g.purpose,
                g.revision, g.packet, list(g.changes),
            )
            for n, g in some
        ]  # fmt: skip
        insert(TransmittedClaim, names, rows)
        record_many((Told("claim.export", g.number, g.patient, detail) for _, g in some), by=by, at=at)
