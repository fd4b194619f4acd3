"""Verbs of sending: what went out, how, with which proof; and what came back before adjudication."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Appeal, Claim, FilingProof, Packet, Submission
from claims.queries.claims import newer_version, report_of
from claims.queries.evidence import taken_off_since
from claims.queries.packets import packets_to_send
from claims.queries.plans import restriction_of
from claims.services.figures import refresh
from claims.services.outcomes import keep_report
from claims.services.renumbering import renumber
from claims.workflow import APPEAL, TRANSPORT, Closing, Transport
from documentation.kernel.dates import short_date
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Report
from documentation.models import User
from documentation.rules.predicates import and_joined
from documentation.services.audit import record
from documentation.services.transitions import perform

AGAIN = {
    "claim": "Build the packet of the claim again.",
    "supplement": "Build a supplement without it.",
    "appeal": "Take the appeal back to draft, then seal it again.",
}
"""What to do, by the kind of a packet that must not leave."""


class _Sendable:
    """What the guard of 'submit' looks at, on the day of sending."""

    def __init__(self, claim: Claim, day: date) -> None:
        self.claim, self.day = claim, day
        self.has_current_packet = claim.pk in packets_to_send([claim])
        self.is_void = claim.closing == Closing.VOIDED
        self.newer = newer_version(claim.encounter)
        self.is_restricted = restriction_of(claim.encounter) is not None

    @property
    def report(self) -> Report:
        """By the rules of that day: one may have been adopted since the packet was sealed."""
        return report_of(self.claim, today=self.day)


def submit(
    claim: Claim, values: dict[str, Any], *, by: User, at: datetime, seen_packet: int | None = None
) -> Submission:
    """Record that the newest packet of a claim was sent, and remember exactly what was sent.

    `values`: channel, sent_on, control_number, proof, proof_reference, proof_file, no_proof_reason; `seen_packet`: the
    key of the packet that the person looked at. Raises Refused without a current packet or where the checks of that day
    hold the claim, NotPossible when it was sent already or another packet is the newest one, ValidationError with a
    sentence by field.
    """
    patient, today = claim.encounter.patient, claim.encounter.location.today(at)

    def sendable(row: Claim) -> _Sendable:
        return _Sendable(row, _day_checked(row, values.get("sent_on"), today))

    with perform(TRANSPORT, "submit", claim, by=by, at=at, facts=sendable, patient=patient) as row:
        packet = row.packets.filter(kind="claim")[0]
        _require_seen(packet, seen_packet)
        submission = submission_of(row, packet, values, today=today, by=by, at=at)
        submission.save()
        keep_report(submission)
        refresh(row)
    return submission


def _require_seen(packet: Packet | None, seen: int | None) -> None:
    if packet and seen is not None and packet.pk != seen:
        raise NotPossible(
            f"Packet {packet.number} was sealed after you opened this page, so nothing was recorded."
            " Open the page again, look at that packet, then record what was sent."
        )


def _day_checked(claim: Claim, sent_on: date | None, today: date) -> date:
    """The day of sending, where it can be one: what left before a rule was adopted may be recorded after that."""
    packet = claim.packets.filter(kind="claim").first()
    sealed_on = claim.encounter.location.today(packet.sealed_at) if packet else today
    return sent_on if sent_on and sealed_on <= sent_on <= today else today


def send_appeal(
    appeal: Appeal, values: dict[str, Any], *, by: User, at: datetime, seen_packet: int | None = None
) -> Submission:
    """Record that the sealed packet of an appeal was sent. `seen_packet` as for a claim.

    Raises Refused where a document was taken off since, NotPossible where it was sealed again since.
    """
    with transaction.atomic():
        with perform(APPEAL, "send", appeal, by=by, at=at, patient=appeal.claim.encounter.patient) as row:
            claim = Claim.objects.select_for_update().get(pk=row.claim_id)
            _require_seen(row.packet, seen_packet)
            submission = submission_of(
                claim, row.packet, values, today=claim.encounter.location.today(at), by=by, at=at
            )
            submission.appeal = row
            submission.save()
        # Only now the appeal counts as sent, and its last day no longer runs.
        refresh(claim)
    return submission


def submission_of(
    claim: Claim, packet: Packet | None, values: dict[str, Any], *, today: date, by: User, at: datetime
) -> Submission:
    """A sending that holds together, not saved yet, of a claim that is locked.

    Raises NotPossible without a packet, Refused where it holds a document that was taken off the shelf,
    ValidationError by field.
    """
    if packet is None:
        raise NotPossible("Nothing was sealed yet. Seal the packet first.")
    if gone := taken_off_since(packet):
        titles = and_joined([f"“{e.title}”" for e in gone])
        raise Refused(
            f"Packet {packet.number} holds {titles}, taken off the shelf after it was sealed, so it is not sent."
            f" {AGAIN[packet.kind]} Or put back on the shelf what belongs to the claim."
        )
    submission = Submission(claim=claim, packet=packet, recorded_at=at, recorded_by=by, **values)
    if not submission.control_number:
        submission.control_number = packet.control_number
    errors: dict[str, str] = {}
    sealed_on = claim.encounter.location.today(packet.sealed_at)
    if submission.sent_on and submission.sent_on > today:
        errors["sent_on"] = "This day lies in the future. Give the day on which it was sent."
    elif submission.sent_on and submission.sent_on < sealed_on:
        errors["sent_on"] = f"The packet was sealed on {short_date(sealed_on)}; it cannot have been sent before."
    if submission.proof == "none" and not submission.no_proof_reason:
        errors["no_proof_reason"] = "Say why there is no proof. A payer that says it never came must be answered."
    if submission.proof not in ("", "none") and not (submission.proof_reference or submission.proof_file):
        errors["proof_reference"] = "Give the number on the proof, or add the proof as a file."
    if errors:
        raise ValidationError(errors)
    submission.full_clean()
    return submission


TAKEN_IN = ("277ca", "portal")
"""Proofs that say that the payer itself took the claim in; a 999 is the clearinghouse's or the translator's."""


def prove(submission: Submission, values: dict[str, Any], *, by: User, at: datetime) -> FilingProof:
    """Keep what proves that a sending arrived: it answers a payer that says that it came too late, or never.

    `values`: kind, received_on, reference, file. Where the payer itself took the claim in, it counts as accepted; not
    so where the claim was sent again since.
    Raises ValidationError with a sentence by field.
    """
    if not by.may(Permission.CLAIM_SUBMIT):
        raise NotPermitted("Your role does not allow you to record what was sent.")
    claim = submission.claim
    today = claim.encounter.location.today(at)
    row = FilingProof(submission=submission, recorded_at=at, recorded_by=by, **values)
    errors = {}
    if row.received_on and row.received_on > today:
        errors["received_on"] = "This day lies in the future. Give the day that stands on the proof."
    elif row.received_on and row.received_on < submission.sent_on:
        errors["received_on"] = f"It was sent on {short_date(submission.sent_on)}; it cannot have arrived before."
    if not (row.reference or row.file):
        errors["reference"] = "Give the number on the proof, or add the proof as a file."
    if errors:
        raise ValidationError(errors)
    row.full_clean()
    with transaction.atomic():
        row.save()
        record("submission.prove", by=by, at=at, subject=claim, patient=claim.encounter.patient, kind=row.kind)
        current = Claim.objects.select_for_update().get(pk=claim.pk)
        newest = current.submissions.filter(packet__kind="claim").order_by("-pk").first()
        if row.kind in TAKEN_IN and submission == newest and current.transport == Transport.SENT:
            accept(current, by=by, at=at)
    return row


def accept(claim: Claim, *, by: User, at: datetime) -> None:
    """The payer took the claim in."""
    with perform(TRANSPORT, "accept", claim, by=by, at=at, patient=claim.encounter.patient) as row:
        refresh(row)


def reject(claim: Claim, reason: str, *, by: User, at: datetime) -> None:
    """The claim came back before adjudication: to be mended and sent again. This is no denial."""
    if not reason.strip():
        raise ValidationError({"reason": "Say what the payer or clearinghouse gave as the reason."})
    patient = claim.encounter.patient
    with transaction.atomic():
        with perform(TRANSPORT, "reject", claim, by=by, at=at, patient=patient, reason=reason[:300]) as row:
            refresh(row)
        # The order of the plans may have changed while it was away.
        renumber(patient, by=by, at=at)
