"""Passkeys where they stand for the password: they count only where the key saw who uses it.

As a second step after the password a key in the hand is enough. Alone it is not: whoever finds it in the computer
has it. Both ask by one challenge of the session, so what the answer says of itself is looked at, and not how it was
asked for.
"""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm, ReauthenticateWebAuthnForm
from django.core.exceptions import ValidationError
from fido2.webauthn import AuthenticationResponse


class _Told:
    """A passkey that was not taken is told of, like a wrong code."""

    user: Any
    cleaned_data: dict[str, Any]
    needs_person = False

    def clean_credential(self) -> Authenticator:
        given = self.cleaned_data["credential"]
        try:
            taken: Authenticator = super().clean_credential()  # type: ignore[misc]
        except ValidationError:
            # What a stranger sends before the log-in names nobody, and would fill the trail.
            if self.user is not None:
                self._tell(self.user)
            raise
        if self.needs_person and not saw_who(given):
            self._tell(taken.user)
            raise get_adapter().validation_error("incorrect_code")
        return taken

    def _tell(self, user: Any) -> None:
        tried = Authenticator(user=user, type=Authenticator.Type.WEBAUTHN)
        told = {"request": context.request, "user": user, "reauthentication": self.needs_person}
        authentication_failed.send(sender=Authenticator, authenticator=tried, **told)


class SecondStep(_Told, AuthenticateWebAuthnForm):
    """After the password."""


class PasskeyAlone(_Told, LoginWebAuthnForm):
    """In the place of the password at the log-in."""

    needs_person = True


class PasskeyAgain(_Told, ReauthenticateWebAuthnForm):
    """In the place of the password before a step that asks again."""

    needs_person = True


def saw_who(credential: dict[str, Any]) -> bool:
    """Whether the key asked for a finger, a face or a PIN before it answered."""
    return AuthenticationResponse.from_dict(credential).response.authenticator_data.is_user_verified()
