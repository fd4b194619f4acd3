"""Verbs on the practice itself: its name, its locations, its clinicians, and steps of the set-up that it does without.

What was sealed or signed keeps what it printed; the audit trail keeps what each value was before. Who or what was used
is closed, never deleted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Clinician, Location, Organization, User
from documentation.services.audit import record

R = TypeVar("R", Location, Clinician)

WANTED: dict[type[Any], dict[str, str]] = {
    Organization: {"name": "Give the name under which the practice is known to payers."},
    Location: {
        "name": "Give the name that payers know this location by.",
        "npi": "Give the NPI under which this location bills.",
        "tax_id": "Give the tax ID that payers pay to.",
        "time_zone": "Choose the time zone: it decides what 'today' is here.",
        "phone": "Give the phone number; electronic claims must name one.",
        "line1": "Give the street address.",
        "city": "Give the city.",
        "state": "Give the state by its two letters.",
        "zip": "Give the ZIP code with all nine digits.",
    },
    Clinician: {
        "first_name": "Type the first name.",
        "last_name": "Type the last name.",
        "credential": "Give the credential as it is printed behind the name, such as DDS.",
        "npi": "Give the clinician's own NPI.",
        "licence": "Give the number of the license.",
        "licence_state": "Give the state of the license by its two letters.",
        "taxonomy": "Give the taxonomy code that this NPI is registered with.",
    },
}
"""What no claim can do without, by field, with the sentence for whoever leaves it out."""
ZIP_4 = "Electronic claims want the ZIP code with all nine digits: five, and the four after the hyphen."


def missing(row: Any) -> list[str]:
    """The names of the fields that a location or clinician still lacks, or whose value does not do."""
    lacks = [name for name in WANTED[type(row)] if not getattr(row, name)]
    return [*lacks, *(["zip"] if isinstance(row, Location) and len(row.zip) == 5 else [])]


def name_practice(name: str, *, by: User, at: datetime, seen: int = 0) -> Organization:
    """Give the practice its name, or another one. `seen` is the revision that the person looked at, 0 for none."""
    _require(by)
    with transaction.atomic():
        row = Organization.objects.select_for_update().first() or Organization(pk=1, revision=0)
        _require_unchanged(row.revision, seen)
        was, row.name = row.name, name.strip()
        _require_all(row)
        row.full_clean(validate_unique=False)
        if was == row.name:
            return row
        row.revision += 1
        row.save()
        record("practice.name", by=by, at=at, subject="practice", fields=["name"], was={"name": was})
    return row


def save_location(
    location: Location | None, values: dict[str, Any], *, by: User, at: datetime, seen: int = 0
) -> Location:
    """Add a location or change one. Raises ValidationError with a sentence for each field that cannot be taken."""
    return _save(Location(), location, values, "location", by=by, at=at, seen=seen)


def save_clinician(
    clinician: Clinician | None, values: dict[str, Any], *, by: User, at: datetime, seen: int = 0
) -> Clinician:
    """The same for somebody who treats and signs."""
    return _save(Clinician(), clinician, values, "clinician", by=by, at=at, seen=seen)


def close(row: R, *, by: User, at: datetime) -> R:
    """Nothing is planned at this location, or with this clinician, any more. What was recorded stays as it is."""
    return _set_active(row, False, "close", by=by, at=at)


def open_again(row: R, *, by: User, at: datetime) -> R:
    """Take that back."""
    return _set_active(row, True, "reopen", by=by, at=at)


def leave_out(step: str, *, by: User, at: datetime, is_out: bool) -> None:
    """Say that a step of the set-up is not for this practice, or that it is after all."""
    _require(by)
    with transaction.atomic():
        row = Organization.objects.select_for_update().first()
        if row is None:
            raise NotPossible("The practice has no name yet.", "Give it one first.")
        if (step in row.not_for_us) == is_out:
            return
        row.not_for_us = [*(key for key in row.not_for_us if key != step), *([step] if is_out else [])]
        row.save(update_fields=["not_for_us"])
        record(f"practice.{'leave_out' if is_out else 'take_up'}", by=by, at=at, subject=f"set-up: {step}")


def _save(new: R, old: R | None, values: dict[str, Any], kind: str, *, by: User, at: datetime, seen: int) -> R:
    _require(by)
    with transaction.atomic():
        row: R = type(new).objects.select_for_update().get(pk=old.pk) if old else new
        if old:
            _require_unchanged(row.revision, seen)
        was = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
        for name, value in values.items():
            setattr(row, name, value)
        _require_all(row)
        _require_alone(row)
        row.full_clean(validate_unique=False)
        if old and not was:
            return row
        row.revision += 1 if old else 0
        row.save()
        detail: dict[str, Any] = {"was": was} if old else {}
        record(
            f"{kind}.{'change' if old else 'add'}",
            by=by,
            at=at,
            subject=f"{kind} {row.pk}",
            fields=sorted(was),
            **detail,
        )
    return row


def _set_active(row: R, is_active: bool, act: str, *, by: User, at: datetime) -> R:
    _require(by)
    with transaction.atomic():
        # All of them: two who close the last two locations wait for each other.
        rows: dict[int, R] = {one.pk: one for one in type(row).objects.select_for_update().order_by("pk")}
        held = rows[row.pk]
        if held.is_active == is_active:
            return held
        others = any(one.is_active for one in rows.values() if one.pk != held.pk)
        if isinstance(held, Location) and not is_active and not others:
            raise NotPossible("This is the only open location.", "Add the new one first, then close this one.")
        held.is_active = is_active
        held.revision += 1
        held.save(update_fields=["is_active", "revision"])
        kind = str(held._meta.model_name)
        record(f"{kind}.{act}", by=by, at=at, subject=f"{kind} {held.pk}")
    return held


def _require(by: User) -> None:
    if not by.may(Permission.SETTINGS_MANAGE):
        raise NotPermitted("Only an administrator changes the practice.")


def _require_unchanged(revision: int, seen: int) -> None:
    if revision != seen:
        raise NotPossible("Somebody else changed this meanwhile. Compare with the values shown now, then save again.")


def _require_all(row: Any) -> None:
    problems = {name: said for name, said in WANTED[type(row)].items() if not getattr(row, name).strip()}
    if isinstance(row, Location) and len(row.zip) == 5:
        problems["zip"] = ZIP_4
    if problems:
        raise ValidationError(problems)


def _require_alone(row: Location | Clinician) -> None:
    """Two locations of one name, or two clinicians of one NPI, could not be told apart."""
    if isinstance(row, Location) and Location.objects.filter(name=row.name).exclude(pk=row.pk).exists():
        raise ValidationError({"name": "Another location has this name. Choose one that tells them apart."})
    if isinstance(row, Clinician) and Clinician.objects.filter(npi=row.npi).exclude(pk=row.pk).exists():
        raise ValidationError({"npi": "Another clinician has this NPI. Each person has one of their own."})
