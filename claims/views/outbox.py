"""The outbox: what waits to leave, what became of it, and what a person decides where nobody can know."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from claims.models import Dispatch
from claims.queries.transmissions import voids_not_taken_back
from claims.services.dispatching import give_up, send_again
from claims.services.outbox import arrived, carry
from claims.ways import OutOfTime, way_of
from documentation.kernel.machine import NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once

SHOWN = 30
"""Of what has left or was taken out, the newest."""


@require_GET
@requires(Permission.CLAIM_SUBMIT)
def index(request: SignedInRequest) -> HttpResponse:
    """What waits, the oldest first; then what has left."""
    rows = Dispatch.objects.select_related("transmission", "planned_by", "given_up_by").prefetch_related(
        "files", "attempts__by", "claims__claim__encounter__patient", "claims__claim__coverage__payer"
    )
    found = around(
        request,
        waiting=rows.filter(delivered_at=None, given_up_at=None).order_by("pk"),
        over=rows.exclude(delivered_at=None, given_up_at=None)[:SHOWN],
    ).more
    waiting, over = found["waiting"], found["over"]
    audit_view("claim.list", by=request.user, at=timezone.now(), board="outbox", count=len(waiting) + len(over))
    voids = voids_not_taken_back()
    context = {"voids": voids, "waiting": [_shown(r) for r in waiting], "over": [_shown(r) for r in over]}
    return render(request, "claims/outbox.html", context)


def _shown(row: Dispatch) -> dict[str, Any]:
    attempts = list(row.attempts.all())
    way = way_of(row.way)
    return {
        "dispatch": row,
        "way": way.name if way else row.way,
        "claims": [one.claim for one in row.claims.all()],
        "files": list(row.files.all()),
        "last": attempts[0] if attempts else None,
        "is_unsure": row.is_waiting and row.released_at is not None,
    }


@require_POST
@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
@acts_once
def step(request: SignedInRequest, pk: int) -> HttpResponse:
    """Try it again, take it out, or say what became of it."""
    row: Dispatch = found_or_404(Dispatch.objects.all(), pk)
    what, said, by, now = request.POST.get("step"), request.POST.get("reason", ""), request.user, timezone.now()
    try:
        if what == "carry":
            carry(row, by=by, at=now)
            messages.success(request, "It left, and its claims are recorded as sent.")
        elif what == "give_up":
            give_up(row, said, by=by, at=now)
            messages.success(request, "It was taken out of the outbox. Its claims are where they were.")
        elif what == "arrived":
            arrived(row, said, by=by, at=now)
            messages.success(request, "Its claims are recorded as sent.")
        elif what == "send_again":
            send_again(row, said, by=by, at=now)
            carry(row, by=by, at=now)
            messages.success(request, "It left, and its claims are recorded as sent.")
        else:
            raise Http404
    except OutOfTime as e:
        messages.warning(request, " ".join(e.reasons))
    except (Refused, NotPossible) as e:
        messages.error(request, " ".join(e.reasons))
    except ValidationError as e:
        messages.error(request, " ".join(e.messages))
    return redirect("outbox")
