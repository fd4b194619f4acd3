"""What was done and seen: the way in, the findings, the treatment, complications."""

from __future__ import annotations

from collections.abc import Iterator

from claims.packet.narrative.sentence import Paragraph, Proof, Sentence, gap, note
from documentation.facts import EncounterFacts, FindingFacts, GlandFacts
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
        yield gap("What was seen is not recorded.", "findings", Paragraph.EXAMINATION)
    seen = 0
    for i, finding in enumerate(e.findings):
        yield from _finding(e, i, finding, seen)
        seen += not finding.is_normal
    yield from _unseen(e)
    for i, gland in enumerate(glands):
        if gland.lsd:
            where = f" for {the_gland(gland.gland, gland.side)}" if len(glands) > 1 else ""
            text = f"The grade in the LSD classification is L{gland.lsd_l} S{gland.lsd_s} D{gland.lsd_d}{where}."
            facts = tuple(f"procedure.glands[{i}].{n}" for n in ("lsd_l", "lsd_s", "lsd_d"))
            yield Sentence(text, facts, note("procedure"), 6, Paragraph.EXAMINATION)
    yield from _treatment(e)
    yield from _complications(e)


def _entry(e: EncounterFacts, i: int, gland: GlandFacts) -> Iterator[Sentence]:
    path = f"procedure.glands[{i}]"
    facts = [f"{path}.{n}" for n in ("duct", "side", "access", "extent", *limits.REASON_FACTS)]
    duct = the_duct(gland.duct, gland.side) if gland.duct else f"the duct of {the_gland(gland.gland, gland.side)}"
    if not gland.duct:
        facts.append(f"{path}.gland")
    text = ""
    if i == 0 and e.service_date:
        text = f"On {long_date(e.service_date)}, "
        facts.append("service_date")
    way = f" {p.ACCESS[gland.access]}" if gland.access else ""
    reason = limits.why(gland)
    if not gland.was_entered:
        if i == 0:
            way += _instrument(e)
            facts += ["procedure.anesthesia", "procedure.scope_type", "procedure.scope_outer_diameter_mm"]
        text += f"entry into {duct} was attempted{way}, but the duct could not be entered{reason}."
        yield Sentence(p.capital(text), tuple(facts), note("procedure"), 1, Paragraph.EXAMINATION)
        if not reason:
            yield gap(
                "Why the duct could not be entered is not recorded.", f"{path}.incomplete_reason", Paragraph.EXAMINATION
            )
        return
    text += f"{duct} was entered{way}"
    if i == 0:
        text += _instrument(e)
        facts += ["procedure.anesthesia", "procedure.scope_type", "procedure.scope_outer_diameter_mm"]
    if gland.extent:
        text += f" and {p.EXTENT[gland.extent]}"
    if gland.complete:
        text += "; the examination was complete"
    text += limits.ending(gland)
    yield Sentence(p.capital(f"{text}."), tuple(facts), note("procedure"), 1, Paragraph.EXAMINATION)
    if not gland.extent:
        yield gap("How far the duct was followed is not recorded.", f"{path}.extent", Paragraph.EXAMINATION)
    if gland.complete is False and not reason:
        yield gap(
            "Why the examination remained incomplete is not recorded.",
            f"{path}.incomplete_reason",
            Paragraph.EXAMINATION,
        )


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
    return scope + (f" {p.ANESTHESIA[pr.anesthesia]}" if pr.anesthesia else "")


_OPENERS = ("Endoscopy showed {}", "There was also {}", "In addition, endoscopy showed {}", "Further, there was {}")


def _finding(e: EncounterFacts, i: int, f: FindingFacts, seen: int) -> Iterator[Sentence]:
    path = f"findings[{i}]"
    figures = tuple(Proof(f"figure:{image.figure}") for image in e.images_of(f.key))
    before = _figures_before_treatment(e, f)
    proof = (before or figures) or note("findings")
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
    yield Sentence(p.capital(f"{text}."), tuple(f"{path}.{n}" for n in names), proof, 1, Paragraph.EXAMINATION)
    if figures:
        return
    if f.not_imaged_reason:
        text = f"It could not be imaged: {p.uncapital(p.bare(f.not_imaged_reason))}."
        yield Sentence(text, (f"{path}.not_imaged_reason",), note("findings"), 3, Paragraph.EXAMINATION)
    else:
        yield gap("No figure shows this finding, and the reason is not recorded.", f"{path}.key", Paragraph.EXAMINATION)


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
    for key in dict.fromkeys(t.finding for _, t in done):
        finding = e.finding(key)
        mine = [(i, t) for i, t in done if t.finding == key]
        facts = tuple(f"interventions[{i}].{n}" for i, _ in mine for n in ("type", "note", "finding"))
        ways = [p.INTERVENTION[t.type] + (f" ({p.uncapital(p.bare(t.note))})" if t.note else "") for _, t in mine]
        if finding and not finding.is_normal:
            _, one, several = p.FINDING[finding.type]
            many = finding.count is not None and finding.count > 1
            text = f"{opener}the {several if many else one} {'were' if many else 'was'} treated with {p.join(ways)}."
            at = e.findings.index(finding)
            facts = (*facts, f"findings[{at}].type", f"findings[{at}].count")
        else:
            text = f"{opener}the procedure included {p.join(ways)}."
        figures = [i for i in e.images_of(key) if _is_after(i.caption)] if key else []
        proof = tuple(Proof(f"figure:{i.figure}") for i in figures) or note("findings")
        yield Sentence(p.capital(text), facts, proof, 2, Paragraph.EXAMINATION)
        opener = ""


def _complications(e: EncounterFacts) -> Iterator[Sentence]:
    tokens = e.procedure.complications
    if not tokens:
        yield gap("Whether there were complications is not recorded.", "procedure.complications", Paragraph.EXAMINATION)
        return
    known = [p.COMPLICATION[t] for t in tokens if t != NONE]
    what = "as a complication" if len(known) == 1 else "as complications"
    text = f"The record notes {p.join(known)} {what}." if known else "There were no complications."
    yield Sentence(text, ("procedure.complications",), note("procedure"), 2 if known else 6, Paragraph.EXAMINATION)
