"""What waits in the outbox leaves once: put in, carried, taken out, and what a person says where nobody can know."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from claims.models import Claim, Dispatch, DispatchAttempt, Submission, Transmission
from claims.queries import transmissions as to_write
from claims.services import dispatching
from claims.services.acknowledgements import import_acknowledgement
from claims.services.dispatching import give_up, loads, put, send_again
from claims.services.leases import HELD
from claims.services.outbox import arrived, carry
from claims.services.preparation import back_to_draft
from claims.services.submissions import submit
from claims.services.transmissions import write_claims
from claims.ways import WayFailed
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.models import AuditEvent, User
from documentation.services import files
from tests import factories as f
from tests.claims import papers
from tests.claims.ways.sftp_server import Served, serving

pytestmark = pytest.mark.django_db
LATER = f.AT + HELD + timedelta(minutes=1)


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
def served(settings: Any, tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "server") as server:
        settings.WAYS_OUT = {**settings.WAYS_OUT, **server.setting}
        yield server


SAMPLE = (Path(__file__).parents[1] / "edi" / "samples" / "worked.277CA").read_text()


def accepted_277ca(claim: Claim) -> bytes:
    """The worked answer, made out to this claim."""
    return SAMPLE.replace("C000101", claim.transmitted.get().control).encode()


def ready(by: User) -> Claim:
    claim: Claim = f.sealed_packet(by=by).claim
    return claim


def names(place: Path) -> list[str]:
    return sorted(p.name for p in place.iterdir())


def test_two_claims_leave_together_and_each_is_recorded_with_its_proof(biller: User, folder: Path) -> None:
    claims = [ready(biller), ready(biller)]
    dispatch = put(claims, "folder", by=biller, at=f.AT)
    assert names(folder) == []  # written down, nothing moved
    sent = carry(dispatch, by=biller, at=f.AT)
    stem = f"{sent.transmission.interchange:09d}"
    packets = [f"{stem}-{c.number}-01-packet.pdf" for c in claims]
    assert names(folder) == sorted([*packets, f"{stem}.837", f"{stem}.ctl"])
    assert (folder / f"{stem}.837").read_bytes() == files.read(sent.transmission.file)
    assert "*EL*" in (folder / f"{stem}.837").read_text()  # what goes along electronically is announced so
    for claim in claims:
        claim.refresh_from_db()
        (row,) = claim.submissions.all()
        assert (claim.transport, row.channel, row.proof) == ("sent", "clearinghouse", "listing")
        assert row.proof_reference.startswith(f"{stem}.837, ")
        assert row.proof_file
        told = {x["name"]: x["sha256"] for x in json.loads(files.read(row.proof_file))}
        assert set(told) == set(names(folder))
        assert AuditEvent.objects.filter(action="claim.submit", subject=claim.number).count() == 1


def test_what_is_put_in_is_read_and_checked_once(biller: User, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims, checked = [ready(biller), ready(biller)], []
    real = to_write.failures_among
    monkeypatch.setattr(to_write, "failures_among", lambda *a, **kw: checked.append(1) or real(*a, **kw))
    put(claims, "folder", by=biller, at=f.AT)
    assert checked == [1]


def test_carrying_it_once_more_changes_nothing(biller: User, folder: Path) -> None:
    dispatch = put([ready(biller)], "folder", by=biller, at=f.AT)
    carry(dispatch, by=biller, at=f.AT)
    before = {n: (folder / n).stat().st_mtime_ns for n in names(folder)}
    carry(Dispatch.objects.get(pk=dispatch.pk), by=biller, at=LATER)
    assert {n: (folder / n).stat().st_mtime_ns for n in names(folder)} == before
    assert Submission.objects.count() == 1


def test_what_waits_is_not_put_in_twice_nor_sent_beside_it(biller: User, folder: Path) -> None:
    claim = ready(biller)
    put([claim], "folder", by=biller, at=f.AT)
    with pytest.raises(Refused, match=r"waits in the outbox already \(no\. \d+\)"):
        put([claim], "folder", by=biller, at=f.AT)
    assert Transmission.objects.count() == 1


def test_a_reason_that_shows_nothing_is_none(biller: User, folder: Path) -> None:
    dispatch = put([ready(biller)], "folder", by=biller, at=f.AT)
    with pytest.raises(ValidationError, match="Say how you know"):
        give_up(dispatch, "\u200b\u200b", by=biller, at=f.AT)
    with pytest.raises(ValidationError, match="Say how you know"):
        send_again(dispatch, "\u200b\u200b", by=biller, at=f.AT)
    with pytest.raises(Refused, match="Give what proves it"):
        arrived(dispatch, "\u200b\u200b", by=biller, at=f.AT)
    dispatch.refresh_from_db()
    assert dispatch.is_waiting


def test_one_who_carries_is_alone_and_lets_go_by_itself(biller: User, folder: Path) -> None:
    dispatch = put([ready(biller)], "folder", by=biller, at=f.AT)
    Dispatch.objects.filter(pk=dispatch.pk).update(held_until=Now() + HELD, holder="another")
    for verb in (lambda: carry(dispatch, by=biller, at=f.AT), lambda: give_up(dispatch, "why", by=biller, at=f.AT)):
        with pytest.raises(NotPossible, match="being handed over at this moment"):
            verb()
    Dispatch.objects.filter(pk=dispatch.pk).update(held_until=Now() - timedelta(seconds=1))
    carry(dispatch, by=biller, at=f.AT)
    assert Submission.objects.count() == 1


def test_a_claim_that_changed_since_keeps_everything_here(biller: User, folder: Path) -> None:
    good, changed = ready(biller), ready(biller)
    dispatch = put([good, changed], "folder", by=biller, at=f.AT)
    back_to_draft(changed, by=biller, at=f.AT)
    with pytest.raises(Refused, match=f"{changed}: It changed since it was put into the outbox"):
        carry(dispatch, by=biller, at=f.AT)
    assert all(n.endswith(".part") for n in names(folder))
    good.refresh_from_db()
    assert (good.transport, Submission.objects.count()) == ("none", 0)
    give_up(dispatch, "it changed", by=biller, at=f.AT)
    carry(put([good], "folder", by=biller, at=f.AT), by=biller, at=f.AT)
    assert Submission.objects.get().claim == good


def test_sent_another_way_meanwhile_it_does_not_leave(biller: User, folder: Path) -> None:
    claim = ready(biller)
    dispatch = put([claim], "folder", by=biller, at=f.AT)
    values = {"channel": "fax", "sent_on": f.TODAY, "proof": "fax_confirmation", "proof_reference": "F1"}
    submit(claim, values, by=biller, at=f.AT)
    with pytest.raises(Refused, match="changed since"):
        carry(dispatch, by=biller, at=f.AT)
    assert not any(n.endswith(".837") for n in names(folder))


def test_what_fails_leaves_the_claim_and_says_why(biller: User, served: Served) -> None:
    claim = ready(biller)
    dispatch = put([claim], "sftp", by=biller, at=f.AT)
    served.trouble = "full"
    with pytest.raises(WayFailed, match="broke off"):
        carry(dispatch, by=biller, at=f.AT)
    claim.refresh_from_db()
    assert (claim.transport, served.renamed) == ("none", [])
    assert "broke off" in DispatchAttempt.objects.get().said
    assert AuditEvent.objects.filter(action="claim.dispatch_failed", subject=claim.number).exists()
    served.trouble = ""
    carry(dispatch, by=biller, at=f.AT)  # at once: nobody holds it any more
    claim.refresh_from_db()
    assert (claim.transport, len(served.renamed)) == ("sent", 3)


def test_a_server_that_had_it_before_the_answer_was_lost_is_not_sent_it_twice(biller: User, served: Served) -> None:
    dispatch = put([ready(biller)], "sftp", by=biller, at=f.AT)
    served.trouble = "silent"
    with pytest.raises(WayFailed):
        carry(dispatch, by=biller, at=f.AT)
    served.trouble = ""
    carry(dispatch, by=biller, at=f.AT)
    assert len([n for n in served.renamed if n.endswith(".837")]) == 1
    assert Submission.objects.count() == 1


@pytest.fixture
def taken(biller: User, folder: Path) -> Dispatch:
    """Broken off behind the mark, and nothing of it lies there any more."""
    dispatch = put([ready(biller)], "folder", by=biller, at=f.AT)
    Dispatch.objects.filter(pk=dispatch.pk).update(released_at=f.AT)
    with pytest.raises(WayFailed, match=r"may have been taken\. It is not sent again by itself"):
        carry(dispatch, by=biller, at=f.AT)
    assert DispatchAttempt.objects.get().is_unsure
    dispatch.refresh_from_db()
    return dispatch


def test_what_may_have_been_taken_waits_for_a_person(taken: Dispatch, biller: User, folder: Path) -> None:
    claim = taken.claims.get().claim
    values = {"channel": "fax", "sent_on": f.TODAY, "proof": "fax_confirmation", "proof_reference": "F1"}
    with pytest.raises(NotPossible, match="outbox says what became"):
        submit(claim, values, by=biller, at=f.AT)
    with pytest.raises(Refused, match="Give what proves it"):
        arrived(taken, " ", by=biller, at=f.AT)
    arrived(taken, "ticket 4711", by=biller, at=f.AT)
    row = Submission.objects.get()
    assert (row.proof, row.proof_reference, names(folder)) == ("receipt", "ticket 4711", [])


def test_a_person_who_knows_that_it_did_not_arrive_sends_it_again(taken: Dispatch, biller: User, folder: Path) -> None:
    with pytest.raises(ValidationError):
        send_again(taken, " ", by=biller, at=f.AT)
    send_again(taken, "the desk has no such file", by=biller, at=f.AT)
    carry(taken, by=biller, at=f.AT)
    assert f"{taken.transmission.interchange:09d}.837" in names(folder)
    assert (Submission.objects.count(), Transmission.objects.count()) == (1, 1)


def test_what_is_sent_again_is_read_back_again(taken: Dispatch, biller: User, folder: Path) -> None:
    """Behind the mark it was whole; what lies there by now of the same length may be anything."""
    first = taken.files.get(position=0)
    Dispatch.objects.filter(pk=taken.pk).update(laid=taken.files.count())
    send_again(taken, "the desk has no such file", by=biller, at=f.AT)
    (folder / f"{first.name}.part").write_bytes(b"?" * first.file.size)
    with suppress(WayFailed):
        carry(taken, by=biller, at=f.AT)
    carry(taken, by=biller, at=f.AT)
    assert hashlib.sha256((folder / first.name).read_bytes()).hexdigest() == first.file.sha256


def test_an_answer_to_it_says_that_it_left(taken: Dispatch, biller: User) -> None:
    claim = taken.claims.get().claim
    taken_in = import_acknowledgement(accepted_277ca(claim), "a.277", by=biller, at=f.AT)
    assert taken_in.accepted == [claim.number]
    taken.refresh_from_db()
    claim.refresh_from_db()
    assert taken.delivered_at
    assert (claim.transport, Submission.objects.get().proof) == ("accepted", "acknowledgement")


def test_what_was_written_for_somebody_else_needs_a_reason(biller: User, folder: Path) -> None:
    claim = ready(biller)
    write_claims([claim], by=biller, at=f.AT)
    with pytest.raises(Refused, match=r"stands already in the file \d{9}"):
        put([claim], "folder", by=biller, at=f.AT)
    put([claim], "folder", again="that file never left", by=biller, at=f.AT)


def test_only_who_may_send_puts_in_and_takes_out(biller: User, folder: Path) -> None:
    claim, clinician = ready(biller), f.user(role="clinician")
    with pytest.raises(NotPermitted):
        put([claim], "folder", by=clinician, at=f.AT)
    dispatch = put([claim], "folder", by=biller, at=f.AT)
    for verb in (
        lambda: carry(dispatch, by=clinician, at=f.AT),
        lambda: give_up(dispatch, "why", by=clinician, at=f.AT),
        lambda: send_again(dispatch, "why", by=clinician, at=f.AT),
        lambda: arrived(dispatch, "why", by=clinician, at=f.AT),
    ):
        with pytest.raises(NotPermitted):
            verb()


def test_what_cannot_be_put_in_is_said_by_claim(biller: User, folder: Path, settings: Any) -> None:
    draft = f.claim_at(by=biller)
    with pytest.raises(Refused, match=f"{draft}: It is not ready"):
        put([draft], "folder", by=biller, at=f.AT)
    with pytest.raises(Refused, match="carried by a person"):
        put([draft], "fax", by=biller, at=f.AT)
    with pytest.raises(Refused, match="There is no way out named “pigeon”"):
        put([draft], "pigeon", by=biller, at=f.AT)
    settings.WAYS_OUT = {}
    with pytest.raises(Refused, match="names it in CLEARINGHOUSE_FOLDER"):
        put([draft], "folder", by=biller, at=f.AT)
    assert not Transmission.objects.exists()


def sent_by_command(*claims: Claim, by: User) -> None:
    numbers = [claim.number for claim in claims]
    call_command("send_claims", *numbers, "--as", by.username, "--at", f.AT.isoformat(), stdout=StringIO())


def test_the_command_hands_over_all_or_none(biller: User, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "MOST", 1)
    sound, draft = ready(biller), f.claim_at(by=biller)
    with pytest.raises((Refused, CommandError), match=rf"(?s)Nothing was handed over.*{draft}: It is not ready"):
        sent_by_command(sound, draft, by=biller)
    assert (names(folder), Dispatch.objects.count(), Transmission.objects.count()) == ([], 0, 0)
    sent_by_command(sound, by=biller)
    assert Submission.objects.get().claim == sound


def test_claims_of_two_payers_leave_each_in_a_file_for_its_payer(biller: User, folder: Path, settings: Any) -> None:
    settings.EDI_RECEIVER = ""
    visit = f.signed_encounter()
    other = f.payer(by=biller, payer_id="99994", name="Tidewater Dental")
    f.coverage(person=visit.patient, with_payer=other, by=biller)
    first, third = ready(biller), ready(biller)
    second = f.sealed_packet(by=biller, claim=f.claim_at(preparation="ready", by=biller, encounter=visit)).claim
    assert loads([first, second, third]) == [[first, third], [second]]
    sent_by_command(first, second, third, by=biller)
    assert Transmission.objects.count() == 2
    assert {c.transport for c in Claim.objects.all()} == {"sent"}
