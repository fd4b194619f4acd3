"""The end of a claim: closed, voided, corrected, opened again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from claims.forms.denials import CorrectForm, VoidForm
from claims.models import Claim
from claims.queries.resending import proposal_for
from claims.queries.resent import payer_control_of
from claims.services import closing as verbs
from claims.services import correcting
from claims.views.common import attempt, status_of
from claims.views.page import claim_or_404
from documentation.kernel.permissions import Permission
from documentation.views.access import SignedInRequest, refusals_become_pages, requires
from documentation.views.once import acts_once


@requires(Permission.REMITTANCE_POST)
@refusals_become_pages
@require_POST
@acts_once
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    """Nothing is left to do."""
    claim = claim_or_404(pk)
    verbs.close(claim, by=request.user, at=timezone.now())
    messages.success(request, f"{claim} is closed.")
    return redirect("claim_page", claim.pk)


@requires(Permission.REMITTANCE_POST)
@refusals_become_pages
@require_POST
@acts_once
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Work on it again."""
    claim = claim_or_404(pk)
    verbs.reopen(claim, by=request.user, at=timezone.now())
    messages.success(request, f"{claim} is open again.")
    return redirect("claim_page", claim.pk)


@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def void(request: SignedInRequest, pk: int) -> HttpResponse:
    """The claim counts as never made, with a reason."""
    claim = claim_or_404(pk)
    form = VoidForm(
        request.POST if request.method == "POST" else None,
        is_with_payer=verbs.is_with_payer(claim),
        payer_number=payer_control_of(claim),
    )

    restored: list[Claim | None] = []

    def verb(values: dict[str, Any]) -> bool:
        restored.append(verbs.void(claim, values["reason"], values.get("told", ""), by=request.user, at=timezone.now()))
        return True

    if attempt(form, verb):
        old = restored[0]
        then = f"{old} is open again, as the payer decided it." if old else "The visit can be billed again."
        messages.success(request, f"{claim} is void. {then}")
        return redirect("claim_page", claim.pk)
    here = reverse("claim_page", args=[claim.pk])
    context = {
        "form": form,
        "title": f"Void {claim}",
        "submit": "Void the claim",
        "lead": "A void claim counts as never made and stays readable. The visit can be billed again, as a new claim.",
        "back_url": here,
        "trail": [{"label": claim.number, "url": here}],
    }
    return render(request, "claims/told.html", context, status=status_of(form))


@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """Start the claim that takes the place of a decided one, with a reason."""
    claim = claim_or_404(pk)
    form = CorrectForm(request.POST if request.method == "POST" else None)
    made: list[Claim] = []

    def verb(values: dict[str, Any]) -> bool:
        made.append(correcting.correct(claim, values["reason"], by=request.user, at=timezone.now()))
        return True

    if attempt(form, verb):
        messages.success(request, f"{made[0]} takes the place of {claim}. Correct it, then send it.")
        return redirect("claim_page", made[0].pk)
    here = reverse("claim_page", args=[claim.pk])
    proposal = proposal_for(claim)
    context = {
        "form": form,
        "title": f"Correct {claim}",
        "submit": "Start the corrected claim",
        "lead": proposal.why if proposal else "Only a claim that the payer holds can be corrected.",
        "back_url": here,
        "trail": [{"label": claim.number, "url": here}],
    }
    return render(request, "claims/told.html", context, status=status_of(form))
