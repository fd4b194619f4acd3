"""What real verbs wrote for one test is written again for the next one, as long as every answer is the same.

The first call of a `remembered` factory walks the real verbs. All that they asked the database and wrote into it is
kept, with the answers. A later call with the same arguments sends the same statements in the same order: constraints,
triggers and keys have their say as ever. As soon as one answer differs, everything is taken back and the verbs are
walked. So the outcome is that of the verbs, and the time of thinking it up is saved.

Only `REMEMBER=1` in the environment does so; a test that replaces a part of the program, or a setting, walks the verbs
even then. What fails with it alone is the fault of this module.
"""

from __future__ import annotations

import functools
import importlib
import io
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from unittest import mock

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.signals import setting_changed
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from claims.services import packets
from documentation.services import images, places
from tests.migrated import FIRST_CLAIM

F = TypeVar("F", bound=Callable[..., Any])

REMEMBERS = os.environ.get("REMEMBER") == "1"
HARMLESS: tuple[tuple[object, str], ...] = (
    (timezone, "now"),  # verbs take the time; they never read it
    (packets, "build"),  # which one it is, is part of the key
    (images, "examine_many"),  # likewise
)
"""What a test may replace without walking the verbs again."""
HARMLESS_SETTINGS = {"MEDIA_ROOT"}
MOST = 400
"""Calls that are remembered by one process."""
TRIES = 4
"""A call whose answers differ as often, without having been the same ever, is not tried again."""
_OURS = {"claims", "documentation"}


class _OtherAnswer(Exception):
    """The database said something else than when the verbs were walked."""


class _Numbers:
    """Numbers for invented names: from 1 again in each test that begins with an empty database."""

    def __init__(self) -> None:
        self.last = 0
        self.may_begin_anew = False

    def settle(self) -> None:
        if not self.may_begin_anew:
            return
        self.may_begin_anew = False
        try:
            if not get_user_model().objects.exists():
                self.last = 0
        except (RuntimeError, DatabaseError):
            return  # This test has no database, or lost it.
        follow_rows()

    def __next__(self) -> int:
        self.settle()
        self.last += 1
        return self.last


numbers = _Numbers()


@dataclass
class _Said:
    """A statement, and what the database said to it."""

    sql: str
    params: Any
    many: bool
    rows: list[Any] | None
    count: int


@dataclass
class _Memory:
    said: list[_Said] = field(default_factory=list)
    put: list[tuple[str, bytes]] = field(default_factory=list)
    result: bytes = b""
    last: int = 0
    kept: int = 0
    failed: int = 0


@dataclass
class _State:
    """Of the test that runs."""

    walks_always: bool = False
    is_recording: bool = False


_state = _State()
_memories: dict[Any, _Memory] = {}
counts = {"again": 0, "walked": 0, "differed": 0}


# --- When the verbs are walked always ----------------------------------------------------------------------------


def _replaced(target: object, name: object) -> None:
    if not any(target is known and name == attribute for known, attribute in HARMLESS):
        _state.walks_always = True


@contextmanager
def each_test() -> Iterator[None]:
    """Around a test: what it replaces is noticed, and numbers begin anew where nothing holds the old ones."""
    _state.walks_always, _state.is_recording = not REMEMBERS, False
    numbers.may_begin_anew = REMEMBERS
    real_set, real_enter = pytest.MonkeyPatch.setattr, mock._patch.__enter__  # type: ignore[attr-defined]

    def setattr_(self: Any, target: Any, name: Any, *rest: Any, **more: Any) -> None:
        if isinstance(target, str):
            path, _, attribute = target.rpartition(".")
            _replaced(_imported(path), attribute)
        else:
            _replaced(target, name)
        real_set(self, target, name, *rest, **more)

    def enter(self: Any) -> Any:
        _replaced(self.getter(), self.attribute)
        return real_enter(self)

    def changed(*, setting: str, **_: Any) -> None:
        _state.walks_always = _state.walks_always or setting not in HARMLESS_SETTINGS

    pytest.MonkeyPatch.setattr = setattr_  # type: ignore[method-assign,assignment]
    mock._patch.__enter__ = enter  # type: ignore[attr-defined]
    setting_changed.connect(changed)
    try:
        yield
    finally:
        setting_changed.disconnect(changed)
        pytest.MonkeyPatch.setattr = real_set  # type: ignore[method-assign]
        mock._patch.__enter__ = real_enter  # type: ignore[attr-defined]


def _imported(path: str) -> object:
    try:
        return importlib.import_module(path)
    except ImportError:
        return None


# --- Keys --------------------------------------------------------------------------------------------------------


class _NoKey(Exception):
    pass


def _key(value: Any) -> Any:
    """A value that is equal where the arguments are. Raises _NoKey for what cannot be compared."""
    if value is None or isinstance(value, bool | int | str | bytes | Decimal | date | datetime):
        return type(value).__name__, value
    if isinstance(value, tuple | list):
        return type(value).__name__, tuple(map(_key, value))
    if isinstance(value, dict):
        return "dict", tuple((k, _key(v)) for k, v in value.items())
    if isinstance(value, models.Model):
        if value._state.fields_cache or "_prefetched_objects_cache" in value.__dict__:
            raise _NoKey  # What hangs on it may be older than the database, or newer.
        fields = ((f.attname, repr(value.__dict__.get(f.attname))) for f in value._meta.concrete_fields)
        return value._meta.label, tuple(f for f in fields if f[0] != "last_login")
    raise _NoKey


