"""Sealing a packet: whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction

from claims.models import Claim, Packet, PacketPart
from claims.services import packets, preparation
from claims.services.sheets import SheetFailed, sheet
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.models import AuditEvent, EncounterImage
from documentation.services import files
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller():
    return factories.user(role="biller")


@pytest.fixture
def ready(biller) -> Claim:
    return factories.claim_at(by=biller, preparation="ready")


def test_a_sealed_packet_lists_every_file_of_its_zip_with_its_sum(biller, ready) -> None:
    packet = packets.seal_packet(ready, by=biller, at=AT)
    bundle = files.read(packet.zip)
    assert hashlib.sha256(bundle).hexdigest() == packet.sha256
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        names = set(archive.namelist())
        for part in packet.parts.all():
            data = archive.read(part.name)
            assert (len(data), hashlib.sha256(data).hexdigest()) == (part.size, part.sha256), part.name
        assert archive.read("manifest.json").decode() == packet.manifest
        assert archive.read("packet.pdf") == files.read(packet.pdf)
    assert names - {"manifest.json"} == {p.name for p in packet.parts.all()}
    event = AuditEvent.objects.get(action="packet.seal")
    assert (event.subject, json.loads(event.detail)["sha256"]) == (packet.number, packet.sha256)
    assert all(r["passed"] or r["reason"] or r["severity"] == "advice" for r in packets.report_as_sealed(packet))


def test_numbers_and_codes_differ_from_packet_to_packet(biller, ready) -> None:
    made = [packets.seal_packet(ready, by=biller, at=AT) for _ in range(2)]
    assert len({p.control_number for p in made}) == len({p.verification_code for p in made}) == 2


def test_a_sealed_packet_cannot_be_changed_not_even_past_the_verbs(biller, ready) -> None:
    packet = packets.seal_packet(ready, by=biller, at=AT)
    for change in (
        lambda: Packet.objects.filter(pk=packet.pk).update(facts="{}"),
        lambda: PacketPart.objects.filter(packet=packet).update(sha256="0" * 64),
        lambda: PacketPart.objects.filter(packet=packet).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize("state", ["draft", "held"])
def test_a_packet_needs_a_ready_claim(biller, state: str) -> None:
    claim = factories.claim_at(by=biller)
    if state == "held":
        preparation.hold(claim, "Look", by=biller, at=AT)
    with pytest.raises(NotPossible, match="ready claim"):
        packets.seal_packet(claim, by=biller, at=AT)


AWAY = [
    ({"closing": "voided"}, "This claim is void"),
    ({"closing": "corrected"}, "closed or was replaced"),
    ({"closing": "closed"}, "closed or was replaced"),
    ({"transport": "sent"}, "This claim was sent, and what was sent stays as it is"),
    ({"transport": "accepted"}, "This claim was sent, and what was sent stays as it is"),
]


@pytest.mark.parametrize("state, said", AWAY)
def test_a_claim_that_is_away_or_not_open_is_not_sealed_again(biller, ready, state, said) -> None:
    Claim.objects.filter(pk=ready.pk).update(**state)
    with pytest.raises(NotPossible, match=said):
        packets.seal_packet(ready, by=biller, at=AT)
    assert not Packet.objects.exists()


def test_a_claim_that_leaves_while_its_packet_is_built_gets_none(biller, ready, monkeypatch) -> None:
    built_from = packets.built_from

    def meanwhile(*given, **more):
        Claim.objects.filter(pk=ready.pk).update(transport="sent")
        return built_from(*given, **more)

    monkeypatch.setattr(packets, "built_from", meanwhile)
    with pytest.raises(NotPossible, match="This claim was sent"):
        packets.seal_packet(ready, by=biller, at=AT)
    assert not Packet.objects.exists()


def test_a_claim_that_was_rejected_is_sealed_again(biller, ready) -> None:
    Claim.objects.filter(pk=ready.pk).update(transport="rejected")
    assert packets.seal_packet(ready, by=biller, at=AT).kind == "claim"


def test_a_ready_claim_that_would_fail_now_is_checked_again(biller, ready) -> None:
    from claims.services.payers import record_policy

    record_policy(ready.coverage.payer, {"covers_d0371": "no"}, by=biller, at=AT)
    with pytest.raises(Refused, match="something changed since") as refused:
        packets.seal_packet(ready, by=biller, at=AT)
    assert len(refused.value.reasons) > 1
    assert not Packet.objects.exists()


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_an_image_that_storage_does_not_hold_stops_the_packet_and_the_next_try_works(biller, ready, harm: str) -> None:
    image = EncounterImage.objects.select_related("clean_copy").first()
    assert image is not None
    path, data = image.clean_copy.path, files.read(image.clean_copy)
    default_storage.delete(path)
    if harm == "changed":
        with default_storage.open(path, "wb") as stream:
            stream.write(data + b"x")
    with pytest.raises(Refused, match=f"Figure {image.position} cannot be put into the packet"):
        packets.seal_packet(ready, by=biller, at=AT)
    assert not Packet.objects.exists()
    with default_storage.open(path, "wb") as stream:
        stream.write(data)
    assert packets.seal_packet(ready, by=biller, at=AT).pages > 1


def test_a_claim_that_changes_while_its_packet_is_built_gets_none(biller, ready, monkeypatch) -> None:
    build = packets.build

    def meanwhile(*args, **options):
        preparation.back_to_draft(Claim.objects.get(pk=ready.pk), by=biller, at=AT)
        return build(*args, **options)

    monkeypatch.setattr(packets, "build", meanwhile)
    with pytest.raises(NotPossible, match="while its packet was being built"):
        packets.seal_packet(ready, by=biller, at=AT)
    assert not Packet.objects.exists()
    assert not PacketPart.objects.exists()


@pytest.mark.parametrize("role", ["clinician", "assistant", "administrator", ""])
def test_only_billing_builds_packets(ready, role: str) -> None:
    with pytest.raises(NotPermitted):
        packets.seal_packet(ready, by=factories.user(role=role), at=AT)


def test_a_page_is_drawn_and_a_damaged_pdf_is_told(biller, ready, monkeypatch) -> None:
    packet = packets.seal_packet(ready, by=biller, at=AT)
    assert sheet(packet, 1).startswith(b"\x89PNG")
    with pytest.raises(SheetFailed, match="Download the PDF"):
        sheet(packet, 999)
    monkeypatch.setattr("claims.services.sheets.TIME_LIMIT", 0.001)
    with pytest.raises(SheetFailed, match="took too long"):
        sheet(packet, 1)
