"""Appeals as people look for them: by deadline, by stage, and one with everything on its page."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from claims.models import Appeal, StatusCall, Submission
from claims.queries.days import DaysAfter
from claims.queries.letters import title_of
from claims.queries.worklists import appeals_by_deadline
from claims.workflow import APPEALS_TO_SEND, AppealStatus, Closing
from documentation.models import AuditEvent
from documentation.models.together import together

OVERDUE = "overdue"
STAGES = {
    "to_send": ("To send", APPEALS_TO_SEND),
    "sent": ("Waiting for the decision", (AppealStatus.SENT,)),
    OVERDUE: ("No decision in time", (AppealStatus.SENT,)),
    "done": ("Decided or withdrawn", (AppealStatus.DECIDED, AppealStatus.WITHDRAWN)),
}
"""Stages of an appeal by key: label and states."""


DECISION_DAYS = 60
"""After how many days an appeal is asked for where no rule says when it is decided. A habit, not a rule."""


def at_stage(stage: str, today: date) -> QuerySet[Appeal]:
    """Appeals of one stage, or all of them where it is none of STAGES, in the tracker's order."""
    if stage == OVERDUE:
        return undecided(today)
    found = _listed(appeals_by_deadline())
    return found.filter(status__in=STAGES[stage][1]) if stage in STAGES else found


def _listed(found: QuerySet[Appeal]) -> QuerySet[Appeal]:
    return found.select_related(
        "claim__encounter__patient", "claim__encounter__location", "claim__coverage__payer", "claim__owner", "denial"
    ).annotate(sent_on=Subquery(_sendings().values("sent_on")[:1]))


def _sendings() -> QuerySet[Submission]:
    """Of the appeal around it, the newest first."""
    return Submission.objects.filter(appeal=OuterRef("pk")).order_by("-sent_on", "-pk")


def stage_counts(today: date) -> dict[str, int]:
    """How many appeals each stage has, in one query."""
    overdue = undecided(today).order_by().values_list("pk")
    found = together(
        by_status=Appeal.objects.order_by().values("status").annotate(n=Count("pk")).values_list("status", "n"),
        overdue=Appeal.objects.filter(pk__in=overdue).order_by().values("status").annotate(n=Count("pk")),
    )
    by_status = dict(found["by_status"])
    counts = {key: sum(by_status.get(s, 0) for s in states) for key, (_, states) in STAGES.items()}
    return {**counts, OVERDUE: sum(n for _, n in found["overdue"])}


def undecided(today: date) -> QuerySet[Any]:
    """Appeals that were sent and whose payer should have decided, or whose next call is due; the longest first.

    Each has `sent_on`, `asked_on` (the newest call since, or None) and `ask_on`, the day on which it came up.
    """
    calls = StatusCall.objects.filter(claim=OuterRef("claim"), called_on__gte=OuterRef("sent_on")).order_by("-pk")
    found = Appeal.objects.filter(status=AppealStatus.SENT, claim__closing=Closing.OPEN)
    return (
        _listed(found)
        .annotate(asked_on=Subquery(calls.values("called_on")[:1]), again_on=Subquery(calls.values("next_on")[:1]))
        .annotate(ask_on=Coalesce("again_on", "decide_by", DaysAfter("sent_on", Value(DECISION_DAYS))))
        .filter(ask_on__lt=today)
        .order_by("ask_on", "pk")
    )


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


def levels(appeal: Appeal) -> list[dict[str, Any]]:
    """The other appeals of the same denial, the first level first."""
    others = appeal.denial.appeals.exclude(pk=appeal.pk).order_by("level", "pk")
    return [{"appeal": a, "title": title_of(a)} for a in others]


def has_higher(appeal: Appeal) -> bool:
    """Whether a higher level of the same denial stands."""
    higher = appeal.denial.appeals.filter(level__gt=appeal.level)
    return bool(higher.exclude(status=AppealStatus.WITHDRAWN).exists())


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
        detail = json.loads(event.detail)
        if detail.get("level", appeal.level) != appeal.level:
            continue
        what, tone = _TOLD[event.action]
        if reason := detail.get("nothing_new"):
            what = f"{what} although nothing of it was new: {reason}"
        told.append({"what": what, "who": event.by.display_name if event.by else "", "at": event.at, "tone": tone})
    return told
