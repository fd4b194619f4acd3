"""What moves the denial rate: what was left incomplete, passed over with a reason, or asked by a rule; what came of it.

Of claims that were answered, by the checks that their sending did not pass. Each number names the claims behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from claims.conditions.own import own_id
from claims.models import OwnRule, OwnRuleTrial, Packet, SentFailure, SentReport
from claims.queries.outcomes import answered, titles
from claims.queries.overrides import overrides
from claims.queries.sums import ANSWERED, COUNTED, Filters, rows
from documentation.kernel.statistics import Share
from documentation.models.among import among

_WARNED = Exists(SentFailure.objects.filter(report=OuterRef("pk"), with_reason=True))
_ADVISED = Exists(SentFailure.objects.filter(report=OuterRef("pk"), with_reason=False))
GROUPS = {
    "whole": ("Nothing left open", "Answered claims whose sending passed every check."),
    "advised": (
        "Advice let be",
        "Answered claims that were sent with advice not followed, no warning passed over.",
    ),
    "warned": ("A warning passed over", "Answered claims that were sent although a check warned, with a reason."),
}
"""How complete a claim was when it was sent: its word, and which claims count."""


def _answered(filters: Filters) -> QuerySet[SentReport]:
    """Reports of the sendings that payers decided on, of the claims that the filters take in."""
    return answered().filter(submission__claim__in=rows(filters).filter(ANSWERED).order_by().values("pk"))


def group(key: str, filters: Filters, *, paid: bool = False) -> Q:
    """Of figures that the filters take in: the answered claims of one of GROUPS; with `paid` those that the first
    answer paid.
    """
    sent = _answered(filters)
    sent = sent.filter(_WARNED) if key == "warned" else sent.filter(~_WARNED)
    if key != "warned":
        sent = sent.filter(_ADVISED) if key == "advised" else sent.filter(~_ADVISED)
    found = ANSWERED & Q(pk__in=sent.values("submission__claim"))
    return found & COUNTED["first_pass"] if paid else found


def foreseen(filters: Filters) -> Q:
    """Of figures that the filters take in: denied, and a check warned when it was sent, or a rule of the practice would
    have stopped it.
    """
    warned = Q(pk__in=_answered(filters).filter(_WARNED).values("submission__claim"))
    return COUNTED["denied"] & (warned | among("pk", _stopped()))


def _stopped() -> list[int]:
    """Claims that the practice's rules in force would have stopped, as their newest trials counted."""
    newest = OwnRuleTrial.objects.filter(rule=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    adopted = OwnRule.objects.filter(status="adopted").annotate(newest=Subquery(newest))
    trials = OwnRuleTrial.objects.filter(pk__in=adopted.values("newest")).values_list("stopped_denied", flat=True)
    packets = {pk for stopped in trials for pk in stopped}
    return list(Packet.objects.filter(among("pk", packets)).values_list("claim", flat=True)) if packets else []


@dataclass(frozen=True)
class Completeness:
    """Of the claims that were sent so, how many the first answer paid."""

    key: str
    label: str
    paid: Share


def by_completeness(filters: Filters) -> list[Completeness]:
    found = []
    for key, (label, _) in GROUPS.items():
        n = (
            rows(filters)
            .filter(group(key, filters))
            .aggregate(whole=Count("pk"), part=Count("pk", filter=COUNTED["first_pass"]))
        )
        found.append(Completeness(key, label, Share(n["part"], n["whole"])))
    return found


def caught(filters: Filters) -> Share:
    """Of the claims that the first answer denied, those of which a rule knew, or would have known."""
    n = rows(filters).aggregate(whole=Count("pk", filter=COUNTED["denied"]), part=Count("pk", filter=foreseen(filters)))
    return Share(n["part"], n["whole"])


@dataclass(frozen=True)
class PassedOver:
    """A rule that people went on over: how often, and how the claims were answered that were sent so."""

    rule: str
    title: str
    reasons: int
    denied: Share


def passed_over() -> list[PassedOver]:
    """Of all time, those whose claims were denied oftenest first. The answers are counted as on their own page."""
    known = titles()
    counted: dict[str, dict[str, int]] = {}
    answers = overrides().order_by().values("rule", "answer").annotate(n=Count("pk"))
    for row in answers:
        counted.setdefault(row["rule"], {})[row["answer"]] = row["n"]
    found = []
    for rule, by in counted.items():
        denied = by.get("denied", 0) + by.get("denied_again", 0)
        share = Share(denied, denied + by.get("not_denied", 0))
        found.append(PassedOver(rule, known.get(rule, ""), sum(by.values()), share))
    return sorted(found, key=lambda row: (-row.denied.part, -row.reasons, row.rule))


@dataclass(frozen=True)
class Prevents:
    """A rule of the practice in force, with what it would have done to the claims of before."""

    pk: int
    number: str
    title: str
    stopped_denied: int
    denied: int
    right: Share


def prevented() -> Iterator[Prevents]:
    """The practice's rules in force, those that would have stopped most denials first; by their newest trials."""
    rules = {rule.pk: rule for rule in OwnRule.objects.filter(status="adopted")}
    trials: dict[int, OwnRuleTrial] = {}
    for trial in OwnRuleTrial.objects.filter(rule__in=rules).order_by("pk"):
        trials[trial.rule_id] = trial
    for pk, trial in sorted(trials.items(), key=lambda row: -len(row[1].stopped_denied)):
        stopped, held = len(trial.stopped_denied), len(trial.stopped_paid)
        yield Prevents(pk, own_id(pk), rules[pk].title, stopped, trial.denied, Share(stopped, stopped + held))
