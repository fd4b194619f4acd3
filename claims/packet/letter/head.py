"""The head of a letter and its first sentences: who writes to whom, about what, by which right, and what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from claims.clocks.paths import Stage
from claims.facts import AppealFacts, DeniedCodeFacts
from claims.packet.letter.levels import called, is_decided, kind_words, stage
from claims.packet.letter.model import ENCOUNTER, Entry, Passage, lacks, of_record, say, text_of
from claims.packet.narrative import Sentence
from documentation.facts import Address
from documentation.kernel.dates import long_date
from documentation.kernel.identifiers import phone
from documentation.kernel.money import dollars
from documentation.prose import phrases as p
from documentation.prose.phrases import join

OUTCOMES = {
    "upheld": "the denial was upheld",
    "overturned_partial": "the denial was overturned in part",
    "dismissed_late": "the appeal was dismissed as late",
    "dismissed_procedure": "the appeal was dismissed for a formality",
    "reprocessed_same": "the claim was processed again with the same result",
    "no_response": "no answer came in time",
}


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
    """Where appeals go by the payer's playbook; else the payer's own address, to its appeals department.

    An external review goes to whom the playbook names for it alone: neither the payer nor its desk stands in for that.
    """
    payer = facts.claim.coverage.payer
    path = "claim.coverage.payer"
    known = facts.addressee
    if stage(facts) is Stage.EXTERNAL:
        for n, line in enumerate(known.lines):
            yield say(line, [f"addressee.lines[{n}]"])
        if not known.lines:
            yield lacks(NO_EXTERNAL_ADDRESS, "addressee.lines")
        return
    if payer.name:
        yield say(payer.name, [f"{path}.name"])
    else:
        yield lacks("The payer is not recorded.", f"{path}.name")
    if known.lines:
        for n, line in enumerate(known.lines):
            yield say(line, [f"addressee.lines[{n}]"])
    elif payer.address.is_whole:
        yield say("Appeals department", [f"{path}.line"])
        for line in _lines(payer.address):
            yield say(line, [f"{path}.address"])
    else:
        yield lacks("The address of the payer is not recorded.", f"{path}.address")
    if known.fax:
        yield say(f"Fax {phone(known.fax)}", ["addressee.fax"])


NO_EXTERNAL_ADDRESS = "Where requests for external review go is not recorded of this payer."


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
    yield _entry("Born", long_date(patient.birth_date) if patient.birth_date else "", f"{ENCOUNTER}patient.birth_date")
    yield _entry("Member ID", c.coverage.member_id, "claim.coverage.member_id")
    if c.coverage.group_number:
        yield _entry("Group", c.coverage.group_number, "claim.coverage.group_number")
    if d.payer_control:
        yield _entry("Your claim number", d.payer_control, "denial.payer_control")
    yield _entry("Our claim number", c.number, "claim.number")
    yield _entry("Date of service", long_date(c.service_date) if c.service_date else "", f"{ENCOUNTER}service_date")
    codes = ", ".join(dict.fromkeys(code for code in _denied_codes(facts) if code))
    yield _entry("Procedure", codes, "claim.lines")
    yield _entry("Amount denied", dollars(d.amount_cents) if d.amount_cents else "", "denial.amount_cents")
    day = decided_on(facts)
    yield _entry("Your decision", long_date(day) if day else "", _decision(facts))
    reasons = "; ".join(codes_of(facts))
    if any(map(is_decided, facts.earlier)):
        yield _entry("Your first decision", long_date(d.denied_on) if d.denied_on else "", "denial.denied_on")
        yield _entry("Reasons of your first decision", reasons, "denial.codes")
    else:
        yield _entry("Your reasons", reasons, "denial.codes")


def _entry(label: str, value: str, fact: str) -> Entry:
    if not value:
        return Entry(label, lacks(_MISSING.get(label, f"{label} is not recorded."), fact))
    return Entry(label, say(value, [fact], "part:denial" if fact.startswith(("denial", "earlier")) else "part:claim"))


_MISSING = {
    "Patient": "The patient is not recorded.",
    "Born": "The patient's date of birth is not recorded.",
    "Member ID": "The member ID is not recorded.",
    "Our claim number": "Our claim number is not recorded.",
    "Date of service": "The date of service is not recorded.",
    "Procedure": "The procedure is not recorded.",
    "Amount denied": "The amount denied is not recorded.",
    "Your decision": "The day of your decision is not recorded.",
    "Your first decision": "The day of your first decision is not recorded.",
    "Reasons of your first decision": "The reasons of your first decision are not recorded.",
    "Your reasons": "The reasons that you gave are not recorded.",
}
"""What a row says that lacks its value."""


def _denied_codes(facts: AppealFacts) -> list[str]:
    """The procedures that the reasons speak of; the endoscopy where a reason is about the whole claim."""
    lines = facts.claim.lines
    return [lines[r.line - 1].code if 0 < r.line <= len(lines) else facts.claim.procedure_code for r in _by_line(facts)]


def _by_line(facts: AppealFacts) -> list[DeniedCodeFacts]:
    return sorted(facts.denial.reasons, key=lambda r: r.line)


def opening(facts: AppealFacts) -> Passage:
    """Level and right, whether it is in time, what came before, and what is asked for: the first paragraph."""
    told = (*_level(facts), *_patients_own(facts), _in_time(facts), *_earlier(facts), *_calls(facts), _request(facts))
    return text_of(*told)


def decided_on(facts: AppealFacts) -> date | None:
    """The day of the decision that is appealed: of the last appeal that was decided, else of the denial."""
    decided = [e for e in facts.earlier if is_decided(e)]
    last = max(decided, key=lambda e: e.level, default=None)
    return last.decided_on if last else facts.denial.denied_on


def _decision(facts: AppealFacts) -> str:
    """The fact that tells of the decision that is appealed."""
    return "earlier" if any(map(is_decided, facts.earlier)) else "denial.denied_on"


def _level(facts: AppealFacts) -> Iterator[Sentence]:
    decided = decided_on(facts)
    if decided is None:
        yield lacks("The day of your decision is not recorded.", "denial.denied_on", "part:denial")
        return
    names = ["level", "name", _decision(facts)]
    payer = facts.claim.coverage.payer.name or "the payer"
    if stage(facts) is Stage.EXTERNAL:
        # Final is what was decided at the level below; where that got no answer, it is the decision before.
        is_final = any(e.level == facts.level - 1 and is_decided(e) for e in facts.earlier)
        text = (
            f"We request external review of the {'final internal ' if is_final else ''}decision that {payer} made on"
            f" {long_date(decided)}. In this letter “you” is {payer}. If you are not the reviewer, please pass the"
            " letter on, whole with its packet, to the independent reviewer."
        )
        names.append("claim.coverage.payer.name")
    elif stage(facts) is Stage.RECONSIDERATION:
        text = f"We ask for {called(facts.name)} of your decision of {long_date(decided)}."
    else:
        text = (
            f"This is our {kind_words(facts.level, facts.name, facts.stage)} of your decision of {long_date(decided)}."
        )
    yield say(text, names, "part:denial")


def _patients_own(facts: AppealFacts) -> Iterator[Sentence]:
    """By whose right it is filed, where that is the patient's."""
    if not facts.is_of_patient:
        return
    if facts.authorized_on:
        yield say(
            f"We file it for the patient, whose signed authorization of {long_date(facts.authorized_on)}, is enclosed.",
            ["is_of_patient", "authorized_on"],
            "part:denial",
        )
    else:
        yield lacks(
            "This appeal is the patient's own. The patient's signed authorization, with its date, is not on the shelf.",
            "authorized_on",
            "part:denial",
        )


