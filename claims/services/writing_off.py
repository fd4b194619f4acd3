"""Verbs on write-offs: ask, carry out, approve, refuse, withdraw, take back.

A write-off is a decision of people with a reason. What a contract takes off is none, and no answer makes one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from claims.models import Claim, Denial, RemittanceClaim, WriteOff
from claims.queries.accounts import against_giving_up, left_behind
from claims.queries.balances import IN_PART_ONLY, Settled, posted, settled, unpaid_of
from claims.queries.ways import still_denied
from claims.queries.write_offs import offer_of
from claims.services import denials
from claims.services.figures import refresh
from claims.services.holding import hold_all
from claims.workflow import (
    APPEALS_TO_SEND,
    CLOSING,
    WRITE_OFF,
    Adjudication,
    AppealStatus,
    Closing,
    DenialStatus,
    Transport,
    WriteOffStatus,
)
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.models import AuditEvent, User
from documentation.queries.versions import of_visit
from documentation.services.audit import record
from documentation.services.transitions import perform


def request(
    claim: Claim,
    reason: str,
    *,
    denial: Denial | None = None,
    with_share: bool = False,
    unanswered: bool = False,
    seen: str | None = None,
    by: User,
    at: datetime,
) -> WriteOff:
    """Write off what a denial refused, or what else is left of an answered claim. What the patient owes of it stays
    due, unless it is given up, too (`with_share`), or nothing else is left. Where the payer was asked and answers no
    more, what it left open is given up (`unanswered`), and its open denials end with that. `seen` is the `Offer` that
    a person decided on, as its page kept it: it is compared once the claim is held.

    Up to the limit (WRITE_OFF_LIMIT) it is carried out at once; above it the request waits for a second person.
    Raises NotPossible where something else was seen; before the payer answered all of it, unless `unanswered` says
    that it will not; where another plan has the word on what is left, for a claim that is over, beside another
    request, and where nothing is left; ValidationError without a reason.
    """
    if not by.may(Permission.REMITTANCE_POST):
        raise NotPermitted("Your role does not allow you to write off.")
    if not reason.strip():
        raise ValidationError({"reason": "Say why the rest is written off."})
    with transaction.atomic():
        row = _held(claim)
        if seen is not None and seen != str(offer_of(row)):
            raise NotPossible(
                "What is left of this claim changed since you opened this page, and nothing was written off. Read the"
                " amount above again, then decide."
            )
        amount = _amount(row, denial, with_share=with_share, unanswered=unanswered)
        limit = Decimal(settings.WRITE_OFF_LIMIT)
        asked = WriteOff(
            claim=row,
            denial=denial,
            amount=amount,
            reason=reason,
            is_unanswered=unanswered,
            limit=limit if amount > limit else None,
            requested_at=at,
            requested_by=by,
        )
        asked.full_clean(validate_constraints=False)
        try:
            with transaction.atomic():
                asked.save()
        except IntegrityError as e:
            raise NotPossible(
                "A write-off of this claim waits for a second person already. Withdraw it before you ask anew."
            ) from e
        refresh(row)
        patient = row.encounter.patient
        record(
            "write_off.request",
            by=by,
            at=at,
            subject=row,
            patient=patient,
            amount=str(amount),
            needs_second=bool(asked.limit),
        )
        if asked.limit is None:
            with perform(WRITE_OFF, "carry_out", asked, by=by, at=at, patient=patient) as locked:
                _decided(locked, "", by=by, at=at)
            _carry_out(asked, by=by, at=at)
    asked.refresh_from_db()
    return asked


def _held(claim: Claim) -> Claim:
    """The claim as it is now, held. What is left of it follows from all claims of the visit, whose plans may answer at
    this moment: they are held, too. What a denial refused is the claim's own, but what is owed with the others is
    written down anew with it.
    """
    hold_all(Claim.objects.filter(encounter__in=of_visit(claim.encounter.visit_key)))
    return Claim.objects.select_for_update().get(pk=claim.pk)


class _Asked:
    """What the guard of 'approve' looks at."""

    def __init__(self, row: WriteOff, by: User) -> None:
        self.is_own = row.requested_by_id == by.pk
        self.is_stale = row.amount not in _left(row)


def approve(asked: WriteOff, reason: str = "", *, by: User, at: datetime) -> WriteOff:
    """A second person agrees, and the amount is written off. Raises Refused for the one who asked, and where the claim
    changed since.
    """
    patient = asked.claim.encounter.patient
    with transaction.atomic():
        _held(asked.claim)
        with perform(
            WRITE_OFF, "approve", asked, by=by, at=at, facts=lambda row: _Asked(row, by), patient=patient
        ) as row:
            _decided(row, reason, by=by, at=at)
        _carry_out(asked, by=by, at=at)
    asked.refresh_from_db()
    return asked


def refuse(asked: WriteOff, reason: str, *, by: User, at: datetime) -> WriteOff:
    """A second person says no, and why. The claim stays as it is."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is refused."})
    with transaction.atomic():
        with perform(WRITE_OFF, "refuse", asked, by=by, at=at, patient=asked.claim.encounter.patient) as row:
            _decided(row, reason, by=by, at=at)
        refresh(asked.claim)
    asked.refresh_from_db()
    return asked


