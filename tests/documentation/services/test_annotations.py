"""What is drawn on pictures: kept as vectors with author and time, never overwritten unseen, and signed."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documentation.facts import EncounterFacts
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.kernel.vocabulary import INK
from documentation.kernel.wire import from_data, to_data
from documentation.models import Annotation, AuditEvent, Encounter, EncounterImage
from documentation.queries.encounters import annotations_of, draft_facts, facts_of, with_record
from documentation.services import files, images, signing, versions
from documentation.services.annotations import MOST, StaleDrawing, annotate
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Encounter:
    return f.drafted()


@pytest.fixture
def picture(draft: Encounter) -> EncounterImage:
    return draft.images.get(position=1)


def arrow(**values: Any) -> dict[str, Any]:
    return {"key": "a1", "kind": "arrow", "x1": 1000, "y1": 1000, "x2": 5000, "y2": 5000, **values}


def test_a_mark_of_each_kind_is_kept_with_its_author_and_its_time(draft: Encounter) -> None:
    image = f.annotated(encounter=draft)
    by = draft.clinician.user
    facts = draft_facts(with_record().get(pk=draft.pk)).images[0].annotations
    assert [m.kind for m in facts] == [m["kind"] for m in f.MARKS]
    assert {(m.author, m.drawn_at) for m in facts} == {(by.display_name, f.AT)}
    assert (facts[0].length_mm, facts[1].label, facts[1].ink) == (Decimal("1.10"), "membrane", "yellow")
    assert image.drawing_revision == 1
    assert AuditEvent.objects.filter(action="image.annotate").count() == 1


def test_no_file_changes_because_of_what_is_drawn(draft: Encounter, picture: EncounterImage) -> None:
    before = [files.read(getattr(picture, n)) for n in ("original", "clean_copy", "screen", "thumbnail")]
    f.annotated(encounter=draft)
    picture.refresh_from_db()
    assert [files.read(getattr(picture, n)) for n in ("original", "clean_copy", "screen", "thumbnail")] == before


def test_who_changes_one_mark_signs_for_that_one_alone(draft: Encounter) -> None:
    image = f.annotated(encounter=draft)
    other = f.user(role=Role.ASSISTANT)
    later = f.AT + timedelta(hours=1)
    changed = [{**m, "label": "a ring"} if m["key"] == "a2" else m for m in f.MARKS]
    annotate(image, changed, by=other, at=later, seen=1)
    authors = {m.key: (m.author, m.drawn_at) for m in annotations_of(image)}
    assert authors.pop("a2") == (other.display_name, later)
    assert set(authors.values()) == {(draft.clinician.user.display_name, f.AT)}


def test_drawing_the_same_again_writes_nothing(draft: Encounter) -> None:
    image = f.annotated(encounter=draft)
    revision = Encounter.objects.get(pk=draft.pk).revision
    annotate(image, f.MARKS, by=draft.clinician.user, at=f.AT, seen=0)
    assert Encounter.objects.get(pk=draft.pk).revision == revision
    assert AuditEvent.objects.filter(action="image.annotate").count() == 1


def test_who_drew_on_an_older_state_is_told_and_nothing_is_lost(draft: Encounter) -> None:
    image = f.annotated(encounter=draft)
    with pytest.raises(StaleDrawing, match="Somebody else drew on this picture"):
        annotate(image, [arrow()], by=draft.clinician.user, at=f.AT, seen=0)
    assert image.annotations.count() == len(f.MARKS)


def test_marks_go_when_they_are_taken_out_and_with_their_picture(draft: Encounter) -> None:
    image = f.annotated(encounter=draft)
    annotate(image, [m for m in f.MARKS if m["key"] != "a2"], by=draft.clinician.user, at=f.AT, seen=1)
    assert list(image.annotations.values_list("key", flat=True)) == ["a1", "a3", "a4", "a5"]
    images.remove(image, by=draft.clinician.user, at=f.AT)
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "arrow", "x2": 1000, "y2": 1000},
        {"kind": "circle"},
        {"key": ""},
        {"x1": -1},
        {"x2": 10_001},
        {"ink": "red"},
        {"kind": "text", "label": " "},
        {"kind": "scale"},
        {"kind": "scale", "length_mm": Decimal("0")},
        {"length_mm": Decimal("1.10")},
        {"label": "x" * 49},
        {"label": "אבן"},
    ],
    ids=str,
)
def test_a_mark_that_cannot_be_drawn_is_refused_and_names_its_place(
    picture: EncounterImage, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        annotate(picture, [arrow(key="ok"), arrow(**wrong)], by=picture.uploaded_by, at=f.AT)
    assert all(name.startswith("annotations[1].") for name in refused.value.message_dict)
    assert not picture.annotations.exists()


@pytest.mark.parametrize(
    "marks",
    [
        [arrow(key=f"a{n}") for n in range(MOST + 1)],
        [arrow(), arrow()],
        [arrow(key=k, kind="scale", length_mm=Decimal(1)) for k in ("a", "b")],
    ],
    ids=["too many", "one key twice", "two scales"],
)
def test_marks_that_do_not_go_together_are_refused(picture: EncounterImage, marks: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        annotate(picture, marks, by=picture.uploaded_by, at=f.AT)


def test_a_biller_does_not_draw_and_nobody_draws_on_a_signed_record(draft: Encounter) -> None:
    image = f.annotated(encounter=draft)
    with pytest.raises(NotPermitted):
        annotate(image, [], by=f.user(role=Role.BILLER), at=f.AT)
    by = draft.clinician.user
    signing.sign(draft, by=by, at=f.AT)
    with pytest.raises(NotPossible, match="can no longer be changed"):
        annotate(image, [], by=by, at=f.AT)


def test_the_signature_covers_what_is_drawn(draft: Encounter) -> None:
    plain = signing.content_of(draft_facts(with_record().get(pk=draft.pk)))
    f.annotated(encounter=draft)
    drawn = draft_facts(with_record().get(pk=draft.pk))
    assert signing.content_of(drawn) != plain
    signing.sign(draft, by=draft.clinician.user, at=f.AT)
    assert facts_of(with_record().get(pk=draft.pk)).images == drawn.images


def test_a_record_signed_before_there_were_marks_reads_back(draft: Encounter) -> None:
    content = json.loads(signing.content_of(draft_facts(with_record().get(pk=draft.pk))))
    for image in content["images"]:
        del image["annotations"]
    assert all(i.annotations == () for i in from_data(EncounterFacts, content).images)


def test_a_new_version_takes_the_marks_over_to_its_own_pictures(draft: Encounter) -> None:
    image = f.annotated(encounter=draft)
    by = draft.clinician.user
    signing.sign(draft, by=by, at=f.AT)
    version = versions.unlock(draft, "The label names the wrong side.", by=by, at=f.AT)
    taken_over = version.images.get(position=1)
    assert annotations_of(taken_over) == annotations_of(image)
    annotate(taken_over, f.MARKS[:1], by=by, at=f.AT, seen=taken_over.drawing_revision)
    assert (taken_over.annotations.count(), image.annotations.count()) == (1, len(f.MARKS))


PLACE = st.integers(0, 10_000)
DRAWN = st.builds(
    dict,
    kind=st.sampled_from(["arrow", "ellipse", "measurement", "text"]),
    x1=PLACE,
    y1=PLACE,
    x2=PLACE,
    y2=PLACE,
    ink=st.sampled_from(list(INK)),
    label=st.text("abcXYZ 0-9äß,;:", min_size=1, max_size=48).filter(lambda t: t.strip()),
).filter(lambda m: m["kind"] == "text" or max(abs(m["x2"] - m["x1"]), abs(m["y2"] - m["y1"])) >= 50)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(marks=st.lists(DRAWN, max_size=6))
def test_marks_survive_the_way_through_rows_facts_and_json(
    picture: EncounterImage, marks: list[dict[str, Any]]
) -> None:
    marks = [{**m, "key": f"k{n}"} for n, m in enumerate(marks)]
    annotate(picture, marks, by=picture.uploaded_by, at=f.AT)
    facts = draft_facts(with_record().get(pk=picture.encounter_id))
    read = from_data(EncounterFacts, json.loads(json.dumps(to_data(facts)))).images[0].annotations
    for mark, kept in zip(marks, read, strict=True):
        ends = ("x1", "y1") if mark["kind"] == "text" else ("x1", "y1", "x2", "y2")
        assert {n: getattr(kept, n) for n in ("kind", "ink", *ends)} == {n: mark[n] for n in ("kind", "ink", *ends)}
        assert kept.label == " ".join(mark["label"].split())
