"""The worked claims come out of rows: people, plans and records as the verbs keep them, then one file.

Each segment is compared with the worked file. What may differ is listed with its reason, and nothing else may.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claims.models import Claim, ClaimLine, ControlSeries, Payer
from claims.queries.claims import facts_of, report_of
from claims.services import preparation
from claims.services.coverage import save_authorization
from claims.services.payers import record_policy
from claims.services.transmissions import write_claims
from documentation.models import User
from tests import factories as f
from tests.claims import answered
from tests.claims.edi.structure import faults

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent / "samples"
PLACE = {
    "name": "Harbor Oral Surgery PLLC", "npi": "1234567893", "tax_id": "123456789", "line1": "100 Harbor Way",
    "line2": "", "city": "Seattle", "state": "WA", "zip": "981010001", "phone": "2065550100",
    "time_zone": "America/Los_Angeles",
}  # fmt: skip
PERSON = {"first_name": "Alex", "middle_name": "", "last_name": "Doe", "birth_date": date(1981, 3, 14), "sex": "F"}
HOME = {"line1": "22 Pine St", "line2": "", "city": "Seattle", "state": "WA", "zip": "98101"}
NO_ADDRESS = {"line1": "", "line2": "", "city": "", "state": "", "zip": ""}

OUR_NUMBER = "a claim's number is given by the database, and line numbers follow it"
THE_PACKET = "documents go under the number on the packet's cover; a number of an attachment service is not kept"
THE_RECORD = "the note is made from the signed record"
DIFFERENCES = {
    "CLM01": OUR_NUMBER, "REF*6R": OUR_NUMBER, "PWK": THE_PACKET, "NTE": THE_RECORD,
    "SE01": "more or fewer segments of note and papers",
}  # fmt: skip
"""What may differ from a worked file, and why. Anything else is a fault."""


def same_in_all_else(text: str) -> list[str]:
    """The segments without what may differ; notes and papers are left out whole."""
    rows = [s for s in text.replace("\r", "").replace("\n", "").split("~") if s]
    rows = [r for r in rows if r[:4] not in ("NTE*", "PWK*")]
    for pattern, put in ((r"^CLM\*\w+\*", "CLM*ours*"), (r"^REF\*6R\*\w+-", "REF*6R*ours-"), (r"^SE\*\d+", "SE*n")):
        rows = [re.sub(pattern, put, r) for r in rows]
    return rows


@pytest.fixture
def biller(settings: Any) -> User:
    settings.EDI_SENDER, settings.EDI_RECEIVER = "HARBORORAL", "CLEARHOUSE1"
    settings.EDI_RECEIVER_NAME, settings.EDI_TEST = "Example Clearinghouse", True
    organization = f.organization()
    type(organization).objects.update(name="Harbor Oral Surgery PLLC")
    return f.user(role="biller")


def started(by: User, **payer: Any) -> Claim:
    """A claim of the visit of the worked files, signed by its clinician."""
    treating = f.clinician(first_name="Sam", last_name="Rivera", npi="1987654328", taxonomy="1223S0112X")
    visit = f.signed_encounter(treating=treating, person=f.patient(**PERSON, **HOME), at_location=f.location(**PLACE))
    given = f.payer(by=by, **payer)
    Payer.objects.filter(pk=given.pk).update(**NO_ADDRESS)
    plan = f.coverage(person=visit.patient, with_payer=given, by=by)
    claim: Claim = preparation.start_claim(visit, plan, by=by, at=f.AT, fee=Decimal("850.00"))
    return claim


def made_ready(claim: Claim, by: User) -> None:
    claim.refresh_from_db()
    for result in report_of(claim, today=f.TODAY).open_warnings:
        preparation.override(claim, result.rule, "Looked at.", by=by, at=f.AT)
    preparation.mark_ready(claim, by=by, at=f.AT)
    claim.refresh_from_db()
    answered.packet(claim)


def written(claim: Claim, by: User, at: datetime, number: int) -> str:
    """Its file, under the number of the worked one."""
    ControlSeries.objects.create(name="interchange", last=number - 1)
    data: bytes = write_claims([claim], by=by, at=at).data
    return data.decode()


def allowed(claim: Claim, kind: str, number: str, **validity: date) -> None:
    values = {
        "kind": kind, "number": number, "status": "approved", "codes": [], "requested_on": date(2026, 9, 1),
        "decided_on": date(2026, 9, 12), "valid_from": date(2026, 9, 12), "valid_to": date(2026, 12, 12), **validity,
    }  # fmt: skip
    save_authorization(claim.coverage, None, values, by=f.user(role="biller"), at=f.AT)


def test_the_worked_dental_claim_comes_out_of_rows(biller: User) -> None:
    claim = started(biller)
    allowed(claim, "predetermination", "PD20260912")
    made_ready(claim, biller)
    text = written(claim, biller, datetime(2026, 11, 6, 17, 30, tzinfo=UTC), 101)
    assert faults(text) == []
    assert same_in_all_else(text) == same_in_all_else((SAMPLES / "worked.837D").read_text())
    assert re.findall(r"PWK\*(..)\*EL\*\*\*AC\*TEST", text) == ["OZ", "DG"]
    assert len(re.findall(r"(?m)^NTE\*ADD\*.{1,80}~$", text)) in range(1, 6)


def test_the_worked_medical_claim_comes_out_of_rows(biller: User) -> None:
    claim = started(biller, payer_id="88881", name="Example Health Plan", line="medical")
    type(claim.coverage).objects.filter(pk=claim.coverage_id).update(member_id="M987654321", group_number="MED7700")
    record_policy(
        claim.coverage.payer,
        {"treats_as": "medical", "covers_d0371": "yes", "attachments": "always"},
        by=biller,
        at=f.AT,
    )
    allowed(claim, "prior_authorization", "AUTH556677")
    told = "Sialendoscopy left submandibular duct with image review"
    ClaimLine.objects.filter(claim=claim).update(
        code="42699", fee=Decimal("1850.00"), description=told, comparator="42660", modifiers=[], area=""
    )
    Claim.objects.filter(pk=claim.pk).update(total=Decimal("1850.00"), confirmed_code="42699")
    made_ready(claim, biller)
    text = written(claim, biller, datetime(2026, 12, 1, 18, 15, tzinfo=UTC), 140)
    assert faults(text) == []
    ours, worked = same_in_all_else(text), same_in_all_else((SAMPLES / "worked.837P").read_text())
    onset = "DTP*431*D8*20260301"  # the record of the example names another day
    assert [r for r in ours if not r.startswith("DTP*431")] == [r for r in worked if r != onset]
    assert "NTE*ADD*COMPARATOR 42660. " in text
    assert re.findall(r"PWK\*(..)\*EL\*\*\*AC\*TEST", text) == ["OZ", "OB", "DG"]


def test_a_third_plan_knows_what_both_others_answered(biller: User) -> None:
    first, second, third = (answered.claim(f.SERVICE_DATE, of=f"Plan {n}", sequence=n) for n in (1, 2, 3))
    visit = f.drafted(with_images=False)
    Claim.objects.filter(pk__in=(first.pk, second.pk, third.pk)).update(encounter=visit)
    answered.answer(first, date(2026, 11, 20), "partly_paid", paid="600.00")
    assert [a.payer for a in facts_of(Claim.objects.get(pk=third.pk)).earlier] == ["Plan 1"]
    answered.answer(second, date(2026, 12, 1), "partly_paid", paid="120.00")
    facts = facts_of(Claim.objects.get(pk=third.pk))
    assert facts.primary is not None
    assert (facts.primary.payer, [a.payer for a in facts.earlier]) == ("Plan 2", ["Plan 1"])
    answered.answer(first, date(2026, 12, 2), "reversal")
    assert facts_of(Claim.objects.get(pk=third.pk)).earlier == ()
