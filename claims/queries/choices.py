"""What lists can be narrowed to: the payers, clinicians and locations that there are, and who works on claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from claims.models import Payer
from documentation.kernel.permissions import GRANTS, Permission
from documentation.models import Clinician, Location, User
from documentation.models.together import together

WORKERS = [role.value for role, granted in GRANTS.items() if Permission.CLAIM_PREPARE in granted]
"""The roles that may work on claims."""


KINDS = ("payer", "clinician", "location", "owner")


def choices() -> dict[str, dict[int, str]]:
    """By kind the key and the name of each, in the order of names; in one query.

    `owner` are active people who may work on claims.
    """
    return choices_of(together(**asked()))


def asked() -> dict[str, QuerySet[Any]]:
    """The questions of `choices`, for those who ask more at once."""
    users = User.objects.filter(is_active=True, role__in=WORKERS)
    return {
        "payer": Payer.objects.order_by().values_list("pk", "name"),
        "clinician": Clinician.objects.order_by().values_list("pk", "last_name", "first_name"),
        "location": Location.objects.order_by().values_list("pk", "name"),
        "owner": users.order_by().values_list("pk", "last_name", "first_name", "username"),
    }


def choices_of(found: Mapping[str, list[Any]]) -> dict[str, dict[int, str]]:
    """What came of `asked`."""
    named: dict[str, dict[int, str]] = {}
    for kind in KINDS:
        rows = [(pk, *(*names, "", "")[:3]) for pk, *names in found[kind]]
        rows.sort(key=lambda row: row[1:3])
        named[kind] = {pk: f"{first} {last}".strip() or username for pk, last, first, username in rows}
    return named
