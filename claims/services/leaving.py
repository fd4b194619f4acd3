"""What is being handed over at this moment stays as it is: its files may lie with the clearinghouse already."""

from __future__ import annotations

from claims.models import Claim
from documentation.kernel.machine import NotPossible


def require_not_leaving(claim: Claim) -> None:
    """Raises NotPossible for a claim behind the mark of the outbox, until that says what became of it."""
    leaving = claim.dispatched.filter(is_waiting=True, dispatch__released_at__isnull=False).first()
    if leaving:
        raise NotPossible(
            "This claim is being handed over to the clearinghouse, or was broken off there. The outbox says what became"
            f" of it: finish that one first (no. {leaving.dispatch_id})."
        )
