"""Unlocking on screen: the legal weight in words, the reason, the password; then both versions, each with its place."""

import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from documentation.models import Encounter
from documentation.services import encounters, signing, versions
from tests import factories as f
from tests.documentation.views.test_signing import PASSWORD, browser_of, sign

pytestmark = pytest.mark.django_db

REASON = "The side was wrong."


@pytest.fixture
def signed() -> Encounter:
    return f.signed_encounter()


@pytest.fixture
def client(signed: Encounter) -> Client:
    return browser_of(signed)


def unlock(client: Client, encounter: Encounter, **changes: str) -> Any:
    encounter.refresh_from_db()
    data = {"reason": REASON, "password": PASSWORD, "once": str(uuid.uuid4()), "seen": str(encounter.revision)}
    return client.post(reverse("encounter_unlock", args=[encounter.pk]), {**data, **changes})


def step(client: Client, encounter: Encounter, name: str) -> Any:
    data = {"transition": name, "once": str(uuid.uuid4())}
    return client.post(reverse("encounter_step", args=[encounter.pk]), data)


def page(client: Client, encounter: Encounter, name: str = "encounter") -> str:
    response = client.get(reverse(name, args=[encounter.pk]))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def opened(encounter: Encounter) -> Encounter:
    return versions.unlock(encounter, REASON, by=encounter.clinician.user, at=f.AT)


def test_the_page_says_what_unlocking_does_and_offers_the_addendum(client: Client, signed: Encounter) -> None:
    record = page(client, signed)
    assert reverse("encounter_unlock", args=[signed.pk]) in record
    words = page(client, signed, "encounter_unlock")
    assert "A signed record is a legal document" in words
    assert "as <bdi>Casey Example</bdi> signed it on" in words
    assert "Until you sign it, version 1 counts." in words
    assert f'href="{reverse("encounter", args=[signed.pk])}#addenda"' in words
    assert "Unlock as version 2" in words


def test_reason_and_password_open_the_new_version(client: Client, signed: Encounter) -> None:
    response = unlock(client, signed)
    version = Encounter.objects.get(version=2)
    assert response["Location"] == reverse("encounter", args=[version.pk])
    words = page(client, version)
    assert "Version 2, not signed yet." in words
    assert "Nothing yet: it says word for word what version 1 says." in words
    old = page(client, signed)
    assert "This record is being corrected." in old
    assert REASON in old
    assert reverse("encounter", args=[version.pk]) in old
    assert reverse("encounter_unlock", args=[signed.pk]) not in old


def test_what_changed_stands_on_the_new_version_and_before_its_signature(client: Client, signed: Encounter) -> None:
    version = opened(signed)
    encounters.save_section(version, "justification", {"pain": 9}, {}, by=signed.clinician.user, at=f.AT)
    row = 'href="#part-justification">Pain</a>'
    for name in ("encounter", "encounter_sign"):
        words = page(client, version, name)
        assert row in words
        assert '<td data-label="Version 2"><bdi class="said">9</bdi></td>' in words
    assert "Sign version 2 and replace version 1" in page(client, version, "encounter_sign")


def test_signing_the_new_version_replaces_the_old_one_and_both_are_read(client: Client, signed: Encounter) -> None:
    signing.add(signed, "The patient called.", by=signed.clinician.user, at=f.AT)
    version = opened(signed)
    encounters.save_section(version, "justification", {"pain": 9}, {}, by=signed.clinician.user, at=f.AT)
    answer = sign(client, version)
    assert answer["Location"] == reverse("encounter", args=[version.pk])
    new = page(client, version)
    assert "Version 2 is signed and locked. It counts from now on; version 1 stays readable." in new
    assert "The patient called." in new
    assert "to version 1" in new
    assert 'href="#part-justification">Pain</a>' in new
    old = page(client, signed)
    assert "This version was replaced." in old
    assert f'href="{reverse("encounter", args=[version.pk])}">Read version 2</a>' in old
    assert signed.signature.content_sha256[:12] in old
    assert "The patient called." in old
    assert 'id="id_password"' not in old


