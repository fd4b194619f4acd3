"""A practice with merged patients leaves as it is: who was merged, what moved, and who is found by which number."""

from __future__ import annotations

from pathlib import Path

import pytest

from documentation.kernel.permissions import Role
from documentation.models import Encounter, Patient
from documentation.queries.patients import search
from documentation.services import merges
from tests import factories as f
from tests.claims.backups.conftest import Elsewhere, content, practice, rows, run

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_merged_loads_elsewhere_with_equal_sums(media: Path, tmp_path: Path, elsewhere: Elsewhere) -> None:
    packet = practice()
    encounter = packet.claim.encounter
    gone, kept = encounter.patient, f.patient()
    manager = f.user(role=Role.MANAGER)
    merges.tell_apart(kept, f.patient(), by=manager, at=f.AT)
    merges.merge(kept, gone, seen=(1, gone.revision), by=manager, at=f.AT, today=f.TODAY)
    sealed, before = content(packet), rows()
    made = run("export_all", tmp_path / "one.zip")

    elsewhere()
    done = run("load_export", tmp_path / "one.zip")
    assert (done["first_bad"], done["damages"], done["rows"]) == (None, 0, made["rows"])
    after = rows()
    for table in ("merge", "movedrow", "notsame", "encounter", "patient", "patientword", "signature"):
        assert after[f"documentation.{table}"] == before[f"documentation.{table}"], table
    assert content(type(packet).objects.get(pk=packet.pk)) == sealed
    assert list(search(gone.chart_number)) == [kept]
    assert Encounter.objects.get(pk=encounter.pk).patient == kept
    assert Patient.objects.get(pk=gone.pk).merged_into == kept
