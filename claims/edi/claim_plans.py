"""The plan that a claim goes to, the patient's other plans, and what the first one answered, as X12 tells them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from claims.among import UNKNOWN, AdjustedFacts, AnsweredLineFacts, PrimaryFacts
from claims.edi.charset import Cleaner, basic
from claims.edi.claim_segments import MOST_CAS, cas_segments
from claims.edi.electronic import LineAnswer, OtherPlan, Person, Plan, Taken
from claims.facts import ClaimFacts, CoverageFacts, LineFacts, PayerFacts
from documentation.facts import Address
from documentation.kernel.money import dollars

PLACES = "PSTABCDEFGH"
"""SBR01 by the place of a plan among those of the patient."""
FILING_OF_PROGRAM = {"medicare": "MB", "medicaid": "MC"}
"""SBR09 by the program of a plan. A commercial one may be of many kinds, and so may one that is liable."""
RELATIONSHIPS = {"": "18", "self": "18", "spouse": "01", "child": "19"}
"""The patient to the subscriber; anything else is G8, another relationship."""


def address(clean: Cleaner, whose: str, given: Address, *, is_needed: bool = True) -> Address:
    """An address as it is sent; an empty one where it is not whole and nobody needs it."""
    if not given.is_whole:
        if is_needed:
            clean.problems.append(f"{whose} address is not complete: street, city, state and ZIP code are needed.")
        return Address()
    digits = re.sub(r"[^0-9]", "", given.zip)
    if len(digits) not in (5, 9) or not re.fullmatch(r"[A-Z]{2}", given.state.strip().upper()):
        clean.problems.append(f"{whose} address needs a state of two letters and a ZIP code of 5 or 9 digits.")
    if len(basic(given.city)) < 2 or not basic(given.line1):
        clean.problems.append(f"{whose} address has a street or city that cannot be sent. Write it in Latin letters.")
    return Address(
        clean.text(f"{whose} street", given.line1, 55),
        clean.text(f"{whose} second address line", given.line2, 55),
        clean.text(f"{whose} city", given.city, 30),
        given.state.strip().upper(),
        digits,
    )


def plan_of(clean: Cleaner, facts: ClaimFacts, payer_id: str) -> Plan:
    """The plan that the claim goes to."""
    coverage = facts.coverage
    if facts.sequence > 2 and len(_answers_before(facts)) < facts.sequence - 1:
        clean.problems.append(
            f"{facts.sequence - 1} other plans pay before this one, and an electronic claim tells the answer of each:"
            " not all of them are posted. Post what is missing, or send the claim on paper with the answers."
        )
    is_dependent = coverage.relationship not in ("", "self")
    plan = _plan(clean, coverage, PLACES[min(facts.sequence, len(PLACES)) - 1], "The plan's", payer_id)
    if is_dependent:
        return replace(plan, subscriber=replace(plan.subscriber, address=Address()))
    subscriber, given = plan.subscriber, coverage.subscriber
    if given.birth_date is None:
        clean.problems.append("The patient has no birth date.")
    sex = given.sex if given.sex in ("F", "M") else "U"
    if not given.address.is_whole:
        clean.problems.append("The patient's address is not complete: street, city, state and ZIP code are needed.")
    middle = clean.name("The patient's middle name", facts.encounter.patient.middle_name, 25, is_needed=False)
    return replace(plan, subscriber=replace(subscriber, middle_name=middle, birth_date=given.birth_date, sex=sex))


def _plan(clean: Cleaner, coverage: CoverageFacts, place: str, whose: str, payer_id: str = "") -> Plan:
    payer, holder = coverage.payer, coverage.subscriber
    return Plan(
        payer_name=clean.name(f"{whose} payer's name", payer.name, 60),
        payer_id=_payer_id(clean, payer, payer_id),
        member_id=clean.identifier(f"{whose} member ID", coverage.member_id.replace(" ", ""), 80),
        subscriber=Person(
            clean.name(f"{whose} subscriber's last name", holder.last_name, 60),
            clean.name(f"{whose} subscriber's first name", holder.first_name, 35, is_needed=False),
            address=address(clean, f"{whose} subscriber's", holder.address, is_needed=False),
        ),
        relationship=RELATIONSHIPS.get(coverage.relationship, "G8"),
        responsibility=place,
        group_number=clean.identifier(f"{whose} group number", coverage.group_number, 50, is_needed=False),
        group_name="" if coverage.group_number.strip() else clean.text(f"{whose} name", coverage.plan_name, 60),
        filing=_filing(clean, coverage),
        payer_address=address(clean, f"{whose} payer's", payer.address, is_needed=False),
    )


def _filing(clean: Cleaner, coverage: CoverageFacts) -> str:
    """SBR09: what is known of the payer, else what the plan's program says, else commercial, which is then told."""
    known = coverage.payer.policy.filing_indicator
    if known != UNKNOWN:
        return known
    name = coverage.payer.name or "The payer"
    if coverage.program == "liability":
        clean.problems.append(
            f"{name} pays as workers' compensation, auto or liability insurer, and nobody wrote down which."
            " Record its filing indicator (WC, AM or LM) on the payer's page."
        )
        return ""
    filing = FILING_OF_PROGRAM.get(coverage.program, "")
    if not filing:
        clean.assumed.append(f"{name} is named as commercial (CI), for its filing indicator is not known.")
    return filing or "CI"


def _payer_id(clean: Cleaner, payer: PayerFacts, payer_id: str) -> str:
    given = payer_id or payer.payer_id
    if not given.strip():
        clean.problems.append(f"{payer.name or 'The payer'} has no X12 ID. Add it on the payer's page.")
        return ""
    return clean.identifier(f"The X12 ID of {payer.name}", given, 80)


