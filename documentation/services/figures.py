"""Texts of a draft keep pointing to the same pictures, however these are ordered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from documentation.facts import EncounterFacts
from documentation.kernel.figures import renumbered
from documentation.models import Encounter
from documentation.prose.sources import digest_of
from documentation.prose.tracking import Source, sources_from
from documentation.queries.encounters import draft_facts, with_record

_TEXTS = {"interpretation": ("text", "clinical_relevance"), "planofcare": ("statement",)}
"""Prose that may name figures. A comparison is left alone: its figures may be those of an earlier visit."""
_LISTS = {"images": ("caption", "reading"), "findings": ("note",), "interventions": ("note",)}
_SECTIONS = {"planofcare": "plan", "interventions": "findings"}


@contextmanager
def follow(encounter: Encounter) -> Iterator[None]:
    """Around a change of the order: afterwards every reference to a figure carries its new number.

    A figure that is gone leaves `[removed]` behind. The sections that were changed count as saved with the next
    revision of `encounter`, which the caller stores. Must run in the transaction of the change.
    """
    was, before = _numbers(encounter), draft_facts(with_record().get(pk=encounter.pk))
    yield
    now = _numbers(encounter)
    moved = {number: now.get(pk) for pk, number in was.items() if now.get(pk) != number}
    if not moved:
        return
    touched = _rewrite_prose(encounter, before, moved) | _rewrite_rows(encounter, moved)
    number = encounter.revision + 1
    encounter.section_revisions = {**encounter.section_revisions, **dict.fromkeys(sorted(touched), number)}


def _numbers(encounter: Encounter) -> dict[int, int]:
    return {pk: n for n, pk in enumerate(encounter.images.values_list("pk", flat=True), start=1)}


def _rewrite_prose(encounter: Encounter, before: EncounterFacts, moved: Mapping[int, int | None]) -> set[str]:
    changed = []
    record = with_record().get(pk=encounter.pk)
    for name, fields in _TEXTS.items():
        row = getattr(record, name)
        if _rewrite(row, fields, moved):
            changed.append(name)
    after = draft_facts(with_record().get(pk=encounter.pk))
    for name, fields in _TEXTS.items():
        row = getattr(record, name)
        stored = {field: sources_from(row.sources.get(field)) for field in fields}
        fresh = {field: [_followed(s, before, after, moved) for s in found] for field, found in stored.items()}
        if any(list(stored[field]) != fresh[field] for field in fields):
            row.sources = {**row.sources, **{field: [s.as_json() for s in found] for field, found in fresh.items()}}
            row.save(update_fields=["sources"])
    return {_SECTIONS.get(name, name) for name in changed}


def _followed(source: Source, before: EncounterFacts, after: EncounterFacts, moved: Mapping[int, int | None]) -> Source:
    """A sentence that was up to date stays so; one whose facts had changed is still pointed out."""
    current = digest_of(before, source.facts) == source.digest
    digest = digest_of(after, source.facts) if current else source.digest
    return replace(source, text=renumbered(source.text, moved), digest=digest)


def _rewrite_rows(encounter: Encounter, moved: Mapping[int, int | None]) -> set[str]:
    touched = set()
    for name, fields in _LISTS.items():
        for row in getattr(encounter, name).all():
            if _rewrite(row, fields, moved, bump=name == "images"):
                touched.add(_SECTIONS.get(name, name))
    return touched


def _rewrite(row: Any, fields: tuple[str, ...], moved: Mapping[int, int | None], *, bump: bool = False) -> bool:
    fresh = {field: renumbered(getattr(row, field), moved) for field in fields}
    changed = [f for f in fields if fresh[f] != getattr(row, f) and _fits(row, f, fresh[f])]
    for field in changed:
        setattr(row, field, fresh[field])
    if changed and bump:
        row.revision += 1
        changed.append("revision")
    if changed:
        row.save(update_fields=changed)
    return bool(changed)


def _fits(row: Any, field: str, text: str) -> bool:
    most = row._meta.get_field(field).max_length
    return most is None or len(text) <= most
