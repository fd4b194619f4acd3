"""The kept places of the worklist: whatever people do they are what a recount gives, and what is planted is found."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from claims.apps import _count_sums
from claims.models import AppealSum, Claim, DecidedAppeal, Denial, Payer, QueuedClaim, VisitToBill, WriteOff
from claims.queries.worklists import BY_KEY
from claims.services import closing, coverage, payers, plans, preparation, queues, work, writing_off
from claims.services.recount import differences, rebuild
from documentation.kernel.machine import Refusal
from documentation.models import User
from tests import factories as f
from tests.claims import answered as a

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 5)


def appealed() -> Claim:
    """A claim whose appeal was decided, so that it is in a queue and tells of a chance."""
    row = a.claim(DAY, transport="sent", adjudication="denied")
    denial = a.denial(a.answer(row, DAY + timedelta(days=9), "denied", denied="850.00"), "images", "850.00")
    a.appeal(denial, status="decided", outcome="upheld", decided_on=DAY + timedelta(days=30))
    return row


PLANTED: list[dict[str, Any]] = [
    {"queue": "held"}, {"kind": "medical"}, {"service_date": DAY - timedelta(days=1)}, {"cause": "coding"},
    {"channel": "fax"}, {"dollars": Decimal(1)}, {"last_on": None}, {"open_denial": False},
    {"sent_on": DAY + timedelta(days=99)},
]  # fmt: skip


OTHERS: dict[str, Callable[[], Any]] = {
    "owner": lambda: f.user(role="biller"), "payer": lambda: a.payer("Another Dental"),
    "clinician": lambda: a.claim(DAY, closing="closed", by="Another").encounter.clinician,
    "location": lambda: f.location(name="Another Office"),
}  # fmt: skip
"""What is planted of other rows, which are made for it."""


@pytest.mark.parametrize("name", OTHERS)
def test_a_planted_place_of_somebody_else_is_found_and_mended(name: str) -> None:
    row, other = appealed(), OTHERS[name]()
    n = Claim.objects.count()
    before = QueuedClaim.objects.values().get()
    assert differences() == (n, 0)
    assert QueuedClaim.objects.filter(pk=row.pk).exclude(**{name: other}).update(**{name: other}) == 1
    assert differences() == (n, 1)
    assert rebuild() == (n, 1)
    assert (differences(), QueuedClaim.objects.values().get()) == ((n, 0), before)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: next(iter(p)))
def test_a_planted_place_is_found_and_mended(planted: dict[str, Any]) -> None:
    row = appealed()
    assert differences() == (1, 0)
    QueuedClaim.objects.filter(pk=row.pk).update(**planted)
    assert differences() == (1, 1)
    assert rebuild() == (1, 1)
    assert differences() == (1, 0)


def test_what_lacks_or_is_too_many_is_found_and_mended() -> None:
    row, closed = appealed(), a.claim(DAY, closing="closed")
    before = QueuedClaim.objects.values().get()
    QueuedClaim.objects.all().delete()
    assert differences() == (2, 1)
    rebuild()
    QueuedClaim.objects.create(**{**before, "claim_id": closed.pk})
    assert differences() == (2, 1)
    rebuild()
    AppealSum.objects.update(won=1)
    assert differences() == (2, 1)
    rebuild()
    DecidedAppeal.objects.update(won=1)
    VisitToBill.objects.create(encounter=row.encounter, service_date=row.service_date)
    assert differences() == (2, 2)
    rebuild()
    assert (differences(), QueuedClaim.objects.values().get()) == ((2, 0), before)


def test_every_kept_column_is_recounted() -> None:
    planted = {*OTHERS, *(next(iter(p)) for p in PLANTED)}
    assert {f.name for f in QueuedClaim._meta.concrete_fields} == {"claim"} | planted


def test_a_practice_of_before_has_its_visits_and_chances_counted_when_it_is_brought_up_to_date() -> None:
    """No claim is open there: a signed visit waits to be billed, and the appeal of a closed claim was decided."""
    visit, row = f.signed_encounter(), appealed()
    Claim.objects.filter(pk=row.pk).update(closing="closed")
    queues.place(row.pk)
    for model in (VisitToBill, DecidedAppeal, AppealSum):
        kept = list(model._default_manager.values())
        model._default_manager.all().delete()
        _count_sums(None, "default")
        again = [{**new, "id": old["id"]} if "id" in old else new for new, old in zip(
            model._default_manager.values(), kept, strict=True)]  # fmt: skip
        assert again == kept, model
    assert visit.pk in VisitToBill.objects.values_list("pk", flat=True)
    assert differences() == (1, 0)


def test_a_setting_that_changes_the_last_day_to_file_is_followed_at_night(settings: Any) -> None:
    row = a.claim(DAY)
    told = {"value": 400, "source": "manual", "verified_on": DAY - timedelta(days=100)}
    payers.record_fact(row.coverage.payer, "timely_filing_days", told, by=f.user(role="manager"), at=f.AT)
    assert QueuedClaim.objects.get().last_on == DAY + timedelta(days=400)
    assert queues.renew() == 0
    settings.PLAYBOOK_DAYS = 30
    assert queues.renew() == 1
    assert QueuedClaim.objects.get().last_on == DAY + timedelta(days=90)
    assert (queues.renew(), differences()) == (0, (1, 0))


class Practice:
    """Visits, plans and people, and what changes the place of a claim without any answer, by the dice.

    Answers, denials and appeals are thrown in test_figures.py, whose recount looks at places, too.
    """

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.who: dict[str, Any] = {"by": f.user(role="manager"), "at": f.AT}
        payers.set_fee("D0371", Decimal(850), effective_on=date(2020, 1, 1), **self.who)
        self.visits = [f.signed_encounter() for _ in range(2)]
        for n, visit in enumerate(self.visits):
            for priority, name in enumerate(("First Dental", "Second Dental")[: n + 1], start=1):
                f.coverage(
                    person=visit.patient, with_payer=a.payer(name), priority=priority, member_id=f"M{n}{priority}"
                )
        for _ in range(3):
            denied = a.claim(DAY, transport="sent", adjudication="denied")
            a.denial(a.answer(denied, DAY + timedelta(days=9), "denied", denied="850.00"), "images", "850.00")

    def one(self, rows: Any) -> Any:
        return self.dice.choice(list(rows.order_by("pk")))

    def start(self) -> None:
        preparation.start_claims(self.dice.choice(self.visits), **self.who)

    def hold(self) -> None:
        # What was sent is neither held nor a draft again.
        preparation.hold(self.one(Claim.objects.filter(closing="open", transport="none")), "Wait.", **self.who)

    def back_to_draft(self) -> None:
        preparation.back_to_draft(self.one(Claim.objects.filter(transport="none")), **self.who)

    def void(self) -> None:
        row = self.one(Claim.objects.filter(closing="open"))
        closing.void(row, "By mistake.", told="By phone.", **self.who)

    def assign(self) -> None:
        work.assign(self.one(Claim.objects.all()), self.dice.choice([None, *User.objects.order_by("pk")]), **self.who)

    def ask_to_write_off(self) -> None:
        denial = self.one(Denial.objects.all())
        writing_off.request(denial.claim, "Too small.", denial=denial, **self.who)

    def say_no(self) -> None:
        verb = self.dice.choice((writing_off.withdraw, lambda row, **who: writing_off.refuse(row, "No.", **who)))
        verb(self.one(WriteOff.objects.filter(status="requested")), **self.who)

    def approve(self) -> None:
        asked = self.one(WriteOff.objects.filter(status="requested"))
        writing_off.approve(asked, by=f.user(role="manager"), at=f.AT)

    def reopen(self) -> None:
        closing.reopen(self.one(Claim.objects.exclude(closing="open")), **self.who)

    def limit(self) -> None:
        told = {"value": self.dice.choice((30, 90, 400, None)), "source": "manual", "verified_on": DAY}
        payers.record_fact(self.one(Payer.objects.all()), "timely_filing_days", told, **self.who)

    def terms(self) -> None:
        clock = self.dice.choice(("primary", "service", "unknown"))
        plans.record_payer_terms(self.one(Payer.objects.all()), {"secondary_clock": clock}, **self.who)

    def end_plan(self) -> None:
        plan = self.one(self.dice.choice(self.visits).patient.coverages.all())
        ends = self.dice.choice((None, DAY - timedelta(days=400), DAY + timedelta(days=400)))
        coverage.save_coverage(plan.patient, plan, {"terminated_on": ends}, **self.who)


ACTS = "start start hold back_to_draft void assign ask_to_write_off say_no approve reopen limit terms end_plan".split()


@pytest.mark.parametrize("seed", range(2))
def test_after_whatever_people_do_each_open_claim_has_one_place_and_it_is_true(seed: int, settings: Any) -> None:
    settings.WRITE_OFF_LIMIT = 100
    practice, done = Practice(seed), set()
    for step in range(80):
        name = practice.dice.choice(ACTS)
        try:
            getattr(practice, name)()
            done.add(name)
        except (Refusal, ValidationError, IndexError):
            continue
        assert differences()[1] == 0, (step, name)
        still_open = set(Claim.objects.filter(closing="open").values_list("pk", flat=True))
        assert set(QueuedClaim.objects.values_list("pk", flat=True)) == still_open
        assert set(QueuedClaim.objects.values_list("queue", flat=True)) <= set(BY_KEY)
    assert len(done) >= 10, done


def test_a_later_plan_moves_on_when_the_first_one_answers() -> None:
    first = a.claim(DAY, transport="sent")
    second = a.claim(DAY, of="Second Dental")
    Claim.objects.filter(pk=second.pk).update(encounter=first.encounter, sequence=2)
    queues.place(second.pk)
    assert QueuedClaim.objects.get(pk=second.pk).queue == "first_plan"
    Claim.objects.filter(pk=first.pk).update(adjudication="paid")
    a.answer(first, DAY + timedelta(days=20), "paid", paid="640.00")
    assert QueuedClaim.objects.get(pk=second.pk).queue == "to_send"
