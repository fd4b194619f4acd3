"""What a complete record of a sialoendoscopy says, in 23 groups: which fields hold each, and where a value comes from.

The reference page of the record is written from this table; nothing else depends on it. A field is named by its
section or list and its column, such as `justification.pain` or `findings.size_mm`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from documentation.forms.fields import range_words
from documentation.forms.parts import Item
from documentation.forms.sections import SECTIONS
from documentation.kernel.vocabulary import BY_NAME
from documentation.models import (
    Clinician,
    Encounter,
    EncounterImage,
    Finding,
    GlandExamined,
    Interpretation,
    Intervention,
    Justification,
    OtherProcedure,
    PlanOfCare,
    PriorCare,
    PriorImaging,
    Procedure,
    Signature,
)
from documentation.models.fields import TextList, TokenList


@dataclass(frozen=True)
class RecordGroup:
    """`need` is `required`, `if it applies` or `optional`; `source` says who or what the values come from."""

    number: int
    title: str
    need: str
    source: str
    paths: tuple[str, ...]


def _group(number: int, title: str, need: str, source: str, **fields: str) -> RecordGroup:
    paths = tuple(f"{place}.{name}" for place, names in fields.items() for name in names.split())
    return RecordGroup(number, title, need, source, paths)


REQUIRED, IF_SO, OPTIONAL = "required", "if it applies", "optional"

GROUPS: tuple[RecordGroup, ...] = (
    _group(1, "Date and times", REQUIRED, "the visit", visit="service_date start_time end_time"),
    _group(2, "Place", REQUIRED, "the location", visit="location place_of_service"),
    _group(
        3,
        "People",
        REQUIRED,
        "the practice",
        visit="clinician assistant",
        clinician="npi",
        encounter="intake_by intake_at",
    ),
    _group(
        4,
        "Complaint",
        REQUIRED,
        "the patient; the duration follows from ‘since’ and the date of service",
        justification="indications symptoms gland side onset_on episodes_per_month pain relation_to_meals statement"
        " change_of_care risk_without",
    ),
    _group(5, "Care before", REQUIRED, "the patient, earlier charts", prior_care="type from_on to_on result"),
    _group(
        6,
        "Imaging before",
        REQUIRED,
        "reports of the studies",
        prior_imaging="modality done_on result inconclusive limitation",
    ),
    _group(7, "History", REQUIRED, "the patient, earlier charts", justification="history history_note"),
    _group(8, "Consent", REQUIRED, "the signed form", procedure="consent_on consent_by"),
    _group(
        9,
        "Anesthesia",
        REQUIRED,
        "the operator; the label of the drug",
        procedure="anesthesia anesthesia_agent anesthesia_dose_mg anesthesia_by",
    ),
    _group(10, "Gland, side and duct", REQUIRED, "the operator", glands="gland side duct"),
    _group(11, "Access", REQUIRED, "the operator", glands="access", procedure="sialoendoscopy_performed"),
    _group(
        12,
        "Endoscope",
        REQUIRED,
        "the label of the endoscope",
        procedure="scope_type scope_maker scope_model scope_serial scope_outer_diameter_mm scope_channel_mm",
    ),
    _group(13, "Irrigation", OPTIONAL, "the operator", procedure="irrigation irrigation_ml"),
    _group(
        14,
        "Extent",
        REQUIRED,
        "the operator",
        glands="extent complete incomplete_causes incomplete_reason not_judged next_steps",
    ),
    _group(
        15,
        "Findings",
        REQUIRED,
        "seen in the duct; lengths by the marks of the endoscope (a duct is 40 to 60 mm long, Medscape 1520153)",
        findings="type gland side segment distance_from_papilla_mm size_mm width_mm count mobility visibility palpable"
        " lumen_percent length_mm passable distribution severity appearance not_imaged_reason note",
    ),
    _group(
        16,
        "LSD grade",
        "required with a stone or a stenosis",
        "graded by the operator (Marchal and others 2008)",
        glands="lsd_l lsd_s lsd_d",
    ),
    _group(
        17,
        "Treatments",
        REQUIRED,
        "the operator; the labels of device and drug",
        interventions="type finding device diameter_mm pressure_atm duration_s drug dose_mg volume_ml size_fr"
        " planned_days retrieval to_pathology note",
        other_procedures="code fee documented",
    ),
    _group(
        18,
        "Complications",
        REQUIRED,
        "the operator; graded after Clavien and Dindo",
        procedure="complications complication_grade complication_note",
    ),
    _group(
        19,
        "Images",
        REQUIRED,
        "the endoscope, its file",
        images="original kind captured_at gland side segment view finding caption reading key_image",
    ),
    _group(
        20,
        "Interpretation",
        REQUIRED,
        "the treating clinician's reading",
        interpretation="text findings quality comparison clinical_relevance",
    ),
    _group(21, "Diagnoses", REQUIRED, "the treating clinician; ICD-10-CM", plan="diagnoses"),
    _group(
        22,
        "Subsequent care",
        REQUIRED,
        "the treating clinician",
        plan="measures recommendations follow_up_days stent_removal_on warning_signs statement",
    ),
    _group(
        23,
        "Signature",
        REQUIRED,
        "made when the record is signed",
        signature="name credential licence signed_at content_sha256",
    ),
)

MODELS: dict[str, Any] = {
    "visit": Encounter,
    "encounter": Encounter,
    "clinician": Clinician,
    "justification": Justification,
    "prior_care": PriorCare,
    "prior_imaging": PriorImaging,
    "procedure": Procedure,
    "glands": GlandExamined,
    "findings": Finding,
    "interventions": Intervention,
    "other_procedures": OtherProcedure,
    "images": EncounterImage,
    "interpretation": Interpretation,
    "plan": PlanOfCare,
    "signature": Signature,
}


def typed_items() -> Iterator[tuple[str, Item]]:
    """Every field of the guided record by its path."""
    for section in SECTIONS:
        yield from ((f"{section.key}.{item.name}", item) for item in section.items)
        for rows in section.lists:
            yield from ((f"{rows.name}.{item.name}", item) for item in (*rows.items, *rows.more))


def column(path: str) -> Any:
    """The column that a path names: a field of a model."""
    place, name = path.split(".")
    model = Encounter if path == "procedure.sialoendoscopy_performed" else MODELS[place]
    return model._meta.get_field(name)


def allowed(field: Any) -> str:
    """What a field takes, in words: a range, the words of its vocabulary, or how long a text may be."""
    span = range_words(field)
    listed = next((v for v in field.validators if isinstance(v, TokenList | TextList)), None)
    if span:
        places = getattr(field, "decimal_places", 0)
        return f"{span}, whole" if not places else f"{span}, {places} decimal{'' if places == 1 else 's'}"
    if isinstance(listed, TokenList):
        return "any of: " + "; ".join(BY_NAME[listed.vocabulary].values())
    if isinstance(listed, TextList):
        return f"up to {listed.max_items} entries of {listed.max_length} characters"
    if field.choices:
        return "one of: " + "; ".join(label for value, label in field.choices if value)
    return _kind(field)


def _kind(field: Any) -> str:
    if isinstance(field, models.BooleanField):
        return "yes, no" if field.null else "yes or nothing"
    if isinstance(field, models.DateTimeField):
        return "date and time"
    if isinstance(field, models.DateField):
        return "a date from 1850 to 2200"
    if isinstance(field, models.TimeField):
        return "a time of day"
    if isinstance(field, models.ForeignKey):
        return f"one of the {field.related_model._meta.verbose_name_plural}"
    longest = field.max_length or next((v.limit_value for v in field.validators if hasattr(v, "limit_value")), None)
    return f"text of up to {longest:,} characters"
