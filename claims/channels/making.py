"""Making the files of a plan: bytes in, bytes out, the same from the same. Runs in the child process only."""

from __future__ import annotations

import ctypes
import hashlib
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageOps

from claims.channels.parcel import Measured
from claims.channels.steps import FAX, Made, Make

QUALITIES = (85, 75, 60)
"""Of JPEG; below, letters fray."""
MOST_RUNGS = 6
"""How often all files are made smaller together before that is given up."""
_FAX_WIDTH = 1728
_INCH = 72.0
_STRAY = 0.03
"""Part of the letters of a page that may be smaller than what counts as its text."""
_SMALLEST_SIDE = 480
"""Pixels of the longer side below which a picture of a duct shows nothing any more."""
_ID = re.compile(rb"/ID ?\[ ?<[0-9A-Fa-f]{32}> ?<[0-9A-Fa-f]{32}> ?\]")
_CREATED = re.compile(rb"/CreationDate ?\(D:\d{14}[^)]{0,9}\)")


class TooLargeError(Exception):
    """A file could not be brought below its bytes without closing its letters up."""


def measure(pdf: bytes) -> tuple[Measured, ...]:
    """Each page: bytes by itself, smallest letters, height. Raises pypdfium2.PdfiumError for what is no PDF."""
    document = pypdfium2.PdfDocument(pdf)
    found = []
    for n in range(len(document)):
        page = document[n]
        found.append(Measured(len(_taken(document, (n + 1,))), _smallest(page), float(page.get_height())))
    return tuple(found)


def _smallest(page: pypdfium2.PdfPage) -> float:
    text = page.get_textpage()
    matrix = pdfium.FS_MATRIX()
    sizes: Counter[float] = Counter()
    for i in range(text.count_chars()):
        if pdfium.FPDFText_GetUnicode(text.raw, i) <= 32 or not pdfium.FPDFText_GetMatrix(
            text.raw, i, ctypes.byref(matrix)
        ):
            continue
        points = float(pdfium.FPDFText_GetFontSize(text.raw, i)) * math.hypot(matrix.c, matrix.d)
        sizes[round(points, 1)] += 1
    # A stray sign, or the few letters inside a drawing, are no text to be read.
    few = sum(sizes.values()) * _STRAY
    for points in sorted(p for p in sizes if p >= 1):
        few -= sizes[points]
        if few < 0:
            return points
    return 0.0


def make(plan: Sequence[Make], contents: Mapping[str, bytes], total: int | None = None) -> list[Made]:
    """The files of a plan in its order, within `total` bytes. `contents` are those of the packet.

    Raises TooLargeError with a sentence where a file, or all together, cannot be made that small and stay legible.
    """
    opened: dict[str, pypdfium2.PdfDocument] = {}

    def document(name: str) -> pypdfium2.PdfDocument:
        if name not in opened:
            opened[name] = pypdfium2.PdfDocument(contents[name])
        return opened[name]

    for rung in range(MOST_RUNGS):
        made = [_one(m, contents, document, rung) for m in plan]
        if total is None or sum(len(f.content) for f in made) <= total:
            return made
    raise TooLargeError(
        f"The files have {sum(len(f.content) for f in made):,} bytes together at the lowest resolution at which they"
        f" can be read; {total:,} are allowed. Choose another channel."
    )


def _one(m: Make, contents: Mapping[str, bytes], document: Callable[[str], pypdfium2.PdfDocument], rung: int) -> Made:
    if m.how == "keep":
        return Made(m.name, contents[m.source], side=_side(contents[m.source]) if m.type != "pdf" else 0)
    if m.how == "picture":
        return _picture(m, contents[m.source], rung)
    if m.how == "pages_fax":
        pages = [page_drawn(document(m.source), n, FAX[0]) for n in m.pages] or [_opened(contents[m.source])]
        return Made(m.name, _as_fax(pages), dpi=FAX[0], side=_FAX_WIDTH)
    if m.how == "pages_pdf":
        return _pdf(m, document(m.source), rung)
    return _pages(m, document(m.source), rung)


def _rungs(m: Make, from_: int) -> list[tuple[int, int]]:
    """Resolutions and qualities to be tried, the best first; the last one always."""
    rungs = [(dpi, quality) for dpi in m.dpi or (200,) for quality in (QUALITIES if m.type != "png" else (0,))]
    return rungs[min(from_, len(rungs) - 1) :]


def _pages(m: Make, source: pypdfium2.PdfDocument, rung: int) -> Made:
    for dpi, quality in _rungs(m, rung):
        picture = _stacked([page_drawn(source, n, dpi) for n in m.pages], m.grey)
        content = _encoded(picture, m.type, quality, dpi)
        if m.budget is None or len(content) <= m.budget:
            return Made(m.name, content, dpi, quality, max(picture.size))
    raise _closes_up(m)


def _closes_up(m: Make) -> TooLargeError:
    return TooLargeError(
        f"{m.title} cannot be brought below {m.budget:,} bytes without its smallest letters closing up. Choose another"
        " channel."
    )


def page_drawn(source: pypdfium2.PdfDocument, number: int, dpi: float) -> Image.Image:
    """A page as a picture on white."""
    drawn: Image.Image = source[number - 1].render(scale=dpi / _INCH).to_pil()
    return drawn.convert("RGB")


