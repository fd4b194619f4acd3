"""The encounter note on paper: gathered from the record as it stands or as it was signed."""

from __future__ import annotations

from datetime import datetime

from documentation.models import Encounter
from documentation.queries.changes import changes
from documentation.queries.encounters import facts_of
from documentation.queries.versions import Versions, versions_of
from documentation.services import files, letterhead
from documentation.typesetting import RenderRefused
from documentation.typesetting.note import Changed, Version, note_pdf


def print_note(encounter: Encounter, *, at: datetime) -> bytes:
    """The note as a PDF: a draft is marked as one, a signed one says what was signed, with its addenda.

    `encounter` comes from `queries.encounters.with_record`. Raises RenderRefused with a sentence.
    """
    pictures = {}
    for image in encounter.images.all():
        try:
            pictures[image.clean_copy.sha256] = files.read(image.clean_copy)
        except (files.MissingFile, files.DamagedFile) as e:
            raise RenderRefused(str(e)) from e
    logo = letterhead.sum_now()
    pictures |= letterhead.pictures(logo)
    known, facts = versions_of(encounter), facts_of(encounter)
    told = changes(facts_of(known.before), facts) if known.before else ()
    return note_pdf(
        facts,
        images=pictures,
        printed_at=at,
        versions=signed_versions(known),
        changed=[Changed(c.label, c.before, c.after) for c in told],
        logo=logo,
    )


def signed_versions(known: Versions) -> tuple[Version, ...]:
    """This version and every one that was signed, the first one first."""
    return tuple(_version(v) for v in known.rows if v.is_locked or v.pk == known.this.pk)


def _version(encounter: Encounter) -> Version:
    signature = getattr(encounter, "signature", None)
    if signature is None:
        return Version(encounter.version, reason=encounter.unlock_reason, record=encounter.number)
    name = signature.name
    if signature.credential and not name.endswith(signature.credential):
        name = f"{name}, {signature.credential}"
    return Version(encounter.version, name, signature.signed_at, encounter.unlock_reason, encounter.number)
