"""Sealing packets: composed, rendered, hashed, stored; immutable from then on."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from claims.channels import Profile
from claims.facts import ClaimFacts
from claims.models import Claim, Packet, PacketPart
from claims.packet import Besides, BuiltPacket, build
from claims.packet.composition import LeftOut
from claims.queries.channels import order_of
from claims.queries.claims import facts_of, overrides_of, report_on, rules_for
from claims.queries.enclosed import chosen_as_json, sorted_out, wishes_of
from claims.services.changing import NOT_AWAY
from claims.services.channels import besides_of, channel_of
from claims.services.evidence import chosen_of, opened
from claims.services.leaving import require_not_leaving
from claims.workflow import Closing, Preparation
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.kernel.wire import to_data
from documentation.models import EncounterImage, User
from documentation.models.fields import canonical
from documentation.services import files, letterhead
from documentation.services.audit import record

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without the letters and digits that are mistaken for each other on paper."""


def seal_packet(claim: Claim, *, channel: str = "print", was_asked: bool = False, by: User, at: datetime) -> Packet:
    """Build the packet of a ready claim and seal it with the files of the channel by which it is to leave.

    `channel` is one of `claims.channels.CHANNELS`; `was_asked`: the payer asked for the documents of this claim.

    Everything slow happens before the transaction; the row is written only if the claim is still as it was composed.
    Raises NotPossible for a claim that is not ready, not open, or away already, Refused where something cannot be
    typeset, a file is missing, or the packet does not fit the channel.
    """
    if not by.may(Permission.PACKET_BUILD):
        raise NotPermitted("Your role does not allow you to build packets.")
    claim.refresh_from_db()
    _require_sealable(claim)
    today = claim.encounter.location.today(at)
    facts = headed(facts_of(claim, today=today))
    report = report_on(facts, overrides_of(claim), rules_for(claim, today))
    if report.blockers or report.open_warnings:
        raise Refused(
            "The claim was ready, but something changed since. Check it again before it leaves.",
            *(r.message for r in (*report.blockers, *report.open_warnings)),
        )
    code, control_number = new_code(), control_number_of(claim)
    besides = besides_of(facts, channel, was_asked=was_asked)
    way = Way(channel_of(channel), was_asked)
    built = built_from(claim, facts, way, code=code, control_number=control_number, at=at, besides=besides)
    with transaction.atomic():
        row = Claim.objects.select_for_update().get(pk=claim.pk)
        if row.revision != claim.revision:
            raise NotPossible(
                "Somebody changed the claim while its packet was being built. Check it, then build the packet again."
            )
        _require_sealable(row)
        require_not_leaving(row)
        return store(
            built, row, channel=channel, control_number=control_number, code=code, facts=canonical(to_data(facts)),
            report=canonical([{**r.as_json(), "reason": r.reason} for r in report]), by=by, at=at,
        )  # fmt: skip


def _require_sealable(claim: Claim) -> None:
    if claim.closing == Closing.VOIDED:
        raise NotPossible("This claim is void, so no packet is built of it. Start a new claim from the visit.")
    if claim.closing != Closing.OPEN:
        raise NotPossible(
            "This claim is closed or was replaced, so no packet is built of it."
            " Build that of the claim in its place, or open this one again."
        )
    if claim.transport not in NOT_AWAY:
        raise NotPossible(
            "This claim was sent, and what was sent stays as it is. To add a document, build a supplement; to bill"
            " otherwise, correct or void the claim."
        )
    if claim.preparation != Preparation.READY:
        raise NotPossible(
            "A packet is built from a ready claim. Mend what the checks name, mark the claim ready, then build it."
        )


@dataclass(frozen=True)
class Way:
    """How a packet is to leave, and whether the payer asked for the documents of this claim."""

    channel: Profile
    was_asked: bool = False


def built_from(
    claim: Claim, facts: ClaimFacts, way: Way, *, code: str, control_number: str, at: datetime, besides: Besides | None
) -> BuiltPacket:
    """The packet of a claim as it is now, set and put together; nothing is kept."""
    wishes, order = wishes_of(facts, was_asked=way.was_asked), order_of(way.channel)
    goes, stays = sorted_out(chosen_of(claim, facts), wishes, order)
    told = chosen_as_json(goes, wishes) | ({"order": list(order.parts)} if order.name else {})
    return build(
        facts,
        images=pictures_of(claim) | letterhead.pictures(facts.logo),
        control_number=control_number,
        verification_code=code,
        verification_url=address_of(code),
        sealed_at=at.astimezone(claim.encounter.location.zone),
        enclosures=opened(claim, goes),
        stays=[LeftOut(c.part, c.title, c.stays) for c in stays],
        told=told,
        order=order,
        besides=besides,
    )


def store(
    built: BuiltPacket,
    claim: Claim,
    *,
    kind: str = "claim",
    channel: str = "print",
    control_number: str,
    code: str,
    facts: str,
    report: str,
    by: User,
    at: datetime,
    **more: Any,
) -> Packet:
    """Keep a built packet for good, inside the caller's transaction. `facts` and `report` are canonical JSON.

    `more` are further fields of the row, such as what a supplement adds to.

    Raises NotPossible where somebody sealed another packet of this claim at the same moment.
    """
    if claim.packets.filter(control_number=control_number).exists():
        raise NotPossible("Somebody built a packet of this claim at the same moment. It is listed on the claim's page.")
    packet = Packet.objects.create(
        claim=claim,
        kind=kind,
        channel=channel,
        control_number=control_number,
        verification_code=code,
        claim_revision=claim.revision,
        pages=built.pages,
        pdf=files.keep(built.pdf, media_type="application/pdf", at=at),
        zip=files.keep(built.zip, media_type="application/zip", at=at),
        manifest=built.manifest_json,
        facts=facts,
        report=report,
        sealed_at=at,
        sealed_by=by,
        **more,
    )
    PacketPart.objects.bulk_create(
        PacketPart(packet=packet, position=n, name=f.name, title=f.title, size=f.size, sha256=f.sha256)
        for n, f in enumerate(built.files, start=1)
    )
    patient = claim.encounter.patient
    record("packet.seal", by=by, at=at, subject=packet, patient=patient, claim=claim.number, sha256=packet.sha256)
    return packet


def pictures_of(claim: Claim) -> dict[str, bytes]:
    """The clean copies of the record's images by their SHA-256. Raises Refused where storage lost or changed one."""
    images = {}
    for image in EncounterImage.objects.filter(encounter=claim.encounter_id).select_related("clean_copy"):
        try:
            images[image.clean_copy.sha256] = files.read(image.clean_copy)
        except (files.MissingFile, files.DamagedFile) as e:
            raise Refused(f"Figure {image.position} cannot be put into the packet. {e}") from e
    return images


def headed(facts: ClaimFacts) -> ClaimFacts:
    """The facts with the logo that stands on the letterhead now: so the packet says for good which one it bears."""
    return replace(facts, logo=letterhead.sum_now())


def new_code() -> str:
    """A verification code that nobody can guess."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(3))


def address_of(code: str) -> str:
    """Where a packet with this code can be checked."""
    return f"{settings.PUBLIC_URL}/verify/{code}/"


def control_number_of(claim: Claim) -> str:
    """The attachment control number of the claim's next packet."""
    # The number of the claim and of its packet: unique, short, and a person on the phone can read it out.
    return f"DUC{claim.pk:06d}{claim.packets.count() + 1:02d}"


def report_as_sealed(packet: Packet) -> list[dict[str, object]]:
    result: list[dict[str, object]] = json.loads(packet.report)
    return result
