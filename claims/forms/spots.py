"""Where numbers of an EOB stand on its scan, as the page hands them in: a list of boxes as JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from documentation.kernel.text import read_json

FULL = 10_000
MOST = 300
_FIELD = re.compile(r"(paid_on|trace|payer_control|remarks|printed|lines-\d{1,2}-[a-z]+\d?)", re.ASCII)
_PARTS = ("left", "top", "width", "height")
_SENTENCE = "The marks on the scan could not be read. Mark the numbers again, or type the EOB without marks."


class SpotsField(forms.CharField):
    """Boxes as dictionaries: field, page, left, top, width, height; the later one of a field counts."""

    widget = forms.HiddenInput

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=60_000, **options)

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[dict[str, Any]]:
        text = super().clean(value)
        if not text:
            return []
        try:
            given = read_json(text)
        except ValueError as e:
            raise ValidationError(_SENTENCE) from e
        if not isinstance(given, list) or len(given) > MOST or not all(map(_is_sound, given)):
            raise ValidationError(_SENTENCE)
        wanted = ("field", "page", *_PARTS)
        return list({spot["field"]: {k: spot[k] for k in wanted} for spot in given}.values())


def _is_sound(spot: Any) -> bool:
    if not isinstance(spot, dict) or not isinstance(spot.get("field"), str) or not _FIELD.fullmatch(spot["field"]):
        return False
    numbers = [spot.get(name) for name in ("page", *_PARTS)]
    if not all(type(n) is int and 0 <= n <= FULL for n in numbers):
        return False
    page, left, top, width, height = (int(n or 0) for n in numbers)
    return 1 <= page <= 500 and width > 0 and height > 0 and left + width <= FULL and top + height <= FULL
