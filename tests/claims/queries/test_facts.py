"""The facts of many claims: as many questions as for one, and the same answers. The case files compare the answers."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Claim
from claims.queries.claims import facts_of_each
from claims.services.preparation import start_claims
from tests import factories as f

pytestmark = pytest.mark.django_db


def two_claims(by: Any) -> list[Claim]:
    """Of a patient with a dental and a medical plan."""
    visit = f.signed_encounter()
    f.coverage(person=visit.patient, by=by)
    f.coverage(person=visit.patient, with_payer=f.medical_payer(by=by), by=by, priority=2)
    return start_claims(visit, by=by, at=f.AT, fee=Decimal("850.00"))


def asked(claims: list[Claim]) -> int:
    with CaptureQueriesContext(connection) as queries:
        told = list(facts_of_each(claims, at=f.AT))
    assert [claim for claim, _ in told] == claims
    return len(queries)


def test_many_claims_ask_as_often_as_two() -> None:
    by = f.user()
    two = two_claims(by)
    once = asked(list(Claim.objects.filter(pk__in=[c.pk for c in two])))
    for _ in range(2):
        two_claims(by)
    assert asked(list(Claim.objects.all())) == once


def test_what_is_read_for_the_facts_is_not_kept_on_the_claim() -> None:
    """A verb that changes the lines afterwards must see its own change."""
    (claim, _) = two_claims(f.user())
    list(facts_of_each([claim], at=f.AT))
    claim.lines.update(quantity=3)
    assert [line.quantity for line in claim.lines.all()] == [3]
