"""How allauth is told of our accounts: an administrator makes them, and guessing waits without shutting anybody out."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from config import devices
from config.people_checks import is_for_show
from documentation.services import guessing
from documentation.services.audit import record
from documentation.views.again import not_confirmed


class StaffOnly(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address of whoever asks. Of X-Forwarded-For the entry that our own outermost proxy wrote is believed, and
        nothing before it: the rest is what the client says of itself.
        """
        proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
        hops = request.headers.get("x-forwarded-for", "").split(",")
        if 0 < proxies <= len(hops) and (told := _address(hops[-proxies])):
            return told
        return _address(request.META.get("REMOTE_ADDR", "")) or "0.0.0.0"  # noqa: S104  nobody binds to it

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Password or passkey. A code of the app is read off over a shoulder."""
        return [way for way in super().get_reauthentication_methods(user) if way["id"] != "mfa_reauthenticate"]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Before a password is looked at: count the try, or say how long to wait."""
        if settings.PRODUCTION and is_for_show():
            raise ValidationError("This database holds the invented practice. In production nobody logs in to it.")
        self._counted = sides_of(request, credentials.get("username", ""))
        wait = guessing.begin(self._counted, at=timezone.now())
        if wait:
            raise ValidationError(too_many(wait), code="too_many")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user:
            guessing.take_back(self._counted, at=timezone.now())
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Recorded without what was typed: people type passwords where a name belongs."""
        tried = named(credentials.get("username", ""))
        actor: Any = request.user
        by, subject = actor if actor.is_authenticated else None, f"user {tried.pk}" if tried else None
        with transaction.atomic():
            record("account.login_failed", by=by, at=timezone.now(), subject=subject, known=tried is not None)


class PasswordChange(ChangePasswordForm):
    """The present password is asked for, and guesses at it are counted like those at the log-in."""

    def clean_oldpassword(self) -> str:
        counted = guessing.own("password", self.user.username)
        wait = guessing.begin(counted, at=timezone.now())
        if wait:
            raise ValidationError(too_many(wait), code="too_many")
        try:
            typed: str = super().clean_oldpassword()
        except ValidationError:
            not_confirmed(self.user, "password", asked="change_password")
            raise
        guessing.take_back(counted, at=timezone.now())
        return typed


def sides_of(request: HttpRequest, name: str, purpose: str = "password") -> tuple[guessing.Side, ...]:
    """From which sides a try at an account is counted. Whoever is logged in already is counted as that person."""
    user: Any = request.user
    if user.is_authenticated and user.username == name:
        return guessing.own(purpose, name)
    user = named(name)
    browser = devices.browser_of(request, user)
    return guessing.sides(purpose, name, address=network_of(request), browser=browser, exists=user is not None)


def network_of(request: HttpRequest) -> str:
    """The address that tries are counted by. Whoever has one IPv6 address has billions: these count by their /64."""
    address = ipaddress.ip_address(StaffOnly(request).get_client_ip(request))
    return str(address if address.version == 4 else ipaddress.ip_network(f"{address}/64", strict=False))


def named(name: str) -> Any:
    """The user of this name, however it is capitalized; None where there is none."""
    return get_user_model().objects.filter(username__iexact=name.strip()).first()


def too_many(wait: timedelta) -> str:
    """The same words whether there is such an account or not."""
    return (
        f"Too many wrong tries. Wait {guessing.in_words(wait)}, then try again. A browser in which you logged in before"
        " is not held up by what others try, and an administrator can open the account at once."
    )


def _address(text: str) -> str:
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    # A socket for both kinds tells an IPv4 address as ::ffff:a.b.c.d; all of those would share one /64.
    return str(getattr(found, "ipv4_mapped", None) or found)
