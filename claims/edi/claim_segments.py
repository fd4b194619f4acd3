"""The segments of one claim, from its HL levels to its last line, in the order of the guides (X224A2, X222A1)."""

from __future__ import annotations

from collections.abc import Iterator

from claims.edi.electronic import (
    FREQUENCIES,
    Billing,
    ElectronicClaim,
    Line,
    LineAnswer,
    OtherPlan,
    Person,
    Plan,
    Provider,
    Purpose,
    Taken,
)
from documentation.facts import Address

TRIPLETS = 6
"""Reasons in one CAS segment."""
MOST_CAS = 5
"""CAS segments in one place."""


def segment(*elements: str) -> str:
    """One segment without its terminator and without empty elements at its end.

    Raises ValueError where a value would cut the file: values are cleaned before, so this is a fault of the program.
    """
    text = "*".join(elements)
    if text.count("*") != len(elements) - 1 or "~" in text or "^" in text or "\n" in text:
        raise ValueError(f"A value of the segment {elements[0]} holds a separator.")
    return text.rstrip("*")


def composite(*parts: str) -> str:
    """A composite element without empty components at its end."""
    text = ":".join(parts)
    if text.count(":") != len(parts) - 1:
        raise ValueError("A component holds the separator of components.")
    return text.rstrip(":")


