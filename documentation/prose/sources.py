"""Facts by their paths: their values, their sum, and what they are called for the person who looks them up.

A path is such as `justification.onset_on`, `procedure.glands[0].extent` (by place), `findings[f1].size_mm` (by key),
`findings[].type` (of all), `images[f1]` (the figures of a finding) or `interventions[f1]` (its treatments).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from documentation.facts import EncounterFacts
from documentation.kernel import vocabulary as v
from documentation.kernel.dates import short_date
from documentation.prose.phrases import capital, days, number

_STEP = re.compile(r"^(\w+)(?:\[([\w-]*)\])?$")
_SECTIONS = {"interventions": "findings", "diagnoses": "plan", "service_date": "visit"}
_ROWS = {"prior_care": "Treatment before", "prior_imaging": "Imaging before", "glands": "Gland", "findings": "Finding"}
_WORDS: Mapping[str, v.Vocabulary] = {
    "indications": v.INDICATION, "gland": v.GLAND, "side": v.SIDE, "duct": v.DUCT, "access": v.ACCESS,
    "extent": v.EXTENT, "segment": v.SEGMENT, "mobility": v.MOBILITY, "visibility": v.VISIBILITY,
    "modality": v.IMAGING_MODALITY, "result": v.IMAGING_RESULT, "complications": v.COMPLICATION,
    "incomplete_causes": v.INCOMPLETE_CAUSE, "not_judged": v.SEGMENT, "next_steps": v.NEXT_STEP,
}  # fmt: skip
_NAMES = {
    "onset_on": "since", "episodes_per_month": "episodes a month", "relation_to_meals": "worse at meals",
    "complete": "complete", "palpable": "palpable", "inconclusive": "left the question open",
    "distance_from_papilla_mm": "from the papilla", "size_mm": "size", "length_mm": "length", "count": "how many",
    "lumen_percent": "% of the lumen", "follow_up_days": "next visit", "pain": "pain of 10",
}  # fmt: skip


@dataclass(frozen=True)
class Receipt:
    """What a sentence rests on, in words, and the field where it stands: a section of the form and an id on it."""

    label: str
    words: str
    section: str
    anchor: str


def value_at(e: EncounterFacts, path: str) -> Any:
    """The value that a path names; None where the row is gone."""
    found: Any = e
    for step in path.split("."):
        match = _STEP.match(step)
        if match is None or found is None:
            return None
        name, place = match[1], match[2]
        if place is not None and name in ("images", "interventions"):
            found = tuple(
                x.figure if name == "images" else (x.type, x.note) for x in getattr(e, name) if x.finding == place
            )
            continue
        found = tuple(getattr(x, name, None) for x in found) if isinstance(found, tuple) else getattr(found, name, None)
        if place:
            found = _row(found, place)
    return found


def _row(rows: Any, place: str) -> Any:
    if place.isdigit():
        return rows[int(place)] if int(place) < len(rows) else None
    return next((row for row in rows if row.key == place), None)


def digest_of(e: EncounterFacts, paths: Iterable[str]) -> str:
    """The sum of these facts: it changes when one of them does, and only then."""
    values = [[path, _plain(value_at(e, path))] for path in paths]
    return hashlib.sha256(json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, tuple):
        return [_plain(x) for x in value]
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def receipts(e: EncounterFacts, paths: Iterable[str]) -> tuple[Receipt, ...]:
    """The facts behind a sentence, one line for each row or field, without those that are empty."""
    lines: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for path in paths:
        words = _told(path.rpartition(".")[2], value_at(e, path), path)
        owner = _owner(e, path)
        if words and owner:
            label, section, anchor = owner
            lines.setdefault((label, section), (anchor, []))[1].append(words)
    return tuple(
        Receipt(label, capital(", ".join(dict.fromkeys(words))), section, anchor)
        for (label, section), (anchor, words) in lines.items()
    )


def _owner(e: EncounterFacts, path: str) -> tuple[str, str, str] | None:
    """(label, section, id of the field) of what a path belongs to."""
    first, *rest = path.split(".")
    match = _STEP.match(first)
    if match is None or match[1] == "patient":
        return None
    name, place = match[1], match[2]
    section = _SECTIONS.get(name, name)
    if place is not None:
        if name == "findings" and place:
            at = next((i for i, f in enumerate(e.findings) if f.key == place), None)
            return None if at is None else (f"Finding {at + 1}", section, f"id_findings-{at}-type")
        words = {"images": "Figures", "interventions": "Treatment", "findings": "All findings"}[name]
        return words, section, f"id_{name}"
    row = _STEP.match(rest[0]) if rest else None
    if row and row[2]:
        return f"{_ROWS[row[1]]} {int(row[2]) + 1}", section, f"id_{row[1]}-{row[2]}-{rest[1]}"
    label = {"diagnoses": "Diagnoses", "service_date": "Visit"}.get(name) or _LABELS.get(rest[0] if rest else "", "")
    return label or capital(name), section, f"id_{rest[0] if rest else name}"


_LABELS = {
    **dict.fromkeys(("gland", "side", "onset_on", "episodes_per_month", "relation_to_meals", "pain"), "The complaint"),
    "indications": "Indications",
    "recommendations": "Recommendations",
    "follow_up_days": "Follow-up",
}


def _told(name: str, value: Any, path: str) -> str:
    """A value in words; empty for what was not recorded."""
    if value in (None, "", ()):
        return ""
    if path.startswith("images["):
        return ", ".join(str(n) for n in value)
    if path.startswith("interventions["):
        return ", ".join(v.INTERVENTION.label(kind).lower() for kind, _ in value)
    if isinstance(value, bool):
        words = _NAMES.get(name, name.replace("_", " "))
        return words if value else f"not {words}"
    if isinstance(value, date):
        return f"since {short_date(value)}" if name == "onset_on" else short_date(value)
    if name == "type":
        kinds = v.FINDING if path.startswith("findings") else v.PRIOR_CARE
        return ", ".join(kinds.label(t).lower() for t in ((value,) if isinstance(value, str) else value))
    if name == "passable":
        return f"passable: {v.PASSABLE.label(value).lower()}"
    if name in _WORDS:
        return ", ".join(_WORDS[name].label(t).lower() for t in ((value,) if isinstance(value, str) else value))
    if isinstance(value, tuple):
        return "; ".join(str(x) for x in value)
    if name.endswith("_mm"):
        words = _NAMES.get(name, "")
        return f"{number(value)} mm {words}" if name.startswith("distance") else f"{words} {number(value)} mm"
    if name == "follow_up_days":
        return f"next visit in {days(value)}"
    if isinstance(value, int):
        return (
            f"{value}{_NAMES[name]}"
            if _NAMES.get(name, "").startswith("%")
            else f"{value} {_NAMES.get(name, '')}".strip()
        )
    return str(value)
