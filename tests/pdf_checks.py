"""What every PDF that Ductus makes must be, read from its structure. No validator of PDF/A or PDF/UA is among them."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping

import pikepdf
import pypdfium2
from PIL import Image

LETTER = (612, 792)
"""Points."""
_FONT_FILES = {"/FontFile", "/FontFile2", "/FontFile3"}
_FORBIDDEN = {"/JavaScript", "/JS", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/RichMedia", "/EmbeddedFile"}


def problems_of(pdf: bytes) -> list[str]:
    """Everything that a PDF lacks, as sentences; nothing where it is sound."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found = [*document.check_pdf_syntax(), *_qpdf(pdf), *_catalog(document), *_metadata(document)]
        found += [*_order(document), *_headings(document)]
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
                found += _thing(thing)
    return found + list(_pages(pdf))


def problems_of_piece(pdf: bytes) -> list[str]:
    """The same of pages that were taken out of a document for a channel, or drawn anew: these carry no structure.

    The sealed document that they come from stands beside them, with all of it.
    """
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found = [*document.check_pdf_syntax(), *_qpdf(pdf), *_silent(document)]
        found += [] if document.pages else ["It has no page."]
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
                found += _thing(thing)
    with _ONE_AT_A_TIME:
        for n, page in enumerate(pypdfium2.PdfDocument(pdf), start=1):
            if not any(True for _ in page.get_objects()):
                found.append(f"Page {n} is empty.")
    return found


def _qpdf(pdf: bytes) -> Iterator[str]:
    if shutil.which("qpdf"):
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(pdf)
            file.flush()
            done = subprocess.run(["qpdf", "--check", file.name], capture_output=True, check=False)
        if done.returncode:
            yield f"qpdf: {done.stdout.decode()}{done.stderr.decode()}"


def _catalog(document: pikepdf.Pdf) -> Iterator[str]:
    root = document.Root
    if not root.get("/MarkInfo", {}).get("/Marked") or root.get("/StructTreeRoot", {}).get("/K") is None:
        yield "It is not tagged."
    if str(root.get("/Lang", "")) != "en-US":
        yield "It names no language."
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "Its title is not shown."
    if not root.get("/OutputIntents"):
        yield "It has no output intent."
    yield from _silent(document)
    if not document.trailer.get("/ID"):
        yield "It has no identifier."


def _silent(document: pikepdf.Pdf) -> Iterator[str]:
    root = document.Root
    if "/OpenAction" in root or "/AA" in root or "/AF" in root:
        yield "It does something by itself, or carries files."
    if {"/JavaScript", "/EmbeddedFiles"} & set(root.get("/Names", {}).keys()):
        yield "It has scripts or embedded files."


def _metadata(document: pikepdf.Pdf) -> Iterator[str]:
    with document.open_metadata() as xmp:
        if (xmp.get("pdfaid:part"), xmp.get("pdfaid:conformance")) != ("3", "A"):
            yield "Its metadata does not claim PDF/A-3a."
        if xmp.get("pdfuaid:part") != "1":
            yield "Its metadata does not claim PDF/UA-1."
        if not xmp.get("dc:title"):
            yield "It has no title."


def _order(document: pikepdf.Pdf) -> Iterator[str]:
    """Keys and readers go through a page in the order of its structure; what can be followed says where it leads."""
    for n, page in enumerate(document.pages, start=1):
        notes = page.get("/Annots", [])
        if notes and page.get("/Tabs") != "/S":
            yield f"Page {n} does not follow its structure."
        if any(not str(a.get("/Contents", "")).strip() or "/StructParent" not in a for a in notes):
            yield f"A link of page {n} says nothing, or is no part of the structure."


def _headings(document: pikepdf.Pdf) -> Iterator[str]:
    """In the order of the structure: the first one is the highest, and none is passed over on the way down."""
    above = 0
    root = document.Root
    for kind in _kinds(root.get("/StructTreeRoot", {}).get("/K")):
        if re.fullmatch(r"/H[1-6]", kind):
            level = int(kind[2])
            if level > above + 1:
                yield f"A heading of level {level} stands below one of level {above}."
            above = level


def _kinds(part: pikepdf.Object | None) -> Iterator[str]:
    if isinstance(part, pikepdf.Array):
        for one in part:
            yield from _kinds(one)
    elif isinstance(part, pikepdf.Dictionary) and "/S" in part:
        yield str(part.S)
        yield from _kinds(part.get("/K"))


def _thing(thing: pikepdf.Object) -> Iterator[str]:
    """Problems of one dictionary or stream, wherever it stands."""
    kind = thing.get("/Type")
    if kind == "/FontDescriptor" and not _FONT_FILES & set(thing.keys()):
        yield f"The font {thing.FontName} is not embedded."
    if thing.get("/S") == "/Figure" and "/P" in thing and not str(thing.get("/Alt", "")).strip():
        yield "A figure has no alternative text."
    if kind in ("/EmbeddedFile", "/Filespec") or "/EF" in thing:
        yield "A file is embedded."
    if str(thing.get("/S", "")) in _FORBIDDEN or "/JS" in thing:
        yield f"It holds an action {thing.get('/S')}."
    if thing.get("/Subtype") == "/Image" and isinstance(thing, pikepdf.Stream):
        yield from _picture(thing)


def _picture(stream: pikepdf.Stream) -> Iterator[str]:
    """A JPEG must be as large, and have as many colors, as its dictionary says."""
    if stream.get("/Filter") != "/DCTDecode":
        return
    with Image.open(io.BytesIO(stream.read_raw_bytes())) as seen:
        if seen.size != (int(stream.Width), int(stream.Height)):
            yield f"A picture of {seen.size} is said to have {int(stream.Width)} × {int(stream.Height)} pixels."
        if len(seen.getbands()) != _components(stream.ColorSpace):
            yield f"A picture in {seen.mode} has the color space {stream.ColorSpace}."


def _components(space: pikepdf.Object) -> int:
    if isinstance(space, pikepdf.Array) and space[0] == "/ICCBased":
        return int(space[1].N)
    named: Mapping[str, int] = {"/DeviceGray": 1, "/DeviceRGB": 3, "/DeviceCMYK": 4, "/CalGray": 1, "/CalRGB": 3}
    return named.get(str(space[0] if isinstance(space, pikepdf.Array) else space), 0)


def _pages(pdf: bytes) -> Iterator[str]:
    with _ONE_AT_A_TIME:
        yield from list(_read(pdf))


_ONE_AT_A_TIME = threading.Lock()
"""PDFium ends the whole process when two threads ask it at once, as tests of two people do."""


def _read(pdf: bytes) -> Iterator[str]:
    document = pypdfium2.PdfDocument(pdf)
    # What is printed onto a form that others made bears nothing but the form's own values.
    is_numbered = not document.get_metadata_value("Title").endswith("CMS-1500 stock")
    for n, page in enumerate(document, start=1):
        if tuple(map(round, page.get_size())) != LETTER:
            yield f"Page {n} is not US Letter."
        text = page.get_textpage().get_text_bounded()
        number = re.search(rf"page\s+{n}\s+of\s+{len(document)}\b", text, re.IGNORECASE)
        if is_numbered and not number:
            yield f"Page {n} does not say that it is page {n} of {len(document)}."
        has_picture = any(thing.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE for thing in page.get_objects())
        if number and not has_picture and len(text.strip().splitlines()) < 2:
            yield f"Page {n} is empty."
    document.close()
