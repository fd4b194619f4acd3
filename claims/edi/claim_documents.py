"""Which documents a claim names (PWK): each kind that its packet holds, under the number on the packet's cover."""

from __future__ import annotations

from collections.abc import Iterable

from claims.edi.electronic import Document
from claims.facts import ClaimFacts

TRANSMISSIONS = {"fax": "FX", "mail": "BM", "print": "BM"}
"""PWK02 by the way of the packet; any other way is electronic (EL)."""
ON_REQUEST, PACKET = "AA", "OZ"
MOST = 10
RADIOGRAPHS = ("radiograph",)


def documents_of(
    facts: ClaimFacts, control: str, channel: str, enclosed: Iterable[str] = (), *, leaves: bool = True
) -> tuple[Document, ...]:
    """The documents of the packet, the packet as a whole first; that one alone where the payer takes one.

    `enclosed` are the types of the documents beside the record that it holds. Without a packet there is none, nor where
    the payer wants none, nor where no document leaves by its channel (`leaves`), as with a note alone. A payer that
    asks when it needs them is told that they are there, without a number.
    """
    policy = facts.policy
    if not control or policy.attachments == "never":
        return ()
    if policy.attachments == "on_request":
        return (Document(PACKET, ON_REQUEST),)
    if not leaves:
        return ()
    how = TRANSMISSIONS.get(channel, "EL")
    found = tuple(Document(kind, how, control) for kind in list(dict.fromkeys((*_kinds(facts), *enclosed)))[:MOST])
    return found[:1] if policy.several_attachments == "no" else found


def _kinds(facts: ClaimFacts) -> list[str]:
    """OZ the packet with its images, OB the operative note, DG the written reading, RB radiographs.

    Pictures from inside a duct are no radiographs.
    """
    encounter = facts.encounter
    kinds = [PACKET]
    if facts.kind == "medical":
        kinds.append("OB")
    if encounter.interpretation.text.strip():
        kinds.append("DG")
    if any(image.kind in RADIOGRAPHS for image in encounter.images):
        kinds.append("RB")
    return kinds
