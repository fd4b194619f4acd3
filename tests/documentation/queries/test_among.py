"""Rows by thousands of keys at once."""

from __future__ import annotations

from typing import Any

import pytest

from documentation.models import Encounter, Patient
from documentation.models.among import among
from tests import factories as f

pytestmark = pytest.mark.django_db


def test_rows_are_found_by_their_own_keys_and_by_those_of_others() -> None:
    one, two, three = (f.planned_visit() for _ in range(3))
    keys = {one.pk, three.pk}
    assert set(Encounter.objects.filter(among("pk", keys))) == {one, three}
    assert set(Encounter.objects.filter(among("patient", {two.patient_id}) | among("pk", keys))) == {one, two, three}
    assert set(Encounter.objects.exclude(among("pk", keys))) == {two}
    assert set(Patient.objects.filter(among("encounters", keys))) == {one.patient, three.patient}
    assert not Encounter.objects.filter(among("origin", keys)).exists()


def test_no_key_finds_nothing_and_any_number_of_keys_is_asked_for() -> None:
    one = f.planned_visit()
    assert list(Encounter.objects.filter(among("pk", ()))) == []
    assert list(Encounter.objects.filter(among("pk", range(one.pk, one.pk + 300_000)))) == [one]


def test_keys_that_a_question_chooses_are_a_part_of_the_question(django_assert_num_queries: Any) -> None:
    one, two, three = (f.planned_visit() for _ in range(3))
    patients = Patient.objects.order_by().values("pk")
    chosen = patients.filter(pk=one.patient_id).union(patients.filter(pk=three.patient_id))
    with django_assert_num_queries(2):
        assert set(Encounter.objects.filter(among("patient", chosen))) == {one, three}
        newest = Encounter.objects.order_by("-pk").values("pk")[:2]
        assert set(Encounter.objects.filter(among("pk", newest))) == {two, three}
    assert not Encounter.objects.filter(among("patient", Patient.objects.none().values("pk"))).exists()
