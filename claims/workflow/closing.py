"""Whether a claim is done."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from documentation.kernel.machine import Machine, Transition
from documentation.kernel.permissions import Permission


class Closing(StrEnum):
    OPEN = "open"
    CORRECTED = "corrected"
    VOIDED = "voided"
    WRITTEN_OFF = "written_off"
    CLOSED = "closed"


BILLED = (Closing.OPEN, Closing.CLOSED, Closing.WRITTEN_OFF)
"""A visit with such a claim was billed to its plan; a voided or replaced claim leaves it to be billed again."""


def _void_refusals(claim: Any) -> Iterable[str]:
    if claim.is_paid:
        yield "The plan has paid. Ask it to take the money back. Once its reversal is posted, the claim can be voided."
    if claim.has_open_denial:
        yield "A denial of this claim is open. Resolve it first, saying how it ended."


def _correction_refusals(refusals: Any) -> Iterable[str]:
    return tuple(refusals)


CLOSING = Machine(
    name="claim",
    field="closing",
    initial=Closing.OPEN,
    transitions=(
        Transition("close", "Close", frozenset({Closing.OPEN}), Closing.CLOSED, Permission.REMITTANCE_POST),
        Transition(
            "write_off", "Write off", frozenset({Closing.OPEN}), Closing.WRITTEN_OFF, Permission.REMITTANCE_POST
        ),
        Transition("void", "Void", frozenset({Closing.OPEN}), Closing.VOIDED, Permission.CLAIM_SUBMIT, _void_refusals),
        Transition(
            "correct",
            "Replace by a corrected claim",
            frozenset({Closing.OPEN}),
            Closing.CORRECTED,
            Permission.CLAIM_SUBMIT,
            _correction_refusals,
        ),
        Transition(
            "reopen",
            "Open again",
            frozenset({Closing.CLOSED, Closing.WRITTEN_OFF}),
            Closing.OPEN,
            Permission.REMITTANCE_POST,
        ),
        Transition(
            "restore",
            "Open again, as the corrected claim is void",
            frozenset({Closing.CORRECTED}),
            Closing.OPEN,
            Permission.CLAIM_SUBMIT,
        ),
        Transition(
            "answer_void",
            "Open again, as the payer answered it",
            frozenset({Closing.VOIDED}),
            Closing.OPEN,
            Permission.REMITTANCE_POST,
        ),
        Transition(
            "void_again",
            "Void as before, as the answer is not its own",
            frozenset({Closing.OPEN}),
            Closing.VOIDED,
            Permission.REMITTANCE_POST,
        ),
        Transition(
            "written_off_again",
            "Written off as before, as the answer is not its own",
            frozenset({Closing.OPEN, Closing.CLOSED}),
            Closing.WRITTEN_OFF,
            Permission.REMITTANCE_POST,
        ),
    ),
    labels={
        Closing.OPEN: ("Open", "draft"),
        Closing.CORRECTED: ("Corrected", "draft"),
        Closing.VOIDED: ("Voided", "draft"),
        Closing.WRITTEN_OFF: ("Written off", "attention"),
        Closing.CLOSED: ("Closed", "paid"),
    },
)
