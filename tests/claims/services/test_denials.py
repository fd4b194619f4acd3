"""Denials: opened by what the payer wrote, with the packet that they answer; a person may say otherwise, and why."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from claims.models import Claim, Denial, Payer
from claims.services import denials, payers, submissions
from claims.services.recount import differences
from claims.workflow import ClaimWord
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.checks import PAID_ON, answer

pytestmark = pytest.mark.django_db
AT = f.AT + timedelta(days=30)
SERVICE = f.SERVICE_DATE


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


def sent(**known: Any) -> Claim:
    row = answered.claim(SERVICE, transport="sent", **known)
    answered.sent(row, SERVICE + timedelta(days=1))
    return row


def denied(biller: User, taken: Any = checks.DENIED, *remarks: str, **known: Any) -> Denial:
    claim = sent()
    checks.post(answer(claim, taken, *remarks), by=biller, at=AT, **known)
    return Denial.objects.get(claim=claim)


ROWS = [
    ((("CO", "252", "850"),), ("N40", "N457"), "images", "CO", "252", True),
    ((("CO", "252", "850"),), ("M29",), "documentation", "CO", "252", True),
    ((("CO", "50", "850"),), ("N706",), "medical_necessity", "CO", "50", True),
    ((("CO", "16", "850"),), ("M76",), "coding", "CO", "16", True),
    ((("CO", "97", "850"),), ("M15",), "bundling", "CO", "97", True),
    ((("CO", "197", "850"),), (), "authorization", "CO", "197", True),
    ((("PR", "96", "850"),), ("N130",), "coverage", "PR", "96", True),
    ((("CO", "254", "850"),), (), "crossover", "CO", "254", True),
    ((("OA", "18", "850"),), (), "duplicate", "OA", "18", True),
    ((("CO", "29", "850"),), (), "timely_filing", "CO", "29", True),
    ((("CO", "16", "850"),), ("MA130",), "coding", "CO", "16", False),
    ((("CO", "50", "850"),), ("N211",), "medical_necessity", "CO", "50", False),
]


@pytest.mark.parametrize(("taken", "remarks", "cause", "group", "carc", "may_appeal"), ROWS)
def test_it_is_opened_with_its_codes_and_cause(
    biller: User, taken: Any, remarks: tuple[str, ...], cause: str, group: str, carc: str, may_appeal: bool
) -> None:
    denial = denied(biller, taken, *remarks)
    assert (denial.cause, denial.machine_cause, denial.cause_reason) == (cause, cause, "")
    assert (denial.group, denial.carc, denial.rarcs, denial.may_appeal) == (group, carc, list(remarks), may_appeal)
    assert (denial.amount, denial.is_full, denial.is_first, denial.status) == (850, True, True, "open")
    assert (denial.denied_on, denial.opened_at) == (PAID_ON, AT)
    assert denial.answer.claim == denial.claim
    (code,) = denial.codes
    assert (code["group"], code["carc"], code["cents"]) == (group, carc, 85000)


@pytest.mark.parametrize(
    ("taken", "known"),
    [
        (checks.PAID, {}),
        (checks.DEDUCTIBLE, {}),
        ((("PR", "3", "850"),), {}),
        ((("CO", "45", "100"),), {}),
        ((("CO", "24", "850"),), {}),
        ((("OA", "23", "850"),), {"status": "2"}),
        ((("OA", "101", "850"),), {"status": "25"}),
        ((("OA", "133", "850"),), {}),
    ],
    ids="paid deductible copay contractual capitation secondary predetermination pended".split(),
)
def test_what_is_no_denial_opens_none(biller: User, taken: Any, known: Any) -> None:
    claim = sent()
    checks.post(answer(claim, taken, **known), by=biller, at=AT)
    assert not Denial.objects.exists()
    assert claim.figures.__class__.objects.get(claim=claim).initially_denied is False
    assert Claim.objects.get(pk=claim.pk).closing != "written_off"


def test_all_codes_are_kept_and_the_dearest_cause_leads(biller: User) -> None:
    denial = denied(biller, (("CO", "97", "200"), ("CO", "50", "600"), ("CO", "45", "50")), "N706")
    assert (denial.cause, denial.carc, denial.amount) == ("medical_necessity", "50", 800)
    assert [(c["carc"], c["cents"]) for c in denial.codes] == [("97", 20000), ("50", 60000)]


def test_it_answers_the_packet_that_was_out_on_that_day(biller: User) -> None:
    """Sent, rejected, sent again: a denial answers what lay before the payer, not the newest packet."""
    claim = answered.claim(SERVICE, transport="sent")
    first = answered.sent(claim, date(2026, 11, 6))
    answered.sent(claim, date(2026, 12, 5))
    answered.packet(claim)
    checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
    assert Denial.objects.get().packet == first.packet


def test_a_claim_that_was_never_sent_has_a_denial_without_packet(biller: User) -> None:
    claim = answered.claim(SERVICE)
    checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
    assert Denial.objects.get().packet is None


class TestCause:
    def test_a_person_says_otherwise_and_the_figures_follow(self, biller: User) -> None:
        denial = denied(biller)
        denials.set_cause(denial, "images", "The reviewer asked for the figures.", by=biller, at=AT)
        denial.refresh_from_db()
        assert (denial.machine_cause, denial.cause) == ("medical_necessity", "images")
        assert denial.cause_reason == "The reviewer asked for the figures."
        assert Claim.objects.get().figures.first_cause == "images"
        assert AuditEvent.objects.latest("seq").action == "denial.cause"
        assert differences() == (1, 0)

    def test_without_a_reason_nothing_changes(self, biller: User) -> None:
        denial = denied(biller)
        with pytest.raises(ValidationError, match="Say why"):
            denials.set_cause(denial, "images", "  ", by=biller, at=AT)
        denial.refresh_from_db()
        assert denial.cause == "medical_necessity"

    def test_only_billing_works_on_denials(self, biller: User) -> None:
        denial, clinician = denied(biller), f.user(role="clinician")
        for act in (
            lambda: denials.set_cause(denial, "images", "why", by=clinician, at=AT),
            lambda: denials.assign(denial, clinician, by=clinician, at=AT),
            lambda: denials.resolve(denial, "so", on=AT.date(), by=clinician, at=AT),
        ):
            with pytest.raises(NotPermitted):
                act()


class TestResolving:
    def test_it_says_how_and_the_money_is_no_longer_at_risk(self, biller: User) -> None:
        denial = denied(biller)
        assert Claim.objects.get().figures.at_risk == 850
        denials.resolve(denial, "The patient pays.", on=AT.date(), by=biller, at=AT)
        denial.refresh_from_db()
        assert (denial.status, denial.resolution, denial.resolved_on) == ("resolved", "The patient pays.", AT.date())
        claim = Claim.objects.get()
        assert (claim.figures.at_risk, claim.figures.at_risk_until) == (0, None)
        assert (claim.closing, claim.word) == ("open", ClaimWord.DENIED)
        assert claim.figures.initially_denied
        assert differences() == (1, 0)

    def test_not_without_a_sentence_and_not_twice(self, biller: User) -> None:
        denial = denied(biller)
        with pytest.raises(ValidationError, match="Say how"):
            denials.resolve(denial, "", on=AT.date(), by=biller, at=AT)
        denials.resolve(denial, "So.", on=AT.date(), by=biller, at=AT)
        with pytest.raises(NotPossible):
            denials.resolve(denial, "Again.", on=AT.date(), by=biller, at=AT)

    def test_it_is_given_to_somebody(self, biller: User) -> None:
        denial = denied(biller)
        denials.assign(denial, biller, by=biller, at=AT)
        denial.refresh_from_db()
        assert denial.owner == biller
        denials.assign(denial, None, by=biller, at=AT)
        denial.refresh_from_db()
        assert denial.owner is None


def test_the_last_day_follows_what_is_known_of_the_payer(biller: User) -> None:
    denial = denied(biller)
    payer = Payer.objects.get(pk=denial.claim.coverage.payer_id)
    assert Claim.objects.get().figures.at_risk_until == PAID_ON + timedelta(days=180)
    payers.record_policy(payer, {"appeal_days": 45, "source": "letter"}, by=biller, at=AT)
    assert Claim.objects.get().figures.at_risk_until == PAID_ON + timedelta(days=45)
    assert differences() == (1, 0)


def test_a_rejected_claim_can_be_denied_after_it_was_sent_again(biller: User) -> None:
    claim = sent()
    submissions.reject(claim, "Member not found.", by=biller, at=AT)
    checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
    assert Claim.objects.get(pk=claim.pk).word == ClaimWord.DENIED


def test_after_a_supplement_a_denial_still_answers_the_packet_of_the_claim(biller: User) -> None:
    claim = sent()
    first = claim.packets.get()
    answered.sent(claim, PAID_ON - timedelta(days=1), kind="supplement")
    checks.post(answer(claim, checks.DENIED), by=biller, at=AT)  # the only answer: posted with many others
    checks.post(answer(claim, (("CO", "252", "850"),), "N40"), by=biller, at=AT, trace="T2")
    assert [denial.packet for denial in claim.denials.order_by("pk")] == [first, first]
