"""Check every open claim again after a change; go on where an earlier run was left."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from claims.models import RecheckRun
from claims.queries.rechecks import running
from claims.services.looking import AT_ONCE, MOST_PROCESSES, processors, several
from claims.services.rechecks import begin, go_on
from documentation.kernel.machine import NotPossible
from documentation.management.base import Command as Base
from documentation.management.base import add_at, moment
from documentation.models import User


class Command(Base):
    help = (
        "Check every open claim again after the playbook, a code table or a rule changed. Ready claims that a check now"
        " stands against go back to draft. Broken off, the same command goes on where it was left."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, metavar="NAME", help="user name of the person who asks for it")
        parser.add_argument("--why", default="", metavar="TEXT", help="what changed; not needed to go on")
        parser.add_argument(
            "--processes",
            type=int,
            default=processors(),
            metavar="N",
            help="how many processes check claims at once; by default one for each processor, at most"
            f" {MOST_PROCESSES}",
        )
        add_at(parser)

    def handle(self, *args: Any, by: str, why: str, processes: int, **options: Any) -> None:
        user = User.objects.filter(username=by, is_active=True).first()
        if user is None:
            raise NotPossible(f"There is no active user {by[:40]!a}.")
        run = running() or begin(why, by=user, at=moment(options["at"]), beside=False)
        try:
            with several(min(processes, MOST_PROCESSES)) as (look, sharing):
                while run.is_running:
                    run = go_on(run, by=user, at=moment(options["at"]), claims=AT_ONCE * sharing, look=look)
                    if not self.as_json:
                        self.stdout.write(f"{run.checked:,} of {run.total:,} claims checked")
        except KeyboardInterrupt:
            raise NotPossible(f"Broken off after {run.checked:,} claims. The same command goes on there.") from None
        self._tell(run)

    def _tell(self, run: RecheckRun) -> None:
        back = run.sent_back.count()
        data = {
            "run": run.pk,
            "claims": run.checked,
            "stopped": run.stopped,
            "asking": run.asking,
            "sent_back": back,
            "failed": run.failed,
            "complete": run.is_complete,
        }
        self.tell(
            data,
            f"{run.checked:,} claims checked: a blocker stands against {run.stopped:,}, a warning without a reason"
            f" against {run.asking:,} more. {back:,} went back to draft.",
        )
