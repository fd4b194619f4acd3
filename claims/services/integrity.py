"""Comparing what is there with what was sealed, signed and stored."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from claims.models import Packet
from documentation.facts import EncounterFacts
from documentation.kernel.machine import NotPossible
from documentation.kernel.wire import from_data
from documentation.models import Addendum, AuditEvent, Merge, Signature, StoredFile
from documentation.services import files
from documentation.services.sweeping import with_use

LARGEST_MANIFEST = 1024**2
LARGEST_DIRECTORY = 1024**2
"""Bytes of a ZIP's list of files; a packet's takes a few thousand."""
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError, RuntimeError, NotImplementedError)
"""What reading a ZIP from a stranger may raise."""


@dataclass(frozen=True)
class Verification:
    """Whether a ZIP is a sealed packet. `packet` is the one that it is or says it is; `sentence` tells a mismatch."""

    packet: Packet | None
    match: bool
    sentence: str = ""


def verify_packet(path: Path) -> Verification:
    """Compare a file with the packets sealed here. Raises NotPossible where there is no file to read."""
    if not path.is_file():
        raise NotPossible(f"There is no file {path}.")
    try:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError) as e:
        raise NotPossible(f"{path} cannot be read: {getattr(e, 'strerror', None) or e}.") from e
    packet = Packet.objects.filter(zip__sha256=sha256).first()
    if packet:
        return _inside(path, packet)
    claimed = _claimed_packet(path) if _is_modest(path) else None
    if claimed is None:
        return Verification(None, False, "This file is no packet that was sealed here.")
    others = _differing(path, claimed)
    what = (
        f"these files in it differ: {', '.join(others)}" if others else "the files in it are the same, but not the ZIP"
    )
    return Verification(claimed, False, f"This is not {claimed.number} as it was sealed; {what}.")


def _inside(path: Path, packet: Packet) -> Verification:
    others = _differing(path, packet)
    if others:
        return Verification(packet, False, f"The list of {packet.number} does not fit its files: {', '.join(others)}.")
    return Verification(packet, True)


def _is_modest(path: Path) -> bool:
    """Whether the list of files at the end of a ZIP is short: a stranger's could fill the memory."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 65_557))
        tail = stream.read()
    end = tail.rfind(b"PK\5\6")
    if end < 0 or len(tail) < end + 22 or tail[max(0, end - 20) : end].startswith(b"PK\6\7"):
        return False
    return int.from_bytes(tail[end + 12 : end + 16], "little") <= LARGEST_DIRECTORY


