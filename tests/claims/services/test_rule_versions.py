"""What was said of one version of an own rule counts for what that version asks, and for nothing that it asks later."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.conditions.condition import Clause, Group
from claims.models import Claim, OwnRule, RecheckRun, RuleOverride, SentFailure, SentReport, Submission
from claims.queries.claims import failures_of_each, report_of
from claims.queries.outcomes import risk_of, share_of
from claims.queries.overrides import overrides
from claims.queries.rulebook import counted_since
from claims.services import preparation, rechecks, rules, submissions
from claims.services.outcomes import keep_report
from documentation.kernel.machine import Refused
from documentation.kernel.permissions import Role
from documentation.locks import drop_locks
from documentation.models import User
from tests import factories as f
from tests.claims import answered

DAY = f.TODAY
CODE = Group("all", (Clause("claim.code", "is", "D0371"),)).as_data()
IMAGES = Group("all", (Clause("images.count", "at_most", "9"),)).as_data()
WORDS = {
    "title": "Look at D0371",
    "message": "This claim has D0371.",
    "fix": "Say why.",
    "field": "lines.code",
    "cause": "coding",
    "severity": "warning",
    "payers": [],
    "condition": CODE,
}


@pytest.fixture
def manager(db: None) -> User:
    return f.user(role=Role.MANAGER)


def adopted(by: User, rule: OwnRule | None = None, **values: Any) -> OwnRule:
    """The rule, with its next version in force."""
    rule = rules.save_and_try(rule, values if rule else {**WORDS, **values}, day=DAY, by=by, at=f.AT)
    rules.adopt(rule, day=DAY, by=by, at=f.AT)
    rule.refresh_from_db()
    return rule


def open_warnings(claim: Claim) -> set[str]:
    """The same told by one claim and by many."""
    report = report_of(claim, today=DAY)
    ((_, many),) = failures_of_each([claim], at=f.AT)
    assert many.results == report.failed
    return {r.rule for r in report.open_warnings}


def test_a_reason_counts_for_what_it_was_given_for_and_not_for_what_the_rule_asks_later(manager: User) -> None:
    claim, rule = f.claim_at(by=manager), adopted(manager)
    preparation.override(claim, rule.number, "Looked at the code.", by=manager, at=f.AT)
    preparation.mark_ready(claim, by=manager, at=f.AT)

    rule = adopted(manager, rule, title="Look at the code", severity="warning")
    assert rule.number not in open_warnings(claim), "other words, the same question"

    rule = adopted(manager, rule, condition=IMAGES, message="Few images.")
    assert rule.number in open_warnings(claim)
    run = rechecks.begin("A rule asks something else", by=manager, at=f.AT)
    while run.is_running:
        run = rechecks.go_on(run, by=manager, at=f.AT)
    claim.refresh_from_db()
    assert (claim.preparation, RecheckRun.objects.get().sent_back.get().rules) == ("draft", [rule.number])
    with pytest.raises(Refused):
        preparation.mark_ready(claim, by=manager, at=f.AT)

    preparation.override(claim, rule.number, "Looked at the images.", by=manager, at=f.AT)
    preparation.mark_ready(claim, by=manager, at=f.AT)
    given = RuleOverride.objects.order_by("pk")
    assert [(o.version, o.withdrawn_at is None) for o in given] == [(1, False), (3, True)]


def test_a_rule_that_was_changed_holds_a_claim_on_its_way_to_a_packet(manager: User) -> None:
    from claims.services.packets import seal_packet

    claim, rule = f.claim_at(by=manager), adopted(manager)
    preparation.override(claim, rule.number, "Looked at the code.", by=manager, at=f.AT)
    preparation.mark_ready(claim, by=manager, at=f.AT)
    adopted(manager, rule, condition=IMAGES)
    with pytest.raises(Refused, match="something changed since"):
        seal_packet(claim, by=manager, at=f.AT)


def test_figures_count_what_the_rule_asks_today(manager: User) -> None:
    """One claim left over the first version's warning and was denied, one over the second's and was paid."""
    rule = adopted(manager)
    first = f.claim_at(by=manager)
    payer = first.coverage.payer
    left(first, rule.number, manager)
    answered.denial(answered.answer(first, DAY + timedelta(days=9), "denied"), "coding", "850.00")
    assert figures(rule, payer) == (1, 1)

    rule = adopted(manager, rule, title="Look at the code")
    assert (counted_since(rule.number), figures(rule, payer)) == (1, (1, 1))

    rule = adopted(manager, rule, condition=IMAGES)
    second = f.claim_at(by=manager)
    assert (counted_since(rule.number), figures(rule, payer)) == (3, (0, 0))
    line = next(r for r in risk_of(report_of(second, today=DAY), payer).lines if r.result.rule == rule.number)
    assert (line.denied.part, line.denied.whole) == (0, 0)

    left(second, rule.number, manager)
    answered.answer(second, DAY + timedelta(days=9), "paid", paid="850.00")
    assert figures(rule, payer) == (0, 1)
    assert sorted(SentFailure.objects.filter(rule=rule.number).values_list("version", flat=True)) == [1, 3]
    assert {o.claim: o.answer for o in overrides(rule=rule.number)} == {first: "denied", second: "not_denied"}


def test_a_packet_from_before_versions_were_named_counts_for_what_the_rule_asked_then(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, claim = adopted(manager), f.claim_at(by=manager)
    preparation.override(claim, rule.number, "Looked at it.", by=manager, at=f.AT)
    preparation.mark_ready(claim, by=manager, at=f.AT)
    f.sealed_packet(by=manager, claim=claim)
    later = f.AT + timedelta(days=2)
    elsewhere = Group("all", (Clause("claim.code", "is", "D9999"),)).as_data()
    rules.save_and_try(rule, {"condition": elsewhere}, day=DAY, by=manager, at=later)
    rules.adopt(rule, day=DAY, by=manager, at=later)

    def as_sealed_before(submission: Submission) -> SentReport:
        results = json.loads(submission.packet.report)
        assert all(r.pop("version", None) is not None for r in results if r["rule"] == rule.number)
        submission.packet.report = json.dumps(results)
        return keep_report(submission)

    monkeypatch.setattr(submissions, "keep_report", as_sealed_before)
    f.submission(by=manager, claim=claim)
    assert set(SentFailure.objects.filter(rule=rule.number).values_list("version", flat=True)) == {1}
    assert counted_since(rule.number) == 2


def test_what_was_sent_before_versions_were_named_gets_them_without_reading_its_packets(manager: User) -> None:
    rule, claim = adopted(manager), f.claim_at(by=manager)
    left(claim, rule.number, manager)
    fill = import_module("claims.migrations.0026_versions_of_own_rules").fill
    drop_locks(connection)
    SentFailure.objects.update(version=0)
    RuleOverride.objects.update(version=0)
    with CaptureQueriesContext(connection) as seen:
        fill(apps, None)
    assert set(SentFailure.objects.filter(rule=rule.number).values_list("version", flat=True)) == {1}
    assert set(RuleOverride.objects.values_list("version", flat=True)) == {1}
    assert not [q["sql"] for q in seen.captured_queries if '"claims_packet"."report"' in q["sql"]]


def left(claim: Claim, rule: str, by: User) -> None:
    preparation.override(claim, rule, "Looked at it.", by=by, at=f.AT)
    preparation.mark_ready(claim, by=by, at=f.AT)
    f.submission(by=by, claim=f.sealed_packet(by=by, claim=claim).claim)


def figures(rule: OwnRule, payer: Any) -> tuple[int, int]:
    share = share_of(payer, rule.number, with_reason=True)
    assert share == share_of(payer, rule.number)
    return share.part, share.whole
