"""Saying what an export of everything is for."""

from __future__ import annotations

from django import forms

from claims.forms.base import Told
from documentation.forms.fields import CleanField


class ExportForm(Told, forms.Form):
    why = CleanField(
        label="What is it for?",
        max_length=200,
        help_text="Such as: moving to another program, or a copy for the practice’s own archive.",
        error_messages={
            "required": "Say what it is for: the audit trail keeps it.",
            "max_length": "At most %(limit_value)s characters are kept; this has %(show_value)s. Please shorten it.",
        },
    )
