"""Photographs in the place of their stand-ins: the same pages as Typst alone would set, with the bytes as they came."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from time import time

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageOps

from documentation.typesetting import RenderRefused, render, typeset
from documentation.typesetting.leftovers import OLD, PREFIX, sweep
from documentation.typesetting.render import _FONTS, MEMORY, STANDARDS
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


def set_apart(
    pictures: Mapping[str, bytes], folder: Path, *, as_they_are: bool = False, output: str = "", page: str = PAGE
) -> bytes:
    """The page by the child; `as_they_are` by Typst alone, which then decodes each picture itself."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "main.typ").write_text(page)
    # The child leaves other endings alone.
    files = {name: name.replace(".jpg", ".jpeg") if as_they_are else name for name in pictures}
    for name, content in pictures.items():
        (folder / files[name]).write_bytes(content)
    data = [{"file": file, "name": name} for name, file in files.items()]
    job = {"root": str(folder), "main": "main.typ", "data": data, "fonts": [str(_FONTS)], "standards": STANDARDS,
           "output": output or str(folder / "out.pdf"), "memory": MEMORY, "seconds": 60}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-I", typeset.__file__], input=json.dumps(job).encode(), capture_output=True, check=True
    )
    answer = json.loads(done.stdout)
    if "stopped" in answer:
        raise RenderRefused(answer["stopped"], answer["error"])
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


EACH = """
#let data = json(bytes(sys.inputs.data))
#set document(title: "Pictures", date: datetime(year: 2026, month: 11, day: 6))
#set text(lang: "en", region: "US")
#set page(paper: "us-letter", footer: none)
#for f in data { image(f.file, width: 62%, alt: "A picture"); pagebreak() }
#context [#metadata((document: (1, counter(page).final().first()))) <pages>]
"""


def test_every_orientation_is_the_same_upright_picture_on_its_page(tmp_path: Path) -> None:
    upright = Image.open(io.BytesIO(picture((640, 480))))
    lying = {}
    for turned in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = {6: 8, 8: 6}.get(turned, turned)  # the way back, so that the note sets it upright again
        stored, out = upright.copy(), io.BytesIO()
        stored.info["exif"] = exif.tobytes()
        exif[0x0112] = turned
        ImageOps.exif_transpose(stored).save(out, "JPEG", quality=95, exif=exif)
        lying[f"turned-{turned}.jpg"] = out.getvalue()
    first, *others = looks(set_apart(lying, tmp_path / "a", page=EACH))[:8]
    assert len(others) == 7
    assert [n for n, page in enumerate(others, start=2) if np.abs(page - first).mean() >= 3] == []
    assert np.abs(first[:, ::-1] - first).mean() > 3  # one that is turned would be seen


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (b'#set document(title: "T")\n#set page(paper: "us-letter", footer: [page 1 of 1])', "Page 1 is empty"),
        (b'#set document(title: "T")\n#set page(paper: "a4")\nA page', "not US Letter"),
        (b'#set document(title: "T")\n#set page(paper: "us-letter")\nA page', "does not say that it is page 1 of 1"),
    ],
)
def test_a_document_that_is_not_sound_fails_the_test_that_makes_it(page: bytes, said: str) -> None:
    told = b"\n#metadata((document: (1, 1))) <pages>"
    with pytest.raises(AssertionError, match=said):
        render("page.typ", {}, {"page.typ": page + told})


def test_nothing_but_the_checked_way_sets_a_document() -> None:
    program = [p for app in ("claims", "documentation", "config") for p in Path(app).rglob("*.py")]
    assert [p.name for p in program if re.search(r"(?m)^\s*(import|from) typst\b", p.read_text())] == ["typeset.py"]
    # What is set as it is, is set by `render`, which conftest looks over.
    assert [p.name for p in program if '"typeset.py"' in p.read_text()] == ["render.py"]


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
    assert typeset.for_the_page(ODD["plain.jpg"]) == (ODD["plain.jpg"], None)


def drawing(size: tuple[int, int], mode: str) -> bytes:
    """A PNG with a frame, so that a cut or a turn would show."""
    image = Image.new("RGB", size, (250, 250, 240))
    ImageDraw.Draw(image).rectangle((40, 40, size[0] - 90, size[1] - 40), outline=(160, 20, 20), width=30)
    out = io.BytesIO()
    image.convert(mode).save(out, "PNG", compress_level=1)
    return out.getvalue()


LARGE = drawing((6000, 4000), "RGB")


