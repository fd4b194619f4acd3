"""Which rules hold on a day, and how grave each is for a payer: what every check of a claim starts from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from claims.conditions.built_in import remarks
from claims.conditions.condition import Group, read
from claims.conditions.own import OwnRule as Rule
from claims.conditions.own import own_id
from claims.conditions.sense import Adopted
from claims.facts import ClaimFacts
from claims.models import OwnRule, OwnRuleVersion, RuleSeverity, RulesRelease
from claims.models.rules import NOT_IN_FORCE
from claims.rules import CATALOGUE
from claims.rules.practice import RELEASE
from documentation.facts import EncounterFacts
from documentation.kernel.rule import Rule as KernelRule
from documentation.kernel.rule import Severity, Unanswerable
from documentation.rules import CATALOGUE as RECORD_RULES

NO_PAYER = 0
"""For whom only what was set for all payers counts."""

BUILT_IN: dict[str, KernelRule[Any]] = {rule.id: rule for rules in (CATALOGUE, RECORD_RULES) for rule in rules}


@dataclass(frozen=True)
class InForce:
    """The rules for the claims of one payer: how grave the program's are where that was set, and the practice's own."""

    severities: dict[str, Severity]
    own: tuple[KernelRule[ClaimFacts], ...]
    are_released: bool
    off: frozenset[str] = frozenset()
    """Ids of the rules that are not in force."""

    @cached_property
    def for_claims(self) -> tuple[KernelRule[ClaimFacts], ...]:
        """What a claim is checked by: the program's rules, then the practice's own."""
        return tuple(rule for rule in (*CATALOGUE, *self.own) if rule.id not in self.off)

    @cached_property
    def for_records(self) -> tuple[KernelRule[EncounterFacts], ...]:
        """What the signed record of a claim is checked by."""
        return tuple(rule for rule in RECORD_RULES if rule.id not in self.off)


@dataclass(frozen=True)
class RuleBook:
    """Everything that was in force on a day, for all payers: read once, in three queries."""

    own: tuple[Rule, ...]
    severities: tuple[RuleSeverity, ...]
    """The ones that count, one of a payer for a rule, and one for all."""
    are_released: bool
    _known: dict[int, InForce] = field(default_factory=dict, compare=False, repr=False)

    def of(self, payer: int) -> InForce:
        """What holds for one payer; its own row counts before the one for all. It is put together once."""
        if payer not in self._known:
            self._known[payer] = self._of(payer)
        return self._known[payer]

    def set_of(self, rule: str) -> list[RuleSeverity]:
        """What was set of a rule and counts, that of single payers before the one for all."""
        return sorted((r for r in self.severities if r.rule == rule), key=lambda r: (r.payer is None, str(r.payer)))

    def _of(self, payer: int) -> InForce:
        rows = sorted((r for r in self.severities if r.payer_id in (None, payer)), key=lambda r: r.payer_id is not None)
        found = {row.rule: row.severity for row in rows}
        return InForce(
            {rule: Severity(said) for rule, said in found.items() if said != NOT_IN_FORCE},
            tuple(rule.as_rule() for rule in self.own if rule.applies_to(payer)),
            self.are_released,
            frozenset(rule for rule, said in found.items() if said == NOT_IN_FORCE),
        )


class RuleBooks:
    """The rules of the days on which many claims are checked at once; each day is read once."""

    def __init__(self) -> None:
        self._books: dict[date, RuleBook] = {}

    def on(self, day: date) -> RuleBook:
        if day not in self._books:
            self._books[day] = rule_book(day)
        return self._books[day]


def rule_book(day: date) -> RuleBook:
    """What was in force on a day. It stays the same for ever: nothing is written down for days that are past.

    A version of an own rule is adopted with its severity, so what was set before that counts for it no longer.
    """
    newest: dict[int, OwnRuleVersion] = {}
    for version in versions_in_force(day):
        newest.setdefault(version.rule_id, version)
    adopted_at = {own_id(v.rule_id): v.adopted_at for v in newest.values()}
    counting: dict[tuple[str, int | None], RuleSeverity] = {}
    for row in RuleSeverity.objects.filter(effective_on__lte=day).select_related("payer"):
        if row.recorded_at >= adopted_at.get(row.rule, row.recorded_at):
            counting.setdefault((row.rule, row.payer_id), row)
    released = RulesRelease.objects.exists()
    return RuleBook(tuple(v.as_rule for v in newest.values()), tuple(counting.values()), released)


def versions_in_force(day: date) -> QuerySet[OwnRuleVersion]:
    """Versions of rules that were not retired by a day, the newest of each first."""
    still = Q(rule__retired_on=None) | Q(rule__retired_on__gt=day)
    return OwnRuleVersion.objects.filter(still, adopted_on__lte=day).order_by("rule", "-version")


def adopted_beside(rule: OwnRule, day: date) -> Iterable[Adopted]:
    """The other rules in force that meet a rule on the claims of some payer."""
    for other in rule_book(day).own:
        if other.id == rule.number or not _meet(other.payers, rule.payers):
            continue
        try:
            yield Adopted(other.id, other.title, read(other.condition))
        except Unanswerable:
            continue  # it holds every claim and says so there


def meets_built_in(condition: Group, day: date) -> tuple[str, ...]:
    """Where a condition says the same as a rule of the program that is in force, or the opposite, in words."""
    off = rule_book(day).of(NO_PAYER).off
    return remarks(condition, {rule.id: rule.title for rule in BUILT_IN.values() if rule.id not in off})


def _meet(a: Iterable[int], b: Iterable[int]) -> bool:
    one, two = set(a), set(b)
    return not one or not two or bool(one & two)


def severities_by_rule() -> dict[str, list[RuleSeverity]]:
    """All rows ever written, by rule, the newest first; each with `until`, its last day: None for one that goes on.

    A row that another one of its own day replaced never counted: its `until` lies before its first day.
    """
    found: dict[str, list[RuleSeverity]] = {}
    next_on: dict[tuple[str, int | None], date] = {}
    for row in RuleSeverity.objects.select_related("payer", "recorded_by"):
        after = next_on.get((row.rule, row.payer_id))
        row.until = after - timedelta(days=1) if after else None
        next_on[row.rule, row.payer_id] = row.effective_on
        found.setdefault(row.rule, []).append(row)
    return found


def may_be_set(rule: str) -> bool:
    """Whether the severity of a rule can be set: it exists, and is not the one that holds a new practice."""
    if rule in BUILT_IN:
        return rule != RELEASE
    return any(v.rule.number == rule for v in OwnRuleVersion.objects.select_related("rule"))
