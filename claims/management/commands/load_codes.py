"""Load the practice's licensed lists of CDT or CPT into the database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from claims.codes.licensed import MOST_BYTES, TableError
from claims.services.cast import cast_of
from claims.services.codes import load_texts
from documentation.kernel.permissions import Permission
from documentation.management.base import Command as Base
from documentation.management.base import Refused, moment, one_line


class Command(Base):
    help = "Load licensed lists of codes (CSV: code, text, effective_on, ended_on), each whole or not at all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--as", dest="users", action="append", default=[], metavar="USER")

    def handle(self, *args: Any, **options: Any) -> None:
        by = cast_of(options["users"]).who_may(Permission.CODES_LOAD)
        refusals = []
        for path in options["files"]:
            try:
                with path.open("rb") as file:
                    loaded = load_texts(file.read(MOST_BYTES + 1), by=by, at=moment(None))
            except OSError as e:
                refusals.append(f"{path.name}: the file cannot be read ({e.strerror}).")
            except TableError as e:
                more = [f"And {e.left} more."] if e.left else []
                refusals.append(f"{path.name}: {one_line(*map(str, e.problems), *more)}")
            else:
                told = {"added": loaded.added, "changed": loaded.changed, "same": loaded.same}
                self.tell({"file": path.name, **told}, f"{path.name}: {loaded}.")
        if refusals:
            raise Refused("\n".join(refusals))
