"""Check that what was written down is still as it was written."""

from typing import Any

from claims.services.integrity import damages
from documentation.management.base import Command as Base
from documentation.management.base import Refused, one_line
from documentation.models import AuditEvent
from documentation.services.audit import first_bad_event


class Command(Base):
    help = "Check the chain of audit events, and hash signed notes, stored files and packets again."

    def handle(self, *args: Any, **options: Any) -> None:
        events, first_bad = AuditEvent.objects.count(), first_bad_event()
        found = list(damages())
        if self.as_json or not (first_bad or found):
            self.tell(
                {"events": events, "first_bad": first_bad}, f"{events:,} events, all in their chain; all files whole."
            )
        if first_bad:
            found.insert(0, f"The audit trail is broken at event {first_bad}: it is missing, changed or out of place.")
        if found:
            raise Refused(one_line(*found[:5], *([f"And {len(found) - 5} more."] if len(found) > 5 else [])))
