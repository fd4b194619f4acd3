"""Taking in what payers answer: files as they come, EOBs as they are typed, answers to the claims they belong to."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import (
    Acknowledgement,
    AcknowledgementFile,
    Claim,
    Coverage,
    Remittance,
    RemittanceClaim,
    RemittanceFile,
    Transmission,
    TransmittedClaim,
)
from claims.services import matching, posting, remittances
from documentation.kernel.machine import NotPermitted, Refused
from documentation.models import AuditEvent, User
from documentation.services import files
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.checks import PAID_ON, answer, check, file, take

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[1] / "edi" / "samples"
AT = f.AT + timedelta(days=30)
SERVICE = f.SERVICE_DATE


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


def sent(**known: Any) -> Claim:
    row = answered.claim(SERVICE, transport="sent", **known)
    answered.sent(row, SERVICE + timedelta(days=1))
    return row


def acknowledged(claim: Claim, payer_number: str, *, by: User) -> None:
    """A 277CA that took the claim in under a number of the payer."""
    stored = claim.packets.first().pdf  # type: ignore[union-attr]
    sending = Transmission.objects.create(
        kind="837D", interchange=900, first_set=900, file=stored, written_at=f.AT, written_by=by
    )
    row = TransmittedClaim.objects.create(
        transmission=sending, claim=claim, control=claim.number, purpose="original", claim_revision=1
    )
    came = AcknowledgementFile.objects.create(file=stored, kind="277CA", imported_at=f.AT, imported_by=by)
    Acknowledgement.objects.create(file=came, sent=row, kind="277CA", outcome="accepted", payer_control=payer_number)


class TestImport:
    def test_the_worked_file_is_taken_in_line_by_line(self, biller: User) -> None:
        claim = sent(pk=101)
        Coverage.objects.filter(pk=claim.coverage_id).update(member_id="W123456789")
        data = (SAMPLES / "denied_for_images.835").read_bytes()
        imported = remittances.import_file(data, "denied.835", by=biller, at=AT)
        assert (imported.file.name, imported.file.findings) == ("denied.835", [])
        assert files.read(imported.file.file) == data
        (taken,) = imported.checks
        row = taken.remittance
        assert (row.source, row.trace, row.amount, row.paid_on) == ("835", "NP2611300001", 0, date(2026, 11, 30))
        assert (row.payer_name, row.payee_npi, row.is_foreign) == ("EXAMPLE DENTAL PLAN", "1234567893", False)
        assert (row.is_balanced, row.problems, row.posted_at) == (True, [], None)
        (given,) = row.answers.all()
        assert (given.claim, given.matched_by) == (claim, "our line number (REF 6R)")
        assert (given.outcome, given.charge, given.paid, given.denied) == ("denied", 850, 0, 850)
        assert (given.payer_control, given.member_id, given.patient_name) == ("26334D000777", "W123456789", "ALEX DOE")
        assert given.segment == 15
        (line,) = given.lines.all()
        assert (line.code, line.charge, line.paid, line.remarks) == ("D0371", 850, 0, ["N40", "N457"])
        (taken_off,) = given.adjustments.all()
        assert (taken_off.group, taken_off.carc, taken_off.amount, taken_off.line) == ("CO", "252", 850, line)

    def test_nothing_is_posted_by_taking_it_in(self, biller: User) -> None:
        claim = sent()
        take(check(answer(claim, checks.DENIED)), by=biller, at=AT)
        claim.refresh_from_db()
        assert (claim.adjudication, claim.denials.count(), claim.figures.answered_on) == ("none", 0, None)

    def test_a_known_check_is_not_taken_in_again_and_posts_nothing(self, biller: User) -> None:
        claim = sent()
        text = check(answer(claim, checks.DENIED))
        (first,) = take(text, by=biller, at=AT).checks
        posting.post(first.remittance, by=biller, at=AT)
        events = AuditEvent.objects.filter(action__startswith="claim").count()
        (again,) = take(text, by=biller, at=AT, name="other-name.835").checks
        assert (first.already, again.already) == (False, True)
        assert again.remittance == first.remittance
        assert not posting.post(again.remittance, by=biller, at=AT)
        assert (Remittance.objects.count(), RemittanceFile.objects.count()) == (1, 2)
        assert claim.denials.count() == 1
        assert AuditEvent.objects.filter(action__startswith="claim").count() == events

    @pytest.mark.parametrize(
        "change",
        [{"trace": "T2"}, {"paid_on": PAID_ON + timedelta(days=1)}, {"taken": checks.PARTLY}],
        ids=["number", "date", "amount"],
    )
    def test_another_number_date_or_amount_is_another_check(self, biller: User, change: dict[str, Any]) -> None:
        claim = sent()
        taken = change.pop("taken", checks.PAID)
        take(check(answer(claim, checks.PAID)), by=biller, at=AT)
        (other,) = take(check(answer(claim, taken), **change), by=biller, at=AT).checks
        assert not other.already

    def test_a_check_twice_in_one_file_counts_once(self, biller: User) -> None:
        claim = sent()
        text = check(answer(claim, checks.PAID))
        first, second = take(text, text.replace("*0001~", "*0002~"), by=biller, at=AT).checks
        assert second.remittance == first.remittance
        assert second.already
        assert RemittanceClaim.objects.count() == 1

    def test_a_faulty_set_is_set_aside_while_the_sound_one_posts(self, biller: User) -> None:
        bad, good = sent(), sent()
        text = (check(answer(bad), trace="A", amount="999"), check(answer(good), trace="B"))
        aside, sound = (t.remittance for t in take(*text, by=biller, at=AT).checks)
        assert not aside.is_balanced
        assert "balance" in aside.problems[0]
        with pytest.raises(Refused, match="cannot be posted"):
            posting.post(aside, by=biller, at=AT)
        assert posting.post(sound, by=biller, at=AT)
        assert [Claim.objects.get(pk=c.pk).adjudication for c in (bad, good)] == ["none", "paid"]

    def test_the_sound_copy_of_a_faulty_set_can_still_come(self, biller: User) -> None:
        claim = sent()
        whole = check(answer(claim))
        cut = whole[: whole.index("SE*")]
        (aside,) = take(cut, by=biller, at=AT).checks
        assert any("cut off" in p for p in aside.remittance.problems)
        (sound,) = take(whole, by=biller, at=AT).checks
        assert not sound.already
        assert posting.post(sound.remittance, by=biller, at=AT)
        (again,) = take(cut, by=biller, at=AT).checks
        assert again.already
        assert Remittance.objects.count() == 2

    def test_findings_keep_their_place(self, biller: User) -> None:
        imported = take(check(answer(sent()), amount="999"), by=biller, at=AT)
        (finding,) = imported.file.findings
        assert (finding["segment"], finding["element"], finding["is_fault"]) == (4, 2, True)

    @pytest.mark.parametrize(
        "data",
        [b"", b"Dear practice, we paid you.", b"\xff\xfe\x00" * 50, file(), b"ISA*00*", b"\x00" * 200],
        ids=["empty", "letter", "bytes", "no set", "cut", "zeros"],
    )
    def test_what_is_no_835_leaves_nothing_behind(self, biller: User, data: bytes) -> None:
        with pytest.raises(Refused, match="no remittance"):
            remittances.import_file(data, "x.835", by=biller, at=AT)
        assert not RemittanceFile.objects.exists()

    def test_an_837_is_none(self, biller: User) -> None:
        data = file(check(answer(sent()))).replace(b"ST*835*", b"ST*837*")
        with pytest.raises(Refused, match="no remittance"):
            remittances.import_file(data, "claims.837", by=biller, at=AT)

    @pytest.mark.parametrize("role", ["clinician", "assistant", "administrator"])
    def test_only_billing_takes_it_in(self, role: str) -> None:
        with pytest.raises(NotPermitted):
            take(check(answer()), by=f.user(role=role), at=AT)


class TestMatching:
    """REF 6R, then the payer's number seen before, then our number, then member, day and charge."""

    def one(self, biller: User, *answers: Any, trace: str = "T1") -> RemittanceClaim:
        (taken,) = take(check(*answers, trace=trace), by=biller, at=AT).checks
        return taken.remittance.answers.get()

    def test_the_line_number_wins_over_the_claim_number(self, biller: User) -> None:
        by_line, by_number = sent(), sent()
        found = self.one(biller, answer(by_line, number=by_number.number))
        assert (found.claim, found.matched_by) == (by_line, "our line number (REF 6R)")

    def test_the_payers_number_seen_before(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, payer_number="P-77"), by=biller, at=AT)
        found = self.one(biller, answer(claim, number="0", line="", payer_number="P-77"), trace="T2")
        assert (found.claim, found.matched_by) == (claim, "the payer's claim number, seen before")

    def replaced(self, biller: User) -> tuple[Claim, Claim]:
        """A claim that was answered under the payer's number P-77, and the corrected one that left in its place."""
        old = sent()
        checks.post(answer(old, payer_number="P-77"), by=biller, at=AT)
        Claim.objects.filter(pk=old.pk).update(closing="corrected")
        new = sent(replaces=old)
        Claim.objects.filter(pk=new.pk).update(encounter=old.encounter_id, coverage=old.coverage_id)
        return old, Claim.objects.get(pk=new.pk)

    def test_the_payers_old_number_means_the_claim_in_force(self, biller: User) -> None:
        old, new = self.replaced(biller)
        found = self.one(biller, answer(old, number="0", line="", payer_number="P-77"), trace="T2")
        assert (found.claim, found.matched_by) == (new, f"the payer's claim number of {old}, which it replaced")

    def test_our_number_says_which_where_the_payer_kept_its_own(self, biller: User) -> None:
        old, new = self.replaced(biller)
        for claim, trace in ((new, "T2"), (old, "T3")):
            found = self.one(biller, answer(claim, line="", payer_number="P-77"), trace=trace)
            assert (found.claim, found.matched_by) == (claim, "our claim number, under one that the payer kept")

    def test_what_is_taken_back_under_the_payers_old_number_is_the_old_answer(self, biller: User) -> None:
        old, _ = self.replaced(biller)
        turned = (("CO", "45", "-50"), ("PR", "2", "-160"))
        back = answer(old, turned, number="0", line="", charge="-850", status="22", payer_number="P-77")
        assert self.one(biller, back, trace="T2").claim == old

    def test_a_corrected_claim_that_has_not_left_is_not_meant_and_of_several_the_last_one_is(
        self, biller: User
    ) -> None:
        _, new = self.replaced(biller)
        Claim.objects.filter(pk=new.pk).update(closing="corrected")
        newest = answered.claim(SERVICE, replaces=new)
        given = answer(new, number="0", line="", payer_number="P-77")
        assert self.one(biller, given, trace="T2").claim == new
        Claim.objects.filter(pk=newest.pk).update(transport="sent")
        RemittanceClaim.objects.filter(remittance__trace="T2").update(claim=None)
        assert self.one(biller, given, trace="T3").claim == newest

    def test_the_number_of_an_acknowledgement_is_the_payers_number(self, biller: User) -> None:
        claim = sent()
        acknowledged(claim, "ICN-9", by=biller)
        found = self.one(biller, answer(claim, number="0", line="", payer_number="ICN-9"))
        assert (found.claim, found.matched_by) == (claim, "the payer's claim number, seen before")

    def test_our_claim_number(self, biller: User) -> None:
        claim = sent()
        found = self.one(biller, answer(claim, line=""))
        assert (found.claim, found.matched_by) == (claim, "our claim number")

    def test_member_day_and_charge(self, biller: User) -> None:
        claim = sent()
        found = self.one(biller, answer(number="OLD-1", member=claim.coverage.member_id))
        assert (found.claim, found.matched_by) == (claim, "member ID, date of service and charge")

    def test_a_void_claim_is_left_out_where_another_fits(self, biller: User) -> None:
        void, claim = sent(closing="voided"), sent()
        Claim.objects.filter(pk=claim.pk).update(coverage=void.coverage)
        given = answer(number="OLD-1", member=void.coverage.member_id)
        assert self.one(biller, given).claim == claim
        Claim.objects.filter(pk=claim.pk).update(total=851)
        assert self.one(biller, given, trace="T2").claim == void

    @pytest.mark.parametrize("change", [{"day": date(2026, 11, 6)}, {"charge": "851"}, {"member": "M-other"}])
    def test_almost_is_not_enough(self, biller: User, change: dict[str, Any]) -> None:
        claim = sent()
        given = {"number": "OLD-1", "member": claim.coverage.member_id, **change}
        assert self.one(biller, answer(**given)).claim is None

    def test_two_that_fit_are_left_to_a_person(self, biller: User) -> None:
        one, other = sent(), sent()
        Coverage.objects.filter(pk=other.coverage_id).update(member_id=one.coverage.member_id)
        assert self.one(biller, answer(number="OLD-1", member=one.coverage.member_id)).claim is None

    @pytest.mark.parametrize("number", ["C000000", "C999999", "C99999999999999999999", "C-00001", "C١٢٣٤٥٦", ""])
    def test_a_number_that_is_not_ours(self, biller: User, number: str) -> None:
        sent()
        assert self.one(biller, answer(number=number)).claim is None

    def test_many_answers_ask_no_more_than_few(self, biller: User) -> None:
        asked = []
        for n, trace in ((2, "FEW"), (12, "MANY")):
            text = check(*(answer(c, line="") for c in [sent() for _ in range(n)]), trace=trace)
            with CaptureQueriesContext(connection) as queries:
                take(text, by=biller, at=AT)
            asked.append(len(queries))
        assert asked[0] == asked[1] <= 30


