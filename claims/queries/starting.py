"""What stands against starting a claim from a record: the verb refuses by it, and a preview foresees it."""

from __future__ import annotations

from documentation.queries.versions import Versions
from documentation.workflow import EncounterStatus


def against_starting(known: Versions) -> str:
    """Why no claim starts from this version of the record now; empty where one may."""
    this = known.this
    if known.in_force and known.in_force.version > this.version:
        newer = known.in_force
        return f"Version {newer.version} replaced this record. Start the claim from {newer.number}."
    if this.status != EncounterStatus.SIGNED:
        return "A claim starts from a signed record. This one is not signed."
    if known.correction:
        newer = known.correction
        return (
            f"The record is being corrected, as version {newer.version} ({newer.number})."
            " Start the claim when that version is signed or was abandoned."
        )
    return ""
