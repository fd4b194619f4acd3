"""Posting: a payer's answer becomes the state of the claim, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Count, ProtectedError, Q

from claims.codes.denial_causes import Outcome
from claims.edi.standing import net, standing
from claims.effect import STEP, Effect
from claims.models import Appeal, Claim, Denial, Remittance, RemittanceClaim
from claims.models.claims import number_of
from claims.queries.effects import Told, effects_of
from claims.queries.known_checks import posted_otherwise
from claims.queries.standing import given_of, posted_answers
from claims.services import appeals, denials, queues, telling, writing_off
from claims.services.figures import refresh
from claims.services.holding import hold, hold_all
from claims.services.next_plan import follow, never_passed_on
from claims.services.posting_plain import AT_ONCE, post_plain
from claims.services.predetermination_answers import hold_asked, take_answers
from claims.workflow import (
    ADJUDICATION,
    APPEALS_TO_SEND,
    CLOSING,
    DENIAL,
    AppealStatus,
    Closing,
    DenialStatus,
)
from documentation.kernel.machine import NotPermitted, Refused
from documentation.kernel.money import from_cents, to_cents
from documentation.kernel.permissions import Permission
from documentation.models import AuditEvent, User
from documentation.models.among import among
from documentation.services.audit import record
from documentation.services.transitions import perform


def post(remittance: Remittance, *, by: User, at: datetime, reason: str = "") -> bool:
    """Post one check in one transaction. False when it was posted before: then nothing changes.

    Raises Refused for a check with problems, and for one made out to another payee unless a reason is given.
    """
    if not by.may(Permission.REMITTANCE_POST):
        raise NotPermitted("Your role does not allow you to post remittances.")
    with transaction.atomic():
        row = Remittance.objects.select_for_update().get(pk=remittance.pk)
        is_new = row.posted_at is None
        if is_new:
            _post(row, by=by, at=at, reason=reason)
    # By itself, once the check is posted: what is held for it is held in the order of everything else. Where it
    # was broken off right here, posting the same check again catches up.
    follow(row, by=by, at=at)
    return is_new


def _post(row: Remittance, *, by: User, at: datetime, reason: str) -> None:
    """Post a check that is held."""
    if row.problems:
        raise Refused("This check cannot be posted.", *row.problems)
    if told := posted_otherwise(row):
        raise Refused("This check would be posted twice.", *told)
    if row.is_foreign and not reason.strip():
        raise Refused("This check is made out to another payee. Say why it is posted here, or leave it.")
    answered = set(row.answers.filter(claim__isnull=False).values_list("claim_id", flat=True))
    hold_all(Claim.objects.filter(among("pk", answered)))
    _require_room(row)
    hold_asked(row)
    others = post_plain(row, by=by, at=at)
    _post_others(row, sorted(others), by=by, at=at)
    take_answers(row, by=by, at=at)
    # The condition makes a second poster find nothing to do, where no row lock exists.
    won = Remittance.objects.filter(pk=row.pk, posted_at=None).update(
        posted_at=at, posted_by=by, foreign_reason=reason[:300]
    )
    if not won:
        raise Refused("Somebody else is posting this check at this moment.")
    for claim in Claim.objects.filter(pk__in=others).select_related("coverage", "encounter").order_by("pk"):
        refresh(claim)
    queues.place_all(answered - others)
    telling.answered(row.answers.values_list("pk", flat=True), by=by, at=at)
    record("remittance.post", by=by, at=at, subject=f"check {row.pk}", claims=row.answers.count())


MOST_ANSWERS = 90
"""On one claim, whose amounts together are kept in one column however large they are."""


def _require_room(row: Remittance) -> None:
    """No claim is answered without end: no payer does that, and a hostile file must not break the sums."""
    answers = RemittanceClaim.objects.filter(Q(remittance=row) | Q(remittance__posted_at__isnull=False))
    counted = answers.filter(claim__in=row.answers.values("claim")).values("claim").annotate(n=Count("pk"))
    over = counted.order_by("claim").filter(n__gt=MOST_ANSWERS).values_list("claim", "n")[:3]
    if told := [f"{number_of(key)} would have {n} answers." for key, n in over]:
        raise Refused(
            "This check cannot be posted.", *told, f"More than {MOST_ANSWERS} on one claim are not kept. Ask the payer."
        )


def _post_others(remittance: Remittance, claims: Sequence[int], *, by: User, at: datetime) -> None:
    """Bring the answers on some claims to these, in the order of the claims' numbers. The claims are held."""
    for start in range(0, len(claims), AT_ONCE):
        found = remittance.answers.filter(claim__in=claims[start : start + AT_ONCE]).order_by("claim", "pk")
        answers = list(found.select_related("remittance"))
        told = effects_of(answers, at=at)
        for _, mine in groupby(answers, key=lambda answer: answer.claim_id):
            _bring(list(mine), told, by=by, at=at)


