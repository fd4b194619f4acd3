"""What is asked together comes as Django brings it one by one: the same rows, with the same that hang on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model, Prefetch, QuerySet, Sum
from django.test.utils import CaptureQueriesContext

from claims.models import Claim, ClaimLine, Coverage, Evidence, Payer, PlaybookFact, RemittanceClaim
from claims.queries.billing import worded
from claims.queries.primary import whole
from documentation.models import Encounter
from documentation.models.among import Keys, among
from documentation.models.together import FEW, MOST_KINDS, Prepared, one_by_one, together
from documentation.queries.encounters import with_record
from tests import factories as f
from tests.claims import answered as a

pytestmark = pytest.mark.django_db

_PLANS = Coverage.objects.select_related("payer").prefetch_related("payer__playbook").order_by("priority")
ASKED: dict[str, QuerySet[Any]] = {
    "with all that a list shows": worded(),
    "a record with everything": with_record(),
    "rows beneath rows": whole(RemittanceClaim.objects.all()),
    "beneath one that hangs beside": Encounter.objects.select_related("patient").prefetch_related(
        Prefetch("patient__coverages", _PLANS)
    ),
    "one above": ClaimLine.objects.prefetch_related("claim__coverage__payer", "claim__lines"),
    "a page": Claim.objects.order_by("-pk").prefetch_related("lines")[1:3],
    "some columns": PlaybookFact.objects.select_related("payer").only("key", "payer__name"),
    "without some": Claim.objects.select_related("encounter").defer("diagnoses", "encounter__to_confirm"),
    "nothing": Claim.objects.none().prefetch_related("lines"),
    "none of its rows": Evidence.objects.select_related("file").prefetch_related("claim__lines"),
    "sums": Claim.objects.order_by().values_list("preparation").annotate(Sum("total")),
    "names": Payer.objects.values_list("name", flat=True),
}


def known(row: Any, way: tuple[Any, ...] = ()) -> Any:
    """All that is known of a row without asking again. What points back on the `way` to it is left out."""
    if isinstance(row, tuple):
        return [(type(value), value) for value in row]
    if not isinstance(row, Model):
        return row
    own = {name: (type(value), str(value)) for name, value in vars(row).items() if not name.startswith("_")}
    cached, brought = row._state.fields_cache, getattr(row, "_prefetched_objects_cache", {})
    above = {name: known(one, (*way, row)) for name, one in cached.items() if not any(one is o for o in way)}
    below = {name: [known(one, (*way, row)) for one in rows] for name, rows in brought.items()}
    return type(row).__name__, own, above, below


@pytest.fixture
def rows() -> None:
    by = f.user()
    f.planned_visit()
    visit = f.signed_encounter()
    f.coverage(person=visit.patient, by=by)
    f.coverage(person=visit.patient, with_payer=f.medical_payer(by=by), by=by, priority=2)
    for day in (1, 2, 3):
        a.answer(a.claim(date(2026, 9, day), of="Harbor Mutual"), date(2026, 9, 20), "paid", paid="100.10")


@pytest.mark.parametrize("what", ASKED)
def test_it_is_the_same_as_one_by_one(rows: None, what: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        found = together(those=ASKED[what].all(), others=Payer.objects.all())
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        told = [known(row) for row in found["those"]]
    assert len(queries) == 0
    apart = one_by_one(those=ASKED[what].all())["those"]
    assert bool(apart) != (what in ("nothing", "none of its rows"))
    assert told == [known(row) for row in apart]


def _of_patients(keys: Mapping[str, Keys], shown: str = "payer") -> dict[str, QuerySet[Any]]:
    claims = Claim.objects.filter(among("encounter__patient", keys["people"]), among("service_date", keys["days"]))
    plans = Coverage.objects.filter(among("plan_name", keys["plans"])).select_related(shown)
    return {
        "claims": claims.prefetch_related("lines"),
        "plans": plans.order_by("pk"),
        "several": Claim.objects.filter(encounter__in=claims.order_by().values("encounter")).values_list("pk", "total"),
    }


def test_what_is_thought_up_once_is_the_same_as_anew_whatever_the_keys(rows: None) -> None:
    asked = Prepared(_of_patients)
    people, days = set(Claim.objects.values_list("encounter__patient", flat=True)), {date(2026, 9, n) for n in (1, 2)}
    plans = set(Coverage.objects.values_list("plan_name", flat=True))
    for keys in (
        {"people": people, "days": days, "plans": plans},
        {"people": people, "days": {date(2026, 9, 3)}, "plans": {"PPO Plus"}},
        {"people": set(), "days": days, "plans": set()},
        {"people": {min(people)}, "days": set(), "plans": {'none\'; of "these" %s'}},
    ):
        with CaptureQueriesContext(connection) as queries:
            found = asked(keys)
        assert len(queries) == 1
        anew = one_by_one(**_of_patients(keys))
        assert {n: list(map(known, some)) for n, some in found.items()} == {
            n: list(map(known, some)) for n, some in anew.items()
        }
    assert sum(map(len, asked({"people": people, "days": days, "plans": plans}).values())) >= 5


def test_a_queryset_may_choose_the_keys(rows: None) -> None:
    asked = Prepared(_of_patients).question("people", "days", "plans")()
    with_claims = Claim.objects.filter(total__gte=1).order_by("-total", "pk").values("encounter__patient")
    plans = Coverage.objects.values("plan_name")
    for people in (with_claims, with_claims[:1], with_claims.none()):
        keys: dict[str, Any] = {"people": people, "days": {date(2026, 9, 1)}, "plans": plans}
        with CaptureQueriesContext(connection) as queries:
            found = asked.answered(**keys)
        assert len(queries) == 1
        given = {"people": people, "plans": plans}
        chosen = {name: {one for row in some for one in row.values()} for name, some in given.items()}
        anew = one_by_one(**_of_patients(keys | chosen))
        assert {n: list(map(known, some)) for n, some in found.items()} == {
            n: list(map(known, some)) for n, some in anew.items()
        }
        assert bool(chosen["people"]) == bool(people)
    nobody = Prepared(lambda keys: {"others": Coverage.objects.filter(~among("patient", keys["people"]))})
    others = nobody.question("people")().answered(people=Coverage.objects.none().values("patient"))["others"]
    assert len(others) == Coverage.objects.count() > 0


def test_what_else_makes_it_differ_is_part_of_it(rows: None) -> None:
    asked = Prepared(_of_patients)
    keys: dict[str, set[Any]] = {"people": set(), "days": set(), "plans": {Coverage.objects.first().plan_name}}  # type: ignore[union-attr]
    for shown in ("payer", "patient", "payer"):
        (plan, *_) = asked(keys, shown)["plans"]
        assert list(plan._state.fields_cache) == [shown]


def test_hundreds_of_keys_are_asked_for_one_by_one(rows: None) -> None:
    asked = Prepared(_of_patients)
    few = {"people": set(range(FEW)), "days": {date(2026, 9, 1)}, "plans": {"PPO Plus"}}
    many = few | {"people": set(range(FEW + 1))}
    with CaptureQueriesContext(connection) as queries:
        found = asked(many)
    assert len(queries) > 1
    assert {n: list(map(known, some)) for n, some in found.items()} == {
        n: list(map(known, some)) for n, some in asked(few).items()
    }


def test_no_more_is_kept_than_is_said(rows: None) -> None:
    made = []

    def make(keys: Mapping[str, Keys], kind: int) -> dict[str, QuerySet[Any]]:
        made.append(kind)
        return {"rows": Payer.objects.filter(among("pk", keys["payers"])).values_list("name", flat=True)}

    asked = Prepared(make)
    payer = Payer.objects.first()
    assert payer is not None
    for kind in (*range(MOST_KINDS), 0, MOST_KINDS, MOST_KINDS, 0):
        assert asked({"payers": {payer.pk}}, kind)["rows"] == [payer.name]
    assert made == [*range(MOST_KINDS), MOST_KINDS, 0]
