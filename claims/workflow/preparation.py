"""Whether a claim may leave."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from documentation.kernel.machine import Machine, Transition
from documentation.kernel.permissions import Permission


class Preparation(StrEnum):
    DRAFT = "draft"
    READY = "ready"
    HELD = "held"


def readiness_refusals(report: Any) -> Iterable[str]:
    """What keeps a claim from being ready: blockers, and warnings that nobody gave a reason for."""
    for r in report.blockers:
        yield f"{r.message} {r.fix}"
    for r in report.open_warnings:
        yield f"{r.message} {r.fix} Or give a reason for going on."


PREPARATION = Machine(
    name="claim",
    field="preparation",
    initial=Preparation.DRAFT,
    transitions=(
        Transition(
            "mark_ready",
            "Mark ready",
            frozenset({Preparation.DRAFT, Preparation.HELD}),
            Preparation.READY,
            Permission.CLAIM_PREPARE,
            readiness_refusals,
            icon="check",
        ),
        Transition(
            "back_to_draft",
            "Back to draft",
            frozenset({Preparation.READY, Preparation.HELD}),
            Preparation.DRAFT,
            Permission.CLAIM_PREPARE,
            icon="undo-2",
        ),
        Transition(
            "hold",
            "Hold",
            frozenset({Preparation.DRAFT, Preparation.READY}),
            Preparation.HELD,
            Permission.CLAIM_PREPARE,
            icon="pause",
        ),
    ),
    labels={
        Preparation.DRAFT: ("Draft", "draft"),
        Preparation.READY: ("Ready", "ready"),
        Preparation.HELD: ("Held", "attention"),
    },
)
