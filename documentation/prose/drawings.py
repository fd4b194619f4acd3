"""The duct maps of a printed page, each with its title, its findings in words, and what it shows to a screen reader."""

from __future__ import annotations

from typing import Any

from documentation import ductmap
from documentation.facts import EncounterFacts, FindingFacts
from documentation.kernel.vocabulary import DUCT
from documentation.prose.names import noun_phrase, place_words, traits
from documentation.prose.phrases import capital


def duct_maps(e: EncounterFacts) -> list[dict[str, Any]]:
    """A drawing for each gland that was examined or in which something was seen, with the lines under it."""
    pairs = dict.fromkeys([(g.gland, g.side) for g in e.procedure.glands] + [(f.gland, f.side) for f in e.findings])
    maps = []
    for i, (gland, side) in enumerate(pair for pair in pairs if pair[0]):
        drawing = ductmap.layout(e.findings, gland=gland, side=side)
        unplaced = {n for n, _ in drawing.unplaced}
        rows = [
            {
                "number": n,
                "tone": "normal" if f.is_normal else "abnormal",
                "text": _finding_text(f, is_placed=n not in unplaced),
            }
            for n, f in enumerate(e.findings, 1)
            if (f.gland, f.side) == (gland, side)
        ]
        examined = next((g for g in e.procedure.glands if (g.gland, g.side) == (gland, side)), None)
        facts_line = ", ".join(
            x
            for x in (
                DUCT.label(examined.duct) if examined and examined.duct else "",
                f"LSD L{examined.lsd_l} S{examined.lsd_s} D{examined.lsd_d}" if examined and examined.lsd else "",
            )
            if x
        )
        maps.append({"file": f"map-{i + 1}.svg", "title": ductmap.gland_title(gland, side), "facts": facts_line,
                     "alt": drawing.description, "rows": rows, "svg": ductmap.render(drawing)})  # fmt: skip
    return maps


def _finding_text(f: FindingFacts, *, is_placed: bool) -> str:
    """The line under the drawing: what, where, and what the clinician added."""
    what = "normal" if f.is_normal else noun_phrase(f).removeprefix("a ").removeprefix("an ")
    where = place_words(f, full=False) if is_placed else "place not recorded"
    words = ", ".join(x for x in (what, where, *traits(f)) if x)
    return f"{capital(words)}{': ' + f.note.rstrip(' .') if f.note else ''}."
