"""When the record is corrected, no claim leaves silently on the old version, and no service is claimed twice."""

from decimal import Decimal
from typing import Any

import pytest

from claims.models import Claim, ClaimFigures
from claims.queries.billing import board, history
from claims.queries.claims import facts_of, report_of
from claims.queries.worklists import visits_to_bill
from claims.services import preparation, submissions
from claims.services.coverage import acknowledge_estimate, give_estimate
from claims.services.packets import seal_packet
from documentation.kernel.machine import NotPossible, Refused
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, User
from documentation.services import encounters, signing, versions
from tests import factories as f

pytestmark = pytest.mark.django_db

SENDING = {"channel": "portal", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "EX-1"}


@pytest.fixture
def biller() -> User:
    return f.user(role=Role.BILLER)


def unlocked(encounter: Encounter) -> Encounter:
    return versions.unlock(encounter, "The side was wrong.", by=encounter.clinician.user, at=f.AT)


def corrected(encounter: Encounter, section: str = "", values: Any = None, rows: Any = None) -> Encounter:
    """The record unlocked, changed and signed again."""
    version, by = unlocked(encounter), encounter.clinician.user
    if section:
        encounters.save_section(version, section, values or {}, rows or {}, by=by, at=f.AT)
    signing.sign(version, by=by, at=f.AT)
    return Encounter.objects.get(pk=version.pk)


def blockers(claim: Claim) -> set[str]:
    return {r.rule for r in report_of(Claim.objects.get(pk=claim.pk), today=f.TODAY).blockers}


# --- While the record is being corrected --------------------------------------------------------------------------


def test_no_claim_is_started_made_ready_packed_or_sent_while_the_record_is_being_corrected(biller: User) -> None:
    started = f.claim_at(by=biller)
    unlocked(started.encounter)
    ready = f.claim_at(preparation="ready", by=biller)
    packed = f.sealed_packet(by=biller).claim
    signed = f.signed_encounter()
    plan = f.coverage(person=signed.patient, by=biller)
    for claim in (ready, packed):
        unlocked(claim.encounter)
    unlocked(signed)
    with pytest.raises(NotPossible, match="is being corrected, as version 2"):
        preparation.start_claim(signed, plan, by=biller, at=f.AT)
    with pytest.raises(Refused, match="is being corrected as version 2"):
        preparation.mark_ready(started, by=biller, at=f.AT)
    with pytest.raises(Refused, match="is being corrected as version 2"):
        seal_packet(ready, by=biller, at=f.AT)
    with pytest.raises(Refused, match="is being corrected, as version 2"):
        submissions.submit(packed, SENDING, by=biller, at=f.AT)


def test_when_the_correction_is_abandoned_the_claim_goes_on_as_it_was(biller: User) -> None:
    claim = f.sealed_packet(by=biller).claim
    version = unlocked(claim.encounter)
    assert blockers(claim) == {"ATT-112"}
    versions.abandon(version, by=claim.encounter.clinician.user, at=f.AT)
    assert blockers(claim) == set()
    submissions.submit(claim, SENDING, by=biller, at=f.AT)
    assert claim.transport == "sent"


# --- After the new version was signed -----------------------------------------------------------------------------


def test_a_claim_that_has_not_left_is_blocked_until_it_takes_the_new_version_over(biller: User) -> None:
    packet = f.sealed_packet(by=biller)
    claim, sealed = packet.claim, bytes(packet.facts, "utf-8")
    second = corrected(claim.encounter)
    assert blockers(claim) == {"ATT-111"}
    with pytest.raises(Refused, match="Version 2 of the record was signed since"):
        submissions.submit(claim, SENDING, by=biller, at=f.AT)
    claim = preparation.take_over(claim, by=biller, at=f.AT, seen=claim.revision)
    assert (claim.encounter, claim.preparation, blockers(claim)) == (second, "draft", set())
    assert ClaimFigures.objects.get(claim=claim).clinician_id == second.clinician_id
    with pytest.raises(Refused, match=r"is no longer true: .* changed after"):
        submissions.submit(claim, SENDING, by=biller, at=f.AT)
    preparation.mark_ready(claim, by=biller, at=f.AT)
    newer = seal_packet(claim, by=biller, at=f.AT)
    submissions.submit(claim, SENDING, by=biller, at=f.AT)
    packet.refresh_from_db()
    assert bytes(packet.facts, "utf-8") == sealed
    assert f'"number":"{second.number}"' in newer.facts


def test_what_the_record_says_anew_of_diagnoses_is_taken_over(biller: User) -> None:
    claim = f.claim_at(by=biller)
    plan = f.sections()["plan"][0]
    corrected(claim.encounter, "plan", {**plan, "diagnoses": [*plan["diagnoses"], "K11.7"]})
    claim = preparation.take_over(claim, by=biller, at=f.AT)
    assert claim.diagnoses == [*plan["diagnoses"], "K11.7"]
    assert AuditEvent.objects.filter(action="claim.take_over", subject=claim.number).count() == 1


def test_what_the_record_says_anew_of_services_makes_new_lines_with_the_same_fee(biller: User) -> None:
    claim = f.claim_at(by=biller)
    other = [{"code": "D0120", "fee": Decimal("60.00"), "documented": True}]
    corrected(claim.encounter, "visit", {}, {"other_procedures": other})
    claim = preparation.take_over(claim, by=biller, at=f.AT)
    assert [(x.code, x.fee) for x in claim.lines.all()] == [("D0371", Decimal(850)), ("D0120", Decimal(60))]
    assert claim.total == Decimal(910)


