"""What was found before: the last signed visit of the same patient, and its pictures beside those of today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from documentation.facts import EncounterFacts, ImageFacts
from documentation.kernel.vocabulary import SEGMENT
from documentation.models import Encounter
from documentation.queries.encounters import facts_of
from documentation.workflow import EncounterStatus


def last_signed(encounter: Encounter) -> Encounter | None:
    """The last visit before this one that is signed; None when there is none."""
    earlier = Q(service_date__lt=encounter.service_date) | Q(service_date=encounter.service_date, pk__lt=encounter.pk)
    signed = Encounter.objects.filter(earlier, patient=encounter.patient_id, status=EncounterStatus.SIGNED)
    # The version that is being corrected tells of the same visit, not of the last one.
    signed = signed.exclude(pk=encounter.visit_key).exclude(origin=encounter.visit_key)
    return signed.select_related("signature").order_by("-service_date", "-pk").first()


def last_visit(encounter: Encounter) -> EncounterFacts | None:
    """The facts of the last visit before this one that is signed, as they were signed; None when there is none."""
    found = last_signed(encounter)
    return facts_of(found) if found else None


@dataclass(frozen=True)
class Pair:
    """The pictures of one place at two visits, the key images first. An empty segment stands for 'not said'."""

    gland: str
    side: str
    segment: str
    before: tuple[ImageFacts, ...]
    now: tuple[ImageFacts, ...]


def pairs_of(before: EncounterFacts, now: EncounterFacts) -> tuple[Pair, ...]:
    """The places that were pictured at either visit: gland by gland, from the papilla inwards, the unplaced last."""
    places = dict.fromkeys(_place(i) for e in (now, before) for i in e.images)
    glands = list(dict.fromkeys((gland, side) for gland, side, _ in places))
    inwards = list(SEGMENT)

    def depth(place: tuple[str, str, str]) -> tuple[bool, int, int]:
        return not place[0], glands.index(place[:2]), inwards.index(place[2]) if place[2] in inwards else len(inwards)

    return tuple(
        Pair(*place, before=_of_place(before.images, place), now=_of_place(now.images, place))
        for place in sorted(places, key=depth)
    )


def _place(image: ImageFacts) -> tuple[str, str, str]:
    return image.gland, image.side, image.segment


def _of_place(images: Iterable[ImageFacts], place: tuple[str, str, str]) -> tuple[ImageFacts, ...]:
    return tuple(sorted((i for i in images if _place(i) == place), key=lambda i: (not i.key_image, i.figure)))
