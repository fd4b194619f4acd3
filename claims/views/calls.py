"""Claims that a payer does not answer: a list of calls to make, and the form that notes one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from claims.forms.calls import CallForm
from claims.queries import appeals, calls
from claims.queries.letters import title_of
from claims.services.calls import note_call, waits_for_payer
from claims.views.common import attempt, page_of, status_of
from claims.views.page import claim_or_404
from claims.views.remittances import pager
from documentation.kernel.permissions import Permission
from documentation.models import Location
from documentation.models.together import counting, number, together
from documentation.services import audit
from documentation.views.access import SignedInRequest, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once

SHOWN = 50
MOST_APPEALS = 50
AGAIN = 14
"""Days until the next call, as the form proposes."""
TRAIL = {"label": "Status calls", "url": "/worklist/calls/"}


@requires(Permission.CLAIM_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Claims without an answer after their payer's days, or whose next call is due."""
    now = timezone.now()
    practice = around(request, answer_days=calls.answer_days())
    today = max((place.today(now) for place in practice.locations), default=now.date())
    silent = calls.silent(today, practice.more["answer_days"])
    # Few at any time; each is a letter that a person wrote.
    found = together(silent=counting(silent), late=appeals.undecided(today)[:MOST_APPEALS])
    page = page_of(silent, SHOWN, number(found["silent"]), request.GET.get("page"))
    late = found["late"] if page.number == 1 else []
    undecided = [{"appeal": row, "title": title_of(row), "late": (today - row.ask_on).days} for row in late]
    rows: Any = page.object_list
    told = calls.told(rows) if page.paginator.count else []
    audit.view("claim.calls", by=request.user, at=now, count=len(told) + len(undecided))
    context = {
        "rows": [{"one": one, "waited": (today - one.sent_on).days, "late": (today - one.due_on).days} for one in told],
        "undecided": undecided,
        "has_rows": bool(page.paginator.count or undecided),
        "today": today,
        "page": pager(page, {}) if page.has_other_pages() else None,
        "may_call": request.user.may(Permission.CLAIM_SUBMIT),
        "trail": [{"label": "Worklist", "url": reverse("worklist")}],
    }
    return render(request, "claims/calls.html", context)


def latest_today() -> date:
    """The latest date of any location: nothing comes up later than it should."""
    now = timezone.now()
    return max((place.today(now) for place in Location.objects.all()), default=now.date())


@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def call(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask the payer about a claim, with what to say at hand, and note what it answered."""
    claim, now = claim_or_404(pk), timezone.now()
    today = claim.encounter.location.today(now)
    initial = {"called_on": today, "next_on": today + timedelta(days=AGAIN)}
    form = CallForm(request.POST) if request.method == "POST" else CallForm(initial=initial)

    def verb(values: dict[str, Any]) -> Any:
        return note_call(claim, values, by=request.user, at=now)

    if form.is_bound and attempt(form, verb):
        messages.success(request, f"The call is noted. {claim.number} comes up again on the day that you chose.")
        return redirect("status_calls")
    audit.view("claim.view", by=request.user, at=now, subject=claim, patient=claim.encounter.patient)
    context = {
        "claim": claim,
        "form": form,
        "waits": calls.due_of(claim),
        "is_owed": form.is_bound or waits_for_payer(claim),
        "calls": claim.status_calls.select_related("recorded_by"),
        "may_give_up": bool(claim.status_calls.exists() and request.user.may(Permission.REMITTANCE_POST)),
        "sent": claim.submissions.filter(packet__kind="claim").first(),
        "trail": [TRAIL],
    }
    return render(request, "claims/call.html", context, status=status_of(form))
