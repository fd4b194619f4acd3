"""Answers about the way of the claim: bundling, authorization, filing in time, duplicates, provider, procedure."""

from __future__ import annotations

from collections.abc import Iterator

from claims.facts import AppealFacts
from claims.packet.letter.answers.causes import is_clinical
from claims.packet.letter.answers.elements import CHANNELS, PROOFS
from claims.packet.letter.head import decided_on
from claims.packet.letter.levels import kind_words
from claims.packet.letter.model import ENCOUNTER, Passage, item, lacks, of_record, say, text_of
from claims.packet.narrative import Sentence
from claims.rules.filing import ANSWERED, FIRST_ANSWERED, clock, own_limit
from documentation.kernel.dates import clock_time, long_date
from documentation.kernel.vocabulary import DUCTS_OF_GLAND, NONE
from documentation.prose import phrases as p
from documentation.prose.names import the_duct

POLICY = "claim.coverage.payer.policy"


# ----------------------------------------------------------------------------------------------------- bundling


def bundling(facts: AppealFacts) -> Iterator[Passage]:
    c = facts.claim
    e = c.encounter
    others = [(n, line) for n, line in enumerate(c.lines) if n > 0]
    if others:
        codes = p.join([line.code for _, line in others])
        yield text_of(
            say(
                f"{c.procedure_code} was not part of {codes}: it had a purpose, a place, a time and a report of its"
                " own.",
                ["claim.lines[0].code", *(f"claim.lines[{n}].code" for n, _ in others)],
                "part:claim",
            ),
            *_permitted(facts),
        )
    else:
        yield text_of(
            say(
                f"{c.procedure_code} is the only service on this claim, so there is none that it could be a part of.",
                ["claim.lines"],
                "part:claim",
            ),
            *_siblings(facts),
        )
    change = e.justification.change_of_care
    yield item(
        "Purpose",
        say(
            f"To decide the treatment: “{p.closed(change)}”",
            of_record("justification.change_of_care"),
            "note:justification",
        )
        if change
        else lacks("What the examination was to decide is not recorded.", f"{ENCOUNTER}justification.change_of_care"),
    )
    yield item("Place", _place(facts))
    yield item("Time", _time(facts))
    yield item("Report", _report(facts))


def _permitted(facts: AppealFacts) -> Iterator[Sentence]:
    policy, codes = facts.claim.policy, facts.claim.codes[1:]
    paid = [code for code in codes if code in policy.bundling_permitted]
    source = policy.source_of("bundling_permitted")
    if paid and source:
        yield say(
            f"Your own rules pay it beside {p.join(paid)} on the same day ({source}).",
            [f"{POLICY}.bundling_permitted", f"{POLICY}.source"],
            "part:claim",
        )


def _siblings(facts: AppealFacts) -> Iterator[Sentence]:
    for n, other in enumerate(facts.claim.siblings):
        yield say(
            f"Our claim {other.number} of the same day is for {p.join(other.codes) or 'another service'}.",
            [f"claim.siblings[{n}].number", f"claim.siblings[{n}].codes"],
            "part:claim",
        )


def _place(facts: AppealFacts) -> Sentence:
    glands = facts.claim.encounter.procedure.glands
    if not glands:
        return lacks("Which duct was examined is not recorded.", f"{ENCOUNTER}procedure.glands", "note:procedure")
    ducts = p.join([the_duct(g.duct or DUCTS_OF_GLAND[g.gland][0], g.side) for g in glands])
    names = [f"procedure.glands[{i}].{n}" for i in range(len(glands)) for n in ("duct", "side")]
    return say(f"The inside of {ducts}.", of_record(*names), "note:procedure")


def _time(facts: AppealFacts) -> Sentence:
    e = facts.claim.encounter
    if e.start_time is None or e.end_time is None:
        return lacks("When the procedure began and ended is not recorded.", f"{ENCOUNTER}start_time", "note:visit")
    times = f"{clock_time(e.start_time)} to {clock_time(e.end_time)}"
    return say(f"From {times}.", of_record("start_time", "end_time"), "note:visit")


def _report(facts: AppealFacts) -> Sentence:
    e = facts.claim.encounter
    if not e.interpretation.text:
        return lacks("The images have no written interpretation.", f"{ENCOUNTER}interpretation.text", "interpretation")
    many = len(e.images) > 1
    count = f", with {p.count(len(e.images))} image{'s' if many else ''} of its own" if e.images else ""
    return say(f"A written interpretation{count}.", of_record("interpretation.text", "images"), "interpretation")


# ------------------------------------------------------------------------------------------------ authorization


def authorization(facts: AppealFacts) -> Iterator[Passage]:
    yield text_of(*_authorization(facts))


