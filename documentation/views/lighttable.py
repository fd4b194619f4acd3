"""All pictures of an encounter at a glance, in their order: small, to be dragged, each the way to its description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, EncounterImage
from documentation.services import images
from documentation.views.access import found_or_404, refusals_become_pages, requires
from documentation.views.arriving import number
from documentation.views.once import acts_once
from documentation.views.work import section_url

FEW = 12
"""Up to so many pictures are described on one page; of more, one at a time is open beside the table."""


@dataclass(frozen=True)
class Tile:
    """One picture of the table."""

    image: EncounterImage
    number: int
    url: str
    """Where it is described."""
    lack: str
    """What its description still lacks, in a few words."""
    is_open: bool
    """Its description is the one that is shown; of few pictures none stands out."""


def one_at_a_time(rows: Sequence[Any]) -> bool:
    return len(rows) > FEW


def open_one(rows: Sequence[EncounterImage], wanted: str) -> EncounterImage | None:
    """The picture to describe: the one asked for, else the first that lacks something; none of few pictures."""
    if not one_at_a_time(rows):
        return None
    key = number(wanted)
    asked = next((row for row in rows if row.pk == key), None)
    return asked or next((row for row in rows if lack_of(row)), rows[0])


def lack_of(row: EncounterImage) -> str:
    lacks = [
        word
        for word, there in (("caption", row.caption), ("place", row.gland and row.side), ("reading", row.reading))
        if not there
    ]
    return f"no {', no '.join(lacks)}" if lacks else ""


def tiles(encounter: Encounter, rows: Sequence[EncounterImage], shown: EncounterImage | None = None) -> list[Tile]:
    return [
        Tile(row, n, picture_url(encounter, row, one=one_at_a_time(rows)), lack_of(row), row == shown)
        for n, row in enumerate(rows, start=1)
    ]


def picture_url(encounter: Encounter, row: EncounterImage, *, one: bool) -> str:
    return section_url(encounter, "images") + (f"?at={row.pk}" if one else "") + f"#image-{row.pk}"


def neighbours(table: Sequence[Tile]) -> dict[str, Any]:
    """The picture that is open, with the ones before and after it; empty of few pictures."""
    at = next((i for i, tile in enumerate(table) if tile.is_open), None)
    if at is None:
        return {}
    return {
        "open_tile": table[at],
        "before": table[at - 1] if at else None,
        "after": table[at + 1] if at + 1 < len(table) else None,
    }


@requires(Permission.IMAGE_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the pictures into the order of `keys`, all of them separated by commas; then the page as it is now."""
    encounter = found_or_404(Encounter.objects, pk)
    keys = [number(key) or 0 for key in request.POST.get("keys", "").split(",")]
    user: Any = request.user
    try:
        images.order(encounter, keys, by=user, at=timezone.now())
    except NotPossible as e:
        if request.headers.get("HX-Request"):
            return JsonResponse({"refusal": e.reasons[0]}, status=409)
        raise
    at = number(request.POST.get("at", ""))
    return redirect(section_url(encounter, "images") + (f"?at={at}" if at else ""))
