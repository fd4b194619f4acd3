"""What rules, narratives and packets see of an encounter: frozen, complete, without any database behind it.

The field names are those of the case format. An empty text or tuple means 'not recorded'; the word `none`
in a list means 'asked, and there was none'; a missing bool is None.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property


@dataclass(frozen=True)
class Address:
    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""

    @property
    def is_whole(self) -> bool:
        return bool(self.line1 and self.city and self.state and self.zip)

    @property
    def lines(self) -> tuple[str, ...]:
        """Street, and city with state and ZIP code, as far as they are known."""
        street = " ".join(p for p in (self.line1, self.line2) if p)
        zip_code = f"{self.zip[:5]}-{self.zip[5:]}" if len(self.zip) == 9 else self.zip
        place = " ".join(p for p in (self.city, self.state, zip_code) if p)
        return tuple(p for p in (street, place) if p)

    @property
    def one_line(self) -> str:
        return ", ".join(self.lines)


@dataclass(frozen=True)
class PatientFacts:
    number: str = ""
    chart_number: str = ""
    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    birth_date: date | None = None
    sex: str = ""
    address: Address = Address()
    phone: str = ""
    email: str = ""

    @property
    def full_name(self) -> str:
        return " ".join(p for p in (self.first_name, self.middle_name, self.last_name) if p)

    @property
    def initials(self) -> str:
        return "".join(f"{p[0]}." for p in (self.first_name, self.last_name) if p)


@dataclass(frozen=True)
class LocationFacts:
    name: str = ""
    npi: str = ""
    tax_id: str = ""
    time_zone: str = ""
    address: Address = Address()
    phone: str = ""


@dataclass(frozen=True)
class ClinicianFacts:
    first_name: str = ""
    last_name: str = ""
    credential: str = ""
    npi: str = ""
    licence: str = ""
    licence_state: str = ""
    taxonomy: str = ""

    @property
    def signature_name(self) -> str:
        name = f"{self.first_name} {self.last_name}".strip()
        return f"{name}, {self.credential}" if self.credential else name


@dataclass(frozen=True)
class PriorCareFacts:
    type: str
    from_on: date | None = None
    to_on: date | None = None
    result: str = ""


@dataclass(frozen=True)
class PriorImagingFacts:
    modality: str
    done_on: date | None = None
    result: str = ""
    inconclusive: bool | None = None
    limitation: str = ""


@dataclass(frozen=True)
class JustificationFacts:
    """Why the examination was needed. `pain` 0-10; `episodes_per_month` 0-999."""

    indications: tuple[str, ...] = ()
    gland: str = ""
    side: str = ""
    onset_on: date | None = None
    episodes_per_month: int | None = None
    relation_to_meals: bool | None = None
    pain: int | None = None
    statement: str = ""
    change_of_care: str = ""
    risk_without: str = ""
    history: tuple[str, ...] = ()
    prior_care: tuple[PriorCareFacts, ...] = ()
    prior_imaging: tuple[PriorImagingFacts, ...] = ()
    symptoms: tuple[str, ...] = ()
    history_note: str = ""


@dataclass(frozen=True)
class GlandFacts:
    """One gland examined. The LSD grade is empty where it was not given."""

    gland: str
    side: str
    duct: str = ""
    access: str = ""
    extent: str = ""
    complete: bool | None = None
    incomplete_reason: str = ""
    lsd_l: str = ""
    lsd_s: str = ""
    lsd_d: str = ""
    incomplete_causes: tuple[str, ...] = ()
    not_judged: tuple[str, ...] = ()
    """Segments of which the examination says nothing, because it was not complete."""
    next_steps: tuple[str, ...] = ()

    @property
    def was_entered(self) -> bool:
        return self.extent != "not_entered"

    @property
    def lsd(self) -> str:
        """Such as `L0S1D0`; empty unless all three are given."""
        return f"L{self.lsd_l}S{self.lsd_s}D{self.lsd_d}" if self.lsd_l and self.lsd_s and self.lsd_d else ""


@dataclass(frozen=True)
class ProcedureFacts:
    """Diameters in millimetres, doses in milligrams, fluid in millilitres."""

    consent_on: date | None = None
    consent_by: str = ""
    anesthesia: str = ""
    anesthesia_agent: str = ""
    anesthesia_dose_mg: Decimal | None = None
    scope_type: str = ""
    scope_maker: str = ""
    scope_model: str = ""
    scope_serial: str = ""
    scope_outer_diameter_mm: Decimal | None = None
    irrigation: str = ""
    complications: tuple[str, ...] = ()
    glands: tuple[GlandFacts, ...] = ()
    anesthesia_by: str = ""
    scope_channel_mm: Decimal | None = None
    irrigation_ml: int | None = None
    complication_grade: str = ""
    complication_note: str = ""

    @cached_property
    def examined(self) -> tuple[GlandFacts, ...]:
        """The glands that are named with their side. Dozens of rules ask for them."""
        return tuple([g for g in self.glands if g.gland and g.side])


@dataclass(frozen=True)
class FindingFacts:
    """One thing seen. Lengths in millimetres; `lumen_percent` is the share of the lumen that it takes, 0-100."""

    key: str
    type: str
    gland: str = ""
    side: str = ""
    segment: str = ""
    distance_from_papilla_mm: Decimal | None = None
    size_mm: Decimal | None = None
    count: int | None = None
    mobility: str = ""
    visibility: str = ""
    palpable: bool | None = None
    lumen_percent: int | None = None
    length_mm: Decimal | None = None
    passable: str = ""
    not_imaged_reason: str = ""
    note: str = ""
    width_mm: Decimal | None = None
    distribution: str = ""
    severity: str = ""
    appearance: str = ""

    @property
    def is_normal(self) -> bool:
        return self.type == "normal"


@dataclass(frozen=True)
class InterventionFacts:
    """One treatment. Diameter in millimetres, pressure in atmospheres, duration in seconds, stent in French."""

    type: str
    finding: str = ""
    note: str = ""
    device: str = ""
    diameter_mm: Decimal | None = None
    pressure_atm: Decimal | None = None
    duration_s: int | None = None
    drug: str = ""
    dose_mg: Decimal | None = None
    volume_ml: Decimal | None = None
    size_fr: Decimal | None = None
    planned_days: int | None = None
    retrieval: str = ""
    to_pathology: bool | None = None


@dataclass(frozen=True)
class AnnotationFacts:
    """A mark on a picture. Places count ten-thousandths of its width and height as displayed, from the top left corner.

    An arrow leads from the first place to the second; an ellipse fills the box between them; a measurement and a scale
    are the line between them; a text stands at the first. `length_mm` is known of a scale alone.
    """

    key: str
    kind: str
    x1: int
    y1: int
    x2: int
    y2: int
    label: str = ""
    ink: str = "yellow"
    length_mm: Decimal | None = None
    author: str = ""
    drawn_at: datetime | None = None


@dataclass(frozen=True)
class ImageFacts:
    """One picture. `figure` is its number in the record, from 1; `finding` is a key of FindingFacts."""

    figure: int
    kind: str
    caption: str = ""
    gland: str = ""
    side: str = ""
    segment: str = ""
    view: str = ""
    captured_at: datetime | None = None
    finding: str = ""
    key_image: bool = False
    reading: str = ""
    sha256: str = ""
    clean_sha256: str = ""
    media_type: str = ""
    width: int = 0
    height: int = 0
    frame: int = 1
    """Which picture of the original file this is, from 1."""
    differs: tuple[str, ...] = ()
    """What the original file said of patient and day otherwise than the chart."""
    differs_reason: str = ""
    annotations: tuple[AnnotationFacts, ...] = ()
    flaws: tuple[str, ...] = ()
    """What was wrong with its quality when it was taken in."""


@dataclass(frozen=True)
class InterpretationFacts:
    text: str = ""
    clinical_relevance: str = ""
    quality: str = ""
    comparison: str = ""
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanFacts:
    recommendations: tuple[str, ...] = ()
    follow_up_days: int | None = None
    statement: str = ""
    measures: tuple[str, ...] = ()
    stent_removal_on: date | None = None
    warning_signs: bool | None = None


@dataclass(frozen=True)
class OtherProcedureFacts:
    """Another service of the same day. `documented` says that the record shows it by itself."""

    code: str
    fee_cents: int = 0
    documented: bool = False


@dataclass(frozen=True)
class SignatureFacts:
    name: str = ""
    credential: str = ""
    licence: str = ""
    signed_at: datetime | None = None
    content_sha256: str = ""


@dataclass(frozen=True)
class AddendumFacts:
    text: str
    author: str
    added_at: datetime
    version: int = 0
    """The earlier version that it was added to; 0 for the version it stands with."""


@dataclass(frozen=True)
class DeniedFacts:
    """What the patient asked to have amended and was denied, with all that was said of it: it goes with the record."""

    number: str
    text: str
    version: int = 0
    """The earlier version that it was asked of; 0 for the version it stands with."""


@dataclass(frozen=True)
class EncounterFacts:
    """Everything that was recorded of one visit. `today` is the date at the location when it was looked at."""

    number: str = ""
    status: str = "draft"
    version: int = 1
    unlock_reason: str = ""
    """Why a signed version was opened again as this one."""
    today: date | None = None
    service_date: date | None = None
    start_time: time | None = None
    end_time: time | None = None
    place_of_service: str = ""
    assistant: str = ""
    intake_by: str = ""
    """Who wrote into the record before it was begun, and when the last of them did."""
    intake_at: datetime | None = None
    sialoendoscopy_performed: bool | None = None
    patient: PatientFacts = PatientFacts()
    location: LocationFacts = LocationFacts()
    clinician: ClinicianFacts = ClinicianFacts()
    justification: JustificationFacts = JustificationFacts()
    procedure: ProcedureFacts = ProcedureFacts()
    findings: tuple[FindingFacts, ...] = ()
    interventions: tuple[InterventionFacts, ...] = ()
    images: tuple[ImageFacts, ...] = ()
    interpretation: InterpretationFacts = InterpretationFacts()
    diagnoses: tuple[str, ...] = ()
    plan: PlanFacts = PlanFacts()
    other_procedures: tuple[OtherProcedureFacts, ...] = ()
    signature: SignatureFacts | None = None
    addenda: tuple[AddendumFacts, ...] = field(default=())
    denied: tuple[DeniedFacts, ...] = ()
    to_confirm: tuple[str, ...] = ()
    """Paths of values that were filled in and that nobody confirmed yet. They are left out of all the others."""

    def finding(self, key: str) -> FindingFacts | None:
        return next((f for f in self.findings if f.key == key), None)

    def images_of(self, key: str) -> tuple[ImageFacts, ...]:
        """Pictures linked to a finding, in figure order."""
        return tuple(i for i in self.images if i.finding == key)

    def interventions_of(self, key: str) -> tuple[InterventionFacts, ...]:
        return tuple(i for i in self.interventions if i.finding == key)

    @property
    def is_signed(self) -> bool:
        return self.signature is not None
