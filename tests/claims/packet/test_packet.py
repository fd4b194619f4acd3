"""The packet as a document and as a sealed set: structure, pictures, bytes, and what stops a build."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from claims.among import ResentFacts
from claims.facts import ClaimFacts
from claims.packet import BuiltPacket, RenderRefused, build, verify_zip
from claims.packet.build import qr_code
from claims.packet.composition import USUAL, Order
from claims.packet.seal import MANIFEST, build_zip, code_of, read_manifest
from documentation.facts import AddendumFacts, EncounterFacts, ImageFacts, PatientFacts, SignatureFacts
from documentation.typesetting.render import render
from tests.claims.packet.records import RECORDS, claim_of

AT = datetime(2026, 11, 6, 17, 30, tzinfo=UTC)
SIGNED = SignatureFacts("Casey Example", "DDS", "DE60123456", datetime(2026, 11, 5, 18, 5, tzinfo=UTC), "ab" * 32)


@cache
def picture(shade: int, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((320, 240)).point(lambda p: (p + shade) % 256).convert("RGB").save(out, kind)
    return out.getvalue()


def with_pictures(e: EncounterFacts, kind: str = "JPEG") -> tuple[EncounterFacts, dict[str, bytes]]:
    """The record with a real picture for each of its images."""
    images: list[ImageFacts] = []
    contents = {}
    for image in e.images:
        content = picture(image.figure * 20, kind)
        digest = hashlib.sha256(content).hexdigest()
        contents[digest] = content
        images.append(replace(image, sha256=digest, clean_sha256=digest, width=320, height=240))
    return replace(e, number="E000001", images=tuple(images), signature=SIGNED), contents


def packet_of(e: EncounterFacts, kind: str = "dental", picture_kind: str = "JPEG") -> BuiltPacket:
    record, contents = with_pictures(e, picture_kind)
    return build_claim(claim_of(record, kind), contents)


def build_claim(facts: ClaimFacts, contents: dict[str, bytes], order: Order = USUAL) -> BuiltPacket:
    return build(
        facts,
        order=order,
        images=contents,
        packet_number="K000001",
        control_number="NEA104455667",
        sealed_at=AT,
        verification_url="http://localhost:8000/verify/{code}",
    )


@pytest.fixture(scope="module")
def packet() -> BuiltPacket:
    return packet_of(RECORDS["reference"])


def text_of(packet: BuiltPacket) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(packet.pdf)).pages]


def test_a_channels_own_order_and_parts_change_the_packet_and_what_is_beside_it(packet: BuiltPacket) -> None:
    record, contents = with_pictures(RECORDS["reference"])
    order = Order(("cover", "figures", "claim", "narrative"), "Example portal", "manual")
    made = build_claim(claim_of(record, "dental"), contents, order=order)
    assert [p.key for p in made.manifest.parts] == list(order.parts)
    pages = [p.pages[0] for p in made.manifest.parts if p.pages]
    assert pages == sorted(pages)
    assert made.pages < packet.pages
    whole, few = ({f.name for f in p.files} for p in (packet, made))
    further = {f.file for f in packet.manifest.figures if not f.is_key}
    assert further
    assert whole - few == further
    held = {r.target.partition(":")[0] for line in made.manifest.narrative for r in line.receipts}
    assert held == {"figure"}
    assert all(r.page for line in made.manifest.narrative for r in line.receipts)
    left = {p["key"]: p["reason"] for p in made.manifest.as_json()["left_out"]}
    assert left["note"] == "Example portal does not take it (manual)"


# ------------------------------------------------------------------------------------------------ the document


def test_the_pdf_is_tagged_and_says_that_it_is_archivable_and_accessible(packet: BuiltPacket) -> None:
    with pikepdf.open(io.BytesIO(packet.pdf)) as pdf:
        root = pdf.Root
        assert root.MarkInfo.Marked
        assert root.StructTreeRoot.K is not None
        assert str(root.Lang) == "en-US"
        assert root.ViewerPreferences.DisplayDocTitle
        assert "/JavaScript" not in root.get("/Names", {})
        assert "/OpenAction" not in root
        with pdf.open_metadata() as xmp:
            assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("3", "A")
            assert xmp["pdfuaid:part"] == "1"
            assert "C000001" in xmp["dc:title"]
        assert root.OutputIntents


def test_all_fonts_are_embedded(packet: BuiltPacket) -> None:
    with pikepdf.open(io.BytesIO(packet.pdf)) as pdf:
        descriptors = [
            o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"
        ]
        assert descriptors
        assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(d.keys()) for d in descriptors)
        assert {re.sub(r"^/\w{6}\+", "", str(d.FontName)).split("-")[0] for d in descriptors} >= {
            "Inter",
            "LibertinusSerif",
        }


def test_every_figure_has_its_alternative_text_in_the_structure(packet: BuiltPacket) -> None:
    with pikepdf.open(io.BytesIO(packet.pdf)) as pdf:
        tags = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/S" in o and "/P" in o]
        alts = [str(o.Alt) for o in tags if o.S == "/Figure" and "/Alt" in o]
        figures = [o for o in tags if o.S == "/Figure"]
        assert len(alts) == len(figures)
        for image in RECORDS["reference"].images:
            assert any(image.caption.rstrip(".") in alt for alt in alts), image.caption
        assert any("Stenosis, 12 mm from the papilla" in alt for alt in alts)
        assert {"/H1", "/H2", "/Table", "/TH", "/Link"} <= {str(o.S) for o in tags}


def test_links_lead_to_pages_of_the_packet_and_nowhere_else(packet: BuiltPacket) -> None:
    with pikepdf.open(io.BytesIO(packet.pdf)) as pdf:
        links = [a for page in pdf.pages for a in page.get("/Annots", [])]
        assert len(links) > 20
        assert all("/URI" not in link.get("/A", {}) for link in links)
        assert all(str(link.get("/Contents", "")) or "/StructParent" in link for link in links)


def test_pictures_pass_through_byte_for_byte(packet: BuiltPacket) -> None:
    with pikepdf.open(io.BytesIO(packet.pdf)) as pdf:
        streams = {
            o.read_raw_bytes()
            for o in pdf.objects
            if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image" and o.get("/Filter") == "/DCTDecode"
        }
    assert streams == {picture(n * 20) for n in range(1, 5)}


def test_png_pictures_are_printed_too() -> None:
    built = packet_of(RECORDS["normal_study"], picture_kind="PNG")
    assert [f.name for f in built.files] == ["packet.pdf", "fig-01.png"]


def test_a_picture_made_smaller_for_its_place_is_told_and_stands_whole_beside_the_document() -> None:
    out = io.BytesIO()
    Image.new("RGB", (2400, 1800), (180, 60, 50)).save(out, "PNG")
    whole, digest = out.getvalue(), hashlib.sha256(out.getvalue()).hexdigest()
    record, _ = with_pictures(RECORDS["normal_study"])
    image = replace(record.images[0], sha256=digest, clean_sha256=digest, width=2400, height=1800)
    built = build_claim(claim_of(replace(record, images=(image,))), {digest: whole})
    told = json.loads(built.manifest_json)["smaller_in_pdf"]
    assert told == [{"file": "fig-01.png", "width": 2309, "height": 1732}]
    with zipfile.ZipFile(io.BytesIO(built.zip)) as archive:
        assert archive.read("fig-01.png") == whole
    assert "smaller_in_pdf" not in json.loads(packet_of(RECORDS["normal_study"]).manifest_json)


def test_the_index_of_the_cover_tells_the_true_pages(packet: BuiltPacket) -> None:
    pages = text_of(packet)
    assert len(pages) == packet.pages
    for part in packet.manifest.parts:
        assert part.pages
        if part.key == "cover":
            continue
        first, last = part.pages
        assert part.title in pages[first - 1]
        span = f"{first}–{last}" if last > first else str(first)
        assert re.search(rf"{re.escape(part.title)}[ .]*{span}\b", pages[0]), part
    for figure in packet.manifest.figures:
        assert figure.page
        assert f"Figure {figure.number}." in pages[figure.page - 1]


def test_receipts_are_resolved_to_pages(packet: BuiltPacket) -> None:
    lines = packet.manifest.narrative
    assert lines
    assert all(r.page for line in lines for r in line.receipts)
    assert all(line.receipts for line in lines)


def test_the_narrative_stands_in_the_pdf_word_for_word(packet: BuiltPacket) -> None:
    whole = re.sub(r"\[[^\]]*\]|\W", "", " ".join(text_of(packet)))
    for line in packet.manifest.narrative:
        assert re.sub(r"\W", "", line.text) in whole, line.text


def test_each_page_is_numbered_and_names_the_claim_but_not_the_patient(packet: BuiltPacket) -> None:
    pages = text_of(packet)
    for n, text in enumerate(pages, 1):
        assert f"Claim C000001 · A.D. · service of November 5, 2026 page {n} of {len(pages)}" in text
    assert packet.pages == 6


def test_all_eight_sections_of_the_note_are_in_the_packet(packet: BuiltPacket) -> None:
    whole = " ".join(text_of(packet))
    titles = ["Visit", "Medical justification", "Procedure", "Findings and treatment", "Images", "Interpretation"]
    for n, title in enumerate([*titles, "Plan of care", "Signature"], 1):
        assert f"§{n} {title}" in whole.replace("\u2009", " ")


def test_claim_data_is_printed_by_item_number(packet: BuiltPacket) -> None:
    whole = " ".join(text_of(packet))
    for item in (
        "3a Payer ID 99991",
        "15 Member ID W123456789",
        "54 NPI 1987654328",
        "34a Diagnoses",
        "D0371 A",
        "$850.00",
    ):
        assert item in whole, item


def test_the_claim_data_stand_on_one_page_with_every_group_whole(packet: BuiltPacket) -> None:
    claim = next(part for part in packet.manifest.parts if part.key == "claim")
    assert claim.pages
    first, last = claim.pages
    assert first == last
    page = text_of(packet)[first - 1]
    assert all(title in page for title in ("Payer and subscriber", "Services", "Treating dentist", "57 Phone"))


def test_a_corrected_claim_says_on_its_cover_which_one_it_replaces_and_without_pictures_the_reading_is_a_line() -> None:
    facts = replace(claim_of(RECORDS["sparse"]), resent=ResentFacts("corrected", "PCN-778812"))
    whole = " ".join(text_of(build_claim(facts, {})))
    assert "Corrected claim: it replaces your claim number PCN-778812." in whole.partition("In one paragraph")[0]
    assert "No images No written interpretation is on record." in whole


def test_two_duct_maps_stand_on_one_page() -> None:
    record, contents = with_pictures(RECORDS["both_sides"])
    pages = [
        text for text in text_of(build_claim(claim_of(record), contents)) if "LSD" in text or "Where it is" in text
    ]
    (drawn,) = (text for text in pages if "Where it is" in text)
    assert "Right parotid gland" in drawn
    assert "Left parotid gland" in drawn


def test_the_day_of_the_signature_is_that_of_the_location() -> None:
    record, contents = with_pictures(RECORDS["normal_study"])
    late = replace(SIGNED, signed_at=datetime(2026, 11, 6, 3, 30, tzinfo=UTC))  # still November 5 in Seattle
    whole = " ".join(text_of(build_claim(claim_of(replace(record, signature=late)), contents)))
    assert "Signed 11/05/2026" in whole
    assert "November 5, 2026, 7:30 PM PST" in whole


def test_a_medical_claim_is_printed_by_box_number() -> None:
    whole = " ".join(text_of(packet_of(RECORDS["reference"], "medical")))
    for item in ("1a Insured ID", "24D Code", "42699", "33a NPI 1234567893", "CMS-1500 (02/12)"):
        assert item in whole, item


def test_addenda_stand_under_the_signature() -> None:
    record = replace(
        RECORDS["normal_study"], addenda=(AddendumFacts("The swelling has gone.", "Casey Example, DDS", AT),)
    )
    whole = " ".join(text_of(packet_of(record)))
    assert "The swelling has gone." in whole
    assert "9:30 AM PST" in whole


@pytest.mark.parametrize("name", sorted(RECORDS))
@pytest.mark.parametrize("kind", ["dental", "medical"])
def test_every_record_makes_a_sound_packet(name: str, kind: str) -> None:
    built = packet_of(RECORDS[name], kind)
    assert verify_zip(built.zip) == []
    assert len(text_of(built)) == built.pages
    with pikepdf.open(io.BytesIO(built.pdf)) as pdf:
        assert pdf.check_pdf_syntax() == []


def test_qpdf_finds_nothing_wrong(packet: BuiltPacket, tmp_path_factory: pytest.TempPathFactory) -> None:
    if not shutil.which("qpdf"):
        with pikepdf.open(io.BytesIO(packet.pdf)) as pdf:
            assert pdf.check_pdf_syntax() == []
        return
    path = tmp_path_factory.mktemp("pdf") / "packet.pdf"
    path.write_bytes(packet.pdf)
    done = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# ------------------------------------------------------------------------------------------------ the same bytes


def test_the_same_input_gives_the_same_bytes(packet: BuiltPacket) -> None:
    again = packet_of(RECORDS["reference"])
    assert again.pdf == packet.pdf
    assert again.zip == packet.zip


IN_ANOTHER_PROCESS = """
import locale, sys
locale.setlocale(locale.LC_ALL, "")
from tests.claims.packet.records import RECORDS
from tests.claims.packet.test_packet import packet_of
built = packet_of(RECORDS["reference"])
import hashlib
print(hashlib.sha256(built.pdf).hexdigest(), hashlib.sha256(built.zip).hexdigest())
"""


def test_another_process_in_another_language_and_time_zone_gives_the_same_bytes(packet: BuiltPacket) -> None:
    elsewhere = {"PYTHONHASHSEED": "7", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "TZ": "Asia/Kolkata", "COLUMNS": "40"}
    told = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS], env=os.environ | elsewhere, capture_output=True, check=True
    ).stdout.decode()
    assert told.split() == [hashlib.sha256(x).hexdigest() for x in (packet.pdf, packet.zip)]


def test_bookmarks_name_the_cover_and_every_part(packet: BuiltPacket) -> None:
    with pikepdf.open(io.BytesIO(packet.pdf)) as pdf, pdf.open_outline() as outline:
        titles = [str(item.title) for item in outline.root]
        inner = [str(item.title) for entry in outline.root for item in entry.children]
    assert titles[0] == "Sialoendoscopy with image capture and interpretation"
    assert titles[1:] == [part.title for part in packet.manifest.parts if part.key != "cover"]
    assert "§1 Visit" in [title.replace("\u2009", " ") for title in inner]


def test_another_fact_gives_another_seal(packet: BuiltPacket) -> None:
    record = RECORDS["reference"]
    other = packet_of(replace(record, plan=replace(record.plan, follow_up_days=14)))
    assert other.content_sha256 != packet.content_sha256
    assert other.manifest.verification_code != packet.manifest.verification_code


def test_a_code_that_is_given_is_printed_as_it_is() -> None:
    record, contents = with_pictures(RECORDS["normal_study"])
    built = build(
        claim_of(record), images=contents, control_number="DUC00000101", sealed_at=AT, verification_code="7K2Q-F9HM",
        verification_url="/verify/7K2Q-F9HM/",
    )  # fmt: skip
    cover = text_of(built)[0]
    assert "with code 7K2Q-F9HM" in cover
    assert "as packet" not in cover


def test_the_code_of_the_cover_is_in_the_address_and_in_the_manifest(packet: BuiltPacket) -> None:
    code = packet.manifest.verification_code
    assert code == code_of(packet.content_sha256)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){2}", code)
    assert packet.manifest.verification_url == f"http://localhost:8000/verify/{code}"
    assert code in text_of(packet)[0]


# ------------------------------------------------------------------------------------------------------ the seal


def test_the_zip_holds_the_pdf_the_pictures_and_a_manifest_with_true_sums(packet: BuiltPacket) -> None:
    with zipfile.ZipFile(io.BytesIO(packet.zip)) as archive:
        assert archive.namelist() == [MANIFEST, "packet.pdf", "fig-01.jpg", "fig-02.jpg", "fig-03.jpg", "fig-04.jpg"]
        assert archive.read(MANIFEST).decode() == packet.manifest_json
        manifest = json.loads(packet.manifest_json)
        for entry in manifest["files"]:
            content = archive.read(entry["name"])
            assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert [(f.name, f.size, f.sha256) for f in packet.files] == [
        (f["name"], f["bytes"], f["sha256"]) for f in manifest["files"]
    ]
    assert packet.files[1].title == "Figure 1: Left Wharton's duct, membranous stenosis at 12 mm before dilation"
    assert read_manifest(packet.zip)["claim"] == "C000001"
    claim = next(part for part in manifest["parts"] if part["key"] == "claim")
    assert (claim["title"], claim["reason"]) == ("Claim data", "ties the packet to the claim")
    assert claim["pages"][0] > 2, "the narrative and its proof come before the claim data"


def test_the_manifest_does_not_name_the_patient(packet: BuiltPacket) -> None:
    with zipfile.ZipFile(io.BytesIO(packet.zip)) as archive:
        text = archive.read(MANIFEST).decode()
    assert "Doe" not in text
    assert "1981" not in text


SMALL = build_zip({"packet.pdf": b"%PDF-1.7 small", "fig-01.jpg": b"\xff\xd8\xff picture"}, {"packet": "K000001"})


@pytest.mark.parametrize("position", range(len(SMALL)))
def test_any_flipped_byte_is_found(position: int) -> None:
    broken = bytearray(SMALL)
    broken[position] ^= 0x01
    assert verify_zip(bytes(broken))


def test_a_flipped_byte_of_the_whole_packet_is_found(packet: BuiltPacket) -> None:
    for position in range(0, len(packet.zip), len(packet.zip) // 40):
        broken = bytearray(packet.zip)
        broken[position] ^= 0x80
        assert verify_zip(bytes(broken)), position


@settings(max_examples=60)
@given(junk=st.binary(max_size=300))
def test_what_is_no_packet_is_said_to_be_none(junk: bytes) -> None:
    assert verify_zip(junk) == ["This is not a sealed packet, or it is damaged."]


def test_files_added_taken_away_or_exchanged_are_named() -> None:
    def rezip(files: dict[str, bytes]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return out.getvalue()

    with zipfile.ZipFile(io.BytesIO(SMALL)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert verify_zip(rezip(files | {"extra.txt": b"x"})) == ["extra.txt was added after the seal."]
    assert verify_zip(rezip({n: c for n, c in files.items() if n != "fig-01.jpg"})) == ["fig-01.jpg is missing."]
    assert verify_zip(rezip(files | {"packet.pdf": b"%PDF-1.7 other"})) == ["packet.pdf was changed after the seal."]
    assert verify_zip(rezip(files)) == ["The archive around the files was changed after the seal."]


# ------------------------------------------------------------------------------------------------ what stops a build


def _named(first: str, last: str) -> EncounterFacts:
    record = RECORDS["normal_study"]
    return replace(record, patient=replace(record.patient, first_name=first, last_name=last))


@pytest.mark.parametrize(
    "first,last",
    [
        ("Łukasz", "Žižek-Ångström"),
        ("Ελένη", "Ωνάση"),
        ("Юрий", "Щёлков"),
        ("נועה", "לוי"),
        ("\u200fנועה", "לוי"),
        ("Nguyễn", 'O’Neill "Bo" <b>'),
    ],
)
def test_names_in_many_scripts_are_printed(first: str, last: str) -> None:
    built = packet_of(_named(first, last))
    assert verify_zip(built.zip) == []


@pytest.mark.parametrize(
    "first,sign,name", [("王小明", "王", "cjk"), ("Alex 😀", "😀", "grinning face"), ("สม", "ส", "thai")]
)
def test_a_character_that_cannot_be_printed_stops_the_build_and_is_named(first: str, sign: str, name: str) -> None:
    with pytest.raises(RenderRefused) as refused:
        packet_of(_named(first, "Doe"))
    assert sign in refused.value.sentence
    assert name in refused.value.sentence
    assert "the patient's first name (P000001)" in refused.value.sentence


def test_text_of_the_record_is_never_markup() -> None:
    nasty = '#read("/etc/passwd") *bold* $x$ <note-plan> @cite \\ // [ ] `raw` #sys.inputs'
    record = RECORDS["normal_study"]
    built = packet_of(replace(record, plan=replace(record.plan, statement=nasty)))
    whole = " ".join(text_of(built))
    assert '#read("/etc/passwd") *bold* $x$' in whole
    assert "root:" not in whole


def test_a_damaged_picture_stops_the_build() -> None:
    record, contents = with_pictures(RECORDS["reference"])
    digest = record.images[1].clean_sha256
    with pytest.raises(RenderRefused, match="picture of figure 2 is damaged"):
        build_claim(claim_of(record), contents | {digest: contents[digest][:-9] + b"something"})


def test_a_picture_that_is_none_stops_the_build() -> None:
    record = RECORDS["normal_study"]
    for content in (b"GIF89a nothing", b"\xff\xd8\xff cut"):
        digest = hashlib.sha256(content).hexdigest()
        image = replace(record.images[0], clean_sha256=digest)
        with pytest.raises(RenderRefused, match=r"neither JPEG nor PNG|could not be read"):
            build_claim(claim_of(replace(record, images=(image,))), {digest: content})


def test_a_picture_that_is_not_given_is_left_out_and_its_receipt_leads_to_the_list_of_images() -> None:
    record, contents = with_pictures(RECORDS["reference"])
    del contents[record.images[0].clean_sha256]
    built = build_claim(claim_of(record), contents)
    assert [f.number for f in built.manifest.figures] == [2, 3, 4]
    assert {r.target for line in built.manifest.narrative for r in line.receipts} >= {"note:images", "figure:2"}


def test_a_document_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(RenderRefused, match="within 0 seconds"):
        render("packet.typ", {}, {}, time_limit=0.01)


def test_a_document_without_its_data_is_refused_without_a_traceback() -> None:
    with pytest.raises(RenderRefused, match="could not be made"):
        render("packet.typ", {}, {})


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        build(
            claim_of(RECORDS["normal_study"]), images={}, packet_number="K000001", control_number="",
            verification_url="x",
            sealed_at=datetime(2026, 11, 6),
        )  # fmt: skip


def test_an_empty_record_still_reads_as_a_list_of_gaps() -> None:
    whole = " ".join(text_of(packet_of(replace(RECORDS["empty"], patient=PatientFacts()))))
    assert "What was seen is not recorded." in whole
    assert "Not recorded" in whole


def test_the_qr_code_is_a_drawing_without_scripts() -> None:
    drawing = qr_code("http://localhost:8000/verify/7K2QF-9HM3T-VA0C4").decode()
    assert drawing.startswith("<svg")
    assert "<script" not in drawing
