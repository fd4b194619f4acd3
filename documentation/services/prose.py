"""Verbs on the note's prose: take sentences that the facts propose, let one stand, put a phrase in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from django.db import transaction

from documentation.facts import EncounterFacts
from documentation.kernel.machine import NotPossible
from documentation.models import Encounter, Phrase, User
from documentation.prose import tracking
from documentation.prose.compose import FIELDS, compose
from documentation.prose.tracking import Source
from documentation.queries.encounters import draft_facts, with_record
from documentation.queries.prose import facts_behind, row_of
from documentation.services.encounters import save_section

_Change = Callable[[EncounterFacts, str, Sequence[Source]], tuple[str, Sequence[Source]]]


def take(encounter: Encounter, field: str, keys: Collection[str] | None, *, by: User, at: datetime) -> Encounter:
    """Put these sentences of the proposal into a field of the note, or bring them up to date; None takes all.

    What somebody wrote in words of their own stays. Raises NotPossible and NotPermitted as saving does.
    """

    def change(e: EncounterFacts, text: str, sources: Sequence[Source]) -> tuple[str, Sequence[Source]]:
        proposal = compose(e, field)
        if not proposal and not sources:
            raise NotPossible("The record does not say enough yet to write this. Record what was found first.")
        return tracking.take(text, sources, proposal, {s.key for s in proposal} if keys is None else keys)

    return _change(encounter, field, change, by=by, at=at)


def keep(encounter: Encounter, field: str, key: str, *, by: User, at: datetime) -> Encounter:
    """Let a sentence stand although a fact behind it changed; it is pointed out again when the fact changes again."""
    return _change(encounter, field, lambda e, text, sources: (text, tracking.keep(e, sources, key)), by=by, at=at)


def insert(encounter: Encounter, field: str, phrase: Phrase, *, by: User, at: datetime) -> Encounter:
    """Put a phrase at the end of a field, prompts and all."""
    if phrase.field != field or phrase.owner_id not in (None, by.pk):
        raise NotPossible("This phrase belongs to another field or to somebody else. Choose another one.")
    return _change(
        encounter,
        field,
        lambda e, text, sources: ("\n".join(x for x in (text.rstrip(), phrase.body) if x), sources),
        by=by,
        at=at,
    )


def _change(encounter: Encounter, field: str, change: _Change, *, by: User, at: datetime) -> Encounter:
    section, name = field.split(".")
    with transaction.atomic():
        Encounter.objects.select_for_update().get(pk=encounter.pk)
        now = with_record().get(pk=encounter.pk)
        row = row_of(now, section)
        facts = facts_behind(now, draft_facts(now), field)
        text, sources = change(facts, getattr(row, name), tracking.sources_from(row.sources.get(name)))
        values = {name: text}
        if field in FIELDS:
            values["sources"] = {**row.sources, name: [s.as_json() for s in sources]}  # type: ignore[assignment]
        # What was drafted for somebody waits on: putting one sentence right is no word on the others.
        return save_section(encounter, section, values, by=by, at=at, waiting={field})
