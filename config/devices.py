"""Browsers that a person logged in from before: a signed cookie that opens nothing, and that no stranger holds up.

One cookie for a browser, because people share the computer at the front desk: it names the browser and those who
logged in from it.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

SALT = "config.devices"
LIFETIME = 365 * 24 * 60 * 60
MOST_PEOPLE = 30


def browser_of(request: HttpRequest, user: Any) -> str:
    """The name of this browser where the person logged in from it before; empty elsewhere, and for nobody."""
    name, people = _read(request)
    return name if user is not None and user.pk in people else ""


def remember(request: HttpRequest, response: HttpResponse, user: Any) -> None:
    """This person has logged in from this browser."""
    name, people = _read(request)
    known = [user.pk, *(pk for pk in people if pk != user.pk)][:MOST_PEOPLE]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([name or secrets.token_urlsafe(12), known], salt=SALT),
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[int]]:
    try:
        name, people = signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return name, people
