"""From facts and pictures to the sealed packet: the one way in for services and commands."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import segno

from claims.facts import AppealFacts, ClaimFacts
from claims.packet import seal
from claims.packet.appeal import appeal_document, compose_appeal
from claims.packet.composition import USUAL, LeftOut, Order
from claims.packet.document import document
from claims.packet.enclosures import Enclosure, in_order
from claims.packet.letter import Letter
from claims.packet.manifest import PacketManifest, compose
from claims.packet.places import where_is
from claims.packet.seal import PacketFile
from documentation.typesetting import Unprintable, annotated_of, pictures_of, place_logo, render


@dataclass(frozen=True)
class Beside:
    """What goes into the archive beside the document: files by their name with title and bytes, and what the manifest
    says of them.
    """

    files: Mapping[str, tuple[str, bytes]]
    listing: Mapping[str, Any]


_NOTHING: Mapping[str, Any] = MappingProxyType({})
Besides = Callable[[PacketManifest, Mapping[str, bytes]], Beside]
"""From the contents and the files of a packet that is set but not sealed to what goes along: a channel's files."""


@dataclass(frozen=True)
class BuiltPacket:
    """A packet that nobody has stored yet. `zip` holds `pdf`, the clean pictures and their annotated copies."""

    pdf: bytes
    zip: bytes
    manifest: PacketManifest
    pages: int
    files: tuple[PacketFile, ...]
    manifest_json: str
    """manifest.json as it stands in the ZIP."""
    content_sha256: str
    """The sum of facts and pictures that the cover prints; known before the PDF is made."""


def build(
    facts: ClaimFacts,
    *,
    images: Mapping[str, bytes],
    control_number: str,
    sealed_at: datetime,
    verification_url: str,
    verification_code: str = "",
    packet_number: str = "",
    enclosures: Iterable[Enclosure] = (),
    stays: Iterable[LeftOut] = (),
    told: Mapping[str, Any] = _NOTHING,
    order: Order = USUAL,
    besides: Besides | None = None,
) -> BuiltPacket:
    """Compose, typeset and seal the packet of a claim.

    `images` holds the bytes of the clean copies by their SHA-256, and of the logo where the facts name one; other
    pictures of the record are left out.
    `verification_url` is the page where a packet can be checked; `{code}` in it is replaced by the verification code,
    which is drawn from the contents unless one is given. `enclosures` are documents whose pages are part of the PDF
    and which stand beside it in the ZIP, as the first plan's EOB; `stays` are those that the payer does not want, each
    with its reason. `told` goes into the manifest; `order` names the parts that the channel takes. `besides` makes what
    else is sealed from what was set.
    Raises RenderRefused with a sentence where the document cannot be made. The same input gives the same bytes.
    """
    known: dict[str, Any] = {"packet_number": packet_number, "control_number": control_number, "sealed_at": sealed_at}
    return sealed(
        "packet.typ", "Submission packet", facts, {"facts": plain(facts)}, images, known,
        code=verification_code, url=verification_url,
        contents=lambda more: compose(facts, stays=tuple(stays), order=order, **known, **more),
        lay_out=lambda manifest, digest: document(facts, manifest, sealed_at, digest), enclosures=enclosures,
        told=told, besides=besides,
    )  # fmt: skip


def build_appeal(
    facts: AppealFacts,
    *,
    letter: Letter,
    images: Mapping[str, bytes],
    control_number: str,
    sealed_at: datetime,
    verification_url: str,
    verification_code: str = "",
    packet_number: str = "",
    enclosures: Iterable[Enclosure] = (),
    told: Mapping[str, Any] = _NOTHING,
    besides: Besides | None = None,
) -> BuiltPacket:
    """Compose, typeset and seal the packet of an appeal: the letter, what the payer wrote, then the evidence.

    Everything but `letter` is as in `build`. A letter with gaps is set all the same: whether it may leave is decided
    by the caller.
    """
    known = {"packet_number": packet_number, "control_number": control_number, "sealed_at": sealed_at}
    identity = {
        "facts": plain(facts.claim),
        "denial": plain(facts.denial),
        "letter": [s.text for s in letter.sentences],
    }
    return sealed(
        "appeal.typ", "Appeal packet", facts.claim, identity, images, known,
        code=verification_code, url=verification_url,
        contents=lambda more: compose_appeal(facts, letter, **known, **more),
        lay_out=lambda manifest, digest: appeal_document(facts, letter, manifest, sealed_at, digest),
        enclosures=enclosures, told=told, besides=besides,
    )  # fmt: skip


