"""FIL-10x: in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from claims.facts import ClaimFacts, ReplacedFacts
from claims.rules.citations import CARC, FILING
from claims.rules.examples import READY, with_claim, with_encounter, with_policy
from documentation.kernel.dates import add_days, long_date
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import DENTAL_FORM, at
from documentation.rules.predicates import in_order

DEFAULT_LIMIT_DAYS = 90
"""Counted where the payer's own limit is not known (from memory, to be verified)."""
SOON_DAYS = 14
SERVICE, ANSWERED, FIRST_ANSWERED = "service", "the payer's first answer", "the first plan's answer"
"""What a clock is counted from."""


def counted_days(days: int | None, *, is_stale: bool = False) -> int:
    """The days that count: the payer's own, else the default ones. A stale limit never lengthens the time."""
    if days is None:
        return DEFAULT_LIMIT_DAYS
    return min(days, DEFAULT_LIMIT_DAYS) if is_stale else days


def own_limit(c: ClaimFacts) -> tuple[str, int | None]:
    """The fact of the payer that the claim is held to, and what may be relied on of it.

    A corrected claim has a time of its own; where nobody knows it, the time to file is counted, and nothing stops.
    """
    stale = c.policy.stale_fact("corrected_claim_days")
    if c.corrects and (c.policy.corrected_claim_days is not None or stale):
        return "corrected_claim_days", c.policy.corrected_claim_days
    return "timely_filing_days", c.policy.timely_filing_days


def limit_of(c: ClaimFacts) -> int:
    """The payer's days to file as they are counted, whether or not they may be relied on."""
    key, days = own_limit(c)
    stale = c.policy.stale_fact(key)
    if stale and isinstance(stale.value, int):
        return counted_days(stale.value, is_stale=True)
    return counted_days(days)


def last_day(c: ClaimFacts) -> date | None:
    """The last day on which the payer takes the claim; by its own limit, else by the default one."""
    start = clock_start(c)
    return add_days(start, limit_of(c)) if start else None


def clock_start(c: ClaimFacts) -> date | None:
    """The day from which the payer counts: the service, or an answer where that is known to be so."""
    return clock(c)[0]


def clock(c: ClaimFacts) -> tuple[date | None, str]:
    """The day from which the payer counts, and what happened on it.

    It is the service; of a corrected claim the payer's first answer to the old one, and of a second plan's claim the
    first plan's answer, where the payer is known to count from there.
    """
    if c.corrects and own_limit(c)[0] == "corrected_claim_days":
        if c.policy.corrected_claim_from == "answer" and c.corrects.answered_on:
            return c.corrects.answered_on, ANSWERED
        return c.service_date, SERVICE
    if c.sequence > 1 and c.coverage.payer.terms.secondary_clock == "primary" and c.primary and c.primary.answered_on:
        return c.primary.answered_on, FIRST_ANSWERED
    return c.service_date, SERVICE


def days_left(c: ClaimFacts) -> int | None:
    """Days until the last one, below 0 when it has passed; None where a date is missing."""
    last = last_day(c)
    return (last - c.today).days if last and c.today else None


def is_too_late(c: ClaimFacts) -> bool:
    left = days_left(c)
    return left is not None and left < 0


def limit_is_firm(c: ClaimFacts) -> bool:
    """Whether the clock is certain: the payer's own limit, and the day from which it counts.

    A second plan's often starts later. That of a corrected claim is not that of a first one.
    """
    if c.corrects:
        counts_from = c.policy.corrected_claim_from
        is_certain = counts_from == "service" or (counts_from == "answer" and c.corrects.answered_on is not None)
        return c.policy.corrected_claim_days is not None and is_certain
    is_certain = c.sequence == 1 or c.coverage.payer.terms.secondary_clock != "unknown"
    return c.policy.timely_filing_days is not None and is_certain


def told_last_day(c: ClaimFacts) -> str:
    last = last_day(c)
    return long_date(last) if last else "unknown"


def _told_event(c: ClaimFacts) -> str:
    event = clock(c)[1]
    return "the date of service" if event == SERVICE else event


