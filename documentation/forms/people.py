"""Accounts while the administrator writes of them, and the password that a person chooses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from documentation.forms.fields import CleanField
from documentation.kernel.permissions import Role
from documentation.models import Clinician, User

ROLES = [("", "Choose"), *((role.value, role.label) for role in Role)]


class InviteForm(forms.Form):
    first_name = CleanField(label="First name", max_length=60, error_messages={"required": "Type the first name."})
    last_name = CleanField(label="Last name", max_length=60, error_messages={"required": "Type the last name."})
    username = CleanField(
        label="User name",
        max_length=60,
        validators=[User.username_validator],
        help_text="What the person types to log in, such as dana.example. It stays theirs for good.",
        error_messages={"required": "Choose a name to log in with."},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(label="Role", choices=ROLES, error_messages={"required": "Choose what the person does."})
    clinician = forms.ModelChoiceField(
        Clinician.objects.none(),
        label="Signs as",
        required=False,
        empty_label="Nobody: signs nothing",
        help_text="For clinicians: whose visits the person signs, for good. Here are those without an account.",
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["clinician"].queryset = Clinician.objects.filter(user=None, is_active=True)  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("username", "first_name", "last_name", "role")}


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label="Role", choices=ROLES[1:], error_messages={"required": "Choose what the person does."}
    )
    reason = CleanField(
        label="Reason",
        required=False,
        max_length=300,
        help_text="In an emergency: what for and until when, without a patient's name. It stays in the audit trail.",
    )


class ReasonForm(forms.Form):
    """Why somebody reaches into a person's account."""

    reason = CleanField(
        label="Reason",
        max_length=300,
        help_text="Such as: Lost the phone; I know the person and spoke to them. It stays on record.",
        error_messages={"required": "Say why. The reason stays on record."},
    )


class ChoosePasswordForm(forms.Form):
    """A new password, typed twice. What it must be is the validators' to say."""

    password = forms.CharField(
        label="New password",
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="12 characters or more. A few words in a row are best; nothing else is asked of it.",
        error_messages={"required": "Choose a password."},
    )
    again = forms.CharField(
        label="The same again",
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Type it once more."},
    )

    def clean_again(self) -> str:
        typed: str = self.cleaned_data["again"]
        if typed != self.cleaned_data.get("password", typed):
            raise ValidationError("The two are not the same. Type them again.")
        return typed


class FirstForm(ChoosePasswordForm):
    """Who the first administrator is, with the password."""

    first_name = CleanField(label="First name", max_length=60, error_messages={"required": "Type your first name."})
    last_name = CleanField(label="Last name", max_length=60, error_messages={"required": "Type your last name."})
    username = CleanField(
        label="User name",
        max_length=60,
        validators=[User.username_validator],
        help_text="What you type to log in, such as dana.example. It stays yours for good.",
        error_messages={"required": "Choose a name to log in with."},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "username"}),
    )
    field_order = ("first_name", "last_name", "username", "password", "again")

    @property
    def values(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("first_name", "last_name", "username")}
