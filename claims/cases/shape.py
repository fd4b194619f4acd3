"""Reading plain data into frozen dataclasses whose fields say how they are read.

A dataclass is the schema: `name: str = entry(text(60))` is a required key, `name: str = entry(text(60), "")` an
optional one. Every problem is collected with its path; keys that no field names are problems, too.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

from claims.cases.problems import MISSING, Problem
from claims.cases.values import Read, Wrong

_REQUIRED = object()


@dataclass(frozen=True)
class Record:
    """An object with the keys of a dataclass."""

    cls: type


@dataclass(frozen=True)
class Each:
    """A list; with `unique` no entry may come twice."""

    kind: Kind
    most: int = 50
    unique: bool = False


Kind = Read | Record | Each


def entry(kind: Kind, default: Any = _REQUIRED, *, name: str = "") -> Any:
    """A field of a case. `name` is its key where that is no name of Python's (`from`)."""
    options: dict[str, Any] = {} if default is _REQUIRED else {"default": default}
    return dataclasses.field(metadata={"kind": kind, "name": name}, **options)


class Object(dict[str, Any]):
    """A JSON object that remembers which of its keys were given twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice = {k for k, times in Counter(k for k, _ in pairs).items() if times > 1}


def read(kind: Kind, value: Any, path: str, problems: list[Problem]) -> Any:
    """The value as its kind reads it; what is wrong is added to `problems`, and None returned in its place."""
    if isinstance(kind, Record):
        return _read_record(kind.cls, value, path, problems)
    if isinstance(kind, Each):
        return _read_list(kind, value, path, problems)
    try:
        return kind(value)
    except Wrong as e:
        problems.append(Problem(path, value, str(e)))
        return None


@cache
def _keys(cls: type) -> dict[str, dataclasses.Field[Any]]:
    return {f.metadata["name"] or f.name: f for f in dataclasses.fields(cls)}


def _read_record(cls: type, value: Any, path: str, problems: list[Problem]) -> Any:
    if not isinstance(value, dict):
        problems.append(Problem(path or "case.json", value, "an object with keys"))
        return None
    keys = _keys(cls)
    for name in value:
        if name not in keys:
            problems.append(Problem(_join(path, name), value[name], _known(name, keys)))
    for name in sorted(getattr(value, "twice", ())):
        problems.append(Problem(_join(path, name), value[name], "one value; the key is given twice"))
    return cls(**{f.name: _read_key(f, name, value, path, problems) for name, f in keys.items()})


def _read_key(
    field: dataclasses.Field[Any], name: str, holder: dict[str, Any], path: str, problems: list[Problem]
) -> Any:
    given = holder.get(name)
    is_required = field.default is dataclasses.MISSING
    # An empty text is how a person leaves a field blank.
    if given is not None and not (given == "" and not is_required):
        return read(field.metadata["kind"], given, _join(path, name), problems)
    if is_required:
        problems.append(Problem(_join(path, name), MISSING, _needed(field.metadata["kind"])))
        return None
    return field.default


def _read_list(kind: Each, value: Any, path: str, problems: list[Problem]) -> tuple[Any, ...]:
    if not isinstance(value, list):
        problems.append(Problem(path, value, "a list"))
        return ()
    if len(value) > kind.most:
        problems.append(Problem(path, value, f"a list of at most {kind.most} entries (it has {len(value):,})"))
        return ()
    before = len(problems)
    made = tuple(read(kind.kind, item, f"{path}[{n}]", problems) for n, item in enumerate(value))
    if kind.unique and len(problems) == before:
        problems += [
            Problem(f"{path}[{n}]", item, "each entry once") for n, item in enumerate(made) if item in made[:n]
        ]
    return made


def _join(path: str, name: str) -> str:
    shown = name if name.isprintable() and len(name) <= 60 else f"{ascii(name)[1:41]}"
    return f"{path}.{shown}" if path else shown


def _known(name: str, keys: dict[str, Any]) -> str:
    near = difflib.get_close_matches(name[:60], keys, n=1)
    if near:
        return f"only the keys of the case format (did you mean {near[0]}?)"
    return f"only the keys of the case format, here {', '.join(keys)}"


def _needed(kind: Kind) -> str:
    if isinstance(kind, Record):
        needed = [name for name, f in _keys(kind.cls).items() if f.default is dataclasses.MISSING]
        return f"an object with {', '.join(needed)}"
    if isinstance(kind, Each):
        return "a list"
    try:
        kind(None)
    except Wrong as e:
        return str(e)
    return "a value"
