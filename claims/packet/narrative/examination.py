"""What was done and seen: the way in, the findings, the treatment, complications."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from claims.packet.narrative.sentence import Paragraph, Proof, Sentence, gap, note
from documentation.facts import EncounterFacts, FindingFacts, GlandFacts, InterventionFacts
from documentation.kernel.dates import long_date
from documentation.kernel.vocabulary import DUCTS_OF_GLAND, NONE
from documentation.prose import limits
from documentation.prose import phrases as p
from documentation.prose.names import (
    noun_phrase,
    place_words,
    segment_words,
    several_glands,
    the_duct,
    the_gland,
    traits,
    treatment_details,
)


def examination(e: EncounterFacts) -> Iterator[Sentence]:
    glands = e.procedure.glands
    if not glands:
        yield gap("Which gland was examined is not recorded.", "procedure.glands", Paragraph.EXAMINATION)
    for i, gland in enumerate(glands):
        yield from _entry(e, i, gland)
    if glands and not any(g.was_entered for g in glands) and not e.findings:
        yield from _complications(e)
        return
    if not e.findings:
        yield gap("What was seen is not recorded.", "findings", Paragraph.EXAMINATION, "procedure.glands")
    seen = 0
    for i, finding in enumerate(e.findings):
        yield from _finding(e, i, finding, seen)
        seen += not finding.is_normal
    yield from _unseen(e)
    yield from _grades(e)
    yield from _treatment(e)
    yield from _complications(e)


def _entry(e: EncounterFacts, i: int, gland: GlandFacts) -> Iterator[Sentence]:
    path = f"procedure.glands[{i}]"
    facts = [f"{path}.{n}" for n in ("duct", "side", "access", "extent", *limits.REASON_FACTS)]
    duct = the_duct(gland.duct, gland.side) if gland.duct else f"the duct of {the_gland(gland.gland, gland.side)}"
    if not gland.duct:
        facts.append(f"{path}.gland")
    text = ""
    way = f" {p.ACCESS[gland.access]}" if gland.access else ""
    if i == 0:
        day = f"on {long_date(e.service_date)}" if e.service_date else ""
        text = "".join(f"{x}, " for x in (day, p.ANESTHESIA.get(e.procedure.anesthesia, "")) if x)
        way += _instrument(e)
        facts += ["service_date", *(f"procedure.{n}" for n in _CIRCUMSTANCES)]
    reason = limits.why(gland)
    if not gland.was_entered:
        text += f"entry into {duct} was attempted{way}, but the duct could not be entered{reason}."
        yield Sentence(p.capital(text), tuple(facts), note("procedure"), 1, Paragraph.EXAMINATION)
        if not reason:
            yield gap(
                "Why the duct could not be entered is not recorded.", f"{path}.incomplete_reason", Paragraph.EXAMINATION
            )
        return
    then = " then" if i and e.procedure.glands[i - 1].was_entered else ""
    facts += [f"procedure.glands[{i - 1}].{n}" for n in ("extent", "complete")] if i else []
    text += f"{duct} was{then} entered{way}"
    if gland.extent:
        text += f" and {p.EXTENT[gland.extent]}"
    if gland.complete:
        as_before = i and e.procedure.glands[i - 1].was_entered and e.procedure.glands[i - 1].complete
        text += "; this examination was complete as well" if as_before else "; the examination was complete"
    text += limits.ending(gland)
    yield Sentence(p.capital(f"{text}."), tuple(facts), note("procedure"), 1, Paragraph.EXAMINATION)
    if not gland.extent:
        yield gap("How far the duct was followed is not recorded.", f"{path}.extent", Paragraph.EXAMINATION)
    if gland.complete is False and not reason:
        yield gap(
            "Why the examination remained incomplete is not recorded.",
            f"{path}.incomplete_reason",
            Paragraph.EXAMINATION,
            *(f"{path}.{n}" for n in ("complete", "incomplete_causes", "extent")),
        )


def _grades(e: EncounterFacts) -> Iterator[Sentence]:
    glands = e.procedure.glands
    graded = [(i, g) for i, g in enumerate(glands) if g.lsd]
    facts = tuple(f"procedure.glands[{i}].{n}" for i, _ in graded for n in ("lsd_l", "lsd_s", "lsd_d", "gland", "side"))
    grades = [
        f"L{g.lsd_l} S{g.lsd_s} D{g.lsd_d}" + (f" for {the_gland(g.gland, g.side)}" if len(glands) > 1 else "")
        for _, g in graded
    ]
    if grades:
        are = "grades (lithiasis, stenosis, dilatation) are" if len(grades) > 1 else f"{_LSD} is"
        text = f"The LSD {are} {p.join(grades)}."
        yield Sentence(text, ("procedure.glands", *facts), note("procedure"), 6, Paragraph.EXAMINATION)


def _unseen(e: EncounterFacts) -> Iterator[Sentence]:
    for i, gland in enumerate(e.procedure.glands):
        text = limits.unseen(gland, full=several_glands(e)) if gland.complete is False else ""
        if text:
            facts = (f"procedure.glands[{i}].not_judged", f"procedure.glands[{i}].complete")
            yield Sentence(text, facts, note("procedure"), 2, Paragraph.EXAMINATION)


def _instrument(e: EncounterFacts) -> str:
    pr = e.procedure
    kind = {"semi_rigid": "semi-rigid ", "flexible": "flexible ", "rigid": "rigid "}.get(pr.scope_type, "")
    scope = ""
    if pr.scope_outer_diameter_mm is not None:
        scope = f" with a {p.millimeters(pr.scope_outer_diameter_mm)} {kind}endoscope"
        if p.number(pr.scope_outer_diameter_mm).startswith(("8", "11", "18")):
            scope = scope.replace(" a ", " an ", 1)
    elif kind:
        scope = f" with a {kind}endoscope"
    return scope


_CIRCUMSTANCES = ("anesthesia", "scope_type", "scope_outer_diameter_mm")
_LSD = "grade (lithiasis, stenosis, dilatation)"
_OPENERS = ("Endoscopy showed {}", "There was also {}", "In addition, endoscopy showed {}", "Further, there was {}")


def _finding(e: EncounterFacts, i: int, f: FindingFacts, seen: int) -> Iterator[Sentence]:
    path = f"findings[{i}]"
    figures = tuple(Proof(f"figure:{image.figure}") for image in e.images_of(f.key))
    proof = (_figures_before_treatment(e, f) or figures) or note("findings")
    if f.is_normal:
        yield Sentence(
            _normal(e, f),
            (
                f"{path}.type",
                f"{path}.note",
                f"{path}.segment",
                f"{path}.distance_from_papilla_mm",
                f"{path}.gland",
                f"{path}.side",
            ),
            proof,
            3,
            Paragraph.EXAMINATION,
        )
        return
    opener = _OPENERS[min(seen, 1) if seen < 2 else 2 + seen % 2]
    if f.count is not None and f.count > 1:
        opener = opener.replace("there was", "there were").replace("There was", "There were")
    full = several_glands(e)
    where = place_words(f, full=full)
    glue = " " if f.segment or full else ", "
    text = opener.format(noun_phrase(f)) + (glue + where if where else "")
    if f.note:
        text += f" ({p.uncapital(p.bare(f.note))})"
    text = ", ".join([text, *traits(f), *([p.PASSABLE[f.passable]] if f.passable else [])])
    names = (
        "type", "count", "size_mm", "length_mm", "mobility", "visibility", "palpable", "lumen_percent", "segment",
        "distance_from_papilla_mm", "note", "passable", *(("gland", "side") if full else ()),
    )  # fmt: skip
    before = tuple(f"findings[{k}].type" for k in range(i))  # the first finding opens otherwise than the next
    facts = (*(f"{path}.{n}" for n in names), *before)
    yield Sentence(p.capital(f"{text}."), facts, proof, 1, Paragraph.EXAMINATION)
    if figures:
        return
    if f.not_imaged_reason:
        text = f"No image of it could be taken: {p.uncapital(p.bare(f.not_imaged_reason))}."
        yield Sentence(text, (f"{path}.not_imaged_reason", "images"), note("findings"), 3, Paragraph.EXAMINATION)
    else:
        text = "No figure shows this finding, and the reason is not recorded."
        yield gap(text, f"{path}.key", Paragraph.EXAMINATION, f"{path}.not_imaged_reason", f"{path}.type", "images")


def _figures_before_treatment(e: EncounterFacts, f: FindingFacts) -> tuple[Proof, ...]:
    if not any(t.type != NONE for t in e.interventions_of(f.key)):
        return ()
    return tuple(Proof(f"figure:{i.figure}") for i in e.images_of(f.key) if not _is_after(i.caption))


def _is_after(caption: str) -> bool:
    return " after " in f" {caption.lower()} "


def _normal(e: EncounterFacts, f: FindingFacts) -> str:
    words = p.bare(f.note)
    full = several_glands(e)
    away = f.distance_from_papilla_mm
    reach = f", seen as far as {p.millimeters(away)} from the papilla" if away else ""
    place = segment_words(f, full=full)[1] or "the duct"
    if words and not p.is_clause(words) and "normal" not in words.lower():
        # What the clinician named as normal: the rest of the duct, all branches.
        place = p.uncapital(words)
        place = place if place.split()[0] in {"the", "all", "both"} else f"the {place}"
        place += f" of {the_duct(DUCTS_OF_GLAND[f.gland][0], f.side)}" if full and f.gland else ""
        words = ""
    are = "were" if " and " in place or place.split(" of ")[0].endswith("s") else "was"
    return f"{p.capital(place)} {are} normal{reach}" + (f" ({p.uncapital(words)})." if words else ".")


def _treatment(e: EncounterFacts) -> Iterator[Sentence]:
    if not e.interventions:
        yield gap("Whether anything was treated is not recorded.", "interventions", Paragraph.EXAMINATION)
        return
    done = [(i, t) for i, t in enumerate(e.interventions) if t.type != NONE]
    if not done:
        yield Sentence(
            "The examination was diagnostic only; nothing was treated.",
            ("interventions[0].type",),
            note("findings"),
            2,
            Paragraph.EXAMINATION,
        )
        return
    opener = "In the same visit, "
    for key in sorted(dict.fromkeys(t.finding for _, t in done), key=lambda k: not _is_abnormal(e, k)):
        finding = e.finding(key)
        mine = [(i, t) for i, t in done if t.finding == key]
        facts = tuple(f"interventions[{i}].{n}" for i, _ in mine for n in ("note", *_AMOUNTS))
        facts += tuple(f"interventions[{i}].{n}" for i in range(len(e.interventions)) for n in ("type", "finding"))
        ways = [_way(t) for _, t in mine]
        if finding and not finding.is_normal:
            _, one, several = p.FINDING[finding.type]
            many = finding.count is not None and finding.count > 1
            text = f"{opener}the {several if many else one} {'were' if many else 'was'} treated with {p.join(ways)}"
            text += f"{_removed([t for _, t in mine])}."
            at = e.findings.index(finding)
            facts = (*facts, f"findings[{at}].type", f"findings[{at}].count")
        else:
            text = f"{opener}the procedure {'' if opener else 'also '}included {p.join(ways)}."
        figures = [i for i in e.images_of(key) if _is_after(i.caption)] if key else []
        proof = tuple(Proof(f"figure:{i.figure}") for i in figures) or note("findings")
        yield Sentence(p.capital(text), facts, proof, 2, Paragraph.EXAMINATION)
        opener = ""


_AMOUNTS = (
    "drug", "diameter_mm", "pressure_atm", "duration_s", "dose_mg", "volume_ml", "size_fr", "planned_days", "retrieval",
    "to_pathology",
)  # fmt: skip


def _way(t: InterventionFacts) -> str:
    """`balloon dilation (3 mm, 8 atm, for 60 s)`; the maker of a device is for the note."""
    failed = ["without success"] if t.retrieval == "failed" else []
    told = [
        *failed,
        *treatment_details(replace(t, device="", retrieval="")),
        *([p.uncapital(p.bare(t.note))] if t.note else []),
    ]
    return p.INTERVENTION[t.type] + (f" ({', '.join(told)})" if told else "")


def _is_abnormal(e: EncounterFacts, key: str) -> bool:
    finding = e.finding(key)
    return finding is not None and not finding.is_normal


def _removed(done: Sequence[InterventionFacts]) -> str:
    outcomes = {t.retrieval for t in done}
    return (
        " and removed completely" if "complete" in outcomes else " and removed in part" if "partial" in outcomes else ""
    )


def _complications(e: EncounterFacts) -> Iterator[Sentence]:
    tokens = e.procedure.complications
    if not tokens:
        yield gap("Whether there were complications is not recorded.", "procedure.complications", Paragraph.EXAMINATION)
        return
    known = [p.COMPLICATION[t] for t in tokens if t != NONE]
    own = p.bare(e.procedure.complication_note) if known else ""
    lead = "The complication was" if len(known) == 1 else "The complications were"
    text = f"{lead} {p.join(known)}" if known else "There were no complications"
    text += f": {p.uncapital(own)}." if own else "."
    facts = ("procedure.complications", "procedure.complication_note")
    yield Sentence(text, facts, note("procedure"), 2 if known else 6, Paragraph.EXAMINATION)
