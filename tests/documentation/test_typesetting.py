"""Photographs in the place of their stand-ins: the same pages as Typst alone would set, with the bytes as they came."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from documentation.typesetting import RenderRefused, typeset
from documentation.typesetting.render import _FONTS, STANDARDS
from tests.pdf_checks import problems_of

PAGE = """
#let data = json(bytes(sys.inputs.data))
#set document(title: "Pictures", date: datetime(year: 2026, month: 11, day: 6))
#set text(lang: "en", region: "US")
#set page(paper: "us-letter", footer: context [page #counter(page).display() of #counter(page).final().first()])
= Pictures
#for f in data { figure(image(f.file, width: 62%, alt: "A picture, " + f.name), caption: f.name) }
#context [#metadata((document: (1, counter(page).final().first()))) <pages>]
"""


def picture(
    size: tuple[int, int], mode: str = "RGB", turned: int = 1, progressive: bool = False, profile: bytes = b""
) -> bytes:
    """A picture in which every corner is different, so that a turn shows."""
    across = Image.linear_gradient("L").rotate(90).resize(size)
    down = Image.linear_gradient("L").resize(size)
    bands = {"L": [across], "RGB": [across, down, Image.new("L", size, 90)]}
    image = Image.merge(mode, bands[mode]) if mode == "RGB" else across
    exif = Image.Exif()
    exif[0x0112] = turned
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, exif=exif if turned > 1 else b"", progressive=progressive, icc_profile=profile)
    return out.getvalue()


def set_apart(pictures: Mapping[str, bytes], folder: Path, *, as_they_are: bool = False) -> bytes:
    """The page by the child; `as_they_are` by Typst alone, which then decodes each picture itself."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "main.typ").write_text(PAGE)
    # The child leaves other endings alone.
    files = {name: name.replace(".jpg", ".jpeg") if as_they_are else name for name in pictures}
    for name, content in pictures.items():
        (folder / files[name]).write_bytes(content)
    data = [{"file": file, "name": name} for name, file in files.items()]
    job = {"root": str(folder), "main": "main.typ", "data": data, "fonts": [str(_FONTS)], "standards": STANDARDS,
           "output": str(folder / "out.pdf")}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-I", typeset.__file__], input=json.dumps(job).encode(), capture_output=True, check=True
    )
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise RenderRefused(answer["error"])
    return (folder / "out.pdf").read_bytes()


def streams(pdf: bytes) -> list[bytes]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [
            o.read_raw_bytes()
            for o in document.objects
            if isinstance(o, pikepdf.Stream) and o.get("/Filter") == "/DCTDecode"
        ]


def tags(pdf: bytes) -> list[tuple[str, str]]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found = [o for o in document.objects if isinstance(o, pikepdf.Dictionary) and "/S" in o and "/P" in o]
        return sorted((str(o.S), str(o.get("/Alt", ""))) for o in found)


def looks(pdf: bytes) -> list[np.ndarray]:
    document = pypdfium2.PdfDocument(pdf)
    return [np.asarray(page.render(scale=1.5).to_pil().convert("RGB"), dtype=int) for page in document]


ODD = {
    "plain.jpg": picture((1600, 1200)),
    "odd.jpg": picture((1601, 1199)),
    "upright.jpg": picture((997, 1333)),
    "grey.jpg": picture((640, 480), "L"),
    "progressive.jpg": picture((800, 800), progressive=True),
    "narrow.jpg": picture((1900, 31)),
    **{f"turned-{n}.jpg": picture((640, 480), turned=n) for n in range(2, 9)},
}


def test_the_pages_look_as_if_typst_had_set_the_photographs(tmp_path: Path) -> None:
    ours = set_apart(ODD, tmp_path / "a")
    theirs = set_apart(ODD, tmp_path / "b", as_they_are=True)
    assert sorted(streams(ours)) == sorted(ODD.values()), "not every picture passed through byte for byte"
    assert problems_of(ours) == []
    assert tags(ours) == tags(theirs)
    pages = list(zip(looks(ours), looks(theirs), strict=True))
    assert len(pages) > 3
    for n, (one, other) in enumerate(pages, start=1):
        # A turned or shifted picture would differ by dozens of the 255 shades.
        assert np.abs(one - other).mean() < 0.1, f"page {n}"


