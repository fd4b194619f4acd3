"""Asking the audit trail: who saw or changed what, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db.models import Q, QuerySet

from claims.queries.trail_kinds import KIND_OF
from documentation.models import AuditEvent, Patient, User
from documentation.queries.patients import merged_into

_VERBS = {
    "view": "looked at",
    "list": "looked at the list",
    "search": "searched",
    "download": "took along",
    "print": "printed",
    "denied": "was refused",
    "failed": "failed",
    "see": "saw",
}


_TOKENS = frozenset(
    "act added after alike amount answers asked before carc cases cause changed checked checks claim claims count"
    " days denial differs document done drafts drawn ended event evidence fact field fields figure form frames"
    " gone interchange item kept kind level limit link lost marks method moved needs_second number origin other"
    " outbox outcome owner packet page phone_link queue recheck replaces role rule section sessions severity"
    " sha256 shared size start status values variant version view visits was was_advised way".split()
)
"""Details that are counts, numbers, days and words of Ductus. What is not among them may be what somebody typed, such
as a reason, and may name a patient."""


@dataclass(frozen=True)
class Asked:
    """Which events are wanted; what is left out narrows nothing."""

    by: User | None = None
    kind: str = ""
    subject: str = ""
    """The number of a row, such as E000001."""
    since: date | None = None
    until: date | None = None

    @property
    def is_narrowed(self) -> bool:
        return any((self.by, self.kind, self.subject, self.since, self.until))


def events(asked: Asked, zone: tzinfo, patient: Patient | None = None) -> QuerySet[AuditEvent]:
    """The events that are wanted, the newest first; days are those of a time zone. Of a patient, also of whoever was
    merged into them.
    """
    rows = AuditEvent.objects.select_related("by").order_by("-seq")
    if patient:
        rows = rows.filter(patient__in=[patient.pk, *(p.pk for p in merged_into(patient))])
    if asked.by:
        rows = rows.filter(by=asked.by)
    if asked.kind:
        rows = rows.filter(_of_kind(asked.kind))
    if asked.subject:
        rows = rows.filter(subject=asked.subject)
    if asked.since:
        rows = rows.filter(at__gte=datetime.combine(asked.since, time(), zone))
    if asked.until:
        rows = rows.filter(at__lt=datetime.combine(asked.until + timedelta(days=1), time(), zone))
    return rows


def people() -> QuerySet[User]:
    """Everybody who can be asked for, whether or not they still work here."""
    return User.objects.order_by("last_name", "first_name", "username")


def words_of(action: str) -> str:
    """An action for people: `claim.view` is *Claim: looked at*."""
    noun, _, verb = action.partition(".")
    said = _VERBS.get(verb, verb.replace("_", " "))
    return f"{noun.replace('_', ' ').capitalize()}: {said}" if said else noun.capitalize()


def told_of(event: AuditEvent, *, sees_patients: bool) -> str:
    """What an event tells besides, on one line, as it was recorded; for whoever sees no patient without free text."""
    detail: Mapping[str, Any] = json.loads(event.detail)
    return ", ".join(
        f"{name.replace('_', ' ')}: {_plain(value) if sees_patients or name in _TOKENS else 'not shown to your role'}"
        for name, value in detail.items()
        if value != ""
    )


def kind_of(action: str) -> str:
    return KIND_OF.get(action, "changed")


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return " ".join(f"{k} {v}" for k, v in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _of_kind(kind: str) -> Q:
    if kind == "changed":
        return ~Q(action__in=[action for action, other in KIND_OF.items() if other != "changed"])
    return Q(action__in=[action for action, other in KIND_OF.items() if other == kind])
