"""Periods with their source, legal holds with their reason; and nothing of a held patient goes."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, HeldUpload, LegalHold, Patient, RetentionPeriod, StoredFile
from documentation.queries.retention import files_on_hold, holds_of, load_periods, longer_of, longer_rows, on_hold
from documentation.services import files, holding, images, merges
from documentation.services.registering import register_many, take_back_patients
from documentation.services.retention import keep_longer, place_hold, record_period, release_hold
from documentation.services.sweeping import survey, sweep
from tests import factories as f
from tests.dicoms import dicom, gradient

pytestmark = pytest.mark.django_db

READ = {
    "kind": "record",
    "name": "State law on dental records",
    "years": 7,
    "start": "visit",
    "whom": "everybody",
    "is_used": True,
    "source": "Dental Practice Act, section 7",
    "verified_on": f.TODAY,
    "notes": "",
}
ASKED = {"reason": "Malpractice claim 26-1", "asked_by": "Our insurer", "from_on": f.TODAY}


def manager() -> Any:
    return f.user(role=Role.MANAGER)


def held(patient: Patient) -> LegalHold:
    return place_hold(patient, ASKED, by=manager(), at=f.AT, today=f.TODAY)


def merged(kept: Patient, gone: Patient) -> None:
    seen = kept.revision, gone.revision
    merges.merge(kept, gone, seen=seen, by=manager(), at=f.AT, today=f.TODAY)


def write(key: str = "record.state", seen: int | None = None, **values: Any) -> RetentionPeriod:
    return record_period(key, READ | values, by=manager(), at=f.AT, today=f.TODAY, seen=seen)


def counted(key: str) -> Any:
    return next(p for p in load_periods() if p.key == key)


# --- Periods -------------------------------------------------------------------------------------------------------


def test_a_period_that_was_read_counts_with_its_source_and_the_earlier_row_stays() -> None:
    f.organization()
    assert (counted("record.state").years, counted("record.state").verified_by) == (10, "")
    write()
    write(years=12)
    assert (counted("record.state").years, counted("record.state").source) == (12, READ["source"])
    assert list(RetentionPeriod.objects.values_list("years", flat=True)) == [12, 7]
    event = AuditEvent.objects.filter(action="retention.period").latest("seq")
    assert (event.subject, json.loads(event.detail)) == ("record.state", {"years": 12, "is_used": True})


def test_what_nobody_verified_never_makes_the_time_shorter() -> None:
    with pytest.raises(ValidationError, match="shorter than 10 years"):
        write(verified_on=None)
    with pytest.raises(ValidationError, match="shorter"):
        write(verified_on=None, is_used=False)
    assert write(years=11, verified_on=None).pk


def test_what_nobody_verified_neither_counts_from_another_day_nor_for_fewer_patients() -> None:
    with pytest.raises(ValidationError, match="no longer counts 10 years from the last visit"):
        write(years=10, start="copy", verified_on=None)
    with pytest.raises(ValidationError, match=r"those it counted for \(Every patient\)"):
        write(years=10, whom="medicaid", verified_on=None)
    with pytest.raises(ValidationError, match=r"\(Patients with Medicaid\)"):
        write("record.medicaid", years=10, whom="medicare", verified_on=None)
    assert not RetentionPeriod.objects.exists()
    assert write("record.medicaid", years=10, verified_on=None), "for everybody is longer"
    assert write(years=10, start="copy", whom="medicaid").pk, "somebody verified it"


def test_a_period_needs_a_source_a_day_that_has_come_and_years_that_people_live_through() -> None:
    for wrong in ({"source": " "}, {"verified_on": f.TODAY + timedelta(days=1)}, {"years": 0}, {"years": 100}):
        with pytest.raises(ValidationError):
            write(**wrong)
    with pytest.raises(ValidationError, match="counts from birth"):
        write(start="birth")
    with pytest.raises(NotPossible, match="no such period"):
        write("record.nowhere")
    assert not RetentionPeriod.objects.exists()


def test_periods_of_ones_own_get_numbers_and_two_who_write_at_once_do_not_overwrite() -> None:
    first, second = write("", name="Insurer"), write("", name="Franchise")
    assert [first.key, second.key] == ["own.1", "own.2"]
    write(seen=0)
    with pytest.raises(NotPossible, match="Somebody else"):
        write(years=9, seen=0)


def test_only_the_office_and_the_administrator_set_periods() -> None:
    for role in (Role.BILLER, Role.CLINICIAN, Role.ASSISTANT):
        with pytest.raises(NotPermitted):
            record_period("record.state", READ, by=f.user(role=role), at=f.AT, today=f.TODAY)
    administrator = f.user(role=Role.ADMINISTRATOR)
    assert record_period("record.state", READ, by=administrator, at=f.AT, today=f.TODAY)
    with pytest.raises(NotPermitted):
        place_hold(f.patient(), ASKED, by=administrator, at=f.AT, today=f.TODAY)


# --- Legal holds ---------------------------------------------------------------------------------------------------


def test_a_hold_is_placed_and_released_with_reasons_and_stays_readable() -> None:
    patient, by = f.patient(), manager()
    hold = place_hold(patient, ASKED, by=by, at=f.AT, today=f.TODAY)
    assert on_hold([patient.pk]) == {patient.pk}
    with pytest.raises(ValidationError):
        release_hold(hold, "  ", by=by, at=f.AT)
    release_hold(hold, "Settled, their letter of today.", by=by, at=f.AT)
    assert on_hold([patient.pk]) == set()
    with pytest.raises(NotPossible, match="already"):
        release_hold(hold, "Again.", by=by, at=f.AT)
    (row,) = holds_of(patient)
    assert (row.reason, row.release_reason) == (ASKED["reason"], "Settled, their letter of today.")
    told = AuditEvent.objects.filter(patient=patient, action__startswith="legal_hold").values_list("action", "detail")
    assert [action for action, _ in told] == ["legal_hold.place", "legal_hold.release"]
    assert not any("Malpractice" in detail or "Settled" in detail for _, detail in told)


def test_one_of_two_holds_released_leaves_the_patient_on_hold() -> None:
    patient = f.patient()
    first = held(patient)
    held(patient)
    release_hold(first, "Settled.", by=manager(), at=f.AT)
    assert on_hold([patient.pk]) == {patient.pk}


def test_a_hold_says_what_for_who_asked_and_a_day_that_has_come() -> None:
    patient = f.patient()
    for wrong in ({"reason": ""}, {"asked_by": " "}, {"from_on": f.TODAY + timedelta(days=1)}):
        with pytest.raises(ValidationError):
            place_hold(patient, ASKED | wrong, by=manager(), at=f.AT, today=f.TODAY)
    with pytest.raises(NotPermitted):
        place_hold(patient, ASKED, by=f.user(role=Role.BILLER), at=f.AT, today=f.TODAY)


def test_keeping_longer_needs_a_reason_and_a_day_to_come() -> None:
    patient, later = f.patient(), f.TODAY + timedelta(days=1)
    for wrong in (
        {"until": date(2206, 1, 1), "reason": "Why."},
        {"until": f.TODAY, "reason": "Why."},
        {"until": later, "reason": " "},
    ):
        with pytest.raises(ValidationError):
            keep_longer(patient, wrong, by=manager(), at=f.AT, today=f.TODAY)
    row = keep_longer(patient, {"until": later, "reason": "Treated elsewhere."}, by=manager(), at=f.AT, today=f.TODAY)
    assert row.until == later
    assert AuditEvent.objects.latest("seq").action == "retention.longer"


def test_of_several_decisions_the_latest_day_counts_also_where_a_merge_brings_them_together() -> None:
    def keep(patient: Patient, year: int) -> None:
        values = {"until": date(year, 1, 1), "reason": "Treated elsewhere."}
        keep_longer(patient, values, by=manager(), at=f.AT, today=f.TODAY)

    kept, gone = f.patient(), f.patient()
    keep(gone, 2050)
    keep(kept, 2035)
    merged(kept, gone)
    assert longer_of(longer_rows([kept.pk]))[kept.pk].until == date(2050, 1, 1)
    keep(kept, 2040)
    assert longer_of(longer_rows([kept.pk]))[kept.pk].until == date(2050, 1, 1), "it never makes the time shorter"


def test_nothing_is_put_on_hold_or_kept_longer_at_a_registration_that_was_merged_away() -> None:
    kept, gone = f.patient(), f.patient()
    stale = Patient.objects.get(pk=gone.pk)
    merged(kept, gone)
    with pytest.raises(NotPossible, match=f"Open {kept.number} and do it there"):
        held(stale)
    values = {"until": f.TODAY + timedelta(days=1), "reason": "Why."}
    with pytest.raises(NotPossible, match=f"Open {kept.number} and do it there"):
        keep_longer(stale, values, by=manager(), at=f.AT, today=f.TODAY)
    assert not LegalHold.objects.exists()
    assert held(kept).patient == kept


# --- Nothing of a held patient goes --------------------------------------------------------------------------------


def waiting(draft: Any) -> HeldUpload:
    data = dicom(gradient(), PatientName="Roe^Robin", PatientID="SOMEBODY-1")
    (taken,) = images.take_in(draft, [images.Upload("scope.dcm", data)], by=draft.clinician.user, at=f.AT)
    assert taken.held
    return taken.held


def test_no_picture_and_no_upload_is_taken_out_while_a_hold_stands() -> None:
    draft = f.drafted()
    by, upload = draft.clinician.user, waiting(draft)
    hold = held(draft.patient)
    with pytest.raises(NotPossible, match="legal hold since"):
        images.remove(draft.images.first(), by=by, at=f.AT)
    with pytest.raises(NotPossible, match="legal hold since"):
        holding.discard(upload, by=by, at=f.AT)
    assert draft.images.count() == 4
    assert HeldUpload.objects.filter(pk=upload.pk).exists()
    release_hold(hold, "Settled.", by=manager(), at=f.AT)
    images.remove(draft.images.first(), by=by, at=f.AT)
    holding.discard(upload, by=by, at=f.AT)
    assert draft.images.count() == 3


def test_uploads_that_wait_too_long_go_with_an_event_each_and_stay_on_hold() -> None:
    one, other = f.drafted(with_images=False), f.drafted(with_images=False)
    gone, stays = waiting(one), waiting(other)
    names = sorted({gone.original.sha256, gone.sheet.sha256})
    held(other.patient)
    later = f.AT + holding.KEPT_FOR + timedelta(days=1)
    assert holding.forget(at=later) == 1
    assert list(HeldUpload.objects.all()) == [stays]
    event = AuditEvent.objects.get(action="image.forget")
    assert (event.patient, event.subject, event.by) == (one.patient, one.number, None)
    assert json.loads(event.detail)["files"] == names
    assert holding.forget(at=later) == 0


def test_a_hold_that_is_placed_while_uploads_are_forgotten_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = f.drafted(with_images=False), f.drafted(with_images=False)
    waiting(one), waiting(other)
    record = holding.record

    def and_a_hold(*given: Any, **how: Any) -> None:
        record(*given, **how)
        held(other.patient)

    monkeypatch.setattr(holding, "record", and_a_hold)
    assert holding.forget(at=f.AT + holding.KEPT_FOR + timedelta(days=1)) == 1
    assert [row.encounter for row in HeldUpload.objects.all()] == [other]


def test_the_sweep_leaves_what_was_taken_out_of_the_records_of_held_patients() -> None:
    one, other = f.drafted(), f.drafted()
    keep = files.keep(b"used", media_type="text/plain", at=f.AT)
    by = one.clinician.user
    pictured = one.images.first()
    mine = {f.name: getattr(pictured, f.name) for f in pictured._meta.fields if f.related_model is StoredFile}
    paths = {row.path for row in mine.values() if row}
    for draft in (one, other):  # both have the same pictures, so that nothing else points to them
        for image in list(draft.images.all()):
            images.remove(image, by=draft.clinician.user, at=f.AT)
    hold = held(one.patient)
    later = f.AT + timedelta(days=30_000)
    seen = survey(before=later)
    seen.used = 1  # nothing else is in storage
    assert paths <= {found.path for found in seen.left_over}
    swept = {found.path for found in sweep(seen, by=None, at=later)}
    assert not paths & swept
    assert keep.path in swept
    assert StoredFile.objects.filter(path__in=paths).count() == len(paths)
    release_hold(hold, "Settled.", by=manager(), at=f.AT)
    seen = survey(before=later)
    seen.used = 1
    assert paths <= {found.path for found in sweep(seen, by=by, at=later)}
    assert AuditEvent.objects.filter(action="file.remove").count() >= len(paths)


@pytest.mark.parametrize("is_held_before", [True, False])
def test_a_merge_takes_nothing_out_of_the_hold(is_held_before: bool) -> None:
    draft, kept, last = f.drafted(), f.patient(), f.patient()
    gone, taken = draft.patient, draft.images.first()
    names = {taken.original.sha256, taken.clean_copy.sha256}
    images.remove(taken, by=draft.clinician.user, at=f.AT)
    if is_held_before:
        held(gone)
    assert (names <= files_on_hold()) == is_held_before
    merged(kept, gone)
    kept.refresh_from_db()
    merged(last, kept)
    if not is_held_before:
        held(last)
    assert on_hold([last.pk]) == {last.pk}
    assert names <= files_on_hold()


def test_a_patient_of_a_list_who_was_ever_on_hold_is_not_taken_back() -> None:
    by = f.user(role=Role.MANAGER)
    known = {**f.fields(f.reference().case.patient, "address"), "chart_number": "L-1"}
    (key,) = register_many([known], of="import 1", by=by, at=f.AT, today=f.TODAY)
    held(Patient.objects.get(pk=key))
    stays = take_back_patients([key], of="import 1", by=by, at=f.AT)
    assert "legal holds" in stays[key]
    assert Patient.objects.filter(pk=key).exists()
