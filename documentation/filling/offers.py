"""Rows that one press adds: the rest of a duct as normal, the usual treatments of a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from documentation.facts import EncounterFacts
from documentation.filling.study import normal_row
from documentation.kernel.vocabulary import INTERVENTION
from documentation.prose.phrases import number

REST_NORMAL = "remaining duct and hilum"
USUAL_TREATMENTS: Mapping[str, tuple[str, ...]] = {
    "stenosis": ("hydrostatic_dilation", "balloon_dilation", "bougie"),
    "synechia": ("hydrostatic_dilation", "balloon_dilation"),
    "web": ("hydrostatic_dilation", "balloon_dilation"),
    "kink": ("hydrostatic_dilation", "stent"),
    "stone": ("basket_retrieval", "forceps", "laser_lithotripsy"),
    "mucus_plug": ("forceps", "balloon_sweep", "steroid_irrigation"),
    "foreign_body": ("forceps", "basket_retrieval"),
    "sialodochitis": ("steroid_irrigation", "antibiotic_irrigation"),
    "polyp": ("biopsy",),
    "mass": ("biopsy",),
}


@dataclass(frozen=True)
class RowOffer:
    """A row as it would be typed, and the words of the button that adds it."""

    label: str
    values: Mapping[str, str]


def finding_offers(e: EncounterFacts) -> tuple[RowOffer, ...]:
    """The rest of each examined duct as normal, once something is found in it and nothing is called normal."""
    found = []
    for g in e.procedure.glands:
        here = [f for f in e.findings if (f.gland, f.side) == (g.gland, g.side)]
        if g.was_entered and g.complete and g.gland and here and not any(f.is_normal for f in here):
            note = REST_NORMAL if g.extent == "hilum" else ""
            several = len(e.procedure.glands) > 1
            label = "Rest of the duct normal" + (f", {g.side} {g.gland}" if several else "")
            found.append(RowOffer(label, {k: _typed(v) for k, v in normal_row(g, note).items()}))
    return tuple(found)


def treatment_offers(e: EncounterFacts) -> tuple[RowOffer, ...]:
    """The usual treatments of each finding that has none yet."""
    if any(i.type == "none" for i in e.interventions):
        return ()
    return tuple(
        RowOffer(f"{INTERVENTION.label(t)} of finding {n}", {"type": t, "finding": f.key})
        for n, f in enumerate(e.findings, 1)
        if not e.interventions_of(f.key)
        for t in USUAL_TREATMENTS.get(f.type, ())
    )


def _typed(value: Any) -> str:
    return number(value) if isinstance(value, Decimal) else "" if value is None else str(value)