_CORRECTS = ReplacedFacts("C000001", date(2026, 12, 1))
"""The claim that those of the examples below correct."""
_KNOWN = with_policy(corrected_claim_days=180, corrected_claim_from="answer")


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="FIL-101",
        title="The claim is in time",
        severity=Severity.BLOCKER,
        field="claim.service_date",
        message="The payer's filing limit has passed.",
        fix="Look for proof of an earlier filing. An in-network patient may not be billed for a late claim.",
        citation=at(CARC, "29"),
        prevents=Cause.TIMELY_FILING,
        passes=lambda c: not (limit_is_firm(c) and is_too_late(c)),
        good=with_claim(today=date(2027, 11, 5)),
        bad=with_claim(today=date(2027, 11, 6)),
        tell=lambda c: f"The filing limit passed on {told_last_day(c)}.",
    ),
    Rule(
        id="FIL-102",
        title="The filing limit is known",
        severity=Severity.ADVICE,
        field="payer.timely_filing_days",
        message="The payer's filing limit is not known; at most 90 days are counted.",
        fix="Ask the payer, and record the limit in its policy.",
        citation=FILING,
        prevents=Cause.TIMELY_FILING,
        passes=lambda c: c.corrects is not None or c.policy.timely_filing_days is not None,
        good=READY,
        bad=with_policy(timely_filing_days=None),
        tell=lambda c: f"The payer's filing limit is not known; {limit_of(c)} days end on {told_last_day(c)}.",
    ),
    Rule(
        id="FIL-103",
        title="An uncertain filing limit has not passed",
        severity=Severity.WARNING,
        field="payer.timely_filing_days",
        message="The claim may be too late.",
        fix="Ask the payer when its clock starts and ends, and send at once.",
        citation=FILING,
        prevents=Cause.TIMELY_FILING,
        passes=lambda c: limit_is_firm(c) or not is_too_late(c),
        good=READY,
        bad=replace(with_policy(timely_filing_days=None), today=date(2027, 3, 1)),
        tell=lambda c: (
            f"The claim may be too late: counted from {_told_event(c)}, its time ended on {told_last_day(c)}."
        ),
    ),
    Rule(
        id="FIL-104",
        title="There is time left",
        severity=Severity.ADVICE,
        field="claim.service_date",
        message="The filing limit is near.",
        fix="Send the claim first of all.",
        citation=FILING,
        prevents=Cause.TIMELY_FILING,
        passes=lambda c: (left := days_left(c)) is None or left < 0 or left > SOON_DAYS,
        good=READY,
        bad=with_claim(today=date(2027, 11, 1)),
        tell=lambda c: f"The last day to file is {told_last_day(c)}.",
    ),
    Rule(
        id="FIL-105",
        title="The date of service has come",
        severity=Severity.BLOCKER,
        field="claim.service_date",
        message="The date of service is missing or in the future.",
        fix="Correct the record. A claim without a date is a predetermination.",
        citation=at(DENTAL_FORM, "item 24"),
        prevents=Cause.DOCUMENTATION,
        passes=lambda c: c.service_date is not None and in_order(c.service_date, c.today),
        good=READY,
        bad=with_claim(today=date(2026, 11, 4)),
    ),
    Rule(
        id="FIL-106",
        title="The patient was born before the service",
        severity=Severity.BLOCKER,
        field="claim.patient",
        message="The date of service is before the patient's birth.",
        fix="Correct the birth date on the patient's page.",
        citation=at(CARC, "14"),
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: in_order(c.encounter.patient.birth_date, c.service_date),
        good=READY,
        bad=with_encounter(patient=replace(READY.encounter.patient, birth_date=date(2026, 11, 6))),
    ),
    Rule(
        id="FIL-107",
        title="The limit for corrected claims is known",
        severity=Severity.ADVICE,
        field="payer.corrected_claim_days",
        message="How long this payer takes corrected claims is not known.",
        fix="Ask the payer for the days and from when they count, and record both on its page.",
        citation=FILING,
        prevents=Cause.TIMELY_FILING,
        passes=lambda c: c.corrects is None or limit_is_firm(c),
        good=replace(_KNOWN, corrects=_CORRECTS),
        bad=with_claim(corrects=_CORRECTS),
        tell=lambda c: (
            "How long this payer takes corrected claims, or from when it counts, is not known;"
            f" {limit_of(c)} days from {_told_event(c)} end on {told_last_day(c)}."
        ),
    ),
)
