"""The claims behind one number, with its formula in words, and the same as a table to take along."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.forms.dashboards import BY, Asked, read
from claims.models import Claim, ClaimFigures
from claims.queries import receipts
from claims.queries.filing import filing_of_claim
from claims.queries.receipts import Figure
from claims.views.common import page_number
from claims.views.tables import Table, download, offered
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Cause
from documentation.services import audit
from documentation.views.access import SignedInRequest, problem, requires
from documentation.views.context import around
from documentation.views.work import practice_today

SHOWN = 50
"""Rows on a page of a list."""
AMOUNTS = {
    "first_denied": "Denied first",
    "paid": "Paid",
    "billed": "Billed",
    "appealed": "Decided on appeal",
    "recovered": "Won back",
    "at_risk": "At risk",
    "left": "Owed",
    "owed": "Owed",
    "regained": "Recovered",
    "written_off": "Written off",
}
CAUSES = {c.value: c.label for c in Cause}


@requires(Permission.DASHBOARD_VIEW)
@require_GET
def show(request: SignedInRequest, figure: str) -> HttpResponse:
    """Exactly the rows that a figure counts."""
    now = timezone.now()
    today = around(request).today(now)
    found = receipts.figures_on(today).get(figure)
    if found is None:
        return _unknown(request)
    asked = read(request.GET, today)
    page, total = _page(found, asked, request.GET.get("page"))
    count, rows = page.paginator.count, page.object_list
    words = receipts.worded([_figures(row).claim_id for row in rows])
    audit.view("dashboard.claims", by=request.user, at=now, figure=found.key, count=count)
    context = {
        "asked": asked,
        "figure": found,
        "rows": [_line(row, found, words[_figures(row).claim_id], now) for row in rows],
        "amount_label": AMOUNTS.get(found.amount, ""),
        "has_last_day": found.key.startswith(("at_risk", "ending", "unassigned", "new_denials")),
        "count": count,
        "total": total,
        "page": _pager(page, asked) if page.has_other_pages() else None,
        "narrowed": _narrowed(asked),
        "downloads": offered(lambda form: reverse("figure_table", args=[found.key, form]) + asked.query(), count),
        "trail": [{"label": "Denials", "url": reverse("dashboard") + asked.dashboard()}],
    }
    return render(request, "claims/figure.html", context)


def _page(figure: Figure, asked: Asked, typed: str | None) -> tuple[Page[Any], Decimal | None]:
    """The rows of a page with what all add up to; where there is no such page, the nearest one is asked for, too."""
    number = page_number(typed)
    while True:
        found = receipts.part(figure, asked.filters, (number - 1) * SHOWN, number * SHOWN)
        page = Paginator(range(found.count), SHOWN).get_page(typed)
        if page.number == number:
            return Page(found.rows, number, page.paginator), found.total
        number = page.number


@requires(Permission.DASHBOARD_VIEW)
@require_GET
def table(request: SignedInRequest, figure: str, form: str) -> HttpResponse:
    """All of the rows as CSV, XLSX or JSON."""
    now = timezone.now()
    today = practice_today(now)
    found = receipts.figures_on(today).get(figure)
    if found is None:
        return _unknown(request)
    asked = read(request.GET, today)
    count = receipts.behind(found, asked.filters).count()
    made = Table(f"{found.key}-{today.isoformat()}", tuple(_columns(found)), _cells(found, asked), count)
    return download(request, made, form, action="dashboard.download", figure=found.key)


def _unknown(request: SignedInRequest) -> HttpResponse:
    return problem(
        request, 404, "There is no such figure.", "Open the dashboard and follow one of its numbers instead."
    )


def _columns(figure: Figure) -> Iterator[str]:
    yield from ("Claim", "Patient", "Service", "Payer", "Plan", "Clinician", "Location", "Code", "First denied for")
    yield from ("Billed", "Paid")
    if figure.sendings:
        yield from ("Sent", "Channel")
    if label := _amount(figure):
        yield label
    if figure.days:
        yield "Days"
    yield "Last day"


def _amount(figure: Figure) -> str:
    """The word of an amount that is no column anyway."""
    return "" if figure.amount in ("billed", "paid") else AMOUNTS.get(figure.amount, "")


def _cells(figure: Figure, asked: Asked) -> Iterator[tuple[Any, ...]]:
    rows = receipts.behind(figure, asked.filters)
    rows = rows.select_related("claim__figures__location" if figure.sendings else "location")
    for row in rows.iterator(chunk_size=2000):
        f, claim = _figures(row), row.claim
        cells: list[Any] = [
            claim.number,
            claim.encounter.patient.last_name,
            f.service_date,
            f.payer.name,
            f.plan_name,
            f.clinician.last_name,
            f.location.name,
            f.code,
            CAUSES.get(f.first_cause, ""),
            f.billed,
            f.paid,
        ]
        if figure.sendings:
            cells += [row.sent_on, row.get_channel_display()]
        if _amount(figure):
            cells.append(getattr(f, figure.amount))
        if figure.days:
            cells.append(_days(f, figure))
        yield (*cells, f.at_risk_until)


def _figures(row: Any) -> ClaimFigures:
    """The figures of a row: itself, or those of a sending's claim."""
    return row if isinstance(row, ClaimFigures) else row.claim.figures


def _days(f: ClaimFigures, figure: Figure) -> int | None:
    if not figure.days:
        return None
    start, end = (getattr(f, name) for name in figure.days)
    return (end - start).days if start and end else None


def _line(row: Any, figure: Figure, claim: Claim, now: datetime) -> dict[str, Any]:
    f = _figures(row)
    return {
        "figures": f,
        "claim": row.claim,
        "word": claim.word,
        "sending": row if figure.sendings else None,
        "filing": filing_of_claim(claim, claim.encounter.location.today(now)),
        "cause": CAUSES.get(f.first_cause, ""),
        "amount": getattr(f, figure.amount) if figure.amount else None,
        "days": _days(f, figure),
    }


def _narrowed(asked: Asked) -> list[dict[str, str]]:
    """What narrows a list down, each with the address of the list without it."""
    f = asked.filters
    given = (
        *((name, word) for name, word in asked.named.items() if name in BY),
        ("cause", CAUSES.get(f.cause, "")),
        ("month", f"{f.month:%B %Y}" if f.month else ""),
    )
    return [{"label": label, "url": asked.query(**{name: ""})} for name, label in given if label]


def _pager(page: Any, asked: Asked) -> dict[str, str]:
    return {
        "shown": f"{page.start_index():,}–{page.end_index():,} of {page.paginator.count:,}",
        "previous": asked.query(page=str(page.previous_page_number())) if page.has_previous() else "",
        "next": asked.query(page=str(page.next_page_number())) if page.has_next() else "",
    }
