"""Sessions: whose they are, when they end, and that a right which was taken away is gone with the next request."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, User
from documentation.services import accounts
from tests import factories as f
from tests.config.test_start import SAFE, manage

pytestmark = pytest.mark.django_db

PASSWORD = "a long password of Alex"
BACKGROUND = {"X-Background": "1"}


@pytest.fixture
def alex() -> User:
    return User.objects.create_user(username="alex", password=PASSWORD, role="biller")


@pytest.fixture
def boss() -> User:
    return f.user(role=Role.ADMINISTRATOR)


def logged_in(user: User, **headers: str) -> Client:
    client = Client(headers=headers or None)
    client.force_login(user)
    assert client.get(reverse("rule_list")).status_code == 200
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("rule_list")).status_code == 200


# --- One key for one log-in -----------------------------------------------------------------------------------------


def test_a_session_that_somebody_else_prepared_is_not_the_one_after_the_log_in(alex: User) -> None:
    planted = Client()
    planted.get("/accounts/login/")
    session = planted.session
    session["planted"] = "by a stranger"
    session.save()
    planted.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    planted.post("/accounts/login/", {"login": "alex", "password": PASSWORD})
    assert is_in(planted)
    assert planted.session.session_key != session.session_key
    stranger = Client()
    stranger.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert not is_in(stranger)
    assert not Session.objects.filter(pk=session.session_key).exists()


def test_a_key_that_the_server_did_not_make_is_not_taken_over(alex: User) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    client.post("/accounts/login/", {"login": "alex", "password": PASSWORD})
    assert client.session.session_key != "a" * 32


def test_logging_in_as_another_in_the_same_browser_takes_nothing_along(alex: User) -> None:
    client = logged_in(f.user(role=Role.MANAGER))
    session = client.session
    session["kept"] = "for the manager"
    session.save()
    client.force_login(alex)
    assert "kept" not in client.session


def test_after_logging_out_the_cookie_opens_nothing(alex: User) -> None:
    client = logged_in(alex)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post(reverse("account_logout"))
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert not is_in(client)
    assert not Session.objects.filter(pk=key).exists()


# --- The own sessions -------------------------------------------------------------------------------------------------


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(alex: User) -> None:
    here, elsewhere = logged_in(alex), logged_in(alex)
    other = elsewhere.cookies[settings.SESSION_COOKIE_NAME].value
    new = "quite another long one"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert is_in(here)
    assert not is_in(elsewhere)
    assert not Session.objects.filter(pk=other).exists()
    assert AuditEvent.objects.filter(action="account.password_changed", by=alex).exists()


def test_one_of_the_own_sessions_is_ended_and_nobody_elses(alex: User) -> None:
    here, there, robin = logged_in(alex), logged_in(alex), logged_in(f.user())
    one = UserSession.objects.get(session_key=there.session.session_key)
    theirs = UserSession.objects.get(session_key=robin.session.session_key)
    assert here.post(reverse("session_end", args=[theirs.pk])).status_code == 404
    assert here.get(reverse("session_end", args=[one.pk])).status_code == 405
    assert here.post(reverse("session_end", args=[one.pk])).status_code == 302
    assert (is_in(here), is_in(there), is_in(robin)) == (True, False, True)
    assert here.post(reverse("session_end", args=[one.pk])).status_code == 404


def test_where_it_was_seen_last_is_written_once_a_minute_and_what_changed_at_once(
    alex: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    client = logged_in(alex, user_agent="Browser one")
    UserSession.objects.update(last_seen_at=now)  # it was written by the clock of the machine

    def seen(after: int, browser: str = "Browser one", address: str = "127.0.0.1") -> tuple[int, str, str]:
        """What the list of sessions says of it, so many seconds after the log-in."""
        monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(seconds=after))
        client.get(reverse("rule_list"), headers={"user-agent": browser}, REMOTE_ADDR=address)
        row = UserSession.objects.get(session_key=client.session.session_key)
        return round((row.last_seen_at - now).total_seconds()), row.user_agent, row.ip

    assert seen(30) == (0, "Browser one", "127.0.0.1")
    assert seen(70) == (70, "Browser one", "127.0.0.1")
    assert seen(129) == (70, "Browser one", "127.0.0.1")
    assert seen(129, browser="Browser two") == (129, "Browser two", "127.0.0.1")
    assert seen(130, browser="Browser two", address="192.0.2.7") == (130, "Browser two", "192.0.2.7")
    assert seen(189, browser="Browser two", address="192.0.2.7") == (130, "Browser two", "192.0.2.7")
    assert seen(190, browser="Browser two", address="192.0.2.7") == (190, "Browser two", "192.0.2.7")


def test_all_others_are_ended_at_once(alex: User) -> None:
    here, one, two = (logged_in(alex) for _ in range(3))
    here.post(reverse("usersessions_list"))
    assert (is_in(here), is_in(one), is_in(two)) == (True, False, False)


# --- Limits ----------------------------------------------------------------------------------------------------------


def test_a_page_asks_how_long_is_left_and_moves_nothing_by_it(alex: User) -> None:
    client = logged_in(alex)
    end = timezone.now() + timedelta(minutes=10)
    Session.objects.update(expire_date=end)
    answer = client.get(reverse("session_left"), headers=BACKGROUND).json()
    assert 0 < answer["left"] <= 600
    assert answer["who"] == alex.pk
    again = client.get(reverse("session_left"), headers=BACKGROUND).json()
    assert again["left"] <= answer["left"]
    assert Session.objects.get().expire_date == end
    client.post(reverse("session_left"))
    assert Session.objects.get().expire_date > end


def test_what_is_left_is_never_more_than_the_longest(alex: User) -> None:
    client = logged_in(alex)
    session = client.session
    session["began"] -= settings.SESSION_LONGEST - 600
    session.save()
    assert client.post(reverse("session_left")).json()["left"] <= 600
    (told,) = re.findall(r'data-left="([0-9]+)"', client.get(reverse("rule_list")).content.decode())
    assert 0 < int(told) <= 600


@pytest.mark.parametrize(("name", "method"), [("session_left", "get"), ("encounter_presence", "post")])
def test_no_timer_of_a_page_keeps_a_session_alive(name: str, method: str) -> None:
    draft = f.drafted()
    client = logged_in(draft.clinician.user)
    end = timezone.now() + timedelta(minutes=3)
    Session.objects.update(expire_date=end)
    path = reverse(name, args=[draft.pk] if name == "encounter_presence" else [])
    answer = getattr(client, method)(path, {"section": "plan", "page": "x" * 22}, headers=BACKGROUND)
    assert answer.status_code == 200
    assert Session.objects.get().expire_date == end


def test_after_the_idle_limit_the_next_request_is_a_strangers(alex: User) -> None:
    client = logged_in(alex)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get(reverse("session_left"), headers=BACKGROUND).status_code == 302
    assert client.get(reverse("rule_list"))["Location"].startswith("/accounts/login/?next=/rules/")


def test_limits_are_settings(tmp_path: Any) -> None:
    words = "from django.conf import settings as s; print(s.SESSION_COOKIE_AGE, s.SESSION_LONGEST)"
    told = manage(tmp_path, "shell", "-v0", "-c", words, SESSION_IDLE_MINUTES="5", SESSION_HOURS="8")
    assert told.stdout.split() == ["300", "28800"]


# --- Rights taken away ------------------------------------------------------------------------------------------------


def test_a_role_taken_away_is_gone_with_the_next_request(alex: User, boss: User) -> None:
    client = logged_in(alex)
    assert client.get(reverse("worklist")).status_code == 200
    assert client.get(reverse("remittance_list")).status_code == 200
    accounts.change_role(alex, "assistant", by=boss, at=timezone.now())
    assert client.get(reverse("remittance_list")).status_code == 403
    assert client.post(reverse("remittance_import")).status_code == 403


def test_a_file_that_was_linked_already_goes_with_the_right_to_it(boss: User) -> None:
    biller = f.user(role=Role.BILLER)
    packet = f.sealed_packet(by=biller)
    client = logged_in(biller)
    links = [reverse(name, args=[packet.pk]) for name in ("packet_pdf", "packet_zip")]
    assert [client.get(link).status_code for link in links] == [200, 200]
    accounts.change_role(biller, "assistant", by=boss, at=timezone.now())
    assert [client.get(link).status_code for link in links] == [403, 403]
    accounts.deactivate(biller, by=boss, at=timezone.now())
    assert [client.get(link).status_code for link in links] == [302, 302]


def test_a_shut_account_is_out_at_once_and_stays_out_when_it_is_opened_again(alex: User, boss: User) -> None:
    client = logged_in(alex)
    accounts.deactivate(alex, by=boss, at=timezone.now())
    assert client.get(reverse("rule_list"))["Location"].startswith("/accounts/login/")
    accounts.reactivate(alex, by=boss, at=timezone.now())
    assert not is_in(client)


# --- Two deployments on one host ------------------------------------------------------------------------------------

COOKIES = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "DEVICE_COOKIE_NAME", "PHONE_COOKIE_NAME")


def test_two_deployments_on_one_host_have_cookies_of_their_own(tmp_path: Any) -> None:
    words = f"from django.conf import settings as s; print(*[getattr(s, n) for n in {COOKIES}])"
    told = {
        name: manage(tmp_path, "shell", "-v0", "-c", words, INSTANCE=name, **more).stdout.split()
        for name, more in {"north": SAFE, "south": SAFE, "": SAFE, "east": {}}.items()
    }
    assert told["north"] == ["__Host-session-north", "__Host-csrf-north", "__Host-device-north", "__Secure-phone-north"]
    assert told[""] == ["__Host-session", "__Host-csrf", "__Host-device", "__Secure-phone"]
    assert len({cookie for names in told.values() for cookie in names}) == 4 * len(COOKIES)


def test_a_name_that_is_no_name_for_cookies_stops_the_start(tmp_path: Any) -> None:
    refused = manage(tmp_path, "check", INSTANCE="North Side")
    assert refused.returncode == 1
    assert "INSTANCE is 'North Side'" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_session_of_one_deployment_opens_nothing_at_another(alex: User, settings: Any) -> None:
    """Not even where, by mistake, both have the same database and the cookie is carried over by hand."""
    client = logged_in(alex)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    settings.SESSION_COOKIE_NAME, settings.SECRET_KEY = "ductus_session-south", "of the other one " * 5
    assert not is_in(client)
    other = Client()
    other.cookies["ductus_session-south"] = key
    assert not is_in(other)