class TestByHand:
    def test_an_unmatched_answer_is_matched_by_a_person_before_posting(self, biller: User) -> None:
        claim = sent()
        (taken,) = take(check(answer(number="OLD-1")), by=biller, at=AT).checks
        given = taken.remittance.answers.get()
        matching.match(given, claim, by=biller, at=AT)
        given.refresh_from_db()
        assert given.matched_by == f"by {biller.display_name}"
        claim.refresh_from_db()
        assert claim.adjudication == "none"
        posting.post(taken.remittance, by=biller, at=AT)
        claim.refresh_from_db()
        assert (claim.adjudication, claim.closing) == ("paid", "closed")

    def test_after_posting_it_is_posted_at_once(self, biller: User) -> None:
        claim = sent()
        row = checks.post(answer(number="OLD-1", taken=checks.DENIED), by=biller, at=AT)
        claim.refresh_from_db()
        assert claim.adjudication == "none"
        matching.match(row.answers.get(), claim, by=biller, at=AT)
        claim.refresh_from_db()
        assert (claim.adjudication, claim.denials.count()) == ("denied", 1)
        assert claim.figures.initially_denied

    def test_what_is_matched_stays(self, biller: User) -> None:
        row = checks.post(answer(sent()), by=biller, at=AT)
        with pytest.raises(Refused, match="matched already"):
            matching.match(row.answers.get(), sent(), by=biller, at=AT)

    def test_of_a_set_aside_nothing_is_posted_by_matching(self, biller: User) -> None:
        claim = sent()
        (taken,) = take(check(answer(number="OLD-1"), amount="999"), by=biller, at=AT).checks
        matching.match(taken.remittance.answers.get(), claim, by=biller, at=AT)
        claim.refresh_from_db()
        assert claim.adjudication == "none"


