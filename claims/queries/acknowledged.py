"""What acknowledgements said of claims: of a file, and of one claim over time."""

from __future__ import annotations

from typing import Any

from claims.models import Acknowledgement, AcknowledgementFile, Claim

TONES = {"received": "submitted", "accepted": "paid", "accepted_with_errors": "attention", "rejected": "attention"}


def told(file: AcknowledgementFile) -> list[dict[str, Any]]:
    """The answers of a file, the rejected ones first; at most 200, for a page."""
    rows = file.answers.select_related("sent__claim").order_by("pk")
    first = [*rows.filter(outcome="rejected")[:200], *rows.exclude(outcome="rejected")[:200]]
    return [_row(row) for row in first[:200]]


def answers_on(claim: Claim) -> list[dict[str, Any]]:
    """What came back on a claim before any payer decided, the newest first."""
    rows = Acknowledgement.objects.filter(sent__claim=claim).select_related("sent__claim", "file")
    return [_row(row) for row in rows[:20]]


def _row(row: Acknowledgement) -> dict[str, Any]:
    return {
        "claim": row.sent.claim,
        "answer": row,
        "label": row.get_outcome_display(),
        "tone": TONES[row.outcome],
        "reasons": row.reasons,
    }
