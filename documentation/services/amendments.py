"""Verbs on requests to amend a record: taken in, extended, accepted, denied, disputed, rebutted, withdrawn.

What the patient says is taken in by whoever keeps patients; what the practice says is said by clinicians and managers.
The table of states (`workflow.AMENDMENT`) says who may and when. Nothing here changes a record: that is done first.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from documentation.kernel.amendments import StepFacts
from documentation.kernel.dates import long_date
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import AmendmentRequest, AmendmentStep, AmendmentTime, Organization, Patient, User
from documentation.queries.amendments import amended_since, clock_of
from documentation.services.audit import record
from documentation.services.patients import standing
from documentation.services.transitions import perform
from documentation.workflow import AMENDMENT, LOCKED

Kind = AmendmentStep.Kind
TIME_FIELDS = ("answer_days", "extension_days", "applies_from", "source", "verified_on")


def take_in(patient: Patient, values: dict[str, Any], *, by: User, at: datetime, today: date) -> AmendmentRequest:
    """Write down what a patient asks to have changed; from the day on which it came the time to answer runs.

    `values`: received_on, way, encounter (None for the demographics), wanted, words. Raises ValidationError by field.
    """
    if not by.may(Permission.PATIENT_EDIT):
        raise NotPermitted("Your role does not allow you to take in what patients ask for.")
    row = AmendmentRequest(patient=patient, taken_in_at=at, taken_in_by=by, **values)
    problems = {}
    if row.received_on and row.received_on > today:
        problems["received_on"] = "This day lies in the future. Give the day on which the request came."
    elif row.received_on and row.encounter and row.received_on < row.encounter.service_date:
        problems["received_on"] = f"The visit was on {long_date(row.encounter.service_date)}. Check the year."
    if not row.way:
        problems["way"] = "Choose how the request came."
    if not (row.wanted or "").strip():
        problems["wanted"] = "Say what is to be changed."
    if row.encounter and (row.encounter.patient_id != patient.pk or row.encounter.status not in LOCKED):
        problems["encounter"] = "Choose a signed record of this patient. What is not signed can be changed directly."
    if problems:
        raise ValidationError(problems)
    row.full_clean(validate_constraints=False)
    with transaction.atomic():
        standing(patient)
        row.save()
        record("amendment.take_in", by=by, at=at, subject=row, patient=patient, way=row.way)
    return row


def extend(request: AmendmentRequest, values: dict[str, Any], *, by: User, at: datetime, today: date) -> AmendmentStep:
    """Take the one extension, of which the patient is told with its reason. `values`: said_on, until, said."""
    clock, problems = clock_of(request), {}
    if not clock.last_on < values["until"] <= clock.latest_on:
        problems["until"] = f"Choose a day after {long_date(clock.last_on)} and not after {long_date(clock.latest_on)}."
    return _take(request, Kind.EXTENDED, values, problems, by=by, at=at, today=today)


def accept(request: AmendmentRequest, values: dict[str, Any], *, by: User, at: datetime, today: date) -> AmendmentStep:
    """Say by what the record was amended: `values` are said_on, amended (a key of `amended_since`), said, tell."""
    amended = amended_since(request)
    chosen = next((one for one in amended if one.key == values["amended"]), None)
    kept = {"said_on": values["said_on"], "said": values["said"], "tell": values["tell"]}
    if chosen:
        kept |= {"addendum": chosen.addendum, "encounter": chosen.encounter, "corrected_at": chosen.corrected_at}
    problems = {} if chosen else {"amended": "Choose what was amended."}
    return _take(request, Kind.ACCEPTED, kept, problems, by=by, at=at, today=today, is_amended=bool(amended))


def deny(request: AmendmentRequest, values: dict[str, Any], *, by: User, at: datetime, today: date) -> AmendmentStep:
    """Deny it for one of the reasons that the law names, and in a sentence. `values`: said_on, ground, said."""
    problems = {} if values["ground"] else {"ground": "Choose the reason. Only one of these lets you deny a request."}
    return _take(request, Kind.DENIED, values, problems, by=by, at=at, today=today, ground=values["ground"])


def dispute(request: AmendmentRequest, values: dict[str, Any], *, by: User, at: datetime, today: date) -> AmendmentStep:
    """Keep the patient's statement of disagreement; it goes wherever the record goes. `values`: said_on, said."""
    return _take(request, Kind.DISPUTED, values, {}, by=by, at=at, today=today)


