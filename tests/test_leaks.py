"""The search for patient data finds: at every door, in every way of writing, and only of this program's people."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import get_user_model, hashers
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives, send_mail
from django.test import Client

from tests import factories as f
from tests import leaks


def _log(said: str) -> None:
    logging.getLogger("ductus").warning("Failed: %s", said)


def _django_log(said: str) -> None:
    logging.getLogger("django").error("Failed: %s", said)


def _address(said: str) -> None:
    Client().get("/no/such/page/", {"q": said})


def _path(said: str) -> None:
    Client().get(f"/no/such/page/{quote(said)}/")


def _mail(said: str) -> None:
    send_mail("News", f"It is {said}.", "a@example.org", ["b@example.org"])


def _attached(said: str) -> None:
    mail = EmailMultiAlternatives("News", "See below.", "a@example.org", ["b@example.org"])
    mail.attach("list.csv", f"name\n{said}\n".encode(), "text/csv")
    mail.send()


def _cache(said: str) -> None:
    cache.set("last", [said])


def _session(said: str) -> None:
    session = SessionStore()
    session["last"] = said
    session.save()


DOORS = {
    "log": _log,
    "log, Django's": _django_log,
    "address": _address,
    "address, the path": _path,
    "mail": _mail,
    "mail, attached": _attached,
    "cache": _cache,
    "session": _session,
}


@pytest.mark.django_db
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("first", "last"), [("Robin", "Searched"), ("Zoë", "Müßig")])
def test_what_would_leave_is_found_at_every_door(door: str, first: str, last: str, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    f.patient(first_name=first, last_name=last, birth_date="1971-02-03")
    assert leaks.found() == []  # registering one tells nobody
    DOORS[door]("number 7")
    assert leaks.found() == []
    DOORS[door](f"{first} {last}")
    (place,) = leaks.found()
    assert place.startswith(f"{door.split(',')[0]} holds a patient's name: ")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("SEARCHED^ROBIN", "a patient's name"),
        ("searched, robin", "a patient's name"),
        ("Robin%20Searched.jpg", "a patient's name"),
        ("born 02/03/1971", "a birth date"),
        ("19710203", "a birth date"),
        ("February 3, 1971", "a birth date"),
        ("W555000111", "a member ID"),
        ("a very long password", "a password"),
        ("JBSWY3DPEHPK3PXP", "the seed of a second factor"),
    ],
)
def test_what_is_searched_for_is_learned_from_the_rows_themselves(said: str, what: str) -> None:
    person = f.patient(first_name="Robin", last_name="Searched", birth_date="1971-02-03")
    f.coverage(person=person, member_id="W555000111")
    user = f.user()
    user.set_password("a very long password")
    Authenticator(user=user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    type(person).objects.get(pk=person.pk)
    leaks.found()
    leaks.gather("log", f"Failed: {said}")
    assert {place.partition(":")[0] for place in leaks.found()} == {f"log holds {what}"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("Robin Renamed", "a patient's name"),
        ("a password from the start", "a password"),
        ("a password of nobody yet", "a password"),
        ("{seed}", "the seed of a second factor"),
    ],
)
def test_what_has_not_been_read_back_is_searched_for_too(said: str, what: str) -> None:
    """A name set on a row that is there, a password given to a new user, a seed that is only shown."""
    person = f.patient(first_name="Robin", last_name="Searched")
    person.last_name = "Renamed"
    person.save()
    get_user_model().objects.create_user("searched", password="a password from the start")
    hashers.make_password("a password of nobody yet")
    seed = totp.generate_totp_secret()
    leaks.found()
    leaks.gather("log", f"Failed: {said.format(seed=seed)}")
    assert {place.partition(":")[0] for place in leaks.found()} == {f"log holds {what}"}


def test_a_name_of_one_letter_is_not_searched_for() -> None:
    leaks.of_person("A.", "B.", None)
    leaks.gather("log", "A. B.")
    assert leaks.found() == []


def test_threads_gather_while_others_look() -> None:
    leaks.keep_secret("a password", "a secret of threads")
    with ThreadPoolExecutor(4) as several:
        gathering = [several.submit(leaks.gather, "log", f"{n} a secret of threads") for n in range(500)]
        learning = [several.submit(leaks.keep_secret, "a name", f"another {n}") for n in range(500)]
        seen = []
        while not all(one.done() for one in (*gathering, *learning)):
            seen += leaks.found()
    assert len(seen + leaks.found()) == 500


def test_what_an_exception_says_is_no_find_because_no_log_holds_it() -> None:
    leaks.of_person("Robin", "Searched", None)
    try:
        raise ValueError("Robin Searched")
    except ValueError:
        logging.getLogger("ductus").exception("Failed")
    assert leaks.found() == []
