"""What the practice has to do next about what was denied, as narrow as the manager's page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from claims.models import Appeal, ClaimFigures, Denial
from claims.queries.appeal_rules import Rules
from claims.queries.deadlines import Case, case_of
from claims.queries.sums import FIELDS, Filters, timeless
from claims.workflow import APPEALS_TO_SEND, Closing, DenialStatus
from documentation.models.among import Keys, among
from documentation.models.together import Prepared


def to_act_on(today: date, filters: Filters, rules: Rules, *, until: date | None = None, most: int = 10) -> list[Case]:
    """Open denials and appeals to send, whatever the period, the earliest last day first; those that wait for the payer
    are left out. With `until`, only those whose last day comes by then or has passed.
    """
    filters = timeless(filters)
    if until is None:
        found = _first({}, filters, most)["found"]
    else:
        # Kept with a claim is the first of its days, so that each of these claims has a case to show. All its denials
        # are read: another one may have more time, and must not take the place of another claim's.
        # They are asked for by their keys: an engine that is given both questions as one begins with all open denials.
        soonest = _soonest({}, filters, until, most)["claims"]
        found = _of_claims({"claims": soonest}, filters)["found"] if soonest else []
    cases = [case_of(denial, today, rules) for denial in found]
    if until is not None:
        cases = [case for case in cases if case.due and case.due.day <= until]
    return sorted(cases, key=lambda case: case.due.day if case.due else date.max)[:most]


@Prepared
def _first(keys: Mapping[str, Keys], filters: Filters, most: int) -> dict[str, QuerySet[Any]]:
    return {"found": _in_order(filters)[:most]}


@Prepared
def _soonest(keys: Mapping[str, Keys], filters: Filters, until: date, most: int) -> dict[str, QuerySet[Any]]:
    return {"claims": _by_day(filters).filter(at_risk_until__lte=until).values_list("pk", flat=True)[:most]}


@Prepared
def _of_claims(keys: Mapping[str, Keys], filters: Filters) -> dict[str, QuerySet[Any]]:
    return {"found": _in_order(filters).filter(among("claim", keys["claims"]))}


def _in_order(filters: Filters) -> QuerySet[Denial]:
    """With all that a case says of each."""
    return (
        _waiting_for_us(filters)
        .select_related(
            "claim__encounter__patient", "claim__encounter__location", "claim__coverage__payer", "claim__owner"
        )
        .prefetch_related("appeals", "claim__coverage__payer__playbook")
        .order_by(F("claim__figures__at_risk_until").asc(nulls_last=True), "denied_on", "pk")
    )


def next_to_act_on(today: date, filters: Filters, rules: Rules) -> Case | None:
    """The case whose last day comes first, whenever that is."""
    first = _by_day(filters).values_list("at_risk_until", flat=True).first()
    found = to_act_on(today, filters, rules, until=first, most=1) if first else []
    return next(iter(found or to_act_on(today, filters, rules)), None)


def _waiting_for_us(filters: Filters) -> QuerySet[Denial]:
    to_send = Appeal.objects.filter(denial=OuterRef("pk"), status__in=APPEALS_TO_SEND)
    asked = {f"claim__figures__{column}": getattr(filters, name) for name, column in FIELDS.items()}
    return (
        # What is closed is left out, not what is open asked for: so no engine begins with all open claims.
        Denial.objects.filter(Q(status=DenialStatus.OPEN) | Exists(to_send))
        .exclude(claim__closing__in=[state for state in Closing if state != Closing.OPEN])
        .filter(**{path: value for path, value in asked.items() if value})
        .exclude(status=DenialStatus.RESOLVED)
    )


def _by_day(filters: Filters) -> QuerySet[ClaimFigures]:
    """Claims with something to act on and a last day, the earliest first."""
    waiting = Exists(_waiting_for_us(filters).filter(claim=OuterRef("pk")))
    return ClaimFigures.objects.filter(waiting, at_risk_until__isnull=False).order_by("at_risk_until", "pk")
