"""The audit trail: whole, and whoever touches a row is found."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from documentation.kernel.permissions import Role
from documentation.locks import drop_locks, install_locks
from documentation.models import AuditEvent
from documentation.services import audit
from tests import factories as f


def write(count: int = 5) -> None:
    by = f.user(role=Role.BILLER)
    person = f.patient()
    with transaction.atomic():
        for n in range(count):
            audit.record("tried", by=by, at=f.AT, subject=f"E{n:06d}", patient=person, section="visit", turn=n)


def tamper(statement: str, *values: object) -> None:
    """Change rows as somebody would who can open the database itself: without the locks."""
    drop_locks(connection)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            assert cursor.rowcount > 0
    finally:
        install_locks(connection)


@pytest.mark.django_db
def test_an_empty_chain_is_whole() -> None:
    assert audit.first_bad_event() is None


@pytest.mark.django_db
def test_a_chain_that_the_verbs_wrote_is_whole() -> None:
    f.signed_encounter()
    assert AuditEvent.objects.count() > 10
    assert audit.first_bad_event() is None
    events = list(AuditEvent.objects.all())
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert [e.previous_hash for e in events] == [audit.GENESIS, *(e.hash for e in events[:-1])]


@pytest.mark.django_db
def test_no_event_tells_clinical_values() -> None:
    """Names of fields and states stand in the trail; what was written in the record does not."""
    encounter = f.signed_encounter()
    said = " ".join(AuditEvent.objects.values_list("detail", flat=True))
    person = encounter.patient
    for value in (person.last_name, person.phone, encounter.justification.statement, "K11.8", "stenosis"):
        assert value not in said


COLUMNS = {
    "seq": 900,
    "at": f.AT + timedelta(microseconds=1),
    "by_id": None,
    "action": "looked",
    "subject": "E999999",
    "patient_id": None,
    "detail": json.dumps({"section": "plan", "turn": 0}),
    "previous_hash": "1" * 64,
    "hash": "1" * 64,
}


def test_every_column_is_tried() -> None:
    assert set(COLUMNS) | {"id"} == {field.column for field in AuditEvent._meta.concrete_fields}


@pytest.mark.django_db
@pytest.mark.parametrize("column", COLUMNS)
def test_a_change_in_any_column_of_any_row_is_found_at_its_place(column: str) -> None:
    write()
    for seq in (1, AuditEvent.objects.count() // 2, AuditEvent.objects.count()):
        with transaction.atomic():
            # A stranger's columns are empty already in events that name nobody: leave those to the others.
            row = AuditEvent.objects.get(seq=seq)
            if COLUMNS[column] is None and getattr(row, column) is None:
                continue
            tamper(f'UPDATE documentation_auditevent SET "{column}" = %s WHERE seq = %s', COLUMNS[column], seq)
            assert audit.first_bad_event() == seq
            transaction.set_rollback(True)
    assert audit.first_bad_event() is None


@pytest.mark.django_db
@pytest.mark.parametrize("detail", ["{ }", '{"section":"visit","section":"plan"}', "not json", ""])
def test_a_change_of_spelling_is_found_too(detail: str) -> None:
    write(1)
    seq = AuditEvent.objects.count()
    tamper("UPDATE documentation_auditevent SET detail = %s WHERE seq = %s", detail, seq)
    assert audit.first_bad_event() == seq


@pytest.mark.django_db
@pytest.mark.parametrize("seq", [1, 3])
def test_a_row_taken_out_is_found(seq: int) -> None:
    write()
    tamper("DELETE FROM documentation_auditevent WHERE seq = %s", seq)
    assert audit.first_bad_event() == seq


@pytest.mark.django_db
def test_two_rows_that_changed_places_are_found() -> None:
    write()
    tamper("UPDATE documentation_auditevent SET seq = 1000 WHERE seq = 2")
    tamper("UPDATE documentation_auditevent SET seq = 2 WHERE seq = 3")
    tamper("UPDATE documentation_auditevent SET seq = 3 WHERE seq = 1000")
    assert audit.first_bad_event() == 2


@pytest.mark.django_db
def test_a_row_slipped_in_is_found() -> None:
    write()
    AuditEvent.objects.create(seq=900, at=f.AT, action="tried", previous_hash="0" * 64, hash="0" * 64)
    assert audit.first_bad_event() == AuditEvent.objects.count()


@pytest.mark.django_db
def test_a_number_is_given_once() -> None:
    write(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.create(seq=1, at=f.AT, action="tried", previous_hash="0" * 64, hash="0" * 64)


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        audit.record("tried", by=None, at=f.AT)
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_goes_with_the_change_that_failed() -> None:
    with transaction.atomic():
        audit.record("tried", by=None, at=f.AT)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_give_one_unbroken_chain() -> None:
    writers, each, problems = 8, 5, []
    start = threading.Barrier(writers)

    def work(name: int) -> None:
        try:
            start.wait()
            for n in range(each):
                with transaction.atomic():
                    audit.record("tried", by=None, at=f.AT, subject=f"W{name}", turn=n)
        except Exception as e:
            problems.append(e)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert AuditEvent.objects.count() == writers * each
    assert audit.first_bad_event() is None
