"""Files of a channel as bytes: the same from the same, legible, within their limits, never more than was asked."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from claims.channels import apart
from claims.channels.steps import Make
from tests.claims.channels.test_eye import line_of


def paper(pages: int = 3) -> bytes:
    """Pages with lines of 8 points and a noisy picture on the last one."""
    document = pypdfium2.PdfDocument.new()
    for n in range(pages):
        page = document.new_page(612, 792)
        text = pypdfium2.raw.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", 8.0)
        words = f"Page {n + 1}: a stone was seen".encode("utf-16-le") + b"\x00\x00"
        buffer = (pypdfium2.raw.FPDF_WCHAR * (len(words) // 2)).from_buffer_copy(words)
        pypdfium2.raw.FPDFText_SetText(text, buffer)
        pypdfium2.raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, 72, 700)
        pypdfium2.raw.FPDFPage_InsertObject(page.raw, text)
        if n == pages - 1:
            photo = pypdfium2.PdfImage.new(document)
            photo.load_jpeg(io.BytesIO(picture()), inline=True)
            photo.set_matrix(pypdfium2.PdfMatrix().scale(400, 300).translate(72, 300))
            page.insert_obj(photo)
        page.gen_content()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def picture(kind: str = "JPEG") -> bytes:
    noise = np.random.default_rng(3).integers(0, 255, (600, 800, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, kind, quality=90)
    return out.getvalue()


CONTENTS = {"packet.pdf": paper(), "fig-01.jpg": picture(), "fig-02.png": picture("PNG")}


def a(how: str, **given: Any) -> Make:
    values = {"source": "packet.pdf", "title": "Cover, page 1", "reason": "r", "slug": "s", "type": "jpg", "name": "x"}
    return Make(**{"how": how, **values, **given})


EVERY_KIND = [
    a("keep", type="pdf", name="a.pdf"),
    a("pages_jpg", pages=(1, 2), dpi=(200, 150), name="b.jpg"),
    a("pages_png", pages=(1,), dpi=(150,), type="png", name="c.png", grey=True),
    a("pages_pdf", pages=(1, 2), type="pdf", name="d.pdf"),
    a("pages_pdf", pages=(2, 3), flat=(3,), dpi=(200, 150), type="pdf", name="e.pdf"),
    a("pages_fax", pages=(1, 2, 3), type="tif", name="f.tif"),
    a("picture", source="fig-02.png", name="g.jpg", side=400),
    a("picture", source="fig-01.jpg", type="pdf", name="h.pdf"),
    a("pages_fax", source="fig-01.jpg", type="tif", name="i.tif"),
]


def test_the_same_input_gives_the_same_bytes_in_another_process() -> None:
    first, second = (apart.make(EVERY_KIND, CONTENTS) for _ in range(2))
    assert [hashlib.sha256(f.content).hexdigest() for f in first] == [
        hashlib.sha256(f.content).hexdigest() for f in second
    ]
    assert [f.name for f in first] == [m.name for m in EVERY_KIND]


def test_every_kind_of_file_is_sound() -> None:
    made = {f.name: f for f in apart.make(EVERY_KIND, CONTENTS)}
    assert made["a.pdf"].content == CONTENTS["packet.pdf"]
    joined = Image.open(io.BytesIO(made["b.jpg"].content))
    assert (joined.format, joined.width, joined.mode) == ("JPEG", 1700, "RGB")
    assert joined.height > 2 * 2200
    assert (made["b.jpg"].dpi, made["b.jpg"].side) == (200, joined.height)
    assert Image.open(io.BytesIO(made["c.png"].content)).mode == "L"
    for name, pages in (("d.pdf", 2), ("e.pdf", 2), ("h.pdf", 1)):
        with pikepdf.open(io.BytesIO(made[name].content)) as document:
            assert len(document.pages) == pages
            assert document.check_pdf_syntax() == []
    text = pypdfium2.PdfDocument(made["e.pdf"].content)
    assert "Page 2" in text[0].get_textpage().get_text_bounded()
    assert "Page" not in text[1].get_textpage().get_text_bounded()
    fax = Image.open(io.BytesIO(made["f.tif"].content))
    assert (fax.mode, fax.n_frames, fax.width, fax.info["compression"]) == ("1", 3, 1728, "group4")
    assert max(Image.open(io.BytesIO(made["g.jpg"].content)).size) == 400


def test_nothing_of_the_moment_stands_in_a_pdf() -> None:
    (made,) = apart.make([a("pages_pdf", pages=(1,), type="pdf", name="d.pdf")], CONTENTS)
    with pikepdf.open(io.BytesIO(made.content)) as document:
        assert str(document.docinfo["/CreationDate"]).startswith("D:20000101000000")


def test_a_file_that_is_too_large_is_drawn_less_sharp_but_never_below_what_can_be_read() -> None:
    page = a("pages_jpg", pages=(3,), dpi=(200, 150), name="p.jpg")
    whole = apart.make([page], CONTENTS)[0]
    assert (whole.dpi, whole.quality) == (200, 85)
    for budget in (len(whole.content) - 1, len(whole.content) // 2):
        less = apart.make([a("pages_jpg", pages=(3,), dpi=(200, 150), name="p.jpg", budget=budget)], CONTENTS)[0]
        assert len(less.content) <= budget
        assert (less.dpi, less.quality) < (200, 85)
    assert (
        apart.make([a("pages_jpg", pages=(3,), dpi=(200, 150), name="p.jpg", budget=len(whole.content))], CONTENTS)[0]
        == whole
    )
    with pytest.raises(apart.ChannelRefused, match="Cover, page 1 cannot be brought below 5,000 bytes without its"):
        apart.make([a("pages_jpg", pages=(3,), dpi=(200, 150), name="p.jpg", budget=5_000)], CONTENTS)


def test_all_files_together_are_made_smaller_until_they_fit() -> None:
    plan = [a("pages_jpg", pages=(n,), dpi=(200, 150), name=f"{n}.jpg") for n in (1, 2, 3)]
    whole = sum(len(f.content) for f in apart.make(plan, CONTENTS))
    for total in (whole, whole - 1, whole // 2):
        made = apart.make(plan, CONTENTS, total)
        assert sum(len(f.content) for f in made) <= total
        assert all(f.quality == 85 and f.dpi == 200 for f in made) is (total == whole)
    with pytest.raises(apart.ChannelRefused, match="bytes together at the lowest resolution"):
        apart.make(plan, CONTENTS, 9_000)


def test_a_picture_is_made_smaller_only_as_far_as_it_shows_something() -> None:
    small = apart.make([a("picture", source="fig-01.jpg", name="g.jpg", budget=90_000)], CONTENTS)[0]
    assert len(small.content) <= 90_000
    with pytest.raises(apart.ChannelRefused, match="without losing what it shows"):
        apart.make([a("picture", source="fig-01.jpg", name="g.jpg", budget=3_000)], CONTENTS)


def test_pages_are_measured_each_by_itself() -> None:
    first, _, last = apart.measure({"packet.pdf": CONTENTS["packet.pdf"]})["packet.pdf"]
    assert (first.smallest_text, first.height) == (8.0, 792.0)
    assert last.size > 10 * first.size


def test_a_damaged_pdf_is_refused_in_a_sentence() -> None:
    with pytest.raises(apart.ChannelRefused, match="could not be opened for the channel"):
        apart.measure({"packet.pdf": CONTENTS["packet.pdf"][:300]})


def test_lines_for_the_eye_are_real_letters() -> None:
    assert np.asarray(line_of(10).convert("L")).min() < 40
