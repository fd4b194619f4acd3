"""A supplement: a cover that names the packet it adds to, and only what is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from claims.facts import ClaimFacts
from claims.packet.build import Besides, BuiltPacket, plain, sealed
from claims.packet.composition import Part
from claims.packet.document import Json, document
from claims.packet.enclosures import Enclosure
from claims.packet.manifest import PacketManifest, compose, enclosed_parts
from documentation.kernel.machine import Refused


@dataclass(frozen=True)
class Supplement:
    """What a supplement adds to. `number` is 1, 2 …; `sent_on` a day as it is printed."""

    number: int
    reason: str
    packet: str
    control_number: str
    sent_on: str


@dataclass(frozen=True)
class SupplementManifest(PacketManifest):
    """The contents list of a supplement."""

    supplement: Supplement = Supplement(0, "", "", "", "")

    def as_json(self) -> dict[str, Any]:
        told = super().as_json()
        return {**told, "supplement": asdict(self.supplement)}


def build_supplement(
    facts: ClaimFacts,
    supplement: Supplement,
    *,
    enclosures: Iterable[Enclosure],
    control_number: str,
    sealed_at: datetime,
    verification_url: str,
    verification_code: str = "",
    packet_number: str = "",
    besides: Besides | None = None,
    images: Mapping[str, bytes] = MappingProxyType({}),
) -> BuiltPacket:
    """Compose, typeset and seal a supplement; everything else as in `build`. The same input gives the same bytes.

    No figure is part of it: `images` holds the logo where the facts name one.

    Raises Refused without a document: only a cover would leave.
    """
    known = {"packet_number": packet_number, "control_number": control_number, "sealed_at": sealed_at}
    return sealed(
        "supplement.typ", "Supplement", facts, {"facts": plain(facts), "supplement": asdict(supplement)}, images, known,
        code=verification_code, url=verification_url,
        contents=lambda more: _composed(facts, supplement, {**known, **more}),
        lay_out=lambda manifest, digest: _document(facts, supplement, manifest, sealed_at, digest),
        enclosures=enclosures, besides=besides,
    )  # fmt: skip


def _composed(facts: ClaimFacts, supplement: Supplement, known: Mapping[str, Any]) -> SupplementManifest:
    base = compose(facts, **known)
    if not base.enclosures:
        raise Refused("This supplement holds no document, so only a cover would leave. Add what it is to bring.")
    parts = (Part("cover", "Cover", "names the packet that this adds to"),)
    kept = {
        **vars(base), "summary": (), "narrative": (), "figures": (), "left_out": (),
        "parts": (*parts, *enclosed_parts({e.part for e in base.enclosures})),
    }  # fmt: skip
    return SupplementManifest(**kept, supplement=supplement)


def _document(
    facts: ClaimFacts, supplement: Supplement, manifest: PacketManifest, sealed_at: datetime, digest: str
) -> Json:
    data = document(facts, manifest, sealed_at, digest)
    data |= {"maps": [], "note": [], "narrative": [], "title": f"Supplement {supplement.number}, {data['title']}"}
    data["footer"] = f"Supplement {supplement.number} · {data['footer']}"
    data["cover"] |= {
        "heading": [f"Supplement {supplement.number}", f"to packet {supplement.packet}"],
        "about": [
            {"item": "", "name": name, "value": value, "is_missing": False}
            for name, value in (
                ("Adds to the packet with control number", supplement.control_number),
                ("That packet was sent", supplement.sent_on),
                ("Claim", facts.number),
            )
        ],
        "reason": supplement.reason,
    }
    return data
