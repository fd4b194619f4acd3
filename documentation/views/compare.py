"""The pictures of a visit beside those of the visit before: the same place, side by side."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from documentation.facts import ImageFacts
from documentation.kernel.permissions import Permission
from documentation.kernel.vocabulary import GLAND, SEGMENT, SIDE
from documentation.models import EncounterImage
from documentation.queries.encounters import facts_of
from documentation.queries.last_visit import Pair, last_signed, pairs_of
from documentation.services import audit
from documentation.views.access import requires
from documentation.views.work import at_location, record_or_404, section_url, work_context


@requires(Permission.IMAGE_VIEW)
@require_GET
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Each place that was pictured at this visit or at the last signed one before it."""
    encounter = record_or_404(pk)
    found = last_signed(encounter)
    earlier = record_or_404(found.pk) if found else None
    user: Any = request.user
    for seen in (encounter, earlier):
        if seen:
            audit.view(
                "encounter.view", by=user, at=timezone.now(), subject=seen, patient=seen.patient, section="images"
            )
    shared = work_context(encounter, timezone.now(), "images")
    places = []
    if earlier:
        rows = {"before": list(earlier.images.all()), "now": list(encounter.images.all())}
        for pair in pairs_of(facts_of(earlier), shared["facts"]):
            places.append(
                {
                    "words": _words(pair),
                    "sides": [
                        {"visit": earlier, "shown": _shown(pair.before, rows["before"])},
                        {"visit": encounter, "shown": _shown(pair.now, rows["now"])},
                    ],
                }
            )
    context = {
        **shared,
        "earlier": earlier,
        "places": places,
        "images_url": section_url(encounter, "images"),
        "interpretation_url": section_url(encounter, "interpretation"),
        "may_edit": shared["is_editable"] and user.may(Permission.ENCOUNTER_EDIT),
    }
    return at_location(request, encounter, "documentation/compare.html", context)


def _words(pair: Pair) -> str:
    """`Left submandibular, distal duct`."""
    if not pair.gland:
        return "Without a place yet"
    gland = f"{SIDE.label(pair.side)} {GLAND.label(pair.gland).lower()}".strip()
    return ", ".join(x for x in (gland, SEGMENT.label(pair.segment).lower() if pair.segment else "") if x)


def _shown(images: tuple[ImageFacts, ...], rows: list[EncounterImage]) -> list[tuple[ImageFacts, EncounterImage]]:
    """Facts with their rows: the figure of a picture is its place among them."""
    return [(i, rows[i.figure - 1]) for i in images if i.figure <= len(rows)]