def amount(cents: int) -> str:
    """`850` or `849.5`: no sign for nothing, no zeros that say nothing."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    whole, rest = divmod(cents, 100)
    return f"{sign}{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else f"{sign}{whole}"


def billing_level(billing: Billing, level: int) -> Iterator[str]:
    """2000A: who is paid."""
    yield segment("HL", str(level), "", "20", "1")
    if billing.taxonomy:
        yield segment("PRV", "BI", "PXC", billing.taxonomy)
    yield segment("NM1", "85", "2", billing.name, "", "", "", "", "XX", billing.npi)
    yield from _address(billing.address)
    yield segment("REF", "EI", billing.tax_id)


def subscriber_levels(claim: ElectronicClaim, level: int, parent: int) -> Iterator[str]:
    """2000B and, for a dependent, 2000C: plan and patient."""
    plan, is_dependent = claim.plan, claim.patient is not None
    yield segment("HL", str(level), str(parent), "22", "1" if is_dependent else "0")
    yield _sbr(plan, "" if is_dependent else "18")
    yield _person("IL", plan.subscriber, "MI", plan.member_id)
    if not is_dependent:
        yield from _demographics(plan.subscriber)
    yield _payer(plan)
    yield from _address(plan.payer_address)
    if claim.patient is not None:
        yield segment("HL", str(level + 1), str(level), "23", "0")
        yield segment("PAT", plan.relationship)
        yield _person("QC", claim.patient)
        yield from _demographics(claim.patient)


def claim_level(claim: ElectronicClaim) -> Iterator[str]:
    """2300 and everything below: the claim, its providers, the other plans, the lines."""
    is_dental = claim.kind == "dental"
    is_asked = claim.purpose is Purpose.PREDETERMINATION
    place = composite(claim.place, "B", FREQUENCIES[claim.purpose])
    clm = ["CLM", claim.control, amount(claim.cents), "", "", place, "Y", claim.accepts, claim.benefits, claim.release]
    yield segment(*clm, *([""] * 9 + ["PB"] if is_asked else []))
    if claim.onset_on and not is_dental:
        yield _day("431", claim.onset_on)
    if claim.service_date and is_dental:
        yield _day("472", claim.service_date)
    for document in claim.documents:
        known = ("", "", "AC", document.control) if document.control else ()
        yield segment("PWK", document.type, document.transmission, *known)
    numbers = {"G3": claim.predetermination, "F8": claim.payer_control, "G1": claim.authorization}
    for qualifier, number in numbers.items():
        if number:
            yield segment("REF", qualifier, number)
    for note in claim.notes:
        yield segment("NTE", "ADD", note)
    if claim.diagnoses:
        first, *rest = claim.diagnoses
        yield segment("HI", composite("ABK", first), *(composite("ABF", code) for code in rest))
    if claim.rendering:
        yield _provider("82", claim.rendering)
        if claim.rendering.taxonomy:
            yield segment("PRV", "PE", "PXC", claim.rendering.taxonomy)
    if claim.facility:
        yield _provider("77", claim.facility)
        yield from _address(claim.facility.address)
    for other in claim.others:
        yield from _other_plan(other)
    for position, line in enumerate(claim.lines, start=1):
        yield from _line(claim, line, position)


def _other_plan(other: OtherPlan) -> Iterator[str]:
    plan = other.plan
    yield _sbr(plan, plan.relationship)
    yield from _taken(other.taken)
    if other.paid_cents is not None:
        yield segment("AMT", "D", amount(other.paid_cents))
    if other.left_cents is not None:
        yield segment("AMT", "EAF", amount(other.left_cents))
    yield segment("OI", "", "", other.benefits, "", "", other.release)
    yield _person("IL", plan.subscriber, "MI", plan.member_id)
    yield from _address(plan.subscriber.address)
    yield _payer(plan)
    yield from _address(plan.payer_address)
    if other.paid_on:
        yield _day("573", other.paid_on)
    if other.control:
        yield segment("REF", "F8", other.control)


def _line(claim: ElectronicClaim, line: Line, number: int) -> Iterator[str]:
    yield segment("LX", str(number))
    pointers = composite(*map(str, line.pointers)) if line.pointers else ""
    if claim.kind == "dental":
        done = _procedure("AD", line)
        money = ("", line.area, "", str(line.quantity), "", "", "", "", pointers)
        yield segment("SV3", done, amount(line.cents), *money)
    else:
        yield segment("SV1", _procedure("HC", line), amount(line.cents), "UN", str(line.quantity), "", "", pointers)
        if claim.service_date:
            yield _day("472", claim.service_date)
    yield segment("REF", "6R", line.control)
    for answer in line.answers:
        yield from _answer(claim, answer)


def _answer(claim: ElectronicClaim, answer: LineAnswer) -> Iterator[str]:
    code = composite("AD" if claim.kind == "dental" else "HC", answer.code)
    yield segment("SVD", answer.payer_id, amount(answer.paid_cents), code, "", str(answer.quantity))
    yield from _taken(answer.taken)
    if answer.paid_on:
        yield _day("573", answer.paid_on)


def _procedure(qualifier: str, line: Line) -> str:
    modifiers = (*line.modifiers, "", "", "", "")[:4]
    return composite(qualifier, line.code, *modifiers, line.description)


def _taken(taken: tuple[Taken, ...]) -> Iterator[str]:
    """Reasons by group, six in a segment."""
    for group in dict.fromkeys(t.group for t in taken):
        reasons = [t for t in taken if t.group == group]
        for start in range(0, len(reasons), TRIPLETS):
            triplets = [x for t in reasons[start : start + TRIPLETS] for x in (t.carc, amount(t.cents), "")]
            yield segment("CAS", group, *triplets)


def cas_segments(taken: tuple[Taken, ...]) -> int:
    """How many segments these reasons take; `MOST_CAS` are allowed."""
    return sum(1 for _ in _taken(taken))


def _sbr(plan: Plan, relationship: str) -> str:
    named = ("", plan.group_name) if not plan.group_number else (plan.group_number, "")
    return segment("SBR", plan.responsibility, relationship, *named, "", "", "", "", plan.filing)


def _payer(plan: Plan) -> str:
    return segment("NM1", "PR", "2", plan.payer_name, "", "", "", "", "PI", plan.payer_id)


def _person(entity: str, person: Person, qualifier: str = "", identifier: str = "") -> str:
    name = (person.last_name, person.first_name, person.middle_name)
    return segment("NM1", entity, "1", *name, "", "", qualifier, identifier)


def _provider(entity: str, provider: Provider) -> str:
    kind = "1" if provider.first_name else "2"
    return segment("NM1", entity, kind, provider.last_name, provider.first_name, "", "", "", "XX", provider.npi)


def _demographics(person: Person) -> Iterator[str]:
    yield from _address(person.address)
    if person.birth_date:
        yield segment("DMG", "D8", f"{person.birth_date:%Y%m%d}", person.sex)


def _address(address: Address) -> Iterator[str]:
    if address.line1:
        yield segment("N3", address.line1, address.line2)
        yield segment("N4", address.city, address.state, address.zip)


def _day(qualifier: str, day: object) -> str:
    return segment("DTP", qualifier, "D8", f"{day:%Y%m%d}")
