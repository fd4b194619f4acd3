"""Scans that people add: a proof of sending, an EOB on paper, a letter of the payer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from claims.services.scans import read_scan
from documentation.papers import MOST_SCANNED

MOST_BYTES = 20 * 1024 * 1024
KINDS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass(frozen=True)
class Given:
    """The bytes of a file and what they are, told from the bytes themselves."""

    data: bytes
    media_type: str


class PaperField(forms.FileField):
    """A PDF or a photograph as it came, for a verb that examines it. Gives a `Given`; None where nothing was chosen."""

    def __init__(self, **options: Any) -> None:
        said = {"empty": "This file is empty. Choose another one.", "missing": "No file came through. Choose it again."}
        super().__init__(error_messages=said, **options)
        self.widget.attrs["accept"] = "application/pdf,image/jpeg,image/png"

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if not file:
            return None
        if file.size > MOST_BYTES:
            raise ValidationError(f"This file is larger than {MOST_BYTES // 1024 // 1024} MB. Scan it in fewer dots.")
        content = file.read()
        media_type = next((kind for start, kind in KINDS.items() if content.startswith(start)), "")
        if not media_type:
            raise ValidationError("This is neither a PDF nor a JPEG or PNG picture. Scan or photograph it again.")
        return Given(content, media_type)


LIMITS = f"PDF, JPEG or PNG, at most {MOST_BYTES // 1024 // 1024} MB and {MOST_SCANNED} pages."


class ScanField(PaperField):
    """The same, examined: pages or pixels, without what was hidden in the file or behind it. Gives a `Scan`, which
    holds the bytes that came, too."""

    def __init__(self, *, help_text: str = "", **options: Any) -> None:
        super().__init__(help_text=f"{LIMITS} {help_text}".strip(), **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = super().clean(data, initial)
        if given is None:
            return None
        try:
            return read_scan(given.data)
        except ValidationError as e:
            raise ValidationError(e.message_dict["file"]) from e
