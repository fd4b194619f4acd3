"""A sentence of the narrative, with its facts and its proof."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Paragraph(StrEnum):
    """Where a sentence stands; the order is the order of reading."""

    REASON = "reason"
    EXAMINATION = "examination"
    RELEVANCE = "relevance"
    PLAN = "plan"
    LETTER = "letter"
    """What letters say beside the narrative."""


@dataclass(frozen=True)
class Proof:
    """What proves a sentence: `figure:1`, `interpretation`, or a section of the note such as `note:procedure`."""

    target: str

    @property
    def figure(self) -> int | None:
        kind, _, name = self.target.partition(":")
        return int(name) if kind == "figure" else None


@dataclass(frozen=True)
class Sentence:
    """One sentence. `facts` are paths into the encounter's facts; `priority` 1 is the last to be cut."""

    text: str
    facts: tuple[str, ...]
    proof: tuple[Proof, ...]
    priority: int
    paragraph: Paragraph
    is_gap: bool = False
    """The record lacks the fact; the sentence says so."""


def note(section: str) -> tuple[Proof, ...]:
    """A section of the encounter note as proof."""
    return (Proof(f"note:{section}"),)


def gap(text: str, fact: str, paragraph: Paragraph, *because: str) -> Sentence:
    """A sentence that says what the record does not. `because` are facts that make the missing one be missed."""
    section = fact.split(".")[0].split("[")[0]
    section = {"interventions": "findings", "diagnoses": "interpretation"}.get(section, section)
    return Sentence(text, (fact, *because), note(section), 1, paragraph, is_gap=True)
