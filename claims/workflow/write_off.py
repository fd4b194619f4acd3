"""What is given up by choice, and who agreed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from documentation.kernel.machine import Machine, Transition
from documentation.kernel.permissions import Permission


class WriteOffStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"


def _second_person_refusals(asked: Any) -> Iterable[str]:
    if asked.is_own:
        yield "You asked for this write-off yourself. Above the limit a second person decides."
    if asked.is_stale:
        yield (
            "The claim changed since this was asked: it was answered again, or it is over."
            " Refuse it, and ask anew for what is left."
        )


WRITE_OFF = Machine(
    name="write_off",
    field="status",
    initial=WriteOffStatus.REQUESTED,
    transitions=(
        Transition(
            "carry_out",
            "Write off",
            frozenset({WriteOffStatus.REQUESTED}),
            WriteOffStatus.APPROVED,
            Permission.REMITTANCE_POST,
        ),
        Transition(
            "approve",
            "Approve the write-off",
            frozenset({WriteOffStatus.REQUESTED}),
            WriteOffStatus.APPROVED,
            Permission.WRITE_OFF_APPROVE,
            _second_person_refusals,
            icon="check",
        ),
        Transition(
            "refuse",
            "Refuse the write-off",
            frozenset({WriteOffStatus.REQUESTED}),
            WriteOffStatus.REFUSED,
            Permission.WRITE_OFF_APPROVE,
        ),
        Transition(
            "withdraw",
            "Withdraw the request",
            frozenset({WriteOffStatus.REQUESTED}),
            WriteOffStatus.WITHDRAWN,
            Permission.REMITTANCE_POST,
        ),
        Transition(
            "take_back",
            "Take the write-off back",
            frozenset({WriteOffStatus.APPROVED}),
            WriteOffStatus.REVERSED,
            Permission.REMITTANCE_POST,
        ),
        Transition(
            "restore",
            "Stands again, as the answer that took it back is not its own",
            frozenset({WriteOffStatus.REVERSED}),
            WriteOffStatus.APPROVED,
            Permission.REMITTANCE_POST,
        ),
    ),
    labels={
        WriteOffStatus.REQUESTED: ("Waits for a second person", "attention"),
        WriteOffStatus.APPROVED: ("Written off", "draft"),
        WriteOffStatus.REFUSED: ("Refused", "denied"),
        WriteOffStatus.WITHDRAWN: ("Withdrawn", "draft"),
        WriteOffStatus.REVERSED: ("Taken back", "draft"),
    },
)
"""An amount given up by choice. Up to the limit it is carried out at once; above it another person approves."""
