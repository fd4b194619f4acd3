"""The one word that people read for a claim, derived from its four fields, here and nowhere else."""

from __future__ import annotations

from enum import StrEnum

from claims.workflow.adjudication import Adjudication
from claims.workflow.closing import CLOSING, Closing
from claims.workflow.preparation import Preparation
from claims.workflow.transport import Transport


class ClaimWord(StrEnum):
    """The one word for a claim, on every screen, in every list and in the commands."""

    DRAFT = "draft"
    READY = "ready"
    SUBMITTED = "submitted"
    PAID = "paid"
    DENIED = "denied"
    APPEAL = "appeal"
    NEEDS_ATTENTION = "needs_attention"


WORD_LABELS: dict[ClaimWord, tuple[str, str]] = {
    ClaimWord.DRAFT: ("Draft", "draft"),
    ClaimWord.READY: ("Ready", "ready"),
    ClaimWord.SUBMITTED: ("Submitted", "submitted"),
    ClaimWord.PAID: ("Paid", "paid"),
    ClaimWord.DENIED: ("Denied", "denied"),
    ClaimWord.APPEAL: ("In appeal", "appeal"),
    ClaimWord.NEEDS_ATTENTION: ("Needs attention", "attention"),
}


def word_of(
    preparation: str,
    transport: str = Transport.NONE,
    adjudication: str = Adjudication.NONE,
    closing: str = Closing.OPEN,
    *,
    has_open_denial: bool = False,
    has_open_appeal: bool = False,
) -> ClaimWord:
    """The word for a claim: what matters most to the person who must act comes first."""
    if has_open_appeal:
        return ClaimWord.APPEAL
    if has_open_denial or (adjudication == Adjudication.DENIED and closing == Closing.OPEN):
        return ClaimWord.DENIED
    if transport == Transport.REJECTED and closing == Closing.OPEN:
        return ClaimWord.NEEDS_ATTENTION
    if adjudication in (Adjudication.PAID, Adjudication.PARTLY_PAID, Adjudication.PATIENT_SHARE):
        return ClaimWord.PAID
    if adjudication == Adjudication.DENIED:
        return ClaimWord.DENIED
    if transport in (Transport.SENT, Transport.ACCEPTED):
        return ClaimWord.SUBMITTED
    if preparation == Preparation.HELD:
        return ClaimWord.NEEDS_ATTENTION
    return ClaimWord.READY if preparation == Preparation.READY else ClaimWord.DRAFT


def said_of(word: ClaimWord, closing: str = "") -> tuple[str, str]:
    """The word of a claim as people read it, and its tone; a void one is neither a draft nor ready, whatever it was."""
    if closing == Closing.VOIDED:
        return CLOSING.label(closing), CLOSING.tone(closing)
    return WORD_LABELS[word]
