"""The manager's figures stay true: after whatever people do, in whatever order, a recount gives the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from claims.models import Appeal, Claim, ClaimFigures, ClaimNote, Denial, Payer, RemittanceClaim, WriteOff
from claims.queries import calls as calls_due
from claims.queries import week
from claims.queries.sums import COUNTED
from claims.queries.worklists import BY_KEY, queue_counts, queued
from claims.services import (
    appeals,
    calls,
    clocks,
    deciding,
    denials,
    matching,
    payers,
    posting,
    preparation,
    recount,
    remittances,
    submissions,
    work,
    writing_off,
)
from claims.services.recount import differences, rebuild
from claims.workflow import AppealOutcome
from documentation.kernel.machine import Refusal
from documentation.kernel.rule import Cause, Report
from documentation.models import User
from tests import factories as f
from tests.claims import answered, checks

pytestmark = pytest.mark.django_db
START = date(2026, 11, 5)


@pytest.fixture
def practice() -> list[Claim]:
    """A denied claim in appeal, a paid one, and one that waits."""
    rows = [answered.claim(START, transport="sent") for _ in range(3)]
    for row in rows:
        answered.sent(row, START + timedelta(days=1))
    given = answered.answer(rows[0], START + timedelta(days=20), "denied", denied="850.00")
    answered.appeal(answered.denial(given, "images", "850.00", status="appealed"), status="sent")
    answered.answer(rows[1], START + timedelta(days=18), "paid", paid="640.00")
    assert differences() == (3, 0)
    return rows


PLANTED: list[dict[str, Any]] = [
    {"billed": Decimal(1)},
    {"paid": Decimal("639.99")},
    {"initially_denied": None},
    {"first_cause": "coding"},
    {"first_denied": Decimal(849)},
    {"paid_first_time": None},
    {"at_risk": Decimal(1)},
    {"at_risk_until": date(2026, 1, 1)},
    {"submitted_on": None},
    {"answered_on": date(2026, 1, 1)},
    {"paid_on": date(2026, 1, 1)},
    {"appeals_decided": 7},
    {"appeals_overturned": 7},
    {"recovered": Decimal("0.01")},
    {"service_date": date(2026, 1, 1)},
    {"plan_name": "Gold"},
    {"code": "42699"},
    {"stands": None},
    {"sendings": 3},
    {"rejections": 2},
    {"arrived": None},
    {"denied_on": None},
    {"appealed_on": date(2026, 1, 1)},
    {"appealed": Decimal(1)},
    {"regained": Decimal(1)},
    {"written_off": Decimal(1)},
    {"owed": Decimal(1)},
    {"idle_since": answered.moment(START)},
    {"waits_since": START},
    {"ask_again_on": START},
]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: next(iter(p)))
def test_a_planted_difference_is_found_and_mended(practice: list[Claim], planted: dict[str, Any]) -> None:
    (name, value), row = next(iter(planted.items())), ClaimFigures.objects.get(claim=practice[0])
    if isinstance(getattr(row, name), bool):
        value = not getattr(row, name)
    assert getattr(row, name) != value
    ClaimFigures.objects.filter(pk=row.pk).update(**{name: value})
    assert differences() == (3, 1)
    assert rebuild() == (3, 1)
    assert differences() == (3, 0)
    assert rebuild() == (3, 0)


def test_a_row_that_lacks_or_is_another_payers_is_found(practice: list[Claim]) -> None:
    ClaimFigures.objects.filter(claim=practice[0]).delete()
    ClaimFigures.objects.filter(claim=practice[1]).update(payer=answered.payer("Another Plan"))
    assert differences() == (3, 2)
    rebuild()
    assert differences() == (3, 0)


def test_every_figure_is_recounted() -> None:
    counted = {next(iter(p)) for p in PLANTED} | {"payer_id", "clinician_id", "location_id", "biller_id"}
    assert set(recount.FIELDS) == counted


# --- Whatever people do -------------------------------------------------------------------------------------------

ANSWERS = (
    checks.PAID,
    checks.DENIED,
    checks.PARTLY,
    checks.DEDUCTIBLE,
    checks.PENDED,
    (("OA", "101", "850"),),
    (("CO", "97", "850"),),
    (("CO", "252", "425"), ("PR", "1", "425")),
    (("CO", "45", "850"),),
)


class Practice:
    """A few claims, and everything that can happen to them, by the dice."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.biller: User = f.user(role="biller")
        self.day = START + timedelta(days=1)
        self.traces = 0
        self.written: ClaimNote | None = None
        for n in range(6):
            answered.claim(START, of=f"Payer {n % 2}", preparation=self.dice.choice(("draft", "ready")))

    @property
    def at(self) -> datetime:
        return answered.moment(self.day) + timedelta(hours=8)

    @property
    def who(self) -> dict[str, Any]:
        return {"by": self.biller, "at": self.at}

    def claim(self) -> Claim:
        return self.dice.choice(list(Claim.objects.order_by("pk")))

    def one(self, model: Any) -> Any:
        rows = list(model.objects.order_by("pk"))
        return self.dice.choice(rows) if rows else None

    def some_day(self) -> date:
        """Mostly a day that can be."""
        return self.day + timedelta(days=self.dice.choice((0, 0, 0, -1, -3, 1, -400)))

    def sending(self) -> dict[str, Any]:
        return {"channel": "fax", "sent_on": self.some_day(), "proof": "fax_confirmation", "proof_reference": "F"}

    # What can happen

    def send(self) -> None:
        claim = self.claim()
        answered.packet(claim)
        submissions.submit(claim, self.sending(), **self.who)

    def accept(self) -> None:
        submissions.accept(self.claim(), **self.who)

    def reject(self) -> None:
        under_way = list(Claim.objects.filter(transport__in=("sent", "accepted"), adjudication="none").order_by("pk"))
        claim = self.dice.choice(under_way) if under_way else self.claim()  # most are decided soon
        submissions.reject(claim, "Member not found.", **self.who)

    def hold(self) -> None:
        preparation.hold(self.claim(), "Card missing.", **self.who)

    def back_to_draft(self) -> None:
        preparation.back_to_draft(self.claim(), **self.who)

    def answer(self) -> None:
        self.traces += 1
        given = [self.one_answer() for _ in range(self.dice.randint(1, 3))]
        (taken,) = checks.take(
            checks.check(*(a for several in given for a in several), trace=f"T{self.traces}", paid_on=self.some_day()),
            **self.who,
        ).checks
        if self.dice.random() < 0.9:
            try:
                posting.post(taken.remittance, **self.who)
            except ValidationError as e:  # it has no form on which a field could be mended
                raise AssertionError(e.messages) from e

    def one_answer(self) -> Iterator[tuple[float, list[str]]]:
        claim, taken = self.claim(), self.dice.choice(ANSWERS)
        fate = self.dice.random()
        if fate < 0.15:
            yield checks.answer(number="OLD", taken=taken)
            return
        if fate < 0.4:
            yield checks.taken_back(claim, self.dice.choice(ANSWERS))
        if fate < 0.9:
            yield checks.answer(claim, taken)

    def post(self) -> None:
        if waiting := self.one(RemittanceClaim):
            posting.post(waiting.remittance, **self.who)

    def match(self) -> None:
        unmatched = RemittanceClaim.objects.filter(claim=None).order_by("pk").first()
        if unmatched:
            matching.match(unmatched, self.claim(), **self.who)

    def type(self) -> None:
        line = {"code": "D0371", "charge": Decimal(850), "paid": Decimal(0)}
        line["adjustments"] = [{"group": "CO", "carc": "50", "amount": Decimal(850)}]
        self.traces += 1
        values = {"trace": f"E{self.traces}", "paid_on": self.some_day()}
        posting.post(remittances.type_eob(self.claim(), values, [line], scan=None, **self.who), **self.who)

    def appeal(self) -> None:
        if denial := self.one(Denial):
            appeals.open_appeal(denial, **self.who)

    def seal(self) -> None:
        """Typesetting has tests of its own; here the packet is blank."""
        draft = Appeal.objects.filter(status="draft").order_by("pk").first()
        if draft:
            Appeal.objects.filter(pk=draft.pk).update(status="sealed", packet=answered.packet(draft.claim, of=draft))

    def send_appeal(self) -> None:
        if appeal := self.one(Appeal):
            submissions.send_appeal(appeal, self.sending(), **self.who)

    def decide(self) -> None:
        sent = Appeal.objects.filter(status="sent").order_by("pk").first()
        if appeal := sent or self.one(Appeal):
            outcome = self.dice.choice(list(AppealOutcome))
            amount = Decimal(self.dice.choice((100, 850, 900)) if "overturned" in outcome else 0)
            values = {"outcome": outcome, "decided_on": self.some_day(), "recovered": amount}
            appeals.decide(appeal, values, **self.who)

    def withdraw(self) -> None:
        if appeal := self.one(Appeal):
            appeals.withdraw(appeal, **self.who)

    def resolve(self) -> None:
        if denial := self.one(Denial):
            denials.resolve(denial, "So it is.", on=self.day, **self.who)

    def say_otherwise(self) -> None:
        if denial := self.one(Denial):
            denials.set_cause(denial, self.dice.choice(list(Cause)), "By phone.", **self.who)

    def plan_next(self) -> None:
        if denial := self.one(Denial):
            on = self.dice.choice((None, self.day, self.day + timedelta(days=9)))
            denials.plan_next(denial, "Ask for the image", on, **self.who)

    def send_documents(self) -> None:
        if denial := self.one(Denial):
            deciding.decide(denial, "documents", "They lack a page.", **self.who)

    def note(self) -> None:
        self.written = work.write_note(self.claim(), f"Asked on {self.day}.", **self.who)

    def rewrite(self) -> None:
        if self.written:
            work.rewrite_note(self.written, "Asked twice.", **self.who)

    def hand_over(self) -> None:
        work.assign(self.claim(), self.dice.choice((None, self.biller)), self.dice.choice(("", "Yours.")), **self.who)

    def call(self) -> None:
        told = {"outcome": "in_process", "next_on": self.day + timedelta(days=5)}
        waiting = [row for row in Claim.objects.order_by("pk") if calls.waits_for_payer(row)]
        calls.note_call(self.dice.choice(waiting) if waiting else self.claim(), told, **self.who)

    def ask_to_write_off(self) -> None:
        is_silent = self.dice.choice((True, False))
        writing_off.request(self.claim(), "Too little.", unanswered=is_silent, **self.who)

    def refuse_write_off(self) -> None:
        if asked := self.one(WriteOff):
            other = f.user(role="manager")
            act = self.dice.choice((writing_off.refuse, writing_off.approve))
            act(asked, "Not yet.", by=other, at=self.at)

    def withdraw_write_off(self) -> None:
        if asked := self.one(WriteOff):
            writing_off.withdraw(asked, **self.who)

    def policy(self) -> None:
        values = {"appeal_days": self.dice.choice((30, 60, 365, None)), "source": "letter"}
        payers.record_policy(self.one(Payer), values, **self.who)

    def rules(self) -> None:
        key, value = self.dice.choice((("appeal_rules", "medicare"), ("appeal_rules", "erisa"), ("appeal_rules", None)))
        told = {"value": value, "source": "letter", "verified_on": self.dice.choice((self.day, date(2024, 1, 2)))}
        payers.record_fact(self.one(Payer), key, told, **self.who)

    def level(self) -> None:
        values = {
            "name": "Review",
            "number": self.dice.choice((2, 45, 90)),
            "unit": self.dice.choice(("day", "business_day", "month")),
            "presumed_days": self.dice.choice((0, 5)),
            "closed": self.dice.choice(("stands", "after", "before")),
            "applies_from": self.dice.choice((None, self.day - timedelta(days=9))),
            "verified_on": self.dice.choice((None, self.day, date(2024, 1, 2))),
            "source": "manual",
        }
        regime, level = self.dice.choice((("unknown", 1), ("erisa", 1), ("erisa", 2), ("medicare", 1), ("medicare", 2)))
        clocks.record_path(regime, level, values, today=self.day, **self.who)

    def wait(self) -> None:
        self.day += timedelta(days=self.dice.randint(1, 20))


