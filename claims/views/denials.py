"""What a payer refused: its cause, who works on it, how it ends, and the way to an appeal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from claims.forms.denials import CauseForm, PeerForm, ResolveForm
from claims.models import Denial
from claims.queries.code_book import book_of_denial
from claims.services import appeals, denials
from claims.services.peer_calls import note_peer_call
from claims.views.common import attempt, back, owner_seen, status_of
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once


@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def appeal(request: SignedInRequest, pk: int) -> HttpResponse:
    """Start the next appeal of a denial."""
    made = appeals.open_appeal(found_or_404(_denials(), pk), by=request.user, at=timezone.now())
    messages.success(request, f"Appeal {made.level} is started with a letter from the signed record. Read it through.")
    return redirect("appeal_page", made.pk)


@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def assign(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a denial, or give it back."""
    denial: Denial = found_or_404(_denials(), pk)
    done = denials.take(denial, owner_seen(request), by=request.user, at=timezone.now())
    messages.success(request, "This denial is yours." if done.owner else "This denial belongs to nobody now.")
    return redirect(back(request, _page(denial)))


@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def cause(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say otherwise about the cause, with a reason."""
    denial: Denial = found_or_404(_denials(), pk)
    form = CauseForm(denial, request.POST if request.method == "POST" else None)

    def verb(values: dict[str, Any]) -> Denial:
        return denials.set_cause(denial, values["cause"], values["cause_reason"], by=request.user, at=timezone.now())

    if attempt(form, verb):
        messages.success(request, "The cause is changed; the figures follow it.")
        return redirect(_page(denial))
    said = book_of_denial(denial).plain_words(denial.group, denial.carc, denial.rarcs)
    lead = f"The payer gave {said} By these codes the cause is: {denial.get_machine_cause_display().lower()}."
    return _told(request, denial, form, title="Why was it really denied?", lead=lead, submit="Save the cause")


@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def resolve(request: SignedInRequest, pk: int) -> HttpResponse:
    """Close a denial, saying how it ended."""
    denial: Denial = found_or_404(_denials(), pk)
    form = ResolveForm(request.POST if request.method == "POST" else None)
    now = timezone.now()

    def verb(values: dict[str, Any]) -> bool:
        today = denial.claim.encounter.location.today(now)
        denials.resolve(denial, values["resolution"], on=today, by=request.user, at=now)
        return True

    if attempt(form, verb):
        messages.success(request, "The denial is resolved. It still counts in the figures, once.")
        return redirect(_page(denial))
    lead = "Resolving a denial writes nothing off: the claim stays as it is, and so does its balance."
    return _told(request, denial, form, title="How did this denial end?", lead=lead, submit="Resolve")


@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def peer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note a peer-to-peer call with the payer's reviewer."""
    denial: Denial = found_or_404(_denials(), pk)
    now = timezone.now()
    encounter = denial.claim.encounter
    initial = {"held_on": encounter.location.today(now), "clinician": str(encounter.clinician)}
    form = PeerForm(request.POST) if request.method == "POST" else PeerForm(initial=initial)

    def verb(values: dict[str, Any]) -> bool:
        note_peer_call(denial, values, by=request.user, at=now)
        return True

    if form.is_bound and attempt(form, verb):
        messages.success(request, "The call is noted. The last day to appeal stays as it is.")
        return redirect(reverse("denial_page", args=[pk]) + "#peer")
    lead = "A clinician of the payer and one of yours speak before the appeal, or beside it. It stops no clock."
    return _told(request, denial, form, title="Peer-to-peer call", lead=lead, submit="Note the call")


def _told(request: SignedInRequest, denial: Denial, form: Any, **context: Any) -> HttpResponse:
    if request.method == "GET":
        patient = denial.claim.encounter.patient
        audit.view("claim.view", by=request.user, at=timezone.now(), subject=denial.claim, patient=patient)
    context |= {
        "form": form,
        "back_url": _page(denial),
        "trail": [{"label": denial.claim.number, "url": _page(denial)}],
    }
    return render(request, "claims/told.html", context, status=status_of(form))


def _denials() -> QuerySet[Denial]:
    return Denial.objects.select_related("claim__encounter__patient", "claim__encounter__location", "claim__owner")


def _page(denial: Denial) -> str:
    return reverse("claim_page", args=[denial.claim_id]) + "#denials"
