"""Verbs that fill values in for a person, confirm them, and take them back.

What is filled in is marked and counts for nothing until it is confirmed. What somebody typed is never overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from documentation import filling as f
from documentation.facts import EncounterFacts
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.merge import digest
from documentation.kernel.pending import Mark, Origin, in_section, marks_from
from documentation.kernel.permissions import Permission
from documentation.kernel.vocabulary import GLAND, SIDE
from documentation.models import Encounter, User
from documentation.queries.encounters import draft_facts, with_record
from documentation.queries.habits import last_procedure
from documentation.queries.last_visit import last_visit
from documentation.queries.prose import proposed_facts
from documentation.queries.stored import PARTS, base_of, stored_rows, stored_values
from documentation.services.audit import record
from documentation.services.encounters import save_section
from documentation.workflow import ENCOUNTER, EncounterStatus

NOTHING = digest(None)


def fill_normal_study(encounter: Encounter, *, by: User, at: datetime, gland: str = "", side: str = "") -> Encounter:
    """Fill in what a normal study of the gland with the complaint fills, from the endoscope to the plan.

    `gland` and `side` answer for a record that does not name them yet. Raises ValidationError where nobody says them,
    NotPossible where something abnormal is recorded or nothing is left to fill in, NotPermitted.
    """
    with transaction.atomic():
        now = _open(encounter, by, EncounterStatus.DRAFT)
        if any(x.type != "normal" for x in now.findings.all()):
            raise NotPossible(
                "A finding is recorded that is not normal, so this is no normal study. Nothing was filled in."
            )
        place = _place(now, gland, side, by=by, at=at)
        marks = _fill(now, Origin.NORMAL_STUDY, [f.usual_procedure(*place, last_procedure(now))], by=by, at=at)
        marks += _fill(now, Origin.NORMAL_STUDY, [f.normal_findings(_all_facts(now))], by=by, at=at)
        marks += _fill(now, Origin.NORMAL_STUDY, _drafted(now), by=by, at=at)
        return _marked(encounter, Origin.NORMAL_STUDY, marks, by=by, at=at)


def fill_usual_procedure(encounter: Encounter, *, by: User, at: datetime, gland: str = "", side: str = "") -> Encounter:
    """Fill in the procedure as this clinician usually does it; what is found stays open. Raises as a normal study."""
    with transaction.atomic():
        now = _open(encounter, by, EncounterStatus.DRAFT)
        place = _place(now, gland, side, by=by, at=at)
        marks = _fill(now, Origin.USUAL_PROCEDURE, [f.usual_procedure(*place, last_procedure(now))], by=by, at=at)
        return _marked(encounter, Origin.USUAL_PROCEDURE, marks, by=by, at=at)


def draft_from_findings(encounter: Encounter, *, by: User, at: datetime) -> Encounter:
    """Draft reading, comparison, diagnosis and plan from what was found. Raises NotPossible, NotPermitted."""
    with transaction.atomic():
        now = _open(encounter, by, EncounterStatus.DRAFT)
        if not now.findings.exists():
            raise NotPossible(
                "No finding is recorded yet, so there is nothing to write from. Record what was seen first."
            )
        marks = _fill(now, Origin.FINDINGS, _drafted(now), by=by, at=at)
        return _marked(encounter, Origin.FINDINGS, marks, by=by, at=at)


def carry_over(encounter: Encounter, *, by: User, at: datetime) -> Encounter:
    """Fill in what still holds of the patient's last visit. Raises NotPossible where there is none, NotPermitted."""
    with transaction.atomic():
        now = _open(encounter, by)
        before = _last_visit(now)
        marks = _fill(now, Origin.LAST_VISIT, f.from_last_visit(before), by=by, at=at)
        return _marked(encounter, Origin.LAST_VISIT, marks, by=by, at=at)


