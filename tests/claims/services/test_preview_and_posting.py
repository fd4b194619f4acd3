"""What the page of a check says that posting will do is what posting then does, whatever came before."""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.codes.crossover import NextStep
from claims.effect import ClaimState
from claims.models import Appeal, Claim, Coverage, Payer, Remittance
from claims.queries import checks as checks_shown
from claims.queries import previews
from claims.queries.effects import states_of
from claims.queries.next_plan import Next
from claims.queries.plans import order_of
from claims.services import appeals, matching, posting, writing_off
from claims.services.recount import differences
from claims.workflow import AppealStatus, ClaimWord, Closing, DenialStatus
from documentation.kernel.machine import NotPossible
from documentation.kernel.money import to_cents
from documentation.models import User
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.checks import answer, check, take, taken_back
from tests.claims.services.test_plans import confirm
from tests.claims.services.test_posting import AT, sent

pytestmark = pytest.mark.django_db

_traces = itertools.count(1)
ESTIMATE = (("OA", "101", "850"),)
HIDDEN = (("CO", "45", "850"),)
WON_LITTLE = (("CO", "45", "50"), ("CO", "50", "100"))
WHOLE = {
    "paid": checks.PAID, "denied": checks.DENIED, "partly": checks.PARTLY, "deductible": checks.DEDUCTIBLE,
    "pended": checks.PENDED, "hidden": HIDDEN, "won little": WON_LITTLE, "estimate": ESTIMATE,
}  # fmt: skip
PARTS = {"first part": ("500", (("CO", "45", "100"),)), "other part": ("350", (("CO", "50", "350"),))}
ON = {"paid, passed on": (checks.PAID, "19"), "not covered, passed on": ((("OA", "290", "850"),), "1")}
BACK = {f"{name} taken back": WHOLE[name] for name in ("paid", "denied", "partly", "pended")}
PEOPLE = ("appeal", "send", "write off")
SAID = st.sampled_from([*WHOLE, *PARTS, *BACK, *ON])
MOVES = st.lists(st.one_of(st.lists(SAID, min_size=1, max_size=3), st.sampled_from(PEOPLE)), min_size=1, max_size=6)


def said(claim: Claim, name: str) -> tuple[float, list[str]]:
    if name in WHOLE:
        return answer(claim, WHOLE[name])
    if name in ON:
        taken, status = ON[name]
        return answer(claim, taken, status=status)
    if name in BACK:
        return taken_back(claim, BACK[name])
    charge, taken = PARTS[name]
    return answer(claim, taken, charge=charge, line="")


def expected(state: ClaimState) -> ClaimState:
    """A state without the keys of rows that are not written yet: a denial is known by its answer."""
    return replace(state, denials=tuple(replace(d, key=0) for d in state.denials))


def post_as_told(claim: Claim, names: list[str], by: User, at: Any) -> None:
    """Take a check in, read what its page says, post it, and hold both together."""
    text = check(*(said(claim, name) for name in names), trace=f"S{next(_traces)}")
    (taken,) = take(text, by=by, at=at).checks
    row = Remittance.objects.get(pk=taken.remittance.pk)
    shown = previews.explained(row, checks_shown.answers_of(row), at=at)
    changes = [change for one in shown for change in one.changes]
    assert len(changes) == len(names)
    assert all(a.after == b.before for a, b in itertools.pairwise(changes))
    assert states_of([claim.pk])[claim.pk] == changes[0].before
    others = next_claims(claim)
    assert posting.post(row, by=by, at=at)
    assert next_claims(claim) == foreseen(others, changes[-1].ahead)
    assert not any(change.ahead for change in changes[:-1])
    now, told = Claim.objects.get(pk=claim.pk), changes[-1]
    assert expected(states_of([claim.pk])[claim.pk]) == expected(told.after)
    assert now.word is told.word_after
    assert to_cents(now.figures.paid) == told.after.paid_cents
    assert to_cents(now.figures.at_risk) == told.after.at_risk_cents
    assert to_cents(now.figures.recovered) == sum(a.recovered_cents for a in told.after.appeals)
    assert now.denials.count() == len(told.after.denials)
    assert differences()[1] == 0


def next_claims(claim: Claim) -> list[str]:
    """The transport of the patient's claims to other plans."""
    rows = Claim.objects.filter(encounter__patient=claim.encounter.patient_id).exclude(pk=claim.pk)
    return list(rows.order_by("pk").values_list("transport", flat=True))


def foreseen(before: list[str], ahead: Next | None) -> list[str]:
    """The same as they will be: one claim is started, or one is written down as passed on, or both."""
    if ahead is None or ahead.against:
        return before
    return {
        NextStep.NONE: before,
        NextStep.START: ["none"],
        NextStep.HANDED_ON: ["sent"],
        NextStep.STARTED_HANDED_ON: ["sent"],
    }[ahead.step]


def with_plan(claim: Claim, known: str, by: User) -> None:
    """Give a claim's patient a medical plan that pays second; `known` says whether a person confirmed the order."""
    if known == "alone":
        return
    health = answered.payer("Specimen Health")
    Payer.objects.filter(pk=health.pk).update(line="medical")
    Coverage.objects.create(patient=claim.encounter.patient, payer=health, member_id="M5", priority=2)
    if known == "confirmed":
        order = [plan.pk for plan in order_of(claim.encounter.patient, claim.service_date).plans]
        confirm(claim.encounter, by, order=order, reason="The patient says so.")


