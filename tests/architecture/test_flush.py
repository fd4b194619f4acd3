"""Tests may empty the append-only tables between them, and find the locks standing again afterwards."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection

from documentation.locks import all_locks, standing_locks
from documentation.models import AuditEvent
from tests import factories
from tests.migrated import FIRST_CLAIM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("turn", [1, 2])
def test_the_audit_trail_is_empty_and_locked_in_every_test(turn: int) -> None:
    assert {lock.name for lock in all_locks()} <= standing_locks(connection)
    assert not AuditEvent.objects.exists()
    AuditEvent.objects.create(seq=turn, at=datetime(2026, 3, 2, tzinfo=UTC), action="tried", hash="0" * 64)
    with pytest.raises(DatabaseError):
        AuditEvent.objects.all().delete()
    assert AuditEvent.objects.count() == 1


def test_a_claims_number_is_asked_for_and_never_taken_for_granted() -> None:
    assert factories.claim_at().pk >= FIRST_CLAIM > 1
