"""The second factor: who needs one, codes that work once, and secrets that are not kept in the clear."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import salted_hmac

from config.accounts import sides_of, too_many
from documentation.services import guessing, recovery
from documentation.views.access import problem

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
ALWAYS_OPEN = frozenset({"account_logout", "account_reauthenticate", "account_change_password", "session_left"})
"""What a person without the second factor that the role needs may open, besides the pages that set one up."""
LAST_COUNTER = "last_counter"
ACTIVATED_WITH = "config.second_factor.counter"


class Adapter(DefaultMFAAdapter):
    """Seeds of authenticator apps are encrypted: a copy of the database alone makes no codes."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not right, or it was used already. Wait for the next one.",
        "cannot_delete_authenticator": "Your role needs a second factor. Add another one, then take this one away.",
    }

    def encrypt(self, text: str) -> str:
        nonce = os.urandom(12)
        sealed = AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, text.encode(), None)
        return base64.b64encode(nonce + sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Also what an earlier SECRET_KEY sealed, where SECRET_KEY_FALLBACKS names it."""
        raw = base64.b64decode(encrypted_text)
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            try:
                return AESGCM(_key(secret)).decrypt(raw[:12], raw[12:], None).decode()
            except InvalidTag:
                continue
        raise ValidationError("Your app's secret cannot be read any more. Ask your administrator to reset it.")

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        others = Authenticator.objects.filter(user=authenticator.user, type__in=FACTORS).exclude(pk=authenticator.pk)
        return authenticator.user.role not in settings.MFA_REQUIRED_FOR or others.exists()


def _key(secret: str | bytes) -> bytes:
    return salted_hmac("config.second_factor", "seed", secret=secret, algorithm="sha256").digest()


class Code(AuthenticateForm):
    """At the log-in: a code of the app, which works once, or a recovery code, which works once, too."""

    user: Any
    cleaned_data: dict[str, Any]
    authenticator: Authenticator | None = None

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        counted = sides_of(context.request, self.user.username, "code")
        wait = guessing.begin(counted, at=timezone.now())
        if wait:
            raise ValidationError(too_many(wait), code="too_many")
        # Recovery codes first: they work also where the seed of an app cannot be read any more.
        is_kept = recovery.use(self.user, code, at=timezone.now())
        self.authenticator = None if is_kept else use_code_of_app(self.user, code)
        if not is_kept and self.authenticator is None:
            self._emit_authentication_failed(Authenticator(user=self.user, type=Authenticator.Type.TOTP))
            raise Adapter().validation_error("incorrect_code")
        guessing.take_back(counted, at=timezone.now())
        return code

    def save(self) -> None:
        if self.authenticator:
            super().save()
            return
        record_authentication(context.request, self.user, "mfa", type="recovery_codes")


class FirstCode(ActivateTOTPForm):
    """The code that sets the app up is used by it: it does not log in, too."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        context.request.session[ACTIVATED_WITH] = _counter_of(self.secret, code, after=-1)
        return code


def use_code_of_app(user: Any, code: str) -> Authenticator | None:
    """The person's app where it shows this code now and neither this nor a later one was used."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(user=user, type=Authenticator.Type.TOTP).first()
        if row is None:
            return None
        counter = _counter_of(Adapter().decrypt(row.data["secret"]), code, after=row.data.get(LAST_COUNTER, -1))
        if counter is None:
            return None
        row.data[LAST_COUNTER] = counter
        row.save(update_fields=["data"])
    row.user = user
    return row


def used_to_set_up(request: HttpRequest, authenticator: Authenticator) -> None:
    """Note at a new app which code set it up."""
    counter = request.session.pop(ACTIVATED_WITH, None)
    if counter is not None and authenticator.type == Authenticator.Type.TOTP:
        authenticator.data[LAST_COUNTER] = counter
        authenticator.save(update_fields=["data"])


def _counter_of(secret: str, code: str, *, after: int) -> int | None:
    """For which half minute the app shows this code, of those after the last one used; None for a wrong one."""
    for counter in yield_hotp_counters_from_time():
        shown = format_hotp_value(hotp_value(secret, counter))
        if counter > after and compare_user_code(actual=code, expected=shown):
            return counter
    return None


def is_lacking(user: Any) -> bool:
    """Whether the role needs a second factor and the person has none."""
    return user.role in settings.MFA_REQUIRED_FOR and not Adapter().is_mfa_enabled(user, FACTORS)


def second_factor_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Whose role needs a second factor sets one up, and opens nothing else before."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.url_name or "" if request.resolver_match else ""
        user: Any = request.user
        if not user.is_authenticated or name in ALWAYS_OPEN or name.startswith("mfa_") or not is_lacking(user):
            return None
        words = "Your role needs a second factor. Set one up, then everything else opens."
        if request.method != "GET":
            return problem(request, 403, "First a second factor.", words, "What you sent was not done.")
        messages.warning(request, words)
        return redirect("mfa_index")

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware
