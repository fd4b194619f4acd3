"""All open claims again after a change: nothing is left out, nothing is done twice, and what was sent stays."""

from __future__ import annotations

import io
import json
import multiprocessing
import multiprocessing.connection
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Claim, RecheckRun, SentBack
from claims.queries import rulebook
from claims.services import looking, rechecks, rules
from claims.services.looking import Looked, look_at, several
from claims.services.payers import record_fact
from claims.services.submissions import submit
from claims.workflow import Preparation
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.kernel.rule import Severity
from documentation.models import AuditEvent, User
from tests import factories as f

pytestmark = pytest.mark.django_db
WHY = "Example Dental Plan asks for prior authorization"


@pytest.fixture
def manager() -> User:
    return f.user(role=Role.MANAGER)


def ready(number: int, by: User) -> list[Claim]:
    """Ready claims of the same payer, each of another patient."""
    return [f.claim_at(preparation="ready", by=by) for _ in range(number)]


def now_asks_for_authorization(by: User) -> None:
    record_fact(
        f.payer(by=by),
        "prior_authorization",
        {"value": "required", "source": "Provider manual", "verified_on": f.SERVICE_DATE},
        by=by,
        at=f.AT,
    )


def to_the_end(run: RecheckRun, by: User, claims: int = 2) -> RecheckRun:
    while run.is_running:
        run = rechecks.go_on(run, by=by, at=f.AT, claims=claims)
    return run


def test_a_ready_claim_that_a_blocker_stands_against_now_goes_back_with_the_reason(manager: User) -> None:
    (claim,) = ready(1, manager)
    now_asks_for_authorization(manager)
    run = to_the_end(rechecks.begin(WHY, by=manager, at=f.AT), manager)
    claim.refresh_from_db()
    assert claim.preparation == Preparation.DRAFT
    (back,) = run.sent_back.all()
    assert back.claim == claim
    assert set(back.rules) == set(run.failed)
    told = AuditEvent.objects.get(action="claim.back_to_draft")
    assert json.loads(told.detail)["rule"] == ", ".join(back.rules)
    assert (run.total, run.checked, run.is_complete) == (1, 1, True)


