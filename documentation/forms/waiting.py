"""Values that wait to be confirmed, in words and in the order of the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from documentation.forms.fields import LinesField
from documentation.forms.parts import Group as Fields
from documentation.forms.parts import Item, Section
from documentation.forms.record import SectionForm
from documentation.forms.sections import SECTIONS
from documentation.forms.words import said
from documentation.models import Encounter
from documentation.prose.compose import FIELDS
from documentation.prose.tracking import Told
from documentation.queries.encounters import draft_facts
from documentation.queries.prose import field_prose
from documentation.queries.stored import NAMES, base_of


@dataclass(frozen=True)
class Value:
    """One value: its path, the digest of what is shown, its label and words, and the id of its field.

    `changed` are the sentences of a drafted text whose facts say something else by now.
    """

    path: str
    seal: str
    label: str
    words: str
    field: str
    changed: tuple[Told, ...] = ()


@dataclass(frozen=True)
class Group:
    """The values of a section, or of one of its rows, under a title."""

    title: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class SectionWaiting:
    section: Section
    groups: tuple[Group, ...]

    @property
    def count(self) -> int:
        return sum(len(g.values) for g in self.groups)


def waiting_of(encounter: Encounter) -> list[SectionWaiting]:
    """Everything that waits. `encounter` comes from `with_record`."""
    found = []
    for section in SECTIONS:
        form = SectionForm(section, encounter) if section.body else None
        if form and form.waiting:
            found.append(SectionWaiting(section, tuple(_groups(form, base_of(encounter, section.key)))))
    return found


def _groups(typed: SectionForm, seals: dict[str, str]) -> list[Group]:
    key = typed.section.key
    groups = []
    for spec in typed.section.body:
        if isinstance(spec, Fields):
            groups.append(Group(spec.title, _values(typed, seals, typed.form, key, spec.items)))
            continue
        for n, form in enumerate(typed.lists[spec.name].forms, start=1):
            owner = f"{key}.{spec.name}.{form[NAMES[spec.name]].value()}"
            values = _values(typed, seals, form, owner, (*spec.items, *spec.more))
            groups.append(Group(f"{spec.one.capitalize()} {n}", values))
    return [g for g in groups if g.values]


def _values(
    typed: SectionForm, seals: dict[str, str], form: Any, owner: str, items: tuple[Item, ...]
) -> tuple[Value, ...]:
    marks = typed.marks_of(owner)
    return tuple(
        Value(
            path,
            seals[path.partition(".")[2]],
            _label(form, item),
            _words(form, item),
            f"id_{form.add_prefix(item.name)}",
            _changed(typed.encounter, path),
        )
        for item in items
        if (path := marks.get(item.name))
    )


def _changed(encounter: Encounter, path: str) -> tuple[Told, ...]:
    return field_prose(encounter, draft_facts(encounter), path).changed if path in FIELDS else ()


def _label(form: Any, item: Item) -> str:
    return str(form.fields[item.name].label)


def _words(form: Any, item: Item) -> str:
    value = form.initial.get(item.name)
    if isinstance(value, list) and isinstance(form.fields[item.name], LinesField):
        return "\n".join(value)
    words = said(form, item.name, value)
    return f"{words.capitalize() if isinstance(value, bool) else words} {item.unit}".strip()
