"""Appeals as people look for them: by deadline, by stage, and one with everything on its page."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Count, QuerySet

from claims.models import Appeal
from claims.queries.worklists import appeals_by_deadline
from claims.workflow import APPEALS_TO_SEND, AppealStatus
from documentation.models import AuditEvent

STAGES = {
    "to_send": ("To send", APPEALS_TO_SEND),
    "sent": ("Waiting for the decision", (AppealStatus.SENT,)),
    "done": ("Decided or withdrawn", (AppealStatus.DECIDED, AppealStatus.WITHDRAWN)),
}
"""Stages of an appeal by key: label and states."""


def at_stage(stage: str) -> QuerySet[Appeal]:
    """Appeals of one stage, or all of them where it is none of STAGES, in the tracker's order."""
    found = appeals_by_deadline().select_related(
        "claim__encounter__patient", "claim__encounter__location", "claim__coverage__payer", "denial__owner"
    )
    found = found.prefetch_related("submissions")
    return found.filter(status__in=STAGES[stage][1]) if stage in STAGES else found


def stage_counts() -> dict[str, int]:
    """How many appeals each stage has."""
    by_status = dict(Appeal.objects.order_by().values_list("status").annotate(n=Count("pk")))
    return {key: sum(by_status.get(s, 0) for s in states) for key, (_, states) in STAGES.items()}


def with_everything() -> QuerySet[Appeal]:
    """Appeals with what their page shows."""
    return Appeal.objects.select_related(
        "claim__encounter__patient",
        "claim__encounter__location",
        "claim__encounter__clinician",
        "claim__coverage__payer",
        "claim__coverage__patient",
        "denial__packet",
        "denial__answer__remittance",
        "packet__pdf",
        "packet__zip",
        "opened_by",
    ).prefetch_related("submissions__recorded_by", "packet__parts")


_TOLD = {
    "appeal.open": ("Appeal started", "appeal"),
    "appeal.letter": ("Letter changed", ""),
    "appeal.seal": ("Packet sealed", "ready"),
    "appeal.edit": ("Opened for editing again", ""),
    "appeal.send": ("Sent", "submitted"),
    "appeal.decide": ("Decision recorded", "paid"),
    "appeal.withdraw": ("Withdrawn", "draft"),
}


def history(appeal: Appeal) -> list[dict[str, Any]]:
    """What happened to an appeal, the newest first."""
    subjects = [appeal.claim.number, str(appeal)]
    events = (
        AuditEvent.objects.filter(subject__in=subjects, action__in=list(_TOLD)).select_related("by").order_by("-seq")
    )
    told = []
    for event in events:
        if json.loads(event.detail).get("level", appeal.level) != appeal.level:
            continue
        what, tone = _TOLD[event.action]
        told.append({"what": what, "who": event.by.display_name if event.by else "", "at": event.at, "tone": tone})
    return told
