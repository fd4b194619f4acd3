"""Verbs of sending: what went out, how, with which proof; and what came back before adjudication."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Appeal, Claim, FilingProof, Packet, Submission
from claims.models.submissions import PROOFS
from claims.queries.claims import newer_version, report_of
from claims.queries.deadlines import decision_due
from claims.queries.evidence import taken_off_since
from claims.queries.letters import changed_since_sealed
from claims.queries.packets import changed_words, standings
from claims.queries.plans import restriction_of
from claims.services.figures import refresh
from claims.services.holding import hold
from claims.services.leaving import require_not_leaving
from claims.services.outcomes import keep_report
from claims.services.renumbering import renumber
from claims.ways import proven_by
from claims.workflow import APPEAL, TRANSPORT, Adjudication, Closing, Transport
from documentation.kernel.dates import long_date, short_date
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


NO_PACKET = "There is no sealed packet of this claim. Build the packet first."


class _Sendable:
    """What the guard of 'submit' looks at, on the day of sending."""

    def __init__(self, claim: Claim, day: date) -> None:
        self.claim, self.day = claim, day
        self.packet_problem = _packet_problem(claim)
        self.is_void = claim.closing == Closing.VOIDED
        self.newer = newer_version(claim.encounter)
        self.is_restricted = restriction_of(claim.encounter) is not None

    @property
    def report(self) -> Report:
        """By the rules of that day: one may have been adopted since the packet was sealed."""
        return report_of(self.claim, today=self.day)


def require_sendable(claim: Claim, day: date, *, by: User) -> None:
    """Ask of a claim what sending it asks, and do nothing. Raises NotPermitted, NotPossible or Refused."""
    TRANSPORT.fire("submit", claim.transport, by.permissions, _Sendable(claim, day))
    require_whole(claim.packets.filter(kind="claim")[0])


def _packet_problem(claim: Claim) -> str:
    """Why the newest packet must not leave."""
    standing = standings([claim]).get(claim.pk)
    if standing is None:
        return NO_PACKET
    if standing.is_current:
        return ""
    return f"{standing.sentence} {AGAIN['claim']}"


def submit(
    claim: Claim,
    values: dict[str, Any],
    *,
    by: User,
    at: datetime,
    seen_packet: int | None = None,
    left: Packet | None = None,
) -> Submission:
    """Record that the newest packet of a claim was sent, and remember exactly what was sent.

    `values`: channel, sent_on, control_number, proof, proof_reference, proof_file, original (of that file),
    no_proof_reason; `seen_packet`: the key of the packet that the person looked at; `left`: the packet that left
    already, as a person says: what changed or was sealed since does not stop it, while the claim itself is the same.
    Raises Refused without a current packet or where the checks of that day hold the claim, NotPossible when it was
    sent already or another packet is the newest one, ValidationError with a sentence by field.
    """
    patient, today = claim.encounter.patient, claim.encounter.location.today(at)

    def sendable(row: Claim) -> _Sendable | _Left:
        if left:
            return _Left(_left_problem(row, left))
        return _Sendable(row, _day_checked(row, values.get("sent_on"), today))

    told: dict[str, Any] = {"left_before": left.number} if left else {}
    with transaction.atomic():
        with perform(TRANSPORT, "submit", claim, by=by, at=at, facts=sendable, patient=patient, **told) as row:
            # What is being handed over is recorded by that, so that one sending is not recorded as two.
            require_not_leaving(row)
            packet = left or row.packets.filter(kind="claim")[0]
            _require_seen(packet, seen_packet)
            submission = submission_of(row, packet, values, today=today, by=by, at=at, has_left=bool(left))
            submission.save()
            keep_report(submission)
        refresh(row)
    return submission


def record_left(claim: Claim, packet: Packet, values: dict[str, Any], *, by: User, at: datetime) -> Submission:
    """Record what has left already, with this packet: what the checks say by now changes nothing of that.

    `values` as for `submit`. Raises NotPermitted, and NotPossible where somebody recorded it meanwhile.
    """
    patient = claim.encounter.patient
    with transaction.atomic():
        with perform(TRANSPORT, "submit", claim, by=by, at=at, facts=lambda _: _Left(), patient=patient) as row:
            submission = Submission(
                claim=row, packet=packet, control_number=packet.control_number, recorded_at=at, recorded_by=by, **values
            )
            submission.full_clean()
            submission.save()
            keep_report(submission)
        refresh(row)
    return submission


class _Left:
    """A claim that is on its way: no guard can keep it back, but that it is not what left."""

    is_void = is_restricted = False
    newer = None
    report = Report(())

    def __init__(self, packet_problem: str = "") -> None:
        self.packet_problem = packet_problem


def _left_problem(claim: Claim, packet: Packet) -> str:
    """Why it cannot be recorded that this packet left before."""
    if packet.claim_id != claim.pk or packet.kind != "claim":
        return f"Packet {packet.number} is no packet of this claim. Record on its own page that it left."
    if packet.claim_revision != claim.revision:
        return (
            f"The claim itself was changed after packet {packet.number} was sealed, so it is not what left."
            " Note on the claim what the payer holds, then send the claim as it is now."
        )
    return ""


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
    appeal: Appeal,
    values: dict[str, Any],
    *,
    by: User,
    at: datetime,
    seen_packet: int | None = None,
    has_left: bool = False,
) -> Submission:
    """Record that the sealed packet of an appeal was sent. `seen_packet` as for a claim; `has_left`: a person says that
    it left before anything changed, so that does not stop it.

    Raises Refused where what it prints changed or a document was taken off since, NotPossible where it was sealed
    again since.
    """
    with transaction.atomic():
        hold(appeal.claim_id)
        told: dict[str, Any] = {"left_before": appeal.packet.number} if has_left and appeal.packet else {}
        patient = appeal.claim.encounter.patient
        with perform(APPEAL, "send", appeal, by=by, at=at, patient=patient, **told) as row:
            claim = Claim.objects.select_for_update().get(pk=row.claim_id)
            _require_seen(row.packet, seen_packet)
            submission = submission_of(
                claim, row.packet, values, today=claim.encounter.location.today(at), by=by, at=at, has_left=has_left
            )
            if row.packet and not has_left and (names := changed_since_sealed(row)):
                raise Refused(f"{changed_words(row.packet, names)} {AGAIN['appeal']}")
            if submission.sent_on > row.due_on and not has_left and _says_in_time(row):
                raise Refused(
                    f"The last day for this appeal was {long_date(row.due_on)}, and its letter says that it is in time."
                    " Take the appeal back to draft, say why it comes later, and seal it again."
                )
            submission.appeal = row
            submission.save()
            if until := decision_due(row, submission.sent_on):
                Appeal.objects.filter(pk=row.pk).update(decide_by=until.day, decide_reason=until.reason[:200])
        # Only now the appeal counts as sent, and its last day no longer runs.
        refresh(claim)
    return submission


def _says_in_time(appeal: Appeal) -> bool:
    """Whether the letter was sealed by the last day: then it says nothing of being late."""
    packet = appeal.packet
    if packet is None:
        return False
    place = appeal.claim.encounter.location
    return place.today(packet.sealed_at) <= appeal.due_on


def submission_of(
    claim: Claim,
    packet: Packet | None,
    values: dict[str, Any],
    *,
    today: date,
    by: User,
    at: datetime,
    has_left: bool = False,
) -> Submission:
    """A sending that holds together, not saved yet, of a claim that is locked. `has_left`: before anything changed.

    Raises NotPossible without a packet, Refused where it holds a document that was taken off the shelf,
    ValidationError by field.
    """
    if packet is None:
        raise NotPossible("Nothing was sealed yet. Seal the packet first.")
    if not has_left:
        require_whole(packet)
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
    allowed = proven_by(submission.channel)
    if allowed and submission.proof in dict(PROOFS) and submission.proof not in (*allowed, "none"):
        told = next(iter(allowed.values()))
        errors["proof"] = f"This proves nothing sent by {submission.get_channel_display().lower()}. {told}"
    if submission.proof not in ("", "none") and not (submission.proof_reference or submission.proof_file):
        errors["proof_reference"] = "Give the number on the proof, or add the proof as a file."
    if errors:
        raise ValidationError(errors)
    submission.full_clean()
    return submission


def require_whole(packet: Packet) -> None:
    """Raises Refused where a packet holds a document that was taken off the shelf since."""
    if gone := taken_off_since(packet):
        titles = and_joined([f"“{e.title}”" for e in gone])
        raise Refused(
            f"Packet {packet.number} holds {titles}, taken off the shelf after it was sealed, so it is not sent."
            f" {AGAIN[packet.kind]} Or put back on the shelf what belongs to the claim."
        )


TAKEN_IN = ("277ca", "portal")
"""Proofs that say that the payer itself took the claim in; a 999 is the clearinghouse's or the translator's."""


def prove(submission: Submission, values: dict[str, Any], *, by: User, at: datetime) -> FilingProof:
    """Keep what proves that a sending arrived: it answers a payer that says that it came too late, or never.

    `values`: kind, received_on, reference, file, original. Where the payer itself took the claim in, it counts as
    accepted; not so where the claim was sent again since.
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
        current = Claim.objects.select_for_update().get(pk=claim.pk)
        row.save()
        record("submission.prove", by=by, at=at, subject=claim, patient=claim.encounter.patient, kind=row.kind)
        newest = current.submissions.filter(packet__kind="claim").order_by("-pk").first()
        if row.kind in TAKEN_IN and submission == newest and current.transport == Transport.SENT:
            accept(current, by=by, at=at)
    return row


def accept(claim: Claim, *, by: User, at: datetime) -> None:
    """The payer took the claim in."""
    with transaction.atomic():
        with perform(TRANSPORT, "accept", claim, by=by, at=at, patient=claim.encounter.patient) as row:
            pass
        refresh(row)


def reject(claim: Claim, reason: str, *, by: User, at: datetime) -> None:
    """The claim came back before adjudication: to be mended and sent again. This is no denial."""
    if not reason.strip():
        raise ValidationError({"reason": "Say what the payer or clearinghouse gave as the reason."})
    patient = claim.encounter.patient
    with transaction.atomic():
        with perform(TRANSPORT, "reject", claim, by=by, at=at, patient=patient, reason=reason[:300]) as row:
            if row.adjudication != Adjudication.NONE:
                raise NotPossible("The payer has decided on this claim already, so it was not turned away before that.")
        refresh(row)
        # The order of the plans may have changed while it was away.
        renumber(patient, by=by, at=at)
