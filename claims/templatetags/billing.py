"""Words of getting paid: the one word of a claim, ages of answers, ZIP codes and telephone numbers as people do."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from claims.facts import AuthorizationFacts
from claims.workflow import AUTHORIZATION, ClaimWord, said_of

register = template.Library()


@register.simple_tag
def claim_word(word: ClaimWord, closing: str = "") -> SafeString:
    """The word of a claim in its colour."""
    label, tone = said_of(word, closing)
    return format_html('<span class="pill tone-{}">{}</span>', tone, label)


@register.filter
def zip_code(value: str) -> str:
    """98101-0001."""
    return f"{value[:5]}-{value[5:]}" if len(value) == 9 else value


@register.filter
def days_since(value: date, today: date) -> str:
    """'today', 'yesterday', '12 days ago', 'in 3 days'."""
    days = (today - value).days
    if days in (0, 1):
        return ("today", "yesterday")[days]
    return f"{days} days ago" if days > 0 else f"in {-days} day{'' if days == -1 else 's'}"


@register.filter
def letters(pointers: list[int]) -> str:
    """Positions of diagnoses as the claim form writes them: [1, 3] → 'AC'."""
    return "".join(chr(ord("A") + p - 1) for p in pointers if 1 <= p <= 12)


@register.filter
def icon_of_authorization(kind: str) -> str:
    return "key-round" if kind == "prior_authorization" else "calculator"


@register.filter
def tone_of_authorization(status: str) -> str:
    """The tone of an authorization's status."""
    return AUTHORIZATION.tone(status)


@register.filter
def units_words(facts: AuthorizationFacts) -> str:
    """'2 of 3 units left'."""
    return f"{facts.units_left} of {facts.units} unit{'' if facts.units == 1 else 's'} left"


@register.filter
def to_ask(n: int) -> str:
    """'1 question to ask'."""
    return f"{n} question{'' if n == 1 else 's'} to ask"


@register.filter
def at(found: dict[str, object], key: str) -> object:
    """The entry of a dictionary under a key that a template holds."""
    return found.get(key)
