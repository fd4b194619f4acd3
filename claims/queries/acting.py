"""What the practice has to do next about what was denied, as narrow as the manager's page."""

from __future__ import annotations

from datetime import date

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least

from claims.models import Appeal, ClaimFigures, Denial
from claims.queries.appeal_rules import load_rules
from claims.queries.deadlines import Case, case_of
from claims.queries.sums import FIELDS, Filters
from claims.workflow import APPEALS_TO_SEND, Closing, DenialStatus


def to_act_on(today: date, filters: Filters, *, until: date | None = None, most: int = 10) -> list[Case]:
    """Open denials and appeals to send, whatever the period, the earliest last day first; those that wait for the payer
    are left out. With `until`, only those whose last day comes by then or has passed.
    """
    found = (
        _waiting_for_us(filters)
        .select_related(
            "claim__encounter__patient", "claim__encounter__location", "claim__coverage__payer", "claim__owner"
        )
        .prefetch_related("appeals", "claim__coverage__payer__playbook")
        .order_by(F("claim__figures__at_risk_until").asc(nulls_last=True), "denied_on", "pk")
    )
    rules = load_rules()
    if until is None:
        return [case_of(denial, today, rules) for denial in found[:most]]
    # By the index of these days, no further than to the day of the last claim that is shown.
    last = Coalesce(
        Subquery(_by_day(filters).values("at_risk_until")[most - 1 : most]), until, output_field=DateField()
    )
    soonest = ClaimFigures.objects.filter(at_risk_until__lte=Least(last, until, output_field=DateField()))
    cases = (case_of(denial, today, rules) for denial in found.filter(claim__in=soonest.order_by().values("pk"))[:most])
    # Another denial of the same claim may have more time.
    return [case for case in cases if case.due and case.due.day <= until]


def next_to_act_on(today: date, filters: Filters) -> Case | None:
    """The case whose last day comes first, whenever that is."""
    first = _by_day(filters).values_list("at_risk_until", flat=True).first()
    found = to_act_on(today, filters, until=first, most=1) if first else []
    return next(iter(found or to_act_on(today, filters, most=1)), None)


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
    return ClaimFigures.objects.filter(waiting, at_risk_until__isnull=False).order_by("at_risk_until")