def test_what_a_person_changed_on_the_claim_stays_where_the_record_says_the_same(biller: User) -> None:
    claim = f.claim_at(by=biller)
    line = {"code": "D0371", "fee": Decimal("700.00"), "description": "As agreed", "documented": True}
    claim = preparation.save_lines(claim, [line], by=biller, at=f.AT, seen=claim.revision)
    corrected(claim.encounter, "justification", {"pain": 1})
    claim = preparation.take_over(claim, by=biller, at=f.AT)
    assert [(x.fee, x.description) for x in claim.lines.all()] == [(Decimal(700), "As agreed")]


def test_there_is_nothing_to_take_over_from_the_version_that_counts(biller: User) -> None:
    claim = f.claim_at(by=biller)
    unlocked(claim.encounter)
    with pytest.raises(NotPossible, match="rests on the version of the record that counts"):
        preparation.take_over(claim, by=biller, at=f.AT)


def test_a_stale_page_takes_nothing_over(biller: User) -> None:
    claim = f.claim_at(by=biller)
    corrected(claim.encounter)
    with pytest.raises(NotPossible, match="Somebody else changed this claim"):
        preparation.take_over(claim, by=biller, at=f.AT, seen=claim.revision - 1)
    assert Claim.objects.get(pk=claim.pk).encounter == claim.encounter


def test_a_claim_that_was_sent_stays_what_it_was_and_is_not_doubled(biller: User) -> None:
    claim = f.submission(by=biller).claim
    first = claim.encounter
    second = corrected(first)
    with pytest.raises(NotPossible, match="This claim was sent"):
        preparation.take_over(claim, by=biller, at=f.AT)
    assert preparation.start_claim(second, claim.coverage, by=biller, at=f.AT) == claim
    assert Claim.objects.get().encounter == first
    assert facts_of(claim, today=f.TODAY).encounter.number == first.number


def test_a_rejected_claim_takes_the_new_version_over_before_it_is_sent_again(biller: User) -> None:
    claim = f.submission(by=biller).claim
    submissions.reject(claim, "Member not found", by=biller, at=f.AT)
    second = corrected(claim.encounter)
    assert preparation.take_over(claim, by=biller, at=f.AT).encounter == second


def test_starting_from_the_new_version_takes_the_claim_of_the_old_one_over(biller: User) -> None:
    claim = f.claim_at(by=biller)
    second = corrected(claim.encounter)
    with pytest.raises(NotPossible, match=f"Version 2 replaced this record. Start the claim from {second}"):
        preparation.start_claim(claim.encounter, claim.coverage, by=biller, at=f.AT)
    assert preparation.start_claim(second, claim.coverage, by=biller, at=f.AT) == claim
    assert Claim.objects.get().encounter == second


def test_the_estimate_belongs_to_the_visit_and_goes_on_with_it(biller: User) -> None:
    claim = f.claim_at(by=biller)
    given = facts_of(claim).estimate
    second = corrected(claim.encounter)
    claim = preparation.take_over(claim, by=biller, at=f.AT)
    assert facts_of(claim).estimate == given is not None
    newer = give_estimate(second, {"low": Decimal(1), "high": Decimal(2)}, by=biller, at=f.AT)
    with pytest.raises(NotPossible, match="was replaced"):
        acknowledge_estimate(claim.encounter.previous.estimates.first(), on=f.TODAY, by=biller, at=f.AT)
    assert acknowledge_estimate(newer, on=f.TODAY, by=biller, at=f.AT).acknowledged_on == f.TODAY


# --- Lists --------------------------------------------------------------------------------------------------------


def to_start() -> list[tuple[str, bool]]:
    return [(e.number, e.is_being_corrected) for e in board({}, at=f.AT).to_start]


def test_a_visit_is_to_be_billed_once_whatever_version_counts(biller: User) -> None:
    first = f.signed_encounter()
    assert (to_start(), visits_to_bill().count()) == ([(first.number, False)], 1)
    second = unlocked(first)
    assert (to_start(), visits_to_bill().count()) == ([(first.number, True)], 1)
    signing.sign(second, by=first.clinician.user, at=f.AT)
    assert (to_start(), visits_to_bill().count()) == ([(second.number, False)], 1)
    claim = f.claim_at(by=biller, encounter=second)
    assert (to_start(), visits_to_bill().count()) == ([], 0)
    third = corrected(Encounter.objects.get(pk=second.pk))
    assert (to_start(), visits_to_bill().count()) == ([], 0)
    preparation.take_over(claim, by=biller, at=f.AT)
    corrected(third)
    assert (to_start(), visits_to_bill().count()) == ([], 0)


def test_the_history_of_a_claim_tells_of_the_correction(biller: User) -> None:
    claim = f.claim_at(by=biller)
    corrected(claim.encounter)
    claim = preparation.take_over(claim, by=biller, at=f.AT)
    told = [e["what"] for e in history(claim, [])]
    assert told[:4] == [
        "New version of the record taken over",
        "Record replaced by a new version",
        "Record signed",
        "Record unlocked to be corrected",
    ]
