"""PDFs from outside: what is taken, what is left out of the clean copy, and what is refused in which words."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from PIL import Image

from documentation.papers import MOST_PAGES, PaperRefused, drawn, examine, paper
from tests.claims.papers import changed, scanned


def test_a_sound_pdf_is_kept_as_pages_alone_and_drawn_page_by_page() -> None:
    found = examine(scanned(2))
    assert (found.pages, found.notes) == (2, ())
    with pikepdf.open(io.BytesIO(found.clean)) as document:
        assert len(document.pages) == 2
        assert set(document.Root.keys()) == {"/Type", "/Pages"}
        assert "/Info" not in document.trailer
        assert document.check_pdf_syntax() == []
    pictures = drawn(found.clean)
    assert len(pictures) == 2
    for picture in pictures:
        with Image.open(io.BytesIO(picture), formats=["JPEG"]) as seen:
            assert (seen.size, seen.mode) == ((1700, 2200), "L")


def test_the_same_pdf_gives_the_same_bytes() -> None:
    pdf = scanned(1)
    assert examine(pdf) == examine(pdf)
    assert drawn(examine(pdf).clean) == drawn(examine(pdf).clean)


def test_scripts_and_attached_files_are_left_out_and_named() -> None:
    found = examine(changed(scanned(1), script=True, file=True))
    assert [re.sub(r" .*", "", note) for note in found.notes] == ["Scripts", "Files"]
    for word in (b"JavaScript", b"app.alert", b"EmbeddedFile", b"secret", b"OpenAction", b"/AA"):
        assert word not in found.clean


@pytest.mark.parametrize(
    "pdf,said",
    [
        (b"", "This file is empty."),
        (b"no PDF at all", "This file is no PDF"),
        (changed(scanned(1), password="x"), "locked with a password"),
        (changed(scanned(1), no_pages=True), "has no pages"),
        (scanned(2)[:-900], "damaged, and parts of it may be missing"),
        (scanned(1)[:400], "damaged"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 20, "damaged"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_what_to_do(pdf: bytes, said: str) -> None:
    with pytest.raises(PaperRefused, match=said) as refused:
        examine(pdf)
    assert str(refused.value).count(". ") >= 1


def test_one_page_too_many_is_refused_with_the_numbers() -> None:
    assert examine(scanned(MOST_PAGES)).pages == MOST_PAGES
    with pytest.raises(PaperRefused, match=f"has {MOST_PAGES + 1} pages; {MOST_PAGES} is the most"):
        examine(scanned(MOST_PAGES + 1))


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "TIME_LIMIT", 0.01)
    with pytest.raises(PaperRefused, match="took too long"):
        examine(scanned(1))


def test_a_page_of_any_size_is_drawn_within_bounds() -> None:
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(14_000, 14_000))
        out = io.BytesIO()
        document.save(out)
    (picture,) = drawn(examine(out.getvalue()).clean)
    with Image.open(io.BytesIO(picture)) as seen:
        assert seen.width * seen.height <= 4_010_000
