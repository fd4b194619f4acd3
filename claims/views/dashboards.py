"""The manager's page: the numbers of a period, and what is to be done this week."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.forms.dashboards import BY, PERIODS, Asked, read
from claims.models import FiguresCheck
from claims.queries import dashboards, open_money, sums, waits
from claims.queries.acting import next_to_act_on, to_act_on
from claims.queries.dashboards import Counted, Frame, Names, Slice
from claims.queries.deadlines import Case
from claims.queries.open_money import SOON, Band
from claims.queries.sums import FIELDS
from claims.views import kpis
from claims.views.cards import DAYS, week_of
from documentation.kernel.dates import short_date
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, requires
from documentation.views.context import around
from documentation.views.work import at_practice

STALE_DAYS = 2
"""After so many days without a recount the page says that nobody looks."""


@requires(Permission.DASHBOARD_VIEW)
@require_GET
def show(request: SignedInRequest) -> HttpResponse:
    """Denials of a period: how many, why, by whom, what to do now. Every number opens its claims."""
    now = timezone.now()
    frame = frame_around(request, now)
    today = frame.today
    asked = read(request.GET, today, month_is_period=True)
    if frame.is_empty:
        audit.view("dashboard.view", by=request.user, at=now, cases=0)
        return render(request, "claims/dashboard.html", {"is_empty": True, "asked": asked, "tabs": tabs(asked)})
    by = FIELDS[asked.told_by]
    told = sums.totals_by_each(asked.filters, *BREAKDOWNS, by)
    numbers = figures(asked, frame, told)
    cases = numbers["cases"]
    audit.view("dashboard.view", by=request.user, at=now, cases=len(cases))
    context = {
        **numbers,
        "tabs": tabs(asked),
        "menus": menus(asked, frame.names),
        "week": week_of(asked, frame, request.user),
        "parts": _rows(dashboards.by(asked.filters, asked.told_by, frame.names, told[by]), asked, asked.told_by),
        "by": BY[asked.told_by],
        "by_tabs": [
            {"label": word, "url": asked.dashboard(by=key) + "#by", "current": key == asked.told_by}
            for key, word in BY.items()
        ],
        "pdf_url": reverse("dashboard_pdf") + asked.dashboard(),
        "check": {"row": frame.check, "is_old": _is_old(frame.check, now)},
        "today": today,
    }
    return at_practice(request, "claims/dashboard.html", context)


def frame_around(request: SignedInRequest, now: datetime) -> Frame:
    """What the page knows before its numbers; asked with what stands around it."""
    practice = around(request, dashboards.asked.question()())
    return dashboards.frame_of(practice.more, practice.today(now), practice.zone)


BREAKDOWNS = ("month", "first_cause")
"""By what `figures` wants the sums of the period."""


def figures(asked: Asked, frame: Frame, told: Mapping[str, Counted]) -> dict[str, Any]:
    """The numbers of the page and of its printed form: tiles, charts and the cases of the week. `told` are the sums of
    the period by each of BREAKDOWNS.
    """
    today = frame.today
    filters, before = asked.filters, asked.filters.before()
    n, earlier = dashboards.numbers(filters, today=today, months=told["month"]), dashboards.numbers(before, today=today)
    spread = waits.days_to_appeal(filters)
    was = waits.days_to_appeal(before)
    found = kpis.tiles(n.all, earlier.all, spread, was, lambda key: claims_url(key, asked))
    owed, risk = open_money.aging(today, filters), open_money.days_left(today, filters)
    owed_sum = sum((band.amount for band in owed), Decimal("0.00"))
    causes = dashboards.by_cause(filters, told["first_cause"])
    cases = to_act_on(today, filters, frame.rules, until=today + DAYS)
    later = None if cases else next_to_act_on(today, filters, frame.rules)
    return {
        "asked": asked,
        "filters": filters,
        "before": before,
        "numbers": n,
        "waiting_url": claims_url("unanswered", asked),
        "head": [_with_soon(found[key], n, asked) if key == "at_risk" else found[key] for key in kpis.HEAD],
        "groups": [(title, [found[key] for key in keys]) for title, keys in kpis.GROUPS],
        "in_ar": open_money.days_in_ar(today, filters, owed_sum),
        "owed": [_band(b, asked) for b in owed],
        "owed_sum": owed_sum,
        "owed_most": max((b.amount for b in owed), default=0),
        "owed_url": claims_url("owed", asked),
        "risk": [_band(b, asked) for b in risk],
        "risk_sum": sum((b.amount for b in risk), Decimal("0.00")),
        "risk_most": max((b.amount for b in risk), default=0),
        "months": _rows(dashboards.by_month(filters, told["month"]), asked, "month"),
        "causes": pareto(_rows(causes, asked, "cause")),
        "most": max((c.denied for c in causes), default=0),
        "cases": cases,
        "later": later,
        "later_words": _in_words(later) if later else "",
    }


def pareto(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Causes with the share of all dollars that each and those above it make, and which few make four fifths of them.

    The four main causes stand first, whatever they cost; the sums follow the dollars.
    """
    whole = sum(row["part"].denied for row in rows)
    so_far = Decimal(0)
    for row in sorted(rows, key=lambda r: -r["part"].denied):
        row["is_vital"] = bool(row["part"].denied) and so_far < whole * Decimal("0.8")
        so_far += row["part"].denied
        row["share"] = float(row["part"].denied / whole) if whole else 0.0
        row["up_to"] = float(so_far / whole) if whole else 0.0
    return rows


