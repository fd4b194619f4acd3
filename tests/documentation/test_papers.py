"""PDFs from outside: what is taken, what is left out of the clean copy, and what is refused in which words."""

from __future__ import annotations

import io
import re
import zlib

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from documentation.papers import MOST_PAGES, MOST_SCANNED, PaperRefused, drawn, examine, paper
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


def blank(pages: int) -> bytes:
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page(page_size=(72, 72))
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def test_a_scan_may_have_the_pages_of_a_whole_check() -> None:
    assert examine(blank(MOST_SCANNED), is_scan=True).pages == MOST_SCANNED
    with pytest.raises(PaperRefused, match=f"has {MOST_SCANNED + 1} pages; {MOST_SCANNED} is the most of one scan"):
        examine(blank(MOST_SCANNED + 1), is_scan=True)


def test_a_slip_in_the_order_of_a_file_is_repaired_and_said() -> None:
    pdf = scanned(2)
    start = pdf.rindex(b"startxref")
    broken = pdf[:start] + b"startxref\n7\n%%EOF\n"
    found = examine(broken)
    assert found.pages == 2
    assert "was slightly damaged and was repaired" in found.notes[0]
    assert drawn(found.clean) == drawn(examine(pdf).clean)


def test_a_hole_in_what_is_drawn_is_no_slip() -> None:
    pdf = scanned(1)
    start, end = pdf.index(b"stream\n") + 2000, pdf.index(b"endstream")
    assert end - start > 500
    with pytest.raises(PaperRefused, match="damaged, and parts of it may be missing"):
        examine(pdf[:start] + pdf[end:])


def packed(*layers: str, size: int = 40_000_000) -> bytes:
    """A page whose orders unpack to so many bytes, packed in these ways, the innermost first."""
    data = b"0 0 m\n" * (size // 6)
    for layer in layers:
        data = data.hex().encode() + b">" if layer == "/ASCIIHexDecode" else zlib.compress(data, 1)
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(72, 72))
        stream = document.make_stream(b"")
        names = pikepdf.Array([pikepdf.Name(layer) for layer in reversed(layers)])
        stream.write(data, filter=names)
        page.Contents = stream
        out = io.BytesIO()
        document.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return out.getvalue()


@pytest.mark.parametrize(
    "layers", [("/FlateDecode",), ("/FlateDecode", "/FlateDecode"), ("/FlateDecode", "/ASCIIHexDecode")], ids=str
)
def test_what_is_packed_twice_is_unpacked_within_bounds(layers: tuple[str, ...]) -> None:
    with pytest.raises(PaperRefused) as refused:
        examine(packed(*layers))
    assert refused.value.code == "large"
    assert examine(packed(*layers, size=6000)).pages == 1


def test_an_attached_file_of_any_size_is_left_out() -> None:
    with pikepdf.open(io.BytesIO(blank(1))) as document:
        document.attachments["data.csv"] = pikepdf.AttachedFileSpec(document, bytes(40_000_000), filename="data.csv")
        out = io.BytesIO()
        document.save(out)
    found = examine(out.getvalue())
    assert [note[:14] for note in found.notes] == ["Files attached"]


def test_a_large_drawing_in_black_and_white_is_taken() -> None:
    """A scan of A2 at 600 dots an inch has more than 60 million pixels, and takes 17 MB."""
    wide, high = 10_000, 14_000
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(1190, 1684))
        image = document.make_stream(
            b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=wide, Height=high,
            ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=1,
        )  # fmt: skip
        image.write(zlib.compress(b"\xff" * (wide // 8 * high)), filter=pikepdf.Name.FlateDecode)
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
        page.Contents = document.make_stream(b"1190 0 0 1684 0 0 cm /Im Do")
        out = io.BytesIO()
        document.save(out)
    assert examine(out.getvalue()).pages == 1


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


def written(how: str) -> bytes:
    """A page that shows one row, and holds another one: beside its crop, below a box, on a layer that is off."""
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(612, 792))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        hidden = b"BT /F 20 Tf 72 700 Td (Another patient) Tj ET"
        if how == "layer":
            layer = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="Rows"))
            off = pikepdf.Dictionary(OFF=pikepdf.Array([layer]))
            document.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array([layer]), D=off)
            page.Resources.Properties = pikepdf.Dictionary(L=layer)
            hidden = b"/OC /L BDC " + hidden + b" EMC"
        elif how == "crop":
            page.CropBox = [0, 0, 612, 400]
        elif how == "box":
            black = document.make_stream(
                b"0 g 0 0 400 60 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 400, 60]
            )
            box = pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Square, Rect=[60, 680, 460, 740], F=4,
                AP=pikepdf.Dictionary(N=black),
            )  # fmt: skip
            page.Annots = pikepdf.Array([document.make_indirect(box)])
        page.Contents = document.make_stream(hidden + b" BT /F 20 Tf 72 300 Td (This patient) Tj ET")
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("how,height,top", [("crop", 400, 255), ("box", 792, 0), ("layer", 792, 255)])
def test_what_a_page_hides_does_not_leave_with_it(how: str, height: int, top: int) -> None:
    """`top`: how dark it may be where the hidden row stood: black below a box, white on a layer that is off."""
    found = examine(written(how))
    assert [note for note in found.notes if "pictures of what they show" in note]
    (page,) = pypdfium2.PdfDocument(found.clean)
    assert page.get_size() == (612, height)
    assert page.get_textpage().get_text_bounded() == ""
    assert examine(written(how)) == found
    (picture,) = drawn(found.clean)
    with Image.open(io.BytesIO(picture)) as seen:
        shown = seen.convert("L")
        dots = 200 / 72
        row = shown.crop((int(72 * dots), int((height - 320) * dots), int(200 * dots), int((height - 295) * dots)))
        assert row.getextrema()[0] < 60
        if how != "crop":
            darkest, lightest = shown.crop((200, int(60 * dots), 600, int(100 * dots))).getextrema()
            assert abs(darkest - top) < 20
            assert abs(lightest - top) < 20


def test_a_page_that_hides_nothing_keeps_its_text() -> None:
    found = examine(written("nothing"))
    assert found.notes == ()
    assert "This patient" in pypdfium2.PdfDocument(found.clean)[0].get_textpage().get_text_bounded()


def test_a_filled_in_field_is_seen_in_the_pictures() -> None:
    with pikepdf.open(io.BytesIO(written("nothing"))) as document:
        font = document.pages[0].Resources.Font
        field = document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="finding", F=4,
                V="STONE", DA="/F 30 Tf 0 g", Rect=[60, 500, 400, 560],
            )
        )  # fmt: skip
        document.pages[0].Annots = pikepdf.Array([field])
        form = pikepdf.Dictionary(Fields=pikepdf.Array([field]), DR=pikepdf.Dictionary(Font=font), DA="/F 30 Tf 0 g")
        document.Root.AcroForm = form
        out = io.BytesIO()
        document.save(out)
    (picture,) = drawn(examine(out.getvalue()).clean)
    with Image.open(io.BytesIO(picture)) as seen:
        assert seen.convert("L").crop((170, 645, 1100, 810)).getextrema()[0] < 60
