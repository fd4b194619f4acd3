"""The phone's side of a link: it adds pictures to one draft, and sees nothing of it.

The token is in the address behind the '#', which a browser tells nobody; the page posts it once and gets a cookie for
these pages instead. So no log, no history of a proxy and no other page ever holds what opens the link.
"""

from __future__ import annotations

import functools
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from documentation.imaging.results import Limits
from documentation.kernel.machine import NotPermitted, NotPossible, Refusal
from documentation.models import Organization, PhoneLink
from documentation.services import phones
from documentation.services.images import Upload
from documentation.views.access import View
from documentation.views.arriving import frozen_at

WINDOW = 15 * 60
"""Seconds in which tries are counted."""
WRONG_TOKENS = 20
"""Wrong links that one address may try in that time; a practice is often one address."""
TRIES = 200
"""Files, good or bad, that one link may send in that time."""
MOST_BYTES = Limits().file_bytes + 2**20
"""One picture and the form around it."""


def by_phone(view: View) -> View:
    """Let a view be opened by the phone of an open link alone, which it gets as its second argument."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        link = phones.link_of(request.COOKIES.get(settings.PHONE_COOKIE_NAME, ""))
        if link is None:
            return _closed(request, NotPossible("No link is open on this phone.", "Scan the code at the computer."))
        try:
            phones.require_open(link, at=timezone.now())
        except NotPossible as e:
            return _closed(request, e)
        return view(request, link, *args, **kwargs)

    wrapped.by_phone = True  # type: ignore[attr-defined]
    return wrapped


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """With an open link: add pictures. Without: the button that takes the token out of the address and opens it."""
    link = phones.link_of(request.COOKIES.get(settings.PHONE_COOKIE_NAME, ""))
    if link is None:
        return _page(request, "phone/connect.html", done="done" in request.GET)
    at = timezone.now()
    try:
        phones.require_open(link, at=at)
    except NotPossible as e:
        # A new code can be scanned on the same phone.
        return _page(request, "phone/connect.html", ended=" ".join(e.reasons))
    left = max(1, int((link.expires_at - at).total_seconds()))
    with timezone.override(link.encounter.location.zone):
        return _page(request, "phone/add.html", link=link, seconds_left=left)


@sensitive_post_parameters("token")
@require_POST
def open_link(request: HttpRequest) -> HttpResponse:
    """Exchange the token for a cookie of this phone."""
    at = timezone.now()
    if _tried_too_often(_tries_of(request), WRONG_TOKENS):
        return _closed(request, NotPossible("Too many links were tried from here.", "Wait a quarter of an hour."))
    try:
        link, secret = phones.open_once(request.POST.get("token", "")[:200], at=at)
    except NotPossible as e:
        _count(_tries_of(request))
        return _closed(request, e)
    response = redirect("phone")
    response.set_cookie(
        settings.PHONE_COOKIE_NAME,
        secret,
        max_age=int((link.expires_at - at).total_seconds()),
        path=response["Location"],
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


@csrf_exempt  # what is too long is turned away before it is read; the token is checked just below
@by_phone
@require_POST
def add(request: HttpRequest, link: PhoneLink) -> HttpResponse:
    """Take one picture in. The answer names what became of it and nothing of the record."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return _outcome("", f"A picture can have {Limits().file_bytes // 2**20} MB at most.", 413)
    return _add(request, link)


@csrf_protect
def _add(request: HttpRequest, link: PhoneLink) -> HttpResponse:
    at = timezone.now()
    file = next(iter(request.FILES.getlist("images")), None)
    if file is None:
        return _outcome("", "No picture was sent. Choose one.", 422)
    tries = f"phone-add:{link.pk}"
    if _tried_too_often(tries, TRIES):
        return _outcome(file.name or "", f"Too many files came through this link. {phones.NEW_CODE}", 429)
    _count(tries)
    upload = Upload(file.name or "picture", file.read(), frozen_at(request.POST, at))
    try:
        taken = phones.take_in(link, upload, at=at)
    except (NotPermitted, NotPossible) as e:
        return _outcome(upload.name, " ".join(e.reasons), 409)
    if taken.held:  # why it waits is not for a phone that sees nothing of the record
        return _outcome(taken.name, "This file waits at the computer, where somebody has to decide about it.")
    return _outcome(taken.name, "" if taken.image or taken.same_as else taken.refusal)


@by_phone
@require_POST
def end(request: HttpRequest, link: PhoneLink) -> HttpResponse:
    """Whoever holds the phone is done."""
    phones.end_from_phone(link, at=timezone.now())
    response = redirect(f"{reverse('phone')}?done=1")
    response.delete_cookie(settings.PHONE_COOKIE_NAME, path=reverse("phone"), samesite="Strict")
    return response


def _outcome(name: str, refusal: str, status: int = 200) -> HttpResponse:
    return JsonResponse({"outcomes": [{"name": name, "refusal": refusal}]}, status=status)


def _closed(request: HttpRequest, why: Refusal) -> HttpResponse:
    """410: the link is no good any more. To a script in JSON, to people as a page."""
    if request.headers.get("HX-Request"):
        return _outcome("", " ".join(why.reasons), 410)
    return _page(request, "phone/connect.html", 410, ended=" ".join(why.reasons))


def _page(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    practice = Organization.current()
    return render(request, template, {"practice": practice.name if practice else "", **context}, status=status)


def _tried_too_often(key: str, most: int) -> bool:
    return int(cache.get(key, 0)) >= most


def _count(key: str) -> None:
    if not cache.add(key, 1, WINDOW):
        try:
            cache.incr(key)
        except ValueError:  # it ended between the two
            cache.set(key, 1, WINDOW)


def _tries_of(request: HttpRequest) -> str:
    return f"phone-open:{get_adapter(request).get_client_ip(request)}"
