"""The second factor: who has to have one, codes that work once, and what is kept of them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Guesses, RecoveryCode, User
from documentation.services import accounts, recovery
from documentation.views.addresses import addresses
from tests import factories as f

pytestmark = pytest.mark.django_db

PASSWORD = "a long password of Alex"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def alex() -> User:
    return User.objects.create_user(username="alex", password=PASSWORD, role="biller")


def with_app(user: User) -> User:
    TOTP.activate(user, SECRET)
    return user


def code(back: int = 0) -> str:
    """What the app shows now, or showed so many half minutes ago."""
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 - back))


@pytest.fixture(autouse=True)
def _half_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """No half minute ends while a test runs."""
    now = time.time() // 30 * 30 + 10
    monkeypatch.setattr("time.time", lambda: now)
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)


def at_second_step() -> Client:
    client = Client()
    answer = client.post("/accounts/login/", {"login": "alex", "password": PASSWORD})
    assert answer["Location"] == reverse("mfa_authenticate")
    return client


def comes_in(client: Client, typed: str) -> bool:
    client.post(reverse("mfa_authenticate"), {"code": typed})
    return "_auth_user_id" in client.session


def test_the_password_alone_is_no_log_in(alex: User) -> None:
    with_app(alex)
    client = at_second_step()
    assert "_auth_user_id" not in client.session
    assert client.get(reverse("home"))["Location"].startswith("/accounts/login/")
    assert comes_in(client, code())
    assert AuditEvent.objects.get(action="account.login").detail == '{"ways":["password","totp"]}'


def test_a_code_of_the_app_works_once(alex: User) -> None:
    with_app(alex)
    shown = code()
    assert comes_in(at_second_step(), shown)
    assert not comes_in(at_second_step(), shown)


def test_an_earlier_code_does_not_work_after_a_later_one(alex: User) -> None:
    with_app(alex)
    assert comes_in(at_second_step(), code())
    assert not comes_in(at_second_step(), code(back=1))


@pytest.mark.parametrize(("back", "works"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_half_a_minute(alex: User, back: int, works: bool) -> None:
    with_app(alex)
    assert comes_in(at_second_step(), code(back)) is works


def test_the_code_that_set_the_app_up_does_not_log_in(alex: User, django_capture_on_commit_callbacks: Any) -> None:
    client = confirmed(alex)
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    shown = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("mfa_activate_totp"), {"code": shown}).status_code == 302
    assert Authenticator.objects.get().data["last_counter"] == int(time.time()) // 30
    assert not comes_in(at_second_step(), shown)


def test_five_wrong_codes_and_the_next_one_waits(alex: User) -> None:
    with_app(alex)
    client = at_second_step()
    for _ in range(5):
        assert not comes_in(client, "000000")
    answer = client.post(reverse("mfa_authenticate"), {"code": code()})
    assert "Too many wrong tries" in answer.content.decode()
    assert AuditEvent.objects.filter(action="account.code_failed", by=None, subject=f"user {alex.pk}").count() == 5
    Guesses.objects.all().delete()
    assert comes_in(client, code())


def test_a_recovery_code_works_once_in_the_place_of_the_app(alex: User) -> None:
    with_app(alex)
    first, second, *_ = recovery.make_codes(alex, at=f.AT)
    assert comes_in(at_second_step(), f"{first[:4]} {first[4:]}")
    assert not comes_in(at_second_step(), first)
    assert comes_in(at_second_step(), second)
    assert recovery.left(alex) == 8


def test_neither_seeds_nor_recovery_codes_are_in_the_database(alex: User) -> None:
    with_app(alex)
    codes = recovery.make_codes(alex, at=f.AT)
    assert len(set(codes)) == 10
    assert all(len(one) == 8 for one in codes)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        kept = str(cursor.fetchall())
        cursor.execute("SELECT code_hash FROM documentation_recoverycode")
        kept += str(cursor.fetchall())
    assert SECRET not in kept
    assert not [one for one in codes if one in kept]
    assert RecoveryCode.objects.count() == 10


def test_a_seed_is_read_with_an_earlier_key_of_the_server_and_with_no_other(alex: User, settings: Any) -> None:
    old = settings.SECRET_KEY
    with_app(alex)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another one " * 8, [old]
    assert comes_in(at_second_step(), code())
    settings.SECRET_KEY_FALLBACKS = []
    answer = at_second_step().post(reverse("mfa_authenticate"), {"code": code(back=-1)})
    assert "cannot be read any more" in answer.content.decode()


def confirmed(user: User) -> Client:
    """Logged in, with the password given again just now."""
    client = Client()
    client.force_login(user)
    if not user.has_usable_password():
        user.set_password(PASSWORD)
        user.save()
        client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_recovery_codes_are_shown_once_and_need_a_second_factor(alex: User) -> None:
    client = confirmed(alex)
    assert client.post(reverse("mfa_recovery_codes")).status_code == 409
    with_app(alex)
    page = client.post(reverse("mfa_recovery_codes")).content.decode()
    shown = [line.replace(" ", "") for line in page.split('id="codes">')[1].split("</pre>")[0].split("\n") if line]
    assert len(shown) == 10
    assert recovery.use(alex, shown[0], at=f.AT)
    assert shown[1][:4] + " " + shown[1][4:] not in client.get(reverse("mfa_recovery_codes")).content.decode()


def test_recovery_codes_go_with_the_last_second_factor(alex: User) -> None:
    with_app(alex)
    recovery.make_codes(alex, at=f.AT)
    client = confirmed(alex)
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert not RecoveryCode.objects.exists()


# --- Required by role -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_whose_role_needs_one_opens_nothing_before_it_is_set_up(settings: Any, role: Role) -> None:
    settings.MFA_REQUIRED_FOR = {role}
    client = Client()
    client.force_login(f.user(role=role))
    lacking = []
    for address in addresses():
        own = address.is_open or address.is_by_phone or address.name.startswith("mfa_")
        if own or "<" in address.route or address.name in {"account_reauthenticate", "account_change_password"}:
            continue
        if address.name == "session_left":
            continue
        seen, sent = client.get(address.route), client.post(address.route)
        if (seen.status_code, seen.get("Location"), sent.status_code) != (302, reverse("mfa_index"), 403):
            lacking.append((address.route, seen.status_code, sent.status_code))
    assert lacking == []


def test_other_roles_and_those_who_have_one_are_not_held_up(alex: User, settings: Any) -> None:
    settings.MFA_REQUIRED_FOR = {"administrator"}
    client = Client()
    client.force_login(alex)
    assert client.get(reverse("rule_list")).status_code == 200
    settings.MFA_REQUIRED_FOR = {"biller"}
    assert client.get(reverse("rule_list"))["Location"] == reverse("mfa_index")
    with_app(alex)
    assert client.get(reverse("rule_list")).status_code == 200


def test_the_last_one_that_a_role_needs_is_not_taken_away(alex: User, settings: Any) -> None:
    settings.MFA_REQUIRED_FOR = {"biller"}
    with_app(alex)
    page = confirmed(alex).post(reverse("mfa_deactivate_totp"))
    assert "Your role needs a second factor" in page.content.decode()
    assert Authenticator.objects.filter(user=alex).exists()


def test_a_new_password_by_link_does_not_skip_the_second_factor(alex: User) -> None:
    with_app(alex)
    boss = f.user(role=Role.ADMINISTRATOR)
    token = accounts.let_choose_password(alex, "Lost it.", by=boss, at=timezone.now())
    link = accounts.link_of(token, at=timezone.now())
    accounts.choose_password(link, "quite another long one", at=timezone.now())
    client = Client()
    answer = client.post("/accounts/login/", {"login": "alex", "password": "quite another long one"})
    assert answer["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
