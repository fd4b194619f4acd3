"""Doors that a page elsewhere would like to use: forms sent from outside, ways that lead away, names of other hosts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, User
from documentation.services import phones
from documentation.views.addresses import Address, addresses
from documentation.views.numbers import LETTERS
from documentation.views.once import new_key
from tests import factories as f

pytestmark = pytest.mark.django_db

PASSWORD = "a long password of Alex"
SAMPLES = {name: f"{letters}000001" for name, letters in LETTERS.items()}
BY_THEMSELVES = {"phone_add": {410}, "image_add": {302, 403}, "packet_verify": {422}}
"""They read the form by themselves, to turn away what is too long: the first two ask for the phone or the log-in, and
then for the token; the third is for everybody and changes nothing. Each has a test of its own."""


def path_of(address: Address) -> str:
    """The address with numbers that need not exist: these doors are closed before anybody looks."""

    def sample(found: re.Match[str]) -> str:
        return SAMPLES.get(found[1], {"int": "1", "slug": "any", "str": "any"}.get(found[1], "1"))

    return re.sub(r"<(\w+):\w+>", sample, address.route)


@pytest.fixture
def alex() -> User:
    return User.objects.create_user(username="alex", password=PASSWORD, role="manager")


def strict(user: User | None = None) -> Client:
    client = Client(enforce_csrf_checks=True)
    if user:
        client.force_login(user)
    return client


def token_of(client: Client) -> str:
    found = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/accounts/password/change/").content.decode()
    )
    assert found
    return found[1]


# --- Forms sent from elsewhere --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["logged in", "nobody"])
def test_no_address_takes_a_form_without_a_token(alex: User, who: str) -> None:
    client, taken = strict(alex if who == "logged in" else None), []
    for address in addresses():
        answer = client.post(path_of(address), {"once": "x"})
        if answer.status_code not in BY_THEMSELVES.get(address.name, {403}):
            taken.append((address.route, answer.status_code))
    assert taken == []
    assert set(AuditEvent.objects.values_list("action", flat=True)) <= {"access.denied"}
    assert len(addresses()) > 150


def test_no_address_takes_the_token_of_somebody_else(alex: User) -> None:
    robin = f.user(role=Role.MANAGER)
    theirs, client, taken = token_of(strict(robin)), strict(alex), []
    own = token_of(client)
    for address in addresses():
        answer = client.post(path_of(address), {"once": "x", "csrfmiddlewaretoken": theirs})
        if answer.status_code not in BY_THEMSELVES.get(address.name, {403}):
            taken.append((address.route, answer.status_code))
    assert taken == []
    # The own one is taken: it is the token that was refused, and not everything.
    answer = client.post("/accounts/password/change/", {"csrfmiddlewaretoken": own, "oldpassword": "wrong"})
    assert answer.status_code == 200


def test_pictures_are_taken_with_the_token_alone() -> None:
    draft = f.drafted(with_images=False)
    client = strict(draft.clinician.user)
    answer = client.post(reverse("image_add", args=[draft.pk]), {"images": f.pictures()[0].name})
    assert answer.status_code == 403
    assert "Your role" not in answer.content.decode()


def test_a_phones_form_needs_its_token_as_well() -> None:
    _, token = phones.create(f.drafted(), by=f.clinician().user, at=timezone.now())
    _, secret = phones.open_once(token, at=timezone.now())
    client = strict()
    client.cookies[settings.PHONE_COOKIE_NAME] = secret
    assert client.post(reverse("phone_add")).status_code == 403


def test_addresses_that_act_show_nothing_and_say_so(alex: User) -> None:
    """Whatever acts alone answers a look with 405, whoever looks; what is also looked at does not act by it."""
    people = {role: f.user(role=role) for role in Role}
    acting = 0
    for address in addresses():
        view: Any = resolve(path_of(address)).func
        role = next((r for r in Role if address.opens_for(r)), Role.MANAGER)
        client = Client()
        client.force_login(people[role])
        answer = client.get(path_of(address))
        if answer.status_code == 405:
            assert answer["Allow"] == "POST", address.route
            acting += 1
        elif getattr(view, "acts_once", False):
            assert answer.status_code in {200, 302, 404, 409, 422}, address.route
    assert acting > 60


def test_looking_at_log_out_logs_nobody_out(alex: User) -> None:
    client = Client()
    client.force_login(alex)
    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get(reverse("rule_list")).status_code == 200


def test_every_form_of_every_template_carries_the_token() -> None:
    bare, forms = [], 0
    for file in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        for form in re.findall(r'<form\b[^>]*method="post".*?</form>', file.read_text(), re.S):
            forms += 1
            if "{% csrf_token %}" not in form:
                bare.append(file.name)
    # signin.js fetches a fresh one: the page behind it has an old one by then. The public check changes nothing.
    # A form that is sent again after a busy database bears the token that it came with, as a field.
    assert set(bare) == {"_signed_out.html", "verify.html", "503.html"}
    assert 'name="csrfmiddlewaretoken"' in Path(settings.BASE_DIR, "templates", "503.html").read_text()
    assert forms > 100


# --- Ways that lead away --------------------------------------------------------------------------------------------

AWAY = [
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https://evil.example/",
    "javascript:alert(1)", "///evil.example", "http:///evil.example", "/\t/evil.example", "data:text/html,x",
    "https://testserver@evil.example/", " https://evil.example",
]  # fmt: skip


@pytest.mark.parametrize("to", AWAY)
def test_after_the_log_in_nothing_leads_away(alex: User, to: str) -> None:
    client = Client()
    answer = client.post(f"/accounts/login/?{urlencode({'next': to})}",
                         {"login": "alex", "password": PASSWORD, "next": to})  # fmt: skip
    assert answer.status_code == 302
    assert answer["Location"] == "/"


@pytest.mark.parametrize("to", AWAY)
@pytest.mark.parametrize("door", ["account_logout", "account_reauthenticate", "taken_along"])
def test_no_other_door_leads_away(alex: User, door: str, to: str) -> None:
    client = Client()
    client.force_login(alex)
    if door == "taken_along":
        page = client.get(reverse(door), {"to": to}).content.decode()
        assert 'href="/" download' in page
        return
    answer = client.post(reverse(door), {"next": to, "password": PASSWORD})
    assert answer.status_code == 302
    assert "evil" not in answer["Location"]
    assert answer["Location"].startswith("/")


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver@evil.example", "evil.example:80"]
)
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/accounts/invitation/", "/nothing/"])
def test_another_host_is_no_address_of_ours(alex: User, host: str, path: str) -> None:
    client = Client(headers={"host": host})
    assert client.get(path).status_code == 400


def test_a_link_for_a_person_names_the_practices_own_address_whatever_the_browser_says(settings: Any) -> None:
    settings.PUBLIC_URL = "https://ductus.example.org"
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    boss = f.user(role=Role.ADMINISTRATOR)
    boss.set_password(PASSWORD)
    boss.save()
    client = Client(headers={"host": "other.example", "x-forwarded-host": "evil.example"})
    client.force_login(boss)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    given = {"first_name": "Dana", "last_name": "Example", "username": "dana", "role": "biller"}
    page = client.post(reverse("person_invite"), {**given, "once": new_key()}).content.decode()
    assert "https://ductus.example.org/accounts/invitation/#" in page
    assert "evil.example" not in page
    assert "other.example" not in page


# --- What is on record of a closed door -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/overrides/C000001/", "/audit/P000001/", "/claims/table/E000001/"])
def test_a_word_that_looks_like_a_number_is_on_record_as_the_word_it_is(path: str) -> None:
    client = strict(f.user(role=Role.ASSISTANT))
    assert client.get(path).status_code == 403
    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.subject, event.patient) == ("access.denied", "", None)
    assert f'"asked":{{"form":"{path.split("/")[-2]}"}}' in event.detail


def test_whose_claim_or_packet_was_asked_for_is_on_record() -> None:
    packet = f.sealed_packet()
    client = strict(f.user(role=Role.ADMINISTRATOR))
    for row, kind in ((packet.claim, "claims"), (packet, "packets")):
        assert client.get(f"/{kind}/{row.number}/").status_code == 403
        event = AuditEvent.objects.latest("seq")
        assert (event.subject, event.patient) == (row.number, packet.claim.encounter.patient)
