"""From a signed record to a claim that was sent: what starts, what stops, and what goes back to draft."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from claims.models import Claim
from claims.queries.claims import report_of
from claims.queries.packets import packets_to_send
from claims.services import denials, packets, payers, preparation, submissions
from claims.services.coverage import retire_coverage
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Role
from documentation.models import User
from documentation.services import encounters, signing
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> User:
    return f.user(role=Role.BILLER)


def test_a_claim_starts_from_a_signed_record_and_is_open_once(biller: User) -> None:
    draft = f.drafted()
    plan = f.coverage(person=draft.patient, by=biller)
    with pytest.raises(NotPossible, match="not signed"):
        preparation.start_claim(draft, plan, by=biller, at=f.AT, fee=Decimal(850))
    claim = f.claim_at(by=biller)
    again = preparation.start_claim(claim.encounter, claim.coverage, by=biller, at=f.AT, fee=Decimal(1))
    assert again == claim
    assert (claim.total, [line.code for line in claim.lines.all()]) == (Decimal("850.00"), ["D0371"])


def test_without_coverage_or_fee_there_is_nothing_to_claim(biller: User) -> None:
    encounter = f.signed_encounter()
    with pytest.raises(Refused, match="no coverage"):
        preparation.start_claims(encounter, by=biller, at=f.AT)
    f.coverage(person=encounter.patient, by=biller)
    with pytest.raises(Refused, match="no fee"):
        preparation.start_claims(encounter, by=biller, at=f.AT)


def test_a_plan_that_has_ended_gets_no_claim_and_the_next_one_pays_first(biller: User) -> None:
    encounter = f.signed_encounter()
    payers.set_fee("D0371", Decimal("850.00"), effective_on=f.SERVICE_DATE, by=biller, at=f.AT)
    ended = f.coverage(person=encounter.patient, by=biller, terminated_on=f.SERVICE_DATE - timedelta(days=1))
    other = f.payer(by=biller, name="Specimen Dental", payer_id="99994")
    stands = f.coverage(person=encounter.patient, by=biller, with_payer=other, priority=2, member_id="M2")
    (claim,) = preparation.start_claims(encounter, by=biller, at=f.AT)
    assert (claim.coverage, claim.sequence) == (stands, 1)
    retire_coverage(stands, by=biller, at=f.AT)
    (of_the_ended,) = preparation.start_claims(encounter, by=biller, at=f.AT)
    assert of_the_ended.coverage == ended  # the only plan on the list: its checks say what is wrong with it


def test_an_attempt_that_never_came_into_the_duct_is_signed_and_starts_as_a_claim_by_report(biller: User) -> None:
    draft = f.drafted(with_images=False, besides=("findings", "interpretation"))
    (gland,) = f.sections()["procedure"][1]["glands"]
    gland |= {"extent": "not_entered", "complete": False, "lsd_l": "", "lsd_s": "", "lsd_d": ""}
    gland |= {"incomplete_causes": ["papilla_too_narrow"], "incomplete_reason": "", "next_steps": ["mr_sialography"]}
    by = draft.clinician.user
    assert by is not None
    values = {"sialoendoscopy_performed": False}
    encounters.save_section(draft, "procedure", values, {"glands": [gland]}, by=by, at=f.AT)
    signing.sign(draft, by=by, at=f.AT)
    plan = f.coverage(person=draft.patient, by=biller)
    with pytest.raises(Refused, match=r"no fee for D0999 .* No duct was entered"):
        preparation.start_claim(draft, plan, by=biller, at=f.AT)
    payers.set_fee("D0999", Decimal("240.00"), effective_on=f.SERVICE_DATE, by=biller, at=f.AT)
    claim = preparation.start_claim(draft, plan, by=biller, at=f.AT)
    (line,) = claim.lines.all()
    assert (line.code, line.fee) == ("D0999", Decimal("240.00"))
    assert line.description == "Salivary duct endoscopy attempted, by report, left submandibular"
    assert not {r.rule for r in report_of(claim, today=f.TODAY).blockers} & {"COD-101", "COD-102", "ATT-102", "ATT-103"}


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.ASSISTANT, Role.ADMINISTRATOR])
def test_only_billing_prepares(role: Role, biller: User) -> None:
    claim, somebody = f.claim_at(by=biller), f.user(role=role)
    with pytest.raises(NotPermitted):
        preparation.mark_ready(claim, by=somebody, at=f.AT)
    with pytest.raises(NotPermitted):
        preparation.save_diagnoses(claim, ["K11.5"], by=somebody, at=f.AT, seen=claim.revision)


def test_a_change_takes_a_ready_claim_back_to_draft_and_its_packet_out_of_date(biller: User) -> None:
    packet = f.sealed_packet(by=biller)
    claim = packet.claim
    assert packets_to_send([claim]) == {claim.pk: packet}
    lines = [{"code": "D0371", "fee": Decimal("900.00"), "description": "Salivary duct endoscopy"}]
    preparation.save_lines(claim, lines, by=biller, at=f.AT, seen=claim.revision)
    claim.refresh_from_db()
    assert (claim.preparation, claim.total) == ("draft", Decimal("900.00"))
    assert packets_to_send([claim]) == {}
    with pytest.raises(NotPossible):
        packets.seal_packet(claim, by=biller, at=f.AT)


def test_a_stale_page_changes_nothing(biller: User) -> None:
    claim = f.claim_at(by=biller)
    with pytest.raises(NotPossible, match="Nothing was saved"):
        preparation.save_diagnoses(claim, ["K11.5"], by=biller, at=f.AT, seen=claim.revision - 1)
    claim.refresh_from_db()
    assert claim.diagnoses == ["K11.8"]


def test_a_bad_line_is_named_and_the_lines_stay(biller: User) -> None:
    claim = f.claim_at(by=biller)
    lines = [{"code": "D0371", "fee": Decimal(1)}, {"code": "D0120", "fee": Decimal(-1)}]
    with pytest.raises(ValidationError) as error:
        preparation.save_lines(claim, lines, by=biller, at=f.AT, seen=claim.revision)
    assert list(error.value.message_dict) == ["lines[1].fee"]
    assert Claim.objects.get().lines.count() == 1


def test_what_was_sent_stays_and_what_was_rejected_is_mended_and_sent_again(biller: User) -> None:
    claim = f.submission(by=biller).claim
    lines = [{"code": "D0371", "fee": Decimal("900.00")}]
    claim.refresh_from_db()
    with pytest.raises(NotPossible, match="was sent"):
        preparation.save_lines(claim, lines, by=biller, at=f.AT, seen=claim.revision)
    submissions.reject(claim, "Member ID not found", by=biller, at=f.AT)
    preparation.save_lines(claim, lines, by=biller, at=f.AT, seen=claim.revision)
    claim.refresh_from_db()
    preparation.mark_ready(claim, by=biller, at=f.AT)
    second = f.submission(by=biller, claim=f.sealed_packet(by=biller, claim=claim).claim)
    claim.refresh_from_db()
    assert (claim.transport, claim.submissions.count()) == ("sent", 2)
    assert second.packet != claim.submissions.last().packet


def test_what_was_sent_is_neither_held_nor_taken_back_to_draft(biller: User) -> None:
    claim = f.submission(by=biller).claim
    for verb in (
        lambda: preparation.hold(claim, "Wait", by=biller, at=f.AT),
        lambda: preparation.back_to_draft(claim, by=biller, at=f.AT),
    ):
        with pytest.raises(NotPossible, match="was sent already"):
            verb()
    claim.refresh_from_db()
    assert (claim.preparation, claim.hold_reason) == ("ready", "")


def test_a_claim_without_a_current_packet_is_not_sent(biller: User) -> None:
    claim = f.claim_at(preparation="ready", by=biller)
    with pytest.raises(Refused, match="Build the packet first"):
        f.submission(by=biller, claim=claim)
    claim.refresh_from_db()
    assert claim.transport == "none"


def test_of_two_packets_built_at_the_same_moment_one_is_sealed(biller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    packet = f.sealed_packet(by=biller)
    monkeypatch.setattr(packets, "control_number_of", lambda claim: packet.control_number)
    with pytest.raises(NotPossible, match="same moment"):
        packets.seal_packet(packet.claim, by=biller, at=f.AT)
    assert packet.claim.packets.count() == 1


def test_a_resolved_denial_and_its_figures_go_together(biller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    denial = f.denial(by=biller)

    def breaks(claim: Claim) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(denials, "refresh", breaks)
        with pytest.raises(ZeroDivisionError):
            denials.resolve(denial, "Paid by the patient", on=f.TODAY, by=biller, at=f.AT)
    denial.refresh_from_db()
    assert denial.status == "open"
    denials.resolve(denial, "Paid by the patient", on=f.TODAY, by=biller, at=f.AT)
    assert denial.claim.figures.at_risk == 0