def _is_old(check: FiguresCheck | None, now: datetime) -> bool:
    """Whether the figures were recounted long ago."""
    return bool(check and (now - check.checked_at).days >= STALE_DAYS)


def tabs(asked: Asked, current: str = "dashboard") -> list[dict[str, Any]]:
    """The two pages of figures."""
    pages = (("dashboard", "Denials"), ("what_moves_it", "What moves it"))
    return [{"label": w, "url": reverse(name) + asked.dashboard(), "current": name == current} for name, w in pages]


def claims_url(key: str, asked: Asked) -> str:
    return reverse("figure_claims", args=[key]) + asked.query(cause="", month="")


def _band(band: Band, asked: Asked) -> dict[str, Any]:
    return {"band": band, "url": claims_url(band.key, asked) if band.claims else ""}


def _rows(parts: Iterable[Slice], asked: Asked, name: str) -> list[dict[str, Any]]:
    """The parts of a breakdown with the addresses of their claims; one that has no name cannot be asked for."""
    lists = {f"{key}_url": reverse("figure_claims", args=[key]) for key in ("initial_denial", "answered", "recovered")}
    rows = []
    for part in parts:
        query = asked.query(**{"cause": "", "month": "", name: part.key}) if part.key else ""
        rows.append({"part": part, **{url: query and address + query for url, address in lists.items()}})
    return rows


def _with_soon(tile: kpis.Tile, n: dashboards.Numbers, asked: Asked) -> kpis.Tile:
    """Dollars at risk say what is due soon, rather than what they were in a period that is over."""
    if not n.at_risk_soon:
        return replace(tile, change="nothing due soon" if n.at_risk else "")
    return replace(
        tile,
        note_link=f"${n.at_risk_soon:,.0f} due in {SOON} days",
        note_url=claims_url("at_risk_soon", asked),
        note="",
        change=tile.note,
        is_better=False,
    )


def _in_words(case: Case) -> str:
    """The case that comes after a free week."""
    when = f"The next last day is {short_date(case.due.day)}" if case.due else "What waits has no last day"
    return f"{when}. {case.denial.claim.number}: {case.step}."


def menus(asked: Asked, names: Names) -> list[dict[str, Any]]:
    """The menus above the page; each entry keeps the other filters. What there is only one of needs no menu."""
    f = asked.filters
    periods = [
        {"label": label, "url": asked.dashboard(**{"period": k, "from": "", "to": ""}), "current": k == asked.period}
        for k, label in PERIODS.items()
    ]
    found: list[dict[str, Any]] = [
        {
            "name": "Period",
            "value": PERIODS.get(asked.period, asked.words),
            "entries": periods,
            "dates": {"from": f.from_on.isoformat(), "to": f.to_on.isoformat()},
            "kept": {name: str(getattr(f, name)) for name in asked.named} | ({"by": asked.by} if asked.by else {}),
        }
    ]
    for name, choices in dashboards.choices(f, names).items():
        word, chosen = BY[name], getattr(f, name)
        if chosen and chosen not in choices:
            choices = {chosen: asked.named[name], **choices}
        if len(choices) < 2 and not chosen:
            continue
        every = {"label": f"All {word.lower()}s", "url": asked.dashboard(**{name: ""}), "current": not chosen}
        entries = [
            {"label": label, "url": asked.dashboard(**{name: str(key)}), "current": key == chosen}
            for key, label in sorted(choices.items(), key=lambda row: row[1])
        ]
        found.append(
            {"name": word, "value": asked.named.get(name, every["label"]), "entries": [every, *entries], "on": chosen}
        )
    return found
