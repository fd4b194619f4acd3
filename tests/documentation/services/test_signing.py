"""Signing: by the treating clinician alone, with everything that stands against it named, over everything recorded."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import models

from documentation.facts import EncounterFacts
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Role
from documentation.kernel.wire import from_data, to_data
from documentation.models import (
    Addendum,
    AuditEvent,
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
    Signature,
)
from documentation.queries.encounters import draft_facts, facts_of, report_of, with_record
from documentation.services import encounters, patients, signing
from tests import factories as f

pytestmark = pytest.mark.django_db


def read(encounter: Encounter) -> EncounterFacts:
    return facts_of(with_record().get(pk=encounter.pk))


# --- Who ----------------------------------------------------------------------------------------------------------


def test_the_treating_clinician_signs_and_the_record_is_locked() -> None:
    encounter = f.drafted()
    signing.sign(encounter, by=encounter.clinician.user, at=f.AT)
    encounter.refresh_from_db()
    signature = encounter.signature
    assert (encounter.status, encounter.is_locked) == ("signed", True)
    treating = encounter.clinician
    stored = {field.name: getattr(signature, field.name) for field in Signature._meta.concrete_fields}
    assert stored == {
        "id": signature.pk,
        "encounter": encounter,
        "signer": treating.user,
        "name": "Casey Example",
        "credential": "DDS",
        "licence": "DE60123456",
        "licence_state": treating.licence_state,
        "npi": treating.npi,
        "statement": "I, Casey Example, DDS, examined this patient and read these images. The record above is mine.",
        "signed_at": f.AT,
        "content": signing.content_of(read(encounter)),
        "content_sha256": signature.content_sha256,
    }
    assert treating.licence_state
    assert hashlib.sha256(signature.content.encode()).hexdigest() == signature.content_sha256


@pytest.mark.parametrize("role", Role)
def test_nobody_else_signs_whatever_their_role(role: Role) -> None:
    encounter = f.drafted()
    somebody = f.clinician().user if role is Role.CLINICIAN else f.user(role=role)
    with pytest.raises(NotPermitted, match="Only Casey Example, DDS can sign"):
        signing.sign(encounter, by=somebody, at=f.AT)
    assert not Signature.objects.exists()


def test_a_clinician_who_changed_roles_signs_no_more() -> None:
    encounter = f.drafted()
    by = encounter.clinician.user
    by.role = Role.MANAGER
    with pytest.raises(NotPermitted):
        signing.sign(encounter, by=by, at=f.AT)


def test_signing_twice_signs_once() -> None:
    encounter = f.signed_encounter()
    with pytest.raises(NotPossible, match="signed now"):
        signing.sign(encounter, by=encounter.clinician.user, at=f.AT)
    assert Signature.objects.count() == 1


# --- What stands against it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", ["justification", "procedure", "findings", "interpretation", "plan"])
def test_with_a_section_left_empty_every_blocker_is_named_and_nothing_is_signed(section: str) -> None:
    encounter = f.drafted(besides=(section,))
    blockers = report_of(with_record().get(pk=encounter.pk), today=f.TODAY).blockers
    events = AuditEvent.objects.count()
    with pytest.raises(Refused) as refusal:
        signing.sign(encounter, by=encounter.clinician.user, at=f.AT)
    assert refusal.value.reasons == tuple(f"{b.message} {b.fix}" for b in blockers)
    assert blockers
    encounter.refresh_from_db()
    assert encounter.status == "draft"
    assert not Signature.objects.exists()
    assert AuditEvent.objects.count() == events


def test_without_images_it_is_not_signed() -> None:
    encounter = f.drafted(with_images=False)
    with pytest.raises(Refused):
        signing.sign(encounter, by=encounter.clinician.user, at=f.AT)


def test_today_is_the_date_at_the_location() -> None:
    """In London it is the day of the visit, in Seattle still the evening before: nothing is signed in advance."""
    encounter = f.drafted()
    early = datetime(2026, 11, 5, 7, 30, tzinfo=UTC)
    with pytest.raises(Refused):
        signing.sign(encounter, by=encounter.clinician.user, at=early)
    signing.sign(encounter, by=encounter.clinician.user, at=early + timedelta(hours=1))


# --- Over what ----------------------------------------------------------------------------------------------------


def leaves(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from leaves(value, (*path, index))
    else:
        yield path, data


def test_taking_any_fact_away_changes_what_was_signed() -> None:
    """Every fact of the record, one at a time, the moment of looking and the signature itself excepted."""
    data = to_data(read(f.drafted()))
    whole = signing.content_of(from_data(EncounterFacts, data))
    tried = 0
    for path, value in leaves(data):
        if path[0] in ("status", "today", "signature", "addenda", "denied") or value is None:
            continue
        changed = json.loads(json.dumps(data))
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = None
        tried += 1
        assert signing.content_of(from_data(EncounterFacts, changed)) != whole, path
    assert tried > 120


UNSIGNED = {
    # How a row is kept, not what it says.
    "id", "pk", "encounter", "position", "revision", "drawing_revision", "section_revisions",
    "created_at", "created_by", "status",
    "previous", "origin", "case_id", "case_sha256", "original_name", "uploaded_at", "uploaded_by", "screen",
    "thumbnail", "search_text", "user", "is_active",
    # Under which registration the person is found; the record itself says whose it is.
    "merged_into",
    # How a text came about, what still waits for a person, and what may be put back: all beside the record.
    "sources", "to_confirm", "finding_before",
}  # fmt: skip
TABLES = (
    *(Encounter, Patient, Location, Clinician, Justification, PriorCare, PriorImaging, Procedure, GlandExamined),
    *(Finding, Intervention, Interpretation, PlanOfCare, OtherProcedure, EncounterImage),
)
COLUMNS = [(m, field) for m in TABLES for field in m._meta.concrete_fields if field.name not in UNSIGNED]


def another_value(field: models.Field, row: models.Model) -> Any:
    now = getattr(row, field.attname)
    if isinstance(field, models.ForeignKey):
        if field.null and now is not None:
            return None
        made = {"patient": f.patient, "clinician": f.clinician, "location": lambda: f.location(name="Another")}
        if field.name in made:
            return made[field.name]().pk
        others = field.related_model.objects.exclude(pk=now)
        return others.first().pk
    if isinstance(field, models.BooleanField):
        return not now
    if isinstance(field, models.JSONField):
        return ["another"]
    if isinstance(field, models.DecimalField):
        return Decimal("1.5")
    if isinstance(field, models.IntegerField):
        return 7 if now != 7 else 8
    if isinstance(field, models.DateTimeField):
        return datetime(2001, 1, 1, tzinfo=UTC)
    if isinstance(field, models.DateField):
        return date(2001, 1, 1)
    if isinstance(field, models.TimeField):
        return time(1, 1)
    return "zz"[: field.max_length or 2]


def test_what_a_person_recorded_in_any_column_is_part_of_what_is_signed() -> None:
    """A column that facts forget would be a part of the record that no signature covers."""
    encounter = f.drafted()
    other = [{"code": "D0120", "fee": Decimal("60.00"), "documented": True}]
    encounters.save_section(
        encounter, "procedure", {}, {"other_procedures": other}, by=encounter.clinician.user, at=f.AT
    )
    f.drafted()  # rows of another record, to point to
    owners = {Encounter: {"pk": encounter.pk}, Patient: {"pk": encounter.patient_id}}
    owners |= {Location: {"pk": encounter.location_id}, Clinician: {"pk": encounter.clinician_id}}

    def content() -> str:
        return signing.content_of(draft_facts(with_record().get(pk=encounter.pk)))

    whole, forgotten = content(), []
    for model, field in COLUMNS:
        row = model.objects.filter(**owners.get(model, {"encounter": encounter})).first()
        rows = model.objects.filter(pk=row.pk)
        rows.update(**{field.attname: another_value(field, row)})
        if content() == whole:
            forgotten.append(f"{model.__name__}.{field.name}")
        rows.update(**{field.attname: getattr(row, field.attname)})
        assert content() == whole
    assert forgotten == []


# --- Ever after ---------------------------------------------------------------------------------------------------


def test_a_signed_record_says_what_was_signed_though_the_rows_around_it_are_corrected() -> None:
    encounter = f.signed_encounter()
    signed = read(encounter)
    patients.correct(
        encounter.patient,
        {"last_name": "Roe", "city": "Tacoma"},
        by=encounter.clinician.user,
        at=f.AT,
        today=f.TODAY,
        seen=1,
    )
    Location.objects.update(name="Renamed", npi="1245319599")
    Clinician.objects.update(first_name="Another", licence="X1")
    assert read(encounter) == signed
    assert (signed.patient.last_name, signed.location.name, signed.clinician.first_name) == (
        "Doe",
        "Harbor Oral Surgery",
        "Casey",
    )
    assert signed.signature is not None
    assert signed.signature.name == "Casey Example"
    assert Patient.objects.get(pk=encounter.patient_id).last_name == "Roe"


def test_facts_read_from_the_signature_are_those_of_the_rows() -> None:
    encounter = f.signed_encounter()
    row = with_record().get(pk=encounter.pk)
    assert signing.content_of(facts_of(row)) == signing.content_of(draft_facts(row)) == row.signature.content


# --- Addenda ------------------------------------------------------------------------------------------------------


def test_an_addendum_stands_beside_what_was_signed() -> None:
    encounter = f.signed_encounter()
    before = read(encounter)
    addendum = signing.add(encounter, " The patient called: no swelling. ", by=encounter.clinician.user, at=f.AT)
    after = read(encounter)
    assert [(a.text, a.author) for a in after.addenda] == [("The patient called: no swelling.", "Casey Example")]
    assert addendum.sha256 == hashlib.sha256(addendum.body.encode()).hexdigest()
    assert signing.content_of(after) == signing.content_of(before)
    assert AuditEvent.objects.last().action == "encounter.addendum"


@pytest.mark.parametrize("body", ["", "   \n ", "\u200b"])
def test_an_empty_addendum_is_none(body: str) -> None:
    encounter = f.signed_encounter()
    with pytest.raises(ValidationError) as error:
        signing.add(encounter, body, by=encounter.clinician.user, at=f.AT)
    assert "body" in error.value.message_dict
    assert not Addendum.objects.exists()


def test_a_draft_takes_no_addendum() -> None:
    encounter = f.drafted(with_images=False)
    with pytest.raises(NotPossible):
        signing.add(encounter, "More.", by=encounter.clinician.user, at=f.AT)


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.BILLER, Role.MANAGER, Role.ADMINISTRATOR])
def test_only_clinicians_add(role: Role) -> None:
    encounter = f.signed_encounter()
    with pytest.raises(NotPermitted):
        signing.add(encounter, "More.", by=f.user(role=role), at=f.AT)
