"""Storage against the database: what was left behind goes, what is missing is named.

An upload that dies half-way leaves bytes without a row, a picture that was taken out of a draft leaves bytes that
nothing points to. Both are removed once they are old enough that nobody can still be at work on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from documentation.kernel.machine import NotPossible
from documentation.models import StoredFile, User
from documentation.queries.retention import files_on_hold
from documentation.services import places
from documentation.services.audit import record
from documentation.services.files import nobody_keeps
from documentation.services.places import DRAFT, Found

_OURS = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})", re.ASCII)


@dataclass
class Survey:
    """What storage and database say of each other."""

    before: datetime
    """Only what was left behind before this moment may go."""
    used: int = 0
    """Files in storage that the record, a claim or a packet points to."""
    size: int = 0
    """Bytes of everything in storage."""
    left_over: list[Found] = field(default_factory=list)
    """Files that nothing points to, rows without file included, and drafts that were broken off."""
    younger: int = 0
    """Files that nothing points to yet."""
    foreign: int = 0
    """Files that Ductus never wrote; they are left alone."""
    missing: list[StoredFile] = field(default_factory=list)
    changed: list[StoredFile] = field(default_factory=list)
    """Files whose size is no longer that of what was kept."""


def survey(*, before: datetime) -> Survey:
    """Compare storage with the database. Changes nothing; raises `Unreachable`."""
    seen = Survey(before)
    there = {found.path: found for found in places.here().listing()}
    for row in with_use(StoredFile.objects.order_by("pk")).iterator(chunk_size=500):
        found = there.get(row.path)
        if row.is_used:
            _look_at_used(row, there.pop(row.path, None), seen)
        elif found is None and row.stored_at < before:
            seen.left_over.append(Found(row.path, 0, row.stored_at))
    for found in there.values():
        _look_at_unused(found, seen)
    return seen


def _look_at_used(row: StoredFile, found: Found | None, seen: Survey) -> None:
    if found is None:
        try:
            places.here().open(row.path, 0, 1).close()  # It may have come after the listing began.
        except FileNotFoundError:
            seen.missing.append(row)
        return
    seen.used += 1
    seen.size += found.size
    if found.size != row.size:
        seen.changed.append(row)


def _look_at_unused(found: Found, seen: Survey) -> None:
    seen.size += found.size
    if not (_OURS.fullmatch(found.path) or _is_draft(found)):
        seen.foreign += 1
    elif found.modified_at < seen.before:
        seen.left_over.append(found)
    else:
        seen.younger += 1


def sweep(seen: Survey, *, by: User | None, at: datetime) -> Iterator[Found]:
    """Remove what a survey found left over, and yield each file that is gone.

    What somebody keeps again at this moment stays, and what was taken out of the records of patients on legal hold.
    Raises `NotPossible` where the database uses no file of the storage
    at all: then it is another practice's, or empty, and everything would go.
    """
    if seen.left_over and not seen.used:
        raise NotPossible(
            f"The database uses none of the {len(seen.left_over) + seen.younger:,} files in storage, so nothing was "
            "removed. Is DATABASE_URL the right one? If it is, empty the storage by hand."
        )
    kept = files_on_hold()
    for found in seen.left_over:
        if found.path[-64:] in kept:
            continue
        if _remove(found, seen.before, by=by, at=at):
            yield found


def _remove(found: Found, before: datetime, *, by: User | None, at: datetime) -> bool:
    if _is_draft(found):
        with transaction.atomic():
            record("file.remove", by=by, at=at, subject="broken-off draft", size=found.size)
            places.here().remove(found.path)
        return True
    sha256 = found.path[-64:]
    with transaction.atomic():
        # The event comes first: everybody takes the chain before they wait for anything of ours.
        record("file.remove", by=by, at=at, subject=sha256[:12], size=found.size)
        if not (nobody_keeps(sha256) and _is_left_over(found.path, before)):
            transaction.set_rollback(True)
            return False
        StoredFile.objects.filter(path=found.path).delete()
        places.here().remove(found.path)
    return True


def _is_left_over(path: str, before: datetime) -> bool:
    """The same question once more, when nobody can change the answer."""
    renewed = any(f.path == path and f.modified_at >= before for f in places.here().listing(path[:6]))
    return not renewed and not with_use(StoredFile.objects.filter(path=path)).filter(is_used=True).exists()


def _is_draft(found: Found) -> bool:
    return found.path.rpartition("/")[2].startswith(DRAFT)


def with_use(rows: QuerySet[StoredFile]) -> QuerySet[Any]:
    """Rows that know whether any row of any table points to them; a new table is asked by itself."""
    relations: list[Any] = [
        r for r in rows.model._meta.get_fields(include_hidden=True) if r.auto_created and r.is_relation
    ]
    asked = (Q(Exists(r.related_model._base_manager.filter(**{r.field.name: OuterRef("pk")}))) for r in relations)
    return rows.annotate(is_used=reduce(or_, asked))