class _Pickler(pickle.Pickler):
    """Arguments stay the objects that they are."""

    def __init__(self, file: Any, given: dict[int, str]) -> None:
        super().__init__(file)
        self.given = given

    def persistent_id(self, thing: Any) -> str | None:
        return self.given.get(id(thing))


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: Any, given: dict[str, Any]) -> None:
        super().__init__(file)
        self.given = given

    def persistent_load(self, name: str) -> Any:
        return self.given[name]


# --- Recording ---------------------------------------------------------------------------------------------------


class _Read:
    """A cursor whose rows were read already; they are handed out as if they came now."""

    def __init__(self, cursor: Any, rows: list[Any]) -> None:
        self.cursor, self.rows = cursor, rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)

    def __iter__(self) -> Iterator[Any]:
        while self.rows:
            yield self.rows.pop(0)

    def fetchone(self) -> Any:
        return self.rows.pop(0) if self.rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        some, self.rows = self.rows[:size], self.rows[size:]
        return some

    def fetchall(self) -> list[Any]:
        return self.fetchmany(len(self.rows))


def _listen(memory: _Memory) -> Callable[..., Any]:
    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        cursor = context["cursor"]
        if isinstance(cursor.cursor, _Read):
            cursor.cursor = cursor.cursor.cursor
        answer = execute(sql, params, many, context)
        rows = None
        if not many and cursor.cursor.description is not None:
            rows = list(cursor.cursor.fetchall())
            cursor.cursor = _Read(cursor.cursor, list(rows))
        memory.said.append(_Said(sql, params, many, rows, -1 if rows is not None else cursor.cursor.rowcount))
        return answer

    return wrapper


def _walked(make: Callable[..., Any], given: dict[str, Any]) -> tuple[Any, _Memory | None]:
    """The outcome of the verbs, and what they said and wrote; None where that cannot be done again."""
    memory = _Memory()
    real = places.Folder.put

    def put(self: places.Folder, path: str, data: bytes) -> None:
        real(self, path, data)
        memory.put.append((path, data))

    waiting = len(connection.run_on_commit)
    _state.is_recording = True
    places.Folder.put = put  # type: ignore[method-assign]
    try:
        with transaction.atomic(), connection.execute_wrapper(_listen(memory)):
            result = make(**given)
            later = len(connection.run_on_commit) - waiting
    finally:
        places.Folder.put = real  # type: ignore[method-assign]
        _state.is_recording = False
    began = [s.sql.split(maxsplit=1)[0].upper() for s in memory.said]
    if later or _state.walks_always or "ROLLBACK" in began:
        return result, None
    memory.said = [s for s, word in zip(memory.said, began, strict=True) if word not in {"SAVEPOINT", "RELEASE"}]
    file = io.BytesIO()
    try:
        _Pickler(file, {id(v): k for k, v in given.items() if isinstance(v, models.Model)}).dump(result)
    except Exception:  # What cannot be written down is walked again.
        return result, None
    memory.result, memory.last = file.getvalue(), numbers.last
    return result, memory


def _again(memory: _Memory, given: dict[str, Any]) -> Any:
    """Write what the verbs wrote. Raises _OtherAnswer, or what the database says, and then nothing has happened."""
    with transaction.atomic():
        for said in memory.said:
            with connection.cursor() as cursor:
                if said.many:
                    cursor.executemany(said.sql, said.params)
                else:
                    cursor.execute(said.sql, said.params)
                same = cursor.rowcount == said.count if said.rows is None else list(cursor.fetchall()) == said.rows
            if not same:
                raise _OtherAnswer
        for path, data in memory.put:
            places.here().put(path, data)
    numbers.last = memory.last
    return _Unpickler(io.BytesIO(memory.result), given).load()


def follow_rows() -> None:
    """On PostgreSQL keys go on where a transaction that was taken back had left them: they follow the rows again.

    Only within the transaction of a test, so that nobody else writes meanwhile.
    """
    if connection.vendor != "postgresql" or not connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute(_sequences())
        cursor.fetchall()


@functools.cache
def _sequences() -> str:
    parts, first = [], {"claims_claim": FIRST_CLAIM}
    for model in apps.get_models(include_auto_created=True):
        table, key = model._meta.db_table, model._meta.pk
        if model._meta.app_label in {"claims", "documentation"} and isinstance(
            key, models.AutoField | models.BigAutoField
        ):
            parts.append(
                f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{key.column}'),"
                f' coalesce((SELECT max("{key.column}") + 1 FROM "{table}"), {first.get(table, 1)}), false)'
            )
    return " UNION ALL ".join(parts)


# --- The way in --------------------------------------------------------------------------------------------------


def remembered(make: F) -> F:
    """A factory that takes keywords alone, and whose verbs are walked once for the same arguments and answers."""

    @functools.wraps(make)
    def made(**given: Any) -> Any:
        if _state.is_recording or _state.walks_always:
            return make(**given)
        numbers.settle()
        try:
            parts = packets.build.__code__, images.examine_many.__code__
            key = make.__name__, numbers.last, parts, _key(given)
        except (_NoKey, AttributeError):
            return make(**given)
        memory = _memories.get(key)
        if memory is not None and (memory.kept or memory.failed < TRIES):
            try:
                result = _again(memory, given)
            except (_OtherAnswer, DatabaseError):
                memory.failed += 1
                counts["differed"] += 1
            else:
                memory.kept += 1
                counts["again"] += 1
                return result
        counts["walked"] += 1
        result, new = _walked(make, given)
        if new is not None and (memory is not None or len(_memories) < MOST):
            if memory is not None:
                new.kept, new.failed = memory.kept, memory.failed
            _memories[key] = new
        return result

    return made  # type: ignore[return-value]
