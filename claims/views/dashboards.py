"""The manager's numbers, and the claims behind each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.forms.dashboards import PERIODS, Asked, read
from claims.models import Claim, ClaimFigures, Payer
from claims.queries import dashboards
from claims.queries.dashboards import Numbers, Slice
from claims.queries.deadlines import Case, to_act_on
from claims.queries.filing import filing_of_claim
from documentation.kernel.dates import short_date
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Cause
from documentation.kernel.statistics import Share
from documentation.models import Clinician
from documentation.services import audit
from documentation.views.access import SignedInRequest, problem, requires
from documentation.views.work import practice_today

SHOWN = 50
"""Claims on a page of a list."""
WEEK = 7


@dataclass(frozen=True)
class Tile:
    """A head figure: its value in words and the address of its claims, and how it was before."""

    key: str
    label: str
    value: str
    url: str
    share: Share | None = None
    whole_url: str = ""
    note: str = ""
    note_url: str = ""
    change: str = ""
    is_better: bool | None = None


@requires(Permission.DASHBOARD_VIEW)
@require_GET
def show(request: SignedInRequest) -> HttpResponse:
    """Denials of a period: how many, why, by whom, what to do now."""
    now = timezone.now()
    today = practice_today(now)
    asked = read(request.GET, today)
    filters = replace(asked.filters, cause="", month=None)
    n = dashboards.numbers(filters, today=today)
    before = dashboards.numbers(filters.before(), today=today)
    months = dashboards.by_month(filters)
    causes = dashboards.by_cause(filters)
    soon = today + timedelta(days=WEEK)
    cases = to_act_on(today, until=soon, payer=filters.payer, clinician=filters.clinician)
    later = [] if cases else to_act_on(today, payer=filters.payer, clinician=filters.clinician, most=1)
    audit.view("dashboard.view", by=request.user, at=now, cases=len(cases))
    context = {
        "asked": asked,
        "filters": filters,
        "before": filters.before(),
        "menus": _menus(asked),
        "is_empty": not ClaimFigures.objects.exists(),
        "tiles": _tiles(n, before, asked),
        "numbers": n,
        "waiting_url": _claims("unanswered", asked),
        "months": [_row(m, _claims, asked, month=m.key) for m in months],
        "causes": [_row(c, _claims, asked, cause=c.key) for c in causes],
        "most": max((c.denied for c in causes), default=0),
        "payers": [_row(p, _claims, asked, payer=p.key) for p in dashboards.by_payer(filters)],
        "clinicians": [_row(c, _claims, asked, clinician=c.key) for c in dashboards.by_clinician(filters)],
        "cases": cases,
        "today": today,
        "later": later[0] if later else None,
        "later_words": _in_words(later[0]) if later else "",
    }
    return render(request, "claims/dashboard.html", context)


@requires(Permission.DASHBOARD_VIEW)
@require_GET
def figure(request: SignedInRequest, figure: str) -> HttpResponse:
    """Exactly the claims that a figure counts, with its formula in words."""
    now = timezone.now()
    today = practice_today(now)
    found = dashboards.figures_on(today).get(figure)
    if found is None:
        return problem(
            request, 404, "There is no such figure.", "Open the dashboard and follow one of its numbers instead."
        )
    asked = read(request.GET, today)
    claims = dashboards.behind(found, asked.filters)
    pages = Paginator(claims, SHOWN)
    page = pages.get_page(request.GET.get("page"))
    rows = list(page)
    words = dashboards.worded([row.pk for row in rows])
    audit.view("dashboard.claims", by=request.user, at=now, figure=found.key, count=pages.count)
    context = {
        "asked": asked,
        "figure": found,
        "rows": [_line(row, found, words[row.pk], now) for row in rows],
        "amount_label": _AMOUNTS.get(found.amount, ""),
        "count": pages.count,
        "total": dashboards.total(found, asked.filters),
        "page": _pager(page, asked) if pages.num_pages > 1 else None,
        "narrowed": _narrowed(asked),
        "trail": [{"label": "Denials", "url": reverse("dashboard") + asked.dashboard()}],
    }
    return render(request, "claims/figure.html", context)


_AMOUNTS = {"first_denied": "Denied first", "paid": "Paid", "recovered": "Won back", "at_risk": "At risk"}
_CAUSES = {c.value: c.label for c in Cause}


def _line(row: ClaimFigures, figure: dashboards.Figure, claim: Claim, now: datetime) -> dict[str, Any]:
    waited = row.paid_on - row.submitted_on if row.paid_on and row.submitted_on else None
    return {
        "figures": row,
        "claim": row.claim,
        "word": claim.word,
        "filing": filing_of_claim(claim, claim.encounter.location.today(now)),
        "cause": _CAUSES.get(row.first_cause, ""),
        "amount": getattr(row, figure.amount) if figure.amount else None,
        "days": waited.days if waited else None,
    }


def _narrowed(asked: Asked) -> list[dict[str, str]]:
    """What narrows a list down, each with the address of the list without it."""
    f = asked.filters
    given = (
        ("payer", asked.payer),
        ("clinician", asked.clinician),
        ("cause", _CAUSES.get(f.cause, "")),
        ("month", f"{f.month:%B %Y}" if f.month else ""),
    )
    return [{"label": label, "url": asked.query(**{name: ""})} for name, label in given if label]


def _pager(page: Any, asked: Asked) -> dict[str, str]:
    return {
        "shown": f"{page.start_index()}–{page.end_index()} of {page.paginator.count:,}",
        "previous": asked.query(page=str(page.previous_page_number())) if page.has_previous() else "",
        "next": asked.query(page=str(page.next_page_number())) if page.has_next() else "",
    }


def _claims(key: str, asked: Asked, **narrower: str) -> str:
    return reverse("figure_claims", args=[key]) + asked.query(**{"cause": "", "month": "", **narrower})


def _row(part: Slice, claims: Any, asked: Asked, **narrower: str) -> dict[str, Any]:
    """One part of a breakdown with the addresses of its claims."""
    keys = ("initial_denial", "answered", "recovered")
    return {"part": part, **{f"{key}_url": claims(key, asked, **narrower) for key in keys}}


def _tiles(n: Numbers, before: Numbers, asked: Asked) -> list[Tile]:
    def url(key: str) -> str:
        return _claims(key, asked)

    return [
        _rate(
            "initial_denial", "Initial denial rate", n.denied, before.denied, url("initial_denial"), url("answered"), -1
        ),
        _rate("first_pass", "First-pass paid", n.first_pass, before.first_pass, url("first_pass"), url("answered"), 1),
        _rate(
            "overturned", "Appeals overturned", n.overturned, before.overturned, url("overturned"), url("decided"), 1
        ),
        Tile(
            "at_risk",
            "Dollars at risk",
            f"${n.at_risk:,.0f}",
            url("at_risk"),
            note=f"${n.at_risk_soon:,.0f} due in {dashboards.SOON} days" if n.at_risk_soon else "nothing due soon",
            note_url=url("at_risk_soon") if n.at_risk_soon else "",
            change=_claims_in_words(n.at_risk_claims),
            is_better=None if not n.at_risk_soon else False,
        ),
        _days(n, before, url("days_to_payment")),
    ]


def _in_words(case: Case) -> str:
    """The case that comes after a free week."""
    when = f"The next last day is {short_date(case.due.day)}" if case.due else "What waits has no last day"
    return f"{when}. {case.denial.claim.number}: {case.step}."


def _claims_in_words(count: int) -> str:
    return f"{count:,} claim{'' if count == 1 else 's'}"


def _rate(key: str, label: str, now: Share, before: Share, url: str, whole_url: str, good: int) -> Tile:
    """A rate. Of few cases the counts are the value, since a percentage would say more than they do."""
    change, is_better = "", None
    if now.is_small or before.is_small:
        if before.whole:
            change = f"before: {before.part:,} of {before.whole:,}"
    elif now.value is not None and before.value is not None:
        points = round(100 * now.value, 1) - round(100 * before.value, 1)
        is_better = None if abs(points) < 0.05 else points * good > 0
        arrow = "▲" if points > 0 else "▼"
        change = (
            "as before" if is_better is None else f"{arrow} {abs(points):.1f} points, from {100 * before.value:.1f} %"
        )
    if now.value is None:
        value = "—"
    else:
        value = f"{now.part:,} of {now.whole:,}" if now.is_small else f"{100 * now.value:.1f} %"
    return Tile(
        key,
        label,
        value,
        url if now.part else "",
        now,
        whole_url if now.whole else "",
        change=change,
        is_better=is_better,
    )


def _days(n: Numbers, before: Numbers, url: str) -> Tile:
    label, change, is_better = "Days to payment", "", None
    if n.days_to_payment is None:
        return Tile("days_to_payment", label, "—", "", note="no payment yet")
    now = round(n.days_to_payment)
    if before.days_to_payment is not None:
        days = now - round(before.days_to_payment)
        is_better = None if not days else days < 0
        plural = "" if abs(days) == 1 else "s"
        change = (
            "as before"
            if not days
            else f"{'▲' if days > 0 else '▼'} {abs(days)} day{plural}, from {round(before.days_to_payment)}"
        )
    note = f"mean of {n.paid_claims:,} payment{'' if n.paid_claims == 1 else 's'}"
    return Tile("days_to_payment", label, str(now), url, note=note, change=change, is_better=is_better)


def _menus(asked: Asked) -> dict[str, Any]:
    """The three menus in the page's head; each entry keeps the other filters."""
    own_dates = {"from": asked.filters.from_on.isoformat(), "to": asked.filters.to_on.isoformat()}
    f = asked.filters
    return {
        "period": PERIODS.get(asked.period, asked.words),
        "periods": [
            {
                "label": label,
                "url": asked.dashboard(**{"period": key, "from": "", "to": ""}),
                "current": key == asked.period,
            }
            for key, label in PERIODS.items()
        ],
        "dates": own_dates,
        "payers": [
            {"label": "All payers", "url": asked.dashboard(payer=""), "current": not f.payer},
            *(
                {"label": name, "url": asked.dashboard(payer=str(pk)), "current": pk == f.payer}
                for pk, name in Payer.objects.values_list("pk", "name")
            ),
        ],
        "clinicians": [
            {"label": "All clinicians", "url": asked.dashboard(clinician=""), "current": not f.clinician},
            *(
                {"label": str(c), "url": asked.dashboard(clinician=str(c.pk)), "current": c.pk == f.clinician}
                for c in Clinician.objects.all()
            ),
        ],
    }
