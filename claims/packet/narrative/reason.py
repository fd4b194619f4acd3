"""Why the examination was needed: complaints, earlier care, earlier imaging, what hangs on the result."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from claims.packet.narrative.sentence import Paragraph, Sentence, gap, note
from documentation.facts import EncounterFacts, PriorCareFacts
from documentation.kernel.dates import long_date
from documentation.kernel.vocabulary import NONE
from documentation.prose import phrases as p
from documentation.prose.names import gland_name, patient_words


def reason(e: EncounterFacts) -> Iterator[Sentence]:
    yield from _symptoms(e)
    yield from _care(e)
    yield from _studies(e)
    j = e.justification
    if j.change_of_care:
        yield Sentence(
            p.closed(j.change_of_care), ("justification.change_of_care",), note("justification"), 3, Paragraph.REASON
        )
    else:
        yield gap(
            "How the result would change the treatment is not recorded.",
            "justification.change_of_care",
            Paragraph.REASON,
        )
    if j.risk_without:
        text = j.risk_without
        risk = f"Without the examination, {p.uncapital(p.bare(text))}."
        if not p.is_clause(text) and p.uncapital(text)[0].islower():
            risk = f"Without the examination, the risk was {p.uncapital(p.bare(text))}."
        elif not p.uncapital(text)[0].islower() or len(_STOP.split(text.strip())) > 1 or _CONDITION.search(text):
            risk = p.closed(text)  # it says by itself what it depends on
        yield Sentence(risk, ("justification.risk_without",), note("justification"), 4, Paragraph.REASON)


_STOP = re.compile(r"[.;!?]\s")
_CONDITION = re.compile(r"\b(without|otherwise|unless|if)\b", re.I)


def _symptoms(e: EncounterFacts) -> Iterator[Sentence]:
    j = e.justification
    gland, gland_facts = gland_name(e)
    who, who_facts = patient_words(e)
    told = [t for t in j.indications if t in p.COMPLAINT]
    if "recurrent_swelling" in told and "swelling_at_meals" in told:
        told.remove("swelling_at_meals")  # the next sentence says when it comes
    words = [p.COMPLAINT[t] if i == 0 else p.COMPLAINT[t].replace(" of {gland}", "") for i, t in enumerate(told)]
    if not gland:
        yield gap("Which gland was affected is not recorded.", "justification.gland", Paragraph.REASON)
    if words:
        text = f"{who} has had {p.join(words)}".replace("{gland}", gland or "a salivary gland")
        named = ("indications", "onset_on", "episodes_per_month")
        facts = (*who_facts, *gland_facts, *(f"justification.{n}" for n in named))
        if j.onset_on and p.ends_with_a_time(text):
            text = f"Since {p.since(j.onset_on)}, {text[0].lower()}{text[1:]}"
        elif j.onset_on:
            text += f" since {p.since(j.onset_on)}"
        if j.episodes_per_month is not None:
            often = f"about {p.count(j.episodes_per_month)} episode{'s' if j.episodes_per_month != 1 else ''} a month"
            text += f", with {often}" if j.episodes_per_month else ", with less than one episode a month"
        yield Sentence(f"{text}.", facts, note("justification"), 1, Paragraph.REASON)
    yield from _suspicion(e, gland, gland_facts, opener="" if words else who, opener_facts=who_facts)
    if not j.indications:
        yield gap("Why the examination was needed is not recorded.", "justification.indications", Paragraph.REASON)
    if not j.onset_on:
        yield gap("When the symptoms began is not recorded.", "justification.onset_on", Paragraph.REASON)
    elif not words:
        text = f"Symptoms began {'in' if j.onset_on.day == 1 else 'on'} {p.since(j.onset_on)}."
        since = ("justification.onset_on", "justification.indications")
        yield Sentence(text, since, note("justification"), 2, Paragraph.REASON)
    yield from _course(e)
    if j.statement:
        quoted = " ".join(j.statement.split())
        yield Sentence(
            f"The history reads: “{quoted}”", ("justification.statement",), note("justification"), 5, Paragraph.REASON
        )
    yield from _history(e)


def _suspicion(
    e: EncounterFacts, gland: str, gland_facts: tuple[str, ...], opener: str, opener_facts: tuple[str, ...]
) -> Iterator[Sentence]:
    tokens = e.justification.indications
    suspected = [p.SUSPICION[t] for t in tokens if t in p.SUSPICION]
    occasions = [p.OCCASION[t] for t in tokens if t in p.OCCASION]
    where = f" of {gland}" if gland else ""
    facts = ("justification.indications", *(gland_facts if opener else ()))
    if suspected:
        verb = "were" if len(suspected) > 1 else "was"
        if opener:
            text = f"{opener} came for examination{where}, in which {p.join(suspected, 'or')} was suspected."
            yield Sentence(text, (*opener_facts, *facts), note("justification"), 1, Paragraph.REASON)
        else:
            yield Sentence(
                f"{p.capital(p.join(suspected))} {verb} suspected.", facts, note("justification"), 2, Paragraph.REASON
            )
    if occasions:
        text = f"The examination followed {p.join(occasions)}"
        if opener and not suspected:
            text = f"{opener} came for examination{where} after {p.join(occasions)}"
            facts = (*opener_facts, *facts)
        yield Sentence(f"{text}.", facts, note("justification"), 1, Paragraph.REASON)


def _course(e: EncounterFacts) -> Iterator[Sentence]:
    j = e.justification
    parts: list[str] = []
    is_told = j.relation_to_meals and "swelling_at_meals" in j.indications and "recurrent_swelling" not in j.indications
    if j.relation_to_meals is not None and not is_told:
        they = (
            "They" if j.onset_on and j.indications and not any(t in p.COMPLAINT for t in j.indications) else "Symptoms"
        )
        parts.append(f"{they} come on with meals" if j.relation_to_meals else f"{they} are unrelated to meals")
    if j.pain is not None:
        clause = f"pain reaches {j.pain} out of 10" if j.pain else "there is no pain"
        parts.append(clause if parts else p.capital(clause))
    if parts:
        text = f"{', and '.join(parts)}."
        facts = tuple(f"justification.{n}" for n in ("relation_to_meals", "pain", "indications", "onset_on"))
        yield Sentence(text, facts, note("justification"), 3, Paragraph.REASON)
    felt = [p.SYMPTOM_FELT[t] for t in j.symptoms if t in p.SYMPTOM_FELT]
    if felt:
        text = f"{p.capital(p.join(felt))} {'were' if len(felt) > 1 else 'was'} noted as well."
        yield Sentence(text, ("justification.symptoms",), note("justification"), 4, Paragraph.REASON)


def _history(e: EncounterFacts) -> Iterator[Sentence]:
    history = e.justification.history
    if not history:
        yield gap("The relevant history is not recorded.", "justification.history", Paragraph.REASON)
        return
    known = [p.HISTORY[t] for t in history if t != NONE]
    text = "The history is negative for relevant systemic disease, irradiation, and surgery of the gland"
    if known:
        text = f"The history includes {p.join(known)}"
    own = p.bare(e.justification.history_note)
    text += f" ({p.uncapital(own)})" if own else ""
    facts = ("justification.history", "justification.history_note")
    yield Sentence(f"{text}.", facts, note("justification"), 6, Paragraph.REASON)


def _care(e: EncounterFacts) -> Iterator[Sentence]:
    care = e.justification.prior_care
    if not care:
        yield gap("Earlier conservative care is not recorded.", "justification.prior_care", Paragraph.REASON)
        return
    tried = [(i, c) for i, c in enumerate(care) if c.type != NONE]
    if not tried:
        why = p.bare(care[0].result)
        text = "No conservative care had been tried" + (f": {p.uncapital(why)}." if why else ".")
        yield Sentence(
            text,
            ("justification.prior_care[0].type", "justification.prior_care[0].result"),
            note("justification"),
            2,
            Paragraph.REASON,
        )
        return
    names = ("type", "from_on", "to_on", "result")
    facts = tuple(f"justification.prior_care[{i}].{n}" for i in range(len(care)) for n in names)
    alike = groupby((c for _, c in tried), key=lambda c: (c.from_on, c.to_on, c.result))
    clauses = [_care_clause(tuple(same)) for _, same in alike]
    text = p.capital(", and ".join(clauses) if len(clauses) == 2 else "; ".join(clauses))
    yield Sentence(f"{text}.", facts, note("justification"), 2, Paragraph.REASON)


def _care_clause(same: Sequence[PriorCareFacts]) -> str:
    """`hydration from April 1 to October 30, 2026, brought no lasting relief`, whatever words the result came in.

    `same` are treatments of the same time with the same result.
    """
    care = same[0]
    when = p.period(care.from_on, care.to_on)
    what = p.join([p.CARE[c.type] for c in same])
    lead = f"{what} {when}," if when else what
    were = "were" if len(same) > 1 or what.endswith("s") else "was"
    given = f"{were} {'given' if all(c.type in _GIVEN for c in same) else 'tried'}"
    result = p.bare(care.result)
    if not result:
        return f"{what} {given} {when}".rstrip()
    head = result.split()[0].lower()
    result = p.uncapital(result) if head != "none" else "no relief"
    if head in _RELIEF and not p.is_clause(result):
        return f"{lead} brought {result}"
    return f"{what} {given} {when}".rstrip() + f" ({result})"


_GIVEN = {"nsaid", "antibiotic", "steroid"}
_RELIEF = set("no none some little partial temporary slight only short lasting complete good brief".split())


def _studies(e: EncounterFacts) -> Iterator[Sentence]:
    studies = e.justification.prior_imaging
    if not studies:
        yield gap("Earlier imaging is not recorded.", "justification.prior_imaging", Paragraph.REASON)
        return
    before = ""
    done = [(i, s) for i, s in enumerate(studies) if s.modality != NONE]
    for i, study in done:
        result, unsettled = p.STUDY_RESULT[study.result]
        outcome = unsettled if study.inconclusive else result
        text = p.STUDY[study.modality] + (f" of {long_date(study.done_on)}," if study.done_on else "")
        if outcome == before:
            outcome = (
                outcome.replace("was ", "was likewise ", 1) if outcome.startswith("was ") else f"likewise {outcome}"
            )
        else:
            before = outcome
        text += f" {outcome}"
        if study.limitation:
            text += f": {p.uncapital(p.bare(study.limitation))}"
        names = ("modality", "done_on", "result", "inconclusive", "limitation")
        facts = [f"justification.prior_imaging[{i}].{n}" for n in names]
        # 'likewise' hangs on what the studies before this one showed.
        facts += [
            f"justification.prior_imaging[{k}].{n}" for k in range(i) for n in ("modality", "result", "inconclusive")
        ]
        yield Sentence(f"{p.capital(text)}.", tuple(facts), note("justification"), 2, Paragraph.REASON)
    if not done:
        why = p.bare(studies[0].limitation)
        text = "No conventional imaging had been done" + (f": {p.uncapital(why)}." if why else ".")
        because = ("justification.prior_imaging[0].modality", "justification.prior_imaging[0].limitation")
        yield Sentence(text, because, note("justification"), 2, Paragraph.REASON)
    elif all(s.inconclusive for _, s in done) and not before.endswith("settle the question"):
        named = ("modality", "result", "inconclusive")
        facts = [f"justification.prior_imaging[{i}].{n}" for i, _ in done for n in named]
        yield Sentence(
            "Conventional imaging thus left the cause open.", tuple(facts), note("justification"), 4, Paragraph.REASON
        )
