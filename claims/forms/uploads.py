"""Scans that people add: a proof of sending, an EOB on paper, a letter of the payer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

MOST_BYTES = 20 * 1024 * 1024
KINDS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass(frozen=True)
class Scan:
    """The bytes of a scan and what they are, told from the bytes themselves."""

    data: bytes
    media_type: str


class ScanField(forms.FileField):
    """A PDF or a photograph. Gives a `Scan`, or None where nothing was chosen."""

    def __init__(self, **options: Any) -> None:
        said = {"empty": "This file is empty. Choose another one.", "missing": "No file came through. Choose it again."}
        super().__init__(error_messages=said, **options)
        self.widget.attrs["accept"] = "application/pdf,image/jpeg,image/png"

    def clean(self, data: Any, initial: Any = None) -> Scan | None:
        file = super().clean(data, initial)
        if not file:
            return None
        if file.size > MOST_BYTES:
            raise ValidationError(f"This file is larger than {MOST_BYTES // 1024 // 1024} MB. Scan it in fewer dots.")
        content = file.read()
        media_type = next((kind for start, kind in KINDS.items() if content.startswith(start)), "")
        if not media_type:
            raise ValidationError("This is neither a PDF nor a JPEG or PNG picture. Scan or photograph it again.")
        return Scan(content, media_type)
