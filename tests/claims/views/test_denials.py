"""What the payer refused, on the claim's page: plain words, cause, owner, deadline, and how it ends."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from claims.models import Appeal, Claim, ClaimFigures, Denial
from claims.services.payers import record_policy
from claims.workflow import DenialStatus
from tests import factories
from tests.claims import answered as a
from tests.claims.views.test_dashboard import text
from tests.claims.views.test_submissions import KEY


@pytest.fixture
def denial(biller: Any, plain_packets: None) -> Denial:
    """The reference claim, sent and denied with CO-50 and N706."""
    return a.denied_reference(by=biller.user)


def page(person: Any, denial: Denial) -> str:
    return text(person.get(f"/claims/{denial.claim}/"))


def test_plain_words_first_codes_second_and_the_deadline_with_its_reason(biller: Any, denial: Denial) -> None:
    said = page(biller, denial)
    assert "Not medically necessary, the payer says (CO-50)" in said
    assert "A document they need is missing N706" in said
    assert "CO-50 $850.00" in said
    assert "Medical necessity $850.00 answers packet" in said
    assert "Appeal by May 5, 2027 · 180 days left 180 days from the notice of November 6, 2026" in said
    assert said.index("Not medically necessary") < said.index("Sending") < said.index("Lines")


def test_a_code_that_nobody_knows_is_shown_as_it_came(biller: Any, denial: Denial) -> None:
    Denial.objects.filter(pk=denial.pk).update(
        carc="ZZ9", rarcs=["X1"], codes=[{"group": "CO", "carc": "ZZ9", "cents": 85_000}]
    )
    said = page(biller, denial)
    assert "Denied with a code that is not in our list (CO-ZZ9)" in said
    assert "not in our list; shown as it came X1" in said


def test_the_cause_is_changed_with_a_reason_and_the_figures_follow(biller: Any, denial: Denial) -> None:
    url = f"/denials/{denial.pk}/cause/"
    refused = biller.post(url, {"cause": "images", "cause_reason": " "})
    assert refused.status_code == 422
    assert "Say why: the figures follow what you choose." in text(refused)
    assert '<option value="images" selected' in refused.content.decode()
    answer = biller.post(url, {"cause": "images", "cause_reason": "they meant the missing figures"})
    assert answer["Location"] == f"/claims/{denial.claim}/#denials"
    denial.refresh_from_db()
    assert (denial.cause, denial.machine_cause) == ("images", "medical_necessity")
    assert ClaimFigures.objects.get(pk=denial.claim_id).first_cause == "images"
    assert "By its codes: medical necessity. Changed because: they meant the missing figures" in page(biller, denial)


def test_an_unknown_cause_is_refused(biller: Any, denial: Denial) -> None:
    answer = biller.post(f"/denials/{denial.pk}/cause/", {"cause": "luck", "cause_reason": "because"})
    assert answer.status_code == 422
    assert "Choose one of the causes offered here." in text(answer)


def test_somebody_takes_it_and_gives_it_back(biller: Any, denial: Denial) -> None:
    biller.post(f"/denials/{denial.pk}/assign/")
    assert f"with {biller.user.display_name}" in page(biller, denial)
    assert biller.post(f"/denials/{denial.pk}/assign/").status_code == 409  # from an old page
    assert f"with {biller.user.display_name}" in page(biller, denial)
    biller.post(f"/denials/{denial.pk}/assign/", {"owner": str(biller.user.pk)})
    assert "with nobody yet" in page(biller, denial)


def test_it_ends_with_a_sentence_and_writes_nothing_off(biller: Any, denial: Denial) -> None:
    url = f"/denials/{denial.pk}/resolve/"
    assert biller.post(url, {"resolution": ""}).status_code == 422
    assert biller.post(url, {"resolution": "Corrected claim sent"}).status_code == 302
    denial.refresh_from_db()
    assert (denial.status, denial.resolved_on) == (DenialStatus.RESOLVED, factories.TODAY)
    assert Claim.objects.get(pk=denial.claim_id).closing == "open"
    assert "Resolved on Nov 6, 2026: Corrected claim sent" in page(biller, denial)
    assert biller.post(url, {"resolution": "once more"}).status_code == 409


def test_one_click_starts_one_appeal(biller: Any, denial: Denial) -> None:
    for _ in range(2):
        answer = biller.post(f"/denials/{denial.pk}/appeal/", once=KEY)
        assert answer["Location"] == f"/appeals/{Appeal.objects.get().pk}/"
    assert "Open appeal 1" in page(biller, denial)


def test_a_second_appeal_of_the_same_level_is_refused(biller: Any, denial: Denial) -> None:
    biller.post(f"/denials/{denial.pk}/appeal/")
    answer = biller.post(f"/denials/{denial.pk}/appeal/")
    assert answer.status_code == 409
    assert "An appeal of level 1 is open already. Finish it before you start another." in text(answer)


def test_while_an_appeal_is_open_the_denial_cannot_be_resolved(biller: Any, denial: Denial) -> None:
    biller.post(f"/denials/{denial.pk}/appeal/")
    answer = biller.post(f"/denials/{denial.pk}/resolve/", {"resolution": "enough"})
    assert answer.status_code == 409
    assert "Record its decision, or withdraw it first." in text(answer)


def test_no_right_of_appeal_offers_none(biller: Any, denial: Denial) -> None:
    Denial.objects.filter(pk=denial.pk).update(may_appeal=False, rarcs=["MA130"])
    said = page(biller, denial)
    assert "The payer gave no right of appeal for this answer. Send a new or corrected claim." in said
    assert "Start appeal" not in said
    assert biller.post(f"/denials/{denial.pk}/appeal/").status_code == 422


def test_after_the_last_day_no_appeal_is_offered(biller: Any, denial: Denial) -> None:
    record_policy(denial.claim.coverage.payer, {"appeal_days": 30, "source": "manual"}, by=biller.user, at=factories.AT)
    Denial.objects.filter(pk=denial.pk).update(denied_on=date(2026, 10, 1))
    said = page(biller, denial)
    assert "The last day to appeal was Oct 31, 2026 · 6 days late 30 days from the notice of October 1, 2026" in said
    assert "Start appeal" not in said
    answer = biller.post(f"/denials/{denial.pk}/appeal/")
    assert answer.status_code == 422
    assert "The last day for this appeal was October 31, 2026" in text(answer)


def test_after_a_day_that_nobody_verified_the_page_says_to_ask(biller: Any, denial: Denial) -> None:
    record_policy(denial.claim.coverage.payer, {"appeal_days": 30, "source": "manual"}, by=biller.user, at=factories.AT)
    Denial.objects.filter(pk=denial.pk).update(denied_on=date(2026, 10, 1))
    ask = "Nobody verified this rule. Ask the payer; with a reason an appeal can still be started"
    assert ask in page(biller, denial)
    answer = biller.post(f"/denials/{denial.pk}/appeal/")
    assert "Nobody verified this rule: ask the payer, then start it with the reason." in text(answer)


def test_a_payer_whose_time_to_appeal_is_learned_moves_the_last_day(biller: Any, denial: Denial) -> None:
    figures = ClaimFigures.objects.get(pk=denial.claim_id)
    assert figures.at_risk_until == date(2027, 5, 5)
    record_policy(denial.claim.coverage.payer, {"appeal_days": 90, "source": "manual"}, by=biller.user, at=factories.AT)
    figures.refresh_from_db()
    assert figures.at_risk_until == date(2027, 2, 4)


@pytest.mark.parametrize("role", ["clinician", "assistant", "administrator"])
def test_only_billing_works_on_denials(person: Any, denial: Denial, role: str) -> None:
    somebody = person(role)
    for name in ("appeal", "assign", "cause", "resolve"):
        assert somebody.post(f"/denials/{denial.pk}/{name}/", {"resolution": "x"}).status_code == 403


def test_who_may_see_the_claim_but_no_appeals_sees_no_denial(person: Any, denial: Denial) -> None:
    assert "Not medically necessary" not in page(person("clinician"), denial)


def test_what_is_not_there_is_not_found(biller: Any, denial: Denial) -> None:
    for name in ("appeal", "assign", "cause", "resolve"):
        assert biller.post("/denials/999/" + name + "/").status_code == 404