def post_answer(answer: RemittanceClaim, *, by: User, at: datetime) -> None:
    """Bring an answer of a posted check to the claim that it was matched to afterwards."""
    _bring([answer], effects_of([answer], at=at), by=by, at=at)
    if answer.claim_id and answer.remittance.posted_at:
        refresh(Claim.objects.get(pk=answer.claim_id))
        telling.answered([answer.pk], by=by, at=at)


def _bring(answers: list[RemittanceClaim], told: Mapping[int, Told], *, by: User, at: datetime) -> None:
    """Bring the answers on one claim to it, one after the other: its state, its denial, its appeal."""
    for answer in answers:
        _do(answer, told[answer.pk], by=by, at=at)


def _do(answer: RemittanceClaim, told: Told, *, by: User, at: datetime) -> None:
    """Write what was decided of an answer, and nothing else."""
    effect = told.effect
    claim = Claim.objects.select_related("encounter__patient", "encounter__location").get(pk=answer.claim_id or 0)
    patient = claim.encounter.patient
    if effect.step:
        with perform(ADJUDICATION, effect.step, claim, by=by, at=at, patient=patient):
            pass
    if effect.opens_again == "answer_void":
        reason = "The payer answered it all the same."
        with perform(CLOSING, "answer_void", claim, by=by, at=at, patient=patient, because=reason):
            Claim.objects.filter(pk=claim.pk).update(void_answered_at=at)
    elif effect.opens_again:
        with perform(CLOSING, effect.opens_again, claim, by=by, at=at, patient=patient):
            pass
    if effect.takes_back_write_off:
        writing_off.take_back(claim, by=by, at=at, answer=answer)
    _settle(effect, told.on, by=by, at=at)
    for gone in effect.resolves:
        denials.resolve(_denial(gone.key), gone.resolution, on=told.on, by=by, at=at, answer=answer)
    if effect.opens_denial:
        denials.open_denial(answer, told.found, denied_on=told.on, by=by, at=at)
    if effect.closes:
        with perform(CLOSING, "close", claim, by=by, at=at, patient=patient):
            pass


def _denial(key: int) -> Denial:
    """A denial; by its answer where this very check opened it."""
    return Denial.objects.get(pk=key) if key > 0 else Denial.objects.get(answer=-key)


def _settle(effect: Effect, on: date, *, by: User, at: datetime) -> None:
    """Decide the appeals that waited for this answer; withdraw those that were not sent before the payer gave in."""
    for decided in effect.decides:
        appeal = Appeal.objects.get(pk=decided.appeal.key)
        # Checks are often dated ahead; the decision is known today.
        decided_on = min(on, appeal.claim.encounter.location.today(at))
        values = {"outcome": decided.outcome, "decided_on": decided_on, "recovered": from_cents(decided.cents)}
        appeals.decide(appeal, values, by=by, at=at)
    for withdrawn in effect.withdraws:
        row = Appeal.objects.get(pk=withdrawn.key)
        if row.status in APPEALS_TO_SEND:  # a decision in full has withdrawn it already
            appeals.withdraw(row, by=by, at=at)


