"""Working together on one claim: hand it over, write a note, mend it, take it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from claims.forms.worklist import HandOverForm, NoteForm
from claims.models import Claim, ClaimNote
from claims.queries.choices import choices
from claims.services import work
from claims.views.common import attempt, back, owner_seen, status_of
from claims.views.page import claim_or_404
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once


@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def hand_over(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say who works on a claim from now on."""
    claim, now = claim_or_404(pk), timezone.now()
    initial = {"to": str(claim.owner_id or request.user.pk)}
    form = HandOverForm(choices()["owner"], request.POST if request.method == "POST" else None, initial=initial)

    def verb(values: dict[str, Any]) -> Claim:
        to = User.objects.get(pk=values["to"]) if values["to"] else None
        return work.assign(claim, to, values["note"], by=request.user, at=now)

    if form.is_bound and (done := attempt(form, verb)):
        with_whom = f"is with {done.owner.display_name} now" if done.owner else "belongs to nobody now"
        messages.success(request, f"{claim.number} {with_whom}.")
        return redirect(back(request, _page(claim)))
    lead = "Whoever works on a claim works on its denials and appeals, too, and is reminded of their days."
    return _told(request, claim, form, title=f"Who works on {claim.number}?", lead=lead, submit="Hand over")


@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@require_POST
@acts_once
def take(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a claim, or give it back."""
    claim = claim_or_404(pk)
    done = work.take(claim, owner_seen(request), by=request.user, at=timezone.now())
    messages.success(request, f"{done.number} is yours." if done.owner else f"{done.number} belongs to nobody now.")
    return redirect(back(request, _page(claim)))


@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def note(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write something down beside a claim."""
    claim = claim_or_404(pk)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda v: work.write_note(claim, v["text"], by=request.user, at=timezone.now())):
        messages.success(request, "The note stands beside the claim. For a day you can mend it or take it back.")
        return redirect(_page(claim))
    lead = "For everyone who works on the claim. Notes are kept with author and time, and leave with no packet."
    return _told(request, claim, form, title=f"Note on {claim.number}", lead=lead, submit="Keep the note")


@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def rewrite(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mend a note of one's own."""
    row: ClaimNote = found_or_404(_notes(), pk)
    form = NoteForm(request.POST) if request.method == "POST" else NoteForm(initial={"text": row.text})

    def verb(values: dict[str, Any]) -> bool:
        work.rewrite_note(row, values["text"], by=request.user, at=timezone.now())
        return True

    if form.is_bound and attempt(form, verb):
        messages.success(request, "The note is mended. What it said before stays readable behind it.")
        return redirect(_page(row.claim))
    lead = "What it said before stays readable behind it."
    return _told(request, row.claim, form, title="Mend the note", lead=lead, submit="Keep")


@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@require_POST
@acts_once
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a note back, or let it count again."""
    row: ClaimNote = found_or_404(_notes(), pk)
    # The page says which of the two was meant: an old one does not do the opposite.
    if request.POST.get("to") != "count":
        work.take_back_note(row, by=request.user, at=timezone.now())
        messages.success(request, "The note is taken back. It stays readable, and can be put back for a day.")
    else:
        work.put_back_note(row, by=request.user, at=timezone.now())
        messages.success(request, "The note counts again.")
    return redirect(_page(row.claim))


def _notes() -> Any:
    return ClaimNote.objects.select_related("claim__encounter__patient")


def _told(request: SignedInRequest, claim: Claim, form: Any, **context: Any) -> HttpResponse:
    if request.method == "GET":
        audit.view("claim.view", by=request.user, at=timezone.now(), subject=claim, patient=claim.encounter.patient)
    context |= {"form": form, "back_url": _page(claim), "trail": [{"label": claim.number, "url": _page(claim)}]}
    return render(request, "claims/told.html", context, status=status_of(form))


def _page(claim: Claim) -> str:
    return reverse("claim_page", args=[claim.pk]) + "#work"
