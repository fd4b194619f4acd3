"""Verbs on keeping: periods as somebody read them, legal holds, decisions to keep a patient's records longer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from documentation.kernel.dates import short_date
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import KeptLonger, LegalHold, Organization, Patient, RetentionPeriod, User
from documentation.queries.retention import load_periods
from documentation.retention.periods import BY_KEY, Period, Whom
from documentation.services.audit import record
from documentation.services.patients import standing

PERIOD_FIELDS = ("kind", "name", "years", "start", "whom", "is_used", "source", "verified_on", "notes")
_OWN = "own."


def record_period(
    key: str, values: dict[str, Any], *, by: User, at: datetime, today: date, seen: int | None = None
) -> RetentionPeriod:
    """Write down a period as somebody read it; earlier rows stay. An empty key makes a period of the practice's own.

    `values`: PERIOD_FIELDS. `seen` is the newest row that the person looked at, 0 where the practice wrote none. Raises
    NotPossible where somebody else wrote another one since; ValidationError by field, also where the time would get
    shorter and nobody verified that.
    """
    if not by.may(Permission.RETENTION_SET):
        raise NotPermitted("Your role does not allow you to set how long records are kept.")
    row = RetentionPeriod(key=key or f"{_OWN}0", recorded_at=at, recorded_by=by, **values)
    row.full_clean()
    if row.verified_on and row.verified_on > today:
        raise ValidationError({"verified_on": "This day lies in the future. Give the day on which somebody looked."})
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).first()  # so that two who write at once take turns
        last = RetentionPeriod.objects.filter(key=key).first() if key else None
        if key and not last and key not in BY_KEY:
            raise NotPossible("There is no such period. Open the list of periods again.")
        if seen is not None and seen != (last.pk if last else 0):
            raise NotPossible(
                "Somebody else wrote this down meanwhile. Compare with what is known now, then save again."
            )
        if last and all(getattr(last, name) == getattr(row, name) for name in PERIOD_FIELDS):
            return last
        known = next((p for p in load_periods() if p.key == key), None)
        shorter = _shorter(row, known) if known else ""
        if shorter and not row.verified_on:
            raise ValidationError({"verified_on": f"{shorter} Say on which day somebody verified it."})
        row.key = key or _free_key()
        row.save()
        record("retention.period", by=by, at=at, subject=row.key, years=row.years, is_used=row.is_used)
    return row


def _shorter(row: RetentionPeriod, known: Period) -> str:
    """Why the time gets shorter by a row, or may, than by what is known; empty where it cannot."""
    if not known.is_used:
        return ""
    if row.years < known.years or not row.is_used:
        return f"It makes the time shorter than {known.said}."
    if row.start != known.start:
        return f"It no longer counts {known.said}, so the time may get shorter."
    if row.whom not in {known.whom, Whom.EVERYBODY}:
        return f"It leaves out some of those it counted for ({known.whom_words}), so their time may get shorter."
    return ""


def _free_key() -> str:
    taken = RetentionPeriod.objects.filter(key__startswith=_OWN).values_list("key", flat=True).distinct()
    return f"{_OWN}{max((int(k.removeprefix(_OWN)) for k in taken), default=0) + 1}"


def place_hold(patient: Patient, values: dict[str, Any], *, by: User, at: datetime, today: date) -> LegalHold:
    """From now on nothing of this patient is removed; several holds may stand. `values`: reason, asked_by, from_on."""
    _require(by)
    row = LegalHold(patient=patient, placed_at=at, placed_by=by, **values)
    row.full_clean(validate_constraints=False)
    missing = {}
    if not row.reason:
        missing["reason"] = "Say in a few words what the hold is for."
    if not row.asked_by:
        missing["asked_by"] = "Say who asked for it."
    if row.from_on > today:
        missing["from_on"] = f"This day lies in the future. A hold counts at once; today is {short_date(today)}."
    if missing:
        raise ValidationError(missing)
    with transaction.atomic():
        standing(patient)
        row.save()
        record("legal_hold.place", by=by, at=at, subject=patient, patient=patient, hold=row.pk, since=str(row.from_on))
    return row


def release_hold(hold: LegalHold, reason: str, *, by: User, at: datetime) -> LegalHold:
    """The hold ends, with a reason; the row stays. Other holds of the patient stand as before."""
    _require(by)
    if not reason.strip():
        raise ValidationError({"reason": "Say who released it and why."})
    with transaction.atomic():
        row = LegalHold.objects.select_for_update().get(pk=hold.pk)
        if row.released_at:
            raise NotPossible("This hold was released already.")
        row.released_at, row.released_by, row.release_reason = at, by, reason
        row.full_clean()
        row.save(update_fields=["released_at", "released_by", "release_reason"])
        record("legal_hold.release", by=by, at=at, subject=row.patient, patient=row.patient, hold=row.pk)
    return row


LONGEST = timedelta(days=365 * 50)
"""How far ahead a decision to keep longer may reach."""


def keep_longer(patient: Patient, values: dict[str, Any], *, by: User, at: datetime, today: date) -> KeptLonger:
    """Keep a patient's records beyond every period. `values`: until, reason. It never makes the time shorter."""
    _require(by)
    row = KeptLonger(patient=patient, decided_at=at, decided_by=by, **values)
    row.full_clean(validate_constraints=False)
    if row.until <= today:
        raise ValidationError({"until": f"Give a day after today, which is {short_date(today)}."})
    if row.until > today + LONGEST:  # a decision is never made shorter, a slip neither
        raise ValidationError({"until": f"Give a day up to {short_date(today + LONGEST)}. Look at the year."})
    if not row.reason:
        raise ValidationError({"reason": "Say why, in a few words: whoever looks again then will want to know."})
    with transaction.atomic():
        standing(patient)
        row.save()
        record("retention.longer", by=by, at=at, subject=patient, patient=patient, until=str(row.until))
    return row


def refuse_on_hold(patient: Patient) -> None:
    """Nothing of a patient on legal hold goes. Raises NotPossible while one stands; call it within the transaction."""
    _take(patient)
    hold = LegalHold.objects.filter(patient=patient, released_at=None).first()
    if hold:
        raise NotPossible(
            f"This patient’s records are on legal hold since {short_date(hold.from_on)}, so nothing is taken out of"
            " them. Ask the office manager, who can release the hold."
        )


def _take(patient: Patient) -> None:
    """Whoever removes something of a patient, and whoever puts the patient on hold, take turns."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)


def _require(by: User) -> None:
    if not by.may(Permission.LEGAL_HOLD):
        raise NotPermitted("Your role does not allow you to hold or keep patients’ records.")
