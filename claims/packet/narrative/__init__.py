"""The narrative of medical necessity, composed from recorded facts. Every sentence knows its facts and its proof.

Nothing is invented: what the record does not say becomes a gap, a sentence that says so. What a clinician wrote in
words of their own stands as it was written.
"""

from __future__ import annotations

from claims.facts import ClaimFacts
from claims.packet.narrative.examination import examination
from claims.packet.narrative.glands import second_gland
from claims.packet.narrative.reason import reason
from claims.packet.narrative.relevance import plan_of_care, relevance
from claims.packet.narrative.sentence import Paragraph, Proof, Sentence
from claims.packet.narrative.short import brief, short_form, shorten, summary


def compose(facts: ClaimFacts) -> tuple[Sentence, ...]:
    """The full narrative, in reading order."""
    e = facts.encounter
    return (*reason(e), *examination(e), *second_gland(facts), *relevance(e), *plan_of_care(e))


__all__ = ["Paragraph", "Proof", "Sentence", "brief", "compose", "short_form", "shorten", "summary"]
