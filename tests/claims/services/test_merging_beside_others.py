"""Two people who merge at once, or plan a visit meanwhile: one of them is told, and nothing hangs in the air."""

from __future__ import annotations

import pytest

from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Role
from documentation.models import Encounter, Merge, Patient
from documentation.services import merges
from documentation.services.audit import first_bad_event
from tests import factories as f
from tests.claims.services.test_posting_beside_others import Beside

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("crossed", [False, True])
def test_of_two_who_merge_the_same_pair_at_once_one_is_told(crossed: bool) -> None:
    one, other, manager = f.patient(), f.patient(), f.user(role=Role.MANAGER)
    f.signed_encounter(person=one), f.planned_visit(person=other)
    pairs = [(one, other), (other, one) if crossed else (one, other)]
    both = Beside()
    threads = [
        both.start(
            lambda kept=kept, gone=gone: merges.merge(kept, gone, seen=(1, 1), by=manager, at=f.AT, today=f.TODAY)
        )
        for kept, gone in pairs
    ]
    for thread in threads:
        thread.join(60)
    (refused,) = both.failures
    assert isinstance(refused, NotPossible)
    row = Merge.objects.get()
    assert set(Encounter.objects.values_list("patient", flat=True)) == {row.kept_id}
    assert Patient.objects.filter(merged_into=None).get() == row.kept
    assert first_bad_event() is None


def test_a_visit_that_is_planned_meanwhile_goes_over_or_is_refused() -> None:
    kept, gone, manager = f.patient(), f.patient(), f.user(role=Role.MANAGER)
    treating, place = f.clinician(), f.location()
    both = Beside()
    threads = [
        both.start(lambda: merges.merge(kept, gone, seen=(1, 1), by=manager, at=f.AT, today=f.TODAY)),
        both.start(lambda: f.planned_visit(person=gone, treating=treating, at_location=place)),
    ]
    for thread in threads:
        thread.join(60)
    assert all(isinstance(e, NotPossible) for e in both.failures)
    assert not Encounter.objects.filter(patient=gone).exists()
    assert Encounter.objects.count() + len(both.failures) == 1
