"""The triggers that lock rows stand in the database: those that must, all of them, after every migrate."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from config.management.commands import serve
from config.schema import without_locks
from documentation.locks import all_locks, drop_locks, install_locks, missing_locks, standing_locks
from documentation.models import AuditEvent, Encounter, HeldUpload, PhoneLink, Presence, Signature
from tests import factories as f
from tests.architecture.roads import Sealed, by_replacing, everything


def wanted() -> set[str]:
    return {name for lock in all_locks() for name in lock.names(connection.vendor)}


@pytest.mark.django_db
def test_the_triggers_in_the_database_are_those_that_must_stand() -> None:
    assert standing_locks(connection) == wanted()
    names = [lock.name for lock in all_locks()]
    assert len(set(names)) == len(names)


@pytest.mark.django_db
def test_a_trigger_that_is_missing_is_seen() -> None:
    """The comparison above can fail."""
    lock = next(lock for lock in all_locks() if lock.table == "documentation_finding")
    on_table = f' ON "{lock.table}"' if connection.vendor == "postgresql" else ""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f'DROP TRIGGER "{lock.name}"{on_table}')
        assert standing_locks(connection) != wanted()
        transaction.set_rollback(True)
    assert standing_locks(connection) == wanted()


@pytest.mark.django_db(transaction=True)
def test_every_migrate_puts_them_back() -> None:
    drop_locks(connection)
    assert standing_locks(connection) == set()
    call_command("migrate", verbosity=0)
    assert standing_locks(connection) == wanted()


@pytest.mark.django_db(transaction=True)
def test_migrations_that_rebuild_tables_run_with_the_locks_standing_before_and_after() -> None:
    assert standing_locks(connection) == wanted()
    call_command("migrate", "documentation", "0001", verbosity=0)
    call_command("migrate", verbosity=0)
    assert standing_locks(connection) == wanted()


@pytest.mark.django_db
def test_installing_again_changes_nothing() -> None:
    install_locks(connection)
    install_locks(connection)
    assert standing_locks(connection) == wanted()


def test_every_part_of_a_record_has_its_locks() -> None:
    """A table that is added to the record later must be added to the locks, too."""
    # Whatever points to an encounter, or to something that does, however far away.
    reached: set[Any] = {Encounter}
    models = list(apps.get_app_config("documentation").get_models())
    while more := {m for m in models if any(f.related_model in reached for f in m._meta.concrete_fields)} - reached:
        reached |= more
    # Who has a page open, what waits for an answer, and which phone may add pictures, are no part of the record.
    parts = {m._meta.db_table for m in reached - {Encounter, Presence, HeldUpload, PhoneLink}}
    assert parts == {lock.table for lock in all_locks() if lock.table.startswith("documentation_")} - {
        "documentation_encounter",
        "documentation_auditevent",
        "documentation_storedfile",
        "documentation_merge",
        "documentation_movedrow",
        "documentation_notsame",
        "documentation_amendmenttime",
        "documentation_keptlonger",
        "documentation_legalhold",
        "documentation_retentionperiod",
    }
    guarded = {lock.table for lock in all_locks() if lock.event == "DELETE"}
    assert parts <= guarded


@pytest.mark.django_db
def test_what_stands_in_for_the_pragma_refuses_a_replacement_too() -> None:
    """`recursive_triggers` shows a REPLACE to the trigger on DELETE; without it there is one on INSERT.

    On PostgreSQL there is no REPLACE: there TRUNCATE takes that road.
    """
    signed = f.signed_encounter()
    sealed = [Sealed(AuditEvent, "action", "looked"), Sealed(Signature, "name", "Somebody")]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers=OFF")
    try:
        for one in sealed:
            before = everything(one.model)
            with pytest.raises(DatabaseError, match=r"cannot be changed|Only a draft"), transaction.atomic():
                by_replacing(one.row(), one)
            assert everything(one.model) == before
        assert signed.signature.name != "Somebody"
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA recursive_triggers=ON")


@pytest.mark.django_db
def test_a_new_row_with_a_number_that_was_given_replaces_nothing() -> None:
    """Another key and the number of an event that is there: REPLACE would take that one out."""
    f.planned_visit()
    first = AuditEvent.objects.earliest("seq")
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    names = "seq, at, action, subject, detail, previous_hash, hash"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"{verb} INTO documentation_auditevent ({names}) SELECT seq, at, 'looked', '', '{{}}', previous_hash, hash"
            " FROM documentation_auditevent WHERE seq = %s",
            [first.seq],
        )
    assert AuditEvent.objects.get(seq=first.seq).pk == first.pk


@pytest.mark.django_db
def test_nothing_is_served_without_the_locks(settings: Any) -> None:
    serve.refuse_without_locks()
    settings.PRODUCTION = True
    with transaction.atomic():
        drop_locks(connection, ["documentation_signature"])
        serve.put_locks_up()
        with pytest.raises(CommandError, match=r"lacks \d+ of the locks .* such as lock_documentation_signature"):
            serve.refuse_without_locks()
        assert "lock_documentation_signature" in without_locks()
        transaction.set_rollback(True)
    assert missing_locks(connection) == []


@pytest.mark.django_db
def test_a_database_of_a_demo_gets_the_locks_that_it_lacks() -> None:
    drop_locks(connection, ["documentation_signature"])
    serve.put_locks_up()
    assert missing_locks(connection) == []
