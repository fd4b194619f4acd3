"""Claims written into electronic files: all or none, with numbers that nobody else gets."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
import weakref
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction

from claims.edi import claim_837_read
from claims.models import Claim, ControlSeries, Payer, Transmission, TransmittedClaim
from claims.queries import transmissions as to_write
from claims.services import control_numbers, transmissions
from claims.services.packets import seal_packet
from claims.services.payers import record_fact
from claims.services.preparation import back_to_draft, mark_ready
from claims.services.submissions import reject, submit
from claims.services.transmissions import Written, write_claims
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Patient, User
from documentation.services import files
from tests import factories as f
from tests.claims.edi.structure import faults

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> User:
    return f.user(role=Role.BILLER)


def ready(by: User) -> Claim:
    claim: Claim = f.sealed_packet(by=by).claim
    return claim


def written(*claims: Claim, by: User, again: str = "") -> Written:
    return write_claims(claims, again=again, by=by, at=f.AT)


def test_a_ready_claim_becomes_a_file_that_is_kept(biller: User) -> None:
    packet = f.sealed_packet(by=biller)
    claim = packet.claim
    result = written(claim, by=biller)
    text = result.data.decode()
    assert faults(text) == []
    assert files.read(result.transmission.file) == result.data
    (found,) = claim_837_read.read(result.data).claims
    assert (found.claim.control, found.claim.cents, found.claim.kind) == (claim.number, 85_000, "dental")
    assert {d.control for d in found.claim.documents} == {packet.control_number}
    assert f"{result.transmission.interchange:09d}" in text
    claim.refresh_from_db()
    assert claim.transport == "none"  # written is not sent
    row = TransmittedClaim.objects.get()
    assert (row.claim, row.control, row.purpose, row.set_control) == (claim, claim.number, "original", "0001")


def test_the_same_claim_again_gets_numbers_of_its_own(biller: User) -> None:
    claim = ready(biller)
    one, two = written(claim, by=biller), written(claim, by=biller, again="the file was lost")
    assert one.transmission.interchange < two.transmission.interchange
    assert one.transmission.first_set < two.transmission.first_set
    controls = [c.control for c in TransmittedClaim.objects.order_by("pk")]
    assert controls == [claim.number, f"{claim.number}R2"]
    assert re.findall(rb"(?m)^REF\*6R\*(.*)~$", two.data) == [f"{claim.number}R2-1".encode()]


def test_a_claim_that_waits_in_a_file_is_written_anew_only_with_a_reason(biller: User) -> None:
    claim = ready(biller)
    one = written(claim, by=biller)
    same = written(claim, by=biller, again="  ")
    assert (same.already, same.transmission, same.data) == (True, one.transmission, one.data)
    other = written(claim, by=biller, again="the file was lost")
    assert other.transmission != one.transmission
    # The second one waits, too: plainly asked, it is that file which comes.
    assert written(claim, by=biller).transmission == other.transmission
    events = AuditEvent.objects.filter(action="claim.export").order_by("seq")
    assert [json.loads(e.detail).get("reason") for e in events] == [None, "the file was lost"]
    assert AuditEvent.objects.filter(action="claim.export_again").count() == 2


def test_what_would_be_written_otherwise_is_never_passed_off_as_the_same(biller: User) -> None:
    claim, beside = ready(biller), ready(biller)
    one = written(claim, by=biller).transmission
    said = f"{claim}: It stands already in the file {one.interchange:09d}.*--again REASON"
    with pytest.raises(Refused, match=said):
        written(claim, beside, by=biller)
    Patient.objects.filter(pk=claim.encounter.patient_id).update(line1="9 Other Street")
    with pytest.raises(Refused, match=said):
        written(claim, by=biller)
    assert Transmission.objects.count() == 1


def test_claims_are_let_go_as_they_are_written(biller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, no more are in memory with their facts than are read at once."""
    claims = [ready(biller) for _ in range(4)]
    alive: set[weakref.ref[Any]] = set()
    most = 0

    def watched(row: Any, again: str) -> Any:
        nonlocal most
        gc.collect()
        alive.add(weakref.ref(row.facts, alive.discard))
        most = max(most, len(alive))
        return twice(row, again)

    twice = transmissions._twice
    monkeypatch.setattr(transmissions, "_twice", watched)
    monkeypatch.setattr(to_write, "MANY", 1)
    result = written(*claims, by=biller)
    assert faults(result.data.decode()) == []
    assert [s.claim_id for s in result.transmission.claims.order_by("pk")] == [c.pk for c in claims]
    assert most <= 2


