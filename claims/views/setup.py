"""The guided list by which a practice is set up: what is asked, why, and how far it is."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from claims.queries import setup
from documentation.kernel.permissions import Permission
from documentation.services import practice
from documentation.views.access import SignedInRequest, refusals_become_pages, requires
from documentation.views.once import acts_once


@requires(Permission.SETTINGS_MANAGE)
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    standings = setup.standings(timezone.now())
    n_open = sum(one.is_open for one in standings)
    context = {
        "standings": standings,
        "n_open": n_open,
        "n_done": len(standings) - n_open,
        "next": next((one for one in standings if one.is_open), None),
    }
    return render(request, "claims/setup.html", context)


@requires(Permission.SETTINGS_MANAGE)
@refusals_become_pages
@require_POST
@acts_once
def leave_out(request: SignedInRequest, step: str, *, is_out: bool) -> HttpResponse:
    """Say that a step is not for this practice, or that it is after all."""
    asked = setup.by_key(step)
    if asked is None or not asked.can_be_left_out:
        raise Http404
    practice.leave_out(step, by=request.user, at=timezone.now(), is_out=is_out)
    return redirect("setup")
