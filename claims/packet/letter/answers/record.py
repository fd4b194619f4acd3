"""Answers from the record: documentation, medical necessity, images, coding, and whatever has no name."""

from __future__ import annotations

from collections.abc import Iterator

from claims.codes import cdt, cpt, crosswalk
from claims.codes.literature import SUCCESS
from claims.codes.procedures import CODES
from claims.facts import AppealFacts, ClaimFacts, DeniedCodeFacts
from claims.packet.formdata import diagnosis_words
from claims.packet.letter.answers.elements import (
    entry,
    images_on_record,
    plan_on_record,
    reason_on_record,
    seen_and_treated,
    sent_before,
    signed_on,
    written_reading,
)
from claims.packet.letter.model import ENCOUNTER, Passage, figures_of, item, lacks, of_record, say, text_of
from claims.packet.narrative import Sentence
from claims.rules.medical import comparator
from documentation.facts import EncounterFacts
from documentation.kernel.dates import age_on, long_date
from documentation.kernel.vocabulary import NONE
from documentation.prose import phrases as p
from documentation.prose.names import gland_name
from documentation.prose.note import signer

ADULT = 18


# ------------------------------------------------------------------------------------------------------- images


def images(facts: AppealFacts) -> Iterator[Passage]:
    e = facts.claim.encounter
    yield text_of(*_images_enclosed(e), *sent_before(facts))
    for n, image in enumerate(e.images):
        words = [p.closed(t) for t in (image.caption, image.reading) if t]
        if words:
            facts_of_it = of_record(f"images[{n}].caption", f"images[{n}].reading")
            yield item(f"Figure {image.figure}", say(" ".join(words), facts_of_it, f"figure:{image.figure}"))
        else:
            missing = f"Figure {image.figure} has neither caption nor reading."
            yield item(f"Figure {image.figure}", lacks(missing, f"{ENCOUNTER}images[{n}].caption"))


def _images_enclosed(e: EncounterFacts) -> Iterator[Sentence]:
    if not e.images:
        yield lacks("No image of this examination is on record.", f"{ENCOUNTER}images", "note:images")
        yield written_reading(e)
        return
    many = len(e.images) > 1
    captions = f" with {'their captions' if many else 'its caption'}" if all(i.caption for i in e.images) else ""
    shown = f"Enclosed {'are' if many else 'is'} {p.count(len(e.images))} image{'s' if many else ''}"
    shown += f" of this examination{captions}"
    if e.interpretation.text and e.signature and signed_on(e):
        by = signer(e.signature.name, e.signature.credential)
        yield say(
            f"{shown}, and the written interpretation that {by}, signed on {signed_on(e)}.",
            of_record("images", "interpretation.text", "signature.name", "signature.signed_at"),
            *figures_of(e),
            "interpretation",
        )
        return
    yield say(f"{shown}.", of_record("images"), *figures_of(e))
    yield written_reading(e)


# ------------------------------------------------------------------------------------------------ documentation


def documentation(facts: AppealFacts) -> Iterator[Passage]:
    e = facts.claim.encounter
    signed = f"signed on {signed_on(e)}" if signed_on(e) else ""
    again = " again" if any(not s.without_record for s in facts.denial.sent) else ""
    lead = say(
        f"The whole record{f', {signed},' if signed else ''} is enclosed{again}; each element of it stands where this"
        " list says.",
        of_record("signature.signed_at" if signed else "number"),
        "note:signature" if e.is_signed else "note:visit",
    )
    yield text_of(*sent_before(facts), lead)
    yield item("Reason for the examination", reason_on_record(e))
    yield item("Procedure", entry(e))
    yield item("Findings and treatment", seen_and_treated(e))
    yield item("Images", images_on_record(e))
    yield item("Interpretation", written_reading(e))
    yield item("Plan of care", plan_on_record(e))


# -------------------------------------------------------------------------------------------- medical necessity


def medical_necessity(facts: AppealFacts) -> Iterator[Passage]:
    e = facts.claim.encounter
    yield text_of(
        say(
            f"{_criterion(facts)}This is what the record says of the need for the examination, point by point.",
            ["denial.codes", *of_record("signature" if e.is_signed else "number")],
            "part:denial",
        )
    )
    yield item("Complaint of the gland", _complaint(e))
    yield item("Conservative care first", _care(e))
    yield item("Other imaging first", _studies(e))
    yield item(
        "The result decides the treatment", _quoted(e.justification.change_of_care, "justification.change_of_care")
    )
    if e.justification.risk_without:
        yield item("Risk without it", _quoted(e.justification.risk_without, "justification.risk_without"))
    yield item(
        "What it changed",
        _quoted(e.interpretation.clinical_relevance, "interpretation.clinical_relevance", "interpretation"),
    )
    study = _literature(e)
    if study:
        yield text_of(study)


