"""The manager's page as a typeset document, for the meeting of those who own the practice."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.forms.dashboards import BY, Asked, read, span
from claims.queries import dashboards, sums
from claims.queries.dashboards import Frame, Slice
from claims.queries.sums import FIELDS
from claims.views.cards import Week, week_of
from claims.views.dashboards import BREAKDOWNS, figures, frame_around
from claims.views.kpis import Tile
from documentation.kernel.dates import long_date, short_date
from documentation.kernel.permissions import Permission
from documentation.models import Organization
from documentation.services import audit
from documentation.typesetting.render import render
from documentation.views.access import SignedInRequest, refusals_become_pages, requires
from documentation.views.work import practice_today

TEMPLATE = "meeting.typ"


@requires(Permission.DASHBOARD_VIEW)
@require_GET
@refusals_become_pages
def pdf(request: SignedInRequest) -> HttpResponse:
    """The same numbers with the same filters. No patient is named in it."""
    now = timezone.now()
    frame = frame_around(request, now)
    asked = read(request.GET, frame.today, month_is_period=True)
    told = sums.totals_by_each(asked.filters, *BREAKDOWNS, FIELDS["payer"])
    payers = dashboards.by(asked.filters, "payer", frame.names, told[FIELDS["payer"]])
    document = page(asked, figures(asked, frame, told), payers, week_of(asked, frame, request.user), frame)
    made = render(TEMPLATE, document, {}).pdf
    audit.view("dashboard.print", by=request.user, at=now)
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="denials-{frame.today.isoformat()}.pdf"'
    return answer


def page(asked: Asked, numbers: dict[str, Any], payers: list[Slice], week: Week, frame: Frame) -> dict[str, Any]:
    """All words that the template sets."""
    today = frame.today
    practice = Organization.current()
    name = practice.name if practice else "Our practice"
    narrowed = " · ".join(f"{BY[key].lower()}: {word}" for key, word in asked.named.items())
    whole = numbers["numbers"]
    moving = f"{whole.unanswered:,} of {whole.submitted:,} claims wait for their first answer: these rates still move."
    return {
        "title": "Denials and what was won back",
        "author": name,
        "date": [today.year, today.month, today.day],
        "footer": f"Denials · service dates {asked.words} · made {long_date(today)}",
        "practice": name,
        "heading": "Denials, and what was won back",
        "subtitle": f"Service dates {asked.words}, beside {span(numbers['before'])}"
        + (f" · {narrowed}" if narrowed else ""),
        "moving": moving if whole.is_immature else "",
        "head": [_tile(tile) for tile in numbers["head"]],
        "groups": [{"title": title, "tiles": [_tile(t) for t in tiles]} for title, tiles in numbers["groups"]],
        "causes": [_cause(row) for row in numbers["causes"]],
        "months": _months([row["part"] for row in numbers["months"][-12:]]),
        "payers": [
            [part.label, f"{part.claims:,} of {part.answered:,}", f"${part.denied:,.0f}", f"${part.won:,.0f}"]
            for part in payers[:8]
        ],
        "owed": _bands(numbers["owed"]),
        "owed_sum": f"${numbers['owed_sum']:,.0f}",
        "in_ar": "" if numbers["in_ar"] is None else f"{numbers['in_ar']:,.0f} days in A/R",
        "risk": _bands(numbers["risk"]),
        "risk_sum": f"${numbers['risk_sum']:,.0f}",
        "week": [
            {"question": card.question, "says": card.says, "more": " ".join(_sentence(m) for m in card.more)}
            for card in week.cards
        ],
        "done": f"No denial{week.where} is without somebody who works on it." if not week.left
        else f"{week.left:,} denied claim{'' if week.left == 1 else 's'}{week.where}"
        f" {'is' if week.left == 1 else 'are'} without somebody who works on it.",
        "check": _checked(frame.check),
        "formulas": [
            {"title": t.label, "formula": t.formula}
            for t in (*numbers["head"], *(tile for _, tiles in numbers["groups"] for tile in tiles))
        ],
    }  # fmt: skip


def _tile(tile: Tile) -> dict[str, Any]:
    note = f"{tile.note} {tile.note_link}".strip()
    # Only what moved is better or worse than before.
    mood = {True: "better", False: "worse", None: ""}[tile.is_better] if tile.change[:1] in "▲▼" else ""
    change = tile.change.replace(" %", "\N{NO-BREAK SPACE}%")
    return {"label": tile.label, "value": tile.value, "note": note, "change": change, "mood": mood}


def _months(parts: list[Slice]) -> list[dict[str, Any]]:
    """Of more than half a year the amounts are rounded to thousands: twelve of them stand side by side."""
    rounded = len(parts) > 6
    return [
        {
            "label": f"{part.month:%b}",
            "year": f"{part.month:%Y}",
            "denied": float(part.denied),
            "won": float(part.won),
            "words": _rounded(part.denied) if rounded else f"${part.denied:,.0f}",
        }
        for part in parts
    ]


def _rounded(amount: Decimal) -> str:
    """$850, $7.7k, $38k, $2.1M: at most three figures."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        # What rounds to a thousand of the smaller is one of the larger.
        if amount >= size * Decimal("0.9995"):
            shown = amount / size
            places = Decimal("0.1") if shown < Decimal("9.95") else Decimal(1)
            return f"${shown.quantize(places, ROUND_HALF_UP)}{letter}"
    return f"${amount.quantize(Decimal(1), ROUND_HALF_UP)}"


def _cause(row: dict[str, Any]) -> dict[str, Any]:
    part = row["part"]
    up_to = f"{100 * row['up_to']:.0f} %" if part.claims else ""
    return {
        "label": part.label,
        "value": float(part.denied),
        "words": _counted(part.claims, part.denied),
        "up_to": up_to,
        "vital": row["is_vital"],
    }


def _bands(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"label": row["band"].label, "value": float(row["band"].amount), "claims": row["band"].claims,
         "words": _counted(row["band"].claims, row["band"].amount)}
        for row in rows
    ]  # fmt: skip


def _counted(claims: int, amount: Decimal) -> str:
    return f"{claims:,} · ${amount:,.0f}" if claims else "none"


def _sentence(words: str) -> str:
    """What stands in a line of its own on the page, among others of its like."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _checked(check: Any) -> str:
    if check is None:
        return "These numbers were not recounted yet."
    day = short_date(practice_today(check.checked_at))
    if check.is_true:
        return f"Recounted from scratch on {day}: {check.claims:,} claims, no difference."
    return f"The recount of {day} does not give {check.found}."
