"""How far a claim travelled."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from claims.workflow.preparation import readiness_refusals
from documentation.kernel.machine import Machine, Transition
from documentation.kernel.permissions import Permission


class Transport(StrEnum):
    NONE = "none"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


def _sending_refusals(claim: Any) -> Iterable[str]:
    """What keeps a claim from being sent; where its packet may be sent, what a check finds since it was sealed."""
    found = [*_packet_refusals(claim)]
    yield from found
    if not found and (since := [*readiness_refusals(claim.report)]):
        yield (
            "The packet was sealed, but the checks hold the claim now."
            " Mend what they name, mark the claim ready, then build the packet again."
        )
        yield from since


def _packet_refusals(claim: Any) -> Iterable[str]:
    if claim.is_void:
        yield "This claim is void. Send the one that was started in its place."
    if claim.packet_problem:
        yield claim.packet_problem
    if claim.is_restricted:
        yield "The patient pays this visit in full and asked that no plan is told of it. Send no claim."
    newer = claim.newer
    if newer and newer.is_signed:
        yield f"Version {newer.version} of the record was signed since. Take it over, then build the packet again."
    elif newer:
        yield (
            f"The record is being corrected, as version {newer.version}."
            " Send the claim when that version is signed or was abandoned."
        )


def _passing_refusals(claim: Any) -> Iterable[str]:
    if claim.is_on_its_way:
        yield (
            f"{claim.number} was passed on by this answer, and was sent, accepted or answered since."
            " The match stays: ask the payer for a reversal."
        )


TRANSPORT = Machine(
    name="claim",
    field="transport",
    initial=Transport.NONE,
    transitions=(
        Transition(
            "submit",
            "Record as sent",
            frozenset({Transport.NONE, Transport.REJECTED}),
            Transport.SENT,
            Permission.CLAIM_SUBMIT,
            _sending_refusals,
            icon="send",
        ),
        Transition(
            "pass_on",
            "Passed on by the plan before",
            frozenset({Transport.NONE}),
            Transport.SENT,
            Permission.CLAIM_PREPARE,
        ),
        Transition(
            "never_passed_on",
            "Not passed on after all",
            frozenset({Transport.SENT, Transport.REJECTED}),
            Transport.NONE,
            Permission.REMITTANCE_POST,
            _passing_refusals,
        ),
        Transition("accept", "Accepted", frozenset({Transport.SENT}), Transport.ACCEPTED, Permission.CLAIM_SUBMIT),
        Transition(
            "reject",
            "Rejected before adjudication",
            frozenset({Transport.SENT, Transport.ACCEPTED}),
            Transport.REJECTED,
            Permission.CLAIM_SUBMIT,
        ),
    ),
    labels={
        Transport.NONE: ("Not sent", "draft"),
        Transport.SENT: ("Sent", "submitted"),
        Transport.ACCEPTED: ("Accepted", "submitted"),
        Transport.REJECTED: ("Rejected", "attention"),
    },
)
