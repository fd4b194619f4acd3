"""The end of a letter: who should look at it, what we ask to be sent, whom to call, who signs."""

from __future__ import annotations

from collections.abc import Iterator

from claims.clocks.paths import Stage
from claims.facts import AppealFacts
from claims.packet.letter.answers import is_clinical
from claims.packet.letter.levels import is_decided, kind_words, stage
from claims.packet.letter.model import Passage, heading, lacks, of_record, say, text_of
from claims.packet.narrative import Sentence
from documentation.kernel.identifiers import phone
from documentation.kernel.vocabulary import DUCTS_OF_GLAND
from documentation.prose.moments import moment
from documentation.prose.note import signer


def closing(facts: AppealFacts) -> Iterator[Passage]:
    """Who should decide and whom to call are asked where somebody has to judge; dates and numbers need neither."""
    yield heading("What we ask of you")
    if is_clinical(facts):
        yield text_of(_reviewer(facts), _criteria(facts))
        yield text_of(_call(facts), _in_time(facts), _reservation(facts))
    else:
        yield text_of(_correction(facts), _in_time(facts), _reservation(facts))


def _correction(facts: AppealFacts) -> Sentence:
    file = f" under {facts.denial.payer_control}" if facts.denial.payer_control else ""
    return say(
        f"Please correct what your file says{file} and process the claim. If you keep your decision, please send us"
        " the rule and the record on which it rests.",
        ["denial.payer_control" if file else "denial.codes"],
        "part:denial",
    )


def _reviewer(facts: AppealFacts) -> Sentence:
    e = facts.claim.encounter
    who = "a dentist" if facts.claim.kind == "dental" else "a physician or oral surgeon"
    before = "the decisions before" if any(map(is_decided, facts.earlier)) else "the first decision"
    glands = [g for g in e.procedure.glands if g.gland in DUCTS_OF_GLAND]
    knows = f"{who} who performs or reads endoscopies of salivary ducts and who took no part in {before}"
    return say(
        f"We ask that the independent reviewer be {knows}."
        if stage(facts) is Stage.EXTERNAL
        else f"Please have this decided by {knows}, and give us the reviewer's name and credential.",
        ["claim.kind", *of_record(*(f"procedure.glands[{i}].duct" for i in range(len(glands))))],
        "note:procedure" if glands else "part:claim",
    )


def _criteria(facts: AppealFacts) -> Sentence:
    about = f" on claim {facts.denial.payer_control}" if facts.denial.payer_control else ""
    return say(
        "Please send us the criteria and the wording of the plan on which you decided, and a copy of your file"
        f"{about}.",
        ["denial.payer_control" if about else "denial.codes"],
        "part:denial",
    )


def _call(facts: AppealFacts) -> Sentence:
    e = facts.claim.encounter
    name = e.clinician.signature_name
    number = e.location.phone or facts.claim.billing.phone
    if not number:
        return lacks(
            "The phone number for a call between clinicians is not recorded.", "claim.encounter.location.phone"
        )
    held = {c.clinician for c in facts.peer_calls if c.outcome != "not_held"}
    again = " again" if name and name in held else ""
    reviewer = "your reviewer"
    if stage(facts) is Stage.EXTERNAL:  # whom none of ours spoke with
        again, reviewer = "", "the independent reviewer"
    return say(
        f"{f'{name},' if name else 'The treating clinician'} is glad to speak{again} with {reviewer}, clinician to"
        f" clinician, at {phone(number)}.",
        [*of_record("clinician.last_name"), *of_record("location.phone" if e.location.phone else "location.name")],
        "note:visit",
    )


def _in_time(facts: AppealFacts) -> Sentence:
    limit, source = facts.decide_limit, facts.decide_source
    within = f"within {limit} ({source})" if limit and source else "within the time that applies to this level"
    points = ", point by point," if is_clinical(facts) else ""
    return say(
        f"We ask for the decision of the independent reviewer in writing{points} {within}."
        if stage(facts) is Stage.EXTERNAL
        else f"Please answer in writing{points} {within}.",
        ["decide_limit", "decide_source"] if limit and source else ["level"],
        "part:denial",
    )


def _reservation(facts: AppealFacts) -> Sentence:
    is_external = stage(facts) is Stage.EXTERNAL
    after = (
        "after this external review"
        if is_external
        else f"after this {kind_words(facts.level, facts.name, facts.stage)}"
    )
    kept = "every further remedy" if is_external else "every further level of appeal and review"
    return say(
        f"Should the denial stand {after}, we reserve {kept} that is open to the patient and to us.",
        ["level", "name"],
        "part:denial",
    )


def signature(facts: AppealFacts) -> Iterator[Sentence]:
    """The treating clinician, as the record was signed."""
    e = facts.claim.encounter
    s, c = e.signature, e.clinician
    name = signer(s.name, s.credential) if s else c.signature_name
    if name:
        yield say(name, of_record("signature.name" if s else "clinician.last_name"), "note:signature")
    else:
        yield lacks("The treating clinician is not recorded.", "claim.encounter.clinician.last_name", "note:signature")
    licence = s.licence if s and s.licence else c.licence
    if licence:
        state = f"{c.licence_state} license" if c.licence_state else "License"
        yield say(f"{state} {licence}", of_record("clinician.licence", "clinician.licence_state"), "note:signature")
    else:
        yield lacks("The license of the clinician is not recorded.", "claim.encounter.clinician.licence")
    if c.npi:
        yield say(f"NPI {c.npi}", of_record("clinician.npi"), "part:claim")
    else:
        yield lacks("The NPI of the clinician is not recorded.", "claim.encounter.clinician.npi")
    if s and s.signed_at:
        yield say(
            f"Treating clinician; signed the record on {moment(s.signed_at, e.location.time_zone)}",
            of_record("signature.signed_at"),
            "note:signature",
        )
    else:
        yield lacks("The record is not signed.", "claim.encounter.signature", "note:signature")
