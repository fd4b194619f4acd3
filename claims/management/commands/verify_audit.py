"""Check that what was written down is still as it was written."""

from typing import Any

from django.core.management import CommandParser
from django.db import connection
from django.utils import timezone

from claims.services.integrity import damages
from documentation.locks import missing_locks
from documentation.management.base import Command as Base
from documentation.management.base import Refused, one_line
from documentation.models import AuditEvent
from documentation.services.anchors import begin_anew, first_lost
from documentation.services.audit import first_break


class Command(Base):
    help = "Check the chain of audit events and its anchors, and hash signed notes, stored files and packets again."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--new-anchor-file", action="store_true", help="first say in the trail that AUDIT_ANCHOR is a new file"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_anchor_file"]:
            begin_anew(at=timezone.now())
        broken = sorted(filter(None, (first_break(), first_lost())), key=lambda b: b.seq or 0)
        found = [b.sentence for b in broken]
        if missing := missing_locks(connection):
            found.append(f"The database has lost {len(missing)} of its locks, such as {missing[0]}. Run migrate.")
        found += damages()
        events = AuditEvent.objects.count()
        if self.as_json or not found:
            first_bad = next((b.seq for b in broken if b.seq), None)
            self.tell(
                {"events": events, "first_bad": first_bad}, f"{events:,} events, all in their chain; all files whole."
            )
        if found:
            raise Refused(one_line(*found[:5], *([f"And {len(found) - 5} more."] if len(found) > 5 else [])))
