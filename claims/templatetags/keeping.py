"""Until when a patient's records are kept, on the patient's page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.conf import settings

from claims.queries.retention import kept_of
from documentation.kernel.permissions import Permission
from documentation.models import LegalHold, Patient, User
from documentation.retention.periods import KINDS
from documentation.views.work import practice_today

register = template.Library()


@register.inclusion_tag("claims/_patient_retention.html", takes_context=True)
def patient_retention(context: template.Context, patient: Patient, holds: Iterable[LegalHold]) -> dict[str, Any]:
    """The last day of keeping with the period that decided, the longest of each kind, and holds that were released."""
    user: User = context["request"].user
    today = practice_today(context["now"])
    kept = kept_of([patient], today)[patient.pk]
    decided = kept.decided_by.period if kept.decided_by else None
    return {
        "patient": patient,
        "kept": kept,
        "has_ended": kept.has_ended(today),
        "kind": KINDS[decided.kind] if decided else "",
        "why_open": decided.why_open(today, settings.PLAYBOOK_DAYS) if decided else "",
        "others": [{"kind": KINDS[c.period.kind], "counted": c} for c in kept.of_kinds],
        "on_hold": any(hold.released_at is None for hold in holds),
        "released": [hold for hold in holds if hold.released_at],
        "may_hold": user.may(Permission.LEGAL_HOLD),
    }
