"""Packets: build one, look at it page by page, take it along, and let anybody check it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from claims.channels.eye import EYES
from claims.channels.seen import AS_IT_IS
from claims.models import Claim, Packet
from claims.queries.claims import facts_of
from claims.queries.letters import changed_since_sealed
from claims.queries.packets import changed_on_cover, changed_words, standing_of, way_out
from claims.services.labels import claims_fax_of
from claims.services.packets import report_as_sealed, seal_packet
from claims.services.sheets import SheetFailed
from claims.services.sheets import sheet as draw
from claims.views.page import claim_or_404, claim_page, trail
from claims.workflow import AppealStatus, Closing, Preparation, Transport
from documentation.kernel.machine import NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.services.audit import view as audit_view
from documentation.services.files import DamagedFile, MissingFile
from documentation.views.access import SignedInRequest, problem, refusals_become_pages, requires
from documentation.views.files import serve
from documentation.views.once import acts_once
from documentation.views.work import at_location


@require_POST
@requires(Permission.PACKET_BUILD)
@refusals_become_pages
@acts_once
def build(request: SignedInRequest, pk: int) -> HttpResponse:
    """Compose, typeset and seal the packet of a ready claim."""
    claim = claim_or_404(pk)
    try:
        packet = seal_packet(claim, **_way_out(request), by=request.user, at=timezone.now())
    except (NotPossible, Refused) as e:
        status = 409 if isinstance(e, NotPossible) else 422
        return claim_page(request, claim_or_404(pk), refusal=("The packet was not built.", e.reasons), status=status)
    messages.success(request, f"Packet {packet.number} is sealed: {packet.pages} pages. Nothing in it can change now.")
    return redirect(_url(packet))


@require_GET
@requires(Permission.PACKET_VIEW)
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was sealed, as it was sealed."""
    packet = packet_or_404(pk)
    claim = claim_or_404(packet.claim_id)
    _looked(request, packet)
    report = report_as_sealed(packet)
    contents = json.loads(packet.manifest)
    is_newest = claim.packet == packet.pk  # type: ignore[attr-defined]
    changed = _changed(packet, claim, is_newest=is_newest)
    context = {
        "packet": packet,
        "claim": claim,
        "is_current": is_newest and not changed,
        "changed": changed_words(packet, changed),
        "newest": is_newest,
        "may_send": claim.preparation == Preparation.READY
        and claim.transport in (Transport.NONE, Transport.REJECTED)
        and claim.closing == Closing.OPEN
        and request.user.may(Permission.CLAIM_SUBMIT),
        "may_record_left": (not is_newest or bool(changed) or packet.kind == "supplement")
        and request.user.may(Permission.CLAIM_SUBMIT)
        and not packet.submissions.exists(),
        "may_send_supplement": not changed
        and request.user.may(Permission.CLAIM_SUBMIT)
        and not packet.submissions.exists(),
        "parts": list(packet.parts.all()),
        "composed": contents.get("parts", []),
        "left_out": contents.get("left_out", []),
        "way": way_out(packet),
        "writes_fax_in": packet.kind != "appeal" and not claims_fax_of(claim, timezone.now()),
        "eyes": EYES,
        "sheets": range(1, packet.pages + 1),
        "reasoned": [r for r in report if r.get("reason")],
        "failed": [r for r in report if not r["passed"] and not r.get("reason")],
        "passed": sum(1 for r in report if r["passed"]),
        "trail": [*trail(claim), {"label": claim.number, "url": reverse("claim_page", args=[claim.pk])}],
    }
    return at_location(request, claim.encounter, "claims/packet.html", context)


@require_GET
@requires(Permission.PACKET_VIEW)
def sheet(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """One page as a picture."""
    packet = packet_or_404(pk)
    if not 1 <= number <= packet.pages:
        raise Http404
    try:
        picture = draw(packet, number)
    except (SheetFailed, MissingFile, DamagedFile) as e:
        return problem(request, 500, "This page cannot be shown.", str(e))
    _looked(request, packet, page=number)
    return HttpResponse(picture, content_type="image/png")


@require_safe
@requires(Permission.PACKET_VIEW)
def pdf(request: SignedInRequest, pk: int) -> HttpResponse:
    return _download(request, pk, "pdf")


@require_safe
@requires(Permission.PACKET_VIEW)
def bundle(request: SignedInRequest, pk: int) -> HttpResponse:
    return _download(request, pk, "zip")


def _download(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    packet = packet_or_404(pk)
    return serve(
        request,
        getattr(packet, kind),
        permission=Permission.PACKET_VIEW,
        name=f"{packet.claim.number}-{packet.number}.{kind}",
        action="packet.download",
        subject=packet,
        patient=packet.claim.encounter.patient,
        download=True,
        kind=kind,
    )


def _way_out(request: SignedInRequest) -> dict[str, Any]:
    """The channel that was chosen; without a choice the packet is printed."""
    return {"channel": request.POST.get("channel") or AS_IT_IS, "was_asked": request.POST.get("asked") == "1"}


def _changed(packet: Packet, claim: Claim, *, is_newest: bool) -> tuple[str, ...]:
    """What a packet that may still leave prints that is otherwise now; what was sent stays as it was sent."""
    if packet.kind == "claim":
        return standing_of(packet, facts_of(claim)).changed if is_newest else ()
    if packet.kind == "supplement":
        return () if packet.submissions.exists() else changed_on_cover(packet, facts_of(claim))
    appeal = packet.appeals.filter(status=AppealStatus.SEALED).first()
    return changed_since_sealed(appeal) if appeal else ()


def packet_or_404(pk: int) -> Packet:
    found = Packet.objects.select_related("claim__encounter__patient", "pdf", "zip", "sealed_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _looked(request: SignedInRequest, packet: Packet, **detail: Any) -> None:
    patient = packet.claim.encounter.patient
    audit_view("packet.view", by=request.user, at=timezone.now(), subject=packet, patient=patient, **detail)


def _url(packet: Packet) -> str:
    return reverse("packet_page", args=[packet.pk])
