"""The triggers that lock rows stand in the database: those that must, all of them, after every migrate."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

from documentation.locks import all_locks, drop_locks, install_locks, standing_locks
from documentation.models import Encounter, HeldUpload, PhoneLink, Presence


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
    }
    guarded = {lock.table for lock in all_locks() if lock.event == "DELETE"}
    assert parts <= guarded
