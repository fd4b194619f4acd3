"""Real processes beside a test: each has its own program, database and storage by its environment, as a server has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

KEY = "5e" * 32


def address(name: str = "") -> str:
    """DATABASE_URL of the test database, or of another one on the same server."""
    database: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{name or database['NAME']}"
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**{**database, "NAME": name or database["NAME"]})


@contextmanager
def new_database(folder: Path, template: str = "") -> Iterator[str]:
    """One beside the test's own, on the same engine; without a table, or a copy of another. Yields its DATABASE_URL."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder / 'new.sqlite3'}"
        return
    name = f"{connection.settings_dict['NAME']}_new"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    try:
        yield address(name)
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def surroundings(**changed: str) -> dict[str, str]:
    """What a process on the test's own database and storage needs."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": address(),
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "SECRET_KEY": settings.SECRET_KEY,
        "BACKUP_KEY": KEY,
        "NIGHTLY_AT": "off",
        "WORKER_BESIDE": "0",
        **changed,
    }


def start(program: str, *args: object, **changed: str) -> subprocess.Popen[str]:
    """Python code in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, args)],
        cwd=settings.BASE_DIR,
        env=surroundings(**changed),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def manage(*args: object, **changed: str) -> subprocess.CompletedProcess[str]:
    """A command of manage.py in a process of its own."""
    return subprocess.run(
        [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *map(str, args)],
        cwd=settings.BASE_DIR,
        env=surroundings(**changed),
        capture_output=True,
        text=True,
        check=False,
    )
