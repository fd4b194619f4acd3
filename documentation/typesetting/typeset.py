"""The short-lived child that sets one document and ends. It is started as a script, sees no settings and no database.

Reads a job as JSON on standard input: `root`, `main`, `data`, `fonts`, `standards`. Writes the PDF to `output` and
answers with JSON on standard output: `{"pages": {...}}`, or `{"error": ...}` where the document could not be set.

Typst decodes every photograph that it sets, at about eleven times its pixels. So it sets a small stand-in of the same
proportions, colors and orientation in the place of each JPEG; then the bytes of the photograph itself take the place
of the stand-in's in the finished PDF. Tags, alternative texts and places stay as Typst made them.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst

if TYPE_CHECKING:
    from PIL.Image import Image

# A page without photographs needs neither of these, and starting them takes longer than setting it.

MOST_PIXELS = 4_000_000
"""A photograph with more is drawn smaller for the page: no place on it shows as many. Beside it, it stays whole."""
_STAND_IN_SIDE = 160
"""Pixels of a stand-in, at most: enough that its proportions are those of the photograph to a hundredth of a point."""
_QUALITY = 88
_MARK = b"stand-in "
_MODES = ("RGB", "L")
_ORIENTATION = 0x0112


def main() -> None:
    job = json.load(sys.stdin)
    try:
        answer = _set(job)
    except typst.TypstError as error:
        answer = {"error": str(error)}
    except (OSError, SyntaxError, ValueError) as error:  # What Pillow raises of a picture that is none.
        answer = {"error": f"image: {error}"}
    json.dump(answer, sys.stdout)


def _set(job: Mapping[str, Any]) -> dict[str, Any]:
    root = Path(job["root"])
    originals = {}
    for n, path in enumerate(sorted(root.glob("*.jpg"))):
        photograph = for_the_page(path.read_bytes())
        small = stand_in(photograph, n)
        path.write_bytes(small or photograph)
        if small:
            originals[small] = photograph
    compiler = typst.Compiler(
        str(root / job["main"]), root=str(root), font_paths=job["fonts"], ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(job["data"], ensure_ascii=False)},
        package_path=str(root / "no-packages"), package_cache_path=str(root / "no-packages"),
    )  # fmt: skip
    pdf = compiler.compile(format="pdf", pdf_standards=job["standards"])
    pages = json.loads(compiler.query("<pages>", field="value", one=True))
    assert isinstance(pdf, bytes)  # noqa: S101 - one PDF is one piece
    Path(job["output"]).write_bytes(exchanged(pdf, originals) if originals else pdf)
    return {"pages": pages}


def for_the_page(photograph: bytes) -> bytes:
    """The very bytes where the picture is not too large for a page, else a smaller copy in the same colors."""
    from PIL import Image

    with Image.open(io.BytesIO(photograph), formats=["JPEG"]) as seen:
        if seen.width * seen.height <= MOST_PIXELS:
            return photograph
        share = (MOST_PIXELS / (seen.width * seen.height)) ** 0.5
        size = (round(seen.width * share), round(seen.height * share))
        kept = _kept(seen)
        seen.draft(seen.mode, size)
        out = io.BytesIO()
        seen.resize(size, Image.Resampling.LANCZOS).save(out, "JPEG", quality=_QUALITY, **kept)
    return out.getvalue()


def stand_in(photograph: bytes, number: int) -> bytes | None:
    """A small flat JPEG that Typst sets as it would the photograph; None where its colors need Typst's own care.

    `number` makes it different from every other one of the document.
    """
    from PIL import Image

    with Image.open(io.BytesIO(photograph), formats=["JPEG"]) as seen:
        if seen.mode not in _MODES:
            return None
        longer = max(seen.size)
        shape = Fraction(min(seen.size), longer).limit_denominator(_STAND_IN_SIDE)
        sides = (shape.denominator, max(1, shape.numerator))
        size = sides if seen.width == longer else sides[::-1]
        out = io.BytesIO()
        Image.new(seen.mode, size).save(out, "JPEG", comment=_MARK + str(number).encode(), **_kept(seen))
    return out.getvalue()


def _kept(seen: Image) -> dict[str, Any]:
    """Color profile and orientation, which decide how a picture is set."""
    from PIL import Image

    kept: dict[str, Any] = {}
    if profile := seen.info.get("icc_profile"):
        kept["icc_profile"] = profile
    if (turned := seen.getexif().get(_ORIENTATION, 1)) != 1:
        exif = Image.Exif()
        exif[_ORIENTATION] = turned
        kept["exif"] = exif
    return kept


def exchanged(pdf: bytes, originals: Mapping[bytes, bytes]) -> bytes:
    """The PDF with each photograph in the place of its stand-in. Raises ValueError where a stand-in would remain.

    Only the streams of pictures change. The same input gives the same bytes.
    """
    import pikepdf
    from PIL import Image

    with pikepdf.open(io.BytesIO(pdf)) as document:
        for stream in document.objects:
            if not isinstance(stream, pikepdf.Stream) or stream.get("/Filter") != "/DCTDecode":
                continue
            set_bytes = stream.read_raw_bytes()
            if photograph := originals.get(set_bytes):
                with Image.open(io.BytesIO(photograph), formats=["JPEG"]) as seen:
                    stream.Width, stream.Height = seen.size
                stream.write(photograph, filter=pikepdf.Name.DCTDecode)
            elif _MARK in set_bytes[:4096]:
                raise ValueError("a picture was not put in the place of its stand-in")
        out = io.BytesIO()
        document.save(
            out, deterministic_id=True, fix_metadata_version=False, compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.preserve,
        )  # fmt: skip
    return out.getvalue()


if __name__ == "__main__":
    main()
