"""The sections of a record as their rows say, value by value: what merging compares and marks name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from documentation.kernel.merge import digests
from documentation.models import (
    Encounter,
    Finding,
    GlandExamined,
    Interpretation,
    Intervention,
    Justification,
    OtherProcedure,
    PlanOfCare,
    PriorCare,
    PriorImaging,
    Procedure,
)

Values = dict[str, Any]
Rows = dict[str, list[Values]]

BESIDE_THE_ROW = frozenset({"id", "encounter", "position", "sources"})
"""Columns that say how a row is kept, not what it says."""


@dataclass(frozen=True)
class Part:
    """What a section is made of. `on_visit` are fields that lie on the encounter itself, `besides` those of others."""

    model: Any = None
    on_visit: tuple[str, ...] = ()
    lists: Mapping[str, Any] = field(default_factory=dict)
    besides: Mapping[Any, tuple[str, ...]] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.on_visit, *(_columns(self.model) if self.model else ()))

    def column(self, path: str) -> Any:
        """The model field of a path inside the section, such as `anesthesia` or `glands.12.access`."""
        name, _, rest = path.partition(".")
        if rest:
            return self.lists[name]._meta.get_field(rest.rpartition(".")[2])
        return (Encounter if name in self.on_visit else self.model)._meta.get_field(name)


def _columns(model: Any) -> tuple[str, ...]:
    return tuple(f.name for f in model._meta.concrete_fields if f.name not in BESIDE_THE_ROW)


CONSENT = ("consent_on", "consent_by")
PARTS: Mapping[str, Part] = {
    "visit": Part(
        on_visit=tuple("service_date start_time end_time location clinician assistant place_of_service".split()),
        lists={"other_procedures": OtherProcedure},
    ),
    "justification": Part(Justification, lists={"prior_care": PriorCare, "prior_imaging": PriorImaging}),
    "intake": Part(
        Justification,
        lists={"prior_care": PriorCare, "prior_imaging": PriorImaging},
        besides={Procedure: CONSENT},
    ),
    "procedure": Part(Procedure, ("sialoendoscopy_performed",), {"glands": GlandExamined}),
    "findings": Part(lists={"findings": Finding, "interventions": Intervention}),
    "interpretation": Part(Interpretation),
    "plan": Part(PlanOfCare),
}
NAMES = {name: "key" if name == "findings" else "id" for part in PARTS.values() for name in part.lists}
"""The field by which the rows of each list are known."""


def stored_values(encounter: Encounter, section: str) -> Values:
    """The fields of a section as they are stored."""
    part = PARTS[section]
    row = _row_of(part.model, encounter) if part.model else None
    values = {n: getattr(encounter if n in part.on_visit else row, n) for n in part.fields}
    more = {n: getattr(_row_of(model, encounter), n) for model, names in part.besides.items() for n in names}
    return {**values, **more}


def _row_of(model: Any, encounter: Encounter) -> Any:
    return getattr(encounter, model.__name__.lower())


def written_by(section: str) -> tuple[str, ...]:
    """The sections whose values a save of this one writes: the intake is a view of two others."""
    return ("justification", "procedure") if section == "intake" else (section,)


def stored_rows(encounter: Encounter, section: str) -> Rows:
    """The lists of a section as they are stored."""
    keys = {f.pk: f.key for f in encounter.findings.all()} if section == "findings" else {}
    return {name: [_row(name, row, keys) for row in getattr(encounter, name).all()] for name in PARTS[section].lists}


def _row(name: str, row: Any, keys: Mapping[int, str]) -> Values:
    values = {n: getattr(row, n) for n in _columns(type(row)) if n != "finding"}
    if name == "interventions":
        values["finding"] = keys.get(row.finding_id, "")
    return {**values, NAMES[name]: str(getattr(row, NAMES[name]))}


def base_of(encounter: Encounter, section: str) -> dict[str, str]:
    """What a page that is opened now has to remember of a section: the digest of each value by its path."""
    return digests(stored_values(encounter, section), stored_rows(encounter, section), NAMES)
