"""Set up the invented practice and fill it with work."""

from __future__ import annotations

from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandParser

from claims.models import Claim, RuleOffer
from claims.services.demo_work import MOST_COPIED, fill
from documentation.kernel.permissions import Role
from documentation.management.base import Command as Base
from documentation.management.base import add_at, moment
from documentation.models import User


class Command(Base):
    help = "Set up the invented practice in an empty database and fill it with work; run again, it keeps everything."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--claims",
            type=int,
            metavar="N",
            help=f"so many claims, up to {MOST_COPIED:,}: copies without their sealed texts, which verify_audit names",
        )
        parser.add_argument("--seed", type=int, default=0, metavar="S", help="another seed invents other routine cases")
        add_at(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        at = moment(options["at"])
        fill(seed=options["seed"], claims=options["claims"], at=at)
        if options["claims"] is None and not RuleOffer.objects.exists():
            # What the night before would have done: the manager's page says that its figures are true.
            call_command("nightly", at=at, stdout=StringIO())
        self._print()

    def _print(self) -> None:
        users: dict[str, str] = {}
        for user in User.objects.filter(is_active=True, role__in=list(Role)).order_by("pk"):
            users.setdefault(user.role, user.username)
        data = {
            "claims": Claim.objects.count(),
            "users": [{"username": name, "role": role} for role, name in users.items()],
        }
        logins = [f"  {role:<15} {name:<15} {settings.DEMO_PASSWORD}" for role, name in users.items()]
        self.tell(data, "\n".join([f"The demo practice stands, with {data['claims']} claims. Log in as", *logins]))
