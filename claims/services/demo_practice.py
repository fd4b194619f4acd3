"""The invented practice: its organization, location, people and fee. It stands only where nothing else does."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from claims.cases import read_folder
from claims.demo import SEED
from claims.models import RulesRelease
from claims.services.case_people import add_demo_user, clinician_of, location_of
from claims.services.cast import cast_of
from claims.services.payers import set_fee
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Permission, Role
from documentation.models import Organization, Patient, User
from documentation.services.audit import record

PEOPLE = (
    ("clinician", Role.CLINICIAN, "Casey", "Example"),
    ("assistant", Role.ASSISTANT, "Jordan", "Sample"),
    ("biller", Role.BILLER, "Morgan", "Sample"),
    ("manager", Role.MANAGER, "Taylor", "Specimen"),
    ("administrator", Role.ADMINISTRATOR, "Quinn", "Specimen"),
)
"""One obviously invented person for each role."""


def is_empty() -> bool:
    """Whether nobody has begun to use this database."""
    return not (Organization.objects.exists() or User.objects.exists() or Patient.objects.exists())


def make_sure(*, at: datetime) -> bool:
    """Set the demo practice up in an empty database; True when it was. Raises NotPossible in production."""
    if not is_empty():
        return False
    if settings.PRODUCTION:
        raise NotPossible(
            "This database is empty, and in production no invented practice is set up. Create your practice first."
        )
    with transaction.atomic():
        reference = read_folder(SEED).case
        practice = Organization(pk=1, name=reference.location.name if reference.location else "Demo", is_demo=True)
        practice.full_clean()
        practice.save()
        for username, role, first_name, last_name in PEOPLE:
            add_demo_user(username, role, first_name, last_name)
        record("practice.set_up", by=None, at=at, subject=practice.name, demo=True)
        # Its rules were looked at when it was invented; a real practice does that itself.
        RulesRelease.objects.create(released_at=at)
        location_of(reference.location, at=at)
        clinician_of(reference.encounter.clinician, at=at)
        biller = cast_of(()).who_may(Permission.PAYER_EDIT)
        set_fee("D0371", reference.fee or Decimal("850.00"), effective_on=date(2020, 1, 1), by=biller, at=at)
    return True
