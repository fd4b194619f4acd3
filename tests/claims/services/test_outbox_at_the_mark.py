"""What stands at the mark of the outbox: who may still act, what lies there, and when it counts as sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models import Claim, Dispatch, DispatchAttempt, Submission, TransmittedClaim
from claims.services import outbox, transmissions
from claims.services.acknowledgements import import_acknowledgement
from claims.services.changing import Changing
from claims.services.closing import void
from claims.services.dispatching import give_up, put, send_again
from claims.services.leases import HELD
from claims.services.outbox import arrived, carry
from claims.services.transmissions import write_claims
from claims.views.outbox import _shown
from claims.ways import WayFailed
from claims.ways.folder import _Folder
from documentation.kernel.machine import NotPossible, Refused
from documentation.models import User
from tests import factories as f
from tests.claims import papers

pytestmark = pytest.mark.django_db
LATER = f.AT + timedelta(days=9)
SAMPLE = (Path(__file__).parents[1] / "edi" / "samples" / "worked.277CA").read_text()


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(autouse=True)
def _plain_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    papers.plain_packets(monkeypatch)


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    place = tmp_path / "clearinghouse"
    place.mkdir()
    settings.WAYS_OUT = {**settings.WAYS_OUT, "CLEARINGHOUSE_FOLDER": str(place)}
    return place


@pytest.fixture
def waiting(biller: User, folder: Path) -> Dispatch:
    return put([f.sealed_packet(by=biller).claim], "folder", by=biller, at=f.AT)


def killed(waiting: Dispatch, by: User, monkeypatch: pytest.MonkeyPatch, where: Any, name: str) -> None:
    """Carry it, with a process that ends where this would be done; what it held lets go by itself."""

    def end(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(where, name, end)
        with pytest.raises(Killed):
            carry(waiting, by=by, at=f.AT)
    Dispatch.objects.filter(pk=waiting.pk).update(held_until=Now() - timedelta(seconds=1))
    waiting.refresh_from_db()


def claim_of(waiting: Dispatch) -> Claim:
    claim: Claim = waiting.claims.get().claim
    return claim


def answer_to(claim: Claim) -> bytes:
    """The worked answer, made out to this claim."""
    return SAMPLE.replace("C000101", claim.transmitted.get().control).encode()


def names(place: Path) -> list[str]:
    return sorted(p.name for p in place.iterdir())


def test_a_void_is_told_once(waiting: Dispatch, biller: User, folder: Path) -> None:
    carry(waiting, by=biller, at=f.AT)
    claim = claim_of(waiting)
    import_acknowledgement(answer_to(claim), "a.277", by=biller, at=f.AT)  # it names the payer's own number
    claim.refresh_from_db()
    void(claim, "Billed in error.", "By an electronic void.", by=biller, at=f.AT)
    carry(put([claim], "folder", by=biller, at=f.AT), by=biller, at=f.AT)
    for path in folder.iterdir():
        path.unlink()  # the clearinghouse takes them
    with pytest.raises(Refused, match=r"It was handed over on .+ and nobody rejected it"):
        put([claim], "folder", by=biller, at=f.AT)
    assert names(folder) == []
    carry(put([claim], "folder", again="the desk has none", by=biller, at=f.AT), by=biller, at=f.AT)
    assert len(names(folder)) == 2  # claims and control file, under numbers of their own


def test_what_lies_there_is_not_taken_out_nor_laid_down_anew(
    waiting: Dispatch, biller: User, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(waiting, biller, monkeypatch, outbox, "_finish")
    assert _shown(waiting)["is_unsure"], "no try was kept, and yet it may have left"
    for verb in (give_up, send_again):
        with pytest.raises(NotPossible, match=r"\d{9}\.837 lies there under its name"):
            verb(waiting, "the desk has none", by=biller, at=f.AT)
    carry(waiting, by=biller, at=f.AT)  # at once: looking held it no longer than it lasted
    assert Submission.objects.count() == 1


def test_what_is_taken_out_leaves_no_working_files_there(
    waiting: Dispatch, biller: User, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(waiting, biller, monkeypatch, outbox, "release")
    assert len(names(folder)) == 3
    give_up(waiting, "the desk has none", by=biller, at=f.AT)
    assert names(folder) == []
    waiting.refresh_from_db()
    assert waiting.given_up_at == f.AT


def test_behind_the_mark_nobody_takes_it_out_unseen(
    waiting: Dispatch, biller: User, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(waiting, biller, monkeypatch, outbox, "release")
    folder.rename(folder.with_name("away"))
    with pytest.raises(WayFailed, match="nobody can look"):
        give_up(waiting, "the desk has none", by=biller, at=f.AT)
    with pytest.raises(WayFailed, match="Whether it left is not known yet"):
        carry(waiting, by=biller, at=f.AT)
    assert "Nothing was handed over" not in DispatchAttempt.objects.get().said


def test_before_the_mark_a_failure_says_that_nothing_left(waiting: Dispatch, biller: User, folder: Path) -> None:
    folder.rmdir()
    with pytest.raises(WayFailed, match="Nothing was handed over"):
        carry(waiting, by=biller, at=f.AT)
    give_up(waiting, "it goes by fax", by=biller, at=f.AT)


def test_it_is_held_by_the_clock_on_the_wall_whatever_moment_is_told(
    waiting: Dispatch, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tried = outbox.stage, []

    def slow(*args: Any, **how: Any) -> None:
        for verb in (lambda: carry(waiting, by=biller, at=LATER), lambda: give_up(waiting, "no", by=biller, at=LATER)):
            with pytest.raises(NotPossible, match="being handed over at this moment"):
                verb()
            tried.append(verb)
        real(*args, **how)

    monkeypatch.setattr(outbox, "stage", slow)
    carry(waiting, by=biller, at=f.AT)
    assert (len(tried), Submission.objects.count()) == (2, 1)


def test_one_that_was_overtaken_behind_the_mark_gives_no_more_names(
    waiting: Dispatch, biller: User, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = _Folder.rename

    def slow(self: _Folder, name: str, to: str) -> None:
        real(self, name, to)
        Dispatch.objects.filter(pk=waiting.pk).update(holder="another", held_until=Now() + HELD)

    monkeypatch.setattr(_Folder, "rename", slow)
    with pytest.raises(NotPossible, match="took it over"):
        carry(waiting, by=biller, at=f.AT)
    assert sum(not n.endswith(".part") for n in names(folder)) == 1
    assert Dispatch.objects.get().held_until, "the other one holds it still"


def test_what_left_while_it_was_taken_out_is_recorded_all_the_same(
    waiting: Dispatch, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., Any] = outbox.release

    def slow(*args: Any, **how: Any) -> Any:
        laid = real(*args, **how)
        Dispatch.objects.filter(pk=waiting.pk).update(given_up_at=f.AT, given_up_by=biller, given_up_reason="no")
        waiting.claims.update(is_waiting=False)
        return laid

    monkeypatch.setattr(outbox, "release", slow)
    carry(waiting, by=biller, at=f.AT)
    assert claim_of(waiting).transport == "sent"
    assert "It left all the same" in DispatchAttempt.objects.get().said


def test_the_day_of_sending_is_the_day_of_the_mark(
    waiting: Dispatch, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(waiting, biller, monkeypatch, outbox, "release")
    arrived(waiting, "Answered by the desk, ticket 4711", by=biller, at=LATER)
    row = Submission.objects.get()
    assert (row.sent_on, row.proof) == (f.TODAY, "receipt")


def test_carried_on_days_later_it_was_sent_on_the_day_of_the_mark(
    waiting: Dispatch, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(waiting, biller, monkeypatch, outbox, "_finish")
    carry(waiting, by=biller, at=LATER)
    assert Submission.objects.get().sent_on == f.TODAY


def test_what_the_outbox_hands_over_is_not_exported_beside_it(waiting: Dispatch, biller: User) -> None:
    for again in ("", "that file never left"):
        with pytest.raises(Refused, match=rf"waits in the outbox \(no\. {waiting.pk}\)"):
            write_claims([claim_of(waiting)], again=again, by=biller, at=f.AT)
    assert TransmittedClaim.objects.count() == 1


def test_an_answer_finishes_its_own_dispatch_whatever_was_written_since(
    waiting: Dispatch, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(waiting, biller, monkeypatch, outbox, "release")
    claim = claim_of(waiting)
    answer = answer_to(claim)
    with monkeypatch.context() as patch:  # as it was written before this was refused
        patch.setattr(transmissions, "_require_none_waits", lambda claims: None)
        write_claims([claim], again="it never left", by=biller, at=f.AT)
    import_acknowledgement(answer, "a.277", by=biller, at=f.AT)
    waiting.refresh_from_db()
    claim.refresh_from_db()
    assert waiting.delivered_at
    assert claim.transport == "sent"


def test_claims_are_held_before_what_carries_them(waiting: Dispatch, biller: User) -> None:
    """In the order of an answer that is taken in: the two wait for each other, and never for good."""
    Dispatch.objects.filter(pk=waiting.pk).update(released_at=f.AT)
    with CaptureQueriesContext(connection) as seen:
        outbox.answered(waiting.transmission, by=biller, at=f.AT)
    read = [q["sql"] for q in seen.captured_queries if q["sql"].startswith("SELECT")]
    claims = next(n for n, sql in enumerate(read) if 'FROM "claims_claim"' in sql)
    again = [n for n, sql in enumerate(read) if 'FROM "claims_dispatch"' in sql and '"claims_dispatch"."id" = ' in sql]
    assert again
    assert claims < again[0]
    if connection.vendor == "postgresql":
        locks = [sql for sql in read if "FOR UPDATE" in sql]
        assert 'FROM "claims_claim"' in locks[0]


def test_an_older_packet_does_not_leave(waiting: Dispatch, biller: User, folder: Path) -> None:
    newer = f.sealed_packet(by=biller, claim=claim_of(waiting))
    with pytest.raises(Refused, match=f"Packet {newer.number} was sealed since it was put into the outbox"):
        carry(waiting, by=biller, at=f.AT)
    assert all(n.endswith(".part") for n in names(folder))


def test_behind_the_mark_a_claim_stays_as_it_leaves(waiting: Dispatch, biller: User) -> None:
    Dispatch.objects.filter(pk=waiting.pk).update(released_at=f.AT)
    claim = claim_of(waiting)
    told = rf"being handed over .+\(no\. {waiting.pk}\)"
    with pytest.raises(NotPossible, match=told):
        void(claim, "Billed in error.", by=biller, at=f.AT)
    with pytest.raises(NotPossible, match=told):
        f.sealed_packet(by=biller, claim=claim)
    with pytest.raises(NotPossible, match=told):
        f.evidence(claim=claim, by=biller)
    with pytest.raises(NotPossible, match=told), Changing(claim, by=biller):
        raise AssertionError("it was given for a change")
    claim.refresh_from_db()
    assert (claim.closing, claim.packets.count(), claim.evidence.count()) == ("open", 1, 0)
