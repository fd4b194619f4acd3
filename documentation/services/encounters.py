"""Verbs on encounters: plan, start, cancel, and save one section at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.pending import in_section, marks_from, still_marked
from documentation.kernel.permissions import Permission
from documentation.kernel.text import clean_text
from documentation.models import (
    Clinician,
    Encounter,
    EncounterImage,
    Finding,
    GlandExamined,
    Interpretation,
    Intervention,
    Justification,
    Location,
    OtherProcedure,
    Patient,
    PlanOfCare,
    PriorCare,
    PriorImaging,
    Procedure,
    User,
)
from documentation.queries.stored import CONSENT, Rows, Values, base_of, written_by
from documentation.services.audit import record
from documentation.services.patients import standing
from documentation.services.transitions import perform
from documentation.workflow import ENCOUNTER, EncounterStatus


class StaleSection(NotPossible):
    """Somebody saved this section after the page was opened."""


def plan_visit(
    patient: Patient,
    *,
    location: Location,
    clinician: Clinician,
    service_date: date,
    start_time: Any = None,
    place_of_service: str = "11",
    by: User,
    at: datetime,
    case_id: str | None = None,
    case_sha256: str = "",
) -> Encounter:
    """A planned visit, on which eligibility, authorization and estimate can hang before the procedure."""
    if not by.may(Permission.VISIT_PLAN):
        raise NotPermitted("Your role does not allow you to plan visits.")
    if service_date < patient.birth_date:
        raise ValidationError({"service_date": "The visit lies before the patient's birth date. Check the year."})
    if not location.is_active:
        raise ValidationError({"location": f"{location} is closed. Choose another location."})
    if not clinician.is_active:
        raise ValidationError({"clinician": f"{clinician} is no longer here. Choose somebody else."})
    encounter = Encounter(
        patient=patient,
        location=location,
        clinician=clinician,
        service_date=service_date,
        start_time=start_time,
        place_of_service=place_of_service,
        case_id=case_id,
        case_sha256=case_sha256,
        created_at=at,
        created_by=by,
    )
    encounter.full_clean()
    with transaction.atomic():
        standing(patient)
        encounter.save()
        for section in (Justification, Procedure, Interpretation, PlanOfCare):
            section.objects.create(encounter=encounter)
        record("encounter.plan", by=by, at=at, subject=encounter, patient=patient)
    return encounter


def start(encounter: Encounter, *, by: User, at: datetime) -> Encounter:
    """Begin documenting a planned visit."""
    with perform(ENCOUNTER, "start", encounter, by=by, at=at, patient=encounter.patient):
        pass
    return encounter


def cancel(encounter: Encounter, *, by: User, at: datetime) -> Encounter:
    """Cancel a visit that is not signed. What was documented stays and can be taken up again."""
    _require_first(encounter)
    with perform(ENCOUNTER, "cancel", encounter, by=by, at=at, patient=encounter.patient):
        pass
    return encounter


def reopen(encounter: Encounter, *, by: User, at: datetime) -> Encounter:
    """Plan a cancelled visit again."""
    _require_first(encounter)
    with perform(ENCOUNTER, "reopen", encounter, by=by, at=at, patient=encounter.patient):
        pass
    return encounter


def _require_first(encounter: Encounter) -> None:
    if encounter.version > 1:
        raise NotPossible(
            f"This is version {encounter.version} of a signed record; the visit took place."
            " The version can be abandoned or taken up again, the visit cannot be cancelled or planned."
        )


def save_section(
    encounter: Encounter,
    section: str,
    values: Values,
    rows: Rows | None = None,
    *,
    by: User,
    at: datetime,
    seen: int | None = None,
    waiting: Collection[str] = (),
) -> Encounter:
    """Save one section of a planned or drafted record.

    `values` are the fields of the section, `rows` its lists by name (see `SECTIONS`). A row that carries the `id` of a
    stored one, or a finding that carries its `key`, replaces that one. `seen` is the revision of the section that the
    caller read; None skips the comparison. A value that was to be confirmed and is another now is confirmed by that,
    unless its path is among `waiting`: what is written from facts is nobody's word yet.
    Raises ValidationError whose keys are `field` or `list[index].field`, StaleSection, NotPossible or NotPermitted.
    Nothing is written when it raises.
    """
    if not by.may(Permission.ENCOUNTER_EDIT):
        raise NotPermitted("Your role does not allow you to document encounters.")
    saver = SECTIONS[section]
    with transaction.atomic():
        row = Encounter.objects.select_for_update().get(pk=encounter.pk)
        if row.status not in (EncounterStatus.PLANNED, EncounterStatus.DRAFT):
            raise NotPossible(
                f"This record is {ENCOUNTER.label(row.status).lower()} and can no longer be changed."
                " Nothing was saved. Write an addendum if something is missing."
            )
        if seen is not None and row.section_revision(section) != seen:
            raise StaleSection("Somebody else saved this section after you opened it.")
        marks = marks_from(row.to_confirm)
        before = {s: base_of(row, s) for s in written_by(section) if in_section(marks, s)}
        saver(row, values, rows or {})
        row.revision += 1
        row.section_revisions |= dict.fromkeys((section, *ALSO.get(section, ())), row.revision)
        if row.status == EncounterStatus.PLANNED:
            row.intake_by, row.intake_at = _with_name(row.intake_by, by.display_name), at
        row.save()
        if before:
            for written, values_before in before.items():
                values_now = base_of(Encounter.objects.get(pk=row.pk), written)
                marks = still_marked(marks, written, values_before, values_now, waiting)
            row.to_confirm = [m.as_json() for m in marks]
            row.save(update_fields=["to_confirm"])
        record("encounter.save", by=by, at=at, subject=row, patient=row.patient, section=section)
    encounter.refresh_from_db()
    return encounter


MOST_NAMES = 400


def _with_name(names: str, name: str) -> str:
    """The names with one more at the end, each once; the earliest give way where there is no room left."""
    listed = [*(n for n in names.split(", ") if n and n != name), name]
    while len(", ".join(listed)) > MOST_NAMES and len(listed) > 1:
        listed.pop(0)
    return ", ".join(listed)


def _save_visit(encounter: Encounter, values: Values, rows: Rows) -> None:
    for key, value in values.items():
        setattr(encounter, key, value)
    encounter.full_clean(exclude=["case_id"])
    if encounter.service_date < encounter.patient.birth_date:
        raise ValidationError({"service_date": "The visit lies before the patient's birth date. Check the year."})
    if encounter.start_time and encounter.end_time and encounter.end_time < encounter.start_time:
        raise ValidationError({"end_time": "The end lies before the start. Check both times."})
    _replace(OtherProcedure, "other_procedures", encounter, rows)


def _save_justification(encounter: Encounter, values: Values, rows: Rows) -> None:
    _save_one(Justification, encounter, values)
    _replace(PriorCare, "prior_care", encounter, rows)
    _replace(PriorImaging, "prior_imaging", encounter, rows)


def _save_intake(encounter: Encounter, values: Values, rows: Rows) -> None:
    consent = {name: value for name, value in values.items() if name in CONSENT}
    _save_justification(encounter, {n: value for n, value in values.items() if n not in CONSENT}, rows)
    if consent:
        _save_one(Procedure, encounter, consent)


def _save_procedure(encounter: Encounter, values: Values, rows: Rows) -> None:
    if "sialoendoscopy_performed" in values:
        values = dict(values)
        encounter.sialoendoscopy_performed = values.pop("sialoendoscopy_performed")
    _save_one(Procedure, encounter, values)
    done = Procedure.objects.get(encounter=encounter)
    if done.scope_channel_mm and done.scope_outer_diameter_mm and done.scope_channel_mm >= done.scope_outer_diameter_mm:
        raise ValidationError({"scope_channel_mm": "The working channel cannot be as wide as the endoscope itself."})
    _replace(GlandExamined, "glands", encounter, rows)
    _replace(OtherProcedure, "other_procedures", encounter, rows)


def _save_findings(encounter: Encounter, values: Values, rows: Rows) -> None:
    if "findings" in rows:
        _replace_findings(encounter, rows["findings"])
    if "interventions" in rows:
        known = {f.key: f for f in encounter.findings.all()}
        given = []
        for index, row in enumerate(rows["interventions"]):
            key = row.get("finding") or ""
            if key and key not in known:
                raise ValidationError({f"interventions[{index}].finding": f"There is no finding “{key}”."})
            given.append({**row, "finding": known.get(key)})
        _replace(Intervention, "interventions", encounter, {"interventions": given})


def _save_interpretation(encounter: Encounter, values: Values, rows: Rows) -> None:
    _save_one(Interpretation, encounter, values)


def _save_plan(encounter: Encounter, values: Values, rows: Rows) -> None:
    _save_one(PlanOfCare, encounter, values)
    removal = values.get("stent_removal_on")
    if removal and removal < encounter.service_date:
        raise ValidationError({"stent_removal_on": "The stent would come out before the visit. Check the date."})


SECTIONS: dict[str, Callable[[Encounter, Values, Rows], None]] = {
    "visit": _save_visit,
    "justification": _save_justification,
    "intake": _save_intake,
    "procedure": _save_procedure,
    "findings": _save_findings,
    "interpretation": _save_interpretation,
    "plan": _save_plan,
}
"""Savers by section key. The lists of each: visit has other_procedures (procedure takes them, too), justification and
intake have prior_care and prior_imaging, procedure has glands, findings has findings and interventions."""
ALSO = {"intake": ("justification",)}
"""Sections that another one writes into: they count as touched, too."""


def _save_one(model: type[models.Model], encounter: Encounter, values: Values) -> None:
    row = model._default_manager.get(encounter=encounter)
    for key, value in values.items():
        setattr(row, key, value)
    row.full_clean()
    row.save()


def _replace(model: type[models.Model], name: str, encounter: Encounter, rows: Rows) -> None:
    if name not in rows:
        return
    manager: Any = model._default_manager
    known = {str(row.pk): row for row in manager.filter(encounter=encounter)}
    made = []
    for index, values in enumerate(rows[name]):
        # A row that is named stays the same row, so that two people's changes to it can be told apart.
        row = known.pop(str(values.get("id") or ""), None) or model(encounter=encounter)
        for key, value in {**values, "position": index + 1}.items():
            if key != "id":
                setattr(row, key, value)
        _clean_row(row, name, index)
        made.append(row)
    manager.filter(pk__in=[row.pk for row in known.values()]).delete()
    for row in made:
        row.save()


def _replace_findings(encounter: Encounter, given: list[Values]) -> None:
    # Findings keep their rows by key, so that the images and interventions linked to them stay linked.
    known = {f.key: f for f in Finding.objects.filter(encounter=encounter)}
    keys = [clean_text(values.get("key") or "") for values in given]
    # The key of a finding that is or was taken out must not hand its images or its reading on to a new one.
    spoken_of = Interpretation.objects.filter(encounter=encounter).values_list("findings", flat=True).first() or []
    pictured = EncounterImage.objects.filter(encounter=encounter).values_list("finding_before", flat=True)
    taken = {*keys, *known, *spoken_of, *pictured}
    free = (k for k in (f"f{n}" for n in itertools.count(1)) if k not in taken)
    seen: set[str] = set()
    for index, values in enumerate(given):
        key = keys[index] or next(free)
        if key in seen:
            raise ValidationError({f"findings[{index}].key": f"Two findings have the key “{key}”."})
        seen.add(key)
        row = known.get(key) or Finding(encounter=encounter, key=key)
        for name, value in {**values, "key": key, "position": index + 1}.items():
            setattr(row, name, value)
        _clean_row(row, "findings", index)
        row.save()
        if key not in known:
            EncounterImage.objects.filter(encounter=encounter, finding=None, finding_before=key).update(
                finding=row, finding_before=""
            )
    for key in known.keys() - seen:
        EncounterImage.objects.filter(finding=known[key]).update(finding=None, finding_before=key)
        known[key].delete()


def _clean_row(row: models.Model, name: str, index: int) -> None:
    try:
        row.full_clean(exclude=["encounter"], validate_unique=False, validate_constraints=False)
    except ValidationError as e:
        raise ValidationError(
            {f"{name}[{index}].{field}": messages for field, messages in e.message_dict.items()}
        ) from e
