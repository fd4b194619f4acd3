"""Count the manager's figures again from scratch, or check that they are true."""

from typing import Any

from django.core.management.base import CommandParser

from claims.services.recount import differences, rebuild
from documentation.management.base import Command as Base
from documentation.management.base import Refused


class Command(Base):
    help = "Count every claim's figures again from scratch. With --check nothing is written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare; exit 1 when something differs")

    def handle(self, *args: Any, **options: Any) -> None:
        rows, found = differences() if options["check"] else rebuild()
        self.tell({"rows": rows, "differences": found}, f"{rows} claims counted, {found} differences.")
        if options["check"] and found:
            raise Refused(f"The figures of {found} claims are not what a recount gives. Run rebuild_summaries.")
