"""Verbs on what covers a patient: coverages, eligibility checks, authorizations, estimates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from claims.models import Authorization, Claim, Coverage, EligibilityCheck, Estimate, Payer
from claims.queries.claims import estimates_of
from claims.services.figures import refresh_of_plan
from claims.services.holding import hold_all
from claims.services.queues import bill_patient
from claims.services.renumbering import renumber
from claims.workflow import AUTHORIZATION
from documentation.kernel.dates import short_date
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, Patient, StoredFile, User
from documentation.services.audit import record
from documentation.services.patients import standing
from documentation.services.transitions import perform


def save_coverage(
    patient: Patient,
    coverage: Coverage | None,
    values: dict[str, Any],
    *,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Coverage:
    """Add a plan to a patient, or correct one that was seen at revision `seen`."""
    _require(by)
    with transaction.atomic():
        rows = Coverage.objects.select_for_update(no_key=True)
        row = rows.get(pk=coverage.pk) if coverage else Coverage(patient=patient)
        if coverage and seen is not None and row.revision != seen:
            raise NotPossible(
                "Somebody else changed this coverage meanwhile. Compare with the values shown now, then save again."
            )
        changed = sorted(k for k, v in values.items() if coverage is None or getattr(row, k) != v)
        for key, value in values.items():
            setattr(row, key, value)
        if row.effective_on and row.terminated_on and row.terminated_on < row.effective_on:
            raise ValidationError({"terminated_on": "The coverage ends before it begins. Check both dates."})
        _check_priority(row)
        _check_listed_once(row)
        row.full_clean()
        if coverage and not changed:
            return row
        row.revision += 1 if coverage else 0
        hold_all(Claim.objects.filter(encounter__patient=patient))
        if not coverage:
            standing(patient)
        row.save()
        bill_patient(patient)
        action = "coverage.change" if coverage else "coverage.add"
        record(action, by=by, at=at, subject=patient, patient=patient, fields=changed)
        if coverage and {"payer", "plan_name"} & set(changed):
            refresh_of_plan(row)
        if not coverage or _PLACING & set(changed):
            renumber(patient, by=by, at=at)
    return row


_PLACING = {"effective_on", "terminated_on", "is_active", "priority"}
"""What changes the places of a patient's plans, on some day of service."""


def retire_coverage(coverage: Coverage, *, by: User, at: datetime) -> None:
    """Take a plan off the patient's list. Claims that used it keep it; those behind it take its place."""
    _require(by)
    with transaction.atomic():
        Coverage.objects.filter(pk=coverage.pk).update(is_active=False, revision=F("revision") + 1)
        bill_patient(coverage.patient)
        record("coverage.retire", by=by, at=at, subject=coverage.patient, patient=coverage.patient)
        renumber(coverage.patient, by=by, at=at)


def _check_priority(row: Coverage) -> None:
    others = Coverage.objects.filter(patient=row.patient, is_active=True).exclude(pk=row.pk)
    if row.is_active and others.filter(priority=row.priority).exists():
        other = others.filter(priority=row.priority).select_related("payer").get()
        raise ValidationError(
            {
                "priority": f"{other.payer} already has priority {row.priority}."
                " Give this plan another one, or change that plan first."
            }
        )


def _check_listed_once(row: Coverage) -> None:
    same = Coverage.objects.filter(patient=row.patient, payer=row.payer, member_id=row.member_id, is_active=True)
    if row.is_active and same.exclude(pk=row.pk).exists():
        raise ValidationError({"member_id": f"{row.payer} with this member ID is on the patient's list already."})


def record_check(
    coverage: Coverage,
    values: dict[str, Any],
    *,
    by: User,
    at: datetime,
    encounter: Encounter | None = None,
    answer: StoredFile | None = None,
) -> EligibilityCheck:
    """Write down a dated answer of the payer on this coverage, for a visit or none, with the file it was taken from.

    The plan takes over its first and last day from it, where the payer named them.
    """
    _require(by)
    check = EligibilityCheck(
        coverage=coverage, encounter=encounter, answer=answer, recorded_at=at, recorded_by=by, **values
    )
    if encounter and encounter.patient_id != coverage.patient_id:
        raise NotPossible("This visit is another patient's. Open the check from the visit again.")
    _check_money(check)
    if check.next_check_on and check.next_check_on <= check.checked_on:
        raise ValidationError({"next_check_on": "Give a day after this check."})
    check.full_clean()
    with transaction.atomic():
        _take_days_over(check, by=by, at=at)
        check.save()
        record("eligibility.record", by=by, at=at, subject=coverage.patient, patient=coverage.patient)
    return check


def _take_days_over(check: EligibilityCheck, *, by: User, at: datetime) -> None:
    plan = check.coverage
    first, last = check.begins_on or plan.effective_on, check.ends_on or plan.terminated_on
    if first and last and last < first:
        said = (
            f"The plan would be in force from {short_date(first)} to {short_date(last)}. Check both days, or ask again."
        )
        raise ValidationError({"ends_on" if check.ends_on else "begins_on": said})
    if (first, last) != (plan.effective_on, plan.terminated_on):
        check.coverage = save_coverage(plan.patient, plan, {"effective_on": first, "terminated_on": last}, by=by, at=at)


