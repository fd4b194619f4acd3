"""Words of getting paid: the one word of a claim, ages of answers, ZIP codes and telephone numbers as people do."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from claims.facts import AuthorizationFacts
from claims.queries.filing import Filing
from claims.queries.narrowing import ENOUGH, NO_CLOCK_DAYS, Weight
from claims.workflow import AUTHORIZATION, ClaimWord, said_of
from documentation.templatetags.ui import day, money, percent

register = template.Library()


@register.simple_tag
def claim_word(word: ClaimWord, closing: str = "") -> SafeString:
    """The word of a claim in its colour."""
    label, tone = said_of(word, closing)
    return format_html('<span class="pill tone-{}">{}</span>', tone, label)


@register.simple_tag
def time_to_file(filing: Filing) -> SafeString:
    """The time that is left to file with its last day, basis and source; or the proof that it was filed."""
    if filing.proof:
        return format_html('<span class="small">{}</span>', filing.proof)
    if filing.is_over:
        return format_html('<span class="muted">{}</span>', "—")
    due = day(filing.due)
    if filing.left < 0:
        left = format_html('<span class="tone-denied tone-text strong num nowrap">ended {}</span>', due)
    else:
        tone = " tone-attention tone-text" if filing.is_urgent or not filing.is_known else ""
        left = format_html(
            '<span class="num nowrap{}{}">{} day{} left</span> <span class="small muted nowrap num">by {}</span>',
            *(tone, " strong" if filing.is_urgent else "", filing.left, "" if filing.left == 1 else "s", due),
        )
    if filing.is_known:
        source = f" · {filing.source}" if filing.source else ""
    else:
        why = f"the payer’s limit {filing.why_stale}" if filing.why_stale else "not known"
        source = f" counted: {why}, ask"
    return format_html('<span>{}<span class="sub num">{}{}</span></span>', left, filing.basis, source)


_PRIORITY = (
    '<details class="priority"><summary class="num">{}<span class="visually-hidden"> priority of {}, how it is counted'
    "</span></summary><dl><div><dt>At stake</dt><dd>{}</dd></div>"
    '<div><dt>× chance</dt><dd>{}<span class="sub">{}</span></dd></div>'
    '<div><dt>÷ days left</dt><dd>{}<span class="sub">{}</span></dd></div></dl></details>'
)


@register.simple_tag
def priority(weight: Weight, number: str) -> SafeString:
    """The priority of the claim of that number, which opens to its three numbers."""
    share = weight.share
    if share is None:
        chance = "not denied: all of it is expected"
    elif weight.is_own:
        chance = f"{share.part} of {share.whole} appeals to this payer for this cause"
    else:
        appeals = f"only {share.whole} appeal{'' if share.whole == 1 else 's'} to this payer for this cause"
        chance = f"taken as even: {share.part} of {appeals}, fewer than {ENOUGH}"
    if weight.last_on:
        until = f"until {day(weight.last_on)}{', at least 1' if weight.days == 1 else ''}"
    else:
        until = f"no last day runs: {NO_CLOCK_DAYS} are taken"
    exact = Decimal(repr(weight.priority))
    shown = exact.quantize(Decimal(1 if exact == exact.to_integral_value() else "0.1"), ROUND_HALF_UP)
    return format_html(
        _PRIORITY,
        *(f"{shown:,}", number, money(weight.dollars)),
        *(percent(weight.chance, 0), chance, weight.days, until),
    )


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
