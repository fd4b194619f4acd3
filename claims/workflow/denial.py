"""What is being done about a denial."""

from __future__ import annotations

from enum import StrEnum

from documentation.kernel.machine import Machine, Transition
from documentation.kernel.permissions import Permission


class DenialStatus(StrEnum):
    OPEN = "open"
    APPEALED = "appealed"
    RESOLVED = "resolved"


DENIAL = Machine(
    name="denial",
    field="status",
    initial=DenialStatus.OPEN,
    transitions=(
        Transition("appeal", "Appeal", frozenset({DenialStatus.OPEN}), DenialStatus.APPEALED, Permission.APPEAL_EDIT),
        Transition(
            "reopen",
            "Open again",
            frozenset({DenialStatus.APPEALED, DenialStatus.RESOLVED}),
            DenialStatus.OPEN,
            Permission.APPEAL_EDIT,
        ),
        Transition(
            "resolve",
            "Resolve",
            frozenset({DenialStatus.OPEN, DenialStatus.APPEALED}),
            DenialStatus.RESOLVED,
            Permission.APPEAL_EDIT,
        ),
    ),
    labels={
        DenialStatus.OPEN: ("Open", "denied"),
        DenialStatus.APPEALED: ("In appeal", "appeal"),
        DenialStatus.RESOLVED: ("Resolved", "paid"),
    },
)
