"""Write ready claims into one electronic file (X12 837D or 837P)."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from claims.models import Claim
from claims.queries import predeterminations
from claims.services.cast import Cast, cast_of
from claims.services.transmissions import write_claims
from documentation.kernel.machine import Refused
from documentation.kernel.permissions import Permission
from documentation.management.base import Command as Base
from documentation.management.base import add_at, by_number, moment
from documentation.services import files
from documentation.services.audit import record


class Command(Base):
    help = "Write ready claims into one 837 file. Nothing is recorded as sent by this."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "numbers", nargs="+", metavar="CLAIM", help="such as C000001, or one predetermination, PD000001"
        )
        parser.add_argument("--out", required=True, type=Path, metavar="FILE")
        parser.add_argument(
            "--again", default="", metavar="REASON", help="why a claim that stands in a file already leaves in another"
        )
        parser.add_argument("--as", dest="users", action="append", default=[], metavar="USER")
        add_at(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if any(predeterminations.key_in(number) for number in options["numbers"]):
            self._give_a_question(options["numbers"], options["out"], cast_of(options["users"]))
            return
        claims = [by_number(Claim, number) for number in options["numbers"]]
        biller = cast_of(options["users"]).who_may(Permission.CLAIM_SUBMIT)
        place: Path = options["out"]
        temporary = _beside(place)
        try:
            # Together: a claim counts as written only where its file came to be.
            with transaction.atomic():
                written = write_claims(claims, again=options["again"], by=biller, at=moment(options["at"]))
                _fill(temporary, written.data)
            temporary.replace(place)
        except OSError as e:
            raise Refused(f"The file cannot be written to {place}: {e.strerror or e}.") from e
        finally:
            temporary.unlink(missing_ok=True)
        sent, numbers = written.transmission, [c.number for c in claims]
        control = f"{sent.interchange:09d}"
        # How many, not which: they name patients, and what a command prints is kept in logs.
        told = [
            f"{number}: {len(changes)} values leave otherwise than recorded or were not known;"
            " the claim's page says which."
            for number, changes in written.changes.items()
            if changes
        ]
        if written.already:
            told.append("They stood in this file already and are unchanged: it is the same file, not a second one.")
        self.tell(
            {
                "file": str(place),
                "claims": numbers,
                "transaction": sent.kind,
                "control_number": control,
                **({"already": True} if written.already else {}),
            },
            "\n".join([f"{len(numbers)} claims as {sent.kind} in {place}, control number {control}.", *told]),
        )

    def _give_a_question(self, numbers: list[str], place: Path, cast: Cast) -> None:
        """The file of one predetermination, as it was written when it was asked for."""
        if len(numbers) > 1:
            raise Refused("A predetermination stands in a file of its own. Export it by itself.")
        row = predeterminations.by_number(numbers[0])
        sent = row.transmission
        if sent is None:
            raise Refused(f"{row} has no file.")
        biller, patient = cast.who_may(Permission.CLAIM_SUBMIT), row.encounter.patient
        temporary = _beside(place)
        try:
            with transaction.atomic():
                record("predetermination.file", by=biller, at=moment(None), subject=row.encounter, patient=patient)
                _fill(temporary, files.read(sent.file))
            temporary.replace(place)
        except OSError as e:
            raise Refused(f"The file cannot be written to {place}: {e.strerror or e}.") from e
        finally:
            temporary.unlink(missing_ok=True)
        control = f"{sent.interchange:09d}"
        self.tell(
            {"file": str(place), "predetermination": row.number, "transaction": sent.kind, "control_number": control},
            f"Predetermination {row} as {sent.kind} in {place}, control number {control}.",
        )


def _beside(place: Path) -> Path:
    """An empty file beside the one to be written: whether it can be written shows before anything is numbered."""
    if place.is_dir():
        raise Refused(f"{place} is a folder. Name a file.")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{place.name}-", dir=place.parent)
    except OSError as e:
        raise Refused(f"Nothing can be written to {place.parent}: {e.strerror or e}.") from e
    os.close(handle)
    return Path(name)


def _fill(place: Path, data: bytes) -> None:
    with place.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
