"""Pictures of an encounter: taken in with their bytes, refused with a sentence, ordered, removed."""

import hashlib
import io

import pytest
from PIL import Image

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, EncounterImage, StoredFile
from documentation.prose.tracking import prose_of
from documentation.queries.encounters import draft_facts, with_record
from documentation.services import encounters, files, images, prose
from documentation.services.images import Upload
from tests import factories as f

pytestmark = pytest.mark.django_db


def png(color: str = "salmon", size: tuple[int, int] = (64, 48)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, color).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def draft() -> Encounter:
    return f.drafted(with_images=False)


def take(encounter: Encounter, *uploads: Upload) -> list[images.Taken]:
    return images.take_in(encounter, uploads, by=encounter.clinician.user, at=f.AT)


def order_of(encounter: Encounter) -> list[str]:
    return list(EncounterImage.objects.filter(encounter=encounter).values_list("original_name", flat=True))


def test_a_jpeg_and_a_png_are_kept_with_their_bytes_and_their_copies(draft: Encounter) -> None:
    (jpeg, drawing) = take(draft, f.pictures()[0], Upload("drawing.png", png()))
    for outcome, upload, kind in ((jpeg, f.pictures()[0], "image/jpeg"), (drawing, Upload("", png()), "image/png")):
        row = outcome.image
        assert row is not None
        assert outcome.refusal == ""
        assert files.read(row.original) == upload.data
        assert row.original.sha256 == hashlib.sha256(upload.data).hexdigest()
        assert row.original.media_type == row.clean_copy.media_type == kind
        for copy in (row.clean_copy, row.screen, row.thumbnail):
            with Image.open(io.BytesIO(files.read(copy))) as picture:
                picture.load()
        with Image.open(io.BytesIO(files.read(row.clean_copy))) as clean:
            assert clean.size == (row.width, row.height)
    assert [i.position for i in draft.images.all()] == [1, 2]
    assert AuditEvent.objects.filter(action="image.upload").count() == 2


