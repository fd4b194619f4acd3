"""A migrated database of each engine, kept for this checkout, so that not every process walks all migrations anew.

On SQLite it is a file that is copied, on PostgreSQL a database from which others are cloned. It is a start, never the
last word: `migrate` still runs over the copy, applies what it lacks and puts the locks up. A fresh checkout has none,
so there every migration really runs, once on each engine; `.ci/run` begins like one. The folder lies with what pytest
keeps: without it nothing is reused, and `make clean` removes it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import django

PROJECT = Path(__file__).resolve().parents[1]
_MATTERS = ("migrations/*.py", "models/*.py", "locks.py", "workflow.py", "workflow/*.py", "apps.py")
"""In both apps: what decides over tables, triggers and the rows that migrating makes."""

FIRST_CLAIM = 4711
"""The first claim of every test database: one that is taken for claim 1 is not there."""


def _sum(engine: str) -> str:
    found = hashlib.sha256(f"{django.VERSION} {engine}".encode())
    paths = [p for app in ("documentation", "claims") for pattern in _MATTERS for p in (PROJECT / app).glob(pattern)]
    for path in (*sorted(paths), *sorted(PROJECT.glob("requirements*.txt")), PROJECT / "config" / "settings.py"):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


@contextmanager
def copied_or_made(connection: Any) -> Iterator[Callable[[], None]]:
    """Within it, the test database that is created starts as a copy of the kept one. Call what is given to keep it.

    The first of several processes migrates; the others wait for it and copy.
    """
    folder = PROJECT / ".pytest_cache" / "migrated"
    folder.mkdir(parents=True, exist_ok=True)
    starting = {"sqlite": _file, "postgresql": _template}[connection.vendor]
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with starting(connection, folder) as keep:
            yield keep


def a_migrated_file(name: Path) -> None:
    """Make an SQLite file with all tables, whatever engine the tests are on: a copy of the kept one, which is made."""
    folder = PROJECT / ".pytest_cache" / "migrated"
    kept = folder / f"{_sum(sqlite3.sqlite_version)}.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            draft = kept.with_suffix(".draft")
            draft.unlink(missing_ok=True)
            environment = os.environ | {
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "DATABASE_URL": f"sqlite:///{draft}",
                "SECRET_KEY": "for-tests-only-" + "0" * 50,
            }
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=PROJECT, env=environment, check=True)
            draft.replace(kept)
        shutil.copyfile(kept, name)


def begin_claims_late(connection: Any) -> None:
    """Number the claims of an empty test database from FIRST_CLAIM on."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = 'claims_claim'")
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('claims_claim', %s)", [FIRST_CLAIM - 1])
        else:
            cursor.execute("SELECT setval(pg_get_serial_sequence('claims_claim', 'id'), %s, false)", [FIRST_CLAIM])


@contextmanager
def _file(connection: Any, folder: Path) -> Iterator[Callable[[], None]]:
    kept = folder / f"{_sum(sqlite3.sqlite_version)}.sqlite3"
    creation = connection.creation
    create = creation._create_test_db

    def created(*args: Any, **kwargs: Any) -> str:
        name: str = create(*args, **kwargs)
        if kept.exists():
            shutil.copyfile(kept, name)
        return name

    def keep() -> None:
        if not kept.exists():
            for older in folder.glob("*.sqlite3"):
                older.unlink()
            draft = kept.with_suffix(".draft")
            connection.ensure_connection()
            with sqlite3.connect(draft) as target:
                connection.connection.backup(target)
            target.close()
            draft.replace(kept)

    with mock.patch.object(creation, "_create_test_db", created):
        yield keep


def template_name(cursor: Any) -> str:
    """What the kept database of a PostgreSQL server is called."""
    cursor.execute("SHOW server_version")
    engine = f"PostgreSQL {cursor.fetchone()[0]}"
    return f"ductus_migrated_{hashlib.sha256(str(PROJECT).encode()).hexdigest()[:8]}_{_sum(engine)}"


@contextmanager
def _template(connection: Any, folder: Path) -> Iterator[Callable[[], None]]:
    """The kept database bears the name of this checkout, and counts only while the folder knows of it."""
    with connection._nodb_cursor() as cursor:
        name = template_name(cursor)
        ours = name.rpartition("_")[0] + "_"
        note = folder / f"{name}.postgresql"
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        is_kept = note.exists() and cursor.fetchone() is not None

    def keep() -> None:
        if is_kept:
            return
        made = connection.settings_dict["NAME"]
        connection.close()  # A database that somebody is in cannot be cloned.
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [ours])
            for (older,) in cursor.fetchall():
                cursor.execute(f'DROP DATABASE "{older}"')
            cursor.execute(f'CREATE DATABASE "{ours}draft" TEMPLATE "{made}"')
            cursor.execute(f'ALTER DATABASE "{ours}draft" RENAME TO "{name}"')
        for other in folder.glob("*.postgresql"):
            other.unlink()
        note.touch()

    with mock.patch.dict(connection.settings_dict["TEST"], {"TEMPLATE": name if is_kept else None}):
        yield keep