def test_what_a_person_recorded_as_rejected_is_written_again_once(biller: User) -> None:
    claim = ready(biller)
    written(claim, by=biller)
    values = {"channel": "clearinghouse", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R1"}
    submit(claim, values, by=biller, at=f.AT)
    reject(claim, "the NPI", by=biller, at=f.AT)
    seal_packet(claim, by=biller, at=f.AT)
    written(claim, by=biller)


def test_a_test_file_keeps_nothing_from_leaving(biller: User, settings: object) -> None:
    claim = ready(biller)
    settings.EDI_TEST = True  # type: ignore[attr-defined]
    written(claim, by=biller)
    settings.EDI_TEST = False  # type: ignore[attr-defined]
    assert not written(claim, by=biller).transmission.is_test


def test_a_claim_that_changed_since_its_packet_was_sealed_is_refused(biller: User) -> None:
    claim = f.sealed_packet(by=biller).claim
    back_to_draft(claim, by=biller, at=f.AT)
    mark_ready(claim, by=biller, at=f.AT)
    with pytest.raises(Refused, match=rf"{claim}: Packet K.*no longer true.*again, then export"):
        written(claim, by=biller)
    assert not Transmission.objects.exists()
    seal_packet(claim, by=biller, at=f.AT)
    assert written(claim, by=biller)


def test_a_claim_that_never_had_a_packet_announces_no_attachment(biller: User) -> None:
    claim = f.claim_at(preparation="ready", by=biller)
    assert "PWK" not in files.read(written(claim, by=biller).transmission.file).decode()


def test_a_refused_file_writes_nothing_and_takes_no_number(biller: User) -> None:
    good, bad = ready(biller), ready(biller)
    back_to_draft(bad, by=biller, at=f.AT)
    with pytest.raises(NotPossible, match=f"{bad}: It is not ready"):
        written(good, bad, by=biller)
    assert not Transmission.objects.exists()
    assert not ControlSeries.objects.exists()


def test_a_claim_that_changed_since_its_check_is_refused(biller: User) -> None:
    claim = ready(biller)
    coverage = claim.coverage
    type(coverage).objects.filter(pk=coverage.pk).update(terminated_on=claim.service_date - timedelta(days=1))
    with pytest.raises(Refused, match="something changed since its check"):
        written(claim, by=biller)
    assert not Transmission.objects.exists()


def test_a_name_that_would_cut_the_file_comes_through_safe_and_is_told(biller: User) -> None:
    claim = ready(biller)
    Patient.objects.filter(pk=claim.encounter.patient_id).update(last_name="O*NEIL~", first_name="Łukasz")
    seal_packet(claim, by=biller, at=f.AT)
    result = written(claim, by=biller)
    assert b"NM1*IL*1*O NEIL*LUKASZ*" in result.data
    assert faults(result.data.decode()) == []
    told = " ".join(result.changes[claim.number])
    assert "“O*NEIL~” is sent as “O NEIL”" in told
    assert "“Łukasz” is sent as “LUKASZ”" in told
    assert TransmittedClaim.objects.get().changes == list(result.changes[claim.number])


def test_missing_numbers_are_all_named_with_their_claim(biller: User) -> None:
    claim = ready(biller)
    location = claim.encounter.location
    type(location).objects.filter(pk=location.pk).update(npi="", tax_id="", zip="98101")
    with pytest.raises(Refused) as refusal:
        written(claim, by=biller)
    said = " ".join(refusal.value.reasons)
    for words in ("no sound NPI", "no tax ID", "all nine digits"):
        assert f"{claim}: " in said
        assert words in said


def test_who_may_not_send_writes_nothing(biller: User) -> None:
    claim = ready(biller)
    with pytest.raises(NotPermitted):
        written(claim, by=f.user(role=Role.ASSISTANT))


def test_a_claim_that_was_sent_is_not_written_again(biller: User) -> None:
    claim = f.submission(by=biller).claim
    with pytest.raises(NotPossible, match="It was sent already"):
        written(claim, by=biller)


def test_without_a_clearinghouse_each_payer_has_a_file_of_its_own(biller: User, settings: object) -> None:
    settings.EDI_RECEIVER = ""  # type: ignore[attr-defined]
    one, two = ready(biller), ready(biller)
    result = written(one, by=biller)
    assert f"*ZZ*{one.coverage.payer.payer_id:<15}*".encode() in result.data
    other = Payer.objects.create(name="Other plan", payer_id="77777")
    type(two.coverage).objects.filter(pk=two.coverage_id).update(payer=other)
    with pytest.raises(Refused):
        written(one, two, by=biller)


def test_the_kind_of_each_id_is_that_of_the_settings(biller: User, settings: Any) -> None:
    text = written(ready(biller), by=biller).data.decode()
    assert (text[32:34], text[51:53]) == ("ZZ", "ZZ")
    settings.EDI_SENDER_QUALIFIER, settings.EDI_RECEIVER_QUALIFIER = "30", "27"
    text = written(ready(biller), by=biller).data.decode()
    assert (text[32:34], text[51:53]) == ("30", "27")
    assert faults(text) == []
    settings.EDI_RECEIVER_QUALIFIER = "XX"
    with pytest.raises(Refused, match="Set EDI_RECEIVER_QUALIFIER as the clearinghouse says"):
        written(ready(biller), by=biller)


def test_an_open_list_is_refused_in_words(biller: User) -> None:
    claim = ready(biller)
    with pytest.raises(Refused, match="named twice"):
        written(claim, claim, by=biller)
    with pytest.raises(Refused, match="at least one"):
        written(by=biller)


def test_numbers_outside_a_transaction_are_never_given() -> None:
    assert connection.in_atomic_block
    with transaction.atomic():
        assert [control_numbers.take("set", 3), control_numbers.take("set"), control_numbers.take("interchange")] == [
            1, 4, 1,
        ]  # fmt: skip
    ControlSeries.objects.filter(name="interchange").update(last=999_999_999)
    with pytest.raises(Refused, match="used up"):
        control_numbers.take("interchange")


def test_a_database_that_was_restored_goes_on_above_what_it_forgot(biller: User, settings: object) -> None:
    before = written(ready(biller), by=biller).transmission
    settings.EDI_NUMBERS_FROM = 5_000  # type: ignore[attr-defined]
    after = [written(ready(biller), by=biller).transmission for _ in range(2)]
    assert before.interchange < 5_000
    assert [(t.interchange, t.first_set) for t in after] == [(5_000, 5_000), (5_001, 5_001)]
    settings.EDI_NUMBERS_FROM = 1  # type: ignore[attr-defined]
    assert written(ready(biller), by=biller).transmission.interchange == 5_002


WRITING = """
import sys, time, pathlib
import django
django.setup()
from django.db import OperationalError
from claims.models import Claim
from claims.services.transmissions import write_claims
from documentation.kernel.machine import Refusal
from documentation.models import User
from tests import factories
me, start, by, *claims = sys.argv[1:]
user, rows = User.objects.get(pk=by), [Claim.objects.get(pk=pk) for pk in claims]
pathlib.Path(start, me).touch()
while len(list(pathlib.Path(start).iterdir())) < 2:
    time.sleep(0.005)
while rows:
    try:
        written = write_claims(rows[:1], by=user, at=factories.AT)
        print("again" if written.already else "wrote", written.transmission.interchange)
    except OperationalError:
        continue  # the other process held the database for longer than this one waits: its person tries again
    except Refusal as e:
        print("refused", *e.reasons)
    del rows[0]
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_processes_write_each_claim_once_and_never_give_a_number_twice(
    tmp_path: Path, biller: User, settings: Any
) -> None:
    claims = [ready(biller) for _ in range(3)]
    start = tmp_path / "start"
    start.mkdir()
    both = [
        subprocess.Popen(
            [sys.executable, "-c", WRITING, name, str(start), str(biller.pk), *(str(c.pk) for c in claims)],
            env=os.environ | _surroundings(settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in ("one", "other")
    ]  # fmt: skip
    told = [process.communicate(timeout=600) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    lines = [line for out, _ in told for line in out.splitlines()]
    numbers = sorted(int(line.split()[1]) for line in lines if line.startswith("wrote"))
    assert numbers == [1, 2, 3], lines
    # Who comes second is given the file of the first, with its number.
    assert sorted(int(line.split()[1]) for line in lines if line.startswith("again")) == numbers, lines
    assert sorted(Transmission.objects.values_list("interchange", "first_set")) == [(n, n) for n in numbers]
    assert sorted(TransmittedClaim.objects.values_list("control", flat=True)) == sorted(c.number for c in claims)


def _surroundings(settings: Any) -> dict[str, str]:
    """What a process needs to work on the database of this test."""
    database = connection.settings_dict
    address = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": address,
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "SECRET_KEY": settings.SECRET_KEY,
        "PYTHONPATH": str(settings.BASE_DIR),
    }


@pytest.mark.django_db(transaction=True)
def test_a_number_whose_file_was_rolled_back_was_never_given(biller: User) -> None:
    claim = ready(biller)
    with transaction.atomic():
        taken = written(claim, by=biller).transmission.interchange
        transaction.set_rollback(True)
    assert not Transmission.objects.exists()
    assert written(claim, by=biller).transmission.interchange == taken


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_time_never_get_the_same_number() -> None:
    taken: list[int] = []
    problems: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(10):
                with transaction.atomic():
                    first = control_numbers.take("interchange", 2)
                taken.extend((first, first + 1))
        except Exception as e:  # what a thread raises must reach the test
            problems.append(e)
        finally:
            connections.close_all()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(taken) == list(range(1, 81))


def test_what_a_claim_says_is_what_its_file_says(biller: User) -> None:
    """The facts of the rows come out of the file again."""
    claim = ready(biller)
    (found,) = claim_837_read.read(written(claim, by=biller).data).claims
    patient, plan = claim.encounter.patient, claim.coverage
    assert found.claim.plan.member_id == plan.member_id
    assert found.claim.plan.subscriber.birth_date == patient.birth_date
    assert found.claim.service_date == claim.service_date
    assert found.claim.diagnoses == tuple(d.replace(".", "") for d in claim.diagnoses)
    assert replace(found.claim, lines=()).cents == 0


def test_enclosed_documents_are_named_by_what_they_are(biller: User) -> None:
    claim = ready(biller)
    f.evidence(claim=claim, by=biller)
    seal_packet(claim, by=biller, at=f.AT)
    (found,) = claim_837_read.read(written(claim, by=biller).data).claims
    assert [d.type for d in found.claim.documents] == ["OZ", "DG", "RR"]


def test_a_packet_for_the_note_alone_announces_no_files(biller: User) -> None:
    claim = f.claim_at(preparation="ready", by=biller)
    seal_packet(claim, channel="claim_note", by=biller, at=f.AT)
    (found,) = claim_837_read.read(written(claim, by=biller).data).claims
    assert found.claim.documents == ()
    assert found.claim.notes


def test_a_file_that_names_the_packet_is_not_the_same_once_a_newer_packet_was_sealed(biller: User) -> None:
    claim = ready(biller)
    one = written(claim, by=biller)
    newer = seal_packet(claim, by=biller, at=f.AT)
    # What leaves beside the file bears the newer number; the payer could not put the two together.
    with pytest.raises(Refused, match=f"{claim}: It stands already in the file .*--again REASON"):
        written(claim, by=biller)
    assert Transmission.objects.count() == 1
    again = written(claim, by=biller, again="the packet was built again")
    (found,) = claim_837_read.read(again.data).claims
    assert {d.control for d in found.claim.documents} == {newer.control_number}
    assert again.transmission != one.transmission


def test_a_file_that_names_no_packet_stays_the_same_whatever_was_sealed_since(biller: User) -> None:
    claim = ready(biller)
    told = {"value": "never", "plan_name": "", "source": "Call 8", "verified_on": f.SERVICE_DATE}
    record_fact(claim.coverage.payer, "attachments", told, by=biller, at=f.AT)
    seal_packet(claim, by=biller, at=f.AT)
    one = written(claim, by=biller)
    assert b"PWK" not in one.data
    seal_packet(claim, by=biller, at=f.AT)
    assert (same := written(claim, by=biller)).already
    assert (same.transmission, same.data) == (one.transmission, one.data)