def _check_money(check: EligibilityCheck) -> None:
    for left, whole, words in (
        ("deductible_remaining", "deductible", "the whole deductible"),
        ("annual_maximum_remaining", "annual_maximum", "the whole maximum"),
    ):
        rest, all_of_it = getattr(check, left), getattr(check, whole)
        if rest is not None and all_of_it is not None and rest > all_of_it:
            raise ValidationError({left: f"What is left cannot be more than {words}. Check both amounts."})


def save_authorization(
    coverage: Coverage,
    authorization: Authorization | None,
    values: dict[str, Any],
    *,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Authorization:
    """Write down a prior authorization or predetermination, or what became of one that was seen at revision `seen`.

    A `status` in `values` is where it stands now; it is reached by the step of its machine that leads there. Raises
    NotPossible where no step does, or where somebody else changed it.
    """
    _require(by)
    target = values.get("status")
    with transaction.atomic():
        if authorization:
            row = Authorization.objects.select_for_update().get(pk=authorization.pk)
            if seen is not None and row.revision != seen:
                raise NotPossible(
                    "Somebody else changed it meanwhile. Compare with the values shown now, then save again."
                )
            row.revision += 1
        else:
            row = Authorization(coverage=coverage, recorded_at=at, recorded_by=by)
        for key, value in values.items():
            if key != "status":
                setattr(row, key, value)
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            raise ValidationError({"valid_to": "It ends before it begins. Check both dates."})
        if row.requested_on and row.decided_on and row.decided_on < row.requested_on:
            raise ValidationError({"decided_on": "It was decided before it was asked for. Check both dates."})
        row.full_clean()
        row.save()
        if target and target != row.status:
            with perform(AUTHORIZATION, _step_to(row, target), row, by=by, at=at, patient=coverage.patient):
                pass
        record(
            "authorization.save", by=by, at=at, subject=coverage.patient, patient=coverage.patient, status=row.status
        )
    return row


def _step_to(row: Authorization, target: str) -> str:
    """The step of the machine that leads from where it stands to `target`."""
    steps = (t for t in AUTHORIZATION.transitions if t.target == target)
    found = next((t for t in steps if row.status in t.sources), None)
    if found is None:
        if target not in AUTHORIZATION.labels:
            raise ValidationError({"status": "Choose one of the answers."})
        now, then = AUTHORIZATION.label(row.status).lower(), AUTHORIZATION.label(target).lower()
        raise ValidationError(
            {"status": f"What is {now} cannot become {then}. Ask again first, or write down a new one."}
        )
    return found.name


def keep_letter(
    authorization: Authorization, letter: StoredFile, original: StoredFile | None = None, *, by: User, at: datetime
) -> None:
    """Keep the payer's letter with an authorization, clean and as it came; a second one takes its place."""
    _require(by)
    with transaction.atomic():
        row = Authorization.objects.select_for_update().get(pk=authorization.pk)
        row.letter, row.original = letter, original
        row.revision += 1
        row.save(update_fields=["letter", "original", "revision"])
        patient = row.coverage.patient
        record("authorization.letter", by=by, at=at, subject=patient, patient=patient, sha256=letter.sha256)


def give_estimate(encounter: Encounter, values: dict[str, Any], *, by: User, at: datetime) -> Estimate:
    """Write down what the patient was told to expect. A newer one replaces it, the older stays readable."""
    _require(by)
    estimate = Estimate(encounter=encounter, recorded_at=at, recorded_by=by, **values)
    if estimate.high < estimate.low:
        raise ValidationError({"high": "The highest share is below the lowest. Swap them."})
    if estimate.given_on and estimate.acknowledged_on and estimate.acknowledged_on < estimate.given_on:
        raise ValidationError({"acknowledged_on": "The patient cannot acknowledge an estimate before it was given."})
    estimate.full_clean()
    with transaction.atomic():
        estimate.save()
        record("estimate.give", by=by, at=at, subject=encounter, patient=encounter.patient)
    return estimate


def acknowledge_estimate(estimate: Estimate, *, on: date, by: User, at: datetime) -> Estimate:
    """The patient agreed to an estimate. Raises NotPossible for one that was replaced or agreed to already."""
    encounter = estimate.encounter
    last = estimates_of(encounter).first()
    if last != estimate or last.acknowledged_on:
        raise NotPossible("This estimate was replaced, or the patient agreed to it already. Look at the page again.")
    values = {"low": last.low, "high": last.high, "given_on": last.given_on or on, "acknowledged_on": on}
    return give_estimate(encounter, values, by=by, at=at)


def payer_of(payer_id: str) -> Payer | None:
    return Payer.objects.filter(payer_id=payer_id).first()


def _require(by: User) -> None:
    if not by.may(Permission.COVERAGE_EDIT):
        raise NotPermitted("Your role does not allow you to change coverages.")