def rebut(request: AmendmentRequest, values: dict[str, Any], *, by: User, at: datetime, today: date) -> AmendmentStep:
    """Keep what the practice answers to that statement. `values`: said_on, said."""
    return _take(request, Kind.REBUTTED, values, {}, by=by, at=at, today=today)


def withdraw(
    request: AmendmentRequest, values: dict[str, Any], *, by: User, at: datetime, today: date
) -> AmendmentStep:
    """Keep that the patient no longer wants it, or that it was taken in by mistake. `values`: said_on, said."""
    return _take(request, Kind.WITHDRAWN, values, {}, by=by, at=at, today=today)


VERBS = {"extend": extend, "accept": accept, "deny": deny, "dispute": dispute, "rebut": rebut, "withdraw": withdraw}
"""By the step of the machine."""

_EMPTY = {
    Kind.EXTENDED: "Give the reason: the patient is told why it takes longer.",
    Kind.ACCEPTED: "Say in a sentence what was amended.",
    Kind.DENIED: "Say in a sentence why, in words that the patient understands.",
    Kind.DISPUTED: "Write down the statement as it came.",
    Kind.REBUTTED: "Write what the practice answers.",
    Kind.WITHDRAWN: "Say why it is withdrawn.",
}


def _take(
    request: AmendmentRequest,
    kind: str,
    values: dict[str, Any],
    problems: dict[str, str],
    *,
    by: User,
    at: datetime,
    today: date,
    is_amended: bool = False,
    **detail: Any,
) -> AmendmentStep:
    step = AmendmentStep(request=request, kind=kind, recorded_at=at, recorded_by=by, **values)
    before = max([request.received_on, *request.steps.values_list("said_on", flat=True)])
    if step.said_on > today:
        problems["said_on"] = "This day lies in the future. Give the day on which it was said."
    elif step.said_on < before:
        problems["said_on"] = f"What was said last is of {long_date(before)}. Give a day from then on."
    if not (step.said or "").strip():
        problems["said"] = _EMPTY[Kind(kind)]

    def facts(row: AmendmentRequest) -> StepFacts:
        return StepFacts(step.said_on, clock_of(row).last_on, is_amended)

    with perform(AMENDMENT, kind, request, by=by, at=at, facts=facts, patient=request.patient, **detail):
        if problems:
            raise ValidationError(problems)
        step.full_clean(validate_constraints=False)
        step.save()
    return step


def record_time(
    values: dict[str, Any], *, by: User, at: datetime, today: date, seen: int | None = None
) -> AmendmentTime:
    """Write down how long the practice has to answer, as somebody read it. Earlier rows stay.

    `values`: TIME_FIELDS. `seen` is the newest row that the person looked at, 0 for none. Open requests are counted
    anew. Raises NotPossible where somebody wrote another one since, ValidationError by field.
    """
    if not by.may(Permission.RULES_EDIT):
        raise NotPermitted("Only a manager changes the days by which requests are answered.")
    row = AmendmentTime(recorded_at=at, recorded_by=by, **values)
    row.full_clean(validate_constraints=False)
    if row.verified_on and row.verified_on > today:
        raise ValidationError({"verified_on": "This day lies in the future. Give the day on which somebody looked."})
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).first()  # so that two who write at once take turns
        last = AmendmentTime.objects.first()
        if seen is not None and seen != (last.pk if last else 0):
            raise NotPossible(
                "Somebody else wrote this down meanwhile. Compare with what is known now, then save again."
            )
        if last and all(getattr(last, name) == getattr(row, name) for name in TIME_FIELDS):
            return last
        row.save()
        record("amendment.time", by=by, at=at, subject="time to answer", source=row.source)
    return row
