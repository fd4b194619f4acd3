"""Very many claims of the demo practice: copies stand in the lists and figures as if the verbs had made them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from claims.models import Claim, ClaimFigures, Payer, QueuedClaim
from claims.services import demo_many, work
from claims.services.recount import differences
from documentation.models import AuditEvent, Patient
from documentation.models.patients import words_of
from documentation.queries.patients import search
from documentation.services.patients import rebuild_words
from tests import factories as f
from tests.claims import answered as a

pytestmark = pytest.mark.django_db
DAY = date(2026, 9, 1)


@pytest.fixture
def first() -> None:
    """Three closed claims, one of them denied and won back, and two open ones."""
    f.user(role="biller")
    for n in range(3):
        row = a.claim(
            DAY + timedelta(days=n), of=f"Payer {n}", transport="accepted", adjudication="paid", closing="closed"
        )
        a.sent(row, DAY + timedelta(days=n + 1))
        given = a.answer(
            row, DAY + timedelta(days=20), "denied" if n == 0 else "paid", paid="0.00" if n == 0 else "640.00"
        )
        if n == 0:
            denial = a.denial(given, "images", "850.00", status="resolved")
            a.appeal(denial, status="decided", outcome="overturned_full", decided_on=DAY + timedelta(days=60))
    denied = a.claim(DAY, transport="sent", adjudication="denied")
    a.denial(a.answer(denied, DAY + timedelta(days=20), "denied", denied="850.00"), "coding", "850.00")
    # Notes are not copied: a copy lies longer than the claim that somebody did something about.
    work.write_note(denied, "Asked for the image.", by=f.user(role="biller"), at=f.AT)
    a.claim(DAY, of="Payer 1")
    for person in Patient.objects.all():
        person.last_name = "Doe-Roe"  # a number in a name is no number of a copy
        person.search_text = person.make_search_text()
        person.save()
    rebuild_words()


def test_copies_are_counted_as_a_recount_counts_them(first: None) -> None:
    demo_many.copy(200, at=f.AT)
    claims, wrong = differences()
    assert (claims >= 200, wrong) == (True, 0)
    still_open = Claim.objects.filter(closing="open")
    assert QueuedClaim.objects.count() == still_open.count() >= 200 * demo_many.OPEN_SHARE
    assert ClaimFigures.objects.filter(service_date__lt=DAY - timedelta(days=3 * 365)).exists()
    assert Payer.objects.count() == 4 * demo_many.TURNS
    copied = AuditEvent.objects.filter(action="claim.copy").count()
    assert copied == claims - 5


def references() -> set[tuple[Any, ...]]:
    """Which column has to refer to what, and whether the database looked at all rows."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(demo_many._REFERENCES.replace("SELECT", "SELECT convalidated,"))
            return set(cursor.fetchall())
        return {
            (table, *kept)
            for table in connection.introspection.table_names(cursor)
            for kept in connection.introspection.get_relations(cursor, table).items()
        }


def test_the_database_looks_after_its_references_as_before(first: None) -> None:
    before = references()
    demo_many.copy(50, at=f.AT)
    assert references() == before
    assert len(before) > 100


def test_names_differ_and_each_is_found_by_its_own_words(first: None) -> None:
    person = Claim.objects.filter(closing="closed").earliest("pk").encounter.patient
    person.first_name, person.last_name = "Casey", "Sample"
    person.search_text = person.make_search_text()
    person.save()
    rebuild_words()
    demo_many.copy(200, at=f.AT)
    copied = Patient.objects.filter(first_name="Casey", last_name__startswith="Sample")
    assert len(set(copied.values_list("last_name", flat=True))) == len(demo_many.ENDINGS)
    for one in Patient.objects.all():
        assert one.search_text == one.make_search_text()
        assert sorted(one.words.values_list("word", flat=True)) == sorted(words_of(one.search_text))
    assert set(search("moor casey")) == set(copied.filter(last_name="Sample-Moor")) != set()


def test_what_was_broken_off_goes_on_and_enough_is_enough(first: None) -> None:
    demo_many.copy(50, at=f.AT)
    before = Claim.objects.count()
    demo_many.copy(50, at=f.AT)
    assert Claim.objects.count() == before
    demo_many.copy(120, at=f.AT)
    assert Claim.objects.count() >= 120
    assert differences()[1] == 0
