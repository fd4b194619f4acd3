"""The record in words: the four parts that payers look for, as they are read before signing and ever after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from documentation import facts as f
from documentation.kernel.dates import clock_time, short_date
from documentation.kernel.identifiers import phone
from documentation.kernel.money import dollars
from documentation.kernel.vocabulary import LSD_D, LSD_L, LSD_S
from documentation.models import (
    EncounterImage,
    Finding,
    GlandExamined,
    Interpretation,
    Intervention,
    Justification,
    Patient,
    PlanOfCare,
    PriorCare,
    PriorImaging,
    Procedure,
)
from documentation.prose.moments import moment
from documentation.prose.names import treatment_details


@dataclass(frozen=True)
class Line:
    """A label and what the record says; an empty value means that it was not recorded."""

    label: str
    value: str


@dataclass(frozen=True)
class Block:
    title: str
    lines: tuple[Line, ...] = ()
    items: tuple[str, ...] = ()
    """Entries of a list, each in one sentence."""
    none: str = ""
    """What is said when the list is empty."""


@dataclass(frozen=True)
class Part:
    key: str
    label: str
    blocks: tuple[Block, ...]


def parts_of(e: f.EncounterFacts) -> tuple[Part, ...]:
    """Everything recorded, in the order in which it is read."""
    return (
        Part("visit", "The visit", _visit(e)),
        Part("justification", "1 Justification", _justification(e.justification)),
        Part("specifics", "2 Specifics", _specifics(e)),
        Part("analysis", "3 Images and analysis", _analysis(e)),
        Part("care", "4 Subsequent care", _care(e)),
        Part("people", "Patient, practice and clinician", _people(e)),
    )


def _visit(e: f.EncounterFacts) -> tuple[Block, ...]:
    p, where = e.patient, e.location
    times = " to ".join(clock_time(t) for t in (e.start_time, e.end_time) if t)
    others = tuple(
        f"{o.code}, {dollars(o.fee_cents)}{'' if o.documented else ', not documented by itself'}"
        for o in e.other_procedures
    )
    again = (Line("Opened again because", e.unlock_reason),) if e.unlock_reason else ()
    return (
        Block(
            "",
            (
                Line("Record", f"{e.number}, version {e.version}"),
                *again,
                Line("Patient", f"{p.full_name}, chart {p.chart_number}"),
                Line("Born", short_date(p.birth_date) if p.birth_date else ""),
                Line("Date of service", short_date(e.service_date) if e.service_date else ""),
                Line("Time", times),
                Line("Place", ", ".join(x for x in (where.name, f"place of service {e.place_of_service}") if x)),
                Line("Treating clinician", f"{e.clinician.signature_name}, NPI {e.clinician.npi}"),
                Line("Assistant", e.assistant),
                *_intake(e),
            ),
        ),
        *((Block("Other services of the same day", items=others),) if others else ()),
    )


def _intake(e: f.EncounterFacts) -> tuple[Line, ...]:
    at = moment(e.intake_at, e.location.time_zone) if e.intake_at else ""
    return (Line("Intake by", _joined(e.intake_by, at)),) if e.intake_by else ()


def _justification(j: f.JustificationFacts) -> tuple[Block, ...]:
    care = tuple(_joined(told(PriorCare, "type", c.type), _span(c.from_on, c.to_on), c.result) for c in j.prior_care)
    studies = tuple(
        _joined(
            told(PriorImaging, "modality", s.modality),
            short_date(s.done_on) if s.done_on else "",
            told(PriorImaging, "result", s.result).lower(),
            _if(s.inconclusive, "left the question open", "answered the question") if s.modality != "none" else "",
            s.limitation,
        )
        for s in j.prior_imaging
    )
    return (
        Block(
            "",
            _lines(Justification, j, "indications symptoms") if j.symptoms else _lines(Justification, j, "indications"),
        ),
        Block(
            "The complaint",
            (
                Line(
                    "Gland and side",
                    _joined(told(Justification, "side", j.side), told(Justification, "gland", j.gland).lower(), by=" "),
                ),
                *_lines(Justification, j, "onset_on episodes_per_month relation_to_meals pain statement"),
            ),
        ),
        Block("Tried before", items=care, none="not recorded"),
        Block("Imaging before", items=studies, none="not recorded"),
        Block("Why it changes the care", _because(j)),
    )


def _because(j: f.JustificationFacts) -> tuple[Line, ...]:
    note = _lines(Justification, j, "history_note") if j.history_note else ()
    return (*_lines(Justification, j, "history"), *note, *_lines(Justification, j, "change_of_care risk_without"))


def _specifics(e: f.EncounterFacts) -> tuple[Block, ...]:
    p = e.procedure
    dose = f"{p.anesthesia_dose_mg.normalize():f} mg" if p.anesthesia_dose_mg is not None else ""
    scope = _joined(
        told(Procedure, "scope_type", p.scope_type).lower(),
        p.scope_maker,
        p.scope_model,
        f"serial {p.scope_serial}" if p.scope_serial else "",
        f"{_mm(p.scope_outer_diameter_mm)}" if p.scope_outer_diameter_mm is not None else "",
        f"working channel {_mm(p.scope_channel_mm)}" if p.scope_channel_mm is not None else "",
    )
    consent = _joined(short_date(p.consent_on) if p.consent_on else "", f"by {p.consent_by}" if p.consent_by else "")
    fluid = _joined(p.irrigation, f"{p.irrigation_ml} mL" if p.irrigation_ml is not None else "")
    given = f"given by {p.anesthesia_by}" if p.anesthesia_by else ""
    occurred = _joined(
        told(Procedure, "complications", p.complications),
        f"grade {told(Procedure, 'complication_grade', p.complication_grade)}" if p.complication_grade else "",
        p.complication_note,
    )
    return (
        Block(
            "Procedure",
            (
                Line("Endoscope in the duct", _yes(e.sialoendoscopy_performed)),
                Line("Consent", consent),
                Line(
                    "Anesthesia", _joined(told(Procedure, "anesthesia", p.anesthesia), p.anesthesia_agent, dose, given)
                ),
                Line("Endoscope", scope),
                Line("Irrigation", fluid),
                Line("Complications", occurred),
            ),
        ),
        Block("Glands examined", items=tuple(gland_words(g) for g in p.glands), none="not recorded"),
        Block("Findings", items=tuple(finding_words(x) for x in e.findings), none="not recorded"),
        Block(
            "Treatments",
            items=tuple(treatment_words(e, i) for i in e.interventions),
            none="not recorded",
        ),
    )


def _analysis(e: f.EncounterFacts) -> tuple[Block, ...]:
    i = e.interpretation
    covered = ", ".join(f"finding {_number(e, k)}" for k in i.findings if e.finding(k))
    return (
        Block(
            "Interpretation",
            (
                *_lines(Interpretation, i, "text clinical_relevance quality comparison"),
                Line("Findings covered", covered),
            ),
        ),
    )


def _care(e: f.EncounterFacts) -> tuple[Block, ...]:
    days = f"in {e.plan.follow_up_days} days" if e.plan.follow_up_days is not None else ""
    more = [n for n in ("measures", "stent_removal_on", "warning_signs") if getattr(e.plan, n) not in ((), None)]
    return (
        Block(
            "",
            (
                Line("Diagnoses", ", ".join(e.diagnoses)),
                Line("Next visit", days),
                *_lines(PlanOfCare, e.plan, " ".join(more)),
                Line("Plan", e.plan.statement),
            ),
        ),
        Block("Recommendations", items=e.plan.recommendations, none="not recorded"),
    )


def _people(e: f.EncounterFacts) -> tuple[Block, ...]:
    p, where, who = e.patient, e.location, e.clinician
    licence = _joined(who.licence, who.licence_state)
    return (
        Block(
            "",
            (
                Line("Patient's number", p.number),
                Line("Sex", told(Patient, "sex", p.sex)),
                Line("Address", p.address.one_line),
                Line("Phone", phone(p.phone)),
                Line("E-mail", p.email),
                Line("Practice", _joined(where.name, where.address.one_line)),
                Line("Practice's phone", phone(where.phone)),
                Line("Practice's NPI and tax ID", _joined(where.npi, where.tax_id)),
                Line("Time zone", where.time_zone),
                Line("Clinician's license", licence),
                Line("Clinician's taxonomy", who.taxonomy),
            ),
        ),
    )


def figure_words(e: f.EncounterFacts, number: int) -> str:
    """What is recorded of a picture besides its caption and reading; empty for a number that no picture has."""
    image = next((i for i in e.images if i.figure == number), None)
    if image is None:
        return ""
    zone = ZoneInfo(e.location.time_zone) if e.location.time_zone else UTC
    taken = image.captured_at.astimezone(zone) if image.captured_at else None
    return _joined(
        told(EncounterImage, "kind", image.kind),
        _joined(told(EncounterImage, "side", image.side), told(EncounterImage, "gland", image.gland).lower(), by=" "),
        told(EncounterImage, "segment", image.segment).lower(),
        image.view,
        f"shows finding {_number(e, image.finding)}" if image.finding else "",
        "key image" if image.key_image else "",
        f"taken {short_date(taken.date())}, {clock_time(taken.time())}" if taken else "",
        f"{image.width} × {image.height} pixels",
        f"picture {image.frame} of its file" if image.frame > 1 else "",
        f"the file says otherwise: {', '.join(image.differs)}" if image.differs else "",
        image.differs_reason,
        f"quality when taken in: {', '.join(image.flaws).replace('_', ' ')}" if image.flaws else "",
        f"{image.media_type.removeprefix('image/').upper()} file {image.sha256[:12]}",
        f"clean copy {image.clean_sha256[:12]}",
    )


def gland_words(g: f.GlandFacts) -> str:
    """One gland examined, in a sentence without its end."""
    lsd = "; ".join(v.label(x) for v, x in ((LSD_L, g.lsd_l), (LSD_S, g.lsd_s), (LSD_D, g.lsd_d)) if x)
    complete = _if(g.complete, "complete", "not complete")
    return _joined(
        _joined(told(GlandExamined, "side", g.side), told(GlandExamined, "gland", g.gland).lower(), by=" "),
        told(GlandExamined, "duct", g.duct),
        f"access: {told(GlandExamined, 'access', g.access).lower()}" if g.access else "",
        f"reached: {told(GlandExamined, 'extent', g.extent).lower()}" if g.extent else "",
        complete,
        told(GlandExamined, "incomplete_causes", tuple(t for t in g.incomplete_causes if t != "other")).lower(),
        g.incomplete_reason,
        f"not judged: {told(GlandExamined, 'not_judged', g.not_judged).lower()}" if g.not_judged else "",
        f"next: {told(GlandExamined, 'next_steps', g.next_steps)}" if g.next_steps else "",
        lsd,
    )


def finding_words(x: f.FindingFacts) -> str:
    """One finding with everything that was recorded of it."""
    return _joined(
        told(Finding, "type", x.type),
        _joined(told(Finding, "side", x.side).lower(), told(Finding, "gland", x.gland).lower(), by=" "),
        told(Finding, "segment", x.segment).lower(),
        f"{_mm(x.distance_from_papilla_mm)} from the papilla" if x.distance_from_papilla_mm is not None else "",
        f"size {_mm(x.size_mm)}" if x.size_mm is not None else "",
        f"width {_mm(x.width_mm)}" if x.width_mm is not None else "",
        f"{x.count} in number" if x.count is not None else "",
        told(Finding, "mobility", x.mobility).lower(),
        f"visible: {told(Finding, 'visibility', x.visibility).lower()}" if x.visibility else "",
        _if(x.palpable, "palpable", "not palpable"),
        f"{x.lumen_percent} % of the lumen" if x.lumen_percent is not None else "",
        f"length {_mm(x.length_mm)}" if x.length_mm is not None else "",
        f"passable: {told(Finding, 'passable', x.passable).lower()}" if x.passable else "",
        told(Finding, "distribution", x.distribution).lower(),
        told(Finding, "severity", x.severity).lower(),
        x.appearance,
        f"no image: {x.not_imaged_reason}" if x.not_imaged_reason else "",
        x.note,
    )


def treatment_words(e: f.EncounterFacts, i: f.InterventionFacts) -> str:
    """One treatment with everything that was recorded of it."""
    return _joined(
        told(Intervention, "type", i.type),
        f"for finding {_number(e, i.finding)}" if i.finding else "",
        *treatment_details(i),
        i.note,
    )


def told(model: Any, name: str, value: Any) -> str:
    """A value of a field in words, as its vocabulary says it."""
    from documentation.kernel.vocabulary import BY_NAME
    from documentation.models.fields import TokenList

    field = model._meta.get_field(name)
    if isinstance(value, tuple | list):
        words = next((BY_NAME[v.vocabulary] for v in field.validators if isinstance(v, TokenList)), None)
        return ", ".join(words.label(v) if words else v for v in value)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _yes(value)
    if isinstance(value, date):
        return short_date(value)
    return str(dict(field.choices or ()).get(value, value))


def _lines(model: Any, facts: Any, names: str) -> tuple[Line, ...]:
    return tuple(Line(_label(model, n), told(model, n, getattr(facts, n))) for n in names.split())


def _label(model: Any, name: str) -> str:
    label = str(model._meta.get_field(name).verbose_name)
    return label[:1].upper() + label[1:]


def _joined(*parts: str, by: str = ", ") -> str:
    return by.join(p for p in parts if p)


def _span(start: date | None, end: date | None) -> str:
    if start and end:
        return f"{short_date(start)} to {short_date(end)}"
    return f"since {short_date(start)}" if start else f"until {short_date(end)}" if end else ""


def _yes(value: bool | None) -> str:
    return _if(value, "Yes", "No")


def _if(value: bool | None, yes: str, no: str) -> str:
    return "" if value is None else yes if value else no


def _mm(value: Decimal) -> str:
    return f"{value.normalize():f} mm"


def _number(e: f.EncounterFacts, key: str) -> str:
    return next((str(n) for n, x in enumerate(e.findings, 1) if x.key == key), key)


def glands_with_findings(facts: f.EncounterFacts) -> tuple[tuple[str, str], ...]:
    """(gland, side) of everything examined or found, each once: what duct maps are drawn of."""
    seen: Iterable[tuple[str, str]] = [(g.gland, g.side) for g in facts.procedure.glands]
    seen = [*seen, *((x.gland, x.side) for x in facts.findings)]
    return tuple(dict.fromkeys((g, s) for g, s in seen if g and s))
