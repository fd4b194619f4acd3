"""Verbs on what clocks are counted by: the levels of appeals, the days that each channel takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.clocks.paths import Regime
from claims.models import AppealPath, Claim, SendingLag
from claims.services.figures import refresh
from claims.services.holding import hold_all
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.models.among import among
from documentation.services.audit import record

PATH_FIELDS = (
    *("name", "stage", "number", "unit", "presumed_days", "closed", "short_month", "arrival", "decide_days", "decider"),
    *("notes", "applies_from", "source", "verified_on"),
)


def record_path(
    regime: str, level: int, values: dict[str, Any], *, by: User, at: datetime, today: date, seen: int | None = None
) -> AppealPath:
    """Write down one level of a regime as somebody read it; every open denial is counted again. Earlier rows stay.

    `values`: PATH_FIELDS. `seen` is the newest row that the person looked at, 0 where the practice wrote none. Raises
    NotPossible where somebody else wrote another one since, ValidationError by field.
    """
    _require(by)
    row = AppealPath(regime=regime, level=level, recorded_at=at, recorded_by=by, **values)
    row.full_clean()
    _not_to_come(row.verified_on, today)
    if regime == Regime.UNKNOWN and level != 1:
        raise ValidationError({"level": "Where nobody knows the rules there is one time for every level."})
    with transaction.atomic():
        last = AppealPath.objects.select_for_update().filter(regime=regime, level=level).first()
        _not_overtaken(last, seen)
        if last and all(getattr(last, name) == getattr(row, name) for name in PATH_FIELDS):
            return last
        held = hold_all(Claim.objects.filter(figures__at_risk__gt=0))
        row.save()
        _count_again(held)
        record("deadline.rule", by=by, at=at, subject=f"{regime} level {level}", source=row.source)
    return row


def record_lag(
    channel: str, values: dict[str, Any], *, by: User, at: datetime, today: date, seen: int | None = None
) -> SendingLag:
    """Write down how many business days a channel takes, or how many the practice keeps for itself.

    `values`: days, source, verified_on. Raises as `record_path` does.
    """
    _require(by)
    row = SendingLag(channel=channel, recorded_at=at, recorded_by=by, **values)
    row.full_clean()
    _not_to_come(row.verified_on, today)
    with transaction.atomic():
        last = SendingLag.objects.select_for_update().filter(channel=channel).first()
        _not_overtaken(last, seen)
        row.save()
        record("deadline.lag", by=by, at=at, subject=f"channel {channel}", days=row.days)
    return row


def _count_again(held: Sequence[int]) -> None:
    """Of claims that are held, and of no other: a claim that is denied meanwhile counts by the new row itself."""
    for claim in Claim.objects.filter(among("pk", held)).order_by("pk"):
        refresh(claim)


def _not_to_come(verified_on: date | None, today: date) -> None:
    if verified_on and verified_on > today:
        raise ValidationError({"verified_on": "This day lies in the future. Give the day on which somebody looked."})


def _not_overtaken(last: Any, seen: int | None) -> None:
    if seen is not None and seen != (last.pk if last else 0):
        raise NotPossible("Somebody else wrote this down meanwhile. Compare with what is known now, then save again.")


def _require(by: User) -> None:
    if not by.may(Permission.PAYER_EDIT):
        raise NotPermitted("Your role does not allow you to change the rules that deadlines are counted by.")
