"""One act on many claims: previewed, done row by row by the single verbs, and told of each row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from claims.models import BulkRow, BulkRun, Claim, ClaimNote, StatusCall
from claims.services import bulk, closing, preparation, work
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import answered as a

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> User:
    return f.user(role=Role.BILLER)


def drafts(n: int) -> list[Claim]:
    return [a.claim(f.SERVICE_DATE, preparation="draft") for _ in range(n)]


def look(act: str, claims: list[Claim], by: User, **values: Any) -> BulkRun:
    return bulk.look(act, [c.pk for c in claims], values, back="queue=denied", by=by, at=f.AT)


def finish(run: BulkRun, by: User) -> list[tuple[str, str]]:
    bulk.begin(run, by=by, at=f.AT)
    while run.is_running:
        bulk.go_on(run, by=by, at=f.AT)
    return list(run.rows.values_list("outcome", "said"))


def test_a_preview_changes_nothing(biller: User) -> None:
    claims = drafts(2)
    before = list(Claim.objects.values())
    run = look("hold", claims, biller, reason="Ask for the card")
    assert list(Claim.objects.values()) == before
    assert not run.is_running
    assert not AuditEvent.objects.filter(subject__in=[c.number for c in claims]).exists()


def test_each_claim_is_done_by_its_own_verb_with_one_event(biller: User) -> None:
    claims = drafts(3)
    assert finish(look("hold", claims, biller, reason="Ask for the card"), biller) == [("done", "")] * 3
    assert {c.preparation for c in Claim.objects.all()} == {"held"}
    for claim in claims:
        assert AuditEvent.objects.filter(subject=claim.number, action="claim.hold").count() == 1


def test_what_cannot_be_done_is_foreseen_and_stops_no_other(biller: User) -> None:
    claims = [*drafts(1), a.claim(f.SERVICE_DATE, preparation="held"), a.claim(f.SERVICE_DATE, transport="sent")]
    run = look("hold", claims, biller, reason="Ask for the card")
    assert list(run.rows.values_list("foreseen", flat=True)) == ["", "It is held already.", "It was sent already."]
    assert finish(run, biller) == [
        ("done", ""),
        ("refused", "It is held already."),
        ("refused", "It was sent already."),
    ]
    assert Claim.objects.get(pk=claims[2].pk).preparation == "ready"


CHANGES: dict[str, tuple[Callable[[Claim, User], Any], str]] = {
    "held": (lambda c, by: preparation.hold(c, "Wait", by=by, at=f.AT), "moved from “To prepare” to “Held”"),
    "given": (lambda c, by: work.assign(c, by, by=by, at=f.AT), "It was given to"),
    "closed": (lambda c, by: closing.void(c, "Never made", by=by, at=f.AT), "not open any more"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_claim_that_changed_since_the_preview_is_left_alone(biller: User, change: str) -> None:
    other, (act, said) = f.user(role=Role.MANAGER), CHANGES[change]
    claims = drafts(2)
    run = look("assign", claims, biller, to=str(biller.pk))
    act(claims[0], other)
    now = Claim.objects.filter(pk=claims[0].pk).values().get()
    told = finish(run, biller)
    assert told[0][0] == "changed"
    assert said in told[0][1]
    assert told[1] == ("done", "")
    assert Claim.objects.filter(pk=claims[0].pk).values().get() == now


def test_only_what_is_held_is_released(biller: User) -> None:
    held, ready = a.claim(f.SERVICE_DATE, preparation="held"), a.claim(f.SERVICE_DATE)
    assert finish(look("release", [held, ready], biller), biller) == [("done", ""), ("refused", "It is not held.")]
    assert Claim.objects.get(pk=ready.pk).preparation == "ready"


def test_what_was_sent_is_not_released(biller: User) -> None:
    sent = a.claim(f.SERVICE_DATE, preparation="held", transport="sent")
    assert finish(look("release", [sent], biller), biller) == [("refused", "It was sent already.")]


def test_what_the_preview_promised_against_holds(biller: User) -> None:
    """Also where it could be done by now: nobody chose it on what they saw."""
    run = look("note", drafts(1), biller, text="Look again")
    run.rows.update(foreseen="Something stands against it.")
    assert finish(run, biller) == [("refused", "Something stands against it.")]
    assert not ClaimNote.objects.exists()


def test_a_check_tells_the_reasons_before_and_after(biller: User) -> None:
    run = look("mark_ready", drafts(1), biller)
    foreseen = run.rows.get().foreseen
    assert foreseen
    ((outcome, said),) = finish(run, biller)
    assert outcome == "refused"
    assert said.startswith(foreseen.partition(" And ")[0][:80])


def test_a_note_and_a_call_are_written_on_each(biller: User) -> None:
    sent = [a.claim(f.SERVICE_DATE, transport="sent") for _ in range(2)]
    waits = drafts(1)
    finish(look("note", sent, biller, text="They lost the batch."), biller)
    assert ClaimNote.objects.filter(text="They lost the batch.").count() == 2
    run = look("call", sent + waits, biller, **CALL)
    assert [o for o, _ in finish(run, biller)] == ["done", "done", "refused"]
    assert StatusCall.objects.count() == 2


CALL = {"outcome": "in_process", "called_on": f.TODAY.isoformat(),
        "next_on": (f.TODAY + timedelta(days=7)).isoformat()}  # fmt: skip


def test_whatever_a_payer_owes_an_answer_to_can_be_asked_about(biller: User) -> None:
    pended = a.claim(f.SERVICE_DATE, transport="accepted", adjudication="pended")
    appealed = a.claim(f.SERVICE_DATE, transport="accepted", adjudication="denied")
    given = a.answer(appealed, f.SERVICE_DATE, "denied", denied="850.00")
    a.appeal(a.denial(given, "images", "850.00", status="appealed"), status="sent")
    decided = a.claim(f.SERVICE_DATE, transport="accepted", adjudication="denied")
    a.answer(decided, f.SERVICE_DATE, "denied", denied="850.00")
    run = look("call", [pended, appealed, decided], biller, **CALL)
    assert [bool(why) for why in run.rows.values_list("foreseen", flat=True)] == [False, False, True]
    assert [o for o, _ in finish(run, biller)] == ["done", "done", "refused"]


def test_a_call_or_note_since_the_preview_is_seen(biller: User) -> None:
    sent = a.claim(f.SERVICE_DATE, transport="sent")
    run, noted = look("call", [sent], biller, **CALL), look("note", [sent], biller, text="Look again")
    assert finish(look("call", [sent], biller, **CALL), biller) == [("done", "")]
    work.write_note(sent, "They lost it", by=biller, at=f.AT)
    assert finish(run, biller) == [("changed", "Somebody noted a call meanwhile.")]
    assert finish(noted, biller) == [("changed", "Somebody wrote a note meanwhile.")]
    assert (StatusCall.objects.count(), ClaimNote.objects.count()) == (1, 1)


def test_a_long_act_stands_where_it_is_and_goes_on(biller: User) -> None:
    run = look("note", drafts(5), biller, text="Look again")
    bulk.begin(run, by=biller, at=f.AT)
    bulk.go_on(run, by=biller, at=f.AT, most=2)
    assert (run.is_running, run.rows.filter(outcome="done").count()) == (True, 2)
    finish(run, biller)
    assert ClaimNote.objects.count() == 5


def test_two_pages_that_drive_it_do_each_claim_once(biller: User) -> None:
    run = look("note", drafts(2), biller, text="Look again")
    bulk.begin(run, by=biller, at=f.AT)
    rows = list(run.rows.all())
    bulk.go_on(run, by=biller, at=f.AT)
    for row in rows:  # as the other page read them before
        bulk._one(row, run, {"text": "Look again"}, biller, f.AT)
    assert ClaimNote.objects.count() == 2


def test_one_person_prepares_and_does(biller: User) -> None:
    run = look("note", drafts(1), biller, text="Look again")
    with pytest.raises(NotPermitted, match="Somebody else prepared this"):
        bulk.begin(run, by=f.user(role=Role.MANAGER), at=f.AT)
    with pytest.raises(NotPermitted):
        look("note", drafts(1), f.user(role=Role.CLINICIAN), text="Look")


def test_too_many_and_none_are_said(biller: User) -> None:
    with pytest.raises(NotPossible, match="too many"):
        bulk.look("note", list(range(bulk.MOST + 1)), {}, back="", by=biller, at=f.AT)
    with pytest.raises(NotPossible, match="None of the chosen"):
        bulk.look("note", [987_654], {}, back="", by=biller, at=f.AT)
    assert not BulkRow.objects.exists()