def _in_time(facts: AppealFacts) -> Sentence:
    d, decided = facts.denial, decided_on(facts)
    if d.due_on is None or facts.written_on is None or (decided is None):
        return lacks("The last day for this appeal is not known.", "denial.due_on", "part:denial")
    last_day = long_date(d.due_on)
    if facts.written_on > d.due_on:
        late = f"The last day for this appeal was {last_day}; why it comes later must be said here."
        return lacks(late, "denial.due_on", "part:denial")
    if d.due_limit and d.due_source:
        return say(
            f"It is in time: your rules allow {d.due_limit} ({d.due_source}), until {last_day}.",
            ["denial.due_limit", "denial.due_source", "denial.due_on"],
            "part:denial",
        )
    days = (facts.written_on - decided).days
    after = f"{days} days after" if days > 1 else "one day after" if days else "on the day of"
    return say(
        f"It is filed {after} that decision; by our count its last day is {last_day}.",
        ["written_on", "denial.denied_on", "denial.due_on", "denial.due_reason"],
        "part:denial",
    )


def due_words(facts: AppealFacts) -> str:
    """The last day with what it is counted from; without a rule of the payer's, the day alone."""
    d = facts.denial
    if d.due_on is None:
        return ""
    counted = f", {d.due_limit} by your rules ({d.due_source})" if d.due_limit and d.due_source else ""
    return f"{long_date(d.due_on)}{counted}"


