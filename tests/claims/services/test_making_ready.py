"""Verbs that make a claim ready."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from claims.models import Claim, RuleOverride
from claims.services import preparation as verbs
from claims.services.payers import record_policy, set_fee
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.models import AuditEvent, Encounter
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db

LINE = {"code": "D0371", "fee": Decimal("850.00")}


@pytest.fixture
def biller():
    return factories.user(role="biller")


@pytest.fixture
def claim(biller) -> Claim:
    return factories.claim_at(by=biller)


def forget(claim: Claim, by: Any, **facts: Any) -> None:
    """From now on only these facts are known of the payer."""
    record_policy(claim.coverage.payer, {"treats_as": "dental", "attachments": "always", **facts}, by=by, at=AT)


def test_a_claim_takes_lines_and_diagnoses_from_the_signed_record(biller) -> None:
    encounter = factories.signed_encounter()
    factories.coverage(person=encounter.patient, by=biller)
    set_fee("D0371", Decimal("820"), effective_on=date(2026, 1, 1), by=biller, at=AT)
    set_fee("D0371", Decimal("990"), effective_on=date(2026, 11, 6), by=biller, at=AT)
    (claim,) = verbs.start_claims(encounter, by=biller, at=AT)
    line = claim.lines.get()
    assert (line.code, line.fee, line.diagnosis_pointers) == ("D0371", Decimal(820), [1])
    assert (claim.diagnoses, claim.kind, claim.total) == (["K11.8"], "dental", Decimal(820))
    assert verbs.start_claims(encounter, by=biller, at=AT) == [claim]


def test_refusals_name_every_reason(biller, claim) -> None:
    forget(claim, biller)
    with pytest.raises(Refused) as refused:
        verbs.mark_ready(claim, by=biller, at=AT)
    assert len(refused.value.reasons) > 2
    claim.refresh_from_db()
    assert (claim.preparation, claim.revision) == ("draft", 1)


def test_a_blocker_cannot_be_passed_over(biller, claim) -> None:
    claim = verbs.save_diagnoses(claim, [], by=biller, at=AT, seen=claim.revision)
    from claims.queries.claims import report_of

    blocker = report_of(claim, today=factories.TODAY).blockers[0]
    with pytest.raises(Refused, match="must be mended"):
        verbs.override(claim, blocker.rule, "Go on", by=biller, at=AT)
    assert not RuleOverride.objects.exists()


def test_a_warning_passes_with_a_reason_that_can_be_replaced_and_withdrawn(biller, claim) -> None:
    policy = claim.coverage.payer.current_policy()
    known = {"prior_authorization": "not_required", "timely_filing_days": 365, "source": policy.source}
    forget(claim, biller, verified_on=policy.verified_on, **known)
    with pytest.raises(ValidationError):
        verbs.override(claim, "COV-104", "  ", by=biller, at=AT)
    verbs.override(claim, "COV-104", "First reason", by=biller, at=AT)
    verbs.override(claim, "COV-104", "Better reason", by=biller, at=AT)
    assert RuleOverride.objects.get(withdrawn_at=None).reason == "Better reason"
    verbs.mark_ready(claim, by=biller, at=AT)
    verbs.withdraw_override(claim, "COV-104", by=biller, at=AT)
    claim.refresh_from_db()
    assert claim.preparation == "draft"
    with pytest.raises(Refused):
        verbs.mark_ready(claim, by=biller, at=AT)


def test_a_reason_for_a_check_that_passes_is_refused(biller, claim) -> None:
    with pytest.raises(NotPossible, match="needs no reason"):
        verbs.override(claim, "COV-104", "Because", by=biller, at=AT)


def test_an_old_page_changes_nothing(biller, claim) -> None:
    verbs.save_lines(claim, [LINE], by=biller, at=AT, seen=1)
    with pytest.raises(NotPossible, match="Nothing was saved"):
        verbs.save_lines(claim, [{**LINE, "fee": Decimal(1)}], by=biller, at=AT, seen=1)
    with pytest.raises(NotPossible):
        verbs.save_diagnoses(claim, ["K11.5"], by=biller, at=AT, seen=1)
    claim.refresh_from_db()
    assert (claim.total, claim.diagnoses, claim.revision) == (Decimal(850), ["K11.8"], 2)


def test_a_bad_line_is_named_by_its_place_and_nothing_is_half_written(biller, claim) -> None:
    with pytest.raises(ValidationError) as refused:
        verbs.save_lines(claim, [LINE, {**LINE, "fee": Decimal(-1)}], by=biller, at=AT, seen=1)
    assert set(refused.value.message_dict) == {"lines[1].fee"}
    assert claim.lines.count() == 1


def test_what_was_sent_stays_as_it_is(biller, claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(transport="sent")
    with pytest.raises(NotPossible, match="void this claim with a reason"):
        verbs.save_lines(claim, [LINE], by=biller, at=AT, seen=1)
    with pytest.raises(NotPossible):
        verbs.override(claim, "COV-104", "Because", by=biller, at=AT)


def test_a_claim_is_held_with_a_reason_and_taken_up_again(biller, claim) -> None:
    with pytest.raises(ValidationError):
        verbs.hold(claim, " ", by=biller, at=AT)
    verbs.hold(claim, "Wrong card", by=biller, at=AT)
    with pytest.raises(NotPossible):
        verbs.hold(claim, "Again", by=biller, at=AT)
    verbs.mark_ready(claim, by=biller, at=AT)
    verbs.back_to_draft(claim, by=biller, at=AT)
    actions = AuditEvent.objects.filter(subject=claim.number).values_list("action", flat=True)
    assert list(actions) == ["claim.start", "claim.hold", "claim.mark_ready", "claim.back_to_draft"]


@pytest.mark.parametrize("role", ["clinician", "assistant", "administrator", ""])
def test_only_billing_prepares_claims(claim, role: str) -> None:
    someone = factories.user(role=role)
    steps = (
        lambda: verbs.start_claims(claim.encounter, by=someone, at=AT, fee=Decimal(1)),
        lambda: verbs.save_lines(claim, [LINE], by=someone, at=AT, seen=1),
        lambda: verbs.save_diagnoses(claim, [], by=someone, at=AT, seen=1),
        lambda: verbs.override(claim, "COV-104", "x", by=someone, at=AT),
        lambda: verbs.withdraw_override(claim, "COV-104", by=someone, at=AT),
        lambda: verbs.mark_ready(claim, by=someone, at=AT),
        lambda: verbs.hold(claim, "x", by=someone, at=AT),
    )
    for step in steps:
        with pytest.raises(NotPermitted):
            step()
    claim.refresh_from_db()
    assert (claim.preparation, claim.revision) == ("draft", 1)


def test_only_a_signed_record_is_billed(biller) -> None:
    visit = factories.planned_visit()
    plan = factories.coverage(person=visit.patient)
    with pytest.raises(NotPossible, match="signed record"):
        verbs.start_claim(visit, plan, by=biller, at=AT, fee=Decimal(850))
    assert Encounter.objects.get().status == "planned"
