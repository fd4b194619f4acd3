"""A medical claim on pre-printed CMS-1500 stock: what will be printed, what is cut, and how the printer is set."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from claims.forms.stock import OffsetForm, offset_of
from claims.models import Claim
from claims.packet.stock import Offset, alignment, fill, overlay
from claims.packet.stock.positions import SOURCE
from claims.queries.claims import facts_of
from claims.views.page import claim_or_404, trail
from documentation.kernel.machine import Refused
from documentation.kernel.permissions import Permission
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, refusals_become_pages, requires

COOKIE = "stock_offset"
"""Two numbers, no more: printers hang on workplaces, so the setting stays in the browser of the workplace."""
YEAR = 60 * 60 * 24 * 365


@requires(Permission.PACKET_VIEW)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """What stands on the form, line by line; a POST sets the printer's offset."""
    claim = claim_or_404(pk)
    kept = _offset(request)
    form = OffsetForm(request.POST or None, initial={"right": kept.right, "down": kept.down})
    if form.is_valid():
        offset = form.offset()
        messages.success(request, "The offset is kept for this workplace. Print the alignment page to see it.")
        answer = redirect("claim_stock", claim.pk)
        answer.set_cookie(
            COOKIE, f"{offset.right:g},{offset.down:g}", max_age=YEAR, httponly=True, samesite="Strict",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
        return answer
    _looked(request, claim, "claim.view")
    context = {
        "claim": claim,
        "filled": fill(facts_of(claim)),
        "form": form,
        "offset": kept,
        "source": SOURCE,
        "trail": [*trail(claim), {"label": claim.number, "url": reverse("claim_page", args=[claim.pk])}],
    }
    return render(request, "claims/stock.html", context, status=422 if form.is_bound else 200)


@requires(Permission.PACKET_VIEW)
@refusals_become_pages
@require_safe
def pdf(request: SignedInRequest, pk: int) -> HttpResponse:
    """The characters alone, for paper that is already printed."""
    claim = claim_or_404(pk)
    facts = facts_of(claim)
    try:
        content = overlay(facts, fill(facts), _offset(request))
    except Refused:
        return redirect("claim_stock", claim.pk)  # the page says what does not fit
    _looked(request, claim, "claim.stock_pdf")
    return _download(content, f"{claim.number}-cms1500.pdf")


@requires(Permission.PACKET_VIEW)
@require_safe
def alignment_page(request: SignedInRequest) -> HttpResponse:
    """The page that shows how the printer sits on the form; it names nobody."""
    return _download(alignment(_offset(request)), "cms1500-alignment.pdf")


def _download(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _offset(request: HttpRequest) -> Offset:
    return offset_of(request.COOKIES.get(COOKIE, ""))


def _looked(request: SignedInRequest, claim: Claim, action: str) -> None:
    audit_view(action, by=request.user, at=timezone.now(), subject=claim, patient=claim.encounter.patient)
