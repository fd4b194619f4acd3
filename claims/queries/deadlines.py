"""How long a denial may still be appealed, with the reason that stands beside every such date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from claims.clocks.counted import Counted, counted_from
from claims.clocks.counting import last_day
from claims.clocks.paths import REGIMES, Regime, Stage
from claims.models import Appeal, Denial, Payer
from claims.queries.appeal_rules import Rules, count_appeal, load_rules, regimes_of
from claims.workflow import APPEALS_TO_SEND, AppealStatus
from documentation.kernel.dates import long_date
from documentation.kernel.rule import Cause


@dataclass(frozen=True)
class Deadline:
    """The last day, and how it was counted."""

    day: date
    reason: str
    counted: Counted | None = None
    """Event, rule and source; None of an appeal that was opened before they were kept."""

    @property
    def is_firm(self) -> bool:
        """Whether the rule can be relied on: after such a day nothing is to be done any more."""
        return self.counted is None or self.counted.is_firm


def appeal_deadline(denial: Denial, rules: Rules | None = None) -> Deadline:
    """The last day for the next appeal of a denial.

    It counts from the notice of the denial, and from the decision where an appeal was decided already. Payer with its
    playbook and appeals are taken as they came with the denial, so that a list asks for them once; so are the rules.
    """
    last = last_appeal(denial)
    is_further = bool(last and last.decided_on)
    level = last.level + 1 if last and is_further else 1
    event_on = last.decided_on if last and last.decided_on else denial.denied_on
    return deadline_of(denial, level, event_on, rules)


def deadline_of(denial: Denial, level: int, event_on: date, rules: Rules | None = None) -> Deadline:
    """The last day of one level that begins with an event."""
    plan = denial.claim.coverage
    counted = count_appeal(plan.payer, plan.plan_name, level, event_on, denial.denied_on, rules or load_rules())
    return Deadline(counted.day, counted.reason, counted)


def before_decision(denial: Denial, waiting: Appeal) -> Deadline:
    """The last day of a level that begins before the level before it was decided: counted from that one's sending."""
    sent = waiting.submissions.first()
    found = deadline_of(denial, waiting.level + 1, sent.sent_on if sent else denial.denied_on)
    if found.counted is None:
        return found
    counted = replace(
        found.counted,
        event="sending",
        rule=found.counted.rule.replace("from the decision", "from the sending of the level before"),
        why_open=found.counted.why_open or "counts from a decision that has not come",
    )
    return Deadline(counted.day, counted.reason, counted)


def no_such_level(denial: Denial, level: int) -> str:
    """Why the rules of the plan give no appeal of this level, and what to do; empty where they do or are not known."""
    plan = denial.claim.coverage
    regimes = regimes_of(plan.payer.book(), plan.plan_name, denial.denied_on)
    regime, why = next(iter(regimes.items()))
    if regime == Regime.UNKNOWN or why or level == 1:
        return ""
    name = REGIMES[Regime(regime)]
    path = load_rules().path(regime, level, denial.denied_on)
    if path is None:
        return (
            f"“{name}”, by which this plan goes, knows no appeal of level {level}. Where the payer's letter names one,"
            " start it with that as the reason; otherwise say how the denial ends."
        )
    is_shipped_external = not path.is_own and path.stage is Stage.EXTERNAL
    if is_shipped_external and regime == Regime.ERISA and plan.payer.line == "dental":
        return (
            "External review does not apply to dental plans that stand alone. Where the payer's letter or state law"
            " gives one, start it with that as the reason."
        )
    return ""


def decision_due(appeal: Appeal, sent_on: date) -> Deadline | None:
    """Until when the payer has to decide an appeal that was sent on a day; None where no rule says so."""
    counted = counted_from(appeal.clock)
    path = load_rules().path(counted.regime, appeal.level, sent_on) if counted else None
    if path is None or path.decide is None or path.regime == Regime.UNKNOWN:
        return None
    day = last_day(sent_on, path.decide)
    return Deadline(day, f"{path.decide.said} from the sending of {long_date(sent_on)} ({path.source})")


def kept_deadline(appeal: Appeal) -> Deadline:
    """The last day of an appeal as it was counted when it was opened."""
    return Deadline(appeal.due_on, appeal.due_reason, counted_from(appeal.clock))


def first_deadline(payer: Payer, plan_name: str, denied_on: date) -> date:
    """The last day of the first appeal of what a payer refused on a day; its playbook is taken as it came."""
    return count_appeal(payer, plan_name, 1, denied_on, denied_on, load_rules()).day


def last_appeal(denial: Denial) -> Appeal | None:
    """The appeal of the highest level that was not withdrawn."""
    standing = [a for a in denial.appeals.all() if a.status != AppealStatus.WITHDRAWN]
    return max(standing, key=lambda a: a.level, default=None)


FIRST_MOVE = {
    Cause.DOCUMENTATION: "Appeal with the signed record",
    Cause.MEDICAL_NECESSITY: "Appeal with the justification",
    Cause.IMAGES: "Appeal with figures and interpretation",
    Cause.CODING: "Correct the code, or appeal",
    Cause.BUNDLING: "Appeal: why it stands by itself",
    Cause.AUTHORIZATION: "Ask for it after the fact, or appeal",
    Cause.COVERAGE: "Read the plan; bill another one",
    Cause.CROSSOVER: "Send it to the other plan",
    Cause.COB: "Settle who pays first, send it again",
    Cause.TIMELY_FILING: "Appeal with the proof of sending",
    Cause.ELIGIBILITY: "Check eligibility, send it again",
    Cause.DUPLICATE: "Find the first claim",
    Cause.PROVIDER: "Mend the provider's numbers",
    Cause.APPEAL: "Go to the next level",
    Cause.OTHER: "Read the answer and decide",
}
"""What is tried first against a denial, by its cause."""
TOO_LATE = "Too late to appeal: say how it ends"
PERHAPS_LATE = "The day has passed by a rule that nobody verified: ask the payer"


@dataclass(frozen=True)
class Case:
    """A denial that waits for somebody of ours, with the appeal that is being written and the one next step."""

    denial: Denial
    appeal: Appeal | None
    due: Deadline | None
    step: str


def case_of(denial: Denial, today: date, rules: Rules | None = None) -> Case:
    """A denial with what to do about it next and until when; `today` is the date at the claim's location.

    A list loads the rules once and gives them.
    """
    last = last_appeal(denial)
    if last and last.status in APPEALS_TO_SEND:
        step = (
            f"Send appeal {last.level}"
            if last.status == AppealStatus.SEALED
            else f"Finish the letter of appeal {last.level}"
        )
        return Case(denial, last, kept_deadline(last), step)
    if last and last.status == AppealStatus.SENT:
        return Case(denial, last, None, "Wait for the decision")
    if not denial.may_appeal:
        return Case(denial, None, None, "Send a new or corrected claim")
    due = appeal_deadline(denial, rules)
    if due.day >= today:
        return Case(denial, None, due, FIRST_MOVE[Cause(denial.cause)])
    return Case(denial, None, due, TOO_LATE if due.is_firm else PERHAPS_LATE)
