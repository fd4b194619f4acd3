"""What a page and its save tell each other, so that several people can work in one section."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from documentation.forms.layout import helper_for
from documentation.forms.parts import Rows, Section
from documentation.forms.record import SectionForm
from documentation.forms.rows import rows_class
from documentation.forms.words import row_words, said
from documentation.kernel.merge import Clash, Merged, Sides, digests
from documentation.kernel.text import read_json
from documentation.models import Encounter
from documentation.queries.stored import NAMES, base_of, stored_rows

REMOVED = "removed"


@dataclass(frozen=True)
class Choice:
    """One value that two people changed, in words, and the name of the field that says which one stays."""

    label: str
    name: str
    seal: str
    typed: str
    stored: str
    target: str


def base_json(section: Section, encounter: Encounter, data: Any = None) -> str:
    """What the page was opened with: of a page that comes back, what it was opened with then."""
    if data is not None:
        return str(data.get("base", ""))
    return json.dumps(base_of(encounter, section.key), separators=(",", ":"))


def sides_of(section: Section, encounter: Encounter, data: Any, unanswered: Sequence[Any] = ()) -> Sides:
    """What a save says besides its values. A base that is missing or was tampered with knows nothing.

    `unanswered` is the data of earlier saves of the same page whose answer never came.
    """
    try:
        given = read_json(data.get("base", ""))
    except ValueError:
        given = {}
    base = {k: v for k, v in given.items() if isinstance(v, str)} if isinstance(given, dict) else {}
    choices = {k.removeprefix("keep-"): data[k] for k in data if k.startswith("keep-")}
    sent = [SectionForm(section, encounter, earlier) for earlier in unanswered]
    return Sides(base, [digests(s.values, s.rows, NAMES) for s in sent if s.is_valid()], choices)


def as_shown_now(typed: SectionForm, merged: Merged, encounter: Encounter) -> str:
    """The base of the page that was typed on, after its save: what it shows, with the names of its new rows."""
    rows = {name: [dict(r) for r in listed] for name, listed in typed.rows.items()}
    for name, names in row_names(merged, encounter, typed.section).items():
        for place, row_name in names.items():
            rows[name][place][NAMES[name]] = row_name
    return json.dumps(digests(typed.values, rows, NAMES), separators=(",", ":"))


def row_names(merged: Merged, encounter: Encounter, section: Section) -> dict[str, dict[int, str]]:
    """By list, the name of the stored row that each typed row became, by the place of the typed one."""
    stored = stored_rows(encounter, section.key)
    return {
        name: {place: row[NAMES[name]] for place, row in zip(origins, stored[name], strict=False) if place is not None}
        for name, origins in merged.origins.items()
    }


def fresh_parts(stored: SectionForm, merged: Merged) -> list[dict[str, Any]]:
    """Fields and lists that somebody else changed, drawn anew, each with its part of the base."""
    base = base_of(stored.encounter, stored.section.key)
    blocks = {b["rows"].name: b for b in stored.blocks if "rows" in b}
    items = {i.name: i for i in stored.section.items}
    parts = []
    for name in merged.foreign:
        known = {k: v for k, v in base.items() if k == name or k.startswith(f"{name}.")}
        if name in items:
            marks = stored.marks_of(stored.section.key)
            drawn = {"form": stored.form, "helper": helper_for(stored.form, [items[name]], marks)}
        elif name in blocks:
            drawn = {"block": blocks[name]}
        else:
            continue
        parts.append({"name": name, "base": json.dumps(known), "label": label_of(stored, name), **drawn})
    return parts


def label_of(form: SectionForm, name: str) -> str:
    lists = {r.name: r.title for r in form.section.lists}
    return lists.get(name) or str(form.form.fields[name].label)


def choices_of(typed: SectionForm, clashes: list[Clash]) -> list[Choice]:
    """What two people changed, field by field, with both values in words."""
    return [_choice(typed, clash) for clash in clashes]


def _choice(typed: SectionForm, clash: Clash) -> Choice:
    name, _, rest = clash.path.partition(".")
    spec = next((r for r in typed.section.lists if r.name == name), None)
    if spec is None:
        words = [said(typed.form, name, value) for value in (clash.typed, clash.stored)]
        return Choice(label_of(typed, name), f"keep-{name}", clash.seal, words[0], words[1], f"id_{name}")
    key, _, field = rest.partition(".")
    place = _place_of(typed, name, key)
    number = f"{spec.one.capitalize()}{f' {place + 1}' if place is not None else ''}"
    if not field:
        words = [_row_said(spec, typed, row) for row in (clash.typed, clash.stored)]
        return Choice(number, f"keep-{clash.path}", clash.seal, words[0], words[1], f"id_{name}")
    form = typed.lists[name].forms[place or 0]
    words = [said(form, field, value) for value in (clash.typed, clash.stored)]
    target = f"id_{name}-{place}-{field}"
    label = f"{number}: {form.fields[field].label}"
    return Choice(label, f"keep-{clash.path}", clash.seal, words[0], words[1], target)


def _place_of(typed: SectionForm, name: str, key: str) -> int | None:
    """Where on the page the row of this name stands."""
    found = (i for i, row in typed.lists[name].given if str(row.get(NAMES[name]) or "") == key)
    return next(found, None)


def _row_said(spec: Rows, typed: SectionForm, row: Mapping[str, Any] | None) -> str:
    if row is None:
        return REMOVED
    (form,) = rows_class(spec)(initial=[dict(row)], prefix=spec.name).forms
    return row_words(spec, form)


def field_id(typed: SectionForm, path: str) -> str:
    """The id of the field of a path with its section, such as `procedure.glands.12.access`."""
    name, _, rest = path.partition(".")[2].partition(".")
    if not rest:
        return f"id_{name}"
    key, _, field = rest.rpartition(".")
    place = _place_of(typed, name, key) if name in typed.lists else None
    return f"id_{name}-{place}-{field}" if place is not None else f"id_{name}"
