"""The verb on what is drawn on a picture: the whole drawing is saved at once, and only what differs is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from documentation.figures import unprintable_in
from documentation.kernel.machine import NotPossible
from documentation.kernel.text import clean_text
from documentation.models import Annotation, EncounterImage, User
from documentation.services.audit import record
from documentation.services.images import changing

MOST = 40
"""Marks that one picture can carry."""
SHORTEST = 50
"""Ten-thousandths of the picture below which a line or an ellipse is a slip of the hand."""

Mark = Mapping[str, Any]
"""Values of a mark: its key, kind, places, label, ink and known length."""
_FIELDS = ("kind", "x1", "y1", "x2", "y2", "label", "ink", "length_mm")


class StaleDrawing(NotPossible):
    """Somebody drew on this picture after the page was opened."""


def annotate(
    image: EncounterImage, marks: Sequence[Mark], *, by: User, at: datetime, seen: int | None = None
) -> EncounterImage:
    """Make these the marks on a picture, in this order. A mark that did not change keeps its author and its time.

    `seen` is the picture's `drawing_revision` that the page showed; None skips the comparison. Drawing again what is
    stored already changes nothing, whatever was seen. Raises ValidationError whose keys are `annotations[index].field`,
    StaleDrawing, NotPossible or NotPermitted.
    """
    given = [_cleaned(n, mark) for n, mark in enumerate(marks)]
    _check_together(given)
    if given == _stored(image):
        return image
    with changing(image.encounter, by=by) as encounter:
        row = EncounterImage.objects.select_for_update().get(pk=image.pk)
        if seen is not None and row.drawing_revision != seen:
            raise StaleDrawing("Somebody else drew on this picture meanwhile. Your marks are kept on this page.")
        known = {mark.key: mark for mark in row.annotations.all()}
        row.annotations.exclude(key__in=[values["key"] for values in given]).delete()
        for position, values in enumerate(given, start=1):
            mark = known.get(values["key"]) or Annotation(encounter=encounter, image=row, key=values["key"])
            if mark.pk is None or any(getattr(mark, name) != values[name] for name in _FIELDS):
                mark.author, mark.drawn_at = by, at
            for name in _FIELDS:
                setattr(mark, name, values[name])
            mark.position = position
            mark.save()
        row.drawing_revision += 1
        row.save(update_fields=["drawing_revision"])
        record(
            "image.annotate", by=by, at=at, subject=encounter, patient=encounter.patient,
            sha256=row.original.sha256, marks=len(given),
        )  # fmt: skip
    return row


def _stored(image: EncounterImage) -> list[dict[str, Any]]:
    rows = Annotation.objects.filter(image=image.pk)
    return [{name: getattr(row, name) for name in ("key", *_FIELDS)} for row in rows]


def _cleaned(index: int, mark: Mark) -> dict[str, Any]:
    """The values of a mark as they are kept. Raises ValidationError with the index of the mark."""
    row = Annotation(**{"ink": "yellow", **{n: v for n, v in mark.items() if n in ("key", *_FIELDS)}})
    row.label = " ".join(clean_text(str(row.label)).split())
    try:
        row.clean_fields(exclude=["encounter", "image", "position", "author", "drawn_at"])
    except ValidationError as e:
        raise ValidationError(
            {f"annotations[{index}].{field}": messages for field, messages in e.message_dict.items()}
        ) from e
    problem = _problem(row)
    if problem:
        field, sentence = problem
        raise ValidationError({f"annotations[{index}].{field}": sentence})
    values = {name: getattr(row, name) for name in ("key", *_FIELDS)}
    return {**values, "x2": row.x1, "y2": row.y1} if row.kind == "text" else values


def _problem(row: Annotation) -> tuple[str, str] | None:
    if not row.key or not row.kind or not row.ink:
        return "kind", "This mark is incomplete. Draw it again."
    if row.kind != "text" and max(abs(row.x2 - row.x1), abs(row.y2 - row.y1)) < SHORTEST:
        return "x2", "This mark is too small to be seen. Draw it larger."
    if row.kind == "text" and not row.label:
        return "label", "Write the words that are to stand in the picture."
    if (row.kind == "scale") != (row.length_mm is not None):
        return "length_mm", "Say how long the line is in truth, in millimeters."
    missing = unprintable_in(row.label)
    if missing:
        return (
            "label",
            f"“{missing}” cannot be drawn into a picture. Use Latin, Greek or Cyrillic letters.",
        )
    return None


def _check_together(given: Sequence[Mark]) -> None:
    if len(given) > MOST:
        raise ValidationError(
            {"annotations": f"A picture carries at most {MOST} marks. Remove some that say the same."}
        )
    if len({mark["key"] for mark in given}) < len(given):
        raise ValidationError({"annotations": "Two marks have the same key. Load the page again."})
    if sum(mark["kind"] == "scale" for mark in given) > 1:
        raise ValidationError({"annotations": "A picture has one scale. Remove the other one."})
