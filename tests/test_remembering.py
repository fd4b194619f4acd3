"""What is written again is what the verbs wrote; where anything differs, the verbs are walked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction

from claims.services import preparation
from documentation.kernel.permissions import Role
from documentation.models import Location, User
from documentation.services import signing
from tests import factories, remembering

pytestmark = pytest.mark.django_db


def rows() -> dict[str, list[dict[str, Any]]]:
    """All that the database holds of us."""
    ours = (m for m in apps.get_models() if m._meta.app_label in {"claims", "documentation"})
    return {m._meta.label: list(m._default_manager.order_by("pk").values()) for m in ours}


def taken_back(make: Callable[[], Any]) -> dict[str, list[dict[str, Any]]]:
    """What `make` writes; afterwards nothing of it is there, and numbers begin as they did."""
    began = remembering.numbers.last
    with transaction.atomic():
        make()
        found = rows()
        transaction.set_rollback(True)
    remembering.numbers.last = began
    remembering.follow_rows()
    return found


def changes(make: Callable[[], Any]) -> dict[str, int]:
    before = dict(remembering.counts)
    make()
    return {k: n - before[k] for k, n in remembering.counts.items() if n != before[k]}


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_memories", {})
    remembering._state.walks_always = False
    remembering.numbers.may_begin_anew = True
    factories.user(role=Role.ASSISTANT)


def ready() -> Any:
    return factories.claim_at(preparation="ready")


@pytest.mark.parametrize("make", [factories.drafted, factories.signed_encounter, ready, factories.sealed_packet])
def test_the_same_rows_stand_as_after_the_verbs(make: Callable[[], Any]) -> None:
    first, again = taken_back(make), []
    assert changes(lambda: again.append(taken_back(make))) == {"again": 1}
    assert again == [first]
    assert first["documentation.AuditEvent"]


def test_what_comes_back_is_the_row_and_may_be_gone_on_with() -> None:
    taken_back(ready)
    claim = ready()
    assert claim.preparation == "ready"
    claim.refresh_from_db()
    assert claim.preparation == "ready"
    packet = factories.sealed_packet(claim=claim)
    assert packet.claim_id == claim.pk


def test_the_locks_hold_beneath_what_was_written_again() -> None:
    taken_back(factories.signed_encounter)
    encounter = factories.signed_encounter()
    with pytest.raises(DatabaseError), transaction.atomic():
        type(encounter).objects.filter(pk=encounter.pk).update(end_time="23:00")


def test_a_row_that_came_before_walks_the_verbs() -> None:
    taken_back(ready)
    began = remembering.numbers.last
    other = factories.patient(by=User.objects.get(), chart_number="P-9999")
    remembering.numbers.last = began
    found: list[Any] = []
    assert changes(lambda: found.append(ready())) == {"differed": 1, "walked": 1}
    assert found[0].encounter.patient != other


def test_a_row_that_is_read_and_differs_walks_the_verbs() -> None:
    factories.location()
    taken_back(ready)
    Location.objects.update(phone="5555550199")
    assert changes(ready) == {"differed": 1, "walked": 1}
    assert Location.objects.get().phone == "5555550199"


def test_a_key_that_is_taken_takes_all_of_it_back_and_walks() -> None:
    began = remembering.numbers.last
    taken_back(factories.signed_encounter)
    factories.signed_encounter()
    remembering.numbers.last = began + 100
    assert changes(factories.signed_encounter) == {"walked": 1}
    assert len(rows()["documentation.Encounter"]) == 2


@pytest.mark.parametrize("target", [(signing, "sign"), (preparation, "mark_ready")])
def test_a_test_that_replaces_a_verb_walks_it(monkeypatch: pytest.MonkeyPatch, target: tuple[Any, str]) -> None:
    taken_back(ready)

    def breaks(*args: Any, **rest: Any) -> None:
        raise LookupError

    monkeypatch.setattr(*target, breaks)
    with pytest.raises(LookupError):
        ready()


def test_a_test_that_changes_a_setting_walks(settings: Any) -> None:
    taken_back(ready)
    settings.LANGUAGE_CODE = "en"
    assert changes(ready) == {}


@pytest.mark.parametrize("_", "ab")
def test_numbers_begin_anew_in_an_empty_database(_: str) -> None:
    assert remembering.numbers.last == 1, "the one user of this test"
