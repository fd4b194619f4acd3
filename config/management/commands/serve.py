"""Serve Ductus: bring the database up to date, load the demo practice into an empty one, and open the door.

In production the tables belong to another role, so nothing is migrated here; what is missing stops the start.
"""

import os
import socket
import sys
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command, get_commands
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    help = "Serve Ductus on HOST and PORT; with the demo profile an empty database gets the demo practice first."
    requires_system_checks = "__all__"

    def handle(self, *args: Any, **options: Any) -> None:
        from config import gunicorn

        host, _, port = gunicorn.bind.rpartition(":")
        refuse_a_busy_port(host, int(port))
        bring_up_to_date()
        name = "localhost" if host in {"127.0.0.1", "0.0.0.0"} else host  # noqa: S104  passkeys need a name
        self.stdout.write(f"\nDuctus is at http://{name}:{port}   (stop with Ctrl+C)\n\n")
        for username, role in demo_logins():
            self.stdout.write(f"  {role:<15} {username:<15} {settings.DEMO_PASSWORD}")
        self.stdout.flush()
        connections.close_all()
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn"])  # noqa: S606


def refuse_a_busy_port(host: str, port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as problem:
            raise CommandError(
                f"Nothing can be served on {host}:{port} ({problem.strerror}). Is Ductus running there already? "
                "Another port: PORT=8001 make run."
            ) from problem


def bring_up_to_date() -> None:
    migrations = MigrationExecutor(connection)
    if migrations.migration_plan(migrations.loader.graph.leaf_nodes()):
        if settings.PRODUCTION:
            raise CommandError("The database is behind this version; run manage.py migrate as its owner first.")
        call_command("migrate", verbosity=0)
    if not settings.REDIS_URL and "cache" not in connection.introspection.table_names():
        call_command("createcachetable")
    if not settings.PRODUCTION and "demo" in get_commands() and not get_user_model().objects.exists():
        call_command("demo")


def demo_logins() -> list[tuple[str, str]]:
    """One user of each role who still has the demo password; nobody in production."""
    logins: dict[str, str] = {}
    if not settings.PRODUCTION:
        for user in get_user_model().objects.filter(is_active=True).order_by("pk"):
            if user.role not in logins and user.check_password(settings.DEMO_PASSWORD):
                logins[user.role] = user.get_username()
    return [(username, role) for role, username in logins.items()]
