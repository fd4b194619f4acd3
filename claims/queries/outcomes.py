"""How payers answered claims that were sent although a check did not pass: counted from what was sealed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)

from claims.codes.denial_causes import Outcome
from claims.conditions.states import OwnRuleStatus
from claims.models import (
    AnsweredSum,
    Denial,
    OwnRuleVersion,
    Payer,
    RemittanceClaim,
    SentFailure,
    SentReport,
    Submission,
)
from claims.queries.rulebook import BUILT_IN, counted_since
from documentation.kernel.rule import Report, Result, Severity
from documentation.kernel.statistics import Share
from documentation.models.among import Keys, among

_CLAIM = "submission__claim"
_DECISIONS = [Outcome.PAID, Outcome.PARTLY_PAID, Outcome.DENIED, Outcome.PATIENT_SHARE]


def denied_at_first(claim: str) -> Q:
    """Whether the payer's first decision on a claim denied any of it. `claim` leads to it from the rows that are asked.

    A corrected claim is asked for itself. The figures count its denial with the claim that it replaces, for the dollars
    are the same; but it was sent anew, and what was passed over then was answered then.
    """
    return Q(**{f"{claim}__figures__initially_denied": True}) | _denied_again(claim)


def _denied_again(claim: str) -> Q:
    return Q(**{f"{claim}__replaces__isnull": False}) & Q(Exists(first_denials(claim)))


def first_denials(claim: str) -> QuerySet[Denial]:
    """What the first decision on a claim denied."""
    posted = RemittanceClaim.objects.filter(claim=OuterRef("claim"), remittance__posted_at__isnull=False)
    first = posted.filter(outcome__in=_DECISIONS).order_by("remittance__posted_at", "pk").values("remittance")[:1]
    return Denial.objects.filter(claim=OuterRef(claim), answer__remittance=Subquery(first)).order_by("pk")


def sending_answered(claim: str, answered_on: str) -> QuerySet[Any]:
    """The sending that a payer's first decision answered: the last one until its day, and the last of all where the
    decision came without a day. Both names lead to them from the rows around this subquery.
    """
    sent = Submission.objects.filter(claim=OuterRef(claim), packet__kind="claim")
    decided = denied_at_first("claim") | Q(claim__figures__paid_first_time=True)
    until = Q(sent_on__lte=OuterRef(answered_on)) | Q(decided, claim__figures__answered_on=None)
    return sent.filter(until).order_by("-sent_on", "-pk").values("pk")[:1]


def decided_on(claims: Keys) -> QuerySet[Any]:
    """Of these claims the sendings that payers decided on, one for each claim, as their rows say now: report, claim,
    payer, and 1 where the decision denied any of it. What `AnsweredSending` keeps, and nothing else asks.
    """
    last = Subquery(sending_answered(_CLAIM, f"{_CLAIM}__figures__answered_on"))
    denied = Case(When(denied_at_first(_CLAIM), then=Value(1)), default=Value(0))
    found = SentReport.objects.filter(among(_CLAIM, claims), submission=last)
    return found.order_by("pk").values_list("pk", _CLAIM, "payer", denied)


def answered() -> QuerySet[SentReport]:
    """Reports of the sendings that payers decided on; one for each claim."""
    return SentReport.objects.filter(answered__isnull=False)


def share_of(payer: Payer | None = None, rule: str = "", *, with_reason: bool = False) -> Share:
    """How many of the claims that were sent so were denied at first. In one query."""
    return share_among(sums_of(payer, rule, with_reason=with_reason))


def sums_of(payer: Payer | None = None, rule: str = "", *, with_reason: bool = False) -> QuerySet[Any]:
    """What `share_among` reads, to be asked with others."""
    sums = AnsweredSum.objects.filter(rule=rule, version=counted_since(rule) if rule else 0)
    if payer:
        sums = sums.filter(payer=payer)
    whole, part = ("reasoned", "reasoned_denied") if with_reason else ("answered", "denied")
    return sums.order_by().values_list(Value(1)).annotate(Sum(part), Sum(whole))


def share_among(sums: Iterable[tuple[int, int | None, int | None]]) -> Share:
    """What came of `sums_of`."""
    _, some, every = next(iter(sums), (1, 0, 0))
    return Share(some or 0, every or 0)  # a sum of no rows is none


def claims_sent(payer: Payer | None, rule: str) -> QuerySet[Any]:
    """The claims behind the same number, the newest first."""
    rows = sent(payer, rule).annotate(
        was_denied=F("answered__denied"),
        first_cause=Subquery(first_denials(_CLAIM).values("cause")[:1]),
    )
    return rows.select_related(_CLAIM, "payer").order_by("-submission__sent_on", "-pk")


def sent(payer: Payer | None = None, rule: str = "", *, with_reason: bool = False) -> QuerySet[SentReport]:
    """Answered sendings to a payer that did not pass a rule; `with_reason` keeps those that a person let pass.

    Of an own rule those count that did not pass what it asks today, not what an earlier version asked.
    """
    found = answered()
    if payer:
        found = found.filter(payer=payer)
    if rule or with_reason:
        failures = SentFailure.objects.filter(report=OuterRef("pk"))
        failures = failures.filter(rule=rule, version=counted_since(rule)) if rule else failures
        found = found.filter(Exists(failures.filter(with_reason=True) if with_reason else failures))
    return found


@dataclass(frozen=True)
class Line:
    """One thing that stands against a claim, with what became of earlier claims that were sent so."""

    result: Result
    denied: Share

    @property
    def how(self) -> str:
        """How the earlier claims were sent, to follow 'claims sent'."""
        passed_over = self.result.severity is Severity.WARNING
        return "with this warning passed over" if passed_over else "with this advice not followed"

    @property
    def words(self) -> str:
        """To follow '4 of 6'."""
        return _words(self.denied, f" sent {self.how}")


@dataclass(frozen=True)
class Risk:
    """What the practice's own outcomes say of a claim before it leaves: each number by itself, none combined."""

    everything: Share
    """Of all claims that this payer decided on."""
    lines: tuple[Line, ...]

    @property
    def known(self) -> list[Line]:
        """Lines of which there are cases."""
        return [line for line in self.lines if line.denied.whole]

    @property
    def unknown(self) -> list[str]:
        """Ids of the rules of which there are none."""
        return [line.result.rule for line in self.lines if not line.denied.whole]

    @property
    def words(self) -> str:
        """To follow '9 of 40'."""
        return _words(self.everything)