def test_the_same_pictures_give_the_same_bytes(tmp_path: Path) -> None:
    assert set_apart(ODD, tmp_path / "a") == set_apart(ODD, tmp_path / "another-folder")


def test_pictures_of_the_same_look_and_size_are_not_mixed_up(tmp_path: Path) -> None:
    one, other = picture((400, 300)), picture((400, 300), turned=1, progressive=True)
    assert sorted(streams(set_apart({"a.jpg": one, "b.jpg": other}, tmp_path / "a"))) == sorted([one, other])
    twice = set_apart({"a.jpg": one, "b.jpg": one}, tmp_path / "b")
    assert set(streams(twice)) == {one}
    assert problems_of(twice) == []


def test_a_photograph_too_large_for_a_page_is_set_smaller_in_its_proportions(tmp_path: Path) -> None:
    large = picture((4000, 3000), turned=6)
    (shown,) = streams(set_apart({"a.jpg": large}, tmp_path / "a"))
    with Image.open(io.BytesIO(shown)) as seen:
        assert seen.width * seen.height <= typeset.MOST_PIXELS * 1.001
        assert seen.width / seen.height == pytest.approx(4 / 3, abs=0.002)
        assert seen.getexif()[0x0112] == 6
    assert typeset.for_the_page(large) == typeset.for_the_page(large)
    assert typeset.for_the_page(ODD["plain.jpg"]) is ODD["plain.jpg"]


def test_ink_colors_are_left_to_typst() -> None:
    out = io.BytesIO()
    Image.new("CMYK", (40, 30), (10, 20, 30, 0)).save(out, "JPEG")
    assert typeset.stand_in(out.getvalue(), 1) is None


def test_a_stand_in_is_small_and_keeps_what_decides_how_it_is_set() -> None:
    small = typeset.stand_in(ODD["turned-6.jpg"], 3)
    assert small
    assert len(small) < 2000
    with Image.open(io.BytesIO(small)) as seen:
        assert (seen.size, seen.mode, seen.getexif()[0x0112]) == ((4, 3), "RGB", 6)


def test_a_stand_in_that_would_remain_stops_the_document(tmp_path: Path) -> None:
    pdf = set_apart({"a.jpeg": typeset.stand_in(ODD["plain.jpg"], 1) or b""}, tmp_path / "a")
    with pytest.raises(ValueError, match="stand-in"):
        typeset.exchanged(pdf, {b"other": ODD["plain.jpg"]})


def test_a_picture_that_is_none_is_an_error_and_no_crash(tmp_path: Path) -> None:
    for content in (b"\xff\xd8\xff cut", b"", b"GIF89a"):
        with pytest.raises(RenderRefused, match="image"):
            set_apart({"a.jpg": content}, tmp_path / "a")


def without(document: pikepdf.Pdf, *keys: str) -> None:
    for thing in document.objects:
        if isinstance(thing, pikepdf.Dictionary):
            for key in {*keys} & {*thing.keys()}:
                del thing[key]


def with_script(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1"))


def with_file(document: pikepdf.Pdf) -> None:
    document.attachments["x"] = pikepdf.AttachedFileSpec(document, b"x", filename="x")


@pytest.mark.parametrize(
    "spoil,said",
    [
        (lambda d: without(d, "/MarkInfo"), "not tagged"),
        (lambda d: without(d, "/Lang"), "language"),
        (with_script, "by itself"),
        (lambda d: d.pages[0].__setitem__("/MediaBox", [0, 0, 595, 842]), "US Letter"),
        (lambda d: d.pages.__delitem__(0), "does not say"),
        (lambda d: without(d, "/Alt"), "alternative text"),
        (lambda d: without(d, "/FontFile2", "/FontFile3"), "not embedded"),
        (with_file, "embedded"),
    ],
)
def test_the_checks_of_every_pdf_can_fail(spoil: Callable[[pikepdf.Pdf], object], said: str, tmp_path: Path) -> None:
    pdf = set_apart({n: ODD[n] for n in ("plain.jpg", "odd.jpg", "upright.jpg")}, tmp_path / "a")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        spoil(document)
        out = io.BytesIO()
        document.save(out)
    assert any(said in problem for problem in problems_of(out.getvalue())), problems_of(out.getvalue())
