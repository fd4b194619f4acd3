"""The page for drawing, and the comparison with the visit before: what it takes, what it refuses, what it shows."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from documentation.facts import FindingFacts
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, EncounterImage
from documentation.prose.captions import caption_for
from documentation.queries.encounters import annotations_of, facts_of, with_record
from documentation.queries.last_visit import pairs_of
from documentation.services import encounters, images, signing
from tests import factories as f
from tests.twice import DoubleClicking

pytestmark = pytest.mark.django_db

ARROW = {"key": "m1", "kind": "arrow", "x1": 1000, "y1": 1000, "x2": 4000, "y2": 4000, "label": "", "ink": "blue"}


@pytest.fixture
def draft() -> Encounter:
    return f.drafted()


@pytest.fixture
def picture(draft: Encounter) -> EncounterImage:
    return draft.images.get(position=1)


@pytest.fixture
def client(draft: Encounter) -> Client:
    client = DoubleClicking()
    client.force_login(draft.clinician.user)
    return client


def address(picture: EncounterImage) -> str:
    return reverse("image_annotate", args=[picture.encounter_id, picture.pk])


def post(client: Client, picture: EncounterImage, marks: Any, **more: Any) -> Any:
    raw = marks if isinstance(marks, str) else json.dumps(marks)
    return client.post(address(picture), {"marks": raw, "seen": "0", **more}, headers={"HX-Request": "true"})


def test_a_save_is_answered_with_the_drawing_and_its_list(client: Client, picture: EncounterImage) -> None:
    answer = post(client, picture, [ARROW])
    assert answer.status_code == 200
    assert 'data-mark="m1"' in answer.content.decode()
    assert 'name="seen" value="1"' in answer.content.decode()
    assert annotations_of(picture)[0].ink == "blue"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("", "could not be read"),
        ("{}", "could not be read"),
        ("[1]", "could not be read"),
        ("[" * 5000, "could not be read"),
        (json.dumps([{**ARROW, "x1": "1000"}]), "could not be read"),
        (json.dumps([{**ARROW, "x1": True}]), "could not be read"),
        (json.dumps([{**ARROW, "x2": 10_001}]), "Mark 1, arrow: "),
        (json.dumps([ARROW, {**ARROW, "key": "m2", "kind": "text"}]), "Mark 2, text: Write the words"),
        (json.dumps([{**ARROW, "kind": "scale", "length_mm": "long"}]), "Write the length as a number"),
    ],
)
def test_a_drawing_that_cannot_be_taken_says_why(client: Client, picture: EncounterImage, raw: str, said: str) -> None:
    answer = post(client, picture, raw)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert annotations_of(picture) == ()


def test_a_save_on_an_older_drawing_is_refused_and_shows_what_is_stored(
    client: Client, picture: EncounterImage
) -> None:
    f.annotated(encounter=picture.encounter)
    answer = post(client, picture, [ARROW])
    assert answer.status_code == 409
    assert "Somebody else drew on this picture meanwhile." in answer.content.decode()
    assert len(annotations_of(picture)) == len(f.MARKS)


def test_a_save_whose_answer_was_lost_is_not_taken_for_somebody_elses(client: Client, picture: EncounterImage) -> None:
    post(client, picture, [ARROW])
    lost = urlencode({"marks": json.dumps([ARROW]), "seen": "0"})
    answer = post(client, picture, [ARROW, {**ARROW, "key": "m2", "x1": 2000}], unanswered=[lost])
    assert answer.status_code == 200
    assert len(annotations_of(picture)) == 2


def test_the_page_reads_every_mark_out_and_escapes_its_words(client: Client, picture: EncounterImage) -> None:
    post(client, picture, [{**ARROW, "label": '<b>ring</b> & "more"'}])
    page = client.get(address(picture)).content.decode()
    assert 'aria-label="Arrow to the center: &lt;b&gt;ring&lt;/b&gt; &amp; &quot;more&quot;"' in page
    assert "<b>ring</b>" not in page
    assert AuditEvent.objects.filter(action="encounter.view").exists()


def test_a_signed_record_leads_to_its_figure_and_shows_the_marks_there(client: Client, picture: EncounterImage) -> None:
    f.annotated(encounter=picture.encounter)
    signing.sign(picture.encounter, by=picture.encounter.clinician.user, at=f.AT)
    answer = client.get(address(picture))
    assert answer["Location"] == reverse("encounter", args=[picture.encounter_id]) + "#figure-1"
    page = client.get(reverse("encounter", args=[picture.encounter_id])).content.decode()
    assert 'data-mark="a2"' in page
    assert "Annotated: Scale at the lower left: 1.10 mm" in page
    assert post(client, picture, []).status_code == 409


def test_a_picture_of_another_encounter_is_not_found(client: Client, picture: EncounterImage) -> None:
    other = f.drafted()
    assert client.get(reverse("image_annotate", args=[other.pk, picture.pk])).status_code == 404


# --- Findings and their images ------------------------------------------------------------------------------------


def test_each_finding_leads_to_its_images_and_one_without_to_its_reason(client: Client, draft: Encounter) -> None:
    _, rows = f.sections()["findings"]
    bare = {"key": "f3", "type": "kink", "gland": "submandibular", "side": "L", "segment": "middle"}
    encounters.save_section(
        draft, "findings", {}, {"findings": [*rows["findings"], bare]}, by=draft.clinician.user, at=f.AT
    )
    page = client.get(reverse("encounter_section", args=[draft.pk, "images"])).content.decode()
    first = draft.images.get(position=1)
    assert f"#image-{first.pk}" in page
    assert "#id_findings-2-not_imaged_reason" in page
    assert "#id_findings-0-type" in page
    interpretation = client.get(reverse("encounter_section", args=[draft.pk, "interpretation"])).content.decode()
    assert "A thin ring narrows the lumen to about half." in interpretation


def test_a_key_image_without_a_reading_is_named_beside_the_interpretation(client: Client, draft: Encounter) -> None:
    first = draft.images.get(position=1)
    images.describe(first, {"reading": ""}, by=draft.clinician.user, at=f.AT)
    page = client.get(reverse("encounter_section", args=[draft.pk, "interpretation"])).content.decode()
    assert f"#image-{first.pk}" in page
    assert "No reading yet: write it" in page


@pytest.mark.parametrize(
    ("finding", "caption"),
    [
        (
            FindingFacts("f", "stenosis", "submandibular", "L", "distal", 12, length_mm=2),  # type: ignore[arg-type]
            "Left Wharton's duct, stenosis 2 mm long, 12 mm from the papilla",
        ),
        (FindingFacts("f", "normal", "parotid", "R", "hilum"), "Right Stensen's duct, normal, hilum"),
        (FindingFacts("f", "kink"), "Kink"),
    ],
    ids=["measured", "normal", "bare"],
)
def test_a_caption_is_proposed_from_the_finding(finding: FindingFacts, caption: str) -> None:
    assert caption_for(finding) == caption


# --- The visit before ---------------------------------------------------------------------------------------------


@pytest.fixture
def again(draft: Encounter) -> Encounter:
    """The same patient four weeks later, with two pictures: one of a place seen before, one of a new place."""
    f.annotated(encounter=draft)
    signing.sign(draft, by=draft.clinician.user, at=f.AT)
    later = f.drafted(treating=draft.clinician, person=draft.patient, service_date=f.SERVICE_DATE + timedelta(days=28))
    for image in later.images.all()[2:]:
        images.remove(image, by=draft.clinician.user, at=f.AT)
    second = later.images.get(position=2)
    images.describe(second, {"segment": "papilla"}, by=draft.clinician.user, at=f.AT)
    return Encounter.objects.get(pk=later.pk)


def test_pictures_of_the_same_place_are_paired_from_the_papilla_inwards(draft: Encounter, again: Encounter) -> None:
    before, now = (facts_of(with_record().get(pk=e.pk)) for e in (draft, again))
    pairs = [(p.segment, [i.figure for i in p.before], [i.figure for i in p.now]) for p in pairs_of(before, now)]
    assert pairs == [
        ("papilla", [], [2]),
        ("distal", [1, 2], [1]),
        ("middle", [3], []),
        ("hilum", [4], []),
    ]


def test_the_comparison_shows_both_visits_and_is_led_to_from_images_and_interpretation(
    client: Client, draft: Encounter, again: Encounter
) -> None:
    address = reverse("encounter_compare", args=[again.pk])
    page = client.get(address).content.decode()
    for image in (draft.images.get(position=1), again.images.get(position=1)):
        assert reverse("image_file", args=[image.encounter_id, image.pk, "screen"]) in page
    assert 'data-mark="a2"' in page
    assert page.count("No image of this place.") == 3
    seen = AuditEvent.objects.filter(action="encounter.view").values_list("subject", flat=True)
    assert {draft.number, again.number} <= set(seen)
    for section in ("images", "interpretation"):
        assert address in client.get(reverse("encounter_section", args=[again.pk, section])).content.decode()


def test_a_first_visit_says_that_there_is_nothing_to_compare_with(client: Client, draft: Encounter) -> None:
    page = client.get(reverse("encounter_compare", args=[draft.pk])).content.decode()
    assert "No earlier visit" in page
    biller = Client()
    biller.force_login(f.user(role=Role.BILLER))
    assert "Write the comparison" not in biller.get(reverse("encounter_compare", args=[draft.pk])).content.decode()
