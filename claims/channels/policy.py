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
    why: str = ""
    """Why everything leaves whatever the payer wants with a claim, as a sentence: of an appeal or a supplement."""


@dataclass(frozen=True)
class Sorted:
    """A piece with the decision about it and the reason, as a sentence."""

    item: Item
    leaves: bool
    reason: str


def sort_out(items: Sequence[Item], wishes: Wishes) -> tuple[Sorted, ...]:
    """Each piece with its decision, in the same order."""
    return tuple(_one(item, wishes) for item in items)


def unwanted(item: Item, w: Wishes) -> str:
    """Why a piece belongs into no packet for this payer, as a sentence; empty where it does.

    A document that was asked for goes along whatever the payer's list says: the list is of every claim.
    """
    if w.why:
        return ""
    if _is_eob(item) and w.cob_as == "data":
        return f"{w.payer} takes the first plan's amounts as data on the claim, not as an attachment."
    if _is_eob(item) and w.cob_as == "attachment":
        return ""
    is_asked_for = item.kind == "enclosure" and w.was_asked
    if item.documents and w.documents and not is_asked_for and not set(item.documents) & set(w.documents):
        return f"{w.payer} does not name it among the documents that it wants."
    return ""


def _is_eob(item: Item) -> bool:
    return item.kind == "enclosure" and "primary_eob" in item.documents


def _one(item: Item, w: Wishes) -> Sorted:
    if w.why:
        return Sorted(item, True, w.why)
    is_eob = _is_eob(item)
    if is_eob and w.cob_as == "attachment":
        # Agreed for every claim that pays second: no attachment that nobody asked for.
        return Sorted(item, True, f"{w.payer} wants the first plan's answer attached.")
    told_as_data = is_eob and w.cob_as == "data"
    if reason := (unwanted(item, w) if told_as_data else _held_back(w) or unwanted(item, w)):
        return Sorted(item, False, reason)
    if is_eob:
        # The program takes none along unasked: a person put this one on the shelf, and its pages are in the document.
        told = f"It is not known how {w.payer} wants to be told what the first plan paid: ask, and write it down."
        return Sorted(item, True, f"Somebody put it on the shelf of evidence. {told}")
    return Sorted(item, True, _why(w))


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


def known_from(source: str, seen_on: date | None, how: str = "verified") -> str:
    """Source and day for a sentence; `how` it was seen on that day."""
    day = short_date(seen_on) if seen_on else ""
    return ", ".join(x for x in (source, f"{how} {day}" if day else "") if x)
