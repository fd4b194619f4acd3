"""Triggers that keep signed records, sealed packets and the audit trail as they are, on SQLite and PostgreSQL.

They stand below every path: the ORM, bulk operations, the admin, commands and raw SQL all meet them. They are
put in place after every migrate, because SQLite loses the triggers of a table that a later migration rebuilds.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

SIGNED = "('signed', 'superseded')"


@dataclass(frozen=True)
class Lock:
    """One trigger: `when` is the condition under which `event` on `table` is refused with `message`."""

    table: str
    event: str
    """INSERT, UPDATE or DELETE"""
    when: str
    message: str

    @property
    def name(self) -> str:
        return f"lock_{self.table}_{self.event.lower()}"

    def names(self, vendor: str) -> tuple[str, ...]:
        """Names of the triggers that stand for it. What may not be removed has one more.

        On PostgreSQL it is against TRUNCATE, on SQLite against INSERT OR REPLACE, which takes the old row out unseen
        unless `recursive_triggers` is on.
        """
        if self.event != "DELETE":
            return (self.name,)
        return (self.name, f"lock_{self.table}_{'truncate' if vendor == 'postgresql' else 'replace'}")


def append_only(table: str, what: str) -> tuple[Lock, ...]:
    """Rows may be added, never changed or removed."""
    return tuple(Lock(table, event, "1 = 1", f"{what} cannot be changed or removed.") for event in ("UPDATE", "DELETE"))


def part_of_encounter(table: str) -> tuple[Lock, ...]:
    """Rows of an encounter's record: once it is signed, none is added, changed or removed."""
    message = "This record is signed and locked. Write an addendum instead."

    def signed(row: str) -> str:
        parent = f"documentation_encounter e WHERE e.id = {row}.encounter_id AND e.status IN {SIGNED}"
        return f"EXISTS (SELECT 1 FROM {parent})"  # noqa: S608 - names of our own tables

    return (
        Lock(table, "INSERT", signed("NEW"), message),
        Lock(table, "UPDATE", f"{signed('OLD')} OR {signed('NEW')}", message),
        Lock(table, "DELETE", signed("OLD"), message),
    )


def unchanged_but(model: Any, *free: str) -> str:
    """The condition that an update touches no column besides the free ones."""
    columns = [f.column for f in model._meta.concrete_fields if f.column not in free]
    return " AND ".join(f'NEW."{c}" IS NOT DISTINCT FROM OLD."{c}"' for c in columns)


def _led_over(model: Any) -> str:
    """The condition that nothing changes of a row but whose it is, where a merge names it, or back where that merge was
    taken back; what it says stays.
    """
    named = (
        "EXISTS (SELECT 1 FROM documentation_movedrow w JOIN documentation_merge m ON m.id = w.merge_id"  # noqa: S608 - names of ours
        f" WHERE w.\"table\" = '{model._meta.label_lower}' AND w.key = OLD.id AND"
        " ((m.undone_at IS NULL AND m.gone_id = OLD.patient_id AND m.kept_id = NEW.patient_id)"
        " OR (m.undone_at IS NOT NULL AND m.kept_id = OLD.patient_id AND m.gone_id = NEW.patient_id)))"
    )
    return f"({unchanged_but(model, 'patient_id')} AND {named})"


def _merge_locks() -> tuple[Lock, ...]:
    from documentation.models import Merge

    taken_back = (
        f"OLD.undone_at IS NULL AND NEW.undone_at IS NOT NULL AND {unchanged_but(Merge, 'undone_at', 'undone_by_id')}"
    )
    message = "A merge is only taken back, never changed or removed."
    return (
        Lock("documentation_merge", "UPDATE", f"NOT ({taken_back})", message),
        Lock("documentation_merge", "DELETE", "1 = 1", message),
        *append_only("documentation_movedrow", "What a merge moved"),
        *append_only("documentation_notsame", "That two patients are two people"),
    )


def _encounter_locks() -> tuple[Lock, ...]:
    from documentation.models import Encounter

    message = "This record is signed and locked. Write an addendum instead."
    kept = unchanged_but(Encounter, "status", "revision")
    # A record leaves its force only for a signed one that replaces it: at every moment one version counts.
    replaced = "EXISTS (SELECT 1 FROM documentation_encounter n WHERE n.previous_id = OLD.id AND n.status = 'signed')"
    superseded = f"(OLD.status = 'signed' AND NEW.status = 'superseded' AND {kept} AND {replaced})"
    merged = _led_over(Encounter)
    return (
        Lock(
            "documentation_encounter", "UPDATE", f"OLD.status IN {SIGNED} AND NOT ({superseded} OR {merged})", message
        ),
        Lock("documentation_encounter", "DELETE", f"OLD.status IN {SIGNED}", message),
    )


