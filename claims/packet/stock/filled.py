"""The values of a medical claim, box by box, as the form takes them: capitals, no accents, nothing cut in silence."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from claims.facts import ClaimFacts, CoverageFacts, LineFacts
from claims.packet.formdata import plan_type
from claims.packet.narrative import brief
from claims.packet.stock.positions import FIRST_SERVICE, PLACES, SERVICE, SERVICE_LINES, Place
from documentation.facts import Address
from documentation.prose.moments import local

LETTERS = "ABCDEFGHIJKL"


@dataclass(frozen=True)
class Mark:
    """Characters on the grid; `line` and `column` of the first one, from 1. `sheet` counts from 1."""

    sheet: int
    line: int
    column: int
    text: str
    box: str


@dataclass(frozen=True)
class FilledForm:
    """`cut` says what was shortened or left open; with `refused`, the form must not be printed."""

    marks: tuple[Mark, ...]
    sheets: int
    cut: tuple[str, ...]
    refused: tuple[str, ...]


def fill(facts: ClaimFacts) -> FilledForm:
    """The claim on as many sheets as its lines need, six on each; every sheet stands by itself."""
    pages = [facts.lines[i : i + SERVICE_LINES] for i in range(0, len(facts.lines), SERVICE_LINES)] or [()]
    marks: list[Mark] = []
    cut: dict[str, None] = {}
    refused: dict[str, None] = {}
    if facts.kind != "medical":
        refused["Only a medical claim goes on the CMS-1500. This one is for a dental plan."] = None
    if len(facts.diagnoses) > len(LETTERS):
        refused[f"Box 21 takes {len(LETTERS)} diagnoses; the claim names {len(facts.diagnoses)}. Take some off."] = None
    if _is_injury(facts):
        cut[
            "Box 10 is left open: the record tells of an injury. Mark by hand whether work or an accident caused it."
        ] = None
    if facts.coverage.assignment_of_benefits is None:
        cut[
            "Box 13 is left open: whether benefits are assigned to the practice is not recorded. Sign it by hand, or"
            " the payer may pay the patient."
        ] = None
    if facts.coverage.is_assignment_accepted is None:
        cut[
            "Box 27 is left open: whether the practice takes part in the plan is not known. Mark it by hand, or write"
            " it down among what was agreed with the payer."
        ] = None
    if facts.resent and not facts.resent.payer_control:
        refused[
            "Box 22 names the payer's own number of the claim that is corrected or void, and no answer has told it."
            " Take it from the payer's answer or portal."
        ] = None
    for sheet, lines in enumerate(pages, start=1):
        for place, raw in _values(facts, lines):
            text, lost = _printable(raw)
            if lost:
                said = (
                    f"Box {place.box}: “{lost}” is not among the characters of the form. Write {place.name} without it."
                )
                refused[said] = None
            if len(text) > place.width:
                said = f"Box {place.box} takes {place.width} characters; {place.name} “{text}” has {len(text)}."
                if not place.may_cut:
                    refused[
                        f"{said} A number that is cut would be wrong: correct it, or send the claim electronically."
                    ] = None
                    continue
                text = text[: place.width + 1].rpartition(" ")[0].rstrip(" ,;:") or text[: place.width]
                cut[f"{said} It is printed as “{text}”."] = None
            if text:
                column = place.column + (place.width - len(text) if place.right else 0)
                marks.append(Mark(sheet, place.line, column, text, place.box))
    marks.sort(key=lambda m: (m.sheet, m.line, m.column))
    return FilledForm(tuple(marks), len(pages), tuple(cut), tuple(refused))


def _printable(raw: str) -> tuple[str, str]:
    """Capitals without accents, and the first character that has no such form."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", raw) if not unicodedata.combining(c))
    plain = plain.translate(_PLAIN).upper()
    return " ".join(plain.split()), next((c for c in plain if not " " <= c <= "~"), "")


_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d"}
)


def _values(facts: ClaimFacts, lines: tuple[LineFacts, ...]) -> Iterator[tuple[Place, str]]:
    for key, value in _boxes(facts, lines):
        if value:
            yield PLACES[key], value
    for n, line in enumerate(lines):
        for key, value in _service(facts, line):
            place = SERVICE[key]
            at = FIRST_SERVICE + 2 * n + place.line
            yield Place(place.box, at, place.column, place.width, place.name, place.right, place.may_cut), value


def _boxes(facts: ClaimFacts, lines: tuple[LineFacts, ...]) -> Iterator[tuple[str, str]]:
    yield from _insured(facts)
    yield from _patient(facts)
    yield from _condition(facts)
    yield from _providers(facts)
    yield "28", _amount(sum(line.fee_cents * line.quantity for line in lines))
    if facts.primary is not None and facts.sequence > 1:
        yield "29", _amount(facts.primary.paid_cents)


def _insured(facts: ClaimFacts) -> Iterator[tuple[str, str]]:
    plan, person = facts.coverage, facts.coverage.subscriber
    yield "carrier_1", plan.payer.name
    yield "carrier_2", _street(plan.payer.address)
    yield "carrier_3", _city(plan.payer.address)
    yield f"1_{plan_type(plan)}", "X"
    yield "1a", plan.member_id
    yield "4", _name(person.first_name, "", person.last_name)
    yield f"6_{plan.relationship if plan.relationship in ('self', 'spouse', 'child') else 'other'}", "X"
    yield from _address("7", person.address)
    yield "11", plan.group_number
    yield from _born("11a", person.birth_date, person.sex)
    yield "11c", plan.plan_name
    yield ("11d_yes" if facts.other_coverages else "11d_no"), "X"
    yield "12", "Signature on file" if plan.signature_on_file else ""
    yield "13", "Signature on file" if plan.assignment_of_benefits else ""
    if plan.is_assignment_accepted is not None:
        yield ("27_yes" if plan.is_assignment_accepted else "27_no"), "X"
    if other := next(iter(sorted(facts.other_coverages, key=_medical_first)), None):
        yield "9", _name(other.subscriber.first_name, "", other.subscriber.last_name)
        yield "9a", other.group_number or other.member_id
        yield "9d", other.plan_name or other.payer.name


