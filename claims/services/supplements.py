"""Supplements: what is added after a packet was sent, sealed by itself. What was sent is never altered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Claim, Evidence, Packet, PacketPart, Submission
from claims.packet.supplement import Supplement, build_supplement
from claims.queries.claims import facts_of
from claims.queries.evidence import leaving
from claims.queries.plans import restriction_of
from claims.services.evidence import documents_of
from claims.services.packets import address_of, control_number_of, new_code, store
from claims.services.submissions import submission_of
from claims.workflow import Closing
from documentation.kernel.dates import short_date
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.kernel.wire import to_data
from documentation.models import User
from documentation.models.fields import canonical
from documentation.services.audit import record

SHORTEST_REASON = 5
"""Letters of a reason."""


def sent_packet(claim: Claim) -> Packet | None:
    """The packet that was sent last with the claim itself: what a supplement adds to."""
    return Packet.objects.filter(claim=claim, kind="claim", submissions__isnull=False).order_by("-pk").first()


def new_evidence(claim: Claim, first: Packet | None) -> list[Evidence]:
    """What leaves of the shelf and is neither in the packet that was sent nor in a supplement to it that was sent."""
    if first is None:
        return []
    added = first.additions.filter(submissions__isnull=False).values_list("pk", flat=True)
    known = set(PacketPart.objects.filter(packet__in=[first.pk, *added]).values_list("sha256", flat=True))
    return [e for e in leaving(claim) if e.file.sha256 not in known]


def seal_supplement(claim: Claim, reason: str, *, by: User, at: datetime) -> Packet:
    """Seal what was added since the packet was sent, with a cover that names that packet and its control number.

    Raises NotPossible where nothing was sent yet or the claim is void, Refused where no plan is to be told of the
    visit, nothing is new or something cannot be typeset, ValidationError without a reason.
    """
    if not by.may(Permission.PACKET_BUILD):
        raise NotPermitted("Your role does not allow you to build packets.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise ValidationError({"reason": "Say why it is added now, in a few words: the payer reads it on the cover."})
    claim.refresh_from_db()
    first = sent_packet(claim)
    if first is None:
        raise NotPossible("Nothing was sent with this claim yet. What is on the shelf goes into its first packet.")
    _require_sendable(claim)
    evidence = new_evidence(claim, first)
    if not evidence:
        raise Refused("Nothing is new since the packet was sent. Add the document to the shelf first.")
    place = claim.encounter.location
    facts = facts_of(claim, today=place.today(at))
    sent = first.submissions.order_by("pk")[0]
    number = first.additions.count() + 1
    code, control_number = new_code(), control_number_of(claim)
    built = build_supplement(
        facts,
        Supplement(number, reason.strip(), first.number, sent.control_number, short_date(sent.sent_on)),
        enclosures=documents_of(evidence),
        control_number=control_number,
        verification_code=code,
        verification_url=address_of(code),
        sealed_at=at.astimezone(place.zone),
    )
    with transaction.atomic():
        row = Claim.objects.select_for_update().get(pk=claim.pk)
        _require_sendable(row)
        if [e.pk for e in new_evidence(row, first)] != [e.pk for e in evidence]:
            raise NotPossible(
                "Somebody changed the shelf while the supplement was being built. Look at it, then retry."
            )
        return store(
            built, row, kind="supplement", control_number=control_number, code=code, facts=canonical(to_data(facts)),
            report=canonical([]), by=by, at=at, supplements=first, supplement=number, reason=reason.strip(),
        )  # fmt: skip


def send_supplement(packet: Packet, values: dict[str, Any], *, by: User, at: datetime) -> Submission:
    """Record that a supplement was sent. `values` as for a claim.

    Raises NotPossible when it was sent already or the claim is void, Refused where no plan is to be told of the visit
    or a document in it was taken off the shelf.
    """
    if not by.may(Permission.CLAIM_SUBMIT):
        raise NotPermitted("Your role does not allow you to record what was sent.")
    if packet.kind != "supplement":
        raise NotPossible("This packet is no supplement. Record on the claim's page that it was sent.")
    with transaction.atomic():
        claim = Claim.objects.select_for_update().get(pk=packet.claim_id)
        if packet.submissions.exists():
            raise NotPossible("This supplement is recorded as sent already.")
        _require_sendable(claim)
        today = claim.encounter.location.today(at)
        submission = submission_of(claim, packet, values, today=today, by=by, at=at)
        submission.save()
        patient = claim.encounter.patient
        record("supplement.send", by=by, at=at, subject=claim, patient=patient, packet=packet.number)
    return submission


def _require_sendable(claim: Claim) -> None:
    if claim.closing == Closing.VOIDED:
        raise NotPossible("This claim is void, and nothing more is sent for it.")
    if restriction_of(claim.encounter):
        raise Refused("The patient pays this visit in full and asked that no plan is told of it. Send no supplement.")
