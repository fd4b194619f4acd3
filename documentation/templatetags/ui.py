"""Words and small pictures of the screens: status pills, cards, icons, money, dates, rings and bars.

What is here formats values for people; it asks the database nothing and decides nothing. The clock is
never read: whoever needs 'ago' or 'days left' passes the moment or the day in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import lucide
from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from documentation.kernel import glossary, identifiers
from documentation.kernel.dates import short_date

register = template.Library()

TONES = ("draft", "ready", "submitted", "paid", "denied", "appeal", "attention")
"""The seven tones of a status, one colour each."""

RING = 239
"""Length of the readiness ring's line: the circumference of a circle of radius 38."""


# Icons, pills, cards


@lru_cache(maxsize=256)
def _icon(name: str, size: int, label: str) -> SafeString:
    meaning = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    drawn = lucide._render_icon(name, size, **{"class": "icon", **meaning})
    return mark_safe(drawn)  # noqa: S308 - drawn by the icon package from a fixed set, escaped by it


@register.simple_tag
def icon(name: str, size: int = 18, label: str = "") -> SafeString:
    """A line icon by its lucide name. Silent to screen readers unless it has a label."""
    return _icon(str(name), int(size), str(label))


@register.simple_tag
def badge(label: object, tone: str = "draft") -> SafeString:
    """A status word in its colour. `tone` is one of TONES; anything else is an error of the page."""
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"badge: no tone {tone!r}; choose from {', '.join(TONES)}")
    return format_html('<span class="pill tone-{}">{}</span>', tone, label)


@register.simple_block_tag
def card(content: str, title: str = "", meta: object = "", level: int = 2, flush: bool = False, **more: str) -> str:
    """A card with an optional heading; `flush` lets a table reach the edges.

    `more`: id of the card; action_url and action_label of a link in the heading.
    """
    return render_to_string(
        "components/card.html",
        {"content": content, "title": title, "meta": meta, "level": level, "flush": flush, **more},
    )


@register.simple_block_tag
def note(content: str, tone: str = "attention") -> SafeString:
    """A coloured box for a deadline or a warning that concerns the whole page."""
    return format_html('<div class="note tone-{}">{}</div>', tone, content)


register.filter("phone", identifiers.phone)


@register.filter
def initials(name: object) -> str:
    """Up to two letters for the round mark of a user: 'Dana Example' → 'DE'."""
    words = [w for w in str(name).replace(".", " ").split() if w[0].isalpha() and w.lower() not in {"dr", "mr", "ms"}]
    return "".join(w[0] for w in (words[:1] + words[1:][-1:])).upper() or "?"


BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux")
"""Both in the order of looking: most browsers also call themselves by the names of others."""


@register.filter
def browser(user_agent: str) -> str:
    """What a browser says of itself, in words: 'Chrome on Windows'. One that we do not know stays as it is."""
    name = next((words for sign, words in BROWSERS if sign in user_agent), "")
    system = next((words for words in SYSTEMS if words in user_agent), "")
    return f"{name} on {system}" if name and system else user_agent or "not told"


@register.inclusion_tag("components/term.html")
def term(word: str) -> dict[str, object]:
    """A question mark behind a word of the glossary that says what it means; once a page for each entry."""
    return {"term": glossary.term(word), "word": word}


# Money, dates, sizes


@register.filter
def money(amount: Decimal | int | None) -> str:
    """Dollars with cents, for tables: $1,180.00. An unknown amount is a dash."""
    return "—" if amount is None else f"{'−' if amount < 0 else ''}${abs(amount):,.2f}"


@register.filter
def dollars(amount: Decimal | int | None) -> str:
    """Whole dollars, for headlines: $18,240."""
    return "—" if amount is None else f"{'−' if amount < 0 else ''}${abs(amount):,.0f}"


@register.filter
def cents(amount: int | None) -> str:
    """Integer cents of the pure core, shown as dollars: 41200 → $412.00."""
    return money(None if amount is None else Decimal(amount) / 100)


@register.filter
def day(value: date | datetime | None) -> str:
    """Nov 5, 2026. Moments are shown in the current time zone."""
    return short_date(_local(value)) if value else "—"


@register.filter
def short_day(value: date | datetime | None) -> str:
    """Nov 5, where the year is plain from what stands around it."""
    return date_format(_local(value), "M j") if value else "—"


