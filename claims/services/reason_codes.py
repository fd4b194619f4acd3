"""Verbs on lists of reasons: load one from a file, write one code down, and sort the denials that waited for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from claims.codes.reason_lists import PASSING, Reason, code_problem, read_reasons
from claims.models import Claim, Denial, Payer, ReasonCode
from claims.queries.ways import meaning_of
from claims.services.codes import LoadedTexts
from claims.services.figures import refresh
from claims.services.holding import hold_all
from claims.services.sorting import hold_unposted, sort_unposted
from claims.workflow import DenialStatus
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Cause
from documentation.models import User
from documentation.models.among import among
from documentation.services.audit import record

_VALUES = ("text", "ended_on", "category", "group", "passes_on")


def load_reasons(
    content: bytes, of_list: str, payer: Payer | None, source: str, *, by: User, at: datetime
) -> LoadedTexts:
    """Take in a list, whole or not at all; the same list again changes nothing.

    A row with the code and first day of a known one takes its place, unless it says nothing of where the code belongs
    and a person does. Raises TableError with every faulty row, ValidationError where list and payer do not fit.
    """
    if not by.may(Permission.CODES_LOAD):
        raise NotPermitted("Your role does not allow you to load code lists.")
    if (of_list == "own") is (payer is None):
        raise ValidationError({"payer": "A payer is named for its own codes, and for no other list."})
    if not source.strip():
        raise ValidationError({"source": "Say where the list comes from, and of which day it is."})
    rows = read_reasons(content, of_list)
    with transaction.atomic():
        loaded = _write(rows, of_list, payer, source, by, at)
        told = {"added": loaded.added, "changed": loaded.changed}
        _sort_all("codes.load_reasons", f"list {of_list}", by=by, at=at, **told)
    return loaded


def _write(
    rows: Iterable[Reason], of_list: str, payer: Payer | None, source: str, by: User, at: datetime
) -> LoadedTexts:
    there = ReasonCode.objects.select_for_update().filter(of_list=of_list, payer=payer)
    known = {(r.code, r.effective_on): r for r in there}
    new, changed, total = [], [], 0
    for row in rows:
        total += 1
        values = {name: getattr(row, name) for name in _VALUES}
        have = known.get((row.code, row.effective_on))
        if have is None:
            made = ReasonCode(
                of_list=of_list,
                payer=payer,
                code=row.code,
                effective_on=row.effective_on,
                source=source[:200],
                recorded_at=at,
                recorded_by=by,
                **values,
            )
            made.clean_fields()
            new.append(made)
            continue
        for name in ("category", "passes_on"):  # what a person said stays, where the list says nothing
            values[name] = values[name] or getattr(have, name)
        if any(getattr(have, k) != v for k, v in values.items()):
            for key, value in values.items():
                setattr(have, key, value)
            have.source, have.recorded_at, have.recorded_by = source[:200], at, by
            have.revision += 1
            changed.append(have)
    ReasonCode.objects.bulk_create(new, batch_size=500)
    ReasonCode.objects.bulk_update(
        changed, [*_VALUES, "source", "recorded_at", "recorded_by", "revision"], batch_size=500
    )
    return LoadedTexts(len(new), len(changed), total - len(new) - len(changed))


def save_reason(
    reason: ReasonCode | None, values: dict[str, Any], *, by: User, at: datetime, seen: int | None = None
) -> ReasonCode:
    """Write down what a code means, or correct a row that was seen at revision `seen`; denials that waited are sorted.

    Raises ValidationError with a sentence by field, NotPossible where somebody else changed the row meanwhile.
    """
    if not by.may(Permission.PAYER_EDIT):
        raise NotPermitted("Your role does not allow you to change what is known of payers.")
    with transaction.atomic():
        row = ReasonCode.objects.select_for_update().get(pk=reason.pk) if reason else ReasonCode()
        if reason and seen is not None and row.revision != seen:
            raise NotPossible(
                "Somebody else changed this row meanwhile. Compare with the values shown now, then save again."
            )
        changed = sorted(k for k, v in values.items() if getattr(row, k, None) != v)
        for key, value in values.items():
            setattr(row, key, value)
        if reason and not changed:
            return row
        row.code = row.code.strip().upper()
        row.recorded_at, row.recorded_by = at, by
        _agree(row)
        row.full_clean()
        row.revision += 1 if reason else 0
        row.save()
        subject = f"reason code {row.of_list} {row.code}"
        action = "codes.reason" if reason is None else "codes.reason_change"
        _sort_all(action, subject, by=by, at=at, fields=changed)
    return row


def _agree(row: ReasonCode) -> None:
    problems = {}
    if row.of_list in dict(ReasonCode.LISTS) and (problem := code_problem(row.of_list, row.code)):
        problems["code"] = problem
    if row.of_list == "own" and row.payer is None:
        problems["payer"] = "Say whose own code this is."
    if row.of_list != "own" and row.payer is not None:
        problems["payer"] = "These codes are the same for every payer. Leave the payer open."
    if row.of_list == "own" and not row.category:
        problems["category"] = "Say where the code belongs."
    if row.of_list != "own" and row.group:
        problems["group"] = "A group is given for a payer's own code only."
    if row.of_list not in PASSING and row.passes_on:
        problems["passes_on"] = "Only a reason or a remark says that a claim was passed on."
    if not row.text.strip():
        problems["text"] = "Say in a few words what the code means."
    if row.ended_on and row.effective_on and row.ended_on < row.effective_on:
        problems["ended_on"] = "The last day lies before the first one. Look at the two days."
    if problems:
        raise ValidationError(problems)


def _sort_all(action: str, subject: str, *, by: User, at: datetime, **told: Any) -> None:
    """Put a change of the book on record, with what it changes: answers that wait to be posted, and open denials."""
    hold_unposted()
    held = hold_all(Claim.objects.filter(denials__in=_unsorted()))
    answers = sort_unposted()
    changed = _sort_denials(held)
    record(action, by=by, at=at, subject=subject, answers=answers, **told)
    for claim, cause in changed:
        record("denial.sort", by=by, at=at, subject=claim, patient=claim.encounter.patient, cause=cause)


def _unsorted() -> QuerySet[Denial]:
    """Open denials that have no cause yet, and of which no person chose one."""
    waiting = Denial.objects.exclude(status=DenialStatus.RESOLVED)
    return waiting.filter(cause=Cause.OTHER, machine_cause=Cause.OTHER, cause_reason="")


def _sort_denials(held: Sequence[int]) -> list[tuple[Claim, str]]:
    """Ask anew for the cause of open denials of held claims that have none yet. What a person chose stays. The claim
    and the new cause of each.
    """
    waiting, changed = _unsorted().filter(among("claim", held)).order_by("claim_id", "pk"), []
    for denial in waiting.select_related("claim__coverage__payer", "claim__encounter__patient", "answer__remittance"):
        found = meaning_of(denial)
        # Where the code is no denial by now, a person looks: money that was called denied is never let go by itself.
        cause = found.cause.value if found.cause else Cause.OTHER.value
        if cause == Cause.OTHER:
            continue
        Denial.objects.filter(pk=denial.pk).update(cause=cause, machine_cause=cause, carc=found.carc, group=found.group)
        refresh(denial.claim)
        changed.append((denial.claim, cause))
    return changed
