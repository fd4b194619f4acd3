"""From the facts of a claim to the claim as it is sent: cleaned, complete, and in places that X12 knows.

Whatever is missing or cannot be sent is refused with every reason at once; what had to be changed is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from claims.codes.cdt import BY_REPORT
from claims.codes.crosswalk import UNLISTED
from claims.edi.charset import Change, Cleaner, basic, pieces
from claims.edi.claim_documents import documents_of
from claims.edi.claim_plans import address, other_plans, plan_of
from claims.edi.electronic import Billing, ElectronicClaim, Line, Person, Provider, Purpose
from claims.facts import ClaimFacts, LineFacts
from documentation.facts import ClinicianFacts, LocationFacts
from documentation.kernel.identifiers import npi_problem

MOST_NOTES = {"dental": 5, "medical": 1}
NOTE = 80
"""Characters of one NTE segment."""
NOTE_CHARACTERS = {kind: most * NOTE for kind, most in MOST_NOTES.items()}
"""Characters of all notes of a claim."""
MOST_DIAGNOSES = {"dental": 4, "medical": 12}
MOST_LINES = 50
MOST_CONTROL = 20
"""Characters of our own number that every payer returns."""
AREAS = frozenset(("00", "01", "02", "09", "10", "20", "30", "40", "L", "R"))
_PO_BOX = re.compile(r"\bP\.? ?O\.? ?BOX\b")


class CannotWrite(ValueError):
    """What is missing for an electronic claim; each reason is a sentence."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


@dataclass(frozen=True)
class Sending:
    """What a sending adds to the facts of the claim."""

    control: str
    """Our own number of this sending, at most 20 characters."""
    purpose: Purpose = Purpose.ORIGINAL
    payer_control: str = ""
    """The payer's own number of the claim that is replaced or taken back."""
    attachment: str = ""
    """The number on the packet's cover; empty where no packet goes along."""
    channel: str = ""
    """How the packet goes: portal, clearinghouse, fax, mail or print."""
    enclosed: tuple[str, ...] = ()
    """PWK01 of the documents beside the record that the packet holds, such as RR or EB."""
    leaves: bool = True
    """Whether documents leave by that way; a note alone announces none."""
    note: str = ""
    """The narrative in short."""
    payer_id: str = ""
    """The payer's ID for claims where it has one of its own for them."""


@dataclass(frozen=True)
class Cleaned:
    """The claim as it is sent, what is otherwise than it was recorded, and what was taken for granted."""

    claim: ElectronicClaim
    changes: tuple[Change, ...]
    assumed: tuple[str, ...] = ()


