"""Supplements: what is added after a packet was sent, sealed by itself. What was sent is never altered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.channels.seen import AS_IT_IS
from claims.models import Claim, Evidence, Packet, PacketPart, Submission
from claims.packet.supplement import Supplement, build_supplement
from claims.queries.claims import facts_of
from claims.queries.evidence import held_back
from claims.queries.packets import changed_on_cover, changed_words
from claims.queries.plans import restriction_of
from claims.services.channels import SUPPLEMENT, besides_of
from claims.services.evidence import documents_of
from claims.services.packets import address_of, control_number_of, headed, new_code, store
from claims.services.queues import place
from claims.services.submissions import submission_of
from claims.workflow import Closing, Transport
from documentation.kernel.dates import short_date
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.kernel.wire import to_data
from documentation.models import User
from documentation.models.fields import canonical
from documentation.services import letterhead
from documentation.services.audit import record

SHORTEST_REASON = 5
"""Letters of a reason."""


def sent_packet(claim: Claim) -> Packet | None:
    """The packet that was sent last with the claim itself: what a supplement adds to."""
    return Packet.objects.filter(claim=claim, kind="claim", submissions__isnull=False).order_by("-pk").first()


def new_evidence(claim: Claim, first: Packet | None, *, was_asked: bool = False) -> list[Evidence]:
    """What leaves of the shelf and is neither in the packet that was sent nor in a supplement to it that was sent.

    `was_asked`: the payer asked for it, so what it does not want unasked is among it.
    """
    stays = held_back(claim, was_asked=was_asked) if first else {}
    return [e for e in unsent_evidence(claim, first) if e.pk not in stays]


def unsent_evidence(claim: Claim, first: Packet | None) -> list[Evidence]:
    """The same with what the payer does not want."""
    if first is None:
        return []
    added = first.additions.filter(submissions__isnull=False).values_list("pk", flat=True)
    known = set(PacketPart.objects.filter(packet__in=[first.pk, *added]).values_list("sha256", flat=True))
    shelf = claim.evidence.filter(side="send", removed_at=None).select_related("file")
    return [e for e in shelf if e.file.sha256 not in known]


def why_none(claim: Claim) -> str:
    """Why no supplement can be built for a claim whatever lies on its shelf, as a sentence; empty where one can."""
    try:
        _require_sendable(claim)
    except (NotPossible, Refused) as e:
        return " ".join(e.reasons)
    if sent_packet(claim) is None:
        return "Nothing was sent with this claim yet. What is on the shelf goes into its first packet."
    if claim.transport == Transport.REJECTED:
        return "The claim was rejected, so nobody holds what was sent. What is on the shelf goes into its next packet."
    return ""


def _nothing_new(claim: Claim, first: Packet, *, was_asked: bool) -> Refused:
    """Why there is nothing to add: nothing lies there, or what does is not wanted."""
    stays = held_back(claim, was_asked=was_asked)
    told = [f"“{e.title}” stays here: {stays[e.pk]}" for e in unsent_evidence(claim, first) if e.pk in stays]
    if not told:
        return Refused("Nothing is new since the packet was sent. Add the document to the shelf first.")
    way = "" if was_asked else " If the payer asked for it, say so."
    return Refused(f"Nothing that the payer wants is new since the packet was sent.{way}", *told)


def seal_supplement(
    claim: Claim, reason: str, *, channel: str = AS_IT_IS, was_asked: bool = False, by: User, at: datetime
) -> Packet:
    """Seal what was added since the packet was sent, with a cover that names that packet and its control number, and
    with the files of the channel by which it is to leave. `was_asked`: a person says that the payer asked for it, so
    what the payer does not want unasked goes along.

    Raises NotPossible where nobody holds a packet of the claim or it is void, Refused where no plan is to be told of
    the visit, nothing is new, something cannot be typeset or it does not fit the channel, ValidationError without a
    reason.
    """
    if not by.may(Permission.PACKET_BUILD):
        raise NotPermitted("Your role does not allow you to build packets.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise ValidationError({"reason": "Say why it is added now, in a few words: the payer reads it on the cover."})
    claim.refresh_from_db()
    first = _packet_added_to(claim)
    evidence = new_evidence(claim, first, was_asked=was_asked)
    if not evidence:
        raise _nothing_new(claim, first, was_asked=was_asked)
    place = claim.encounter.location
    facts = headed(facts_of(claim, today=place.today(at)))
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
        besides=besides_of(facts, channel, further=SUPPLEMENT),
        images=letterhead.pictures(facts.logo),
    )
    with transaction.atomic():
        row = Claim.objects.select_for_update().get(pk=claim.pk)
        _packet_added_to(row)
        if [e.pk for e in new_evidence(row, first, was_asked=was_asked)] != [e.pk for e in evidence]:
            raise NotPossible(
                "Somebody changed the shelf while the supplement was being built. Look at it, then retry."
            )
        return store(
            built, row, kind="supplement", channel=channel, control_number=control_number, code=code,
            facts=canonical(to_data(facts)), report=canonical([]), by=by, at=at,
            supplements=first, supplement=number, reason=reason.strip(),
        )  # fmt: skip


def send_supplement(
    packet: Packet, values: dict[str, Any], *, by: User, at: datetime, has_left: bool = False
) -> Submission:
    """Record that a supplement was sent. `values` as for a claim; `has_left`: a person says that it left before
    anything changed, so that does not stop it.

    Raises NotPossible when it was sent already or the claim is void, Refused where no plan is to be told of the visit,
    where what its cover says changed or a document in it was taken off the shelf.
    """
    if not by.may(Permission.CLAIM_SUBMIT):
        raise NotPermitted("Your role does not allow you to record what was sent.")
    if packet.kind != "supplement":
        raise NotPossible("This packet is no supplement. Record on the claim's page that it was sent.")
    with transaction.atomic():
        claim = Claim.objects.select_for_update().get(pk=packet.claim_id)
        if packet.submissions.exists():
            raise NotPossible("This supplement is recorded as sent already.")
        if not has_left:
            _require_sendable(claim)
        today = claim.encounter.location.today(at)
        if not has_left and (names := changed_on_cover(packet, facts_of(claim, today=today))):
            raise Refused(f"{changed_words(packet, names)} Build a supplement again.")
        submission = submission_of(claim, packet, values, today=today, by=by, at=at, has_left=has_left)
        submission.save()
        place(claim.pk)
        told = {"left_before": packet.number} if has_left else {}
        patient = claim.encounter.patient
        record("supplement.send", by=by, at=at, subject=claim, patient=patient, packet=packet.number, **told)
    return submission


def _packet_added_to(claim: Claim) -> Packet:
    _require_sendable(claim)
    first, why = sent_packet(claim), why_none(claim)
    if first is None or why:
        raise NotPossible(why)
    return first


def _require_sendable(claim: Claim) -> None:
    if claim.closing == Closing.VOIDED:
        raise NotPossible("This claim is void, and nothing more is sent for it.")
    if restriction_of(claim.encounter):
        raise Refused("The patient pays this visit in full and asked that no plan is told of it. Send no supplement.")