def withdraw(asked: WriteOff, *, by: User, at: datetime) -> WriteOff:
    """Take a request back before anybody decided."""
    with transaction.atomic():
        with perform(WRITE_OFF, "withdraw", asked, by=by, at=at, patient=asked.claim.encounter.patient) as row:
            _decided(row, "", by=by, at=at)
        refresh(asked.claim)
    asked.refresh_from_db()
    return asked


def take_back(claim: Claim, *, by: User, at: datetime, answer: RemittanceClaim | None = None) -> None:
    """What was written off of a claim counts as open again. Called where the claim is opened again: by people, or by
    an answer of its payer.
    """
    for row in WriteOff.objects.filter(claim=claim, status=WriteOffStatus.APPROVED):
        with perform(WRITE_OFF, "take_back", row, by=by, at=at, patient=claim.encounter.patient) as locked:
            WriteOff.objects.filter(pk=locked.pk).update(taken_back_by=answer)


def restore(claim: Claim, answer: RemittanceClaim, *, by: User, at: datetime) -> bool:
    """What an answer took back that does not belong to the claim stands again, and the claim is written off as before.
    False where nothing was, or where something came since that opens it all the same, or paid so much of it that less
    is left than was written off: then it stays open.

    Raises Refused where people wrote off anew since.
    """
    rows = list(WriteOff.objects.filter(taken_back_by=answer).order_by("pk"))
    if not rows:
        return False
    spoke = _spoke_since(claim, answer, rows)
    since = claim.write_offs.filter(status__in=(WriteOffStatus.APPROVED, WriteOffStatus.REQUESTED)).first()
    if since and not spoke:
        raise Refused(
            f"This answer opened again what was written off of {claim}, and ${since.amount:,.2f} was written off anew"
            " since. Take that back first: then the first write-off can stand again."
        )
    others = settled(claim, [row for row in posted(claim) if row.pk != answer.pk])
    is_too_much = sum((row.amount for row in rows), Decimal("0.00")) > unpaid_of(claim, others)
    if spoke or is_too_much or claim.closing not in (Closing.OPEN, Closing.CLOSED):
        WriteOff.objects.filter(taken_back_by=answer).update(taken_back_by=None)
        return False
    patient = claim.encounter.patient
    for row in rows:
        with perform(WRITE_OFF, "restore", row, by=by, at=at, patient=patient) as locked:
            WriteOff.objects.filter(pk=locked.pk).update(taken_back_by=None)
    because = "An answer was matched wrongly."
    with perform(CLOSING, "written_off_again", claim, by=by, at=at, patient=patient, because=because):
        pass
    return True


def _spoke_since(claim: Claim, answer: RemittanceClaim, rows: Sequence[WriteOff]) -> bool:
    """Whether the payer said something else of the claim after the write-offs were taken back: that opens it, too."""
    told = AuditEvent.objects.filter(action="write_off.take_back", subject__in=[str(row) for row in rows])
    since = told.order_by("-seq").first()
    if since is None:
        return True
    others = claim.answers.exclude(pk=answer.pk).exclude(outcome__in=("predetermination", "pended"))
    if others.filter(
        Q(remittance__posted_at__gt=since.at) | Q(remittance__posted_at=since.at, pk__gt=answer.pk)
    ).exists():
        return True
    by_hand = ("remittance.match", "remittance.split")
    return AuditEvent.objects.filter(action__in=by_hand, subject=claim.number, seq__gt=since.seq).exists()


def _decided(row: WriteOff, reason: str, *, by: User, at: datetime) -> None:
    values = {"decided_by": by, "decided_at": at, "decision_reason": reason[:300]}
    WriteOff.objects.filter(pk=row.pk).update(**values)


