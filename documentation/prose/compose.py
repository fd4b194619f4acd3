"""The prose of the note, composed from its facts as a clinician would write it.

What the record does not say is left out, never made up. Each sentence knows the facts that it rests on, so that one
that changes later can be pointed out. What a sentence concludes is a proposal: the clinician takes it or does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from documentation.facts import EncounterFacts, FindingFacts, GlandFacts, PriorImagingFacts
from documentation.kernel.dates import long_date
from documentation.kernel.vocabulary import DUCTS_OF_GLAND, NONE
from documentation.prose import limits
from documentation.prose import phrases as p
from documentation.prose.names import (
    gland_name,
    noun_phrase,
    place_words,
    segment_words,
    several_glands,
    the_duct,
    the_gland,
    traits,
)
from documentation.prose.sources import digest_of

OBSTRUCTIONS = frozenset(
    "stone stenosis synechia web kink mucus_plug polyp foreign_body ductal_collapse extrinsic_compression mass".split()
)
"""Findings that hold saliva back, and so explain a swelling."""


@dataclass(frozen=True)
class Sentence:
    """One sentence. `key` names what it tells of, such as `finding:f1`; `facts` are paths, `digest` their sum."""

    key: str
    text: str
    facts: tuple[str, ...]
    digest: str


_Said = tuple[str, str, tuple[str, ...]]
"""Key, text and facts of a sentence."""


def compose(e: EncounterFacts, field: str) -> tuple[Sentence, ...]:
    """The sentences proposed for a field of FIELDS, such as `interpretation.text`, in reading order."""
    return tuple(
        Sentence(key, text.replace("\u00a0", " "), facts, digest_of(e, facts)) for key, text, facts in FIELDS[field](e)
    )


# ------------------------------------------------------------------------------------------------ the complaint


def _statement(e: EncounterFacts) -> Iterator[_Said]:
    j = e.justification
    gland, _ = gland_name(e)
    told = [t for t in j.indications if t in p.COMPLAINT]
    if "recurrent_swelling" in told and "swelling_at_meals" in told:
        told.remove("swelling_at_meals")
    words = [p.COMPLAINT[t] if i == 0 else p.COMPLAINT[t].replace(" of {gland}", "") for i, t in enumerate(told)]
    place = ("justification.gland", "justification.side")
    if words:
        text = p.capital(p.join(words)).replace("{gland}", gland or "a salivary gland")
        text += f" since {p.since(j.onset_on)}" if j.onset_on else ""
        if j.episodes_per_month:
            text += f", about {p.count(j.episodes_per_month)} episode{'s' if j.episodes_per_month > 1 else ''} a month"
        is_told = "swelling_at_meals" in told
        if j.relation_to_meals is not None and not is_told:
            text += ", worse at meals" if j.relation_to_meals else ", not related to meals"
        if j.pain is not None:
            text += f"; pain up to {j.pain} of 10" if j.pain else "; no pain"
        facts = ("indications", "gland", "side", "onset_on", "episodes_per_month", "relation_to_meals", "pain")
        yield "complaint", f"{text}.", tuple(f"justification.{n}" for n in facts)
    suspected = [p.SUSPICION[t] for t in j.indications if t in p.SUSPICION]
    if suspected:
        where = f" of {gland}" if gland and not words else ""
        text = f"{p.capital(p.join(suspected, 'or'))}{where} is suspected."
        yield "suspicion", text, ("justification.indications", *place)
    occasions = [p.OCCASION[t] for t in j.indications if t in p.OCCASION]
    if occasions:
        where = f" of {gland}" if gland and not words else ""
        yield "occasion", f"Examination{where} after {p.join(occasions)}.", ("justification.indications", *place)


# ---------------------------------------------------------------------------------------------- what was seen


def _reading(e: EncounterFacts) -> Iterator[_Said]:
    for i, gland in enumerate(e.procedure.glands):
        yield _entry(i, gland)
    full = several_glands(e)
    seen = 0
    for f in e.findings:
        if f.is_normal:
            yield _normal(e, f, full=full)
        else:
            yield _abnormal(e, f, full=full, first=not seen)
            seen += 1
    entered = [g for g in e.procedure.glands if g.was_entered]
    if e.findings and entered and all(g.complete for g in entered) and not any(f.type == "stone" for f in e.findings):
        facts = ("findings[].type", *(f"procedure.glands[{i}].complete" for i in range(len(e.procedure.glands))))
        yield "no_stone", "No stone was seen.", facts
    for i, gland in enumerate(e.procedure.glands):
        unseen = limits.unseen(gland, full=full) if gland.complete is False else ""
        if unseen:
            yield f"unseen:{i}", unseen, tuple(f"procedure.glands[{i}].{n}" for n in ("complete", "not_judged"))


def _entry(i: int, g: GlandFacts) -> _Said:
    names = ("gland", "side", "duct", "access", "extent", *limits.REASON_FACTS)
    facts = tuple(f"procedure.glands[{i}].{n}" for n in names)
    duct = p.capital(the_duct(g.duct, g.side) if g.duct else f"the duct of {the_gland(g.gland, g.side)}")
    if not g.was_entered:
        return f"entry:{i}", limits.not_entered(g, duct), facts
    text = f"{duct} was entered" + (f" {p.ACCESS[g.access]}" if g.access else "")
    text += f" and {p.EXTENT[g.extent]}" if g.extent else ""
    return f"entry:{i}", f"{text}{limits.ending(g)}.", facts


def _figures(e: EncounterFacts, f: FindingFacts) -> str:
    """`figures 1 and 2`; empty where no picture shows it."""
    numbers = [str(i.figure) for i in e.images_of(f.key)]
    return f"figure{'s' if len(numbers) > 1 else ''} {p.join(numbers)}" if numbers else ""


def _paths(f: FindingFacts, *names: str) -> tuple[str, ...]:
    return (*(f"findings[{f.key}].{n}" for n in ("type", "gland", "side", "segment", *names)), f"images[{f.key}]")


def _abnormal(e: EncounterFacts, f: FindingFacts, *, full: bool, first: bool) -> _Said:
    figures = _figures(e, f)
    if figures:
        text = f"{p.capital(figures)} show{'' if 's ' in figures else 's'} {noun_phrase(f)}"
    else:
        text = f"There {'were' if _is_many(f) else 'was'}{'' if first else ' also'} {noun_phrase(f)}"
    where = place_words(f, full=full)
    text += (f" {where}" if f.segment or full else f", {where}") if where else ""
    text += f" ({p.uncapital(p.bare(f.note))})" if f.note else ""
    text = ", ".join([text, *traits(f), *([p.PASSABLE[f.passable]] if f.passable else [])])
    if not figures and f.not_imaged_reason:
        text += f"; it could not be imaged: {p.uncapital(p.bare(f.not_imaged_reason))}"
    names = (
        "distance_from_papilla_mm", "size_mm", "length_mm", "count", "mobility", "visibility", "palpable",
        "lumen_percent", "passable", "note", "not_imaged_reason",
    )  # fmt: skip
    return f"finding:{f.key}", f"{text}.", _paths(f, *names)


def _normal(e: EncounterFacts, f: FindingFacts, *, full: bool) -> _Said:
    words = p.uncapital(p.bare(f.note))
    place = segment_words(f, full=full)[1] or "the duct"
    if words and not p.is_clause(words) and "normal" not in words.lower():
        place = words if words.split()[0] in {"the", "all", "both"} else f"the {words}"
        place += f" of {the_duct(DUCTS_OF_GLAND[f.gland][0], f.side)}" if full and f.gland else ""
        words = ""
    are = "are" if " and " in place or place.split(" of ")[0].endswith("s") else "is"
    figures = _figures(e, f)
    text = f"{p.capital(place)} {are} normal" + (f" ({figures})" if figures else "") + (f": {words}" if words else "")
    return f"finding:{f.key}", f"{text}.", _paths(f, "note")


# ------------------------------------------------------------------------------------------------ what it means


def _relevance(e: EncounterFacts) -> Iterator[_Said]:
    told = next((p.COMPLAINT[t] for t in e.justification.indications if t in p.SYMPTOM), "")
    complaint = f"the {told.replace(' of {gland}', '')}" if told else "the complaint"
    asked = ("justification.indications",)
    entered = [g for g in e.procedure.glands if g.was_entered]
    ended = [g for g in entered if g.complete is False]
    causes = [f for f in e.findings if f.type in OBSTRUCTIONS]
    others = [f for f in e.findings if not f.is_normal and f.type not in OBSTRUCTIONS]
    if e.procedure.glands and not entered:
        facts = (*asked, *(f"procedure.glands[{i}].extent" for i in range(len(e.procedure.glands))))
        yield "meaning", f"The cause of {complaint} remains open, since the duct could not be entered.", facts
        return
    for verbs, meant in ((("explains", "explain"), causes), (("may contribute to", "may contribute to"), others)):
        if meant and (meant is causes or not causes):
            what = p.join(list(dict.fromkeys(_named(f) for f in meant)))
            duct = the_duct(DUCTS_OF_GLAND[meant[0].gland][0], meant[0].side) if meant[0].gland else "the duct"
            where = f" of {duct}" if len({(f.gland, f.side) for f in meant}) == 1 else ""
            many = len(meant) > 1 or _is_many(meant[0])
            text = f"{p.capital(what)}{where} {verbs[many]} {complaint}{_left_open(e)}."
            facts = tuple(f"findings[{f.key}].{n}" for f in meant for n in ("type", "count", "gland", "side"))
            yield "meaning", text, (*asked, *facts, *_studies_paths(e, "modality", "inconclusive"))
    if e.findings and not causes and not others:
        facts = (*asked, "findings[].type", *limits.facts_of(e, "complete", "extent"))
        text = f"No cause for {complaint} lies in the duct"
        text += "; an obstruction is excluded as far as the endoscope reached."
        if ended:
            text = f"No cause for {complaint} lies in the part of the duct that was seen"
            text += "; an obstruction beyond it is not excluded."
        yield "meaning", text, facts
    elif ended:
        text = "A further cause beyond the part of the duct that was seen is not excluded."
        yield "beyond", text, limits.facts_of(e, "complete", "extent")
    for f in causes:
        ways = [p.INTERVENTION[t.type] for t in e.interventions_of(f.key) if t.type != NONE and t.retrieval != "failed"]
        if ways:
            text = f"{p.capital(_named(f))} could be treated in the same visit with {p.join(ways)}."
            facts = (f"findings[{f.key}].type", f"findings[{f.key}].count", f"interventions[{f.key}]")
            yield f"treated:{f.key}", text, facts


def _is_many(f: FindingFacts) -> bool:
    return f.count is not None and f.count > 1


def _named(f: FindingFacts) -> str:
    """`the stenosis`, `the stones`."""
    _, one, several = p.FINDING[f.type]
    return f"the {several if _is_many(f) else one}"


def _left_open(e: EncounterFacts) -> str:
    """`; the occlusal film and the ultrasound had left it open`, where every study had."""
    studies = [s for s in e.justification.prior_imaging if s.modality != NONE]
    if not studies or not all(s.inconclusive for s in studies):
        return ""
    return f"; {p.join([_study(s) for s in studies])} had left the cause open"


def _study(s: PriorImagingFacts) -> str:
    return f"the {p.STUDY[s.modality].split(' ', 1)[1]}"


def _studies_paths(e: EncounterFacts, *names: str) -> tuple[str, ...]:
    return tuple(
        f"justification.prior_imaging[{i}].{n}" for i in range(len(e.justification.prior_imaging)) for n in names
    )


CONFIRMS: Mapping[str, frozenset[str]] = {
    "stone": frozenset({"stone"}),
    "stricture": frozenset({"stenosis", "synechia", "web"}),
    "dilatation": frozenset({"ectasia"}),
    "mass": frozenset({"mass"}),
}
"""By result of an earlier study, the findings of endoscopy that confirm it."""


def _comparison(e: EncounterFacts) -> Iterator[_Said]:
    studies = [(i, s) for i, s in enumerate(e.justification.prior_imaging) if s.modality != NONE]
    types = {f.type for f in e.findings}
    before = ""
    for i, s in studies:
        result, unsettled = p.STUDY_RESULT[s.result]
        text = p.capital(_study(s)) + (f" of {long_date(s.done_on)}," if s.done_on else "")
        facts = tuple(
            f"justification.prior_imaging[{i}].{n}"
            for n in ("modality", "done_on", "result", "inconclusive", "limitation")
        )
        outcome = unsettled if s.inconclusive else result
        text += f" {outcome.replace('was ', 'was likewise ', 1) if outcome == before else outcome}"
        before = outcome
        text += f" ({p.uncapital(p.bare(s.limitation))})" if s.limitation else ""
        expected = CONFIRMS.get(s.result)
        if expected and e.findings and not s.inconclusive:
            text += ", which endoscopy confirms" if expected & types else ", which endoscopy did not find"
            facts = (*facts, "findings[].type")
        yield f"study:{i}", f"{text}.", facts
    seen = [f for f in e.findings if not f.is_normal]
    if studies and e.findings and not seen:
        ended = limits.incomplete(e)
        text = f"Endoscopy now shows a normal duct{' as far as it was seen' if ended else ''}."
        yield "added", text, ("findings[].type", *limits.facts_of(e, "complete"))
    if studies and seen and all(s.inconclusive for _, s in studies):
        nouns = p.join([noun_phrase(f) for f in seen])
        facts = tuple(f"findings[{f.key}].{n}" for f in seen for n in ("type", "count", "size_mm", "length_mm"))
        yield "added", f"Endoscopy now shows {nouns}.", (*facts, *_studies_paths(e, "inconclusive"))
    if not studies and e.justification.prior_imaging:
        text = "There is no earlier imaging to compare with."
        yield "none", text, ("justification.prior_imaging[0].modality",)


# ----------------------------------------------------------------------------------------------- what follows


def _plan(e: EncounterFacts) -> Iterator[_Said]:
    done = [t for t in e.interventions if t.type != NONE]
    for key in dict.fromkeys(t.finding for t in done):
        f = e.finding(key)
        kinds = [p.INTERVENTION[t.type] for t in done if t.finding == key]
        ways = p.join(kinds)
        if f and not f.is_normal:
            text = f"{p.capital(_named(f))} {'were' if _is_many(f) else 'was'} treated with {ways}."
            yield f"treated:{key}", text, (f"findings[{key}].type", f"findings[{key}].count", f"interventions[{key}]")
        else:
            yield (
                f"treated:{key}",
                f"{p.capital(ways)} {'were' if len(kinds) > 1 else 'was'} carried out.",
                (f"interventions[{key}]",),
            )
    follows = limits.follows(e)
    if follows:
        yield "next_steps", follows, limits.facts_of(e, "complete", "extent", "next_steps")
    items = [p.bare(r) for r in e.plan.recommendations]
    if items:
        yield "advice", f"Advised: {'; '.join(map(p.uncapital, items))}.", ("plan.recommendations",)
    if e.plan.follow_up_days:
        yield "follow_up", f"Next visit in {p.days(e.plan.follow_up_days)}.", ("plan.follow_up_days",)


FIELDS: Mapping[str, Callable[[EncounterFacts], Iterator[_Said]]] = {
    "justification.statement": _statement,
    "interpretation.text": _reading,
    "interpretation.clinical_relevance": _relevance,
    "interpretation.comparison": _comparison,
    "plan.statement": _plan,
}
"""The fields for which prose is proposed."""
