"""Tell people of the last days that come near; may run any number of times a day."""

from typing import Any

from django.core.management.base import CommandParser

from claims.services.reminders import remind
from documentation.management.base import Command as Base
from documentation.management.base import Refused, add_at, moment


class Command(Base):
    help = "Remind people 14, 7 and 1 days before an appeal must leave, and managers when it presses; never twice."

    def add_arguments(self, parser: CommandParser) -> None:
        add_at(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        done = remind(at=moment(options["at"]))
        self.tell(
            {"near": done.near, "told": done.told, "escalated": done.escalated, "mails": done.mailed},
            f"{done.near} last days are near or late; {done.told} reminders were given, {done.escalated} of them to"
            f" managers; {done.mailed} mails were sent.",
        )
        if done.not_mailed:
            raise Refused(
                f"{done.not_mailed} mails were not taken by the mail server. The reminders stand in Deadlines; run this"
                " again to try the mails once more."
            )
