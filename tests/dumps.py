"""The whole database as it is, to be compared with what it was before."""

from __future__ import annotations

from typing import Any

from django.db import connection

BESIDES = frozenset(
    {
        "documentation_auditevent",
        "django_session",
        "usersessions_usersession",
        "documentation_actionkey",
        "documentation_presence",
        "cache",
    }
)
"""What any request may write: what was asked, by which session, who has a page open, and that a form's key was used."""


def dump() -> dict[str, tuple[Any, ...]]:
    """Every row of every table besides those, as the database holds it."""
    found = {}
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = tuple(sorted(map(repr, cursor.fetchall())))
    return found


def counts() -> dict[str, int]:
    """How many rows each of those tables has."""
    each = " UNION ALL ".join(f"SELECT '{table}', COUNT(*) FROM \"{table}\"" for table in _tables())
    with connection.cursor() as cursor:
        cursor.execute(each)
        return dict(cursor.fetchall())


def _tables() -> list[str]:
    return sorted(set(connection.introspection.table_names()) - BESIDES)


def difference(before: dict[str, tuple[Any, ...]], after: dict[str, tuple[Any, ...]]) -> list[str]:
    """A line for each table that is not what it was, with the rows that went and those that came."""
    found = []
    for table, rows in after.items():
        was = before.get(table, ())
        if rows != was:
            found.append(f"{table}: went {sorted(set(was) - set(rows))}, came {sorted(set(rows) - set(was))}")
    return found
