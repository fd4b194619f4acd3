"""Why the same service is billed for a second gland of the day, in the words of the person who prepared the claim."""

from __future__ import annotations

from collections.abc import Iterator

from claims.facts import ClaimFacts
from claims.packet.narrative.sentence import Paragraph, Sentence, note
from documentation.prose import phrases as p


def second_gland(facts: ClaimFacts) -> Iterator[Sentence]:
    for reason in dict.fromkeys(line.second_gland_reason.strip() for line in facts.lines):
        if reason:
            text = f"A second gland was examined on the same day: {p.closed(reason)}"
            yield Sentence(text, ("procedure.glands",), note("procedure"), 2, Paragraph.EXAMINATION)
