"""Questions that are asked again: each time what is true now, and PostgreSQL is told once."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from django.db import DataError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from documentation.models import Location, statements
from documentation.models.statements import first_row
from documentation.models.together import Prepared, together
from tests import factories as f

pytestmark = pytest.mark.django_db

ON_POSTGRESQL = connection.vendor == "postgresql"
"""Where questions that are asked again are prepared; SQLite is asked as ever and says the same."""


@pytest.fixture(autouse=True)
def _begins_anew(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this connection was asked before; short questions count as long."""
    monkeypatch.setattr(statements, "SHORT", 0)
    connection.ensure_connection()
    if ON_POSTGRESQL:
        statements._of.pop(connection.connection, None)
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")


def prepared() -> int:
    """How many statements are prepared on this connection."""
    if not ON_POSTGRESQL:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


def asked_by(question: str, *values: Any) -> tuple[tuple[Any, ...], str]:
    """What came, and what was sent for it: one query."""
    with CaptureQueriesContext(connection) as sent:
        came = first_row(question, values)
    (one,) = sent.captured_queries
    return came, one["sql"]


def test_what_is_asked_again_is_prepared_and_says_the_same() -> None:
    question = "SELECT count(*), %s FROM documentation_location WHERE city <> %s AND name LIKE 'Ex%%'"
    f.location(name="Example One", city="Springfield")
    told = [asked_by(question, "a % and a 'quote'", "Nowhere") for _ in range(4)]
    assert [came for came, _ in told] == [(1, "a % and a 'quote'")] * 4
    again = ["PREPARE", "EXECUTE", "EXECUTE"] if ON_POSTGRESQL else ["SELECT"] * 3
    assert [sql.split()[0] for _, sql in told] == ["SELECT", *again]
    assert prepared() == ON_POSTGRESQL
    assert asked_by(question, "other", "Nowhere")[0] == (1, "other"), "other values are another question"
    assert prepared() == ON_POSTGRESQL


def test_what_is_prepared_sees_what_is_written_since() -> None:
    names = Prepared(lambda keys: {"names": Location.objects.order_by("name").values_list("name", flat=True)})
    assert names({})["names"] == []
    for name in ("A", "B", "C"):
        f.location(name=name)
        assert (
            names({})["names"]
            == together(names=Location.objects.order_by("name").values_list("name", flat=True))["names"]
        )
    Location.objects.filter(name="B").update(name="Z")
    assert names({})["names"] == ["A", "C", "Z"]


def test_no_more_are_kept_than_a_connection_may_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST", 3)
    monkeypatch.setattr(statements, "MOST_SEEN", 4)
    for more in range(3):
        for number in range(6):
            for _ in range(3):
                assert first_row("SELECT CAST(%s AS integer) + CAST(%s AS integer)", (number, more)) == (number + more,)
    assert prepared() == 3 * ON_POSTGRESQL


def test_what_fails_is_asked_again_as_if_it_had_not_been() -> None:
    f.location(name="7")
    question = "SELECT 12 / (CAST(name AS integer) - %s) FROM documentation_location"
    for _ in range(3):  # SQLite divides by nothing without a word.
        with pytest.raises(DataError) if ON_POSTGRESQL else nullcontext(), transaction.atomic():
            assert first_row(question, (7,)) == (None,)
    Location.objects.update(name="9")
    assert [first_row(question, (7,)) for _ in range(3)] == [(6,)] * 3
    assert prepared() == ON_POSTGRESQL, "what failed is not kept for ever"


def test_what_was_prepared_before_a_failure_is_prepared_again() -> None:
    f.location(name="7")
    others = [("SELECT CAST(%s AS integer)", (n,)) for n in range(3)]
    wrong = "SELECT CAST(CAST(%s AS varchar(9)) AS integer)" if ON_POSTGRESQL else "SELECT * FROM absent WHERE 1 = %s"
    for _ in range(2):
        assert [first_row(*one) for one in others * 2] == [(0,), (1,), (2,)] * 2
        with pytest.raises((DataError, OperationalError)), transaction.atomic():
            first_row(wrong, ("x",))
    assert [first_row(*one) for one in others * 2] == [(0,), (1,), (2,)] * 2
    assert prepared() == 3 * ON_POSTGRESQL


def test_no_two_connections_prepare_under_the_same_name() -> None:
    one, other = statements._Statements(), statements._Statements()
    names = set()
    for kept in (one, other):
        for question in ("SELECT 1", "SELECT 1", "SELECT 2", "SELECT 2"):
            kept.to_ask(question)
        names |= set(kept.names.values())
    assert len(names) == 4


def test_what_is_short_is_asked_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    question = "SELECT CAST(%s AS integer)"
    monkeypatch.setattr(statements, "SHORT", len(question))
    assert [first_row(question, (5,)) for _ in range(3)] == [(5,)] * 3
    assert prepared() == 0
    padded = f"{question} /* longer than that */"
    assert [first_row(padded, (5,)) for _ in range(3)] == [(5,)] * 3
    assert prepared() == ON_POSTGRESQL


def test_behind_a_pooler_nothing_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    told = [asked_by("SELECT CAST(%s AS integer)", 5) for _ in range(4)]
    assert {(came, sql.split()[0]) for came, sql in told} == {((5,), "SELECT")}
    assert prepared() == 0
