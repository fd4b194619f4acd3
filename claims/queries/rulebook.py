"""Which rules hold on a day, and how grave each is for a payer: what every check of a claim starts from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from django.db.models import Q, QuerySet

import claims.rules
import documentation.rules
from claims.conditions.built_in import remarks
from claims.conditions.condition import Group, read
from claims.conditions.own import OwnRule as Rule
from claims.conditions.own import own_id, own_number
from claims.conditions.sense import Adopted, ask_alike
from claims.facts import ClaimFacts
from claims.models import OwnRule, OwnRuleVersion, RuleSeverity, RulesRelease
from claims.models.rules import NOT_IN_FORCE
from claims.rules import CATALOGUE
from claims.rules.practice import RELEASE
from documentation.facts import EncounterFacts
from documentation.kernel.merge import digest
from documentation.kernel.rule import Rule as KernelRule
from documentation.kernel.rule import Severity, Unanswerable
from documentation.models.together import together
from documentation.rules import CATALOGUE as RECORD_RULES

NO_PAYER = 0
"""For whom only what was set for all payers counts."""

BUILT_IN: dict[str, KernelRule[Any]] = {rule.id: rule for rules in (CATALOGUE, RECORD_RULES) for rule in rules}


@cache
def _code() -> str:
    """Another one as soon as a rule of the program looks for anything else."""
    folders = [Path(claims.rules.__file__).parent, Path(documentation.rules.__file__).parent]
    return digest([[p.name, p.read_text("utf-8")] for folder in folders for p in sorted(folder.rglob("*.py"))])


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
    """Everything that was in force on a day, for all payers: read once."""

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

    @property
    def fingerprint(self) -> str:
        """Another one as soon as anything is asked otherwise, or counts otherwise for any payer."""
        own = [[r.id, r.version, r.severity, r.payers, r.condition] for r in self.own]
        # The program's own, as they stand in it: a run that was left may go on with a newer program.
        built_in = [[r.id, r.severity, r.title, r.message, r.fix] for r in BUILT_IN.values()]
        set_of = [[r.rule, r.payer_id, r.severity] for r in self.severities]
        return digest([_code(), built_in, own, set_of, self.are_released])

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
    """The rules of the days on which many claims are checked at once; they are read once for all days."""

    def __init__(self, found: Mapping[str, list[Any]] | None = None) -> None:
        """`found` is what came of `asked`."""
        self._found = found
        self._books: dict[date, RuleBook] = {}

    def on(self, day: date) -> RuleBook:
        if self._found is None:
            self._found = together(**asked())
        if day not in self._books:
            self._books[day] = _book_of(self._found, day)
        return self._books[day]


def asked() -> dict[str, QuerySet[Any]]:
    """What rule books are made from, whatever the day; it may be asked for with others."""
    return {
        "own_rules": OwnRuleVersion.objects.select_related("rule").order_by("rule", "-version"),
        "severities": RuleSeverity.objects.select_related("payer"),
        "releases": RulesRelease.objects.order_by().values_list("pk", flat=True)[:1],
    }


def rule_book(day: date) -> RuleBook:
    """What was in force on a day. It stays the same for ever: nothing is written down for days that are past."""
    return RuleBooks().on(day)


def _book_of(found: Mapping[str, list[Any]], day: date) -> RuleBook:
    """A version of an own rule is adopted with its severity, so what was set before that counts for it no longer."""
    versions: dict[int, list[OwnRuleVersion]] = {}
    for version in found["own_rules"]:
        if is_in_force(version, day):
            versions.setdefault(version.rule_id, []).append(version)
    own = tuple(replace(those[0].as_rule, since=asks_since(those)) for those in versions.values())
    adopted_at = {own_id(rule): those[0].adopted_at for rule, those in versions.items()}
    counting: dict[tuple[str, int | None], RuleSeverity] = {}
    for row in found["severities"]:
        if row.effective_on <= day and row.recorded_at >= adopted_at.get(row.rule, row.recorded_at):
            counting.setdefault((row.rule, row.payer_id), row)
    return RuleBook(own, tuple(counting.values()), bool(found["releases"]))


def is_in_force(version: OwnRuleVersion, day: date) -> bool:
    """Whether a version, or a later one of its rule, counts on a day; it came with its rule."""
    retired_on = version.rule.retired_on
    return version.adopted_on <= day and (retired_on is None or retired_on > day)


def asks_since(versions: Iterable[OwnRuleVersion]) -> int:
    """The version of a rule since which it asks what it asks, from its versions, the newest first. 0: it has none."""
    found, asked = 0, None
    for row in versions:
        if found and row.condition != asked:
            break
        found, asked = row.version, row.condition
    return found


def counted_since(rule: str, at: datetime | None = None) -> int:
    """The version whose answers count for what a rule of the practice asks today, or asked at a moment; 0 for a rule
    of the program.
    """
    if not (number := own_number(rule)):
        return 0
    versions = OwnRuleVersion.objects.filter(rule=number).order_by("-version")
    return asks_since(versions.filter(adopted_at__lte=at) if at else versions)


def versions_in_force(day: date) -> QuerySet[OwnRuleVersion]:
    """Versions of rules that were not retired by a day, the newest of each first."""
    still = Q(rule__retired_on=None) | Q(rule__retired_on__gt=day)
    return OwnRuleVersion.objects.filter(still, adopted_on__lte=day).order_by("rule", "-version")


def adopted_beside(rule: OwnRule, day: date) -> Iterable[Adopted]:
    """The other rules in force that meet a rule on the claims of some payer."""
    book = rule_book(day)
    for other in book.own:
        if other.id == rule.number or not _meet(book, other, rule.payers):
            continue
        try:
            yield Adopted(other.id, other.title, read(other.condition))
        except Unanswerable:
            continue  # it holds every claim and says so there


def beside_in_force(rule: Rule, payer: int | None, day: date) -> Iterable[Adopted]:
    """The other rules that ask for any of the same things on the claims of a payer; None: of all for whom the rule is
    not put out of force by a word of their own.
    """
    try:
        condition = read(rule.condition)
    except Unanswerable:
        return  # it holds every claim and says so there
    book = rule_book(day)
    rows = book.set_of(rule.id)
    off = {row.payer_id for row in rows if row.payer_id and row.severity == NOT_IN_FORCE} if payer is None else set()
    for other in book.own:
        theirs = {NO_PAYER, *other.payers, *(row.payer_id for row in book.set_of(other.id) if row.payer_id)}
        asked = ({payer} if payer else set(rule.payers) or theirs) - off
        meet = any(other.applies_to(p) and other.id not in book.of(p).off for p in asked)
        if other.id == rule.id or not meet:
            continue
        try:
            known = Adopted(other.id, other.title, read(other.condition))
        except Unanswerable:
            continue
        if ask_alike(condition, known.condition):
            yield known


def meets_built_in(condition: Group, day: date) -> tuple[str, ...]:
    """Where a condition says the same as a rule of the program that is in force, or the opposite, in words."""
    off = rule_book(day).of(NO_PAYER).off
    return remarks(condition, {rule.id: rule.title for rule in BUILT_IN.values() if rule.id not in off})


def _meet(book: RuleBook, other: Rule, payers: Iterable[int]) -> bool:
    """Whether another rule holds claims of any of these payers, none: of any at all."""
    asked, its = set(payers), set(other.payers)
    met = asked & its if asked and its else asked or its
    if not met:
        if asked or its:
            return False
        met = {NO_PAYER, *(row.payer_id for row in book.set_of(other.id) if row.payer_id)}
    return any(other.id not in book.of(payer).off for payer in met)


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
