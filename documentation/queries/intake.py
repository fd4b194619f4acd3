"""How far the intake of planned visits has come: which of its parts are done, and what the others lack."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from documentation import facts as f
from documentation.kernel.rule import check
from documentation.models import Encounter
from documentation.queries.encounters import justification_facts
from documentation.rules import CATALOGUE

ASKED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Indications and complaint", "indications", ("DOC-101", "DOC-102", "DOC-103")),
    ("What was tried before", "prior_care", ("DOC-106",)),
    ("Imaging before", "prior_imaging", ("DOC-109",)),
    ("History", "history", ("DOC-113",)),
    ("Consent", "consent_on", ("DOC-511", "DOC-512")),
)
"""(what is asked, where it stands on the page, the rules that must pass) in the order of the page."""
_RULES = {rule.id: rule for rule in CATALOGUE}


@dataclass(frozen=True)
class Outside:
    """A part that another app knows of. `having` answers, of these patients, which ones have it."""

    label: str
    anchor: str
    missing: str
    having: Callable[[Collection[int]], set[int]]


ELSEWHERE: dict[str, Outside] = {}
"""Parts of the intake that lie outside the record, by name. Apps above this one add theirs."""


@dataclass(frozen=True)
class IntakeStep:
    """`missing` says what is still to be asked; it is empty when the step is done."""

    label: str
    anchor: str
    missing: str = ""

    @property
    def is_done(self) -> bool:
        return not self.missing

    @property
    def sign(self) -> str:
        return "ok" if self.is_done else "open"


@dataclass(frozen=True)
class Intake:
    steps: tuple[IntakeStep, ...]

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def total(self) -> int:
        return len(self.steps)

    @property
    def is_complete(self) -> bool:
        return self.done == self.total

    @property
    def words(self) -> str:
        """`Intake 4 of 6`."""
        return f"Intake {self.done} of {self.total}"


def with_intake(found: QuerySet[Encounter]) -> QuerySet[Encounter]:
    """The same encounters with everything that `intakes_of` reads, in two more queries however many they are."""
    return found.select_related("justification", "procedure").prefetch_related("prior_care", "prior_imaging")


def intakes_of(encounters: Iterable[Encounter]) -> Mapping[int, Intake]:
    """The intake of each encounter, by its key."""
    listed = list(encounters)
    patients = {e.patient_id for e in listed}
    known = [(part, part.having(patients) if patients else set()) for part in ELSEWHERE.values()]
    return {
        e.pk: Intake(
            (
                *_asked(e),
                *(IntakeStep(p.label, p.anchor, "" if e.patient_id in having else p.missing) for p, having in known),
            )
        )
        for e in listed
    }


def _asked(encounter: Encounter) -> Iterable[IntakeStep]:
    facts = f.EncounterFacts(
        service_date=encounter.service_date,
        justification=justification_facts(encounter),
        procedure=f.ProcedureFacts(
            consent_on=encounter.procedure.consent_on, consent_by=encounter.procedure.consent_by
        ),
    )
    for label, anchor, rules in ASKED:
        failed = check(facts, [_RULES[rule] for rule in rules]).failed
        yield IntakeStep(label, anchor, failed[0].message if failed else "")
