"""Seal the packet of a ready claim and write its files."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from claims.models import Claim
from claims.services.cast import cast_of
from claims.services.packets import seal_packet
from claims.services.sealed_files import outgoing_of
from documentation.kernel.machine import Refused
from documentation.kernel.permissions import Permission
from documentation.management.base import Command as Base
from documentation.management.base import by_number, moment
from documentation.services import files


class Command(Base):
    help = "Build and seal the packet of a ready claim; write its PDF, ZIP, manifest and the files of the channel."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="such as C000001")
        parser.add_argument("--out", required=True, type=Path, metavar="DIR")
        parser.add_argument("--channel", default="print", metavar="NAME", help="whose files are made, such as fax")
        parser.add_argument("--asked", action="store_true", help="the payer asked for the documents of this claim")
        parser.add_argument("--as", dest="users", action="append", default=[], metavar="USER")

    def handle(self, *args: Any, **options: Any) -> None:
        claim = by_number(Claim, options["number"])
        folder = options["out"]
        make_folder(folder)
        biller = cast_of(options["users"]).who_may(Permission.PACKET_BUILD)
        packet = seal_packet(claim, channel=options["channel"], was_asked=options["asked"], by=biller, at=moment(None))
        zipped = files.read(packet.zip)
        write_all(
            folder,
            {
                "packet.pdf": files.read(packet.pdf),
                "packet.zip": zipped,
                "manifest.json": packet.manifest.encode(),
            },
        )
        if outgoing := outgoing_of(packet):
            make_folder(folder / packet.channel)
            write_all(folder / packet.channel, outgoing)
        parts = [{"name": p.name, "bytes": p.size, "sha256": p.sha256} for p in packet.parts.all()]
        data = {
            "claim": claim.number,
            "packet": packet.number,
            "pages": packet.pages,
            "bytes": len(zipped),
            "sha256": packet.sha256,
            "files": parts,
        }
        self.tell(
            data,
            f"{packet.number} for {claim.number}: {packet.pages} pages, {len(parts)} files, {len(zipped):,} bytes in"
            f" {folder / 'packet.zip'}\nSHA-256 {packet.sha256}",
        )


def make_folder(folder: Path) -> None:
    """Make the folder, and make sure that it can be written to before anything is sealed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as e:
        raise Refused(f"Nothing can be written to {folder}: {e.strerror or e}.") from e


def write_all(folder: Path, contents: dict[str, bytes]) -> None:
    """Write every file under another name first, then move them: a reader never meets half a file."""
    written: list[tuple[Path, Path]] = []
    try:
        for name, content in contents.items():
            handle, temporary = tempfile.mkstemp(prefix=f".{name}-", dir=folder)
            written.append((Path(temporary), folder / name))
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        for temporary_path, place in written:
            temporary_path.replace(place)
    except OSError as e:
        raise Refused(f"The packet is sealed, but its files cannot be written to {folder}: {e.strerror or e}.") from e
    finally:
        for temporary_path, _ in written:
            temporary_path.unlink(missing_ok=True)
