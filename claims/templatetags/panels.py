"""What getting paid shows on the pages of the record. A panel renders nothing for people who may not see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template
from django.db.models import QuerySet

from claims.facts import AuthorizationFacts
from claims.models import Authorization, Coverage
from claims.queries import eligibility
from claims.queries.claims import estimates_of, listed, newer_version
from claims.queries.codes import codes_of
from claims.queries.coverage import authorizations_of, permission_of
from claims.queries.evidence import of_visit as of_visit_shelf
from claims.queries.evidence import taken_off_visit
from claims.queries.filing import Filing, filing_of, shortest_clocks
from claims.queries.plans import due, is_confirmed, restriction_of
from claims.queries.predeterminations import BEFORE, of_encounter
from claims.rules.authorization import stricter
from claims.workflow import AUTHORIZATION, BILLED, AuthorizationStatus
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, Patient, User
from documentation.queries.versions import of_visit
from documentation.views.work import practice_today

register = template.Library()


@register.inclusion_tag("claims/_patient_coverage.html", takes_context=True)
def patient_coverage(context: template.Context, patient: Patient) -> dict[str, Any]:
    """The patient's plans with their eligibility checks and authorizations."""
    user: User = context["request"].user
    if not user.may(Permission.COVERAGE_VIEW):
        return {"may_see": False}
    plans, today = list(_plans(patient)), practice_today(context["now"])
    return {
        **_surroundings(context),
        "may_see": True,
        "sees_money": user.may(Permission.REMITTANCE_VIEW),
        "patient": patient,
        "coverages": [{"plan": p, **_permits(p, today)} for p in plans if p.is_active],
        "retired": [p for p in plans if not p.is_active],
        "today": today,
    }


@register.inclusion_tag("claims/_encounter_claims.html", takes_context=True)
def encounter_claims(context: template.Context, encounter: Encounter) -> dict[str, Any]:
    """The claims of an encounter, or the way to start them; what was estimated; what to settle before the visit."""
    user: User = context["request"].user
    sees_claims, sees_coverage = user.may(Permission.CLAIM_VIEW), user.may(Permission.COVERAGE_VIEW)
    if not (sees_claims or sees_coverage):
        return {"may_see": False}
    is_signed, today = encounter.status == "signed", encounter.location.today(context["now"])
    shown: dict[str, Any] = {**_surroundings(context), "may_see": True, "encounter": encounter, "is_signed": is_signed}
    shown["patient_id"], shown["visit_pk"] = encounter.patient_id, encounter.pk
    shown["took_place"] = encounter.is_locked or encounter.version > 1
    if sees_claims:
        of_any_version = listed().filter(encounter__in=of_visit(encounter.visit_key))
        shown["claims"] = list(of_any_version.order_by("sequence", "pk"))
        shown["documents"] = of_visit_shelf(encounter.visit_key)
        shown["may_lay"] = user.may(Permission.CLAIM_PREPARE)
        shown["taken_off"] = taken_off_visit(encounter.visit_key) if shown["may_lay"] else []
        shown["newer"] = newer_version(encounter)
        shown["may_start"] = is_signed and not shown["newer"] and user.may(Permission.CLAIM_PREPARE)
    if sees_coverage:
        plans = [p for p in _plans(encounter.patient) if p.is_active]
        shown["estimates"] = list(estimates_of(encounter).select_related("signature"))
        shown["plans"] = [_before_the_visit(p, encounter, today) for p in plans]
        shown["restriction"] = restriction_of(encounter)
        shown["asked"] = list(of_encounter(encounter))
        shown["may_ask"] = (
            user.may(Permission.CLAIM_SUBMIT) and encounter.status in BEFORE and encounter.version == 1
        ) and any(p.payer.line == "dental" for p in plans)
        shown["order_is_confirmed"] = is_confirmed(encounter.patient, encounter.service_date)
        billed = {c.coverage_id for c in shown.get("claims", ()) if c.closing in BILLED}
        shown["unbilled"] = [p for p in due(plans, encounter.service_date) if p.pk not in billed]
        if is_signed:
            shown["clocks"] = [
                {"payer": p.payer, "filing": filing_of(p, encounter.service_date, today)} for p in shown["unbilled"]
            ]
    return shown


@register.simple_tag(takes_context=True)
def filing_clocks(context: template.Context, encounters: Iterable[Encounter]) -> dict[int, Filing]:
    """For a list of visits that nobody billed yet: the time to file that ends first, by visit."""
    if not context["request"].user.may(Permission.COVERAGE_VIEW):
        return {}
    return shortest_clocks((e, e.location.today(context["now"])) for e in encounters)


@register.filter
def clock_in(encounter: Encounter, clocks: dict[int, Filing]) -> Filing | None:
    return clocks.get(encounter.pk)


@register.inclusion_tag("claims/_intake_coverage.html", takes_context=True)
def intake_coverage(context: template.Context, encounter: Encounter) -> dict[str, Any]:
    """The plans of a visit's patient and what is settled with them, for the intake."""
    user: User = context["request"].user
    if not user.may(Permission.COVERAGE_VIEW):
        return {"may_see": False}
    today = encounter.location.today(context["now"])
    plans = [_before_the_visit(p, encounter, today) for p in _plans(encounter.patient) if p.is_active]
    return {
        **_surroundings(context),
        "may_see": True,
        "plans": plans,
        "restriction": restriction_of(encounter),
        "patient_id": encounter.patient_id,
        "visit_pk": encounter.pk,
    }


def _surroundings(context: template.Context) -> dict[str, Any]:
    request = context["request"]
    return {
        "may_edit": request.user.may(Permission.COVERAGE_EDIT),
        "here": request.path,
        "once": context.get("once"),
        "csrf_token": context.get("csrf_token"),
    }


def _plans(patient: Patient) -> QuerySet[Coverage]:
    return eligibility.plans().filter(patient=patient)


def _before_the_visit(plan: Coverage, encounter: Encounter, today: date) -> dict[str, Any]:
    """What is settled with a plan for the day of service, and what is still a question."""
    day, book = encounter.service_date, plan.payer.book()
    asked = book.newest("prior_authorization", plan.plan_name)
    permit = permission_of(plan, codes_of(encounter, plan), day)
    verified = eligibility.verified(plan, day, today)
    by_rules = book.reliable("prior_authorization", plan.plan_name, day) or "unknown"
    return {
        "plan": plan,
        "verified": verified,
        # Needed, not needed and not known are three answers; a stale one is the third.
        "authorization": stricter(by_rules, verified.check.prior_authorization if verified.check else "unknown"),
        "was": asked,
        "was_stale": asked.why_stale(day, book.days) if asked else "",
        "permit": permit,
        "permit_word": AUTHORIZATION.label(permit.status).lower() if permit else "",
    }


def _has_expired(row: Authorization, day: date) -> bool:
    return row.valid_to is not None and row.valid_to < day


@dataclass(frozen=True)
class Permit:
    """An authorization with what is left of it."""

    row: Authorization
    facts: AuthorizationFacts
    expired: bool

    @property
    def is_over(self) -> bool:
        return self.expired or self.row.status == AuthorizationStatus.CANCELLED


def _permits(plan: Coverage, today: date) -> dict[str, list[Permit]]:
    """Those that may still matter, and those that are over."""
    both = zip(plan.authorizations.all(), authorizations_of(plan), strict=True)
    found = [Permit(row, facts, _has_expired(row, today)) for row, facts in both]
    return {"standing": [p for p in found if not p.is_over], "over": [p for p in found if p.is_over]}
