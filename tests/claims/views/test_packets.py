"""Sealed packets on the screen, and the public check."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from claims.forms.packets import MOST_BYTES
from claims.models import Claim, Packet
from claims.services import preparation
from claims.services.coverage import save_coverage
from claims.services.packets import seal_packet
from documentation.kernel.machine import Refused
from documentation.models import AuditEvent, EncounterImage
from documentation.services import files
from tests import factories

KEY = "6f1f0c9e-8a55-4ad2-9d3c-3a1f5a7f0d11"


@pytest.fixture
def claim(biller) -> Claim:
    return factories.claim_at(by=biller.user, preparation="ready")


@pytest.fixture
def packet(biller, claim, plain_packets) -> Packet:
    return seal_packet(claim, by=biller.user, at=factories.AT)


def test_one_click_builds_the_packet_and_a_second_click_builds_no_other(biller, claim, plain_packets) -> None:
    for _ in range(2):
        answer = biller.post(f"/claims/{claim}/packets/", once=KEY)
        assert answer["Location"] == f"/packets/{Packet.objects.get()}/"
    page = biller.get(f"/claims/{claim}/").content.decode()
    assert "Current" in page
    assert Packet.objects.get().sha256[:12] in page


@pytest.mark.slow
def test_the_real_packet_is_built_shown_and_found_true(biller, claim) -> None:
    answer = biller.post(f"/claims/{claim}/packets/")
    packet = Packet.objects.get()
    assert biller.get(answer["Location"]).status_code == 200
    bundle = biller.get(f"/packets/{packet}/zip/").content
    assert hashlib.sha256(bundle).hexdigest() == packet.sha256
    checked = Client().post(f"/verify/{packet.verification_code}/", {"file": SimpleUploadedFile("p.zip", bundle)})
    assert checked.context["answer"] == "match"
    assert Image.open(_picture(biller, packet, 1)).width == 1240


def test_from_the_packet_the_way_leads_on_to_sending_until_it_is_sent(biller, claim, packet) -> None:
    onward = f'href="/claims/{claim}/#sending"'
    assert onward in biller.get(f"/packets/{packet}/").content.decode()
    factories.submission(by=biller.user, claim=claim)
    assert onward not in biller.get(f"/packets/{packet}/").content.decode()
    page = biller.get(f"/claims/{claim}/").content.decode()
    assert "The claim has left." in page
    assert "Ready to leave" not in page


def _picture(someone: Any, packet: Packet, number: int) -> Any:
    return io.BytesIO(someone.get(f"/packets/{packet}/pages/{number}/").content)


def test_a_draft_gets_no_packet_and_the_page_says_why(biller, plain_packets) -> None:
    draft = factories.claim_at(by=biller.user)
    answer = biller.post(f"/claims/{draft}/packets/")
    assert answer.status_code == 409
    assert "A packet is built from a ready claim" in answer.content.decode()
    assert not Packet.objects.exists()


def test_a_missing_image_file_stops_the_packet_with_a_sentence_and_the_next_try_works(
    biller, claim, plain_packets
) -> None:
    image = EncounterImage.objects.first()
    clean = image.clean_copy
    data = files.read(clean)
    default_storage.delete(clean.path)
    answer = biller.post(f"/claims/{claim}/packets/")
    assert answer.status_code == 422
    assert f"Figure {image.position} cannot be put into the packet" in answer.content.decode()
    assert not Packet.objects.exists()
    with default_storage.open(clean.path, "wb") as stream:
        stream.write(data)
    assert biller.post(f"/claims/{claim}/packets/").status_code == 302


def test_what_takes_longer_than_a_page_may_is_told_seals_nothing_and_can_be_tried_again(
    biller, claim, settings
) -> None:
    settings.ANSWER_SECONDS = 0.001
    answer = biller.post(f"/claims/{claim}/packets/")
    assert answer.status_code == 422
    said = "in which a page has to answer, so it was given up and nothing was kept."
    assert said in answer.content.decode()
    assert said in biller.get(f"/claims/{claim}/packets/fit/?channel=fax").content.decode()
    assert not Packet.objects.exists()
    settings.ANSWER_SECONDS = None
    assert biller.post(f"/claims/{claim}/packets/")["Location"] == f"/packets/{Packet.objects.get()}/"


def test_what_cannot_be_typeset_is_told_on_the_claim(biller, claim, monkeypatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise Refused("The packet's font cannot print “\u16a0” in the narrative.")

    monkeypatch.setattr("claims.services.packets.build", refuse)
    answer = biller.post(f"/claims/{claim}/packets/")
    assert answer.status_code == 422
    assert "cannot print" in answer.content.decode()


def test_a_change_while_building_seals_nothing(biller, claim, plain_packets, monkeypatch) -> None:
    from claims.services import packets

    build = packets.build

    def meanwhile(*args: Any, **options: Any) -> Any:
        Claim.objects.filter(pk=claim.pk).update(revision=claim.revision + 5)
        return build(*args, **options)

    monkeypatch.setattr(packets, "build", meanwhile)
    answer = biller.post(f"/claims/{claim}/packets/")
    assert answer.status_code == 409
    assert "while its packet was being built" in answer.content.decode()
    assert not Packet.objects.exists()


def test_the_page_shows_seal_contents_and_every_page_as_a_picture(biller, packet) -> None:
    page = biller.get(f"/packets/{packet}/").content.decode()
    for words in (
        packet.verification_code,
        packet.control_number,
        packet.sha256,
        "packet.pdf",
        packet.parts.get().sha256,
    ):
        assert words in page
    assert page.count("/pages/") == packet.pages
    picture = biller.get(f"/packets/{packet}/pages/2/")
    assert (picture["Content-Type"], picture["Cache-Control"]) == ("image/png", "no-store, private")
    assert Image.open(_picture(biller, packet, 2)).size == (1240, 1605)
    assert biller.get(f"/packets/{packet}/pages/3/").status_code == 404
    assert biller.get(f"/packets/{packet}/pages/0/").status_code == 404


def test_a_reason_is_shown_as_it_was_sealed(biller, plain_packets) -> None:
    from claims.services.payers import record_policy

    claim = factories.claim_at(by=biller.user)
    policy = claim.coverage.payer.current_policy()
    known = {
        "treats_as": "dental",
        "prior_authorization": "not_required",
        "attachments": "always",
        "timely_filing_days": 365,
    }
    record_policy(
        claim.coverage.payer,
        {
            **known,
            "covers_d0371": "unknown",
            "source": policy.source,
            "verified_on": policy.verified_on,
            "appeal_days": 180,
        },
        by=biller.user,
        at=factories.AT,
    )
    rule = (
        next(g for g in biller.get(f"/claims/{claim}/").context["groups"] if g.title == "Warnings").lines[0].result.rule
    )
    preparation.override(claim, rule, "Dana said so", by=biller.user, at=factories.AT)
    preparation.mark_ready(claim, by=biller.user, at=factories.AT)
    packet = seal_packet(claim, by=biller.user, at=factories.AT)
    page = biller.get(f"/packets/{packet}/").content.decode()
    assert "Dana said so" in page
    assert rule in page


def test_downloads_carry_the_bytes_and_are_recorded(biller, packet) -> None:
    for kind, media in (("pdf", "application/pdf"), ("zip", "application/zip")):
        answer = biller.get(f"/packets/{packet}/{kind}/")
        assert answer["Content-Type"] == media
        assert answer["Content-Disposition"] == f'attachment; filename="{packet.claim}-{packet}.{kind}"'
        assert hashlib.sha256(answer.content).hexdigest() == getattr(packet, kind).sha256
    assert AuditEvent.objects.filter(action="packet.download", subject=str(packet)).count() == 2


def test_a_file_that_storage_lost_is_told_plainly(biller, packet) -> None:
    default_storage.delete(packet.pdf.path)
    answer = biller.get(f"/packets/{packet}/pages/1/")
    assert answer.status_code == 500
    assert "Restore it from the backup" in answer.content.decode()


@pytest.mark.parametrize("role", ["assistant", "administrator"])
def test_packets_are_closed_to_others(person, packet, role: str) -> None:
    someone = person(role)
    for url in ("", "pages/1/", "pdf/", "zip/"):
        assert someone.get(f"/packets/{packet}/{url}").status_code == 403


def test_a_changed_claim_is_told_from_the_packet_that_was_sealed(biller, packet) -> None:
    claim = packet.claim
    assert biller.get(f"/packets/{packet}/").context["is_current"]
    preparation.save_diagnoses(claim, ["K11.5"], by=biller.user, at=factories.AT, seen=claim.revision)
    said = f"Packet {packet} is no longer true: the claim’s diagnoses changed after it was sealed."
    for page in (f"/packets/{packet}/", f"/claims/{claim}/"):
        assert said.replace("’", "&#x27;") in biller.get(page).content.decode()


def test_a_corrected_member_id_makes_a_packet_old_too(biller, packet) -> None:
    plan = packet.claim.coverage
    save_coverage(plan.patient, plan, {"member_id": "W999"}, by=biller.user, at=factories.AT)
    assert not biller.get(f"/packets/{packet}/").context["is_current"]
    page = biller.get(f"/claims/{packet.claim}/").content.decode()
    assert f"Packet {packet} is no longer true: the coverage&#x27;s member ID changed after it was sealed." in page
    assert "Build packet" in page
    assert "the coverage&#x27;s member ID changed since" in biller.get("/ready-to-bill/").content.decode()


def test_a_later_day_or_a_new_fact_of_the_policy_leaves_it_current(biller, packet) -> None:
    from claims.services.payers import record_policy

    record_policy(
        packet.claim.coverage.payer, {"covers_d0371": "yes", "treats_as": "dental"}, by=biller.user, at=factories.AT
    )
    assert biller.get(f"/packets/{packet}/").context["is_current"]


# --- The public check ---------------------------------------------------------------------------------------------


def test_anybody_can_check_a_packet_by_file_or_sum(packet) -> None:
    stranger, url = Client(), f"/verify/{packet.verification_code}/"
    assert stranger.get(url).status_code == 200
    whole = SimpleUploadedFile("packet.zip", files.read(packet.zip))
    assert stranger.post(url, {"file": whole}).context["answer"] == "match"
    assert stranger.post(url, {"sha256": packet.sha256.upper()}).context["answer"] == "match"
    changed = SimpleUploadedFile("packet.zip", files.read(packet.zip) + b"x")
    assert stranger.post(url, {"file": changed}).context["answer"] == "no match"
    assert stranger.post(url, {"sha256": packet.pdf.sha256}).context["answer"] == "no match"


def test_an_unknown_code_answers_as_a_file_that_does_not_match(packet) -> None:
    stranger, sum_of = Client(), {"sha256": "0" * 64}
    known, unknown = (stranger.post(f"/verify/{code}/", sum_of) for code in (packet.verification_code, "AAAA-AAAA"))
    assert known.status_code == unknown.status_code == 200
    assert _words(known) == _words(unknown)
    assert _words(stranger.get(f"/verify/{packet.verification_code}/")) == _words(stranger.get("/verify/AAAA-AAAA/"))
    for words in (known.content.decode(), stranger.get(f"/verify/{packet.verification_code}/").content.decode()):
        assert packet.claim.number not in words
        assert packet.claim.encounter.patient.last_name not in words


def _words(answer: Any) -> str:
    return re.sub(r'(csrftoken": |value=)"[^"]*"', "", answer.content.decode())


@pytest.mark.parametrize("data, words", [({}, "Choose the ZIP file"), ({"sha256": "zz"}, "64 characters")])
def test_what_cannot_be_checked_is_told(packet, data: dict[str, str], words: str) -> None:
    answer = Client().post(f"/verify/{packet.verification_code}/", data)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_file_past_the_limit_is_turned_away_unread(packet) -> None:
    answer = Client().post(
        f"/verify/{packet.verification_code}/", {"sha256": "0" * 64}, CONTENT_LENGTH=str(MOST_BYTES + 1)
    )
    assert answer.status_code == 413
    assert "larger than" in answer.content.decode()


def test_what_left_before_a_correction_is_recorded_from_the_page_of_its_packet(biller, packet) -> None:
    claim = packet.claim
    save_coverage(claim.coverage.patient, claim.coverage, {"member_id": "NEW-4711"}, by=biller.user, at=factories.AT)
    door = f"/claims/{claim}/send/?left={packet.pk}"
    assert f'href="{door}"' in biller.get(f"/packets/{packet}/").content.decode()
    assert "left before anything changed. Give the day" in biller.get(door).content.decode()
    assert biller.get(f"/claims/{claim}/send/?left=x").status_code == 404
