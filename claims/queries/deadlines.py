"""How long a denial may still be appealed, with the reason that stands beside every such date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q

from claims.models import Appeal, Denial
from claims.workflow import APPEALS_TO_SEND, AppealStatus, Closing, DenialStatus
from documentation.kernel.dates import long_date
from documentation.kernel.rule import Cause

DEFAULT_APPEAL_DAYS = 180
"""Where the payer's own limit is not known: 29 CFR 2560.503-1(h)(3)(i) gives at least 180 days to group plans."""
DEFAULT_APPEAL_SOURCE = "29 CFR 2560.503-1(h)(3)(i); the payer's own limit is not known, ask"


@dataclass(frozen=True)
class Deadline:
    """The last day, and how it was counted."""

    day: date
    reason: str


def appeal_deadline(denial: Denial) -> Deadline:
    """The last day for the next appeal of a denial.

    It counts from the notice of the denial, and from the decision where an appeal was decided already. Payer with its
    playbook and appeals are taken as they came with the denial, so that a list asks for them once.
    """
    days, source = _limit(denial)
    last = last_appeal(denial)
    if last and last.decided_on:
        start, event = last.decided_on, "decision"
    else:
        start, event = denial.denied_on, "notice"
    return Deadline(start + timedelta(days=days), f"{days} days from the {event} of {long_date(start)} ({source})")


def _limit(denial: Denial) -> tuple[int, str]:
    """The days and where they come from. A stale limit never lengthens the time: the shorter one counts."""
    coverage = denial.claim.coverage
    book = coverage.payer.book()
    known = book.newest("appeal_days", coverage.plan_name)
    if not known or not known.is_known:
        return DEFAULT_APPEAL_DAYS, DEFAULT_APPEAL_SOURCE
    source = known.source or "payer policy"
    if not (why := known.why_stale(denial.denied_on, book.days)):
        return known.value, source
    if known.value < DEFAULT_APPEAL_DAYS:
        return known.value, f"{source}; this {why}, ask"
    return DEFAULT_APPEAL_DAYS, DEFAULT_APPEAL_SOURCE


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


@dataclass(frozen=True)
class Case:
    """A denial that waits for somebody of ours, with the appeal that is being written and the one next step."""

    denial: Denial
    appeal: Appeal | None
    due: Deadline | None
    step: str


def to_act_on(
    today: date, *, until: date | None = None, payer: int | None = None, clinician: int | None = None, most: int = 10
) -> list[Case]:
    """Open denials and appeals to send, the earliest last day first; those that wait for the payer are left out.

    With `until`, only those whose last day comes by then or has passed.
    """
    to_send = Appeal.objects.filter(denial=OuterRef("pk"), status__in=APPEALS_TO_SEND)
    found = (
        Denial.objects.filter(Q(status=DenialStatus.OPEN) | Exists(to_send), claim__closing=Closing.OPEN)
        .exclude(status=DenialStatus.RESOLVED)
        .select_related("claim__encounter__patient", "claim__encounter__location", "claim__coverage__payer", "owner")
        .prefetch_related("appeals", "claim__coverage__payer__playbook")
        .order_by(F("claim__figures__at_risk_until").asc(nulls_last=True), "denied_on", "pk")
    )
    if payer:
        found = found.filter(claim__coverage__payer=payer)
    if clinician:
        found = found.filter(claim__encounter__clinician=clinician)
    if until is None:
        return [case_of(denial, today) for denial in found[:most]]
    cases = (case_of(denial, today) for denial in found.filter(claim__figures__at_risk_until__lte=until)[:most])
    # Another denial of the same claim may have more time.
    return [case for case in cases if case.due and case.due.day <= until]


def case_of(denial: Denial, today: date) -> Case:
    """A denial with what to do about it next and until when; `today` is the date at the claim's location."""
    last = last_appeal(denial)
    if last and last.status in APPEALS_TO_SEND:
        step = (
            f"Send appeal {last.level}"
            if last.status == AppealStatus.SEALED
            else f"Finish the letter of appeal {last.level}"
        )
        return Case(denial, last, Deadline(last.due_on, last.due_reason), step)
    if last and last.status == AppealStatus.SENT:
        return Case(denial, last, None, "Wait for the decision")
    if not denial.may_appeal:
        return Case(denial, None, None, "Send a new or corrected claim")
    due = appeal_deadline(denial)
    step = FIRST_MOVE[Cause(denial.cause)] if due.day >= today else "Too late to appeal: say how it ends"
    return Case(denial, None, due, step)
