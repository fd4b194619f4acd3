"""Say whether a ZIP is a packet that was sealed here, byte for byte."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from claims.services.integrity import verify_packet
from documentation.management.base import Command as Base
from documentation.management.base import Refused


class Command(Base):
    help = "Compare a packet's ZIP with what was sealed: the whole file, and every file in it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("zip", type=Path, metavar="ZIP")

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify_packet(options["zip"])
        number = found.packet.number if found.packet else None
        if found.match:
            self.tell({"packet": number, "match": True}, f"This is {number}, unchanged since it was sealed.")
            return
        if self.as_json:
            self.tell({"packet": number, "match": False}, "")
        raise Refused(found.sentence)
