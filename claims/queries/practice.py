"""What was changed of the practice, by whom and when, from the audit trail."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Model

from documentation.models import AuditEvent

_DONE = {
    "add": "Added",
    "close": "Closed",
    "reopen": "Opened again",
    "set_logo": "Changed the logo",
    "remove_logo": "Took the logo off",
}
_NAMES = {
    "npi": "NPI",
    "tax_id": "tax ID",
    "line1": "street address",
    "line2": "second line",
    "zip": "ZIP code",
    "licence": "license number",
    "licence_state": "license state",
}
MOST = 20


def history(subject: str) -> list[dict[str, Any]]:
    """The latest changes first, each with what the changed fields said before, as `components/history.html` takes them.
    `subject` is the one that `documentation.services.practice` records under.
    """
    kind = subject.split()[0]
    found = AuditEvent.objects.filter(subject=subject, action__startswith=f"{kind}.").select_related("by")
    return [
        {"what": _what(event), "who": event.by.display_name if event.by else "at the machine", "at": event.at}
        for event in found.order_by("-seq")[:MOST]
    ]


def subject_of(row: Model) -> str:
    return f"{row._meta.model_name} {row.pk}"


def _what(event: AuditEvent) -> str:
    act = event.action.partition(".")[2]
    if act in _DONE:
        return _DONE[act]
    was: dict[str, str] = json.loads(event.detail).get("was", {})
    words = [f"{_NAMES.get(name, name.replace('_', ' '))} (was {value or 'empty'})" for name, value in was.items()]
    return f"Changed {', '.join(words)}" if words else "Changed"