def test_thirty_large_drawings_are_set_as_photographs_and_fit_into_the_memory_of_a_document(tmp_path: Path) -> None:
    page = PAGE.replace("image(f.file", "image(read(f.file, encoding: none)")
    few = set_apart({f"{n}.png": drawing((800, 600), "RGB") for n in range(2)}, tmp_path / "few", page=page)
    assert "/DCTDecode" not in shown_as(few)
    many = set_apart({f"{n:02d}.png": flat(n) for n in range(30)}, tmp_path / "many", page=page)
    assert problems_of(many) == []
    assert shown_as(many) == {"/DCTDecode": 30}


def test_small_drawings_become_photographs_only_where_they_alone_are_too_many(tmp_path: Path) -> None:
    page = PAGE.replace("image(f.file", "image(read(f.file, encoding: none)")
    small, large = typeset._LARGE - 1, typeset.MOST_PIXELS
    assert typeset.least_photograph([small] * 60) is None
    assert typeset.least_photograph([small] * 60 + [large] * 4) == typeset._LARGE
    assert typeset.least_photograph([small] * 300) == 0
    many = set_apart({f"{n:03d}.png": flat(n % 30, (499, 500)) for n in range(70)}, tmp_path / "many", page=page)
    assert problems_of(many) == []
    assert shown_as(many) == {"/DCTDecode": 70}


