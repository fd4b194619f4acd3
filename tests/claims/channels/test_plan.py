"""The compiler of channels: named steps from what a packet holds and what a channel takes."""

from __future__ import annotations

from typing import Any

import pytest

from claims.channels import CHANNELS, Item, LimitFact, Parcel, Plan, Profile, Section, Wishes, compile_plan, sort_out
from claims.channels.parcel import Measured
from claims.channels.profile import profile_of
from claims.channels.seen import ON_PAPER

PORTAL = next(c for c in CHANNELS if c.key == "portal")


def taking(**limits: Any) -> Profile:
    """A portal with these limits."""
    return profile_of(PORTAL, [LimitFact(key, value, "Page") for key, value in limits.items()])


PAGES = (
    Measured(60_000, 7.5), Measured(60_000, 7.5), Measured(60_000, 7.5), Measured(300_000, 8.0), Measured(60_000, 8.0),
)  # fmt: skip
SECTIONS = (
    Section("cover", "Cover", 1, 1),
    Section("narrative", "Narrative", 2, 3),
    Section("figures", "Key figures 1–2", 4, 4),
    Section("note", "Encounter note", 5, 5),
)
DOCUMENT = Item("packet.pdf", "document", "Submission packet", 500_000, pages=5, documents=("narrative", "note"))
FIGURES = (
    Item("fig-01-annotated.jpg", "annotated", "Figure 1, annotated", 90_000, 1, True, 4, documents=("images",)),
    Item("fig-01.jpg", "figure", "Figure 1", 80_000, 1, True, 4, documents=("images",)),
    Item("fig-02.png", "figure", "Figure 2", 80_000, 2, True, 4, documents=("images",)),
    Item("fig-03.jpg", "figure", "Figure 3", 80_000, 3, False, 4, documents=("images",)),
)
NOTES = ("w" * 1500, "m" * 400, "s" * 80)


def parcel(*more: Item, pages: tuple[Measured, ...] = PAGES, notes: tuple[str, ...] = NOTES) -> Parcel:
    measured = {"packet.pdf": pages} | {i.name: (Measured(i.size, 9.0),) * i.pages for i in more if i.type == "pdf"}
    return Parcel("C000007", (DOCUMENT, *more, *FIGURES), SECTIONS, measured, notes)


def plan(profile: Profile, given: Parcel | None = None, wishes: Wishes | None = None) -> Plan:
    held = given or parcel()
    return compile_plan(held, profile, sort_out(held.items, wishes or Wishes("Example", "always")))


def steps(found: Plan) -> list[str]:
    return [s.name for s in found.steps]


@pytest.mark.parametrize("key", ON_PAPER)
def test_on_paper_a_document_that_is_held_back_is_not_said_to_be_printed(key: str) -> None:
    paper = next(c for c in CHANNELS if c.key == key)
    assert steps(plan(paper)) == ["print"]
    held = plan(paper, wishes=Wishes("Example", "on_request"))
    assert steps(held) == ["hold"]
    assert {x.title for x in held.left} >= {"Submission packet", "Figure 1"}
    assert steps(plan(paper, wishes=Wishes("Example", "on_request", was_asked=True))) == ["print"]


# --- Form ---------------------------------------------------------------------------------------------------------


def test_where_pdf_is_taken_the_document_leaves_alone_and_says_where_its_figures_are() -> None:
    found = plan(taking(file_types=["jpg", "pdf"]))
    assert [(m.how, m.name) for m in found.makes] == [("keep", "C000007-01-packet.pdf")]
    assert {x.reason for x in found.left} == {"It is shown on page 4 of the document."}
    assert steps(found) == ["rename"]
    assert not found.problems


def test_where_only_pictures_are_taken_pages_become_pictures_and_key_figures_go_along() -> None:
    found = plan(taking(file_types=["jpg", "png"]))
    pages = [m for m in found.makes if m.how == "pages_jpg"]
    assert [m.pages for m in pages] == [(1,), (2,), (3,), (4,), (5,)]
    assert pages[0].dpi == (200, 150)
    assert [m.source for m in found.makes if m.how == "keep"] == ["fig-01-annotated.jpg", "fig-01.jpg", "fig-02.png"]
    assert [x.title for x in found.left] == ["Figure 3"]
    (step,) = [s for s in found.steps if s.name == "pages_to_pictures"]
    assert step.text == (
        "The 5 pages of packet.pdf become JPEG at 200 dpi; the smallest letters (7.5 pt) are 10 pixels high: crisp."
    )


