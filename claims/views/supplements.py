"""Supplements: they carry what was added to the shelf after sending."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from claims.forms.packets import SupplementForm
from claims.models import Claim, Packet
from claims.services import supplements
from claims.views.common import attempt, claim_url, status_of, tell_left_out
from claims.views.page import claim_or_404, trail
from claims.views.submissions import has_left, sending_form, with_scan
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once


@requires(Permission.PACKET_BUILD)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def build(request: SignedInRequest, pk: int) -> HttpResponse:
    """Seal what was added since the claim was sent."""
    claim = claim_or_404(pk)
    form = SupplementForm(request.POST if request.method == "POST" else None)

    def verb(values: dict[str, Any]) -> Packet:
        return supplements.seal_supplement(
            claim,
            values["reason"],
            channel=values["channel"],
            was_asked=values["was_asked"],
            by=request.user,
            at=timezone.now(),
        )

    if packet := attempt(form, verb):
        messages.success(request, f"Supplement {packet.supplement} is sealed as packet {packet.number}.")
        return redirect("packet_page", packet.pk)
    _looked(request, claim)
    first, why = supplements.sent_packet(claim), supplements.why_none(claim)
    fresh, more = supplements.new_evidence(claim, first), supplements.new_evidence(claim, first, was_asked=True)
    titles = ", ".join(f"“{e.title}”" for e in fresh)
    if_asked = ", ".join(f"“{e.title}”" for e in more if e not in fresh)
    only = f" Only if the payer asked for it: {if_asked}." if if_asked else ""
    lead = why or (
        f"It adds to packet {first.number}, which stays as it was sent, and holds only what is new: {titles}.{only}"
        if first and fresh
        else f"Nothing is new that the payer wants unasked.{only}"
        if only
        else "Nothing is new since the packet was sent. Add the document to the shelf first."
    )
    context = {
        "form": form if more and not why else None, "lead": lead,
        "title": "Build a supplement", "submit": "Seal the supplement",
        "back_url": f"{claim_url(claim)}#evidence",
        "trail": [*trail(claim), {"label": claim.number, "url": claim_url(claim)}],
    }  # fmt: skip
    return render(request, "claims/told.html", context, status=status_of(form))


@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def send(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record that a supplement was sent."""
    now = timezone.now()
    packet: Packet = found_or_404(Packet.objects.filter(kind="supplement"), pk)
    claim = claim_or_404(packet.claim_id)
    form = sending_form(request, packet, claim)

    def verb(values: dict[str, Any]) -> object:
        kept = with_scan(values, at=now)
        return supplements.send_supplement(packet, kept, by=request.user, at=now, has_left=has_left(request))

    here = reverse("packet_page", args=[packet.pk])
    if attempt(form, verb):
        messages.success(request, f"Supplement {packet.supplement} is recorded as sent.")
        tell_left_out(request, form.cleaned_data["proof_scan"])
        return redirect(here)
    _looked(request, claim)
    context = {
        "form": form, "packet": packet, "has_left": has_left(request),
        "title": f"Record supplement {packet.supplement} as sent",
        "submit": "Record as sent", "back_url": here, "trail": [{"label": packet.number, "url": here}],
    }  # fmt: skip
    return render(request, "claims/sending.html", context, status=status_of(form))


def _looked(request: SignedInRequest, claim: Claim) -> None:
    if request.method == "GET":
        audit.view("claim.view", by=request.user, at=timezone.now(), subject=claim, patient=claim.encounter.patient)
