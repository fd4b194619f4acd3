"""The worklist's filters, order and priority against a plain loop over rows that shares nothing with the query."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from claims.models import Appeal, Claim, Denial, Payer, PlaybookFact, RemittanceClaim, Submission
from claims.queries import narrowing
from claims.queries.choices import choices
from claims.queries.deadlines import appeal_deadline
from claims.queries.filing import filing_of_claim, with_clock
from claims.queries.narrowing import ENOUGH, NEUTRAL, NO_CLOCK_DAYS, Narrowed
from claims.queries.worklists import queued
from claims.services.figures import refresh
from documentation.kernel.permissions import Role
from documentation.models import User
from tests import factories as f
from tests.claims import answered as a

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 6)
PAYERS = ("Summit Dental PPO", "Example Dental Plan", "Harbor Mutual")
CAUSES = ("images", "coding", "documentation")
DRAWS = 120


@pytest.fixture
def people() -> list[User]:
    """Two who work on claims, one who left, and one who does other work now."""
    left = f.user(role=Role.BILLER)
    User.objects.filter(pk=left.pk).update(is_active=False)
    return [f.user(role=Role.BILLER), f.user(role=Role.MANAGER), left, f.user(role=Role.CLINICIAN)]


@pytest.fixture
def claims(people: list[User]) -> list[Claim]:
    """Claims in every condition, drawn by chance but the same each time."""
    chance = random.Random(371)
    _limits()
    made = []
    for n in range(56):
        day = TODAY - timedelta(days=chance.randrange(0, 400))
        row = a.claim(
            day,
            of=chance.choice(PAYERS),
            by=chance.choice(("Example", "Sample")),
            billed=f"{chance.randrange(100, 2500)}.{chance.randrange(100):02d}",
            preparation=chance.choice(("draft", "ready", "held")),
            transport=chance.choice(("none", "none", "sent", "accepted", "rejected")),
            adjudication=chance.choice(("none", "none", "denied", "partly_paid")),
            closing=chance.choice(("open", "open", "open", "closed")),
        )
        kind, owner = chance.choice(("dental", "medical")), chance.choice((None, *people[:2]))
        if owner and n % 4 == 0:
            owner = people[2 + n % 8 // 4]
        if row.adjudication == "none" and n % 3 == 0:
            row.adjudication = "pended"
        Claim.objects.filter(pk=row.pk).update(kind=kind, owner=owner, adjudication=row.adjudication)
        if row.adjudication in ("denied", "partly_paid"):
            paid = "40.00" if row.adjudication == "partly_paid" else "0.00"
            given = a.answer(row, day + timedelta(days=10), row.adjudication, paid=paid, denied="60.00")
            for _ in range(chance.choice((0, 1, 2))):
                status = chance.choice(("open", "open", "appealed", "resolved"))
                denial = a.denial(given, chance.choice(CAUSES), f"{chance.randrange(20, 300)}.00", status=status,
                                  may_appeal=chance.choice((True, True, False)))  # fmt: skip
                if status == "appealed":
                    a.appeal(denial, status=chance.choice(("draft", "sealed", "sent")))
        if n % 7 == 0:
            a.sent(row, day + timedelta(days=1))
        made.append(row)
    # Enough decided appeals of one payer and cause, and too few of another.
    for n in range(ENOUGH + 3):
        _decided(PAYERS[0], "images", won=n % 4 != 0)
    for n in range(3):
        _decided(PAYERS[1], "coding", won=bool(n))
    for row in made:
        refresh(Claim.objects.get(pk=row.pk))
    return made


def _limits() -> None:
    """One payer with a sound time to file, one with a stale one, one of which nobody knows anything."""
    for name, days, verified in (
        (PAYERS[0], 120, date(2026, 9, 1)), (PAYERS[1], 400, date(2024, 1, 1)), (PAYERS[1], 30, date(2023, 1, 1))
    ):  # fmt: skip
        PlaybookFact.objects.create(
            payer=a.payer(name), key="timely_filing_days", value=days, source="manual", verified_on=verified,
            plan_name="" if days != 30 else "Elsewhere", recorded_at=f.AT, recorded_by=a.somebody(),
        )  # fmt: skip


def _decided(payer: str, cause: str, *, won: bool) -> None:
    row = a.claim(date(2026, 1, 5), of=payer, transport="sent", adjudication="denied", closing="closed")
    denial = a.denial(a.answer(row, date(2026, 2, 1), "denied", denied="850.00"), cause, "850.00", status="resolved")
    a.appeal(denial, status="decided", outcome="overturned_full" if won else "upheld", decided_on=date(2026, 3, 1))


# --- The same by a plain loop -------------------------------------------------------------------------------------


def _open(claim: Claim) -> list[Denial]:
    return [d for d in Denial.objects.filter(claim=claim).order_by("denied_on", "pk") if d.status != "resolved"]


def _facts(claim: Claim) -> dict[str, Any]:
    """What the list should know of a claim, from its rows."""
    denials = _open(claim)
    paid = sum((r.paid for r in RemittanceClaim.objects.filter(claim=claim)), Decimal(0))
    cause = denials[0].cause if denials else ""
    if denials:
        dollars = min(sum((d.amount for d in denials), Decimal(0)), claim.total)
        days = [x.due_on for x in Appeal.objects.filter(denial__in=denials) if x.status in ("draft", "sealed")]
        days += [appeal_deadline(d).day for d in denials if d.status == "open" and d.may_appeal]
        last_on = min(days, default=None)
        decided = [
            x for x in Appeal.objects.filter(status="decided", denial__cause=cause)
            if x.claim.coverage.payer_id == claim.coverage.payer_id
        ]  # fmt: skip
        won = sum(x.outcome.startswith("overturned") for x in decided)
        chance = won / len(decided) if len(decided) >= ENOUGH else NEUTRAL
    else:
        is_decided = claim.adjudication not in ("none", "pended")
        dollars, chance, last_on = Decimal(0) if is_decided else max(claim.total - paid, Decimal(0)), 1.0, None
        if claim.transport in ("none", "rejected") and claim.adjudication == "none":
            last_on = filing_of_claim(with_clock(Claim.objects.filter(pk=claim.pk)).get(), TODAY).due
    left = max(1, (last_on - TODAY).days) if last_on else NO_CLOCK_DAYS
    sending = Submission.objects.filter(claim=claim).order_by("sent_on", "pk").last()
    return {
        "cause": cause,
        "dollars": dollars,
        "last_on": last_on,
        "chance": chance,
        "days": left,
        "priority": float(dollars) * chance / left,
        "channel": sending.channel if sending else "",
    }


def _is_nobodys(claim: Claim) -> bool:
    owner = claim.owner
    return owner is None or not owner.is_active or owner.role not in ("biller", "manager")


def _fits(claim: Claim, known: dict[str, Any], n: Narrowed, user: User) -> bool:
    age = (TODAY - claim.service_date).days
    asked = [
        (n.scope == "mine", claim.owner_id == user.pk),
        (n.scope == "unassigned", _is_nobodys(claim)),
        (n.owner, claim.owner_id == n.owner),
        (n.payer, claim.coverage.payer_id == n.payer),
        (n.kind, claim.kind == n.kind),
        (n.clinician, claim.encounter.clinician_id == n.clinician),
        (n.location, claim.encounter.location_id == n.location),
        (n.cause, known["cause"] == n.cause),
        (n.channel, known["channel"] == n.channel),
        (n.age is not None, age >= (n.age or 0)),
        (n.least is not None, known["dollars"] >= (n.least or 0)),
        (n.most is not None, known["dollars"] <= (n.most or 0)),
        (n.within is not None, known["last_on"] and (known["last_on"] - TODAY).days <= (n.within or 0)),
    ]
    return all(fits for wanted, fits in asked if wanted)


def _draw(chance: random.Random, claims: list[Claim], people: list[User]) -> Narrowed:
    """Two or three filters at once, drawn so that many of them find something."""
    one = chance.choice(claims)
    values: dict[str, Any] = {
        "scope": chance.choice(("mine", "unassigned", "all")),
        "owner": chance.choice(people[:2]).pk,
        "payer": one.coverage.payer_id,
        "kind": chance.choice(("dental", "medical")),
        "clinician": one.encounter.clinician_id,
        "location": one.encounter.location_id,
        "cause": chance.choice(CAUSES),
        "channel": chance.choice(("portal", "fax")),
        "age": chance.randrange(0, 400),
        "least": chance.randrange(0, 1500),
        "most": chance.randrange(100, 2500),
        "within": chance.randrange(0, 400),
    }
    return Narrowed(**{k: values[k] for k in chance.sample(sorted(values), chance.choice((1, 2, 2, 3)))})


def test_any_filters_find_what_a_plain_loop_finds(claims: list[Claim], people: list[User]) -> None:
    chance, user = random.Random(4), people[0]
    still_open = list(
        Claim.objects.filter(closing="open").select_related("coverage", "encounter", "owner").order_by("pk")
    )
    known = {c.pk: _facts(c) for c in still_open}
    queue_of = dict(queued().values_list("pk", "queue"))
    on, workers = narrowing.footing(TODAY), choices()["owner"]
    found_some = 0
    for _ in range(DRAWS):
        chosen = _draw(chance, still_open, people)
        expected = {c.pk for c in still_open if _fits(c, known[c.pk], chosen, user)}
        found = narrowing.all_chosen(chosen, on)
        listed = narrowing.weights(narrowing.ordered(narrowing.in_scope(found, chosen.scope, user.pk), "priority"), on)
        assert {w.claim for w in listed} == expected, chosen
        counts = narrowing.counts_of(narrowing.by_queue(found), user.pk, workers)
        assert counts.total(chosen.scope) == len(expected), chosen
        for queue in set(queue_of.values()):
            assert counts.of(queue, chosen.scope) == sum(queue_of[pk] == queue for pk in expected)
        found_some += bool(expected)
    assert found_some > DRAWS / 3  # the draw is no test of emptiness


def test_every_weight_is_what_the_rows_say(claims: list[Claim], people: list[User]) -> None:
    on = narrowing.footing(TODAY)
    listed = {w.claim: w for w in narrowing.weights(narrowing.weighed(on).order_by("pk"), on)}
    chances = set()
    for claim in Claim.objects.filter(closing="open").select_related("coverage", "encounter"):
        known, weight = _facts(claim), listed[claim.pk]
        assert weight.dollars == known["dollars"]
        assert (weight.cause, weight.last_on, weight.days) == (known["cause"], known["last_on"], known["days"])
        assert weight.chance == pytest.approx(known["chance"])
        assert weight.priority == pytest.approx(known["priority"])
        chances.add((weight.share is None, weight.is_own))
    assert chances == {(True, False), (False, True), (False, False)}


@pytest.mark.parametrize("order", ["priority", "due", "oldest", "amount"])
def test_the_order_is_the_chosen_one_and_pages_do_not_overlap(claims: list[Claim], order: str) -> None:
    on = narrowing.footing(TODAY)
    rows = narrowing.ordered(narrowing.weighed(on), order)
    whole = narrowing.weights(rows, on)
    keys: dict[str, Any] = {
        "priority": lambda w: -w.priority,
        "due": lambda w: w.last_on or date.max,
        "oldest": lambda w: Claim.objects.get(pk=w.claim).service_date,
        "amount": lambda w: -w.dollars,
    }
    values = [keys[order](w) for w in whole]
    assert values == sorted(values)
    pages = [w.claim for n in range(0, len(whole), 7) for w in narrowing.weights(rows[n : n + 7], on)]
    assert pages == [w.claim for w in whole]


def test_a_kept_last_day_that_has_passed_counts_as_one_day() -> None:
    row = a.claim(TODAY - timedelta(days=600), transport="sent", adjudication="denied")
    a.denial(a.answer(row, TODAY - timedelta(days=500), "denied", denied="850.00"), "images", "850.00")
    on = narrowing.footing(TODAY)
    (weight,) = narrowing.weights(narrowing.weighed(on), on)
    assert (weight.days, weight.priority) == (1, 425.0)


def test_a_claim_without_a_clock_takes_the_stated_days() -> None:
    a.claim(TODAY, transport="sent")
    on = narrowing.footing(TODAY)
    (weight,) = narrowing.weights(narrowing.weighed(on), on)
    assert (weight.last_on, weight.days) == (None, NO_CLOCK_DAYS)


def test_the_list_asks_as_often_for_many_as_for_none(claims: list[Claim], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        on = narrowing.footing(TODAY)
    chosen = replace(Narrowed(), payer=Payer.objects.get(name=PAYERS[0]).pk)
    with django_assert_num_queries(2):
        found = narrowing.all_chosen(chosen, on)
        list(narrowing.by_queue(found))
        narrowing.weights(narrowing.ordered(found, "priority")[:50], on)
