"""Which documents a claim names (PWK): each kind that its packet holds, under the number on the packet's cover."""

from __future__ import annotations

from claims.edi.electronic import Document
from claims.facts import ClaimFacts

TRANSMISSIONS = {"fax": "FX", "mail": "BM", "print": "BM"}
"""PWK02 by the way of the packet; any other way is electronic (EL)."""
ON_REQUEST = "AA"
MOST = 10
RADIOGRAPHS = ("radiograph",)


def documents_of(facts: ClaimFacts, control: str, channel: str) -> tuple[Document, ...]:
    """The documents of the packet, the packet as a whole first; that one alone where the payer takes one.

    Without a packet there is none, nor where the payer wants none. A payer that asks when it needs them is told that
    they are there, without a number.
    """
    policy = facts.policy
    if not control or policy.attachments == "never":
        return ()
    if policy.attachments == "on_request":
        return (Document(_kinds(facts)[0], ON_REQUEST),)
    how = TRANSMISSIONS.get(channel, "EL")
    found = tuple(Document(kind, how, control) for kind in _kinds(facts)[:MOST])
    return found[:1] if policy.several_attachments == "no" else found


def _kinds(facts: ClaimFacts) -> list[str]:
    """OZ the packet with its images, OB the operative note, DG the written reading, RB radiographs, EB the EOB.

    Pictures from inside a duct are no radiographs.
    """
    encounter = facts.encounter
    kinds = ["OZ"]
    if facts.kind == "medical":
        kinds.append("OB")
    if encounter.interpretation.text.strip():
        kinds.append("DG")
    if any(image.kind in RADIOGRAPHS for image in encounter.images):
        kinds.append("RB")
    if _encloses_eob(facts):
        kinds.append("EB")
    return kinds


def _encloses_eob(facts: ClaimFacts) -> bool:
    wants = facts.coverage.payer.terms.cob_as == "attachment"
    return wants and facts.primary is not None and facts.primary.has_document