def _authorization(facts: AppealFacts) -> Iterator[Sentence]:
    c = facts.claim
    day = f" on {long_date(c.service_date)}" if c.service_date else ""
    for n, a in enumerate(c.authorizations):
        path = f"claim.authorizations[{n}]"
        if a.kind == "prior_authorization" and a.covers(c.procedure_code, c.service_date):
            span = f", valid {p.period(a.valid_from, a.valid_to)}" if a.valid_from or a.valid_to else ""
            yield say(
                f"You approved {c.procedure_code} under number {a.number}{span}; the service was rendered{day}.",
                [
                    f"{path}.number",
                    f"{path}.codes",
                    f"{path}.valid_from",
                    f"{path}.valid_to",
                    *of_record("service_date"),
                ],
                "part:claim",
            )
            return
    for n, a in enumerate(c.authorizations):
        if a.kind == "predetermination" and a.covers(c.procedure_code, c.service_date):
            yield say(
                f"You had given a predetermination of benefits for {c.procedure_code} under number {a.number}.",
                [f"claim.authorizations[{n}].number", f"claim.authorizations[{n}].codes"],
                "part:claim",
            )
    policy = c.policy
    source, verified_on = policy.source_of("prior_authorization"), policy.verified("prior_authorization")
    if policy.prior_authorization == "not_required" and source:
        on = f", as we checked on {long_date(verified_on)}" if verified_on else ""
        yield say(
            f"Your own rules ask for no prior authorization of {c.procedure_code} ({source}{on}).",
            [f"{POLICY}.prior_authorization", f"{POLICY}.source", f"{POLICY}.verified_on"],
            "part:claim",
        )
        return
    yield lacks(
        f"No authorization that covers {c.procedure_code} on this day is on record; why it is asked for afterwards must"
        " be written here.",
        "claim.authorizations",
        "part:claim",
    )


# ------------------------------------------------------------------------------------------------ timely filing


def timely_filing(facts: AppealFacts) -> Iterator[Passage]:
    """When the claim was filed against the limit, then the log of sendings with what proves them."""
    sent = facts.denial.sent
    yield text_of(*_filed(facts))
    for n, s in enumerate(sent):
        number = f", control number {s.control_number}" if s.control_number else ""
        proof = "" if s.proof in ("", NONE) else f"; proof: {PROOFS.get(s.proof, s.proof)}"
        proof += f" {s.proof_reference}" if proof and s.proof_reference else ""
        names = ("sent_on", "packet", "channel", "control_number", "proof", "proof_reference")
        told = say(
            f"Packet {s.packet} was sent {CHANNELS.get(s.channel, 'to you')}{number}{proof}.",
            [f"denial.sent[{n}].{name}" for name in names],
            "part:denial",
        )
        yield item(long_date(s.sent_on), told)
    if sent and all(s.proof in ("", NONE) for s in sent):
        yield text_of(lacks("No proof of any sending is on record.", "denial.sent[0].proof", "part:denial"))


def _filed(facts: AppealFacts) -> Iterator[Sentence]:
    c, sent = facts.claim, facts.denial.sent
    if not sent:
        yield lacks("No sending of this claim is on record.", "denial.sent", "part:denial")
        return
    if c.service_date is None:
        yield lacks("The day of the service is not recorded.", f"{ENCOUNTER}service_date")
        return
    start, event = clock(c)
    key, limit = own_limit(c)
    if c.corrects and key != "corrected_claim_days":
        key, limit = "corrected_claim_days", None  # the time of a first claim is no argument for a corrected one
    days = (sent[0].sent_on - (start or c.service_date)).days
    began, name = _BEGAN.get(event, ("", ""))
    text = f"The service was on {long_date(c.service_date)}"
    text += f", {began} on {long_date(start)}" if began and start else ""
    text += f", and the claim left us on {long_date(sent[0].sent_on)}, {_after(days)}"
    names = ["denial.sent[0].sent_on", *of_record("service_date"), *([name] if name else [])]
    if limit is None:
        yield say(f"{text}.", names, "part:denial")
        whose = "The time for a corrected claim" if c.corrects else "The filing limit of the plan"
        yield lacks(f"{whose} is not recorded.", f"{POLICY}.{key}")
    elif days <= limit:
        known_from = c.policy.source_of(key)
        source = f" ({known_from})" if known_from else ""
        names += [f"{POLICY}.{key}", f"{POLICY}.source"]
        yield say(f"{text}, within the {limit} days that your rules give{source}.", names, "part:denial")
    else:
        yield say(f"{text}.", names, "part:denial")
        yield lacks(
            f"This is later than the {limit} days of the plan; the reason for the delay must be written here.",
            f"{POLICY}.{key}", "part:denial",
        )  # fmt: skip


