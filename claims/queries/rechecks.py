"""Runs over all open claims: the one under way, what was found, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from claims.models import OwnRuleVersion, RecheckRun
from claims.queries.outcomes import titles

SHOWN = 200
"""Claims that went back, on the page of a run; the list of claims has them all under Draft."""


def running() -> RecheckRun | None:
    """The run that is under way or was left before its end."""
    return RecheckRun.objects.filter(is_running=True).select_related("started_by").first()


@dataclass(frozen=True)
class Against:
    """A rule with how many claims it stands against. The title is empty where the rule is known no longer."""

    rule: str
    title: str
    claims: int


def against(run: RecheckRun, own: Iterable[OwnRuleVersion]) -> list[Against]:
    """The rules that stand against claims, those against most claims first; `own` is what came of `own_titles`."""
    known = titles(own)
    found = [Against(rule, known.get(rule, ""), count) for rule, count in run.failed.items()]
    return sorted(found, key=lambda a: (-a.claims, a.rule))