@register.filter
def moment(value: datetime | None) -> str:
    """Nov 5, 2026, 2:30 PM in the current time zone."""
    return date_format(_local(value), "M j, Y, g:i A") if value else "—"


@register.filter
def clock(value: datetime | None) -> str:
    """2:30 PM in the current time zone."""
    return date_format(_local(value), "g:i A") if value else "—"


@register.simple_tag
def ago(then: datetime, now: datetime) -> str:
    """How long ago, in the shortest true words: '3 s ago', '4 min ago', '2 h ago', then the date."""
    seconds = max(0, int((now - then).total_seconds()))
    if seconds < 60:
        return f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    if seconds < 86400:
        return f"{seconds // 3600} h ago"
    return day(then)


@register.filter
def days_left(due: date, today: date) -> str:
    """'179 days left', 'due today', '3 days late'."""
    left = (due - today).days
    if left == 0:
        return "due today"
    number = f"{abs(left)} day{'' if abs(left) == 1 else 's'}"
    return f"{number} left" if left > 0 else f"{number} late"


@register.filter
def percent(share: float | Decimal | None, places: int = 1) -> str:
    """A share between 0 and 1 as '8.4 %'; a dash where there is none."""
    return "—" if share is None else f"{100 * share:.{places}f} %"


@register.filter
def megabytes(size: int | None) -> str:
    """A file's size as people say it: '214 KB', '2.1 MB'."""
    if size is None:
        return "—"
    return f"{max(1, round(size / 1000))} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


@register.filter
def person(name: object) -> SafeString:
    """A name, isolated so that right-to-left letters disturb nothing around them."""
    return format_html("<bdi>{}</bdi>", name)


@register.filter
def words(token: object) -> str:
    """A token of the vocabulary as words: 'balloon_dilation' → 'balloon dilation'."""
    return str(token).replace("_", " ")


@register.filter
def digest(sha256: str) -> str:
    """The first twelve letters of a digest, enough to compare by eye."""
    return str(sha256)[:12]


# Reports of checks


@register.filter
def sign_of(result: Any) -> str:
    """The sign of a check's result: ok, reasoned, bad, warn or advice."""
    if result.passed:
        return "ok"
    if result.reason:
        return "reasoned"
    return {"blocker": "bad", "warning": "warn"}.get(str(result.severity), "advice")


@register.filter
def awaits(result: Any, waiting: Iterable[str]) -> bool:
    """Whether the field that a result names, or one of its rows, was filled in and waits: `waiting` are such paths."""
    return any(path == result.field or path.startswith(f"{result.field}.") for path in waiting or ())


@register.simple_tag
def fix_url(result: Any, links: str | Mapping[str, str] = "") -> str:
    """Where the field that a result names can be mended: 'procedure.consent_on' → '<links>procedure/#id_consent_on'.

    `links` is the address under which the sections lie, or an address for each section. Empty where there is none.
    """
    section, _, field = str(result.field).partition(".")
    base = links.get(section, "") if isinstance(links, Mapping) else f"{links}{section}/" if links else ""
    return f"{base}#id_{field}" if base and field and "#" not in base else base


@register.simple_tag
def readiness(report: Iterable[Any]) -> dict[str, int]:
    """How many checks count (all but advice), how many of them pass or were given a reason, and how many are left."""
    counted = [r for r in report if str(r.severity) != "advice"]
    done = sum(1 for r in counted if r.passed or r.reason)
    return {"done": done, "total": len(counted), "left": len(counted) - done}


@register.simple_tag
def ring_dash(done: int, total: int) -> str:
    """The `stroke-dasharray` of the readiness ring."""
    return f"{RING * min(done, total) / total if total else 0:.0f} {RING}"


@register.simple_tag
def bar_width(value: float | Decimal, most: float | Decimal) -> str:
    """Width of a bar in percent of the longest, as an SVG attribute; a value above zero is always visible."""
    if not most or not value:
        return "0%"
    return f"{max(1.0, min(100.0, 100 * float(value) / float(most))):.1f}%"


@register.filter
def listed(items: Iterable[object]) -> SafeString:
    """'a', 'a and b', 'a, b and c'."""
    *first, last = list(items) or [""]
    return (
        format_html("{} and {}", format_html_join(", ", "{}", ((item,) for item in first)), last)
        if first
        else format_html("{}", last)
    )


def _local(value: date | datetime) -> date | datetime:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return timezone.localtime(aware)
    return value
