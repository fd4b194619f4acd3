"""Verbs on payers: versions are added, never overwritten."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from claims.models import Fee, PlaybookFact
from claims.queries.claims import fee_on
from claims.services.payers import confirm_fact, record_fact, record_policy, save_payer, set_fee
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.models import AuditEvent
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller():
    return factories.user(role="biller")


def test_a_payer_needs_a_name_and_an_id_of_its_own(biller) -> None:
    factories.payer()
    with pytest.raises(ValidationError) as refused:
        save_payer(None, {"name": "Twin", "payer_id": "99991", "line": "dental"}, by=biller, at=AT)
    assert "payer_id" in refused.value.message_dict


def test_a_correction_from_an_old_page_is_refused(biller) -> None:
    payer = factories.payer()
    save_payer(payer, {"name": "First"}, by=biller, at=AT, seen=1)
    with pytest.raises(NotPossible, match="Somebody else"):
        save_payer(payer, {"name": "Second"}, by=biller, at=AT, seen=1)
    payer.refresh_from_db()
    assert (payer.name, payer.revision) == ("First", 2)


def test_nothing_changed_is_nothing_saved(biller) -> None:
    payer = factories.payer()
    before = AuditEvent.objects.count()
    assert save_payer(payer, {"name": payer.name}, by=biller, at=AT, seen=1).revision == 1
    assert AuditEvent.objects.count() == before


def test_a_fact_cannot_be_changed_afterwards_not_even_past_the_verbs() -> None:
    fact = factories.payer().playbook.get(key="covers_d0371")
    with pytest.raises(DatabaseError), transaction.atomic():
        PlaybookFact.objects.filter(pk=fact.pk).update(value="no")
    with pytest.raises(DatabaseError), transaction.atomic():
        fact.delete()


@pytest.mark.parametrize(
    "values",
    [{"timely_filing_days": 0}, {"appeal_days": 9999}, {"bundling_permitted": ["TOOLONG"]}, {"covers_d0371": "maybe"}],
)
def test_impossible_facts_are_refused_and_add_no_row(biller, values) -> None:
    payer = factories.payer()
    known = payer.playbook.count()
    with pytest.raises(ValidationError) as refused:
        record_policy(payer, values, by=biller, at=AT)
    assert set(refused.value.message_dict) == set(values)
    assert payer.playbook.count() == known


def test_the_fee_that_was_in_force_on_the_day_counts(biller) -> None:
    for amount, day in ((800, date(2025, 1, 1)), (850, date(2026, 11, 5)), (900, date(2026, 11, 6))):
        set_fee("D0371", Decimal(amount), effective_on=day, by=biller, at=AT)
    assert fee_on("D0371", date(2026, 11, 5)).amount == 850  # type: ignore[union-attr]
    assert fee_on("D0371", date(2024, 12, 31)) is None
    set_fee("D0371", Decimal(875), effective_on=date(2026, 11, 5), by=biller, at=AT)
    assert Fee.objects.count() == 3


@pytest.mark.parametrize("role", ["clinician", "assistant", "administrator", ""])
def test_only_billing_writes_down_what_payers_do(role: str) -> None:
    someone, payer = factories.user(role=role), factories.payer()
    with pytest.raises(NotPermitted):
        save_payer(payer, {"name": "X"}, by=someone, at=AT)
    with pytest.raises(NotPermitted):
        record_policy(payer, {}, by=someone, at=AT)
    with pytest.raises(NotPermitted):
        set_fee("D0371", Decimal(1), effective_on=AT.date(), by=someone, at=AT)


# --- One fact at a time -------------------------------------------------------------------------------------------

TOLD = {"value": 60, "source": "call 4711, Dana", "verified_on": date(2026, 11, 1)}


def test_a_fact_is_added_beside_the_earlier_ones(biller) -> None:
    payer = factories.payer()
    record_fact(payer, "appeal_days", TOLD, by=biller, at=AT)
    assert [row.value for row in payer.playbook.filter(key="appeal_days")] == [60, 180]
    assert record_fact(payer, "appeal_days", TOLD, by=biller, at=AT).pk == payer.playbook.first().pk
    assert payer.playbook.filter(key="appeal_days").count() == 2


def test_two_people_who_write_one_fact_never_overwrite_each_other(biller) -> None:
    payer = factories.payer()
    seen = payer.playbook.get(key="appeal_days").pk
    record_fact(payer, "appeal_days", TOLD, by=biller, at=AT, seen=seen)
    with pytest.raises(NotPossible, match="Somebody else"):
        record_fact(payer, "appeal_days", TOLD | {"value": 90}, by=biller, at=AT, seen=seen)
    assert payer.book().value("appeal_days") == 60


def test_two_people_who_write_down_a_call_never_overwrite_each_other(biller) -> None:
    payer = factories.payer()
    seen = payer.playbook.values_list("pk", flat=True)[0]
    record_policy(payer, {"covers_d0371": "no", "source": "call"}, by=biller, at=AT, seen=seen)
    with pytest.raises(NotPossible, match="Somebody else"):
        record_policy(payer, {"covers_d0371": "yes", "source": "page"}, by=biller, at=AT, seen=seen)
    assert payer.book().value("covers_d0371") == "no"


def test_still_true_is_a_row_of_its_own_with_its_source_and_day(biller) -> None:
    payer = factories.payer()
    old = record_fact(payer, "appeal_days", TOLD | {"expires_on": date(2026, 11, 2)}, by=biller, at=AT)
    again = confirm_fact(old, "portal, page Appeals", on=AT.date(), by=biller, at=AT)
    assert (again.value, again.source, again.expires_on) == (60, "portal, page Appeals", None)
    old.refresh_from_db()
    assert old.source == TOLD["source"]
    with pytest.raises(ValidationError, match="Say where"):
        confirm_fact(again, "  ", on=AT.date(), by=biller, at=AT)
    with pytest.raises(NotPossible):
        confirm_fact(old, "portal", on=AT.date(), by=biller, at=AT)


@pytest.mark.parametrize(("days", "counted"), [(60, 60), (365, 90)])
def test_a_stale_time_to_file_never_makes_the_time_longer(biller, days: int, counted: int) -> None:
    from claims.queries.billing import worded
    from claims.queries.claims import facts_of
    from claims.queries.filing import filing_of, filing_of_claim
    from claims.rules.filing import last_day

    claim = factories.claim_at(by=biller)
    payer, day = claim.coverage.payer, claim.service_date
    for old in ({"verified_on": day - timedelta(days=400)}, {"expires_on": day - timedelta(days=1)}):
        record_fact(payer, "timely_filing_days", {"value": days, "source": "manual", **old}, by=biller, at=AT)
        row = worded().get(pk=claim.pk)
        for clock in (filing_of_claim(row, factories.TODAY), filing_of(row.coverage, day, factories.TODAY)):
            assert (clock.due, clock.is_known) == (day + timedelta(days=counted), False)
            assert clock.why_stale
        assert last_day(facts_of(row, today=factories.TODAY)) == day + timedelta(days=counted)


def test_a_stale_time_to_appeal_never_makes_the_time_longer(biller) -> None:
    from claims.queries.deadlines import appeal_deadline

    denial = factories.denial(by=biller)
    payer = denial.claim.coverage.payer
    # What was read since counts beside it, and stands by itself where it is the shorter.
    for days, counted, said in ((60, 60, "ask"), (365, 180, "provider manual 2026")):
        old = {"value": days, "source": "manual", "verified_on": denial.denied_on - timedelta(days=400)}
        record_fact(payer, "appeal_days", old, by=biller, at=AT)
        denial.claim.coverage.payer.refresh_from_db()
        deadline = appeal_deadline(type(denial).objects.get(pk=denial.pk))
        assert deadline.day == denial.denied_on + timedelta(days=counted)
        assert said in deadline.reason