def _words(share: Share, how: str = "") -> str:
    return f"claim{how} was denied" if share.whole == 1 else f"claims{how} were denied"


def risk_of(report: Report, payer: Payer) -> Risk:
    """The denial risk of a claim with this report, in one query. Blockers never left, so nothing is known of them."""
    failed = [r for r in report.failed if r.severity is not Severity.BLOCKER]
    counted = (
        AnsweredSum.objects.filter(payer=payer, rule__in=["", *(r.rule for r in failed)])
        .order_by()
        .values_list("rule", "version")
        .annotate(Sum("denied"), Sum("answered"))
    )
    found = {(rule, version): Share(denied, answered) for rule, version, denied, answered in counted}
    lines = [Line(r, found.get((r.rule, r.version), Share(0, 0))) for r in failed]
    # What was denied oftenest comes first, and what nothing is known of last.
    lines.sort(key=lambda line: (-line.denied.part, -line.denied.whole))
    return Risk(found.get(("", 0), Share(0, 0)), tuple(lines))


def own_titles() -> QuerySet[OwnRuleVersion]:
    """What `titles` reads of the practice's own rules."""
    return OwnRuleVersion.objects.select_related("rule").order_by("rule", "version")


def titles(own: Iterable[OwnRuleVersion] | None = None) -> dict[str, str]:
    """What each rule asks, by its id, the practice's own among them, and whether one was retired; a rule that the
    program no longer has is not among them.
    """
    found = {rule.id: rule.title for rule in BUILT_IN.values()}
    for row in own_titles() if own is None else own:
        found[row.rule.number] = f"{row.title} (retired)" if row.rule.status == OwnRuleStatus.RETIRED else row.title
    return found
