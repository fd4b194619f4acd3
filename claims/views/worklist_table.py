"""The worklist, and all claims, as tables to take along: what their filters choose, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.forms.worklist import read
from claims.models import QueuedClaim
from claims.queries import billing, narrowing
from claims.queries.choices import choices
from claims.queries.worklists import BY_KEY
from claims.views.boards import chosen_of, that_fit
from claims.views.tables import Table, download
from claims.workflow import ClaimWord, said_of
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Cause
from documentation.views.access import SignedInRequest, requires
from documentation.views.work import practice_today

COLUMNS = (
    "Claim",
    "Patient",
    "Service",
    "Payer",
    "Plan",
    "Queue",
    "Next step",
    "Denied for",
    "Last day",
    "Works on it",
    "At stake",
)
_CAUSES = {c.value: c.label for c in Cause}


@requires(Permission.CLAIM_VIEW)
@require_GET
def table(request: SignedInRequest, form: str) -> HttpResponse:
    today = practice_today(timezone.now())
    chosen = read(request.GET, choices(), with_amounts=True).chosen
    places = narrowing.all_chosen(chosen, narrowing.footing(today))
    places = narrowing.in_scope(places, chosen.scope, request.user.pk)
    if chosen.queue:
        places = places.filter(queue=chosen.queue)
    found = narrowing.ordered(places, chosen.order or "priority")
    made = Table(f"worklist-{today.isoformat()}", COLUMNS, _cells(found), found.count())
    return download(request, made, form, action="worklist.download", queue=chosen.queue)


def _cells(places: QuerySet[QueuedClaim]) -> Iterator[tuple[Any, ...]]:
    shown = places.select_related("claim__encounter__patient", "claim__coverage__payer", "owner")
    for place in shown.iterator(chunk_size=2000):
        claim, queue = place.claim, BY_KEY[place.queue]
        yield (
            claim.number,
            claim.encounter.patient.last_name,
            place.service_date,
            claim.coverage.payer.name,
            claim.coverage.plan_name,
            queue.label,
            queue.next_step,
            _CAUSES.get(place.cause, ""),
            place.last_on,
            place.owner.display_name if place.owner else "",
            place.dollars,
        )


ALL = (
    "Claim",
    "Patient",
    "Service",
    "Payer",
    "Plan",
    "Clinician",
    "Status",
    "Billed",
    "Paid",
    "At risk",
    "Works on it",
)


@requires(Permission.CLAIM_VIEW)
@require_GET
def every_claim(request: SignedInRequest, form: str) -> HttpResponse:
    """All claims, the newest first, as the list of them is narrowed."""
    found = that_fit(billing.worded(), chosen_of(request)).order_by("-pk")
    made = Table("claims", ALL, _every_cell(found), found.count())
    return download(request, made, form, action="claim.download")


def _every_cell(claims: QuerySet[Any]) -> Iterator[tuple[Any, ...]]:
    shown = claims.select_related(
        "encounter__patient", "encounter__clinician", "coverage__payer", "owner", "figures"
    )  # fmt: skip
    for claim in shown.iterator(chunk_size=2000):
        figures = getattr(claim, "figures", None)
        yield (
            claim.number,
            claim.encounter.patient.last_name,
            claim.service_date,
            claim.coverage.payer.name,
            claim.coverage.plan_name,
            claim.encounter.clinician.last_name,
            said_of(ClaimWord(claim.said), claim.closing)[0],
            claim.total,
            figures.paid if figures else None,
            figures.at_risk if figures else None,
            claim.owner.display_name if claim.owner else "",
        )
