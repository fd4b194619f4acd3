"""The letterhead of the practice: its logo, shown as it is printed, changed, taken off, put back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from claims.forms.practice import LogoForm
from claims.views.common import attempt, back, status_of
from documentation.kernel.permissions import Permission
from documentation.models import Location, Logo, Organization
from documentation.services import letterhead
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.files import EXTENSIONS, serve
from documentation.views.once import acts_once

TRAIL = {"label": "Practice", "url": "/practice/"}


@requires(Permission.SETTINGS_MANAGE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def show(request: SignedInRequest) -> HttpResponse:
    """The head as it is printed, and the form by which its logo is chosen."""
    practice = Organization.objects.select_related("logo").first()
    before = practice.logo if practice else None
    form = LogoForm(request.POST, request.FILES) if request.method == "POST" else LogoForm()

    def save(values: dict[str, Any]) -> Logo:
        return letterhead.take_in(values["logo"].read(), by=request.user, at=timezone.now())

    if form.is_bound and (logo := attempt(form, save)):
        messages.success(request, "What is printed from now on bears this logo. What was sealed keeps its own.")
        return redirect(_page(before if before and before != logo else None))
    context = {
        "form": form,
        "practice": practice,
        "logo": before,
        "place": Location.objects.order_by(*Location.IN_ORDER).first(),
        "former": _former(request, before),
        "back_url": back(request, reverse("practice")),
        "trail": [TRAIL],
    }
    return render(request, "claims/letterhead.html", context, status=status_of(form))


def _former(request: HttpRequest, now: Logo | None) -> Logo | None:
    """The logo that stood there before the last step, to be put back."""
    asked = request.GET.get("former", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 15):
        return None
    found = Logo.objects.filter(pk=int(asked)).first()
    return found if found != now else None


def _page(former: Logo | None) -> str:
    url = reverse("letterhead")
    return f"{url}?former={former.pk}" if former else url


@requires(Permission.SETTINGS_MANAGE)
@refusals_become_pages
@require_POST
@acts_once
def remove(request: SignedInRequest) -> HttpResponse:
    """Print without a logo; the page then offers to put it back."""
    practice = Organization.objects.select_related("logo").first()
    former = practice.logo if practice else None
    letterhead.take_off(by=request.user, at=timezone.now())
    return redirect(_page(former))


@requires(Permission.SETTINGS_MANAGE)
@refusals_become_pages
@require_POST
@acts_once
def put_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a logo stand again that stood there before."""
    letterhead.put_back(found_or_404(Logo.objects, pk), by=request.user, at=timezone.now())
    messages.success(request, "The logo is back.")
    return redirect("letterhead")


@requires(Permission.SETTINGS_MANAGE)
@require_safe
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The logo itself."""
    row = found_or_404(Logo.objects.select_related("picture"), pk)
    answer: HttpResponse = serve(
        request,
        row.picture,
        permission=Permission.SETTINGS_MANAGE,
        name=f"logo.{EXTENSIONS[row.picture.media_type]}",
        action="practice.logo_view",
        subject="practice",
        patient=None,
    )
    return answer
