"""A sealed packet as it leaves: the channel's files, and its pages as the reviewer sees them. Nothing is kept."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from claims.channels.apart import ChannelRefused
from claims.channels.eye import BY_KEY, EYES
from claims.models import Packet
from claims.queries.packets import way_out
from claims.services.labels import KINDS, label_of
from claims.services.sealed_files import folder_of, part_of, seen_page, survey_of
from claims.views.packets import packet_or_404
from claims.views.page import claim_or_404, trail
from documentation.kernel.permissions import Permission
from documentation.services.audit import view as audit_view
from documentation.services.files import DamagedFile, MissingFile
from documentation.views.access import SignedInRequest, problem, refusals_become_pages, requires
from documentation.views.work import at_location

_MEDIA = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png", "tif": "image/tiff", "txt": "text/plain"}
_LOST = (MissingFile, DamagedFile)


@require_safe
@requires(Permission.PACKET_VIEW)
def folder(request: SignedInRequest, pk: int) -> HttpResponse:
    """The files of the channel under the names under which they leave, as one folder."""
    packet = packet_or_404(pk)
    if way_out(packet) is None:
        raise Http404
    try:
        content = folder_of(packet)
    except _LOST as e:
        return _told(request, e)
    _looked(request, packet, "packet.download", kind="folder")
    return _download(content, "application/zip", f"{packet.claim.number}-{packet.number}-{packet.channel}.zip")


@require_safe
@requires(Permission.PACKET_VIEW)
def file(request: SignedInRequest, pk: int, position: int) -> HttpResponse:
    """One sealed file of the packet, under the name under which it leaves."""
    packet = packet_or_404(pk)
    part = packet.parts.filter(position=position).first()
    if part is None:
        raise Http404
    try:
        content = part_of(packet, part)
    except _LOST as e:
        return _told(request, e)
    _looked(request, packet, "packet.download", kind="file", position=position)
    name = part.name.rpartition("/")[2]
    return _download(content, _MEDIA.get(name.rpartition(".")[2], "application/octet-stream"), name)


@require_GET
@requires(Permission.PACKET_VIEW)
def show(request: SignedInRequest, pk: int, eye: str) -> HttpResponse:
    """Page by page beside the original, with what disappears."""
    packet, chosen = packet_or_404(pk), _eye(eye)
    claim = claim_or_404(packet.claim_id)
    _looked(request, packet, "packet.view", eye=eye)
    context: dict[str, Any] = {
        "packet": packet,
        "claim": claim,
        "eye": chosen,
        "eyes": EYES,
        "trail": [
            *trail(claim),
            {"label": claim.number, "url": reverse("claim_page", args=[claim.pk])},
            {"label": packet.number, "url": reverse("packet_page", args=[packet.pk])},
        ],
    }
    try:
        context["pages"] = seen = survey_of(packet, chosen.key)
        context["first_unseen"] = len(seen) + 1 if len(seen) < packet.pages else None
    except (ChannelRefused, *_LOST) as e:
        context["refusal"] = str(e)
    return at_location(request, claim.encounter, "claims/packet_eye.html", context)


@require_GET
@requires(Permission.PACKET_VIEW)
def sheet(request: SignedInRequest, pk: int, eye: str, number: int) -> HttpResponse:
    """One page as this eye sees it."""
    packet, chosen = packet_or_404(pk), _eye(eye)
    if not 1 <= number <= packet.pages:
        raise Http404
    try:
        picture = seen_page(packet, number, chosen.key)
    except (ChannelRefused, *_LOST) as e:
        return _told(request, e)
    _looked(request, packet, "packet.view", eye=eye, page=number)
    return HttpResponse(picture, content_type="image/png")


def _eye(key: str) -> Any:
    if key not in BY_KEY:
        raise Http404
    return BY_KEY[key]


def _told(request: SignedInRequest, error: Exception) -> HttpResponse:
    return problem(request, 500, "This cannot be shown.", str(error))


def _download(content: bytes, media: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _looked(request: SignedInRequest, packet: Packet, action: str, **detail: Any) -> None:
    patient = packet.claim.encounter.patient
    audit_view(action, by=request.user, at=timezone.now(), subject=packet, patient=patient, **detail)


@require_safe
@requires(Permission.PACKET_VIEW)
@refusals_become_pages
def label(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    """An address label, or the cover sheet of a fax."""
    packet = packet_or_404(pk)
    if kind not in KINDS:
        raise Http404
    made = label_of(packet, kind, at=timezone.now())
    _looked(request, packet, "packet.label", kind=kind)
    return _download(made, "application/pdf", f"{packet.claim.number}-{packet.number}-{kind}.pdf")
