"""What in the signed record shows a billed service: the lines of a claim each with its own documentation.

A code without a row here is shown by the record as a whole or by a document of its own; a person says so at the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from claims.codes import cdt, cpt
from claims.codes.cdt import Kind
from claims.codes.procedures import CODES
from claims.facts import ClaimFacts
from claims.rules.citations import PACKET
from claims.rules.examples import READY, with_second_line
from documentation.facts import EncounterFacts, ImageFacts
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.kernel.vocabulary import ANESTHESIA, EXTENT, IMAGING_MODALITY, INTERVENTION
from documentation.prose.names import the_duct, the_gland
from documentation.rules.predicates import (
    SEDATIONS,
    STONE_REMOVALS,
    and_joined,
    endoscopic_images,
    intervention_types,
    said,
)

_INCISIONS = frozenset({"combined_transoral_incision", "converted_to_open"})
_DILATIONS = frozenset("papilla_dilation hydrostatic_dilation balloon_dilation bougie".split())
_RINSES = frozenset("steroid_irrigation antibiotic_irrigation stent".split())

_TREATMENTS: dict[str, frozenset[str]] = {
    "D7979": STONE_REMOVALS,
    "D7980": _INCISIONS,
    "D7982": _INCISIONS | _DILATIONS | {"stent"},
    **dict.fromkeys(("D7285", "D7286", "D7288", "42400", "42405"), frozenset({"biopsy"})),
    **dict.fromkeys(("D9610", "D9612", "D9613"), frozenset({"steroid_irrigation", "antibiotic_irrigation"})),
    "42650": _DILATIONS,
    "42660": _DILATIONS | _RINSES,
    **dict.fromkeys(("42330", "42335", "42340"), _INCISIONS),
    **dict.fromkeys(("42500", "42505"), _INCISIONS),
}
"""Treatments of the record that show a code."""

_STUDIES: dict[str, frozenset[str]] = {
    "D0240": frozenset({"occlusal"}),
    **dict.fromkeys(("D0220", "D0230"), frozenset({"periapical"})),
    **dict.fromkeys(("D0330", "70355"), frozenset({"panoramic"})),
    **dict.fromkeys(("D0310", "70390", "42550"), frozenset({"sialogram"})),
    **dict.fromkeys(("D0364", "D0365", "D0366", "D0367", "D0368"), frozenset({"cbct"})),
    **dict.fromkeys(("D0369", "70540", "70542", "70543"), frozenset({"mri", "mr_sialography"})),
    **dict.fromkeys(("D0370", "76536"), frozenset({"ultrasound"})),
    **dict.fromkeys(("70486", "70487", "70488", "70490", "70491", "70492"), frozenset({"ct", "ct_contrast"})),
}
"""Studies of the same day that show a code of imaging."""


@dataclass(frozen=True)
class Evidence:
    """A sentence of what the record shows, and the part of the record where it stands."""

    text: str
    part: str


def evidence_of(code: str, e: EncounterFacts) -> tuple[Evidence, ...]:
    """What the record shows for a code; nothing where no section speaks of it."""
    return tuple(_source(code)(code, e))


def is_looked_for(code: str) -> bool:
    """Whether the record has a place where this service would show."""
    return _source(code) is not _nothing


def _source(code: str) -> Callable[[str, EncounterFacts], Iterator[Evidence]]:
    if code in (cdt.SIALOENDOSCOPY, cpt.UNLISTED, cdt.BY_REPORT):
        return _endoscopy
    if code in _TREATMENTS:
        return _treatment
    if code in _STUDIES:
        return _study
    if code == cdt.PHOTOGRAPHS:
        return _photographs
    if code in CODES and CODES[code].kind is Kind.SEDATION:
        return _sedation
    return _anesthesia if code in ("D9210", "D9211", "D9212", "D9215") else _nothing


def _nothing(code: str, e: EncounterFacts) -> Iterator[Evidence]:
    yield from ()


def _endoscopy(code: str, e: EncounterFacts) -> Iterator[Evidence]:
    for g in e.procedure.glands:
        where = the_duct(g.duct, g.side) if g.duct else the_gland(g.gland, g.side)
        if g.was_entered and e.sialoendoscopy_performed:
            reached = f", followed as far as: {EXTENT.label(g.extent).lower()}" if g.extent else ""
            yield Evidence(f"Endoscope in {where}{reached}", "procedure")
        elif code == cdt.BY_REPORT:
            yield Evidence(f"Attempt to enter {where}", "procedure")
    if code == cdt.BY_REPORT:
        return
    if pictures := endoscopic_images(e):
        noun = "endoscopic images" if len(pictures) > 1 else "endoscopic image"
        yield Evidence(f"{len(pictures)} {noun}{_figures(pictures)}", "images")
    if e.findings:
        yield Evidence(f"{len(e.findings)} finding{'s' if len(e.findings) > 1 else ''}", "findings")
    if said(e.interpretation.text):
        yield Evidence("Written interpretation", "interpretation")


def _figures(images: tuple[ImageFacts, ...]) -> str:
    numbers = [str(i.figure) for i in images]
    if len(numbers) > 4:
        return f" (figures {numbers[0]} to {numbers[-1]})"
    return f" (figure{'s' if len(numbers) > 1 else ''} {and_joined(numbers)})"


def _treatment(code: str, e: EncounterFacts) -> Iterator[Evidence]:
    for done in sorted(intervention_types(e) & _TREATMENTS[code]):
        yield Evidence(INTERVENTION.label(done), "findings")


def _study(code: str, e: EncounterFacts) -> Iterator[Evidence]:
    for study in e.justification.prior_imaging:
        if study.modality in _STUDIES[code] and study.done_on == e.service_date:
            yield Evidence(f"{IMAGING_MODALITY.label(study.modality)} of the same day", "justification")


def _photographs(code: str, e: EncounterFacts) -> Iterator[Evidence]:
    if own := tuple(i for i in e.images if i.kind == "clinical_photo"):
        yield Evidence(f"{len(own)} photograph{'s' if len(own) > 1 else ''}{_figures(own)}", "images")


def _sedation(code: str, e: EncounterFacts) -> Iterator[Evidence]:
    if e.procedure.anesthesia in SEDATIONS | {"nitrous"}:
        yield Evidence(ANESTHESIA.label(e.procedure.anesthesia), "procedure")


def _anesthesia(code: str, e: EncounterFacts) -> Iterator[Evidence]:
    if e.procedure.anesthesia and e.procedure.anesthesia != "none":
        yield Evidence(ANESTHESIA.label(e.procedure.anesthesia), "procedure")


def not_shown(c: ClaimFacts) -> list[str]:
    """Codes of lines that the record has a place for, and says nothing of. Other checks speak of the photographs."""
    own = (c.procedure_code, cdt.PHOTOGRAPHS)
    codes = dict.fromkeys(line.code for line in c.lines if line.code not in own)
    return [code for code in codes if is_looked_for(code) and not evidence_of(code, c.encounter)]


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="COD-119",
        title="The record shows each service that is billed beside",
        severity=Severity.ADVICE,
        field="lines.documented",
        message="No section of the record shows a service that is billed.",
        fix="Look for the note that shows it. If there is none, take the line off.",
        citation=PACKET,
        prevents=Cause.DOCUMENTATION,
        passes=lambda c: not not_shown(c),
        good=READY,
        bad=with_second_line("D7979"),
        tell=lambda c: f"No section of the record shows {and_joined(not_shown(c))}.",
    ),
)
