"""The audit trail as pages: who saw a patient, what happened, what was sent to whom; looking is an event, too."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from claims.models import Transmission, TransmittedClaim
from claims.queries.disclosures import disclosures_of
from claims.queries.trail import Asked, events, kind_of, words_of
from claims.queries.trail_kinds import KIND_OF, KINDS
from claims.services import letters, supplements
from claims.services.appeals import open_appeal
from claims.services.closing import void
from claims.services.submissions import send_appeal
from documentation.models import AuditEvent, Patient
from documentation.services import audit
from tests import factories as f
from tests.claims import answered
from tests.claims.views.test_dashboard import text
from tests.documentation.kernel.test_machine import MACHINES


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode("utf-8-sig")


@pytest.fixture
def manager(person: Any) -> Any:
    return person("manager")


@pytest.fixture
def patient(db: None) -> Patient:
    return f.patient(first_name="Robin", last_name="Sample")


def looked(patient: Patient, by: Any, *, at: Any = f.AT, action: str = "patient.view") -> None:
    audit.view(action, by=by, at=at, subject=patient, patient=patient)


# --- Who saw this patient -----------------------------------------------------------------------------------------


def test_the_chart_leads_a_manager_to_who_saw_it(manager: Any, clinician: Any, patient: Patient) -> None:
    clinician.get(f"/patients/{patient}/")
    link = f"/patients/{patient}/seen/"
    assert f'href="{link}"' in manager.get(f"/patients/{patient}/").content.decode()
    assert f'href="{link}"' not in clinician.get(f"/patients/{patient}/").content.decode()
    page = text(manager.get(link))
    assert "Who saw Robin Sample" in page
    assert f"{clinician.user.display_name} Patient: looked at {patient}" in page


def test_another_patients_events_are_not_among_them(manager: Any, patient: Patient) -> None:
    other = f.patient(last_name="Other")
    looked(other, f.user(last_name="Elsewhere", role="biller"), action="claim.view")
    rows = manager.get(f"/patients/{patient}/seen/").content.decode().split("<tbody>")[1]
    assert "Elsewhere" not in rows
    assert "Claim: looked at" not in rows


def test_it_is_narrowed_by_person_kind_and_period(manager: Any, patient: Patient) -> None:
    one, two = f.user(last_name="First"), f.user(last_name="Second")
    looked(patient, one, at=f.AT)
    looked(patient, one, at=f.AT - timedelta(days=3), action="packet.download")
    looked(patient, two, at=f.AT - timedelta(days=3))

    def found(query: str) -> list[tuple[str, str]]:
        rows = csv.DictReader(io.StringIO(body(manager.get(f"/patients/{patient}/seen/csv/{query}"))))
        return [(r["Who"], r["What"]) for r in rows if r["Who"] in (one.display_name, two.display_name)]

    assert found(f"?by={one.pk}") == [
        (one.display_name, "Packet: took along"),
        (one.display_name, "Patient: looked at"),
    ]
    assert found(f"?by={one.pk}&kind=taken") == [(one.display_name, "Packet: took along")]
    assert found("?until=2026-11-03") == [
        (two.display_name, "Patient: looked at"),
        (one.display_name, "Packet: took along"),
    ]
    assert found(f"?since=2026-11-04&by={one.pk}") == [(one.display_name, "Patient: looked at")]
    assert found(f"?since=2026-11-04&by={two.pk}") == []


@pytest.mark.parametrize(
    "query",
    ["by=x", "by=99999999999999999999", "kind=no", "since=2026-13-01", "until=tomorrow", "subject=%00", "page=-1"],
)
def test_what_an_address_cannot_mean_narrows_nothing(manager: Any, patient: Patient, query: str) -> None:
    page = manager.get(f"/patients/{patient}/seen/?{query}")
    assert page.status_code == 200
    assert "Patient: register" in text(page)


def test_an_administrator_reads_the_trail_and_sees_no_name(person: Any, patient: Patient) -> None:
    administrator = person("administrator")
    for address in ("/audit/", f"/patients/{patient}/seen/", f"/patients/{patient}/seen/print/", "/audit/print/"):
        page = administrator.get(address)
        assert page.status_code == 200
        said = page.content.decode()
        assert str(patient) in said
        for secret in ("Robin", "Sample", patient.chart_number, patient.phone):
            assert secret not in re.sub(r"Jordan Sample\d+", "", said)


def test_a_reason_that_names_a_patient_is_not_shown_to_an_administrator(person: Any, manager: Any) -> None:
    """People type what they like where a reason is asked for."""
    claim = f.claim_at(by=manager.user)
    void(claim, "Robin Sample was billed twice", by=manager.user, at=f.AT)
    administrator = person("administrator")
    for address in ("/audit/", "/audit/print/", f"/patients/{claim.encounter.patient}/seen/csv/", "/audit/csv/"):
        said = []
        for somebody in (administrator, manager):
            answer = somebody.get(address)
            said.append(body(answer) if answer.streaming else answer.content.decode())
        assert "billed twice" not in said[0]
        assert "reason: not shown to your role" in said[0]
        assert "before: open" in said[0]
        assert "billed twice" in said[1]


# --- Looking is an event ------------------------------------------------------------------------------------------

LOOKS = {
    "/patients/{p}/seen/": "trail.view",
    "/patients/{p}/seen/print/": "trail.print",
    "/patients/{p}/seen/csv/": "trail.download",
    "/patients/{p}/disclosures/": "disclosure.list",
    "/patients/{p}/disclosures/json/": "disclosure.download",
}


@pytest.mark.parametrize("address", LOOKS)
def test_each_look_at_a_patients_trail_is_one_event(manager: Any, patient: Patient, address: str) -> None:
    before = AuditEvent.objects.count()
    answer = manager.get(address.format(p=patient))
    if answer.streaming:
        body(answer)
    (event,) = AuditEvent.objects.order_by("seq")[before:]
    assert (event.action, event.by, event.patient, event.subject) == (
        LOOKS[address], manager.user, patient, patient.number,
    )  # fmt: skip


@pytest.mark.parametrize(("address", "action"), [("/audit/", "trail.view"), ("/audit/xlsx/", "trail.download")])
def test_each_look_at_the_whole_trail_is_one_event(manager: Any, address: str, action: str, db: None) -> None:
    before = AuditEvent.objects.count()
    b"".join(manager.get(address))
    assert [e.action for e in AuditEvent.objects.order_by("seq")[before:]] == [action]


def test_what_is_too_long_for_paper_is_said(manager: Any, monkeypatch: pytest.MonkeyPatch, patient: Patient) -> None:
    monkeypatch.setattr("claims.views.trail.MOST_PRINTED", 0)
    page = manager.get(f"/patients/{patient}/seen/print/")
    assert page.status_code == 422
    assert "take them as CSV" in text(page)


def test_every_action_that_tests_wrote_has_words_and_one_kind(manager: Any, patient: Patient) -> None:
    """Whatever happened belongs to exactly one kind: nothing is lost by choosing one."""
    f.submission(by=manager.user)
    Client().get("/")
    manager.get("/patients/")
    everything = {e.seq for e in events(Asked(), UTC)}
    by_kind = {kind: {e.seq for e in events(Asked(kind=kind), UTC)} for kind in KINDS}
    assert set().union(*by_kind.values()) == everything
    assert sum(map(len, by_kind.values())) == len(everything)
    for event in AuditEvent.objects.all():
        assert event.seq in by_kind[kind_of(event.action)]
        assert "." not in words_of(event.action)
        assert words_of(event.action)[0].isupper()


RECORDED = (
    r'(?:\b(?:record|view|audit_view|Told|_tell|_looked|_log|_act)\(|action=)\s*(?:\w+,\s*)*"([a-z_]+\.[a-z0-9_]+)"'
)
"""How actions are given to whatever writes them down."""


def test_every_action_of_the_source_is_filed() -> None:
    """By one table, not by what its name ends with: an action that is missing there is added to it."""
    source = [p for app in ("claims", "documentation", "config") for p in (settings.BASE_DIR / app).rglob("*.py")]
    found = {action for path in source for action in re.findall(RECORDED, path.read_text(encoding="utf-8"))}
    machines = {f"{m.name}.{step.name}" for m in MACHINES for step in m.transitions}
    assert sorted(found - set(KIND_OF) - machines) == []
    assert len(found) > 150
    assert {kind_of(action) for action in machines} == {"changed"}


def test_a_long_trail_is_turned_from_number_to_number(manager: Any, patient: Patient, monkeypatch: Any) -> None:
    """Newer events on top move nothing, and nothing is counted."""
    monkeypatch.setattr("claims.views.trail.SHOWN", 3)
    one = f.user(last_name="First")
    for _ in range(8):
        looked(patient, one)
    seqs = list(AuditEvent.objects.filter(by=one).order_by("-seq").values_list("seq", flat=True))
    here = f"/patients/{patient}/seen/?by={one.pk}"

    def shown(address: str) -> tuple[list[int], dict[str, str]]:
        page = manager.get(address)
        ways = dict(re.findall(r'rel="(prev|next)" href="([^"]+)"', page.content.decode()))
        turned = {k: html.unescape(v) for k, v in ways.items()}
        return [int(n) for n in re.findall(r"event (\d+)</span>", page.content.decode())], turned

    first, ways = shown(here)
    assert (first, list(ways)) == (seqs[:3], ["next"])
    second, ways = shown(f"/patients/{patient}/seen/{ways['next']}")
    assert second == seqs[3:6]
    last, end = shown(f"/patients/{patient}/seen/{ways['next']}")
    assert (last, list(end)) == (seqs[6:], ["prev"])
    assert shown(f"/patients/{patient}/seen/{end['prev']}")[0] == seqs[3:6]


# --- What was sent ------------------------------------------------------------------------------------------------


def test_each_sending_is_one_disclosure_that_says_when_to_whom_what_and_why(biller: Any) -> None:
    sent = f.submission(by=biller.user)
    claim, patient = sent.claim, sent.claim.encounter.patient
    (row,) = disclosures_of(patient)
    payer = json.loads(sent.packet.facts)["coverage"]["payer"]
    assert (row.day, row.recipient, row.why) == (sent.sent_on, payer["name"], "Payment: claim for services")
    assert row.address
    assert row.what.startswith("Claim packet, ")
    assert (row.number, row.packet, row.recorded_by) == (claim.number, sent.packet.number, biller.user.display_name)
    page = text(biller.get(f"/patients/{patient}/disclosures/"))
    assert payer["name"] in page
    assert "1 disclosure" in page
    (line,) = csv.DictReader(io.StringIO(body(biller.get(f"/patients/{patient}/disclosures/csv/"))))
    assert (line["Date"], line["To whom"], line["Packet"]) == (sent.sent_on.isoformat(), payer["name"], row.packet)


LEFT = {"channel": "portal", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R-8812"}


@pytest.mark.usefixtures("plain_packets")
def test_an_appeal_is_a_disclosure_of_its_own_that_says_so(biller: Any) -> None:
    by, sent = biller.user, f.submission(by=biller.user)
    appeal = open_appeal(f.denial(by=by, claim=sent.claim), by=by, at=f.AT)
    letters.seal(appeal, although=f.OVERLOOKED, by=by, at=f.AT)
    patient = sent.claim.encounter.patient
    assert len(disclosures_of(patient)) == 1  # sealed is not sent
    letter = send_appeal(appeal, dict(LEFT), by=by, at=f.AT)
    row, first = sorted(disclosures_of(patient), key=lambda r: r.packet != letter.packet.number)
    assert row.why == f"Payment: appeal of a denial, level {appeal.level}"
    assert row.what.startswith("Appeal packet, ")
    assert (row.day, row.number, row.how) == (f.TODAY, sent.claim.number, letter.get_channel_display())
    assert row.recipient == json.loads(sent.packet.facts)["coverage"]["payer"]["name"]
    assert row.address == first.address != ""
    assert "2 disclosures" in text(biller.get(f"/patients/{patient}/disclosures/"))


@pytest.mark.usefixtures("plain_packets")
def test_a_supplement_is_a_disclosure_with_its_reason_and_its_documents(biller: Any) -> None:
    by, sent = biller.user, f.submission(by=biller.user)
    f.evidence(claim=sent.claim, by=by, title="Ultrasound of March")
    made = supplements.seal_supplement(sent.claim, "The payer asked for it.", by=by, at=f.AT)
    patient = sent.claim.encounter.patient
    assert len(disclosures_of(patient)) == 1
    supplements.send_supplement(made, dict(LEFT), by=by, at=f.AT)
    (row,) = [r for r in disclosures_of(patient) if r.packet == made.number]
    assert row.why == "Payment: asked for or added later. The payer asked for it."
    assert row.what.startswith("Supplement packet, ")
    assert "Ultrasound of March" in row.what
    assert row.recipient == json.loads(sent.packet.facts)["coverage"]["payer"]["name"]
    assert row.address


def test_to_whom_it_went_stays_as_it_was_sealed(biller: Any) -> None:
    sent = f.submission(by=biller.user)
    payer = sent.claim.coverage.payer
    name = payer.name
    type(payer).objects.filter(pk=payer.pk).update(name="Another Name")
    assert disclosures_of(sent.claim.encounter.patient)[0].recipient == name


def test_what_was_not_sent_is_none(biller: Any) -> None:
    packet = f.sealed_packet(by=biller.user)
    patient = packet.claim.encounter.patient
    assert disclosures_of(patient) == []
    assert "Nothing was sent" in text(biller.get(f"/patients/{patient}/disclosures/"))


def test_appeals_reviews_supplements_and_voids_are_disclosures_and_tests_are_not(biller: Any) -> None:
    claim = answered.claim(f.SERVICE_DATE, transport="sent")
    denial = answered.denial(answered.answer(claim, f.TODAY, "denied", denied="850.00"), "images", "850.00")
    first, second = (answered.appeal(denial, level=n, status="sent") for n in (1, 2))
    answered.sent(claim, f.TODAY, appeal=first)
    review = answered.sent(claim, f.TODAY, appeal=second)
    facts = json.loads(review.packet.facts)
    facts |= {"stage": "external", "addressee": {"lines": ["Review office", "1 Main St", "Denver, CO 80203"]}}
    answered.seal_with(review.packet, facts=json.dumps(facts))
    added = answered.sent(claim, f.TODAY)
    answered.seal_with(added.packet, kind="supplement", reason="Asked for.", supplement=1)
    for n, is_test in ((1, False), (2, True)):
        file = Transmission.objects.create(
            kind="837D", interchange=n, first_set=n, is_test=is_test, file=added.packet.zip,
            written_at=f.AT, written_by=biller.user,
        )  # fmt: skip
        TransmittedClaim.objects.create(
            transmission=file, claim=claim, control=f"T{n}", purpose="void", claim_revision=1
        )
    rows = disclosures_of(claim.encounter.patient)
    payer = claim.coverage.payer.name
    assert sorted((row.recipient, row.why) for row in rows) == sorted([
        (payer, "Payment: appeal of a denial, level 1"),
        ("Review office", "Payment: appeal of a denial, level 2"),
        (payer, "Payment: asked for or added later. Asked for."),
        (payer, "Payment: the claim is void"),
    ])  # fmt: skip
    assert {row.address for row in rows if row.recipient == "Review office"} == {"1 Main St, Denver, CO 80203"}
