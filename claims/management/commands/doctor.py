"""Say in sentences what is wrong with this installation, and what to do about it."""

from typing import Any

from django.utils import timezone

from claims.services.condition import State, look
from documentation.management.base import Command as Base
from documentation.management.base import Refused


class Command(Base):
    help = "Look at database, locks, storage, disk, clock, settings, typesetting, decoders, backup and last night."

    def handle(self, *args: Any, **options: Any) -> None:
        seen = list(look(timezone.now()))
        lines = []
        for one in seen:
            lines.append(f"{one.state.value:<5} {one.label}: {one.said}")
            if one.todo:
                lines.append(f"      {one.todo}")
        self.tell(
            {
                "well": not any(one.state is State.BAD for one in seen),
                "checks": [{"name": s.name, "state": s.state.value, "said": s.said, "todo": s.todo} for s in seen],
            },
            "\n".join(lines),
        )
        if bad := [one.label for one in seen if one.state is State.BAD]:
            raise Refused(f"{len(bad)} of {len(seen)} are not well: {', '.join(bad)}.")
