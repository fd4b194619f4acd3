"""The states of a claim, as tables over four small fields, and the one word that people read.

`preparation` says whether it may leave, `transport` how far it travelled, `adjudication` what the payer
decided, `closing` whether it is done. The word on screen is derived from the four, here and nowhere else.
"""

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


class Transport(StrEnum):
    NONE = "none"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Adjudication(StrEnum):
    NONE = "none"
    PENDED = "pended"
    PAID = "paid"
    PARTLY_PAID = "partly_paid"
    DENIED = "denied"
    PATIENT_SHARE = "patient_share"


class Closing(StrEnum):
    OPEN = "open"
    CORRECTED = "corrected"
    VOIDED = "voided"
    WRITTEN_OFF = "written_off"
    CLOSED = "closed"


BILLED = (Closing.OPEN, Closing.CLOSED, Closing.WRITTEN_OFF)
"""A visit with such a claim was billed to its plan; a voided or replaced claim leaves it to be billed again."""


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


class AuthorizationStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    DENIED = "denied"
    NOT_REQUIRED = "not_required"
    CANCELLED = "cancelled"


AUTHORIZATION = Machine(
    name="authorization",
    field="status",
    initial=AuthorizationStatus.REQUESTED,
    transitions=(
        Transition(
            "approve",
            "Approve",
            frozenset({AuthorizationStatus.REQUESTED, AuthorizationStatus.DENIED}),
            AuthorizationStatus.APPROVED,
            Permission.COVERAGE_EDIT,
        ),
        Transition(
            "deny",
            "Deny",
            frozenset({AuthorizationStatus.REQUESTED, AuthorizationStatus.APPROVED}),
            AuthorizationStatus.DENIED,
            Permission.COVERAGE_EDIT,
        ),
        Transition(
            "not_required",
            "Record as not required",
            frozenset({AuthorizationStatus.REQUESTED}),
            AuthorizationStatus.NOT_REQUIRED,
            Permission.COVERAGE_EDIT,
        ),
        Transition(
            "void",
            "Make void",
            frozenset(
                {
                    AuthorizationStatus.REQUESTED,
                    AuthorizationStatus.APPROVED,
                    AuthorizationStatus.DENIED,
                    AuthorizationStatus.NOT_REQUIRED,
                }
            ),
            AuthorizationStatus.CANCELLED,
            Permission.COVERAGE_EDIT,
        ),
        Transition(
            "ask_again",
            "Ask again",
            frozenset({AuthorizationStatus.DENIED, AuthorizationStatus.NOT_REQUIRED, AuthorizationStatus.CANCELLED}),
            AuthorizationStatus.REQUESTED,
            Permission.COVERAGE_EDIT,
        ),
    ),
    labels={
        AuthorizationStatus.REQUESTED: ("Requested", "submitted"),
        AuthorizationStatus.APPROVED: ("Approved", "paid"),
        AuthorizationStatus.DENIED: ("Denied", "denied"),
        AuthorizationStatus.NOT_REQUIRED: ("Not required", "draft"),
        AuthorizationStatus.CANCELLED: ("Void", "draft"),
    },
)
"""What a payer said of a prior authorization or a predetermination. That one has expired is told by its last day."""


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

_ANY = frozenset(Adjudication)

ADJUDICATION = Machine(
    name="claim",
    field="adjudication",
    initial=Adjudication.NONE,
    transitions=tuple(
        Transition(name, label, _ANY, target, Permission.REMITTANCE_POST)
        for name, label, target in (
            ("pend", "Pended by the payer", Adjudication.PENDED),
            ("pay", "Paid", Adjudication.PAID),
            ("pay_part", "Paid in part", Adjudication.PARTLY_PAID),
            ("deny", "Denied", Adjudication.DENIED),
            ("leave_to_patient", "Left to the patient", Adjudication.PATIENT_SHARE),
            ("reverse", "Reversed by the payer", Adjudication.NONE),
        )
    ),
    labels={
        Adjudication.NONE: ("No answer yet", "submitted"),
        Adjudication.PENDED: ("Pended", "submitted"),
        Adjudication.PAID: ("Paid", "paid"),
        Adjudication.PARTLY_PAID: ("Paid in part", "paid"),
        Adjudication.DENIED: ("Denied", "denied"),
        Adjudication.PATIENT_SHARE: ("Patient's share", "paid"),
    },
)


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


def said_of(word: ClaimWord, closing: str = "") -> tuple[str, str]:
    """The word of a claim as people read it, and its tone; a void one is neither a draft nor ready, whatever it was."""
    if closing == Closing.VOIDED:
        return CLOSING.label(closing), CLOSING.tone(closing)
    return WORD_LABELS[word]


MACHINES = (PREPARATION, TRANSPORT, ADJUDICATION, CLOSING, DENIAL, APPEAL, WRITE_OFF, AUTHORIZATION)
