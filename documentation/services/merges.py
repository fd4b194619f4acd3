"""Verbs on patients who were registered twice: made one, taken back, told apart.

The row of the one who goes stays, points at the one who stays, and is no longer found by itself. Every row that points
at a patient is led over, and a locked one says what it said: of a signed record nothing changes but whose it is, and
what may not be changed at all stays where it is. So a merge can be taken back while nothing new hangs on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import capfirst

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.locks import all_locks
from documentation.models import AuditEvent, Encounter, Merge, MovedRow, NotSame, Patient, PatientWord, Signature, User
from documentation.models.among import among
from documentation.queries.patients import birth_problem, heir_of, merged_into
from documentation.services.audit import record
from documentation.services.patients import keep_words

ADDRESS = ("line1", "line2", "city", "state", "zip")
CHOICES: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in ("first_name", "middle_name", "last_name", "birth_date", "sex")},
    "address": ADDRESS,
    "phone": ("phone",),
    "email": ("email",),
}
"""What is chosen of two patients, with the fields that it stands for. Each keeps its chart number: both are found."""

_OWN: tuple[type[models.Model], ...] = (Patient, PatientWord, Merge, NotSame)
"""Rows that are of a registration, not of the person."""


Changes = Mapping[str, Mapping[int, dict[str, Any]]]
"""By table and the key of a row, what changes in it."""


class Part:
    """What an app above this one does when two patients become one, and when they become two again."""

    names: Mapping[str, tuple[str, str]] = {}
    """By table, what one and what several of its rows are called."""

    def hanging(self, patient: Patient) -> Iterator[tuple[str, int]]:
        """What hangs on the rows of a patient and goes over with them, and how much of it there is."""
        yield from ()

    def hold(self, kept: Patient, gone: Patient) -> None:
        """Hold what it writes, before anything else is held."""

    def changes(self, kept: Patient, gone: Patient) -> Changes:
        """What changes in rows of `gone` besides their patient, and in rows that hang on these. Raises NotPossible."""
        return {}

    def said(self, kept: Patient, gone: Patient) -> Iterator[str]:
        """The same in sentences, for whoever is about to merge them. Raises NotPossible."""
        yield from ()

    def follow(self, *patients: Patient, by: User, at: datetime) -> None:
        """Bring up to date what follows from the rows of these patients."""

    def new_since(self, merge: Merge) -> Iterator[str]:
        """Sentences on what came since a merge and would be torn apart."""
        yield from ()


PARTS: list[Part] = []
"""Apps above this one add theirs."""


@dataclass(frozen=True)
class Counted:
    """How many rows of a kind are led over."""

    name: str
    number: int


def moving() -> list[tuple[type[models.Model], str]]:
    """Every table that points at patients and whose rows are led over, with the name of the field that points.

    A table in which nothing may change stays as it is; it is reached by way of `merged_into`.
    """
    fixed = {lock.table for lock in all_locks() if lock.event == "UPDATE" and lock.when == "1 = 1"}
    found = []
    for relation in Patient._meta.get_fields(include_hidden=True):
        points = relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)
        other: Any = relation
        if not points or other.related_model in _OWN or not other.field.db_constraint:
            continue
        if other.related_model._meta.db_table not in fixed:
            found.append((other.related_model, other.field.name))
    return sorted(found, key=lambda pair: str(pair[0]._meta.label_lower))


def counted(patient: Patient) -> list[Counted]:
    """What there is of a patient that a merge leads over, and of what hangs on it; names as a person reads them."""
    found = [Counted(capfirst(_name(m, 2)), m._base_manager.filter(**{name: patient}).count()) for m, name in moving()]
    found += [Counted(name, number) for part in PARTS for name, number in part.hanging(patient)]
    return [one for one in found if one.number]


def _name(model: type[models.Model], number: int) -> str:
    """What rows of a table are called."""
    label = str(model._meta.label_lower)
    for names in (_NAMES, *(part.names for part in PARTS)):
        if label in names:
            return names[label][number != 1]
    return str(model._meta.verbose_name if number == 1 else model._meta.verbose_name_plural)


_NAMES = {"documentation.encounter": ("visit", "visits")}


def merge(
    kept: Patient,
    gone: Patient,
    *,
    take: Collection[str] = (),
    seen: tuple[int, int],
    by: User,
    at: datetime,
    today: date,
) -> Merge:
    """Make two registrations of one person one: `kept` stays, and all there is of `gone` is led to it.

    `take` names what of CHOICES is taken from `gone`; `seen` are the revisions of both that the person looked at.
    Raises NotPossible with a sentence where it cannot be, ValidationError where a value cannot be taken.
    """
    _require(by)
    if kept.pk == gone.pk:
        raise NotPossible("This is one and the same registration. Choose another patient.")
    with transaction.atomic():
        kept, gone = _held(kept, gone)
        _refuse_merged(kept, gone)
        if (kept.revision, gone.revision) != seen:
            raise NotPossible(
                "Somebody changed one of the two patients meanwhile. Look at both again, then merge them."
            )
        before = _taken(kept, gone, take, today)
        changes = {label: rows for part in PARTS for label, rows in part.changes(kept, gone).items()}
        rows = {m: set(m._base_manager.filter(**{n: gone}).values_list("pk", flat=True)) for m, n in moving()}
        stood = {
            str(m._meta.label_lower): sorted(m._base_manager.filter(**{n: kept}).values_list("pk", flat=True))
            for m, n in moving()
        }
        gone.merged_into = kept
        _save(gone)
        _save(kept)
        row = Merge(kept=kept, gone=gone, before=before, stood=stood, merged_at=at, merged_by=by)
        row.save()
        _lead_over(row, rows, changes, kept)
        for part in PARTS:
            part.follow(kept, by=by, at=at)
        numbers = {str(m._meta.model_name): len(keys) for m, keys in rows.items() if keys}
        record("patient.merge", by=by, at=at, subject=kept, patient=kept, gone=gone.number, fields=sorted(take))
        record("patient.merged_away", by=by, at=at, subject=gone, patient=gone, kept=kept.number, moved=numbers)
    return row


def _lead_over(row: Merge, rows: Mapping[type[models.Model], Collection[int]], changes: Changes, kept: Patient) -> None:
    """Write down what is led over and changed, then do it: the locks look at what was written down."""
    todo: dict[str, dict[int, dict[str, Any]]] = {label: dict(found) for label, found in changes.items()}
    for model, name in moving():
        mine = todo.setdefault(str(model._meta.label_lower), {})
        for key in rows[model]:
            mine[key] = {f"{name}_id": kept.pk, **mine.get(key, {})}
    for label, found in todo.items():
        names = sorted({name for change in found.values() for name in change})
        olds = apps.get_model(label)._base_manager.filter(among("pk", found)).values("pk", *names)
        befores = {old["pk"]: old for old in olds}
        MovedRow.objects.bulk_create(
            MovedRow(merge=row, table=label, key=key, before={name: befores[key][name] for name in found[key]})
            for key in sorted(found)
        )
        for key, change in sorted(found.items()):
            apps.get_model(label)._base_manager.filter(pk=key).update(**change)


def objections(row: Merge) -> list[str]:
    """Why a merge cannot be taken back any more; none where it can."""
    kept, gone = row.kept, row.gone
    if row.undone_at:
        return ["This merge was taken back already."]
    if kept.merged_into_id:
        heir = heir_of(kept)
        return [f"{kept.number} was itself merged into {heir.number} since. Take that back first."]
    later = Merge.objects.filter(kept=kept, undone_at=None, pk__gt=row.pk).select_related("gone").first()
    if later:
        return [f"{later.gone.number} was merged into {kept.number} later. Take that back first."]
    found = []
    corrected = AuditEvent.objects.filter(patient=kept, action="patient.correct", at__gte=row.merged_at)
    if corrected.exists():
        found.append(f"{kept.number} was corrected since, so it is not known which values belong to {gone.number}.")
    moved: dict[str, set[int]] = {}
    for table, key in row.rows.values_list("table", "key"):
        moved.setdefault(table, set()).add(key)
    for model, name in moving():
        table = str(model._meta.label_lower)
        known = {*row.stood.get(table, ()), *moved.get(table, ())}
        new = model._base_manager.filter(**{name: kept}).exclude(among("pk", known)).count()
        if new:
            came = "was added since, and nobody can tell to which of the two it belongs."
            if new > 1:
                came = "were added since, and nobody can tell to which of the two they belong."
            found.append(f"{new} {_name(model, new)} {came}")
    signed = Signature.objects.filter(
        among("encounter", moved.get("documentation.encounter", ())), signed_at__gte=row.merged_at
    ).select_related("encounter")
    found += [f"{s.encounter.number} was signed since, and names {kept.number}." for s in signed]
    for part in PARTS:
        found += part.new_since(row)
    return found


@dataclass(frozen=True)
class Standing:
    """A merge that stands, with the reasons why it cannot be taken back: none where it can."""

    row: Merge
    objections: list[str]


def merges_of(patient: Patient, *, with_objections: bool) -> list[Standing]:
    """Who was merged into this patient, the newest first."""
    rows = Merge.objects.filter(kept=patient, undone_at=None).select_related("kept", "gone", "merged_by")
    return [Standing(row, objections(row) if with_objections else []) for row in rows]


def take_back(row: Merge, *, by: User, at: datetime) -> Merge:
    """Make the two patients of a merge two again; everything returns to where it was. Raises NotPossible."""
    _require(by)
    with transaction.atomic():
        kept, gone = _held(row.kept, row.gone)
        row = Merge.objects.select_for_update().get(pk=row.pk)
        row.kept, row.gone = kept, gone
        if why := objections(row):
            raise NotPossible(*why)
        row.undone_at, row.undone_by = at, by
        row.save(update_fields=["undone_at", "undone_by"])
        gone.merged_into = None
        for name, value in row.before.items():
            setattr(kept, name, _field(name).to_python(value))
        _save(gone)
        _save(kept)  # after: who is merged into it tells by what it is found
        for moved in row.rows.all():
            apps.get_model(moved.table)._base_manager.filter(pk=moved.key).update(**moved.before)
        for part in PARTS:
            part.follow(kept, gone, by=by, at=at)
        record("patient.merge_undo", by=by, at=at, subject=kept, patient=kept, gone=gone.number)
        record("patient.merge_undo", by=by, at=at, subject=gone, patient=gone, kept=kept.number)
    return row


def tell_apart(one: Patient, other: Patient, *, by: User, at: datetime) -> NotSame:
    """Remember that somebody looked at two patients and says that they are two people."""
    if not by.may(Permission.PATIENT_EDIT):
        raise NotPermitted("Your role does not allow you to change patients.")
    if one.pk == other.pk:
        raise NotPossible("This is one and the same registration. Choose another patient.")
    first, second = sorted((one, other), key=lambda p: p.pk)
    with transaction.atomic():
        row, is_new = NotSame.objects.get_or_create(first=first, second=second, defaults={"said_at": at, "said_by": by})
        if is_new:
            record("patient.told_apart", by=by, at=at, subject=first, patient=first, other=second.number)
            record("patient.told_apart", by=by, at=at, subject=second, patient=second, other=first.number)
    return row


def differing(kept: Patient, gone: Patient) -> list[str]:
    """What of CHOICES the two say differently."""
    return [name for name, fields in CHOICES.items() if any(getattr(kept, f) != getattr(gone, f) for f in fields)]


def _require(by: User) -> None:
    if not by.may(Permission.PATIENT_MERGE):
        raise NotPermitted("Your role does not allow you to merge patients. Ask the office manager.")


def _held(kept: Patient, gone: Patient) -> tuple[Patient, Patient]:
    """Both, held in one order whoever stays: of two people who merge the same pair the second finds it merged."""
    for part in PARTS:
        part.hold(kept, gone)
    keys = (kept.pk, gone.pk)
    list(Encounter.objects.select_for_update().filter(patient__in=keys).order_by("pk").values_list("pk"))
    rows = {p.pk: p for p in Patient.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    if len(rows) < 2:
        raise NotPossible("One of the two patients is no longer there. Look for them again.")
    return rows[kept.pk], rows[gone.pk]


def _refuse_merged(*patients: Patient) -> None:
    for patient in patients:
        if patient.merged_into_id:
            heir = heir_of(patient)
            raise NotPossible(f"{patient.number} was merged into {heir.number} already. Open {heir.number} instead.")


def _taken(kept: Patient, gone: Patient, take: Collection[str], today: date) -> dict[str, Any]:
    """Give `kept` what is taken from `gone`. Returns its values from before, as JSON keeps them."""
    if strange := set(take) - CHOICES.keys():
        raise ValidationError(dict.fromkeys(strange, "There is nothing to choose by this name."))
    fields = [f for name in sorted(take) for f in CHOICES[name] if getattr(kept, f) != getattr(gone, f)]
    before = {f: _field(f).value_to_string(kept) for f in fields}
    for name in fields:
        setattr(kept, name, getattr(gone, name))
    kept.full_clean()
    if said := birth_problem(kept.birth_date, today):
        raise ValidationError({"birth_date": said})
    return before


def _field(name: str) -> models.Field[Any, Any]:
    return next(field for field in Patient._meta.concrete_fields if field.name == name)


def _save(patient: Patient) -> None:
    patient.search_text = patient.make_search_text(merged_into(patient))
    patient.revision += 1
    patient.save()
    keep_words(patient)
