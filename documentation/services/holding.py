"""Uploads that wait for a decision: a sound file with several pictures, or one that names somebody else.

Nothing of them is part of a record. The bytes stay with the file's row until somebody decides or discards, or until
nobody did for so long that the night clears them away.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from documentation.imaging import Accepted, Several
from documentation.imaging.whose import Chart, differences
from documentation.kernel.machine import NotPossible
from documentation.kernel.text import clean_text
from documentation.models import Encounter, EncounterImage, HeldUpload, LegalHold, StoredFile, User
from documentation.queries.patients import merged_into
from documentation.services import files
from documentation.services.audit import record
from documentation.services.retention import refuse_on_hold

KEPT_FOR = timedelta(days=7)
"""How long an upload waits for its decision."""


def chart_of(encounter: Encounter) -> Chart:
    """What files are compared with."""
    patient = encounter.patient
    return Chart(
        first_name=patient.first_name,
        middle_name=patient.middle_name,
        last_name=patient.last_name,
        numbers=tuple(n for p in (patient, *merged_into(patient)) for n in (p.chart_number, p.number)),
        birth_date=f"{patient.birth_date:%Y-%m-%d}",
        visit_date=f"{encounter.service_date:%Y-%m-%d}",
    )


def hold(
    encounter: Encounter, name: str, data: bytes, found: Accepted | Several, *, by: User, at: datetime
) -> HeldUpload:
    """Keep a file until somebody decides; the same file again finds what waits already."""
    said = dataclasses.asdict(found.identity) if found.identity else {}
    shape: dict[str, Any]
    if isinstance(found, Several):
        sheet, shape = found.sheet, {"frames": found.frames, "columns": found.columns, "tile": list(found.tile)}
    else:
        sheet, shape = found.thumbnail, {"frames": 1, "columns": 1, "tile": []}
    with transaction.atomic():
        row, created = HeldUpload.objects.get_or_create(
            encounter=encounter,
            original=files.keep(data, media_type=found.original_type, at=at),
            defaults={
                **shape,
                "sheet": files.keep(sheet, media_type="image/jpeg", at=at),
                "original_name": clean_text(name)[-255:],
                "identity": {key: clean_text(value) for key, value in said.items()},
                "differs": list(differences(found.identity, chart_of(encounter))),
                "held_at": at,
                "held_by": by,
            },
        )
        if created:
            record(
                "image.hold",
                by=by,
                at=at,
                subject=encounter,
                patient=encounter.patient,
                sha256=found.sha256,
                frames=row.frames,
                differs=row.differs,
            )
    return row


def question(row: HeldUpload) -> str:
    """Why the file waits, for the person who added it."""
    asked = []
    if row.differs:
        asked.append(f"This file names {another(row)} than this record. Say why it belongs here.")
    if row.frames > 1:
        asked.append(f"This file holds {row.frames:,} pictures. Choose those that you need.")
    return " ".join(asked)


def another(row: HeldUpload) -> str:
    """What the file names that the record does not: another patient, another day, or both."""
    person = "another patient" if set(row.differs) - {"study_date"} else ""
    day = "another day" if "study_date" in row.differs else ""
    return " and ".join(x for x in (person, day) if x)


def discard(row: HeldUpload, *, by: User, at: datetime) -> None:
    """Take in nothing of the file. Its bytes stay in storage until the sweep.

    Raises NotPossible while the patient is on legal hold.
    """
    with transaction.atomic():
        encounter = row.encounter
        refuse_on_hold(encounter.patient)
        gone = shas_of(row)
        row.delete()
        record("image.discard", by=by, at=at, subject=encounter, patient=encounter.patient, **gone)


def forget(*, at: datetime) -> int:
    """Remove the uploads that nobody decided on for so long; those of patients on hold stay. Returns how many went.

    Each is a transaction of its own: a hold that is placed meanwhile counts, and nobody waits for all of them.
    """
    held = LegalHold.objects.filter(released_at=None).values("patient")
    old = HeldUpload.objects.filter(held_at__lt=at - KEPT_FOR).exclude(encounter__patient__in=held)
    return sum(_forget(key, at=at) for key in list(old.order_by("pk").values_list("pk", flat=True)))


def _forget(key: int, *, at: datetime) -> bool:
    with transaction.atomic():
        row = HeldUpload.objects.select_related("encounter__patient", "original", "sheet").filter(pk=key).first()
        if row is None:
            return False
        gone, encounter = shas_of(row), row.encounter
        try:
            refuse_on_hold(encounter.patient)
        except NotPossible:
            return False
        if not HeldUpload.objects.filter(pk=key).delete()[0]:  # somebody decides on it at this moment
            return False
        record("image.forget", by=None, at=at, subject=encounter, patient=encounter.patient, **gone)
    return True


def shas_of(row: EncounterImage | HeldUpload) -> dict[str, Any]:
    """What an event tells of a row that goes: the SHA-256 of its original, and of every file of it."""
    names = [f.name for f in row._meta.concrete_fields if f.related_model is StoredFile]
    files_of = {getattr(row, name).sha256 for name in names if getattr(row, name)}
    return {"sha256": row.original.sha256, "files": sorted(files_of)}
