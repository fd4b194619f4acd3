"""Verbs of checking every open claim anew: begin, go on by a number of claims, stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max, QuerySet
from django.utils import timezone

from claims.models import Claim, RecheckRun, SentBack
from claims.queries.rulebook import rule_book
from claims.services.looking import Look, Looked, look_at
from claims.services.telling import to_worker
from claims.workflow import PREPARATION, Closing
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record
from documentation.services.jobs import Stand, ask, drives
from documentation.services.transitions import perform

AT_ONCE = 500
"""Claims that one call checks: a page that drives a run shows its progress after each."""
JOB = "recheck"


def begin(why: str, *, by: User, at: datetime, beside: bool = True) -> RecheckRun:
    """Begin to check all open claims, beside the pages or where it is begun. Raises NotPossible while another run is
    under way.
    """
    _may(by)
    row = RecheckRun(why=why, total=0, last=0, rules=_rules(at), started_at=at, started_by=by)
    row.full_clean(exclude=["total", "last"], validate_constraints=False)
    if not row.why:
        raise ValidationError({"why": "Say what changed: it tells the next person why claims went back to draft."})
    with transaction.atomic():
        found = _open().aggregate(total=Count("pk"), last=Max("pk"))
        row.total, row.last = found["total"], found["last"] or 0
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as e:
            raise NotPossible("The claims are being checked already. Let that end, or stop it, then begin.") from e
        record("recheck.begin", by=by, at=at, subject=row, claims=row.total)
        if beside:
            ask(JOB, row.pk, total=row.total, by=by, at=at)
    return row


def go_on(run: RecheckRun, *, by: User, at: datetime, claims: int = AT_ONCE, look: Look = look_at) -> RecheckRun:
    """Check the next claims of a run; the last of them end it. The run may have been left anywhere, by anybody. Where
    the rules changed since it began, it begins at the first claim again: its figures are of one set of rules.

    Facts and rules take no lock; `look` may share them out. Each claim that is sent back has a transaction of its own,
    and the place is moved on in another: a run that breaks off between the two finds those claims as drafts and sends
    none back twice.
    """
    _may(by)
    run.refresh_from_db()
    if not run.is_running:
        return run
    waiting = _open().filter(pk__gt=run.position, pk__lte=run.last).order_by("pk")
    keys = list(waiting.values_list("pk", flat=True)[:claims])
    told = look(keys, at)
    back = {looked.claim: looked for looked in told if looked.goes_back}
    for claim in Claim.objects.filter(pk__in=back).select_related("encounter__patient").order_by("pk"):
        _send_back(claim, back[claim.pk], run, by=by, at=at)
    if (rules := _rules(at)) != run.rules:
        _begin_anew(run, rules, by=by, at=at)
        run.refresh_from_db()
        return run
    _move_on(run, told, to=run.last if len(keys) < claims else keys[-1], is_end=len(keys) < claims, by=by, at=at)
    run.refresh_from_db()
    return run


@drives(JOB)
def _step(key: int, by: User, at: datetime) -> Stand:
    run = go_on(RecheckRun.objects.get(pk=key), by=by, at=at)
    return Stand(run.checked, run.total, is_over=not run.is_running)


def stop(run: RecheckRun, *, by: User, at: datetime) -> None:
    """End a run where it stands; what it sent back stays a draft. Raises NotPossible where it ended by itself."""
    _may(by)
    with transaction.atomic():
        if not RecheckRun.objects.filter(pk=run.pk, is_running=True).update(is_running=False, ended_at=at):
            raise NotPossible("This check has ended already.")
        record("recheck.stop", by=by, at=at, subject=run)


def _may(by: User) -> None:
    if not by.may(Permission.CLAIM_RECHECK):
        raise NotPermitted("Your role does not allow you to check all claims again.")


def _rules(at: datetime) -> str:
    return rule_book(at.astimezone(timezone.get_current_timezone()).date()).fingerprint


def _begin_anew(run: RecheckRun, rules: str, *, by: User, at: datetime) -> None:
    """Set a run back to its first claim, unless somebody else who drives it did. What went back to draft stays so."""
    nothing: dict[str, Any] = {"position": 0, "checked": 0, "stopped": 0, "asking": 0, "failed": {}}
    with transaction.atomic():
        mine = RecheckRun.objects.filter(pk=run.pk, rules=run.rules, is_running=True)
        if mine.update(**nothing, rules=rules, begun_anew=F("begun_anew") + 1):
            record("recheck.begin_anew", by=by, at=at, subject=run)


def _open() -> QuerySet[Claim]:
    return Claim.objects.filter(closing=Closing.OPEN)


def _send_back(claim: Claim, looked: Looked, run: RecheckRun, *, by: User, at: datetime) -> None:
    patient, against = claim.encounter.patient, ", ".join(looked.rules)
    try:
        with perform(
            PREPARATION, "back_to_draft", claim, by=by, at=at, patient=patient, rule=against, recheck=run.pk
        ) as row:
            if row.revision != looked.revision:
                raise NotPossible("Somebody changed the claim meanwhile.")
            # Where the run broke off before its place was written, the claim may have been made ready again since.
            SentBack.objects.get_or_create(run=run, claim=row, defaults={"rules": list(looked.rules), "at": at})
            to_worker(row, "back", by=by, at=at)
    except NotPossible:
        return  # Whoever changed it has seen its checks, or will before it leaves.


def _move_on(run: RecheckRun, told: Sequence[Looked], *, to: int, is_end: bool, by: User, at: datetime) -> None:
    """Write down how far the run came, unless somebody else drove it over the same claims at the same time."""
    failed = Counter(run.failed)
    failed.update(rule for looked in told for rule in looked.rules)
    checked, stopped = run.checked + len(told), sum(looked.is_stopped for looked in told)
    with transaction.atomic():
        mine = RecheckRun.objects.filter(pk=run.pk, position=run.position, rules=run.rules, is_running=True)
        moved = mine.update(
            position=to,
            checked=checked,
            stopped=run.stopped + stopped,
            asking=run.asking + sum(bool(looked.rules) for looked in told) - stopped,
            failed=dict(sorted(failed.items())),
            is_running=not is_end,
            ended_at=at if is_end else None,
        )
        if moved and is_end:
            record("recheck.end", by=by, at=at, subject=run, checked=checked)
