"""What a practice makes of the rules, for the page that lists them: its own, and how grave each is for its payers."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template
from django.db.models import Prefetch

from claims.conditions.states import OWN_RULE
from claims.models import OwnRule, Payer, RuleSeverity
from claims.queries.rulebook import RuleBook, rule_book, severities_by_rule, versions_in_force
from claims.rules.practice import RELEASE
from claims.views.rules import sentence_of
from documentation.kernel.permissions import Permission
from documentation.views.work import practice_today

register = template.Library()


@register.inclusion_tag("claims/_own_rules.html", takes_context=True)
def own_rules(context: template.Context) -> dict[str, Any]:
    """The practice's own rules, the retired last, and whether its rules were ever released."""
    book, today = _book_of(context)
    standing = Prefetch("versions", versions_in_force(today), to_attr="standing")
    rules = sorted(OwnRule.objects.prefetch_related(standing), key=lambda r: (r.status == "retired", r.pk))
    meant = {pk for rule in rules for pk in rule.payers}
    names = dict(Payer.objects.filter(pk__in=meant).values_list("pk", "name")) if meant else {}
    user = context["request"].user
    return {
        "rows": [
            {
                "rule": rule,
                "label": OWN_RULE.label(rule.status),
                "tone": OWN_RULE.tone(rule.status),
                "sentence": sentence_of(rule.condition),
                "payers": [names[pk] for pk in rule.payers if pk in names],
                "in_force": next(iter(rule.standing), None),
                "set": book.set_of(rule.number),
            }
            for rule in rules
        ],
        "is_released": book.are_released,
        "may_edit": user.may(Permission.RULES_EDIT),
        "user": user,
        "once": context.get("once"),
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def all_severities() -> dict[str, list[RuleSeverity]]:
    """Everything that was set, by rule."""
    return severities_by_rule()


@register.simple_tag(takes_context=True)
def rules_today(context: template.Context) -> RuleBook:
    """What counts today, for all payers."""
    return _book_of(context)[0]


def _book_of(context: template.Context) -> tuple[RuleBook, date]:
    """What counts today, and the day; read once for a page, since several of its parts ask."""
    request = context["request"]
    if not hasattr(request, "rules_today"):
        today = practice_today(context["now"])
        request.rules_today = rule_book(today), today
    return request.rules_today


@register.filter
def set_of(book: RuleBook, rule: str) -> list[RuleSeverity]:
    """What was set of a rule and counts."""
    return book.set_of(rule)


@register.filter
def of_rule(severities: dict[str, list[RuleSeverity]], rule: str) -> list[RuleSeverity]:
    return severities.get(rule, [])


@register.filter
def may_be_graded(rule: str) -> bool:
    """Whether its severity can be set: the rule that holds a new practice stays a blocker."""
    return rule != RELEASE
