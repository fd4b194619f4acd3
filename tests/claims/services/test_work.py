"""Working together on claims: one owner, notes that are never lost, and views that people keep."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from claims.models import Claim, ClaimNote, SavedView, StartView
from claims.services import saved_views, work
from claims.services.denials import assign as assign_denial
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import answered as a

pytestmark = pytest.mark.django_db
LATER = f.AT + timedelta(hours=23)
TOO_LATE = f.AT + timedelta(hours=25)


@pytest.fixture
def biller() -> User:
    return f.user(role=Role.BILLER)


@pytest.fixture
def other() -> User:
    return f.user(role=Role.MANAGER)


@pytest.fixture
def claim() -> Claim:
    return a.claim(f.SERVICE_DATE)


def actions(claim: Claim) -> list[str]:
    return list(AuditEvent.objects.filter(subject=claim.number).order_by("seq").values_list("action", flat=True))


def test_a_claim_is_handed_over_with_a_note_and_one_event(claim: Claim, biller: User, other: User) -> None:
    work.assign(claim, other, "The payer wants the images.", by=biller, at=f.AT)
    note = ClaimNote.objects.get()
    assert (Claim.objects.get().owner, note.handed_to, note.text) == (other, other, "The payer wants the images.")
    assert actions(claim) == ["claim.assign"]


def test_handing_over_leaves_the_claim_as_it_was_checked(claim: Claim, biller: User, other: User) -> None:
    work.assign(claim, other, by=biller, at=f.AT)
    assert Claim.objects.get().revision == claim.revision


def test_what_would_change_nothing_is_said(claim: Claim, biller: User, other: User) -> None:
    work.assign(claim, other, by=biller, at=f.AT)
    with pytest.raises(NotPossible, match="already"):
        work.assign(claim, other, by=biller, at=f.AT)
    work.assign(claim, None, by=biller, at=f.AT)
    with pytest.raises(NotPossible, match="nobody already"):
        work.assign(claim, None, by=biller, at=f.AT)


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.CLINICIAN, Role.ADMINISTRATOR])
def test_a_claim_is_given_only_to_who_can_work_on_it(claim: Claim, biller: User, role: Role) -> None:
    with pytest.raises(NotPossible, match="does not work on claims"):
        work.assign(claim, f.user(role=role), by=biller, at=f.AT)
    with pytest.raises(NotPermitted):
        work.assign(claim, biller, by=f.user(role=role), at=f.AT)


def test_whoever_works_on_the_claim_works_on_its_denials(claim: Claim, biller: User) -> None:
    denial = a.denial(a.answer(claim, f.TODAY, "denied", denied="850.00"), "images", "850.00")
    assign_denial(denial, biller, by=biller, at=f.AT)
    denial.refresh_from_db()
    assert (denial.owner, Claim.objects.get().owner) == (biller, biller)


def test_a_note_is_mended_by_its_author_and_stays_readable(claim: Claim, biller: User) -> None:
    first = work.write_note(claim, "Called, no anser.", by=biller, at=f.AT)
    second = work.rewrite_note(first, "Called, no answer.", by=biller, at=LATER)
    assert second.replaces == first
    assert list(ClaimNote.objects.order_by("pk").values_list("text", flat=True)) == [
        "Called, no anser.", "Called, no answer."
    ]  # fmt: skip
    with pytest.raises(NotPossible, match="rewritten already"):
        work.rewrite_note(first, "Other", by=biller, at=LATER)


def test_a_note_is_taken_back_and_put_back(claim: Claim, biller: User) -> None:
    note = work.write_note(claim, "Wrong claim", by=biller, at=f.AT)
    work.take_back_note(note, by=biller, at=LATER)
    note.refresh_from_db()
    assert (note.withdrawn_at, note.text) == (LATER, "Wrong claim")
    work.put_back_note(note, by=biller, at=LATER)
    note.refresh_from_db()
    assert note.withdrawn_at is None
    assert actions(claim) == ["claim.note", "claim.note_withdraw", "claim.note_restore"]


@pytest.mark.parametrize("verb", [work.take_back_note, lambda n, **by: work.rewrite_note(n, "Other", **by)])
def test_others_and_old_notes_stay_as_they_are(claim: Claim, biller: User, other: User, verb: Any) -> None:
    note = work.write_note(claim, "Said so", by=biller, at=f.AT)
    with pytest.raises(NotPermitted, match="Only its author"):
        verb(note, by=other, at=f.AT)
    with pytest.raises(NotPossible, match="older than a day"):
        verb(note, by=biller, at=TOO_LATE)


def test_an_empty_note_is_none(claim: Claim, biller: User) -> None:
    with pytest.raises(ValidationError, match="Write what"):
        work.write_note(claim, "  \n", by=biller, at=f.AT)


def test_the_database_keeps_notes_as_they_were_written(claim: Claim, biller: User) -> None:
    note = work.write_note(claim, "Said so", by=biller, at=f.AT)
    with pytest.raises(DatabaseError, match="stays as it was written"), transaction.atomic():
        ClaimNote.objects.filter(pk=note.pk).update(text="Never said")
    with pytest.raises(DatabaseError, match="never removed"), transaction.atomic():
        ClaimNote.objects.filter(pk=note.pk).delete()


# --- Views --------------------------------------------------------------------------------------------------------


def keep(name: str, by: User, *, is_shared: bool = False) -> SavedView:
    return saved_views.keep(name, {"queue": "denied"}, is_shared=is_shared, by=by, at=f.AT)


def names(user: User) -> list[str]:
    return [v.name for v in saved_views.seen_by(user)]


def test_a_view_is_ones_own_until_it_is_shared(biller: User, other: User) -> None:
    view = keep("Denied", biller)
    assert (names(biller), names(other)) == (["Denied"], [])
    saved_views.change(view, "All denied", is_shared=True, by=biller, at=f.AT)
    assert (names(biller), names(other)) == (["All denied"], ["All denied"])
    with pytest.raises(NotPermitted, match="not yours"):
        saved_views.change(view, "Mine", is_shared=True, by=other, at=f.AT)


def test_a_name_is_taken_once_by_each(biller: User, other: User) -> None:
    keep("Denied", biller)
    keep("Denied", other)
    with pytest.raises(ValidationError, match="already"):
        keep(" Denied ", biller)
    with pytest.raises(ValidationError, match="Give the view a name"):
        keep("   ", biller)


def test_a_removed_view_comes_back_under_a_free_name(biller: User) -> None:
    view = keep("Denied", biller)
    saved_views.remove(view, by=biller, at=f.AT)
    assert names(biller) == []
    keep("Denied", biller)
    saved_views.restore(view, by=biller, at=f.AT)
    assert names(biller) == ["Denied", "Denied 2"]


def test_a_person_begins_with_a_view_while_they_see_it(biller: User, other: User) -> None:
    view = keep("Denied", biller, is_shared=True)
    saved_views.start_with(view, by=other, at=f.AT)
    saved_views.start_with(view, by=biller, at=f.AT)
    assert StartView.objects.count() == 2
    saved_views.change(view, "Denied", is_shared=False, by=biller, at=f.AT)
    assert list(StartView.objects.values_list("user", flat=True)) == [biller.pk]
    with pytest.raises(NotPossible, match="not shared any more"):
        saved_views.start_with(view, by=other, at=f.AT)
    saved_views.remove(view, by=biller, at=f.AT)
    assert not StartView.objects.exists()


def test_who_sees_no_claims_keeps_views_to_itself() -> None:
    assistant = f.user(role=Role.ASSISTANT)
    keep("Held", assistant)
    with pytest.raises(NotPermitted):
        keep("Everyone's", assistant, is_shared=True)