def carry_finding(encounter: Encounter, key: str, *, by: User, at: datetime) -> Encounter:
    """Take one finding of the last visit over, because somebody saw it again. Raises as `carry_over`."""
    with transaction.atomic():
        now = _open(encounter, by, EncounterStatus.DRAFT)
        found = f.carried_finding(_last_visit(now), key)
        if found is None:
            raise NotPossible("The last visit has no such finding. Load the page again.")
        marks = _fill(now, Origin.LAST_VISIT, [found], add=True, by=by, at=at)
        return _marked(encounter, Origin.LAST_VISIT, marks, by=by, at=at)


def confirm(encounter: Encounter, seen: Mapping[str, str], *, by: User, at: datetime) -> Encounter:
    """Confirm values. `seen` holds, by path, the digest of each value that the person looked at.

    Raises NotPossible where one of them is another value by now: nobody confirms what they did not see.
    """
    with transaction.atomic():
        row = _open(encounter, by)
        marks = marks_from(row.to_confirm)
        stored = {f"{s}.{p}": d for s in {p.partition(".")[0] for p in seen} for p, d in _digests(row, s).items()}
        changed = [path for path, value in seen.items() if stored.get(path) != value]
        if changed:
            were = f"{len(changed)} of these values were" if len(changed) > 1 else "One of these values was"
            raise NotPossible(
                f"{were} changed after you opened the page. Nothing was confirmed. Look again, then confirm."
            )
        confirmed = [m.path for m in marks if m.path in seen]
        if confirmed:
            row.to_confirm = [m.as_json() for m in marks if m.path not in seen]
            row.revision += 1
            row.save(update_fields=["to_confirm", "revision"])
            record("encounter.confirm", by=by, at=at, subject=row, patient=row.patient, values=confirmed)
    encounter.refresh_from_db()
    return encounter


def undo(encounter: Encounter, origin: Origin, *, by: User, at: datetime) -> Encounter:
    """Take back what one action filled in and nobody confirmed or changed. Raises NotPossible, NotPermitted."""
    with transaction.atomic():
        row = _open(encounter, by)
        mine = [m for m in marks_from(row.to_confirm) if m.origin == origin]
        if not mine:
            raise NotPossible(
                "Nothing of it is left to take back: it was confirmed or changed. Change single values by hand."
            )
        # Backwards, so that a finding goes after the texts and treatments that speak of it.
        for section in reversed(list(PARTS)):
            if in_section(mine, section):
                _take_back(row, section, in_section(mine, section), by=by, at=at)
        record("encounter.undo", by=by, at=at, subject=row, patient=row.patient, origin=origin.value)
    encounter.refresh_from_db()
    return encounter


# --- How it is done -----------------------------------------------------------------------------------------------


def _open(encounter: Encounter, by: User, needed: EncounterStatus | None = None) -> Encounter:
    if not by.may(Permission.ENCOUNTER_EDIT):
        raise NotPermitted("Your role does not allow you to document encounters.")
    Encounter.objects.select_for_update().get(pk=encounter.pk)
    row = with_record().get(pk=encounter.pk)
    if row.is_locked or row.status == EncounterStatus.CANCELLED:
        raise NotPossible(f"This record is {ENCOUNTER.label(row.status).lower()} and can no longer be changed.")
    if needed and row.status != needed:
        raise NotPossible("This visit is still planned. Start documenting it first; then this can be filled in.")
    return row


def _place(encounter: Encounter, gland: str, side: str, *, by: User, at: datetime) -> tuple[str, str]:
    """Gland and side of the complaint; where the record lacks them, those given now, which are recorded with it."""
    j = encounter.justification
    if j.gland and j.side:
        return j.gland, j.side
    place = (j.gland or gland, j.side or side)
    if place[0] not in GLAND or place[1] not in SIDE:
        raise ValidationError({"gland": "Say which gland was examined and on which side."})
    save_section(encounter, "justification", {"gland": place[0], "side": place[1]}, by=by, at=at)
    return place


def _last_visit(encounter: Encounter) -> EncounterFacts:
    before = last_visit(encounter)
    if before is None:
        raise NotPossible("There is no earlier signed visit of this patient to take anything from.")
    return before


