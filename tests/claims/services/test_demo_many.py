"""Very many claims of the demo practice: copies stand in the lists and figures as if the verbs had made them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from claims.models import Claim, ClaimFigures, Payer, QueuedClaim
from claims.services import demo_many
from claims.services.recount import differences
from documentation.models import AuditEvent, Patient
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


def test_what_was_broken_off_goes_on_and_enough_is_enough(first: None) -> None:
    demo_many.copy(50, at=f.AT)
    before = Claim.objects.count()
    demo_many.copy(50, at=f.AT)
    assert Claim.objects.count() == before
    demo_many.copy(120, at=f.AT)
    assert Claim.objects.count() >= 120
    assert differences()[1] == 0
