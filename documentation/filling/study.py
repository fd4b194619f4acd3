"""The usual procedure in a gland, and what a normal study finds in it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from documentation.ductmap import scale_for
from documentation.facts import EncounterFacts, GlandFacts, ProcedureFacts
from documentation.filling.parts import Filling, taken
from documentation.kernel.vocabulary import DUCTS_OF_GLAND, NONE

USUAL_ACCESS = "dilated_papilla"
USUAL_EXTENT = "hilum"
HABITS = (
    "anesthesia anesthesia_agent anesthesia_dose_mg scope_type scope_maker scope_model scope_serial"
    " scope_outer_diameter_mm scope_channel_mm irrigation"
)
"""What a clinician uses from one patient to the next, and so can be taken as it was last."""


def usual_procedure(gland: str, side: str, habits: ProcedureFacts | None) -> Filling:
    """The duct entered and followed as usual, complete, nothing untoward.

    `habits` is the procedure that this clinician recorded last at this location; without it, scope and anesthesia
    stay open.
    """
    values: dict[str, Any] = {"sialoendoscopy_performed": True, "complications": [NONE]}
    if habits:
        values |= taken(habits, HABITS)
    before = next((g for g in habits.glands if g.gland == gland and g.complete), None) if habits else None
    return Filling("procedure", values, {"glands": [_gland(gland, side, before)]})


def _gland(gland: str, side: str, before: GlandFacts | None) -> dict[str, Any]:
    return {
        "gland": gland,
        "side": side,
        "duct": DUCTS_OF_GLAND[gland][0],
        "access": before.access if before and before.access else USUAL_ACCESS,
        "extent": before.extent if before and before.extent else USUAL_EXTENT,
        "complete": True,
        "lsd_l": "0",
        "lsd_s": "0",
        "lsd_d": "0",
    }


def normal_findings(e: EncounterFacts) -> Filling:
    """A normal duct in each gland that was examined, and no treatment."""
    rows = [normal_row(g) for g in e.procedure.glands if g.was_entered]
    return Filling("findings", rows={"findings": rows, "interventions": [{"type": NONE, "finding": ""}]})


def normal_row(g: GlandFacts, note: str = "") -> dict[str, Any]:
    """The finding 'normal' at the place that the endoscope reached; the hilum has its usual distance."""
    at_hilum = Decimal(round(scale_for(g.gland).hilum_mm)) if g.extent == "hilum" else None
    return {
        "type": "normal",
        "gland": g.gland,
        "side": g.side,
        "segment": g.extent,
        "distance_from_papilla_mm": at_hilum,
        "note": note,
    }