def _all_facts(encounter: Encounter) -> EncounterFacts:
    return draft_facts(with_record().get(pk=encounter.pk), with_unconfirmed=True)


def _drafted(encounter: Encounter) -> tuple[f.Filling, ...]:
    return f.from_findings(proposed_facts(with_record().get(pk=encounter.pk)))


def _fill(
    encounter: Encounter, origin: Origin, fillings: Iterable[f.Filling], *, by: User, at: datetime, add: bool = False
) -> list[Mark]:
    """Put values in where nothing stands, rows where a list is empty; with `add` at the end of any list."""
    marks = []
    for filling in fillings:
        row = with_record().get(pk=encounter.pk)
        before = base_of(row, filling.section)
        values, rows = _missing(row, filling, add=add)
        if not values and not rows:
            continue
        save_section(row, filling.section, values, rows, by=by, at=at)
        after = _digests(row, filling.section)
        marks += [
            Mark(f"{filling.section}.{path}", origin.value, by.pk, at.isoformat())
            for path, value in after.items()
            if value not in (before.get(path), NOTHING)
        ]
    return marks


def _missing(
    row: Encounter, filling: f.Filling, *, add: bool
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    kept, lists = stored_values(row, filling.section), stored_rows(row, filling.section)
    values = {
        name: value
        for name, value in filling.values.items()
        if name != "sources" and digest(kept[name]) == NOTHING != digest(value)
    }
    written = {n: s for n, s in filling.values.get("sources", {}).items() if n in values}
    if written:
        values["sources"] = {**getattr(row, PARTS[filling.section].model.__name__.lower()).sources, **written}
    rows = {n: [*lists[n], *map(dict, given)] for n, given in filling.rows.items() if given and (add or not lists[n])}
    return values, rows


def _marked(encounter: Encounter, origin: Origin, marks: list[Mark], *, by: User, at: datetime) -> Encounter:
    if not marks:
        raise NotPossible("Nothing is left to fill in: the record says all of this already.")
    row = Encounter.objects.get(pk=encounter.pk)
    row.to_confirm = [*row.to_confirm, *(m.as_json() for m in marks)]
    row.save(update_fields=["to_confirm"])
    record("encounter.fill", by=by, at=at, subject=row, patient=row.patient, origin=origin.value, values=len(marks))
    encounter.refresh_from_db()
    return encounter


def _digests(encounter: Encounter, section: str) -> dict[str, str]:
    """The digests of a section as it is stored at this moment."""
    return base_of(Encounter.objects.get(pk=encounter.pk), section) if section in PARTS else {}


def _take_back(encounter: Encounter, section: str, marks: tuple[Mark, ...], *, by: User, at: datetime) -> None:
    """Empty the marked fields, and take out each row in which nobody touched anything."""
    row = with_record().get(pk=encounter.pk)
    part = PARTS[section]
    empty = {m.rest: part.column(m.rest).get_default() for m in marks if not m.row}
    texts = set(empty)
    if part.model and hasattr(part.model, "sources") and texts:
        sources = getattr(row, part.model.__name__.lower()).sources
        empty["sources"] = {n: s for n, s in sources.items() if n not in texts}
    marked = {m.rest for m in marks}
    said = {path for path, value in base_of(row, section).items() if path.count(".") == 2 and value != NOTHING}
    touched = {path.rpartition(".")[0] for path in said - marked}
    rows = {}
    for name, listed in stored_rows(row, section).items():
        known_by = "key" if name == "findings" else "id"
        kept = [r for r in listed if f"{name}.{r[known_by]}" in touched]
        if len(kept) < len(listed):
            rows[name] = kept
    left = {r["key"] for r in rows.get("findings", ())}
    if left or "findings" in rows:
        for treatment in rows.get("interventions", ()):
            treatment["finding"] = treatment["finding"] if treatment["finding"] in left else ""
    save_section(row, section, empty, rows, by=by, at=at)
