"""The letter of an appeal: composed from the signed facts and the verbatim denial, section by section.

The order is that of a letter which a reviewer can decide on: level and right, request, patient and earlier care, what
the endoscopy showed, what it means, each stated reason answered in turn, what we ask for, who signs. Every sentence
names its facts and the place that proves them. What the record lacks becomes a gap; nothing is invented.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from claims.facts import AppealFacts
from claims.packet.letter.answers import answers, is_clinical
from claims.packet.letter.closing import closing, signature
from claims.packet.letter.edited import edited
from claims.packet.letter.head import addressee, opening, reference, sender, written
from claims.packet.letter.model import ENCOUNTER, Kind, Letter, Passage, Piece, heading, holes
from claims.packet.narrative import Paragraph, Sentence
from claims.packet.narrative import compose as narrative

_TITLES = {
    Paragraph.REASON: "The patient, and what was tried before",
    Paragraph.EXAMINATION: "What the endoscopy showed",
    Paragraph.RELEVANCE: "What it means for the patient",
    Paragraph.PLAN: "",
}


_ARGUES = (Paragraph.REASON, Paragraph.RELEVANCE)


def draft(facts: AppealFacts) -> Letter:
    """The letter as the facts alone give it."""
    answered = tuple(answers(facts))
    record = _record(facts, answered) if is_clinical(facts) else _service(facts)
    return Letter(
        sender=tuple(sender(facts)),
        addressee=tuple(addressee(facts)),
        written=written(facts),
        reference=tuple(reference(facts)),
        passages=(opening(facts), *record, *answered, *closing(facts)),
        signature=tuple(signature(facts)),
    )


def _record(facts: AppealFacts, answered: Iterable[Passage]) -> Iterable[Passage]:
    """The narrative, sentence by sentence as in the packet of the claim, under headings.

    What an answer quotes word for word is not said here as well.
    """
    quoted = {s.text for p in answered if p.kind is Kind.ITEM for s in p.sentences}
    told = [s for s in narrative(facts.claim) if s.text not in quoted or s.paragraph not in _ARGUES]
    for paragraph, sentences in groupby(told, key=lambda s: s.paragraph):
        if _TITLES[paragraph]:
            yield heading(_TITLES[paragraph])
        yield Passage(tuple(map(_of_claim, sentences)))


def _service(facts: AppealFacts) -> Iterable[Passage]:
    """The service in two sentences: where dates and numbers decide, nobody wants to read more of it."""
    firsts: dict[Paragraph, Sentence] = {}
    for s in narrative(facts.claim):
        if s.paragraph in (Paragraph.REASON, Paragraph.EXAMINATION):
            firsts.setdefault(s.paragraph, s)
    yield heading("The service")
    yield Passage(tuple(map(_of_claim, firsts.values())))


def _of_claim(sentence: Sentence) -> Sentence:
    return replace(sentence, facts=tuple(ENCOUNTER + fact for fact in sentence.facts))


__all__ = ["Kind", "Letter", "Passage", "Piece", "draft", "edited", "holes"]
