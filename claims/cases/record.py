"""The keys of a case's encounter: the visit with its record. A field with a default may be left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from claims.cases import values as r
from claims.cases.shape import Each, Record, entry
from documentation.kernel import vocabulary as v

MILLIMETRES = r.number(0, 90, 1)
FINDING_KEY = r.text(40)
PLACE = r.whole(0, 10_000)


@dataclass(frozen=True, kw_only=True)
class Clinician:
    first_name: str = entry(r.text(60))
    last_name: str = entry(r.text(60))
    credential: str = entry(r.text(30), "")
    npi: str = entry(r.npi)
    licence: str = entry(r.text(30))
    licence_state: str = entry(r.state, "")
    taxonomy: str = entry(r.taxonomy)


@dataclass(frozen=True, kw_only=True)
class PriorCare:
    type: str = entry(r.word(v.PRIOR_CARE))
    from_on: date | None = entry(r.day, None, name="from")
    to_on: date | None = entry(r.day, None, name="to")
    result: str = entry(r.text(500), "")


@dataclass(frozen=True, kw_only=True)
class PriorImaging:
    modality: str = entry(r.word(v.IMAGING_MODALITY))
    done_on: date | None = entry(r.day, None, name="date")
    result: str = entry(r.word(v.IMAGING_RESULT), "")
    inconclusive: bool | None = entry(r.yes_or_no, None)
    limitation: str = entry(r.text(500), "")


@dataclass(frozen=True, kw_only=True)
class Justification:
    indications: tuple[str, ...] = entry(Each(r.word(v.INDICATION), unique=True), ())
    symptoms: tuple[str, ...] = entry(Each(r.word(v.SYMPTOM), unique=True), ())
    gland: str = entry(r.word(v.GLAND), "")
    side: str = entry(r.word(v.SIDE), "")
    onset_on: date | None = entry(r.day, None)
    episodes_per_month: int | None = entry(r.whole(0, 999), None)
    relation_to_meals: bool | None = entry(r.yes_or_no, None)
    pain: int | None = entry(r.whole(0, 10), None)
    statement: str = entry(r.prose(), "")
    change_of_care: str = entry(r.prose(), "")
    risk_without: str = entry(r.prose(), "")
    history: tuple[str, ...] = entry(Each(r.word(v.HISTORY), unique=True), ())
    history_note: str = entry(r.text(1000), "")
    prior_care: tuple[PriorCare, ...] = entry(Each(Record(PriorCare)), ())
    prior_imaging: tuple[PriorImaging, ...] = entry(Each(Record(PriorImaging)), ())


@dataclass(frozen=True, kw_only=True)
class Anesthesia:
    type: str = entry(r.word(v.ANESTHESIA))
    agent: str = entry(r.text(200), "")
    dose_mg: Decimal | None = entry(r.number(0, 10_000, 2), None)
    by: str = entry(r.text(120), "")


@dataclass(frozen=True, kw_only=True)
class Scope:
    type: str = entry(r.word(v.SCOPE_TYPE), "")
    maker: str = entry(r.text(80), "")
    model: str = entry(r.text(80), "")
    serial: str = entry(r.text(80), "")
    outer_diameter_mm: Decimal | None = entry(r.number(0.5, 2.5, 2), None)
    channel_mm: Decimal | None = entry(r.number(0.2, 1.2, 2), None)


@dataclass(frozen=True, kw_only=True)
class Lsd:
    L: str = entry(r.word(v.LSD_L), "")
    S: str = entry(r.word(v.LSD_S), "")
    D: str = entry(r.word(v.LSD_D), "")


@dataclass(frozen=True, kw_only=True)
class Gland:
    gland: str = entry(r.word(v.GLAND), "")
    side: str = entry(r.word(v.SIDE), "")
    duct: str = entry(r.word(v.DUCT), "")
    access: str = entry(r.word(v.ACCESS), "")
    extent: str = entry(r.word(v.EXTENT), "")
    complete: bool | None = entry(r.yes_or_no, None)
    incomplete_causes: tuple[str, ...] = entry(Each(r.word(v.INCOMPLETE_CAUSE), unique=True), ())
    incomplete_reason: str = entry(r.text(500), "")
    not_judged: tuple[str, ...] = entry(Each(r.word(v.SEGMENT), unique=True), ())
    next_steps: tuple[str, ...] = entry(Each(r.word(v.NEXT_STEP), unique=True), ())
    lsd: Lsd = entry(Record(Lsd), Lsd())


@dataclass(frozen=True, kw_only=True)
class Procedure:
    consent_on: date | None = entry(r.day, None)
    consent_by: str = entry(r.text(120), "")
    anesthesia: Anesthesia | None = entry(Record(Anesthesia), None)
    scope: Scope = entry(Record(Scope), Scope())
    irrigation: str = entry(r.text(200), "")
    irrigation_ml: int | None = entry(r.whole(0, 500), None)
    complications: tuple[str, ...] = entry(Each(r.word(v.COMPLICATION), unique=True), ())
    complication_grade: str = entry(r.word(v.COMPLICATION_GRADE), "")
    complication_note: str = entry(r.text(1000), "")
    glands: tuple[Gland, ...] = entry(Each(Record(Gland)), ())


@dataclass(frozen=True, kw_only=True)
class Finding:
    key: str = entry(FINDING_KEY)
    type: str = entry(r.word(v.FINDING))
    gland: str = entry(r.word(v.GLAND), "")
    side: str = entry(r.word(v.SIDE), "")
    segment: str = entry(r.word(v.SEGMENT), "")
    distance_from_papilla_mm: Decimal | None = entry(MILLIMETRES, None)
    size_mm: Decimal | None = entry(MILLIMETRES, None)
    width_mm: Decimal | None = entry(MILLIMETRES, None)
    count: int | None = entry(r.whole(0, 999), None)
    mobility: str = entry(r.word(v.MOBILITY), "")
    visibility: str = entry(r.word(v.VISIBILITY), "")
    palpable: bool | None = entry(r.yes_or_no, None)
    lumen_percent: int | None = entry(r.whole(0, 100), None)
    length_mm: Decimal | None = entry(MILLIMETRES, None)
    passable: str = entry(r.word(v.PASSABLE), "")
    distribution: str = entry(r.word(v.DISTRIBUTION), "")
    severity: str = entry(r.word(v.DEGREE), "")
    appearance: str = entry(r.text(200), "")
    not_imaged_reason: str = entry(r.text(500), "")
    note: str = entry(r.text(1000), "")


@dataclass(frozen=True, kw_only=True)
class Intervention:
    finding: str = entry(FINDING_KEY, "")
    type: str = entry(r.word(v.INTERVENTION))
    device: str = entry(r.text(120), "")
    diameter_mm: Decimal | None = entry(r.number(0.1, 10, 1), None)
    pressure_atm: Decimal | None = entry(r.number(0, 30, 1), None)
    duration_s: int | None = entry(r.whole(0, 7200), None)
    drug: str = entry(r.text(120), "")
    dose_mg: Decimal | None = entry(r.number(0, 10_000, 2), None)
    volume_ml: Decimal | None = entry(r.number(0, 500, 1), None)
    size_fr: Decimal | None = entry(r.number(0.5, 12, 1), None)
    planned_days: int | None = entry(r.whole(0, 365), None)
    retrieval: str = entry(r.word(v.RETRIEVAL), "")
    to_pathology: bool | None = entry(r.yes_or_no, None)
    note: str = entry(r.text(500), "")


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """A mark on a picture; places as in `documentation.facts.AnnotationFacts`."""

    kind: str = entry(r.word(v.ANNOTATION))
    x1: int = entry(PLACE)
    y1: int = entry(PLACE)
    x2: int | None = entry(PLACE, None)
    y2: int | None = entry(PLACE, None)
    label: str = entry(r.text(48), "")
    ink: str = entry(r.word(v.INK), "yellow")
    length_mm: Decimal | None = entry(r.number(0.05, 90, 2), None)


@dataclass(frozen=True, kw_only=True)
class Image:
    file: str = entry(r.file_name)
    kind: str = entry(r.word(v.IMAGE_KIND))
    caption: str = entry(r.text(300), "")
    gland: str = entry(r.word(v.GLAND), "")
    side: str = entry(r.word(v.SIDE), "")
    segment: str = entry(r.word(v.SEGMENT), "")
    view: str = entry(r.text(120), "")
    captured_at: datetime | None = entry(r.moment, None)
    finding: str = entry(FINDING_KEY, "")
    key_image: bool = entry(r.yes_or_no, False)
    reading: str = entry(r.text(1000), "")
    annotations: tuple[Annotation, ...] = entry(Each(Record(Annotation), most=40), ())


@dataclass(frozen=True, kw_only=True)
class Interpretation:
    text: str = entry(r.prose(), "")
    clinical_relevance: str = entry(r.prose(), "")
    quality: str = entry(r.text(200), "")
    comparison: str = entry(r.prose(), "")
    findings: tuple[str, ...] = entry(Each(FINDING_KEY, unique=True), ())


@dataclass(frozen=True, kw_only=True)
class Plan:
    recommendations: tuple[str, ...] = entry(Each(r.text(500), unique=True), ())
    follow_up_days: int | None = entry(r.whole(0, 3650), None)
    measures: tuple[str, ...] = entry(Each(r.word(v.CARE_AFTER), unique=True), ())
    stent_removal_on: date | None = entry(r.day, None)
    warning_signs: bool | None = entry(r.yes_or_no, None)
    statement: str = entry(r.prose(), "")


@dataclass(frozen=True, kw_only=True)
class OtherProcedure:
    code: str = entry(r.procedure_code)
    fee: Decimal = entry(r.money)
    documented: bool = entry(r.yes_or_no)


@dataclass(frozen=True, kw_only=True)
class Encounter:
    service_date: date = entry(r.day)
    start_time: time | None = entry(r.clock, None)
    end_time: time | None = entry(r.clock, None)
    place_of_service: str = entry(r.two_digits)
    clinician: Clinician = entry(Record(Clinician))
    assistant: str = entry(r.text(120), "")
    sialoendoscopy_performed: bool | None = entry(r.yes_or_no, None)
    justification: Justification = entry(Record(Justification), Justification())
    procedure: Procedure = entry(Record(Procedure), Procedure())
    findings: tuple[Finding, ...] = entry(Each(Record(Finding)), ())
    interventions: tuple[Intervention, ...] = entry(Each(Record(Intervention)), ())
    images: tuple[Image, ...] = entry(Each(Record(Image), most=300), ())
    interpretation: Interpretation = entry(Record(Interpretation), Interpretation())
    diagnoses: tuple[str, ...] = entry(Each(r.diagnosis, most=12, unique=True), ())
    plan: Plan = entry(Record(Plan), Plan())
    other_procedures: tuple[OtherProcedure, ...] = entry(Each(Record(OtherProcedure)), ())
