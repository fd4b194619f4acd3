"""The worklist of several people: whose claims, filters in the address, views, and acts on many claims at once."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.models import BulkRun, Claim, ClaimNote, SavedView, StartView, WriteOff
from claims.queries import write_offs
from claims.queries.narrowing import ENOUGH
from claims.services import queues, work
from claims.views import worklists
from documentation.models import AuditEvent
from tests import factories as f
from tests.claims import answered as a
from tests.claims.views.test_dashboard import text

DAY = date(2026, 9, 1)
PAGE = "/worklist/"


def numbers(response: Any) -> list[str]:
    return re.findall(r">(C\d{6})</a>", response.content.decode())


def given(to: Any, **states: Any) -> Claim:
    row = a.claim(DAY, **states)
    Claim.objects.filter(pk=row.pk).update(owner=to)
    queues.place(row.pk)
    return row


# --- Whose, and which ---------------------------------------------------------------------------------------------


def test_mine_unassigned_and_everyones(biller: Any) -> None:
    mine, nobodys, others = given(biller.user), given(None), given(f.user(role="manager"))
    found = {s: set(numbers(biller.get(f"{PAGE}?queue=to_send&scope={s}"))) for s in ("mine", "unassigned", "all")}
    assert found == {
        "mine": {mine.number}, "unassigned": {nobodys.number}, "all": {mine.number, nobodys.number, others.number}
    }  # fmt: skip


def test_nothing_of_mine_leads_to_what_nobody_has(biller: Any) -> None:
    given(None)
    page = biller.get(f"{PAGE}?scope=mine")
    assert "Nothing waits for you here Unassigned: 1 in all queues." in text(page)


def test_what_an_address_cannot_mean_is_said_and_left_out(biller: Any) -> None:
    row = given(None)
    odd = "queue=lost&payer=999999&age=soon&least=900&most=100&within=-1&cause=moon&scope=theirs&order=up&page=zero"
    page = biller.get(f"{PAGE}?{odd}")
    assert page.status_code == 200
    for sentence in (
        "There is no such queue.", "There is no such payer.", "For days since the service give a whole number",
        "For days to the last day give a whole number", "the two amounts were turned round", "There is no such cause.",
        "There is no such choice of whose claims.", "There is no such order.", "There is no such page.",
    ):  # fmt: skip
        assert sentence in text(page)
    assert row.number not in numbers(biller.get(f"{PAGE}?queue=to_send&least=700&most=100&payer=9"))


@pytest.mark.parametrize("value", ["%00", "x" * 400, "１２", "9" * 40, "<b>", "1e9", " "])
def test_no_value_of_a_filter_is_an_error(biller: Any, value: str) -> None:
    given(None)
    for key in (
        "queue",
        "scope",
        "owner",
        "payer",
        "kind",
        "cause",
        "channel",
        "age",
        "least",
        "within",
        "page",
        "view",
    ):
        assert biller.get(f"{PAGE}?{key}={value}").status_code == 200, key


def test_filters_stand_in_the_address_and_can_be_left_out_one_by_one(biller: Any) -> None:
    row = given(None)
    payer = row.coverage.payer_id
    page = biller.get(f"{PAGE}?queue=to_send&payer={payer}&age=10")
    assert numbers(page) == [row.number]
    assert f'href="{PAGE}?queue=to_send&amp;age=10"' in page.content.decode()
    assert "service 10 days ago or more" in text(page)


def test_priority_shows_its_three_numbers(biller: Any) -> None:
    row = a.claim(DAY, transport="sent", adjudication="denied")
    a.denial(a.answer(row, DAY + timedelta(days=20), "denied", denied="850.00"), "images", "850.00")
    page = text(biller.get(f"{PAGE}?queue=denied"))
    assert "At stake $850.00" in page
    assert f"50 % taken as even: 0 of only 0 appeals to this payer for this cause, fewer than {ENOUGH}" in page
    assert "÷ days left 134 until Mar 20, 2027" in page


def test_what_is_worth_most_stands_first(biller: Any) -> None:
    small, big = a.claim(DAY, billed="100.00"), a.claim(DAY, billed="900.00")
    assert numbers(biller.get(f"{PAGE}?queue=to_send")) == [big.number, small.number]
    assert numbers(biller.get(f"{PAGE}?queue=to_send&order=due")) == [small.number, big.number]


def test_claims_to_file_say_by_when_to_send_them(biller: Any) -> None:
    given(None)
    assert re.search(r"send by \w{3} \d", text(biller.get(f"{PAGE}?queue=to_send")))


def test_filters_cost_no_query_more(biller: Any) -> None:
    row = given(None)
    biller.get(f"{PAGE}?queue=to_send")  # the session is written down
    with CaptureQueriesContext(connection) as plain:
        biller.get(f"{PAGE}?queue=to_send")
    given(None)
    with CaptureQueriesContext(connection) as narrowed:
        biller.get(f"{PAGE}?queue=to_send&payer={row.coverage.payer_id}&age=3&least=1&within=400&scope=unassigned")
    assert len(narrowed) <= len(plain)


def test_with_a_person_chosen_the_other_choices_keep_their_numbers(biller: Any) -> None:
    manager = f.user(role="manager")
    given(biller.user), given(None), given(manager)
    page = text(biller.get(f"{PAGE}?queue=to_send&owner={manager.pk}"))
    assert "Mine 1 Unassigned 1 Everyone’s 3" in page


def test_a_claim_of_somebody_who_left_is_unassigned(biller: Any) -> None:
    manager = f.user(role="manager")
    row = given(manager)
    assert numbers(biller.get(f"{PAGE}?queue=to_send&scope=unassigned")) == []
    type(manager).objects.filter(pk=manager.pk).update(is_active=False)
    page = biller.get(f"{PAGE}?queue=to_send&scope=unassigned")
    assert numbers(page) == [row.number]
    assert "works on claims no more" in text(page)


def test_a_page_beyond_the_end_shows_the_last_one(biller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worklists, "SHOWN", 2)
    rows = [given(None) for _ in range(3)]
    page = biller.get(f"{PAGE}?queue=to_send&order=oldest&page=7")
    assert numbers(page) == [rows[2].number]
    assert "The list ends with page 2. The last page is shown." in text(page)
    assert "3–3 of 3" in text(page)


def test_several_denials_stand_with_what_is_at_stake_in_all(biller: Any) -> None:
    row = a.claim(DAY, transport="sent", adjudication="denied")
    answer = a.answer(row, DAY + timedelta(days=20), "denied", denied="850.00")
    for amount in ("100.00", "200.00"):
        a.denial(answer, "images", amount)
    assert re.search(r"\$300.00 this denial \$[12]00.00", text(biller.get(f"{PAGE}?queue=denied")))


def test_who_starts_no_claims_is_not_sent_to_start_them(biller: Any, person: Any) -> None:
    assert "See what is ready to bill" in text(biller.get(PAGE))
    assert "See what is ready to bill" not in text(person("administrator").get(PAGE))


# --- Views --------------------------------------------------------------------------------------------------------


def keep(biller: Any, name: str = "Old ones", filters: str = "queue=to_send&age=10") -> SavedView:
    answer = biller.post(reverse("worklist_views"), {"name": name, "filters": filters})
    assert answer.status_code == 302
    return SavedView.objects.get(name=name)


def test_a_view_is_kept_opened_and_begun_with(biller: Any) -> None:
    row = given(None)
    view = keep(biller)
    assert view.query == {"queue": "to_send", "age": "10"}
    biller.post(reverse("view_start", args=[view.pk]))
    start = biller.get(PAGE)
    assert start.status_code == 302
    page = biller.get(start["Location"])
    assert numbers(page) == [row.number]
    assert "Worklist · Old ones" in text(page)
    assert biller.get(f"{PAGE}?scope=all").status_code == 200  # everything is one click away
    for _ in range(2):  # the second from an old page
        biller.post(reverse("view_start", args=[view.pk]), {"to": "view"})
    assert StartView.objects.get().view == view
    biller.post(reverse("view_start", args=[view.pk]), {"to": "everything"})
    assert not StartView.objects.exists()
    old = biller.post(reverse("view_start", args=[view.pk]), {"to": "everything"})
    assert (old.status_code, StartView.objects.exists()) == (409, False)


def test_a_removed_view_can_be_brought_back_at_once(biller: Any) -> None:
    view = keep(biller)
    page = biller.get(biller.post(reverse("view_remove", args=[view.pk]))["Location"])
    assert "is removed" in text(page)
    assert biller.post(reverse("view_remove", args=[view.pk])).status_code == 409  # an old page brings nothing back
    biller.post(reverse("view_remove", args=[view.pk]), {"to": "restore"})
    assert "Old ones" in text(biller.get(reverse("worklist_views")))


def test_a_view_without_a_sound_name_is_said_beside_the_field(biller: Any) -> None:
    keep(biller)
    answer = biller.post(reverse("worklist_views"), {"name": "Old ones", "filters": "queue=denied"})
    assert answer.status_code == 422
    assert "You keep a view of this name already." in text(answer)


def test_shared_views_are_seen_and_not_changed_by_others(biller: Any, person: Any) -> None:
    biller.post(reverse("worklist_views"), {"name": "For all", "is_shared": "on", "filters": "queue=denied"})
    view, manager = SavedView.objects.get(), person("manager")
    assert "For all" in text(manager.get(reverse("worklist_views")))
    assert manager.post(reverse("view_change", args=[view.pk]), {"name": "Mine"}).status_code == 404
    biller.post(reverse("view_change", args=[view.pk]), {"name": "For all"})
    assert "For all" not in text(manager.get(reverse("worklist_views")))


# --- Many at once -------------------------------------------------------------------------------------------------


def choose(biller: Any, act: str, claims: list[Claim], **typed: str) -> Any:
    data = {"act": act, "claim": [c.pk for c in claims], "back": "queue=to_send", **typed}
    return biller.post(reverse("bulk_begin"), data)


def test_many_are_handed_over_with_a_preview_and_a_result_for_each(biller: Any, person: Any) -> None:
    manager, rows = person("manager"), [given(None), given(None)]
    form = choose(biller, "assign", rows)
    assert "Nothing is done yet" in text(form)
    preview = choose(biller, "assign", rows, typed="1", to=str(manager.user.pk), note="Please look")
    page = biller.get(preview["Location"])
    assert "A preview: nothing is done yet" in text(page)
    assert not Claim.objects.exclude(owner=None).exists()
    Claim.objects.filter(pk=rows[0].pk).update(owner=biller.user)
    queues.place(rows[0].pk)
    run = BulkRun.objects.get()
    biller.post(reverse("bulk_do", args=[run.pk]))
    result = text(biller.get(reverse("bulk_page", args=[run.pk])))
    assert "1 claim handed over 1 left as it was" in result
    assert "It was given to" in result
    assert ClaimNote.objects.get().claim == rows[1]
    assert AuditEvent.objects.filter(action="claim.assign").count() == 1


def test_a_second_click_does_nothing_more(biller: Any) -> None:
    rows = [given(None)]
    choose(biller, "note", rows, typed="1", text="Called")
    run = BulkRun.objects.get()
    for _ in range(2):
        biller.post(reverse("bulk_do", args=[run.pk]))
    assert ClaimNote.objects.count() == 1


def test_all_that_fit_the_list_can_be_chosen(biller: Any) -> None:
    for _ in range(3):
        given(None)
    given(biller.user)
    data = {"act": "note", "everything": "1", "typed": "1", "text": "Look", "back": "queue=to_send&scope=unassigned"}
    biller.post(reverse("bulk_begin"), data)
    assert BulkRun.objects.get().rows.count() == 3


def test_a_long_act_shows_how_far_it_is_and_goes_on_without_a_script(biller: Any) -> None:
    rows = [given(None) for _ in range(23)]
    choose(biller, "note", rows, typed="1", text="Look")
    run = BulkRun.objects.get()
    biller.post(reverse("bulk_do", args=[run.pk]))
    assert "20 of 23 claims" in text(biller.get(reverse("bulk_page", args=[run.pk])))
    biller.post(reverse("bulk_go_on", args=[run.pk]))
    assert "23 claims noted None was refused" in text(biller.get(reverse("bulk_page", args=[run.pk])))


def test_nothing_chosen_and_nothing_typed_are_said(biller: Any) -> None:
    assert "No claim was chosen" in text(biller.client.get(choose(biller, "note", [])["Location"]))
    answer = choose(biller, "hold", [given(None)], typed="1")
    assert answer.status_code == 422
    assert not BulkRun.objects.exists()


# --- One claim ----------------------------------------------------------------------------------------------------


@pytest.fixture
def claim(biller: Any) -> Claim:
    return f.claim_at(preparation="draft", by=biller.user)


def test_the_page_of_a_claim_shows_who_works_on_it_and_what_they_wrote(biller: Any, claim: Claim) -> None:
    page = reverse("claim_page", args=[claim.pk])
    assert "With nobody yet" in text(biller.get(page))
    biller.post(reverse("claim_take", args=[claim.pk]))
    biller.post(reverse("claim_note", args=[claim.pk]), {"text": "Waits for the card"})
    shown = text(biller.get(page))
    assert f"With {biller.user.display_name}" in shown
    assert "Waits for the card" in shown
    note = ClaimNote.objects.get()
    biller.post(reverse("note_rewrite", args=[note.pk]), {"text": "Waits for the new card"})
    for _ in range(2):  # the second from an old page
        biller.post(reverse("note_take_back", args=[note.rewritten_as.pk]), {"to": "back"})
    shown = text(biller.get(page))
    assert "A note that was taken back" in shown
    assert "Waits for the new card" in shown
    assert "Put back" in shown


def test_an_old_page_takes_no_claim_from_a_colleague(biller: Any, claim: Claim, person: Any) -> None:
    manager = person("manager").user
    take = reverse("claim_take", args=[claim.pk])
    work.assign(claim, manager, by=manager, at=f.AT)
    answer = biller.post(take, {"owner": ""})
    assert answer.status_code == 409
    assert f"is with {manager.display_name} by now. Nothing was changed" in text(answer)
    biller.post(take, {"owner": str(manager.pk)})
    assert Claim.objects.get(pk=claim.pk).owner == biller.user
    assert biller.post(take, {"owner": str(manager.pk)}).status_code == 409  # not given back by a second click
    biller.post(take, {"owner": str(biller.user.pk)})
    assert Claim.objects.get(pk=claim.pk).owner is None


def test_a_claim_is_handed_over_on_its_own_page(biller: Any, claim: Claim, person: Any) -> None:
    manager = person("manager").user
    biller.post(reverse("claim_hand_over", args=[claim.pk]), {"to": str(manager.pk), "note": "Your payer"})
    claim.refresh_from_db()
    assert claim.owner == manager
    assert f"handed to {manager.display_name}" in text(biller.get(reverse("claim_page", args=[claim.pk])))


def test_an_empty_note_comes_back_with_a_sentence(biller: Any, claim: Claim) -> None:
    assert biller.post(reverse("claim_note", args=[claim.pk]), {"text": "   "}).status_code == 422
    assert not ClaimNote.objects.exists()


def test_beside_the_queues_write_offs_are_counted_to_the_end(
    biller: Any, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The navigation stops counting, the page that leads to the list does not."""
    monkeypatch.setattr(write_offs, "waiting", lambda: write_offs.listed("waiting")[:0])
    asked = {"amount": 1, "reason": "Small.", "requested_at": f.AT, "requested_by": claim.created_by}
    WriteOff.objects.create(claim=claim, **asked)
    page = biller.get(reverse("worklist_beside"))
    assert dict(row[:2] for row in page.context["rows"])["Write-offs for a second person"] == 1


def test_what_stands_in_no_queue_has_its_own_page(biller: Any) -> None:
    page = text(biller.get(reverse("worklist_beside")))
    expected = """Status calls due|Answers without a claim|Predeterminations that came back|Visits without a claim
        |Write-offs for a second person|Voids the payer was not told of"""
    for words in expected.split("|"):
        assert words.strip() in page