def test_a_picture_of_another_type_is_made_anew() -> None:
    found = plan(taking(file_types=["jpg"]))
    (anew,) = [m for m in found.makes if m.how == "picture"]
    assert (anew.source, anew.type) == ("fig-02.png", "jpg")
    assert "convert_pictures" in steps(found)


def test_png_alone_is_taken_as_png() -> None:
    assert {m.how for m in plan(taking(file_types=["png"])).makes} == {"pages_png", "keep", "picture"}


@pytest.mark.parametrize("limits", [{"colors": "bilevel"}, {"file_types": ["tif"]}])
def test_a_fax_and_what_takes_tiff_alone_get_black_and_white_dots(limits: dict[str, Any]) -> None:
    found = plan(taking(**limits))
    assert [(m.how, m.type, m.pages) for m in found.makes] == [("pages_fax", "tif", (1, 2, 3, 4, 5))]


def test_a_channel_of_which_nothing_is_known_is_warned_of_and_no_limit_is_invented() -> None:
    found = plan(taking())
    assert [m.how for m in found.makes] == ["keep"]
    assert "It is not known which file types a payer's portal takes." in found.warnings[0]
    assert found.note == ""


def test_what_takes_neither_pdf_nor_pictures_is_refused_in_a_sentence() -> None:
    found = plan(taking(file_types=["docx", "txt"]))
    assert found.makes == ()
    assert found.problems[0].startswith("A payer's portal takes Word (docx), Text only: neither a PDF nor pictures")


# --- Number -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "most, joined, files", [(9, 1, 8), (8, 1, 8), (7, 2, 6), (6, 2, 6), (5, 3, 5), (4, 3, 4), (3, 3, 3), (2, 3, 2)]
)
def test_fewer_files_by_joining_pages_and_then_by_leaving_out_what_stands_on_a_page(
    most: int, joined: int, files: int
) -> None:
    found = plan(taking(file_types=["jpg"], max_files=most))
    assert len(found.makes) == files
    assert max(len(m.pages) for m in found.makes) == joined
    assert not found.problems
    assert ("join_pages" in steps(found)) is (joined > 1)


def test_what_is_left_out_for_the_number_is_told_where_it_stands() -> None:
    found = plan(taking(file_types=["jpg"], max_files=3))
    told = {x.title: x.reason for x in found.left}
    assert told["Figure 2"] == "A payer's portal takes 3 files; it is shown on page 4 as well."
    assert [m.source for m in found.makes] == ["packet.pdf", "packet.pdf", "fig-01-annotated.jpg"]


def test_one_file_is_too_few_for_five_pages() -> None:
    found = plan(taking(file_types=["jpg"], max_files=1))
    assert "2 files would leave, with nothing more to join or to leave out" in found.problems[0]


# --- Size ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most, files", [(500_001, 1), (500_000, 1), (499_999, 2)])
def test_a_pdf_is_cut_only_where_it_is_larger_than_a_file_may_be(most: int, files: int) -> None:
    found = plan(taking(file_types=["pdf"], max_file_bytes=most))
    assert len(found.makes) == files
    assert ("split_pdf" in steps(found)) is (files > 1)


def test_it_is_cut_where_its_parts_begin_and_every_page_leaves_once() -> None:
    found = plan(taking(file_types=["pdf"], max_file_bytes=300_000))
    assert [m.pages for m in found.makes] == [(1, 2, 3), (4,), (5,)]
    assert [m.name for m in found.makes] == [
        "C000007-01-cover-p1-3.pdf", "C000007-02-figures-p4.pdf", "C000007-03-note-p5.pdf",
    ]  # fmt: skip


def test_a_part_that_is_too_large_is_cut_between_pages() -> None:
    pages = (Measured(60_000, 8), *(Measured(200_000, 8),) * 2, *(Measured(60_000, 8),) * 2)
    found = plan(taking(file_types=["pdf"], max_file_bytes=250_000), parcel(pages=pages))
    assert [m.pages for m in found.makes] == [(1,), (2,), (3,), (4, 5)]


def test_a_page_that_is_too_large_by_itself_becomes_a_picture_of_itself() -> None:
    found = plan(taking(file_types=["pdf"], max_file_bytes=299_999))
    (flat,) = [m for m in found.makes if m.flat]
    assert (flat.pages, flat.flat, flat.dpi) == ((4,), (4,), (200, 150))
    assert "Page 4 of packet.pdf becomes a picture of itself at 200 dpi" in found.steps[0].text


def test_a_page_that_no_picture_could_replace_is_a_problem() -> None:
    found = plan(taking(file_types=["pdf"], max_file_bytes=100_000))
    assert found.problems == (
        "Page 4 of packet.pdf alone has 300 KB; a payer's portal takes 100 KB a file. Choose another channel.",
    )


