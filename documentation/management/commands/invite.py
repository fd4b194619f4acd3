"""Invite somebody at the machine: the first administrator, or another one where none can log in any more."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.urls import reverse
from django.utils import timezone

from documentation.kernel.permissions import Role
from documentation.management.base import Command as Base
from documentation.services.accounts import invite


class Command(Base):
    help = "Make an account and print the link, good once and for two days, by which its owner chooses a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=list(Role), default=Role.ADMINISTRATOR.value)
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        values = {name: options[name] for name in ("username", "first_name", "last_name")}
        user, token = invite({**values, "role": str(options["role"])}, by=None, at=timezone.now())
        url = f"{settings.PUBLIC_URL}{reverse('invitation')}#{token}"
        data = {"username": user.username, "role": user.role, "link": url}
        self.tell(data, f"{user.username} chooses a password at this address, once, within two days:\n{url}")
