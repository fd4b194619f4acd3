"""Asked again: the password or a passkey, before a step that a person at somebody else's open screen must not take.

Signatures ask at that moment, every time (`is_you`). Changes of accounts, and lists that are taken along, ask where it
was not given within the last minutes (`ask_again`).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as passkeys
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from fido2.webauthn import AuthenticationResponse

from documentation.models import User
from documentation.services import guessing
from documentation.services.audit import record


def must_ask_again(request: HttpRequest) -> bool:
    """Whether the password was not given again within the last minutes."""
    return not did_recently_reauthenticate(request)


def ask_again(request: HttpRequest) -> None:
    """Send the person to give the password again, and back here, unless that was within the last minutes."""
    if must_ask_again(request):
        raise ReauthenticationRequired


def asked_for_download(request: HttpRequest) -> HttpResponse:
    """The same for a file: the way leads to a page from which it is taken, because a download alone leaves the browser
    where it was.
    """
    ready = f"{reverse('taken_along')}?{urlencode({'to': request.get_full_path()})}"
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': ready})}")


def has_passkey(user: User) -> bool:
    """Whether this person can answer with a passkey in the place of the password."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists()


def challenge(user: User) -> dict[str, Any]:
    """What a passkey of this person answers to, once. It has to see who uses it."""
    asked = passkeys.begin_authentication(user)
    return {"publicKey": {**asked["publicKey"], "userVerification": "required"}}


def is_you(request: HttpRequest, form: forms.Form, undone: str) -> bool:
    """Check the form and its password or passkey; a wrong password counts, and after a few the answer is to wait.

    `undone` says what did not happen, such as 'Nothing was signed'.
    """
    user: Any = request.user
    if not form.is_valid():
        return False
    if form.cleaned_data.get("credential"):
        if not _is_passkey_of(user, form.cleaned_data["credential"]):
            not_confirmed(user, "passkey", asked=undone)
            form.add_error("password", f"The passkey was not taken. {undone}; try again, or type your password.")
            return False
        return True
    counted = guessing.own("signing", user.username)
    wait = guessing.begin(counted, at=timezone.now())
    if wait:
        form.add_error("password", f"Too many wrong passwords. Wait {guessing.in_words(wait)}, then try again.")
        return False
    if not user.check_password(form.cleaned_data["password"]):
        not_confirmed(user, "password", asked=undone)
        form.add_error("password", f"This is not your password. {undone}; try again.")
        return False
    guessing.take_back(counted, at=timezone.now())
    return True


def not_confirmed(user: User, way: str, *, asked: str) -> None:
    """Somebody at this person's open session gave a wrong password or passkey: the trail tells of it. `asked` says for
    what it was asked.
    """
    with transaction.atomic():
        record("account.confirm_failed", by=user, at=timezone.now(), subject=f"user {user.pk}", way=way, asked=asked)


def _is_passkey_of(user: Any, text: str) -> bool:
    """Whether one of the person's passkeys answered to the challenge of this session, and saw who uses it: a key that
    somebody left in the computer is not enough.
    """
    try:
        answer = json.loads(text)
        passkeys.parse_authentication_response(answer)
        passkeys.complete_authentication(user, answer)
        return AuthenticationResponse.from_dict(answer).response.authenticator_data.is_user_verified()
    except (ValueError, TypeError, KeyError, ValidationError):
        return False
