"""At whatever step the database or the disk says no, a verb has done nothing, and the next try does all of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, transaction

from claims.models import Remittance
from claims.services import posting
from claims.services.appeals import open_appeal
from documentation.services import signing
from documentation.services.audit import first_bad_event
from tests import factories as f
from tests.claims import papers
from tests.claims.checks import DENIED, answer, check, take
from tests.claims.services.test_posting import sent
from tests.dumps import counts, difference, dump
from tests.faults.points import Points

STRUCK = 6
"""So many steps of each verb are struck, spread over all of them."""
Verb = Callable[[], Any]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    papers.plain_packets(monkeypatch)


def planning_a_visit() -> Verb:
    person, treating, place = f.patient(), f.clinician(), f.location()
    return lambda: f.planned_visit(person=person, treating=treating, at_location=place)


def signing_a_record() -> Verb:
    draft = f.drafted()
    return lambda: signing.sign(draft, by=draft.clinician.user, at=f.AT)


def sealing() -> Verb:
    by = f.user()
    claim = f.claim_at(preparation="ready", by=by)
    return lambda: f.sealed_packet(claim=claim, by=by)


def sending() -> Verb:
    by = f.user()
    claim = f.sealed_packet(by=by).claim
    return lambda: f.submission(claim=claim, by=by)


def taking_a_check_in() -> Verb:
    by, claims = f.user(), [sent() for _ in range(3)]
    return lambda: take(check(*(answer(c, DENIED) for c in claims)), by=by, at=f.AT)


def posting_it() -> Verb:
    by = f.user()
    take(check(*(answer(sent(), DENIED) for _ in range(3))), by=by, at=f.AT)
    row = Remittance.objects.get()
    return lambda: posting.post(row, by=by, at=f.AT)


def appealing() -> Verb:
    by = f.user()
    denied = f.denial(claim=f.submission(by=by).claim, by=by)
    return lambda: open_appeal(denied, by=by, at=f.AT)


def said_no() -> None:
    raise OperationalError("the disk is full, or the database is away")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "prepared",
    [
        planning_a_visit,
        signing_a_record,
        sealing,
        sending,
        taking_a_check_in,
        posting_it,
        appealing,
    ],
)
def test_what_is_struck_at_any_step_is_done_or_has_changed_nothing(prepared: Callable[[], Verb]) -> None:
    """Done is what is struck behind its last change, such as when it is read again."""
    verb = prepared()
    before, undone = dump(), 0
    with transaction.atomic(), Points(0) as whole:
        verb()
        all_of_it = counts()
        transaction.set_rollback(True)
    for number in range(STRUCK):
        step = 1 + number * (whole.passed - 1) // (STRUCK - 1)
        with transaction.atomic():
            with Points(step, said_no), suppress(OperationalError):
                verb()
            is_undone = difference(before, dump()) == []
            undone += is_undone
            assert is_undone or counts() == all_of_it, f"struck at {step} of {whole.passed} it is half done"
            transaction.set_rollback(True)
    assert undone >= STRUCK // 2
    verb()
    assert counts() == all_of_it
    assert first_bad_event() is None
