"""Small files that would be huge: pixels, pictures, directories, packed data, pages."""

import io
import struct
import zlib
from typing import Any

import pikepdf
from PIL import Image

from tests.dicoms import as_jpeg2000, dicom, gradient


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of_nothing(width: int, height: int) -> bytes:
    """A PNG of one bit a pixel, all of it there, packed a thousand to one."""
    packer, line = zlib.compressobj(1), bytes(1 + (width + 7) // 8)
    packed = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def jpeg_that_claims(width: int, height: int) -> bytes:
    """A sound small JPEG whose frame header says another size."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(out, "JPEG")
    data = bytearray(out.getvalue())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def gif_that_claims(width: int, height: int) -> bytes:
    size = struct.pack("<HH", width, height)
    return b"GIF89a" + size + b"\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"


def gif_of_frames(count: int) -> bytes:
    frame = b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    return b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff" + frame * count + b";"


def tiff_of_directories(count: int) -> bytes:
    """A chain of directories, each with a picture of one pixel."""
    data, size = bytearray(b"II*\0" + struct.pack("<I", 8)), 2 + 12 * 8 + 4
    for n in range(count):
        here = 8 + n * size
        behind = here + size if n + 1 < count else 0
        tags = ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (278, 1), (279, 1))
        data += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, v) for tag, v in tags)
        data += struct.pack("<I", behind)
    return bytes(data)


def deflated_dicom(size: int) -> bytes:
    """A DICOM file whose packed data set unpacks to so many bytes, a thousand to one."""
    whole = dicom(gradient(16, 16))
    meta = whole.index(b"\x02\x00\x10\x00UI")
    length = struct.unpack_from("<H", whole, meta + 6)[0]
    end = 132 + 12 + struct.unpack_from("<I", whole, 140)[0]
    deflated = b"1.2.840.10008.1.2.1.99"
    head = bytearray(whole[:meta] + whole[meta : meta + 6] + struct.pack("<H", len(deflated)) + deflated)
    head += whole[meta + 8 + length : end]
    struct.pack_into("<I", head, 140, len(head) - 144)
    packer = zlib.compressobj(9, wbits=-15)
    body = packer.compress(whole[end:])
    body += packer.compress(struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, size))
    for _ in range(size // 1_000_000):
        body += packer.compress(bytes(1_000_000))
    return bytes(head) + body + packer.flush()


def pdf_of_flate(size: int) -> bytes:
    """A PDF of one page whose contents unpack to so many bytes of drawing orders."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(612, 792))
    packer = zlib.compressobj(9)
    line = b"0 0 m 612 792 l S\n" * 1000
    packed = b"".join(packer.compress(line) for _ in range(size // len(line))) + packer.flush()
    stream = pdf.make_stream(b"")
    stream.write(packed, filter=pikepdf.Name.FlateDecode)
    page.Contents = stream
    return _saved(pdf)


def pdf_of_pixels(side: int) -> bytes:
    """A PDF of one page with an image of so many pixels a side, all black, packed to nothing."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(612, 792))
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(side)) for _ in range(side)) + packer.flush()
    image = pdf.make_stream(
        b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=side, Height=side,
        ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8,
    )  # fmt: skip
    image.write(packed, filter=pikepdf.Name.FlateDecode)
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
    page.Contents = pdf.make_stream(b"612 0 0 792 0 0 cm /Im Do")
    return _saved(pdf)


def pdf_of_pages(count: int) -> bytes:
    pdf = pikepdf.new()
    for _ in range(count):
        pdf.add_blank_page(page_size=(612, 792))
    return _saved(pdf)


def pdf_of_a_size(width: float, height: float) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200)).mediabox = pikepdf.Array([0, 0, width, height])
    return _saved(pdf)


def _saved(pdf: Any) -> bytes:
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def dicom_that_claims(**header: Any) -> bytes:
    """A header that says more than ten bytes of picture data can be."""
    return dicom(gradient(2, 2), **header)


def dicom_of_jpeg2000(side: int, **header: Any) -> bytes:
    """A DICOM file whose packed picture says, in its own header, that it has so many pixels a side, in one tile."""
    small = gradient(64, 64)
    packed = as_jpeg2000(small)
    size, tile = (packed.index(b"\xff\x51") + n for n in (6, 22))
    claims = bytearray(packed)
    claims[size : size + 8] = claims[tile : tile + 8] = struct.pack(">II", side, side)
    whole = dicom(small, packed="jpeg2000", **header)
    assert whole.count(packed) == 1
    return whole.replace(packed, bytes(claims))


IMAGES = {
    "a JPEG of four thousand megapixels": lambda: jpeg_that_claims(64_000, 64_000),
    "a GIF of four thousand megapixels": lambda: gif_that_claims(65_535, 65_535),
    "a PNG of 50,000 by 50,000 zeros": lambda: png_of_nothing(50_000, 50_000),
    "a PNG of 12,000 by 12,000": lambda: png_of_nothing(12_000, 12_000),
    "a TIFF of 65,535 directories": lambda: tiff_of_directories(65_535),
    "a GIF of 40,000 frames": lambda: gif_of_frames(40_000),
    "a DICOM file that claims 65,535 by 65,535": lambda: dicom_that_claims(Rows=65_535, Columns=65_535),
    "a DICOM file of two thousand million frames": lambda: dicom_that_claims(NumberOfFrames=2_000_000_000),
    "a DICOM file of JPEG 2000 that is 60,000 by 60,000": lambda: dicom_of_jpeg2000(60_000),
    "a DICOM file of JPEG 2000 that claims 60,000 twice": lambda: dicom_of_jpeg2000(
        60_000, Rows=60_000, Columns=60_000
    ),
    "a deflated DICOM file, a thousand to one": lambda: deflated_dicom(200_000_000),
}
"""What a picture could be; each is refused."""
PAPERS = {
    "a PDF of Flate, a thousand to one": lambda: pdf_of_flate(100_000_000),
    "a PDF with an image of 20,000 by 20,000": lambda: pdf_of_pixels(20_000),
    "a PDF of 10,000 pages": lambda: pdf_of_pages(10_000),
}
"""What a document could be; each is refused."""
CODES = {
    "a JPEG of four thousand megapixels": "too_many_pixels",
    "a GIF of four thousand megapixels": "kind_not_taken",
    "a PNG of 50,000 by 50,000 zeros": "too_many_pixels",
    "a PNG of 12,000 by 12,000": "too_many_pixels",
    "a TIFF of 65,535 directories": "too_many_frames",
    "a GIF of 40,000 frames": "kind_not_taken",
    "a DICOM file that claims 65,535 by 65,535": "too_many_pixels",
    "a DICOM file of two thousand million frames": "too_many_frames",
    "a DICOM file of JPEG 2000 that is 60,000 by 60,000": "too_many_pixels",
    "a DICOM file of JPEG 2000 that claims 60,000 twice": "too_many_pixels",
    "a deflated DICOM file, a thousand to one": "too_large",
    "a PDF of Flate, a thousand to one": "large",
    "a PDF with an image of 20,000 by 20,000": "large",
    "a PDF of 10,000 pages": "pages",
}
"""Why each is refused: for what it is, and not because reading it failed."""
