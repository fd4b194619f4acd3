"""The end of a claim: what was paid and left, closed or written off by a person, opened again."""

from __future__ import annotations

from typing import Any

import pytest

from claims.models import Claim, ClaimFigures
from claims.services.denials import resolve
from documentation.models import AuditEvent
from tests import factories
from tests.claims import answered as a
from tests.claims.views.test_dashboard import text
from tests.claims.views.test_submissions import KEY


@pytest.fixture
def claim(biller: Any, plain_packets: None) -> Claim:
    """The reference claim, denied in full; the denial is resolved."""
    denial = a.denied_reference(by=biller.user)
    Claim.objects.filter(pk=denial.claim_id).update(adjudication="denied")
    resolve(denial, "Not worth an appeal", on=factories.TODAY, by=biller.user, at=factories.AT)
    return Claim.objects.get(pk=denial.claim_id)


def test_the_balance_and_the_two_ends(biller: Any, claim: Claim) -> None:
    said = text(biller.get(f"/claims/{claim}/"))
    assert "Balance Billed $850.00 Paid by the plan $0.00 Patient's share $0.00 Denied, still open $0.00" in said
    assert "Close the claim" in said
    assert "Write off the rest…" in said


def test_closed_once_and_opened_again(biller: Any, claim: Claim) -> None:
    for _ in range(2):
        assert biller.post(f"/claims/{claim}/close/", once=KEY)["Location"] == f"/claims/{claim}/"
    claim.refresh_from_db()
    assert claim.closing == "closed"
    assert biller.post(f"/claims/{claim}/close/").status_code == 409
    biller.post(f"/claims/{claim}/reopen/")
    claim.refresh_from_db()
    assert claim.closing == "open"


def test_a_write_off_needs_a_reason_that_stays(biller: Any, claim: Claim) -> None:
    refused = biller.post(f"/claims/{claim}/write-off/", {"reason": " "})
    assert refused.status_code == 422
    assert "Say why the rest is written off." in text(refused)
    assert biller.post(f"/claims/{claim}/write-off/", {"reason": "filed too late"}).status_code == 302
    claim.refresh_from_db()
    assert claim.closing == "written_off"
    assert "Written off because: filed too late" in text(biller.get(f"/claims/{claim}/"))
    assert AuditEvent.objects.filter(action="claim.write_off", by=biller.user).count() == 1


def test_an_open_denial_stands_against_the_end(biller: Any, plain_packets: None) -> None:
    denial = a.denied_reference(by=biller.user)
    Claim.objects.filter(pk=denial.claim_id).update(adjudication="denied")
    for name, values in (("close", {}), ("write-off", {"reason": "enough"})):
        answer = biller.post(f"/claims/{denial.claim}/{name}/", values)
        assert answer.status_code == 409
        assert "A denial of this claim is open." in text(answer)
    assert "Close the claim" not in text(biller.get(f"/claims/{denial.claim}/"))
    assert ClaimFigures.objects.get(pk=denial.claim_id).at_risk == denial.amount


def test_before_the_answer_nothing_ends(biller: Any) -> None:
    row = factories.claim_at(preparation="ready", by=biller.user)
    answer = biller.post(f"/claims/{row}/close/")
    assert answer.status_code == 409
    assert "The payer has not decided yet." in text(answer)
    assert "Balance" not in text(biller.get(f"/claims/{row}/"))


@pytest.mark.parametrize("role", ["clinician", "assistant", "administrator"])
def test_only_billing_ends_claims(person: Any, claim: Claim, role: str) -> None:
    for name in ("close", "write-off", "reopen"):
        assert person(role).post(f"/claims/{claim}/{name}/", {"reason": "x"}).status_code == 403