def _stacked(pages: Sequence[Image.Image], grey: bool) -> Image.Image:
    if len(pages) == 1:
        return pages[0].convert("L") if grey else pages[0]
    gap = pages[0].height // 60
    height = sum(p.height for p in pages) + gap * (len(pages) - 1)
    sheet = Image.new("RGB", (max(p.width for p in pages), height), (200, 200, 200))
    top = 0
    for page in pages:
        sheet.paste(page, (0, top))
        top += page.height + gap
    return sheet.convert("L") if grey else sheet


def _encoded(picture: Image.Image, kind: str, quality: int, dpi: int) -> bytes:
    buffer = io.BytesIO()
    if kind == "jpg":
        picture.save(buffer, "JPEG", quality=quality, subsampling=0, dpi=(dpi, dpi))
    else:
        picture.save(buffer, "PNG", optimize=False, compress_level=9, dpi=(dpi, dpi))
    return buffer.getvalue()


def _opened(content: bytes) -> Image.Image:
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "TIFF"]))
    if picture.mode in ("RGBA", "LA", "P"):
        white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(white, picture.convert("RGBA"))
    return picture.convert("RGB")


def _side(content: bytes) -> int:
    with Image.open(io.BytesIO(content)) as seen:
        return max(seen.size)


def _picture(m: Make, content: bytes, rung: int) -> Made:
    """A picture in another format or size; its colors stay at full resolution, for thin strokes fray otherwise."""
    picture = _opened(content)
    if m.grey:
        picture = picture.convert("L")
    if m.side and max(picture.size) > m.side:
        picture.thumbnail((m.side, m.side), Image.Resampling.LANCZOS)
    while True:
        for _, quality in _rungs(replace(m, dpi=()), rung):
            made = _as_pdf(picture, quality) if m.type == "pdf" else _encoded(picture, m.type, quality, 200)
            if m.budget is None or len(made) <= m.budget:
                return Made(m.name, made, quality=quality, side=max(picture.size))
        if max(picture.size) * 4 // 5 < _SMALLEST_SIDE:
            raise TooLargeError(
                f"{m.title} cannot be brought below {m.budget:,} bytes without losing what it shows. Choose another"
                " channel."
            )
        picture = picture.resize((picture.width * 4 // 5, picture.height * 4 // 5), Image.Resampling.LANCZOS)


def as_dots(page: Image.Image) -> Image.Image:
    """A picture as a fax in fine mode gives it: 1728 dots across, 196 to the inch down, black or white."""
    width = min(_FAX_WIDTH, page.width)
    height = max(1, round(page.height * width / page.width * FAX[1] / FAX[0]))
    return page.convert("L").resize((width, height), Image.Resampling.LANCZOS).convert("1")


def _as_fax(pages: Sequence[Image.Image]) -> bytes:
    first, *rest = [as_dots(p) for p in pages]
    buffer = io.BytesIO()
    first.save(buffer, "TIFF", compression="group4", dpi=FAX, save_all=True, append_images=rest)
    return buffer.getvalue()


# --- PDF ----------------------------------------------------------------------------------------------------------


def _pdf(m: Make, source: pypdfium2.PdfDocument, rung: int) -> Made:
    if not m.flat:
        content = _taken(source, m.pages)
        if m.budget is None or len(content) <= m.budget:
            return Made(m.name, content)
        raise _closes_up(m)
    for dpi, quality in _rungs(m, rung):
        target = pypdfium2.PdfDocument.new()
        for n in m.pages:
            if n in m.flat:
                drawn = _encoded(page_drawn(source, n, dpi), "jpg", quality, dpi)
                _put_picture(target, drawn, source[n - 1].get_size())
            else:
                target.import_pages(source, [n - 1])
        content = _settled(target)
        if m.budget is None or len(content) <= m.budget:
            return Made(m.name, content, dpi, quality)
    raise _closes_up(m)


def _taken(source: pypdfium2.PdfDocument, pages: Sequence[int]) -> bytes:
    target = pypdfium2.PdfDocument.new()
    target.import_pages(source, [n - 1 for n in pages])
    return _settled(target)


def _as_pdf(picture: Image.Image, quality: int) -> bytes:
    """A picture as a page of its own, 200 dots to the inch."""
    target = pypdfium2.PdfDocument.new()
    place = picture.width / 200 * _INCH, picture.height / 200 * _INCH
    _put_picture(target, _encoded(picture, "jpg", quality, 200), place)
    return _settled(target)


def _put_picture(target: pypdfium2.PdfDocument, jpeg: bytes, place: tuple[float, float]) -> None:
    width, height = place
    page = target.new_page(width, height)
    picture = pypdfium2.PdfImage.new(target)
    picture.load_jpeg(io.BytesIO(jpeg), inline=True)
    picture.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
    page.insert_obj(picture)
    page.gen_content()


def _settled(document: pypdfium2.PdfDocument) -> bytes:
    """The document's bytes without the moment and the chance number that the writer puts in, at the same length."""
    buffer = io.BytesIO()
    document.save(buffer)
    content = buffer.getvalue()
    content = _CREATED.sub(lambda m: b"/CreationDate(D:20000101000000Z".ljust(len(m[0]) - 1) + b")", content, count=1)
    cleared = _ID.sub(lambda m: m[0].translate(bytes.maketrans(b"123456789ABCDEFabcdef", b"0" * 21)), content)
    digest = hashlib.md5(cleared, usedforsecurity=False).hexdigest().upper().encode()
    return _ID.sub(lambda m: b"/ID[<" + digest + b"><" + digest + b">]", content) if b"/ID[<" in content else content
