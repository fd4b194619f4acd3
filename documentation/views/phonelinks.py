"""The computer's side of a phone link: its code, what came through it, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET, require_POST

from documentation.kernel.permissions import Permission
from documentation.models import Encounter, PhoneLink
from documentation.services import phones
from documentation.views.access import found_or_404, refusals_become_pages, requires
from documentation.views.once import acted, acts_once
from documentation.views.work import section_url

THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Code:
    """A code to be scanned, shown this once: nobody can make it again from what is stored."""

    drawing: SafeString
    address: str
    """Without the token, for people to read."""
    url: str
    is_reachable: bool
    """A phone can open it; an address such as localhost leads a phone to itself."""


def code_for(request: HttpRequest, token: str) -> Code:
    base, is_reachable = address_for_phones(request)
    # Behind the '#' a browser keeps the token to itself: no server, log or later page is told of it.
    url = f"{base}{reverse('phone')}#{token}"
    drawn = segno.make(url, error="m", micro=False).svg_inline(border=3, omitsize=True, dark="#10242a", light="#fff")
    return Code(mark_safe(drawn), f"{base}{reverse('phone')}", url, is_reachable)  # noqa: S308 - drawn by segno


def address_for_phones(request: HttpRequest) -> tuple[str, bool]:
    """Scheme and host under which other devices find this server, and whether one is known."""
    own = f"{request.scheme}://{request.get_host()}"
    for base in (settings.PUBLIC_URL, own):
        if urlsplit(base).hostname not in THIS_MACHINE:
            return base, True
    return own, False


@requires(Permission.IMAGE_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def create(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a code that one phone can open. A script of the page gets the panel alone."""
    from documentation.views.images import page_with_code

    encounter = found_or_404(Encounter.objects.select_related("location"), pk)
    user: Any = request.user
    _, token = phones.create(encounter, by=user, at=timezone.now())
    code = code_for(request, token)
    if request.headers.get("HX-Request"):
        page = HttpResponse(_panel_markup(request, encounter, code=code))
    else:
        page = page_with_code(request, pk, code)
    return acted(page, section_url(encounter, "images"))


@requires(Permission.IMAGE_EDIT)
@require_GET
def news(request: HttpRequest, pk: int) -> HttpResponse:
    """What the page asks every few seconds while a link is open: is it still, and did the pictures change?"""
    encounter = found_or_404(Encounter.objects.select_related("location"), pk)
    now = panel(encounter, timezone.now())
    link: PhoneLink | None = now["phone_link"]
    closed = "" if link else _panel_markup(request, encounter)
    return JsonResponse({"pictures": now["pictures_now"], "words": now["phone_words"], "closed": closed})


@requires(Permission.IMAGE_EDIT)
@refusals_become_pages
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the link. Doing so twice is doing it once."""
    encounter = found_or_404(Encounter.objects.select_related("location"), pk)
    user: Any = request.user
    phones.end(encounter, by=user, at=timezone.now())
    if request.headers.get("HX-Request"):
        return HttpResponse(_panel_markup(request, encounter))
    return redirect(section_url(encounter, "images"))


def panel(encounter: Encounter, at: datetime) -> dict[str, Any]:
    """The open link of an encounter, what is said of it, and a mark that changes when pictures come or go."""
    link = next((x for x in encounter.phone_links.all()[:1] if x.is_open(at)), None)
    keys = encounter.images.order_by("pk").values_list("pk", flat=True)
    return {
        "phone_link": link,
        "phone_words": _words(link),
        "pictures_now": f"{len(keys)}-{keys[len(keys) - 1] if keys else 0}",
    }


def _words(link: PhoneLink | None) -> str:
    if link is None:
        return ""
    if link.opened_at is None:
        return "Waiting for a phone."
    if not link.arrived:
        return "A phone is connected. No picture has come yet."
    return f"A phone is connected. {link.arrived} picture{'' if link.arrived == 1 else 's'} came."


def _panel_markup(request: HttpRequest, encounter: Encounter, **more: Any) -> str:
    context = {"encounter": encounter, **panel(encounter, timezone.now()), **more}
    with timezone.override(encounter.location.zone):
        return render_to_string("documentation/_phone.html", context, request)
