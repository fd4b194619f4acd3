"""What one claim adds to every number: whole counts, cents and days, so that sums are exact.

A claim counts in a rate where it `stands`: it is not void, and it was not sent in the place of another, whose first
answer counts already. Money counts wherever it lies, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

MEASURES = (
    "sent", "billed_sent", "unanswered", "answered", "billed_answered", "denied", "first_denied", "first_pass",
    "sendings", "rejections", "originals", "clean", "decided", "overturned", "appealed", "won", "won_claims",
    "regained", "regained_claims", "written_off", "written_off_claims", "at_risk", "at_risk_claims", "paid",
    "submit_days", "submit_claims", "appeal_days", "appeal_claims", "payment_days", "payment_claims",
)  # fmt: skip
"""Numbers of claims or sendings; `billed_sent`, `billed_answered`, `first_denied`, `appealed`, `won`, `regained`,
`written_off`, `at_risk` and `paid` are cents; those that end in `days` are days."""

DIMENSIONS = ("month", "payer_id", "plan_name", "clinician_id", "biller_id", "location_id", "code", "first_cause")
"""By what a claim is told apart: `month` is the first day of the month of service, the others are as in its row."""


def measured(row: Mapping[str, Any]) -> dict[str, int]:
    """What a claim adds, from the fields of its kept row."""
    stands = row["stands"]
    answered = stands and row["answered_on"] is not None
    is_sent = stands and row["submitted_on"] is not None
    denied = stands and row["initially_denied"]
    arrived = stands and row["sendings"] > 0 and (row["arrived"] or row["rejections"] > 0)
    submit = _days(row["service_date"], row["submitted_on"]) if stands else None
    appeal = _days(row["denied_on"], row["appealed_on"])
    payment = _days(row["submitted_on"], row["paid_on"]) if stands else None
    return {
        "sent": int(is_sent),
        "billed_sent": _cents(row["billed"]) if is_sent else 0,
        "unanswered": int(is_sent and not answered),
        "answered": int(answered),
        "billed_answered": _cents(row["billed"]) if answered else 0,
        "denied": int(denied),
        "first_denied": _cents(row["first_denied"]) if stands else 0,
        "first_pass": int(stands and row["paid_first_time"]),
        "sendings": row["sendings"],
        "rejections": row["rejections"],
        "originals": int(arrived),
        "clean": int(arrived and row["arrived"] and row["sendings"] == 1 and not row["rejections"]),
        "decided": int(row["appeals_decided"] > 0),
        "overturned": int(row["appeals_overturned"] > 0),
        "appealed": _cents(row["appealed"]),
        "won": _cents(row["recovered"]),
        "won_claims": int(row["recovered"] > 0),
        "regained": _cents(row["regained"]),
        "regained_claims": int(row["regained"] > 0),
        "written_off": _cents(row["written_off"]),
        "written_off_claims": int(row["written_off"] > 0),
        "at_risk": _cents(row["at_risk"]),
        "at_risk_claims": int(row["at_risk"] > 0),
        "paid": _cents(row["paid"]),
        "submit_days": submit or 0,
        "submit_claims": int(submit is not None),
        "appeal_days": appeal or 0,
        "appeal_claims": int(appeal is not None),
        "payment_days": payment or 0,
        "payment_claims": int(payment is not None),
    }


def cell(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Where a claim counts, in the order of DIMENSIONS."""
    return (row["service_date"].replace(day=1), *(row[name] for name in DIMENSIONS[1:]))


def _cents(amount: Decimal) -> int:
    return int(amount * 100)


def _days(start: date | None, end: date | None) -> int | None:
    return (end - start).days if start and end else None
