"""A small practice that was backed up, an empty place, and a look at both that shares nothing with backups."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

from claims.models import Packet
from claims.services.recount import rebuild
from documentation.locks import drop_locks, install_locks
from documentation.models import AuditEvent
from documentation.services import files, letterhead, notices
from tests import factories as f
from tests.claims.backups.processes import KEY
from tests.documentation.conftest import bucket, s3_endpoint  # noqa: F401  fixtures

Elsewhere = Callable[[], Path]
SIGNED_IN = {"sessions.session", "usersessions.usersession"}


@pytest.fixture(autouse=True)
def key(settings: Any) -> None:
    settings.BACKUP_KEY, settings.BACKUP_PASSPHRASE = KEY, ""


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path / "media"


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as the ORM reads them, besides who is signed in at this moment, and that this was
    restored.
    """
    restored = set(AuditEvent.objects.filter(action="backup.restore").values_list("pk", flat=True))
    return {
        str(model._meta.label_lower): [
            row
            for row in model._base_manager.order_by("pk").values_list()
            if model is not AuditEvent or row[0] not in restored
        ]
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label_lower not in SIGNED_IN
    }


def lying(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def run(command: str, *args: object) -> dict[str, Any]:
    out = io.StringIO()
    call_command(command, *map(str, args), "--json", stdout=out)
    (line,) = map(json.loads, out.getvalue().splitlines())
    return dict(line)


def practice() -> Packet:
    """A signed record with pictures, a sealed packet that was sent and bears a logo, a denial, what somebody was told,
    and somebody with a real password.
    """
    f.organization()
    letterhead.take_in(f.logo(), by=f.user(role="administrator"), at=f.AT)
    packet: Packet = f.sealed_packet()
    notices.tell([notices.News(f.user().pk, "claim", packet.claim_id, "given")], by=None, at=f.AT)
    f.submission(claim=packet.claim)
    f.denial()
    rebuild()
    person = f.user(role="manager")
    person.username = "mona"
    person.set_password("correct horse battery staple")
    person.save()
    return packet


def empty() -> None:
    """As after the migrations: what Django fills by itself stays."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with transaction.atomic(), connection.cursor() as cursor:
        filled = []
        for table in set(tables) - {"django_content_type", "auth_permission"}:
            cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
            filled += [table] if cursor.fetchone() else []
        drop_locks(connection, filled)
        for table in filled:
            cursor.execute(f'DELETE FROM "{table}"')
        install_locks(connection, filled)


@pytest.fixture
def elsewhere(settings: Any, tmp_path: Path) -> Callable[[], Path]:
    """Makes this an empty place: no row, and a storage of its own. Returns that."""

    def move() -> Path:
        empty()
        settings.MEDIA_ROOT = tmp_path / "restored"
        return tmp_path / "restored"

    return move


def content(packet: Packet) -> bytes:
    return files.read(packet.zip)
