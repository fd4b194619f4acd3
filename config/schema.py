"""Whether the database is as this version needs it."""

from django.conf import settings
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from documentation.locks import missing_locks

BEHIND = "The database is behind this version; run manage.py migrate as its owner first."
AWAY = "The database cannot be reached; see that it runs and that DATABASE_URL is right."


def is_behind() -> bool:
    migrations = MigrationExecutor(connection)
    return bool(migrations.migration_plan(migrations.loader.graph.leaf_nodes()))


def is_away() -> bool:
    try:
        connection.ensure_connection()
    except OperationalError:
        return True
    return False


def without_locks() -> str:
    """A sentence where triggers that keep signed and sealed rows as they are do not stand; nothing when all do."""
    missing = missing_locks(connection)
    if not missing:
        return ""
    return (
        f"The database lacks {len(missing)} of the locks that keep signed and sealed rows as they are, such as"
        f" {missing[0]}. Run manage.py migrate as the owner of the tables, then manage.py verify_audit."
    )


def reason_not_to_serve() -> list[str]:
    """A sentence where production would meet tables that it does not know, or no locks on them.

    Elsewhere `manage.py serve` migrates.
    """
    if not settings.PRODUCTION:
        return []
    try:
        return list(filter(None, [BEHIND if is_behind() else without_locks()]))
    except OperationalError:
        return [AWAY]
    finally:
        connection.close()
