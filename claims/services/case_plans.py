"""Taking in what a case knows of payers and plans. What the database holds already is not written again."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from claims.cases import schema as c
from claims.models import Authorization, Coverage, EligibilityCheck, Payer
from claims.queries.plans import order_of
from claims.services.case_people import address_values, refuse, within
from claims.services.cast import Cast
from claims.services.coverage import payer_of, record_check, retire_coverage, save_authorization, save_coverage
from claims.services.payers import record_policy, save_payer
from claims.services.plans import confirm_order, save_terms
from documentation.kernel.permissions import Permission
from documentation.models import Patient


def take_in_payers(case: c.Case, *, by: Cast, at: datetime) -> None:
    """Payers by their id; a policy that differs becomes the current one, and the earlier ones stay."""
    for n, given in enumerate(case.payers):
        with within(f"payers[{n}]"):
            payer = _payer(given, by=by, at=at)
        if given.policy:
            with within(f"payers[{n}].policy"):
                _policy(payer, given.policy, by=by, at=at)


def _payer(given: c.Payer, *, by: Cast, at: datetime) -> Payer:
    known = payer_of(given.payer_id)
    values = _fields(given, "name payer_id line") | (address_values(given.address) if given.address else {})
    if known and _holds(known, values):
        return known
    who = by.who_may(Permission.PAYER_EDIT)
    return save_payer(known, values, by=who, at=at, seen=known.revision if known else None)


def _policy(payer: Payer, given: c.Policy, *, by: Cast, at: datetime) -> None:
    names = "covers_d0371 treats_as prior_authorization attachments timely_filing_days appeal_days source verified_on"
    codes = {"bundling_permitted": given.bundling_permitted, "bundling_refused": given.bundling_refused}
    values, current = _fields(given, names), payer.current_policy()
    if not (current and _holds(current, values | codes)):
        record_policy(payer, values | codes, by=by.who_may(Permission.PAYER_EDIT), at=at)


def take_in_coverages(case: c.Case, patient: Patient, *, by: Cast, at: datetime) -> None:
    """The plans of the patient with what was asked about them.

    A plan is known by payer and member id. Another plan of the patient that holds the priority of one of the case's
    is retired: two plans cannot both pay first.
    """
    if not (case.coverages or case.eligibility_checks or case.authorizations):
        return
    who = by.who_may(Permission.COVERAGE_EDIT)
    for coverage in _active(patient):
        same = [g for g in case.coverages if (g.payer_id, g.member_id) == (coverage.payer.payer_id, coverage.member_id)]
        priority = same[0].priority if same else coverage.priority
        if priority != coverage.priority or (not same and priority in {g.priority for g in case.coverages}):
            retire_coverage(coverage, by=who, at=at)
    made: dict[str, Coverage] = {}
    for n, given in sorted(enumerate(case.coverages), key=lambda pair: -pair[1].priority):
        payer = payer_of(given.payer_id)
        if payer is None:
            raise refuse(
                f"coverages[{n}].payer_id", f"there is no payer {given.payer_id} in payers, nor in the practice"
            )
        with within(f"coverages[{n}]"):
            known = _active(patient).filter(payer=payer, member_id=given.member_id).first()
            made[given.payer_id] = save_coverage(patient, known, _coverage_values(given, payer), by=who, at=at)
        if given.terms:
            with within(f"coverages[{n}].terms"):
                values = dataclasses.asdict(given.terms)
                save_terms(made[given.payer_id], values, today=at.date(), by=who, at=at)
    for n, check in enumerate(case.eligibility_checks):
        coverage = made.get(check.payer_id) or _covered_by(patient, check.payer_id, f"eligibility_checks[{n}].payer_id")
        with within(f"eligibility_checks[{n}]"):
            _check(coverage, check, by=by, at=at)
    for n, asked in enumerate(case.authorizations):
        coverage = made.get(asked.payer_id) or _covered_by(patient, asked.payer_id, f"authorizations[{n}].payer_id")
        with within(f"authorizations[{n}]"):
            _authorization(coverage, asked, by=by, at=at)


def confirm_plan_order(case: c.Case, patient: Patient, *, by: Cast, at: datetime) -> None:
    """Let a person confirm the order of the plans, where the case says that one did."""
    if case.plan_order is None:
        return
    day = case.encounter.service_date
    known = order_of(patient, day)
    if known.is_confirmed:
        return
    with within("plan_order"):
        confirm_order(
            patient,
            [plan.pk for plan in known.plans],
            reason=case.plan_order.reason,
            seen=known.facts_sha256,
            day=day,
            by=by.who_may(Permission.COVERAGE_EDIT),
            at=at,
        )


def _active(patient: Patient) -> Any:
    return Coverage.objects.filter(patient=patient, is_active=True).select_related("payer")


def _covered_by(patient: Patient, payer_id: str, path: str) -> Coverage:
    found = _active(patient).filter(payer__payer_id=payer_id).first()
    if found is None:
        raise refuse(path, f"the patient has no coverage of payer {payer_id}")
    return found


def _coverage_values(given: c.Coverage, payer: Payer) -> dict[str, Any]:
    values = _fields(
        given,
        "plan_name group_number member_id priority relationship effective_on terminated_on"
        " signature_on_file assignment_of_benefits",
    )
    values["payer"] = payer
    if given.subscriber:
        names = ("first_name", "last_name", "birth_date", "sex")
        values |= {f"subscriber_{name}": getattr(given.subscriber, name) for name in names}
        values |= address_values(given.subscriber.address) if given.subscriber.address else {}
    return values


def _check(coverage: Coverage, given: c.EligibilityCheck, *, by: Cast, at: datetime) -> None:
    values = _fields(
        given,
        "checked_on method reference active covers_specialized_diagnostics deductible_remaining"
        " annual_maximum_remaining coinsurance_percent prior_authorization begins_on ends_on frequency_limit"
        " waiting_until",
    )
    newest = EligibilityCheck.objects.filter(coverage=coverage, checked_on=given.checked_on).first()
    if not (newest and _holds(newest, values)):
        record_check(coverage, values, by=by.who_may(Permission.COVERAGE_EDIT), at=at)


def _authorization(coverage: Coverage, given: c.Authorization, *, by: Cast, at: datetime) -> None:
    values = {**_fields(given, "kind status number units valid_from valid_to"), "codes": list(given.codes)}
    same = Authorization.objects.filter(coverage=coverage, kind=given.kind, number=given.number)
    known = same.first() if given.number else None
    if not any(_holds(row, values) for row in same):
        save_authorization(coverage, known, values, by=by.who_may(Permission.COVERAGE_EDIT), at=at)


def _fields(given: object, names: str) -> dict[str, Any]:
    return {name: getattr(given, name) for name in names.split()}


def _holds(row: object, values: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in values.items())
