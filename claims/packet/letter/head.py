"""The head of a letter and its first sentences: who writes to whom, about what, by which right, and what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from claims.facts import AppealFacts, DeniedCodeFacts
from claims.packet.letter.model import ENCOUNTER, Entry, Passage, lacks, of_record, say, text_of
from claims.packet.narrative import Sentence
from documentation.facts import Address
from documentation.kernel.dates import long_date, us_date
from documentation.kernel.identifiers import phone
from documentation.kernel.money import dollars
from documentation.prose.phrases import join

LEVELS = {1: "first", 2: "second", 3: "third", 4: "fourth"}
OUTCOMES = {
    "upheld": "the denial was upheld",
    "overturned_partial": "the denial was overturned in part",
    "dismissed_late": "the appeal was dismissed as late",
    "dismissed_procedure": "the appeal was dismissed for a formality",
    "reprocessed_same": "the claim was processed again with the same result",
    "no_response": "no answer came in time",
}


def level_word(level: int) -> str:
    """`first-level`"""
    return f"{LEVELS.get(level, f'{level}th')}-level"


def codes_of(facts: AppealFacts) -> tuple[str, ...]:
    """Every reason as the payer gave it."""
    return tuple(r.verbatim for r in facts.denial.reasons)


def sender(facts: AppealFacts) -> Iterator[Sentence]:
    us = facts.claim.billing
    if us.name:
        yield say(us.name, ["claim.billing.name"])
    else:
        yield lacks("The name of the practice is not recorded.", "claim.billing.name")
    if us.address.is_whole:
        yield say(us.address.one_line, ["claim.billing.address"])
    else:
        yield lacks("The address of the practice is not recorded.", "claim.billing.address")
    if us.phone:
        yield say(phone(us.phone), ["claim.billing.phone"])
    else:
        yield lacks("The phone number of the practice is not recorded.", "claim.billing.phone")


def addressee(facts: AppealFacts) -> Iterator[Sentence]:
    payer = facts.claim.coverage.payer
    path = "claim.coverage.payer"
    if payer.name:
        yield say(payer.name, [f"{path}.name"])
        yield say("Appeals department", [f"{path}.line"])
    else:
        yield lacks("The payer is not recorded.", f"{path}.name")
    if payer.address.is_whole:
        for line in _lines(payer.address):
            yield say(line, [f"{path}.address"])
    else:
        yield lacks("The address of the payer is not recorded.", f"{path}.address")


def _lines(address: Address) -> list[str]:
    zip_code = f"{address.zip[:5]}-{address.zip[5:]}" if len(address.zip) == 9 else address.zip
    rows = [address.line1, address.line2, f"{address.city}, {address.state} {zip_code}"]
    return [row for row in rows if row]


def written(facts: AppealFacts) -> Sentence:
    if facts.written_on is None:
        return lacks("The day of the letter is not known.", "written_on")
    return say(long_date(facts.written_on), ["written_on"])


def reference(facts: AppealFacts) -> Iterator[Entry]:
    """The rows under the subject. A number that the payer never gave is left out; what a claim must have is a gap."""
    c, d = facts.claim, facts.denial
    patient = c.encounter.patient
    yield _entry("Patient", patient.full_name, f"{ENCOUNTER}patient.last_name")
    yield _entry("Born", us_date(patient.birth_date) if patient.birth_date else "", f"{ENCOUNTER}patient.birth_date")
    yield _entry("Member ID", c.coverage.member_id, "claim.coverage.member_id")
    if c.coverage.group_number:
        yield _entry("Group", c.coverage.group_number, "claim.coverage.group_number")
    if d.payer_control:
        yield _entry("Your claim number", d.payer_control, "denial.payer_control")
    yield _entry("Our claim number", c.number, "claim.number")
    yield _entry("Date of service", us_date(c.service_date) if c.service_date else "", f"{ENCOUNTER}service_date")
    codes = ", ".join(dict.fromkeys(code for code in _denied_codes(facts) if code))
    yield _entry("Procedure", codes, "claim.lines")
    yield _entry("Amount denied", dollars(d.amount_cents) if d.amount_cents else "", "denial.amount_cents")
    day = decided_on(facts)
    yield _entry("Your decision", us_date(day) if day else "", "earlier" if facts.earlier else "denial.denied_on")
    yield _entry("Your reasons", "; ".join(codes_of(facts)), "denial.codes")


def _entry(label: str, value: str, fact: str) -> Entry:
    if not value:
        return Entry(label, lacks(f"{label} is not recorded.", fact))
    return Entry(label, say(value, [fact], "part:denial" if fact.startswith(("denial", "earlier")) else "part:claim"))


def _denied_codes(facts: AppealFacts) -> list[str]:
    """The procedures that the reasons speak of; the endoscopy where a reason is about the whole claim."""
    lines = facts.claim.lines
    return [lines[r.line - 1].code if 0 < r.line <= len(lines) else facts.claim.procedure_code for r in _by_line(facts)]


def _by_line(facts: AppealFacts) -> list[DeniedCodeFacts]:
    return sorted(facts.denial.reasons, key=lambda r: r.line)


def opening(facts: AppealFacts) -> Passage:
    """Level, right, deadline, and what is asked for: the first paragraph."""
    return text_of(_level(facts), *_earlier(facts), _in_time(facts), _request(facts))


def decided_on(facts: AppealFacts) -> date | None:
    """The day of the decision that is appealed: of the last appeal where there was one, else of the denial."""
    last = max(facts.earlier, key=lambda e: e.level, default=None)
    return last.decided_on if last else facts.denial.denied_on


def _level(facts: AppealFacts) -> Sentence:
    decided = decided_on(facts)
    if decided is None:
        return lacks("The day of your decision is not recorded.", "denial.denied_on", "part:denial")
    return say(
        f"This is a {level_word(facts.level)} appeal of your decision of {long_date(decided)}.",
        ["level", "earlier" if facts.earlier else "denial.denied_on"],
        "part:denial",
    )


def _in_time(facts: AppealFacts) -> Sentence:
    d, policy, decided = facts.denial, facts.claim.policy, decided_on(facts)
    if d.due_on is None or facts.written_on is None or decided is None:
        return lacks("The last day for this appeal is not known.", "denial.due_on", "part:denial")
    last_day = long_date(d.due_on)
    if facts.written_on > d.due_on:
        late = f"The last day for this appeal was {last_day}; why it comes later must be said here."
        return lacks(late, "denial.due_on", "part:denial")
    source = policy.source_of("appeal_days")
    if policy.appeal_days and source:
        return say(
            f"Your rules give {policy.appeal_days} days for it ({source}); the last day is {last_day}.",
            ["claim.coverage.payer.policy.appeal_days", "claim.coverage.payer.policy.source", "denial.due_on"],
            "part:denial",
        )
    days = (facts.written_on - decided).days
    return say(
        f"It comes {days} day{'s' if days != 1 else ''} after that decision; by our count its last day is {last_day}.",
        ["written_on", "denial.denied_on", "denial.due_on", "denial.due_reason"],
        "part:denial",
    )


def due_words(facts: AppealFacts) -> str:
    """The last day with what it is counted from; without a rule of the payer's, the day alone."""
    d, policy = facts.denial, facts.claim.policy
    if d.due_on is None:
        return ""
    source = policy.source_of("appeal_days")
    counted = f", {policy.appeal_days} days by your rules ({source})" if policy.appeal_days and source else ""
    return f"{long_date(d.due_on)}{counted}"


def _earlier(facts: AppealFacts) -> Iterator[Sentence]:
    for n, e in enumerate(facts.earlier):
        sent = f" of {long_date(e.sent_on)}" if e.sent_on else ""
        number = f" (control number {e.control_number})" if e.control_number else ""
        outcome = OUTCOMES.get(e.outcome, "it was decided")
        on = f" on {long_date(e.decided_on)}" if e.decided_on else ""
        yield say(
            f"On our {level_word(e.level)} appeal{sent}{number}, {outcome}{on}.",
            [f"earlier[{n}].{name}" for name in ("level", "sent_on", "control_number", "outcome", "decided_on")],
            "part:denial",
        )


def _request(facts: AppealFacts) -> Sentence:
    codes = list(dict.fromkeys(code for code in _denied_codes(facts) if code))
    if not codes or not facts.denial.amount_cents:
        return lacks("What was denied, and how much, is not recorded.", "denial.amount_cents", "part:denial")
    return say(
        f"We ask you to reverse this decision and to pay the {dollars(facts.denial.amount_cents)} denied for"
        f" {join(codes)}.",
        ["denial.amount_cents", "claim.lines", *of_record("service_date")],
        "part:denial",
        "part:claim",
    )
