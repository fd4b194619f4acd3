"""Count the manager's figures again from scratch, or check that they are true."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from claims.services import queues
from claims.services.figures import fold
from claims.services.recount import keep_check, rebuild
from documentation.management.base import Command as Base
from documentation.management.base import Refused


class Command(Base):
    help = "Count every claim's figures again from scratch. With --check they are only compared."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare; exit 1 when something differs")

    def handle(self, *args: Any, **options: Any) -> None:
        mended = 0 if options["check"] else rebuild()[1]
        check = keep_check(at=timezone.now())
        fold()
        queues.fold()
        found = (check.differences or check.months) if options["check"] else mended
        self.tell({"rows": check.claims, "differences": found}, f"{check.claims} claims counted, {found} differences.")
        if not check.is_true:
            said = check.found[:1].upper() + check.found[1:]
            raise Refused(f"{said} are not what a recount gives. Run rebuild_summaries.")
