"""The letter as a person edited it: what still reads as drafted keeps its receipts, the rest stands as it was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from claims.packet.letter.model import Kind, Letter, Passage, holes
from claims.packet.narrative import Paragraph, Sentence


def edited(draft: Letter, text: str) -> Letter:
    """The draft with another body. Paragraphs of `text` are parted by empty lines; an empty text leaves the draft.

    A paragraph that is unchanged keeps its receipts, and so does each unchanged sentence within a changed one. What a
    person wrote has none; a place left to be filled in, such as `[…]`, is a gap.
    """
    if not text.strip():
        return draft
    known = {_flat(p.text): p for p in draft.passages}
    sentences = sorted(
        {s for p in draft.passages if p.kind is not Kind.HEADING for s in p.sentences}, key=lambda s: -len(s.text)
    )
    typed = [_flat(p) for p in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())]
    passages = tuple(known.get(paragraph) or _passage(paragraph, draft, sentences) for paragraph in typed if paragraph)
    return replace(draft, passages=passages, is_edited=passages != draft.passages)


def _flat(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


def _passage(text: str, draft: Letter, sentences: list[Sentence]) -> Passage:
    """A changed paragraph. One that begins with a label of the draft stays an item under that label."""
    for p in draft.passages:
        if p.label and text.startswith(f"{p.label}: "):
            rest = text[len(p.label) + 2 :]
            return Passage(tuple(_stretches(rest, sentences)), p.kind, p.label)
    return Passage(tuple(_stretches(text, sentences)))


def _stretches(text: str, sentences: list[Sentence]) -> Iterator[Sentence]:
    """The sentences of the draft that stand in the text word for word, and what stands between them."""
    for sentence in sentences:
        before, found, after = _parted(text, _flat(sentence.text))
        if found:
            if before:
                yield from _stretches(before, sentences)
            yield sentence
            if after:
                yield from _stretches(after, sentences)
            return
    # A hole marks its own sentence, not all that was typed around it.
    for part in re.split(r"(?<=[.!?])\s+", text) if holes(text) else [text]:
        yield Sentence(part, (), (), 1, Paragraph.LETTER, is_gap=bool(holes(part)))


def _parted(text: str, sentence: str) -> tuple[str, bool, str]:
    """What stands before and after a whole sentence; a part of a longer one does not count."""
    at = re.search(rf"(?:^|(?<=\s)){re.escape(sentence)}(?=\s|$)", text) if sentence else None
    if at is None or (at.start() and text[: at.start()].rstrip()[-1] not in '.!?”"'):
        return text, False, ""
    return text[: at.start()].strip(), True, text[at.end() :].strip()
