"""Rules as data: what a record must say, why, and how to mend it.

A rule looks at frozen facts and nothing else. It carries a good and a bad example, so that one test
proves of every rule that it can tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, TypeVar

F = TypeVar("F")


class Severity(StrEnum):
    """What a failed rule does: stops, asks for a reason, or only advises."""

    BLOCKER = "blocker"
    WARNING = "warning"
    ADVICE = "advice"


class Cause(StrEnum):
    """Why a payer denies. The first four are the ones that practices are denied for most."""

    DOCUMENTATION = "documentation"
    MEDICAL_NECESSITY = "medical_necessity"
    IMAGES = "images"
    CODING = "coding"
    BUNDLING = "bundling"
    AUTHORIZATION = "authorization"
    COVERAGE = "coverage"
    CROSSOVER = "crossover"
    COB = "cob"
    TIMELY_FILING = "timely_filing"
    ELIGIBILITY = "eligibility"
    DUPLICATE = "duplicate"
    PROVIDER = "provider"
    APPEAL = "appeal"
    OTHER = "other"

    @property
    def label(self) -> str:
        return CAUSE_LABELS[self]


CAUSE_LABELS: Mapping[Cause, str] = {
    Cause.DOCUMENTATION: "Inadequate documentation",
    Cause.MEDICAL_NECESSITY: "Medical necessity",
    Cause.IMAGES: "Missing image or reading",
    Cause.CODING: "Wrong coding",
    Cause.BUNDLING: "Bundled service",
    Cause.AUTHORIZATION: "No authorization",
    Cause.COVERAGE: "Not covered",
    Cause.CROSSOVER: "Wrong plan: dental or medical",
    Cause.COB: "Coordination of benefits",
    Cause.TIMELY_FILING: "Filed too late",
    Cause.ELIGIBILITY: "Not eligible",
    Cause.DUPLICATE: "Duplicate",
    Cause.PROVIDER: "Provider data",
    Cause.APPEAL: "Appeal procedure",
    Cause.OTHER: "Other",
}


@dataclass(frozen=True)
class Citation:
    """Where a rule comes from: a source and the place in it; `read_on` says when it was last looked at."""

    source: str
    place: str = ""
    read_on: date | None = None

    def __str__(self) -> str:
        return f"{self.source}, {self.place}" if self.place else self.source


@dataclass(frozen=True)
class Rule(Generic[F]):
    """One thing that facts must satisfy.

    `field` is the section and field that the fix leads to, such as `procedure.consent_on`.
    `tell` may name the specifics of a failure ("finding 2"); it is only asked when the rule failed.
    `good` and `bad` are facts that pass and fail: required, so that the rule can be proven.
    """

    id: str
    title: str
    severity: Severity
    field: str
    message: str
    fix: str
    citation: Citation
    prevents: Cause
    passes: Callable[[F], bool]
    good: F
    bad: F
    tell: Callable[[F], str] | None = None
    version: int = 0
    """Since which of its versions it asks what it asks; 0 for a rule without versions."""

    @cached_property
    def as_passed(self) -> Result:
        """The result where it passed: always the same, and most rules pass."""
        return Result(
            self.id, self.title, self.severity, True, self.prevents, self.field, self.message, self.fix,
            version=self.version,
        )  # fmt: skip


@dataclass(frozen=True)
class Result:
    """The outcome of one rule on one set of facts."""

    rule: str
    title: str
    severity: Severity
    passed: bool
    cause: Cause
    field: str
    message: str
    fix: str = ""
    reason: str = ""
    """Why a person let a warning pass; empty where nobody did."""
    version: int = 0
    """As in the rule."""

    @property
    def is_open(self) -> bool:
        """Failed, and nobody gave a reason for going on."""
        return not self.passed and not self.reason

    def as_json(self) -> dict[str, Any]:
        found = {
            "rule": self.rule,
            "severity": self.severity.value,
            "passed": self.passed,
            "cause": self.cause.value,
            "field": self.field,
            "message": self.message,
        }
        return {**found, "version": self.version} if self.version else found


@dataclass(frozen=True)
class Report:
    """All results of a check, in the order of the catalogue."""

    results: tuple[Result, ...] = field(default=())

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    @property
    def passed(self) -> tuple[Result, ...]:
        return tuple(r for r in self.results if r.passed)

    @property
    def failed(self) -> tuple[Result, ...]:
        return tuple(r for r in self.results if not r.passed)

    def _failed(self, severity: Severity) -> tuple[Result, ...]:
        return tuple(r for r in self.results if not r.passed and r.severity is severity)

    @property
    def blockers(self) -> tuple[Result, ...]:
        return self._failed(Severity.BLOCKER)

    @property
    def warnings(self) -> tuple[Result, ...]:
        return self._failed(Severity.WARNING)

    @property
    def advice(self) -> tuple[Result, ...]:
        return self._failed(Severity.ADVICE)

    @property
    def open_warnings(self) -> tuple[Result, ...]:
        return tuple(r for r in self.warnings if r.is_open)

    def for_section(self, section: str) -> tuple[Result, ...]:
        """Results whose fix lies in one section of a form."""
        return tuple(r for r in self.results if r.field.split(".", 1)[0] == section)

    def as_json(self) -> list[dict[str, Any]]:
        return [r.as_json() for r in self.results]


def asked(rule: str, version: int) -> str:
    """What people give a reason for: a rule, and since which version it asks what it asks, where it has versions."""
    return f"{rule} v{version}" if version else rule


class Unanswerable(Exception):
    """A rule cannot be evaluated on these facts. The text says why; it ends a sentence."""


def check(
    facts: F,
    catalogue: Iterable[Rule[F]],
    *,
    severities: Mapping[str, Severity] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Report:
    """Run every rule on the facts.

    `severities` lets a payer's policy raise or lower a rule by id; `overrides` holds the reasons that people gave for
    going on, by what was `asked` of them. A reason lets a warning pass, never a blocker. A rule that breaks on the
    facts counts as a failed blocker and says why: what cannot be checked must not leave.
    """
    severities, overrides = severities or {}, overrides or {}
    results = []
    for rule in catalogue:
        severity = severities.get(rule.id, rule.severity) if severities else rule.severity
        message = rule.message
        try:
            passed = bool(rule.passes(facts))
            if passed and severity is rule.severity:
                results.append(rule.as_passed)
                continue
            if not passed and rule.tell:
                message = rule.tell(facts) or message
        except Exception as e:
            passed, severity = False, Severity.BLOCKER
            why = f", because {e}" if isinstance(e, Unanswerable) else ""
            message = f"This check could not be carried out ({rule.title}){why}. Tell your administrator."
        is_asked = not passed and severity is Severity.WARNING
        reason = overrides.get(asked(rule.id, rule.version), "") if is_asked else ""
        results.append(
            Result(
                rule.id, rule.title, severity, passed, rule.prevents, rule.field, message, rule.fix, reason,
                rule.version,
            )
        )  # fmt: skip
    return Report(tuple(results))


def failures(
    of_each: Sequence[F],
    catalogue: Iterable[Rule[F]],
    overrides: Sequence[Mapping[str, str]],
    *,
    severities: Mapping[str, Severity] | None = None,
) -> list[tuple[Result, ...]]:
    """What `check` tells of the rules that failed, of many facts at once; `overrides` stand in the order of the facts.

    A rule goes through all facts before the next one does: a processor does that much faster than the other way.
    """
    found: list[tuple[Result, ...]] = [()] * len(of_each)
    for rule in catalogue:
        passes = rule.passes
        try:
            passed = [passes(facts) for facts in of_each]
        except Exception:
            passed = [False] * len(of_each)  # `check` tells below which of them broke it
        if all(passed):
            continue
        for place, facts in enumerate(of_each):
            if not passed[place]:
                found[place] += check(facts, (rule,), severities=severities, overrides=overrides[place]).failed
    return found


def catalogue_of(*families: Iterable[Rule[F]], retired: Iterable[str] = ()) -> tuple[Rule[F], ...]:
    """Join families of rules into one catalogue; an id used twice or used again after retirement is an error."""
    rules = tuple(rule for family in families for rule in family)
    seen = set(retired)
    for rule in rules:
        if rule.id in seen:
            raise ValueError(f"rule id {rule.id} is used twice or was retired")
        seen.add(rule.id)
    return rules
