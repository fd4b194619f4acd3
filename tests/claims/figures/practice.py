"""The small practice of practice.tsv as rows of kept figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

_LINES = [line.split("\t") for line in (Path(__file__).parent / "practice.tsv").read_text().splitlines()[1:]]


def figures(**values: Any) -> dict[str, Any]:
    """Kept figures of a claim of which nothing is known yet; `values` as in the row."""
    zero = Decimal(0)
    return {
        "payer_id": 1, "plan_name": "", "clinician_id": 1, "location_id": 1, "code": "D0371", "biller_id": None,
        "service_date": date(2026, 7, 1), "stands": True, "submitted_on": None, "sendings": 0, "rejections": 0,
        "arrived": False, "answered_on": None, "paid_on": None, "billed": Decimal(850), "paid": zero,
        "initially_denied": False, "first_cause": "", "first_denied": zero, "denied_on": None,
        "paid_first_time": False, "at_risk": zero, "at_risk_until": None, "appealed_on": None, "appealed": zero,
        "appeals_decided": 0, "appeals_overturned": 0, "recovered": zero, "regained": zero, "written_off": zero,
        "owed": zero, "idle_since": None, "waits_since": None, "ask_again_on": None, **values,
    }  # fmt: skip


def rows() -> dict[int, dict[str, Any]]:
    """By the number in the table."""
    found = {}
    for cells in _LINES[1:]:
        c = dict(zip(_LINES[0], cells, strict=True))
        found[int(c["n"])] = figures(
            service_date=_day(c["service"]),
            submitted_on=_day(c["sent"]),
            sendings=int(c["sendings"]),
            rejections=int(c["rejections"]),
            arrived=c["arrived"] == "1",
            answered_on=_day(c["answered"]),
            billed=Decimal(c["billed"]),
            initially_denied=c["denied"] != "0",
            first_denied=Decimal(c["denied"]),
            first_cause=c["cause"],
            denied_on=_day(c["denied_on"]),
            paid_on=_day(c["paid_on"]),
            paid=Decimal(c["paid"]),
            paid_first_time=c["first"] == "1",
            appealed_on=_day(c["appealed_on"]),
            appealed=Decimal(c["appealed"]),
            appeals_decided=int(c["decided"]),
            appeals_overturned=int(c["overturned"]),
            recovered=Decimal(c["recovered"]),
            regained=Decimal(c["regained"]),
            written_off=Decimal(c["written_off"]),
            at_risk=Decimal(c["at_risk"]),
            stands=c["stands"] == "1",
        )
    return found


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
