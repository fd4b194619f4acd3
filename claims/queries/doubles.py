"""Patients who share a plan: with nearly the same first name they may be one person, registered twice."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from claims.models import Coverage
from documentation.models.among import among
from documentation.queries.doubles import Shared


def _members(patients: Collection[int]) -> QuerySet[Any]:
    mine = Coverage.objects.filter(among("patient", patients)).exclude(member_id="").order_by()
    return mine.values_list("member_id", flat=True)


def _plans(members: Collection[str]) -> QuerySet[Any]:
    return Coverage.objects.filter(among("member_id", members)).order_by().values_list("patient", "payer", "member_id")


SHARED_PLAN = Shared(_members, _plans, "the same member ID at the same payer")
