"""Reading a sealed packet: single files of it, the folder of its channel, its pages through the reviewer's eye."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from claims.channels import apart
from claims.channels.apart import PageSeen
from claims.models import Packet, PacketPart
from documentation.services import files

_MOMENT = (1980, 1, 1, 0, 0, 0)


def part_of(packet: Packet, part: PacketPart) -> bytes:
    """One file as it was sealed. Raises MissingFile, DamagedFile."""
    with _archive(packet) as archive:
        return archive.read(part.name)


def outgoing_of(packet: Packet) -> dict[str, bytes]:
    """The files of the packet's channel by the names under which they leave. Raises MissingFile, DamagedFile."""
    folder = f"{packet.channel}/"
    with _archive(packet) as sealed:
        return {n.removeprefix(folder): sealed.read(n) for n in sealed.namelist() if n.startswith(folder)}


def folder_of(packet: Packet) -> bytes:
    """The same as a ZIP; always the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        for name, content in outgoing_of(packet).items():
            made.writestr(zipfile.ZipInfo(name, _MOMENT), content)
    return buffer.getvalue()


def seen_page(packet: Packet, number: int, eye: str) -> bytes:
    """A page as the reviewer sees it, as PNG. Raises MissingFile, DamagedFile, ChannelRefused."""
    return apart.draw(files.read(packet.pdf), number, eye)


def survey_of(packet: Packet, eye: str) -> tuple[PageSeen, ...]:
    """What the reviewer's eye loses on each page. Raises MissingFile, DamagedFile, ChannelRefused."""
    figures: list[dict[str, Any]] = [
        {"number": f["number"], "page": f["page"], "clean": f["file"], "annotated": f["annotated"]["file"]}
        for f in json.loads(packet.manifest).get("figures", ())
        if f.get("annotated") and f.get("page")
    ]
    pictures = {}
    if figures:
        with _archive(packet) as archive:
            pictures = {f[which]: archive.read(f[which]) for f in figures for which in ("clean", "annotated")}
    return apart.survey(files.read(packet.pdf), eye, figures, pictures)


def _archive(packet: Packet) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(files.read(packet.zip)))
