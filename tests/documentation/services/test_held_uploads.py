"""Files that wait: several pictures of which some are chosen, and a file of somebody else that needs a reason."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.exceptions import ValidationError

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, HeldUpload
from documentation.queries.encounters import draft_facts, with_record
from documentation.services import files, holding, images
from documentation.services.images import Upload
from tests import factories as f
from tests.dicoms import dicom, gradient

pytestmark = pytest.mark.django_db

REASON = "The scope still had the patient before."


@pytest.fixture
def draft() -> Encounter:
    return f.drafted(with_images=False)


def header(encounter: Encounter, **other: str) -> dict[str, str]:
    """What a scope writes that was told the right patient."""
    patient = encounter.patient
    return {
        "PatientName": f"{patient.last_name}^{patient.first_name}",
        "PatientID": patient.chart_number,
        "PatientBirthDate": f"{patient.birth_date:%Y%m%d}",
        "StudyDate": f"{encounter.service_date:%Y%m%d}",
    } | other


def film(encounter: Encounter, **other: str) -> bytes:
    frames = np.stack([gradient(), gradient()[::-1], 255 - gradient()])
    start = f"{encounter.service_date:%Y%m%d}101500"
    return dicom(frames, AcquisitionDateTime=start, FrameTime="1000", **header(encounter, **other))


def take(encounter: Encounter, data: bytes, name: str = "scope.dcm") -> images.Taken:
    (taken,) = images.take_in(encounter, [Upload(name, data)], by=encounter.clinician.user, at=f.AT)
    return taken


def decide(held: HeldUpload, frames: list[int], reason: str = "") -> list[images.Taken]:
    return images.decide(held, frames, reason, by=held.held_by, at=f.AT)


def trail() -> str:
    return " ".join(AuditEvent.objects.filter(action__startswith="image.").values_list("detail", flat=True))


def test_a_dicom_file_of_this_patient_and_day_is_taken_in_at_once(draft: Encounter) -> None:
    data = dicom(gradient(), **header(draft))
    image = take(draft, data).image
    assert image is not None
    assert (image.original.media_type, image.clean_copy.media_type) == ("application/dicom", "image/png")
    assert files.read(image.original) == data
    assert (image.frame, image.differs, image.differs_reason) == (1, [], "")


def test_of_a_film_the_chosen_pictures_come_in_and_the_file_is_kept_once(draft: Encounter) -> None:
    taken = take(draft, film(draft))
    assert taken.image is None
    assert "3 pictures" in taken.refusal
    assert draft.images.count() == 0
    outcomes = decide(taken.held, [3, 1])
    rows = [t.image for t in outcomes]
    assert [r.frame for r in rows] == [1, 3]
    assert len({r.original_id for r in rows}) == 1
    assert len({r.clean_copy_id for r in rows}) == 2
    zone = draft.location.zone
    assert [r.captured_at.astimezone(zone).strftime("%H:%M:%S") for r in rows] == ["10:15:00", "10:15:02"]
    assert [i.frame for i in draft_facts(with_record().get(pk=draft.pk)).images] == [1, 3]
    assert not HeldUpload.objects.exists()


def test_a_picture_of_a_film_that_is_in_the_record_is_not_taken_twice(draft: Encounter) -> None:
    decide(take(draft, film(draft)).held, [2])
    again = decide(take(draft, film(draft)).held, [2, 3])
    assert [bool(t.image) for t in again] == [False, True]
    assert "already" in again[0].refusal
    assert draft.images.count() == 2


@pytest.mark.parametrize("frames", [[], [0], [4], [1, 99_999]])
def test_without_a_choice_that_the_file_has_nothing_comes_in(draft: Encounter, frames: list[int]) -> None:
    held = take(draft, film(draft)).held
    with pytest.raises(ValidationError, match="at least one"):
        decide(held, frames)
    assert draft.images.count() == 0
    assert HeldUpload.objects.count() == 1


@pytest.mark.parametrize(
    ("other", "differs", "said"),
    [
        ({"PatientName": "Roe^Robin"}, ["name"], "names another patient than"),
        ({"PatientID": "SOMEBODY-1"}, ["number"], "names another patient than"),
        ({"PatientBirthDate": "19010101"}, ["birth_date"], "names another patient than"),
        ({"StudyDate": "20010101"}, ["study_date"], "names another day than"),
        (
            {"PatientName": "Roe^Robin", "StudyDate": "20010101"},
            ["name", "study_date"],
            "names another patient and another day than",
        ),
    ],
)
def test_a_file_of_somebody_else_waits_for_a_reason_that_is_kept_with_it(
    draft: Encounter, other: dict[str, str], differs: list[str], said: str
) -> None:
    taken = take(draft, dicom(gradient(), **header(draft, **other)))
    assert taken.image is None
    assert said in taken.refusal
    assert taken.held.differs == differs
    for reason in ("", "  ", "ok"):
        with pytest.raises(ValidationError, match="few words"):
            decide(taken.held, [], reason)
    assert draft.images.count() == 0
    (outcome,) = decide(taken.held, [], REASON)
    assert (outcome.image.differs, outcome.image.differs_reason) == (differs, REASON)
    (fact,) = draft_facts(with_record().get(pk=draft.pk)).images
    assert (list(fact.differs), fact.differs_reason) == (differs, REASON)


def test_the_trail_names_what_differs_and_the_reason_and_never_the_other_person(draft: Encounter) -> None:
    held = take(draft, dicom(gradient(), **header(draft, PatientName="Roe^Robin", PatientID="SOMEBODY-1"))).held
    decide(held, [], REASON)
    told = trail()
    assert REASON in told
    assert '"name"' in told
    assert "Roe" not in told
    assert "SOMEBODY" not in told


def test_a_chart_that_was_put_right_meanwhile_needs_no_reason(draft: Encounter) -> None:
    held = take(draft, dicom(gradient(), **header(draft, PatientID="NEW-1"))).held
    draft.patient.chart_number = "NEW-1"
    draft.patient.save()
    held = HeldUpload.objects.get(pk=held.pk)
    (outcome,) = decide(held, [])
    assert outcome.image.differs == []


def test_what_is_discarded_leaves_nothing_in_the_record(draft: Encounter) -> None:
    held = take(draft, film(draft)).held
    holding.discard(held, by=draft.clinician.user, at=f.AT)
    assert not HeldUpload.objects.exists()
    assert draft.images.count() == 0
    assert AuditEvent.objects.filter(action="image.discard").count() == 1


def test_the_same_file_waits_once_and_is_forgotten_after_a_week(draft: Encounter) -> None:
    assert take(draft, film(draft)).held == take(draft, film(draft), "again.dcm").held
    later = f.AT + holding.KEPT_FOR + timedelta(days=1)
    other = dicom(gradient(), **header(draft, PatientName="Roe^Robin"))
    images.take_in(draft, [Upload("b.dcm", other)], by=draft.clinician.user, at=later)
    assert HeldUpload.objects.count() == 2, "an upload removes nothing: that is for the night"
    assert holding.forget(at=later) == 1
    assert [h.original_name for h in HeldUpload.objects.all()] == ["b.dcm"]


def test_an_upload_writes_the_trail_last_when_its_files_are_kept(
    draft: Encounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes the trail holds it until the end: nobody may wait for a storage meanwhile."""
    take(draft, film(draft))
    done: list[str] = []
    keep, record = files.keep, holding.record
    monkeypatch.setattr(files, "keep", lambda *given, **how: (done.append("file"), keep(*given, **how))[1])
    monkeypatch.setattr(holding, "record", lambda action, **how: (done.append(action), record(action, **how))[1])
    other = dicom(gradient(), **header(draft, PatientName="Roe^Robin"))
    later = f.AT + holding.KEPT_FOR + timedelta(days=1)
    images.take_in(draft, [Upload("b.dcm", other)], by=draft.clinician.user, at=later)
    assert done == ["file", "file", "image.hold"]


def test_nobody_decides_for_a_signed_record_or_without_the_right() -> None:
    draft = f.drafted()
    held = take(draft, film(draft)).held
    with pytest.raises(NotPermitted):
        images.decide(held, [1], "", by=f.user(role=Role.BILLER), at=f.AT)
    signed = f.signed_encounter(treating=draft.clinician)
    HeldUpload.objects.filter(pk=held.pk).update(encounter=signed)
    with pytest.raises(NotPossible):
        decide(HeldUpload.objects.get(pk=held.pk), [1], REASON)
