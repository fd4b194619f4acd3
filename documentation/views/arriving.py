"""What a page's script sends with a picture, and what it is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from documentation.kernel.machine import Refusal
from documentation.models import Encounter, EncounterImage
from documentation.services.images import Taken
from documentation.views.once import acted

OLDEST = timedelta(hours=12)
"""A still waits no longer than a session can last."""


def number(text: str) -> int | None:
    """A whole number as it was sent; None for everything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def frozen_at(sent: Mapping[str, Any], at: datetime) -> datetime | None:
    """When a still was frozen: its age in milliseconds was sent, because the clock of a desk may be wrong."""
    age = number(str(sent.get("age_ms", "")))
    return at - timedelta(milliseconds=age) if age is not None and age <= OLDEST.total_seconds() * 1000 else None


def answer(encounter: Encounter, taken: Sequence[Taken]) -> HttpResponse:
    """Each file with what became of it. The same single file sent again under its key gets the same answer."""
    response = JsonResponse({"outcomes": [_outcome(t) for t in taken]})
    row = taken[0].image if len(taken) == 1 else None
    return acted(response, reverse("image_outcome", args=[encounter.pk, row.pk])) if row else response


def refusal(request: HttpRequest, reason: Refusal) -> HttpResponse:
    """Why nothing can be taken in: in JSON to a script, else as the page that `refusals_become_pages` makes of it."""
    if not request.headers.get("HX-Request"):
        raise reason
    return JsonResponse({"outcomes": [{"name": "", "refusal": " ".join(reason.reasons)}]}, status=409)


def _outcome(taken: Taken) -> dict[str, Any]:
    said: dict[str, Any] = {"name": taken.name, "refusal": taken.refusal}
    if taken.image:
        said["image"] = _named(taken.image)
    if taken.held:
        said["decide"] = reverse("image_decide", args=[taken.held.encounter_id, taken.held.pk])
    if taken.same_as:
        said["same_as"] = _named(taken.same_as)
    return said


def _named(image: EncounterImage) -> dict[str, Any]:
    return {"key": image.pk, "figure": image.position, "anchor": f"image-{image.pk}"}
