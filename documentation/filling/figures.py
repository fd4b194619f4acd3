"""Descriptions proposed for pictures, from the findings and from the order in which the pictures were taken.

No program looks at the pictures: who takes a proposal has compared it with what the picture shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from documentation.facts import EncounterFacts, FindingFacts, GlandFacts, ImageFacts
from documentation.kernel.vocabulary import DUCTS_OF_GLAND, ENDOSCOPIC_KINDS, NONE, SIDE
from documentation.prose import phrases as p
from documentation.prose.names import noun_phrase, the_duct
from documentation.rules.predicates import NARROWINGS, STONE_REMOVALS

_DILATIONS = frozenset({"papilla_dilation", "hydrostatic_dilation", "balloon_dilation", "bougie"})
_WAY = ("distal", "middle", "hilum", "second_order", "third_order")
_INNER = frozenset({"hilum", "second_order", "third_order", "parenchyma"})


@dataclass(frozen=True)
class Figure:
    """What is proposed for one picture; `figure` is its number in the record."""

    figure: int
    finding: str
    gland: str
    side: str
    segment: str
    caption: str
    reading: str
    key_image: bool


def figures(e: EncounterFacts) -> tuple[Figure, ...]:
    """A proposal for each picture from inside the duct; nothing where no finding is recorded yet."""
    pictures = [i for i in e.images if i.kind in ENDOSCOPIC_KINDS]
    linked = {i.figure: i.finding for i in pictures if e.finding(i.finding)}
    free = [i for i in pictures if i.figure not in linked]
    shared = {**linked, **dict(zip((i.figure for i in free), _shared_out(e, len(free)), strict=False))}
    found: list[Figure] = []
    for finding in e.findings:
        of_it = [i for i in pictures if shared.get(i.figure) == finding.key]
        found += _normal(e, finding, of_it) if finding.is_normal else _abnormal(e, finding, of_it)
    return tuple(sorted(found, key=lambda f: f.figure))


def with_figures(e: EncounterFacts, proposed: Sequence[Figure]) -> EncounterFacts:
    """The record as it will read when the proposals are taken: what is described already stays."""
    by_figure = {f.figure: f for f in proposed}
    images = tuple(_as_proposed(i, by_figure[i.figure]) if i.figure in by_figure else i for i in e.images)
    return replace(e, images=images)


def _as_proposed(image: ImageFacts, figure: Figure) -> ImageFacts:
    return replace(image, finding=image.finding or figure.finding, caption=image.caption or figure.caption)


def _shared_out(e: EncounterFacts, count: int) -> Iterator[str]:
    """Keys of findings for so many pictures in order: two for what was treated, before and after, one for the rest.

    What is left over goes to the normal duct, else to the last finding.
    """
    abnormal = [f for f in e.findings if not f.is_normal]
    normal = [f for f in e.findings if f.is_normal]
    wanted = [f.key for f in abnormal for _ in range(2 if _treatment(e, f) else 1)] + [f.key for f in normal]
    if count < len(wanted):
        wanted = [f.key for f in (*abnormal, *normal)]
    yield from wanted[:count]
    last = (normal or abnormal)[-1].key if e.findings else ""
    yield from [last] * max(0, count - len(wanted)) if last else []


def _treatment(e: EncounterFacts, f: FindingFacts) -> str:
    return next((t.type for t in e.interventions_of(f.key) if t.type != NONE), "")


def _abnormal(e: EncounterFacts, f: FindingFacts, pictures: Sequence[ImageFacts]) -> list[Figure]:
    treatment = _treatment(e, f)
    duct = _duct(f)
    found = []
    for n, picture in enumerate(pictures):
        is_after = bool(treatment) and n == len(pictures) - 1 and n > 0
        if is_after:
            caption = f"{duct}, the same place after {p.INTERVENTION[treatment]}"
            reading = "The lumen is open." if treatment in _DILATIONS | STONE_REMOVALS else ""
        else:
            caption = f"{duct}, {_named(e, f)}" + (f" before {_kind(treatment)}" if treatment else "")
            words = f.note or noun_phrase(f)
            reading = p.closed(words)
        # The first shows the finding, the last what became of it; those between are more of the same.
        found.append(_figure(f, picture, f.segment, caption, reading, key=n == 0 or is_after))
    return found


def _normal(e: EncounterFacts, f: FindingFacts, pictures: Sequence[ImageFacts]) -> list[Figure]:
    """Pictures of a normal duct lie along the way to the farthest place, which the last of them shows."""
    end = _WAY.index(f.segment) if f.segment in _WAY else 0
    places = [_WAY[max(0, end - back)] for back in range(len(pictures) - 1, -1, -1)]
    if f.segment not in _WAY:
        places = [f.segment] * len(pictures)
    is_all_normal = all(x.is_normal for x in e.findings)
    no_stone = not any(x.type == "stone" for x in e.findings)
    found = []
    for n, (picture, segment) in enumerate(zip(pictures, places, strict=True)):
        reading = "Normal wall and lumen."
        if segment in _INNER:
            reading = f"Normal branching{', no calculus' if no_stone else ''}."
        is_last = n == len(pictures) - 1
        found.append(_figure(f, picture, segment, _place(f, segment), reading, key=is_all_normal and is_last))
    return found


def _figure(f: FindingFacts, picture: ImageFacts, segment: str, caption: str, reading: str, *, key: bool) -> Figure:
    return Figure(picture.figure, f.key, f.gland, f.side, segment, caption, reading, key)


def _duct(f: FindingFacts) -> str:
    return p.capital(the_duct(DUCTS_OF_GLAND[f.gland][0], f.side).removeprefix("the ")) if f.gland else "The duct"


def _place(f: FindingFacts, segment: str) -> str:
    """`Left submandibular hilum`, `Left Wharton's duct, middle part`."""
    if segment in _INNER and f.gland:
        side = f"{SIDE.label(f.side).lower()} " if f.side else ""
        return p.capital(f"{side}{f.gland.replace('_', ' ')} {segment.replace('_', '-')}") + (
            " branches" if segment.endswith("order") else ""
        )
    part = p.PART_OF_DUCT.get(segment, "").removeprefix("the ")
    return f"{_duct(f)}, {part}" if part else _duct(f)


def _named(e: EncounterFacts, f: FindingFacts) -> str:
    """`membranous stenosis at 12 mm`."""
    _, one, several = p.FINDING[f.type]
    gland: GlandFacts | None = next((g for g in e.procedure.glands if (g.gland, g.side) == (f.gland, f.side)), None)
    words = "membranous " if gland and gland.lsd_s == "1" and f.type in NARROWINGS else ""
    words += several if f.count is not None and f.count > 1 else one
    if f.distance_from_papilla_mm is not None:
        words += f" at {p.number(f.distance_from_papilla_mm)} mm"
    return words


def _kind(treatment: str) -> str:
    return "dilation" if treatment in _DILATIONS else "removal" if treatment in STONE_REMOVALS else "treatment"
