"""The two sides of a phone link: the code at the computer, and the phone that can add pictures and see nothing."""

import logging
import re
import uuid
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from documentation.models import Encounter, PhoneLink
from documentation.views import phones as view
from tests import factories as f
from tests.dicoms import dicom, gradient
from tests.documentation.views.conftest import LogIn

pytestmark = pytest.mark.django_db

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def encounter() -> Encounter:
    f.organization()
    return f.drafted(with_images=False)


@pytest.fixture
def desk(encounter: Encounter, log_in: LogIn) -> Client:
    assert encounter.clinician.user
    return log_in(encounter.clinician.user)


def shown(desk: Client, encounter: Encounter, host: str = "localhost", **headers: str) -> Any:
    """The page with the code. At localhost it holds the link for people, too."""
    url, data = reverse("phone_link", args=[encounter.pk]), {"once": str(uuid.uuid4())}
    return desk.post(url, data, headers={"Host": host, **headers})


def token_of(page: str) -> str:
    found = re.search(r"/phone/#([\w-]{43})", page)
    assert found
    return found[1]


@pytest.fixture
def phone(desk: Client, encounter: Encounter) -> Client:
    """A phone that opened the link."""
    client = Client()
    token = token_of(shown(desk, encounter).content.decode())
    assert client.post(reverse("phone_open"), {"token": token})["Location"] == reverse("phone")
    return client


def send(phone: Client, name: str = "fig1.jpg", **how: Any) -> Any:
    data = next(p.data for p in f.pictures() if p.name == "fig1.jpg")
    return phone.post(reverse("phone_add"), {"images": [SimpleUploadedFile(name, data, "image/jpeg")]}, **how)


def test_the_phone_sees_the_practice_and_nothing_of_the_visit(phone: Client, encounter: Encounter) -> None:
    page = phone.get(reverse("phone")).content.decode()
    assert "Images for the visit open on the computer" in page
    assert f.organization().name in page
    patient = encounter.patient
    for word in (patient.last_name, patient.chart_number, encounter.number, str(encounter.clinician), "Nov"):
        assert word not in page
    assert set(send(phone).json()["outcomes"][0]) == {"name", "refusal"}


def test_it_adds_pictures_to_its_draft_and_opens_no_other_page(phone: Client, encounter: Encounter) -> None:
    assert send(phone).json() == {"outcomes": [{"name": "fig1.jpg", "refusal": ""}]}
    assert send(phone).json()["outcomes"][0]["refusal"] == ""  # sent again: it is there
    image = encounter.images.get()  # type: ignore[attr-defined]
    assert image.uploaded_by == encounter.clinician.user
    bad = phone.post(reverse("phone_add"), {"images": [SimpleUploadedFile("x.jpg", b"no picture")]})
    assert bad.json()["outcomes"][0]["refusal"].endswith(".")
    for name, args in (("encounter_images", [encounter.pk]), ("image_file", [encounter.pk, image.pk, "screen"])):
        assert phone.get(reverse(name, args=args)).status_code == 302
    assert send(phone, "again.jpg", headers=SCRIPT).status_code == 200
    assert encounter.images.count() == 1  # type: ignore[attr-defined]


def test_what_needs_a_decision_waits_at_the_computer_and_the_phone_is_not_told_why(
    phone: Client, encounter: Encounter
) -> None:
    film = SimpleUploadedFile("film.dcm", dicom(np.stack([gradient(), gradient()[::-1]])))
    told = phone.post(reverse("phone_add"), {"images": [film]}).json()["outcomes"][0]["refusal"]
    assert told == "This file waits at the computer, where somebody has to decide about it."
    assert encounter.held_uploads.count() == 1  # type: ignore[attr-defined]


def test_the_cookie_is_for_the_pages_of_phones_and_for_no_script(desk: Client, encounter: Encounter) -> None:
    token = token_of(shown(desk, encounter).content.decode())
    cookie = Client().post(reverse("phone_open"), {"token": token}).cookies[settings.PHONE_COOKIE_NAME]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/phone/", True, "Strict")
    assert cookie["max-age"] <= 15 * 60
    assert cookie.value != token


