"""Small named questions about facts, shared by the rules of both apps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from documentation.facts import EncounterFacts, FindingFacts, GlandFacts, ImageFacts, PriorCareFacts, PriorImagingFacts
from documentation.kernel.vocabulary import ENDOSCOPIC_KINDS, FINDING, GLAND, NONE, SIDE

T = TypeVar("T")

STONE_FINDINGS = frozenset({"stone"})
NARROWINGS = frozenset({"stenosis", "synechia", "web"})
STONE_REMOVALS = frozenset(
    "basket_retrieval forceps laser_lithotripsy pneumatic_lithotripsy shock_wave_lithotripsy microdrill".split()
)
ACCESS_STEPS = frozenset("none papilla_dilation papillotomy steroid_irrigation antibiotic_irrigation".split())
"""Treatments that open the way or rinse, and so need no finding of their own."""
SEDATIONS = frozenset({"moderate_sedation", "deep_sedation", "general"})


def said(*texts: str) -> bool:
    """Whether every text says something."""
    return all(text.strip() for text in texts)


def numbered(noun: str, items: Sequence[T], is_meant: Callable[[T], bool], plural: str = "") -> str:
    """The items that are meant, by their place: `Finding 2`, `Findings 1, 3 and 4`."""
    numbers = [str(n) for n, item in enumerate(items, start=1) if is_meant(item)]
    return f"{noun if len(numbers) == 1 else plural or noun + 's'} {and_joined(numbers)}"


def and_joined(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


# --- parts of the record ------------------------------------------------------------------------------------------


def care_tried(e: EncounterFacts) -> tuple[PriorCareFacts, ...]:
    """Treatments before the visit, without the answer 'none'."""
    return tuple(c for c in e.justification.prior_care if c.type != NONE)


def studies_done(e: EncounterFacts) -> tuple[PriorImagingFacts, ...]:
    """Imaging before the visit, without the answer 'none'."""
    return tuple(s for s in e.justification.prior_imaging if s.modality != NONE)


def abnormal(e: EncounterFacts) -> tuple[FindingFacts, ...]:
    return tuple(f for f in e.findings if not f.is_normal)


def finding_types(e: EncounterFacts) -> frozenset[str]:
    return frozenset(f.type for f in e.findings)


def intervention_types(e: EncounterFacts) -> frozenset[str]:
    return frozenset(i.type for i in e.interventions) - {NONE}


def is_endoscopic(image: ImageFacts) -> bool:
    """Whether the picture shows the inside of the duct."""
    return image.kind in ENDOSCOPIC_KINDS


def endoscopic_images(e: EncounterFacts) -> tuple[ImageFacts, ...]:
    return tuple(i for i in e.images if is_endoscopic(i))


def key_images(e: EncounterFacts) -> tuple[ImageFacts, ...]:
    return tuple(i for i in e.images if i.key_image)


def is_pictured(e: EncounterFacts, finding: FindingFacts) -> bool:
    """Whether a finding has a picture, or a reason why it has none."""
    return bool(e.images_of(finding.key)) or said(finding.not_imaged_reason)


def duct_was_entered(e: EncounterFacts) -> bool:
    """Whether an endoscope was in a duct. A record that names no gland yet does not say otherwise."""
    glands = e.procedure.glands
    return e.sialoendoscopy_performed is True and (not glands or any(g.was_entered for g in glands))


def ending_is_explained(g: GlandFacts) -> bool:
    """Whether a gland was examined completely, or says what ended it; 'other' needs words of its own."""
    return g.complete is not False or said(g.incomplete_reason) or bool(set(g.incomplete_causes) - {"other"})


def attempt_only(e: EncounterFacts) -> bool:
    """Whether the record tells of an attempt: no duct was entered, and it says so with its reason.

    Such a visit is documented and signed like any other, but it is no D0371: it is billed by report (D0999).
    """
    glands = e.procedure.glands
    return (
        e.sialoendoscopy_performed is False
        and bool(glands)
        and all(not g.was_entered and g.complete is False and ending_is_explained(g) for g in glands)
    )


def cut_short(e: EncounterFacts) -> tuple[GlandFacts, ...]:
    """Glands whose duct was entered, but not examined to the end."""
    return tuple(g for g in e.procedure.glands if g.was_entered and g.complete is False)


# --- gland and side -----------------------------------------------------------------------------------------------


def place_of(gland: str, side: str = "") -> str:
    """`left submandibular gland`; what is not known is left out."""
    words = (SIDE.label(side).lower() if side else "", GLAND.label(gland).lower() if gland else "")
    place = " ".join(w for w in words if w)
    return place if place.endswith("gland") else f"{place} gland".strip()


def examined(e: EncounterFacts) -> tuple[GlandFacts, ...]:
    """The glands that are named with their side."""
    return e.procedure.examined


def was_examined(e: EncounterFacts, gland: str, side: str) -> bool:
    """Whether this gland is among those examined. What is not named on either side contradicts nothing."""
    glands = examined(e)
    return not glands or any((not gland or g.gland == gland) and (not side or g.side == side) for g in glands)


def examined_places(e: EncounterFacts) -> str:
    return and_joined(place_of(g.gland, g.side) for g in examined(e))


def glands_with(e: EncounterFacts, types: frozenset[str]) -> tuple[GlandFacts, ...]:
    """The examined glands in which one of these findings was seen."""
    return tuple(
        g for g in examined(e) if any(f.type in types and (f.gland, f.side) == (g.gland, g.side) for f in e.findings)
    )


def finding_label(finding: FindingFacts) -> str:
    return FINDING.label(finding.type).lower()


# --- dates --------------------------------------------------------------------------------------------------------


def in_order(*days: date | None) -> bool:
    """Whether the dates that are given follow each other; the same day is in order."""
    given = [d for d in days if d is not None]
    return all(a <= b for a, b in zip(given, given[1:], strict=False))


def captured_on(image: ImageFacts, time_zone: str) -> date | None:
    """The day on which a picture was taken, on the calendar of the location."""
    if image.captured_at is None:
        return None
    if image.captured_at.tzinfo is None:
        return image.captured_at.date()
    try:
        return image.captured_at.astimezone(ZoneInfo(time_zone)).date()
    except (ZoneInfoNotFoundError, ValueError):
        return image.captured_at.date()


# --- words in texts -----------------------------------------------------------------------------------------------

_GLAND_WORDS = {
    "parotid": ("parotid", "stensen"),
    "submandibular": ("submandibular", "wharton"),
    "sublingual": ("sublingual", "bartholin", "rivinus"),
}
_NAMES_GLAND = {gland: re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE) for gland, words in _GLAND_WORDS.items()}
_GLAND_OF_WORD = [(word, gland) for gland, words in _GLAND_WORDS.items() for word in words]
_OF_GLAND = (
    r"(?:-sided)?\s+(?:[\w'’-]+\s+){0,2}?"
    r"(?:salivary|gland|duct|parotid|submandibular|sublingual|hilum|papilla|stensen|wharton|bartholin)"
)
_SIDE_OF_GLAND = re.compile(rf"\b(left|right){_OF_GLAND}", re.IGNORECASE)
_SIDE_IN_SMALL_LETTERS = re.compile(rf"(left|right)(?<!\wleft)(?<!\wright){_OF_GLAND}")
"""The same in a text that is in small letters: looked for at each l and r alone, which takes a fifth of the time."""
_NO_STONE = re.compile(
    r"\b(?:no|without)\s+(?:evidence of\s+)?(?:any\s+|a\s+)?(?:stones?|calculus|calculi|sialoliths?)\b"
    r"(?!\s+(?:remain|left|fragment))",
    re.IGNORECASE,
)

_LIMITS = re.compile(
    r"\b(?:not|never|nothing|cannot|could\s+not|was\s+not|were\s+not)\b[^.;]{0,40}?"
    r"\b(?:seen|judged|assessed|evaluated|examined|visuali[sz]ed|inspected|reached|passed|entered|followed|excluded)\b"
    r"|\b(?:remained|was)\s+(?:incomplete|hidden|obscured|unexamined)\b|\bincomplete\b|\bnot\s+complete\b",
    re.IGNORECASE,
)


def sides_named(text: str) -> frozenset[str]:
    """The sides (R, L) of glands and ducts that a text speaks of; 'right away' names none."""
    letters = _letters(text)
    if letters is None:
        return frozenset(["L" if m.lower() == "left" else "R" for m in _SIDE_OF_GLAND.findall(text)])
    if "left" not in letters and "right" not in letters:
        return frozenset()
    return frozenset(["L" if m == "left" else "R" for m in _SIDE_IN_SMALL_LETTERS.findall(letters)])


def glands_named(text: str) -> frozenset[str]:
    """The large glands that a text names, by themselves or by their ducts."""
    letters = _letters(text)
    if letters is None:
        return frozenset([gland for gland, names in _NAMES_GLAND.items() if names.search(text)])
    worth = [gland for word, gland in _GLAND_OF_WORD if word in letters]
    return frozenset([gland for gland in worth if _NAMES_GLAND[gland].search(text)]) if worth else frozenset()


def _letters(text: str) -> str | None:
    """A text in small letters: looking for letters in it tells far sooner than a pattern that there is nothing.

    None where it holds letters outside ASCII, some of which a pattern takes for others.
    """
    return text.lower() if text.isascii() else None


def speaks_of_limits(text: str) -> bool:
    """Whether a text says that something was not seen, reached or judged."""
    return bool(_LIMITS.search(text))


def denies_stones(text: str) -> bool:
    return bool(_NO_STONE.search(text))


def speaks_of_another_place(e: EncounterFacts, text: str) -> bool:
    """Whether a text names only a gland or a side that was not examined. Naming others beside it is comparison."""
    named, sides_said = glands_named(text), sides_named(text)
    if not named and not sides_said:
        return False
    places = examined(e)
    glands = {"parotid" if g.gland == "accessory_parotid" else g.gland for g in places}
    sides = {g.side for g in places} & {"L", "R"}
    wrong_gland = bool(glands and named) and not glands & named
    wrong_side = bool(sides and sides_said) and not sides & sides_said
    return wrong_gland or wrong_side
