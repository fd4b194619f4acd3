"""Facts of an encounter, and the lists that clinicians work from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from documentation import facts as f
from documentation.kernel.pending import marks_from, paths_of
from documentation.kernel.rule import Report, check
from documentation.kernel.wire import from_data, with_values
from documentation.models import Addendum, AmendmentRequest, Clinician, Encounter, EncounterImage, Location, Patient
from documentation.models.among import Keys, among
from documentation.models.together import Prepared
from documentation.queries.amendments import denied as denied_requests
from documentation.queries.amendments import denied_facts, denied_of
from documentation.queries.versions import of_visit
from documentation.rules import CATALOGUE
from documentation.workflow import EncounterStatus


def facts_of(encounter: Encounter, *, today: date | None = None) -> f.EncounterFacts:
    """The facts of an encounter: of a signed one as they were signed, with its addenda; else as they are now.

    `today` is the date at the location; without it no rule about the present day can fail.
    """
    return facts_from(encounter, _added(encounter), _denied(encounter), today=today)


def facts_from(
    encounter: Encounter,
    added: Iterable[Addendum],
    denied: Iterable[AmendmentRequest] = (),
    *,
    today: date | None = None,
) -> f.EncounterFacts:
    """The same, where everything that was added to any version of the visit is at hand, and what patients asked to have
    amended in any and were denied, each in its order.
    """
    beside = {"addenda": _addenda(encounter, added), "denied": denied_facts(encounter, denied)}
    signature = getattr(encounter, "signature", None)
    if signature is not None:
        signed = from_data(f.EncounterFacts, json.loads(signature.content))
        stamp = f.SignatureFacts(
            name=signature.name,
            credential=signature.credential,
            licence=signature.licence,
            signed_at=signature.signed_at,
            content_sha256=signature.content_sha256,
        )
        return with_values(signed, status=encounter.status, today=today, signature=stamp, **beside)
    return with_values(draft_facts(encounter, today=today), **beside)


def _added(encounter: Encounter) -> Iterable[Addendum]:
    if encounter.origin_id is None:
        return encounter.addenda.all()
    return Addendum.objects.filter(encounter__in=of_visit(encounter.visit_key)).select_related("encounter")


def _denied(encounter: Encounter) -> Iterable[AmendmentRequest]:
    """Nobody asks to have amended what was never signed."""
    is_first_draft = encounter.origin_id is None and not encounter.is_locked
    return () if is_first_draft else denied_of(encounter)


def drafts_with_facts(
    drafts: Collection[tuple[int, int | None]], *, at: datetime
) -> list[tuple[Encounter, f.EncounterFacts]]:
    """Unsigned records with their facts, each on the day at its location, in one query; `drafts` are their keys, each
    beside the one of its visit's first version where it is a correction.
    """
    if not drafts:
        return []
    found = _unsigned({"drafts": {key for key, _ in drafts}, "visits": {origin for _, origin in drafts if origin}})
    added: dict[int, list[Addendum]] = defaultdict(list)
    for row in found["added"]:
        added[row.encounter.visit_key].append(row)
    denied: dict[int, list[AmendmentRequest]] = defaultdict(list)
    for row in found["denied"]:
        denied[row.encounter.visit_key].append(row)
    return [
        (e, facts_from(e, added[e.visit_key], denied[e.visit_key], today=e.location.today(at))) for e in found["drafts"]
    ]


@Prepared
def _unsigned(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    """Nobody adds to what was never signed, nor asks to have it amended: that is read for corrections."""
    visits = Encounter.objects.filter(among("pk", keys["visits"]) | among("origin", keys["visits"])).order_by()
    versions = visits.values("pk")
    return {
        "drafts": with_record().filter(among("pk", keys["drafts"])),
        "added": Addendum.objects.filter(encounter__in=versions).select_related("encounter"),
        "denied": denied_requests().filter(encounter__in=versions),
    }


def _addenda(encounter: Encounter, added: Iterable[Addendum]) -> tuple[f.AddendumFacts, ...]:
    """What was added to the record, and before to earlier versions of it: a correction takes no addendum away."""
    own, earlier = [], []
    for a in added:
        if a.encounter_id == encounter.pk:
            own.append(f.AddendumFacts(a.body, a.author_name, a.added_at))
        elif a.encounter.version < encounter.version:
            earlier.append(f.AddendumFacts(a.body, a.author_name, a.added_at, a.encounter.version))
    return (*earlier, *own)


def draft_facts(encounter: Encounter, *, today: date | None = None, with_unconfirmed: bool = False) -> f.EncounterFacts:
    """The facts as the rows say now, whether signed or not.

    A value that is still to be confirmed counts as not recorded, and a row whose kind is to be confirmed as not there;
    `with_unconfirmed` takes them as they stand, to show or to propose.
    """
    marks = () if with_unconfirmed else marks_from(encounter.to_confirm)
    hidden = paths_of(marks)
    rows = {name: _confirmed_rows(encounter, name, hidden) for name in _LISTS}
    keys = {finding.pk: finding.key for finding, _ in rows["findings"]}
    procedure = _Taker(encounter.procedure, "procedure", hidden)
    interpretation = _Taker(encounter.interpretation, "interpretation", hidden)
    plan = _Taker(encounter.planofcare, "plan", hidden)
    return f.EncounterFacts(
        number=encounter.number,
        status=encounter.status,
        version=encounter.version,
        unlock_reason=encounter.unlock_reason,
        today=today,
        service_date=encounter.service_date,
        start_time=encounter.start_time,
        end_time=encounter.end_time,
        place_of_service=encounter.place_of_service,
        assistant=encounter.assistant,
        intake_by=encounter.intake_by,
        intake_at=encounter.intake_at,
        sialoendoscopy_performed=_Taker(encounter, "procedure", hidden)["sialoendoscopy_performed"],
        patient=patient_facts(encounter.patient),
        location=location_facts(encounter.location),
        clinician=clinician_facts(encounter.clinician),
        justification=_justification(encounter, hidden),
        procedure=f.ProcedureFacts(
            **procedure("consent_on consent_by anesthesia anesthesia_agent anesthesia_dose_mg anesthesia_by"),
            **procedure("scope_type scope_maker scope_model scope_serial scope_outer_diameter_mm irrigation"),
            **procedure("scope_channel_mm irrigation_ml complication_grade complication_note"),
            complications=tuple(procedure["complications"]),
            glands=tuple(
                f.GlandFacts(
                    **take("gland side duct access extent complete incomplete_reason lsd_l lsd_s lsd_d"),
                    incomplete_causes=tuple(take["incomplete_causes"]),
                    not_judged=tuple(take["not_judged"]),
                    next_steps=tuple(take["next_steps"]),
                )
                for _, take in rows["glands"]
            ),
        ),
        findings=tuple(
            f.FindingFacts(
                key=r.key,
                **take("type gland side segment distance_from_papilla_mm size_mm count mobility visibility"),
                **take("palpable lumen_percent length_mm passable not_imaged_reason note"),
                **take("width_mm distribution severity appearance"),
            )
            for r, take in rows["findings"]
        ),
        interventions=tuple(
            f.InterventionFacts(
                finding=keys.get(r.finding_id or 0, ""),
                **take("type note device diameter_mm pressure_atm duration_s drug dose_mg volume_ml size_fr"),
                **take("planned_days retrieval to_pathology"),
            )
            for r, take in rows["interventions"]
        ),
        images=tuple(_image_facts(n, r, keys) for n, (r, _) in enumerate(rows["images"], start=1)),
        interpretation=f.InterpretationFacts(
            **interpretation("text clinical_relevance quality comparison"),
            findings=tuple(interpretation["findings"]),
        ),
        diagnoses=tuple(plan["diagnoses"]),
        plan=f.PlanFacts(
            **plan("follow_up_days statement stent_removal_on warning_signs"),
            recommendations=tuple(plan["recommendations"]),
            measures=tuple(plan["measures"]),
        ),
        other_procedures=tuple(
            f.OtherProcedureFacts(code=r.code, fee_cents=int(r.fee * 100), documented=r.documented)
            for r, _ in rows["other_procedures"]
        ),
        to_confirm=tuple(m.path for m in marks),
    )


def justification_facts(encounter: Encounter) -> f.JustificationFacts:
    """Why the examination is needed, as the rows say now; what is to be confirmed counts as not recorded."""
    return _justification(encounter, paths_of(marks_from(encounter.to_confirm)))


def _justification(encounter: Encounter, hidden: frozenset[str]) -> f.JustificationFacts:
    take = _Taker(encounter.justification, "justification", hidden)
    return f.JustificationFacts(
        **take("gland side onset_on episodes_per_month relation_to_meals pain statement"),
        **take("change_of_care risk_without history_note"),
        indications=tuple(take["indications"]),
        symptoms=tuple(take["symptoms"]),
        history=tuple(take["history"]),
        prior_care=tuple(
            f.PriorCareFacts(**of_row("type from_on to_on result"))
            for _, of_row in _confirmed_rows(encounter, "prior_care", hidden)
        ),
        prior_imaging=tuple(
            f.PriorImagingFacts(**of_row("modality done_on result inconclusive limitation"))
            for _, of_row in _confirmed_rows(encounter, "prior_imaging", hidden)
        ),
    )


@dataclass(frozen=True)
class _Taker:
    """Reads a row; what lies under a hidden path reads as not recorded."""

    row: Any
    path: str
    hidden: frozenset[str]

    def __getitem__(self, name: str) -> Any:
        if f"{self.path}.{name}" in self.hidden:
            return self.row._meta.get_field(name).get_default()
        return getattr(self.row, name)

    def __call__(self, names: str) -> dict[str, Any]:
        return {name: self[name] for name in names.split()}


def _confirmed_rows(encounter: Encounter, name: str, hidden: frozenset[str]) -> list[tuple[Any, _Taker]]:
    """The rows of a list whose kind is confirmed, each with its reader."""
    section, kind, known_by = _KEPT[name]
    takers = [_Taker(r, f"{section}.{name}.{getattr(r, known_by)}", hidden) for r in getattr(encounter, name).all()]
    return [(t.row, t) for t in takers if f"{t.path}.{kind}" not in hidden]


_KEPT = {
    "prior_care": ("justification", "type", "pk"),
    "prior_imaging": ("justification", "modality", "pk"),
    "glands": ("procedure", "gland", "pk"),
    "findings": ("findings", "type", "key"),
    "interventions": ("findings", "type", "pk"),
    "images": ("images", "kind", "pk"),
    "other_procedures": ("visit", "code", "pk"),
}
"""By list: its section, the field without which a row says nothing, and the field that rows are known by."""
_LISTS = ("glands", "findings", "interventions", "images", "other_procedures")


def _image_facts(figure: int, row: EncounterImage, keys: dict[int, str]) -> f.ImageFacts:
    return f.ImageFacts(
        figure=figure,
        **_take(
            row, "kind caption gland side segment view captured_at key_image reading width height frame differs_reason"
        ),
        differs=tuple(row.differs),
        flaws=tuple(row.flaws),
        finding=keys.get(row.finding_id or 0, ""),
        sha256=row.original.sha256,
        clean_sha256=row.clean_copy.sha256,
        media_type=row.clean_copy.media_type,
        annotations=annotations_of(row),
    )


def annotations_of(image: EncounterImage) -> tuple[f.AnnotationFacts, ...]:
    """What was drawn on a picture, in the order in which it was drawn."""
    return tuple(
        f.AnnotationFacts(
            **_take(row, "key kind x1 y1 x2 y2 label ink length_mm drawn_at"), author=row.author.display_name
        )
        for row in image.annotations.all()
    )


def _take(row: object, names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names.split()}


def address_facts(row: object) -> f.Address:
    return f.Address(**_take(row, "line1 line2 city state zip"))


def patient_facts(patient: Patient) -> f.PatientFacts:
    return f.PatientFacts(
        **_take(patient, "number chart_number first_name middle_name last_name birth_date sex phone email"),
        address=address_facts(patient),
    )


def location_facts(location: Location) -> f.LocationFacts:
    return f.LocationFacts(
        **_take(location, "name npi tax_id time_zone phone"),
        address=address_facts(location),
    )


def clinician_facts(clinician: Clinician) -> f.ClinicianFacts:
    return f.ClinicianFacts(**_take(clinician, "first_name last_name credential npi licence licence_state taxonomy"))


def report_of(encounter: Encounter, *, today: date) -> Report:
    """What the record still lacks, by the rules of documentation."""
    return report_from(facts_of(encounter, today=today))


def report_from(facts: f.EncounterFacts) -> Report:
    """The same, where the facts are at hand already."""
    return check(facts, CATALOGUE)


def with_record() -> QuerySet[Encounter]:
    """Encounters with everything that `facts_of` reads, in a constant number of queries."""
    return Encounter.objects.select_related(
        "patient", "location", "clinician", "justification", "procedure", "interpretation", "planofcare", "signature"
    ).prefetch_related(
        "prior_care",
        "prior_imaging",
        "glands",
        "findings",
        "interventions",
        "images__original",
        "images__clean_copy",
        "images__annotations__author",
        "other_procedures",
        "addenda",
    )


def for_facts(found: QuerySet[Encounter]) -> QuerySet[Encounter]:
    """Encounters with what `facts_from` reads of signed ones."""
    return found.select_related("patient", "signature").prefetch_related("location")


def read_for_facts(keys: Collection[int]) -> dict[int, Encounter]:
    """Encounters by key with what `facts_from` reads, however many, in the same number of queries.

    Of a signed one that is its signature, so the rows beneath are left where they are.
    """
    rows = {e.pk: e for e in for_facts(Encounter.objects.filter(among("pk", keys)))}
    unsigned = [key for key, row in rows.items() if not hasattr(row, "signature")]
    return rows | {e.pk: e for e in with_record().filter(among("pk", unsigned))} if unsigned else rows


def unfinished(clinician: Clinician | None = None) -> QuerySet[Encounter]:
    """Drafts, oldest first."""
    found = Encounter.objects.filter(status=EncounterStatus.DRAFT).select_related("patient", "location", "clinician")
    return found.filter(clinician=clinician) if clinician else found


def planned(clinician: Clinician | None = None) -> QuerySet[Encounter]:
    """Planned visits, soonest first."""
    found = Encounter.objects.filter(status=EncounterStatus.PLANNED).select_related("patient", "location", "clinician")
    return found.filter(clinician=clinician) if clinician else found
