"""From a denial to a rule that would have held the claim: what its packet had of the things its cause is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claims.conditions.catalogue import BY_KEY
from claims.conditions.condition import Clause, Group, holds_on
from claims.conditions.sense import Adopted, problems
from claims.facts import ClaimFacts
from documentation.kernel.merge import digest
from documentation.kernel.rule import Cause


@dataclass(frozen=True)
class Proposal:
    """A rule as it could be adopted. `key` tells it from the other proposals of the same denial: it is made from all
    that the condition asks, for two of them may compare the same thing with other values.
    """

    key: str
    title: str
    message: str
    fix: str
    field: str
    condition: Group


@dataclass(frozen=True)
class _Idea:
    """One thing that the cause may come from. `value` makes what is compared from the packet; None: it cannot be it."""

    key: str
    operator: str
    what: str
    fix: str
    field: str
    value: Callable[[Any], Any] = lambda value: None
    is_gap: bool = False
    """Whether the packet says nothing of it."""


def _same(value: Any) -> Any:
    return str(value)


def _as_list(value: Any) -> Any:
    return tuple(value) or None


def _others(codes: Any) -> Any:
    return tuple(codes[1:]) or None


def _some(value: Any) -> Any:
    return "1" if value >= 1 else None


def _nothing(value: Any) -> Any:
    return "0" if value == 0 else None


def _no(value: Any) -> Any:
    return None if value else False


def _positive(value: Any) -> Any:
    return str(value) if value > 0 else None


def _none_was(value: Any) -> Any:
    return ("none",) if value == ("none",) else None


_IMAGES, _READING, _WHY = "images.images", "interpretation.text", "justification.indications"
_ADD_IMAGE, _SAY_WHY = "Add images to the record, or say why there are no more.", "Complete the medical justification."
_ASK = "Ask the payer first, and write the answer down."

IDEAS: Mapping[Cause, tuple[_Idea, ...]] = {
    Cause.DOCUMENTATION: (
        _Idea(
            "claim.undocumented_lines", "at_least", "a line without its own note",
            "Write the note, or say where it stands.", "lines.code", _some,
        ),
        _Idea(
            "reading.length", "at_most", "a short interpretation", "Write out what was seen and what it means.",
            _READING, _same,
        ),
        _Idea(
            "reading.relevance_length", "at_most", "little on the clinical relevance",
            "Say what the finding changes.", _READING, _same,
        ),
        _Idea(
            "procedure.complete", "is", "an incomplete examination", "Say what ended it and what it leaves open.",
            "procedure.glands", _no,
        ),
        _Idea(
            "record.days_to_sign", "at_least", "a late signature", "Enclose the note of the day of service.",
            "visit.service_date", _positive,
        ),
    ),
    Cause.MEDICAL_NECESSITY: (
        _Idea(
            "reason.inconclusive", "is", "no inconclusive earlier study",
            "Name the study that left the question open.", _WHY, _nothing,
        ),
        _Idea(
            "reason.prior_care", "only", "no care before the visit", "Say what was tried before, and how it ended.",
            _WHY, _none_was,
        ),
        _Idea(
            "reason.prior_imaging", "only", "no imaging before the visit", "Enclose an earlier study.", _WHY, _none_was,
        ),
        _Idea("reason.symptoms", "unknown", "no symptoms on record", _SAY_WHY, _WHY, is_gap=True),
        _Idea("reason.episodes", "at_most", "few episodes a month", _SAY_WHY, _WHY, _same),
        _Idea("reason.duration", "at_most", "a short complaint", _SAY_WHY, _WHY, _same),
        _Idea(
            "claim.first_diagnosis", "is", "this principal diagnosis",
            "Check that the diagnosis supports the service.", "diagnoses.diagnoses", _same,
        ),
    ),
    Cause.IMAGES: (
        _Idea(
            "images.unread", "at_least", "an image without a reading", "Write what each image shows.", _IMAGES, _some,
        ),
        _Idea("images.findings_without", "at_least", "a finding without an image", _ADD_IMAGE, _IMAGES, _some),
        _Idea("images.key", "at_most", "few key images", "Mark the images that show the finding.", _IMAGES, _same),
        _Idea("images.endoscopic", "at_most", "few endoscopic images", _ADD_IMAGE, _IMAGES, _same),
        _Idea(
            "images.flaws", "any_of", "flaws of the images", "Choose better images, or say why these are the best.",
            _IMAGES, _as_list,
        ),
        _Idea(
            "reading.length", "at_most", "a short interpretation", "Write out what was seen and what it means.",
            _READING, _same,
        ),
    ),
    Cause.CODING: (
        _Idea(
            "claim.codes", "any_of", "these other codes beside it", "Check whether they may stand beside it.",
            "lines.code", _others,
        ),
        _Idea(
            "claim.modifiers", "any_of", "these modifiers", "Check whether the payer takes them.", "lines.code",
            _as_list,
        ),
        _Idea(
            "claim.first_diagnosis", "is", "this principal diagnosis", "Check that it goes with the code.",
            "diagnoses.diagnoses", _same,
        ),
        _Idea("claim.code", "is", "this code", "Check that the payer takes it.", "lines.code", _same),
    ),
    Cause.BUNDLING: (
        _Idea(
            "claim.codes", "any_of", "these other codes on the same day",
            "Show that they are services of their own.", "lines.code", _others,
        ),
        _Idea(
            "claim.siblings", "at_least", "another claim of the same day", "Show that it is a service of its own.",
            "lines.code", _some,
        ),
    ),
    Cause.AUTHORIZATION: (
        _Idea(
            "authorization.approved", "is", "no approved prior authorization",
            "Ask for it, or write down that none is needed.", "authorization.number", _no,
        ),
        _Idea(
            "authorization.units_left", "is", "a used up authorization", "Ask for more units.",
            "authorization.number", _nothing,
        ),
    ),
    Cause.COVERAGE: (
        _Idea(
            "eligibility.covers", "unknown", "coverage that nobody asked for", _ASK, "eligibility.checked_on",
            is_gap=True,
        ),
        _Idea("payer.covers", "unknown", "no word of the payer on D0371", _ASK, "payer.playbook", is_gap=True),
        _Idea("plan.name", "is", "this plan", _ASK, "coverage.plan_name", _same),
    ),
    Cause.CROSSOVER: (
        _Idea(
            "plan.others", "at_least", "another plan of the patient", "Check which plan pays first.",
            "coverage.plan_name", _some,
        ),
        _Idea(
            "payer.treats_as", "unknown", "no word whether it is dental or medical", _ASK, "payer.playbook",
            is_gap=True,
        ),
    ),
    Cause.COB: (
        _Idea(
            "plan.others", "at_least", "another plan of the patient", "Check the order of the plans.",
            "coverage.plan_name", _some,
        ),
    ),
    Cause.TIMELY_FILING: (
        _Idea(
            "claim.age", "at_least", "a claim this old", "Send it now, with the proof of an earlier filing.",
            "payer.playbook", _positive,
        ),
    ),
    Cause.ELIGIBILITY: (
        _Idea(
            "eligibility.active", "unknown", "eligibility that was not checked", "Check it for the day of service.",
            "eligibility.checked_on", is_gap=True,
        ),
        _Idea(
            "eligibility.days_before", "at_least", "an early check of eligibility",
            "Check it again for the day of service.", "eligibility.checked_on", _positive,
        ),
        _Idea(
            "plan.ended", "known", "a plan that ends", "Check that it still covers the day of service.",
            "coverage.plan_name", lambda value: None,
        ),
    ),
    Cause.DUPLICATE: (
        _Idea(
            "claim.siblings", "at_least", "another claim of the same day",
            "Make sure that it is not the same service.", "lines.code", _some,
        ),
        _Idea(
            "record.version", "at_least", "a corrected record", "Send it as a corrected claim.",
            "visit.service_date", lambda v: "2" if v >= 2 else None,
        ),
    ),
    Cause.PROVIDER: (
        _Idea(
            "clinician.name", "is", "this clinician", "Check the enrollment with the payer.", "payer.playbook", _same,
        ),
        _Idea("claim.location", "is", "this location", "Check the enrollment with the payer.", "payer.playbook", _same),
    ),
}  # fmt: skip

_LAST = _Idea(
    "claim.codes",
    "any_of",
    "this code at all",
    "Look at the denial that this rule was made from.",
    "lines.code",
    lambda codes: tuple(codes[:1]) or None,
)


def proposals(cause: Cause, payer: str, facts: ClaimFacts, beside: Sequence[Adopted] = ()) -> Iterator[Proposal]:
    """Rules that would have held this claim, each by one thing that the cause is about; at the end one for the code.

    `payer` is the name for the title; the rules are meant for claims of that payer alone. What could not be adopted
    `beside` the rules in force, such as one that says the same, is not proposed.
    """
    known = set()
    for idea in (*IDEAS.get(cause, ()), _LAST):
        clause = _clause(idea, facts)
        condition = Group("all", (clause,)) if clause else Group()
        key = digest(condition.as_data())
        if clause and key not in known and not problems(condition, beside) and holds_on(condition, facts):
            known.add(key)
            short = payer if len(payer) <= 40 else f"{payer[:39].rstrip()}…"
            yield Proposal(
                key,
                f"{short}: {idea.what}",
                f"This payer denied a claim like this for {cause.label.lower()}: {idea.what}.",
                idea.fix,
                idea.field,
                condition,
            )


def _clause(idea: _Idea, facts: ClaimFacts) -> Clause | None:
    value = BY_KEY[idea.key].value(facts)
    if idea.is_gap or idea.operator == "known":
        return Clause(idea.key, idea.operator) if (value is None) is idea.is_gap else None
    compared = None if value is None else idea.value(value)
    return None if compared is None else Clause(idea.key, idea.operator, compared)
