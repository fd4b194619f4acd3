"""The shelf of evidence, and the supplements that carry what was added after sending."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from claims.forms.packets import EvidenceForm, SupplementForm
from claims.models import Claim, Evidence, Packet
from claims.services import evidence as verbs
from claims.services import supplements
from claims.views.common import attempt, claim_url, form_page, status_of
from claims.views.page import claim_or_404, trail
from claims.views.submissions import sending_form, with_scan
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.files import EXTENSIONS, serve
from documentation.views.once import acts_once


@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a document on the shelf 'Evidence to send'."""
    claim, now = claim_or_404(pk), timezone.now()
    form = EvidenceForm(*((request.POST, request.FILES) if request.method == "POST" else ()))

    def verb(values: dict[str, Any]) -> tuple[Evidence, tuple[str, ...]]:
        return verbs.add_evidence(claim, values, values["file"].data, by=request.user, at=now)

    if kept := attempt(form, verb):
        row, notes = kept
        pages = f"{row.pages} page{'s' if row.pages != 1 else ''}"
        messages.success(request, " ".join((f"“{row.title}” lies on the shelf: {pages}.", *notes)))
        return redirect(_shelf(claim))
    _looked(request, claim)
    lead = "Its pages go into the packet as pictures, and the cleaned file stands beside them."
    if supplements.sent_packet(claim):
        lead = "The claim was sent already. What you add now leaves with a supplement; what was sent stays as it was."
    return form_page(
        request, form, title="Add evidence to send", lead=lead, submit="Put on the shelf", back_url=_shelf(claim),
        template="claims/evidence_add.html", trail=[*trail(claim), {"label": claim.number, "url": claim_url(claim)}],
    )  # fmt: skip


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a document off the shelf."""
    row = _evidence(pk)
    verbs.remove_evidence(row, by=request.user, at=timezone.now())
    messages.success(request, f"“{row.title}” was taken off the shelf. You can put it back below.")
    return redirect(_shelf(row.claim))


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def restore(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a document back."""
    row = _evidence(pk)
    verbs.restore_evidence(row, by=request.user, at=timezone.now())
    messages.success(request, f"“{row.title}” lies on the shelf again.")
    return redirect(_shelf(row.claim))


@require_safe
@requires(Permission.CLAIM_VIEW)
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """The clean copy of a document, as a download."""
    row = _evidence(pk)
    answer: HttpResponse = serve(
        request,
        row.file,
        permission=Permission.CLAIM_VIEW,
        name=f"{row.claim.number}-evidence-{row.pk}.{EXTENSIONS.get(row.file.media_type, 'bin')}",
        action="evidence.view",
        subject=row.claim,
        patient=row.claim.encounter.patient,
        download=True,
    )
    return answer


@requires(Permission.PACKET_BUILD)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def supplement(request: SignedInRequest, pk: int) -> HttpResponse:
    """Seal what was added since the claim was sent."""
    claim = claim_or_404(pk)
    form = SupplementForm(request.POST if request.method == "POST" else None)

    def verb(values: dict[str, Any]) -> Packet:
        return supplements.seal_supplement(claim, values["reason"], by=request.user, at=timezone.now())

    if packet := attempt(form, verb):
        messages.success(request, f"Supplement {packet.supplement} is sealed as packet {packet.number}.")
        return redirect("packet_page", packet.pk)
    _looked(request, claim)
    first = supplements.sent_packet(claim)
    fresh = supplements.new_evidence(claim, first)
    titles = ", ".join(f"“{e.title}”" for e in fresh)
    lead = (
        f"It adds to packet {first.number}, which stays as it was sent, and holds only what is new: {titles}."
        if first and fresh
        else "Nothing is new since the packet was sent. Add the document to the shelf first."
        if first
        else "Nothing was sent with this claim yet. What is on the shelf goes into its first packet."
    )
    context = {
        "form": form, "title": "Build a supplement", "lead": lead, "submit": "Seal the supplement",
        "back_url": _shelf(claim), "trail": [*trail(claim), {"label": claim.number, "url": claim_url(claim)}],
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
        return supplements.send_supplement(packet, with_scan(values, now), by=request.user, at=now)

    here = reverse("packet_page", args=[packet.pk])
    if attempt(form, verb):
        messages.success(request, f"Supplement {packet.supplement} is recorded as sent.")
        return redirect(here)
    _looked(request, claim)
    context = {
        "form": form, "packet": packet, "title": f"Record supplement {packet.supplement} as sent",
        "submit": "Record as sent", "back_url": here, "trail": [{"label": packet.number, "url": here}],
    }  # fmt: skip
    return render(request, "claims/sending.html", context, status=status_of(form))


def _evidence(pk: int) -> Evidence:
    row = Evidence.objects.select_related("claim__encounter__patient", "file").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _shelf(claim: Claim) -> str:
    return f"{claim_url(claim)}#evidence"


def _looked(request: SignedInRequest, claim: Claim) -> None:
    if request.method == "GET":
        audit.view("claim.view", by=request.user, at=timezone.now(), subject=claim, patient=claim.encounter.patient)
