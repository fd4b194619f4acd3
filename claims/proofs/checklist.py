"""The checklist of one appeal: each thing it should enclose as there, missing, not to be had, or not needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from claims.facts import AppealFacts
from claims.proofs.items import ITEMS, Item
from claims.proofs.wanted import NEEDED, SHIPPED, Wanted, wanted_on
from documentation.kernel.rule import Cause


class State(StrEnum):
    THERE = "there"
    MISSING = "missing"
    """Needed, and nowhere."""
    ABSENT = "absent"
    """It would help, and is nowhere; the appeal can do without."""
    UNOBTAINABLE = "unobtainable"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True)
class Place:
    """Where something is found. `page` is one of the packet `packet`, 0 where pages are not known; `document` the key
    of a row on the shelf, 0 for what is no row there.
    """

    text: str
    packet: int = 0
    page: int = 0
    document: int = 0


@dataclass(frozen=True)
class Held:
    """What is at hand for an appeal: parts of its packet by key, documents by kind, and what was said not to be had."""

    parts: Mapping[str, Sequence[Place]] = field(default_factory=dict)
    documents: Mapping[str, Sequence[Place]] = field(default_factory=dict)
    unobtainable: Mapping[str, str] = field(default_factory=dict)
    """Reasons by key of the item."""


@dataclass(frozen=True)
class Row:
    """One item of the checklist. `because` says why it is wanted, once for each cause that wants it."""

    item: Item
    state: State
    is_needed: bool
    because: tuple[str, ...]
    places: tuple[Place, ...] = ()
    said: str = ""
    """Why it is not needed or cannot be had, or what is wrong with the record, as a sentence."""


def checklist(
    causes: Iterable[Cause], facts: AppealFacts, held: Held, rows: Iterable[Wanted] = SHIPPED
) -> tuple[Row, ...]:
    """One list for all causes of a denial, without doubles, in the order of `ITEMS`. Needed by one cause is needed."""
    wanted = wanted_on(facts.denial.denied_on, rows)
    asked = list(dict.fromkeys(causes))
    found = ((item, [wanted[c, item.key] for c in asked if (c, item.key) in wanted]) for item in ITEMS)
    return tuple(_row(item, reasons, facts, held) for item, reasons in found if reasons)


def missing(rows: Iterable[Row]) -> list[Row]:
    """What is needed and neither there nor said not to be had."""
    return [row for row in rows if row.state is State.MISSING]


def _row(item: Item, reasons: Sequence[Wanted], facts: AppealFacts, held: Held) -> Row:
    is_needed = any(reason.weight == NEEDED for reason in reasons)
    because = tuple(dict.fromkeys(reason.because for reason in reasons))

    def row(state: State, said: str = "", places: Iterable[Place] = ()) -> Row:
        return Row(item, state, is_needed, because, tuple(places), said)

    if lacks := item.lacks(facts):
        return row(State.MISSING if is_needed else State.ABSENT, lacks)
    if places := list(_places(item, facts, held)):
        return row(State.THERE, places=places)
    if reason := held.unobtainable.get(item.key):
        return row(State.UNOBTAINABLE, reason)
    if spared := item.spared(facts):
        return row(State.NOT_NEEDED, spared)
    return row(State.MISSING if is_needed else State.ABSENT)


def _places(item: Item, facts: AppealFacts, held: Held) -> Iterator[Place]:
    for kind in item.kinds:
        yield from held.documents.get(kind, ())
    yield from held.parts.get(item.part, ())
    if told := item.told(facts):
        yield Place(told)
