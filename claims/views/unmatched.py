"""Answers that match no claim: who they may be, and what a person does with them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from claims.forms.base import Told
from claims.forms.matching import ParkForm, SplitForm
from claims.models import RemittanceClaim
from claims.queries import matching as matches
from claims.queries import unmatched as rows
from claims.services import matching
from claims.views.common import attempt, page_number, page_of, status_of
from claims.views.remittances import TRAIL, pager
from documentation.kernel.machine import NotPermitted, Refusal
from documentation.kernel.permissions import Permission
from documentation.models.together import number, together
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once
from documentation.views.work import at_practice

SHOWN = 20


@requires(Permission.REMITTANCE_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Answers that wait for a claim, those that were put aside, and those that a person matched or divided."""
    return _page(request)


def _page(request: SignedInRequest, told: tuple[int, tuple[str, ...]] | None = None, status: int = 200) -> HttpResponse:
    state = request.GET.get("state", "")
    state = state if state in rows.STATES else "waiting"
    typed, listed = request.GET.get("page"), rows.listed(state)
    asked = page_number(typed)
    found = around(request, **rows.counts(), answers=listed[(asked - 1) * SHOWN : asked * SHOWN]).more
    counts = {key: number(found[key]) for key in rows.STATES}
    page = page_of(listed, SHOWN, counts[state], typed)
    sliced: Any = page.object_list
    answers = found["answers"] if page.number == asked else together(answers=sliced)["answers"]
    alike = matches.candidates_of(answers) if state == "waiting" and answers else {}
    shown = [_shown(row, alike.get(row.pk, [])) for row in answers]
    audit.view("remittance.unmatched", by=request.user, at=timezone.now(), count=len(shown))
    context = {
        "rows": shown,
        "has_rows": bool(shown),
        "state": state,
        "told": told,
        "chips": [
            {"label": label, "url": f"?state={key}", "current": state == key, "count": counts[key]}
            for key, label in rows.STATES.items()
        ],
        "page": pager(page, {"state": state}) if page.has_other_pages() else None,
        "may_post": request.user.may(Permission.REMITTANCE_POST),
        "trail": [TRAIL],
    }
    return at_practice(request, "claims/unmatched.html", context, status)


def _shown(row: RemittanceClaim, candidates: list[matches.Candidate]) -> dict[str, Any]:
    lines = list(row.lines.all())
    return {
        "row": row,
        "candidates": candidates,
        "lines": [(n, line, matches.number_in(line.line_control)) for n, line in enumerate(lines, 1)],
        "may_split": len(lines) > 1,
        "named": matches.named_by(row),
    }


def _acted(request: SignedInRequest, form: Told, verb: Any, row: RemittanceClaim, said: str) -> HttpResponse:
    if attempt(form, lambda values: verb(values) or True):
        messages.success(request, said)
        return redirect(f"{reverse('unmatched_list')}?state={request.GET.get('state', 'waiting')}")
    reasons = tuple(str(error) for errors in form.errors.values() for error in errors)
    return _page(request, (row.pk, reasons), status=status_of(form))


@requires(Permission.REMITTANCE_POST)
@refusals_become_pages
@require_POST
@acts_once
def park(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put an answer aside, with the reason."""
    row: RemittanceClaim = found_or_404(RemittanceClaim.objects.all(), pk)

    def verb(values: dict[str, Any]) -> None:
        matching.park(row, values["reason"], by=request.user, at=timezone.now())

    return _acted(request, ParkForm(request.POST), verb, row, "The answer is put aside. It can be taken back.")


@requires(Permission.REMITTANCE_POST)
@refusals_become_pages
@require_POST
@acts_once
def split(request: SignedInRequest, pk: int) -> HttpResponse:
    """Divide an answer among claims, line by line."""
    row: RemittanceClaim = found_or_404(RemittanceClaim.objects.all(), pk)

    def verb(values: dict[str, Any]) -> None:
        matching.split(row, values["claims"], by=request.user, at=timezone.now())

    return _acted(
        request, SplitForm(request.POST, list(row.lines.all())), verb, row, "The answer is divided among its claims."
    )


@requires(Permission.REMITTANCE_POST)
@refusals_become_pages
@require_POST
@acts_once
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back what was done with an answer: that it was put aside, matched or divided."""
    row: RemittanceClaim = found_or_404(RemittanceClaim.objects.all(), pk)
    verb = matching.unpark if row.parked_at else matching.unsplit if row.parts.exists() else matching.unmatch
    try:
        verb(row, by=request.user, at=timezone.now())
    except NotPermitted:
        raise
    except Refusal as e:
        messages.error(request, " ".join(e.reasons))
    else:
        messages.success(request, "It is taken back. The answer waits for its claim again.")
    return redirect("unmatched_list")