def _amendment_locks() -> tuple[Lock, ...]:
    from documentation.models import AmendmentRequest

    message = "What a patient asked to have amended stays as it was taken in."
    moved = unchanged_but(AmendmentRequest, "status", "revision")
    return (
        Lock("documentation_amendmentrequest", "UPDATE", f"NOT ({moved} OR {_led_over(AmendmentRequest)})", message),
        Lock("documentation_amendmentrequest", "DELETE", "1 = 1", message),
        *append_only("documentation_amendmentstep", "What was said about a request to amend"),
        *append_only("documentation_amendmenttime", "A time to answer that was written down"),
    )


def _retention_locks() -> tuple[Lock, ...]:
    from documentation.models import KeptLonger, LegalHold

    released = (
        "OLD.released_at IS NULL AND NEW.released_at IS NOT NULL"
        f" AND {unchanged_but(LegalHold, 'released_at', 'released_by_id', 'release_reason')}"
    )
    table, longer = "documentation_legalhold", "A decision to keep longer is only ever added."
    return (
        *append_only("documentation_retentionperiod", "A period that was written down"),
        Lock(table, "UPDATE", f"NOT ({released} OR {_led_over(LegalHold)})", "A legal hold is only released."),
        Lock(table, "DELETE", "1 = 1", "A legal hold is only released, never removed."),
        Lock("documentation_keptlonger", "UPDATE", f"NOT {_led_over(KeptLonger)}", longer),
        Lock("documentation_keptlonger", "DELETE", "1 = 1", longer),
    )


def _only_for(table: str, status: str, message: str) -> Lock:
    """A row joins only an encounter in this state."""
    encounter = f"documentation_encounter e WHERE e.id = NEW.encounter_id AND e.status = '{status}'"
    return Lock(table, "INSERT", f"NOT EXISTS (SELECT 1 FROM {encounter})", message)  # noqa: S608 - our own tables


def _stored_file_locks() -> tuple[Lock, ...]:
    # The sweep deletes what nothing points to; INSERT OR REPLACE must not use that door.
    known = "EXISTS (SELECT 1 FROM documentation_storedfile s WHERE s.id = NEW.id OR s.sha256 = NEW.sha256)"
    message = "A stored file cannot be changed."
    return (
        Lock("documentation_storedfile", "INSERT", known, message),
        Lock("documentation_storedfile", "UPDATE", "1 = 1", message),
    )


_PARTS = (
    "justification",
    "priorcare",
    "priorimaging",
    "procedure",
    "glandexamined",
    "finding",
    "intervention",
    "interpretation",
    "planofcare",
    "otherprocedure",
    "encounterimage",
    "annotation",
)


def record_tables() -> tuple[str, ...]:
    """The tables that hold what a record says, besides the encounter itself."""
    return tuple(f"documentation_{part}" for part in _PARTS)


_registered: list[Lock] = []


def register(*locks: Lock) -> None:
    """Add the locks of another app to those that are kept in place."""
    _registered.extend(lock for lock in locks if lock not in _registered)


def all_locks() -> tuple[Lock, ...]:
    """Every lock that must stand in the database."""
    parts = tuple(lock for part in _PARTS for lock in part_of_encounter(f"documentation_{part}"))
    return (
        *_encounter_locks(),
        *parts,
        *append_only("documentation_signature", "A signature"),
        *append_only("documentation_addendum", "An addendum"),
        _only_for("documentation_signature", "draft", "Only a draft is signed."),
        _only_for("documentation_addendum", "signed", "Only the signed version that counts takes an addendum."),
        *append_only("documentation_auditevent", "The audit trail"),
        *_stored_file_locks(),
        *_amendment_locks(),
        *_retention_locks(),
        *_merge_locks(),
        *_registered,
    )


def drop_locks(connection: Any, only: Collection[str] | None = None) -> None:
    """Take the triggers away: while migrations run, and to empty test databases. `only` names tables; None is all."""
    with connection.cursor() as cursor:
        tables = _tables(connection, cursor) if only is None else only
        for lock in all_locks():
            if lock.table in tables:
                _drop(cursor, connection.vendor, lock)


def install_locks(connection: Any, only: Collection[str] | None = None) -> None:
    """Put every trigger in place whose table exists, or is among `only`; one that stands already is renewed."""
    with connection.cursor() as cursor:
        tables = _tables(connection, cursor) if only is None else only
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        for lock in all_locks():
            if lock.table in tables:
                _drop(cursor, connection.vendor, lock)
                for statement in _statements(connection.vendor, lock):
                    cursor.execute(statement)


