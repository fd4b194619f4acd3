"""Denied claims that nobody works on, each with somebody proposed for it: one press gives them out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from claims.queries import week
from claims.services.handing_out import hand_out
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.models.together import number
from documentation.services import audit
from documentation.views.access import SignedInRequest, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once


@requires(Permission.CLAIM_PREPARE)
@require_GET
def show(request: SignedInRequest) -> HttpResponse:
    """Who is proposed for what, to be changed row by row."""
    now = timezone.now()
    practice = around(request, **week.asked())
    rows = week.to_hand_out(practice.more)
    total = number(practice.more["total"])
    audit.view("claim.list", by=request.user, at=now, queue="unassigned", count=len(rows))
    context = {
        "rows": rows,
        "total": total,
        "more": total - len(rows),
        "people": week.workers(practice.more["people"]),
        "today": practice.today(now),
        "trail": [{"label": "Denials", "url": reverse("dashboard")}] if request.user.may(Permission.DASHBOARD_VIEW)
        else [{"label": "Worklist", "url": reverse("worklist")}],
    }  # fmt: skip
    return render(request, "claims/hand_out.html", context)


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def give(request: SignedInRequest) -> HttpResponse:
    """Give each claim to the person that stands beside it."""
    people = {str(user.pk): user for user in week.workers()}
    wanted: dict[int, User | None] = {}
    for field, text in request.POST.items():
        key = field.removeprefix("to-")
        if field == key or not (key.isascii() and key.isdigit() and len(key) < 15):
            continue
        if text and text not in people:
            raise NotPossible(
                "One of these people works on claims no longer. Nothing was done; look at the page again."
            )
        wanted[int(key)] = people.get(str(text))
    given = hand_out(wanted, by=request.user, at=timezone.now())
    left = week.nobodys_denied().count()
    said = f"{given.claims} claim{' was' if given.claims == 1 else 's were'} handed out."
    said += " No denial is unassigned." if not left else f" {left:,} denied claim{'' if left == 1 else 's'} to go."
    messages.success(request, said)
    if given.left:
        messages.warning(
            request, f"Left alone, because somebody took or closed them meanwhile: {', '.join(given.left)}."
        )
    back = "dashboard" if request.user.may(Permission.DASHBOARD_VIEW) else "worklist"
    return redirect("hand_out" if left and given.claims else back)
