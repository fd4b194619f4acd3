"""What a merge of two patients means for their plans and claims: the record tells nothing of these, it asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import models

from claims.models import (
    Authorization,
    Claim,
    Coverage,
    EligibilityCheck,
    Estimate,
    Evidence,
    Packet,
    PatientCopy,
    PlanOrder,
    Predetermination,
    VisitDocument,
)
from claims.services.figures import refresh_of_plan
from claims.services.holding import hold_all
from claims.services.queues import bill_patient
from claims.services.renumbering import renumber
from documentation.kernel.machine import NotPossible
from documentation.models import Merge, Patient, User
from documentation.models.among import among
from documentation.services.merges import Part


def _label(model: type[models.Model]) -> str:
    return str(model._meta.label_lower)


MOST = 9
"""Places that plans of one patient can have."""
_OF_A_PLAN = (Claim, EligibilityCheck, Authorization, Predetermination)
"""What hangs on a plan, and goes over where the patient who stays has the very same one."""
_SINCE = (
    (Claim, "claim", "encounter__patient", "created_at"),
    (Packet, "packet", "claim__encounter__patient", "sealed_at"),
    (Predetermination, "predetermination", "encounter__patient", "asked_at"),
    (Estimate, "estimate", "encounter__patient", "recorded_at"),
    (EligibilityCheck, "eligibility check", "coverage__patient", "recorded_at"),
    (Authorization, "authorization", "coverage__patient", "recorded_at"),
    (PlanOrder, "order of plans", "patient", "confirmed_at"),
)
"""What would name both patients once it was made of them as one, by whose it is and when it was made."""


class Plans(Part):
    """Plans go over behind those that are there. The very same plan is listed once."""

    names = {
        _label(Coverage): ("plan", "plans"),
        _label(PatientCopy): ("copy of the record that was given", "copies of the record that were given"),
    }

    def hanging(self, patient: Patient) -> Iterator[tuple[str, int]]:
        yield "Claims", Claim.objects.filter(encounter__patient=patient).count()
        yield "Sealed packets", Packet.objects.filter(claim__encounter__patient=patient).count()
        shelved = Evidence.objects.filter(claim__encounter__patient=patient, removed_at=None).count()
        yield "Documents", shelved + VisitDocument.objects.filter(encounter__patient=patient, removed_at=None).count()
        yield "Estimates", Estimate.objects.filter(encounter__patient=patient).count()
        yield "Eligibility checks", EligibilityCheck.objects.filter(coverage__patient=patient).count()
        yield "Authorizations", Authorization.objects.filter(coverage__patient=patient).count()

    model = Coverage

    def hold(self, kept: Patient, gone: Patient) -> None:
        hold_all(Claim.objects.filter(encounter__patient__in=[kept.pk, gone.pk]))

    def changes(self, kept: Patient, gone: Patient) -> Mapping[str, Mapping[int, dict[str, Any]]]:
        found: dict[str, dict[int, dict[str, Any]]] = {}
        for plan, change, same in _placed(kept, gone):
            found.setdefault(_label(Coverage), {})[plan.pk] = {**change, "revision": plan.revision + 1}
            if same is None:
                continue
            for model in _OF_A_PLAN:
                keys = model._default_manager.filter(coverage=plan).values_list("pk", flat=True)
                found.setdefault(_label(model), {}).update({key: {"coverage_id": same.pk} for key in keys})
        return found

    def said(self, kept: Patient, gone: Patient) -> Iterator[str]:
        for plan, change, same in _placed(kept, gone):
            if same:
                yield (
                    f"Both have {plan.payer.name} with the same member ID: it is listed once,"
                    f" as it is at {kept.number}, and takes over what hangs on the other."
                )
            elif "priority" in change:
                yield (
                    f"{plan.payer.name} of {gone.number} pays in place {change['priority']} then, because"
                    f" place {plan.priority} is taken. Look at the order of the plans afterwards."
                )

    def follow(self, *patients: Patient, by: User, at: datetime) -> None:
        for patient in patients:
            bill_patient(patient)
            for plan in Coverage.objects.filter(patient=patient).order_by("pk"):
                refresh_of_plan(plan)
        for patient in patients:
            renumber(patient, by=by, at=at)

    def new_since(self, merge: Merge) -> Iterator[str]:
        for model, name, whose, when in _SINCE:
            rows = model._default_manager.filter(**{whose: merge.kept, f"{when}__gte": merge.merged_at})
            if number := rows.count():
                many = f"{number} {name}s were" if number > 1 and " of " not in name else f"{_a(name)} was"
                yield f"{many.capitalize()} made since, of both as one person."
        moved = merge.rows.filter(table=_label(Coverage))
        now = dict(
            Coverage.objects.filter(among("pk", moved.values_list("key", flat=True))).values_list("pk", "revision")
        )
        if any(now.get(row.key) != row.before["revision"] + 1 for row in moved):
            yield f"A plan that came from {merge.gone.number} was changed since."


def _a(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _placed(kept: Patient, gone: Patient) -> Iterator[tuple[Coverage, dict[str, Any], Coverage | None]]:
    """Each plan of `gone` with what changes in it, and the very same plan of `kept` where there is one."""
    here = list(Coverage.objects.filter(patient=kept, is_active=True))
    same = {(plan.payer_id, plan.member_id): plan for plan in here}
    taken = {plan.priority for plan in here}
    for plan in Coverage.objects.filter(patient=gone).select_related("payer").order_by("priority", "pk"):
        if not plan.is_active:
            yield plan, {}, None
        elif (plan.payer_id, plan.member_id) in same:
            yield plan, {"is_active": False}, same[plan.payer_id, plan.member_id]
        elif plan.priority not in taken:
            taken.add(plan.priority)
            yield plan, {}, None
        else:
            place = max(taken) + 1 if max(taken) < MOST else next((n for n in range(1, MOST + 1) if n not in taken), 0)
            if not place:
                raise NotPossible(
                    f"{kept.number} and {gone.number} have more than {MOST} plans together."
                    " Take those off the list that cover nothing any more, then merge them."
                )
            taken.add(place)
            yield plan, {"priority": place}, None
