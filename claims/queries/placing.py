"""The place of an open claim in the worklist as its rows say now: what `QueuedClaim` keeps, and nothing else asks.

Lists ask the kept rows (`queries.narrowing`); whoever changes a claim asks here what has become of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, CharField, DateField, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest

from claims.models import Appeal, Claim, Denial
from claims.queries.last_days import Clocks, clocks, last_day_to_file
from claims.queries.worklists import last_sending, placed
from claims.workflow import Adjudication, AppealOutcome, AppealStatus, Closing, DenialStatus, Transport
from documentation.models.among import Keys, among, others
from documentation.models.together import Prepared

PLACE = (
    "pk", "queue", "owner", "coverage__payer", "encounter__clinician", "encounter__location", "kind", "service_date",
    "cause", "channel", "dollars", "last_on", "open_denial", "sent_on",
)  # fmt: skip
"""What is kept of a claim, in the order of the fields of `QueuedClaim`."""
OVERTURNED = (AppealOutcome.OVERTURNED_FULL, AppealOutcome.OVERTURNED_PARTIAL)


class Place(NamedTuple):
    """What there is to know of the place of claims, in the order of the fields of what keeps it."""

    open: list[tuple[Any, ...]]
    """A row for each claim that is open, with the values of PLACE."""
    decided: list[tuple[int, int, int, str, int]]
    """Decided appeals: appeal, claim, payer, cause, and 1 where the payer gave way."""


def place_of(claims: Collection[int]) -> Place:
    """The place of these claims."""
    found = _places({"claims": claims}, clocks())
    return Place(found["open"], found["decided"])


@Prepared
def _places(keys: Mapping[str, Keys], said: Clocks) -> dict[str, QuerySet[Any]]:
    return {"open": places(keys["claims"], said), "decided": decided(keys["claims"])}


def places(claims: Keys | None = None, said: Clocks | None = None) -> QuerySet[Any]:
    """The places of these claims, or of all: a row for each that is open, with the values of PLACE."""
    rows = None
    if claims is not None:
        rows = Claim.objects.filter(among("pk", claims)).exclude(closing__in=others(Closing, Closing.OPEN))
    found = with_place(placed(rows), said)
    return found.order_by("pk").values_list(*PLACE)


def with_place(claims: QuerySet[Any], said: Clocks | None = None) -> QuerySet[Any]:
    """Claims as `placed` gives them, with the values of PLACE that are worked out."""
    open_denials = Denial.objects.filter(claim=OuterRef("pk")).exclude(status=DenialStatus.RESOLVED)
    zero = Value(Decimal("0.00"), DecimalField(max_digits=10, decimal_places=2))
    left = F("total") - Coalesce(F("figures__paid"), zero)
    # As `owed` of the figures, or what is to be billed: of what the payer decided, lines that it left undecided are at
    # stake, and what it denied as long as a denial is open, which alone is then worked on.
    is_undecided = Q(open_denial=False, adjudication__in=(Adjudication.NONE, Adjudication.PENDED))
    to_file = Q(open_denial=False, transport__in=(Transport.NONE, Transport.REJECTED), adjudication="none")
    channel = Subquery(last_sending().values("channel")[:1], output_field=CharField())
    return claims.annotate(
        cause=Coalesce(Subquery(open_denials.order_by("denied_on", "pk").values("cause")[:1]), Value("")),
        channel=Coalesce(channel, Value("")),
        dollars=Greatest(
            Case(
                When(is_undecided, then=left),
                When(open_denial=False, then=Coalesce(F("figures__owed"), zero)),
                default=Coalesce(F("figures__at_risk"), zero),
            ),
            zero,
            output_field=DecimalField(max_digits=10, decimal_places=2),
        ),
        sent_on=Subquery(last_sending().filter(packet__kind="claim").values("sent_on")[:1]),
        last_on=Case(
            When(open_denial=True, then=F("figures__at_risk_until")),
            When(to_file, then=last_day_to_file(said or clocks())),
            default=Value(None),
            output_field=DateField(),
        ),
    )


def decided(claims: Keys | None = None) -> QuerySet[Any]:
    """Decided appeals of these claims, or of all: appeal, claim, payer, cause, and 1 where the payer gave way."""
    if claims is None:
        found = Appeal.objects.filter(status=AppealStatus.DECIDED)
    else:
        undecided = others(AppealStatus, AppealStatus.DECIDED)
        found = Appeal.objects.filter(among("claim", claims)).exclude(status__in=undecided)
    won = Case(When(outcome__in=OVERTURNED, then=Value(1)), default=Value(0))
    return found.order_by("pk").values_list("pk", "claim", "claim__coverage__payer", "denial__cause", won)


def behind(claims: Collection[int]) -> set[int]:
    """Claims whose place, or what is owed with them, follows from these: open ones that correct them, whose time may
    run from an answer to the claim before, and those of other plans of the same visits. A later plan waits for an
    answer and may count from it; and a dollar that two plans are asked for counts with one of them.
    """
    visit = Coalesce("encounter__origin", "encounter")
    visits = Claim.objects.filter(among("pk", claims)).annotate(visit=visit).order_by().values("visit")
    every = Claim.objects.order_by().values_list("pk", flat=True)
    # Three questions in one, each of which goes by an index of its own.
    found = (
        every.filter(among("replaces", claims))
        .exclude(closing__in=others(Closing, Closing.OPEN))
        .union(every.filter(encounter__in=visits), every.filter(encounter__origin__in=visits))
    )
    return set(found)
