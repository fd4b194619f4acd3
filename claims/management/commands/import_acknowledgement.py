"""Take in what was answered to claims before any payer decided (X12 TA1, 999, 277CA)."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from claims.management.payer_files import told_answers, told_checks
from claims.services.acknowledgements import MOST_BYTES, TOO_LARGE
from claims.services.cast import cast_of
from claims.services.payer_files import import_payer_file
from documentation.kernel.machine import Refusal
from documentation.kernel.machine import Refused as NotTaken
from documentation.kernel.permissions import Permission
from documentation.management.base import Command as Base
from documentation.management.base import Refused, add_at, moment, one_line
from documentation.models import User


class Command(Base):
    help = (
        "Take in TA1, 999 and 277CA files, with the remittances that stand in them: claims are accepted or rejected."
        " The same file again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--as", dest="users", action="append", default=[], metavar="USER")
        add_at(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        at = moment(options["at"])
        by = cast_of(options["users"]).who_may(Permission.CLAIM_SUBMIT)
        refusals = []
        for path in options["files"]:
            try:
                self._take(path, by, at)
            except OSError as e:
                refusals.append(f"{path.name}: the file cannot be read ({e.strerror}).")
            except Refusal as e:
                refusals.append(f"{path.name}: {one_line(*e.reasons)}")
        if refusals:
            raise Refused("\n".join(refusals))

    def _take(self, path: Path, by: User, at: Any) -> None:
        if path.stat().st_size > MOST_BYTES:
            raise NotTaken(TOO_LARGE)
        taken = import_payer_file(path.read_bytes(), path.name, by=by, at=at, wants_answers=True)
        if taken.answers:
            self.tell(*told_answers(taken.answers, path.name))
        if taken.remittance:
            self.tell(*told_checks(taken.remittance, path.name, set()))