def _amount(claim: Claim, denial: Denial | None, *, with_share: bool, unanswered: bool) -> Decimal:
    """What is written off, asked of the locked claim."""
    if claim.adjudication in (Adjudication.NONE, Adjudication.PENDED) and not unanswered:
        raise NotPossible("The payer has not decided yet. A claim is closed after its answer.")
    if claim.closing != Closing.OPEN:
        raise NotPossible("This claim is over. Open it again before you write anything off.")
    found = settled(claim)
    if unanswered:
        require_silence(claim, found)
    elif not found.is_whole:
        raise NotPossible(IN_PART_ONLY)
    if denial is None:
        # What a payer that answers no more denied goes with the rest: neither would ever be decided without the other.
        if not unanswered and claim.denials.exclude(status=DenialStatus.RESOLVED).exists():
            raise NotPossible("A denial of this claim is open. Decide what to do about it first.")
        if claim.appeals.filter(status__in=(*APPEALS_TO_SEND, AppealStatus.SENT)).exists():
            raise NotPossible("An appeal of this claim is open. Record its decision, or withdraw it first.")
        if against := against_giving_up(claim):
            raise NotPossible(" ".join(against))
        every, rest = unpaid_of(claim, found), left_behind(claim, found)
        amount = every if with_share else rest or every
    else:
        amount = _open(denial)
    if not amount:
        raise NotPossible("Nothing is left to write off. Close the claim instead.")
    return amount


def require_silence(claim: Claim, found: Settled) -> None:
    """Raises NotPossible where a claim is not one that its payer was asked about and leaves without an answer."""
    if found.is_whole:
        raise NotPossible("The payer has answered all of this claim by now. Look at the page again.")
    if claim.transport not in (Transport.SENT, Transport.ACCEPTED):
        raise NotPossible(
            "No payer holds this claim, so none can answer it. Send it, or void it where it is not to be sent."
        )
    sent = claim.submissions.filter(packet__kind="claim").order_by("-sent_on", "-pk").first()
    calls = claim.status_calls.filter(called_on__gte=sent.sent_on) if sent else claim.status_calls
    if not calls.exists():
        since = " since it was sent last" if sent else ""
        raise NotPossible(
            f"No call about this claim is noted{since}. Ask {claim.coverage.payer.name} first and note the call:"
            " then what it leaves open can be given up."
        )


def _open(denial: Denial) -> Decimal:
    row = Denial.objects.get(pk=denial.pk)
    return Decimal("0.00") if row.status == DenialStatus.RESOLVED else still_denied(row)


def _left(asked: WriteOff) -> tuple[Decimal, ...]:
    """What could be written off now, with and without the patient's share; nothing where the claim is over by itself,
    waits for a part of its answer or for what becomes of a denial, is not with the payer that was to answer it, or
    another plan has the word on it.
    """
    claim = Claim.objects.get(pk=asked.claim_id)
    found = settled(claim)
    if claim.closing != Closing.OPEN or found.is_whole is asked.is_unanswered:
        return ()
    if asked.is_unanswered and claim.transport not in (Transport.SENT, Transport.ACCEPTED):
        return ()
    if asked.denial:
        return (_open(asked.denial),)
    open_denials = claim.denials.exclude(status=DenialStatus.RESOLVED)
    if asked.is_unanswered:  # those that were open when it was asked are given up with it, and no others
        open_denials = open_denials.filter(opened_at__gte=asked.requested_at)
    if open_denials.exists():
        return ()
    return () if against_giving_up(claim) else (unpaid_of(claim, found), left_behind(claim, found))


def _carry_out(asked: WriteOff, *, by: User, at: datetime) -> None:
    """End the denial, or all of a claim that is answered no more, and the claim where nothing else of it is open."""
    claim = Claim.objects.get(pk=asked.claim_id)
    ended = [asked.denial] if asked.denial else []
    if asked.is_unanswered and not asked.denial:
        ended = list(claim.denials.exclude(status=DenialStatus.RESOLVED).order_by("pk"))
    today = claim.encounter.location.today(at)
    for denial in ended:
        denials.resolve(denial, f"Written off: {asked.reason}"[:300], on=today, by=by, at=at)
    if not claim.denials.exclude(status=DenialStatus.RESOLVED).exists():
        patient = claim.encounter.patient
        with perform(CLOSING, "write_off", claim, by=by, at=at, patient=patient, reason=asked.reason[:300]):
            pass
    refresh(claim)
