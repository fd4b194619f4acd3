"""What a practice makes of the rules, for the page that lists them: its own, and how grave each is for its payers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template

from claims.conditions.states import OWN_RULE
from claims.models import OwnRule, OwnRuleVersion, Payer, RuleSeverity
from claims.queries import rulebook
from claims.queries.rulebook import RuleBook, RuleBooks, is_in_force, severities_by_rule
from claims.rules.practice import RELEASE
from claims.views.rules import sentence_of
from documentation.kernel.permissions import Permission
from documentation.models.together import together
from documentation.views.context import around

register = template.Library()


@register.inclusion_tag("claims/_own_rules.html", takes_context=True)
def own_rules(context: template.Context) -> dict[str, Any]:
    """The practice's own rules, the retired last, and whether its rules were ever released."""
    known = _known(context)
    names = dict(known.found["payers"])
    in_force: dict[int, OwnRuleVersion] = {}
    for version in known.found["own_rules"]:  # the newest of a rule first
        if is_in_force(version, known.today):
            in_force.setdefault(version.rule_id, version)
    user = context["request"].user
    return {
        "rows": [
            {
                "rule": rule,
                "label": OWN_RULE.label(rule.status),
                "tone": OWN_RULE.tone(rule.status),
                "sentence": sentence_of(rule.condition),
                "payers": [names[pk] for pk in rule.payers if pk in names],
                "in_force": in_force.get(rule.pk),
                "set": known.book.set_of(rule.number),
            }
            for rule in sorted(known.found["rules"], key=lambda r: (r.status == "retired", r.pk))
        ],
        "is_released": known.book.are_released,
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
    return _known(context).book


@dataclass(frozen=True)
class _Known:
    """What counts today, with the rows that it was made from, all rules of the practice, and the names of payers."""

    today: date
    book: RuleBook
    found: dict[str, list[Any]]


def _known(context: template.Context) -> _Known:
    """It is read once for a page, since several of its parts ask."""
    request = context["request"]
    if not hasattr(request, "rules_today"):
        today = around(request).today(context["now"])
        payers = Payer.objects.order_by().values_list("pk", "name")
        found = together(**rulebook.asked(), rules=OwnRule.objects.all(), payers=payers)
        request.rules_today = _Known(today, RuleBooks(found).on(today), found)
    known: _Known = request.rules_today
    return known


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
