"""Channels on the screen: chosen and tried before sealing, kept by the manager, seen as the reviewer sees."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from PIL import Image

from claims.models import ChannelLimit, Claim, Packet
from claims.services.sealed_files import survey_of
from claims.views import payer_eye
from tests import factories as f

ENTRY = {"value": "12", "source": "Help page, attachments", "read_on": "2026-11-06"}


@pytest.fixture
def claim(biller) -> Claim:
    return f.claim_at(by=biller.user, preparation="ready")


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_the_claim_leads_to_the_choice_and_every_channel_is_offered(biller, claim) -> None:
    assert f'href="/claims/{claim}/packets/fit/"' in biller.get(f"/claims/{claim}/").content.decode()
    page = text_of(biller.get(f"/claims/{claim}/packets/fit/"))
    assert "Dentrix Ascend" in page
    assert "Nothing is sealed on this page." in page
    assert "What leaves" not in page


def test_the_fit_is_shown_with_limits_steps_files_and_reasons_and_then_sealed(biller, claim) -> None:
    page = text_of(biller.get(f"/claims/{claim}/packets/fit/?channel=dentrix_ascend"))
    for said in ("It fits", "of 10", "of 14.9 MB", "the limit is not known", "become JPEG at 200 dpi",
                 f"{claim.number}-01-cover-p1.jpg", "What stays, and why", "Seal for Dentrix Ascend"):  # fmt: skip
        assert said in page, said
    assert not Packet.objects.exists()
    biller.post(f"/claims/{claim}/packets/", {"channel": "dentrix_ascend"})
    packet = Packet.objects.get()
    shown = text_of(biller.get(f"/packets/{packet}/"))
    assert "As it leaves: Dentrix Ascend" in shown
    assert f"{claim.number}-01-cover-p1.jpg" in shown
    first = packet.parts.get(name=f"dentrix_ascend/{claim.number}-01-cover-p1.jpg")
    file = biller.get(f"/packets/{packet}/files/{first.position}/")
    assert file["Content-Disposition"] == f'attachment; filename="{claim.number}-01-cover-p1.jpg"'
    assert Image.open(io.BytesIO(file.content)).size == (1700, 2200)
    folder = biller.get(f"/packets/{packet}/folder/")
    assert all("/" not in n for n in zipfile.ZipFile(io.BytesIO(folder.content)).namelist())


def test_what_does_not_fit_says_why_and_offers_no_seal(biller, claim) -> None:
    values = {"value": 10_000, "source": "Page", "read_on": f.TODAY}
    ChannelLimit.objects.create(
        channel="portal", key="max_file_bytes", recorded_at=f.AT, recorded_by=biller.user, **values
    )
    page = text_of(biller.get(f"/claims/{claim}/packets/fit/?channel=portal"))
    assert "The packet does not fit a payer&#x27;s portal." in page
    assert "takes 10 KB a file" in page
    assert "Seal for" not in page
    answer = biller.post(f"/claims/{claim}/packets/", {"channel": "portal"})
    assert answer.status_code == 422
    assert "takes 10 KB a file" in text_of(answer)
    assert not Packet.objects.exists()


def test_a_draft_is_tried_but_not_sealed(biller) -> None:
    draft = f.claim_at(by=biller.user)
    page = text_of(biller.get(f"/claims/{draft}/packets/fit/?channel=print"))
    assert "printed as they are" in page
    assert "It can be sealed when the claim is ready" in page


def test_the_limits_of_a_channel_stand_with_source_and_day(biller) -> None:
    page = text_of(biller.get("/channels/dentrix_ascend/"))
    assert "Dentrix Ascend help, Adding attachments to claims" in page
    assert "read Nov 28, 2026" in page
    assert "not known" in page
    assert "was read on a day that nobody wrote down" in text_of(biller.get("/channels/florida_blue_dental/"))
    assert "to read again" in text_of(biller.get("/channels/"))


def test_a_manager_writes_down_what_was_found_out(person) -> None:
    manager = person("manager")
    form = text_of(manager.get("/channels/dentrix_ascend/max_files/"))
    assert 'value="10"' in form
    manager.post("/channels/dentrix_ascend/max_files/", {**ENTRY, "seen": "0"})
    row = ChannelLimit.objects.get()
    assert (row.value, row.source, row.recorded_by) == (12, "Help page, attachments", manager.user)
    page = text_of(manager.get("/channels/dentrix_ascend/"))
    assert "10 → <b>12</b>" in page
    assert "Help page, attachments" in page


@pytest.mark.parametrize(
    "limit, value, kept",
    [
        ("max_total_bytes", "15 MB", 15_000_000), ("max_total_bytes", "300 kb", 300_000),
        ("max_total_bytes", "1,500,000", 1_500_000), ("max_total_bytes", "", None), ("colors", "grey", "grey"),
        ("file_types", ["pdf", "jpg"], ["pdf", "jpg"]), ("remarks", "Ask first.", "Ask first."),
    ],
)  # fmt: skip
def test_each_kind_of_limit_is_typed_as_people_say_it(person, limit: str, value: Any, kept: Any) -> None:
    manager = person("manager")
    answer = manager.post(f"/channels/portal/{limit}/", {**ENTRY, "value": value, "seen": "0"})
    assert answer.status_code == 302, text_of(answer)
    row = ChannelLimit.objects.filter(key=limit).first()
    assert (row.value if row else None) == kept


@pytest.mark.parametrize(
    "changed, says",
    [
        ({"value": "many"}, "Give a size such as 15 MB or 300 KB."),
        ({"source": ""}, "Say where you read it."),
        ({"read_on": ""}, "Give the day on which somebody read it."),
        ({"read_on": "2027-01-01"}, "This day lies in the future."),
        ({"value": "-3 MB"}, "Give a size such as 15 MB or 300 KB."),
    ],
)
def test_what_is_missing_or_wrong_is_said_beside_its_field(person, changed: dict[str, str], says: str) -> None:
    answer = person("manager").post(
        "/channels/portal/max_file_bytes/", {**ENTRY, "value": "7 MB", "seen": "0", **changed}
    )
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert not ChannelLimit.objects.exists()


def test_somebody_who_saved_meanwhile_is_not_overwritten(person) -> None:
    manager = person("manager")
    manager.post("/channels/portal/max_files/", {**ENTRY, "seen": "0"})
    answer = manager.post("/channels/portal/max_files/", {**ENTRY, "value": "3", "seen": "0"})
    assert answer.status_code == 409
    assert "Somebody else wrote this down meanwhile" in text_of(answer)
    assert "you typed <b><bdi>3</bdi></b>" in text_of(answer)


def test_pages_that_were_not_looked_at_are_named(biller, claim, monkeypatch) -> None:
    biller.post(f"/claims/{claim}/packets/", {"channel": "portal"})
    packet = Packet.objects.get()
    assert "not looked at" not in text_of(biller.get(f"/packets/{packet}/eye/fax/"))
    monkeypatch.setattr(payer_eye, "survey_of", lambda packet, eye: survey_of(packet, eye)[:1])
    page = text_of(biller.get(f"/packets/{packet}/eye/fax/"))
    assert f"Pages 2 to {packet.pages} were not looked at." in page


def test_an_unknown_channel_limit_or_eye_is_not_found(biller, claim) -> None:
    packet = f.sealed_packet(by=biller.user, claim=claim)
    of_packet = ("eye/hawk/", "folder/", "files/99/", "eye/fax/99/")
    for url in ("/channels/pigeon/", "/channels/portal/weight/", *(f"/packets/{packet}/{x}" for x in of_packet)):
        assert biller.get(url).status_code == 404, url


def test_a_packet_is_seen_as_the_reviewer_sees_it(biller, claim) -> None:
    packet = f.sealed_packet(by=biller.user, claim=claim)
    assert f"/packets/{packet}/eye/fax/" in biller.get(f"/packets/{packet}/").content.decode()
    page = text_of(biller.get(f"/packets/{packet}/eye/fax/"))
    assert page.count("as it was sealed") == packet.pages
    assert "All of it arrives" in page
    picture = biller.get(f"/packets/{packet}/eye/fax/2/")
    assert picture["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).mode == "1"
    assert "Something is lost" in text_of(biller.get(f"/packets/{packet}/eye/thumbnail/"))


@pytest.mark.parametrize(
    "role, status", [("clinician", 403), ("assistant", 403), ("biller", 200), ("administrator", 403)]
)
def test_who_builds_packets_chooses_channels(person, biller, claim, role: str, status: int) -> None:
    assert person(role).get(f"/claims/{claim}/packets/fit/").status_code == status
