"""Evidence to send: kept clean, put into the packet page by page, taken off again; what the payer sent never leaves."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pikepdf
import pypdfium2
import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction

from claims.models import Claim, Packet, Remittance, RemittanceClaim, SelfPayRestriction
from claims.packet import verify_zip
from claims.queries.claims import facts_of
from claims.queries.evidence import from_the_payer, shelf_of, taken_off
from claims.queries.packets import is_current, packets_to_send
from claims.services import coverage as plans
from claims.services import evidence, payers, supplements
from claims.services import plans as payer_terms
from claims.services.packets import seal_packet
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.models import AuditEvent, StoredFile, User
from documentation.services import files
from tests import factories as f
from tests.claims import papers

pytestmark = pytest.mark.django_db
VALUES = {"kind": "prior_imaging", "title": "Ultrasound of the neck", "dated_on": f.SERVICE_DATE}
SENT: dict[str, Any] = {"channel": "portal", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R-1"}


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def ready(biller: User) -> Claim:
    row: Claim = f.claim_at(by=biller, preparation="ready")
    return row


def names(packet: Packet) -> list[str]:
    return [p.name for p in packet.parts.all() if not p.name.startswith("fig-")]


def part_keys(packet: Packet) -> list[str]:
    return [p["key"] for p in json.loads(packet.manifest)["parts"]]


def errors(caught: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str]]:
    return caught.value.message_dict


class TestTheShelf:
    def test_a_pdf_is_kept_as_it_came_and_clean(self, ready: Claim, biller: User) -> None:
        pdf = papers.changed(papers.scanned(2), script=True)
        row, notes = evidence.add_evidence(ready, VALUES, pdf, by=biller, at=f.AT)
        assert (row.pages, row.title, row.kind) == (2, "Ultrasound of the neck", "prior_imaging")
        assert files.read(row.original) == pdf
        assert b"JavaScript" not in files.read(row.file)
        assert notes == ("Scripts and actions in it were left out.",)
        event = AuditEvent.objects.get(action="evidence.add")
        assert (event.subject, event.patient) == (ready.number, ready.encounter.patient)

    def test_a_picture_is_taken_without_its_metadata(self, ready: Claim, biller: User) -> None:
        row = f.evidence(claim=ready, by=biller, title="")
        assert (row.pages, row.title, row.file.media_type) == (1, "Report of earlier imaging", "image/jpeg")

    @pytest.mark.parametrize("as_clean", [False, True])
    def test_a_file_of_another_patient_s_shelf_is_refused(self, ready: Claim, biller: User, as_clean: bool) -> None:
        other: Claim = f.claim_at(by=biller, preparation="ready")
        pdf = papers.changed(papers.scanned(1), script=True)
        row, _ = evidence.add_evidence(other, VALUES, pdf, by=biller, at=f.AT)
        assert other.encounter.patient_id != ready.encounter.patient_id
        with pytest.raises(ValidationError, match="the shelf of another patient's claim") as caught:
            evidence.add_evidence(ready, VALUES, files.read(row.file) if as_clean else pdf, by=biller, at=f.AT)
        assert list(errors(caught)) == ["file"]
        assert not ready.evidence.exists()

    def test_a_scan_that_tells_of_other_patients_is_refused(self, ready: Claim, biller: User) -> None:
        pdf = papers.scanned(1, "EOB")
        came = Remittance.objects.create(
            key="k1", source="eob", paid_on=f.TODAY, recorded_at=f.AT, recorded_by=biller,
            scan=files.keep(pdf, media_type="application/pdf", at=f.AT),
        )  # fmt: skip
        for position, claim in ((1, ready), (2, None)):
            RemittanceClaim.objects.create(
                remittance=came, position=position, claim=claim, charge=850, paid=0, patient_share=0
            )
        with pytest.raises(ValidationError, match="tells of other patients"):
            evidence.add_evidence(ready, VALUES, pdf, by=biller, at=f.AT)
        came.answers.filter(claim=None).delete()
        evidence.add_evidence(ready, VALUES, pdf, by=biller, at=f.AT)

    @pytest.mark.parametrize(
        "data,said",
        [
            (b"", "empty"),
            (b"%PDF-1.7 broken", "damaged"),
            (papers.changed(papers.scanned(1), password="x"), "locked with a password"),
            (b"\xff\xd8\xff cut", "damaged"),
            (papers.scanned(41), "41 pages"),
        ],
    )
    def test_what_cannot_be_read_is_refused_and_nothing_is_kept(
        self, ready: Claim, biller: User, data: bytes, said: str
    ) -> None:
        before = StoredFile.objects.count()
        with pytest.raises(ValidationError) as caught:
            evidence.add_evidence(ready, VALUES, data, by=biller, at=f.AT)
        assert said in " ".join(errors(caught)["file"])
        assert (ready.evidence.count(), StoredFile.objects.count()) == (0, before)

    def test_the_same_document_is_added_once(self, ready: Claim, biller: User) -> None:
        f.evidence(claim=ready, by=biller)
        with pytest.raises(ValidationError, match="on the shelf already"):
            f.evidence(claim=ready, by=biller)

    def test_a_day_to_come_is_refused(self, ready: Claim, biller: User) -> None:
        with pytest.raises(ValidationError, match="lies in the future"):
            f.evidence(claim=ready, by=biller, dated_on=f.TODAY + timedelta(days=2))

    def test_it_is_taken_off_and_put_back(self, ready: Claim, biller: User) -> None:
        row = f.evidence(claim=ready, by=biller)
        evidence.remove_evidence(row, by=biller, at=f.AT)
        assert (shelf_of(ready), taken_off(ready)) == ([], [row])
        again = f.evidence(claim=ready, by=biller)
        with pytest.raises(NotPossible, match="added again meanwhile"):
            evidence.restore_evidence(row, by=biller, at=f.AT)
        evidence.remove_evidence(again, by=biller, at=f.AT)
        evidence.restore_evidence(row, by=biller, at=f.AT)
        assert [item.row for item in shelf_of(ready)] == [row]

    def test_rows_are_never_changed_or_deleted(self, ready: Claim, biller: User) -> None:
        f.evidence(claim=ready, by=biller)
        for change in (lambda: ready.evidence.update(title="Other"), lambda: ready.evidence.all().delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    @pytest.mark.parametrize("role", ["assistant", "clinician", "administrator"])
    def test_only_who_prepares_claims_may(self, ready: Claim, role: str) -> None:
        with pytest.raises(NotPermitted):
            f.evidence(claim=ready, by=f.user(role=role))


class TestInThePacket:
    def test_its_pages_stand_under_their_heading_and_the_clean_file_beside(self, ready: Claim, biller: User) -> None:
        row = f.evidence(claim=ready, by=biller, data=papers.scanned(2))
        packet = seal_packet(ready, by=biller, at=f.AT)
        assert names(packet) == ["packet.pdf", "evidence-01.pdf"]
        assert part_keys(packet)[-2:] != ["evidence", "note"]
        manifest = json.loads(packet.manifest)
        (part,) = [p for p in manifest["parts"] if p["key"] == "evidence"]
        assert part["pages"][1] - part["pages"][0] == 1
        assert manifest["enclosures"] == [
            {"part": "evidence", "file": "evidence-01.pdf", "title": "Ultrasound of the neck",
             "kind": "Report of earlier imaging", "date": f.SERVICE_DATE.isoformat(), "pages": 2}
        ]  # fmt: skip
        bundle = files.read(packet.zip)
        assert verify_zip(bundle) == []
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            assert archive.read("evidence-01.pdf") == files.read(row.file)
        pdf = files.read(packet.pdf)
        with pikepdf.open(io.BytesIO(pdf)) as document:
            alts = [str(o.Alt) for o in document.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o]
            assert len(document.attachments) == 0
        assert len([a for a in alts if a.startswith("Page") and "Ultrasound of the neck" in a]) == 2
        text = pypdfium2.PdfDocument(pdf)[part["pages"][0] - 1].get_textpage().get_text_bounded()
        assert "Enclosed documents" in text

    def test_what_was_taken_off_stays_here(self, ready: Claim, biller: User) -> None:
        row = f.evidence(claim=ready, by=biller)
        first = seal_packet(ready, by=biller, at=f.AT)
        assert is_current(first, facts_of(ready))
        evidence.remove_evidence(row, by=biller, at=f.AT)
        ready.refresh_from_db()
        assert not packets_to_send([ready])
        second = seal_packet(ready, by=biller, at=f.AT)
        assert (names(first), names(second)) == (["packet.pdf", "evidence-01.jpg"], ["packet.pdf"])

    def test_the_letter_of_a_permission_that_fits_goes_along(self, ready: Claim, biller: User) -> None:
        given = {"kind": "prior_authorization", "status": "approved", "number": "PA-7", "codes": ["D0371"]}
        other = {"kind": "prior_authorization", "status": "approved", "number": "PA-8", "codes": ["D9999"]}
        for n, values in enumerate((given, other)):
            row = plans.save_authorization(ready.coverage, None, values, by=biller, at=f.AT)
            letter = files.keep(papers.scanned(1, f"Letter {n}"), media_type="application/pdf", at=f.AT)
            plans.keep_letter(row, letter, by=biller, at=f.AT)
        packet = seal_packet(ready, by=biller, at=f.AT)
        assert names(packet) == ["packet.pdf", "authorization-01.pdf"]
        assert "authorization" in part_keys(packet)
        assert evidence.enclosed_keys(ready) == {"authorization"}

    def test_a_letter_that_cannot_be_read_stops_the_packet_with_its_name(self, ready: Claim, biller: User) -> None:
        given = {"kind": "prior_authorization", "status": "approved", "number": "PA-7"}
        row = plans.save_authorization(ready.coverage, None, given, by=biller, at=f.AT)
        locked = papers.changed(papers.scanned(1), password="x")
        plans.keep_letter(row, files.keep(locked, media_type="application/pdf", at=f.AT), by=biller, at=f.AT)
        with pytest.raises(Refused, match=r"Prior authorization PA-7” cannot be put .* locked with a password"):
            seal_packet(ready, by=biller, at=f.AT)
        assert not Packet.objects.exists()

    def test_a_document_that_storage_lost_stops_the_packet(self, ready: Claim, biller: User) -> None:
        row = f.evidence(claim=ready, by=biller, data=papers.scanned(1))
        default_storage.delete(row.file.path)
        with pytest.raises(Refused, match=r"Ultrasound of the neck” cannot be put into the packet\. .*missing"):
            seal_packet(ready, by=biller, at=f.AT)
        assert not Packet.objects.exists()

    def test_what_the_payer_sent_never_enters_a_packet_of_the_claim(self, biller: User) -> None:
        claim: Claim = f.claim_at(by=biller, preparation="ready")
        scan = files.keep(papers.scanned(1, "EOB"), media_type="application/pdf", at=f.AT)
        came = Remittance.objects.create(
            key="k1", source="eob", paid_on=f.TODAY, scan=scan, recorded_at=f.AT, recorded_by=biller
        )
        RemittanceClaim.objects.create(remittance=came, position=1, claim=claim, charge=850, paid=0, patient_share=0)
        assert [row.scan for row in from_the_payer(claim)] == [scan]
        assert names(seal_packet(claim, by=biller, at=f.AT)) == ["packet.pdf"]


class TestSupplements:
    @pytest.fixture
    def sent(self, ready: Claim, biller: User) -> Claim:
        f.evidence(claim=ready, by=biller, data=papers.scanned(1, "First"), title="First")
        seal_packet(ready, by=biller, at=f.AT)
        f.submission(by=biller, claim=ready)
        ready.refresh_from_db()
        return ready

    def test_what_is_added_after_sending_is_sealed_by_itself(self, sent: Claim, biller: User) -> None:
        (first,) = sent.packets.all()
        before = (files.read(first.zip), first.manifest, sent.revision)
        f.evidence(claim=sent, by=biller, data=papers.scanned(2, "New"), title="New")
        made = supplements.seal_supplement(sent, "The payer asked for it.", by=biller, at=f.AT)
        assert (made.kind, made.supplement, made.supplements, made.reason) == (
            "supplement", 1, first, "The payer asked for it.",
        )  # fmt: skip
        assert names(made) == ["packet.pdf", "evidence-01.pdf"]
        assert made.parts.count() == 2
        cover = pypdfium2.PdfDocument(files.read(made.pdf))[0].get_textpage().get_text_bounded()
        number = first.submissions.get().control_number
        assert all(x in cover for x in ("Supplement 1", first.number, number, "The payer asked for it."))
        assert verify_zip(files.read(made.zip)) == []
        first.refresh_from_db()
        sent.refresh_from_db()
        assert (files.read(first.zip), first.manifest, sent.revision) == before

    def test_the_next_one_holds_only_what_is_new_again(self, sent: Claim, biller: User) -> None:
        for n in (1, 2):
            f.evidence(claim=sent, by=biller, data=papers.scanned(1, f"New {n}"), title=f"New {n}")
            made = supplements.seal_supplement(sent, "The payer asked for it.", by=biller, at=f.AT)
            assert made.supplement == n
            assert [e["title"] for e in json.loads(made.manifest)["enclosures"]] == [f"New {n}"]
            supplements.send_supplement(made, dict(SENT), by=biller, at=f.AT)
        with pytest.raises(Refused, match="Nothing is new"):
            supplements.seal_supplement(sent, "The payer asked for it.", by=biller, at=f.AT)

    def test_the_eob_stays_where_the_payer_takes_its_amounts_as_data(self, sent: Claim, biller: User) -> None:
        payer_terms.record_payer_terms(sent.coverage.payer, {"cob_as": "data"}, by=biller, at=f.AT)
        f.evidence(claim=sent, by=biller, data=papers.scanned(1, "EOB"), title="EOB", kind="primary_eob")
        (item,) = [item for item in shelf_of(sent) if item.row.title == "EOB"]
        assert item.stays == (
            f"{sent.coverage.payer.name} takes the first plan's amounts as data on the claim, not as an attachment."
        )
        with pytest.raises(Refused, match=r"“EOB” stays here: .* not as an attachment"):
            supplements.seal_supplement(sent, "The payer asked for it.", by=biller, at=f.AT)
        f.evidence(claim=sent, by=biller, data=papers.scanned(1, "New"), title="New")
        made = supplements.seal_supplement(sent, "The payer asked for it.", by=biller, at=f.AT)
        assert [e["title"] for e in json.loads(made.manifest)["enclosures"]] == ["New"]

    @pytest.mark.parametrize(
        ("key", "value", "why"),
        [
            ("attachments", "never", "takes no attachments"),
            ("attachments", "on_request", "wants attachments only when it asks"),
            ("documents_wanted", ["images", "note"], "does not name it among the documents"),
        ],
    )
    def test_what_the_payer_does_not_want_is_added_only_where_it_asked(
        self, sent: Claim, biller: User, key: str, value: Any, why: str
    ) -> None:
        fact = {"value": value, "plan_name": "", "source": "Call 8", "verified_on": f.SERVICE_DATE}
        payers.record_fact(sent.coverage.payer, key, fact, by=f.user(role="manager"), at=f.AT)
        sent = Claim.objects.get(pk=sent.pk)
        f.evidence(claim=sent, by=biller, data=papers.scanned(1, "New"), title="New")
        assert supplements.new_evidence(sent, supplements.sent_packet(sent)) == []
        with pytest.raises(Refused, match=f"If the payer asked for it, say so.*“New” stays here: .*{why}"):
            supplements.seal_supplement(sent, "One more report.", by=biller, at=f.AT)
        made = supplements.seal_supplement(sent, "The payer asked for it.", was_asked=True, by=biller, at=f.AT)
        assert [e["title"] for e in json.loads(made.manifest)["enclosures"]] == ["New"]

    def test_the_shelf_says_what_stays_because_the_payer_does_not_name_it(self, ready: Claim, biller: User) -> None:
        fact = {"value": ["images"], "plan_name": "", "source": "Call 8", "verified_on": f.SERVICE_DATE}
        payers.record_fact(ready.coverage.payer, "documents_wanted", fact, by=f.user(role="manager"), at=f.AT)
        f.evidence(claim=ready, by=biller, data=papers.scanned(1, "Report"))
        (item,) = shelf_of(Claim.objects.get(pk=ready.pk))
        assert item.stays.endswith("does not name it among the documents that it wants.")

    def test_one_that_holds_what_was_taken_off_is_not_sent_and_a_right_one_is_built(
        self, sent: Claim, biller: User
    ) -> None:
        wrong = f.evidence(claim=sent, by=biller, data=papers.scanned(1, "Wrong"), title="Wrong")
        f.evidence(claim=sent, by=biller, data=papers.scanned(1, "Right"), title="Right")
        made = supplements.seal_supplement(sent, "The payer asked for it.", by=biller, at=f.AT)
        evidence.remove_evidence(wrong, by=biller, at=f.AT)
        with pytest.raises(Refused, match=r"holds “Wrong”, taken off the shelf .* Build a supplement without it\."):
            supplements.send_supplement(made, dict(SENT), by=biller, at=f.AT)
        assert not made.submissions.exists()  # type: ignore[attr-defined]
        again = supplements.seal_supplement(sent, "The payer asked for it.", by=biller, at=f.AT)
        assert [e["title"] for e in json.loads(again.manifest)["enclosures"]] == ["Right"]
        supplements.send_supplement(again, dict(SENT), by=biller, at=f.AT)

    def test_what_was_put_back_leaves(self, sent: Claim, biller: User) -> None:
        row = f.evidence(claim=sent, by=biller, data=papers.scanned(1, "New"), title="New")
        made = supplements.seal_supplement(sent, "The payer asked for it.", by=biller, at=f.AT)
        evidence.remove_evidence(row, by=biller, at=f.AT)
        evidence.restore_evidence(row, by=biller, at=f.AT)
        supplements.send_supplement(made, dict(SENT), by=biller, at=f.AT)

    def test_nothing_is_added_to_a_void_claim_or_told_of_a_visit_that_the_patient_pays(
        self, sent: Claim, biller: User
    ) -> None:
        f.evidence(claim=sent, by=biller, data=papers.scanned(1, "New"), title="New")
        made = supplements.seal_supplement(sent, "The payer asked for it.", by=biller, at=f.AT)

        def refused(kind: type[Exception], said: str) -> None:
            with pytest.raises(kind, match=said):
                supplements.seal_supplement(sent, "The payer asked for it.", by=biller, at=f.AT)
            with pytest.raises(kind, match=said):
                supplements.send_supplement(made, dict(SENT), by=biller, at=f.AT)

        kept = SelfPayRestriction.objects.create(
            encounter=sent.encounter,
            asked_on=f.TODAY,
            paid_in_full=True,
            recorded_at=f.AT,
            recorded_by=biller,
        )
        refused(Refused, "asked that no plan is told of it. Send no supplement")
        SelfPayRestriction.objects.filter(pk=kept.pk).update(lifted_at=f.AT, lifted_by=biller)
        Claim.objects.filter(pk=sent.pk).update(closing="voided")
        refused(NotPossible, "This claim is void, and nothing more is sent for it")
        assert not made.submissions.exists()  # type: ignore[attr-defined]

    def test_it_needs_a_reason_and_a_packet_that_was_sent(self, ready: Claim, biller: User) -> None:
        f.evidence(claim=ready, by=biller)
        with pytest.raises(ValidationError, match="Say why"):
            supplements.seal_supplement(ready, " ", by=biller, at=f.AT)
        with pytest.raises(NotPossible, match="Nothing was sent"):
            supplements.seal_supplement(ready, "The payer asked for it.", by=biller, at=f.AT)

    def test_sending_it_moves_nothing_of_the_claim_and_the_appeal_knows_of_it(self, sent: Claim, biller: User) -> None:
        from claims.queries.letters import denial_facts

        figures = (sent.transport, sent.figures.submitted_on)
        f.evidence(claim=sent, by=biller, data=papers.scanned(1, "New"), title="New")
        made = supplements.seal_supplement(sent, "The payer asked for it.", by=biller, at=f.AT)
        supplements.send_supplement(made, dict(SENT), by=biller, at=f.AT)
        with pytest.raises(NotPossible, match="sent already"):
            supplements.send_supplement(made, dict(SENT), by=biller, at=f.AT)
        sent = Claim.objects.get(pk=sent.pk)
        assert (sent.transport, sent.figures.submitted_on) == figures
        denial = f.denial(by=biller, claim=sent)
        assert made.number in [s.packet for s in denial_facts(denial).sent]
        assert {e.title for e in evidence.enclosures_of(sent)} == {"First", "New"}

    def test_what_was_sent_stays_on_the_shelf(self, sent: Claim, biller: User) -> None:
        (item,) = shelf_of(sent)
        assert item.is_sent
        with pytest.raises(NotPossible, match="was sent with packet"):
            evidence.remove_evidence(item.row, by=biller, at=f.AT)