def electronic_claim(facts: ClaimFacts, sending: Sending) -> Cleaned:
    """The claim as it is sent. Raises CannotWrite with every reason at once."""
    clean = Cleaner()
    problems = clean.problems
    is_asked = sending.purpose is Purpose.PREDETERMINATION
    encounter, coverage = facts.encounter, facts.coverage
    control = clean.identifier("The claim's own number", sending.control, MOST_CONTROL)
    billing = _billing(clean, facts.billing, encounter.clinician)
    is_dependent = coverage.relationship not in ("", "self")
    plan = plan_of(clean, facts, sending.payer_id)
    rendering = _rendering(clean, encounter.clinician)
    payer_control = clean.identifier("The payer's claim number", sending.payer_control, 50, is_needed=False)
    if sending.purpose in (Purpose.CORRECTED, Purpose.VOID) and not payer_control:
        problems.append(
            "A corrected or void claim names the payer's own claim number, and no answer has told it."
            " Take it from the payer's answer or portal."
        )
    if not is_asked and facts.service_date is None:
        problems.append("The claim has no date of service.")
    if not re.fullmatch(r"[0-9]{2}", encounter.place_of_service):
        problems.append("The record has no place of service.")
    diagnoses = _diagnoses(clean, facts)
    if not facts.lines:
        problems.append("The claim has no line.")
    elif len(facts.lines) > MOST_LINES:
        problems.append(f"The claim has {len(facts.lines)} lines; an electronic claim takes {MOST_LINES}.")
    others, answers = other_plans(clean, facts)
    lines = tuple(
        _line(clean, facts, line, f"{control}-{n}", len(diagnoses), answers.get(n - 1, ()))
        for n, line in enumerate(facts.lines, start=1)
    )
    known = dict(facts.references)
    claim = ElectronicClaim(
        kind=facts.kind,
        control=control,
        purpose=sending.purpose,
        place=encounter.place_of_service,
        billing=billing,
        plan=plan,
        lines=lines,
        patient=_patient(clean, facts) if is_dependent else None,
        accepts="C" if coverage.is_assignment_accepted is False else "A",
        benefits="Y" if coverage.assignment_of_benefits else "N",
        release="Y" if coverage.signature_on_file else "I",
        service_date=None if is_asked else facts.service_date,
        onset_on=_onset(facts),
        documents=documents_of(facts, sending.attachment, sending.channel, sending.enclosed, leaves=sending.leaves),
        authorization=clean.identifier("The prior authorization number", known.get("G1", ""), 50, is_needed=False),
        predetermination=(
            ""
            if is_asked or facts.kind == "medical"
            else clean.identifier("The predetermination number", known.get("G3", ""), 50, is_needed=False)
        ),
        payer_control=payer_control,
        notes=_notes(clean, facts, sending.note),
        diagnoses=diagnoses,
        rendering=None if rendering.npi == billing.npi else rendering,
        facility=_facility(clean, encounter.location, facts.billing),
        others=others,
    )
    if "trauma" in encounter.justification.indications:
        clean.assumed.append(
            "The record tells of an injury, and the claim names no accident (CLM11): whether work or traffic caused it,"
            " and when, is not recorded. Where one of them did, send the claim on paper."
        )
    if coverage.is_assignment_accepted is None:
        clean.assumed.append(
            f"Whether the practice takes part in the network of {coverage.payer.name or 'the payer'} is not known, and"
            " the claim says that it takes the plan's price as the whole one (CLM07 A). Record it among what was agreed"
            " with the payer, where it does not."
        )
    if problems:
        raise CannotWrite(*dict.fromkeys(problems))
    return Cleaned(claim, tuple(clean.changes), tuple(dict.fromkeys(clean.assumed)))


def _billing(clean: Cleaner, location: LocationFacts, clinician: ClinicianFacts) -> Billing:
    problems = clean.problems
    where = address(clean, "The practice's", location.address)
    if where.zip and len(where.zip) != 9:
        problems.append("The practice's ZIP code needs all nine digits on an electronic claim. Complete the location.")
    if _PO_BOX.search(where.line1):
        problems.append("A practice bills from a street, not from a PO box. Correct the location's address.")
    if npi_problem(location.npi) or not location.npi:
        problems.append("The location has no sound NPI.")
    if not re.fullmatch(r"[0-9]{9}", location.tax_id):
        problems.append("The location has no tax ID of nine digits.")
    taxonomy = _taxonomy(clean, clinician)
    return Billing(clean.name("The location's name", location.name, 60), location.npi, location.tax_id, where, taxonomy)


def _taxonomy(clean: Cleaner, clinician: ClinicianFacts) -> str:
    taxonomy = clinician.taxonomy.strip().upper()
    if taxonomy and not re.fullmatch(r"[0-9A-Z]{9}X", taxonomy):
        clean.problems.append("The clinician's taxonomy code is not one. It has ten characters and ends in X.")
        return ""
    return taxonomy


def _rendering(clean: Cleaner, clinician: ClinicianFacts) -> Provider:
    if npi_problem(clinician.npi) or not clinician.npi:
        clean.problems.append("The clinician has no sound NPI.")
    return Provider(
        clean.name("The clinician's last name", clinician.last_name, 60),
        clinician.npi,
        clean.name("The clinician's first name", clinician.first_name, 35),
        _taxonomy(clean, clinician),
    )


def _facility(clean: Cleaner, place: LocationFacts, billing: LocationFacts) -> Provider | None:
    """Where it was done, if that is not who is paid."""
    if not place.npi or place.npi == billing.npi:
        return None
    if npi_problem(place.npi):
        clean.problems.append("The place of the visit has no sound NPI.")
    where = address(clean, "The place of the visit's", place.address)
    if where.zip and len(where.zip) != 9:
        clean.problems.append("The ZIP code of the place of the visit needs all nine digits.")
    return Provider(clean.name("The name of the place of the visit", place.name, 60), place.npi, address=where)


