"""What counts of how long records are kept: periods, legal holds, decisions to keep longer."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from django.db.models import F, QuerySet

from documentation.models import AuditEvent, KeptLonger, LegalHold, Patient, RetentionPeriod
from documentation.models.among import among
from documentation.queries.patients import with_merged
from documentation.retention.periods import Period, in_force


def load_periods() -> tuple[Period, ...]:
    """Every period that counts, in one query: the practice's own rows above those that came with the program."""
    return periods_of(period_rows())


def period_rows() -> QuerySet[RetentionPeriod]:
    """What `periods_of` is made from; it may be asked for with others."""
    return RetentionPeriod.objects.select_related("recorded_by")


def periods_of(rows: Iterable[RetentionPeriod]) -> tuple[Period, ...]:
    return in_force(row.period for row in rows)


def holds() -> QuerySet[LegalHold]:
    """Every legal hold, those in force first, then the newest first."""
    rows = LegalHold.objects.select_related("patient", "placed_by", "released_by")
    return rows.order_by(F("released_at").desc(nulls_first=True), "-pk")


def holds_of(patient: Patient) -> list[LegalHold]:
    """Holds of one patient, those in force first."""
    rows = list(patient.legal_holds.select_related("placed_by", "released_by"))
    return sorted(rows, key=lambda row: row.released_at is not None)


def on_hold(patients: Collection[int]) -> set[int]:
    """Those of the patients, by key, whose records are on legal hold."""
    rows = LegalHold.objects.filter(among("patient", patients), released_at=None)
    return set(rows.values_list("patient_id", flat=True))


def longer_of(rows: Iterable[KeptLonger]) -> dict[int, KeptLonger]:
    """The decision that counts for each patient who has one: of `longer_rows` the last, which has the latest day.

    None makes the time shorter, nor does a merge, which brings together what was decided of either registration.
    """
    return {row.patient_id: row for row in rows}


def longer_rows(patients: Collection[int]) -> QuerySet[KeptLonger]:
    """What `longer_of` is made from; it may be asked for with others."""
    return KeptLonger.objects.filter(among("patient", patients)).select_related("decided_by").order_by("until", "pk")


TAKEN_OUT = ("image.remove", "image.discard", "image.forget")
"""Events of what was taken out of a record; their detail names the SHA-256 of each file."""


def files_on_hold() -> set[str]:
    """SHA-256 of the files that were taken out of the records of patients on hold: the sweep leaves them.

    Holds are led over by a merge, events stay at the registration that they tell of.
    """
    held = with_merged(set(LegalHold.objects.filter(released_at=None).values_list("patient", flat=True)))
    told = AuditEvent.objects.filter(among("patient", held), action__in=TAKEN_OUT).values_list("detail", flat=True)
    found: set[str] = set()
    for detail in map(json.loads, told):
        found |= {detail.get("sha256", ""), *detail.get("files", ())}
    return found - {""}
