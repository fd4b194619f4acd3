"""What the practice's own outcomes say before a claim leaves: a history whose numbers one can count by hand."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Claim, Payer, SentFailure
from claims.queries.outcomes import claims_sent, risk_of, share_of
from documentation.kernel.rule import Cause, Report, Result, Severity
from tests.claims import answered as a

pytestmark = pytest.mark.django_db
JANUARY, MARCH = date(2026, 1, 12), date(2026, 3, 2)


def decided(outcome: str, *, of: str = "Summit", sent_on: date = JANUARY, **so: str) -> Claim:
    """A claim that was sent so and answered in March: `denied`, `paid`; `` waits."""
    row = a.claim(date(2026, 1, 5), of=of, transport="sent")
    a.sent(row, sent_on, **so)
    if outcome:
        given = a.answer(row, MARCH, outcome, paid="700.00" if outcome == "paid" else "0.00")
        if outcome == "denied":
            a.denial(given, "medical_necessity", "850.00")
    return row


def failed(rule: str, severity: Severity = Severity.WARNING) -> Result:
    return Result(rule, rule, severity, False, Cause.OTHER, "claim.x", "It fails.")


@pytest.fixture
def summit() -> Payer:
    """Of 6 claims with COV-104 passed over 4 were denied; of 9 answered claims 5."""
    for outcome in ("denied", "denied", "denied", "denied", "paid", "paid"):
        decided(outcome, passed_over="COV-104")
    decided("denied", let_be="IMG-201")
    decided("paid", let_be="IMG-201")
    decided("paid")
    decided("", passed_over="COV-104")  # waits: nothing is known yet
    decided("denied", of="Another", passed_over="COV-104")
    return a.payer("Summit")


def counts(report: Report, payer: Payer) -> dict[str, tuple[int, int]]:
    return {line.result.rule: (line.denied.part, line.denied.whole) for line in risk_of(report, payer).lines}


def test_each_line_counts_the_claims_that_this_payer_answered(summit: Payer) -> None:
    report = Report(
        (
            failed("IMG-201", Severity.ADVICE),
            failed("COV-104"),
            failed("NEC-301"),
            failed("COD-101", Severity.BLOCKER),
        )
    )
    assert counts(report, summit) == {"COV-104": (4, 6), "IMG-201": (1, 2), "NEC-301": (0, 0)}
    assert list(counts(report, summit)) == ["COV-104", "IMG-201", "NEC-301"], "what was denied oftenest comes first"
    everything = risk_of(report, summit).everything
    assert (everything.part, everything.whole) == (5, 9)
    assert counts(report, a.payer("Another")) == {"COV-104": (1, 1), "IMG-201": (0, 0), "NEC-301": (0, 0)}


def test_the_claims_behind_a_number_are_as_many_as_it_says(summit: Payer) -> None:
    for payer, rule in ((summit, "COV-104"), (summit, ""), (None, "COV-104"), (None, "")):
        rows = list(claims_sent(payer, rule))
        share = share_of(payer, rule)
        assert (share.part, share.whole) == (sum(r.was_denied for r in rows), len(rows))
    assert share_of(summit, with_reason=True).whole == 6


def test_a_rejected_sending_does_not_count_only_the_one_that_was_answered(summit: Payer) -> None:
    row = a.claim(date(2026, 1, 5), of="Summit", transport="sent")
    a.sent(row, JANUARY, passed_over="COV-104")
    a.sent(row, date(2026, 2, 2))  # mended, and sent again
    a.denial(a.answer(row, MARCH, "denied"), "coding", "850.00")
    assert share_of(summit, "COV-104").whole == 6
    assert share_of(summit).whole == 10


def test_what_is_changed_later_changes_no_number(summit: Payer) -> None:
    """The payer of the plan is corrected, and the rule of the claim passes now: it was sent as it was sent."""
    rows = Claim.objects.filter(pk__in=SentFailure.objects.values("report__submission__claim"))
    for claim in rows.select_related("coverage"):
        claim.coverage.payer = a.payer("Elsewhere")
        claim.coverage.save()
    share = share_of(summit, "COV-104")
    assert (share.part, share.whole) == (4, 6)


def test_no_percentage_below_twenty_cases(summit: Payer) -> None:
    assert share_of(summit, "COV-104").is_small
    for _ in range(14):
        decided("paid", passed_over="COV-104")
    share = share_of(summit, "COV-104")
    assert (share.part, share.whole, share.is_small) == (4, 20, False)


def test_many_rules_and_claims_ask_one_question(summit: Payer) -> None:
    report = Report(tuple(failed(f"NEC-{n}") for n in range(301, 340)))
    with CaptureQueriesContext(connection) as queries:
        risk_of(report, summit)
    assert len(queries) == 1
