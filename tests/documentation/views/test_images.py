"""Pictures: taken in one by one or many at once, described, ordered, removed, and served to nobody else."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from documentation.kernel.permissions import Permission, Role, permissions_of
from documentation.models import AuditEvent, Encounter, EncounterImage
from documentation.services import files
from documentation.views import images as view
from tests import factories as f
from tests.documentation.views.conftest import LogIn

pytestmark = pytest.mark.django_db

SCRIPT = {"HX-Request": "true"}


def real(name: str = "fig1.jpg") -> SimpleUploadedFile:
    upload = next(p for p in f.pictures() if p.name == name)
    return SimpleUploadedFile(name, upload.data, "image/jpeg")


@pytest.fixture
def encounter() -> Encounter:
    return f.drafted(with_images=False)


@pytest.fixture
def client(encounter: Encounter, log_in: LogIn) -> Client:
    assert encounter.clinician.user
    return log_in(encounter.clinician.user)


def add(client: Client, encounter: Encounter, *uploads: SimpleUploadedFile, key: str = "", **more: Any) -> Any:
    data = {"images": list(uploads), "once": key or str(uuid.uuid4())}
    return client.post(reverse("image_add", args=[encounter.pk]), data, **more)


def image_url(image: EncounterImage, name: str) -> str:
    return reverse(f"image_{name}", args=[image.encounter_id, image.pk])


def file_url(image: EncounterImage, variant: str) -> str:
    return reverse("image_file", args=[image.encounter_id, image.pk, variant])


def test_several_files_are_taken_in_and_a_refused_one_says_why(client: Client, encounter: Encounter) -> None:
    text = SimpleUploadedFile("notes.jpg", b"no picture at all", "image/jpeg")
    response = add(client, encounter, real("fig1.jpg"), text, real("fig2.jpg"))
    assert response["Location"] == reverse("encounter_section", args=[encounter.pk, "images"])
    page = client.get(response["Location"]).content.decode()
    assert "2 images added." in page
    assert "notes.jpg: " in page
    assert [i.original_name for i in encounter.images.all()] == ["fig1.jpg", "fig2.jpg"]  # type: ignore[attr-defined]


def test_the_script_of_the_page_gets_an_outcome_for_each_file(client: Client, encounter: Encounter) -> None:
    response = add(client, encounter, SimpleUploadedFile("a.png", b"\x89PNG cut"), real(), headers=SCRIPT)
    first, second = response.json()["outcomes"]
    assert first["name"] == "a.png"
    assert first["refusal"].endswith(".")
    image = encounter.images.get()  # type: ignore[attr-defined]
    there = {"key": image.pk, "figure": 1, "anchor": f"image-{image.pk}"}
    assert second == {"name": "fig1.jpg", "refusal": "", "image": there}
    again = add(client, encounter, real("fig1.jpg"), headers=SCRIPT).json()["outcomes"][0]
    assert again["refusal"].startswith("This picture is already in this encounter")
    assert again["same_as"] == there


def test_without_a_script_a_picture_that_is_there_already_is_named_with_the_way_to_it(
    client: Client, encounter: Encounter
) -> None:
    add(client, encounter, real("fig1.jpg"))
    page = client.get(add(client, encounter, real("fig1.jpg"))["Location"]).content.decode()
    image = encounter.images.get()  # type: ignore[attr-defined]
    assert f'/images/#image-{image.pk}">Go to figure 1</a>' in page


def test_an_upload_that_is_sent_again_under_its_key_is_told_the_same(
    client: Client, encounter: Encounter, key: str
) -> None:
    first = add(client, encounter, real(), key=key, headers=SCRIPT)
    second = client.post(
        reverse("image_add", args=[encounter.pk]), {"images": [real()], "once": key}, headers=SCRIPT, follow=True
    )
    assert second.json() == first.json()
    assert encounter.images.count() == 1  # type: ignore[attr-defined]


def test_a_still_keeps_the_moment_in_which_it_was_frozen(client: Client, encounter: Encounter) -> None:
    before = timezone.now()
    data = {"images": [real()], "once": str(uuid.uuid4()), "age_ms": "60000"}
    client.post(reverse("image_add", args=[encounter.pk]), data, headers=SCRIPT)
    frozen = encounter.images.get().captured_at  # type: ignore[attr-defined]
    assert before <= frozen + timedelta(minutes=1) <= timezone.now()
    for odd in ("-5", "soon", "9" * 9, ""):
        data = {"images": [real("fig2.jpg")], "once": str(uuid.uuid4()), "age_ms": odd}
        client.post(reverse("image_add", args=[encounter.pk]), data, headers=SCRIPT)
        image = encounter.images.get(original_name="fig2.jpg")  # type: ignore[attr-defined]
        assert image.captured_at is None
        image.delete()


def test_the_order_is_set_at_once_and_a_stale_one_is_refused_in_words(client: Client, encounter: Encounter) -> None:
    keys = [i.pk for i in f.illustrate(encounter=encounter, by=encounter.clinician.user)]  # type: ignore[arg-type]
    url = reverse("image_order", args=[encounter.pk])

    def put(order: list[int], **more: Any) -> Any:
        return client.post(url, {"keys": ",".join(map(str, order)), "once": str(uuid.uuid4())}, **more)

    assert put(keys[::-1]).status_code == 302
    assert [i.pk for i in encounter.images.all()] == keys[::-1]  # type: ignore[attr-defined]
    for wrong in (keys[:3], [*keys, 999], [keys[0]] * 4):
        response = put(wrong, headers=SCRIPT)
        assert (response.status_code, response.json()["refusal"][:8]) == (409, "Pictures")
        assert put(wrong).status_code == 409
    assert [i.pk for i in encounter.images.all()] == keys[::-1]  # type: ignore[attr-defined]


def test_a_double_click_takes_a_picture_in_once(client: Client, encounter: Encounter, key: str) -> None:
    answers = [add(client, encounter, real(), key=key) for _ in range(2)]
    assert {a.status_code for a in answers} == {302}
    assert encounter.images.count() == 1  # type: ignore[attr-defined]
    assert AuditEvent.objects.filter(action="image.upload").count() == 1


def test_no_file_and_too_many_files_are_told_apart(client: Client, encounter: Encounter) -> None:
    response = add(client, encounter)
    assert "No file was chosen" in client.get(response["Location"]).content.decode()
    many = [SimpleUploadedFile(f"{n}.jpg", b"x") for n in range(41)]
    response = add(client, encounter, *many)
    assert response.status_code == 413
    assert (
        add(client, encounter, *many, headers=SCRIPT).json()["outcomes"][0]["refusal"].startswith("More than 40 files")
    )


def test_more_bytes_than_one_form_may_carry_are_not_even_read(
    client: Client, encounter: Encounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "MOST_BYTES", 1000)
    assert add(client, encounter, real()).status_code == 413
    assert encounter.images.count() == 0  # type: ignore[attr-defined]


def test_an_upload_needs_the_token_of_its_page(encounter: Encounter) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(encounter.clinician.user)  # type: ignore[arg-type]
    assert add(client, encounter, real()).status_code == 403
    assert encounter.images.count() == 0  # type: ignore[attr-defined]


def test_the_page_reserves_the_room_of_each_picture(client: Client, encounter: Encounter) -> None:
    image = f.illustrate(encounter=encounter, by=encounter.clinician.user)[0]  # type: ignore[arg-type]
    page = client.get(reverse("encounter_section", args=[encounter.pk, "images"])).content.decode()
    assert f'src="{file_url(image, "thumbnail")}" width="{image.width}" height="{image.height}"' in page


def described(image: EncounterImage, **values: str) -> dict[str, str]:
    return {"seen": str(image.revision), **{f"image-{image.pk}-{k}": v for k, v in values.items()}}


def test_a_picture_is_described_and_lies_where_its_finding_lies(client: Client, encounter: Encounter) -> None:
    image = f.illustrate(encounter=encounter, by=encounter.clinician.user)[0]  # type: ignore[arg-type]
    data = described(
        image, caption="New words", finding="f1", kind="endoscopic_still", captured_at="2026-11-05T09:20:00"
    )
    assert client.post(image_url(image, "describe"), data).status_code == 302
    image.refresh_from_db()
    finding = encounter.findings.get(key="f1")  # type: ignore[attr-defined]
    assert (image.caption, image.finding) == ("New words", finding)
    assert (image.gland, image.side, image.segment) == (finding.gland, finding.side, finding.segment)


def test_a_wrong_value_of_a_picture_is_said_at_its_field(client: Client, encounter: Encounter) -> None:
    image = f.illustrate(encounter=encounter, by=encounter.clinician.user)[0]  # type: ignore[arg-type]
    data = described(image, caption="c" * 301, kind="endoscopic_still")
    for headers in ({}, SCRIPT):
        response = client.post(image_url(image, "describe"), data, headers=headers)
        assert response.status_code == 422
        assert f'href="#id_image-{image.pk}-caption"' in response.content.decode()
    assert "c" * 301 in client.post(image_url(image, "describe"), data).content.decode()


def test_a_stale_description_keeps_what_was_typed(client: Client, encounter: Encounter) -> None:
    image = f.illustrate(encounter=encounter, by=encounter.clinician.user)[0]  # type: ignore[arg-type]
    data = described(image, caption="Mine", kind="endoscopic_still")
    theirs = described(image, caption="Theirs", kind="endoscopic_still")
    client.post(image_url(image, "describe"), theirs)
    response = client.post(image_url(image, "describe"), data)
    page = response.content.decode()
    image.refresh_from_db()
    assert response.status_code == 409
    assert 'value="Mine"' in page
    assert "Theirs" in page
    assert image.caption == "Theirs"
    assert client.post(image_url(image, "describe"), {**data, "seen": str(image.revision)}).status_code == 302


def test_pictures_move_and_leave_and_the_figures_follow(client: Client, encounter: Encounter, key: str) -> None:
    first, second, *_ = f.illustrate(encounter=encounter, by=encounter.clinician.user)  # type: ignore[arg-type]
    client.post(image_url(first, "move"), {"to": "down", "once": key})
    assert [i.pk for i in encounter.images.all()][:2] == [second.pk, first.pk]  # type: ignore[attr-defined]
    client.post(image_url(second, "remove"), {"once": str(uuid.uuid4())})
    assert [i.position for i in encounter.images.all()] == [1, 2, 3]  # type: ignore[attr-defined]
    assert not EncounterImage.objects.filter(pk=second.pk).exists()


def test_pictures_of_a_signed_record_stay(log_in: LogIn) -> None:
    encounter = f.signed_encounter()
    client = log_in(encounter.clinician.user)  # type: ignore[arg-type]
    image = encounter.images.first()  # type: ignore[attr-defined]
    for name, data in (("move", {"to": "down"}), ("remove", {}), ("describe", described(image, caption="x"))):
        response = client.post(image_url(image, name), {"once": str(uuid.uuid4()), **data})
        assert response.status_code == 409, name
    assert add(client, encounter, real("fig1.jpg")).status_code == 409
    assert encounter.images.count() == 4  # type: ignore[attr-defined]


# --- Files leave by one door --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("variant", ["thumbnail", "screen", "clean", "original"])
def test_a_file_is_served_to_those_who_may_see_it(log_in: LogIn, role: Role, variant: str) -> None:
    encounter = f.drafted()
    client = log_in(f.user(role=role))
    image = encounter.images.first()  # type: ignore[attr-defined]
    needs = Permission.ORIGINAL_DOWNLOAD if variant == "original" else Permission.IMAGE_VIEW
    response = client.get(file_url(image, variant))
    if needs not in permissions_of(role):
        assert response.status_code == 403
        assert image.encounter.number.encode() not in response.content
        return
    kept = {"clean": image.clean_copy}.get(variant) or getattr(image, variant)
    assert response.content == files.read(kept)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Disposition"].startswith("attachment" if variant == "original" else "inline")
    assert "fig1" not in response["Content-Disposition"]
    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.patient_id) == (
        "image.download" if variant == "original" else "image.view",
        encounter.patient_id,
    )


def test_a_stranger_sees_the_log_in_page_and_no_file() -> None:
    image = f.drafted().images.first()  # type: ignore[attr-defined]
    assert Client().get(file_url(image, "screen")).status_code == 302


def test_a_picture_is_not_found_under_another_encounter(log_in: LogIn) -> None:
    image = f.drafted().images.first()  # type: ignore[attr-defined]
    other = f.planned_visit()
    client = log_in(f.user(role=Role.CLINICIAN))
    assert client.get(reverse("image_file", args=[other.pk, image.pk, "screen"])).status_code == 404
    assert client.get(reverse("image_file", args=[image.encounter_id, image.pk, "secret"])).status_code == 404


def test_a_file_that_was_damaged_in_storage_is_not_shown(log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    image = f.drafted().images.first()  # type: ignore[attr-defined]

    def damaged(file: object) -> bytes:
        raise files.DamagedFile("The file was changed in storage. Restore it from the backup.")

    monkeypatch.setattr(files, "read", damaged)
    response = log_in(f.user(role=Role.CLINICIAN)).get(file_url(image, "screen"))
    assert response.status_code == 500
    assert not AuditEvent.objects.filter(action="image.view").exists()
