"""Ways that a person carries: the files to take, what to type into a portal's form, and how it is proven."""

from __future__ import annotations

import io
import zipfile

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.models import Claim
from claims.services.cargo import Looked, cargo_of, fields_of, leaving_of, look
from claims.services.labels import claims_fax_of
from claims.views.common import claim_url
from claims.views.page import claim_or_404, trail
from claims.ways import File, Way, way_of
from documentation.kernel.machine import Refused
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, refusals_become_pages, requires
from documentation.views.work import at_location

_MOMENT = (1980, 1, 1, 0, 0, 0)


@require_GET
@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
def show(request: SignedInRequest, pk: int, out: str) -> HttpResponse:
    """The files and fields of one claim for a way that a person carries. Nothing is recorded as sent here."""
    claim, chosen, one, now = *_asked(request, pk, out), timezone.now()
    leaving = leaving_of(one, chosen, at=now)
    patient = claim.encounter.patient
    audit.view("claim.view", by=request.user, at=now, subject=claim, patient=patient, page=f"way {chosen.key}")
    made = chosen.arrange(cargo_of([one], chosen, "", at=now))
    parts: dict[str, list[dict[str, str]]] = {}
    for n, field in enumerate(fields_of(claim, leaving, chosen, at=now)):
        parts.setdefault(field.part, []).append({"id": f"field-{n}", "label": field.label, "value": field.value})
    context = {
        "claim": claim,
        "way": chosen,
        "packet": one.packet,
        "reasons": one.against(chosen),
        "files": [{"name": x.name, "title": x.title, "size": x.size} for x in made],
        "parts": list(parts.items()),
        "lacks_cover": bool(chosen.cover and not leaving.cover),
        "writes_fax_in": bool(leaving.cover) and chosen.cover == "fax" and not claims_fax_of(claim, now),
        "trail": [*trail(claim), {"label": claim.number, "url": claim_url(claim)}],
    }
    return at_location(request, claim.encounter, "claims/by_hand.html", context)


@require_GET
@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
def bundle(request: SignedInRequest, pk: int, out: str) -> HttpResponse:
    """All files of one claim for this way, in one ZIP."""
    claim, chosen, one, now = *_asked(request, pk, out), timezone.now()
    if reasons := one.against(chosen):
        raise Refused(*reasons)
    packed = _zip(chosen.arrange(cargo_of([one], chosen, "", at=now)))
    audit.view(
        "packet.download", by=request.user, at=now, subject=one.packet or claim, patient=claim.encounter.patient,
        kind=chosen.key,
    )  # fmt: skip
    response = HttpResponse(packed, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{claim.number}-{chosen.key}.zip"'
    return response


def _asked(request: SignedInRequest, pk: int, key: str) -> tuple[Claim, Way, Looked]:
    claim, chosen = claim_or_404(pk), way_of(key)
    if chosen is None or not chosen.is_by_hand:
        raise Http404
    (one,) = look([claim], by=request.user, at=timezone.now())
    return claim, chosen, one


def _zip(made: tuple[File, ...]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in made:
            archive.writestr(zipfile.ZipInfo(file.name, _MOMENT), file.content)
    return buffer.getvalue()
