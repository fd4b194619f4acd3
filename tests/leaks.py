"""What the whole suite writes and asks for is searched for the people it invents, their plans and its passwords.

Searched are log lines as a server would write them, addresses that are asked for, mails, what is put into caches and
sessions, and what a page puts into a browser's storage. A find fails the test in which it was made and names the place.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any
from unittest import mock
from urllib.parse import unquote_plus

import pytest

from config.logs import PlainFormatter
from tests.assurance import record

LAST_BIRTH = date(2015, 1, 1)
"""A birth date after this is a day on which the invented practice is at work, and stands beside every event."""
SHORTEST = 6
"""Letters of the shortest secret: a shorter one stands by chance in anything."""
BETWEEN = (" ", ", ", ",", "%20", "+", "^", "*", "_", "-", "")
"""What stands between the two names of a person: on pages, in addresses, in X12 and DICOM, in file names."""

FIGURES = {
    "log": "log lines searched for patient data and secrets",
    "address": "addresses that were asked for, searched",
    "mail": "mails searched",
    "cache": "cache entries searched",
    "session": "session rows searched",
    "browser storage": "entries of browser storage searched",
}

_lock = threading.RLock()
"""Servers of tests, and people who write at once, gather from threads of their own."""
_secrets: dict[str, str] = {}
"""What must not be found, in small letters, and what it is."""
_gathered: list[tuple[str, str]] = []
_counted: Counter[str] = Counter()
_leaked: list[str] = []
"""Tests in which something was found."""


def keep_secret(what: str, *secrets: str) -> None:
    with _lock:
        _secrets.update({s.lower(): what for s in secrets if len(s) >= SHORTEST})


def gather(kind: str, text: str) -> None:
    """A text that leaves the program, or stays where others may read it."""
    with _lock:
        _counted[kind] += 1
        _gathered.append((kind, text))


def found() -> list[str]:
    """Where a secret stands in what was gathered since the last look, without the secret itself."""
    with _lock:
        gathered, secrets = _gathered[:], list(_secrets.items())
        _gathered.clear()
    places = []
    for kind, text in gathered:
        small = text.lower()
        places += [f"{kind} holds {what}: {text[:300]}" for secret, what in secrets if secret in small]
    return places


def forget(words: Iterable[str]) -> None:
    """Take what stands in these words for no secret any more: a test planted them where others keep a number."""
    small = [word.lower() for word in words]
    with _lock:
        for secret in [secret for secret in _secrets if any(secret in word for word in small)]:
            del _secrets[secret]


# --- The people of a test ----------------------------------------------------------------------------------------


def of_person(first: str, last: str, birth: Any) -> None:
    # A name of one letter stands by chance in anything.
    if all(sum(map(str.isalpha, name)) > 1 for name in (first, last)):
        for between in BETWEEN:
            keep_secret("a patient's name", f"{first}{between}{last}", f"{last}{between}{first}")
    if isinstance(birth, date) and birth < LAST_BIRTH:
        ways = ("%Y-%m-%d", "%m/%d/%Y", "%Y%m%d", "%B %d, %Y", "%b %d, %Y")
        keep_secret("a birth date", *(birth.strftime(way) for way in ways))
        keep_secret("a birth date", f"{birth:%B} {birth.day}, {birth.year}", f"{birth:%b} {birth.day}, {birth.year}")


def _of_patient(instance: Any, **_: Any) -> None:
    if "first_name" not in instance.get_deferred_fields():
        of_person(instance.first_name, instance.last_name, instance.birth_date)
        keep_secret("a patient's phone or mail", instance.phone, instance.email)


def _of_coverage(instance: Any, **_: Any) -> None:
    if not instance.get_deferred_fields():
        keep_secret("a member ID", instance.member_id)
        of_person(instance.subscriber_first_name, instance.subscriber_last_name, instance.subscriber_birth_date)


def _of_factor(instance: Any, **_: Any) -> None:
    if "data" not in instance.get_deferred_fields():
        keep_secret("the seed of a second factor", str((instance.data or {}).get("secret", "")))


# --- The doors -----------------------------------------------------------------------------------------------------


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.setFormatter(PlainFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        gather("log", self.format(record))


def _asked(environ: Any, **_: Any) -> None:
    # WSGI hands the bytes of a path over as if they were Latin letters, and what stands behind it as it was sent.
    path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")
    gather("address", f"{path}?{unquote_plus(environ.get('QUERY_STRING', ''))}")


def _before(kind: str, real: Any, text_of: Any) -> Any:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        gather(kind, text_of(*args, **kwargs))
        return real(*args, **kwargs)

    return wrapped


def _mail(message: Any, *_: Any, **__: Any) -> str:
    """What a reader sees, before it is encoded for its way."""
    said = [message.subject, message.body, *message.recipients(), *message.extra_headers.values()]
    said += [str(content) for content, _ in getattr(message, "alternatives", [])]
    for attached in message.attachments:
        name, content, *_more = attached if isinstance(attached, tuple) else (attached.get_filename(), str(attached))
        said += [name or "", content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)]
    return "\n".join(map(str, said))


def _entry(cache: Any, key: str, value: bytes, *_: Any) -> str:
    return f"{key} {value.decode('utf-8', 'replace')}"


def _rows(session: Any, rows: Any) -> str:
    """A seed waits there for its first code, which is where allauth keeps it; anywhere else it is a find."""
    from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY

    told = {key: value for key, value in rows.items() if key != SECRET_SESSION_KEY}
    return json.dumps(told, default=str, ensure_ascii=False)


def listen() -> Iterator[None]:
    """As long as tests run."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal import auth as totp
    from django.contrib.auth import base_user, hashers, models
    from django.contrib.sessions.backends.base import SessionBase
    from django.core.cache.backends.locmem import LocMemCache
    from django.core.mail import EmailMessage
    from django.core.signals import request_started
    from django.db.models.signals import post_init, pre_save

    from claims.models import Coverage
    from documentation.models import Patient

    # As they are read, and as they are written: in between a name may have been set.
    for learning in (post_init, pre_save):
        learning.connect(_of_patient, sender=Patient)
        learning.connect(_of_coverage, sender=Coverage)
        learning.connect(_of_factor, sender=Authenticator)
    request_started.connect(_asked)
    listener = _Listener()
    loggers = [logging.getLogger()]
    loggers += [one for name in list(logging.root.manager.loggerDict) if not (one := logging.getLogger(name)).propagate]
    for logger in loggers:
        logger.addHandler(listener)

    make_password, generate = hashers.make_password, totp.generate_totp_secret

    def setting(raw: Any, *how: Any, **more: Any) -> str:
        keep_secret("a password", raw if isinstance(raw, str) else "")
        return make_password(raw, *how, **more)

    def seeding(*how: Any) -> str:
        seed = generate(*how)
        keep_secret("the seed of a second factor", seed)
        return seed

    with ExitStack() as put_in_place:
        for owner, name, instead in (
            (EmailMessage, "send", _before("mail", EmailMessage.send, _mail)),
            (LocMemCache, "_set", _before("cache", LocMemCache._set, _entry)),
            (SessionBase, "encode", _before("session", SessionBase.encode, _rows)),
            # Wherever it was imported to: users are made with it, and passwords changed.
            *((place, "make_password", setting) for place in (hashers, base_user, models)),
            (totp, "generate_totp_secret", seeding),
        ):
            put_in_place.enter_context(mock.patch.object(owner, name, instead))
        yield
    for logger in loggers:
        logger.removeHandler(listener)


# --- What pytest calls -----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="session")
def _leaks_are_heard() -> Iterator[None]:
    yield from listen()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """After everything that belongs to the test was taken down, its threads included."""
    try:
        return (yield)
    finally:
        places = found()
        # Rows of a module are read by all its tests; those of others are nobody's secrets any more.
        if nextitem is None or nextitem.path != item.path:
            _secrets.clear()
        if places:
            _leaked.append(item.nodeid)
        assert not places, "Patient data or a secret would leave:\n" + "\n".join(places[:20])


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not _leaked:
        for kind, number in _counted.items():
            record(FIGURES[kind], number)
