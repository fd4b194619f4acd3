"""Run as a program: a PDF on standard input; on standard output a line of JSON, then bytes of the sizes it names.

Arguments: `clean` or `draw`, and the most pages. It limits its own memory and time, sees no settings and no database,
and ends with its file: whatever that does to it, nothing else is touched.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

import pikepdf
import pypdfium2
from PIL import Image, ImageChops

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space."""
CPU_SECONDS = 30
DOTS = 200
"""An inch: small print of a fax or a lab sheet stays legible."""
MOST_PIXELS = 4_000_000
_QUALITY = 82
_DAMAGE = ("file is damaged", "reconstruct", "unable to find", "expected endstream", "startxref", "stream dictionary")
_DROPPED = ("/AA", "/A", "/AF", "/Annots", "/Metadata", "/PieceInfo", "/JS", "/EF", "/StructParents", "/Tabs", "/OPI")
"""Keys that make a page do something, or tell more than it shows."""


class _Refused(Exception):
    def __init__(self, code: str, detail: object = "") -> None:
        self.answer = {"refused": code, "detail": detail}
        super().__init__(code)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    what, most, data = sys.argv[1], int(sys.argv[2]), sys.stdin.buffer.read()
    head: dict[str, Any]
    blobs: list[bytes] = []
    try:
        if what == "clean":
            clean, left_out = _cleaned(data, most)
            head = {"pages": len(_drawn(clean)), "left_out": left_out}
            blobs = [clean]
        else:
            head, blobs = {}, _drawn(data)
    except _Refused as refused:
        head = refused.answer
    except MemoryError:
        head = {"refused": "large"}
    except Exception:  # Readers of hostile files raise everything.
        head = {"refused": "damaged"}
    sys.stdout.buffer.write(json.dumps({**head, "sizes": [len(b) for b in blobs]}).encode() + b"\n")
    sys.stdout.buffer.writelines(blobs)


def _cleaned(data: bytes, most: int) -> tuple[bytes, list[str]]:
    if b"%PDF-" not in data[:1024]:
        raise _Refused("none")
    try:
        pdf = pikepdf.open(io.BytesIO(data), suppress_warnings=True)
    except pikepdf.PasswordError as e:
        raise _Refused("locked") from e
    if not len(pdf.pages):
        raise _Refused("blank")
    if len(pdf.pages) > most:
        raise _Refused("pages", len(pdf.pages))
    if any(sign in str(warning) for warning in pdf.get_warnings() for sign in _DAMAGE):
        raise _Refused("damaged")  # Repaired, it might miss pages, and nobody would know.
    left_out = _left_out(pdf)
    if "forms" in left_out:
        # What was filled in is part of what the page says.
        pdf.generate_appearance_streams()
    if _hides(pdf):
        # What lies beside a crop, below a black box or on a layer that is off is no part of what the page shows.
        return _as_pictures(pdf), [*left_out, "hidden"]
    pdf.flatten_annotations("all")
    clean = pikepdf.new()
    clean.pages.extend(pdf.pages)
    for thing in clean.objects:
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            for key in set(_DROPPED) & set(thing.keys()):
                del thing[key]
    out = io.BytesIO()
    clean.save(out, deterministic_id=True, compress_streams=True)
    return out.getvalue(), left_out


def _hides(pdf: pikepdf.Pdf) -> bool:
    """Whether a page may hold more than it shows: a crop, something laid over it, layers."""
    return "/OCProperties" in pdf.Root or any(
        [float(x) for x in page.cropbox] != [float(x) for x in page.mediabox]
        or any(note.get("/Subtype") != "/Link" or "/AP" in note for note in page.get("/Annots", []))
        for page in pdf.pages
    )


def _as_pictures(pdf: pikepdf.Pdf) -> bytes:
    """The pages as they are drawn, and nothing else."""
    shown, clean = io.BytesIO(), pikepdf.new()
    pdf.save(shown, encryption=False)
    document = pypdfium2.PdfDocument(shown.getvalue())
    document.init_forms()  # Without it, fields that were filled in are not drawn.
    for page in document:
        width, height = page.get_size()
        picture = _page(page)
        with Image.open(io.BytesIO(picture), formats=["JPEG"]) as seen:
            size, colors = seen.size, pikepdf.Name.DeviceGray if seen.mode == "L" else pikepdf.Name.DeviceRGB
        sheet = clean.add_blank_page(page_size=(width, height))
        image = clean.make_stream(
            picture, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=size[0], Height=size[1],
            ColorSpace=colors, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
        )  # fmt: skip
        sheet.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
        sheet.Contents = clean.make_stream(f"{width:.3f} 0 0 {height:.3f} 0 0 cm /Im Do".encode())
    out = io.BytesIO()
    clean.save(out, deterministic_id=True, compress_streams=True)
    return out.getvalue()


def _left_out(pdf: pikepdf.Pdf) -> list[str]:
    root = pdf.Root
    found = []
    acts = {"/JS", "/JavaScript", "/Launch"}
    has_scripts = "/OpenAction" in root or "/AA" in root or "/JavaScript" in root.get("/Names", {})
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Dictionary):
            has_scripts = has_scripts or "/AA" in thing or "/JS" in thing or str(thing.get("/S", "")) in acts
    if has_scripts:
        found.append("scripts")
    if len(pdf.attachments) or any(
        isinstance(thing, pikepdf.Dictionary) and thing.get("/Subtype") == "/FileAttachment" for thing in pdf.objects
    ):
        found.append("files")
    if "/AcroForm" in root:
        found.append("forms")
    if pdf.is_encrypted:
        found.append("lock")
    return found


def _drawn(data: bytes) -> list[bytes]:
    document = pypdfium2.PdfDocument(data)
    return [_page(page) for page in document]


def _page(page: pypdfium2.PdfPage) -> bytes:
    width, height = page.get_size()
    scale = DOTS / 72
    if width * height * scale * scale > MOST_PIXELS:
        scale = (MOST_PIXELS / (width * height)) ** 0.5
    picture = page.render(scale=scale).to_pil().convert("RGB")
    red, green, blue = picture.split()
    has_color = ImageChops.difference(red, green).getbbox() or ImageChops.difference(green, blue).getbbox()
    out = io.BytesIO()
    (picture if has_color else picture.convert("L")).save(out, "JPEG", quality=_QUALITY, dpi=(DOTS, DOTS))
    page.close()
    return out.getvalue()


if __name__ == "__main__":
    main()
