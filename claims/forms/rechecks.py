"""Saying what changed before all claims are checked again."""

from __future__ import annotations

from django import forms

from claims.forms.base import Told
from documentation.forms.fields import CleanField


class RecheckForm(Told, forms.Form):
    why = CleanField(
        label="What changed?",
        max_length=200,
        help_text="Such as: Example Dental Plan now asks for prior authorization.",
        error_messages={
            "required": "Say what changed: it tells the next person why claims went back to draft.",
            "max_length": "At most %(limit_value)s characters are kept; this has %(show_value)s. Please shorten it.",
        },
    )
