"""The end of a claim: what was paid and left, closed or written off by a person, opened again."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from claims.models import Claim, ClaimFigures
from claims.queries.claims import report_of
from claims.services.calls import note_call
from claims.services.denials import resolve
from claims.services.payers import set_fee
from claims.services.preparation import save_lines
from claims.services.submissions import submit
from documentation.kernel.machine import NotPossible, Refused
from documentation.models import AuditEvent
from tests import factories
from tests.claims import answered as a
from tests.claims import checks
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
    assert "$850.00 is left that nobody pays." in said
    assert "Write off the rest…" in said
    assert "Close the claim" not in said


def test_the_patients_share_stands_in_words_and_waits_for_an_appeal(biller: Any) -> None:
    row = factories.claim_at(preparation="ready", by=biller.user)
    taken = (("CO", "45", "50"), ("PR", "1", "50"), ("PR", "2", "110"), ("CO", "50", "300"))
    checks.post(checks.answer(row, taken), by=biller.user, at=factories.AT)
    page = f"/claims/{row}/"
    assert "The patient owes $50.00 deductible and $110.00 coinsurance, by what the plan answered." in text(
        biller.get(page)
    )
    assert f"Do not bill the patient yet. A denial of {row} over $300.00 is open." in text(biller.get(page))
    appeal = a.appeal(row.denials.get())
    for status, waits in (("draft", True), ("sealed", True), ("sent", True), ("decided", False), ("withdrawn", False)):
        type(appeal).objects.filter(pk=appeal.pk).update(status=status)
        assert ("Do not bill the patient while an appeal is open." in text(biller.get(page))) is waits, status


def shown(biller: Any, claim: Any) -> str:
    """What the page of the write-off tells of the claim, as its form sends it back."""
    found = re.search(r'name="shown" value="([^"]+)"', biller.get(f"/claims/{claim}/write-off/").content.decode())
    assert found
    return found[1]


def write_off(biller: Any, claim: Any, reason: str, **more: str) -> Any:
    given = {"shown": shown(biller, claim), "reason": reason, **more}
    return biller.post(f"/claims/{claim}/write-off/", given)


def test_what_is_left_is_not_given_up_by_closing(biller: Any, claim: Claim) -> None:
    answer = biller.post(f"/claims/{claim}/close/")
    assert answer.status_code == 409
    assert "$850.00 of this claim is left, and nobody pays it." in text(answer)
    claim.refresh_from_db()
    assert claim.closing == "open"


def test_the_patients_share_stays_due_unless_it_is_given_up_too(biller: Any, settings: Any) -> None:
    settings.WRITE_OFF_LIMIT = 850
    row = a.claim(factories.SERVICE_DATE, transport="sent")
    checks.post(checks.answer(row, (("PR", "2", "160"), ("CO", "50", "300"))), by=biller.user, at=factories.AT)
    resolve(row.denials.get(), "Nothing helps.", on=factories.TODAY, by=biller.user, at=factories.AT)
    page = text(biller.get(f"/claims/{row}/write-off/"))
    assert "$300.00 is given up for good." in page
    assert "Give up the $160.00 that the patient owes, too" in page
    write_off(biller, row, "Too small.")
    assert "$160.00 due" in text(biller.get(f"/claims/{row}/"))
    biller.post(f"/claims/{row}/reopen/")
    write_off(biller, row, "Hardship.", with_share="on")
    said = text(biller.get(f"/claims/{row}/"))
    assert "Written off by choice $460.00" in said
    assert "$0.00 due" in said


def test_closed_once_and_opened_again(biller: Any) -> None:
    claim = a.claim(factories.SERVICE_DATE, transport="sent")
    checks.post(checks.answer(claim, checks.DEDUCTIBLE), by=biller.user, at=factories.AT)
    for _ in range(2):
        assert biller.post(f"/claims/{claim}/close/", once=KEY)["Location"] == f"/claims/{claim}/"
    claim.refresh_from_db()
    assert claim.closing == "closed"
    assert biller.post(f"/claims/{claim}/close/").status_code == 409
    biller.post(f"/claims/{claim}/reopen/")
    claim.refresh_from_db()
    assert claim.closing == "open"


def test_a_write_off_needs_a_reason_that_stays(biller: Any, claim: Claim, settings: Any) -> None:
    settings.WRITE_OFF_LIMIT = 850
    refused = write_off(biller, claim, " ")
    assert refused.status_code == 422
    assert "Say why the rest is written off." in text(refused)
    assert write_off(biller, claim, "filed too late").status_code == 302
    claim.refresh_from_db()
    assert claim.closing == "written_off"
    said = text(biller.get(f"/claims/{claim}/"))
    assert "Written off by choice $850.00" in said
    assert "Written off because: filed too late" in said
    assert AuditEvent.objects.filter(action="claim.write_off", by=biller.user).count() == 1


def test_what_changed_since_the_page_was_opened_is_not_written_off(biller: Any, settings: Any) -> None:
    settings.WRITE_OFF_LIMIT = 850
    row = a.claim(factories.SERVICE_DATE, transport="sent")
    known = {"outcome": "in_process", "called_on": factories.TODAY, "next_on": date(2026, 11, 20)}
    note_call(row, known, by=biller.user, at=factories.AT)
    before = shown(biller, row)
    # The payer answers a part of it after all.
    paid = checks.answer(row, (("CO", "45", "100"),), charge="500")
    checks.post(paid, by=biller.user, at=factories.AT)
    here = f"/claims/{row}/write-off/"
    for old in (before, ""):
        refused = biller.post(here, {"reason": "It never answers.", "shown": old})
        assert refused.status_code == 409
        assert "changed since you opened this page" in text(refused)
        assert "$350.00 is given up" in text(refused)
    row.refresh_from_db()
    assert row.closing == "open"
    now = re.search(r'name="shown" value="([^"]+)"', refused.content.decode())
    assert now
    assert biller.post(here, {"reason": "It never answers.", "shown": now[1]}).status_code == 302
    row.refresh_from_db()
    assert row.closing == "written_off"
    said = text(biller.get(f"/claims/{row}/"))
    assert "Written off by choice $350.00" in said
    assert "Not decided yet" not in said  # it is told once, as what it is by now
    biller.post(f"/claims/{row}/reopen/")
    assert "Not decided yet $350.00" in text(biller.get(f"/claims/{row}/"))


def test_above_the_limit_the_rest_waits_for_a_second_person(biller: Any, claim: Claim) -> None:
    assert "Above $100.00 a second person decides." in text(biller.get(f"/claims/{claim}/write-off/"))
    assert write_off(biller, claim, "filed too late").status_code == 302
    claim.refresh_from_db()
    assert claim.closing == "open"
    said = text(biller.get(f"/claims/{claim}/"))
    assert "$850.00 waits for a second person to be written off." in said
    assert "Close the claim" not in said


def test_an_open_denial_stands_against_the_end(biller: Any, plain_packets: None) -> None:
    denial = a.denied_reference(by=biller.user)
    Claim.objects.filter(pk=denial.claim_id).update(adjudication="denied")
    seen = {"reason": "enough", "shown": shown(biller, denial.claim)}
    for name, values in (("close", {}), ("write-off", seen)):
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


def test_a_claim_that_nobody_sent_is_voided_with_a_reason_and_its_visit_billed_again(biller: Any) -> None:
    row = factories.claim_at(preparation="ready", by=biller.user)
    before = text(biller.get(f"/claims/{row}/"))
    assert "Void it" in before
    assert "All claims Ready" in before
    assert "How was the payer told?" not in text(biller.get(f"/claims/{row}/void/"))
    refused = biller.post(f"/claims/{row}/void/", {"reason": " "})
    assert (refused.status_code, "Say why the claim is void." in text(refused)) == (422, True)
    assert biller.post(f"/claims/{row}/void/", {"reason": "started twice"}).status_code == 302
    row.refresh_from_db()
    assert row.closing == "voided"
    (event,) = AuditEvent.objects.filter(action="claim.void", by=biller.user)
    assert "started twice" in event.detail
    said = text(biller.get(f"/claims/{row}/"))
    assert "Void. started twice" in said
    assert not any(step in said for step in ("Void it", "Back to draft", "Build the packet", "mend these"))
    assert "All claims Ready" not in said
    listed = text(biller.get("/claims/")), text(biller.get("/claims/?word=ready"))
    assert ("Voided" in listed[0], str(row) in listed[1]) == (True, False)
    assert biller.post(f"/claims/{row}/void/", {"reason": "again"}).status_code == 409
    with pytest.raises(Refused, match="This claim is void"):
        submit(row, {}, by=biller.user, at=factories.AT)
    with pytest.raises(NotPossible, match="This claim is void"):
        save_lines(row, [], by=biller.user, at=factories.AT, seen=row.revision)
    set_fee("D0371", Decimal("850.00"), effective_on=factories.SERVICE_DATE, by=biller.user, at=factories.AT)
    again = biller.post(f"/encounters/{row.encounter}/claims/start/")
    assert again.status_code == 302
    new = Claim.objects.get(encounter=row.encounter, closing="open")
    assert new.pk != row.pk
    assert "FIL-111" not in {r.rule.id for r in report_of(new, today=factories.TODAY).blockers}


def test_what_the_payer_holds_is_voided_there_first(biller: Any, claim: Claim) -> None:
    assert "How was the payer told?" in text(biller.get(f"/claims/{claim}/void/"))
    refused = biller.post(f"/claims/{claim}/void/", {"reason": "wrong plan"})
    assert refused.status_code == 422
    assert "Say when and how it was told" in text(refused)
    told = {"reason": "wrong plan", "told": "code 8 by portal, Nov 6"}
    assert biller.post(f"/claims/{claim}/void/", told).status_code == 302
    assert "The payer was told: code 8 by portal, Nov 6" in text(biller.get(f"/claims/{claim}/"))
    assert ClaimFigures.objects.get(pk=claim.pk).at_risk == 0


@pytest.mark.parametrize(
    ("adjudication", "is_denied", "why"),
    [
        ("paid", False, "Once its reversal is posted"),
        ("partly_paid", False, "Once its reversal is posted"),
        ("denied", True, "A denial of this claim is open."),
    ],
)
def test_neither_money_nor_an_open_denial_goes_void(
    biller: Any, claim: Claim, adjudication: str, is_denied: bool, why: str
) -> None:
    Claim.objects.filter(pk=claim.pk).update(adjudication=adjudication)
    if is_denied:
        claim.denials.update(status="open")
    assert "Void it" not in text(biller.get(f"/claims/{claim}/"))
    refused = biller.post(f"/claims/{claim}/void/", {"reason": "x", "told": "by telephone"})
    assert (refused.status_code, why in text(refused)) == (422, True)
    claim.refresh_from_db()
    assert claim.closing == "open"


@pytest.mark.parametrize("role", ["clinician", "assistant", "administrator"])
def test_only_billing_ends_claims(person: Any, claim: Claim, role: str) -> None:
    for name in ("close", "write-off", "reopen", "void"):
        assert person(role).post(f"/claims/{claim}/{name}/", {"reason": "x"}).status_code == 403
