"""How payers answered claims that were sent although a check did not pass: counted from what was sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from claims.conditions.states import OwnRuleStatus
from claims.models import OwnRuleVersion, Payer, SentFailure, SentReport, Submission
from claims.queries.rulebook import BUILT_IN
from documentation.kernel.rule import Report, Result, Severity
from documentation.kernel.statistics import Share

_CLAIM = "submission__claim"
_DENIED = f"{_CLAIM}__figures__initially_denied"


def sending_answered(claim: str, answered_on: str) -> QuerySet[Any]:
    """The sending that a payer's first decision answered: the last one until its day, and the last of all where the
    decision came without a day. Both names lead to them from the rows around this subquery.
    """
    sent = Submission.objects.filter(claim=OuterRef(claim), packet__kind="claim")
    decided = Q(claim__figures__initially_denied=True) | Q(claim__figures__paid_first_time=True)
    until = Q(sent_on__lte=OuterRef(answered_on)) | Q(decided, claim__figures__answered_on=None)
    return sent.filter(until).order_by("-sent_on", "-pk").values("pk")[:1]


def answered() -> QuerySet[SentReport]:
    """Reports of the sendings that payers decided on; one for each claim."""
    return SentReport.objects.filter(submission=Subquery(sending_answered(_CLAIM, f"{_CLAIM}__figures__answered_on")))


def share_of(payer: Payer | None = None, rule: str = "", *, with_reason: bool = False) -> Share:
    """How many of the claims that were sent so were denied at first. In one query."""
    n = sent(payer, rule, with_reason=with_reason).aggregate(
        whole=Count("pk"), part=Count("pk", filter=Q(**{_DENIED: True}))
    )
    return Share(n["part"], n["whole"])


def claims_sent(payer: Payer | None, rule: str) -> QuerySet[Any]:
    """The claims behind the same number, the newest first."""
    rows = sent(payer, rule).annotate(was_denied=F(_DENIED), first_cause=F(f"{_CLAIM}__figures__first_cause"))
    return rows.select_related(_CLAIM, "payer").order_by("-submission__sent_on", "-pk")


def sent(payer: Payer | None = None, rule: str = "", *, with_reason: bool = False) -> QuerySet[SentReport]:
    """Answered sendings to a payer that did not pass a rule; `with_reason` keeps those that a person let pass."""
    found = answered()
    if payer:
        found = found.filter(payer=payer)
    if rule or with_reason:
        failures = SentFailure.objects.filter(report=OuterRef("pk"))
        failures = failures.filter(rule=rule) if rule else failures
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
    """The denial risk of a claim with this report, in two queries. Blockers never left, so nothing is known of them."""
    failed = [r for r in report.failed if r.severity is not Severity.BLOCKER]
    counted = (
        SentFailure.objects.filter(report__in=answered().filter(payer=payer), rule__in=[r.rule for r in failed])
        .order_by()
        .values("rule")
        .annotate(whole=Count("pk"), part=Count("pk", filter=Q(**{f"report__{_DENIED}": True})))
    )
    found = {row["rule"]: Share(row["part"], row["whole"]) for row in counted}
    lines = [Line(r, found.get(r.rule, Share(0, 0))) for r in failed]
    # What was denied oftenest comes first, and what nothing is known of last.
    lines.sort(key=lambda line: (-line.denied.part, -line.denied.whole))
    return Risk(share_of(payer), tuple(lines))


def titles() -> dict[str, str]:
    """What each rule asks, by its id, the practice's own among them, and whether one was retired; a rule that the
    program no longer has is not among them.
    """
    found = {rule.id: rule.title for rule in BUILT_IN.values()}
    for row in OwnRuleVersion.objects.select_related("rule").order_by("rule", "version"):
        found[row.rule.number] = f"{row.title} (retired)" if row.rule.status == OwnRuleStatus.RETIRED else row.title
    return found
