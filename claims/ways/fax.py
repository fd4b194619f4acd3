"""Fax: a cover sheet, then the packet, in one order for the machine."""

from __future__ import annotations

from claims.ways.base import Cargo, File, Way
from claims.ways.paper import bundle


def _arrange(cargo: Cargo) -> tuple[File, ...]:
    """The dots of a fax where the packet was sealed as such, else the document itself."""
    whole = {c.number: c.attachments for c in cargo.claims if any(f.name.endswith(".tif") for f in c.attachments)}
    files = []
    for file in bundle(cargo, "cover"):
        dots = whole.get(file.claim, ())
        if dots and file.title == "Packet":
            files += [File(f.name, f.content, f.title, file.claim, file.control) for f in dots]
        else:
            files.append(file)
    return tuple(files)


WAY = Way(
    key="fax",
    name="Fax",
    about="A cover sheet and the packet, in the order in which the machine takes them.",
    channel="fax",
    proofs=("fax_confirmation",),
    proven_by="The page that the fax machine prints, added as a file or with its number.",
    arrange=_arrange,
    cover="fax",
)
