"""The tracker, the letter with its receipts, sealing, sending, and what the payer decided."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils.text import capfirst

from claims.models import Appeal, Claim, ClaimFigures, Denial, Submission
from claims.proofs.wanted import wanted_on
from claims.services import appeals as verbs
from claims.services import letters
from claims.workflow import ClaimWord
from documentation.kernel.rule import Cause
from documentation.models import AuditEvent
from tests import factories
from tests.claims import answered as a
from tests.claims.views.test_dashboard import text
from tests.claims.views.test_submissions import GOOD, KEY


@pytest.fixture
def denial(biller: Any, plain_packets: None) -> Denial:
    return a.denied_reference(by=biller.user)


@pytest.fixture
def appeal(biller: Any, denial: Denial) -> Appeal:
    """The appeal of the reference denial, in draft."""
    return verbs.open_appeal(denial, by=biller.user, at=factories.AT)


@pytest.fixture
def sealed(biller: Any, appeal: Appeal) -> Appeal:
    letters.seal(appeal, by=biller.user, at=factories.AT)
    return Appeal.objects.get(pk=appeal.pk)


@pytest.fixture
def sent(biller: Any, sealed: Appeal) -> Appeal:
    assert biller.post(f"/appeals/{sealed.pk}/send/", GOOD).status_code == 302
    return Appeal.objects.get(pk=sealed.pk)


def url(appeal: Appeal, step: str = "") -> str:
    return f"/appeals/{appeal.pk}/{step}"


# --- The letter ---------------------------------------------------------------------------------------------------


def test_the_page_says_why_until_when_and_what_goes_with_it(biller: Any, appeal: Appeal) -> None:
    said = text(biller.get(url(appeal)))
    assert "Level 1 appeal due May 5, 2027 · 180 days left 180 days from the notice of November 6, 2026" in said
    assert "Not medically necessary, the payer says CO-50 $850.00" in said
    assert "drafted from the signed record" in said
    assert "no gaps" in said
    assert "Interpretation, signed" in said
    assert "Appeal started" in said


def test_each_statement_of_the_draft_names_its_proof(biller: Any, appeal: Appeal) -> None:
    page = biller.get(url(appeal))
    assert "which the endoscope passed after dilation. Figure 1" in text(page)
    assert '<span class="receipt">Figure 1</span>' in page.content.decode()


def test_an_edited_letter_keeps_the_receipts_of_what_stayed(biller: Any, appeal: Appeal) -> None:
    draft = letters.letter_of(appeal, today=factories.TODAY).text
    changed = draft + "\n\nPlease call us before you decide."
    answer = biller.post(url(appeal, "letter/"), {"letter": changed, "seen": appeal.revision})
    assert answer["Location"] == url(appeal) + "#letter"
    page = biller.get(url(appeal))
    assert "Please call us before you decide." in text(page)
    assert "edited" in text(page)
    assert '<span class="receipt">Figure 1</span>' in page.content.decode()


def test_saving_the_draft_as_it_is_changes_nothing(biller: Any, appeal: Appeal) -> None:
    draft = letters.letter_of(appeal, today=factories.TODAY).text.replace("\n", "\r\n")
    biller.post(url(appeal, "letter/"), {"letter": draft, "seen": appeal.revision})
    appeal.refresh_from_db()
    assert (appeal.letter, appeal.revision) == ("", 1)


def test_an_empty_letter_brings_the_draft_back(biller: Any, appeal: Appeal) -> None:
    biller.post(url(appeal, "letter/"), {"letter": "Short.", "seen": 1})
    biller.post(url(appeal, "letter/"), {"letter": " ", "seen": 2})
    assert "drafted from the signed record" in text(biller.get(url(appeal)))


def test_a_letter_that_somebody_else_changed_is_shown_beside_mine(biller: Any, appeal: Appeal, person: Any) -> None:
    person("manager").post(url(appeal, "letter/"), {"letter": "Theirs.", "seen": appeal.revision})
    answer = biller.post(url(appeal, "letter/"), {"letter": "Mine.", "seen": appeal.revision})
    assert answer.status_code == 409
    said = text(answer)
    assert "Somebody else changed this letter meanwhile." in said
    assert "Theirs." in said
    assert "Mine." in said
    appeal.refresh_from_db()
    assert appeal.letter == "Theirs."


@pytest.mark.parametrize("seen", ["", "x", "99999999999999", "-1"])
def test_a_damaged_revision_is_an_old_one(biller: Any, appeal: Appeal, seen: str) -> None:
    assert biller.post(url(appeal, "letter/"), {"letter": "Mine.", "seen": seen}).status_code == 409


def test_a_letter_that_is_too_long_is_kept_and_said(biller: Any, appeal: Appeal) -> None:
    answer = biller.post(url(appeal, "letter/"), {"letter": "x" * 20_001, "seen": 1})
    assert answer.status_code == 422
    assert "At most 20000 characters fit; this has 20001." in text(answer)
    assert "x" * 20_001 in answer.content.decode()


def test_the_page_says_what_was_refused_what_is_missing_and_what_is_next(biller: Any, appeal: Appeal) -> None:
    said = text(biller.get(url(appeal)))
    assert "First-level appeal of" in said
    assert "Read the letter, then seal it" in said
    assert "Nobody wrote down where appeals to this payer go" in said
    biller.post(url(appeal, "letter/"), {"letter": "We ask you to pay [amount].", "seen": 1})
    said = text(biller.get(url(appeal)))
    assert "1 gap in the letter" in said
    assert "Fill 1 gap" in said
    assert "Before it can be sealed" in said


def test_a_payer_without_an_address_is_said_before_sealing_with_the_way_to_mend_it(biller: Any, appeal: Appeal) -> None:
    payer = appeal.claim.coverage.payer
    type(payer).objects.filter(pk=payer.pk).update(line1="", city="", state="", zip="")
    page = biller.get(url(appeal))
    assert "The address of the payer is not recorded. Write it down" in text(page)
    assert f'href="/payers/{payer.pk}/"' in page.content.decode()
    assert biller.post(url(appeal, "step/"), {"transition": "seal"}).status_code == 422


def test_the_next_level_before_the_decision_wants_a_reason(biller: Any, sent: Appeal) -> None:
    assert f'href="{url(sent, "next/")}"' in biller.get(url(sent)).content.decode()
    refused = biller.post(url(sent, "next/"), {"because": " "})
    assert refused.status_code == 422
    assert "Say why: the level before has no outcome yet." in text(refused)
    answer = biller.post(url(sent, "next/"), {"because": "The portal shows no decision."})
    second = Appeal.objects.get(level=2)
    assert answer["Location"] == url(second)
    said = text(biller.get(url(second)))
    assert "Started all the same, because: The portal shows no decision." in said
    assert "Other levels First-level appeal" in said


def test_an_appeal_without_a_decision_stands_among_the_calls_to_make(biller: Any, sent: Appeal) -> None:
    assert sent.claim.number not in text(biller.get("/worklist/calls/"))
    Appeal.objects.filter(pk=sent.pk).update(decide_by=date(2026, 11, 1), decide_reason="30 days")
    said = text(biller.get("/worklist/calls/"))
    assert "Appeals without a decision" in said
    assert sent.claim.number in said
    assert sent.claim.number in text(biller.get("/appeals/?stage=overdue"))
    page = text(biller.get(url(sent)))
    assert "The payer should have decided by Nov 1, 2026." in page
    assert "Ask the payer" in page


def test_the_payers_own_words_are_kept_with_the_decision(biller: Any, sent: Appeal) -> None:
    words = "The images do not show the duct."
    given = {"outcome": "upheld", "decided_on": "2026-11-06", "decision_words": words, "decision_cause": "images"}
    biller.post(url(sent, "decide/"), given)
    assert words in text(biller.get(url(sent)))
    biller.post(f"/denials/{sent.denial_id}/appeal/")
    assert f"“{words}”" in text(biller.get(url(Appeal.objects.get(level=2))))


# --- Sealing and sending ------------------------------------------------------------------------------------------


def test_a_place_left_to_fill_in_stops_the_sealing_and_is_named(biller: Any, appeal: Appeal) -> None:
    biller.post(url(appeal, "letter/"), {"letter": "We ask you to pay [amount].", "seen": 1})
    answer = biller.post(url(appeal, "step/"), {"transition": "seal"})
    assert answer.status_code == 422
    assert "The letter has a gap" in text(answer)
    appeal.refresh_from_db()
    assert (appeal.status, appeal.packet) == ("draft", None)


def test_what_is_sealed_stays_as_it_was_approved(biller: Any, appeal: Appeal) -> None:
    answer = biller.post(url(appeal, "step/"), {"transition": "seal"})
    assert answer["Location"] == url(appeal)
    appeal.refresh_from_db()
    assert appeal.packet is not None
    assert (appeal.status, appeal.packet.kind) == ("sealed", "appeal")
    page = text(biller.get(url(appeal)))
    assert f"Packet {appeal.packet.number}" in page
    assert "Record as sent" in page
    refused = biller.post(url(appeal, "letter/"), {"letter": "Other words.", "seen": appeal.revision})
    assert refused.status_code == 409
    assert "This letter is sealed. Take the appeal back to draft to change it." in text(refused)


def test_taken_back_to_draft_it_can_be_changed_again(biller: Any, sealed: Appeal) -> None:
    biller.post(url(sealed, "step/"), {"transition": "edit"})
    sealed.refresh_from_db()
    assert sealed.status == "draft"
    assert biller.post(url(sealed, "letter/"), {"letter": "Other words.", "seen": sealed.revision}).status_code == 302


def test_the_sending_remembers_the_sealed_packet(biller: Any, sealed: Appeal) -> None:
    page = biller.get(url(sealed, "send/")).content.decode()
    assert sealed.packet is not None
    assert f'value="{sealed.packet.control_number}"' in page
    for _ in range(2):
        assert biller.post(url(sealed, "send/"), GOOD, once=KEY)["Location"] == url(sealed)
    row = Submission.objects.get(appeal=sealed)
    assert (row.packet, row.recorded_by) == (sealed.packet, biller.user)
    assert Claim.objects.get(pk=sealed.claim_id).word is ClaimWord.APPEAL
    assert "Payer portal on Nov 6, 2026" in text(biller.get(url(sealed)))


def test_a_draft_is_not_sent(biller: Any, appeal: Appeal) -> None:
    answer = biller.post(url(appeal, "send/"), GOOD)
    assert answer.status_code == 409
    assert not Submission.objects.filter(appeal=appeal).exists()


@pytest.mark.parametrize("day", ["2026-11-05", "2026-11-07", "1926-01-01"])
def test_an_impossible_day_of_sending_is_refused(biller: Any, sealed: Appeal, day: str) -> None:
    answer = biller.post(url(sealed, "send/"), {**GOOD, "sent_on": day})
    assert answer.status_code == 422
    assert 'value="R-8812"' in answer.content.decode()


def test_a_step_that_does_not_exist_is_said(biller: Any, appeal: Appeal) -> None:
    answer = biller.post(url(appeal, "step/"), {"transition": "burn"})
    assert answer.status_code == 409
    assert "There is no such step." in text(answer)


# --- The decision -------------------------------------------------------------------------------------------------


def test_won_in_full(biller: Any, sent: Appeal) -> None:
    answer = biller.post(
        url(sent, "decide/"), {"outcome": "overturned_full", "decided_on": "2026-11-06", "recovered": "$850.00"}
    )
    assert answer["Location"] == url(sent)
    said = text(biller.get(url(sent)))
    assert "Overturned in full on Nov 6, 2026 · $850.00 recovered" in said
    figures = ClaimFigures.objects.get(pk=sent.claim_id)
    assert (figures.recovered, figures.at_risk, figures.appeals_overturned) == (Decimal("850.00"), 0, 1)
    assert Denial.objects.get(pk=sent.denial_id).resolution == "Overturned on appeal"


def test_upheld_opens_the_denial_and_the_next_level_counts_from_the_decision(biller: Any, sent: Appeal) -> None:
    biller.post(url(sent, "decide/"), {"outcome": "upheld", "decided_on": "2026-11-06", "recovered": ""})
    assert "The denial is open again." in text(biller.get(url(sent)))
    answer = biller.post(f"/denials/{sent.denial_id}/appeal/")
    second = Appeal.objects.get(level=2)
    assert answer["Location"] == url(second)
    assert "180 days from the decision of November 6, 2026" in text(biller.get(url(second)))


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"outcome": ""}, "is required|Choose how the payer answered|Please fill this in"),
        ({"outcome": "luck"}, "is not one of"),
        ({"decided_on": ""}, "Give the day of the decision."),
        ({"decided_on": "2026-11-07"}, "This day lies in the future."),
        ({"decided_on": "2026-11-05"}, "it cannot have been decided before"),
        ({"recovered": "900"}, "Between $0.00 and $850.00"),
        ({"recovered": ""}, "An overturned denial brings money. Give the amount."),
        ({"recovered": "lots"}, "Give an amount in dollars"),
        ({"outcome": "upheld"}, "Only an overturned denial brings money."),
    ],
)
def test_an_impossible_decision_is_said_beside_its_field(
    biller: Any, sent: Appeal, values: dict[str, str], sentence: str
) -> None:
    given = {"outcome": "overturned_full", "decided_on": "2026-11-06", "recovered": "850.00", **values}
    answer = biller.post(url(sent, "decide/"), given)
    assert answer.status_code == 422
    assert any(s in text(answer) for s in sentence.split("|")), text(answer)
    assert Appeal.objects.get(pk=sent.pk).status == "sent"


def test_withdrawn_the_denial_is_open_again(biller: Any, sent: Appeal) -> None:
    biller.post(url(sent, "step/"), {"transition": "withdraw"})
    assert Denial.objects.get(pk=sent.denial_id).status == "open"
    assert biller.post(f"/denials/{sent.denial_id}/appeal/").status_code == 302


# --- The tracker --------------------------------------------------------------------------------------------------


def test_the_tracker_stands_by_last_day_then_sent_then_decided(biller: Any) -> None:
    made = []
    for status, due in (("decided", 1), ("draft", 20), ("sent", 2), ("sealed", 10), ("withdrawn", 3)):
        row = a.claim(date(2026, 9, 1))
        denied = a.denial(a.answer(row, date(2026, 9, 20), "denied", denied="850.00"), "images", "850.00")
        decision = {"outcome": "upheld", "decided_on": date(2026, 10, 1)} if status == "decided" else {}
        made.append(a.appeal(denied, status=status, due=date(2026, 12, due), **decision))
    decided, draft, sent, sealed, withdrawn = (m.claim.number for m in made)

    def numbers(query: str) -> list[str]:
        return re.findall(r">(C\d{6})</a>", biller.get("/appeals/" + query).content.decode())

    assert numbers("") == [sealed, draft, sent, decided, withdrawn]
    assert numbers("?stage=to_send") == [sealed, draft]
    assert numbers("?stage=sent") == [sent]
    assert numbers("?stage=done") == [decided, withdrawn]
    odd = biller.get("/appeals/?stage=lost&page=x")
    assert odd.status_code == 200
    assert "There is no such stage. All appeals are shown." in text(odd)
    assert "Dec 10, 2026 34 days left" in text(biller.get("/appeals/"))


def test_no_appeal_yet(biller: Any) -> None:
    assert "No appeal yet" in text(biller.get("/appeals/"))


def test_the_tracker_asks_as_often_for_many_as_for_one(biller: Any, django_assert_max_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def one() -> None:
        row = a.claim(date(2026, 9, 1))
        a.appeal(a.denial(a.answer(row, date(2026, 9, 20), "denied", denied="850.00"), "images", "850.00"))

    one()
    with CaptureQueriesContext(connection) as first:
        biller.get("/appeals/")
    for _ in range(5):
        one()
    with django_assert_max_num_queries(len(first)):
        biller.get("/appeals/")


@pytest.mark.parametrize("role", ["clinician", "assistant", "administrator"])
def test_only_billing_sees_and_works_on_appeals(person: Any, appeal: Appeal, role: str) -> None:
    somebody = person(role)
    assert somebody.get("/appeals/").status_code == 403
    assert somebody.get(url(appeal)).status_code == 403
    for step in ("step/", "letter/", "send/", "decide/"):
        assert somebody.post(url(appeal, step), {"transition": "withdraw"}).status_code == 403
    appeal.refresh_from_db()
    assert appeal.status == "draft"


def test_looking_at_an_appeal_is_recorded(biller: Any, appeal: Appeal) -> None:
    biller.get(url(appeal))
    event = AuditEvent.objects.filter(action="appeal.view").last()
    assert event is not None
    assert (event.by, event.patient) == (biller.user, appeal.claim.encounter.patient)


def test_what_is_not_there_is_not_found(biller: Any) -> None:
    assert biller.get("/appeals/999/").status_code == 404
    for step in ("step/", "letter/", "send/", "decide/"):
        assert biller.post(f"/appeals/999/{step}").status_code == 404


def test_what_appeals_enclose_stands_on_a_page_by_cause_with_its_source(biller: Any) -> None:
    text = biller.get(reverse("appeal_checklists")).content.decode()
    for row in wanted_on(factories.TODAY).values():
        assert capfirst(row.because).replace("'", "&#x27;") in text
        assert row.source in text
    assert text.count("The reviewer must see which decision is appealed") == 1
    assert all(cause.label in text for cause in Cause)
