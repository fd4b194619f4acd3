"""What the pages show of the note's prose: sentences with their facts, proposals, phrases."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from documentation.facts import EncounterFacts
from documentation.filling import figures, with_figures
from documentation.kernel.pending import marks_from, paths_of
from documentation.models import Encounter, Phrase, User
from documentation.prose.compose import FIELDS
from documentation.prose.tracking import FieldProse, Told, prose_of
from documentation.queries.encounters import draft_facts

_ROWS = {"justification": "justification", "interpretation": "interpretation", "plan": "planofcare"}


def row_of(encounter: Encounter, section: str) -> Any:
    """The row that holds a section's prose and its sources."""
    return getattr(encounter, _ROWS[section])


def proposed_facts(encounter: Encounter) -> EncounterFacts:
    """The draft as it will read when all that waits is confirmed and the pictures are described as proposed."""
    facts = draft_facts(encounter, with_unconfirmed=True)
    return with_figures(facts, figures(facts))


def facts_behind(encounter: Encounter, facts: EncounterFacts, field: str) -> EncounterFacts:
    """The facts that a field of the note speaks of: `facts` are those that count.

    A text that waits to be confirmed was drafted from values that may wait, too, and is held against those.
    """
    return proposed_facts(encounter) if waits(encounter, field) else facts


def waits(encounter: Encounter, field: str) -> bool:
    """Whether a field of the note was filled in and nobody has confirmed it."""
    return field in paths_of(marks_from(encounter.to_confirm))


def field_prose(encounter: Encounter, facts: EncounterFacts, field: str) -> FieldProse:
    """A field of the note beside what the facts say; `facts` are those of the draft that count."""
    section, name = field.split(".")
    return prose_of(facts_behind(encounter, facts, field), field, row_of(encounter, section).sources.get(name))


def outdated(encounter: Encounter, facts: EncounterFacts) -> list[tuple[str, Told]]:
    """Sentences of the note whose facts say something else by now, each with its field, such as `plan.statement`."""
    return [(field, told) for field in FIELDS for told in field_prose(encounter, facts, field).changed]


def phrases_for(user: User, field: str = "") -> QuerySet[Phrase]:
    """The phrases that a person may use: the practice's and their own."""
    found = Phrase.objects.filter(Q(owner=None) | Q(owner=user))
    return found.filter(field=field) if field else found
