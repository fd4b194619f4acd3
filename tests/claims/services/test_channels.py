"""Packets fitted to a channel: what is made is sealed with the packet, or the reason why not is said before."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from typing import Any

import pypdfium2
import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from claims.channels import CHANNELS
from claims.models import ChannelLimit, Claim, Packet
from claims.packet import verify_zip
from claims.queries import channels as known
from claims.queries.claims import facts_of
from claims.queries.packets import is_current, way_out
from claims.services.channels import record_limit
from claims.services.fitting import fit_claim
from claims.services.labels import KINDS, label_of
from claims.services.packets import seal_packet
from claims.services.payers import record_fact
from claims.services.sealed_files import folder_of, part_of, seen_page, survey_of
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.models import Encounter
from documentation.services import files, signing
from tests import factories as f
from tests.claims import answered

pytestmark = pytest.mark.django_db

READ = {"source": "Manual, page 4", "read_on": f.TODAY}


@pytest.fixture
def biller():
    return f.user(role="biller")


@pytest.fixture
def ready(biller) -> Claim:
    encounter = f.drafted()
    f.annotated(encounter=encounter)
    signing.sign(encounter, by=encounter.clinician.user, at=f.AT)
    return f.claim_at(by=biller, preparation="ready", encounter=Encounter.objects.get(pk=encounter.pk))


def limit(key: str, value: Any, *, by: Any, channel: str = "portal") -> ChannelLimit:
    return record_limit(channel, key, {"value": value, **READ}, by=by, at=f.AT)


# --- Sealing ------------------------------------------------------------------------------------------------------


def test_the_files_of_the_channel_are_sealed_with_the_packet(biller, ready) -> None:
    packet = seal_packet(ready, channel="dentrix_ascend", by=biller, at=f.AT)
    bundle = files.read(packet.zip)
    assert verify_zip(bundle) == []
    names = [p.name for p in packet.parts.all()]
    outgoing = [n for n in names if n.startswith("dentrix_ascend/")]
    assert 0 < len(outgoing) <= 10
    assert all(n.endswith(".jpg") for n in outgoing)
    assert all(n.removeprefix("dentrix_ascend/").startswith(f"{ready.number}-") for n in outgoing)
    assert packet.channel == "dentrix_ascend"
    told = json.loads(packet.manifest)["channel"]
    assert told["limits"]["max_files"] == {
        "value": 10, "source": "Dentrix Ascend help, Adding attachments to claims", "read_on": "2026-11-28",
    }  # fmt: skip
    assert {s["name"] for s in told["steps"]} >= {"pages_to_pictures", "rename"}
    assert all(x["reason"] for x in (*told["leaves"], *told["stays"]))
    way = way_out(packet)
    assert way
    assert [x["part"].name for x in way.files] == outgoing
    assert is_current(packet, facts_of(ready, today=f.TODAY))
    first = packet.parts.get(name=outgoing[0])
    picture = Image.open(io.BytesIO(part_of(packet, first)))
    assert picture.size == (1700, 2200)
    folder = zipfile.ZipFile(io.BytesIO(folder_of(packet)))
    assert folder.namelist() == [n.removeprefix("dentrix_ascend/") for n in outgoing]


def test_what_does_not_fit_is_refused_with_every_reason_and_nothing_is_kept(biller, ready) -> None:
    limit("file_types", ["docx"], by=biller)
    with pytest.raises(Refused) as refused:
        seal_packet(ready, channel="portal", by=biller, at=f.AT)
    assert refused.value.reasons[0] == "The packet does not fit a payer's portal."
    assert "takes Word (docx) only: neither a PDF nor pictures of its pages can go this way" in refused.value.reasons[1]
    assert not Packet.objects.exists()


def test_an_unknown_channel_is_refused_with_the_names_that_there_are(biller, ready) -> None:
    with pytest.raises(Refused, match=r"There is no channel “pigeon”. Choose one of: print, mail, fax"):
        seal_packet(ready, channel="pigeon", by=biller, at=f.AT)


def test_printed_packets_are_the_same_as_ever(biller, ready) -> None:
    packet = seal_packet(ready, by=biller, at=f.AT)
    assert packet.channel == "print"
    assert way_out(packet) is None
    assert not [p for p in packet.parts.all() if "/" in p.name]
    assert "channel" not in json.loads(packet.manifest)


def test_a_trial_keeps_nothing_and_makes_what_the_seal_makes(biller, ready) -> None:
    fax = known.profile("fax")
    assert fax
    tried = fit_claim(ready, fax, at=f.AT)
    again = fit_claim(ready, fax, at=f.AT)
    assert [x.content for x in tried.files] == [x.content for x in again.files]
    assert tried.fit.fits
    assert not Packet.objects.exists()
    (made,) = tried.files
    with Image.open(io.BytesIO(made.content)) as pages:
        assert (pages.mode, pages.n_frames, pages.width) == ("1", 7, 1728)
        assert [round(float(d)) for d in pages.info["dpi"]] == [204, 196]


def test_a_payer_that_waits_to_be_asked_gets_nothing_until_it_asks(biller, ready) -> None:
    payer = ready.coverage.payer
    told = {"value": "on_request", "source": "Manual", "verified_on": f.SERVICE_DATE}
    record_fact(payer, "attachments", told, by=biller, at=f.AT)
    profile = known.profile("availity_appeals")
    assert profile
    held = fit_claim(ready, profile, at=f.AT)
    assert held.files == ()
    assert "only when it asks (Manual, verified" in held.plan.left[0].reason
    asked = fit_claim(ready, profile, was_asked=True, at=f.AT)
    assert [x.name for x in asked.files] == [f"{ready.number}-01-packet.pdf"]
    assert asked.plan.makes[0].reason == f"{payer.name} asked for it."


def test_the_note_is_as_long_as_the_channel_takes(biller, ready) -> None:
    profile = known.profile("claim_note")
    assert profile
    fitted = fit_claim(ready, profile, at=f.AT)
    assert 100 < len(fitted.plan.note) <= 400
    assert fitted.plan.note.endswith(".")
    assert [(u.key, u.fits) for u in fitted.fit.uses] == [("note_chars", True)]
    packet = seal_packet(ready, channel="claim_note", by=biller, at=f.AT)
    assert part_of(packet, packet.parts.get(name="claim_note/note.txt")).decode() == fitted.plan.note


def test_the_reviewers_eye_reads_a_sealed_packet(biller, ready) -> None:
    packet = seal_packet(ready, by=biller, at=f.AT)
    pages = survey_of(packet, "fax")
    assert [p.page for p in pages] == list(range(1, packet.pages + 1))
    assert all(0.5 < p.score <= 1 for p in pages)
    assert not any("mark" in w for p in pages for w in p.warnings)
    picture = Image.open(io.BytesIO(seen_page(packet, 1, "fax")))
    assert picture.mode == "1"


# --- What is known ------------------------------------------------------------------------------------------------


def test_what_the_practice_writes_down_counts_and_what_came_before_stays(biller) -> None:
    before = known.profile("dentrix_ascend")
    assert before
    assert before.number("max_files") == 10
    limit("max_files", 12, by=biller, channel="dentrix_ascend")
    limit("max_files", None, by=biller, channel="dentrix_ascend")
    now = known.profile("dentrix_ascend")
    assert now
    assert now.number("max_files") is None
    assert now.number("max_total_bytes") == 14_900_000
    assert [(c.before, c.after) for c in known.history("dentrix_ascend")] == [("12", ""), ("10", "12")]


def test_the_same_again_adds_nothing(biller) -> None:
    first = limit("max_files", 5, by=biller)
    assert limit("max_files", 5, by=biller) == first
    assert ChannelLimit.objects.count() == 1


@pytest.mark.parametrize(
    "values, field",
    [
        ({"value": 5, "source": "", "read_on": f.TODAY}, "source"),
        ({"value": 5, "source": "Page", "read_on": None}, "read_on"),
        ({"value": 0, **READ}, "value"),
        ({"value": "5", **READ}, "value"),
        ({"value": True, **READ}, "value"),
    ],
)
def test_a_limit_needs_a_sound_value_a_source_and_a_day(biller, values, field) -> None:
    with pytest.raises(ValidationError) as wrong:
        record_limit("portal", "max_files", values, by=biller, at=f.AT)
    assert list(wrong.value.message_dict) == [field]


def test_two_people_do_not_overwrite_each_other(biller) -> None:
    limit("max_files", 5, by=biller)
    with pytest.raises(NotPossible, match="Somebody else wrote this down meanwhile"):
        record_limit("portal", "max_files", {"value": 7, **READ}, by=biller, at=f.AT, seen=0)


def test_a_clinician_writes_nothing_down() -> None:
    with pytest.raises(NotPermitted):
        limit("max_files", 5, by=f.user(role="clinician"))


def test_every_shipped_limit_has_a_source_and_could_be_written_down() -> None:
    for channel in CHANNELS:
        for fact in channel.facts:
            row = ChannelLimit(
                channel=channel.key, key=fact.key, value=fact.value, source=fact.source,
                read_on=fact.read_on or date(2026, 1, 1), recorded_at=f.AT,
            )  # fmt: skip
            row.clean()


# --- Around it ----------------------------------------------------------------------------------------------------


def test_a_label_and_a_fax_cover_name_no_patient(biller, ready) -> None:
    packet = seal_packet(ready, channel="mail", by=biller, at=f.AT)
    payer = ready.coverage.payer
    for key, value in (("claims_address", "PO Box 1\nSpokane, WA 99201"), ("appeals_fax", "2065550188")):
        told = {"value": value, "source": "Manual", "verified_on": f.TODAY}
        record_fact(payer, key, told, by=biller, at=f.AT)
    packet = Packet.objects.get(pk=packet.pk)
    texts = {}
    for kind in KINDS:
        page = pypdfium2.PdfDocument(label_of(packet, kind, at=f.AT))[0]
        texts[kind] = page.get_textpage().get_text_bounded()
    assert "PO Box 1" in texts["label"]
    assert "555-0188" not in texts["fax"]
    assert "Fax number of the claims desk: not known, write it in" in " ".join(texts["fax"].split())
    for text in texts.values():
        assert packet.control_number in text
        assert ready.encounter.patient.last_name not in text
    record_fact(
        payer, "claims_fax", {"value": "2065550177", "source": "Manual", "verified_on": f.TODAY}, by=biller, at=f.AT
    )
    cover = pypdfium2.PdfDocument(label_of(Packet.objects.get(pk=packet.pk), "fax", at=f.AT))[0]
    words = cover.get_textpage().get_text_bounded()
    assert "(206) 555-0177" in words
    assert "write it in" not in words


@pytest.mark.parametrize("kind,lacking", [("fax", "fax number for appeals"), ("label", "address for appeals")])
def test_an_appeal_goes_to_the_appeals_desk_or_says_what_to_ask(biller, ready, kind, lacking) -> None:
    packet = answered.packet(ready, kind="appeal")
    payer = ready.coverage.payer
    payer.line1, payer.city, payer.state, payer.zip = "1 Main St", "Spokane", "WA", "99201"
    payer.save()
    with pytest.raises(NotPossible, match=rf"The {lacking} of .* is not known, or was verified too long ago. Ask"):
        label_of(packet, kind, at=f.AT)
    for key, value in (("appeals_address", "PO Box 2\nSpokane, WA 99201"), ("appeals_fax", "2065550188")):
        told = {"value": value, "source": "Manual", "verified_on": f.TODAY}
        record_fact(payer, key, told, by=biller, at=f.AT)
    page = pypdfium2.PdfDocument(label_of(Packet.objects.get(pk=packet.pk), kind, at=f.AT))[0]
    assert {"fax": "(206) 555-0188", "label": "PO Box 2"}[kind] in page.get_textpage().get_text_bounded()


def test_the_fax_cover_of_an_external_review_leaves_a_line_for_the_number(biller, ready) -> None:
    given = answered.answer(ready, f.TODAY, "denied", denied="850.00")
    packet = answered.packet(ready, kind="appeal")
    answered.appeal(answered.denial(given, "images", "850.00"), status="sealed", stage="external", packet=packet)

    def cover() -> str:
        page = pypdfium2.PdfDocument(label_of(Packet.objects.get(pk=packet.pk), "fax", at=f.AT))[0]
        return " ".join(page.get_textpage().get_text_bounded().split())

    assert "Fax number for external review: not known, write it in" in cover()
    for key, value in (("appeals_fax", "2065550188"), ("external_address", "Review office\nDenver, CO 80203")):
        told = {"value": value, "source": "Manual", "verified_on": f.TODAY}
        record_fact(ready.coverage.payer, key, told, by=biller, at=f.AT)
    assert "Review office" in cover()
    assert "555-0188" not in cover()