def sealed(
    template: str,
    title: str,
    facts: ClaimFacts,
    identity: Mapping[str, Any],
    images: Mapping[str, bytes],
    known: Mapping[str, Any],
    *,
    code: str,
    url: str,
    contents: Callable[[Mapping[str, Any]], PacketManifest],
    lay_out: Callable[[PacketManifest, str], dict[str, Any]],
    enclosures: Iterable[Enclosure] = (),
    told: Mapping[str, Any] = _NOTHING,
    besides: Besides | None = None,
) -> BuiltPacket:
    """What all packets share: pictures checked, contents summed, the document set and everything put under one seal."""
    sealed_at: datetime = known["sealed_at"]
    if sealed_at.tzinfo is None:
        raise ValueError("sealed_at needs a time zone")
    pictures = pictures_of(facts.encounter, images)
    names = {digest: name for name, (digest, _) in pictures.items()}
    annotated = annotated_of(facts.encounter, pictures)
    whole = {
        **identity, "packet": known["packet_number"], "control": known["control_number"],
        "sealed_at": sealed_at.isoformat(), "images": sorted(names),
    }  # fmt: skip
    given = in_order(enclosures)
    if given:
        whole["enclosures"] = {e.name: e.sha256 for e in given}
    content_sha256 = seal.sha256(seal.canonical(whole))
    code = code or seal.code_of(content_sha256)
    url = url.replace("{code}", code)
    sums = {figure: (name, seal.sha256(content)) for figure, (name, content) in annotated.items()}
    manifest = contents(
        {
            "verification_code": code,
            "verification_url": url,
            "image_files": names,
            "annotated_files": sums,
            "enclosures": given,
        }
    )
    data = lay_out(manifest, content_sha256)
    logo = place_logo(facts.logo, images, data["author"])
    data["cover"]["logo"] = logo.data
    shown = {name for f in manifest.figures for name in (f.file, f.annotated_file)}
    files = dict(sorted([*((name, content) for name, (_, content) in pictures.items()), *annotated.values()]))
    files = {name: content for name, content in files.items() if name in shown}
    enclosed = manifest.enclosures
    drawings = {m["file"]: str(m.pop("svg")).encode() for m in data["maps"]}
    scans = {name: page for e in enclosed for name, page in e.page_files().items()}
    try:
        rendered = render(template, data, {**files, **scans, **drawings, **logo.files, "qr.svg": qr_code(url)})
    except Unprintable as refused:
        patient = facts.encounter.patient.number
        where = where_is(refused.character, {**identity["facts"], **identity}) + (f" ({patient})" if patient else "")
        raise Unprintable(refused.character, refused.detail, where) from refused
    manifest = manifest.with_pages(rendered.pages)
    packed = {"packet.pdf": rendered.pdf, **files, **{e.name: e.content for e in enclosed}}
    beside = besides(manifest, packed) if besides else Beside({}, {})
    packed |= {name: content for name, (_, content) in beside.files.items()}
    listing = {**manifest.as_json(), "content_sha256": content_sha256, **told, **beside.listing}
    if facts.logo:
        listing["letterhead"] = {"logo_sha256": facts.logo}
    if rendered.smaller:
        # In the PDF alone: beside it each picture stands as it was taken in.
        listing["smaller_in_pdf"] = [
            {"file": name, "width": width, "height": height} for name, (width, height) in rendered.smaller.items()
        ]
    listed = seal.manifest_of(packed, listing)  # Sums of millions of bytes: taken once.
    titles = {f.file: f"Figure {f.number}: {f.caption}" for f in manifest.figures}
    titles |= {f.annotated_file: f"Figure {f.number}, annotated: {f.caption}" for f in manifest.figures}
    titles |= {e.name: e.words for e in enclosed}
    titles |= {name: words for name, (words, _) in beside.files.items()}
    return BuiltPacket(
        pdf=rendered.pdf,
        zip=seal.zip_of(listed, packed),
        manifest=manifest,
        pages=max(last for _, last in rendered.pages.values()),
        files=tuple(
            PacketFile(f["name"], titles.get(f["name"], title), f["bytes"], f["sha256"])
            for f in json.loads(listed)["files"]
        ),
        manifest_json=listed.decode(),
        content_sha256=content_sha256,
    )


def qr_code(text: str) -> bytes:
    """The text as a QR code, SVG."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=0, dark="#10242a", xmldecl=False, svgns=True)
    return out.getvalue()


def plain(value: Any) -> Any:
    """Facts as plain JSON values: dates in ISO form, decimals as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {k: plain(v) for k, v in asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
