"""What a person is told where the database is busy, away or full: a page that keeps what they typed, to be sent again.

What is written only beside a person's work, such as when they were last seen, waits for nobody and stops no page.
"""

from __future__ import annotations

import errno
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse

from documentation.views.errors import problem, server_error

RETRY_SECONDS = 10
SECRET = frozenset({"password", "oldpassword", "password1", "password2", "code", "credential"})
"""Fields that no page bears: who sent them types them again."""
MOST_CHARACTERS = 2_000_000
TOKEN = "csrfmiddlewaretoken"  # noqa: S105  a field's name
BRIEFLY_MS = 300


class Trouble(StrEnum):
    """Why a database did not do what it was asked, where nothing is wrong with the question."""

    BUSY = "busy"
    """Somebody else writes for too long, or it does not answer."""
    FULL = "full"
    """The disk of the database, or that on which uploads wait, has no room left."""


_SQLITE = {
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_PROTOCOL: Trouble.BUSY,
    sqlite3.SQLITE_INTERRUPT: Trouble.BUSY,
    sqlite3.SQLITE_CANTOPEN: Trouble.BUSY,
    sqlite3.SQLITE_IOERR: Trouble.BUSY,
    sqlite3.SQLITE_FULL: Trouble.FULL,
}
_DISK_FULL = "53100"  # PostgreSQL's documentation, appendix A, read 2026-11


def trouble(problem: BaseException | None) -> Trouble | None:
    """What hinders the database for now; None where something else is wrong, such as a table that is not there."""
    if isinstance(problem, OSError):  # A large upload waits on a disk, too.
        return Trouble.FULL if problem.errno in {errno.ENOSPC, errno.EDQUOT} else None
    if isinstance(problem, InterfaceError):
        return Trouble.BUSY  # The connection is gone.
    if not isinstance(problem, OperationalError):
        return None
    cause = problem.__cause__
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get(getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF)
    return Trouble.FULL if getattr(cause, "sqlstate", None) == _DISK_FULL else Trouble.BUSY


@contextmanager
def written_if_it_can_be() -> Iterator[None]:
    """Around something small that no page may fail for: where the database is busy, away or full, it is left out."""
    try:
        with _waiting_briefly():
            yield
    except (OperationalError, InterfaceError) as e:
        if trouble(e) is None:
            raise


@contextmanager
def _waiting_briefly() -> Iterator[None]:
    """On SQLite one writes at a time, and may take long; PostgreSQL locks the row alone, which is one's own."""
    own = connection.connection
    if own is None or connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    own.execute(f"PRAGMA busy_timeout = {BRIEFLY_MS}")
    try:
        yield
    finally:
        own.execute(f"PRAGMA busy_timeout = {int(connection.settings_dict['OPTIONS'].get('timeout', 5) * 1000)}")


def failed(request: HttpRequest) -> HttpResponse:
    """The page for what went wrong on our side: 503 where trying again helps, and else 500."""
    found = trouble(sys.exc_info()[1])
    if found is None:
        return server_error(request)
    kept, acted = _kept(request), request.method == "POST"
    title, what = _SAID[found]
    lost = f"{what}, so your change was not saved. Nothing is half saved." if acted else f"{what}."
    answer = problem(
        request,
        503,
        title,
        lost,
        _to_do(found, bool(kept), acted),
        way_on={
            "kept": kept,
            "acted": acted,
            "again": request.get_full_path(),
            # As it came, proven or not: it may be that nobody looked at it yet, and a new one no browser would know.
            "csrf": request.POST.get(TOKEN, "") if kept else "",
        },
    )
    answer["Retry-After"] = str(RETRY_SECONDS)
    return answer


_SAID = {
    Trouble.BUSY: ("Ductus is busy.", "Others were writing for too long, or the database does not answer"),
    Trouble.FULL: ("The disk is full.", "No room is left to write"),
}


def _to_do(found: Trouble, is_kept: bool, acted: bool) -> str:
    first = "Tell whoever runs Ductus to make room. " if found is Trouble.FULL else ""
    when = "once there is room" if found is Trouble.FULL else "in a few seconds"
    if is_kept:
        return f"{first}Your text is kept in this page: leave it open, and send it again {when}."
    if acted:
        return f"{first}Go back in your browser, where what you entered still stands, and send it again {when}."
    return f"{first}Open it again {when}. If it stays so, tell whoever runs Ductus."


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """What was typed, to be sent again as it is; nothing where it holds a secret or files, which a page cannot bear."""
    if request.method != "POST" or "multipart" in str(request.content_type):
        return []
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    is_secret = any(name in SECRET for name, _ in fields)
    if is_secret or sum(len(value) for _, value in fields) > MOST_CHARACTERS:
        return []
    return [(name, value) for name, value in fields if name != TOKEN]
