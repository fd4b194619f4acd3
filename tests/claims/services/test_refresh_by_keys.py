"""Counting one claim again looks at that claim: SQLite, which knows nothing of how many rows there are, begins with its
keys and not with all rows that are in some state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection

from claims.models import Claim, Denial
from claims.services.figures import refresh
from tests.claims import answered as a

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 5)
BY_STATE = re.compile(r" INDEX (figures|queued|\w+_by_(status|state|due_date))")
"""Indexes that begin with a state, a queue or a day."""


def plans(claim: Claim) -> Iterator[tuple[str, str]]:
    """The steps of SQLite for each question that is asked when a claim is counted."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        refresh(claim)
    for sql, params in asked:
        if sql.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                yield from ((step, sql) for *_, step in cursor.fetchall())


@pytest.fixture
def denial() -> Denial:
    claim = a.claim(DAY, transport="sent")
    a.sent(claim, DAY)
    return a.denial(a.answer(claim, DAY, "denied", denied="850.00"), "images", "850.00")


def test_no_question_begins_with_all_rows_of_a_state(denial: Denial) -> None:
    found = list(plans(denial.claim))
    assert len(found) > 100
    assert [step for step, _ in found if BY_STATE.search(step)] == []
