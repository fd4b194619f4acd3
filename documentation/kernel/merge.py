"""Three versions of one section: as a page was opened, as it is stored, and as somebody typed it.

What one side left alone is taken from the other side, field by field, in rows too. What both changed in different
ways is a clash, and a person decides. A page remembers what it was opened with as digests: they tell whether a value
changed, which is all that merging asks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True)
class Clash:
    """A value that both sides changed. `path` is `pain`, `prior_care.12.result`, or `prior_care.12` for a whole row.

    Of a row that one side took out, that side is None.
    """

    path: str
    typed: Any
    stored: Any

    @property
    def seal(self) -> str:
        """Names the stored value that a choice was made against: when it changes again, the choice is void."""
        return digest(dict(self.stored) if isinstance(self.stored, Mapping) else self.stored)


@dataclass
class Merged:
    """What is to be stored, and what became of each side."""

    values: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    origins: dict[str, list[int | None]] = field(default_factory=dict)
    """For each merged row of a list, the place of the typed row that it came from; None for somebody else's."""
    foreign: list[str] = field(default_factory=list)
    """Fields and lists in which something is not as it was typed."""
    clashes: list[Clash] = field(default_factory=list)


@dataclass(frozen=True)
class Sides:
    """What merging looks at besides the values.

    `base` holds the digests of what the page was opened with, by path. `unanswered` are digests of earlier saves of
    the same page whose answer never came: what is stored and equals one of them is no change by somebody else.
    `choices` are `mine:<seal>` or `theirs:<seal>` by path.
    """

    base: Mapping[str, str]
    unanswered: Sequence[Mapping[str, str]] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    yielding: frozenset[str] = frozenset()
    """Paths of stored values that nobody vouches for: what was typed in their place stands without a question."""

    def knows_row(self, path: str) -> bool:
        return any(known.startswith(f"{path}.") for known in self.base)

    def is_untouched(self, path: str, row: Row) -> bool:
        return all(self.base.get(f"{path}.{name}") == digest(value) for name, value in row.items())

    def chosen(self, clash: Clash) -> str:
        """`mine`, `theirs`, or nothing where nobody chose against this very value."""
        choice, _, seal = self.choices.get(clash.path, "").partition(":")
        return choice if choice in (MINE, THEIRS) and seal == clash.seal else ""


def digest(value: Any) -> str:
    """A short name of a value. Nothing at all has one name, however it is spelled."""
    data = json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if value is None or value == "" or value == [] or value == ():
        return None
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date | time):
        return value.isoformat()
    return value.pk if hasattr(value, "pk") else value


def digests(values: Row, rows: Mapping[str, Sequence[Row]], names: Mapping[str, str]) -> dict[str, str]:
    """The digests of a section by path. `names` tells which field of a list names its rows; new rows have none yet."""
    found = {name: digest(value) for name, value in values.items()}
    for name, listed in rows.items():
        for row in listed:
            if row.get(names[name]):
                path = f"{name}.{row[names[name]]}"
                found |= {f"{path}.{k}": digest(v) for k, v in row.items() if k != names[name]}
    return found


def merge(
    sides: Sides,
    values: tuple[Row, Row],
    rows: Mapping[str, tuple[Sequence[Row], Sequence[Row]]],
    names: Mapping[str, str],
) -> Merged:
    """Merge typed with stored, given as pairs in this order. Values that were not typed are not touched."""
    merged = Merged()
    typed, stored = values
    for name, value in typed.items():
        merged.values[name] = _one(sides, merged, name, name, value, stored.get(name))
    for name, (typed_rows, stored_rows) in rows.items():
        _List(sides, merged, name, names[name]).merge(typed_rows, stored_rows)
    return merged


def _one(sides: Sides, merged: Merged, part: str, path: str, typed: Any, stored: Any) -> Any:
    t, s, base = digest(typed), digest(stored), sides.base.get(path)
    if t == s or any(sent.get(path) == s for sent in sides.unanswered):
        return typed
    if t != base:
        clash = Clash(path, typed, stored)
        choice = MINE if s == base or path in sides.yielding else sides.chosen(clash)
        if choice == MINE:
            return typed
        if not choice:
            merged.clashes.append(clash)
            return typed
    _note(merged, part)
    return stored


def _note(merged: Merged, part: str) -> None:
    if part not in merged.foreign:
        merged.foreign.append(part)


@dataclass
class _List:
    """Merges the rows of one list. Rows are known by the field `id_field`; a new one has nothing there."""

    sides: Sides
    merged: Merged
    name: str
    id_field: str

    def merge(self, typed: Sequence[Row], stored: Sequence[Row]) -> None:
        self.rows: list[dict[str, Any]] = []
        self.origins: list[int | None] = []
        left = {str(row[self.id_field]): row for row in stored}
        named = {str(row.get(self.id_field) or "") for row in typed}
        # What somebody else added meanwhile, or what this page sent without hearing back.
        added = {k for k in left if k not in named and not self.sides.knows_row(f"{self.name}.{k}")}
        for place, row in enumerate(typed):
            key = str(row.get(self.id_field) or "")
            twin = key if key in left else next((k for k in added if k in left and self._says_it(row, left[k])), "")
            if twin:
                self._both(place, row, left.pop(twin), is_new=twin != key)
            elif not self.sides.knows_row(f"{self.name}.{key}") or self._wins(f"{self.name}.{key}", row, None):
                self._keep({**row, self.id_field: key if self.id_field == "key" else ""}, place)
        for key, row in left.items():
            if key in added or not self._wins(f"{self.name}.{key}", None, row):
                self._keep(dict(row), None)
                _note(self.merged, self.name)
        self.merged.rows[self.name], self.merged.origins[self.name] = self.rows, self.origins

    def _keep(self, row: dict[str, Any], place: int | None) -> None:
        self.rows.append(row)
        self.origins.append(place)

    def _both(self, place: int, typed: Row, stored: Row, *, is_new: bool) -> None:
        path = f"{self.name}.{stored[self.id_field]}"
        row = {
            k: v if is_new else _one(self.sides, self.merged, self.name, f"{path}.{k}", v, stored.get(k))
            for k, v in typed.items()
            if k != self.id_field
        }
        self._keep({**row, self.id_field: stored[self.id_field]}, place)

    def _wins(self, path: str, typed: Row | None, stored: Row | None) -> bool:
        """Whether what was typed holds where one side took the row out: the other side must have left it alone."""
        row = {k: v for k, v in (typed or stored or {}).items() if k != self.id_field}
        if self.sides.is_untouched(path, row):
            if typed is not None:
                _note(self.merged, self.name)
            return typed is None
        clash = Clash(path, typed, stored)
        choice = self.sides.chosen(clash)
        if not choice:
            self.merged.clashes.append(clash)
        elif choice == THEIRS:
            _note(self.merged, self.name)
        return choice != THEIRS

    def _says_it(self, typed: Row, stored: Row) -> bool:
        """Whether a new row says at least what another new row says: then they are the same."""
        return all(
            digest(v) in (digest(typed.get(k)), digest(None))
            or (isinstance(v, str) and str(typed.get(k) or "").startswith(v))
            for k, v in stored.items()
            if k != self.id_field and k in typed
        )
