"""The password at the moment of signing, and the text of an addendum."""

from __future__ import annotations

from typing import Any

from django import forms

from documentation.forms.fields import CleanField
from documentation.models import Addendum


class PasswordForm(forms.Form):
    """Asks for the password again, or for a passkey. Whether it is right is the view's to find out."""

    credential = CleanField(required=False, widget=forms.HiddenInput)
    """What a passkey answered; empty where the password is typed."""
    password = forms.CharField(
        label="Your password",
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Signing asks for it again, so that nobody signs in your name.",
    )
    to_do = "sign"

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not given.get("credential") and not given.get("password"):
            self.add_error("password", f"Type your password to {self.to_do}.")
        return given


class UnlockForm(PasswordForm):
    to_do = "unlock"
    reason = CleanField(
        label="Why it is opened again",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Such as: The left side was entered; the right one was examined. It stays with the record for good.",
        error_messages={
            "required": "Say why the record is opened again. The reason stays with it for good.",
            "max_length": "Say it in at most 500 characters; there are %(show_value)d.",
        },
    )
    field_order = ("reason", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = "Asked again, so that nobody opens a record in your name."


class AddendumForm(PasswordForm):
    body = CleanField(
        label="What is added",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The earlier text stays as it is; this stands below it with your name and the time.",
        error_messages={"required": "The addendum is empty. Write what is to be added."},
    )
    field_order = ("body", "password")

    def clean_body(self) -> str:
        text: str = self.cleaned_data["body"]
        for validate in Addendum._meta.get_field("body").validators:
            validate(text)
        return text
