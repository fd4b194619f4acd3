"""The submission packet: composed from facts, typeset, sealed."""

from claims.packet.build import BuiltPacket, build, build_appeal
from claims.packet.manifest import PacketManifest
from claims.packet.seal import PacketFile, verify_zip
from documentation.typesetting import RenderRefused

__all__ = ["BuiltPacket", "PacketFile", "PacketManifest", "RenderRefused", "build", "build_appeal", "verify_zip"]