_NAMES_A_POLICY = frozenset({"N115", "N569", "N623", "N386", "M25", "N584"})
"""Remarks that point to a criterion; what it says is not in the answer."""


def _criterion(facts: AppealFacts) -> str:
    if any(e.words for e in facts.earlier):
        return ""
    if set(facts.denial.rarcs) & _NAMES_A_POLICY:
        return "Your answer points to a criterion without quoting it. "
    return "Your answer does not say which criterion was not met. "


def _quoted(text: str, fact: str, proof: str = "note:justification") -> Sentence:
    """The clinician's own words."""
    if not text:
        return lacks("The record does not say this.", ENCOUNTER + fact, proof)
    return say(p.closed(text), [ENCOUNTER + fact], proof)


def _complaint(e: EncounterFacts) -> Sentence:
    j = e.justification
    gland, gland_facts = gland_name(e)
    told = [t for t in j.indications if t in p.COMPLAINT]
    words = p.COMPLAINT[told[0]].format(gland=gland or "a salivary gland") if told else ""
    suspected = [p.SUSPICION[t] for t in j.indications if t in p.SUSPICION]
    if not words and suspected:
        words = f"suspicion of {p.join(suspected, 'or')}" + (f" in {gland}" if gland else "")
    occasions = [p.OCCASION[t] for t in j.indications if t in p.OCCASION]
    if not words and occasions:
        words = p.join(occasions) + (f" of {gland}" if gland and "trauma" in j.indications else "")
    if not words:
        return lacks("Why the examination was needed is not recorded.", f"{ENCOUNTER}justification.indications")
    if j.onset_on:
        words += f", since {p.since(j.onset_on)}"
    if j.episodes_per_month:
        words += f", about {p.count(j.episodes_per_month)} episode{'s' if j.episodes_per_month > 1 else ''} a month"
    names = ("justification.indications", *gland_facts, "justification.onset_on", "justification.episodes_per_month")
    return say(f"{p.capital(words)}.", of_record(*names), "note:justification")


def _care(e: EncounterFacts) -> Sentence:
    care = e.justification.prior_care
    if not care:
        return lacks("Earlier conservative care is not recorded.", f"{ENCOUNTER}justification.prior_care")
    tried = [c for c in care if c.type != NONE]
    if tried:
        told = [p.CARE[c.type] + (f" ({p.uncapital(p.bare(c.result))})" if c.result else "") for c in tried]
        text = p.capital(p.join(told))
    else:
        text = "None" + (f": {p.uncapital(p.bare(care[0].result))}" if care[0].result else "")
    facts = [f"justification.prior_care[{i}].{n}" for i in range(len(care)) for n in ("type", "result")]
    return say(f"{text}.", of_record(*facts), "note:justification")


def _studies(e: EncounterFacts) -> Sentence:
    studies = e.justification.prior_imaging
    if not studies:
        return lacks("Earlier imaging is not recorded.", f"{ENCOUNTER}justification.prior_imaging")
    done = [s for s in studies if s.modality != NONE]
    told = []
    for s in done:
        result, unsettled = p.STUDY_RESULT[s.result]
        name = p.STUDY[s.modality].split(" ", 1)[1]
        told.append(
            f"the {name}"
            + (f" of {long_date(s.done_on)}," if s.done_on else "")
            + f" {unsettled if s.inconclusive else result}"
        )
    text = p.capital("; ".join(told))
    if not done:
        text = "None" + (f": {p.uncapital(p.bare(studies[0].limitation))}" if studies[0].limitation else "")
    facts = [
        f"justification.prior_imaging[{i}].{n}" for i in range(len(studies)) for n in ("modality", "done_on", "result")
    ]
    return say(f"{text}.", of_record(*facts), "note:justification")


def _literature(e: EncounterFacts) -> Sentence | None:
    """What is published, where it speaks of patients like this one: adults who were treated in the same visit."""
    birth, day = e.patient.birth_date, e.service_date
    is_treated = any(t.type != NONE for t in e.interventions)
    if not is_treated or birth is None or day is None or day < birth or age_on(birth, day) < ADULT:
        return None
    facts = of_record("interventions", "patient.birth_date", "service_date")
    return say(f"{SUCCESS.statement} ({SUCCESS.source}).", facts, "note:findings")


