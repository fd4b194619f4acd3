"""Matching the people and places of a case with those of the practice: location, clinician, patient.

The demo practice takes them over from the case; a real practice knows its own locations and clinicians better
than any file, so there they are matched, never changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import get_hasher, make_password
from django.core.exceptions import ValidationError

from claims.cases import CaseError, Problem
from claims.cases import schema as c
from claims.cases.problems import NOTED
from claims.cases.record import Clinician as GivenClinician
from claims.services.cast import Cast, is_demo
from documentation.kernel.permissions import Permission, Role
from documentation.models import Clinician, Location, Patient, User
from documentation.models.patients import plain
from documentation.queries.patients import look_alikes, of_chart
from documentation.services import patients
from documentation.services.audit import record

DEMO_USERNAME = re.compile(r"[^a-z0-9]+")


@contextmanager
def within(path: str) -> Iterator[None]:
    """Turn what a service finds wrong with its fields into problems of the case, under their path."""
    try:
        yield
    except ValidationError as e:
        found = e.message_dict if hasattr(e, "error_dict") else {"": e.messages}
        raise CaseError(
            Problem(f"{path}.{name}".rstrip(".") if name != "__all__" else path, NOTED, message.rstrip("."))
            for name, messages in found.items()
            for message in messages
        ) from e


def refuse(path: str, sentence: str) -> CaseError:
    return CaseError([Problem(path, NOTED, sentence.rstrip("."))])


def location_of(given: c.Location | None, *, at: datetime) -> Location:
    """The location of a case, by name or NPI; the practice's first where the case names none."""
    if given is None:
        first = Location.objects.order_by("pk").first()
        if first is None:
            raise refuse("location", "the practice has no location yet; name one")
        return first
    known = Location.objects.filter(name=given.name).first() or Location.objects.filter(npi=given.npi).first()
    if not is_demo():
        if known is None:
            raise refuse("location", "the practice has no location of this name or NPI; an administrator adds it first")
        return known
    values = {**_fields(given, "name npi tax_id time_zone phone"), **address_values(given.address)}
    return _take_over(known or Location(), values, "location", subject=given.name, at=at)


def clinician_of(given: GivenClinician, *, at: datetime) -> Clinician:
    """The clinician of a case, by NPI. In the demo practice a new one gets a user, too."""
    known = Clinician.objects.filter(npi=given.npi).select_related("user").first()
    if not is_demo():
        if known is None:
            raise refuse(
                "encounter.clinician.npi",
                "the practice has no clinician with this NPI; an administrator adds them first",
            )
        return known
    values = _fields(given, "first_name last_name credential npi licence licence_state taxonomy")
    row = known or Clinician()
    if row.user_id is None:
        row.user = _demo_user(given)
    return _take_over(row, values, "encounter.clinician", subject=f"clinician {given.npi}", at=at)


def _demo_user(given: GivenClinician) -> User:
    free = User.objects.filter(
        role=Role.CLINICIAN, clinician=None, first_name=given.first_name, last_name=given.last_name
    ).first()
    if free:
        return free
    base = DEMO_USERNAME.sub(".", plain(f"{given.first_name} {given.last_name}")).strip(".")[:60] or "clinician"
    taken = set(User.objects.filter(username__startswith=base).values_list("username", flat=True))
    username = next(n for n in (base, *(f"{base}.{i}" for i in range(2, 10_000))) if n not in taken)
    return add_demo_user(username, Role.CLINICIAN, given.first_name, given.last_name)


def add_demo_user(username: str, role: Role, first_name: str, last_name: str) -> User:
    """A user of the demo practice, with the password that all of them share."""
    user = User.objects.create_user(username, role=role, first_name=first_name, last_name=last_name)
    user.password = _demo_hash(settings.DEMO_PASSWORD, get_hasher().algorithm)
    user.save(update_fields=["password"])
    return user


@cache
def _demo_hash(password: str, _algorithm: str) -> str:
    """The hash of a password that everybody knows; to reckon it anew for each user would only take time."""
    return make_password(password)


def _take_over(row: Any, values: dict[str, Any], path: str, *, subject: str, at: datetime) -> Any:
    is_new = row.pk is None
    changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
    if not changed:
        return row
    for name, value in values.items():
        setattr(row, name, value)
    with within(path):
        row.full_clean()
    row.save()
    record(f"{row._meta.model_name}.{'add' if is_new else 'change'}", by=None, at=at, subject=subject, fields=changed)
    return row


def patient_of(given: c.Patient, *, today: date, by: Cast, at: datetime) -> Patient:
    """The patient with the case's chart number, registered or corrected.

    What the case leaves out stays as it is: a case without a phone number is no reason to forget the one we have.
    """
    values: dict[str, Any] = _fields(given, "chart_number first_name middle_name last_name birth_date sex phone email")
    if given.address:
        values |= address_values(given.address)
    known = of_chart(given.chart_number)
    who = by.who_may(Permission.PATIENT_EDIT)
    with within("patient"):
        if known is None:
            return patients.register(values, by=who, at=at, today=today)
        values = {k: v for k, v in values.items() if v != "" or k == "line2"}
        values.pop("chart_number")  # one of an earlier registration leads here, too
        if all(getattr(known, k) == v for k, v in values.items()):
            return known
        return patients.correct(known, values, by=who, at=at, today=today, seen=known.revision)


def twins_of(patient: Patient) -> list[Patient]:
    """Patients registered earlier who may be the same person under another chart number."""
    found = look_alikes(patient.last_name, patient.birth_date, besides=patient.pk)
    return list(found.filter(pk__lt=patient.pk)[:3])


def address_values(given: c.Address) -> dict[str, Any]:
    return _fields(given, "line1 line2 city state zip")


def _fields(given: object, names: str) -> dict[str, Any]:
    return {name: getattr(given, name) for name in names.split()}
