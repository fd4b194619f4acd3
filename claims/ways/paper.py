"""Paper: the document and its enclosures, with a label for the envelope."""

from __future__ import annotations

from claims.ways.base import Cargo, File, Way


def bundle(cargo: Cargo, cover: str) -> tuple[File, ...]:
    """Of each claim the cover, then what is printed, numbered in the order in which they go together."""
    files = []
    for claim in cargo.claims:
        pieces = [*([(cover, claim.cover)] if claim.cover else []), ("packet", claim.document)]
        files += [
            File(f"{claim.number}-{n:02d}-{what}.pdf", content, what.capitalize(), claim.number, claim.control)
            for n, (what, content) in enumerate(pieces, start=1)
        ]
    return tuple(files)


def _arrange(cargo: Cargo) -> tuple[File, ...]:
    return bundle(cargo, "label")


WAY = Way(
    key="mail",
    name="Mail",
    about="The packet to be printed, with a label for the envelope.",
    channel="mail",
    proofs=("tracking_number",),
    proven_by="The number of the certified letter, or the tracking number.",
    arrange=_arrange,
    cover="label",
)