def other_plans(clean: Cleaner, facts: ClaimFacts) -> tuple[tuple[OtherPlan, ...], dict[int, tuple[LineAnswer, ...]]]:
    """The other plans in force, and what those before this one answered: by place of the line where its lines are ours.

    Plans that answered come first, in the order in which they pay.
    """
    day, told = facts.service_date, list(_answers_before(facts))
    if len({answer.payer_id for answer in told}) < len(told):
        clean.problems.append(
            "Two plans of one payer answered before this one, and an electronic claim cannot tell them apart."
            " Send it on paper with both answers."
        )
    turn = {id(c): n for c in facts.other_coverages for n, answer in enumerate(told) if _is_of(answer, c)}
    in_force = [c for c in facts.other_coverages if _holds(c, day) or id(c) in turn]
    in_force.sort(key=lambda c: (turn.get(id(c), len(told)), c.priority))
    free = [p for n, p in enumerate(PLACES, start=1) if n != facts.sequence]
    found: list[OtherPlan] = []
    answers: dict[int, tuple[LineAnswer, ...]] = {}
    for place, coverage in zip(free, in_force, strict=False):
        other = OtherPlan(
            _plan(clean, coverage, place, "The other plan's"),
            benefits="Y" if coverage.assignment_of_benefits else "N",
            release="Y" if coverage.signature_on_file else "I",
        )
        if answer := next((a for a in told if _is_of(a, coverage)), None):
            told.remove(answer)
            other, of_lines = _answered(clean, facts, other, answer)
            answers = {n: (*answers.get(n, ()), *of_lines.get(n, ())) for n in answers.keys() | of_lines.keys()}
        found.append(other)
    if told:
        clean.problems.append("A plan that answered first is not among the patient's plans any more. Add it again.")
    return tuple(found), answers


def _is_of(answer: PrimaryFacts, coverage: CoverageFacts) -> bool:
    """Whether this plan gave the answer: a payer may have insured a patient by one plan, and now by another."""
    if answer.coverage and coverage.key:
        return answer.coverage == coverage.key
    return answer.payer_id == coverage.payer.payer_id


def _answers_before(facts: ClaimFacts) -> tuple[PrimaryFacts, ...]:
    """What the plans before this one answered, the first plan's first."""
    if facts.sequence < 2:
        return ()
    # Where the plan just before this one has not answered, the nearest that did is among the earlier ones, too.
    earlier = (answer for answer in facts.earlier if answer != facts.primary)
    return (*earlier, *((facts.primary,) if facts.primary else ()))


def _holds(coverage: CoverageFacts, day: date | None) -> bool:
    began, ended = coverage.effective_on, coverage.terminated_on
    return day is None or not ((began and began > day) or (ended and ended < day))


def _answered(
    clean: Cleaner, facts: ClaimFacts, other: OtherPlan, primary: PrimaryFacts
) -> tuple[OtherPlan, dict[int, tuple[LineAnswer, ...]]]:
    """The first plan with its answer: by line where each of our lines has its own there, else for the whole claim."""
    control = clean.identifier("The first plan's claim number", primary.payer_control, 50, is_needed=False)
    other = replace(other, paid_cents=primary.paid_cents, left_cents=primary.patient_cents or None, control=control)
    if not primary.is_even or primary.charge_cents != facts.total_cents:
        clean.problems.append(
            f"The first plan was charged {dollars(primary.charge_cents)} and this claim {dollars(facts.total_cents)},"
            " or its answer does not add up: an electronic claim must. Send it on paper with the EOB."
        )
    pairs = _pairs(facts.lines, primary.lines)
    if pairs is None or primary.adjustments:
        every = (*primary.adjustments, *(a for line in primary.lines for a in line.adjustments))
        taken = _taken(clean, every)
        return replace(other, taken=taken, paid_on=primary.answered_on), {}
    payer_id = other.plan.payer_id
    answers: dict[int, tuple[LineAnswer, ...]] = {
        n: (
            LineAnswer(
                payer_id, answer.code, answer.paid_cents, facts.lines[n].quantity, _taken(clean, answer.adjustments),
                primary.answered_on,
            ),
        )
        for n, answer in enumerate(pairs)
    }  # fmt: skip
    return other, answers


def _pairs(lines: Sequence[LineFacts], answered: Sequence[AnsweredLineFacts]) -> list[AnsweredLineFacts] | None:
    """The answer to each line, in our order; None where one has none of its own."""
    rest, found = list(answered), []
    for line in lines:
        charge = line.fee_cents * line.quantity
        fits = next((a for a in rest if a.code == line.code and a.charge_cents == charge), None)
        if fits is None:
            return None
        rest.remove(fits)
        found.append(fits)
    return found if not rest else None


def _taken(clean: Cleaner, adjustments: Sequence[AdjustedFacts]) -> tuple[Taken, ...]:
    """Reasons by group; those of the same group and code are one."""
    sums: dict[tuple[str, str], int] = {}
    for a in adjustments:
        sums[a.group, a.carc] = sums.get((a.group, a.carc), 0) + a.cents
    groups = dict.fromkeys(group for group, _ in sums)
    taken = tuple(Taken(g, c, cents) for g in groups for (group, c), cents in sums.items() if group == g and cents)
    if any(not t.carc or t.group not in ("CO", "CR", "OA", "PI", "PR") for t in taken):
        clean.problems.append("The first plan's answer has a reason without group or code. Complete its EOB.")
    if cas_segments(taken) > MOST_CAS:
        clean.problems.append("The first plan gave more reasons than an electronic claim can tell. Send it on paper.")
    return taken
