"""Verbs on payers and what is known of their rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from claims.models import Claim, Fee, Payer, PlaybookFact
from claims.playbook import POLICY_KEYS, is_known
from claims.queries.last_days import KEYS
from claims.services.figures import refresh_deadlines
from claims.services.holding import hold_all
from claims.services.queues import WAITING, place_of_payer
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record


def save_payer(
    payer: Payer | None, values: dict[str, Any], *, by: User, at: datetime, seen: int | None = None
) -> Payer:
    """Add a payer, or correct one that was seen at revision `seen`."""
    _require(by)
    with transaction.atomic():
        row = Payer.objects.select_for_update(no_key=True).get(pk=payer.pk) if payer else Payer()
        if payer and seen is not None and row.revision != seen:
            raise NotPossible(
                "Somebody else changed this payer meanwhile. Compare with the values shown now, then save again."
            )
        changed = sorted(k for k, v in values.items() if getattr(row, k) != v)
        for key, value in values.items():
            setattr(row, key, value)
        row.full_clean()
        if payer and not changed:
            return row
        row.revision += 1 if payer else 0
        row.save()
        record("payer.change" if payer else "payer.add", by=by, at=at, subject=f"payer {row.payer_id}", fields=changed)
    return row


def record_fact(
    payer: Payer, key: str, values: dict[str, Any], *, by: User, at: datetime, seen: int | None = None
) -> PlaybookFact:
    """Write down one thing that is known of a payer. The rows before it stay.

    `values`: value, plan_name, source, verified_on, expires_on. `seen` is the row that the person looked at, 0 where
    there was none. Raises NotPossible where somebody else wrote another one since, ValidationError by field.
    """
    _require(by)
    with transaction.atomic():
        _hold(payer, [key])
        plan_name = values.get("plan_name", "")
        last = PlaybookFact.objects.filter(payer=payer, key=key, plan_name=plan_name).first()
        if seen is not None and seen != (last.pk if last else 0):
            raise NotPossible(
                "Somebody else wrote this down meanwhile. Compare with what is known now, then save again."
            )
        return _write(payer, key, values, last, by=by, at=at)


def confirm_fact(fact: PlaybookFact, source: str, *, on: date, by: User, at: datetime) -> PlaybookFact:
    """Still true, seen on a day by this person in this source: the same answer again, fresh and without an end."""
    if not source.strip():
        raise ValidationError({"source": "Say where you saw it or who said it, such as a call and its reference."})
    values = {"value": fact.value, "plan_name": fact.plan_name, "source": source.strip(), "verified_on": on}
    return record_fact(fact.payer, fact.key, values, by=by, at=at, seen=fact.pk)


def record_policy(
    payer: Payer,
    values: dict[str, Any],
    *,
    by: User,
    at: datetime,
    seen: int | None = None,
    keys: Iterable[str] = POLICY_KEYS,
) -> None:
    """Write down what one call or one page told of a payer as a whole: its answers share source and day.

    What `values` leaves out of `keys` counts as not known. The same facts again add nothing. `seen` is the newest row
    of the payer that the person looked at.
    """
    _require(by)
    shared: dict[str, Any] = {name: values[name] for name in ("source", "verified_on") if name in values}
    wrong: dict[str, Any] = {}
    keys = list(keys)
    with transaction.atomic():
        _hold(payer, keys)
        rows = list(PlaybookFact.objects.filter(payer=payer, plan_name=""))
        if seen is not None and seen != (rows[0].pk if rows else 0):
            raise NotPossible(
                "Somebody else wrote something down meanwhile. Compare with what is known now, then save again."
            )
        for key in keys:
            last = next((row for row in rows if row.key == key), None)
            value = values.get(key)
            value = list(value) if isinstance(value, tuple) else value
            try:
                _write(payer, key, {**shared, "value": value}, last, by=by, at=at)
            except ValidationError as e:
                wrong |= {key if name == "value" else name: said for name, said in e.message_dict.items()}
        if wrong:
            raise ValidationError(wrong)


def _hold(payer: Payer, keys: Iterable[str]) -> None:
    """Hold what follows from these facts of a payer, and the payer itself: all before the first of them is written."""
    follows = Q(figures__at_risk__gt=0)
    if set(keys) & set(KEYS):
        follows |= WAITING
    hold_all(Claim.objects.filter(follows, coverage__payer=payer))
    Payer.objects.select_for_update(no_key=True).get(pk=payer.pk)


def _write(
    payer: Payer, key: str, values: dict[str, Any], last: PlaybookFact | None, *, by: User, at: datetime
) -> PlaybookFact:
    row = PlaybookFact(payer=payer, key=key, recorded_at=at, recorded_by=by, **values)
    # There is one way to say that nobody knows, for the queries that count with it.
    row.value = row.value if is_known(row.value) else None
    row.full_clean()
    if last and _tells(last) == _tells(row):
        return last
    if last is None and row.value is None:
        return row
    row.save()
    if key in KEYS:
        place_of_payer(payer)
    if key in ("appeal_days", "appeal_rules", "filing_indicator"):
        refresh_deadlines(payer)
    plan = {"plan": row.plan_name} if row.plan_name else {}
    record("payer.fact", by=by, at=at, subject=f"payer {payer.payer_id}", fact=key, **plan)
    return row


def _tells(row: PlaybookFact) -> tuple[Any, ...]:
    return row.value, row.source, row.verified_on, row.expires_on


POLICY_FIELDS = (*POLICY_KEYS, "source", "verified_on")
"""What `record_policy` takes."""


def set_fee(code: str, amount: Decimal, *, effective_on: date, by: User, at: datetime) -> Fee:
    """The practice's full fee for a code from a day on."""
    _require(by)
    with transaction.atomic():
        fee, _ = Fee.objects.update_or_create(code=code, effective_on=effective_on, defaults={"amount": amount})
        record("fee.set", by=by, at=at, subject=f"fee {code}")
    return fee


def _require(by: User) -> None:
    if not by.may(Permission.PAYER_EDIT):
        raise NotPermitted("Your role does not allow you to change payers and policies.")
