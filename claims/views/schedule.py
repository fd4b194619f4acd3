"""The schedule: who comes when, to whom, and what is missing before each visit; by day or week, also on paper."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from claims.queries.schedule import MOST, days_of, visits_between, week_of
from documentation.kernel.permissions import Permission
from documentation.models import Clinician
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, requires
from documentation.views.context import around
from documentation.views.work import practice_today

SPANS = {"day": "Day", "week": "Week"}
_EARLIEST, _LATEST = date(2000, 1, 10), date(2999, 1, 10)


@require_GET
@requires(Permission.ENCOUNTER_VIEW)
def show(request: SignedInRequest) -> HttpResponse:
    """A day or a week of visits. A clinician sees their own first, everybody else all."""
    now = timezone.now()
    today = practice_today(now)
    day, span = _day(request.GET.get("day", ""), today), _span(request.GET.get("span", ""))
    first, last = (day, day) if span == "day" else week_of(day)
    signs = request.user.may(Permission.ENCOUNTER_SIGN)
    mine = getattr(request.user, "clinician", None) if signs else None
    whose = _whose(request.GET.get("of", ""), mine.pk if mine else None)
    clinicians = Clinician.objects.order_by("last_name", "first_name", "pk")
    known = around(request, visits=visits_between(first, last, whose), clinicians=clinicians).more
    days = days_of(known["visits"], first, last, now)
    on_paper = request.GET.get("form") == "print"
    count = len(known["visits"])
    audit_view("schedule.print" if on_paper else "schedule.view", by=request.user, at=now, count=count)
    if span == "week":  # a weekend stands there only where somebody comes
        days = [d for d in days if d.on.weekday() < 5 or d.visits]
    kept = {"span": span, "of": str(whose or "all")}
    step = timedelta(days=1 if span == "day" else 7)
    context: dict[str, Any] = {
        "days": days,
        "count": count,
        "unsettled": sum(d.unsettled for d in days),
        "is_cut": count >= MOST,
        "first": first,
        "last": last,
        "today": today,
        "chosen": day,
        "span": span,
        "spans": [(key, label, _to(day, kept | {"span": key})) for key, label in SPANS.items()],
        "before": _to(day - step, kept),
        "after": _to(day + step, kept),
        "now_url": _to(today, kept),
        "is_now": first <= today <= last,
        "paper": _to(day, kept | {"form": "print"}),
        "clinicians": known["clinicians"],
        "whose": whose,
        "may_plan": request.user.may(Permission.VISIT_PLAN),
        "may_settle": request.user.may(Permission.COVERAGE_EDIT),
        "here": _to(day, kept),
    }
    return render(request, "claims/schedule_print.html" if on_paper else "claims/schedule.html", context)


def _day(typed: str, today: date) -> date:
    """The day that was asked for; what is no day is today."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return today
    return day if _EARLIEST <= day <= _LATEST else today


def _span(typed: str) -> str:
    return typed if typed in SPANS else "day"


def _whose(typed: str, mine: int | None) -> int | None:
    """A clinician's key; None is everybody."""
    if typed == "all":
        return None
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else mine


def _to(day: date, kept: dict[str, str]) -> str:
    return f"{reverse('schedule')}?{urlencode({'day': day.isoformat(), **kept})}"