def work(claim: Claim, move: str, by: User, at: Any) -> None:
    """What people do in between, where it is possible."""
    row = Claim.objects.get(pk=claim.pk)
    denial = row.denials.filter(status=DenialStatus.OPEN, may_appeal=True).last()
    waiting = row.appeals.filter(status=AppealStatus.DRAFT).last()
    if move == "appeal" and denial and row.closing != Closing.WRITTEN_OFF:
        appeals.open_appeal(denial, by=by, at=at)
    elif move == "send" and waiting:
        Appeal.objects.filter(pk=waiting.pk).update(status="sent", packet=answered.packet(row, of=waiting))
        answered.sent(row, at.date(), appeal=waiting)
    elif move == "write off" and denial and row.closing == Closing.OPEN:
        with suppress(NotPossible):  # the payer has not decided on all of it
            asked = writing_off.request(row, "Given up.", denial=denial, by=by, at=at)
            if asked.limit is not None:
                writing_off.approve(asked, by=f.user(role="manager"), at=at)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(moves=MOVES, plans=st.sampled_from(["alone", "open", "confirmed"]))
def test_what_a_check_will_do_is_what_it_does(moves: list[Any], plans: str) -> None:
    with transaction.atomic():
        biller, claim = f.user(role="biller"), sent()
        with_plan(claim, plans, biller)
        for n, move in enumerate(moves):
            at = AT + timedelta(days=n)
            if isinstance(move, str):
                work(claim, move, biller, at)
            else:
                post_as_told(claim, move, biller, at)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "moves",
    [
        [["denied"], ["denied taken back", "paid"]],
        [["denied"], ["paid", "denied taken back"]],
        [["denied"], "write off", ["paid"]],
        [["denied"], "write off", ["denied taken back"]],
        [["denied"], "appeal", ["paid"]],
        [["denied"], "appeal", "send", ["partly"]],
        [["partly"], "appeal", "send", ["partly taken back", "won little"], ["denied"]],
        [["paid"], ["paid"]],
        [["paid"], ["paid taken back"], ["paid taken back"]],
        [["pended"], ["first part", "other part"], ["pended"]],
        [["denied", "partly", "denied taken back"]],
        [["paid, passed on"], ["paid"]],
        [["paid"], ["paid, passed on"]],
        [["not covered, passed on"], ["paid"]],
        [["first part"], ["other part", "paid, passed on"], ["paid taken back"]],
        [["paid", "paid taken back"], ["paid"]],
    ],
    ids=lambda moves: " then ".join(m if isinstance(m, str) else " and ".join(m) for m in moves),
)
def test_roads_that_were_walked_wrongly_before(moves: list[Any]) -> None:
    biller, claim = f.user(role="biller"), sent()
    with_plan(claim, "confirmed", biller)
    for n, move in enumerate(moves):
        at = AT + timedelta(days=n)
        if isinstance(move, str):
            work(claim, move, biller, at)
        else:
            post_as_told(claim, move, biller, at)


def test_the_words_say_what_is_undone() -> None:
    biller, claim = f.user(role="biller"), sent()
    checks.post(answer(claim, checks.DENIED), by=biller, at=AT, trace="T0")
    asked = writing_off.request(claim, "Given up.", denial=claim.denials.get(), by=biller, at=AT)
    writing_off.approve(asked, by=f.user(role="manager"), at=AT)
    (taken,) = take(check(answer(claim, checks.PAID), trace="T2"), by=biller, at=AT).checks
    row = taken.remittance
    (one,) = previews.explained(row, checks_shown.answers_of(row), at=AT)
    (change,) = one.changes
    assert "; ".join(change.steps) == (
        "Opens the claim again and takes its write-off of $850.00 back; replaces the answer of $850.00 denied;"
        " closes the claim; leaves $160.00 to the patient"
    )
    assert [(s.label, s.before, s.after) for s in change.sums] == [
        ("Paid by the plan", 0, 64_000),
        ("Written off", 85_000, 0),
    ]
    assert (change.word_before, change.word_after) == (ClaimWord.DENIED, ClaimWord.PAID)


def test_many_answers_are_shown_in_as_many_queries_as_few() -> None:
    biller = f.user(role="biller")

    def asked(number: int) -> int:
        claims = [sent() for _ in range(number)]
        checks.post(*(answer(c, checks.DENIED) for c in claims), by=biller, at=AT, trace=f"D{number}")
        (taken,) = take(check(*(answer(c) for c in claims), trace=f"P{number}"), by=biller, at=AT).checks
        with CaptureQueriesContext(connection) as queries:
            shown = previews.explained(taken.remittance, checks_shown.answers_of(taken.remittance), at=AT)
            assert [len(one.changes[0].steps) for one in shown] == [4] * number
            assert {one.changes[0].word_before for one in shown} == {ClaimWord.DENIED}
        return len(queries)

    assert asked(7) == asked(2)


def test_a_merged_answer_says_whose_numbers_it_bears_and_then_what_each_part_does() -> None:
    biller, one, two = f.user(role="biller"), sent(), sent()
    (taken,) = take(check(checks.merged(one, two)), by=biller, at=AT).checks
    row = taken.remittance

    def shown() -> previews.Answer:
        (answer,) = previews.explained(row, checks_shown.answers_of(row), at=AT)
        return answer

    assert (shown().named, shown().changes) == ((one.number, two.number), ())
    matching.split(row.answers.get(), [one, two], by=biller, at=AT)
    told = shown()
    assert (told.named, [c.claim for c in told.changes]) == ((), [one, two])
    assert posting.post(row, by=biller, at=AT)
    for change in told.changes:
        assert expected(states_of([change.claim.pk])[change.claim.pk]) == expected(change.after)
