"""Verbs of electronic claims: write them into one 837 file, with numbers that nobody else gets."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from claims.edi.claim_837 import MOST_IN_A_SET, TRANSACTIONS, Numbers, Receiver, Sender, write
from claims.edi.claim_of_facts import CannotWrite, electronic_claim
from claims.edi.electronic import ElectronicClaim, Purpose
from claims.models import Claim, Transmission, TransmittedClaim
from claims.queries.transmissions import ToWrite, state_problem, to_write
from claims.services import control_numbers
from documentation.kernel.dates import short_date
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.models import Location, Organization, User
from documentation.services import files
from documentation.services.audit import record

MOST_CLAIMS = 20_000
MEDIA_TYPE = "application/edi-x12"


@dataclass(frozen=True)
class Written:
    """A file of claims, kept already; `changes` tell by claim what is otherwise than it was recorded."""

    transmission: Transmission
    data: bytes
    changes: dict[str, tuple[str, ...]]


def write_claims(claims: Collection[Claim], *, again: str = "", by: User, at: datetime) -> Written:
    """Write ready claims into one 837 file and keep it; nothing is recorded as sent by this.

    `again` is the reason for writing a claim that stands in a file already which nobody rejected: sent twice, it is a
    duplicate. All or none: raises Refused with every reason, by claim, where one of them cannot leave, and nothing is
    written.
    """
    if not by.may(Permission.CLAIM_SUBMIT):
        raise NotPermitted("Your role does not allow you to send claims.")
    numbers = [c.pk for c in claims]
    if not numbers:
        raise Refused("Name at least one claim.")
    if len(set(numbers)) != len(numbers):
        raise Refused("A claim is named twice. A file holds each claim once.")
    if len(numbers) > MOST_CLAIMS:
        raise Refused(f"A file takes {MOST_CLAIMS:,} claims. Export the others into another one.")
    with transaction.atomic():
        rows = _locked(numbers)
        kind = _kind_of(rows)
        made, changes = _checked(rows, at, again=again.strip())
        sender, receiver = _parties(rows)
        sets = -(-len(made) // MOST_IN_A_SET)
        given = Numbers(control_numbers.take("interchange"), control_numbers.take("set", sets))
        local = at.astimezone(rows[0].encounter.location.zone)
        electronic = (claim for _, claim in made)
        pieces = write(
            electronic, kind=kind, sender=sender, receiver=receiver, at=local, numbers=given, is_test=settings.EDI_TEST
        )
        data = "".join(pieces).encode("ascii")
        transmission = Transmission.objects.create(
            kind=TRANSACTIONS[kind],
            interchange=given.interchange,
            first_set=given.first_set,
            sets=sets,
            receiver=receiver.identifier,
            is_test=settings.EDI_TEST,
            file=files.keep(data, media_type=MEDIA_TYPE, at=at),
            written_at=at,
            written_by=by,
        )
        _keep(transmission, made, changes, again=again.strip(), by=by, at=at)
    return Written(transmission, data, changes)


def _locked(numbers: list[int]) -> list[Claim]:
    """The claims as they are now, held until the file is kept, in the order in which they were named."""
    # Always locked in one order, so that two who export the same claims wait for each other.
    locked = Claim.objects.select_for_update(of=("self",)).filter(pk__in=numbers).order_by("pk")
    related = "encounter__location", "encounter__patient", "coverage__payer", "replaces"
    rows = {c.pk: c for c in locked.select_related(*related).prefetch_related("coverage__payer__playbook")}
    return [rows[pk] for pk in numbers if pk in rows]


def _kind_of(claims: list[Claim]) -> str:
    kinds = sorted({c.kind for c in claims})
    if len(kinds) > 1:
        raise Refused("Dental and medical claims go into separate files. Export each kind by itself.")
    return kinds[0]


def _checked(
    claims: list[Claim], at: datetime, *, again: str
) -> tuple[list[tuple[ToWrite, ElectronicClaim]], dict[str, tuple[str, ...]]]:
    """Each claim as it is sent. Raises NotPossible or Refused with every reason, and the number of its claim."""
    if problems := [f"{c}: {said}" for c in claims if (said := state_problem(c))]:
        raise NotPossible(*problems)
    made: list[tuple[ToWrite, ElectronicClaim]] = []
    changes: dict[str, tuple[str, ...]] = {}
    for row in to_write(claims, at=at):
        problems += [f"{row.claim}: {said}" for said in (*_twice(row, again), *_since(row))]
        try:
            cleaned = electronic_claim(row.facts, row.sending)
        except CannotWrite as e:
            problems += [f"{row.claim}: {reason}" for reason in e.reasons]
        else:
            made.append((row, cleaned.claim))
            changes[row.claim.number] = tuple(str(c) for c in cleaned.changes)
    if problems:
        raise Refused(*problems)
    return made, changes


def _twice(row: ToWrite, again: str) -> Iterator[str]:
    if row.waiting and not again:
        file, zone = row.waiting.transmission, row.claim.encounter.location.zone
        yield (
            f"It stands already in the file {file.interchange:09d} of"
            f" {short_date(file.written_at.astimezone(zone).date())}, and nobody rejected it. Sent twice, it is a"
            " duplicate. Send that file, or wait for its answer; if that file never left, export the claim with the"
            " reason (--again REASON)."
        )


def _since(row: ToWrite) -> Iterator[str]:
    """What the checks find on the day of writing: the claim may have been marked ready before something changed."""
    report, facts = row.report, row.facts
    if row.sending.purpose is Purpose.VOID:
        return
    if row.is_outdated:
        yield (
            "Its packet was sealed before the claim changed, so no answer could record it as sent."
            " Build the packet again, then export it."
        )
    if facts.restriction is not None:
        yield "The patient pays this visit in full and asked that no plan is told of it. Send no claim."
    if report.blockers or report.open_warnings:
        yield "It was marked ready, but something changed since its check. Check it again before it leaves."
        yield from (r.message for r in (*report.blockers, *report.open_warnings))


def _parties(claims: list[Claim]) -> tuple[Sender, Receiver]:
    place: Location = claims[0].encounter.location
    practice = Organization.current()
    sender = Sender(practice.name if practice else place.name, settings.EDI_SENDER or place.tax_id, place.phone)
    payers = {c.coverage.payer_id: c.coverage.payer for c in claims}
    if settings.EDI_RECEIVER:
        receiver = Receiver(settings.EDI_RECEIVER_NAME or settings.EDI_RECEIVER, settings.EDI_RECEIVER)
    elif len(payers) > 1:
        raise Refused(
            "These claims go to several payers, and no clearinghouse is set up that takes them all. Set EDI_RECEIVER"
            " to its ID, or export the claims of each payer by themselves."
        )
    else:
        (payer,) = payers.values()
        receiver = Receiver(payer.name, payer.payer_id)
    for whose, identifier in (("sender", sender.identifier), ("receiver", receiver.identifier)):
        if not 2 <= len(identifier) <= 15 or not identifier.isascii() or not identifier.isalnum():
            raise Refused(
                f"The {whose} of the file needs an ID of 2 to 15 letters and digits. Set EDI_{whose.upper()}."
            )
    if len(sender.phone) != 10:
        raise Refused("The location has no phone number of ten digits, and the file must name one. Add it.")
    return sender, receiver


def _keep(
    transmission: Transmission,
    made: list[tuple[ToWrite, ElectronicClaim]],
    changes: dict[str, tuple[str, ...]],
    *,
    again: str,
    by: User,
    at: datetime,
) -> None:
    TransmittedClaim.objects.bulk_create(
        TransmittedClaim(
            transmission=transmission,
            claim=row.claim,
            control=claim.control,
            set_control=f"{transmission.first_set + n // MOST_IN_A_SET:04d}",
            purpose=claim.purpose,
            claim_revision=row.claim.revision,
            changes=list(changes[row.claim.number]),
        )
        for n, (row, claim) in enumerate(made)
    )
    for row, _ in made:
        why = {"reason": again[:300]} if again else {}
        record(
            "claim.export",
            by=by,
            at=at,
            subject=row.claim,
            patient=row.claim.encounter.patient,
            interchange=transmission.interchange,
            **why,
        )
