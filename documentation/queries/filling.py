"""What the pages show of filled values: what can be filled in, what waits, and each value that waits in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from documentation.facts import EncounterFacts
from documentation.kernel.dates import short_date
from documentation.kernel.pending import Origin, in_section, marks_from
from documentation.kernel.vocabulary import DUCTS_OF_GLAND, GLAND, SIDE
from documentation.models import Encounter
from documentation.queries.last_visit import last_visit
from documentation.workflow import EncounterStatus

_FROM_FINDINGS = frozenset({"findings", "images", "interpretation", "plan"})


@dataclass(frozen=True)
class Offer:
    """One action that fills values in: what the button sends, says, and explains."""

    value: str
    label: str
    help: str


@dataclass(frozen=True)
class Filled:
    """What is left to confirm of one action."""

    origin: str
    label: str
    count: int


@dataclass(frozen=True)
class Bar:
    """`waiting` are the paths to confirm in the section shown; `ask` says that gland and side must be chosen."""

    offers: tuple[Offer, ...]
    filled: tuple[Filled, ...]
    waiting: tuple[str, ...]
    ask: bool
    glands: tuple[tuple[str, str], ...] = tuple((g, GLAND.label(g)) for g in DUCTS_OF_GLAND)
    sides: tuple[tuple[str, str], ...] = tuple(SIDE.choices)


def bar_of(encounter: Encounter, facts: EncounterFacts, section: str) -> Bar:
    """What stands above a section. `facts` are those that count."""
    marks = marks_from(encounter.to_confirm)
    counts = Counter(m.origin for m in marks)
    offers = _offers(encounter, facts, section, frozenset(counts))
    needs_place = {Origin.NORMAL_STUDY, Origin.USUAL_PROCEDURE} & {o.value for o in offers}
    return Bar(
        offers,
        tuple(Filled(o, Origin(o).label, n) for o, n in counts.items()),
        tuple(m.path for m in in_section(marks, section)),
        bool(needs_place) and not (facts.justification.gland and facts.justification.side),
    )


def _offers(encounter: Encounter, facts: EncounterFacts, section: str, filled: frozenset[str]) -> tuple[Offer, ...]:
    offers = []
    is_draft = encounter.status == EncounterStatus.DRAFT
    has_findings = bool(encounter.findings.all())
    has_glands = bool(encounter.glands.all())
    if is_draft and not has_findings and not has_glands:
        offers += [
            Offer(Origin.NORMAL_STUDY, "Normal study", "Fills in a whole normal study, each value to confirm."),
            Offer(Origin.USUAL_PROCEDURE, "Usual procedure", "Fills in the procedure as you did it last, to confirm."),
        ]
    elif is_draft and facts.findings and not encounter.interpretation.text and section in _FROM_FINDINGS:
        offers.append(
            Offer(Origin.FINDINGS, "Draft from the findings", "Drafts reading and plan, each value to confirm.")
        )
    if section in ("justification", "procedure") and Origin.LAST_VISIT not in filled:
        before = None if facts.justification.indications else last_visit(encounter)
        if before and before.service_date:
            day = short_date(before.service_date)
            offers.append(
                Offer(Origin.LAST_VISIT, f"As at the last visit, {day}", "Fills in what still holds, to confirm.")
            )
    return tuple(offers)
