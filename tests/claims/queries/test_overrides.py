"""Every reason for going on, with the answer of the sending that it went with."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from claims.conditions.condition import Clause, Group
from claims.models import Claim, ClaimFigures, RuleOverride
from claims.queries.backtests import backtest, claims_of
from claims.queries.outcomes import claims_sent, risk_of, share_of
from claims.queries.overrides import overrides
from claims.services import queues
from documentation.kernel.rule import Report
from tests.claims import answered as a
from tests.claims.queries.test_outcomes import failed

pytestmark = pytest.mark.django_db
JANUARY = date(2026, 1, 12)
MARCH = date(2026, 3, 2)


def given(row: Claim, rule: str = "COV-104", *, withdrawn: bool = False) -> RuleOverride:
    at = a.moment(row.service_date) + timedelta(minutes=RuleOverride.objects.count())
    return RuleOverride.objects.create(
        claim=row, rule=rule, reason="Looked at", by=a.somebody(), at=at, withdrawn_at=at if withdrawn else None
    )


def answers() -> list[tuple[str, str]]:
    return [(row.payer_name, row.answer) for row in overrides().order_by("pk")]


def test_each_reason_has_the_answer_of_the_sending_that_it_went_with() -> None:
    denied, paid, waiting, draft, dropped, mended = (a.claim(date(2026, 1, 5), of="Summit") for _ in range(6))
    for row in (denied, paid, waiting, draft, mended):
        given(row)
    given(dropped, withdrawn=True)
    for row in (denied, paid, waiting, mended):
        a.sent(row, JANUARY, passed_over="COV-104")
    a.sent(dropped, JANUARY)
    a.sent(mended, date(2026, 2, 2))  # the first sending was rejected; the second needed no reason
    for row in (denied, dropped, mended):
        a.denial(a.answer(row, MARCH, "denied"), "coverage", "850.00")
    a.answer(paid, MARCH, "paid", paid="700.00")
    assert [answer for _, answer in answers()] == [
        "denied",
        "not_denied",
        "waiting",
        "not_sent",
        "denied_without",
        "withdrawn",
    ]
    share = share_of(a.payer("Summit"), "COV-104", with_reason=True)
    told = [answer for _, answer in answers() if answer in ("denied", "not_denied")]
    assert (share.part, share.whole) == (told.count("denied"), len(told))


def test_a_rejected_sending_leads_to_the_answer_of_the_next_with_or_without_the_reason() -> None:
    kept, mended, unanswered = (a.claim(date(2026, 1, 5), of="Summit") for _ in range(3))
    for row in (kept, mended, unanswered):
        given(row)
        a.sent(row, JANUARY, passed_over="COV-104")
    a.sent(kept, date(2026, 2, 2), passed_over="COV-104")
    for row in (mended, unanswered):
        a.sent(row, date(2026, 2, 2))
    for row in (kept, mended):
        a.answer(row, MARCH, "paid", paid="700.00")
    assert [answer for _, answer in answers()] == ["not_denied", "not_denied_without", "waiting"]
    assert share_of(a.payer("Summit"), "COV-104", with_reason=True).whole == 1


def test_an_answer_without_a_day_answers_what_was_sent_last() -> None:
    row = a.claim(date(2026, 1, 5), of="Summit")
    given(row)
    a.sent(row, JANUARY, passed_over="COV-104")
    assert [answer for _, answer in answers()] == ["waiting"]
    a.denial(a.answer(row, MARCH, "denied"), "coverage", "850.00")
    ClaimFigures.objects.update(answered_on=None)
    queues.place(row.pk)
    assert [answer for _, answer in answers()] == ["denied"]
    share = share_of(a.payer("Summit"), "COV-104", with_reason=True)
    assert (share.part, share.whole) == (1, 1)


def test_a_corrected_claim_that_is_denied_again_has_its_own_answer_everywhere() -> None:
    """The figures count the dollars with the claim that it replaces; what was passed over was answered all the same."""
    first = a.claim(date(2026, 1, 5), of="Summit")
    a.sent(first, JANUARY)
    a.denial(a.answer(first, date(2026, 2, 2), "denied"), "coding", "850.00")
    again, mended = (a.claim(date(2026, 1, 5), of="Summit", replaces=first) for _ in range(2))
    for row in (again, mended):
        given(row)
        a.sent(row, date(2026, 2, 9), passed_over="COV-104")
    a.denial(a.answer(again, MARCH, "denied"), "coverage", "850.00", is_first=False)
    a.denial(a.answer(again, date(2026, 4, 6), "denied"), "coding", "850.00", is_first=False)
    a.answer(mended, MARCH, "paid", paid="700.00")
    a.denial(a.answer(mended, date(2026, 4, 6), "denied"), "coding", "850.00", is_first=False)
    assert not ClaimFigures.objects.get(claim=again).initially_denied
    assert [(row.answer, row.first_cause) for row in overrides().order_by("pk")] == [
        ("denied_again", "coverage"),
        ("not_denied", None),
    ]
    payer = a.payer("Summit")
    for share in (share_of(payer, "COV-104", with_reason=True), share_of(payer, "COV-104")):
        assert (share.part, share.whole) == (1, 2)
    assert [(r.submission.claim, r.was_denied) for r in claims_sent(payer, "COV-104")] == [
        (mended, False),
        (again, True),
    ]
    (line,) = risk_of(Report((failed("COV-104"),)), payer).lines
    assert (line.denied.part, line.denied.whole) == (1, 2)
    (counted,) = backtest([Group("all", (Clause("claim.total", "at_least", 0),))])
    assert (counted.denied, counted.paid, len(counted.stopped_denied)) == (2, 1, 2)
    assert [packet.denied for packet in claims_of(counted.stopped_denied)] == [850, 850]


def test_payer_and_rule_narrow_the_list_and_the_payer_is_that_of_the_packet() -> None:
    row, other = a.claim(date(2026, 1, 5), of="Summit"), a.claim(date(2026, 1, 5), of="Another")
    given(row)
    given(row, "NEC-301")
    given(other)
    a.sent(row, JANUARY, passed_over="COV-104 NEC-301")
    row.coverage.payer = a.payer("Corrected later")
    row.coverage.save()
    assert answers() == [("Summit", "waiting"), ("Summit", "waiting"), ("Another", "not_sent")]
    assert [o.rule for o in overrides(a.payer("Summit")).order_by("pk")] == ["COV-104", "NEC-301"]
    assert [o.claim for o in overrides(rule="COV-104").order_by("pk")] == [row, other]
    assert not overrides(a.payer("Corrected later"))
