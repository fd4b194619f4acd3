"""Queues: every open claim is in exactly one, the one that names what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from claims.models import Appeal, Claim, Denial, Submission
from claims.queries.filing import with_clock
from claims.workflow import (
    APPEALS_TO_SEND,
    BILLED,
    Adjudication,
    AppealStatus,
    Closing,
    DenialStatus,
    Preparation,
    Transport,
)
from documentation.models import Encounter
from documentation.workflow import EncounterStatus


@dataclass(frozen=True)
class Queue:
    """A queue: its key in addresses, its name, what to do, its tone, and the condition on an annotated claim."""

    key: str
    label: str
    next_step: str
    tone: str
    condition: Q


_ANSWERED = [Adjudication.PAID, Adjudication.PARTLY_PAID, Adjudication.PATIENT_SHARE]

QUEUES = (
    Queue("appeal_due", "Appeal due", "Finish and send the appeal", "appeal", Q(appeal_to_send=True)),
    Queue("appeal_waiting", "Appeal sent", "Wait for the decision", "appeal", Q(appeal_sent=True)),
    Queue("denied", "Denied", "Decide: appeal, correct or close", "denied", Q(open_denial=True)),
    Queue("rejected", "Rejected", "Mend it and send it again", "attention", Q(transport=Transport.REJECTED)),
    Queue("answered", "Answered", "Look at the answer and close", "paid", Q(adjudication__in=[*_ANSWERED, "denied"])),
    Queue(
        "waiting",
        "Waiting",
        "Wait, or ask the payer",
        "submitted",
        Q(transport__in=[Transport.SENT, Transport.ACCEPTED]),
    ),
    Queue("held", "Held", "Look why it is held", "attention", Q(preparation=Preparation.HELD)),
    Queue("to_send", "Ready to send", "Build the packet and send it", "ready", Q(preparation=Preparation.READY)),
    Queue("to_prepare", "To prepare", "Mend what the checks name", "draft", Q()),
)
"""In the order in which they claim a claim: the first that fits is its queue."""

BY_KEY = {queue.key: queue for queue in QUEUES}


def with_signs(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Claims annotated with what decides their word and their queue, and with `record_moved_on`: whether a later
    version of their record was signed or is being written.
    """
    later = Encounter.objects.exclude(status=EncounterStatus.CANCELLED)
    denials = Denial.objects.filter(claim=OuterRef("pk"))
    appeals = Appeal.objects.filter(claim=OuterRef("pk"))
    return claims.annotate(
        open_denial=Exists(denials.exclude(status=DenialStatus.RESOLVED)),
        appeal_to_send=Exists(appeals.filter(status__in=APPEALS_TO_SEND)),
        appeal_sent=Exists(appeals.filter(status=AppealStatus.SENT)),
        record_moved_on=Exists(later.filter(previous=OuterRef("encounter"))),
    )


def queued() -> QuerySet[Any]:
    """Open claims with their `queue`, oldest service first."""
    whens = [When(q.condition, then=Value(q.key)) for q in QUEUES[:-1]]
    return (
        with_signs(Claim.objects.filter(closing=Closing.OPEN))
        .annotate(queue=Case(*whens, default=Value(QUEUES[-1].key), output_field=CharField()))
        .select_related("encounter__patient", "encounter__clinician", "encounter__location", "coverage__payer")
        .order_by("service_date", "pk")
    )


def in_queue(key: str) -> QuerySet[Claim]:
    """The claims of one queue with their open denials, in the order of work: by last day, then oldest service."""
    denials = Denial.objects.exclude(status=DenialStatus.RESOLVED).select_related("owner").prefetch_related("appeals")
    return (
        with_clock(queued().filter(queue=key))
        .annotate(sent_on=Subquery(_last_sending().values("sent_on")[:1]))
        .prefetch_related(Prefetch("denials", denials), "coverage__payer__playbook")
        .order_by(F("figures__at_risk_until").asc(nulls_last=True), "service_date", "pk")
    )


def _last_sending() -> QuerySet[Submission]:
    return Submission.objects.filter(claim=OuterRef("pk")).order_by("-sent_on", "-pk")


def queue_counts() -> dict[str, int]:
    """How many open claims each queue has; every queue is named, an empty one with 0."""
    found = queued().order_by().values("queue").annotate(n=Count("pk"))
    return {**dict.fromkeys(BY_KEY, 0), **{r["queue"]: r["n"] for r in found}}


def appeals_by_deadline() -> QuerySet[Appeal]:
    """The tracker: every appeal, the ones to send first by their deadline, then the sent, then the decided."""
    order = Case(
        When(status__in=APPEALS_TO_SEND, then=Value(0)),
        When(status=AppealStatus.SENT, then=Value(1)),
        default=Value(2),
    )
    return (
        Appeal.objects.annotate(stage=order)
        .select_related("claim__encounter__patient", "claim__coverage__payer", "denial")
        .order_by("stage", "due_on", "pk")
    )


MOST_COUNTED = 100
"""The navigation counts no further: whether 100 or 1,000 wait makes no difference there, only for the database."""


def appeals_to_send() -> int:
    """How many appeals wait to be sent, up to MOST_COUNTED."""
    return Appeal.objects.filter(status__in=APPEALS_TO_SEND).order_by()[:MOST_COUNTED].count()


def visits_to_bill() -> int:
    """How many signed visits have a claim to start, up to MOST_COUNTED."""
    return Encounter.objects.filter(to_bill(), status="signed").order_by()[:MOST_COUNTED].count()


def to_bill() -> Q:
    """Of encounters: nothing of the visit was billed, or a claim was voided and its plan waits for another one."""
    visits = void_alone().values("visit")
    return not_billed() | Q(pk__in=visits) | Q(origin__in=visits)


def not_billed() -> Q:
    """Of encounters: no version of the visit was billed. A corrected record does not make the service a new one."""
    billed = Claim.objects.filter(closing__in=BILLED)
    # Most visits have one version: only the others ask for the claims of the earlier ones.
    is_first = Q(origin__isnull=True)
    by_another = Exists(billed.filter(encounter=OuterRef("origin"))) | Exists(
        billed.filter(encounter__origin=OuterRef("origin"))
    )
    return ~Q(Exists(billed.filter(encounter=OuterRef("pk")))) & (is_first | ~Q(by_another))


def void_alone() -> QuerySet[Any]:
    """Void claims, each with its `visit`, in whose place nothing was billed to the plan, though the plan is on the
    patient's list and in force on the day.
    """
    visit = Coalesce("encounter__origin", "encounter")
    billed = Claim.objects.filter(closing__in=BILLED, coverage=OuterRef("coverage")).alias(visit=visit)
    begins, ends = F("coverage__effective_on"), F("coverage__terminated_on")
    in_force = Q(Q(service_date__gte=begins) | Q(coverage__effective_on=None)) & Q(
        Q(service_date__lte=ends) | Q(coverage__terminated_on=None)
    )
    found = Claim.objects.filter(in_force, closing=Closing.VOIDED, coverage__is_active=True).annotate(visit=visit)
    return found.filter(~Exists(billed.filter(visit=OuterRef("visit")))).order_by()
