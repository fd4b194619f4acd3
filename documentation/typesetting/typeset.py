"""The short-lived child that sets one document and ends. It is started as a script, sees no settings and no database.

Reads a job as JSON on standard input: `root`, `main`, `data`, `fonts`, `standards`, and its limits `memory` (bytes of
address space) and `seconds` (of the processors). Writes the PDF to `output` and
answers with JSON on standard output: `{"pages": {...}, "smaller": {...}}`, or where the document could not be set
`{"stopped": why, "error": what was said}`, with why one of `document`, `picture`, `memory`, `disk`. Past its limits the
system ends it.

Typst decodes every photograph that it sets, at about eleven times its pixels. So it sets a small stand-in of the same
proportions, colors and orientation in the place of each JPEG, and of large PNGs where there are many; then the bytes
of the photograph itself take the place of the stand-in's in the finished PDF. Tags, alternative texts and places stay
as Typst made them.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst

if TYPE_CHECKING:
    from PIL.Image import Image

# A page without photographs needs neither of these, and starting them takes longer than setting it.

MOST_PIXELS = 4_000_000
"""A picture with more is drawn smaller for the page: no place on it shows as many. Beside it, it stays whole.

The place of a figure is 3.3 inches wide, so that this is 600 dots an inch and more; that of a scanned page takes 250.
"""
MOST_DRAWN = 16_000_000
"""Pixels of all PNGs of a document together that are set as they are; with more, the large ones are set as photographs,
and where the small ones alone are more, all of them.

Typst keeps every pixel of a PNG in memory until the document is done, and a document has a limit.
"""
_LARGE = 250_000
"""Pixels of a PNG that is large enough to be set as a photograph."""
_STAND_IN_SIDE = 160
"""Pixels of a stand-in, at most: enough that its proportions are those of the photograph to a hundredth of a point."""
_QUALITY = 88
_JPEG = b"\xff\xd8\xff"
_MARK = b"stand-in "
_MODES = ("RGB", "L")
_ORIENTATION = 0x0112


def main() -> None:
    job = json.load(sys.stdin)
    # It is run by its path, and knows no package until it is told where they lie.
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from documentation.kernel.limits import lower

    lower(resource.RLIMIT_AS, job["memory"])
    # The first tells why it ends; the second ends it in any case.
    lower(resource.RLIMIT_CPU, job["seconds"], job["seconds"] + 2)
    lower(resource.RLIMIT_CORE, 0)
    try:
        answer = _set(job)
    except typst.TypstError as error:
        said = str(error)
        answer = {"stopped": "picture" if "image" in said.lower() else "document", "error": said}
    except MemoryError:
        answer = {"stopped": "memory", "error": ""}
    except OSError as error:  # Pillow's have no number: a picture that is none.
        answer = {"stopped": "disk" if error.errno else "picture", "error": str(error)}
    except (SyntaxError, ValueError) as error:  # What Pillow raises, too.
        answer = {"stopped": "picture", "error": str(error)}
    json.dump(answer, sys.stdout)


def _set(job: Mapping[str, Any]) -> dict[str, Any]:
    root = Path(job["root"])
    if any(path.is_symlink() for path in root.rglob("*")):
        raise ValueError("a link stands among the files of the page")  # Typst would follow it out of its folder.
    originals: dict[bytes, bytes] = {}
    smaller: dict[str, list[int]] = {}
    drawings = list(root.glob("*.png"))
    least = least_photograph([_pixels(path) for path in drawings])
    for n, path in enumerate(sorted((*root.glob("*.jpg"), *drawings))):
        picture, size = for_the_page(path.read_bytes())
        if least is not None and path.suffix == ".png" and (photograph := as_photograph(picture, least)):
            picture, size = photograph
        if size:
            smaller[path.name] = list(size)
            path.write_bytes(picture)
        small = stand_in(picture, n) if picture.startswith(_JPEG) else None
        if small:
            originals[small] = picture
            path.write_bytes(small)
    compiler = typst.Compiler(
        str(root / job["main"]), root=str(root), font_paths=job["fonts"], ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(job["data"], ensure_ascii=False)},
        package_path=str(root / "no-packages"), package_cache_path=str(root / "no-packages"),
    )  # fmt: skip
    pdf = compiler.compile(format="pdf", pdf_standards=job["standards"])
    pages = json.loads(compiler.query("<pages>", field="value", one=True))
    assert isinstance(pdf, bytes)  # noqa: S101 - one PDF is one piece
    Path(job["output"]).write_bytes(exchanged(pdf, originals) if originals else pdf)
    return {"pages": pages, "smaller": smaller}


def for_the_page(picture: bytes) -> tuple[bytes, tuple[int, int] | None]:
    """The very bytes where the picture is not too large for a page, else a smaller copy and its size in pixels.

    A photograph stays one and keeps its color profile and orientation; a PNG is made smaller without further loss.
    """
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # What is too large was refused at the door, and this process has a limit.
    with Image.open(io.BytesIO(picture), formats=["JPEG", "PNG"]) as seen:
        if seen.width * seen.height <= MOST_PIXELS:
            return picture, None
        share = (MOST_PIXELS / (seen.width * seen.height)) ** 0.5
        size = (max(1, int(seen.width * share)), max(1, int(seen.height * share)))
        kept = _kept(seen)
        seen.draft(seen.mode, size)
        out = io.BytesIO()
        if seen.format == "JPEG":
            _smaller(seen, size).save(out, "JPEG", quality=_QUALITY, **kept)
        else:
            plain = seen.mode if seen.mode in (*_MODES, "LA", "RGBA") else "L" if seen.mode == "1" else "RGBA"
            _smaller(seen if seen.mode == plain else seen.convert(plain), size).save(
                out, "PNG", compress_level=1, **kept
            )
    return out.getvalue(), size


def _pixels(path: Path) -> int:
    """How many pixels a PNG has on a page, by its head alone."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path, formats=["PNG"]) as seen:
        return min(seen.width * seen.height, MOST_PIXELS)


