"""Verbs on what comes back before any payer decides: TA1, 999, 277CA. A rejection is no denial."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from claims.edi.acknowledgements import Acknowledgements, Answer, Outcome, read
from claims.edi.electronic import Purpose
from claims.edi.elements import MOST_FINDINGS
from claims.edi.x12 import Finding
from claims.models import (
    Acknowledgement,
    AcknowledgementFile,
    Claim,
    Packet,
    Predetermination,
    Submission,
    TransmittedClaim,
)
from claims.queries.answered import match
from claims.queries.code_book import status_texts
from claims.services.cast import is_demo
from claims.services.holding import hold_all
from claims.services.outbox import answered
from claims.services.predetermination_answers import hold_questions, take_acknowledgement
from claims.services.submissions import NO_PACKET, prove, record_left, reject
from claims.workflow import Adjudication, Transport
from documentation.kernel.machine import NotPermitted, Refusal, Refused
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.models.among import among
from documentation.services import files
from documentation.services.audit import record

MOST_BYTES = 50 * 1024 * 1024
TOO_LARGE = f"This file is larger than {MOST_BYTES // 1024 // 1024} MB. Ask the clearinghouse to split it."


@dataclass
class TakenAnswers:
    """What a file said: numbers of our claims and predeterminations by what became of them, and what is odd."""

    file: AcknowledgementFile
    accepted: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    already: bool = False


def import_acknowledgement(data: bytes, name: str, *, by: User, at: datetime) -> TakenAnswers:
    """Take in a TA1, 999 or 277CA: each claim that it names is accepted or rejected, and proofs of filing are kept.

    The same file again changes nothing. Raises Refused for a file that holds no acknowledgement.
    """
    if not by.may(Permission.CLAIM_SUBMIT):
        raise NotPermitted("Your role does not allow you to take in what was answered to claims.")
    if len(data) > MOST_BYTES:
        raise Refused(TOO_LARGE)
    if known := _known(data):
        return _again(known)
    said = read(data, status_texts())
    if not said.kind or not said.answers:
        found = " ".join(str(f) for f in said.findings[:3])
        raise Refused(
            f"This file holds no acknowledgement (TA1, 999 or 277CA), so nothing was taken in. {found}".strip()
        )
    try:
        return _take_in(said, data, name, by=by, at=at)
    except IntegrityError:  # somebody takes in the same file at this moment
        if known := _known(data):
            return _again(known)
        raise


def _known(data: bytes) -> AcknowledgementFile | None:
    return AcknowledgementFile.objects.filter(file__sha256=hashlib.sha256(data).hexdigest()).first()


def _take_in(said: Acknowledgements, data: bytes, name: str, *, by: User, at: datetime) -> TakenAnswers:
    with transaction.atomic():
        kept = files.keep(data, media_type="application/edi-x12", at=at)
        found = match(said)
        matched, findings = found.claims, [*said.findings, *found.odd]
        taken = TakenAnswers(AcknowledgementFile(file=kept, name=name[-255:], kind=said.kind), findings=findings)
        file = taken.file
        file.imported_at, file.imported_by = at, by
        # All at once and in the order of the export, so that the two wait for each other and never for good.
        # With them those that left together with one of them: the answer finishes what the outbox did not record.
        together = Claim.objects.filter(dispatched__dispatch__transmission__in={s.transmission_id for _, s in matched})
        keys = {sent.claim_id for _, sent in matched} | set(together.values_list("pk", flat=True))
        hold_all(Claim.objects.filter(among("pk", keys)))
        hold_questions(row.pk for _, row in found.asked)
        for transmission in {s.transmission for _, s in matched if not _is_trial(s)}:
            answered(transmission, by=by, at=at)
        _act(matched, findings, by=by, at=at)
        kept_of = [(answer, row) for answer, row in found.asked if take_acknowledgement(row, answer, by=by, at=at)]
        del findings[MOST_FINDINGS:]
        file.findings = [f.as_json() for f in findings]
        file.save()
        Acknowledgement.objects.bulk_create(_row(file, answer, sent) for answer, sent in matched)
        _tell(taken, [*((a.outcome, sent.claim) for a, sent in matched), *((a.outcome, row) for a, row in kept_of)])
        record("acknowledgement.import", by=by, at=at, subject=f"file {file.pk}", kind=said.kind, claims=len(matched))
    return taken


def _again(file: AcknowledgementFile) -> TakenAnswers:
    findings = [Finding(**f) for f in file.findings]
    taken = TakenAnswers(file, findings=findings, already=True)
    rows = file.answers.select_related("sent__claim").order_by("pk")
    asked = match(read(files.read(file.file))).asked
    _tell(taken, [*((row.outcome, row.sent.claim) for row in rows), *((a.outcome, row) for a, row in asked)])
    return taken


def _tell(taken: TakenAnswers, outcomes: Iterable[tuple[str, Claim | Predetermination]]) -> None:
    said: dict[str, str] = {}
    for outcome, claim in outcomes:
        # Where one file says both of a claim, the rejection is what must be worked on.
        if said.get(claim.number) != Outcome.REJECTED:
            said[claim.number] = outcome
    taken.rejected = [n for n, outcome in said.items() if outcome == Outcome.REJECTED]
    accepted = (Outcome.ACCEPTED, Outcome.ACCEPTED_WITH_ERRORS)
    taken.accepted = [n for n, outcome in said.items() if outcome in accepted]


def _row(file: AcknowledgementFile, answer: Answer, sent: TransmittedClaim) -> Acknowledgement:
    return Acknowledgement(
        file=file,
        sent=sent,
        kind=answer.kind,
        outcome=answer.outcome,
        codes=list(answer.codes),
        reasons=list(answer.reasons),
        payer_control=answer.payer_control,
        answered_on=answer.answered_on,
        segment=answer.segment,
    )


# --- What it does -------------------------------------------------------------------------------------------------


def _act(answers: list[tuple[Answer, TransmittedClaim]], findings: list[Finding], *, by: User, at: datetime) -> None:
    """Do what each answer says; one that cannot be done is kept all the same, with a finding that says why."""
    for answer, sent in answers:
        try:
            with transaction.atomic():
                _do(answer, sent, by=by, at=at)
        except NotPermitted:
            raise
        except Refusal as e:
            findings.append(_odd(answer, sent, " ".join(e.reasons)))
        except ValidationError as e:
            findings.append(_odd(answer, sent, " ".join(e.messages)))


def _odd(answer: Answer, sent: TransmittedClaim, why: str) -> Finding:
    said = f"The answer on {sent.claim} is kept, but changes nothing: {why}"
    return Finding(answer.segment, 0, said[:1000], is_fault=False)


def _do(answer: Answer, sent: TransmittedClaim, *, by: User, at: datetime) -> None:
    if _is_trial(sent):
        raise Refused("The file was a test, and no payer decides on it.")
    if sent.purpose == Purpose.VOID and answer.outcome is Outcome.REJECTED:
        raise Refused(
            "It did not take the void in, so the payer still holds the claim and may pay it. Mend what it names and"
            " export the claim again, or tell the payer another way."
        )
    if answer.outcome is Outcome.RECEIVED or sent.purpose in (Purpose.VOID, Purpose.PREDETERMINATION):
        return
    if answer.kind == "TA1" and answer.outcome is not Outcome.REJECTED:
        return  # the file arrived; what becomes of its claims is said by the 999 and the 277CA
    claim = Claim.objects.select_for_update().get(pk=sent.claim_id)
    newest = claim.transmitted.filter(transmission__is_test=sent.transmission.is_test).order_by("-pk").first()
    if newest is None or newest.pk != sent.pk:
        raise Refused("It answers an earlier sending, and the claim was written again since.")
    if answer.outcome is Outcome.REJECTED and claim.adjudication != Adjudication.NONE:
        raise Refused("The payer has decided on the claim already.")
    if claim.transport in (Transport.NONE, Transport.REJECTED):
        _record_as_sent(claim, sent, answer, by=by, at=at)
        claim.refresh_from_db()
    if answer.outcome is Outcome.REJECTED:
        reject(claim, " ".join(answer.reasons) or f"Rejected by a {answer.kind} without a reason.", by=by, at=at)
    else:
        _prove(claim, sent, answer, by=by, at=at)


def _is_trial(sent: TransmittedClaim) -> bool:
    """Whether a file was only tried out with a real practice. Where everybody is invented, its tests are the work."""
    return sent.transmission.is_test and settings.PRODUCTION and not is_demo()


def _record_as_sent(claim: Claim, sent: TransmittedClaim, answer: Answer, *, by: User, at: datetime) -> None:
    """The answer proves that the claim was sent, so that is recorded where nobody has, with the packet that left."""
    before = claim.submissions.filter(packet__kind="claim", recorded_at__gte=sent.transmission.written_at)
    if before.exists():
        raise Refused("This sending was rejected already.")
    if sent.claim_revision != claim.revision:
        raise Refused("The claim was changed after it was written into that file, so this is not what it says now.")
    packet = packet_of(sent)
    if packet is None:
        raise Refused(NO_PACKET)
    values: dict[str, Any] = {
        "channel": "clearinghouse",
        "sent_on": claim.encounter.location.today(sent.transmission.written_at),
        "proof": "acknowledgement",
        "proof_reference": f"{answer.kind} on file {sent.transmission.interchange:09d}",
    }
    record_left(claim, packet, values, by=by, at=at)


def packet_of(sent: TransmittedClaim) -> Packet | None:
    """The packet that went with a file; of a file that kept none, the last one sealed before it was written."""
    if sent.packet_id:
        return sent.packet
    before = sent.claim.packets.filter(kind="claim", sealed_at__lte=sent.transmission.written_at)
    return before.filter(claim_revision=sent.claim_revision).order_by("-pk").first()


def _prove(claim: Claim, sent: TransmittedClaim, answer: Answer, *, by: User, at: datetime) -> None:
    submission: Submission | None = claim.submissions.filter(packet__kind="claim").order_by("-pk").first()
    if submission is None:
        raise Refused("Nothing is recorded as sent of this claim.")
    if (packet := packet_of(sent)) and submission.packet_id != packet.pk:
        raise Refused(
            f"It answers a file with packet {packet.number}, and the claim is recorded as sent with packet"
            f" {submission.packet.number}. Look at which of them left."
        )
    today = claim.encounter.location.today(at)
    values = {
        "kind": "277ca" if answer.kind == "277CA" else "999",
        "received_on": max(submission.sent_on, min(answer.answered_on or today, today)),
        "reference": answer.payer_control or f"{answer.kind} on file {sent.transmission.interchange:09d}",
    }
    prove(submission, values, by=by, at=at)
