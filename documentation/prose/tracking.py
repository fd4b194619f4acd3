"""Which sentences of a note came from facts, where they stand now, and whether their facts still say so.

A clinician's own words are never touched: taking a sentence puts it in its place or brings it up to date, and leaves
everything else as it was written. A sentence that was edited is still known by its likeness.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from documentation.facts import EncounterFacts
from documentation.prose.compose import Sentence, compose
from documentation.prose.sources import Receipt, digest_of, receipts, value_at

LIKENESS = 0.6
"""From here on an edited sentence counts as the one that was taken."""
_PIECE = re.compile(r"[^\s].*?(?:[.!?…](?=\s|$)|$)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Source:
    """A sentence that was taken from facts: its words then, its facts, and their sum then."""

    key: str
    text: str
    facts: tuple[str, ...]
    digest: str

    @classmethod
    def of(cls, sentence: Sentence) -> Source:
        return cls(sentence.key, sentence.text, sentence.facts, sentence.digest)

    def as_json(self) -> dict[str, Any]:
        return {"key": self.key, "text": self.text, "facts": list(self.facts), "digest": self.digest}


def sources_from(data: Any) -> tuple[Source, ...]:
    """Sources as they were stored for one field; what is not one is left out."""
    found = []
    for row in data if isinstance(data, list) else []:
        if isinstance(row, Mapping) and {"key", "text", "facts", "digest"} <= row.keys():
            found.append(Source(str(row["key"]), str(row["text"]), tuple(map(str, row["facts"])), str(row["digest"])))
    return tuple(found)


@dataclass(frozen=True)
class Told:
    """A sentence of the note that came from facts, as it stands there now."""

    source: Source
    text: str
    start: int
    receipts: tuple[Receipt, ...]
    changed: bool
    """A fact behind it is another now, and the sentence would read otherwise."""
    now: str
    """What the facts say now; empty where they support no such sentence any more."""

    @property
    def key(self) -> str:
        return self.source.key

    @property
    def is_edited(self) -> bool:
        return self.text != self.source.text


@dataclass(frozen=True)
class Offer:
    """A sentence of the proposal beside what the note has: `new`, `changed` or `same`."""

    sentence: Sentence
    receipts: tuple[Receipt, ...]
    state: str


@dataclass(frozen=True)
class FieldProse:
    """One field of the note: what came from facts, and what the facts propose."""

    field: str
    told: tuple[Told, ...]
    offers: tuple[Offer, ...]

    @property
    def changed(self) -> tuple[Told, ...]:
        return tuple(t for t in self.told if t.changed)

    @property
    def open_offers(self) -> tuple[Offer, ...]:
        """What taking everything would change."""
        return tuple(o for o in self.offers if o.state != "same")


def prose_of(e: EncounterFacts, field: str, stored: Any) -> FieldProse:
    """A field of the note beside its facts. `stored` is what the section keeps as its sources for the field."""
    text = text_of(e, field)
    proposal = {s.key: s for s in compose(e, field)}
    sources = sources_from(stored)
    places = locate(text, sources)
    told = []
    for source in sources:
        if source.key in places:
            start, end = places[source.key]
            now = proposal.get(source.key)
            changed = digest_of(e, source.facts) != source.digest and (now is None or now.text != source.text)
            facts = now.facts if now else source.facts
            told.append(Told(source, text[start:end], start, receipts(e, facts), changed, now.text if now else ""))
    told.sort(key=lambda t: t.start)
    stale = {t.key for t in told if t.changed}
    known = {t.key for t in told}
    offers = tuple(
        Offer(
            s,
            receipts(e, s.facts),
            "changed" if s.key in stale else "same" if s.key in known or s.text in text else "new",
        )
        for s in proposal.values()
    )
    return FieldProse(field, tuple(told), offers)


def text_of(e: EncounterFacts, field: str) -> str:
    return value_at(e, field) or ""


def locate(text: str, sources: Iterable[Source]) -> dict[str, tuple[int, int]]:
    """Where each source stands in a text: word for word, else as the sentence most like it that no other one has."""
    found: dict[str, tuple[int, int]] = {}
    edited = []
    for source in sources:
        at = text.find(source.text) if source.text else -1
        if at >= 0:
            found[source.key] = (at, at + len(source.text))
        else:
            edited.append(source)
    for source in edited:
        free = [
            m.span() for m in _PIECE.finditer(text) if not any(a < m.end() and m.start() < b for a, b in found.values())
        ]
        scored = [(SequenceMatcher(None, source.text, text[a:b], autojunk=False).ratio(), (a, b)) for a, b in free]
        best = max(scored, default=(0.0, (0, 0)))
        if best[0] >= LIKENESS:
            found[source.key] = best[1]
    return found


def take(
    text: str, sources: Sequence[Source], proposal: Sequence[Sentence], keys: Collection[str]
) -> tuple[str, tuple[Source, ...]]:
    """The text with these sentences of the proposal put in or brought up to date, and the sources of the new text.

    A key that the proposal has not is a sentence whose facts are gone: it is taken out.
    """
    kept = {s.key: s for s in sources}
    order = [s.key for s in proposal]
    for key in [k for k in kept if k in keys and k not in order]:
        place = locate(text, kept.values()).get(key)
        if place:
            text = _join(text[: place[0]], "", text[place[1] :])
        kept.pop(key)
    for sentence in (s for s in proposal if s.key in keys):
        places = locate(text, kept.values())
        if sentence.key in places:
            start, end = places[sentence.key]
            text = text[:start] + sentence.text + text[end:]
        elif sentence.text not in text:
            before = [places[k][1] for k in order[: order.index(sentence.key)] if k in places]
            after = [places[k][0] for k in order[order.index(sentence.key) :] if k in places]
            at = max(before) if before else min(after) if after else len(text)
            text = _join(text[:at], sentence.text, text[at:])
        kept[sentence.key] = Source.of(sentence)
    return text, tuple(kept.values())


def keep(e: EncounterFacts, sources: Sequence[Source], key: str) -> tuple[Source, ...]:
    """The sources after somebody looked at a changed fact and lets the sentence stand as it is."""
    return tuple(Source(s.key, s.text, s.facts, digest_of(e, s.facts)) if s.key == key else s for s in sources)


def _join(before: str, sentence: str, after: str) -> str:
    """Three pieces with one space between; a line break beside them stays one."""
    head = before if not before or before.endswith("\n") else before.rstrip(" ") + " "
    tail = after if not after or after.startswith("\n") else " " + after.lstrip(" ")
    return f"{head}{sentence}{tail}".strip(" ") if sentence else f"{head.rstrip(' ')}{tail}".strip(" ")
