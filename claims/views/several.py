"""One step for several claims of Ready to bill: each by the verb that it has alone, each with its own answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from claims.models import Claim
from claims.queries import billing
from claims.services.packets import seal_packet
from claims.services.preparation import mark_ready
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.views.access import SignedInRequest, refusals_become_pages, requires
from documentation.views.once import acted, acts_once

MOST = 25
"""Claims at once: a packet takes about a second, and nobody should wait longer than half a minute for an answer."""


@dataclass(frozen=True)
class Step:
    """What is done to each: the verb, and the words of the page that tells of it."""

    verb: Callable[..., Any]
    permission: Permission
    done: str
    not_done: str


STEPS = {
    "mark_ready": Step(mark_ready, Permission.CLAIM_PREPARE, "marked ready", "not marked ready"),
    "build_packet": Step(seal_packet, Permission.PACKET_BUILD, "packet sealed", "packet not built"),
}


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def several(request: SignedInRequest) -> HttpResponse:
    """Mark the chosen drafts ready, or build the packets of the chosen claims; one that is refused stops no other."""
    step = STEPS.get(request.POST.get("step", ""))
    if step is None:
        raise Http404
    if not request.user.may(step.permission):
        raise NotPermitted("Your role does not allow you to do this to claims.")
    keys = sorted({int(k) for k in request.POST.getlist("claim") if k.isascii() and k.isdigit() and len(k) < 15})
    board = reverse("ready_to_bill")
    if not keys:
        messages.warning(request, "No claim was chosen. Tick those that the step is for, then press the button again.")
        return redirect(board)
    if len(keys) > MOST:
        messages.warning(request, f"{len(keys)} claims were chosen. Choose at most {MOST} at once; nothing was done.")
        return redirect(board)
    rows = [_one(claim, step, request.user) for claim in billing.worded().filter(pk__in=keys).order_by("pk")]
    done = sum(not row["reasons"] for row in rows)
    context = {"rows": rows, "done": done, "left": len(rows) - done, "step": step, "trail": [_back(board)]}
    return acted(render(request, "claims/several.html", context, status=200 if done else 422), board)


def _one(claim: Claim, step: Step, by: Any) -> dict[str, Any]:
    try:
        made = step.verb(claim, by=by, at=timezone.now())
    except (NotPossible, Refused) as e:
        return {"claim": claim, "reasons": e.reasons}
    return {"claim": claim, "reasons": (), "packet": made if step.verb is seal_packet else None}


def _back(board: str) -> dict[str, str]:
    return {"label": "Ready to bill", "url": board}
