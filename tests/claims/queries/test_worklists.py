"""Queues: every open claim is in exactly one, whatever its states, denials and appeals; and its word agrees."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from claims.models import Appeal, Claim, Denial, Remittance, RemittanceClaim, WriteOff
from claims.queries.worklists import BY_KEY, QUEUES, queue_counts, queued, with_signs
from claims.workflow import (
    Adjudication,
    AppealStatus,
    ClaimWord,
    Closing,
    DenialStatus,
    Preparation,
    Transport,
    word_of,
)
from documentation.kernel.permissions import Role
from documentation.models import Encounter
from tests import factories as f
from tests.claims import answered

pytestmark = pytest.mark.django_db

STATES = list(product(Preparation, Transport, Adjudication))
# An appeal answers a denial: there is none without one.
SIGNS = [(d, a) for d, a in product((None, *DenialStatus), (None, *AppealStatus)) if d or not a]


def expected_queue(p: str, t: str, a: str, denial: str | None, appeal: str | None) -> str:
    """The queue in plain words, apart from the program's table."""
    if appeal in ("draft", "sealed"):
        return "appeal_due"
    if appeal == "sent":
        return "appeal_waiting"
    if denial in ("open", "appealed"):
        return "denied"
    if t == "rejected":
        return "rejected"
    if a in ("paid", "partly_paid", "patient_share", "denied"):
        return "answered"
    if t in ("sent", "accepted"):
        return "waiting"
    return {"held": "held", "ready": "to_send", "draft": "to_prepare"}[p]


WORDS = {
    "appeal_due": {ClaimWord.APPEAL},
    "appeal_waiting": {ClaimWord.APPEAL},
    "denied": {ClaimWord.DENIED},
    # A payer that denied what a clearinghouse sent back: the word tells of the money, the queue of the next step.
    "rejected": {ClaimWord.NEEDS_ATTENTION, ClaimWord.DENIED},
    "answered": {ClaimWord.PAID, ClaimWord.DENIED},
    "waiting": {ClaimWord.SUBMITTED},
    "held": {ClaimWord.NEEDS_ATTENTION},
    "to_send": {ClaimWord.READY},
    "to_prepare": {ClaimWord.DRAFT},
}


@pytest.fixture
def all_combinations() -> list[tuple[Any, ...]]:
    """One claim for every combination, written as rows: no verb leads to most of them, and that is the point."""
    combinations = [
        *((*states, Closing.OPEN, d, a) for states, (d, a) in product(STATES, SIGNS)),
        *((*states, c, None, None) for states, c in product(STATES, set(Closing) - {Closing.OPEN})),
        *(("ready", "sent", "denied", c, "open", "sent") for c in set(Closing) - {Closing.OPEN}),
    ]
    by = f.user(role=Role.BILLER)
    visit = f.planned_visit()
    plan = f.coverage(person=visit.patient, by=by)
    same = {"patient": visit.patient, "location": visit.location, "clinician": visit.clinician, "created_by": by}
    visits = Encounter.objects.bulk_create(
        Encounter(**same, service_date=f.SERVICE_DATE, created_at=f.AT) for _ in combinations
    )
    claims = Claim.objects.bulk_create(
        Claim(
            encounter=v, coverage=plan, kind="dental", service_date=f.SERVICE_DATE, created_at=f.AT, created_by=by,
            preparation=p, transport=t, adjudication=a, closing=c,
        )
        for v, (p, t, a, c, _, _) in zip(visits, combinations, strict=True)
    )  # fmt: skip
    remittance = Remittance.objects.create(key="k", source="eob", recorded_at=f.AT, recorded_by=by)
    zero = Decimal(0)
    answer = RemittanceClaim.objects.create(
        remittance=remittance, position=1, claim=claims[0], charge=zero, paid=zero, patient_share=zero
    )
    denied = [(c, d, a) for c, (*_, d, a) in zip(claims, combinations, strict=True) if d]
    denials = Denial.objects.bulk_create(
        Denial(
            claim=c, answer=answer, status=d, group="CO", cause="images", machine_cause="images", amount=zero,
            denied_on=f.TODAY, opened_at=f.AT,
        )
        for c, d, _ in denied
    )  # fmt: skip
    Appeal.objects.bulk_create(
        Appeal(claim=c, denial=row, status=a, due_on=f.TODAY, opened_at=f.AT, opened_by=by)
        for row, (c, _, a) in zip(denials, denied, strict=True)
        if a
    )
    return [(c.pk, *rest) for c, rest in zip(claims, combinations, strict=True)]


