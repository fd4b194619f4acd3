"""Figures are kept by several at once, and counted anew beside them: nothing is lost, and nothing counted twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from claims.models import Claim, ClaimFigures, FiguresCheck, FiguresSum
from claims.services import figures, recount
from claims.services.recount import differences, rebuild
from claims.services.submissions import reject
from tests import factories as f
from tests.claims import answered
from tests.claims.services.test_posting_beside_others import NO_WAITING, Beside, waits_for_another

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def claims() -> list[Claim]:
    rows = [answered.claim(f.SERVICE_DATE, transport="sent") for _ in range(3)]
    for row in rows:
        answered.sent(row, f.SERVICE_DATE + timedelta(days=1))
    return rows


def stop_in(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, at_call: int) -> tuple[Any, Any]:
    """Let a function wait before it begins, at one of its calls. Events: it is reached; it may go on."""
    reached, go_on, real = threading.Event(), threading.Event(), getattr(module, name)
    calls = iter(range(1, 100))

    def waits(*args: Any, **known: Any) -> Any:
        if next(calls) == at_call:
            reached.set()
            assert go_on.wait(60)
        return real(*args, **known)

    monkeypatch.setattr(module, name, waits)
    return reached, go_on


def side_by_side(first: Callable[[], Any], second: Callable[[], Any], reached: Any, go_on: Any) -> None:
    """`second` begins while `first` stands still in its middle, and both are through."""
    if NO_WAITING:
        go_on.set()
        first()
        second()
        return
    both = Beside()
    one = both.start(first)
    assert reached.wait(60)
    other = both.start(second)
    waits_for_another(other)
    go_on.set()
    for thread in (one, other):
        thread.join(60)
        assert not thread.is_alive()
    assert both.failures == []


def wrong(claims: list[Claim]) -> None:
    """A difference that calls for a rebuild, in figures and sums."""
    ClaimFigures.objects.filter(claim=claims[1]).update(sendings=7)
    FiguresSum.objects.filter(pk=FiguresSum.objects.earliest("pk").pk).update(sent=7)


def test_a_claim_that_changes_beside_a_rebuild_counts_once(
    claims: list[Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rebuild has taken away what was kept, and counts; then somebody writes the figures of a claim."""
    wrong(claims)
    reached, go_on = stop_in(monkeypatch, recount, "recount", at_call=2)
    side_by_side(rebuild, lambda: figures.refresh(claims[1]), reached, go_on)
    assert differences() == (3, 0)


def test_a_claim_that_leaves_the_figures_beside_a_rebuild_is_gone(
    claims: list[Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong(claims)
    reached, go_on = stop_in(monkeypatch, recount, "recount", at_call=2)
    side_by_side(rebuild, lambda: figures.remove([claims[1].pk]), reached, go_on)
    figures.refresh(claims[1])
    assert differences() == (3, 0)


@pytest.mark.parametrize("name", ["kept", "figures_of", "add"])
def test_a_rebuild_beside_a_claim_that_changes_waits_for_it(
    claims: list[Claim], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Wherever somebody stands who writes the figures of a claim."""
    wrong(claims)
    reached, go_on = stop_in(monkeypatch, figures, name, at_call=1)
    side_by_side(lambda: figures.refresh(claims[1]), rebuild, reached, go_on)
    assert differences() == (3, 0)


def test_a_rebuild_beside_sums_that_are_put_together(claims: list[Claim], monkeypatch: pytest.MonkeyPatch) -> None:
    wrong(claims)
    reached, go_on = stop_in(monkeypatch, figures, "insert", at_call=1)
    side_by_side(figures.fold, rebuild, reached, go_on)
    assert differences() == (3, 0)


def test_a_claim_that_is_started_beside_a_rebuild_counts_once(
    claims: list[Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not held, as nobody sees it yet."""
    wrong(claims)
    reached, go_on = stop_in(monkeypatch, recount, "recount", at_call=2)

    def start() -> None:
        with transaction.atomic():
            answered.claim(f.SERVICE_DATE)

    side_by_side(rebuild, start, reached, go_on)
    assert differences() == (4, 0)


def test_what_changes_beside_a_check_is_no_difference(claims: list[Claim], monkeypatch: pytest.MonkeyPatch) -> None:
    """The check has read what is kept, and counts; meanwhile a claim comes back, which its figures tell at once."""
    reached, go_on = stop_in(monkeypatch, recount, "recount", at_call=1)
    manager = f.user(role="manager")

    def comes_back() -> None:
        reject(claims[1], "No member of that number.", by=manager, at=f.AT)
        go_on.set()

    side_by_side(lambda: recount.keep_check(at=f.AT), comes_back, reached, go_on)
    check = FiguresCheck.objects.get()
    assert (check.claims, check.differences, check.months) == (3, 0, 0)
    assert ClaimFigures.objects.get(claim=claims[1]).rejections == 1
    assert differences() == (3, 0)


def test_two_rebuilds_and_two_who_write_at_once(claims: list[Claim]) -> None:
    rounds = 3 if NO_WAITING else 12

    def write(claim: Claim) -> None:
        for _ in range(rounds):
            figures.refresh(claim)

    def count() -> None:
        for _ in range(rounds):
            ClaimFigures.objects.filter(claim=claims[1]).update(sendings=7)
            rebuild()

    verbs = [count, count, lambda: write(claims[1]), lambda: write(claims[2])]
    both = Beside()
    if NO_WAITING:
        for verb in verbs:
            verb()
    else:
        for thread in [both.start(verb) for verb in verbs]:
            thread.join(120)
            assert not thread.is_alive()
    assert both.failures == []
    assert rebuild()[0] == 3
    assert differences() == (3, 0)