def _claimed_packet(path: Path) -> Packet | None:
    """The packet that the manifest in a ZIP speaks of. The ZIP may be anything, so little of it is read."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("manifest.json") as stream:
            manifest: Any = json.loads(stream.read(LARGEST_MANIFEST))
        control_number = manifest["control_number"]
    except (*_BROKEN, TypeError, RecursionError):
        return None
    return Packet.objects.filter(control_number=str(control_number)[:30]).first()


def _differing(path: Path, packet: Packet) -> list[str]:
    """Names of the files of a packet that the ZIP holds otherwise, or not at all."""
    found = []
    for part in packet.parts.all():
        try:
            with zipfile.ZipFile(path) as archive, archive.open(part.name) as stream:
                content = stream.read(part.size + 1)
        except _BROKEN:
            content = b""
        if hashlib.sha256(content).hexdigest() != part.sha256:
            found.append(part.name)
    return found


def damages() -> Iterator[str]:
    """A sentence for every signed note, addendum, stored file and packet that is no longer what it was.

    A stored file that nothing points to is left out: the sweep may take it at any moment.
    """
    signatures = Signature.objects.select_related("encounter").prefetch_related("encounter__images__original")
    rows = signatures.order_by("pk").iterator(chunk_size=500)
    while some := list(islice(rows, 500)):
        signings, copied = _signings(some), _copied(some)
        for signature in some:
            known = signings.get(signature.encounter.number)
            if known is None and signature.encounter.patient_id in copied:
                known = (signature.signer_id, signature.signed_at)
            yield from _damages_of_signature(signature, known)
    for addendum in Addendum.objects.select_related("encounter").iterator(chunk_size=500):
        if _sha256(addendum.body) != addendum.sha256:
            yield f"An addendum to {addendum.encounter} was changed after it was written."
    for file in with_use(StoredFile.objects.order_by("pk")).filter(is_used=True).iterator(chunk_size=500):
        try:
            files.read(file)
        except (files.MissingFile, files.DamagedFile) as e:
            yield str(e)
    for packet in Packet.objects.prefetch_related("parts").order_by("pk").iterator(chunk_size=100):
        yield from _damages_of(packet)


def _signings(signatures: Iterable[Signature]) -> dict[str, tuple[int | None, datetime]]:
    """By the number of the record: who signed it and when, as the audit trail tells."""
    numbers = [s.encounter.number for s in signatures]
    events = AuditEvent.objects.filter(subject__in=numbers, action="encounter.sign")
    return {e.subject: (e.by_id, e.at) for e in events.only("subject", "by_id", "at")}


def _copied(signatures: Iterable[Signature]) -> set[int | None]:
    """Keys of the patients that the demo made as copies: nobody signed their records, and the trail tells that."""
    if settings.PRODUCTION:
        return set()
    heirs = dict(Merge.objects.filter(undone_at=None).values_list("gone_id", "kept_id"))
    patients = {s.encounter.patient_id for s in signatures} | heirs.keys()
    events = AuditEvent.objects.filter(patient__in=patients, action="claim.copy")
    found: set[int | None] = set(events.values_list("patient_id", flat=True))
    while more := {heirs[key] for key in found if key in heirs} - found:
        found |= more
    return found


def _damages_of_signature(signature: Signature, on_record: tuple[int | None, datetime] | None) -> Iterator[str]:
    """Whether a signature still covers the record that it stands at, its images, and names whoever gave it."""
    encounter = signature.encounter
    if _sha256(signature.content) != signature.content_sha256:
        yield f"The signed record {encounter} was changed after it was signed."
        return
    try:
        said = from_data(EncounterFacts, json.loads(signature.content))
        who, images = said.clinician, sorted(i.sha256 for i in said.images)
        known = (f"{who.first_name} {who.last_name}".strip(), who.credential, who.licence, who.licence_state, who.npi)
    except (ValueError, TypeError, AttributeError, LookupError) as e:
        yield f"What was signed at {encounter} cannot be read ({type(e).__name__})."
        return
    if said.number != encounter.number:
        yield f"The signature at {encounter} was given for {said.number}, not for this record."
    elif on_record != (signature.signer_id, signature.signed_at):
        yield f"The signature at {encounter} is not the one that the audit trail tells of: its person or time differs."
    if known != tuple(getattr(signature, n) for n in ("name", "credential", "licence", "licence_state", "npi")):
        yield f"The name or license at the signature of {encounter} was changed after it was signed."
    if images != sorted(i.original.sha256 for i in encounter.images.all()):
        yield f"The images of {encounter} are not those that were signed."


def _damages_of(packet: Packet) -> Iterator[str]:
    """What the row of a packet says against the ZIP that was stored; the ZIP's own bytes were looked at before."""
    try:
        content = files.read(packet.zip)
    except (files.MissingFile, files.DamagedFile):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            manifest = archive.read("manifest.json").decode()
            wrong = [p.name for p in packet.parts.all() if hashlib.sha256(archive.read(p.name)).hexdigest() != p.sha256]
    except _BROKEN:
        yield f"The ZIP of {packet} cannot be read."
        return
    if manifest != packet.manifest:
        yield f"The manifest of {packet} was changed after it was sealed."
    if wrong:
        yield f"The list of {packet} does not fit its files: {', '.join(wrong)}."


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
