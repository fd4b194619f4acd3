"""What a letter is made of: passages of sentences between a head and a signature, and its text as people edit it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from claims.packet.narrative import Paragraph, Proof, Sentence
from documentation.facts import EncounterFacts

ENCOUNTER = "claim.encounter."
NOTE = {
    "visit": 1, "justification": 2, "procedure": 3, "findings": 4, "images": 5, "interpretation": 6, "plan": 7,
    "signature": 8,
}  # fmt: skip
"""Sections of the encounter note with the numbers under which it prints them."""
_PARTS = {"part:denial": "What you wrote", "part:claim": "Claim data", "interpretation": "Interpretation"}


class Kind(StrEnum):
    """How a passage is set. A quote gives the payer's codes; an item has a label, such as a criterion."""

    HEADING = "heading"
    TEXT = "text"
    QUOTE = "quote"
    ITEM = "item"


@dataclass(frozen=True)
class Passage:
    """A paragraph. `label` stands before an item or quote."""

    sentences: tuple[Sentence, ...]
    kind: Kind = Kind.TEXT
    label: str = ""

    @property
    def text(self) -> str:
        body = " ".join(s.text for s in self.sentences)
        return f"{self.label}: {body}" if self.label else body


@dataclass(frozen=True)
class Entry:
    """One row of the head: a label and what stands there."""

    label: str
    sentence: Sentence


@dataclass(frozen=True)
class Piece:
    """A stretch of a passage for screens. `kind` is heading, label, text, receipt or gap."""

    kind: str
    text: str


@dataclass(frozen=True)
class Letter:
    """An appeal letter. Head and signature come from the facts; people edit what lies between them."""

    sender: tuple[Sentence, ...]
    addressee: tuple[Sentence, ...]
    written: Sentence
    reference: tuple[Entry, ...]
    """What the letter is about, as label and value."""
    passages: tuple[Passage, ...]
    signature: tuple[Sentence, ...]
    is_edited: bool = False
    """Whether a person changed the draft."""

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence of head, body and signature, in reading order."""
        head = (*self.sender, *self.addressee, self.written, *(entry.sentence for entry in self.reference))
        return (*head, *(s for p in self.passages for s in p.sentences), *self.signature)

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is missing, as sentences. A letter with a gap cannot be sealed."""
        return tuple(dict.fromkeys(s.text for s in self.sentences if s.is_gap))

    @property
    def text(self) -> str:
        """The body as plain text, paragraphs parted by empty lines: what people edit."""
        return "\n\n".join(p.text for p in self.passages).replace("\u00a0", " ")

    @property
    def paragraphs(self) -> list[list[Piece]]:
        """The body for a screen, each statement followed by its receipts."""
        return [list(_pieces(p)) for p in self.passages]

    @property
    def receipts(self) -> list[str]:
        """Every place that proves something, once, in order."""
        return list(dict.fromkeys(r for p in self.passages for s in p.sentences for r in labels_of(s.proof)))


def _pieces(passage: Passage) -> Iterator[Piece]:
    if passage.label:
        yield Piece("label", passage.label)
    for s in passage.sentences:
        if s.is_gap:
            yield Piece("gap", s.text)
        else:
            yield Piece("heading" if passage.kind is Kind.HEADING else "text", s.text)
            yield from (Piece("receipt", label) for label in labels_of(s.proof))


def labels_of(proof: Iterable[Proof]) -> list[str]:
    """Where a proof lies, before pages are known: `Figure 1`, `Note §2`, `What you wrote`."""
    return list(dict.fromkeys(map(_label, proof)))


def _label(proof: Proof) -> str:
    if proof.figure is not None:
        return f"Figure {proof.figure}"
    kind, _, name = proof.target.partition(":")
    return f"Note §{NOTE[name]}" if kind == "note" else _PARTS.get(proof.target, proof.target)


# ------------------------------------------------------------------------------------------- making sentences


def say(text: str, facts: Iterable[str], *proof: str) -> Sentence:
    """A statement with its facts and the places that prove them: `part:denial`, `note:plan`, `figure:1`."""
    return Sentence(text, tuple(dict.fromkeys(facts)), tuple(map(Proof, proof)), 1, Paragraph.LETTER)


def lacks(text: str, fact: str, *proof: str) -> Sentence:
    """A sentence that says what is missing."""
    return Sentence(text, (fact,), tuple(map(Proof, proof)), 1, Paragraph.LETTER, is_gap=True)


def of_record(*names: str) -> tuple[str, ...]:
    """Facts of the encounter as facts of the appeal."""
    return tuple(ENCOUNTER + name for name in names)


def heading(text: str) -> Passage:
    return Passage((Sentence(text, (), (), 1, Paragraph.LETTER),), Kind.HEADING)


def text_of(*sentences: Sentence) -> Passage:
    return Passage(sentences)


def item(label: str, *sentences: Sentence) -> Passage:
    return Passage(sentences, Kind.ITEM, label)


def figures_of(e: EncounterFacts) -> tuple[str, ...]:
    """Every picture as a proof."""
    return tuple(f"figure:{i.figure}" for i in e.images)


# ------------------------------------------------------------------------------------------------ placeholders

_HOLE = re.compile(r"\[(?!sic\]|\d+\])[^\[\]\n]{0,120}\]|_{3,}|<[A-Za-z][^<>\n]{0,60}>|\{\{?[^{}\n]{0,60}\}\}?")


def holes(text: str) -> list[str]:
    """Places left to be filled in: `[…]`, `[name of the reviewer]`, `____`."""
    return _HOLE.findall(text)
