"""Check all open claims again: begin, watch, go on, stop. A worker drives the run, or a page that is open."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from claims.forms.rechecks import RecheckForm
from claims.models import RecheckRun
from claims.queries import rechecks as queries
from claims.queries.outcomes import own_titles
from claims.services import rechecks as verbs
from claims.views.common import after_a_step, attempt, status_of
from documentation.kernel.permissions import Permission
from documentation.models.together import counting, number, together
from documentation.services import jobs
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once

EARLIER = 10
"""Runs that the page still tells of."""


@requires(Permission.CLAIM_RECHECK)
@refusals_become_pages
@acts_once
def show(request: SignedInRequest) -> HttpResponse:
    """The run under way or the last one, what it found, and the form that begins another."""
    form = RecheckForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda v: verbs.begin(v["why"], by=request.user, at=timezone.now())):
        return redirect("recheck")
    runs = around(request, runs=RecheckRun.objects.select_related("started_by")[: EARLIER + 1]).more["runs"]
    context = {**_run(runs[0] if runs else None), "form": form, "earlier": runs[1:]}
    return render(request, "claims/recheck.html", context, status=status_of(form))


@require_POST
@requires(Permission.CLAIM_RECHECK)
@refusals_become_pages
def go_on(request: SignedInRequest, pk: int) -> HttpResponse:
    """Check the next claims where no worker does."""
    run = found_or_404(RecheckRun.objects, pk)
    if run.is_running:
        jobs.step_by_hand(verbs.JOB, run.pk, by=request.user, at=timezone.now())
    run.refresh_from_db()
    page = reverse("recheck")
    return after_a_step(request, page, "claims/_recheck.html", lambda: _run(run), is_under_way=run.is_running)


@require_POST
@requires(Permission.CLAIM_RECHECK)
@refusals_become_pages
@acts_once
def stop(request: SignedInRequest, pk: int) -> HttpResponse:
    verbs.stop(found_or_404(RecheckRun.objects, pk), by=request.user, at=timezone.now())
    messages.success(request, "The check is stopped. Claims that it sent back stay drafts.")
    return redirect("recheck")


def _run(run: RecheckRun | None) -> dict[str, Any]:
    if run is None:
        return {"run": None}
    found = together(
        job=jobs.rows_of(verbs.JOB, run.pk),
        titles=own_titles(),
        sent_back=run.sent_back.select_related("claim__coverage__payer")[: queries.SHOWN],
        went_back=counting(run.sent_back.all()),
    )
    return {
        "run": run,
        "job": next(iter(found["job"]), None),
        "left": max(0, run.total - run.checked),
        "against": queries.against(run, found["titles"]),
        "sent_back": found["sent_back"],
        "went_back": number(found["went_back"]),
    }