def _earlier(facts: AppealFacts) -> Iterator[Sentence]:
    for n, e in enumerate(facts.earlier):
        sent = f" of {long_date(e.sent_on)}" if e.sent_on else ""
        number = f" (control number {e.control_number})" if e.control_number else ""
        text = _HOW.get(e.outcome, "you decided {it}").format(
            it=f"our {kind_words(e.level, e.name, e.stage)}{sent}{number}"
        )
        is_told = e.decided_on is None or e.decided_on == decided_on(facts) or e.outcome in ("", "no_response")
        text = p.capital(text) if is_told else f"On {long_date(e.decided_on)}, {text}"  # type: ignore[arg-type]
        names = ("level", "name", "sent_on", "control_number", "outcome", "decided_on")
        yield say(f"{text}.", [f"earlier[{n}].{name}" for name in names], "part:denial")


_HOW = {
    "upheld": "you upheld the denial on {it}",
    "overturned_partial": "you overturned the denial in part on {it}",
    "dismissed_late": "you dismissed {it} as late",
    "dismissed_procedure": "you dismissed {it} for a formality",
    "reprocessed_same": "after {it}, you processed the claim again with the same result",
    "no_response": "{it} was not answered in time",
    "withdrawn": "{it} was withdrawn",
    "": "you have not decided {it}",
}
"""How an earlier appeal ended, as the letter says it; empty: it waits."""


def _apposed(name: str) -> str:
    """A name within a sentence: a degree after it stands between commas."""
    return f"{name}," if "," in name else name


_CALL_OUTCOMES = {
    "agreed": "who told us that the claim would be paid",
    "upheld": "who let the denial stand",
    "documents": "who asked for documents",
}


def _calls(facts: AppealFacts) -> Iterator[Sentence]:
    """That a clinician of ours spoke with the payer's reviewer; a call that was not held is left out."""
    for n, call in enumerate(facts.peer_calls):
        if call.outcome in _CALL_OUTCOMES and call.clinician:
            reviewer = f"your reviewer {call.reviewer}" if call.reviewer else "your reviewer"
            number = f" (reference {call.reference})" if call.reference else ""
            names = ("held_on", "clinician", "reviewer", "outcome", "reference")
            yield say(
                f"On {long_date(call.held_on)}, {_apposed(call.clinician)} discussed the case with {reviewer},"
                f" {_CALL_OUTCOMES[call.outcome]}{number}.",
                [f"peer_calls[{n}].{name}" for name in names],
                "part:denial",
            )


def _request(facts: AppealFacts) -> Sentence:
    codes = list(dict.fromkeys(code for code in _denied_codes(facts) if code))
    if not codes or not facts.denial.amount_cents:
        return lacks("What was denied, and how much, is not recorded.", "denial.amount_cents", "part:denial")
    amount = f"{dollars(facts.denial.amount_cents)} denied for {join(codes)}"
    is_external = stage(facts) is Stage.EXTERNAL
    return say(
        f"We ask that this decision be reversed and the {amount} be paid."
        if is_external
        else f"We ask you to reverse this decision and to pay the {amount}.",
        ["denial.amount_cents", "claim.lines", *of_record("service_date")],
        "part:denial",
        "part:claim",
    )
