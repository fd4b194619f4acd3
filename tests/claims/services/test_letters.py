"""The letter of an appeal from draft to sent: gaps stop it, the seal keeps it, two people seal it once."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from pypdf import PdfReader

from claims.models import Appeal, Packet, Payer, PlaybookFact
from claims.packet import verify_zip
from claims.packet.letter.head import NO_EXTERNAL_ADDRESS
from claims.queries.letters import addressee_of, changed_since_sealed, facts_of
from claims.services import appeals, evidence, letters, posting, remittances, submissions
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.models import AuditEvent
from documentation.services import files
from tests import factories
from tests.claims.papers import scanned
from tests.factories import AT

pytestmark = pytest.mark.django_db

SENT = AT + timedelta(days=1)
DENIED = AT + timedelta(days=20)
WRITTEN = AT + timedelta(days=27)
TODAY = date(2026, 12, 3)
HOW: dict[str, Any] = {"channel": "portal", "sent_on": SENT.date(), "proof": "receipt", "proof_reference": "R-55120"}


def denied_claim(*, by: Any, carc: str = "50", remarks: tuple[str, ...] = ("N706",)) -> Any:
    """The reference claim: sealed, sent, and denied in full by an EOB that was typed in and posted."""
    claim = factories.claim_at(by=by, preparation="ready")
    factories.sealed_packet(by=by, claim=claim)
    submissions.submit(claim, dict(HOW), by=by, at=SENT)
    line = {
        "code": "D0371",
        "charge": claim.total,
        "paid": Decimal("0.00"),
        "remarks": list(remarks),
        "adjustments": [{"group": "CO", "carc": carc, "amount": claim.total}],
    }
    values = {"trace": "EOB-1", "paid_on": DENIED.date(), "payer_control": "PCN-778812"}
    remittance = remittances.type_eob(claim, values, [line], scan=None, by=by, at=DENIED)
    posting.post(remittance, by=by, at=DENIED)
    claim.refresh_from_db()
    return claim


@pytest.fixture
def biller() -> Any:
    return factories.user(role="biller")


@pytest.fixture
def appeal(biller: Any) -> Appeal:
    claim = denied_claim(by=biller)
    return appeals.open_appeal(claim.denials.get(), by=biller, at=WRITTEN)


def text_of(packet: Packet) -> str:
    reader = PdfReader(io.BytesIO(files.read(packet.pdf)))
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


# ----------------------------------------------------------------------------------------------------- the draft


def test_the_facts_are_those_of_the_denial_and_of_what_was_sent(appeal: Appeal) -> None:
    denial = facts_of(appeal, today=TODAY).denial
    sent = appeal.claim.submissions.get()  # type: ignore[attr-defined]
    assert [(c.pair, c.rarcs, c.cents, c.line) for c in denial.codes] == [("CO-50", ("N706",), 85000, 1)]
    assert (denial.payer_control, denial.denied_on, denial.due_on) == ("PCN-778812", DENIED.date(), appeal.due_on)
    assert [(s.packet, s.control_number, s.proof_reference) for s in denial.sent] == [
        (sent.packet.number, sent.control_number, "R-55120")
    ]


def test_remarks_that_older_rows_keep_apart_stand_beside_the_leading_reason(appeal: Appeal) -> None:
    appeal.denial.codes = [{"group": "OA", "carc": "23", "cents": 100}, {"group": "CO", "carc": "50", "cents": 84900}]
    codes = facts_of(appeal, today=TODAY).denial.codes
    assert [c.verbatim for c in codes] == ["OA-23", "CO-50 with N706"]


def test_the_draft_of_the_reference_case_has_no_gap(appeal: Appeal) -> None:
    letter = letters.letter_of(appeal, today=TODAY)
    assert letter.gaps == ()
    assert not letter.is_edited
    assert "CO-50 with N706" in letter.text
    assert "December 3, 2026" in letter.written.text
    assert letters.enclosures(facts_of(appeal, today=TODAY).claim)[0] == "What you wrote"


# ------------------------------------------------------------------------------------------------------ the seal


def test_sealing_keeps_letter_and_evidence_as_a_packet_of_its_own(appeal: Appeal, biller: Any) -> None:
    packet = letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    assert (appeal.status, appeal.packet, packet.kind) == ("sealed", packet, "appeal")
    assert verify_zip(files.read(packet.zip)) == []
    with zipfile.ZipFile(io.BytesIO(files.read(packet.zip))) as archive:
        assert archive.read("packet.pdf") == files.read(packet.pdf)
        assert archive.read("manifest.json").decode() == packet.manifest
        assert [p.name for p in packet.parts.all()] == archive.namelist()[1:]  # type: ignore[attr-defined]
    manifest = json.loads(packet.manifest)
    assert manifest["appeal"] == {"level": 1, "codes": ["CO-50 with N706"]}
    assert manifest["parts"][0]["key"] == "letter"
    text = text_of(packet)
    for words in ("CO-50 with N706", "PCN-778812", packet.control_number, packet.verification_code, "Alex Doe"):
        assert words in text
    event = AuditEvent.objects.get(action="appeal.seal")
    assert json.loads(event.detail)["level"] == 1


def test_a_letter_that_was_sealed_before_it_kept_its_limit_is_still_true(appeal: Appeal, biller: Any) -> None:
    packet = letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    sealed = json.loads(packet.facts)
    assert sealed["denial"].pop("due_limit") == "180 days"
    del sealed["denial"]["due_source"]
    packet.facts = json.dumps(sealed)
    appeal.packet = packet
    assert changed_since_sealed(appeal) == ()
    # It told the playbook's days at every level; where they were not counted, its words are no longer true.
    appeal.clock = {**appeal.clock, "fact": 0}
    assert changed_since_sealed(appeal) == ("the words of the letter",)


def test_the_claims_own_packet_stays_the_one_that_goes_with_the_claim(appeal: Appeal, biller: Any) -> None:
    before = appeal.claim.packets.filter(kind="claim").first()  # type: ignore[attr-defined]
    letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    assert appeal.claim.packets.filter(kind="claim").first() == before  # type: ignore[attr-defined]
    assert appeal.claim.packets.count() == 2  # type: ignore[attr-defined]


def test_an_appeal_that_holds_what_was_taken_off_the_shelf_is_not_sent(appeal: Appeal, biller: Any) -> None:
    wrong = factories.evidence(claim=appeal.claim, by=biller, data=scanned(1, "Wrong"), title="Wrong")
    letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    evidence.remove_evidence(wrong, by=biller, at=WRITTEN)
    how = {**HOW, "sent_on": WRITTEN.date()}
    with pytest.raises(Refused, match=r"holds “Wrong”, .* Take the appeal back to draft, then seal it again\."):
        submissions.send_appeal(appeal, how, by=biller, at=WRITTEN)
    assert Appeal.objects.get(pk=appeal.pk).status == "sealed"
    letters.edit_again(appeal, by=biller, at=WRITTEN)
    letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    submissions.send_appeal(appeal, how, by=biller, at=WRITTEN)


def test_an_appeal_that_was_sealed_again_is_not_sent_by_a_page_of_before(appeal: Appeal, biller: Any) -> None:
    first = letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    letters.edit_again(appeal, by=biller, at=WRITTEN)
    letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    how = {**HOW, "sent_on": WRITTEN.date()}
    with pytest.raises(NotPossible, match="was sealed after you opened this page"):
        submissions.send_appeal(appeal, how, by=biller, at=WRITTEN, seen_packet=first.pk)
    assert Appeal.objects.get(pk=appeal.pk).status == "sealed"


def test_a_shelf_that_changes_while_the_packet_is_built_stops_the_seal(
    appeal: Appeal, biller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = letters.build_appeal

    def meanwhile(*given: Any, **more: Any) -> Any:
        factories.evidence(claim=appeal.claim, by=biller, data=scanned(1))
        return build(*given, **more)

    monkeypatch.setattr(letters, "build_appeal", meanwhile)
    with pytest.raises(NotPossible, match="Somebody changed the shelf"):
        letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    assert not Packet.objects.filter(kind="appeal").exists()


def test_every_gap_stops_the_seal_and_is_named(appeal: Appeal, biller: Any) -> None:
    Payer.objects.update(line1="", city="")
    with pytest.raises(Refused) as refused:
        letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    assert refused.value.reasons == ("The letter has a gap: The address of the payer is not recorded.",)
    assert not Packet.objects.filter(kind="appeal").exists()


def test_a_place_left_open_stops_the_seal(appeal: Appeal, biller: Any) -> None:
    text = letters.letter_of(appeal, today=TODAY).text + "\n\nWe spoke with […] about it."
    appeals.save_letter(appeal, text, by=biller, at=WRITTEN, seen=appeal.revision)
    with pytest.raises(Refused, match="We spoke with"):
        letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)


def test_what_a_person_wrote_is_sealed_and_the_rest_keeps_its_receipts(appeal: Appeal, biller: Any) -> None:
    draft = letters.draft_of(appeal, today=TODAY)
    text = draft.text + "\n\nThe patient asks for an answer by letter."
    appeals.save_letter(appeal, text, by=biller, at=WRITTEN, seen=appeal.revision)
    packet = letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    told = json.loads(packet.manifest)["letter"]
    assert told[-1] == {
        "text": "The patient asks for an answer by letter.",
        "facts": [],
        "receipts": [],
        "is_gap": False,
    }
    assert all(line["receipts"] for line in told[:-1])


def test_who_may_not_work_on_appeals_seals_none(appeal: Appeal) -> None:
    with pytest.raises(NotPermitted):
        letters.seal(appeal, although=factories.OVERLOOKED, by=factories.user(role="assistant"), at=WRITTEN)
    assert not Packet.objects.filter(kind="appeal").exists()


def test_a_sealed_letter_is_shown_as_it_was_sealed(appeal: Appeal, biller: Any) -> None:
    letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    sealed = letters.letter_of(appeal, today=TODAY)
    Payer.objects.update(name="Another Name")
    appeal.refresh_from_db()
    assert letters.letter_of(appeal, today=TODAY + timedelta(days=90)) == sealed


# ------------------------------------------------------------------------------------- back to draft, and sending


def test_a_sealed_letter_cannot_be_edited_until_it_is_taken_back(appeal: Appeal, biller: Any) -> None:
    first = letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    with pytest.raises(NotPossible, match="sealed"):
        appeals.save_letter(appeal, "Another text.", by=biller, at=WRITTEN, seen=appeal.revision)
    letters.edit_again(appeal, by=biller, at=WRITTEN)
    assert (appeal.status, appeal.packet) == ("draft", None)
    with pytest.raises(NotPossible):
        submissions.send_appeal(appeal, HOW | {"sent_on": WRITTEN.date()}, by=biller, at=WRITTEN)
    second = letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    assert second != first
    assert second.control_number != first.control_number
    assert verify_zip(files.read(first.zip)) == []


def test_what_is_sent_is_byte_for_byte_what_was_sealed(appeal: Appeal, biller: Any) -> None:
    packet = letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    sum_of = hashlib.sha256(files.read(packet.zip)).hexdigest()
    sent = submissions.send_appeal(appeal, HOW | {"sent_on": WRITTEN.date()}, by=biller, at=WRITTEN)
    assert (sent.packet, sent.appeal, sent.control_number) == (packet, appeal, packet.control_number)
    assert hashlib.sha256(files.read(sent.packet.zip)).hexdigest() == sum_of == packet.sha256
    with pytest.raises(NotPossible):
        letters.edit_again(appeal, by=biller, at=WRITTEN)


def test_the_second_level_names_the_first(appeal: Appeal, biller: Any) -> None:
    letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    sent = submissions.send_appeal(appeal, HOW | {"sent_on": WRITTEN.date()}, by=biller, at=WRITTEN)
    later: datetime = WRITTEN + timedelta(days=30)
    decided = {
        "outcome": "upheld",
        "decided_on": later.date(),
        "recovered": Decimal("0.00"),
        "decision_words": "The record does not support the service.",
    }
    appeals.decide(appeal, decided, by=biller, at=later)
    second = appeals.open_appeal(appeal.denial, by=biller, at=later)
    letter = letters.letter_of(second, today=later.date())
    assert letter.gaps == ()
    assert "This is our second-level appeal of your decision of January 2, 2027." in letter.text
    assert (
        f"You upheld the denial on our first-level appeal of December 3, 2026 (control number {sent.control_number})."
        in letter.text
    )
    assert "“The record does not support the service.”" in letter.text


# ------------------------------------------------------------------------------------- said before, never after


def _address(appeal: Appeal, by: Any, *, plan: str = "", seen: date | None = None) -> None:
    fact = PlaybookFact(
        payer=appeal.claim.coverage.payer, key="appeals_address", plan_name=plan,
        value=f"Review {plan}\nDenver, CO 80202",
        source="denial letter", verified_on=seen, recorded_at=WRITTEN, recorded_by=by,
    )  # fmt: skip
    fact.save()


def _again(appeal: Appeal) -> Appeal:
    return Appeal.objects.get(pk=appeal.pk)


def test_the_letter_goes_to_whom_the_playbook_names_of_the_plan_before_the_payer(appeal: Appeal, biller: Any) -> None:
    assert "own address" in addressee_of(_again(appeal)).doubt(TODAY)
    _address(appeal, biller, seen=TODAY)
    told = [s.text for s in letters.letter_of(_again(appeal), today=TODAY).addressee]
    assert told[1:] == ["Review", "Denver, CO 80202"]
    assert addressee_of(_again(appeal)).doubt(TODAY) == ""
    _address(appeal, biller, plan=appeal.claim.coverage.plan_name, seen=TODAY)
    told = [s.text for s in letters.letter_of(_again(appeal), today=TODAY).addressee]
    assert told[1] == f"Review {appeal.claim.coverage.plan_name}".strip()


def test_the_fax_for_appeals_does_not_stand_under_the_address_of_external_reviews(appeal: Appeal, biller: Any) -> None:
    _address(appeal, biller, seen=TODAY)
    for key, value in (("external_address", "Review organization\nDenver, CO 80203"), ("appeals_fax", "2065550188")):
        PlaybookFact.objects.create(
            payer=appeal.claim.coverage.payer, key=key, value=value, source="denial letter", verified_on=TODAY,
            recorded_at=WRITTEN, recorded_by=biller,
        )  # fmt: skip
    row = _again(appeal)
    assert addressee_of(row).facts.fax == "2065550188"
    row.name, row.stage = "Review by an umpire", "external"
    told = addressee_of(row).facts
    assert (told.lines[0], told.fax) == ("Review organization", "")
    assert addressee_of(row).doubt(TODAY) == ""


def test_an_external_review_goes_to_nobody_that_the_playbook_does_not_name(appeal: Appeal, biller: Any) -> None:
    _address(appeal, biller, seen=TODAY)
    row = _again(appeal)
    Appeal.objects.filter(pk=row.pk).update(stage="external")
    row = _again(appeal)
    assert "external review" in addressee_of(row).doubt(TODAY)
    letter = letters.letter_of(row, today=TODAY)
    assert [s.text for s in letter.addressee] == [NO_EXTERNAL_ADDRESS]
    with pytest.raises(Refused, match="Where requests for external review go is not recorded"):
        letters.seal(row, although=factories.OVERLOOKED, by=biller, at=WRITTEN)


@pytest.mark.parametrize(("days", "is_stale"), [(180, False), (181, True)])
def test_an_address_is_stale_after_180_days(appeal: Appeal, biller: Any, days: int, is_stale: bool) -> None:
    _address(appeal, biller, seen=TODAY - timedelta(days=days))
    assert ("more than 180 days ago" in addressee_of(_again(appeal)).doubt(TODAY)) is is_stale


def test_without_an_address_nothing_is_sealed(appeal: Appeal, biller: Any) -> None:
    Payer.objects.update(line1="", city="", state="", zip="")
    with pytest.raises(Refused, match="The address of the payer is not recorded"):
        letters.seal(_again(appeal), although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    assert not Packet.objects.filter(kind="appeal").exists()


@pytest.mark.parametrize("how", ["remark", "playbook"])
def test_the_patients_own_appeal_is_not_sealed_without_the_authorization(biller: Any, how: str) -> None:
    claim = denied_claim(by=biller, remarks=("N137",) if how == "remark" else ("N706",))
    if how == "playbook":
        PlaybookFact.objects.create(
            payer=claim.coverage.payer, key="appeals_of", value="patient", source="plan document",
            verified_on=TODAY, recorded_at=WRITTEN, recorded_by=biller,
        )  # fmt: skip
    appeal = appeals.open_appeal(claim.denials.get(), by=biller, at=WRITTEN)
    with pytest.raises(Refused, match="signed authorization, with its date, is not on the shelf"):
        letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    factories.evidence(claim=claim, by=biller, data=scanned(1), kind="representative", title="Authorization")
    assert letters.letter_of(_again(appeal), today=TODAY).gaps == ()


def test_a_playbook_that_knows_whose_appeals_are_overrules_the_remark(biller: Any) -> None:
    claim = denied_claim(by=biller, remarks=("N137",))
    PlaybookFact.objects.create(
        payer=claim.coverage.payer, key="appeals_of", value="practice", source="plan document",
        verified_on=TODAY, recorded_at=WRITTEN, recorded_by=biller,
    )  # fmt: skip
    appeal = appeals.open_appeal(claim.denials.get(), by=biller, at=WRITTEN)
    assert letters.letter_of(_again(appeal), today=TODAY).gaps == ()


def test_sealed_in_time_and_sent_late_it_is_said_before_it_counts_as_sent(appeal: Appeal, biller: Any) -> None:
    letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    late = WRITTEN + timedelta(days=200)
    with pytest.raises(Refused, match="its letter says that it is in time"):
        submissions.send_appeal(appeal, HOW | {"sent_on": late.date()}, by=biller, at=late)
    appeal.refresh_from_db()
    assert appeal.status == "sealed"
    submissions.send_appeal(appeal, HOW | {"sent_on": late.date()}, by=biller, at=late, has_left=True)
    appeal.refresh_from_db()
    assert appeal.status == "sent"


def test_what_is_read_is_what_is_printed(appeal: Appeal, biller: Any) -> None:
    read = letters.letter_of(appeal, today=TODAY)
    packet = letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    printed = "".join(c for c in text_of(packet) if c.isalnum())
    for sentence in read.sentences:
        assert "".join(c for c in sentence.text if c.isalnum())[:40] in printed, sentence.text
    assert (
        hashlib.sha256(letters.letter_of(appeal, today=TODAY).text.encode()).digest()
        == hashlib.sha256(read.text.encode()).digest()
    )


# ------------------------------------------------------------------------------------------------ at the same time


def test_a_letter_changed_while_it_is_typeset_is_not_sealed(
    appeal: Appeal, biller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = letters.build_appeal

    def slowly(*given: Any, **known: Any) -> Any:
        built = build(*given, **known)
        row = Appeal.objects.get(pk=appeal.pk)
        appeals.save_letter(row, "Somebody else was here.", by=biller, at=WRITTEN, seen=row.revision)
        return built

    monkeypatch.setattr(letters, "build_appeal", slowly)
    with pytest.raises(NotPossible, match="while its packet was being built"):
        letters.seal(appeal, although=factories.OVERLOOKED, by=biller, at=WRITTEN)
    appeal.refresh_from_db()
    assert (appeal.status, appeal.packet) == ("draft", None)
    assert not Packet.objects.filter(kind="appeal").exists()


@pytest.mark.django_db(transaction=True)
def test_two_people_who_seal_at_once_make_one_packet() -> None:
    people = [factories.user(role="biller") for _ in range(2)]
    claim = denied_claim(by=people[0])
    opened = appeals.open_appeal(claim.denials.get(), by=people[0], at=WRITTEN)
    start = threading.Barrier(2)
    came: list[str] = []

    def work(person: Any) -> None:
        row = Appeal.objects.get(pk=opened.pk)
        start.wait()
        try:
            letters.seal(row, although=factories.OVERLOOKED, by=person, at=WRITTEN)
            came.append("sealed")
        except NotPossible:
            came.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["refused", "sealed"]
    opened.refresh_from_db()
    assert Packet.objects.filter(kind="appeal").get() == opened.packet