def take_back(answer: RemittanceClaim, *, by: User, at: datetime) -> None:
    """Undo what a posted answer did to a claim that it does not belong to, before it leaves the claim.

    The claim is what its other answers make of it; denials of the answer are gone, and those that it resolved are
    open again; what people resolved stays so, and a claim that it opened is void, or written off, as it was. Raises
    Refused where an appeal or other work rests on it.
    """
    followed = Claim.objects.filter(Q(passed_on_by=answer) | Q(started_after=answer))
    hold(answer.claim_id, *followed.values_list("pk", flat=True))
    claim = Claim.objects.select_related("encounter__patient").get(pk=answer.claim_id or 0)
    never_passed_on(answer, by=by, at=at)
    rows = posted_answers([claim]).get(claim.pk, [])
    billed = to_cents(claim.total)
    after = standing([given_of(row) for row in rows if row.pk != answer.pk], billed)
    back = Denial.objects.filter(claim=claim, resolved_by=answer, status=DenialStatus.RESOLVED)
    if Appeal.objects.filter(denial__in=back, status=AppealStatus.WITHDRAWN).exists():
        raise Refused("An appeal was withdrawn when this answer came. It stays: ask the payer for a reversal.")
    if back.filter(appeals__status=AppealStatus.DECIDED).exists():
        raise Refused("An appeal was decided by this answer. It stays: ask the payer for a reversal.")
    patient = claim.encounter.patient
    for denial in Denial.objects.filter(answer=answer):
        record("denial.take_back", by=by, at=at, subject=claim, patient=patient, carc=denial.carc, cause=denial.cause)
    try:
        Denial.objects.filter(answer=answer).delete()
    except ProtectedError:
        raise Refused("The denial of this answer is being worked on. Withdraw that first.") from None
    what = net(after, billed)
    step = STEP[what.outcome] if what.outcome else "reverse"
    with perform(ADJUDICATION, step, claim, by=by, at=at, patient=patient, because="An answer was matched wrongly."):
        pass
    for denial in back:
        with perform(DENIAL, "reopen", denial, by=by, at=at, patient=patient):
            Denial.objects.filter(pk=denial.pk).update(resolution="", resolved_on=None, resolved_by=None)
    if _was_void(claim, [row for row in rows if row.pk != answer.pk]):
        with perform(CLOSING, "void_again", claim, by=by, at=at, patient=patient):
            Claim.objects.filter(pk=claim.pk).update(void_answered_at=None)
        return
    if writing_off.restore(claim, answer, by=by, at=at):
        return
    is_settled = what.outcome is Outcome.PAID and what.is_whole
    ends = {Closing.CLOSED: "" if is_settled else "reopen", Closing.OPEN: "close" if is_settled else ""}
    if name := ends.get(Closing(claim.closing), ""):  # what this answer opened again is settled as before
        with perform(CLOSING, name, claim, by=by, at=at, patient=patient):
            pass


def _was_void(claim: Claim, others: Sequence[RemittanceClaim]) -> bool:
    """Whether a claim was void until an answer came that is taken back now, and no other answer opened it."""
    since = claim.void_answered_at
    if since is None or claim.closing != Closing.OPEN:
        return False
    if any((row.remittance.posted_at or since) >= since for row in others):
        return False
    if not any(row.matched_person_id for row in others):
        return True
    # One of an older check may have come by hand since; what opened the claim was matched before it did.
    opened = AuditEvent.objects.filter(action="claim.answer_void", subject=claim.number).order_by("-seq").first()
    by_hand = AuditEvent.objects.filter(action__in=("remittance.match", "remittance.split"), subject=claim.number)
    return opened is not None and not by_hand.filter(seq__gt=opened.seq).exists()