def _medical_first(plan: CoverageFacts) -> bool:
    return plan.kind != "medical"


def _patient(facts: ClaimFacts) -> Iterator[tuple[str, str]]:
    patient = facts.encounter.patient
    yield "2", _name(patient.first_name, patient.middle_name, patient.last_name)
    yield from _born("3", patient.birth_date, patient.sex)
    yield from _address("5", patient.address)
    if len(patient.phone) == 10:
        yield "5_area", patient.phone[:3]
        yield "5_phone", f"{patient.phone[3:6]}-{patient.phone[6:]}"
    yield "26", patient.chart_number or patient.number


def _condition(facts: ClaimFacts) -> Iterator[tuple[str, str]]:
    if not _is_injury(facts):
        yield from ((key, "X") for key in ("10a_no", "10b_no", "10c_no"))
    yield "20_no", "X"
    if onset := facts.encounter.justification.onset_on:
        yield from zip(("14_month", "14_day", "14_year"), _parts(onset), strict=True)
        yield "14_qualifier", "431"
    # Made for the room there is, in whole sentences, so that nothing has to be cut.
    yield "19", brief(facts, PLACES["19"].width)
    yield "21_indicator", "0" if facts.diagnoses else ""
    for letter, code in zip(LETTERS, facts.diagnoses, strict=False):
        yield f"21_{letter}", code.replace(".", "")
    if facts.resent:
        yield "22_code", facts.resent.code
        yield "22_number", facts.resent.payer_control
    yield "23", dict(facts.references).get("G1", "")


def _is_injury(facts: ClaimFacts) -> bool:
    return "trauma" in facts.encounter.justification.indications


def _providers(facts: ClaimFacts) -> Iterator[tuple[str, str]]:
    e, billing = facts.encounter, facts.billing
    yield "25", billing.tax_id
    yield "25_ein", "X" if billing.tax_id else ""
    signed = e.signature
    if signed and signed.signed_at:
        yield "31", e.clinician.signature_name.replace(",", "").replace(".", "")
        yield "31_date", " ".join(_parts(local(signed.signed_at, e.location.time_zone).date()))
    for box, who, npi in (("32", e.location, "32a"), ("33", billing, "33a")):
        yield f"{box}_name", who.name
        yield f"{box}_street", _street(who.address)
        yield f"{box}_city", _city(who.address)
        yield npi, who.npi
    if len(billing.phone) == 10:
        yield "33_area", billing.phone[:3]
        yield "33_phone", f"{billing.phone[3:6]}-{billing.phone[6:]}"


def _service(facts: ClaimFacts, line: LineFacts) -> Iterator[tuple[str, str]]:
    told = line.description
    if line.comparator:  # first, since the end is what may be cut
        told = f"Compare {line.comparator}: {told}".rstrip(": ")
    yield "24_supplement", told
    if facts.service_date:
        month, day, year = _parts(facts.service_date)
        yield "24A_from", f"{month} {day} {year[2:]}"
        yield "24A_to", f"{month} {day} {year[2:]}"
    yield "24B", facts.encounter.place_of_service
    yield "24D_code", line.code
    yield "24D_modifiers", " ".join(line.modifiers)
    yield "24E", "".join(LETTERS[n - 1] for n in line.diagnosis_pointers if 0 < n <= len(LETTERS))
    yield "24F", _amount(line.fee_cents * line.quantity)
    yield "24G", str(line.quantity)
    yield "24J", facts.encounter.clinician.npi


def _born(box: str, day: date | None, sex: str) -> Iterator[tuple[str, str]]:
    if day:
        yield from zip((f"{box}_month", f"{box}_day", f"{box}_year"), _parts(day), strict=True)
    if sex in ("M", "F"):
        yield f"{box}_{sex}", "X"


def _address(box: str, address: Address) -> Iterator[tuple[str, str]]:
    yield f"{box}_street", _street(address)
    yield f"{box}_city", address.city
    yield f"{box}_state", address.state
    yield f"{box}_zip", _zip(address)


def _zip(address: Address) -> str:
    return f"{address.zip[:5]}-{address.zip[5:]}" if len(address.zip) == 9 else address.zip


def _street(address: Address) -> str:
    return " ".join(x for x in (address.line1, address.line2) if x).replace(",", "").replace(".", "")


def _city(address: Address) -> str:
    return " ".join(x for x in (address.city, address.state, _zip(address)) if x).replace(",", "")


def _name(first: str, middle: str, last: str) -> str:
    return ", ".join(x for x in (last, first, middle[:1]) if x).replace(".", "")


def _parts(day: date) -> tuple[str, str, str]:
    return f"{day.month:02d}", f"{day.day:02d}", f"{day.year:04d}"


def _amount(cents: int) -> str:
    """Dollars and cents with a blank between them, where the form has its line."""
    return f"{cents // 100} {cents % 100:02d}"