def open_ones(combinations: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    return (row for row in combinations if row[4] == Closing.OPEN)


def test_every_open_claim_is_in_exactly_one_queue_and_it_is_the_right_one(all_combinations) -> None:
    found = list(queued().values_list("pk", "queue"))
    assert len(found) == len({pk for pk, _ in found})
    expected = {pk: expected_queue(p, t, a, d, ap) for pk, p, t, a, _, d, ap in open_ones(all_combinations)}
    assert dict(found) == expected
    # A second person and a second plan stand in rows of their own: the tests below.
    assert set(expected.values()) == set(BY_KEY) - {"second_person", "first_plan"}


def test_the_counts_are_those_of_the_lists_and_name_every_queue(all_combinations) -> None:
    counts = queue_counts()
    assert list(counts) == [q.key for q in QUEUES]
    assert counts == {key: queued().filter(queue=key).count() for key in BY_KEY}
    assert sum(counts.values()) == len(list(open_ones(all_combinations)))


def test_queue_and_word_agree(all_combinations) -> None:
    wrong = {(c.queue, c.word) for c in queued() if c.word not in WORDS[c.queue]}
    assert wrong == set()


def test_a_list_and_a_single_claim_say_the_same_word(all_combinations) -> None:
    """With its signs annotated a claim asks nothing more; without them it asks, and finds the same."""
    for annotated in with_signs(Claim.objects.all()).order_by("pk")[::17]:
        assert Claim.objects.get(pk=annotated.pk).word is annotated.word


def test_the_word_of_every_combination_is_that_of_the_table(all_combinations) -> None:
    rows = {c.pk: c.word for c in with_signs(Claim.objects.all())}
    for pk, p, t, a, c, denial, appeal in all_combinations:
        expected = word_of(
            p, t, a, c,
            has_open_denial=denial in ("open", "appealed"), has_open_appeal=appeal in ("draft", "sealed", "sent"),
        )  # fmt: skip
        assert rows[pk] is expected


def test_an_empty_practice_has_every_queue_with_nothing_in_it() -> None:
    assert queue_counts() == dict.fromkeys(BY_KEY, 0)


@pytest.fixture
def second_claims() -> list[tuple[int, str, str]]:
    """Claims to a second plan in each state, beside a first one in each: key, its own queue, the queue expected."""
    rows = []
    for p, t, first, closing in product(
        Preparation, Transport, ("none", "pended", "paid", "denied"), (Closing.OPEN, Closing.CLOSED)
    ):
        claim = answered.claim(f.SERVICE_DATE, transport="sent", adjudication=first, closing=closing)
        second = answered.claim(f.SERVICE_DATE, preparation=p, transport=t)
        Claim.objects.filter(pk=second.pk).update(encounter=claim.encounter, sequence=2)
        own = expected_queue(p, t, "none", None, None)
        waits = closing == "open" and first in ("none", "pended") and own in ("to_send", "to_prepare")
        rows.append((second.pk, own, "first_plan" if waits else own))
    return rows


def test_a_second_plan_waits_for_the_first_and_for_nothing_else(second_claims) -> None:
    found = dict(queued().filter(sequence=2).values_list("pk", "queue"))
    assert found == {pk: queue for pk, _, queue in second_claims}
    assert {queue for *_, queue in second_claims} >= {"first_plan", "to_send", "to_prepare", "held", "waiting"}


def test_a_write_off_that_was_asked_for_waits_for_a_second_person_and_no_longer() -> None:
    row = answered.claim(f.SERVICE_DATE, transport="sent", adjudication="denied")
    denial = answered.denial(answered.answer(row, f.TODAY, "denied", denied="850.00"), "coding", "850.00")
    asked = WriteOff.objects.create(
        claim=row, denial=denial, amount=Decimal(850), reason="too small", requested_at=f.AT,
        requested_by=answered.somebody(),
    )  # fmt: skip
    assert queued().get(pk=row.pk).queue == "second_person"
    WriteOff.objects.filter(pk=asked.pk).update(status="refused")
    assert queued().get(pk=row.pk).queue == "denied"
