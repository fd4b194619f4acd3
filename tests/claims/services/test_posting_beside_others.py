"""Who posts a check holds its claims in the order that everybody keeps: nobody waits in a ring, whatever they do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from claims.models import Appeal, Claim, Coverage, Denial, Remittance, WriteOff
from claims.queries.write_offs import offer_of
from claims.services import (
    appeals,
    coverage,
    denials,
    matching,
    payers,
    posting,
    reason_codes,
    submissions,
    writing_off,
)
from claims.services.recount import differences
from documentation.kernel.machine import NotPossible
from documentation.models import User
from documentation.services.audit import first_bad_event
from tests import factories as f
from tests.claims import checks
from tests.claims.checks import answer, check, take
from tests.claims.services.test_posting import AT, in_appeal, sent

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LATER = AT + timedelta(days=1)
NO_WAITING = connection.vendor == "sqlite"
"""There one writer goes at a time: nobody can come in between, and the verbs run one after the other."""


@pytest.fixture
def biller() -> User:
    return f.user(role="manager")


class Beside:
    """Two verbs at once, each with a connection of its own. `failures` are what they raised."""

    def __init__(self) -> None:
        self.failures: list[BaseException] = []

    def start(self, verb: Callable[[], Any]) -> threading.Thread:
        def run() -> None:
            try:
                verb()
            except BaseException as e:
                self.failures.append(e)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread


def waits_for_another(thread: threading.Thread) -> None:
    """Until somebody waits for a lock in the database, or the other one is through."""
    while thread.is_alive():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)


def post_while(monkeypatch: pytest.MonkeyPatch, check: Remittance, by: User, other: Callable[[], Any]) -> None:
    """Post a check; in its middle, when it has written to the claim and to the trail, `other` begins."""
    both = Beside()
    if NO_WAITING:
        posting.post(check, by=by, at=LATER)
        other()
        return
    reached, go_on, real = threading.Event(), threading.Event(), posting._settle

    def settle(*args: Any, **known: Any) -> None:
        reached.set()
        assert go_on.wait(60)
        real(*args, **known)

    monkeypatch.setattr(posting, "_settle", settle)
    first = both.start(lambda: posting.post(check, by=by, at=LATER))
    assert reached.wait(60)
    second = both.start(other)
    waits_for_another(second)
    go_on.set()
    first.join(60)
    second.join(60)
    assert both.failures == []


def denied(biller: User, **known: Any) -> tuple[Claim, Denial, Remittance]:
    """A claim that was denied, and a check that pays it."""
    claim = sent()
    checks.post(answer(claim, checks.DENIED), by=biller, at=AT, trace="T0")
    (taken,) = take(check(answer(claim), trace="T2", **known), by=biller, at=AT).checks
    return claim, claim.denials.get(), taken.remittance


SORTED = {
    "of_list": "carc", "code": "Z77", "text": "Words", "category": "doc", "source": "list", "effective_on": f.TODAY,
}  # fmt: skip
OF_A_DENIAL: dict[str, Callable[[Denial, User], Any]] = {
    "another cause": lambda d, by: denials.set_cause(d, "coding", "Read anew.", by=by, at=LATER),
    "an owner": lambda d, by: denials.assign(d, by, by=by, at=LATER),
    "a code that is sorted": lambda d, by: reason_codes.save_reason(None, SORTED, by=by, at=LATER),
    "the plan": lambda d, by: coverage.save_coverage(
        d.claim.encounter.patient, Coverage.objects.get(pk=d.claim.coverage_id), {"plan_name": "X"}, by=by, at=LATER
    ),
    "the days to appeal": lambda d, by: payers.record_fact(
        d.claim.coverage.payer, "appeal_days",
        {"value": 90, "source": "manual", "verified_on": f.TODAY}, by=by, at=LATER,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_A_DENIAL)
def test_a_check_is_posted_beside_work_on_its_denial(biller: User, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _, denial, row = denied(biller)
    if name == "a code that is sorted":
        Denial.objects.update(cause="other", machine_cause="other")
    post_while(monkeypatch, row, biller, lambda: OF_A_DENIAL[name](Denial.objects.get(pk=denial.pk), biller))
    denial.refresh_from_db()
    assert denial.status == "resolved"
    assert (differences(), first_bad_event()) == ((1, 0), None)


OF_AN_APPEAL: dict[str, tuple[str, Callable[[Appeal, User], Any]]] = {
    "decided": ("sent", lambda a, by: appeals.decide(
        a, {"outcome": "upheld", "decided_on": LATER.date(), "recovered": 0}, by=by, at=LATER)),
    "withdrawn": ("sent", lambda a, by: appeals.withdraw(a, by=by, at=LATER)),
    "written": ("draft", lambda a, by: appeals.save_letter(a, "Dear plan", by=by, at=LATER, seen=a.revision)),
    "edited again": ("sealed", lambda a, by: appeals.edit_again(a, by=by, at=LATER)),
    "sent": ("sealed", lambda a, by: submissions.send_appeal(a, {}, by=by, at=LATER)),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_AN_APPEAL)
def test_a_check_is_posted_beside_work_on_its_appeal(biller: User, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Who comes second is told in a sentence that the appeal is over by now."""
    _, denial, row = denied(biller)
    status, verb = OF_AN_APPEAL[name]
    appeal = in_appeal(denial, biller, status=status)
    said: list[str] = []

    def other() -> None:
        try:
            verb(Appeal.objects.get(pk=appeal.pk), biller)
        except NotPossible as e:
            said.extend(e.reasons)

    post_while(monkeypatch, row, biller, other)
    appeal.refresh_from_db()
    assert len(said) == 1
    assert appeal.status == ("decided" if status == "sent" else "withdrawn")
    assert (differences(), first_bad_event()) == ((1, 0), None)