@pytest.mark.parametrize("most, fits", [(500_001, True), (500_000, True), (499_999, False)])
def test_a_document_that_cannot_be_made_smaller_is_refused_past_the_size_of_all_files(most: int, fits: bool) -> None:
    found = plan(taking(file_types=["pdf"], max_total_bytes=most))
    assert (not found.problems) is fits


def test_heavy_pages_become_pictures_where_all_together_is_too_much() -> None:
    heavy = Item("packet.pdf", "document", "Submission packet", 9_000_000, pages=2)
    held = Parcel("C000007", (heavy,), (), {"packet.pdf": (Measured(8_000_000, 8), Measured(100_000, 8))})
    found = plan(taking(file_types=["pdf"], max_total_bytes=1_000_000), held)
    assert [(m.how, m.flat) for m in found.makes] == [("pages_pdf", (1,))]
    assert "flatten_pages" in steps(found)
    assert not found.problems


# --- Sharpness, names, note ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("side, dpi", [(2200, (200, 150)), (2199, (199, 150)), (1650, (150,)), (1500, (136,))])
def test_the_longer_side_limits_the_resolution(side: int, dpi: tuple[int, ...]) -> None:
    found = plan(taking(file_types=["jpg"], max_side=side))
    assert found.makes[0].dpi == dpi


def test_letters_that_would_close_up_are_a_problem_before_anything_is_made() -> None:
    found = plan(taking(file_types=["jpg"], max_side=1000))
    assert found.problems[0] == (
        "Pictures of at most 1,000 pixels leave 90 dots to the inch for page 1 of packet.pdf. Its smallest letters"
        " (7.5 pt) are 5 pixels high and close up; 7 are needed. Choose another channel."
    )


@pytest.mark.parametrize("longest, name", [(60, "C000007-01-packet.pdf"), (21, "C000007-01-packet.pdf"),
                                           (20, "C000007-01.pdf"), (13, "00701.pdf"), (6, "01.pdf")])  # fmt: skip
def test_names_are_as_long_as_the_channel_takes(longest: int, name: str) -> None:
    (made,) = plan(taking(file_types=["pdf"], max_name=longest)).makes
    assert made.name == name


def test_names_differ_and_tell_nothing_of_the_patient() -> None:
    names = [m.name for m in plan(taking(file_types=["jpg"])).makes]
    assert len(set(names)) == len(names)
    assert all(n.startswith("C000007-0") and n == n.lower().replace("c000007", "C000007") for n in names)


@pytest.mark.parametrize("limit, length", [(2000, 1500), (1500, 1500), (1499, 400), (400, 400), (399, 80), (80, 80)])
def test_the_longest_version_of_the_narrative_that_fits_is_chosen(limit: int, length: int) -> None:
    assert len(plan(taking(note_chars=limit)).note) == length


def test_a_note_that_nothing_fits_is_a_problem() -> None:
    assert plan(taking(note_chars=79)).problems == (
        "No version of the narrative fits the note of a payer's portal: 79 characters.",
    )


def test_the_same_packet_gives_the_same_plan() -> None:
    limits = {"file_types": ["jpg"], "max_files": 6, "note_chars": 400}
    assert plan(taking(**limits)) == plan(taking(**limits))


# --- Enclosures ---------------------------------------------------------------------------------------------------

EOB = Item("first-plan-eob.pdf", "enclosure", "EOB", 100_000, pages=2, documents=("primary_eob",))


def test_an_enclosed_eob_leaves_as_the_pages_do() -> None:
    wants = Wishes("Example", "always", cob_as="attachment")
    found = plan(taking(file_types=["jpg"]), parcel(EOB), wants)
    assert [m.name for m in found.makes if m.source == EOB.name] == [
        "C000007-06-first-plan-eob-p1.jpg", "C000007-07-first-plan-eob-p2.jpg",
    ]  # fmt: skip
    assert [m.how for m in plan(taking(file_types=["pdf"]), parcel(EOB), wants).makes] == ["keep", "keep"]


def test_pages_of_two_papers_never_stand_on_one_picture() -> None:
    wants = Wishes("Example", "always", cob_as="attachment")
    found = plan(taking(file_types=["jpg"], max_files=4), parcel(EOB), wants)
    assert [(m.source, m.pages) for m in found.makes if m.pages] == [
        ("packet.pdf", (1, 2, 3)), ("packet.pdf", (4, 5)), ("first-plan-eob.pdf", (1, 2)),
    ]  # fmt: skip
