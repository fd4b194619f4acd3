"""PDFs as people upload them: sound, locked, damaged, and with more in them than pages."""

from __future__ import annotations

import hashlib
import io
from types import SimpleNamespace
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw


def scanned(pages: int = 2, words: str = "Ultrasound report") -> bytes:
    """A PDF of pages that somebody scanned."""
    sheets = []
    for n in range(1, pages + 1):
        sheet = Image.new("L", (612, 792), 255)
        ImageDraw.Draw(sheet).text((60, 60), f"{words}, page {n}", fill=0)
        sheets.append(sheet)
    out = io.BytesIO()
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:], title="A title that nobody needs")
    return out.getvalue()


def changed(pdf: bytes, **how: object) -> bytes:
    """The PDF with a script, an attached file, a password or without its pages."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        if how.get("script"):
            action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('Hello')")
            document.Root.OpenAction = document.make_indirect(action)
            document.pages[0].AA = pikepdf.Dictionary(O=action)
        if how.get("file"):
            document.attachments["chart.txt"] = pikepdf.AttachedFileSpec(document, b"secret", filename="chart.txt")
        if how.get("no_pages"):
            del document.pages[:]
        out = io.BytesIO()
        if how.get("password"):
            document.save(out, encryption=pikepdf.Encryption(user=str(how["password"]), owner="owner"))
        else:
            document.save(out)
    return out.getvalue()


def blank_pdf(pages: int = 2) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(612, 792)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def plain_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packets are blank pages: typesetting has tests of its own."""
    pdf = blank_pdf()

    def build(facts: Any, *, images: Any, control_number: str, **rest: Any) -> Any:
        part = SimpleNamespace(
            name="packet.pdf", title="The packet", size=len(pdf), sha256=hashlib.sha256(pdf).hexdigest()
        )
        return SimpleNamespace(pdf=pdf, zip=control_number.encode(), manifest_json="{}", pages=2, files=(part,))

    monkeypatch.setattr("claims.services.packets.build", build)
