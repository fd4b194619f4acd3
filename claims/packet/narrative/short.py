"""The narrative in one paragraph, in 400 and in 80 characters: the same facts, cut by priority and at full stops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from claims.facts import ClaimFacts
from claims.packet.narrative.sentence import Paragraph, Proof, Sentence, note
from documentation.facts import EncounterFacts, FindingFacts, InterventionFacts
from documentation.kernel.dates import months_between
from documentation.kernel.vocabulary import DUCTS_OF_GLAND, ENDOSCOPIC_KINDS, FINDING, NONE
from documentation.prose import limits
from documentation.prose import phrases as p
from documentation.prose.names import gland_name, noun_phrase, patient_words, the_duct


def summary(facts: ClaimFacts) -> tuple[Sentence, ...]:
    """Three or four sentences for the cover, for a reader with ten seconds. Gaps are left to the full narrative."""
    return tuple(_summary(facts.encounter))


def _summary(e: EncounterFacts) -> Iterator[Sentence]:
    j = e.justification
    gland, gland_facts = gland_name(e)
    who, who_facts = patient_words(e)
    told = next((t for t in j.indications if t in p.COMPLAINT), "")
    suspected = [p.SUSPICION[t] for t in j.indications if t in p.SUSPICION]
    occasions = [p.OCCASION[t] for t in j.indications if t in p.OCCASION]
    facts = [*who_facts, "justification.indications", *gland_facts]
    text = ""
    if told and gland:
        text = f"{who} had " + p.COMPLAINT[told].format(gland=gland)
        span = _span(e)
        facts += ["justification.onset_on", "service_date"]
        if span and p.ends_with_a_time(text):
            text = f"For {span}, {text[0].lower()}{text[1:]}"
        elif span:
            text += f" for {span}"
    elif suspected and gland:
        text = f"{who} came for examination of {gland}, in which {p.join(suspected, 'or')} was suspected"
    elif occasions and gland:
        text = f"{who} came for examination of {gland} after {p.join(occasions)}"
    if text:
        yield Sentence(f"{text}.", tuple(dict.fromkeys(facts)), note("justification"), 1, Paragraph.REASON)
    studies = [(i, s) for i, s in enumerate(j.prior_imaging) if s.modality != NONE]
    if studies and all(s.inconclusive for _, s in studies):
        facts_ = tuple(
            f"justification.prior_imaging[{i}].{n}" for i, _ in studies for n in ("modality", "inconclusive")
        )
        names = p.capital(p.join([p.STUDY[s.modality] for _, s in studies]))
        facts_ += ("justification.indications", *gland_facts)  # whether there is an 'it' to explain
        text = f"{names} did not explain it." if told and gland else f"{names} did not settle the question."
        yield Sentence(text, facts_, note("justification"), 3, Paragraph.REASON)
    seen = [(i, f) for i, f in enumerate(e.findings) if not f.is_normal]
    glands = e.procedure.glands
    if seen:
        yield from _seen(e, seen)
        yield from _sound(e)
    elif e.findings:
        text = "Sialoendoscopy showed no abnormality" + (f" of {_ducts(e)}" if glands else "")
        text += ", as far as it was seen." if limits.incomplete(e) else "."
        yield Sentence(
            text,
            (*(f"findings[{i}].type" for i in range(len(e.findings))), *limits.facts_of(e, "complete")),
            note("findings"),
            1,
            Paragraph.EXAMINATION,
        )
    elif glands and not any(g.was_entered for g in glands):
        text = f"Entry into {_ducts(e)} was attempted but not possible."
        yield Sentence(text, ("procedure.glands[0].extent",), note("procedure"), 1, Paragraph.EXAMINATION)
    yield from _ended(e)
    images = [i for i in e.images if i.kind in ENDOSCOPIC_KINDS]
    if images and e.interpretation.text:
        text = (
            f"The {p.count(len(images))} images and their interpretation follow."
            if len(images) > 1
            else "The image and its interpretation follow."
        )
        yield Sentence(text, ("images", "interpretation.text"), (Proof("interpretation"),), 4, Paragraph.RELEVANCE)


def _ended(e: EncounterFacts) -> Iterator[Sentence]:
    for i, g in enumerate(e.procedure.glands):
        if g.complete is False and g.was_entered:
            facts = tuple(f"procedure.glands[{i}].{n}" for n in (*limits.REASON_FACTS, "extent"))
            text = f"The examination could not be completed{limits.why(g)}."
            yield Sentence(text, facts, note("procedure"), 2, Paragraph.EXAMINATION)


def _seen(e: EncounterFacts, seen: Sequence[tuple[int, FindingFacts]]) -> Iterator[Sentence]:
    i, f = seen[0]
    duct = f" of {the_duct(DUCTS_OF_GLAND[f.gland][0], f.side)}" if f.gland else ""
    away = f", {p.millimeters(f.distance_from_papilla_mm)} from the papilla" if f.distance_from_papilla_mm else ""
    text = f"Sialoendoscopy{duct} showed {noun_phrase(f)}{away}"
    facts = [
        f"findings[{i}].{n}"
        for n in ("type", "gland", "side", "distance_from_papilla_mm", "size_mm", "length_mm", "count", "mobility")
    ]
    more = ""
    if len(seen) > 1:
        others = f"{p.count(len(seen) - 1)} further finding{'s' if len(seen) > 2 else ''}"
        more = f" There {'were' if len(seen) > 2 else 'was'} {others}."
        facts += [f"findings[{k}].type" for k, _ in seen[1:]]
    ways = [(k, t) for k, t in enumerate(e.interventions) if t.finding == f.key and t.type != NONE]
    facts += [f"interventions[{k}].{n}" for k in range(len(e.interventions)) for n in ("type", "finding", "retrieval")]
    if ways:
        subject = "they were" if f.count and f.count > 1 else "it was"
        text += f"; {subject} treated with {p.join([_way(t) for _, t in ways])} in the same visit"
    yield Sentence(f"{text}.{more}", tuple(facts), note("findings"), 1, Paragraph.EXAMINATION)


def _sound(e: EncounterFacts) -> Iterator[Sentence]:
    """The ducts that were examined as well and are normal, where another one is not."""
    ill = {(f.gland, f.side) for f in e.findings if not f.is_normal}
    normal = {(f.gland, f.side) for f in e.findings if f.is_normal} - ill
    sound = [g for g in e.procedure.glands if g.was_entered and (g.gland, g.side) in normal]
    if sound:
        facts = [f"findings[{i}].{n}" for i in range(len(e.findings)) for n in ("type", "gland", "side")]
        facts += [
            f"procedure.glands[{i}].{n}"
            for i in range(len(e.procedure.glands))
            for n in ("gland", "side", "duct", "extent", "complete")
        ]
        names = p.capital(p.join([the_duct(g.duct or DUCTS_OF_GLAND[g.gland][0], g.side) for g in sound]))
        seen = "" if all(g.complete for g in sound) else " as far as seen"
        text = f"{names} {'were' if len(sound) > 1 else 'was'} normal{seen}."
        yield Sentence(text, tuple(facts), note("findings"), 2, Paragraph.EXAMINATION)


def _way(t: InterventionFacts) -> str:
    return p.INTERVENTION[t.type] + (" (without success)" if t.retrieval == "failed" else "")


def _ducts(e: EncounterFacts) -> str:
    return p.join([the_duct(g.duct or DUCTS_OF_GLAND[g.gland][0], g.side) for g in e.procedure.glands])


def _span(e: EncounterFacts) -> str:
    """How long the symptoms had lasted at the visit: `eight months`."""
    start, day = e.justification.onset_on, e.service_date
    if start is None or day is None or start > day:
        return ""
    months = months_between(start, day)
    if months >= 24:
        return f"{p.count(months // 12)} years"
    if months >= 1:
        return f"{p.count(months)} month{'s' if months > 1 else ''}"
    return p.days((day - start).days) if day > start else ""


# ------------------------------------------------------------------------------------------------------ short forms


@dataclass(frozen=True)
class Short:
    """A telegraphic sentence in one or more lengths, the longest first."""

    forms: tuple[str, ...]
    facts: tuple[str, ...]
    priority: int
    section: str = "justification"
    """The section of the note that proves it."""


def brief(facts: ClaimFacts, limit: int) -> str:
    """The narrative in at most `limit` characters, in whole sentences: for notes of a claim (400) or a line (80)."""
    return " ".join(s.text for s in short_form(facts, limit))


def short_form(facts: ClaimFacts, limit: int) -> tuple[Sentence, ...]:
    """The same as sentences with their facts and proof, in reading order."""
    shorts = list(_shorts(facts.encounter))
    chosen: dict[int, str] = {}
    for i in sorted(range(len(shorts)), key=lambda i: (shorts[i].priority, i)):
        for form in shorts[i].forms:
            if len(" ".join({**chosen, i: form}.values())) <= limit:
                chosen[i] = form
                break
    return tuple(
        Sentence(
            chosen[i].replace("\u00a0", " "), shorts[i].facts, note(shorts[i].section), shorts[i].priority,
            Paragraph.REASON,
        )
        for i in sorted(chosen)
    )  # fmt: skip


def shorten(sentences: Iterable[Sentence], limit: int) -> tuple[Sentence, ...]:
    """Whole sentences of the narrative, by priority and in reading order, that fit into `limit` characters."""
    kept: list[tuple[int, Sentence]] = []
    room = limit
    for i, s in sorted(enumerate(sentences), key=lambda pair: (pair[1].priority, pair[0])):
        if not s.is_gap and len(s.text) + bool(kept) <= room:
            kept.append((i, s))
            room -= len(s.text) + (len(kept) > 1)
    return tuple(s for _, s in sorted(kept, key=lambda pair: pair[0]))


def _plain(words: str) -> str:
    """Without the article, as telegrams are."""
    return words.removeprefix("an ").removeprefix("a ")


def _shorts(e: EncounterFacts) -> Iterator[Short]:
    j = e.justification
    gland, gland_facts = gland_name(e)
    name = gland.removeprefix("the ").removesuffix(" gland").replace("both ", "bilateral ").removesuffix(" glands")
    name = p.capital(name)
    seen = [(i, f) for i, f in enumerate(e.findings) if not f.is_normal]
    what = [
        (p.FINDING[f.type][2] if f.count is not None and f.count > 1 else FINDING.label(f.type).lower())
        + (f" at {p.number(f.distance_from_papilla_mm)} mm" if f.distance_from_papilla_mm else "")
        for _, f in seen
    ]
    head = f"{name} sialoendoscopy" if name else "Sialoendoscopy"
    if seen:
        more = f" and {len(seen) - 1} more" if len(seen) > 1 else ""
        forms: tuple[str, ...] = (
            f"{head}: {p.join(what)}.",
            f"{head}: {what[0]}{more}.",
            f"{head}.",
            "Sialoendoscopy.",
        )
    elif e.findings:
        forms = (
            f"{head}: no abnormality of the duct.",
            f"{head}: normal.",
            "Sialoendoscopy: normal.",
            "Sialoendoscopy.",
        )
        if limits.incomplete(e):
            forms = (f"{head}: normal as far as seen.", "Sialoendoscopy: normal as far as seen.", "Sialoendoscopy.")
    elif e.procedure.glands and not any(g.was_entered for g in e.procedure.glands):
        forms = (f"{head}: the duct could not be entered.", "Sialoendoscopy: duct not entered.", "Sialoendoscopy.")
    else:
        forms = (f"{head}.", "Sialoendoscopy.")
    told_of = tuple(f"findings[{i}].{n}" for i, _ in seen for n in ("type", "count", "distance_from_papilla_mm"))
    yield Short(forms, ("findings", "procedure.glands", *gland_facts, *told_of), 1, "findings")
    done = [(i, t) for i, t in enumerate(e.interventions) if t.type != NONE]
    if done:
        ways = list(dict.fromkeys(_way(t) for _, t in done))
        facts_ = tuple(f"interventions[{i}].{n}" for i, _ in done for n in ("type", "retrieval"))
        yield Short((f"Treated with {p.join(ways)}.",), facts_, 5, "findings")
    told = next((t for t in j.indications if t in p.COMPLAINT), "")
    suspected = [p.SUSPICION[t] for t in j.indications if t in p.SUSPICION]
    if told:
        complaint = p.capital(p.COMPLAINT[told].replace(" of {gland}", ""))
        span = _span(e)
        often = f", {j.episodes_per_month} a month" if j.episodes_per_month else ""
        long = complaint + (f" for {span}" if span else "") + often
        yield Short(
            (f"{long}.", f"{complaint}."),
            ("justification.indications", "justification.onset_on", "justification.episodes_per_month"),
            3,
        )
    elif suspected:
        yield Short((f"{p.capital(_plain(p.join(suspected, 'or')))} suspected.",), ("justification.indications",), 3)
    studies = [(i, s) for i, s in enumerate(j.prior_imaging) if s.modality != NONE]
    if studies and all(s.inconclusive for _, s in studies):
        names = p.capital(p.join([p.STUDY[s.modality].split(" ", 1)[1] for _, s in studies]))
        yield Short(
            (f"{names} inconclusive.", "Prior imaging inconclusive."),
            tuple(f"justification.prior_imaging[{i}].modality" for i, _ in studies),
            4,
        )
    care = [(i, c) for i, c in enumerate(j.prior_care) if c.type != NONE]
    if care:
        words = list(dict.fromkeys(_plain(p.CARE[c.type]) for _, c in care))
        yield Short(
            (f"Conservative care tried: {p.join(words)}.",),
            tuple(f"justification.prior_care[{i}].type" for i, _ in care),
            6,
        )
    images = [i for i in e.images if i.kind in ENDOSCOPIC_KINDS]
    if images:
        n = f"{len(images)} image{'s' if len(images) > 1 else ''}"
        read = " and written interpretation" if e.interpretation.text else ""
        forms_ = (f"{n}{read} attached.", f"{n} attached.")
        yield Short(forms_, ("images", "interpretation.text"), 2, "images")
    for i, g in enumerate(e.procedure.glands):
        if g.complete is False and g.was_entered:
            causes = [p.INCOMPLETE_CAUSE[t] for t in g.incomplete_causes if t in p.INCOMPLETE_CAUSE]
            why = (f"Not complete: {p.join(causes)}.",) if causes else ()
            facts = tuple(f"procedure.glands[{i}].{n}" for n in limits.REASON_FACTS)
            yield Short((*why, "Examination incomplete; reason in the note."), facts, 3, "procedure")
            break


__all__ = ["Short", "brief", "short_form", "shorten", "summary"]
