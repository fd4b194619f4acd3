"""Claims written into electronic files: all or none, with numbers that nobody else gets."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, connections, transaction

from claims.edi import claim_837_read
from claims.models import Claim, ControlSeries, Payer, Transmission, TransmittedClaim
from claims.services import control_numbers
from claims.services.packets import seal_packet
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


def test_a_claim_that_waits_in_a_file_is_not_written_twice_without_a_reason(biller: User) -> None:
    claim = ready(biller)
    one = written(claim, by=biller).transmission
    with pytest.raises(Refused, match=f"{claim}: It stands already in the file {one.interchange:09d}.*--again REASON"):
        written(claim, by=biller)
    with pytest.raises(Refused, match="stands already"):
        written(claim, by=biller, again="  ")
    written(claim, by=biller, again="the file was lost")
    events = AuditEvent.objects.filter(action="claim.export").order_by("seq")
    assert [json.loads(e.detail).get("reason") for e in events] == [None, "the file was lost"]
    with pytest.raises(Refused, match="stands already"):  # the second one waits, too
        written(claim, by=biller)


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
    with pytest.raises(Refused, match=f"{claim}: Its packet was sealed before the claim changed.*again, then export"):
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
