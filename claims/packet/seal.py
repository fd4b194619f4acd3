"""The sealed set of files: one ZIP, the same bytes for the same content, with a manifest that names every file's sum.

The ZIP is stored in one fixed form, so that checking means building it again: any byte that differs is found.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MANIFEST = "manifest.json"
FORMAT = "ductus-packet-1"
_MOMENT = (1980, 1, 1, 0, 0, 0)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class PacketFile:
    """A file of the packet: name, what it is in words, size in bytes, SHA-256 in hex."""

    name: str
    title: str
    size: int
    sha256: str


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON that has one form only."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def code_of(digest: str) -> str:
    """Fifteen letters and digits of a SHA-256, 75 bits, in the alphabet without I, L, O and U: `7K2QF-9HM3T-VA0C4`."""
    number = int(digest, 16) >> (256 - 75)
    letters = "".join(_CROCKFORD[(number >> (5 * i)) & 31] for i in reversed(range(15)))
    return "-".join(letters[i : i + 5] for i in (0, 5, 10))


def manifest_of(files: Mapping[str, bytes], contents: Mapping[str, Any]) -> bytes:
    """manifest.json: the packet's own contents and the sum of each file."""
    listed = [{"name": name, "bytes": len(data), "sha256": sha256(data)} for name, data in files.items()]
    manifest = {"format": FORMAT, **contents, "files": listed}
    manifest["manifest_sha256"] = sha256(canonical(manifest))
    return canonical(manifest)


def build_zip(files: Mapping[str, bytes], contents: Mapping[str, Any]) -> bytes:
    """The files with their manifest, as one archive."""
    return zip_of(manifest_of(files, contents), files)


def zip_of(manifest: bytes, files: Mapping[str, bytes]) -> bytes:
    """The same, where the manifest is made already."""
    return _zip({MANIFEST: manifest, **files})


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def read_manifest(data: bytes) -> dict[str, Any]:
    """The manifest of a sealed ZIP. Raises ValueError where there is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            manifest = json.loads(archive.read(MANIFEST))
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise ValueError("This is not a sealed packet.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ValueError("This is not a sealed packet.")
    return manifest


def verify_zip(data: bytes) -> list[str]:
    """What is wrong with a packet, as sentences; nothing where every byte is as it was sealed."""
    try:
        manifest = read_manifest(data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            contents = {name: archive.read(name) for name in names}
    except (ValueError, zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError, EOFError):
        return ["This is not a sealed packet, or it is damaged."]
    problems = []
    stated = manifest.pop("manifest_sha256", "")
    if stated != sha256(canonical(manifest)):
        problems.append("The manifest was changed after the seal.")
    listed = {f["name"]: f for f in manifest.get("files", []) if isinstance(f, dict) and "name" in f}
    for name, entry in listed.items():
        if name not in contents:
            problems.append(f"{name} is missing.")
        elif sha256(contents[name]) != entry.get("sha256") or len(contents[name]) != entry.get("bytes"):
            problems.append(f"{name} was changed after the seal.")
    problems += [f"{name} was added after the seal." for name in names if name != MANIFEST and name not in listed]
    if not problems:
        ordered = {MANIFEST: contents[MANIFEST], **{name: contents[name] for name in listed}}
        if len(names) != len(contents) or _zip(ordered) != data:
            problems.append("The archive around the files was changed after the seal.")
    return problems
