"""The packet of an appeal: the letter first, the payer's words verbatim, true pages, one seal."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from functools import cache

import pikepdf
import pytest
from pypdf import PdfReader

from claims.facts import AppealFacts
from claims.packet import BuiltPacket, RenderRefused, build_appeal, verify_zip
from claims.packet.appeal import enclosures
from claims.packet.letter import Kind, draft, edited
from tests.claims.packet.appeals import APPEALS
from tests.claims.packet.test_packet import AT, with_pictures


def built(facts: AppealFacts, text: str = "") -> tuple[AppealFacts, BuiltPacket]:
    record, contents = with_pictures(facts.claim.encounter)
    facts = replace(facts, claim=replace(facts.claim, encounter=record))
    packet = build_appeal(
        facts,
        letter=edited(draft(facts), text),
        images=contents,
        control_number="DUC00000102",
        sealed_at=AT,
        verification_url="http://localhost:8000/verify/{code}/",
        verification_code="7K2QF-9HM3T-VA0C4",
    )
    return facts, packet


@cache
def packet_of(name: str) -> tuple[AppealFacts, BuiltPacket]:
    return built(APPEALS[name])


def pages_of(packet: BuiltPacket) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(packet.pdf)).pages]


def letters_only(text: str) -> str:
    """Letters and digits alone, without receipts: what a line break or a hyphen cannot change."""
    return re.sub(r"\[[^\]]*\]|[\W_]", "", text)


def test_the_pdf_is_tagged_archivable_and_accessible() -> None:
    _, packet = packet_of("medical_necessity")
    with pikepdf.open(io.BytesIO(packet.pdf)) as pdf:
        root = pdf.Root
        assert root.MarkInfo.Marked
        assert str(root.Lang) == "en-US"
        with pdf.open_metadata() as xmp:
            assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("3", "A")
            assert xmp["pdfuaid:part"] == "1"
            assert xmp["dc:title"] == "First-level appeal, claim C000001"
        tags = {str(o.S) for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/S" in o and "/P" in o}
        assert {"/H1", "/H2", "/Table", "/TH", "/Figure", "/Link"} <= tags
        assert pdf.check_pdf_syntax() == []
        assert "/URI" not in str([a for page in pdf.pages for a in page.get("/Annots", [])])


@pytest.mark.parametrize("name", sorted(APPEALS))
def test_every_appeal_makes_a_sound_packet_that_opens_with_the_letter(name: str) -> None:
    facts, packet = packet_of(name)
    assert verify_zip(packet.zip) == []
    pages = pages_of(packet)
    assert len(pages) == packet.pages
    assert packet.manifest.parts[0].key == "letter"
    assert packet.manifest.parts[0].pages is not None
    assert packet.manifest.parts[0].pages[0] == 1
    assert [p.title for p in packet.manifest.parts[1:]] == enclosures(facts)


@pytest.mark.parametrize("name", ["medical_necessity", "images", "coding", "several", "other"])
def test_the_letter_stands_in_the_pdf_word_for_word_and_quotes_every_code(name: str) -> None:
    facts, packet = packet_of(name)
    pages = pages_of(packet)
    first, last = packet.manifest.parts[0].pages or (0, 0)
    letter = letters_only(
        " ".join(re.sub(r"First-level appeal · Claim .*? page \d+ of \d+", "", p) for p in pages[first - 1 : last])
    )
    for passage in draft(facts).passages:
        for sentence in passage.sentences:
            assert letters_only(sentence.text) in letter, sentence.text
    wrote = next(p for p in packet.manifest.parts if p.key == "denial")
    assert wrote.pages
    said = pages[wrote.pages[0] - 1]
    for reason in facts.denial.reasons:
        for word in (reason.pair, *reason.rarcs):
            assert word in pages[first - 1]
            assert word in said


def test_each_statement_names_its_true_page() -> None:
    facts, packet = packet_of("medical_necessity")
    pages = pages_of(packet)
    lines = packet.manifest.narrative
    assert [line.text for line in lines] == [
        s.text for p in draft(facts).passages if p.kind is not Kind.HEADING for s in p.sentences
    ]
    for line in lines:
        assert line.receipts, line.text
        for receipt in line.receipts:
            assert receipt.page, line.text
            kind, _, name = receipt.target.partition(":")
            part = {"denial": "What you wrote", "claim": "Claim data"}.get(name, "")
            place = {"figure": f"Figure {name}.", "note": "§", "part": part, "interpretation": "Interpretation, signed"}
            title = place[kind]
            assert title in pages[receipt.page - 1].replace("\u2009", " "), (line.text, receipt)


def test_the_list_of_enclosures_tells_the_true_pages() -> None:
    _, packet = packet_of("images")
    pages = pages_of(packet)
    end = pages[(packet.manifest.parts[0].pages or (0, 1))[1] - 1]
    for part in packet.manifest.parts[1:]:
        first, last = part.pages or (0, 0)
        assert part.title in pages[first - 1]
        span = f"{first}–{last}" if last > first else str(first)
        assert re.search(rf"{re.escape(part.title)}[ .]*{span}\b", end), part
    assert "with code 7K2QF-9HM3T-VA0C4" in end


def test_what_was_sent_before_is_listed_with_its_proof() -> None:
    _, packet = packet_of("timely_filing")
    whole = " ".join(pages_of(packet))
    assert "November 9, 2026 K000001 Payer portal DUC00000101 Receipt R-55120" in whole
    assert "November 20, 2026 K000001 Fax DUC00000101 No proof" in whole


def test_earlier_appeals_are_listed() -> None:
    _, packet = packet_of("appeal")
    whole = " ".join(pages_of(packet))
    assert "Second-level appeal of your decision of January 20, 2027" in whole
    assert "First-level appeal December 10, 2026 DUC00000102 January 20, 2027 The denial was upheld" in whole


def test_the_manifest_tells_level_codes_and_letter_but_not_the_patient() -> None:
    _, packet = packet_of("medical_necessity")
    with zipfile.ZipFile(io.BytesIO(packet.zip)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["appeal"] == {"level": 1, "codes": ["CO-50 with N706"]}
    assert manifest["letter"][0]["receipts"] == [{"target": "part:denial", "page": 4}]
    assert "narrative" not in manifest
    assert "Doe" not in json.dumps(manifest)


def test_the_same_letter_gives_the_same_bytes_and_another_word_another_seal() -> None:
    facts, packet = packet_of("coverage")
    _, again = built(APPEALS["coverage"])
    assert (again.pdf, again.zip) == (packet.pdf, packet.zip)
    _, other = built(APPEALS["coverage"], draft(facts).text + "\n\nPlease call us before noon.")
    assert other.content_sha256 != packet.content_sha256
    assert "Please call us before noon." in " ".join(pages_of(other))


def test_a_gap_is_printed_as_a_gap() -> None:
    _, packet = packet_of("empty")
    first = pages_of(packet)[0]
    assert "Member ID Not recorded" in first
    assert "The address of the payer is not recorded." in first


def test_a_character_of_the_letter_that_cannot_be_printed_is_named() -> None:
    with pytest.raises(RenderRefused) as refused:
        built(APPEALS["coverage"], draft(APPEALS["coverage"]).text + "\n\nThank you 😀")
    assert "grinning face" in refused.value.sentence
    assert "the letter's text" in refused.value.sentence


def test_words_of_a_person_are_never_markup() -> None:
    nasty = '#read("/etc/passwd") *bold* $x$ <part-denial> @cite'
    _, packet = built(APPEALS["coverage"], f"{draft(APPEALS['coverage']).text}\n\n{nasty}")
    whole = " ".join(pages_of(packet))
    assert '#read("/etc/passwd") *bold* $x$' in whole
    assert "root:" not in whole
