"""Verbs that remove payers and plans that came with a list, while nothing builds upon them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from claims.models import Claim, Coverage, Payer
from claims.services.holding import hold_all
from claims.services.queues import bill_patient
from claims.services.renumbering import renumber
from documentation.kernel.machine import NotPermitted
from documentation.kernel.permissions import Permission
from documentation.models import Patient, User
from documentation.models.among import among
from documentation.queries.building import what_builds
from documentation.queries.retention import on_hold
from documentation.services.audit import Told, record_many


def take_back_payers(keys: Collection[int], *, of: object, by: User, at: datetime) -> dict[int, str]:
    """Remove payers upon whom nothing builds. Returns a sentence for each of the others, by key."""
    if not by.may(Permission.PAYER_EDIT):
        raise NotPermitted("Your role does not allow you to change payers and policies.")
    with transaction.atomic():
        rows = list(Payer.objects.select_for_update().filter(among("pk", keys)).order_by("pk"))
        builds = what_builds(Payer, [p.pk for p in rows])
        stays: dict[int, str] = {}
        for payer in rows:
            if names := builds.get(payer.pk):
                stays[payer.pk] = f"{payer.name} stays: there are {' and '.join(names)} of this payer."
            elif payer.revision > 1:
                stays[payer.pk] = f"{payer.name} stays: somebody corrected this payer since."
        gone = [p for p in rows if p.pk not in stays]
        Payer.objects.filter(among("pk", [p.pk for p in gone])).delete()
        told = [Told("payer.take_back", f"payer {p.payer_id}"[:40], None, {"with": str(of)}) for p in gone]
        record_many(told, by=by, at=at)
    return stays


def take_back_coverages(keys: Collection[int], *, of: object, by: User, at: datetime) -> dict[int, str]:
    """Remove plans upon which nothing builds; claims take their new places. Returns a sentence for each of the others,
    by key.
    """
    if not by.may(Permission.COVERAGE_EDIT):
        raise NotPermitted("Your role does not allow you to change coverage.")
    with transaction.atomic():
        plans = Coverage.objects.filter(among("pk", keys))
        of_plans = Patient.objects.filter(pk__in=plans.values("patient"), encounters__isnull=False)
        treated = set(of_plans.values_list("pk", flat=True))
        hold_all(Claim.objects.filter(among("encounter__patient", treated)))
        # Whoever starts a claim with one of them at this moment is through before, or finds the plan gone.
        rows = list(plans.select_related("patient", "payer").select_for_update(of=("self",)).order_by("pk"))
        builds = what_builds(Coverage, [c.pk for c in rows])
        held = on_hold({plan.patient_id for plan in rows})
        stays: dict[int, str] = {}
        for plan in rows:
            who = f"{plan.payer.name} of {plan.patient.number} stays:"
            if names := builds.get(plan.pk):
                stays[plan.pk] = f"{who} there are {' and '.join(names)} of it."
            elif plan.patient_id in held:
                stays[plan.pk] = f"{who} the patient’s records are on legal hold."
            elif plan.revision > 1:
                stays[plan.pk] = f"{who} somebody changed it since."
        gone = [c for c in rows if c.pk not in stays]
        Coverage.objects.filter(among("pk", [c.pk for c in gone])).delete()
        moved = list(Patient.objects.filter(among("pk", treated & {c.patient_id for c in gone})).order_by("pk"))
        for patient in moved:
            bill_patient(patient)
        told = [Told("coverage.take_back", c.patient.number, c.patient_id, {"with": str(of)}) for c in gone]
        record_many(told, by=by, at=at)
        for patient in moved:
            renumber(patient, by=by, at=at)
    return stays
