"""Run as a program: a PDF on standard input; on standard output a line of JSON, then bytes of the sizes it names.

Arguments: `clean` or `draw`, and the most pages. It limits its own memory and time, sees no settings and no database,
and ends with its file: whatever that does to it, nothing else is touched.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import resource
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
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
MOST_DECLARED = 60_000_000 * 24
"""Bits of one picture in a PDF, as it declares them: 60 million pixels in color, or a drawing of many more in black."""
MOST_UNPACKED = 256 * 1024 * 1024
"""Bytes that the data of one such picture unpack to."""
MOST_ORDERS = 32 * 1024 * 1024
"""Bytes that anything else in a PDF unpacks to: what draws a page, a typeface, and what is packed a second time."""
_PIECE = 1024 * 1024
_QUALITY = 82
_LOST = "unable to find"
_DAMAGE = ("file is damaged", "reconstruct", _LOST, "expected endstream", "startxref", "stream dictionary")
_DROPPED = ("/AA", "/A", "/AF", "/Annots", "/Metadata", "/PieceInfo", "/JS", "/EF", "/StructParents", "/Tabs", "/OPI")
"""Keys that make a page do something, or tell more than it shows."""


class _Refused(Exception):
    def __init__(self, code: str, detail: object = "") -> None:
        self.answer = {"refused": code, "detail": detail}
        super().__init__(code)


def main() -> None:
    # It is run by its path, and knows no package until it is told where they lie.
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from documentation.kernel.limits import lower

    lower(resource.RLIMIT_AS, MEMORY)
    lower(resource.RLIMIT_CPU, CPU_SECONDS)
    lower(resource.RLIMIT_CORE, 0)
    what, most, data = sys.argv[1], int(sys.argv[2]), sys.stdin.buffer.read()
    head: dict[str, Any]
    blobs: list[bytes] = []
    try:
        if what == "clean":
            clean, left_out = _cleaned(data, most)
            # Drawn once, so that it is known that each can be.
            head = {"pages": sum(1 for _ in _drawn(clean)), "left_out": left_out}
            blobs = [clean]
        else:
            head, blobs = {}, list(_drawn(data))
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
    streams = list(_streams(pdf))
    if any(_is_bomb(thing) for thing in streams):
        raise _Refused("large")
    found = [str(warning) for warning in pdf.get_warnings()]
    is_damaged = any(sign in warning for warning in found for sign in _DAMAGE)
    if is_damaged and (any(_LOST in warning for warning in found) or not _is_whole(data, pdf, streams, found)):
        raise _Refused("damaged")  # Repaired, it would miss pages or parts of them.
    left_out = ["damage"] * is_damaged + _left_out(pdf)
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


def _streams(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Stream]:
    """What pages and fields are drawn with. What cleaning leaves out, such as an attached file, is not unpacked."""
    followed: set[tuple[int, int]] = set()
    waiting: list[Any] = [*(page.obj for page in pdf.pages), pdf.Root.get("/AcroForm")]
    left_out = {*_DROPPED, "/XFA"} - {"/Annots"}
    while waiting:
        thing = waiting.pop()
        if not isinstance(thing, pikepdf.Object) or thing.objgen in followed:
            continue
        if thing.is_indirect:
            followed.add(thing.objgen)
        if isinstance(thing, pikepdf.Array):
            waiting += list(thing)
        elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            waiting += [thing.get(key) for key in set(thing.keys()) - left_out]
            if isinstance(thing, pikepdf.Stream):
                yield thing


def _is_bomb(thing: pikepdf.Stream) -> bool:
    """Whether a stream would become far more than any page needs. It is unpacked piece by piece; nothing is kept but
    what is packed a second time."""
    is_picture = thing.get("/Subtype") == "/Image"
    if is_picture and int(thing.get("/Width", 0)) * int(thing.get("/Height", 0)) * _depth(thing) > MOST_DECLARED:
        return True
    data, names = thing.read_raw_bytes(), _packings(thing)
    for n, name in enumerate(names):
        if name not in _UNPACKED:
            return False  # What other packings become is limited by what this process may use.
        is_last = n == len(names) - 1
        most = MOST_UNPACKED if is_picture and is_last else MOST_ORDERS
        try:
            unpacked = _unpacked(name, data, most, keeps=not is_last)
        except (ValueError, zlib.error):
            return False  # Damage is told by whoever reads it.
        if unpacked is None:
            return True
        data = unpacked
    return False


_UNPACKED = {
    "/FlateDecode": "flate", "/Fl": "flate", "/ASCII85Decode": "85", "/A85": "85", "/ASCIIHexDecode": "hex",
    "/AHx": "hex",
}  # fmt: skip


def _packings(thing: pikepdf.Stream) -> list[str]:
    """The names of what a stream is packed with, the outermost first."""
    filters = thing.get("/Filter", ())
    return [str(one) for one in filters] if isinstance(filters, pikepdf.Array | tuple) else [str(filters)]


def _unpacked(name: str, data: bytes, most: int, *, keeps: bool) -> bytes | None:
    """What one packing holds, nothing where that is not asked for; None where it is `most` bytes or more."""
    if _UNPACKED[name] == "85":
        return base64.a85decode(data.strip().removesuffix(b"~>"))
    if _UNPACKED[name] == "hex":
        return binascii.unhexlify(b"".join(data.split()).removesuffix(b">"))
    kept, left, unpacker = [], most, zlib.decompressobj()
    while data and left > 0:
        piece = unpacker.decompress(data, _PIECE)
        left -= len(piece)
        data = unpacker.unconsumed_tail
        if keeps:
            kept.append(piece)
    return b"".join(kept) if left > 0 else None


def _depth(picture: pikepdf.Stream) -> int:
    """Bits of a pixel, as a picture declares them; where it leaves that to its data, those of a photograph."""
    if picture.get("/ImageMask"):
        return 1
    space = picture.get("/ColorSpace")
    name = str(space[0] if isinstance(space, pikepdf.Array) and len(space) else space)
    parts = {"/DeviceGray": 1, "/G": 1, "/CalGray": 1, "/Indexed": 1, "/I": 1, "/Separation": 1, "/DeviceCMYK": 4}
    channels = parts.get(name, 3)
    if name == "/ICCBased" and isinstance(space, pikepdf.Array) and len(space) > 1:
        channels = int(space[1].get("/N", 3))
    return int(picture.get("/BitsPerComponent", 8)) * channels


def _is_whole(data: bytes, pdf: pikepdf.Pdf, streams: list[pikepdf.Stream], found: list[str]) -> bool:
    """Whether everything is there of a file whose order is damaged: its end, its pages, and what draws them."""
    if b"%%EOF" not in data[-2048:] or pdf.Root.Pages.get("/Count") != len(pdf.pages):
        return False
    if any(page.obj.get("/Contents") is None for page in pdf.pages):
        return False
    # Where the end of a stream was guessed, only data that tell their own end can be known to be whole.
    is_guessed = any("endstream" in warning or "stream length" in warning for warning in found)
    return all(_ends(thing, is_guessed=is_guessed) for thing in streams)


def _ends(thing: pikepdf.Stream, *, is_guessed: bool) -> bool:
    """Whether the packed data of a stream come to their end."""
    packed, outermost = thing.read_raw_bytes(), _packings(thing)[:1]
    if outermost == ["/DCTDecode"]:
        return packed.rstrip().endswith(b"\xff\xd9")
    if outermost != ["/FlateDecode"]:
        return not is_guessed
    unpacker = zlib.decompressobj()
    try:
        while packed:
            unpacker.decompress(packed, _PIECE)
            packed = unpacker.unconsumed_tail
    except zlib.error:
        return False
    return unpacker.eof


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


def _drawn(data: bytes) -> Iterator[bytes]:
    for page in pypdfium2.PdfDocument(data):
        yield _page(page)


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
