"""Take in remittance files (X12 835), and post their sound checks on request."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from claims.management.payer_files import told_answers, told_checks
from claims.services.cast import cast_of
from claims.services.payer_files import holds_acknowledgement, holds_remittance, import_payer_file
from claims.services.posting import post
from claims.services.remittances import Imported
from documentation.kernel.machine import Refusal
from documentation.kernel.machine import Refused as NotTaken
from documentation.kernel.permissions import Permission
from documentation.management.base import Command as Base
from documentation.management.base import Refused, add_at, moment, one_line
from documentation.models import User


class Command(Base):
    help = (
        "Take in remittance files, with the acknowledgements that stand in them. A check that is known already posts"
        " nothing; a faulty one is set aside."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--post", action="store_true", help="post every sound check that is made out to us")
        parser.add_argument("--as", dest="users", action="append", default=[], metavar="USER")
        add_at(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        at = moment(options["at"])
        by = cast_of(options["users"]).who_may(Permission.REMITTANCE_POST)
        refusals = []
        for path in options["files"]:
            try:
                self._take(path, by, at, post_it=options["post"])
            except OSError as e:
                refusals.append(f"{path.name}: the file cannot be read ({e.strerror}).")
            except Refusal as e:
                refusals.append(f"{path.name}: {one_line(*e.reasons)}")
        if refusals:
            raise Refused("\n".join(refusals))

    def _take(self, path: Path, by: User, at: Any, *, post_it: bool) -> None:
        data = path.read_bytes()
        if not holds_remittance(data) and holds_acknowledgement(data):
            raise NotTaken("This file holds no remittance but answers to claims. Use import_acknowledgement for it.")
        taken = import_payer_file(data, path.name, by=by, at=at)
        if taken.remittance:
            self.tell(*told_checks(taken.remittance, path.name, self._posted(taken.remittance, by, at, post_it)))
        if taken.answers:
            self.tell(*told_answers(taken.answers, path.name))

    def _posted(self, imported: Imported, by: User, at: Any, post_it: bool) -> set[int]:
        """Post what may be posted, and say what was."""
        rows = [c.remittance for c in imported.checks] if post_it else []
        may_be = [row for row in rows if not row.problems and not row.is_foreign]
        return {row.pk for row in may_be if post(row, by=by, at=at)}
