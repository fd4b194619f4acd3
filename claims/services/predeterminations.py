"""Verbs of predeterminations: ask a payer what it would pay, before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from claims.edi.claim_837 import Numbers, write
from claims.edi.claim_of_facts import CannotWrite, Cleaned, Sending, electronic_claim
from claims.edi.electronic import Purpose
from claims.facts import LineFacts
from claims.models import Authorization, Coverage, Predetermination, Transmission
from claims.queries.plans import restriction_of
from claims.queries.predeterminations import BEFORE, facts_to_ask, of_encounter
from claims.queries.sending import require_in_earnest
from claims.services import control_numbers
from claims.services.coverage import save_authorization
from claims.services.transmissions import MEDIA_TYPE, parties_of
from claims.workflow import AuthorizationStatus
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, User
from documentation.services import files
from documentation.services.audit import record


@dataclass(frozen=True)
class Planned:
    """One procedure to come. `cents` is the full fee, `area` the area of the oral cavity or empty."""

    code: str
    cents: int
    area: str = ""


def ask(
    encounter: Encounter, coverage: Coverage, lines: Sequence[Planned], *, by: User, at: datetime
) -> Predetermination:
    """Write the question into an 837D of its own (CLM19 PB, no date of service) and wait for the answer.

    The answer is awaited as an authorization of the plan, of the kind predetermination. Raises NotPossible where the
    visit is over or the same plan was asked already, Refused with every reason where something is missing; then
    nothing is kept.
    """
    if not (by.may(Permission.CLAIM_SUBMIT) and by.may(Permission.COVERAGE_EDIT)):
        raise NotPermitted("Your role does not allow you to ask payers.")
    with transaction.atomic():
        visit = Encounter.objects.select_for_update(of=("self",)).select_related("location", "patient").get(
            pk=encounter.pk
        )  # fmt: skip
        _require_before(visit, coverage)
        row = _begun(visit, coverage, lines, by=by, at=at)
        sent = _sent(row, lines, at)
        row.transmission = _written(row, sent, by=by, at=at)
        row.changes = [*(str(change) for change in sent.changes), *sent.assumed]
        row.save(update_fields=["transmission", "changes"])
        record(
            "predetermination.ask",
            by=by,
            at=at,
            subject=visit,
            patient=visit.patient,
            interchange=row.transmission.interchange,
        )
    return row


def _require_before(visit: Encounter, coverage: Coverage) -> None:
    if visit.status not in BEFORE or visit.version > 1:
        raise NotPossible(
            "This visit is over or was cancelled. A payer is asked beforehand; afterwards send the claim."
        )
    if coverage.patient_id != visit.patient_id or not coverage.is_active:
        raise NotPossible("This plan is not among the patient's plans. Open the page again.")
    if coverage.payer.line != "dental":
        raise Refused("A predetermination is a question to a dental plan. Ask a medical one for prior authorization.")
    if restriction_of(visit) is not None:
        raise Refused("The patient pays this visit in full and asked that no plan is told of it. Ask none.")
    waiting = of_encounter(visit).filter(coverage=coverage, authorization__status=AuthorizationStatus.REQUESTED)
    # What came back was never read, so it is no question that waits.
    if (before := next((row for row in waiting if not row.is_rejected), None)) is not None:
        raise NotPossible(
            f"{coverage.payer} was asked already, as {before}, and has not answered. Wait for the answer; where the"
            " question never left, make its authorization void, then ask again."
        )


def _begun(
    visit: Encounter, coverage: Coverage, lines: Sequence[Planned], *, by: User, at: datetime
) -> Predetermination:
    values = {
        "kind": "predetermination",
        "codes": list(dict.fromkeys(line.code for line in lines)),
        "requested_on": visit.location.today(at),
    }
    asked: Authorization = save_authorization(coverage, None, values, by=by, at=at)
    return Predetermination.objects.create(
        encounter=visit,
        coverage=coverage,
        authorization=asked,
        lines=[{"code": line.code, "cents": line.cents, "area": line.area} for line in lines],
        asked_at=at,
        asked_by=by,
    )


def _sent(row: Predetermination, lines: Sequence[Planned], at: datetime) -> Cleaned:
    """The question as it leaves. Raises Refused with everything that is missing."""
    planned = [LineFacts(line.code, line.cents, area=line.area, diagnosis_pointers=()) for line in lines]
    facts = facts_to_ask(row.encounter, row.coverage, planned, row.number, row.encounter.location.today(at))
    payer_id = row.coverage.payer.book().reliable("payer_id_claims", row.coverage.plan_name, row.encounter.service_date)
    try:
        return electronic_claim(facts, Sending(row.number, Purpose.PREDETERMINATION, payer_id=str(payer_id or "")))
    except CannotWrite as e:
        raise Refused(*e.reasons) from e


def _written(row: Predetermination, sent: Cleaned, *, by: User, at: datetime) -> Transmission:
    require_in_earnest()
    sender, receiver = parties_of(row.encounter.location, [row.coverage.payer])
    given = Numbers(control_numbers.take("interchange"), control_numbers.take("set"))
    local = at.astimezone(row.encounter.location.zone)
    pieces = write(
        [sent.claim],
        kind="dental",
        sender=sender,
        receiver=receiver,
        at=local,
        numbers=given,
        is_test=settings.EDI_TEST,
    )
    return Transmission.objects.create(
        kind="837D",
        interchange=given.interchange,
        first_set=given.first_set,
        receiver=receiver.identifier,
        is_test=settings.EDI_TEST,
        file=files.keep("".join(pieces).encode("ascii"), media_type=MEDIA_TYPE, at=at),
        written_at=at,
        written_by=by,
    )
