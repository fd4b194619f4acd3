"""Hand claims over to a clearinghouse, or try again what waits in the outbox."""

from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from claims.models import Claim, Dispatch
from claims.services.cast import cast_of
from claims.services.dispatching import loads, put
from claims.services.outbox import carry
from claims.ways import ALONE, WAYS, Time
from documentation.kernel.machine import Refusal, Refused
from documentation.kernel.permissions import Permission
from documentation.management.base import Command as Base
from documentation.management.base import add_at, by_number, moment
from documentation.models import User


class Command(Base):
    help = (
        "Hand claims over by a way that carries by itself, and record them as sent; --waiting tries again what waits."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("numbers", nargs="*", metavar="CLAIM", help="such as C000001")
        parser.add_argument("--by", default="folder", choices=[w.key for w in WAYS if not w.is_by_hand])
        parser.add_argument(
            "--again", default="", metavar="REASON", help="why a claim that stands in a file leaves anew"
        )
        parser.add_argument("--waiting", action="store_true", help="try everything again that waits in the outbox")
        parser.add_argument("--as", dest="users", action="append", default=[], metavar="USER")
        add_at(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["numbers"]) == options["waiting"]:
            raise Refused("Name the claims to send, or say --waiting.")
        biller, at = cast_of(options["users"]).who_may(Permission.CLAIM_SUBMIT), moment(options["at"])
        failed: list[str] = []
        if options["numbers"]:
            waiting = _put(options, biller, at)
        else:
            waiting = list(Dispatch.objects.filter(delivered_at=None, given_up_at=None).order_by("pk"))
        for dispatch in waiting:
            try:
                self._tell(carry(dispatch, by=biller, at=at, time=Time(ALONE)))
            except Refusal as e:
                failed.append(f"Outbox no. {dispatch.pk}: {' '.join(e.reasons)}")
        if failed:
            raise Refused(*failed)

    def _tell(self, sent: Dispatch) -> None:
        numbers = [f"C{pk:06d}" for pk in sent.claims.values_list("claim", flat=True)]
        control = f"{sent.transmission.interchange:09d}"
        names = [f.name for f in sent.files.all()]
        self.tell(
            {"outbox": sent.pk, "claims": numbers, "way": sent.way, "control_number": control, "files": names},
            f"{len(numbers)} claims handed over by {sent.way}, control number {control}, {len(names)} files.",
        )


def _put(options: dict[str, Any], biller: User, at: datetime) -> list[Dispatch]:
    """All of them into the outbox, or none: raises Refused with every reason before anything moves."""
    waiting: list[Dispatch] = []
    problems: list[str] = []
    with transaction.atomic():
        # One load after the other: the documents of a few claims are in memory at once.
        for together in loads(by_number(Claim, number) for number in options["numbers"]):
            try:
                waiting.append(put(together, options["by"], again=options["again"], by=biller, at=at))
            except Refusal as e:
                problems += e.reasons
        if problems:
            raise Refused("Nothing was handed over.", *problems)
    return waiting
