"""Figures that were drawn on: the annotated copy beside the clean one, in document, archive and manifest."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from decimal import Decimal

import pikepdf
import pytest
from PIL import Image
from pypdf import PdfReader

from claims.packet import BuiltPacket, verify_zip
from documentation.facts import AnnotationFacts, EncounterFacts
from documentation.typesetting.note import note_pdf
from tests.claims.packet.records import RECORDS, claim_of
from tests.claims.packet.test_packet import AT, build_claim, picture, with_pictures

CASEY, ROBIN = {"author": "Casey Example", "drawn_at": AT}, {"author": "Robin Sample", "drawn_at": AT}
MARKS = (
    AnnotationFacts("a1", "scale", 1000, 9000, 5000, 9000, "outer diameter", length_mm=Decimal("1.10"), **CASEY),
    AnnotationFacts("a2", "ellipse", 2000, 2000, 8000, 8000, "lumen", "blue", **CASEY),
    AnnotationFacts("a3", "measurement", 3000, 5000, 7000, 5000, **ROBIN),
)  # fmt: skip


def drawn_on(*numbers: int) -> tuple[EncounterFacts, dict[str, bytes]]:
    record, contents = with_pictures(RECORDS["reference"])
    images = tuple(replace(i, annotations=MARKS) if i.figure in numbers else i for i in record.images)
    return replace(record, images=images), contents


def built(*numbers: int) -> BuiltPacket:
    record, contents = drawn_on(*numbers)
    return build_claim(claim_of(record, "dental"), contents)


@pytest.fixture(scope="module")
def packet() -> BuiltPacket:
    return built(1)


def archive_of(packet: BuiltPacket) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packet.zip)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_archive_holds_the_clean_picture_untouched_and_the_annotated_one_beside_it(packet: BuiltPacket) -> None:
    files = archive_of(packet)
    assert [n for n in files if n.startswith("fig-01")] == ["fig-01-annotated.jpg", "fig-01.jpg"]
    assert files["fig-01.jpg"] == picture(20)
    assert "fig-02-annotated.jpg" not in files
    with Image.open(io.BytesIO(files["fig-01-annotated.jpg"])) as burned:
        red, _, blue = burned.getpixel((64, 120))  # the left end of the ellipse, on a picture in greys
    assert blue - red > 80
    assert verify_zip(packet.zip) == []


def test_the_manifest_lists_both_with_their_sums_and_the_legend(packet: BuiltPacket) -> None:
    files = archive_of(packet)
    figures = json.loads(packet.manifest_json)["figures"]
    assert figures[0]["sha256"] == hashlib.sha256(files["fig-01.jpg"]).hexdigest()
    sha256 = hashlib.sha256(files["fig-01-annotated.jpg"]).hexdigest()
    assert figures[0]["annotated"] == {"file": "fig-01-annotated.jpg", "sha256": sha256}
    assert "Measurement: ≈ 1.1 mm" in figures[0]["legend"]
    assert [f["annotated"] for f in figures[1:]] == [None, None, None]
    assert any(f.title.startswith("Figure 1, annotated") for f in packet.files)


def test_the_page_shows_both_with_caption_reading_and_who_drew(packet: BuiltPacket) -> None:
    page = packet.manifest.figures[0].page
    assert page
    text = " ".join(PdfReader(io.BytesIO(packet.pdf)).pages[page - 1].extract_text().split())
    for words in (
        "Annotated",
        "As captured",
        "Figure 1.",
        "≈ 1.1 mm",
        "Drawn by Casey Example, Robin Sample, November 6, 2026",
    ):
        assert words in text, words


def test_the_document_stays_accessible_and_archivable(packet: BuiltPacket) -> None:
    with pikepdf.open(io.BytesIO(packet.pdf)) as pdf:
        tags = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/S" in o and "/P" in o]
        alts = [str(o.Alt) for o in tags if o.S == "/Figure" and "/Alt" in o]
        assert len(alts) == len([o for o in tags if o.S == "/Figure"])
        assert any(a.startswith("Figure 1, annotated. Scale at the lower") and "lumen" in a for a in alts)
        with pdf.open_metadata() as xmp:
            assert (xmp["pdfaid:part"], xmp["pdfuaid:part"]) == ("3", "1")


def test_the_same_marks_give_the_same_bytes_and_one_mark_less_gives_others(packet: BuiltPacket) -> None:
    assert built(1).zip == packet.zip
    assert built(1, 3).content_sha256 != packet.content_sha256


@pytest.mark.parametrize("numbers", [(1, 3), (2,), (2, 3), (1, 2, 3, 4)], ids=str)
def test_the_note_shows_them_too_wherever_they_stand(numbers: tuple[int, ...]) -> None:
    record, contents = drawn_on(*numbers)
    pdf = PdfReader(io.BytesIO(note_pdf(record, images=contents, printed_at=AT)))
    text = "".join(page.extract_text() for page in pdf.pages)
    assert text.count("As captured") == len(numbers)
    assert text.index("Figure 1.") < text.index("Figure 2.") < text.index("Figure 3.") < text.index("Figure 4.")