def flat(number: int, size: tuple[int, int] = (2000, 2000)) -> bytes:
    """A PNG of four million pixels, or of another size, each with another color."""
    out = io.BytesIO()
    Image.new("RGB", size, (8 * number, 90, 120)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def shown_as(pdf: bytes) -> dict[str, int]:
    """How many pictures of a document are kept in which way."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found = (o for o in document.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image")
        return dict(Counter(str(o.Filter) for o in found))


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "RGBA", "LA"])
def test_a_drawing_as_a_photograph_keeps_its_size_and_what_it_shows(mode: str) -> None:
    made = typeset.as_photograph(drawing((800, 600), mode), 480_000)
    assert made
    with Image.open(io.BytesIO(made[0])) as seen:
        assert (seen.format, seen.size, made[1]) == ("JPEG", (800, 600), (800, 600))
        assert seen.convert("L").getpixel((400, 300)) > 235  # type: ignore[operator]
        assert seen.convert("L").getpixel((50, 300)) < 120  # type: ignore[operator]
    assert typeset.as_photograph(drawing((400, 300), mode), 120_001) is None
    assert typeset.as_photograph(drawing((400, 300), mode), 0)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "RGBA"])
def test_a_drawing_too_large_for_a_page_is_made_smaller_before_typst_decodes_it(mode: str, tmp_path: Path) -> None:
    large = drawing((2400, 1800), mode)
    smaller, size = typeset.for_the_page(large)
    assert size == (2309, 1732)
    with Image.open(io.BytesIO(smaller)) as seen:
        assert (seen.format, seen.size) == ("PNG", size)
    if mode == "RGB":
        ours, theirs = set_apart({"a.png": large}, tmp_path / "a"), set_apart({"a.png": smaller}, tmp_path / "b")
        assert ours == theirs
        assert problems_of(ours) == []
        with pikepdf.open(io.BytesIO(ours)) as document:
            (found,) = (o for o in document.objects if isinstance(o, pikepdf.Stream) and "/Width" in o)
            assert (int(found.Width), int(found.Height)) == size


# ------------------------------------------------------------------------------------------------ limits and losses

SETTER = sys.modules[render.__module__]


def refused(main: str, files: Mapping[str, bytes]) -> str:
    with pytest.raises(RenderRefused) as told:
        render(main, {}, files)
    return told.value.sentence


def test_pictures_that_take_more_memory_than_a_document_may_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SETTER, "MEMORY", 210 * 2**20)
    assert "takes more memory than one document may use" in refused("packet.typ", {"a.png": LARGE})


def test_a_typesetter_that_runs_out_of_memory_is_told_apart_from_one_that_was_killed() -> None:
    assert "more memory than one document" in SETTER._ended(-signal.SIGABRT, b"memory allocation of 9 bytes failed")
    # What a library says that cannot even raise any more has nothing of memory in it.
    assert "more memory than one document" in SETTER._ended(-signal.SIGABRT, b"terminate called: I/O on closed file")
    assert "too little memory free" in SETTER._ended(-signal.SIGKILL, b"")
    assert "within 60 seconds" in SETTER._ended(-signal.SIGXCPU, b"")
    assert "ended early" in SETTER._ended(1, b"thread panicked")


def test_a_document_that_takes_too_much_of_the_processor_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SETTER, "TIME_LIMIT", 0.5)
    many = {f"{n}.png": LARGE for n in range(9)}
    with pytest.raises(RenderRefused, match="was not finished within"):
        render("packet.typ", {}, many, time_limit=60)


def test_a_disk_that_is_full_is_no_picture_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RenderRefused, match="disk") as told:
        set_apart({"a.jpg": ODD["grey.jpg"]}, tmp_path / "a", output="/dev/full")
    assert "No space left" in told.value.detail
    assert "disk of the server is full" in SETTER._refusal("disk", told.value.detail).sentence


def test_a_folder_for_documents_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not-mounted"))
    assert "cannot be written" in refused("packet.typ", {})


def test_without_its_fonts_nothing_is_set_in_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(SETTER, "_FONTS", tmp_path)
    assert "the fonts of Ductus are missing" in refused("packet.typ", {})
    monkeypatch.setattr(SETTER, "_FONTS", tmp_path / "gone")
    assert "the fonts of Ductus are missing" in refused("packet.typ", {})


def test_folders_of_documents_that_were_killed_are_taken_away_and_no_others(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        names = {
            "swept": [f"{PREFIX}{gone.pid}-a", f"{PREFIX}x1y2z3", f"{PREFIX}{os.getpid()}-a"],
            "kept": [f"{PREFIX}{other.pid}-a", f"{PREFIX}{gone.pid}-young", "other-folder"],
        }
        for name in (*names["swept"], *names["kept"]):
            (tmp_path / name / "root").mkdir(parents=True)
            (tmp_path / name / "root" / "fig-01.jpg").write_bytes(b"a picture")
            if "young" not in name:
                os.utime(tmp_path / name, (time() - OLD - 60,) * 2)
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "chart").write_bytes(b"a chart")
        (tmp_path / f"{PREFIX}{gone.pid}-link").symlink_to(outside)
        os.utime(tmp_path / f"{PREFIX}{gone.pid}-link", (time() - OLD - 60,) * 2, follow_symlinks=False)
        newest = tmp_path / f"{PREFIX}{other.pid}-newest"
        newest.mkdir()
        sweep(newest)
        other.communicate(b"\n")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*names["kept"], newest.name, "outside", f"{PREFIX}{gone.pid}-link"}
    assert (outside / "chart").exists()


def test_the_next_document_takes_away_what_a_killed_one_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / f"{PREFIX}999999999-killed"
    left.mkdir()
    os.utime(left, (time() - OLD - 60,) * 2)
    with pytest.raises(RenderRefused):
        render("packet.typ", {}, {})
    assert list(tmp_path.iterdir()) == []


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
        with pytest.raises(RenderRefused, match="picture"):
            set_apart({"a.jpg": content}, tmp_path / "a")


def without(document: pikepdf.Pdf, *keys: str) -> None:
    for thing in document.objects:
        if isinstance(thing, pikepdf.Dictionary):
            for key in {*keys} & {*thing.keys()}:
                del thing[key]


def with_script(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1"))


def with_link(document: pikepdf.Pdf) -> None:
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
    document.pages[0].Annots = document.make_indirect(pikepdf.Array([link]))


def renamed(document: pikepdf.Pdf, old: str, new: str) -> None:
    for thing in document.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/S") == old:
            thing.S = pikepdf.Name(new)


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
        (with_link, "says nothing"),
        (lambda d: renamed(d, "/H1", "/H3"), "heading of level 3"),
    ],
)
def test_the_checks_of_every_pdf_can_fail(spoil: Callable[[pikepdf.Pdf], object], said: str, tmp_path: Path) -> None:
    pdf = set_apart({n: ODD[n] for n in ("plain.jpg", "odd.jpg", "upright.jpg")}, tmp_path / "a")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        spoil(document)
        out = io.BytesIO()
        document.save(out)
    assert any(said in problem for problem in problems_of(out.getvalue())), problems_of(out.getvalue())


def test_an_empty_page_is_found(tmp_path: Path) -> None:
    with_blank = PAGE.replace("= Pictures", "= Pictures\n#pagebreak()\n#pagebreak()\n")
    assert problems_of(set_apart({"a.jpg": ODD["grey.jpg"]}, tmp_path / "a", page=with_blank)) == ["Page 2 is empty."]