LINE: dict[str, Any] = {
    "code": "D0371",
    "charge": Decimal("850.00"),
    "paid": Decimal("640.00"),
    "remarks": [],
    "adjustments": [
        {"group": "CO", "carc": "45", "amount": Decimal("50.00")},
        {"group": "PR", "carc": "2", "amount": Decimal("160.00")},
    ],
}
VALUES: dict[str, Any] = {"trace": "CHK 4471", "paid_on": PAID_ON, "payer_control": "P-9", "remarks": ["MA01"]}


class TestTypedEob:
    def type(self, claim: Claim, by: User, lines: Any = (LINE,), **changes: Any) -> Remittance:
        return remittances.type_eob(claim, {**VALUES, **changes}, list(lines), scan=None, by=by, at=AT)

    def test_it_is_an_answer_like_any_other(self, biller: User) -> None:
        claim = sent()
        row = self.type(claim, biller)
        assert (row.source, row.amount, row.payer_name, row.is_balanced) == (
            "eob",
            640,
            claim.coverage.payer.name,
            True,
        )
        given = row.answers.get()
        assert (given.claim, given.outcome, given.paid, given.patient_share) == (claim, "paid", 640, 160)
        assert (given.payer_control, given.remarks) == ("P-9", ["MA01"])
        assert posting.post(row, by=biller, at=AT)
        claim.refresh_from_db()
        assert (claim.adjudication, claim.figures.paid) == ("paid", 640)

    def test_the_scan_is_kept_with_it(self, biller: User) -> None:
        scan = files.keep(b"%PDF-1.7 scan", media_type="application/pdf", at=AT)
        row = remittances.type_eob(sent(), dict(VALUES), [LINE], scan=scan, by=biller, at=AT)
        assert row.scan == scan

    def test_a_typed_denial_opens_the_same_case_as_a_file(self, biller: User) -> None:
        typed, filed = sent(), sent()
        line = {
            "code": "D0371",
            "charge": Decimal(850),
            "paid": Decimal(0),
            "remarks": ["N40", "N457"],
            "adjustments": [{"group": "CO", "carc": "252", "amount": Decimal(850)}],
        }
        posting.post(self.type(typed, biller, [line]), by=biller, at=AT)
        checks.post(answer(filed, (("CO", "252", "850"),), "N40", "N457"), by=biller, at=AT)
        one, other = typed.denials.get(), filed.denials.get()
        for name in ("group", "carc", "cause", "amount", "is_full", "is_first", "may_appeal", "denied_on"):
            assert getattr(one, name) == getattr(other, name), name
        assert set(one.rarcs) == {*other.rarcs, "MA01"}

    @pytest.mark.parametrize(
        ("changes", "lines", "field", "words"),
        [
            ({"paid_on": None}, [LINE], "paid_on", "Give the date"),
            ({"paid_on": date(2026, 12, 7)}, [LINE], "paid_on", "in the future"),
            ({"paid_on": date(2026, 11, 4)}, [LINE], "paid_on", "before the service"),
            ({}, [], "lines", "at least one line"),
            ({}, [{**LINE, "paid": Decimal("641.00")}], "lines[0].paid", "$1.00 are unaccounted for"),
            ({}, [{**LINE, "charge": Decimal("850.01")}], "lines[0].paid", "$0.01 are unaccounted for"),
            ({}, [LINE, {**LINE, "adjustments": []}], "lines[1].paid", "$210.00 are unaccounted for"),
        ],
    )
    def test_what_cannot_be_is_said_at_its_field(
        self, biller: User, changes: dict[str, Any], lines: list[Any], field: str, words: str
    ) -> None:
        with pytest.raises(ValidationError) as caught:
            self.type(sent(), biller, lines, **changes)
        assert list(caught.value.message_dict) == [field]
        assert words in caught.value.message_dict[field][0]
        assert not Remittance.objects.exists()

    def test_the_same_eob_is_typed_once(self, biller: User) -> None:
        claim = sent()
        self.type(claim, biller)
        with pytest.raises(ValidationError, match="typed in before"):
            self.type(claim, biller)
        self.type(claim, biller, trace="CHK 4472")
        assert Remittance.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_alone", [True, False])
@pytest.mark.parametrize("numbers", [(1, 1), (1, 2)], ids=["same file", "other file"])
def test_the_same_check_taken_in_and_posted_by_two_at_once_posts_once(
    first_alone: bool, numbers: tuple[int, int]
) -> None:
    biller = f.user(role="biller")
    claim = sent()
    text = check(answer(claim, checks.DENIED))
    if first_alone:
        take(text, by=biller, at=AT)
    start, outcomes = threading.Barrier(2), []

    def work(number: int) -> None:
        try:
            start.wait()
            (taken,) = remittances.import_file(file(text, number=number), "x.835", by=biller, at=AT).checks
            outcomes.append(posting.post(taken.remittance, by=biller, at=AT))
        except Refused as e:
            outcomes.append(e.reasons)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 2
    assert outcomes.count(True) == 1
    assert Remittance.objects.count() == 1
    assert claim.denials.count() == 1
    assert AuditEvent.objects.filter(action="remittance.post").count() == 1
