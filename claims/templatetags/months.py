"""The months of a period, one after the other: the columns of its charts, and the rows of the tables beneath.

A period of many years has sixty of them and shows each four times. They are put together piece by piece: a template
takes ten times as long, and longer than for all the rest of the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from claims.queries.dashboards import Slice
from documentation.templatetags.ui import dollars, money, percent

register = template.Library()

Row = dict[str, Any]
"""One month of a breakdown: `part`, a Slice, with the addresses of its claims, as `claims.views.dashboards` has it."""

_DENIED = (
    '<rect class="months-denied" y="{}%" width="100%" height="{}%" rx="4"/>'
    '<rect class="months-won" y="{}%" width="100%" height="{}%" rx="4"/>'
)
_RATE = (
    '<line class="rate-reach" x1="50%" x2="50%" y1="{}%" y2="{}%"/>'
    '<circle class="rate-point{}" cx="50%" cy="{}%" r="5"/>'
)
_DRAWING = (
    '<svg class="months-bar" aria-hidden="true" focusable="false">{}</svg>'
    '<span class="months-name" aria-hidden="true">{}<span class="months-rest">{}</span>{}</span>'
    '<span class="visually-hidden">{}: {}</span>'
)


KEPT = 4_000
"""Pieces that a process keeps, of about a kilobyte each: a month that is over looks the same on every page that shows
it, and a page of sixty months has two hundred and forty.
"""


@dataclass(frozen=True)
class Column:
    """One month: its row of numbers, and the heights of its two bars in per cent of the chart."""

    row: Row
    denied: float
    won: float

    def drawn(self, *, with_year: bool) -> SafeString:
        part = self.row["part"]
        return _column(part, part.month, self.row["initial_denial_url"], self.denied, self.won, with_year)


@dataclass(frozen=True)
class Point:
    """One month: its row, how high its rate stands, and how far it may well be off. In per cent from the top."""

    row: Row
    y: float
    low: float
    high: float
    is_small: bool

    def drawn(self, *, with_year: bool) -> SafeString:
        part = self.row["part"]
        url = self.row["initial_denial_url" if part.claims else "answered_url"]
        place = (self.high, self.low, " rate-few" if self.is_small else "", self.y)
        return _point(part, part.month, url, place, with_year)


@lru_cache(KEPT)
def _column(part: Slice, month: date, url: str, denied: float, won: float, with_year: bool) -> SafeString:
    bars = format_html(_DENIED, 100 - denied, denied, 100 - won, won)
    if not part.claims:
        return _item("", bars, part, month, "nothing denied", with_year)
    claims = f"{part.claims:,} claim{'' if part.claims == 1 else 's'}"
    said = f"{dollars(part.denied)} denied on {claims}, {dollars(part.won)} won back"
    return _item(url, bars, part, month, said, with_year)


@lru_cache(KEPT)
def _point(part: Slice, month: date, url: str, place: tuple[Any, ...], with_year: bool) -> SafeString:
    if not part.answered:
        return _item("", "", part, month, "no answer", with_year)
    said = f"{part.claims:,} of {part.answered:,} denied first, likely between {_likely(part, 'and')}"
    return _item(url, format_html(_RATE, *place), part, month, said, with_year)


def _item(url: str, drawing: str, part: Slice, month: date, said: str, with_year: bool) -> SafeString:
    year = format_html("<small>{}</small>", month.year) if with_year else ""
    name = f"{month:%b}"
    inside = format_html(_DRAWING, drawing, name[:1], name[1:], year, part.label, said)
    if url:
        return format_html('<li><a href="{}">{}</a></li>', url, inside)
    return format_html('<li><span class="months-none">{}</span></li>', inside)


@register.simple_tag
def drawn(months: Sequence[Column | Point]) -> SafeString:
    """The months of a chart as items of a list. The first of each year bears the year, and so does the first of all,
    where there is room: the January after a December needs it.
    """
    numbers = [one.row["part"].month.month for one in months]
    with_year = [number == 1 or (n == 0 and numbers[1:2] != [1]) for n, number in enumerate(numbers)]
    return _lines(one.drawn(with_year=bears) for one, bears in zip(months, with_year, strict=True))


@register.simple_tag
def denied_rows(months: Sequence[Row]) -> SafeString:
    """Rows of a table: what was denied first of what was answered, for how much, and what was won back."""
    return _lines(_denied_row(row["part"], *_addresses(row), row["recovered_url"]) for row in months)


@register.simple_tag
def rate_rows(months: Sequence[Row]) -> SafeString:
    """Rows of a table: what was denied first of what was answered, the rate and what is likely."""
    return _lines(_rate_row(row["part"], *_addresses(row)) for row in months)


def _addresses(row: Row) -> tuple[str, str]:
    return row["initial_denial_url"], row["answered_url"]


@lru_cache(KEPT)
def _denied_row(part: Slice, denied_url: str, answered_url: str, won_url: str) -> SafeString:
    won = _link(won_url, money(part.won)) if part.won_claims else money(part.won)
    cells = format_html('<td class="r">{}</td><td class="r">{}</td>', money(part.denied), won)
    return _row(part, denied_url, answered_url, cells)


@lru_cache(KEPT)
def _rate_row(part: Slice, denied_url: str, answered_url: str) -> SafeString:
    small = " muted" if part.share.is_small else ""
    rate, likely = (percent(part.share.value), _likely(part, "–")) if part.answered else ("—", "—")
    cells = format_html('<td class="r{}">{}</td><td class="r">{}</td>', small, rate, likely)
    return _row(part, denied_url, answered_url, cells)


def _row(part: Slice, denied_url: str, answered_url: str, cells: SafeString) -> SafeString:
    denied = _link(denied_url, f"{part.claims:,}") if part.claims else "0"
    answered = _link(answered_url, f"{part.answered:,}") if part.answered else "0"
    return format_html(
        '<tr><th scope="row">{}</th><td class="r">{} of {}</td>{}</tr>',
        *(part.label, denied, answered, cells),
    )


def _link(url: str, words: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, words)


def _likely(part: Slice, between: str) -> str:
    """The 95 % interval of a month's rate."""
    low, high = part.share.interval or (0.0, 1.0)
    return f"{percent(low, 0)} {between} {percent(high, 0)}"


def _lines(rows: Iterable[SafeString]) -> SafeString:
    return format_html_join("\n", "{}", ((row,) for row in rows))
