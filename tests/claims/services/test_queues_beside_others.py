"""Places are kept by several at once: nobody waits in a ring, and whoever comes second sees what the first one did."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from claims.models import Claim, OwedClaim, Payer, QueuedClaim
from claims.services import closing, matching, payers, posting, preparation, queues, work, writing_off
from claims.services.recount import differences
from documentation.models import User
from tests import factories as f
from tests.claims import checks
from tests.claims.checks import answer, check, take
from tests.claims.services.test_posting import AT, sent
from tests.claims.services.test_posting_beside_others import NO_WAITING, Beside, waits_for_another

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LATER = AT + timedelta(days=1)


@pytest.fixture
def biller() -> User:
    return f.user(role="manager")


@pytest.fixture
def first(biller: User) -> Claim:
    """A claim that the first plan has, of a patient with a second one."""
    row = sent()
    patient = row.encounter.patient
    f.coverage(person=patient, with_payer=f.payer(name="Second Dental", payer_id="SECOND"), priority=2, member_id="M2")
    return row


def side_by_side(
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    first: Callable[[], Any],
    second: Callable[[], Any],
    at_call: int = 1,
) -> None:
    """`first` stands still where it calls a function of a module, and `second` begins; then both go on."""
    if NO_WAITING:
        first()
        second()
        return
    both, reached, go_on, real = Beside(), threading.Event(), threading.Event(), getattr(module, name)
    mine, calls = threading.local(), iter(range(1, 100))

    def waits(*args: Any, **known: Any) -> Any:
        if hasattr(mine, "is_first") and next(calls) == at_call:
            reached.set()
            assert go_on.wait(60)
        return real(*args, **known)

    monkeypatch.setattr(module, name, waits)

    def begin() -> None:
        mine.is_first = True
        first()

    threads = [both.start(begin)]
    assert reached.wait(60)
    threads.append(both.start(second))
    waits_for_another(threads[1])
    go_on.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert both.failures == []


def second_plan(first: Claim, biller: User) -> Claim:
    plan = first.encounter.patient.coverages.get(priority=2)
    return preparation.start_claim(first.encounter, plan, sequence=2, fee=Decimal(850), by=biller, at=LATER)


def paid(claim: Claim, biller: User) -> Callable[[], Any]:
    (taken,) = take(check(answer(claim), trace="T9"), by=biller, at=AT).checks
    return lambda: posting.post(taken.remittance, by=biller, at=LATER)


def test_a_match_beside_work_on_the_claim_that_waits_for_it(
    first: Claim, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The match has written to the trail when the later plan's claim is handed over."""
    second, colleague = second_plan(first, biller), f.user(role="biller")
    late = checks.post(answer(number="OLD-1"), by=biller, at=AT, trace="T3").answers.get()
    side_by_side(
        monkeypatch, matching, "post_answer",
        lambda: matching.match(late, first, by=biller, at=LATER),
        lambda: work.assign(second, colleague, by=biller, at=LATER),
    )  # fmt: skip
    assert QueuedClaim.objects.get(pk=second.pk).owner == colleague
    assert differences() == (2, 0)


@pytest.mark.parametrize("way", ["started", "opened again"])
def test_a_later_plans_claim_beside_the_first_ones_answer(
    first: Claim, biller: User, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    def start() -> Any:
        return second_plan(first, biller)

    verb = start
    if way == "opened again":
        second = start()
        Claim.objects.filter(pk=second.pk).update(closing="closed")
        queues.place(second.pk)

        def verb() -> Any:
            closing.reopen(second, by=biller, at=LATER)

    post = paid(first, biller)
    side_by_side(monkeypatch, posting, "record", post, verb)
    assert QueuedClaim.objects.get(claim__sequence=2).queue != "first_plan"
    assert differences() == (2, 0)


def test_a_claim_that_is_started_while_a_time_to_file_is_written_down(
    first: Claim, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = Payer.objects.get(payer_id="SECOND")
    told = {"value": 30, "source": "manual", "verified_on": date(2026, 11, 1)}
    side_by_side(
        monkeypatch, payers, "record",
        lambda: payers.record_fact(payer, "timely_filing_days", told, by=biller, at=LATER),
        lambda: second_plan(first, biller),
    )  # fmt: skip
    assert differences() == (2, 0)


def test_several_facts_of_a_payer_beside_work_on_its_claim(
    first: Claim, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One fact was written, and the trail with it, when a claim is handed over that the next fact moves."""
    second, colleague = second_plan(first, biller), f.user(role="biller")
    told = {"covers_d0371": "no", "timely_filing_days": 30, "source": "manual", "verified_on": date(2026, 11, 1)}
    keys = ("covers_d0371", "timely_filing_days")
    side_by_side(
        monkeypatch, payers, "_write",
        lambda: payers.record_policy(second.coverage.payer, told, keys=keys, by=biller, at=LATER),
        lambda: work.assign(second, colleague, by=biller, at=LATER),
        at_call=2,
    )  # fmt: skip
    assert QueuedClaim.objects.get(pk=second.pk).owner == colleague
    assert differences() == (2, 0)


def test_a_denial_of_a_later_plan_is_written_off_beside_the_first_plans_answer(
    first: Claim, biller: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The answer holds the first claim and waits for the second; with what that one owes no more, what the first one
    owes is written down.
    """
    settings.WRITE_OFF_LIMIT = 850
    second = second_plan(first, biller)
    Claim.objects.filter(pk=second.pk).update(preparation="ready", transport="sent")
    checks.post(answer(second, checks.DENIED), by=biller, at=AT, trace="T5")
    denial = second.denials.get()
    assert [row.pk for row in OwedClaim.objects.all()] == [second.pk]
    side_by_side(
        monkeypatch, writing_off, "_amount",
        lambda: writing_off.request(second, "Too small to pursue.", denial=denial, by=biller, at=LATER),
        paid(first, biller),
    )  # fmt: skip
    assert second.write_offs.get().status == "approved"
    assert differences() == (2, 0)
