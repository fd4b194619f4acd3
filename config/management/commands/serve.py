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
from django.urls import reverse
from django.utils import timezone

from config.people_checks import is_for_show
from config.schema import AWAY, BEHIND, is_away, is_behind, without_locks
from documentation.locks import install_locks, missing_locks
from documentation.services import first_run


class Command(BaseCommand):
    help = "Serve Ductus on HOST and PORT; with the demo profile an empty database gets the demo practice first."
    requires_system_checks = "__all__"

    def handle(self, *args: Any, **options: Any) -> None:
        from config import gunicorn, nightwatch

        host, _, port = gunicorn.bind.rpartition(":")
        refuse_a_busy_port(host, int(port))
        if is_away():
            raise CommandError(AWAY)
        bring_up_to_date()
        put_locks_up()
        refuse_without_locks()
        if settings.PRODUCTION and is_for_show():
            raise CommandError("This database holds the invented practice; give production a database of its own.")
        name = "localhost" if host in {"127.0.0.1", "0.0.0.0"} else host  # noqa: S104  passkeys need a name
        self.stdout.write(f"\nDuctus is at http://{name}:{port}   (stop with Ctrl+C)\n\n")
        for username, role in demo_logins():
            self.stdout.write(f"  {role:<15} {username:<15} {settings.DEMO_PASSWORD}")
        if link := first_link():
            self.stdout.write(
                f"Nobody has an account yet. The first administrator opens this, once, within two days:\n{link}\n"
            )
        self.stdout.flush()
        connections.close_all()
        nightwatch.start()
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
    refuse_a_newer_schema(MigrationExecutor(connection))
    if is_behind():
        if settings.PRODUCTION:
            raise CommandError(BEHIND)
        call_command("migrate", verbosity=0)
    if not settings.REDIS_URL and "cache" not in connection.introspection.table_names():
        call_command("createcachetable")
    if not settings.PRODUCTION and "demo" in get_commands() and not get_user_model().objects.exists():
        call_command("demo")


def refuse_a_newer_schema(migrations: MigrationExecutor) -> None:
    """What a newer version wrote is not understood here, and going back would lose it."""
    ours = {app for app, _ in migrations.loader.disk_migrations}
    applied = {node for node in migrations.loader.applied_migrations if node[0] in ours}
    if unknown := applied - set(migrations.loader.disk_migrations):
        raise CommandError(
            f"The database belongs to a newer version of Ductus (it has {'.'.join(max(unknown))}). Install that version"
            " or a later one; what stood before it was brought up to date is in its backup."
        )


def put_locks_up() -> None:
    """A database of a demo or a developer gets the locks that came with this version; no migration brings them."""
    if not settings.PRODUCTION and missing_locks(connection):
        install_locks(connection)


def refuse_without_locks() -> None:
    """Without its triggers a signed record could be changed by any mistake, so nothing is served."""
    if reason := without_locks():
        raise CommandError(reason)


def first_link() -> str:
    """Where the first administrator is made; empty once somebody has an account."""
    if not first_run.nobody_yet():
        return ""
    return f"{settings.PUBLIC_URL}{reverse('invitation')}#{first_run.make_link(at=timezone.now())}"


def demo_logins() -> list[tuple[str, str]]:
    """One user of each role who still has the demo password; nobody in production."""
    logins: dict[str, str] = {}
    if not settings.PRODUCTION:
        for user in get_user_model().objects.filter(is_active=True).order_by("pk"):
            if user.role not in logins and user.check_password(settings.DEMO_PASSWORD):
                logins[user.role] = user.get_username()
    return [(username, role) for role, username in logins.items()]
