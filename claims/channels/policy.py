"""Only what is needed leaves: what a payer's attachment policy says of each piece of a packet, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from claims.channels.parcel import Item
from documentation.kernel.dates import short_date

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Wishes:
    """What is reliably known of a payer. `unknown` is a value, never a 'no'."""

    payer: str = "The payer"
    attachments: str = UNKNOWN
    """always, on_request, never, unknown"""
    known_from: str = ""
    """Source and day of that, to stand in brackets."""
    documents: tuple[str, ...] = ()
    """The documents that it wants; empty while nobody knows."""
    cob_as: str = UNKNOWN
    """data, attachment, unknown: how it wants to be told what the first plan paid."""
    was_asked: bool = False
    """The payer asked for the documents of this claim."""


@dataclass(frozen=True)
class Sorted:
    """A piece with the decision about it and the reason, as a sentence."""

    item: Item
    leaves: bool
    reason: str


def sort_out(items: Sequence[Item], wishes: Wishes) -> tuple[Sorted, ...]:
    """Each piece with its decision, in the same order."""
    return tuple(_one(item, wishes) for item in items)


def _one(item: Item, w: Wishes) -> Sorted:
    is_eob = item.kind == "enclosure" and "primary_eob" in item.documents
    if is_eob and w.cob_as in ("data", "attachment"):
        return _eob(item, w)
    held = _held_back(w)
    if held:
        return Sorted(item, False, held)
    if item.documents and w.documents and not set(item.documents) & set(w.documents):
        return Sorted(item, False, f"{w.payer} does not name it among the documents that it wants.")
    if is_eob:
        # The program takes none along unasked: a person put this one on the shelf, and its pages are in the document.
        told = f"It is not known how {w.payer} wants to be told what the first plan paid: ask, and write it down."
        return Sorted(item, True, f"Somebody put it on the shelf of evidence. {told}")
    return Sorted(item, True, _why(w))


def _eob(item: Item, w: Wishes) -> Sorted:
    if w.cob_as == "data":
        return Sorted(
            item, False, f"{w.payer} takes the first plan's amounts as data on the claim, not as an attachment."
        )
    # Agreed for every claim that pays second: no attachment that nobody asked for.
    return Sorted(item, True, f"{w.payer} wants the first plan's answer attached.")


def _held_back(w: Wishes) -> str:
    said = f" ({w.known_from})" if w.known_from else ""
    if w.was_asked:
        return ""
    if w.attachments == "never":
        return f"{w.payer} takes no attachments{said}. It is ready if somebody asks for it."
    if w.attachments == "on_request":
        return f"{w.payer} wants attachments only when it asks{said}; unasked ones can delay the claim."
    return ""


def _why(w: Wishes) -> str:
    if w.was_asked:
        return f"{w.payer} asked for it."
    if w.attachments == "always":
        return f"{w.payer} wants it with the claim" + (f" ({w.known_from})." if w.known_from else ".")
    return f"It is not known whether {w.payer} wants attachments; D0371 is images and reading, so they go along."


def known_from(source: str, verified_on: date | None) -> str:
    """Source and day for a sentence."""
    day = short_date(verified_on) if verified_on else ""
    return ", ".join(x for x in (source, f"verified {day}" if day else "") if x)
