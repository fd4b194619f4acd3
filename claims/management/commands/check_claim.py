"""What still stands between a claim and the payer."""

from typing import Any

from django.core.management.base import CommandParser

from claims.management.reporting import summary
from claims.models import Claim
from claims.queries.claims import report_of
from documentation.management.base import Command as Base
from documentation.management.base import add_at, by_number, moment


class Command(Base):
    help = "Check a claim by the rules of billing and by what is known of its payer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="such as C000001")
        add_at(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        claim = by_number(Claim, options["number"])
        report = report_of(claim, today=claim.encounter.location.today(moment(options["at"])))
        self.tell(
            {"claim": claim.number, "status": claim.word.value, "report": report.as_json()},
            f"{claim.number} is {claim.word}: {summary(report)}",
        )
