"""Verbs on appeals: open with its deadline, write the letter, seal, send, decide."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.clocks.paths import Stage
from claims.models import Appeal, Claim, Denial
from claims.queries.appeal_rules import with_name
from claims.queries.deadlines import appeal_deadline, before_decision, last_appeal, no_such_level
from claims.queries.ways import still_denied
from claims.services.figures import OVERTURNED, refresh
from claims.services.holding import hold
from claims.services.letters import edit_again, seal
from claims.workflow import APPEAL, APPEALS_TO_SEND, DENIAL, AppealOutcome, AppealStatus, Closing, DenialStatus
from documentation.kernel.dates import long_date
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record
from documentation.services.transitions import perform


def open_appeal(denial: Denial, *, by: User, at: datetime, because: str = "") -> Appeal:
    """Open the next appeal of a denial.

    The first is level 1; a further one comes after the one before was decided against us. Raises NotPossible for a
    level that exists already, Refused where the payer gave no right of appeal, where the last day has passed, where
    the level before waits for its decision, or where the rules of the plan know no such level. The last two, and a
    last day by a rule that nobody verified, may be passed with a reason, `because`, which stays with the appeal.
    """
    if not by.may(Permission.APPEAL_EDIT):
        raise NotPermitted("Your role does not allow you to work on appeals.")
    with transaction.atomic():
        # The claim before its denial, as everywhere: a write-off that is approved at this moment is seen, or waits.
        claim = Claim.objects.select_for_update().get(pk=denial.claim_id)
        row = Denial.objects.select_for_update().get(pk=denial.pk)
        if claim.closing == Closing.WRITTEN_OFF:
            raise NotPossible("This claim is written off. Open it again before you appeal.")
        last = last_appeal(row)
        waits = last is not None and last.status == AppealStatus.SENT
        if last and last.status in APPEALS_TO_SEND:
            raise NotPossible(f"An appeal of level {last.level} is open already. Finish it before you start another.")
        if last and last.outcome == AppealOutcome.OVERTURNED_FULL:
            raise NotPossible("This denial was overturned in full. There is nothing left to appeal.")
        if not row.may_appeal:
            raise Refused("The payer gave no right of appeal for this answer. Send a new or corrected claim instead.")
        because = because.strip()
        if last and waits and not because:
            raise NotPossible(
                f"An appeal of level {last.level} is open already: it was sent and is not decided. Record its decision,"
                " or start the next level from its page with the reason."
            )
        level = last.level + 1 if last else 1
        due = before_decision(row, last) if last and waits else appeal_deadline(row)
        if not because and (unknown := no_such_level(row, level)):
            raise Refused(unknown)
        today = row.claim.encounter.location.today(at)
        is_late = due.day < today
        if is_late and (due.is_firm or not because):
            ask = "" if due.is_firm else " Nobody verified this rule: ask the payer, then start it with the reason."
            raise Refused(f"The last day for this appeal was {long_date(due.day)}: {due.reason}.{ask}")
        is_against = is_late or waits or bool(no_such_level(row, level))
        appeal = Appeal.objects.create(
            claim=row.claim,
            denial=row,
            level=level,
            due_on=due.day,
            due_reason=due.reason[:200],
            opened_because=because[:300] if is_against else "",
            name=due.counted.name[:60] if due.counted else "",
            stage=due.counted.stage if due.counted else Stage.APPEAL,
            clock=with_name(due.counted).as_json() if due.counted else {},
            opened_at=at,
            opened_by=by,
        )
        patient = row.claim.encounter.patient
        record("appeal.open", by=by, at=at, subject=row.claim, patient=patient, level=appeal.level)
        step = "appeal" if row.status == DenialStatus.OPEN else None
        if row.status == DenialStatus.RESOLVED:
            with perform(DENIAL, "reopen", row, by=by, at=at, patient=patient):
                pass
            step = "appeal"
        if step:
            with perform(DENIAL, step, row, by=by, at=at, patient=patient):
                pass
        refresh(row.claim)
    return appeal


def save_letter(appeal: Appeal, letter: str, *, by: User, at: datetime, seen: int) -> Appeal:
    """Keep the letter as edited. An empty text brings back the draft from the facts."""
    if not by.may(Permission.APPEAL_EDIT):
        raise NotPermitted("Your role does not allow you to work on appeals.")
    with transaction.atomic():
        hold(appeal.claim_id)
        row = Appeal.objects.select_for_update().get(pk=appeal.pk)
        if row.status != AppealStatus.DRAFT:
            raise NotPossible("This letter is sealed. Take the appeal back to draft to change it.")
        if row.revision != seen:
            raise NotPossible(
                "Somebody else changed this letter meanwhile. Compare with the text as it stands now, then save again."
            )
        row.letter = letter
        row.full_clean(validate_constraints=False)
        row.revision += 1
        row.save()
        record("appeal.letter", by=by, at=at, subject=row.claim, patient=row.claim.encounter.patient, level=row.level)
    return row


def decide(appeal: Appeal, values: dict[str, Any], *, by: User, at: datetime) -> Appeal:
    """Record how the payer answered: `outcome`, `decided_on`, `recovered` in dollars; `decision_words` and
    `decision_cause` where it said why.
    """
    errors: dict[str, str] = {}
    outcome = values.get("outcome") or ""
    decided_on: date | None = values.get("decided_on")
    recovered: Decimal = values.get("recovered") or Decimal("0.00")
    submission = appeal.submissions.first()
    today = appeal.claim.encounter.location.today(at)
    if outcome not in list(AppealOutcome):
        errors["outcome"] = "Choose how the payer answered."
    if decided_on is None:
        errors["decided_on"] = "Give the day of the decision."
    elif decided_on > today:
        errors["decided_on"] = "This day lies in the future."
    elif submission and decided_on < submission.sent_on:
        errors["decided_on"] = (
            f"The appeal was sent on {long_date(submission.sent_on)}; it cannot have been decided before."
        )
    elif (
        outcome == AppealOutcome.NO_RESPONSE
        and appeal.decide_by
        and decided_on <= appeal.decide_by
        and not appeal.denial.appeals.filter(level__gt=appeal.level, status=AppealStatus.DECIDED).exists()
    ):
        errors["outcome"] = (
            f"The payer may decide until {long_date(appeal.decide_by)}: {appeal.decide_reason}. Ask it, or wait."
        )
    left = still_denied(appeal.denial)
    if recovered < 0 or recovered > left:
        open_ = "the amount that was denied" if left == appeal.denial.amount else "what is still denied"
        errors["recovered"] = f"Between $0.00 and ${left}, {open_}."
    elif outcome in OVERTURNED and not recovered:
        errors["recovered"] = "An overturned denial brings money. Give the amount."
    elif "outcome" not in errors and outcome not in OVERTURNED and recovered:
        errors["recovered"] = "Only an overturned denial brings money. Leave this empty."
    if errors:
        raise ValidationError(errors)
    claim = appeal.claim
    patient = claim.encounter.patient
    with transaction.atomic():
        hold(claim.pk)
        with perform(APPEAL, "decide", appeal, by=by, at=at, patient=patient, outcome=outcome) as row:
            row.outcome, row.decided_on, row.recovered = outcome, decided_on, recovered
            row.decision_words = values.get("decision_words") or ""
            row.decision_cause = values.get("decision_cause") or ""
            row.full_clean(validate_constraints=False)
            kept = ("outcome", "decided_on", "recovered", "decision_words", "decision_cause")
            Appeal.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in kept})
        if outcome == AppealOutcome.OVERTURNED_FULL:
            # What was being written for the next level has nothing left to ask for.
            for further in appeal.denial.appeals.filter(status__in=APPEALS_TO_SEND):
                with perform(APPEAL, "withdraw", further, by=by, at=at, patient=patient):
                    pass
        step = "resolve" if outcome == AppealOutcome.OVERTURNED_FULL else "reopen"
        denial = Denial.objects.get(pk=appeal.denial_id)
        if denial.status == DenialStatus.APPEALED and (step == "resolve" or not _is_appealed(denial)):
            with perform(DENIAL, step, denial, by=by, at=at, patient=patient):
                if step == "resolve":
                    Denial.objects.filter(pk=denial.pk).update(
                        resolution="Overturned on appeal", resolved_on=decided_on
                    )
        refresh(claim)
    appeal.refresh_from_db()
    return appeal


def _is_appealed(denial: Denial) -> bool:
    """Whether another appeal of it is open."""
    return denial.appeals.filter(status__in=(*APPEALS_TO_SEND, AppealStatus.SENT)).exists()


def withdraw(appeal: Appeal, *, by: User, at: datetime) -> None:
    """Give an appeal up; the denial is open again."""
    patient = appeal.claim.encounter.patient
    with transaction.atomic():
        hold(appeal.claim_id)
        with perform(APPEAL, "withdraw", appeal, by=by, at=at, patient=patient):
            pass
        denial = Denial.objects.get(pk=appeal.denial_id)
        if denial.status == DenialStatus.APPEALED and not _is_appealed(denial):
            with perform(DENIAL, "reopen", denial, by=by, at=at, patient=patient):
                pass
        refresh(appeal.claim)


__all__ = ["OVERTURNED", "decide", "edit_again", "open_appeal", "save_letter", "seal", "withdraw"]