# ------------------------------------------------------------------------------------------------------- coding


def coding(facts: AppealFacts) -> Iterator[Passage]:
    c = facts.claim
    e = c.encounter
    yield text_of(*_codes_meant(c))
    if e.procedure.glands and not any(g.was_entered for g in e.procedure.glands):
        yield text_of(lacks(
            f"The duct could not be entered: say here why {c.procedure_code} still fits, or send a corrected claim.",
            f"{ENCOUNTER}procedure.glands[0].extent", "note:procedure",
        ))  # fmt: skip
    yield item("Endoscope in the duct", entry(e))
    yield item("Images captured", images_on_record(e))
    yield item("Interpretation written", written_reading(e))
    yield item("Diagnosis", _diagnosis(c))


def _codes_meant(c: ClaimFacts) -> Iterator[Sentence]:
    code, e = c.procedure_code, c.encounter
    if not code:
        yield lacks("The claim has no procedure code.", "claim.lines", "part:claim")
    elif code == cdt.SIALOENDOSCOPY:
        is_whole = any(g.was_entered for g in e.procedure.glands) and e.images and e.interpretation.text
        shown = "the record shows each part of it" if is_whole else "this is what the record shows of it"
        facts = ("procedure.glands", "images", "interpretation.text")
        yield say(
            f"{code} stands for sialoendoscopy with capture of images and their interpretation, and {shown}.",
            ["claim.lines[0].code", *of_record(*facts)],
            "part:claim",
        )
    elif code == crosswalk.UNLISTED:
        yield say(
            f"We know of no listed CPT code for an endoscopy of a salivary duct ({crosswalk.MAPPINGS[0].source}), so"
            f" the unlisted code {code} was used.",
            ["claim.lines[0].code"],
            "part:claim",
        )
        told, compared = c.lines[0].description, c.lines[0].comparator
        names = ["claim.lines[0].description"]
        if told:
            if compared and compared not in told:
                told, names = f"{told}; comparator {compared}", [*names, "claim.lines[0].comparator"]
            yield say(f"The claim describes it as “{told}”.", names, "part:claim")
        else:
            yield lacks("The unlisted code has no description.", "claim.lines[0].description", "part:claim")
        nearest = comparator(c.lines[0])
        if nearest in cpt.DUCT_SURGERY:
            words = CODES[nearest].label
            source = "comparator" if nearest == compared else "description"
            yield say(
                f"The listed code that comes nearest, {nearest}, is for another service:"
                f" {words[:1].lower()}{words[1:]}."
                " It names neither an endoscope nor images nor their interpretation.",
                [f"claim.lines[0].{source}"],
                "part:claim",
            )
    else:
        yield say(f"The claim gives {code} for what the record shows.", ["claim.lines[0].code"], "part:claim")


def _diagnosis(c: ClaimFacts) -> Sentence:
    if not c.diagnoses:
        return lacks("The claim has no diagnosis.", "claim.diagnoses", "part:claim")
    names = [f"{code} ({p.uncapital(words)})" if (words := diagnosis_words(code)) else code for code in c.diagnoses]
    pointed = [n for n in (c.lines[0].diagnosis_pointers if c.lines else ()) if 0 < n <= len(c.diagnoses)]
    text = p.join(names) + ("; the line points to it" if pointed and len(names) == 1 else "")
    facts = ["claim.diagnoses", *(["claim.lines[0].diagnosis_pointers"] if c.lines else [])]
    return say(f"{text}.", facts, "part:claim", "interpretation")


# -------------------------------------------------------------------------------------------------------- other


def other(facts: AppealFacts, told: DeniedCodeFacts | None = None) -> Iterator[Passage]:
    """A reason that no table of ours knows: the record answers as a whole, and a person must say more.

    `told` is the reason; the leading one where it is not given.
    """
    e = facts.claim.encounter
    reason = (told or facts.denial.reasons[0]).verbatim
    yield text_of(
        say(
            f"What {reason or 'this decision'} means is not on our record. All of the record, with images and"
            " interpretation, is enclosed.",
            ["denial.codes", *of_record("signature" if e.is_signed else "number")],
            "part:denial",
            "interpretation",
        ),
        lacks(f"What we say to {reason or 'the denial'} must be written here.", "denial.codes", "part:denial"),
    )