def _patient(clean: Cleaner, facts: ClaimFacts) -> Person:
    patient = facts.encounter.patient
    if patient.birth_date is None:
        clean.problems.append("The patient has no birth date.")
    return Person(
        clean.name("The patient's last name", patient.last_name, 60),
        clean.name("The patient's first name", patient.first_name, 35, is_needed=False),
        clean.name("The patient's middle name", patient.middle_name, 25, is_needed=False),
        patient.birth_date,
        patient.sex if patient.sex in ("F", "M") else "U",
        address(clean, "The patient's", patient.address),
    )


def _diagnoses(clean: Cleaner, facts: ClaimFacts) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code.replace(".", "").strip().upper() for code in facts.diagnoses))
    most = MOST_DIAGNOSES[facts.kind]
    if len(codes) != len(facts.diagnoses):
        clean.problems.append("A diagnosis stands twice on the claim.")
    if len(codes) > most:
        clean.problems.append(f"The claim has {len(codes)} diagnoses; a {facts.kind} one takes {most} electronically.")
    if any(not re.fullmatch(r"[A-TV-Z][0-9][0-9A-Z]{1,5}", code) for code in codes):
        clean.problems.append("A diagnosis is no ICD-10-CM code.")
    if not codes and facts.kind == "medical":
        clean.problems.append("A medical claim needs a diagnosis.")
    return codes


def _line(
    clean: Cleaner, facts: ClaimFacts, line: LineFacts, control: str, diagnoses: int, answers: Sequence[object]
) -> Line:
    problems, is_dental = clean.problems, facts.kind == "dental"
    code = line.code.strip().upper()
    if not re.fullmatch(r"D[0-9]{4}" if is_dental else r"[0-9]{4}[0-9A-Z]", code):
        wanted = "CDT" if is_dental else "CPT"
        problems.append(f"{basic(line.code) or 'A line'} is no {wanted} code, as a {facts.kind} claim needs it.")
    if line.fee_cents < 0 or line.quantity < 1:
        problems.append(f"The line {code} needs a fee of zero or more and at least one unit.")
    if any(p < 1 or p > diagnoses for p in line.diagnosis_pointers):
        problems.append(f"The line {code} points to a diagnosis that the claim does not have.")
    pointers = tuple(dict.fromkeys(line.diagnosis_pointers))[:4] if diagnoses else ()
    if diagnoses and not pointers:
        problems.append(f"The line {code} points to no diagnosis.")
    area = line.area.strip().upper() if is_dental else ""
    if area and area not in AREAS:
        problems.append(f"{area} is no area of the oral cavity that a claim can name.")
    modifiers = tuple(m.strip().upper() for m in line.modifiers)
    if len(modifiers) > 4 or any(not re.fullmatch(r"[A-Z0-9]{2}", m) for m in modifiers):
        problems.append(f"The line {code} has modifiers that cannot be sent: at most four of two characters each.")
    needs_words = code in (BY_REPORT, UNLISTED) or code.endswith("999")
    told = clean.text(f"The description of {code}", line.description, 80) if needs_words else ""
    if needs_words and not told:
        problems.append(f"{code} is billed by report and needs a description.")
    return Line(
        code, line.fee_cents * line.quantity, control, line.quantity, modifiers, told, area, pointers,
        tuple(answers),  # type: ignore[arg-type]
    )  # fmt: skip


def _onset(facts: ClaimFacts) -> date | None:
    onset, service = facts.encounter.justification.onset_on, facts.service_date
    return onset if facts.kind == "medical" and onset and service and onset <= service else None


def _notes(clean: Cleaner, facts: ClaimFacts, note: str) -> tuple[str, ...]:
    compared = [f"COMPARATOR {line.comparator}." for line in facts.lines if line.comparator]
    cleaned = basic(" ".join((*compared, note)))
    notes = pieces(cleaned, NOTE, MOST_NOTES[facts.kind])
    sent = " ".join(notes)
    if sent != cleaned or basic(note) != " ".join(note.split()).upper():
        clean.changes.append(Change("The note", " ".join((*compared, note)).strip(), sent))
    return notes
