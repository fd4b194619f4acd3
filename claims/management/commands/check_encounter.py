"""What an encounter's record still lacks."""

from typing import Any

from django.core.management.base import CommandParser

from claims.management.reporting import summary
from documentation.management.base import Command as Base
from documentation.management.base import add_at, by_number, moment
from documentation.models import Encounter
from documentation.queries.encounters import report_of


class Command(Base):
    help = "Check the record of an encounter by the rules of documentation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="such as E000001")
        add_at(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        encounter = by_number(Encounter, options["number"])
        report = report_of(encounter, today=encounter.location.today(moment(options["at"])))
        self.tell(
            {"encounter": encounter.number, "status": encounter.status, "report": report.as_json()},
            f"{encounter.number} is {encounter.status}: {summary(report)}",
        )
