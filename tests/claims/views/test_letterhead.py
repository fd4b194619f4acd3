"""The page of the letterhead: the logo is shown, changed, taken off and put back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from documentation.models import AuditEvent, Logo, Organization
from tests import factories as f
from tests.claims.views.test_setup import Administrator

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Administrator:
    f.organization()
    f.location()
    return Administrator()


def choose(admin: Administrator, data: bytes, name: str = "logo.png") -> Any:
    return admin.send("letterhead", logo=SimpleUploadedFile(name, data))


def test_it_is_shown_as_it_is_printed(admin: Administrator) -> None:
    assert "Without a logo, the name stands alone" in admin.page("letterhead")
    choose(admin, f.logo())
    logo = Logo.objects.get()
    url = reverse("letterhead_picture", args=[logo.pk])
    page = admin.page("letterhead")
    assert f'src="{url}" alt="Logo of Harbor Oral Surgery"' in page
    answer = admin.client.get(url)
    assert (answer["Content-Type"], answer.content[:4]) == ("image/png", b"\x89PNG")
    assert AuditEvent.objects.filter(action="practice.logo_view").exists()
    assert "bear your logo" in admin.page("practice")


def test_a_refusal_stands_beside_the_form_and_changes_nothing(admin: Administrator) -> None:
    for data, said in ((b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"), (b"", "empty")):
        answer = choose(admin, data, "logo.png")
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert admin.send("letterhead").status_code == 422
    assert not Logo.objects.exists()


def test_what_was_taken_off_or_replaced_is_put_back(admin: Administrator) -> None:
    choose(admin, f.logo())
    first = Logo.objects.get()
    for act in (lambda: admin.send("letterhead_remove"), lambda: choose(admin, f.logo(color="#a61b1b"))):
        answer = act()
        assert answer["Location"] == f"/practice/letterhead/?former={first.pk}"
        page = admin.client.get(answer["Location"]).content.decode()
        (back,) = re.findall(r'action="(/practice/letterhead/\d+/use/)"', page)
        assert Organization.objects.get().logo != first
        assert admin.send("letterhead_put_back", first.pk)["Location"] == "/practice/letterhead/"
        assert back == f"/practice/letterhead/{first.pk}/use/"
        assert Organization.objects.get().logo == first
    history = admin.page("practice_name")
    assert "Changed the logo" in history
    assert "Took the logo off" in history


@pytest.mark.parametrize("former", ["x", "999", "9" * 40, ""])
def test_an_address_that_makes_no_sense_offers_nothing(admin: Administrator, former: str) -> None:
    answer = admin.client.get(f"/practice/letterhead/?former={former}")
    assert answer.status_code == 200
    assert "Put it back" not in answer.content.decode()


def test_without_a_name_there_is_nobody_whose_logo_it_is(admin: Administrator) -> None:
    Organization.objects.all().delete()
    assert "The practice has no name yet" in admin.page("letterhead")
    answer = choose(admin, f.logo())
    assert answer.status_code == 409
    assert "has no name yet" in answer.content.decode()
    assert not Logo.objects.exists()


def test_the_set_up_offers_it_once_the_practice_has_a_name(admin: Administrator) -> None:
    assert reverse("letterhead") in admin.page("setup")
    Organization.objects.all().delete()
    assert reverse("letterhead") not in admin.page("setup")


def test_nobody_else_opens_it(admin: Administrator) -> None:
    choose(admin, f.logo())
    admin.client.force_login(f.user(role="biller"))
    for name, given in (("letterhead", []), ("letterhead_picture", [Logo.objects.get().pk])):
        assert admin.client.get(reverse(name, args=given)).status_code == 403
