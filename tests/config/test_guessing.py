"""Guessing at passwords waits longer and longer, and no stranger can make an owner wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.utils import timezone

from documentation.models import AuditEvent, Guesses, User
from documentation.services import guessing

pytestmark = pytest.mark.django_db

PASSWORD = "a long password of Alex"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wait ends because a machine is slow; tests let time pass themselves."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.fixture
def alex() -> User:
    return User.objects.create_user(username="alex", password=PASSWORD, role="biller")


class Place:
    """A browser at an address."""

    def __init__(self, address: str) -> None:
        self.client = Client(REMOTE_ADDR=address)

    def log_in(self, name: str = "alex", password: str = PASSWORD, **headers: str) -> Any:
        return self.client.post(LOGIN, {"login": name, "password": password}, headers=headers or None)

    def comes_in(self, name: str = "alex") -> bool:
        self.log_in(name)
        return "_auth_user_id" in self.client.session


def words(response: Any) -> list[str]:
    return [str(e) for errors in response.context["form"].errors.values() for e in errors]


def pass_time(**ago: int) -> None:
    """Let time pass for everything that was counted."""
    step = timedelta(**ago)
    for row in Guesses.objects.all():
        row.last_at, row.until, row.forget_at = row.last_at - step, row.until - step, row.forget_at - step
        row.save()


def test_the_sixth_try_from_one_place_waits_even_with_the_right_password(alex: User) -> None:
    here = Place("192.0.2.1")
    for _ in range(5):
        assert "are not correct" in words(here.log_in(password="wrong"))[0]
    assert words(here.log_in())[0].startswith("Too many wrong tries. Wait 30 seconds")
    assert "_auth_user_id" not in here.client.session
    pass_time(seconds=31)
    assert here.comes_in()


def test_each_wrong_try_after_that_waits_twice_as_long_up_to_a_quarter_of_an_hour(alex: User) -> None:
    at, waits = timezone.now(), []
    for _ in range(12):
        counted = guessing.sides("password", "alex", address="192.0.2.1")
        while (wait := guessing.begin(counted, at=at)) is not None:
            waits.append(int(wait.total_seconds()))
            at += wait
    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_a_side_that_was_quiet_begins_anew(alex: User) -> None:
    here = Place("192.0.2.1")
    for _ in range(5):
        here.log_in(password="wrong")
    pass_time(minutes=20)
    assert "are not correct" in words(here.log_in(password="wrong"))[0]
    assert here.comes_in()


def test_ten_wrong_ones_of_one_account_from_many_addresses_close_it_to_strangers_everywhere(alex: User) -> None:
    for n in range(10):
        assert "are not correct" in words(Place(f"192.0.2.{n}").log_in(password="wrong"))[0]
    assert "Too many wrong tries" in words(Place("198.51.100.1").log_in(password="wrong"))[0]
    assert not Place("198.51.100.2").comes_in()


def test_no_stranger_shuts_the_owner_out_of_a_browser_they_logged_in_from(alex: User) -> None:
    owner = Place("203.0.113.5")
    assert owner.comes_in()
    owner.client.post("/accounts/logout/")
    for n in range(40):
        Place(f"192.0.2.{n % 30}").log_in(password=f"wrong {n}")
    for _ in range(25):  # a stranger in the owner's own network, too
        Place("203.0.113.5").log_in(password="wrong")
    assert not Place("203.0.113.5").comes_in()
    assert owner.comes_in()


def test_a_known_browser_is_no_way_to_guess_on(alex: User) -> None:
    owner = Place("203.0.113.5")
    owner.comes_in()
    owner.client.post("/accounts/logout/")
    for _ in range(5):
        owner.log_in(password="wrong")
    assert "Too many wrong tries" in words(owner.log_in())[0]


def test_a_browser_of_one_person_is_a_strangers_for_another(alex: User) -> None:
    User.objects.create_user(username="robin", password=PASSWORD, role="biller")
    shared = Place("203.0.113.5")
    shared.comes_in("robin")
    shared.client.post("/accounts/logout/")
    for n in range(12):
        Place(f"192.0.2.{n}").log_in(password="wrong")
    assert "Too many wrong tries" in words(shared.log_in())[0]
    pass_time(minutes=31)
    assert shared.comes_in()
    shared.client.post("/accounts/logout/")
    assert shared.comes_in("robin")  # both are known now


@pytest.mark.parametrize("cookie", ["", "forged", "eyJhIjoxfQ:1abc:xyz"])
def test_a_forged_cookie_makes_no_known_browser(alex: User, cookie: str) -> None:
    for n in range(10):
        Place(f"192.0.2.{n}").log_in(password="wrong")
    here = Place("198.51.100.9")
    here.client.cookies[settings.DEVICE_COOKIE_NAME] = cookie
    assert not here.comes_in()


def test_one_address_tries_twenty_accounts_and_then_waits(alex: User) -> None:
    here = Place("192.0.2.1")
    for n in range(20):
        assert "are not correct" in words(here.log_in(f"somebody{n}", "wrong"))[0]
    assert "Too many wrong tries" in words(here.log_in("somebody20", "wrong"))[0]
    assert Place("192.0.2.2").comes_in()


def test_a_stranger_learns_no_names(alex: User) -> None:
    """Word for word the same answers to a name that is known, to one that is not, and to one that was shut."""
    User.objects.create_user(username="shut", password=PASSWORD, is_active=False)
    answers = {}
    for number, name in enumerate(("alex", "nobody", "shut")):
        here = Place(f"192.0.2.{number}")
        answers[name] = [words(here.log_in(name, "wrong")) for _ in range(7)]
    assert answers["alex"] == answers["nobody"] == answers["shut"]


def test_a_name_that_is_not_known_costs_the_same_work(alex: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """One hash is reckoned for each try, whether there is an account, none, a shut one, or one without a password."""
    User.objects.create_user(username="shut", password=PASSWORD, is_active=False)
    User.objects.create_user(username="invited", password=None)
    counted: list[str] = []
    real = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, password, salt: counted.append("x") or real(self, password, salt)
    )
    work = {}
    for name in ("alex", "nobody", "shut", "invited"):
        counted.clear()
        Place("192.0.2.1").log_in(name, "wrong")
        work[name] = len(counted)
    assert work == {"alex": 1, "nobody": 1, "shut": 1, "invited": 1}


def test_a_thousand_names_fill_no_table() -> None:
    at = timezone.now()
    for n in range(1000):
        address = f"10.{n // 65536}.{n // 256 % 256}.{n % 256}"
        guessing.begin(guessing.sides("password", f"name{n}", address=address, exists=False), at=at)
        if n % 100 == 99:
            assert Guesses.objects.count() <= guessing.MAKE_ROOM_ABOVE + 3
    guessing.purge(at=at)
    assert Guesses.objects.count() <= guessing.MOST_STRANGERS


def test_a_flood_of_names_does_not_make_the_count_of_an_account_forgotten(alex: User) -> None:
    for n in range(10):
        Place(f"192.0.2.{n}").log_in(password="wrong")
    at = timezone.now()
    for n in range(1500):
        address = f"10.1.{n // 256}.{n % 256}"
        guessing.begin(guessing.sides("password", f"name{n}", address=address, exists=False), at=at)
    assert not Place("198.51.100.9").comes_in()


def test_what_was_typed_is_kept_nowhere(alex: User) -> None:
    """People type passwords where the name belongs."""
    Place("192.0.2.77").log_in("my secret password", "wrong")
    kept = str(list(Guesses.objects.values())) + str(list(AuditEvent.objects.values()))
    assert Guesses.objects.count() == 3
    assert "secret" not in kept
    assert "192.0.2.77" not in kept


def test_wrong_and_right_log_ins_are_in_the_trail(alex: User) -> None:
    here = Place("192.0.2.1")
    here.log_in(password="wrong")
    here.log_in("nobody", "wrong")
    here.comes_in()
    here.client.post("/accounts/logout/")
    told = [(e.action, e.by, e.detail) for e in AuditEvent.objects.order_by("seq")]
    assert told == [
        ("account.login_failed", None, '{"known":true}'),
        ("account.login_failed", None, '{"known":false}'),
        ("account.login", alex, '{"ways":["password"]}'),
        ("account.logout", alex, "{}"),
    ]


@pytest.mark.parametrize(
    ("proxies", "told", "believed"),
    [
        (0, "198.51.100.1", "192.0.2.1"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "10.0.0.1", "192.0.2.1"),  # fewer than we have: it did not come by our proxies
        (1, "nonsense", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),  # told by a socket for both kinds of addresses
    ],
)
def test_of_forwarded_for_only_what_our_own_proxies_wrote_is_believed(
    alex: User, settings: Any, proxies: int, told: str, believed: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    here = Place("192.0.2.1")
    here.log_in(password="wrong", **{"X-Forwarded-For": told})
    key = guessing.sides("password", "alex", address=believed)[2].key
    assert Guesses.objects.filter(key=key).exists()


def test_a_forged_forwarded_for_is_no_way_round(alex: User) -> None:
    here = Place("192.0.2.1")
    for n in range(5):
        here.log_in(password="wrong", **{"X-Forwarded-For": f"198.51.100.{n}"})
    assert "Too many wrong tries" in words(here.log_in(**{"X-Forwarded-For": "198.51.100.77"}))[0]


def test_addresses_of_one_ipv6_network_count_together(alex: User) -> None:
    for n in range(5):
        Place(f"2001:db8:1:2::{n + 1}").log_in(password="wrong")
    assert "Too many wrong tries" in words(Place("2001:db8:1:2::ffff").log_in())[0]
    assert Place("2001:db8:1:3::1").comes_in()


def test_guesses_at_the_present_password_count_when_it_is_changed(alex: User) -> None:
    client = Client()
    client.force_login(alex)
    new = {"password1": "quite another long one", "password2": "quite another long one"}
    for _ in range(5):
        client.post("/accounts/password/change/", {"oldpassword": "wrong", **new})
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, **new})
    alex.refresh_from_db()
    assert alex.check_password(PASSWORD)


def test_guesses_count_where_the_password_is_asked_again(alex: User) -> None:
    client = Client()
    client.force_login(alex)
    for _ in range(5):
        client.post("/accounts/reauthenticate/", {"password": "wrong"})
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert "Too many wrong tries" in answer.content.decode()