def test_each_upload_is_taken_or_refused_by_itself(draft: Encounter) -> None:
    whole = f.pictures()[0].data
    outcomes = take(
        draft,
        Upload("notes.txt", b"these are notes"),
        Upload("cut.jpg", whole[: len(whole) // 2]),
        Upload("empty.png", b""),
        Upload("good.jpg", whole),
    )
    assert [bool(o.image) for o in outcomes] == [False, False, False, True]
    for outcome in outcomes[:3]:
        assert outcome.refusal.endswith(".")
        assert len(outcome.refusal) > 20
    assert order_of(draft) == ["good.jpg"]
    assert StoredFile.objects.count() <= 4


def test_the_same_picture_twice_is_told_and_kept_once(draft: Encounter) -> None:
    first, again = take(draft, f.pictures()[0], Upload("again.jpg", f.pictures()[0].data))
    assert again.image is None
    assert again.same_as == first.image
    assert "already" in again.refusal
    (later,) = take(draft, Upload("later.jpg", f.pictures()[0].data))
    assert later.same_as == first.image
    assert draft.images.count() == 1


def test_another_encounter_may_hold_the_same_picture_and_its_bytes_are_stored_once(draft: Encounter) -> None:
    other = f.drafted(with_images=False)
    (one,), (two,) = take(draft, f.pictures()[0]), take(other, f.pictures()[0])
    assert one.image.original == two.image.original
    assert one.image != two.image


def test_no_more_than_an_encounter_holds(draft: Encounter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_IMAGES", 2)
    outcomes = take(draft, *f.pictures()[:3])
    assert [bool(o.image) for o in outcomes] == [True, True, False]
    assert "at most 2" in outcomes[2].refusal


def test_a_name_is_cleaned_and_keeps_its_end(draft: Encounter) -> None:
    (taken,) = take(draft, Upload("x" * 300 + "\u202egpj\x00.jpg", f.pictures()[0].data))
    assert len(taken.image.original_name) == 255
    assert taken.image.original_name.endswith("xgpj.jpg")


def test_figures_follow_the_order_and_close_the_gaps() -> None:
    encounter = f.drafted()
    by = encounter.clinician.user
    one, two, three, four = encounter.images.all()
    images.order(encounter, [four.pk, one.pk, two.pk, three.pk], by=by, at=f.AT)
    assert order_of(encounter) == ["fig4.jpg", "fig1.jpg", "fig2.jpg", "fig3.jpg"]
    images.remove(one, by=by, at=f.AT)
    kept = draft_facts(with_record().get(pk=encounter.pk)).images
    assert [(i.figure, i.caption.split()[-1]) for i in kept] == [(1, "hilum"), (2, "dilation"), (3, "mm")]
    assert [i.position for i in encounter.images.all()] == [1, 2, 3]
    assert StoredFile.objects.filter(pk=one.original_id).exists()


def test_an_order_that_names_other_pictures_is_refused() -> None:
    encounter = f.drafted()
    keys = [i.pk for i in encounter.images.all()]
    for wrong in (keys[:3], [*keys, 999_999], [keys[0], *keys[:3]], []):
        with pytest.raises(NotPossible, match="meanwhile"):
            images.order(encounter, wrong, by=encounter.clinician.user, at=f.AT)
    assert order_of(encounter) == ["fig1.jpg", "fig2.jpg", "fig3.jpg", "fig4.jpg"]


def test_of_two_descriptions_the_second_is_told() -> None:
    encounter = f.drafted()
    image, by = encounter.images.first(), encounter.clinician.user
    images.describe(image, {"caption": "First."}, by=by, at=f.AT, seen=image.revision)
    with pytest.raises(NotPossible, match="Somebody else"):
        images.describe(image, {"caption": "Second."}, by=by, at=f.AT, seen=image.revision)
    image.refresh_from_db()
    assert image.caption == "First."


def test_the_pictures_of_a_signed_record_stay_as_they_are() -> None:
    encounter = f.signed_encounter()
    image, by = encounter.images.first(), encounter.clinician.user
    with pytest.raises(NotPossible):
        images.describe(image, {"caption": "Other."}, by=by, at=f.AT)
    with pytest.raises(NotPossible):
        images.remove(image, by=by, at=f.AT)
    with pytest.raises(NotPossible):
        images.order(encounter, [i.pk for i in encounter.images.all()][::-1], by=by, at=f.AT)
    with pytest.raises(NotPossible):
        take(encounter, Upload("more.png", png()))
    assert order_of(encounter) == ["fig1.jpg", "fig2.jpg", "fig3.jpg", "fig4.jpg"]


@pytest.mark.parametrize("role", [Role.BILLER, Role.MANAGER, Role.ADMINISTRATOR])
def test_only_the_clinical_side_handles_pictures(draft: Encounter, role: Role) -> None:
    with pytest.raises(NotPermitted):
        images.take_in(draft, f.pictures()[:1], by=f.user(role=role), at=f.AT)


# --- Figures follow -----------------------------------------------------------------------------------------------


def told(encounter: Encounter) -> str:
    return str(Encounter.objects.get(pk=encounter.pk).interpretation.text)


def test_texts_that_name_figures_follow_a_new_order() -> None:
    draft = f.drafted()
    by = draft.clinician.user
    said = "Figure 1 shows the stenosis, figures 3 and 4 the hilum; 4 mm behind it nothing."
    encounters.save_section(draft, "interpretation", {"text": said}, by=by, at=f.AT)
    first, *others = list(draft.images.all())
    images.describe(others[2], {"reading": "As in figure 1."}, by=by, at=f.AT)
    images.order(draft, [*(i.pk for i in others), first.pk], by=by, at=f.AT)
    assert told(draft) == "Figure 4 shows the stenosis, figures 2 and 3 the hilum; 4 mm behind it nothing."
    moved = EncounterImage.objects.get(pk=others[2].pk)
    assert (moved.position, moved.reading) == (3, "As in figure 4.")
    now = Encounter.objects.get(pk=draft.pk)
    assert now.section_revisions["interpretation"] == now.section_revisions["images"] == now.revision

    images.remove(EncounterImage.objects.get(pk=first.pk), by=by, at=f.AT)
    assert told(draft) == "Figure [removed] shows the stenosis, figures 2 and 3 the hilum; 4 mm behind it nothing."


def test_a_sentence_from_facts_that_was_up_to_date_stays_so() -> None:
    draft = f.drafted()
    by = draft.clinician.user
    encounters.save_section(draft, "interpretation", {"text": ""}, by=by, at=f.AT)
    prose.take(draft, "interpretation.text", None, by=by, at=f.AT)
    before = told(draft)
    keys = [i.pk for i in draft.images.all()]
    images.order(draft, [*keys[1:], keys[0]], by=by, at=f.AT)
    record = with_record().get(pk=draft.pk)
    shown = prose_of(draft_facts(record), "interpretation.text", record.interpretation.sources["text"])
    assert told(draft) != before
    assert shown.told
    assert [t.text for t in shown.told if t.changed or t.is_edited] == []


def test_a_file_that_goes_up_again_takes_its_place_among_the_others(draft: Encounter) -> None:
    take(draft, *(Upload(name, png(name)) for name in ("red", "blue")))
    blue = EncounterImage.objects.get(original_name="blue")
    encounters.save_section(draft, "interpretation", {"text": "Figure 2 is blue."}, by=draft.clinician.user, at=f.AT)
    take(draft, Upload("green", png("green"), before=blue.pk))
    assert order_of(draft) == ["red", "green", "blue"]
    assert told(draft) == "Figure 3 is blue."
    take(draft, Upload("white", png("white"), before=999_999))
    assert order_of(draft)[-1] == "white"
