"""Verbs on versions of a record: unlock a signed one as a new draft, abandon the draft, take it up again.

The signed version stays in force until the new one is signed (`signing.sign` then replaces it). So every visit has one
version that counts at any moment, and giving up a correction needs nothing to be put back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.locks import record_tables
from documentation.models import Encounter, User
from documentation.queries.versions import version_after
from documentation.services.audit import record
from documentation.services.transitions import perform
from documentation.workflow import ENCOUNTER, EncounterStatus

OWN = frozenset(
    {"id", "status", "version", "previous", "origin", "unlock_reason", "case_id", "case_sha256"}
    | {"created_at", "created_by"}
)
"""Columns of an encounter that a new version does not take over."""


def unlock(encounter: Encounter, reason: str, *, by: User, at: datetime, seen: int | None = None) -> Encounter:
    """Open a signed record again as a new version: a draft with everything that was signed, and the reason.

    Whether the person gave the password at this moment is the caller's to check. `seen` is the revision of the record
    that the person read. Raises NotPermitted for anybody but the treating clinician, NotPossible for a record that is
    not in force or is being corrected already, ValidationError for a reason that is missing or too long.
    """
    if getattr(by, "clinician", None) is None or by.clinician.pk != encounter.clinician_id:
        raise NotPermitted(f"Only {encounter.clinician} can unlock this record: it is their work that it tells of.")
    with transaction.atomic():
        row = _in_force(encounter.pk)
        if seen is not None and row.revision != seen:
            raise NotPossible("The record changed after you opened this page. Look at it again, then unlock it.")
        version = Encounter(
            **{f.attname: getattr(row, f.attname) for f in Encounter._meta.concrete_fields if f.name not in OWN},
            version=row.version + 1,
            previous=row,
            origin_id=row.visit_key,
            unlock_reason=reason,
            created_at=at,
            created_by=by,
        )
        try:
            version.full_clean(validate_unique=False, validate_constraints=False)
        except ValidationError as e:
            raise ValidationError({"reason": e.message_dict.get("unlock_reason", e.messages)}) from e
        if not version.unlock_reason:
            raise ValidationError({"reason": "Say why the record is opened again. The reason stays with it for good."})
        version.save(force_insert=True)
        _carry_over(row, version)
        detail = {"version": version.version, "new": version.number}
        record("encounter.unlock", by=by, at=at, subject=row, patient=row.patient, **detail)
        with perform(ENCOUNTER, "start", version, by=by, at=at, patient=row.patient):
            pass
    return version


def abandon(version: Encounter, *, by: User, at: datetime) -> Encounter:
    """Give up a new version that is not signed. The signed one simply goes on; what was written here stays."""
    if version.version == 1:
        raise NotPossible("This is the first version of the record. A visit that does not take place is cancelled.")
    with perform(ENCOUNTER, "abandon", version, by=by, at=at, patient=version.patient):
        pass
    return version


def resume(version: Encounter, *, by: User, at: datetime) -> Encounter:
    """Take an abandoned version up again, while the version that it was made from is still in force."""
    if version.previous_id is None:
        raise NotPossible("This is the first version of the record. A cancelled visit is planned again.")
    with transaction.atomic():
        _in_force(version.previous_id)
        with perform(ENCOUNTER, "resume", version, by=by, at=at, patient=version.patient):
            pass
    return version


def _in_force(pk: int) -> Encounter:
    """The signed version that a new one may follow, locked against a second unlock at the same moment."""
    row = Encounter.objects.select_for_update().get(pk=pk)
    after = version_after(row)
    if row.status == EncounterStatus.SUPERSEDED and after is not None:
        raise NotPossible(f"Version {after.version}, {after}, has replaced this one. Unlock that one instead.")
    if row.status != EncounterStatus.SIGNED:
        raise NotPossible(
            f"This record is {ENCOUNTER.label(row.status).lower()}, not signed."
            " Only a signed record is unlocked; this one can be changed directly."
        )
    if after is not None:
        raise NotPossible(f"This record is being corrected already, as version {after.version}: {after}. Go on there.")
    return row


def _carry_over(old: Encounter, new: Encounter) -> None:
    """Copy every row of the record. Links between rows lead to the copies; files are shared, for they never change."""
    copies: dict[tuple[type[models.Model], Any], models.Model] = {(Encounter, old.pk): new}
    for model in parts():
        rows = list(model._default_manager.filter(encounter=old).order_by("pk"))
        for row in rows:
            copy = _copied(row, copies)
            copy.save(force_insert=True)
            copies[model, row.pk] = copy


def _copied(row: models.Model, copies: dict[tuple[type[models.Model], Any], models.Model]) -> models.Model:
    values = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        copy = copies.get((field.related_model, value)) if field.related_model else None
        if copy is not None:
            value = copy.pk
        if not (field.primary_key and not field.is_relation):
            values[field.attname] = value
    return type(row)(**values)


def parts() -> list[type[models.Model]]:
    """The tables of a record, each one after those that it points to."""
    tables = record_tables()
    left = [m for m in apps.get_app_config("documentation").get_models() if m._meta.db_table in tables]
    ordered: list[type[models.Model]] = []
    while left:
        ready = [m for m in left if not _points_to(m) & (set(left) - {m})]
        ordered += ready
        left = [m for m in left if m not in ready]
    return ordered


def _points_to(model: type[models.Model]) -> set[Any]:
    return {f.related_model for f in model._meta.concrete_fields if f.is_relation}


__all__ = ["abandon", "parts", "resume", "unlock"]
