"""What a practice's server does each night, step by step. `manage.py serve` runs it by itself."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from claims.services import nightly
from documentation.management.base import Command as Base
from documentation.management.base import Refused, add_at, moment, one_line
from documentation.models import UpkeepStep


class Command(Base):
    help = "Remind, recount, check what is signed, sweep and forget: each step by itself, with an outcome of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        add_at(parser)
        parser.add_argument(
            "--if-due", action="store_true", help="only where it is past NIGHTLY_AT, and no other process did it today"
        )

    def handle(self, *args: Any, if_due: bool = False, **options: Any) -> None:
        at = moment(options["at"])
        day = night_of(at, settings.NIGHTLY_AT)
        if if_due and (taken := nightly.take(day, at=at)) is not nightly.Taken.OURS:
            ended = taken is nightly.Taken.ENDED
            self.tell(
                {"day": str(day), "already": True, "ended": ended, "steps": []},
                f"The night of {day} is {'done' if ended else 'at work'} already.",
            )
            return
        # Steps of another day are still done now, and by this clock they are timed.
        done = nightly.work(day, timezone.now if options["at"] is None else lambda: at, at=at)
        wrong = [d for d in done if d.outcome != UpkeepStep.Outcome.DONE]
        self.tell(
            {
                "day": str(day),
                "already": False,
                "ended": True,
                "steps": [{"name": d.step.name, "outcome": d.outcome.value, "said": d.said} for d in done],
            },
            "\n".join(f"{d.outcome.value:<7} {d.step.label}: {d.said}" for d in done),
        )
        if wrong:
            raise Refused(
                one_line(
                    f"{len(wrong)} of {len(done)} steps need somebody.", *(f"{d.step.label}: {d.said}" for d in wrong)
                )
            )


def night_of(at: datetime, due: time | None) -> date:
    """The day on whose morning the night ends that is due at a moment: before NIGHTLY_AT it is yesterday's still."""
    local = timezone.localtime(at)
    return local.date() if local.time() >= (due or time(0)) else local.date() - timedelta(days=1)
