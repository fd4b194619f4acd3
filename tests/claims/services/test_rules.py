"""The practice's own rules: drafted, tried on what was sealed, adopted, retired; severities; a new practice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from claims.conditions.condition import Clause, Group
from claims.facts import ClaimFacts
from claims.models import Claim, OwnRule, OwnRuleVersion, Packet, RuleSeverity, RulesRelease
from claims.queries import backtests
from claims.queries.backtests import backtest
from claims.queries.claims import facts_of, failures_of_each, report_of
from claims.queries.replay import replay, values_of
from claims.queries.rulebook import rule_book, severities_by_rule
from claims.rules.examples import READY, SIGNED
from claims.services import preparation
from claims.services import rules as verbs
from claims.services.figures import refresh_of_plan
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Role
from documentation.kernel.rule import Severity
from documentation.kernel.statistics import wilson
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import answered

DAY, LATER = f.TODAY, f.TODAY + timedelta(days=30)
CODE = Clause("claim.code", "is", "D0371")
FEW = Group("all", (Clause("images.endoscopic", "less", "3"),))
WORDS = {
    "title": "At least three images",
    "message": "Fewer than three endoscopic images are in the record.",
    "fix": "Add an image, or say why there are no more.",
    "field": "images.images",
    "cause": "images",
    "severity": "blocker",
    "payers": [],
    "condition": FEW.as_data(),
}


@pytest.fixture
def manager(db: None) -> User:
    return f.user(role=Role.MANAGER)


def drafted(by: User, **values: Any) -> OwnRule:
    return verbs.save_rule(None, {**WORDS, **values}, by=by, at=f.AT)


def adopted(by: User, day: date = DAY, **values: Any) -> OwnRule:
    rule = drafted(by, **values)
    verbs.try_rule(rule, day=day, by=by, at=f.AT)
    verbs.adopt(rule, day=day, by=by, at=f.AT)
    return rule


def with_images(n: int) -> ClaimFacts:
    return replace(READY, encounter=replace(SIGNED, images=SIGNED.images[:n]))


def history(*claims: tuple[int, bool], of: str = "Delta") -> list[Packet]:
    """Claims that were answered, each by how many images its packet had and whether it was denied."""
    found = []
    for images, was_denied in claims:
        row = answered.claim(DAY, of=of)
        sending = answered.sent(row, DAY)
        found.append(answered.seal_with(sending.packet, facts=with_images(images)))
        given = answered.answer(row, LATER, "denied" if was_denied else "paid", paid="0.00" if was_denied else "850.00")
        if was_denied:
            answered.denial(given, "images", "850.00", packet=sending.packet)
    return found


# --- The life of a rule -------------------------------------------------------------------------------------------


def test_a_rule_is_drafted_tried_adopted_and_retired_and_keeps_its_id(manager: User) -> None:
    rule = drafted(manager)
    with pytest.raises(NotPossible, match="must be tried"):
        verbs.adopt(rule, day=DAY, by=manager, at=f.AT)
    verbs.try_rule(rule, day=DAY, by=manager, at=f.AT)
    version = verbs.adopt(rule, day=DAY, by=manager, at=f.AT)
    assert (rule.number, version.version, version.adopted_on) == (f"OWN-{rule.pk:03d}", 1, DAY)
    with pytest.raises(ValidationError, match="Say why"):
        verbs.retire(rule, " ", day=LATER, by=manager, at=f.AT)
    verbs.retire(rule, "The payer changed its mind.", day=LATER, by=manager, at=f.AT)
    assert rule.status == "retired"
    assert [r.id for r in rule_book(LATER - timedelta(days=1)).own] == [rule.number]
    assert rule_book(LATER).own == ()
    with pytest.raises(NotPossible):
        verbs.save_rule(rule, WORDS, by=manager, at=f.AT)
    for wrong in (lambda: OwnRule.objects.filter(pk=rule.pk).update(title="Other"), OwnRule.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            wrong()
    assert drafted(manager).pk > rule.pk
    actions = AuditEvent.objects.filter(subject=rule.number).order_by("seq").values_list("action", flat=True)
    assert list(actions) == ["rule.draft", "rule.try", "rule.adopt", "rule.retire"]


def test_a_change_stays_a_draft_beside_the_version_in_force_until_it_is_adopted(manager: User) -> None:
    rule = adopted(manager)
    verbs.save_rule(rule, {"title": "Another title"}, by=manager, at=f.AT, seen=rule.revision)
    assert (rule.status, rule_book(DAY).own[0].title) == ("draft", WORDS["title"])
    with pytest.raises(NotPossible, match="Somebody else changed"):
        verbs.save_rule(rule, {"title": "Late"}, by=manager, at=f.AT, seen=1)
    verbs.try_rule(rule, day=LATER, by=manager, at=f.AT)
    verbs.adopt(rule, day=LATER, by=manager, at=f.AT)
    books = [rule_book(day).own for day in (DAY - timedelta(days=1), DAY, LATER)]
    assert [[(r.version, r.title) for r in own] for own in books] == [
        [], [(1, WORDS["title"])], [(2, "Another title")],
    ]  # fmt: skip
    verbs.save_rule(rule, {"title": "Third"}, by=manager, at=f.AT)
    assert verbs.keep_version(rule, by=manager, at=f.AT).title == "Another title"
    with pytest.raises(DatabaseError), transaction.atomic():
        OwnRuleVersion.objects.update(title="Other")


def test_senseless_and_contradictory_conditions_are_not_tried(manager: User) -> None:
    backwards = Group("all", (Clause("reason.pain", "between", ("8", "3")),))
    with pytest.raises(Refused, match="ends before it begins"):
        verbs.try_rule(drafted(manager, condition=backwards.as_data()), day=DAY, by=manager, at=f.AT)
    with pytest.raises(Refused, match="Add at least one condition"):
        verbs.try_rule(drafted(manager, condition={}), day=DAY, by=manager, at=f.AT)
    first = adopted(manager, payers=[answered.payer("Delta").pk])
    many = Group("all", (Clause("images.endoscopic", "at_least", "3"),)).as_data()
    with pytest.raises(Refused, match=f"contradicts {first.number}"):
        verbs.try_rule(drafted(manager, condition=many), day=DAY, by=manager, at=f.AT)
    elsewhere = drafted(manager, condition=many, payers=[answered.payer("Summit").pk])
    verbs.try_rule(elsewhere, day=DAY, by=manager, at=f.AT)


def test_a_rule_that_is_not_in_force_for_a_payer_contradicts_nothing_there(manager: User) -> None:
    delta, summit = answered.payer("Delta"), answered.payer("Summit")
    first = adopted(manager)
    many = Group("all", (Clause("images.endoscopic", "at_least", "3"),)).as_data()
    of_delta, of_all = drafted(manager, condition=many, payers=[delta.pk]), drafted(manager, condition=many)

    def opposed() -> list[bool]:
        return [bool(verbs.complaints(rule, DAY)) for rule in (of_delta, of_all)]

    assert opposed() == [True, True]
    severity(manager, first.number, "off", payer=delta)
    assert opposed() == [False, True]
    severity(manager, first.number, "off")
    assert opposed() == [False, False]
    severity(manager, first.number, "warning", payer=summit)
    assert opposed() == [False, True]
    severity(manager, first.number, "advice", payer=delta)
    assert opposed() == [True, True]


def test_a_rule_is_not_put_in_force_again_beside_one_that_it_contradicts(manager: User) -> None:
    delta, summit = answered.payer("Delta"), answered.payer("Summit")
    first = adopted(manager)
    severity(manager, first.number, "off", payer=delta)
    many = Group("all", (Clause("images.endoscopic", "at_least", "3"),)).as_data()
    second = adopted(manager, condition=many, payers=[delta.pk])
    severity(manager, first.number, "advice")  # Delta keeps its own word.
    severity(manager, first.number, "advice", payer=summit)
    with pytest.raises(ValidationError, match=f"contradicts {second.number}"):
        severity(manager, first.number, "advice", payer=delta)
    severity(manager, second.number, "off")
    severity(manager, first.number, "advice", payer=delta)


def test_only_who_may_edit_rules_does(manager: User) -> None:
    rule, biller = drafted(manager), f.user(role=Role.BILLER)
    steps: tuple[Callable[[], Any], ...] = (
        lambda: verbs.save_rule(None, WORDS, by=biller, at=f.AT),
        lambda: verbs.save_rule(rule, WORDS, by=biller, at=f.AT),
        lambda: verbs.try_rule(rule, day=DAY, by=biller, at=f.AT),
        lambda: verbs.retire(rule, "No.", day=DAY, by=biller, at=f.AT),
        lambda: verbs.release(by=biller, at=f.AT),
        lambda: verbs.set_severity(
            "COD-111", "advice", payer=None, effective_on=DAY, reason="No.", day=DAY, by=biller, at=f.AT
        ),
    )
    for step in steps:
        with pytest.raises(NotPermitted):
            step()


# --- On claims ----------------------------------------------------------------------------------------------------


def test_an_own_rule_stands_in_the_report_of_the_payers_it_is_for(manager: User) -> None:
    claim = f.claim_at()
    rule = adopted(manager, payers=[claim.coverage.payer_id], condition=_one(Clause("images.count", "at_most", "4")))
    other = adopted(
        manager, payers=[answered.payer("Other").pk], condition=_one(Clause("images.count", "at_most", "9"))
    )
    report = report_of(claim, today=DAY)
    (result,) = [r for r in report.blockers if r.rule == rule.number]
    assert (result.message, result.field) == (WORDS["message"], "images.images")
    assert other.number not in {r.rule for r in report}
    with pytest.raises(Refused, match="three endoscopic images"):
        preparation.mark_ready(claim, by=f.user(role=Role.BILLER), at=f.AT)


def _one(clause: Clause) -> dict[str, Any]:
    return Group("all", (clause,)).as_data()


def test_an_own_rule_that_cannot_be_evaluated_any_more_holds_the_claim_and_says_why(manager: User) -> None:
    claim = f.claim_at()
    rule = adopted(manager, severity="advice")
    version = OwnRuleVersion.objects.get(rule=rule)
    version.pk, version.version, version.condition = None, 2, _one(Clause("images.hue", "is", "1"))
    version.save()
    (result,) = [r for r in report_of(claim, today=DAY).blockers if r.rule == rule.number]
    assert "because nothing called “images.hue” can be asked of a claim" in result.message


def test_many_claims_are_checked_by_the_very_rules_that_one_is(manager: User) -> None:
    """A re-check of all claims sees own rules, severities and a practice that nobody released."""
    claim = f.claim_at()
    rule = adopted(manager, payers=[claim.coverage.payer_id], condition=_one(Clause("images.count", "at_most", "4")))
    severity(manager, rule.number, "advice", payer=claim.coverage.payer)
    for blockers in ([], ["OWN-000"]):
        ((_, many),) = failures_of_each([claim], at=f.AT)
        assert many.results == report_of(claim, today=DAY).failed
        assert rule.number in {r.rule for r in many.advice}
        assert [r.rule for r in many.blockers] == blockers
        _empty(RulesRelease)


def severity(by: User, rule: str, to: str, *, payer: Any = None, on: date = DAY, day: date = DAY) -> RuleSeverity:
    return verbs.set_severity(
        rule, to, payer=payer, effective_on=on, reason="Told on the phone, call 4471.", day=day, by=by, at=f.AT
    )


def test_severities_count_by_payer_from_their_day_on_and_the_past_stays_as_it_was(manager: User) -> None:
    claim = f.claim_at()
    payer, passed = claim.coverage.payer, "FIL-104"

    def grave(day: date, of: int = payer.pk) -> Severity | None:
        return rule_book(day).of(of).severities.get(passed)

    severity(manager, passed, "warning")
    severity(manager, passed, "blocker", payer=payer, on=LATER)
    severity(manager, passed, "advice", payer=payer)
    severity(manager, passed, "warning", payer=payer)  # changed their mind on the same day
    assert [grave(d) for d in (DAY - timedelta(days=1), DAY, LATER)] == [None, Severity.WARNING, Severity.BLOCKER]
    assert grave(LATER, of=answered.payer("Other").pk) is Severity.WARNING
    with pytest.raises(ValidationError, match="the past stays as it was"):
        severity(manager, passed, "advice", on=DAY - timedelta(days=1))
    with pytest.raises(Refused):
        severity(manager, "OWN-000", "advice")
    with pytest.raises(Refused):
        severity(manager, "OWN-999", "advice")
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleSeverity.objects.update(severity="advice")


def test_a_version_is_adopted_with_its_severity_whatever_was_set_before(manager: User) -> None:
    rule, claim = adopted(manager, condition=_one(Clause("images.count", "at_most", "4"))), f.claim_at()
    severity(manager, rule.number, "advice")
    assert rule.number in {r.rule for r in report_of(claim, today=DAY).advice}
    verbs.save_rule(rule, {"severity": "warning"}, by=manager, at=f.AT)
    verbs.try_rule(rule, day=DAY, by=manager, at=f.AT)
    verbs.adopt(rule, day=LATER, by=manager, at=f.AT + timedelta(days=30))
    assert rule.number in {r.rule for r in report_of(claim, today=DAY).advice}, "the past stays as it was"
    assert rule.number in {r.rule for r in report_of(claim, today=LATER).open_warnings}
    assert rule_book(LATER).set_of(rule.number) == []


def test_a_severity_decides_what_a_claim_waits_for(manager: User) -> None:
    """A blocker of the record that is lowered for a payer becomes a warning, which wants a reason."""
    claim = f.claim_at()
    claim.lines.update(fee=0)
    assert "FIN-101" in {r.rule for r in report_of(claim, today=DAY).blockers}
    severity(manager, "FIN-101", "warning", payer=claim.coverage.payer)
    report = report_of(claim, today=DAY)
    assert "FIN-101" in {r.rule for r in report.open_warnings}
    assert "FIN-101" not in {r.rule for r in report.blockers}


def test_a_new_practice_holds_everything_until_a_manager_looked(manager: User) -> None:
    claim = f.claim_at()
    _empty(RulesRelease)
    (result,) = report_of(claim, today=DAY).blockers
    assert (result.rule, result.field) == ("OWN-000", "rules.release")
    with pytest.raises(Refused, match="Nobody has looked at the rules"):
        preparation.mark_ready(claim, by=f.user(role=Role.BILLER), at=f.AT)
    row = verbs.release(by=manager, at=f.AT)
    assert verbs.release(by=manager, at=f.AT) == row
    assert not report_of(claim, today=DAY).blockers
    assert AuditEvent.objects.filter(action="rule.release", by=manager).count() == 1


def _empty(model: Any) -> None:
    """As if nothing had been there: an append-only table is emptied with its locks lifted."""
    from documentation.locks import drop_locks, install_locks

    drop_locks(connection, [model._meta.db_table])
    model.objects.all().delete()
    install_locks(connection, [model._meta.db_table])


# --- The history --------------------------------------------------------------------------------------------------

HISTORY = ((1, True), (2, True), (2, True), (2, False), (3, True), (4, False), (4, False))
"""Images in the packet, and whether it was denied: of seven, four were denied; fewer than three images had four."""


def test_a_backtest_counts_what_was_sealed_exactly(manager: User) -> None:
    packets = history(*HISTORY)
    waiting = answered.claim(DAY)
    answered.seal_with(answered.sent(waiting, DAY).packet, facts=with_images(0))  # has no answer, and counts nowhere
    (found,) = backtest([FEW])
    assert (found.denied, found.paid, found.unanswerable) == (4, 3, 0)
    assert found.stopped_denied == [p.pk for p in packets[:3]]
    assert found.stopped_paid == [packets[3].pk]
    assert (found.right.part, found.right.whole) == (3, 4)
    assert found.right.interval == wilson(3, 4)
    assert found.right.interval == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert found.caught.interval == wilson(3, 4)


def test_a_backtest_looks_at_the_packet_that_the_first_answer_came_for(manager: User) -> None:
    """A packet that was sent again before the answer counts, one that came after it does not."""
    row = answered.claim(DAY)
    for day, images in ((DAY, 4), (DAY + timedelta(days=3), 1)):
        answered.seal_with(answered.sent(row, day).packet, facts=with_images(images))
    answered.answer(row, LATER, "paid", paid="850.00")
    late = answered.sent(row, LATER + timedelta(days=9))
    answered.seal_with(late.packet, facts=with_images(4))
    (found,) = backtest([FEW])
    assert (found.paid, len(found.stopped_paid)) == (1, 1)


def test_a_backtest_is_of_the_payers_it_is_for_and_streams_in_one_query(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(*HISTORY)
    history((1, False), of="Summit")
    monkeypatch.setattr(backtests, "CHUNK", 2)
    summit = answered.payer("Summit").pk
    with CaptureQueriesContext(connection) as asked:
        (found,) = backtest([FEW], [summit])
        (everything,) = backtest([FEW])
    assert (found.denied, found.paid, len(found.stopped_paid)) == (0, 1, 1)
    assert everything.stopped == 5
    assert len(asked) == 2


def test_a_trial_keeps_its_lists_whatever_is_answered_later(manager: User) -> None:
    packets = history(*HISTORY)
    trial = verbs.try_rule(drafted(manager), day=DAY, by=manager, at=f.AT)
    history((1, True))
    trial.refresh_from_db()
    assert trial.stopped_denied == [p.pk for p in packets[:3]]
    assert (trial.denied, trial.paid, trial.stopped_paid) == (4, 3, [packets[3].pk])


# --- Replay -------------------------------------------------------------------------------------------------------


def test_a_replay_sees_the_packet_as_it_was_sent_and_proposes_a_rule_where_none_would_have_caught_it(
    manager: User,
) -> None:
    denial = answered.denied_reference(by=f.user(role=Role.BILLER))
    before = facts_of(denial.claim, today=DAY)
    found = replay(denial, DAY)
    assert found is not None
    assert found.caught == ()
    best = found.proposed[0]
    assert best.counted.stopped_denied == [denial.packet_id]
    rule = verbs.adopt_proposal(values_of(denial, best), "The denial", day=LATER, by=manager, at=f.AT)
    assert (rule.status, rule.payers, rule.cause) == ("adopted", [denial.claim.coverage.payer_id], "medical_necessity")

    # What the claim says of itself changes afterwards; what was sent does not.
    denial.claim.diagnoses = ["R22.1"]
    denial.claim.save()
    denial.claim.encounter.patient.coverages.update(plan_name="Another plan")
    assert facts_of(denial.claim, today=DAY) != before
    again = replay(denial, LATER)
    assert again is not None
    assert [s.result.rule for s in again.caught] == [rule.number]
    assert again.proposed == ()


def test_history_and_replay_are_of_the_payer_that_it_was_sent_to_whoever_the_plans_is_now(manager: User) -> None:
    denial = answered.denied_reference(by=f.user(role=Role.BILLER))
    sent_to, other = denial.claim.coverage.payer, answered.payer("Other")
    plan = denial.claim.coverage
    plan.payer = other
    plan.save()
    refresh_of_plan(plan)
    denial.refresh_from_db()
    found = replay(denial, DAY)
    assert found is not None
    assert found.payer == sent_to
    assert [p.counted.stopped_denied for p in found.proposed] == [[denial.packet_id]] * len(found.proposed)
    assert values_of(denial, found.proposed[0])["payers"] == [sent_to.pk]
    everything = Group("all", (Clause("claim.total", "at_least", 0),))
    assert [backtest([everything], [p.pk])[0].denied for p in (sent_to, other)] == [1, 0]
    rule = adopted(manager, payers=[sent_to.pk], cause="medical_necessity", condition=_one(CODE))
    again = replay(denial, DAY)
    assert again is not None
    assert [s.result.rule for s in again.caught] == [rule.number]


def test_what_a_rule_in_force_says_already_is_not_proposed(manager: User) -> None:
    """The rule is for another cause, so the denial still asks for one; the same one would be refused."""
    denial = answered.denied_reference(by=f.user(role=Role.BILLER))
    before = replay(denial, DAY)
    assert before is not None
    taken = before.proposed[0].proposal
    rule = adopted(manager, cause="coverage", condition=taken.condition.as_data())
    found = replay(denial, DAY)
    assert found is not None
    assert rule.number in [s.result.rule for s in found.others]
    assert taken.key not in [p.proposal.key for p in found.proposed]
    for left in found.proposed:
        verbs.adopt_proposal(values_of(denial, left), "The denial", day=DAY, by=manager, at=f.AT)


def test_a_replay_tells_what_was_passed_over_with_a_reason(manager: User) -> None:
    by = f.user(role=Role.BILLER)
    claim = f.claim_at(by=by)
    severity(manager, "FIN-101", "warning")
    claim.lines.update(fee=0)
    preparation.override(claim, "FIN-101", "A courtesy.", by=by, at=f.AT)
    preparation.mark_ready(claim, by=by, at=f.AT)
    packet = f.submission(by=by, claim=f.sealed_packet(by=by, claim=claim).claim).packet
    found = replay(f.denial(by=by, claim=claim, packet=packet, cause="other"), DAY)
    assert found is not None
    assert ("FIN-101", "A courtesy.") in [(s.result.rule, s.reason) for s in found.caught]


def test_what_a_trial_counted_is_outdated_once_payers_severity_or_condition_are_others(manager: User) -> None:
    rule, payer = drafted(manager), f.payer(by=manager)
    trial = verbs.try_rule(rule, day=DAY, by=manager, at=f.AT)
    assert trial.changed_since == []
    for values, word in (({"payers": [payer.pk]}, "payers"), ({"severity": "advice"}, "severity")):
        verbs.save_rule(rule, values, by=manager, at=f.AT)
        trial.refresh_from_db()
        assert word in trial.changed_since
    verbs.try_rule(rule, day=DAY, by=manager, at=f.AT)
    trial = rule.trials.first()
    assert (trial.payers, trial.severity, trial.changed_since) == ([payer.pk], "advice", [])


def test_the_history_is_counted_before_anything_is_locked(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = len(connection.savepoint_ids)

    def counting(*args: Any) -> Any:
        assert len(connection.savepoint_ids) == outside, "inside the transaction that writes"
        return backtest(*args)

    monkeypatch.setattr(verbs, "backtest", counting)
    rule = drafted(manager)
    verbs.try_rule(rule, day=DAY, by=manager, at=f.AT)
    verbs.save_and_try(rule, {"title": "Another title"}, day=DAY, by=manager, at=f.AT)
    verbs.adopt_proposal({**WORDS, "condition": Group("all", (CODE,)).as_data()}, "", day=DAY, by=manager, at=f.AT)


def test_a_rule_that_is_changed_while_it_is_counted_keeps_no_figures(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = drafted(manager)

    def counting(*args: Any) -> Any:
        verbs.save_rule(OwnRule.objects.get(pk=rule.pk), {"title": "Theirs"}, by=manager, at=f.AT)
        return backtest(*args)

    monkeypatch.setattr(verbs, "backtest", counting)
    with pytest.raises(NotPossible, match="while it was tried"):
        verbs.try_rule(rule, day=DAY, by=manager, at=f.AT)
    assert not rule.trials.exists()


def test_a_built_in_rule_is_in_force_from_day_to_day_as_it_was_set(manager: User) -> None:
    claim = f.claim_at(by=manager)
    payer = claim.coverage.payer
    assert "ELG-202" in ids_of(claim, DAY)
    severity(manager, "ELG-202", "off", payer=payer, on=LATER)
    severity(manager, "ELG-202", "warning", payer=payer, on=LATER + timedelta(days=10))
    assert "ELG-202" in ids_of(claim, LATER - timedelta(days=1))
    assert "ELG-202" not in ids_of(claim, LATER)
    assert "ELG-202" not in ids_of(claim, LATER + timedelta(days=9))
    assert "ELG-202" in ids_of(claim, LATER + timedelta(days=10))
    assert rule_book(LATER).of(0).off == frozenset(), "for another payer it stays as it is"
    newest, off = severities_by_rule()["ELG-202"]
    assert (off.effective_on, off.until, newest.until) == (LATER, LATER + timedelta(days=9), None)
    severity(manager, "ELG-202", "advice", payer=payer, on=LATER)
    assert [row.never_counted for row in severities_by_rule()["ELG-202"]] == [False, False, True]


def test_a_rule_of_the_record_that_is_not_in_force_is_not_asked_of_a_claim(manager: User) -> None:
    claim = f.claim_at(by=manager)
    severity(manager, "DOC-101", "off")
    assert "DOC-101" not in ids_of(claim, DAY)
    with pytest.raises(Refused):
        severity(manager, "OWN-000", "off")


def ids_of(claim: Claim, day: date) -> set[str]:
    return {result.rule for result in report_of(claim, today=day)}
