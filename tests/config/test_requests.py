"""What stands around every request: closed doors, headers, and sessions that end."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from config.middleware import session_limits
from config.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(django_user_model):
    return django_user_model.objects.create_user(username="alex", password="a long password")


def test_headers_keep_pages_private(client) -> None:
    response = client.get("/accounts/login/")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=(self)" in response["Permissions-Policy"]
    policy = response["Content-Security-Policy"]
    for directive in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
        assert directive in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "address",
    ["signup/", "email/", "confirm-email/", "confirm-email/x/", "password/reset/", "password/reset/done/",
     "password/reset/key/1-a/", "password/set/", "login/code/confirm/"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["get", "post"])
def test_pages_that_staff_accounts_do_not_need_are_not_there(client, user, address: str, method: str) -> None:
    for signed_in in (False, True):
        if signed_in:
            client.force_login(user)
        assert getattr(client, method)(f"/accounts/{address}").status_code == 404
    assert get_user_model().objects.count() == 1


def test_signing_out_clears_what_the_browser_kept(client, user) -> None:
    client.force_login(user)
    assert client.post("/accounts/logout/")["Clear-Site-Data"] == '"cache", "storage"'


def expiry(client):
    return Session.objects.get(pk=client.session.session_key).expire_date


def age(client, **ago: int) -> None:
    """Let time pass for the session."""
    Session.objects.filter(pk=client.session.session_key).update(expire_date=expiry(client) - timedelta(**ago))


def test_a_session_ends_after_fifteen_idle_minutes(client, user) -> None:
    client.force_login(user)
    assert client.get("/accounts/password/change/").status_code != 404
    assert expiry(client) <= timezone.now() + timedelta(minutes=15)
    age(client, minutes=16)
    assert client.get("/accounts/password/change/")["Location"].startswith("/accounts/login/")


def test_what_a_person_does_moves_the_limit_and_a_timer_does_not(client, user) -> None:
    client.force_login(user)
    client.get("/accounts/password/change/")
    age(client, minutes=10)
    before = expiry(client)
    client.get("/accounts/password/change/", headers={"X-Background": "1"})
    assert expiry(client) == before
    client.get("/accounts/password/change/")
    assert expiry(client) > before


def test_what_one_request_puts_into_a_session_another_that_ends_later_leaves_there(client, user) -> None:
    """A page's pictures are asked for at once; the message of the step that follows must not be lost to them."""
    client.force_login(user)
    client.get("/accounts/password/change/")
    key = client.session.session_key

    def meanwhile(request: HttpRequest) -> HttpResponse:
        assert request.session["_auth_user_id"]
        other = SessionStore(key)
        other["message"] = "C000001 is recorded as sent."
        other.save()
        return HttpResponse()

    picture = RequestFactory().get("/", headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"})
    SessionMiddleware(session_limits(meanwhile))(picture)
    assert SessionStore(key)["message"] == "C000001 is recorded as sent."


def test_a_session_ends_after_twelve_hours_however_busy(client, user) -> None:
    client.force_login(user)
    client.get("/accounts/password/change/")
    session = client.session
    session["began"] -= settings.SESSION_LONGEST + 1
    session.save()
    assert client.get("/accounts/password/change/")["Location"].startswith("/accounts/login/")


def test_the_sixth_wrong_password_closes_the_account_for_a_while(client, user, monkeypatch) -> None:
    """For this browser; who else is held up, and who is not, tests/config/test_guessing.py tells."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    for _ in range(5):
        client.post("/accounts/login/", {"login": "alex", "password": "wrong"})
    answer = client.post("/accounts/login/", {"login": "alex", "password": "a long password"})
    assert b"Too many wrong tries" in answer.content
    assert "_auth_user_id" not in client.session