def _tables(connection: Any, cursor: Any) -> Collection[str]:
    return set(connection.introspection.table_names(cursor))


def standing_locks(connection: Any) -> set[str]:
    """Names of our triggers that the database has now."""
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'lock_%'",
        # One that is disabled stands in name only.
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'lock_%'"
        " AND tgenabled <> 'D'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()}


def missing_locks(connection: Any) -> list[str]:
    """Names of the triggers that must stand on the tables of the database and do not, in their order."""
    with connection.cursor() as cursor:
        tables = _tables(connection, cursor)
    names = {name for lock in all_locks() if lock.table in tables for name in lock.names(connection.vendor)}
    return sorted(names - standing_locks(connection))


def lift_before_migrate(sender: Any, using: str, plan: list[Any], **kwargs: Any) -> None:
    """Take the triggers away while migrations run: SQLite rebuilds tables, and triggers on them would stop that."""
    from django.db import connections

    if plan:
        drop_locks(connections[using])


def install_after_migrate(sender: Any, using: str, **kwargs: Any) -> None:
    from django.db import connections, transaction

    # In one step: no table stands without its lock for a moment, and PostgreSQL writes its log once.
    with transaction.atomic(using=using):
        install_locks(connections[using])
    if missing := missing_locks(connections[using]):
        raise RuntimeError(f"The locks of the database are not all in place: {', '.join(missing)} is missing.")


_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END
$$ LANGUAGE plpgsql
"""


def _drop(cursor: Any, vendor: str, lock: Lock) -> None:
    on_table = f' ON "{lock.table}"' if vendor == "postgresql" else ""
    for name in lock.names(vendor):
        cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on_table}')


def _statements(vendor: str, lock: Lock) -> list[str]:
    message = lock.message.replace("'", "''")
    if vendor == "sqlite":
        when = lock.when.replace("IS NOT DISTINCT FROM", "IS")
        triggers = {lock.name: (lock.event, when)}
        if lock.event == "DELETE":
            triggers[f"lock_{lock.table}_replace"] = ("INSERT", _replaces(lock.table, when))
        return [
            f'CREATE TRIGGER "{name}" BEFORE {event} ON "{lock.table}" FOR EACH ROW '
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            for name, (event, condition) in triggers.items()
        ]
    return _postgres_statements(lock, message)


def _replaces(table: str, when: str) -> str:
    """The condition that a new row has the key of one that may not be removed, or another value that is given once."""
    from django.apps import apps
    from django.db import connection
    from django.db.models import UniqueConstraint

    model = next(m for m in apps.get_models() if m._meta.db_table == table)
    meta = model._meta
    once: list[tuple[Any, ...]] = [(f.column,) for f in meta.concrete_fields if f.unique]
    column_of = {f.name: f.column for f in meta.concrete_fields}
    once += [tuple(column_of[name] for name in constraint.fields) for constraint in meta.total_unique_constraints]
    same = [" AND ".join(f'held."{c}" = NEW."{c}"' for c in columns) for columns in once]
    for constraint in meta.constraints:
        if isinstance(constraint, UniqueConstraint) and constraint.condition is not None:
            condition = constraint._get_condition_sql(model, connection.schema_editor())  # type: ignore[attr-defined]
            both = [re.sub(r'"(\w+)"', rf'{row}."\1"', condition) for row in ("held", "NEW")]
            same.append(
                " AND ".join([*(f'held."{column_of[n]}" = NEW."{column_of[n]}"' for n in constraint.fields), *both])
            )
    among = " OR ".join(f"({one})" for one in same)
    kept = when.replace("OLD.", "held.")
    return f'EXISTS (SELECT 1 FROM "{table}" held WHERE ({among}) AND ({kept}))'  # noqa: S608 - names of our own tables


def _postgres_statements(lock: Lock, message: str) -> list[str]:
    # A WHEN clause may not hold a subquery on PostgreSQL, so the condition moves into a function of its own.
    function = f"{lock.name}_check"
    result = "OLD" if lock.event == "DELETE" else "NEW"
    statements = [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger AS $$ BEGIN IF {lock.when} THEN "
        f"RAISE EXCEPTION '{message.replace('%', '%%')}' USING ERRCODE = 'restrict_violation'; "
        f"END IF; RETURN {result}; END $$ LANGUAGE plpgsql",
        f'CREATE TRIGGER "{lock.name}" BEFORE {lock.event} ON "{lock.table}" '
        f"FOR EACH ROW EXECUTE FUNCTION {function}()",
    ]
    if lock.event == "DELETE":
        statements.append(
            f'CREATE TRIGGER "lock_{lock.table}_truncate" BEFORE TRUNCATE ON "{lock.table}" '
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{message}')"
        )
    return statements
