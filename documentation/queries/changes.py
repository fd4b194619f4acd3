"""What a new version of a record says otherwise than the one before, in the words in which both are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from documentation.facts import AnnotationFacts, EncounterFacts
from documentation.prose.moments import moment
from documentation.queries.reading import Block, Part, figure_words, parts_of


@dataclass(frozen=True)
class Change:
    """One difference. An empty side means that it was not recorded there. `part` is a key of `reading.Part`."""

    part: str
    label: str
    before: str
    after: str


def changes(old: EncounterFacts, new: EncounterFacts) -> tuple[Change, ...]:
    """Every difference between two versions, in the order in which the record is read."""
    # That it is another version, and why, is no change of what the record says.
    same = replace(old, number=new.number, version=new.version, unlock_reason=new.unlock_reason)
    pairs = zip(readable(same), readable(new), strict=True)
    return tuple(change for was, now in pairs for change in _in_part(was, now))


def readable(e: EncounterFacts) -> tuple[Part, ...]:
    """Everything that a record says, its pictures among it."""
    figures = Block("Figures", items=tuple(_figure(e, number) for number in range(1, len(e.images) + 1)))
    return tuple(replace(p, blocks=(*p.blocks, figures)) if p.key == "analysis" else p for p in parts_of(e))


def _figure(e: EncounterFacts, number: int) -> str:
    image = e.images[number - 1]
    drawn = "; ".join(_mark(mark, e.location.time_zone) for mark in image.annotations)
    said = (image.caption, image.reading, figure_words(e, number), drawn)
    return f"{number}: " + " · ".join(x for x in said if x)


def _mark(mark: AnnotationFacts, zone: str) -> str:
    """A mark with its place, in per cent of width and height: moving it is a change, too."""
    place = f"{mark.x1 / 100:g}/{mark.y1 / 100:g} to {mark.x2 / 100:g}/{mark.y2 / 100:g} %"
    length = f", {mark.length_mm} mm" if mark.length_mm is not None else ""
    by = f", drawn by {mark.author}" if mark.author else ""
    when = f", {moment(mark.drawn_at, zone)}" if mark.drawn_at else ""
    return f"{mark.ink} {mark.kind}" + (f" “{mark.label}”" if mark.label else "") + f" at {place}{length}{by}{when}"


def _in_part(was: Part, now: Part) -> Iterator[Change]:
    before, after = ({(b.title): b for b in p.blocks} for p in (was, now))
    for title in dict.fromkeys((*after, *before)):
        old, new = before.get(title, Block(title)), after.get(title, Block(title))
        told_before, told_after = ({line.label: line.value for line in b.lines} for b in (old, new))
        for label in dict.fromkeys((*told_after, *told_before)):
            sides = told_before.get(label, ""), told_after.get(label, "")
            if sides[0] != sides[1]:
                yield Change(now.key, label, *sides)
        yield from (Change(now.key, title, *sides) for sides in _differing(old.items, new.items))


def _differing(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Entries that were changed, each beside what it became; those that were taken out or added stand alone."""
    for _, a, b, c, d in (x for x in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if x[0] != "equal"):
        left, right = old[a:b], new[c:d]
        length = max(len(left), len(right))
        padded = ((*side, *[""] * (length - len(side))) for side in (left, right))
        yield from zip(*padded, strict=True)
