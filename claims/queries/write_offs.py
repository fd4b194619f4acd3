"""Write-offs as people look for them: what waits for a second person, and what became of the others."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from claims.models import Claim, WriteOff
from claims.queries.accounts import Account, account_of, left_behind
from claims.queries.balances import ZERO, settled, unpaid_of
from claims.queries.ways import still_denied
from claims.workflow import DenialStatus, WriteOffStatus


@dataclass(frozen=True)
class Offer:
    """What may be given up of a claim at this moment, as its page shows it. Amounts are dollars."""

    amount: Decimal
    due: Decimal
    """What the patient owes besides, which stays due unless it is given up, too; 0 where that is all there is."""
    is_unanswered: bool
    """Whether the payer has not decided on all of it, and is not waited for any longer."""
    denied: Decimal = ZERO
    """What of the amount it denied: such denials end with it."""

    def __str__(self) -> str:
        """As the page keeps it, to be compared when it comes back."""
        answered = f"unanswered/{self.denied:.2f}" if self.is_unanswered else "answered"
        return f"{self.amount:.2f}/{self.due:.2f}/{answered}"


def offer_of(claim: Claim, account: Account | None = None) -> Offer:
    """What may be given up of a claim; `account` is the visit's, where it is at hand."""
    found = settled(claim)
    known = account or account_of(claim)
    rest = left_behind(claim, found)
    due = known.due if known and rest else ZERO
    open_denials = claim.denials.exclude(status=DenialStatus.RESOLVED)
    denied = ZERO if found.is_whole else sum((still_denied(row) for row in open_denials), ZERO)
    return Offer(rest or unpaid_of(claim, found), due, not found.is_whole, denied)


STATES: dict[str, tuple[str, Q]] = {
    "waiting": ("Waits for a second person", Q(status=WriteOffStatus.REQUESTED)),
    "done": ("Written off", Q(status=WriteOffStatus.APPROVED)),
    "not": (
        "Refused, withdrawn or taken back",
        Q(status__in=(WriteOffStatus.REFUSED, WriteOffStatus.WITHDRAWN, WriteOffStatus.REVERSED)),
    ),
}
"""By key: label and condition."""


def listed(state: str) -> QuerySet[WriteOff]:
    """Write-offs of one state, the newest first; those that wait, the oldest first."""
    found = WriteOff.objects.filter(STATES[state][1]).select_related(
        "claim__encounter__patient", "claim__coverage__payer", "denial", "requested_by", "decided_by"
    )
    return found.order_by("requested_at", "pk") if state == "waiting" else found.order_by("-requested_at", "-pk")


def state_counts() -> dict[str, int]:
    """How many write-offs each state has, in one query."""
    return WriteOff.objects.aggregate(**{key: Count("pk", filter=found) for key, (_, found) in STATES.items()})


def waiting() -> QuerySet[WriteOff]:
    """Those that wait for a second person."""
    return WriteOff.objects.filter(status=WriteOffStatus.REQUESTED).order_by()
