"""The submission packet: composed from facts, typeset, sealed."""

from claims.packet.build import Beside, Besides, BuiltPacket, build, build_appeal
from claims.packet.enclosures import Enclosure
from claims.packet.manifest import PacketManifest
from claims.packet.seal import PacketFile, verify_zip
from claims.packet.supplement import Supplement, build_supplement
from documentation.typesetting import RenderRefused

__all__ = [
    "Beside",
    "Besides",
    "BuiltPacket",
    "Enclosure",
    "PacketFile",
    "PacketManifest",
    "RenderRefused",
    "Supplement",
    "build",
    "build_appeal",
    "build_supplement",
    "verify_zip",
]
