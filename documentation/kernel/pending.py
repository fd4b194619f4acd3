"""Values that were filled in for a person: each is marked, and none counts until somebody confirms it.

A mark names its value by a path, `section.field` or `section.list.row.field`, such as `procedure.anesthesia`,
`procedure.glands.12.access` or `findings.findings.f1.type`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Origin(StrEnum):
    """Where filled values came from."""

    NORMAL_STUDY = "normal_study"
    USUAL_PROCEDURE = "usual_procedure"
    FINDINGS = "findings"
    LAST_VISIT = "last_visit"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS: Mapping[Origin, str] = {
    Origin.NORMAL_STUDY: "Normal study",
    Origin.USUAL_PROCEDURE: "Usual procedure",
    Origin.FINDINGS: "Draft from the findings",
    Origin.LAST_VISIT: "Last visit",
}


@dataclass(frozen=True)
class Mark:
    """One value to confirm: where it stands, where it came from, who had it filled in (a user's key), when (ISO)."""

    path: str
    origin: str
    by: int
    at: str

    @property
    def section(self) -> str:
        return self.path.partition(".")[0]

    @property
    def rest(self) -> str:
        """The path inside its section."""
        return self.path.partition(".")[2]

    @property
    def row(self) -> str:
        """`section.list.row` of a value in a row; empty for a field of the section."""
        owner, _, _ = self.path.rpartition(".")
        return owner if owner.count(".") == 2 else ""

    def as_json(self) -> dict[str, Any]:
        return {"path": self.path, "origin": self.origin, "by": self.by, "at": self.at}


def marks_from(data: Any) -> tuple[Mark, ...]:
    """Marks as an encounter stores them."""
    return tuple(Mark(str(d["path"]), str(d["origin"]), int(d["by"]), str(d["at"])) for d in data or ())


def paths_of(marks: Iterable[Mark]) -> frozenset[str]:
    return frozenset(m.path for m in marks)


def in_section(marks: Iterable[Mark], section: str) -> tuple[Mark, ...]:
    return tuple(m for m in marks if m.section == section)


def still_marked(
    marks: Iterable[Mark],
    section: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    waiting: Collection[str] = (),
) -> tuple[Mark, ...]:
    """The marks that outlive a save of a section: whoever changes a value has confirmed it.

    `before` and `after` are the digests of the section's values by their paths inside of it; `waiting` are whole paths
    of values that wait on although they are others now.
    """
    return tuple(
        m
        for m in marks
        if m.section != section or m.path in waiting or (m.rest in after and after[m.rest] == before.get(m.rest))
    )
