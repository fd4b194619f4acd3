"""Taking a case in through the verbs that the screens use, in one transaction: all of it or nothing."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from claims.cases import Case, CaseFolder
from claims.cases import record as c
from claims.models import Claim
from claims.queries.claims import fee_on
from claims.services.case_people import clinician_of, location_of, patient_of, refuse, within
from claims.services.case_plans import confirm_plan_order, take_in_coverages, take_in_payers
from claims.services.cast import Cast
from claims.services.coverage import give_estimate
from claims.services.preparation import D0371, mark_ready, start_claims
from documentation.kernel.machine import NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, User
from documentation.queries.versions import of_visit, versions_of
from documentation.services import encounters, images, signing
from documentation.services.annotations import annotate
from documentation.workflow import EncounterStatus


@dataclass(frozen=True)
class Loaded:
    """What became of a case. `already` says that it was there before and nothing was written."""

    encounter: Encounter
    claims: tuple[Claim, ...]
    already: bool = False


def load(folder: CaseFolder, *, by: Cast, at: datetime, examine: images.Examine | None = None) -> Loaded:
    """Take a case in. `examine` stands in for the examination of the pictures, where that was done before.

    Raises CaseError with the path of what cannot be taken, NotPermitted where nobody of the cast may take a step,
    NotPossible where the same id was loaded with other content. Nothing of a case that raises is kept.
    """
    try:
        with transaction.atomic():
            return loaded_before(folder) or _load(folder, by=by, at=at, examine=examine)
    except IntegrityError as e:
        # Constraints back what the verbs check: only somebody at the same moment can come between the two.
        raise NotPossible("Somebody entered the same data at the same moment. Load the case again.") from e


def loaded_before(folder: CaseFolder) -> Loaded | None:
    """The record of this case, if it was loaded. Raises NotPossible where that was another content."""
    known = Encounter.objects.filter(case_id=folder.case.id).first()
    if known is None:
        return None
    if known.case_sha256 != folder.sha256:
        raise NotPossible(
            f"A case with the id “{folder.case.id}” was loaded before with other content ({known.number});"
            " give the changed case an id of its own."
        )
    known = versions_of(known).in_force or known  # what a person corrected since is what counts
    claims = Claim.objects.filter(encounter__in=of_visit(known.visit_key))
    return Loaded(known, tuple(claims.order_by("sequence", "pk")), already=True)


def _load(folder: CaseFolder, *, by: Cast, at: datetime, examine: images.Examine | None) -> Loaded:
    case = folder.case
    visit = case.encounter
    location = location_of(case.location, at=at)
    clinician = clinician_of(visit.clinician, at=at)
    take_in_payers(case, by=by, at=at)
    patient = patient_of(case.patient, today=location.today(at), by=by, at=at)
    take_in_coverages(case, patient, by=by, at=at)
    confirm_plan_order(case, patient, by=by, at=at)
    with within("encounter"):
        encounter = encounters.plan_visit(
            patient,
            location=location,
            clinician=clinician,
            service_date=visit.service_date,
            start_time=visit.start_time,
            place_of_service=visit.place_of_service,
            by=by.treating(clinician) or by.who_may(Permission.VISIT_PLAN),
            at=at,
            case_id=case.id,
            case_sha256=folder.sha256,
        )
    if case.estimate:
        with within("estimate"):
            values = dataclasses.asdict(case.estimate)
            give_estimate(encounter, values, by=by.who_may(Permission.COVERAGE_EDIT), at=at)
    who = by.treating(clinician) or by.who_may(Permission.ENCOUNTER_EDIT)
    _document(encounter, folder, by=who, at=at, examine=examine)
    if case.sign:
        _sign(encounter, by=by, at=at)
    claims = _claims(encounter, case, by=by, at=at) if case.claims else ()
    return Loaded(Encounter.objects.get(pk=encounter.pk), claims)


def _document(
    encounter: Encounter, folder: CaseFolder, *, by: User, at: datetime, examine: images.Examine | None
) -> None:
    """Save every section that says something. A visit of which nothing was written down stays planned."""
    visit = folder.case.encounter
    sections = {name: (values, rows) for name, values, rows in _sections(visit) if _says_something(values, rows)}
    if sections or visit.images:
        encounters.start(encounter, by=by, at=at)
    for name in ("visit", "justification", "procedure", "findings"):
        _save(encounter, name, sections, by=by, at=at)
    _add_images(encounter, folder, by=by, at=at, examine=examine)
    for name in ("interpretation", "plan"):
        _save(encounter, name, sections, by=by, at=at)


def _save(encounter: Encounter, name: str, sections: dict[str, Any], *, by: User, at: datetime) -> None:
    if name in sections:
        values, rows = sections[name]
        with within(_PATHS.get(name, f"encounter.{name}")):
            encounters.save_section(encounter, name, values, rows, by=by, at=at)


_PATHS = {"visit": "encounter", "findings": "encounter"}
"""Sections whose keys lie directly under the encounter."""


def _sections(visit: c.Encounter) -> list[tuple[str, dict[str, Any], dict[str, list[dict[str, Any]]]]]:
    """Each section with its values and its lists, as `save_section` takes them."""
    why, done, read, plan = visit.justification, visit.procedure, visit.interpretation, visit.plan
    anesthesia = done.anesthesia or c.Anesthesia(type="")
    return [
        ("visit", _values(visit, "end_time assistant"), {}),
        (
            "justification",
            _values(why, "indications gland side onset_on episodes_per_month relation_to_meals pain history")
            | _values(why, "statement change_of_care risk_without symptoms history_note"),
            {"prior_care": _rows(why.prior_care), "prior_imaging": _rows(why.prior_imaging)},
        ),
        (
            "procedure",
            _values(visit, "sialoendoscopy_performed")
            | _values(done, "consent_on consent_by irrigation irrigation_ml")
            | _values(done, "complications complication_grade complication_note")
            | {
                "anesthesia": anesthesia.type,
                "anesthesia_agent": anesthesia.agent,
                "anesthesia_dose_mg": anesthesia.dose_mg,
                "anesthesia_by": anesthesia.by,
            }
            | {f"scope_{name}": value for name, value in dataclasses.asdict(done.scope).items()},
            {"glands": [_gland(g) for g in done.glands], "other_procedures": _rows(visit.other_procedures)},
        ),
        ("findings", {}, {"findings": _rows(visit.findings), "interventions": _rows(visit.interventions)}),
        ("interpretation", _values(read, "text clinical_relevance quality comparison findings"), {}),
        (
            "plan",
            _values(plan, "recommendations follow_up_days statement measures stent_removal_on warning_signs")
            | _values(visit, "diagnoses"),
            {},
        ),
    ]


def _gland(given: c.Gland) -> dict[str, Any]:
    values = _values(given, "gland side duct access extent complete incomplete_causes incomplete_reason")
    values |= _values(given, "not_judged next_steps")
    return values | {"lsd_l": given.lsd.L, "lsd_s": given.lsd.S, "lsd_d": given.lsd.D}


def _values(given: object, names: str) -> dict[str, Any]:
    values = {name: getattr(given, name) for name in names.split()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _rows(given: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(row) for row in given]


def _says_something(values: dict[str, Any], rows: dict[str, list[dict[str, Any]]]) -> bool:
    return any(v not in ("", None, []) for v in values.values()) or any(rows.values())


def _add_images(
    encounter: Encounter, folder: CaseFolder, *, by: User, at: datetime, examine: images.Examine | None
) -> None:
    given = folder.case.encounter.images
    findings = {f.key: f for f in encounter.findings.all()}
    uploads = [images.Upload(image.file, folder.files[image.file]) for image in given]
    outcomes = images.take_in(encounter, uploads, by=by, at=at, examine=examine)
    for n, (image, taken) in enumerate(zip(given, outcomes, strict=True)):
        path = f"encounter.images[{n}]"
        if taken.image is None:
            raise refuse(f"{path}.file", taken.refusal)
        captured_at = image.captured_at
        if captured_at and captured_at.tzinfo is None:
            captured_at = captured_at.replace(tzinfo=encounter.location.zone)
        values = _values(image, "kind caption gland side segment view key_image reading")
        with within(path):
            images.describe(
                taken.image,
                values | {"captured_at": captured_at, "finding": findings.get(image.finding)},
                by=by,
                at=at,
            )
            annotate(taken.image, [_mark(k, mark) for k, mark in enumerate(image.annotations, 1)], by=by, at=at)


def _mark(number: int, given: c.Annotation) -> dict[str, Any]:
    """A mark as `annotate` takes it; what has one place has it twice."""
    x2 = given.x1 if given.x2 is None else given.x2
    y2 = given.y1 if given.y2 is None else given.y2
    return dataclasses.asdict(given) | {"key": f"a{number}", "x2": x2, "y2": y2}


def _sign(encounter: Encounter, *, by: Cast, at: datetime) -> None:
    if Encounter.objects.get(pk=encounter.pk).status != EncounterStatus.DRAFT:
        return
    who = by.treating(encounter.clinician) or by.who_may(Permission.ENCOUNTER_SIGN)
    with suppress(Refused):  # with blockers it stays a draft
        signing.sign(encounter, by=who, at=at)


def _claims(encounter: Encounter, case: Case, *, by: Cast, at: datetime) -> tuple[Claim, ...]:
    """The claims that the coverages call for, ready where nothing but advice stands against them."""
    if encounter.status != EncounterStatus.SIGNED or not encounter.patient.coverages.filter(is_active=True).exists():
        return ()
    if case.fee is None and fee_on(D0371, encounter.service_date) is None:
        raise refuse("fee", "a claim needs the practice's fee for D0371, here or in the fee schedule")
    who = by.who_may(Permission.CLAIM_PREPARE)
    claims = start_claims(encounter, by=who, at=at, fee=case.fee)
    for claim in claims:
        # A second plan waits for the answer of the first; a claim with blockers or warnings stays a draft.
        if claim.sequence == 1:
            with suppress(Refused):
                mark_ready(claim, by=who, at=at)
    return tuple(claims)
