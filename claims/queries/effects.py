"""What the answers of a check do to their claims: each claim as it stands, and the effect of each answer on it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from claims.codes.code_book import CodeBook
from claims.codes.denial_causes import Classification
from claims.edi.standing import Given
from claims.effect import Answered, AppealState, ClaimState, DeniedState, Effect, effects
from claims.models import Appeal, Claim, Denial, RemittanceClaim, Submission, WriteOff
from claims.queries.code_book import code_books
from claims.queries.remittances import classification_of
from claims.queries.standing import given_of, posted_answers
from claims.workflow import Adjudication, AppealStatus, Closing, DenialStatus, WriteOffStatus
from documentation.kernel.money import to_cents


def states_of(claims: Iterable[int]) -> dict[int, ClaimState]:
    """Claims as they stand, by their keys, in a constant number of queries."""
    keys = list(claims)
    denials, appeals, given_up = _denials(keys), _appeals(keys), _given_up(keys)
    posted = posted_answers(keys)
    rows = Claim.objects.filter(pk__in=keys).values_list("pk", "total", "adjudication", "closing")
    return {
        key: ClaimState(
            to_cents(total),
            Adjudication(adjudication),
            Closing(closing),
            tuple(given_of(row) for row in posted.get(key, ())),
            tuple(denials.get(key, ())),
            tuple(appeals.get(key, ())),
            given_up.get(key, 0),
        )
        for key, total, adjudication, closing in rows
    }


def _denials(claims: Sequence[int]) -> dict[int, list[DeniedState]]:
    found: dict[int, list[DeniedState]] = {}
    for d in Denial.objects.filter(claim__in=claims).order_by("pk"):
        status, by = DenialStatus(d.status), d.resolved_by_id or 0
        row = DeniedState(d.pk, d.answer_id, status, to_cents(d.amount), d.resolution, by)
        found.setdefault(d.claim_id, []).append(row)
    return found


def _appeals(claims: Sequence[int]) -> dict[int, list[AppealState]]:
    sent = Submission.objects.filter(appeal__claim__in=claims).order_by("sent_on").values_list("appeal", "sent_on")
    last, found = dict(sent), dict[int, list[AppealState]]()
    for a in Appeal.objects.filter(claim__in=claims).order_by("due_on", "pk"):
        status, cents = AppealStatus(a.status), to_cents(a.recovered)
        row = AppealState(a.pk, a.denial_id, a.level, status, last.get(a.pk), a.outcome, cents)
        found.setdefault(a.claim_id, []).append(row)
    return found


def _given_up(claims: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    rows = WriteOff.objects.filter(claim__in=claims, status=WriteOffStatus.APPROVED)
    for claim, amount in rows.values_list("claim_id", "amount"):
        found[claim] = found.get(claim, 0) + to_cents(amount)
    return found


@dataclass(frozen=True)
class Told:
    """What an answer means, what it does, and the claim as it stands when it comes."""

    found: Classification
    on: date
    """The day that it counts from: that of its check."""
    before: ClaimState
    effect: Effect


def effects_of(answers: Iterable[RemittanceClaim], *, at: datetime) -> dict[int, Told]:
    """What it does to bring these answers of one check to their claims, by the answers' keys.

    The check waits to be posted; or it is posted, and one of its answers found its claim afterwards. What the check
    says of one claim counts one after the other, so all of it is handed in. A constant number of queries.
    """
    keys = [a.pk for a in answers]
    rows = RemittanceClaim.objects.filter(pk__in=keys, claim__isnull=False).order_by("claim", "pk")
    rows = rows.select_related("remittance", "claim__coverage", "claim__encounter__location")
    every = list(rows.prefetch_related("lines", "adjustments"))
    payers = {row.claim.coverage.payer_id for row in every if row.claim}
    books = code_books(payers, every[0].remittance.paid_on) if every else {}
    states, told = states_of(row.claim_id or 0 for row in every), dict[int, Told]()
    for claim, group in itertools.groupby(every, key=lambda row: row.claim_id or 0):
        mine = list(group)
        state, later = _parted(states[claim], mine)
        given = [_answered(row, books, at) for row in mine]
        for row, answer, effect in zip(mine, given, effects(state, given, later), strict=True):
            told[row.pk] = Told(answer.found, answer.on, state, effect)
            state = effect.after
    return told


def _answered(row: RemittanceClaim, books: Mapping[int | None, CodeBook], at: datetime) -> Answered:
    claim = row.claim
    if claim is None:
        raise ValueError("an answer is brought to a claim")
    found = classification_of(row, books[claim.coverage.payer_id])
    on = row.remittance.paid_on or claim.encounter.location.today(at)
    return Answered(given_of(row, found), found, on)


def _parted(state: ClaimState, mine: Sequence[RemittanceClaim]) -> tuple[ClaimState, tuple[Given, ...]]:
    """A claim as it stood before some answers, and what was posted after them already."""
    own, keys = {row.pk for row in mine}, [g.key for g in state.answers]
    place = min((keys.index(key) for key in own if key in keys), default=len(keys))
    before, later = state.answers[:place], state.answers[place:]
    return replace(state, answers=before), tuple(g for g in later if g.key not in own)
