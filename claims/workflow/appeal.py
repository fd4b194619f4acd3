"""How far an appeal is, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from documentation.kernel.machine import Machine, Transition
from documentation.kernel.permissions import Permission


class AppealStatus(StrEnum):
    DRAFT = "draft"
    SEALED = "sealed"
    SENT = "sent"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


APPEALS_TO_SEND = (AppealStatus.DRAFT, AppealStatus.SEALED)
"""States of an appeal whose deadline still runs."""


def _letter_refusals(appeal: Any) -> Iterable[str]:
    for gap in appeal.gaps:
        yield f"The letter has a gap: {gap}"


APPEAL = Machine(
    name="appeal",
    field="status",
    initial=AppealStatus.DRAFT,
    transitions=(
        Transition(
            "seal",
            "Seal the appeal packet",
            frozenset({AppealStatus.DRAFT}),
            AppealStatus.SEALED,
            Permission.APPEAL_EDIT,
            _letter_refusals,
            icon="stamp",
        ),
        Transition(
            "edit",
            "Edit the letter again",
            frozenset({AppealStatus.SEALED}),
            AppealStatus.DRAFT,
            Permission.APPEAL_EDIT,
        ),
        Transition(
            "send",
            "Record as sent",
            frozenset({AppealStatus.SEALED}),
            AppealStatus.SENT,
            Permission.CLAIM_SUBMIT,
            icon="send",
        ),
        Transition(
            "decide",
            "Record the decision",
            frozenset({AppealStatus.SENT}),
            AppealStatus.DECIDED,
            Permission.APPEAL_EDIT,
        ),
        Transition(
            "withdraw",
            "Withdraw",
            frozenset({AppealStatus.DRAFT, AppealStatus.SEALED, AppealStatus.SENT}),
            AppealStatus.WITHDRAWN,
            Permission.APPEAL_EDIT,
        ),
    ),
    labels={
        AppealStatus.DRAFT: ("Draft", "draft"),
        AppealStatus.SEALED: ("Sealed", "ready"),
        AppealStatus.SENT: ("Sent", "appeal"),
        AppealStatus.DECIDED: ("Decided", "paid"),
        AppealStatus.WITHDRAWN: ("Withdrawn", "draft"),
    },
)


class AppealOutcome(StrEnum):
    """How the payer answered an appeal."""

    OVERTURNED_FULL = "overturned_full"
    OVERTURNED_PARTIAL = "overturned_partial"
    UPHELD = "upheld"
    DISMISSED_LATE = "dismissed_late"
    DISMISSED_PROCEDURE = "dismissed_procedure"
    WITHDRAWN = "withdrawn"
    REPROCESSED_SAME = "reprocessed_same"
    NO_RESPONSE = "no_response"
