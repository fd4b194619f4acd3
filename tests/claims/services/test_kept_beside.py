"""What is owed and how sendings were answered is kept; what is planted there is found, mended, and counted anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from claims.apps import _count_sums
from claims.models import AnsweredSending, AnsweredSum, OwedClaim
from claims.queries.outcomes import share_of
from claims.services import queues
from claims.services.recount import differences, rebuild
from documentation.kernel.statistics import Share
from documentation.models import PatientWord
from tests import factories as f
from tests.claims import answered as a

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 5)


@pytest.fixture(autouse=True)
def _two() -> None:
    """One claim that waits for its payer, and one whose first decision denied it."""
    a.sent(a.claim(DAY), DAY + timedelta(days=1))
    denied = a.claim(DAY)
    a.sent(denied, DAY + timedelta(days=1))
    a.denial(a.answer(denied, DAY + timedelta(days=9), "denied", denied="850.00"), "images", "850.00")
    queues.fold()


def told() -> list[Any]:
    rows = (OwedClaim.objects.order_by("pk"), AnsweredSending.objects.order_by("pk"))
    sums = AnsweredSum.objects.order_by("payer", "rule").values_list("payer", "rule", "version", "answered", "denied")
    return [*(list(found.values()) for found in rows), list(sums)]


PLANTED: dict[str, Callable[[], Any]] = {
    "dollars": lambda: OwedClaim.objects.update(dollars=Decimal(1)),
    "day": lambda: OwedClaim.objects.update(service_date=DAY - timedelta(days=40)),
    "plan": lambda: OwedClaim.objects.update(plan_name="Gold"),
    "code": lambda: OwedClaim.objects.update(code="D9999"),
    "cause": lambda: OwedClaim.objects.update(first_cause="coding"),
    "payer": lambda: OwedClaim.objects.update(payer=a.payer("Another Dental")),
    "nothing owed": lambda: OwedClaim.objects.all().delete(),
    "not denied": lambda: AnsweredSending.objects.update(denied=0),
    "another payer": lambda: AnsweredSending.objects.update(payer=a.payer("Another Dental")),
    "not answered": lambda: AnsweredSending.objects.all().delete(),
    "a sum": lambda: AnsweredSum.objects.filter(rule="").update(answered=7),
    "no sums": lambda: AnsweredSum.objects.all().delete(),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found_and_mended(name: str) -> None:
    before = told()
    assert (len(before[0]), len(before[1]), differences()[1]) == (2, 1, 0)
    PLANTED[name]()
    assert differences()[1] > 0
    rebuild()
    assert (told(), differences()[1]) == (before, 0)


@pytest.mark.parametrize("plant", ["none", "another", "one twice"])
def test_a_patients_words_are_found_and_mended(plant: str) -> None:
    person = f.patient(last_name="Smith-Jones")
    words = sorted(person.words.values_list("word", flat=True))
    assert ("jones" in words, differences()[1]) == (True, 0)
    if plant == "none":
        person.words.all().delete()
    else:
        PatientWord.objects.create(patient=person, word="roe" if plant == "another" else "jones")
    assert differences()[1] == 1
    rebuild()
    assert sorted(person.words.values_list("word", flat=True)) == words
    assert differences()[1] == 0


@pytest.mark.parametrize("model", [OwedClaim, AnsweredSending, AnsweredSum])
def test_a_practice_of_before_has_it_counted_when_it_is_brought_up_to_date(model: Any) -> None:
    before = told()
    model.objects.all().delete()
    _count_sums(None, "default")
    assert told() == before


def test_putting_the_summands_together_changes_no_number() -> None:
    assert share_of() == share_of(a.payer("Summit Dental PPO")) == Share(1, 1)
    again = AnsweredSum.objects.filter(rule="").values().get()
    AnsweredSum.objects.create(**{**again, "id": None, "answered": 2, "denied": 0})
    assert share_of() == Share(1, 3)
    queues.fold()
    assert (share_of(), AnsweredSum.objects.filter(rule="").count()) == (Share(1, 3), 1)