def test_claims_that_pass_that_are_no_longer_ready_or_that_were_sent_stay_as_they_are(manager: User) -> None:
    passing = ready(1, manager)[0]
    run = to_the_end(rechecks.begin(WHY, by=manager, at=f.AT), manager)
    assert (run.stopped, run.asking, run.failed) == (0, 0, {})
    draft, sent = f.claim_at(by=manager), f.sealed_packet(by=manager).claim
    submit(
        sent,
        {"channel": "portal", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R-1"},
        by=manager,
        at=f.AT,
    )
    now_asks_for_authorization(manager)
    run = to_the_end(rechecks.begin(WHY, by=manager, at=f.AT), manager)
    assert run.stopped == 3, "what was sent is counted, too"
    assert [back.claim_id for back in run.sent_back.all()] == [passing.pk]
    before = {c.pk: c.revision for c in (draft, sent)}
    assert {c.pk: c.revision for c in Claim.objects.filter(pk__in=before)} == before


def test_a_run_begins_anew_where_the_rules_changed_meanwhile(manager: User) -> None:
    """Also where that happens while its last claims are looked at: no claim is left out of the new rule."""
    claims = ready(3, manager)
    condition = {"all": [{"property": "claim.code", "operator": "is", "value": "D0371"}]}
    run = rechecks.go_on(rechecks.begin(WHY, by=manager, at=f.AT), by=manager, at=f.AT, claims=2)
    assert (run.checked, run.begun_anew) == (2, 0)

    def adopting(keys: Sequence[int], at: datetime) -> list[Looked]:
        told = look_at(keys, at)
        rules.adopt_proposal(OWN | {"condition": condition}, "", day=f.TODAY, by=manager, at=f.AT)
        return told

    run = rechecks.go_on(run, by=manager, at=f.AT, claims=2, look=adopting)
    assert (run.is_running, run.position, run.checked, run.failed, run.begun_anew) == (True, 0, 0, {}, 1)
    run = to_the_end(run, manager)
    assert (run.checked, run.begun_anew, list(run.failed.values())) == (3, 1, [3])
    assert [back.claim for back in run.sent_back.all()] == claims
    assert AuditEvent.objects.filter(action="recheck.begin_anew").count() == 1


def test_a_run_begins_anew_where_a_severity_changed(manager: User) -> None:
    ready(1, manager)
    run = rechecks.begin(WHY, by=manager, at=f.AT)
    rules.set_severity(
        "FIN-102", "blocker", payer=None, effective_on=f.TODAY, reason="Told.", day=f.TODAY, by=manager, at=f.AT
    )
    run = rechecks.go_on(run, by=manager, at=f.AT)
    assert (run.is_running, run.begun_anew) == (True, 1)
    assert to_the_end(run, manager).is_complete


def test_a_run_begins_anew_where_the_program_was_renewed_meanwhile(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(1, manager)
    run = rechecks.begin(WHY, by=manager, at=f.AT)
    newer = replace(rulebook.BUILT_IN["FIN-102"], severity=Severity.BLOCKER)
    monkeypatch.setattr(rulebook, "BUILT_IN", {**rulebook.BUILT_IN, "FIN-102": newer})
    run = rechecks.go_on(run, by=manager, at=f.AT)
    assert (run.is_running, run.begun_anew) == (True, 1)
    monkeypatch.setattr(rulebook, "_code", lambda: "the same words, and another way to find out")
    run = rechecks.go_on(run, by=manager, at=f.AT)
    assert (run.is_running, run.begun_anew) == (True, 2)
    assert to_the_end(run, manager).is_complete


OWN = {
    "title": "D0371", "message": "It has D0371.", "fix": "Say why.", "field": "lines.code", "cause": "coding",
    "severity": "warning", "payers": [],
}  # fmt: skip


def test_a_run_that_was_left_anywhere_goes_on_there_and_sends_nothing_back_twice(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(5, manager)
    now_asks_for_authorization(manager)
    run = rechecks.go_on(rechecks.begin(WHY, by=manager, at=f.AT), by=manager, at=f.AT, claims=2)
    assert (run.checked, run.sent_back.count()) == (2, 2)
    with monkeypatch.context() as broken:
        broken.setattr(rechecks, "_move_on", lambda *args, **rest: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            rechecks.go_on(run, by=manager, at=f.AT, claims=2)
    run.refresh_from_db()
    assert (run.checked, run.sent_back.count()) == (2, 4), "broken off between the claims and the place"
    run = to_the_end(run, manager)
    assert (run.checked, run.stopped, run.sent_back.count()) == (5, 5, 5)
    assert AuditEvent.objects.filter(action="claim.back_to_draft").count() == 5
    assert rechecks.go_on(run, by=manager, at=f.AT).checked == 5, "an ended run does nothing more"


def test_what_was_made_ready_again_after_a_break_goes_back_again(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    (claim,) = ready(1, manager)
    now_asks_for_authorization(manager)
    run = rechecks.begin(WHY, by=manager, at=f.AT)
    with monkeypatch.context() as broken:
        broken.setattr(rechecks, "_move_on", lambda *args, **rest: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            rechecks.go_on(run, by=manager, at=f.AT)
    Claim.objects.filter(pk=claim.pk).update(preparation=Preparation.READY)
    assert to_the_end(run, manager).is_complete
    claim.refresh_from_db()
    assert (claim.preparation, SentBack.objects.count()) == (Preparation.DRAFT, 1)


def test_two_who_drive_the_same_run_count_each_claim_once(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(3, manager)
    run = rechecks.begin(WHY, by=manager, at=f.AT)
    move_on = rechecks._move_on

    def after_the_other(mine: RecheckRun, *args: Any, **rest: Any) -> None:
        monkeypatch.setattr(rechecks, "_move_on", move_on)
        rechecks.go_on(RecheckRun.objects.get(pk=mine.pk), by=manager, at=f.AT, claims=2)
        move_on(mine, *args, **rest)

    monkeypatch.setattr(rechecks, "_move_on", after_the_other)
    run = rechecks.go_on(run, by=manager, at=f.AT, claims=2)
    assert run.checked == 2
    assert to_the_end(run, manager).checked == 3


def test_a_claim_that_somebody_changed_meanwhile_is_left_to_them(manager: User) -> None:
    (claim,) = ready(1, manager)
    now_asks_for_authorization(manager)

    def and_then_changed(keys: Sequence[int], at: datetime) -> list[Looked]:
        told = look_at(keys, at)
        Claim.objects.filter(pk=claim.pk).update(revision=claim.revision + 7)
        return told

    rechecks.go_on(rechecks.begin(WHY, by=manager, at=f.AT), by=manager, at=f.AT, look=and_then_changed)
    claim.refresh_from_db()
    assert claim.preparation == Preparation.READY
    assert not SentBack.objects.exists()


def test_one_run_at_a_time_by_those_who_may_and_with_what_changed(manager: User) -> None:
    with pytest.raises(NotPermitted):
        rechecks.begin(WHY, by=f.user(role=Role.BILLER), at=f.AT)
    with pytest.raises(Exception, match="Say what changed"):
        rechecks.begin(" ", by=manager, at=f.AT)
    run = rechecks.begin(WHY, by=manager, at=f.AT)
    with pytest.raises(NotPossible, match="already"):
        rechecks.begin("Something else", by=manager, at=f.AT)
    rechecks.stop(run, by=manager, at=f.AT)
    with pytest.raises(NotPossible, match="ended already"):
        rechecks.stop(run, by=manager, at=f.AT)
    assert rechecks.begin("Something else", by=manager, at=f.AT).is_running


def test_many_claims_ask_as_often_as_few(manager: User) -> None:
    def asked(run: RecheckRun) -> int:
        with CaptureQueriesContext(connection) as queries:
            rechecks.go_on(run, by=manager, at=f.AT)
        return len(queries)

    ready(2, manager)
    few = asked(rechecks.begin(WHY, by=manager, at=f.AT))
    ready(3, manager)
    assert asked(rechecks.begin(WHY, by=manager, at=f.AT)) == few


def test_a_claim_that_is_sent_back_asks_for_no_patient_of_its_own(manager: User) -> None:
    ready(3, manager)
    now_asks_for_authorization(manager)
    with CaptureQueriesContext(connection) as queries:
        run = rechecks.go_on(rechecks.begin(WHY, by=manager, at=f.AT), by=manager, at=f.AT)
    assert run.sent_back.count() == 3
    loaded = [q["sql"] for q in queries if q["sql"].startswith('SELECT "documentation_patient"."id"')]
    assert loaded == []


def test_the_command_goes_on_where_a_run_was_left(manager: User) -> None:
    f.organization()
    ready(3, manager)
    now_asks_for_authorization(manager)
    rechecks.go_on(rechecks.begin(WHY, by=manager, at=f.AT), by=manager, at=f.AT, claims=1)
    out = io.StringIO()
    call_command("recheck", by=manager.username, at=f.AT.isoformat(), json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert (told["claims"], told["stopped"], told["sent_back"], told["complete"]) == (3, 3, 3, True)
    assert RecheckRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_several_processes_find_what_one_finds(manager: User) -> None:
    ready(5, manager)
    now_asks_for_authorization(manager)
    keys = list(Claim.objects.order_by("pk").values_list("pk", flat=True))
    alone = look_at(keys, f.AT)
    assert len(alone) == 5
    with several(2) as (look, processes):
        assert processes == 2
        assert look(keys, f.AT) == alone
        assert look(keys[:1], f.AT) == alone[:1]
        assert look([], f.AT) == []
        run = rechecks.go_on(rechecks.begin(WHY, by=manager, at=f.AT), by=manager, at=f.AT, look=look)
    assert (run.checked, run.sent_back.count(), run.is_complete) == (5, 5, True)


def test_what_a_process_did_not_see_is_looked_at_again_and_said(
    manager: User, caplog: pytest.LogCaptureFixture
) -> None:
    keys = [claim.pk for claim in ready(3, manager)]
    everything = look_at(keys, f.AT)
    assert looking._complete(everything, keys, f.AT) == everything
    assert not caplog.records
    assert looking._complete(everything[::2], keys, f.AT) == everything
    assert [r.getMessage() for r in caplog.records] == [
        "Processes that check claims did not see 1 of 3; they were looked at again."
    ]


@pytest.mark.parametrize("failed", [IndexError("another row"), None])
def test_a_share_that_came_back_wrong_is_not_believed(failed: Exception | None, caplog: Any) -> None:
    answer: Future[Any] = Future()
    if failed:
        answer.set_exception(failed)
    else:
        answer.set_result([SimpleNamespace(claim=7), SimpleNamespace(claim=9)])
    assert looking._told(answer, [7, 8]) == []
    assert [r.getMessage() for r in caplog.records] == (
        ["A process that checks claims failed on 2 of them (IndexError)."] if failed else []
    )
    right: Future[Any] = Future()
    right.set_result([SimpleNamespace(claim=7)])
    assert [one.claim for one in looking._told(right, [7])] == [7]


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_ended_from_outside_ends_the_check_with_a_sentence(manager: User) -> None:
    ready(2, manager)
    run = rechecks.begin(WHY, by=manager, at=f.AT)

    with several(2) as (look, _):
        victim = multiprocessing.active_children()[0]
        victim.kill()
        multiprocessing.connection.wait([victim.sentinel])
        with pytest.raises(NotPossible, match="it goes on there"):
            rechecks.go_on(run, by=manager, at=f.AT, look=look)
    run.refresh_from_db()
    assert to_the_end(run, manager).checked == 2


def test_inside_a_transaction_nothing_is_shared_out(manager: User) -> None:
    with several(2) as (look, processes):
        assert (look, processes) == (look_at, 1)
