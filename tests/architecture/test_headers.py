"""Every answer tells browsers to keep nothing, guess nothing, run nothing foreign and show it nowhere else.

Every address is asked as each role and as a stranger, by every method: test_access_matrix.py reads the headers of all
those answers. Here are a phone, a calendar program, static files, the way to https and what breaks.
"""

from __future__ import annotations

import functools
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from claims.services import calendar_links
from documentation.kernel.permissions import Role
from documentation.services import phones
from documentation.views.once import new_key
from tests import factories as f

PAGE_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self' blob:",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
"""What a page may load: its own things, and pictures that it holds already."""
FILE_POLICY = {"default-src": "'none'", "frame-ancestors": "'none'", "sandbox": ""}
"""What a patient's file may do when somebody opens it by itself: nothing."""

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
}
PRIVATE = "no-store, private"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
NEVER = ("Access-Control-Allow-Origin", "Server", "X-Powered-By")
"""What no answer says: that other sites may read it, or what it was made with."""


@functools.cache
def parted(policy: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in policy.split(";"))
    return {name: value.strip() for name, _, value in parts if name}


def policy_of(response: Any) -> dict[str, str]:
    return parted(response.get("Content-Security-Policy", ""))


def faults(response: Any, *, is_static: bool = False) -> list[str]:
    """What is wrong with the headers of one answer."""
    found = [f"{name}: {response.get(name)!r}" for name, value in EVERYWHERE.items() if response.get(name) != value]
    if policy_of(response) not in (PAGE_POLICY, FILE_POLICY):
        found.append(f"Content-Security-Policy: {response.get('Content-Security-Policy')!r}")
    if not is_static and response.get("Cache-Control") != PRIVATE:
        found.append(f"Cache-Control: {response.get('Cache-Control')!r}")
    found += [f"{name}: {response[name]!r}" for name in NEVER if name in response]
    # A page runs what it was given; anything else that a browser could run is a file, which runs nothing.
    kind = response.get("Content-Type", "").split(";")[0]
    shown = "attachment" not in response.get("Content-Disposition", "")
    if kind in {"application/pdf", "image/svg+xml"} and shown and not is_static and policy_of(response) != FILE_POLICY:
        found.append(f"{kind} is shown under the policy of pages")
    for name, value in response.items():
        if CONTROL.search(str(value)):
            found.append(f"{name} holds a control character")
    return found


def kind_of(response: Any) -> str:
    if 300 <= response.status_code < 400:
        return "ways onward"
    if response.status_code >= 400:
        return "refusals"
    return "files" if response.has_header("Content-Disposition") else response.get("Content-Type", "").split(";")[0]


def test_the_pages_of_a_phone_carry_them(db: None) -> None:
    draft = f.drafted(with_images=False)
    link, token = phones.create(draft, by=draft.clinician.user, at=timezone.now())
    client = Client(raise_request_exception=False)
    opened = client.post(reverse("phone_open"), {"token": token})
    assert (opened.status_code, faults(opened)) == (302, [])
    cookie = opened.cookies[settings.PHONE_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", reverse("phone"))
    for method, name in (("get", "phone"), ("post", "phone_add"), ("post", "phone_end"), ("get", "phone_add")):
        response = getattr(client, method)(reverse(name), {"once": new_key()} if method == "post" else {})
        assert faults(response) == [], name
    assert link.encounter == draft


def test_the_feed_of_deadlines_carries_them(db: None) -> None:
    """A calendar program asks for it without a log-in, by the secret of one person's link."""
    token = calendar_links.make(by=f.user(role=Role.BILLER), at=timezone.now())
    feed = Client().get(reverse("deadline_feed", args=[token]))
    assert (feed.status_code, feed["Content-Type"], faults(feed)) == (200, "text/calendar; charset=utf-8", [])


def test_static_files_carry_them_and_are_kept(tmp_path: Path, db: None) -> None:
    """They hold nothing of anybody: browsers may keep them, and still never frame them or let others read them."""
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "a.js").write_text("1;")
    with override_settings(STATIC_ROOT=tmp_path):
        response = Client().get("/static/js/a.js")
    assert response.status_code == 200
    assert faults(response, is_static=True) == []
    assert "no-store" not in response["Cache-Control"]
    response.close()


@pytest.mark.parametrize(
    ("ask_for", "status"),
    [
        ({"path": "/no/such/page/"}, 404),
        ({"path": "/no/such/page/", "headers": {"accept": "application/json"}}, 404),
        ({"path": "/", "headers": {"host": "evil.example"}}, 400),
        ({"path": "/static/none.css"}, 404),
        ({"path": "/accounts/login"}, 301),
    ],
)
def test_what_no_view_answers_carries_them(ask_for: dict[str, Any], status: int, db: None) -> None:
    response = Client(raise_request_exception=False).get(**ask_for)
    assert (response.status_code, faults(response)) == (status, [])


# --- In production ------------------------------------------------------------------------------------------------


@pytest.fixture
def in_production(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the production profile sets of all that browsers see."""
    for name, value in {
        "DUCTUS_PROFILE": "production",
        "SECRET_KEY": "a-long-value-for-this-test-" * 3,
        "ALLOWED_HOSTS": "ductus.example.org",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("os.umask", lambda _: 0)
    read = runpy.run_path(str(settings.BASE_DIR / "config" / "settings.py"))
    kept = re.compile(
        r"SECURE_|SESSION_COOKIE|CSRF_|PHONE_COOKIE|DEVICE_COOKIE|X_FRAME|ALLOWED_HOSTS|CONTENT_SEC|PERMISSIONS_POLICY"
    )
    with override_settings(**{name: value for name, value in read.items() if kept.match(name)}):
        yield


def test_production_answers_over_tls_alone(in_production: None, db: None) -> None:
    client = Client(SERVER_NAME="ductus.example.org", raise_request_exception=False)
    led = client.get("/accounts/login/")
    assert (led.status_code, led["Location"]) == (301, "https://ductus.example.org/accounts/login/")
    assert [fault for fault in faults(led) if not fault.startswith("Cache-Control")] == []
    for path, status in (("/accounts/login/", 200), ("/no/such/page/", 404), ("/", 302)):
        answer = client.get(path, secure=True)
        assert (answer.status_code, faults(answer)) == (status, [])
        assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_cookies_of_production_are_for_this_host_over_tls_and_no_script(
    in_production: None, django_user_model: Any, db: None
) -> None:
    user = django_user_model.objects.create_user(username="alex", password="a long password")
    client = Client(SERVER_NAME="ductus.example.org")
    client.get("/accounts/login/", secure=True)
    answer = client.post("/accounts/login/", {"login": user.username, "password": "a long password"}, secure=True)
    assert answer.status_code == 302
    cookies = {**client.cookies}
    assert set(cookies) == {"__Host-session", "__Host-csrf", "__Host-device"}
    for name, cookie in cookies.items():
        assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (True, True, "/", ""), name
        assert cookie["samesite"] == "Lax", name
    assert not cookies["__Host-session"]["max-age"]  # it ends with the browser


def test_a_header_that_is_missing_or_weaker_is_found(db: None) -> None:
    """The checks above can fail."""
    client = Client()
    good = client.get("/static/none.css")
    assert faults(good) == []
    for name in (*EVERYWHERE, "Content-Security-Policy", "Cache-Control"):
        worse = client.get("/static/none.css")
        worse[name] = "unsafe-inline"
        assert len(faults(worse)) == 1, name
        del worse[name]
        assert len(faults(worse)) == 1, name
    good["Access-Control-Allow-Origin"] = "*"
    assert len(faults(good)) == 1
