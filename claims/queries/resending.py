"""Corrected, void or new: what a claim that left can become, by its state and the payer's own number of it."""

from __future__ import annotations

from dataclasses import dataclass

from claims.models import Claim
from claims.queries.resent import payer_control_of
from claims.workflow import Adjudication, Closing, DenialStatus, Transport


@dataclass(frozen=True)
class Proposal:
    """`way` is new, corrected, void, wait or ask; `why` explains it to the biller. Voiding stands besides."""

    way: str
    title: str
    why: str
    payer_control: str = ""


def proposal_for(claim: Claim) -> Proposal | None:
    """What the screen proposes for a claim that was sent; None for one that never left or is over."""
    if claim.closing != Closing.OPEN or claim.transport == Transport.NONE:
        return None
    if claim.transport == Transport.REJECTED:
        return Proposal(
            "new",
            "Send it as new",
            "It was rejected before anybody decided, so the payer holds nothing that could be replaced. Mend it here"
            " and send it again as an original (frequency 1).",
        )
    if claim.adjudication in (Adjudication.NONE, Adjudication.PENDED):
        return Proposal(
            "wait",
            "Wait for the payer's decision",
            "A claim that is still being decided cannot be replaced, and a second one would be a duplicate. If it"
            " should never have been made, void it.",
        )
    control = payer_control_of(claim)
    if not control:
        return Proposal(
            "ask",
            "Ask the payer for its number of the claim",
            "A corrected claim names it, and no answer has told it. Sent as new, it would be refused as a duplicate.",
        )
    return Proposal(
        "corrected",
        "Correct it",
        f"The payer decided on it under its number {control}. A corrected claim (frequency 7) names that number and"
        " takes its place; a new one would be refused as a duplicate. If it should never have been made, void it"
        " (frequency 8) instead.",
        control,
    )


def refusals_to_correct(claim: Claim) -> tuple[str, ...]:
    """What stands against a corrected claim, in sentences."""
    found = []
    proposal = proposal_for(claim)
    if proposal is None:
        found.append("Only a claim that the payer holds can be corrected. This one was not sent, or is over.")
    elif proposal.way != "corrected":
        found.append(f"{proposal.title}. {proposal.why}")
    if claim.denials.exclude(status=DenialStatus.RESOLVED).exists():
        found.append("A denial of this claim is open. Resolve it first, saying that a corrected claim follows.")
    # A void claim that its payer answered all the same is open again beside the one that was billed in its place.
    same = Claim.objects.filter(encounter=claim.encounter_id, coverage=claim.coverage_id, closing=Closing.OPEN)
    if other := same.exclude(pk=claim.pk).first():
        found.append(
            f"{other} is open for the same visit and plan, and a visit is billed to a plan once. Close or void {other}"
            " first, or correct that one."
        )
    return tuple(found)
