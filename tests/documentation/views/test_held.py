"""The page of a file that waits, and what the script of the images page learns of it."""

import uuid
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from documentation.models import AuditEvent, Encounter, HeldUpload
from tests import factories as f
from tests.dicoms import dicom, gradient
from tests.documentation.views.conftest import LogIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def encounter() -> Encounter:
    return f.drafted(with_images=False)


@pytest.fixture
def client(encounter: Encounter, log_in: LogIn) -> Client:
    assert encounter.clinician.user
    return log_in(encounter.clinician.user)


def send(client: Client, encounter: Encounter, data: bytes, **more: Any) -> Any:
    upload = SimpleUploadedFile("scope.dcm", data, "application/dicom")
    return client.post(
        reverse("image_add", args=[encounter.pk]), {"images": [upload], "once": str(uuid.uuid4())}, **more
    )


def post(client: Client, address: str, **fields: Any) -> Any:
    return client.post(address, {"once": str(uuid.uuid4()), **fields})


FILM = dicom(np.stack([gradient(), gradient()[::-1]]))
OTHER = dicom(gradient(), PatientName="Roe^Robin", PatientID="SOMEBODY-1")


def test_the_script_learns_where_to_decide(client: Client, encounter: Encounter) -> None:
    (outcome,) = send(client, encounter, FILM, headers={"HX-Request": "true"}).json()["outcomes"]
    held = HeldUpload.objects.get()
    assert outcome["decide"] == reverse("image_decide", args=[encounter.pk, held.pk])
    assert "2 pictures" in outcome["refusal"]
    page = client.get(reverse("encounter_images", args=[encounter.pk])).content.decode()
    assert "One file waits for you." in page
    assert outcome["decide"] in page


def test_a_form_without_a_script_leads_to_the_choice(client: Client, encounter: Encounter) -> None:
    address = send(client, encounter, FILM)["Location"]
    page = client.get(address).content.decode()
    assert page.count('name="frames"') == 2
    refused = post(client, address)
    assert refused.status_code == 422
    assert "at least one" in refused.content.decode()
    assert post(client, address, frames=["2"])["Location"] == reverse(
        "encounter_section", args=[encounter.pk, "images"]
    )
    assert [i.frame for i in encounter.images.all()] == [2]  # type: ignore[attr-defined]
    assert client.get(address).status_code == 404


def test_a_file_of_somebody_else_is_shown_beside_the_chart_and_wants_a_reason(
    client: Client, encounter: Encounter
) -> None:
    address = send(client, encounter, OTHER)["Location"]
    page = client.get(address).content.decode()
    for words in ("Robin Roe", "SOMEBODY-1", encounter.patient.full_name, encounter.patient.chart_number):
        assert words in page
    assert AuditEvent.objects.filter(action="image.held_view").exists()
    assert post(client, address, reason=" ").status_code == 422
    assert post(client, address, reason="Wrong patient was chosen at the tower.").status_code == 302
    page = client.get(reverse("encounter_images", args=[encounter.pk])).content.decode()
    assert "Wrong patient was chosen at the tower." in page
    assert "Roe" not in page


def test_a_discarded_file_is_gone(client: Client, encounter: Encounter) -> None:
    send(client, encounter, OTHER)
    held = HeldUpload.objects.get()
    assert post(client, reverse("image_discard", args=[encounter.pk, held.pk])).status_code == 302
    assert not HeldUpload.objects.exists()
    assert encounter.images.count() == 0  # type: ignore[attr-defined]


def test_the_sheet_is_a_picture_for_those_who_may_and_is_on_record(client: Client, encounter: Encounter) -> None:
    send(client, encounter, FILM)
    address = reverse("image_sheet", args=[encounter.pk, HeldUpload.objects.get().pk])
    response = client.get(address)
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    other = f.drafted(with_images=False)
    assert client.get(reverse("image_sheet", args=[other.pk, HeldUpload.objects.get().pk])).status_code == 404
