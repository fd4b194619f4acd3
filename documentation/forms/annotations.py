"""Reading the marks that a page sends: a list in JSON, each with its places and its words."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError

from documentation.facts import AnnotationFacts
from documentation.kernel.text import read_json
from documentation.kernel.vocabulary import ANNOTATION

UNREADABLE = "The drawing could not be read. Load the page again; what is stored stays as it is."
_WORDS = ("key", "kind", "label", "ink")
_PLACES = ("x1", "y1", "x2", "y2")


def read_marks(raw: str) -> list[dict[str, Any]]:
    """The marks as values for `annotate`. Raises ValidationError with a sentence where they are none."""
    try:
        given = read_json(raw)
    except ValueError:
        raise ValidationError({"annotations": UNREADABLE}) from None
    if not isinstance(given, list) or not all(isinstance(mark, dict) for mark in given):
        raise ValidationError({"annotations": UNREADABLE})
    return [_read(index, mark) for index, mark in enumerate(given)]


def _read(index: int, mark: dict[str, Any]) -> dict[str, Any]:
    words = {name: mark.get(name, "") for name in _WORDS}
    places = {name: mark.get(name) for name in _PLACES}
    if not all(isinstance(w, str) for w in words.values()) or not all(type(p) is int for p in places.values()):
        raise ValidationError({"annotations": UNREADABLE})
    length = mark.get("length_mm")
    try:
        length_mm = None if length in (None, "") else Decimal(str(length))
    except InvalidOperation:
        raise ValidationError(
            {f"annotations[{index}].length_mm": "Write the length as a number, such as 1.10."}
        ) from None
    return {**words, **places, "length_mm": length_mm}


def written(marks: tuple[AnnotationFacts, ...]) -> str:
    """The same the other way: what the page starts from."""
    return json.dumps(
        [
            {
                **{name: getattr(mark, name) for name in (*_WORDS, *_PLACES)},
                "length_mm": None if mark.length_mm is None else str(mark.length_mm),
            }
            for mark in marks
        ],
        ensure_ascii=False,
    )


def problems_of(error: ValidationError, marks: list[dict[str, Any]]) -> list[str]:
    """A sentence for everything that could not be taken, with the mark that it speaks of."""
    told = []
    for field, sentences in error.message_dict.items():
        found = re.match(r"annotations\[(\d+)\]", field)
        named = marks[int(found[1])] if found and int(found[1]) < len(marks) else None
        head = f"Mark {int(found[1]) + 1}, {ANNOTATION.label(named['kind']).lower()}: " if found and named else ""
        told += [f"{head}{sentence}" for sentence in sentences]
    return told
