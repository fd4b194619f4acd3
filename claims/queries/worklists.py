"""Queues: every open claim is in exactly one, the one that names what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from claims.models import Appeal, Claim, Denial, Submission, VisitToBill, WriteOff
from claims.workflow import (
    APPEALS_TO_SEND,
    BILLED,
    Adjudication,
    AppealStatus,
    Closing,
    DenialStatus,
    Preparation,
    Transport,
    WriteOffStatus,
)
from documentation.models import Encounter
from documentation.models.among import others
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
    Queue("second_person", "Second person", "Approve or refuse the write-off", "attention", Q(write_off_asked=True)),
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
    Queue("first_plan", "First plan open", "Wait for the plan that pays first", "draft", Q(first_plan_open=True)),
    Queue("to_send", "Ready to send", "Build the packet and send it", "ready", Q(preparation=Preparation.READY)),
    Queue("to_prepare", "To prepare", "Mend what the checks name", "draft", Q()),
)
"""In the order in which they claim a claim: the first that fits is its queue."""

BY_KEY = {queue.key: queue for queue in QUEUES}


def with_signs(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Claims annotated with what decides their word and their queue, and with `record_moved_on`: whether a later
    version of their record was signed or is being written.
    """
    denials = Denial.objects.filter(claim=OuterRef("pk"))
    appeals = Appeal.objects.filter(claim=OuterRef("pk"))
    return claims.annotate(
        open_denial=Exists(denials.exclude(status=DenialStatus.RESOLVED)),
        appeal_to_send=Exists(appeals.filter(status__in=APPEALS_TO_SEND)),
        appeal_sent=Exists(appeals.filter(status=AppealStatus.SENT)),
        record_moved_on=moved_on(),
    )


def moved_on() -> Exists:
    """Of the claim around it: whether a later version of its record was signed or is being written."""
    later = Encounter.objects.exclude(status=EncounterStatus.CANCELLED)
    return Exists(later.filter(previous=OuterRef("encounter")))


def first_plan_open() -> Case:
    """Of the claim around it: whether the plan that pays before it did not decide yet, so that it cannot be filed."""
    # A plan that pays later has nothing to do before the one before it decided; a patient's only plan never waits.
    before = Claim.objects.filter(
        encounter=OuterRef("encounter"),
        sequence__lt=OuterRef("sequence"),
        closing=Closing.OPEN,
        adjudication__in=(Adjudication.NONE, Adjudication.PENDED),
    )
    return Case(When(Q(sequence__gt=1) & Exists(before), then=Value(True)), default=Value(False))


def placed(rows: QuerySet[Claim] | None = None) -> QuerySet[Any]:
    """Open claims with their `queue`, and with what decides it; `rows` are some of them."""
    asked = WriteOff.objects.filter(claim=OuterRef("pk"), status=WriteOffStatus.REQUESTED)
    whens = [When(q.condition, then=Value(q.key)) for q in QUEUES[:-1]]
    return (
        with_signs(Claim.objects.filter(closing=Closing.OPEN) if rows is None else rows)
        .annotate(
            write_off_asked=Exists(asked),
            first_plan_open=first_plan_open(),
        )
        .annotate(queue=Case(*whens, default=Value(QUEUES[-1].key), output_field=CharField()))
    )


def queued() -> QuerySet[Any]:
    """The same with what lists show, oldest service first."""
    return shown(placed())


def shown(claims: QuerySet[Any]) -> QuerySet[Any]:
    """Claims with what lists show of them, oldest service first."""
    return claims.select_related(
        "encounter__patient", "encounter__clinician", "encounter__location", "coverage__payer", "owner"
    ).order_by("service_date", "pk")


def last_sending() -> QuerySet[Submission]:
    """Of the claim around it, the sendings with the newest first."""
    return Submission.objects.filter(claim=OuterRef("pk")).order_by("-sent_on", "-pk")


def queue_counts() -> dict[str, int]:
    """How many open claims each queue has; every queue is named, an empty one with 0."""
    found = placed().order_by().values("queue").annotate(n=Count("pk"))
    return {**dict.fromkeys(BY_KEY, 0), **{r["queue"]: r["n"] for r in found}}


def appeals_by_deadline() -> QuerySet[Appeal]:
    """The tracker: every appeal, the ones to send first by their deadline, then the sent, then the decided."""
    order = Case(
        When(status__in=APPEALS_TO_SEND, then=Value(0)),
        When(status=AppealStatus.SENT, then=Value(1)),
        default=Value(2),
    )
    return (
        Appeal.objects.annotate(turn=order)
        .select_related("claim__encounter__patient", "claim__coverage__payer", "denial")
        .order_by("turn", "due_on", "pk")
    )


def appeals_to_send() -> QuerySet[Appeal]:
    """Appeals that wait to be sent."""
    return Appeal.objects.filter(status__in=APPEALS_TO_SEND).order_by()


def visits_to_bill() -> QuerySet[VisitToBill]:
    """Signed visits that have a claim to start."""
    return VisitToBill.objects.order_by()


def to_bill(versions: QuerySet[Any] | None = None) -> Q:
    """Of encounters: nothing of the visit was billed, or a claim was voided and its plan waits for another one.

    Where only some are asked for, `versions` are those of their visits: no other void claim is looked at then.
    """
    visits = void_alone(versions).values("visit")
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


def void_alone(versions: QuerySet[Any] | None = None) -> QuerySet[Any]:
    """Void claims, each with its `visit`, in whose place nothing was billed to the plan, though the plan is on the
    patient's list and in force on the day; of all visits, or of some `versions` of records.
    """
    if versions is None:
        void = Claim.objects.filter(closing=Closing.VOIDED)
    else:
        void = Claim.objects.filter(encounter__in=versions).exclude(closing__in=others(Closing, Closing.VOIDED))
    visit = Coalesce("encounter__origin", "encounter")
    billed = Claim.objects.filter(closing__in=BILLED, coverage=OuterRef("coverage")).alias(visit=visit)
    begins, ends = F("coverage__effective_on"), F("coverage__terminated_on")
    in_force = Q(Q(service_date__gte=begins) | Q(coverage__effective_on=None)) & Q(
        Q(service_date__lte=ends) | Q(coverage__terminated_on=None)
    )
    found = void.filter(in_force, coverage__is_active=True).annotate(visit=visit)
    return found.filter(~Exists(billed.filter(visit=OuterRef("visit")))).order_by()
