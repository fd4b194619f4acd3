"""What the demo practice has found out about its payers: fresh, stale, expired, of one plan only, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True)
class Learned:
    """One answer of a payer, written down some days ago from a source."""

    payer_id: str
    key: str
    value: Any
    source: str
    days_ago: int
    plan_name: str = ""
    holds_days: int | None = None
    """Days after which the source itself said that it ends."""

    def values(self, today: date) -> dict[str, Any]:
        verified_on = today - timedelta(days=self.days_ago)
        expires_on = verified_on + timedelta(days=self.holds_days) if self.holds_days else None
        return {
            "value": self.value,
            "plan_name": self.plan_name,
            "source": self.source,
            "verified_on": verified_on,
            "expires_on": expires_on,
        }


def learned() -> Iterator[Learned]:
    """Everything, the oldest first. What no line tells stays unknown."""
    plain, strict, medical = "99992", "99993", "99994"
    yield Learned(plain, "appeals_fax", "3035550188", "provider manual, last edition", 540)
    yield Learned(strict, "channels", ["mail"], "provider manual, last edition", 430)
    yield Learned(strict, "appeals_address", "Appeals, PO Box 77\nAustin, TX 78701", "letter with a denial", 400)
    yield Learned(medical, "payer_id_eligibility", "SPEC1", "clearinghouse's list", 390)
    yield Learned(plain, "several_attachments", "yes", "clearinghouse's list", 200, holds_days=180)
    yield Learned(plain, "claims_address", "PO Box 200\nDenver, CO 80202", "provider manual, page 3", 110)
    yield Learned(
        plain, "appeals_address", "Dental Review, PO Box 210\nDenver, CO 80202", "provider manual, page 9", 110
    )
    yield Learned(plain, "channels", ["portal", "clearinghouse", "mail"], "provider manual, page 4", 110)
    yield Learned(plain, "documents_wanted", ["images", "interpretation", "narrative"], "call 80412, Dana", 40)
    yield Learned(plain, "documents_wanted", ["images", "note"], "call 80412, Dana", 40, plan_name="Standard PPO")
    yield Learned(strict, "eligibility_days", 14, "portal, page Eligibility", 30)
    yield Learned(strict, "channels", ["portal", "fax"], "portal, page Contact", 30)
