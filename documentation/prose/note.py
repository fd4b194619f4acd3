"""The encounter note in its eight sections, as rows of label and value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from documentation.facts import EncounterFacts
from documentation.kernel import vocabulary as v
from documentation.kernel.dates import clock_time, long_date
from documentation.kernel.vocabulary import NONE, Vocabulary
from documentation.prose import limits
from documentation.prose.marks import legend_of
from documentation.prose.moments import moment
from documentation.prose.names import appearance, noun_phrase, place_words, the_gland, traits, treatment_details
from documentation.prose.phrases import bare, capital, days, diagnosis_words, millimeters, number, period, uncapital
from documentation.rules.predicates import attempt_only


@dataclass(frozen=True)
class Row:
    """A label and what the record says; an empty value is shown as not recorded."""

    label: str
    value: str


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    rows: tuple[Row, ...]


DENIED = "Amendment denied"
"""The row of a request to amend that was denied: it stands with the record wherever that goes."""


def sections(e: EncounterFacts, diagnosis: Callable[[str], str] = diagnosis_words) -> tuple[Section, ...]:
    """The eight sections, in the order in which the note is written. `diagnosis` gives the words of a code."""
    return (
        Section("visit", "Visit", tuple(_visit(e))),
        Section("justification", "Medical justification", tuple(_justification(e))),
        Section("procedure", "Procedure", tuple(_procedure(e))),
        Section("findings", "Findings and treatment", tuple(_findings(e))),
        Section("images", "Images", tuple(_images(e))),
        Section("interpretation", "Interpretation", tuple(_interpretation(e, diagnosis))),
        Section("plan", "Plan of care", tuple(_plan(e))),
        Section("signature", "Signature", tuple(_signature(e))),
    )


def _tokens(words: Vocabulary, tokens: tuple[str, ...]) -> str:
    return ", ".join(words.label(t) if i == 0 else _lower(words.label(t)) for i, t in enumerate(tokens))


def _lower(label: str) -> str:
    return (
        label[:1].lower() + label[1:]
        if label[1:2].islower() and not label.startswith(("Sjögren", "Stensen"))
        else label
    )


def _visit(e: EncounterFacts) -> Iterator[Row]:
    times = "–".join(clock_time(t) for t in (e.start_time, e.end_time) if t)
    yield Row("Date", ", ".join(x for x in (long_date(e.service_date) if e.service_date else "", times) if x))
    yield Row(
        "Patient",
        " · ".join(
            x
            for x in (
                e.patient.full_name,
                f"born {long_date(e.patient.birth_date)}" if e.patient.birth_date else "",
                e.patient.chart_number,
            )
            if x
        ),
    )
    yield Row("Clinician", e.clinician.signature_name)
    if e.assistant:
        yield Row("Assistant", e.assistant)
    if e.intake_by:
        at = moment(e.intake_at, e.location.time_zone) if e.intake_at else ""
        yield Row("Intake by", ", ".join(x for x in (e.intake_by, at) if x))
    yield Row(
        "Place",
        " · ".join(
            x
            for x in (e.location.name, v.PLACE_OF_SERVICE.label(e.place_of_service) if e.place_of_service else "")
            if x
        ),
    )


def _justification(e: EncounterFacts) -> Iterator[Row]:
    j = e.justification
    yield Row("Indications", _tokens(v.INDICATION, j.indications))
    if j.symptoms:
        yield Row("Symptoms", _tokens(v.SYMPTOM, j.symptoms))
    yield Row("Gland", capital(the_gland(j.gland, j.side).removeprefix("the ")) if j.gland else "")
    often = f"{j.episodes_per_month} a month" if j.episodes_per_month is not None else ""
    meals = {True: "related to meals", False: "not related to meals", None: ""}[j.relation_to_meals]
    pain = f"pain {j.pain}/10" if j.pain is not None else ""
    onset = f"since {long_date(j.onset_on)}" if j.onset_on else ""
    yield Row("Course", capital(", ".join(x for x in (onset, often, meals, pain) if x)))
    if j.statement:
        yield Row("History", j.statement)
    yield Row("Background", _tokens(v.HISTORY, j.history) if j.history != (NONE,) else "None relevant")
    if j.history_note:
        yield Row("", j.history_note)
    care = [
        " ".join(x for x in (v.PRIOR_CARE.label(c.type), period(c.from_on, c.to_on)) if x)
        + (f": {c.result}" if c.result else "")
        for c in j.prior_care
    ]
    yield Row("Conservative care", "\n".join(care))
    studies = []
    for s in j.prior_imaging:
        head = v.IMAGING_MODALITY.label(s.modality) + (f", {long_date(s.done_on)}" if s.done_on else "")
        result = [
            v.IMAGING_RESULT.label(s.result).lower() if s.result else "",
            "did not answer the question" if s.inconclusive and s.result != "inconclusive" else "",
            s.limitation,
        ]
        studies.append(head + (": " if any(result) else "") + "; ".join(x for x in result if x))
    yield Row("Earlier imaging", "\n".join(studies))
    yield Row("Change of care", j.change_of_care)
    if j.risk_without:
        yield Row("Risk without", j.risk_without)


def _procedure(e: EncounterFacts) -> Iterator[Row]:
    p = e.procedure
    yield Row(
        "Consent",
        ", ".join(
            x
            for x in (long_date(p.consent_on) if p.consent_on else "", f"by {p.consent_by}" if p.consent_by else "")
            if x
        ),
    )
    dose = f"{number(p.anesthesia_dose_mg)}\u00a0mg" if p.anesthesia_dose_mg is not None else ""
    yield Row(
        "Anesthesia",
        ", ".join(x for x in (v.ANESTHESIA.label(p.anesthesia) if p.anesthesia else "", p.anesthesia_agent, dose) if x),
    )
    if p.anesthesia_by:
        yield Row("Anesthesia given by", p.anesthesia_by)
    scope = [
        f"{millimeters(p.scope_outer_diameter_mm)} outer diameter" if p.scope_outer_diameter_mm is not None else "",
        f"{millimeters(p.scope_channel_mm)} working channel" if p.scope_channel_mm is not None else "",
        v.SCOPE_TYPE.label(p.scope_type).lower() if p.scope_type else "",
        " ".join(x for x in (p.scope_maker, p.scope_model) if x),
        f"serial {p.scope_serial}" if p.scope_serial else "",
    ]
    yield Row("Endoscope", ", ".join(x for x in scope if x))
    fluid = f"{p.irrigation_ml}\u00a0mL" if p.irrigation_ml is not None else ""
    if p.irrigation or fluid:
        yield Row("Irrigation", ", ".join(x for x in (capital(p.irrigation), fluid) if x))
    for g in p.glands:
        reached = f"extent: {_lower(v.EXTENT.label(g.extent))}" if g.extent else ""
        whole = {True: "examination complete", False: "examination incomplete", None: ""}[g.complete]
        parts = [
            v.DUCT.label(g.duct) if g.duct else "",
            v.ACCESS.label(g.access).lower() if g.access else "",
            reached,
            whole,
            _tokens(v.INCOMPLETE_CAUSE, tuple(t for t in g.incomplete_causes if t != "other")).lower(),
            uncapital(bare(g.incomplete_reason)),
            f"not judged: {_tokens(v.SEGMENT, g.not_judged).lower()}" if g.not_judged else "",
            f"LSD L{g.lsd_l} S{g.lsd_s} D{g.lsd_d}" if g.lsd else "",
        ]
        yield Row(
            capital(the_gland(g.gland, g.side).removeprefix("the ").removesuffix(" gland")),
            ", ".join(x for x in parts if x),
        )
    yield Row("Complications", _tokens(v.COMPLICATION, p.complications) if p.complications != (NONE,) else "None")
    if p.complication_grade:
        yield Row("Grade", v.COMPLICATION_GRADE.label(p.complication_grade))
    if p.complication_note:
        yield Row("Course", p.complication_note)


NOT_ENTERED = "None: no duct was entered"


def _findings(e: EncounterFacts) -> Iterator[Row]:
    if not e.findings and attempt_only(e):
        yield Row("Findings", NOT_ENTERED)
    elif not e.findings:
        yield Row("Findings", "")
    for i, f in enumerate(e.findings, 1):
        where = place_words(f, full=True)
        if f.is_normal:
            text = "Normal" + (f" {where}" if where else "")
        else:
            text = capital(" ".join(x for x in (noun_phrase(f), where) if x))
        passable = f"passable: {_lower(v.PASSABLE.label(f.passable))}" if f.passable else ""
        figures = ", ".join(str(image.figure) for image in e.images_of(f.key))
        seen = f"figure{'s' if ',' in figures else ''} {figures}" if figures else f.not_imaged_reason
        yield Row(f"Finding {i}", "; ".join(x for x in (text, *traits(f), *appearance(f), f.note, passable, seen) if x))
    done = []
    for t in e.interventions:
        at = next((i for i, f in enumerate(e.findings, 1) if f.key == t.finding), 0)
        details = ", ".join((*treatment_details(t), *([t.note] if t.note else [])))
        done.append(
            v.INTERVENTION.label(t.type) + (f" (finding {at})" if at else "") + (f": {details}" if details else "")
        )
    yield Row("Treatment", "\n".join(done) or ("None" if attempt_only(e) else ""))


def _images(e: EncounterFacts) -> Iterator[Row]:
    if not e.images:
        yield Row("Images", NOT_ENTERED if attempt_only(e) else "")
    for image in e.images:
        yield Row(
            f"Figure {image.figure}",
            " · ".join(
                x for x in (v.IMAGE_KIND.label(image.kind), image.caption, image.reading, legend_of(image)) if x
            ),
        )


def _interpretation(e: EncounterFacts, diagnosis: Callable[[str], str]) -> Iterator[Row]:
    i = e.interpretation
    if attempt_only(e) and not i.text:
        yield Row("Reading", "There are no images to read")
        yield Row("Diagnoses", "\n".join(f"{c}  {diagnosis(c)}".rstrip() for c in e.diagnoses))
        return
    yield Row("Quality", v.QUALITY.label(i.quality) if i.quality else "")
    yield Row("Reading", i.text)
    if i.comparison:
        yield Row("Comparison", i.comparison)
    yield Row("Clinical relevance", i.clinical_relevance)
    yield Row("Diagnoses", "\n".join(f"{c}  {diagnosis(c)}".rstrip() for c in e.diagnoses))


def _plan(e: EncounterFacts) -> Iterator[Row]:
    follows = limits.follows(e)
    if follows:
        yield Row("After the incomplete examination", follows)
    if e.plan.measures:
        yield Row("Care after", _tokens(v.CARE_AFTER, e.plan.measures))
    yield Row("Recommendations", "\n".join(capital(r) for r in e.plan.recommendations))
    yield Row("Follow-up", f"In {days(e.plan.follow_up_days)}" if e.plan.follow_up_days else "")
    if e.plan.stent_removal_on:
        yield Row("Stent removal", long_date(e.plan.stent_removal_on))
    if e.plan.warning_signs is not None:
        yield Row("Warning signs", "Given" if e.plan.warning_signs else "Not given")
    if e.plan.statement:
        yield Row("Statement", e.plan.statement)


def _signature(e: EncounterFacts) -> Iterator[Row]:
    s = e.signature
    yield Row("Signed by", signer(s.name, s.credential) if s else "")
    if s:
        yield Row("License", s.licence)
        yield Row("Signed", moment(s.signed_at, e.location.time_zone) if s.signed_at else "")
        yield Row("Content SHA-256", s.content_sha256)
    for a in e.addenda:
        yield Row("Addendum", f"{a.text}\n{a.author}, {moment(a.added_at, e.location.time_zone)}")
    for d in e.denied:
        yield Row(DENIED, f"{d.text}\n{d.number}")


def signer(name: str, credential: str) -> str:
    """The name with its credential, once."""
    return name if not credential or name.endswith(credential) else f"{name}, {credential}"