_BEGAN = {
    ANSWERED: ("your first answer to it came", "claim.corrects.answered_on"),
    FIRST_ANSWERED: ("the plan that pays before you answered", "claim.primary.answered_on"),
}
"""What a clock began with, where that is not the service, and the fact that tells it."""


def _after(days: int) -> str:
    if days <= 0:
        return "the same day"
    return f"{p.days(days) if days < 7 else f'{days} days'} later"


# --------------------------------------------------------------------------- duplicates, provider, appeal procedure


def duplicate(facts: AppealFacts) -> Iterator[Passage]:
    c = facts.claim
    if c.siblings:
        yield text_of(*_siblings(facts), _differs(facts))
        return
    yield text_of(
        say(
            f"Claim {c.number} is our only claim for this patient and day, and it asks for one service once.",
            ["claim.siblings", "claim.lines[0].quantity", "claim.number"],
            "part:claim",
        ),
        *_sent_more_than_once(facts),
    )


def _sent_more_than_once(facts: AppealFacts) -> Iterator[Sentence]:
    sent = facts.denial.sent
    days = list(dict.fromkeys(s.sent_on for s in sent))
    if len(days) > 1:
        yield say(
            f"It left us on {p.join([long_date(day) for day in days])}; each time it was this one claim.",
            [f"denial.sent[{n}].sent_on" for n in range(len(sent))],
            "part:denial",
        )


def _differs(facts: AppealFacts) -> Sentence:
    c = facts.claim
    if not any(c.procedure_code in other.codes for other in c.siblings):
        return say(
            f"None of them asks for {c.procedure_code}, so this service was billed once.",
            ["claim.siblings", "claim.lines[0].code"],
            "part:claim",
        )
    return lacks(
        f"Another claim asks for {c.procedure_code} as well; how the two differ must be written here.",
        "claim.siblings",
        "part:claim",
    )


def provider(facts: AppealFacts) -> Iterator[Passage]:
    c, us = facts.claim.encounter.clinician, facts.claim.billing
    tax_id = f"{us.tax_id[:2]}-{us.tax_id[2:]}" if us.tax_id else ""
    rows = (
        ("Rendering provider", _named(c.signature_name, c.npi), f"{ENCOUNTER}clinician.npi"),
        ("License", f"{c.licence_state} {c.licence}".strip() if c.licence else "", f"{ENCOUNTER}clinician.licence"),
        ("Taxonomy", c.taxonomy, f"{ENCOUNTER}clinician.taxonomy"),
        ("Billing provider", _named(us.name, us.npi), "claim.billing.npi"),
        ("Tax ID", tax_id, "claim.billing.tax_id"),
    )
    yield text_of(
        say(
            "These are the numbers under which the service was rendered and billed.",
            [row[2] for row in rows],
            "part:claim",
        )
    )
    for label, value, fact in rows:
        told = say(value, [fact], "part:claim") if value else lacks(f"{label} is not recorded.", fact, "part:claim")
        yield item(label, told)


def _named(name: str, npi: str) -> str:
    return ", NPI ".join(x for x in (name, npi) if x) if npi else ""


def procedure(facts: AppealFacts) -> Iterator[Passage]:
    """Where the payer says that the steps of an appeal were not kept, or keeps its decision."""
    last = max(facts.earlier, key=lambda e: e.level, default=None)
    if last and last.outcome == "dismissed_late":
        yield text_of(_left_in_time(facts))
    elif facts.denial.due_on is None or decided_on(facts) is None:
        yield text_of(lacks("When this appeal was due is not known.", "denial.due_on", "part:denial"))
    yield text_of(
        say(
            "What the record shows is told above, and all of it is enclosed."
            if is_clinical(facts)
            else "The record is enclosed.",
            of_record("number"),
            "note:visit",
        )
    )


def _left_in_time(facts: AppealFacts) -> Sentence:
    """That the appeal before this one was not late: the days of the denial and of the sending."""
    n, last = max(enumerate(facts.earlier), key=lambda pair: pair[1].level)
    denied = facts.denial.denied_on
    if last.sent_on is None or denied is None or last.level != 1:
        return lacks(
            "Why the appeal before this one was not late must be written here.", f"earlier[{n}].sent_on", "part:denial"
        )
    days = (last.sent_on - denied).days
    return say(
        f"Your first decision is of {long_date(denied)}, and our {kind_words(last.level, last.name, last.stage)} left"
        f" us on {long_date(last.sent_on)}, {_after(days)}.",
        ["denial.denied_on", f"earlier[{n}].sent_on"],
        "part:denial",
    )