OFTEN = ("send", "answer", "answer", "appeal", "seal", "send_appeal", "decide", "wait")
SELDOM = (
    "accept", "reject", "hold", "back_to_draft", "post", "match", "type", "withdraw", "resolve", "say_otherwise",
    "policy", "rules", "level", "plan_next", "send_documents", "note", "rewrite", "hand_over", "call",
    "ask_to_write_off", "ask_to_write_off", "refuse_write_off", "withdraw_write_off",
)  # fmt: skip


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The claims here are bare rows, and the checks would let none of them leave."""
    monkeypatch.setattr(submissions, "report_of", lambda claim, *, today: Report(()))


def silent_as_kept(day: date) -> set[int]:
    return set(ClaimFigures.objects.filter(week.silent(day)).values_list("pk", flat=True))


def silent_of_calls(day: date) -> set[int]:
    """Of the calls that are due, as their list reckons them, those about claims without a first answer."""
    due = calls_due.silent(day).filter(transport__in=("sent", "accepted"), adjudication__in=("none", "pended"))
    unanswered = ClaimFigures.objects.filter(COUNTED["unanswered"], owed__gt=0, pk__in=due.order_by().values("pk"))
    return set(unanswered.values_list("pk", flat=True))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("seed", range(5))
def test_after_whatever_people_do_the_figures_are_true_and_every_open_claim_has_one_queue(seed: int) -> None:
    practice, done = Practice(seed), Counter[str]()
    for step in range(60):
        name = practice.dice.choice((*OFTEN, *OFTEN, *SELDOM))
        act: Callable[[], None] = getattr(practice, name)
        try:
            act()
            done[name] += 1
        except (Refusal, ValidationError):
            done["refused"] += 1
        assert differences() == (6, 0), (step, name)
        assert silent_as_kept(practice.day) == silent_of_calls(practice.day), (step, name)
        keys = [c.queue for c in queued()]
        assert len(keys) == Claim.objects.filter(closing="open").count() == sum(queue_counts().values()), name
        assert set(keys) <= set(BY_KEY)
    assert done.total() == 60


@pytest.mark.usefixtures("unchecked")
def test_the_dice_reach_every_act() -> None:
    """So that the test above is not true of nothing."""
    done: Counter[str] = Counter()
    practice = Practice(98)
    for _ in range(15):
        for name in (*OFTEN, *SELDOM):
            try:
                getattr(practice, name)()
                done[name] += 1
            except (Refusal, ValidationError):
                continue
    assert {name for name in (*OFTEN, *SELDOM) if not done[name]} == set()
    assert set(Appeal.objects.values_list("status", flat=True)) >= {"decided", "withdrawn"}
    assert differences() == (6, 0)