def test_a_check_is_posted_beside_a_match_to_its_claim(biller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    claim, _, row = denied(biller)
    late = checks.post(answer(number="OLD-1"), by=biller, at=AT, trace="T3")
    post_while(monkeypatch, row, biller, lambda: matching.match(late.answers.get(), claim, by=biller, at=LATER))
    assert Claim.objects.get(pk=claim.pk).answers.filter(remittance__posted_at__isnull=False).count() == 3
    assert (differences(), first_bad_event()) == ((1, 0), None)


def test_what_is_given_up_beside_an_answer_is_what_was_seen(biller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody looks at what is left, the payer answers anew, and only then the write-off comes."""
    claim = sent()
    checks.post(answer(claim, (("CO", "50", "400"), ("PR", "1", "450"))), by=biller, at=AT, trace="T1")
    denials.resolve(Denial.objects.get(), "Nothing can be done", on=LATER.date(), by=biller, at=LATER)
    (taken,) = take(check(answer(claim, checks.DEDUCTIBLE), trace="T2"), by=biller, at=AT).checks
    seen, said = str(offer_of(Claim.objects.get(pk=claim.pk))), []

    def give_up() -> None:
        try:
            writing_off.request(claim, "Too small.", seen=seen, by=biller, at=LATER)
        except NotPossible as e:
            said.extend(e.reasons)

    post_while(monkeypatch, taken.remittance, biller, give_up)
    assert [s[:43] for s in said] == ["What is left of this claim changed since yo"]
    assert not WriteOff.objects.exists()
    now = str(offer_of(Claim.objects.get(pk=claim.pk)))
    assert (seen, now) == ("400.00/450.00/answered", "800.00/0.00/answered")
    assert writing_off.request(claim, "Hardship.", seen=now, by=biller, at=LATER).amount == 800
    assert (differences(), first_bad_event()) == ((1, 0), None)


@pytest.mark.parametrize("was_answered", [False, True], ids=["first answers", "later answers"])
def test_two_checks_with_the_same_claims_in_opposite_order(biller: User, was_answered: bool) -> None:
    claims = [sent() for _ in range(4)]
    if was_answered:
        checks.post(*(answer(c, checks.DENIED) for c in claims), by=biller, at=AT, trace="T0")
    rows = [
        take(check(*(answer(c) for c in some), trace=f"T{n}"), by=biller, at=AT).checks[0].remittance
        for n, some in enumerate((claims, claims[::-1]), 1)
    ]
    both, start = Beside(), threading.Barrier(2)

    def post(row: Remittance) -> None:
        start.wait()
        posting.post(row, by=biller, at=LATER)

    if NO_WAITING:
        for row in rows:
            posting.post(row, by=biller, at=LATER)
    else:
        for thread in [both.start(lambda row=row: post(row)) for row in rows]:
            thread.join(60)
    assert both.failures == []
    assert [c.adjudication for c in Claim.objects.order_by("pk")] == ["paid"] * 4
    assert (differences(), first_bad_event()) == ((4, 0), None)
