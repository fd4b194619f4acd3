"""What things are called: glands, ducts, places, findings, the patient."""

from __future__ import annotations

from documentation.facts import EncounterFacts, FindingFacts, InterventionFacts
from documentation.kernel.dates import age_on
from documentation.kernel.vocabulary import DUCTS_OF_GLAND, SIDE
from documentation.prose import phrases as p

NARROWING = frozenset(
    "stenosis synechia kink web sialodochitis ductal_collapse avascular_wall erythema extrinsic_compression".split()
)
"""Findings of the wall: they narrow the lumen, where a stone or a plug lies in it."""


def gland_name(e: EncounterFacts) -> tuple[str, tuple[str, ...]]:
    """The gland that the record is about, and the facts that say so."""
    j, glands = e.justification, e.procedure.glands
    if j.gland and not j.side and {g.side for g in glands if g.gland == j.gland} >= {"L", "R"}:
        facts = ("justification.gland", *(f"procedure.glands[{i}].side" for i in range(len(glands))))
        return f"both {_adjective(j.gland)} glands", facts
    if j.gland:
        return the_gland(j.gland, j.side), ("justification.gland", "justification.side")
    if glands:
        facts = ("justification.gland", "procedure.glands[0].gland", "procedure.glands[0].side")
        return the_gland(glands[0].gland, glands[0].side), facts
    return "", ("justification.gland",)


def examined_glands(e: EncounterFacts) -> str:
    """Every gland of the examination, for titles: `left and right submandibular glands`; the record's where none is."""
    sides: dict[str, list[str]] = {}
    for g in e.procedure.glands:
        if g.gland:
            named = sides.setdefault(g.gland, [])
            if g.side not in named:
                named.append(g.side)
    if sum(map(len, sides.values())) < 2:
        return gland_name(e)[0].removeprefix("the ")
    parts = []
    for gland, named in sides.items():
        known = [SIDE.label(s).lower() for s in named if s]
        parts.append(f"{p.join(known)} {_adjective(gland)} gland{'s' if len(named) > 1 else ''}".strip())
    return p.join(parts)


def _adjective(gland: str) -> str:
    return "minor salivary" if gland == "minor" else gland.replace("_", " ")


def the_gland(gland: str, side: str) -> str:
    """`the left submandibular gland`."""
    name = _adjective(gland)
    return f"the {SIDE.label(side).lower()} {name} gland" if side else f"the {name} gland"


def the_duct(duct: str, side: str) -> str:
    """`the left Wharton's duct`."""
    return f"the {SIDE.label(side).lower()} {p.DUCT[duct]}" if side else f"the {p.DUCT[duct]}"


def patient_words(e: EncounterFacts) -> tuple[str, tuple[str, ...]]:
    """`This 45-year-old patient`, with the facts of the age. Never a name, and never he or she."""
    birth, day = e.patient.birth_date, e.service_date
    facts = ("patient.birth_date", "service_date")
    if birth is None or day is None or day < birth:
        return "The patient", facts
    age = age_on(birth, day)
    return (f"This {age}-year-old patient" if age else "This infant"), facts


def several_glands(e: EncounterFacts) -> bool:
    return len({(g.gland, g.side) for g in e.procedure.glands} | {(f.gland, f.side) for f in e.findings}) > 1


def noun_phrase(f: FindingFacts) -> str:
    """`a wedged stone of 6 mm`, `a stenosis 2 mm long`."""
    article, one, several = p.FINDING[f.type]
    many = f.count is not None and f.count > 1
    words = [p.count(f.count) if many and f.count else "", p.MOBILITY.get(f.mobility, ""), several if many else one]
    noun = " ".join(w for w in words if w)
    if article and not many:
        noun = f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
    if f.size_mm is not None:
        noun += f" of up to {p.millimeters(f.size_mm)}" if many else f" of {p.millimeters(f.size_mm)}"
    if f.length_mm is not None:
        noun += (
            f" {p.millimeters(f.length_mm)} long" if f.size_mm is None else f" and {p.millimeters(f.length_mm)} length"
        )
    return noun


def traits(f: FindingFacts) -> list[str]:
    """`fully visible and palpable`, `occupying 80% of the lumen`; what lies in the wall narrows it instead."""
    looks = [p.VISIBILITY[f.visibility]] if f.visibility else []
    if f.palpable is not None:
        looks.append("palpable" if f.palpable else "not palpable")
    found = (
        [
            ("but" if "not palpable" in looks and "not visible" not in looks else "and").join(
                [f"{looks[0]} ", f" {looks[1]}"]
            )
        ]
        if len(looks) == 2
        else looks
    )
    if f.lumen_percent is None:
        return found
    if f.lumen_percent == 100:
        return [*found, "closing the lumen"]
    filled = f"occupying {f.lumen_percent}% of the lumen"
    return [*found, f"narrowing the lumen by {f.lumen_percent}%" if f.type in NARROWING else filled]


def appearance(f: FindingFacts) -> list[str]:
    """`4 mm wide`, `diffuse`, `moderate`, `yellow, rough`: what the note adds to what the text says."""
    width = f"{p.millimeters(f.width_mm)} wide" if f.width_mm is not None else ""
    return [w for w in (width, f.distribution, f.severity, f.appearance) if w]


def treatment_details(i: InterventionFacts) -> list[str]:
    """`balloon of Example Optics`, `3 mm`, `8 atm`, `for 60 s`: with what, how much and how it ended."""
    amounts = (
        (i.diameter_mm, "{} mm"), (i.pressure_atm, "{} atm"), (i.duration_s, "for {} s"), (i.dose_mg, "{} mg"),
        (i.volume_ml, "{} mL"), (i.size_fr, "{} French"), (i.planned_days, "to stay {} days"),
    )  # fmt: skip
    measured = [said.format(p.number(value)) for value, said in amounts if value is not None]
    outcome = f"stone removal {i.retrieval}" if i.retrieval else ""
    sent = {True: "sent to pathology", False: "not sent to pathology", None: ""}[i.to_pathology]
    return [w for w in (i.device, i.drug, *measured, outcome, sent) if w]


def segment_words(f: FindingFacts, *, full: bool) -> tuple[str, str]:
    """A preposition and a place: `in`, `the distal duct`; `full` names the duct or gland, too."""
    duct = the_duct(DUCTS_OF_GLAND[f.gland][0], f.side) if f.gland else "the duct"
    gland = the_gland(f.gland, f.side) if f.gland else "the gland"
    if not f.segment:
        return ("in", duct) if full else ("", "")
    preposition, place, rest = p.SEGMENT[f.segment]
    if full:
        place = f"{p.PART_OF_DUCT.get(f.segment, place)} {(rest or 'of {duct}').format(duct=duct, gland=gland)}"
    return preposition, place


def place_words(f: FindingFacts, *, full: bool) -> str:
    """`in the distal duct, 12 mm from the papilla`."""
    words = " ".join(w for w in segment_words(f, full=full) if w)
    if f.distance_from_papilla_mm is None or (f.segment == "papilla" and not f.distance_from_papilla_mm):
        return words
    away = f"{p.millimeters(f.distance_from_papilla_mm)} from the papilla"
    return f"{words}, {away}" if words else away
