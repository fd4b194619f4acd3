"""Signing on screen: the whole record, every reason, the password; then the locked record and its addenda."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from documentation.kernel.permissions import Role
from documentation.models import Addendum, Encounter, Guesses, Signature
from tests import factories as f
from tests.documentation.views.conftest import LogIn
from tests.twice import DoubleClicking

pytestmark = pytest.mark.django_db

PASSWORD = "show me the duct"


@pytest.fixture
def encounter() -> Encounter:
    return f.drafted()


@pytest.fixture
def client(encounter: Encounter) -> Client:
    return browser_of(encounter)


def browser_of(encounter: Encounter) -> Client:
    user = encounter.clinician.user
    assert user
    user.set_password(PASSWORD)
    user.save()
    client = DoubleClicking()
    client.force_login(user)
    return client


def sign(client: Client, encounter: Encounter, password: str = PASSWORD, key: str = "") -> Any:
    encounter.refresh_from_db()
    data = {"password": password, "once": key or str(uuid.uuid4()), "seen": encounter.revision}
    return client.post(reverse("encounter_sign", args=[encounter.pk]), data)


def test_the_page_shows_what_will_be_locked(client: Client, encounter: Encounter) -> None:
    page = client.get(reverse("encounter_sign", args=[encounter.pk])).content.decode()
    for words in ("1 Justification", "2 Specifics", "3 Images and analysis", "4 Subsequent care"):
        assert words in page
    given = f.reference().case.encounter
    assert given.justification.statement in page
    assert all(image.caption.replace("'", "&#x27;") in page for image in given.images)
    assert 'id="id_password"' in page


@pytest.mark.parametrize("seen", ["1", "", "-3", "x"])
def test_a_record_that_changed_after_the_page_was_opened_is_read_again(
    client: Client, encounter: Encounter, seen: str
) -> None:
    data = {"password": PASSWORD, "once": str(uuid.uuid4()), "seen": seen}
    response = client.post(reverse("encounter_sign", args=[encounter.pk]), data)
    assert response.status_code == 409
    assert "changed after you opened this page" in response.content.decode()
    assert not Signature.objects.filter(encounter=encounter).exists()


def test_the_right_password_signs_and_leads_to_the_record(client: Client, encounter: Encounter) -> None:
    response = sign(client, encounter)
    assert response["Location"] == reverse("encounter", args=[encounter.pk])
    page = client.get(response["Location"]).content.decode()
    signature = Signature.objects.get(encounter=encounter)
    assert "Signed and locked" in page
    assert signature.content_sha256[:12] in page
    assert "Nov" in page


def test_a_wrong_password_signs_nothing_and_five_are_enough(
    client: Client, encounter: Encounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    for _ in range(5):
        response = sign(client, encounter, "wrong")
        assert response.status_code == 422
        assert "This is not your password" in response.content.decode()
    response = sign(client, encounter)
    assert "Too many wrong passwords" in response.content.decode()
    assert not Signature.objects.exists()
    Guesses.objects.update(until=timezone.now())
    assert sign(client, encounter).status_code == 302


def test_the_password_is_never_sent_back(client: Client, encounter: Encounter) -> None:
    assert b"a-secret-typed-wrong" not in sign(client, encounter, "a-secret-typed-wrong").content


def test_every_blocker_is_named_and_leads_to_its_field() -> None:
    encounter = f.drafted(besides=("interpretation", "plan"))
    client = browser_of(encounter)
    address = reverse("encounter_sign", args=[encounter.pk])
    page = client.get(address).content.decode()
    for section, field in (("interpretation", "text"), ("interpretation", "clinical_relevance"), ("plan", "diagnoses")):
        assert f'href="{reverse("encounter_section", args=[encounter.pk, section])}#id_{field}"' in page
    response = sign(client, encounter)
    assert response.status_code == 422
    assert "Not signed yet" in response.content.decode()
    assert not Signature.objects.exists()


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.ASSISTANT])
def test_only_the_treating_clinician_gets_the_button(encounter: Encounter, log_in: LogIn, role: Role) -> None:
    client = log_in(f.clinician().user if role is Role.CLINICIAN else f.user(role=role))  # type: ignore[arg-type]
    page = client.get(reverse("encounter_sign", args=[encounter.pk])).content.decode()
    assert "can sign this record: it is their work" in page
    assert 'id="id_password"' not in page


def test_another_clinician_with_the_right_password_signs_nothing(encounter: Encounter) -> None:
    other = f.clinician().user
    assert other
    other.set_password(PASSWORD)
    other.save()
    client = Client()
    client.force_login(other)
    assert sign(client, encounter).status_code == 403
    assert not Signature.objects.exists()


def test_a_double_click_signs_once(client: Client, encounter: Encounter, key: str) -> None:
    answers = [sign(client, encounter, key=key) for _ in range(2)]
    assert [a["Location"] for a in answers] == [reverse("encounter", args=[encounter.pk])] * 2
    assert Signature.objects.count() == 1


# --- Addenda ------------------------------------------------------------------------------------------------------


def add(client: Client, encounter: Encounter, body: str, password: str = PASSWORD, key: str = "") -> Any:
    data = {"body": body, "password": password, "once": key or str(uuid.uuid4())}
    return client.post(reverse("addendum_add", args=[encounter.pk]), data)


def test_an_addendum_stands_below_the_record_with_its_author() -> None:
    encounter = f.signed_encounter()
    client = browser_of(encounter)
    response = add(client, encounter, "Free of pain.\nSecond line <b>")
    assert response.status_code == 302
    page = client.get(reverse("encounter", args=[encounter.pk])).content.decode()
    assert "Free of pain.\nSecond line &lt;b&gt;" in page
    assert "Casey Example" in page


def test_an_addendum_needs_its_text_and_the_password_and_keeps_what_was_typed() -> None:
    encounter = f.signed_encounter()
    client = browser_of(encounter)
    response = add(client, encounter, "Kept words", "wrong")
    assert response.status_code == 422
    assert "Kept words" in response.content.decode()
    assert "This is not your password" in response.content.decode()
    for nothing in ("", "   ", "\u200b"):
        assert add(client, encounter, nothing).status_code == 422
    assert add(client, encounter, "x" * 20_001).status_code == 422
    assert not Addendum.objects.exists()


def test_a_double_click_adds_once(key: str) -> None:
    encounter = f.signed_encounter()
    client = browser_of(encounter)
    assert [add(client, encounter, "Once", key=key).status_code for _ in range(2)] == [302, 302]
    assert Addendum.objects.count() == 1


def test_a_draft_takes_no_addendum(client: Client, encounter: Encounter) -> None:
    assert add(client, encounter, "Too early").status_code == 409