def test_an_abandoned_version_leads_back_to_the_signed_one_and_can_be_taken_up_again(
    client: Client, signed: Encounter
) -> None:
    version = opened(signed)
    assert 'value="abandon"' in page(client, version)
    assert 'value="cancel"' not in page(client, version)
    assert step(client, version, "abandon")["Location"] == reverse("encounter", args=[signed.pk])
    assert "This record is being corrected." not in page(client, signed)
    words = page(client, version)
    assert "This version was abandoned and never signed." in words
    assert 'value="reopen"' not in words
    assert step(client, version, "resume")["Location"] == reverse("encounter", args=[version.pk])
    version.refresh_from_db()
    assert version.status == "draft"


def test_a_slip_is_told_in_a_sentence_and_nothing_is_written(client: Client, signed: Encounter) -> None:
    told = {
        "Say why the record is opened again": unlock(client, signed, reason="  "),
        "at most 500 characters": unlock(client, signed, reason="x" * 501),
        "This is not your password": unlock(client, signed, password="wrong"),
        "Type your password to unlock": unlock(client, signed, password=""),
        "changed after you opened this page": unlock(client, signed, seen="0"),
    }
    for sentence, response in told.items():
        assert response.status_code == (409 if "changed" in sentence else 422)
        assert sentence in response.content.decode()
    assert unlock(client, signed, reason="Kept words", password="wrong").content.decode().count("Kept words") == 1
    assert Encounter.objects.count() == 1
    cache.clear()


def test_unlocking_twice_is_told_and_leads_to_the_version_that_is_open(client: Client, signed: Encounter) -> None:
    version = opened(signed)
    response = unlock(client, signed)
    assert response.status_code == 409
    assert f"being corrected already, as version 2: {version}" in response.content.decode()
    assert client.get(reverse("encounter_unlock", args=[signed.pk]))["Location"] == reverse(
        "encounter", args=[signed.pk]
    )


def test_a_double_click_opens_one_version(client: Client, signed: Encounter, key: str) -> None:
    answers = [unlock(client, signed, once=key) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Encounter.objects.count() == 2


def test_a_draft_is_not_unlocked() -> None:
    draft = f.drafted(with_images=False)
    client = browser_of(draft)
    assert client.get(reverse("encounter_unlock", args=[draft.pk])).status_code == 302
    response = unlock(client, draft)
    assert response.status_code == 409
    assert "Only a signed record is unlocked" in response.content.decode()


def test_somebody_elses_record_is_not_unlocked(signed: Encounter) -> None:
    other = f.clinician().user
    assert other
    other.set_password(PASSWORD)
    other.save()
    client = Client()
    client.force_login(other)
    assert reverse("encounter_unlock", args=[signed.pk]) not in page(client, signed)
    words = page(client, signed, "encounter_unlock")
    assert "Only Casey Example, DDS can unlock this record" in words
    assert 'id="id_password"' not in words
    assert unlock(client, signed).status_code == 403
    assert Encounter.objects.count() == 1


def test_lists_show_each_visit_once_with_what_happens_to_it(client: Client, signed: Encounter) -> None:
    version = opened(signed)
    patient = reverse("patient", args=[signed.patient_id])
    for address in (reverse("encounter_list"), patient):
        words = client.get(address).content.decode()
        assert "being corrected" in words
        assert f"version 2 of {signed}" in words
    assert REASON in client.get(reverse("today")).content.decode()
    sign(client, version)
    for address in (reverse("encounter_list"), patient):
        rows = client.get(address).context["rows" if address != patient else "visits"]
        assert [row["encounter"].pk for row in rows] == [version.pk]
    replaced = client.get(reverse("encounter_list"), {"status": "superseded"}).context["rows"]
    assert [row["encounter"].pk for row in replaced] == [signed.pk]


def test_an_abandoned_version_is_no_cancelled_visit(client: Client, signed: Encounter) -> None:
    version = versions.abandon(opened(signed), by=signed.clinician.user, at=f.AT)
    rows = client.get(reverse("encounter_list"), {"status": "cancelled"}).context["rows"]
    assert [(row["encounter"].pk, row["label"]) for row in rows] == [(version.pk, "Abandoned")]
