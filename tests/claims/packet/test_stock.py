"""A claim on CMS-1500 stock: every character in its place on the grid, nothing cut in silence."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from claims.among import ResentFacts
from claims.edi.claim_of_facts import Sending, electronic_claim
from claims.facts import ClaimFacts
from claims.packet.formdata import claim_data
from claims.packet.stock import COLUMNS, LINES, PLACES, Offset, alignment, fill, overlay
from claims.packet.stock.positions import LEFT, SERVICE, TOP
from documentation.kernel.machine import Refused
from tests.claims.packet.records import RECORDS, claim_of

PITCH, LEAD = 7.2, 12.0


@pytest.fixture
def claim() -> ClaimFacts:
    return claim_of(RECORDS["reference"], "medical")


def words_of(pdf: bytes, folder: Path) -> list[tuple[int, float, float, str]]:
    """Page, left edge, baseline's cell top and text of every word, in points, as another program reads them."""
    path = folder / "sheet.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-bbox", str(path), "-"], capture_output=True, text=True, check=True).stdout
    found, page = [], 0
    for line in told.splitlines():
        page += "<page " in line
        if m := re.search(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="[\d.]+" yMax="[\d.]+">(.*)</word>', line):
            found.append((page, float(m[1]), float(m[2]), m[3]))
    return found


def at(words: list[tuple[int, float, float, str]], text: str) -> tuple[int, float, float]:
    page, x, y, _ = next(w for w in words if w[3].replace("\u00a0", " ").startswith(text))
    return page, x, y


def test_every_box_lies_on_the_form_and_none_on_another() -> None:
    rows = [*PLACES.values(), *(replace(p, line=43 + 2 * n + p.line) for n in range(6) for p in SERVICE.values())]
    taken: set[tuple[int, int]] = set()
    for place in rows:
        cells = {(place.line, place.column + n) for n in range(place.width)}
        assert 1 <= place.line <= LINES
        assert place.column + place.width - 1 <= COLUMNS, place
        assert not cells & taken, place
        taken |= cells


def test_characters_stand_where_their_box_is_ten_to_the_inch_and_six_lines(claim: ClaimFacts, tmp_path: Path) -> None:
    words = words_of(overlay(claim, fill(claim), Offset()), tmp_path)
    first = at(words, "DOE")
    for text, key in (("W123456789", "1a"), ("42699", ""), ("K118", "21_A"), ("123456789", "25"), ("GRP5501", "11")):
        place = PLACES[key] if key else replace(SERVICE["24D_code"], line=44)
        _, x, y = at(words, text)
        assert x == pytest.approx(LEFT + (place.column - 1) * PITCH, abs=0.6), text
        assert y - first[2] == pytest.approx((place.line - PLACES["2"].line) * LEAD, abs=0.6), text
    assert first[2] == pytest.approx(TOP + (PLACES["2"].line - 1) * LEAD, abs=4)


def test_ten_characters_make_an_inch(claim: ClaimFacts, tmp_path: Path) -> None:
    path = tmp_path / "s.pdf"
    path.write_bytes(overlay(claim, fill(claim), Offset()))
    told = subprocess.run(["pdftotext", "-bbox", str(path), "-"], capture_output=True, text=True, check=True).stdout
    x0, x1 = re.search(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">W123456789<', told).groups()
    assert float(x1) - float(x0) == pytest.approx(10 * PITCH, abs=0.2)


def test_the_offset_of_a_printer_moves_everything_alike(claim: ClaimFacts, tmp_path: Path) -> None:
    still = words_of(overlay(claim, fill(claim), Offset()), tmp_path)
    moved = words_of(overlay(claim, fill(claim), Offset(2.5, -3)), tmp_path)
    assert [(w[3]) for w in still] == [(w[3]) for w in moved]
    for before, after in zip(still, moved, strict=True):
        assert after[1] - before[1] == pytest.approx(2.5, abs=0.05)
        assert after[2] - before[2] == pytest.approx(-3, abs=0.05)


def test_amounts_end_at_the_right_edge_of_their_box(claim: ClaimFacts) -> None:
    mark = next(m for m in fill(claim).marks if m.box == "28")
    assert mark.text == "850 00"
    assert mark.column + len(mark.text) == PLACES["28"].column + PLACES["28"].width


def test_a_long_name_is_cut_at_a_word_and_said_to_be(claim: ClaimFacts) -> None:
    plan = replace(claim.coverage, plan_name="Preferred Provider Organization of the Northern Coast")
    form = fill(replace(claim, coverage=plan))
    [said] = [s for s in form.cut if s.startswith("Box 11c ")]
    assert "takes 30 characters" in said
    assert "It is printed as “PREFERRED PROVIDER”." in said
    assert next(m.text for m in form.marks if m.box == "11c") == "PREFERRED PROVIDER"


def test_a_number_that_does_not_fit_stops_the_form(claim: ClaimFacts) -> None:
    plan = replace(claim.coverage, member_id="W" + "1" * 20)
    form = fill(replace(claim, coverage=plan))
    [said] = form.refused
    assert said.startswith("Box 1a takes 17 characters; insured's ID")
    with pytest.raises(Refused, match="Box 1a"):
        overlay(claim, form, Offset())


def test_a_character_that_the_form_cannot_take_stops_it(claim: ClaimFacts) -> None:
    patient = replace(claim.encounter.patient, last_name="Иванов")
    form = fill(replace(claim, encounter=replace(claim.encounter, patient=patient)))
    assert any("“И” is not among the characters of the form" in s for s in form.refused)


def test_accents_are_left_off(claim: ClaimFacts) -> None:
    patient = replace(claim.encounter.patient, last_name="Núñez-Łoś")
    form = fill(replace(claim, encounter=replace(claim.encounter, patient=patient)))
    assert next(m.text for m in form.marks if m.box == "2").startswith("NUNEZ-LOS, ")


def test_more_than_six_lines_take_another_sheet_that_stands_by_itself(claim: ClaimFacts, tmp_path: Path) -> None:
    form = fill(replace(claim, lines=claim.lines * 8))
    assert form.sheets == 2
    assert [m.text for m in form.marks if m.box == "28"] == ["5100 00", "1700 00"]
    assert {m.sheet for m in form.marks if m.box == "1a"} == {1, 2}
    pages = {w[0] for w in words_of(overlay(claim, form, Offset()), tmp_path)}
    assert pages == {1, 2}


def test_a_dental_claim_is_refused(claim: ClaimFacts) -> None:
    assert fill(claim_of(RECORDS["reference"])).refused == (
        "Only a medical claim goes on the CMS-1500. This one is for a dental plan.",
    )


def test_after_an_injury_box_10_is_left_to_a_person() -> None:
    form = fill(claim_of(RECORDS["foreign_body"], "medical"))
    assert not [m for m in form.marks if m.box.startswith("10")]
    assert any(s.startswith("Box 10 is left open") for s in form.cut)


def test_box_19_holds_whole_sentences(claim: ClaimFacts) -> None:
    for record in RECORDS.values():
        form = fill(claim_of(record, "medical"))
        text = next(m.text for m in form.marks if m.box == "19")
        assert text.endswith(".")
        assert len(text) <= PLACES["19"].width


def test_the_alignment_page_names_nobody_and_marks_the_corners(tmp_path: Path) -> None:
    words = words_of(alignment(Offset()), tmp_path)
    text = " ".join(w[3] for w in words)
    assert text.count("+") == 4
    assert "INSURED" in text
    assert "DOE" not in text


def test_dates_and_sexes_are_marked_in_their_boxes(claim: ClaimFacts) -> None:
    assert claim.encounter.patient.birth_date == date(1981, 3, 14)
    marks = [(m.text, m.column) for m in fill(claim).marks if m.box == "3"]
    assert marks == [("03", 31), ("14", 34), ("1981", 37), ("X", 47)]


@pytest.mark.parametrize(
    ("program", "column", "said"),
    [("medicare", 1, "Medicare"), ("medicaid", 8, "Medicaid"), ("commercial", 31, "Group health plan")],
)
def test_box_1_marks_the_program_of_the_plan_as_the_page_says(
    claim: ClaimFacts, program: str, column: int, said: str
) -> None:
    claim = replace(claim, coverage=replace(claim.coverage, program=program))
    assert [(m.text, m.column) for m in fill(claim).marks if m.box == "1"] == [("X", column)]
    told = [f.value for group in claim_data(claim, "").groups for f in group.fields if f.item == "1"]
    assert told == [said]


@pytest.mark.parametrize(("network", "column", "said"), [("in", 38, "Yes"), ("out", 43, "No"), ("unknown", 0, "")])
@pytest.mark.parametrize("assigned", [True, False, None])
def test_that_the_patient_assigns_benefits_and_that_the_practice_accepts_are_two_facts(
    claim: ClaimFacts, network: str, column: int, said: str, assigned: bool | None
) -> None:
    payer = replace(claim.coverage.payer, terms=replace(claim.coverage.payer.terms, network=network))
    claim = replace(claim, coverage=replace(claim.coverage, payer=payer, assignment_of_benefits=assigned))
    form = fill(claim)
    boxes = {box: [(m.text, m.column) for m in form.marks if m.box == box] for box in ("13", "27")}
    assert boxes["27"] == ([("X", column)] if column else [])
    assert boxes["13"] == ([("SIGNATURE ON FILE", 55)] if assigned else [])
    assert any("Box 27 is left open" in x for x in form.cut) == (network == "unknown")
    assert any("Box 13 is left open" in x for x in form.cut) == (assigned is None)
    (field,) = [f for group in claim_data(claim, "").groups for f in group.fields if f.item == "27"]
    assert (field.is_missing, field.value) == (not said, said or field.value)
    electronic = electronic_claim(claim, Sending("C000001")).claim
    assert electronic.accepts == ("C" if network == "out" else "A")
    assert electronic.benefits == ("Y" if assigned else "N")


@pytest.mark.parametrize(("purpose", "code"), [("corrected", "7"), ("void", "8")])
def test_box_22_says_that_a_claim_corrects_or_takes_back_another(claim: ClaimFacts, purpose: str, code: str) -> None:
    form = fill(replace(claim, resent=ResentFacts(purpose, "PCN-778812")))
    marks = {(m.line, m.column): m.text for m in form.marks if m.box == "22"}
    assert marks == {(38, 50): code, (38, 62): "PCN-778812"}
    assert not form.refused
    assert not [m for m in fill(claim).marks if m.box == "22"]


def test_a_corrected_claim_without_the_number_of_the_first_is_not_printed(claim: ClaimFacts) -> None:
    form = fill(replace(claim, resent=ResentFacts("corrected")))
    assert "no answer has told it" in form.refused[0]
    with pytest.raises(Refused, match="Box 22 names the payer's own number"):
        overlay(claim, form, Offset())
    long = fill(replace(claim, resent=ResentFacts("corrected", "P" * 19)))
    assert "Box 22 takes 18 characters" in long.refused[0]
