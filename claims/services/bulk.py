"""One act on many claims: looked at first, then done row by row, each by the verb that it has alone.

A claim that changed since it was looked at is left as it is, and one that is refused stops no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import IntegerField, Model, OuterRef, QuerySet, Subquery, Value

from claims.models import BulkRow, BulkRun, Claim, ClaimNote, StatusCall
from claims.queries.claims import failures_of_each
from claims.queries.worklists import BY_KEY, queued
from claims.services import calls, preparation, work
from claims.services.holding import hold
from claims.workflow import PREPARATION, Preparation, Transport, readiness_refusals
from documentation.kernel.machine import NotPermitted, NotPossible, Refusal
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record
from documentation.services.jobs import Stand, ask, drives

MOST = 500
"""Claims of one act."""
STEP = 20
"""Claims that are done before the page answers again."""
JOB = "bulk"
GONE = "It is not open any more."
_WRITES: Mapping[str, type[Model]] = {"call": StatusCall, "note": ClaimNote}

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """What is done to each, who may, and what stands against it before it is tried."""

    needs: Permission
    verb: Callable[..., Any]
    against: Callable[[Claim, Values], str]
    done: str
    """To follow a number of claims: 'handed over'."""


def look(act: str, keys: Sequence[int], values: Values, *, back: str, by: User, at: datetime) -> BulkRun:
    """The preview: which claims it would be done to, and what stands against it. Nothing of a claim is changed."""
    found = ACTS[act]
    if not by.may(found.needs):
        raise NotPermitted("Your role does not allow you to do this to claims.")
    if len(keys) > MOST:
        raise NotPossible(f"{len(keys):,} claims are too many at once. Narrow the list to {MOST} at most.")
    claims = list(_seeable(act).filter(pk__in=keys).order_by("pk"))
    if not claims:
        raise NotPossible("None of the chosen claims is open any more. Look at the list again.")
    failed = dict(_failed(claims, at)) if act == "mark_ready" else {}
    with transaction.atomic():
        run = BulkRun.objects.create(act=act, values=dict(values), back=back[:500], made_at=at, made_by=by)
        BulkRow.objects.bulk_create(
            BulkRow(
                run=run,
                claim=claim,
                seen=seen_of(claim),
                foreseen=(found.against(claim, values) or failed.get(claim.pk, ""))[:500],
            )
            for claim in claims
        )
    return run


def seen_of(claim: Any) -> dict[str, Any]:
    """What a preview remembers of a claim of the worklist; of calls and notes the newest one, too."""
    return {"revision": claim.revision, "owner": claim.owner_id, "queue": claim.queue, "newest": claim.newest}


def _seeable(act: str) -> QuerySet[Any]:
    """Claims of the worklist with the `newest` row of the kind that the act writes: nothing else shows it."""
    rows = _WRITES.get(act)
    if rows is None:
        return queued().annotate(newest=Value(None, IntegerField()))
    newest = rows._default_manager.filter(claim=OuterRef("pk")).order_by("-pk")
    return queued().annotate(newest=Subquery(newest.values("pk")[:1]))


def begin(run: BulkRun, *, by: User, at: datetime) -> None:
    """From the preview to the act. A second click changes nothing."""
    _require_own(run, by)
    with transaction.atomic():
        if BulkRun.objects.filter(pk=run.pk, begun_at=None).update(begun_at=at):
            total = run.rows.count()
            record("bulk.begin", by=by, at=at, subject=run, act=run.act, claims=total)
            ask(JOB, run.pk, total=total, by=by, at=at)
    run.refresh_from_db()


def go_on(run: BulkRun, *, by: User, at: datetime, most: int = STEP) -> BulkRun:
    """Do the next claims. Whoever comes back later goes on where it stands."""
    _require_own(run, by)
    if not run.is_running:
        return run
    values = _typed(run)
    for row in run.rows.filter(outcome="").select_related("claim__encounter__patient", "claim__encounter__location")[
        :most
    ]:
        _one(row, run, values, by, at)
    with transaction.atomic():
        left = run.rows.filter(outcome="").exists()
        if not left and BulkRun.objects.filter(pk=run.pk, ended_at=None).update(ended_at=at):
            record("bulk.end", by=by, at=at, subject=run, act=run.act, done=run.rows.filter(outcome="done").count())
    run.refresh_from_db()
    return run


@drives(JOB)
def _step_of(key: int, by: User, at: datetime) -> Stand:
    run = go_on(BulkRun.objects.get(pk=key), by=by, at=at)
    total = run.rows.count()
    return Stand(total - run.rows.filter(outcome="").count(), total, is_over=not run.is_running)


def _one(row: BulkRow, run: BulkRun, values: dict[str, Any], by: User, at: datetime) -> None:
    with transaction.atomic():
        hold(row.claim_id)
        # Two pages may drive the same act: whoever holds the claim second finds it done.
        if BulkRow.objects.filter(pk=row.pk).exclude(outcome="").exists():
            return
        outcome, said = "changed", _changed(row, run.act)
        if not said:
            # What the preview said of a claim is what becomes of it.
            outcome, said = "refused", row.foreseen or ACTS[run.act].against(row.claim, run.values)
        if not said:
            outcome = "done"
            try:
                with transaction.atomic():
                    ACTS[run.act].verb(row.claim, values, by, at)
            except ValidationError as e:
                outcome, said = "refused", " ".join(e.messages)
            except Refusal as e:
                outcome, said = "refused", " ".join(e.reasons)
        BulkRow.objects.filter(pk=row.pk).update(outcome=outcome, said=said[:1000])


def _changed(row: BulkRow, act: str) -> str:
    """What is otherwise than in the preview; empty where nothing is."""
    claim = _seeable(act).filter(pk=row.claim_id).first()
    if claim is None:
        return GONE
    now, was = seen_of(claim), row.seen
    if now == was:
        row.claim = claim
        return ""
    if now["queue"] != was["queue"]:
        before = BY_KEY[was["queue"]].label if was["queue"] in BY_KEY else "another queue"
        return f"It moved from “{before}” to “{BY_KEY[now['queue']].label}” meanwhile."
    if now["owner"] != was["owner"]:
        return f"It was given to {claim.owner.display_name if claim.owner else 'nobody'} meanwhile."
    if now["newest"] != was["newest"]:
        return f"Somebody {'noted a call' if act == 'call' else 'wrote a note'} meanwhile."
    return "Somebody changed it meanwhile."


def _typed(run: BulkRun) -> dict[str, Any]:
    """What was typed, as the verbs take it."""
    values = dict(run.values)
    if run.act == "assign":
        values["person"] = User.objects.filter(pk=values["to"]).first() if values.get("to") else None
        if values.get("to") and values["person"] is None:
            raise NotPossible("The person is not there any more. Begin again.")
    for key in ("called_on", "next_on"):
        if values.get(key):
            values[key] = date.fromisoformat(values[key])
    return values


def _require_own(run: BulkRun, by: User) -> None:
    if run.made_by_id != by.pk:
        raise NotPermitted("Somebody else prepared this. Choose the claims yourself.")
    if not by.may(ACTS[run.act].needs):
        raise NotPermitted("Your role does not allow you to do this to claims.")


def _failed(claims: Sequence[Claim], at: datetime) -> list[tuple[int, str]]:
    wanted = [c for c in claims if not _step(c, "mark_ready")]
    if not wanted:
        return []
    told = ((claim.pk, list(readiness_refusals(report))) for claim, report in failures_of_each(wanted, at=at))
    return [(pk, _first_of(reasons)) for pk, reasons in told if reasons]


def _first_of(reasons: list[str]) -> str:
    more = len(reasons) - 1
    return reasons[0] if not more else f"{reasons[0]} And {more} more."


def _step(claim: Claim, name: str) -> str:
    """Why a step of its preparation cannot be taken; empty where it can."""
    if claim.transport not in (Transport.NONE, Transport.REJECTED):
        return "It was sent already."
    if claim.preparation not in PREPARATION.find(name).sources:
        return f"It is {PREPARATION.label(claim.preparation).lower()} already."
    return ""


def _no_call(claim: Claim) -> str:
    return "" if calls.waits_for_payer(claim) else "It does not wait for an answer of its payer."


def _not_held(claim: Claim) -> str:
    # The step leads from ready to draft, too: here only what is held is meant.
    return "It is not held." if claim.preparation != Preparation.HELD else _step(claim, "back_to_draft")


def _with_already(claim: Claim, values: Values) -> str:
    if not values.get("to"):
        return "" if claim.owner_id else "It belongs to nobody already."
    owner = claim.owner
    return f"It is with {owner.display_name} already." if owner and str(owner.pk) == str(values["to"]) else ""


ACTS: Mapping[str, Act] = {
    "assign": Act(
        Permission.CLAIM_PREPARE,
        lambda c, v, by, at: work.assign(c, v["person"], v.get("note", ""), by=by, at=at),
        _with_already,
        "handed over",
    ),
    "note": Act(
        Permission.CLAIM_PREPARE,
        lambda c, v, by, at: work.write_note(c, v["text"], by=by, at=at),
        lambda c, v: "",
        "noted",
    ),
    "call": Act(
        Permission.CLAIM_SUBMIT,
        lambda c, v, by, at: calls.note_call(c, v, by=by, at=at),
        lambda c, v: _no_call(c),
        "noted as asked",
    ),
    "hold": Act(
        Permission.CLAIM_PREPARE,
        lambda c, v, by, at: preparation.hold(c, v["reason"], by=by, at=at),
        lambda c, v: _step(c, "hold"),
        "held",
    ),
    "release": Act(
        Permission.CLAIM_PREPARE,
        lambda c, v, by, at: preparation.back_to_draft(c, by=by, at=at),
        lambda c, v: _not_held(c),
        "released",
    ),
    "mark_ready": Act(
        Permission.CLAIM_PREPARE,
        lambda c, v, by, at: preparation.mark_ready(c, by=by, at=at),
        lambda c, v: _step(c, "mark_ready"),
        "marked ready",
    ),
}
