"""A packet that is no longer true leaves by no door; what changed is named by its field, never by its value."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Claim
from claims.packet.printed import changes
from claims.queries.enclosed import Chosen, chosen_as_json, is_same_choice
from claims.queries.packets import packets_to_send, standings
from claims.services import channels, letters, payers, submissions, supplements
from claims.services import coverage as plans
from claims.services.appeals import open_appeal
from claims.services.packets import seal_packet
from claims.services.transmissions import write_claims
from documentation.kernel.machine import Refused
from documentation.models import AuditEvent, StoredFile, User
from documentation.services import files
from tests import factories as f
from tests.claims import papers
from tests.claims.services.test_letters import denied_claim

pytestmark = pytest.mark.django_db

SENDING = {"channel": "portal", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R-1"}


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def manager() -> User:
    return f.user(role="manager")


def correct_member_id(claim: Claim, by: User) -> None:
    plans.save_coverage(claim.coverage.patient, claim.coverage, {"member_id": "NEW-4711"}, by=by, at=f.AT)


def doors(claim: Claim, by: User) -> list[str]:
    """What each way out says of a claim."""
    said = []
    for door in (
        lambda: submissions.submit(claim, dict(SENDING), by=by, at=f.AT),
        lambda: write_claims([claim], by=by, at=f.AT),
    ):
        with pytest.raises(Refused) as refused:
            door()
        said.append(" ".join(refused.value.reasons))
    return said


def test_a_corrected_member_id_stops_every_way_out_until_the_packet_is_built_again(biller: User) -> None:
    packet = f.sealed_packet(by=biller)
    claim = packet.claim
    assert standings([claim])[claim.pk].is_current
    correct_member_id(claim, biller)
    claim = Claim.objects.get(pk=claim.pk)
    for said in doors(claim, biller):
        assert f"Packet {packet} is no longer true: the coverage's member ID changed after it was sealed." in said
        assert "NEW-4711" not in said
    assert packets_to_send([claim]) == {}
    seal_packet(claim, by=biller, at=f.AT)
    submissions.submit(claim, dict(SENDING), by=biller, at=f.AT)


def test_what_left_before_a_correction_is_recorded_as_it_left(biller: User) -> None:
    first = f.sealed_packet(by=biller)
    claim = first.claim
    correct_member_id(claim, biller)
    later = f.AT + timedelta(days=2)
    second = seal_packet(Claim.objects.get(pk=claim.pk), by=biller, at=later)
    with pytest.raises(ValidationError, match="cannot have been sent before"):
        submissions.submit(claim, dict(SENDING), by=biller, at=later)
    sent = submissions.submit(claim, dict(SENDING), by=biller, at=later, left=first)
    assert (sent.packet, sent.sent_on, second.submissions.count()) == (first, f.TODAY, 0)
    assert json.loads(AuditEvent.objects.get(action="claim.submit").detail)["left_before"] == first.number


def test_a_claim_that_was_itself_changed_is_not_recorded_as_what_left(biller: User) -> None:
    packet = f.sealed_packet(by=biller)
    Claim.objects.filter(pk=packet.claim_id).update(revision=packet.claim_revision + 1)
    claim = Claim.objects.get(pk=packet.claim_id)
    with pytest.raises(Refused, match=f"The claim itself was changed after packet {packet} was sealed"):
        submissions.submit(claim, dict(SENDING), by=biller, at=f.AT, left=packet)
    other = f.sealed_packet(by=biller)
    with pytest.raises(Refused, match="is no packet of this claim"):
        submissions.submit(claim, dict(SENDING), by=biller, at=f.AT, left=other)


def test_the_letter_of_an_authorization_that_came_later_belongs_into_the_packet(biller: User) -> None:
    claim = f.claim_at(preparation="ready", by=biller)
    given = {"kind": "prior_authorization", "status": "approved", "number": "PA-7", "codes": ["D0371"]}
    row = plans.save_authorization(claim.coverage, None, given, by=biller, at=f.AT)
    packet = f.sealed_packet(claim=claim, by=biller)
    assert standings([claim])[claim.pk].is_current
    letter = files.keep(papers.scanned(1, "Letter"), media_type="application/pdf", at=f.AT)
    plans.keep_letter(row, letter, by=biller, at=f.AT)
    (said, _) = doors(claim, biller)
    assert f"Packet {packet} is no longer true: what goes along of the documents changed" in said


def wants(claim: Claim, when: str, by: User) -> None:
    """Write down whether the payer wants attachments."""
    fact = {"value": when, "plan_name": "", "source": "Call 8", "verified_on": f.SERVICE_DATE}
    payers.record_fact(claim.coverage.payer, "attachments", fact, by=by, at=f.AT)


def test_what_a_payer_wants_and_a_channel_takes_makes_its_files_old_but_not_a_printed_packet(
    biller: User, manager: User
) -> None:
    claim = f.claim_at(preparation="ready", by=biller)
    for_channel = seal_packet(claim, channel="mail", by=biller, at=f.AT)
    limit = {"value": 40, "source": "Call 7", "read_on": f.TODAY}
    channels.record_limit("mail", "max_name", limit, by=manager, at=f.AT)
    assert standings([claim])[claim.pk].changed == ("what Mail takes",)
    wants(claim, "on_request", manager)
    assert standings([claim])[claim.pk].changed == ("what the payer wants to get", "what Mail takes")
    assert for_channel.channel == "mail"
    seal_packet(claim, by=biller, at=f.AT)
    wants(claim, "always", manager)
    assert standings([claim])[claim.pk].is_current


def test_a_profile_says_which_parts_are_set_and_what_of_the_shelf_stays(biller: User, manager: User) -> None:
    claim = f.claim_at(preparation="ready", by=biller)
    f.evidence(claim=claim, by=biller, data=papers.scanned(3, "Long report"), title="Long report")
    claim.refresh_from_db()
    parts = {"value": ["cover", "interpretation", "figures"], "source": "Manual, page 9", "read_on": f.TODAY}
    channels.record_limit("mail", "parts", parts, by=manager, at=f.AT)
    packet = seal_packet(claim, channel="mail", by=biller, at=f.AT)
    told = json.loads(packet.manifest)
    assert [p["key"] for p in told["parts"]] == parts["value"]
    assert {p["place"] for p in told["parts"]} == {
        "Mail takes the parts in this order (Manual, page 9, read Nov 6, 2026)."
    }
    left = {p["title"]: p["reason"] for p in told["left_out"]}
    assert left["Long report"] == "Mail does not take it (Manual, page 9, read Nov 6, 2026)"
    assert "evidence-01.pdf" not in {p.name for p in packet.parts.all()}
    assert standings([claim])[claim.pk].is_current
    channels.record_limit("mail", "parts", {**parts, "value": None}, by=manager, at=f.AT)
    assert "which parts Mail takes" in standings([claim])[claim.pk].changed


def test_a_document_that_the_payer_does_not_name_is_not_typeset_unless_it_was_asked_for(
    biller: User, manager: User
) -> None:
    claim = f.claim_at(preparation="ready", by=biller)
    f.evidence(claim=claim, by=biller, data=papers.scanned(3, "Long report"), title="Long report")
    f.evidence(claim=claim, by=biller, data=papers.scanned(1, "Care"), title="Care", kind="prior_care")
    claim.refresh_from_db()
    fact = {"value": ["images", "note"], "plan_name": "", "source": "Call 8", "verified_on": f.SERVICE_DATE}
    payers.record_fact(claim.coverage.payer, "documents_wanted", fact, by=manager, at=f.AT)
    packet = seal_packet(claim, by=biller, at=f.AT)
    told = json.loads(packet.manifest)
    assert [e["title"] for e in told["enclosures"]] == ["Care"]
    left = {p["title"]: p["reason"] for p in told["left_out"]}
    assert left["Long report"].endswith("does not name it among the documents that it wants.")
    asked = seal_packet(claim, was_asked=True, by=biller, at=f.AT)
    assert [e["title"] for e in json.loads(asked.manifest)["enclosures"]] == ["Long report", "Care"]


def test_an_appeal_whose_facts_changed_is_sealed_again_before_it_leaves(biller: User) -> None:
    denied: Any = denied_claim(by=biller)
    appeal = open_appeal(denied.denials.get(), by=biller, at=f.AT)
    first = letters.seal(appeal, although=f.OVERLOOKED, by=biller, at=f.AT)
    correct_member_id(appeal.claim, biller)
    appeal = type(appeal).objects.get(pk=appeal.pk)
    with pytest.raises(Refused) as refused:
        submissions.send_appeal(appeal, dict(SENDING), by=biller, at=f.AT)
    (said,) = refused.value.reasons
    assert said.startswith(f"Packet {first} is no longer true: the coverage's member ID and the words of the letter")
    assert said.endswith("Take the appeal back to draft, then seal it again.")
    assert "NEW-4711" not in said
    appeal.refresh_from_db()
    assert (appeal.status, appeal.submissions.count()) == ("sealed", 0)
    with transaction.atomic():  # it left before that, a person says
        assert submissions.send_appeal(appeal, dict(SENDING), by=biller, at=f.AT, has_left=True).packet == first
        transaction.set_rollback(True)
    appeal.refresh_from_db()
    letters.edit_again(appeal, by=biller, at=f.AT)
    second = letters.seal(appeal, although=f.OVERLOOKED, by=biller, at=f.AT)
    assert submissions.send_appeal(appeal, dict(SENDING), by=biller, at=f.AT).packet == second


def test_a_supplement_whose_cover_changed_is_built_again_before_it_leaves(biller: User) -> None:
    claim = f.submission(by=biller).claim
    f.evidence(claim=claim, by=biller, data=papers.scanned(1, "New"))
    first = supplements.seal_supplement(claim, "The payer asked for it", by=biller, at=f.AT)
    correct_member_id(claim, biller)
    first = type(first).objects.get(pk=first.pk)
    with pytest.raises(Refused, match=r"no longer true: the coverage's member ID changed.*Build a supplement again"):
        supplements.send_supplement(first, dict(SENDING), by=biller, at=f.AT)
    claim = Claim.objects.get(pk=claim.pk)
    second = supplements.seal_supplement(claim, "The payer asked for it", by=biller, at=f.AT)
    assert supplements.send_supplement(second, dict(SENDING), by=biller, at=f.AT).packet == second
    left = supplements.send_supplement(first, dict(SENDING), by=biller, at=f.AT, has_left=True)
    assert left.packet == first
    events = AuditEvent.objects.filter(action="supplement.send").order_by("seq")
    told = [json.loads(e.detail).get("left_before") for e in events]
    assert told == [None, first.number]


def test_the_words_of_a_letter_that_are_printed_make_a_packet_old(biller: User) -> None:
    claim = f.claim_at(preparation="ready", by=biller)
    given = {"kind": "prior_authorization", "status": "approved", "number": "PA-7", "codes": ["D0371"]}
    row = plans.save_authorization(claim.coverage, None, given, by=biller, at=f.AT)
    letter = files.keep(papers.scanned(1, "Letter"), media_type="application/pdf", at=f.AT)
    plans.keep_letter(row, letter, by=biller, at=f.AT)
    f.sealed_packet(claim=Claim.objects.get(pk=claim.pk), by=biller)
    assert standings([claim])[claim.pk].is_current
    type(row).objects.filter(pk=row.pk).update(decided_on=f.SERVICE_DATE)
    assert standings([claim])[claim.pk].changed == ("what goes along of the documents",)


def test_a_packet_of_an_earlier_version_is_held_against_the_files_alone() -> None:
    one = Chosen("evidence", "Report", "Report of earlier imaging", f.TODAY, StoredFile(sha256="a" * 64))
    other = replace(one, title="Another title")
    now = chosen_as_json([one])["chosen"]
    assert is_same_choice(json.loads(json.dumps(now)), [one])
    assert not is_same_choice(now, [other])
    assert is_same_choice(["a" * 64], [other])
    assert not is_same_choice(["b" * 64], [one])


@pytest.mark.parametrize(("before", "after"), [(None, False), (False, None), (True, False), (None, 0)])
def test_no_and_not_recorded_are_printed_otherwise(before: object, after: object) -> None:
    sealed, now = ({"coverage": {"assignment_of_benefits": value}} for value in (before, after))
    assert changes(sealed, now) == ("the coverage's assignment of benefits",)
    assert changes(now, now) == ()


@pytest.mark.parametrize("empty", [None, False, 0, "", [], {}, {"inner": {"is": False}}])
def test_a_field_that_an_earlier_version_did_not_keep_says_nothing_while_it_is_empty(empty: object) -> None:
    assert changes({"coverage": {"member_id": "EX-1"}}, {"coverage": {"member_id": "EX-1", "later": empty}}) == ()
    assert changes({"coverage": {}}, {"coverage": {"later": {"name": "x"}}})


def test_of_what_is_agreed_with_a_payer_box_27_of_a_medical_claim_prints_the_network_alone() -> None:
    def facts(kind: str, **terms: object) -> dict[str, object]:
        return {"kind": kind, "coverage": {"payer": {"terms": {"network": "unknown", **terms}}}}

    said = ("whether the practice takes part in the plan",)
    assert changes(facts("medical"), facts("medical", network="out")) == said
    assert changes(facts("medical", network="in"), facts("medical", network="out")) == said
    assert changes(facts("medical"), facts("medical", cob_as="data")) == ()
    assert changes(facts("dental"), facts("dental", network="out")) == ()
    assert changes(facts("medical"), facts("medical", network="out"), kind="supplement") == ()