def test_a_second_phone_is_refused_with_what_to_do(desk: Client, encounter: Encounter) -> None:
    token = token_of(shown(desk, encounter).content.decode())
    assert Client().post(reverse("phone_open"), {"token": token}).status_code == 302
    second = Client().post(reverse("phone_open"), {"token": token})
    assert second.status_code == 410
    assert "This link was opened already; a code is good for one phone. Make a new code" in second.content.decode()
    assert settings.PHONE_COOKIE_NAME not in second.cookies


def test_a_phone_is_told_when_its_link_is_over(
    phone: Client, desk: Client, encounter: Encounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    with monkeypatch.context() as later:
        later.setattr(timezone, "now", lambda: now + timedelta(minutes=16))
        assert "This link is older than 15 minutes." in phone.get(reverse("phone")).content.decode()
        assert send(phone, headers=SCRIPT).status_code == 410
    desk.post(reverse("phone_link_end", args=[encounter.pk]))
    answer = send(phone, headers=SCRIPT)
    assert (answer.status_code, answer.json()["outcomes"][0]["refusal"][:20]) == (410, "This link was ended.")
    assert encounter.images.count() == 0  # type: ignore[attr-defined]


def test_the_token_is_in_no_log_and_no_address_that_a_server_sees(
    desk: Client, encounter: Encounter, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        page = shown(desk, encounter).content.decode()
        token = token_of(page)
        Client().post(reverse("phone_open"), {"token": token})
        Client().post(reverse("phone_open"), {"token": token})
    assert token not in caplog.text
    assert all(part.startswith("#") for part in re.findall(rf"(.){re.escape(token)}", page))


def test_a_phone_needs_the_token_of_its_page(phone: Client, encounter: Encounter) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = phone.cookies
    assert send(strict).status_code == 403
    assert strict.post(reverse("phone_end")).status_code == 403
    assert encounter.images.count() == 0  # type: ignore[attr-defined]


def test_tries_are_counted(phone: Client, encounter: Encounter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "TRIES", 2)
    assert [send(phone, headers=SCRIPT).status_code for _ in range(3)] == [200, 200, 429]
    monkeypatch.setattr(view, "WRONG_TOKENS", 2)
    pages = [Client().post(reverse("phone_open"), {"token": "x" * 43}).content.decode() for _ in range(3)]
    assert ["Too many links were tried" in page for page in pages] == [False, False, True]
    monkeypatch.setattr(view, "MOST_BYTES", 100)
    assert send(phone, headers=SCRIPT).status_code == 413


def test_the_computer_is_told_what_came_without_being_active(desk: Client, encounter: Encounter, phone: Client) -> None:
    news = reverse("phone_link_news", args=[encounter.pk])
    before = desk.get(news).json()
    assert before["words"] == "A phone is connected. No picture has come yet."
    send(phone)
    after = desk.get(news).json()
    assert after["words"] == "A phone is connected. 1 picture came."
    assert after["pictures"] != before["pictures"]
    assert after["closed"] == ""
    phone.post(reverse("phone_end"))
    assert "Take pictures with a phone" in desk.get(news).json()["closed"]


@pytest.mark.parametrize(
    ("public", "host", "address", "reachable"),
    [
        ("https://ductus.example", "localhost", "https://ductus.example/phone/", True),
        ("http://localhost:8000", "practice.example", "http://practice.example/phone/", True),
        ("http://localhost:8000", "localhost", "http://localhost/phone/", False),
        ("http://localhost:8000", "127.0.0.1:8000", "http://127.0.0.1:8000/phone/", False),
    ],
)
def test_the_code_leads_where_a_phone_gets_or_says_that_none_does(
    desk: Client, encounter: Encounter, public: str, host: str, address: str, reachable: bool
) -> None:
    with override_settings(PUBLIC_URL=public, ALLOWED_HOSTS=["*"]):
        page = shown(desk, encounter, host, **SCRIPT).content.decode()
    assert ("no phone gets here" not in page) is reachable
    assert (f"The phone opens {address}." in page) is reachable
    assert (f'href="{address}#' in page) is not reachable


def test_a_planned_visit_shows_no_code(log_in: LogIn) -> None:
    planned = f.planned_visit()
    assert planned.clinician.user
    response = shown(log_in(planned.clinician.user), planned)
    assert response.status_code == 409
    assert "Start documenting it, then use a phone." in response.content.decode()
    assert not PhoneLink.objects.exists()