def least_photograph(pixels: Sequence[int]) -> int | None:
    """From how many pixels on the PNGs of a document are set as photographs, given the pixels of each.

    None where all can be set as they are; 0 where even the small ones are too many for that.
    """
    if sum(pixels) <= MOST_DRAWN:
        return None
    return _LARGE if sum(n for n in pixels if n < _LARGE) <= MOST_DRAWN else 0


def as_photograph(drawing: bytes, least: int) -> tuple[bytes, tuple[int, int]] | None:
    """A PNG of at least so many pixels as a good JPEG with its size; what shines through is white, as the page is.

    None for a smaller one, and for one of a kind that has more shades than a photograph.
    """
    from PIL import Image

    with Image.open(io.BytesIO(drawing), formats=["PNG"]) as seen:
        if seen.width * seen.height < least or seen.mode.startswith(("I", "F")):
            return None
        kept = _kept(seen)
        if seen.mode in ("1", "L"):
            plain = seen.convert("L")
        elif seen.mode == "RGB" and "transparency" not in seen.info:
            plain = seen.copy()
        else:
            clear = seen.convert("RGBA")
            plain = Image.new("RGB", seen.size, "white")
            plain.paste(clear, mask=clear.getchannel("A"))
            if seen.mode not in ("RGB", "RGBA", "P"):
                kept.pop("icc_profile", None)  # of shades of gray, which it no longer is
        out = io.BytesIO()
        plain.save(out, "JPEG", quality=_QUALITY, subsampling=0, **kept)
    return out.getvalue(), plain.size


def _smaller(picture: Image, size: tuple[int, int]) -> Image:
    """Every pixel counts, so that thin lines and letters stay legible."""
    from PIL import Image

    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


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
