"""A plan is asked beforehand what it would pay, and answers with an estimate under a number."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.edi.claim_837_read import read
from claims.models import Authorization, Claim, ControlSeries, Predetermination, RemittanceClaim, Transmission
from claims.queries import unmatched
from claims.queries.claims import facts_of
from claims.queries.predeterminations import came_back
from claims.services import posting, remittances
from claims.services.acknowledgements import import_acknowledgement
from claims.services.coverage import save_authorization
from claims.services.plans import restrict
from claims.services.predeterminations import Planned, ask
from documentation.kernel.machine import NotPermitted, NotPossible, Refusal, Refused
from documentation.models import AuditEvent, Encounter
from documentation.services import files
from tests import factories as f
from tests.claims import answered
from tests.claims.edi.structure import faults

pytestmark = pytest.mark.django_db
PLANNED = [Planned("D0371", 85000, "40")]


@pytest.fixture
def biller() -> Any:
    f.organization()
    return f.user(role="biller")


@pytest.fixture
def visit() -> Encounter:
    return f.planned_visit()


@pytest.fixture
def plan(visit: Encounter, biller: Any) -> Any:
    return f.coverage(person=visit.patient, by=biller)


def text_of(row: Predetermination) -> str:
    assert row.transmission is not None
    return files.read(row.transmission.file).decode("ascii")


def test_the_question_is_an_837d_without_a_day_of_service(biller: Any, visit: Encounter, plan: Any) -> None:
    row = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    text = text_of(row)
    assert list(faults(text)) == []
    (clm,) = re.findall(r"CLM\*.*", text)
    assert clm.startswith(f"CLM*{row.number}*850***")
    assert clm.endswith("**********PB~")
    assert "DTP*472" not in text
    assert "REF*G3" not in text
    assert "PWK" not in text
    (sv3,) = re.findall(r"SV3\*.*", text)
    assert sv3.startswith("SV3*AD:D0371*850**40")
    assert (row.authorization.kind, row.authorization.status, row.authorization.codes) == (
        "predetermination",
        "requested",
        ["D0371"],
    )


def test_it_is_no_claim_and_takes_control_numbers_of_its_own(biller: Any, visit: Encounter, plan: Any) -> None:
    row = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    assert not Claim.objects.exists()
    other = f.coverage(person=visit.patient, by=biller, priority=2, member_id="W2")
    second = ask(visit, other, PLANNED, by=biller, at=f.AT)
    numbers = [r.transmission.interchange for r in (row, second) if r.transmission]
    assert numbers[1] == numbers[0] + 1
    assert ControlSeries.objects.get(name="interchange").last == numbers[1]
    event = AuditEvent.objects.filter(action="predetermination.ask").first()
    assert event is not None
    assert "D0371" not in str(event.detail)


@pytest.mark.parametrize("role", ["assistant", "clinician", "administrator"])
def test_who_sends_no_claims_asks_no_payer(role: str, visit: Encounter, plan: Any) -> None:
    with pytest.raises(NotPermitted):
        ask(visit, plan, PLANNED, by=f.user(role=role), at=f.AT)
    assert not Predetermination.objects.exists()


def test_a_plan_is_asked_once_until_its_question_is_made_void(biller: Any, visit: Encounter, plan: Any) -> None:
    first = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    with pytest.raises(NotPossible, match=f"asked already, as {first.number}"):
        ask(visit, plan, PLANNED, by=biller, at=f.AT)
    save_authorization(plan, first.authorization, {"status": "cancelled"}, by=biller, at=f.AT)
    assert ask(visit, plan, PLANNED, by=biller, at=f.AT).pk != first.pk


def test_what_is_missing_is_told_at_once_and_nothing_is_kept(biller: Any, visit: Encounter, plan: Any) -> None:
    visit.location.zip = "98101"
    visit.location.tax_id = ""
    visit.location.save()
    with pytest.raises(Refused) as refused:
        ask(visit, plan, [Planned("D0371", 85000, "77")], by=biller, at=f.AT)
    said = " ".join(refused.value.reasons)
    assert "nine digits" in said
    assert "no tax ID" in said
    assert "77 is no area" in said
    for model in (Predetermination, Authorization, Transmission, ControlSeries):
        assert not model.objects.exists()  # type: ignore[attr-defined]


def test_a_question_without_a_procedure_is_refused(biller: Any, visit: Encounter, plan: Any) -> None:
    with pytest.raises(Refused, match="no line"):
        ask(visit, plan, [], by=biller, at=f.AT)


def test_no_plan_is_asked_where_it_may_not_be(biller: Any, visit: Encounter, plan: Any) -> None:
    medical = f.coverage(person=visit.patient, with_payer=f.medical_payer(), by=biller, priority=2, member_id="M2")
    stranger = f.coverage(person=f.patient(), by=biller, member_id="S2")
    with pytest.raises(Refused, match="dental plan"):
        ask(visit, medical, PLANNED, by=biller, at=f.AT)
    with pytest.raises(NotPossible, match="not among the patient's plans"):
        ask(visit, stranger, PLANNED, by=biller, at=f.AT)
    restrict(visit, {"asked_on": f.TODAY, "reason": "Private.", "paid_in_full": True}, by=biller, at=f.AT)
    with pytest.raises(Refused, match="no plan is told"):
        ask(visit, plan, PLANNED, by=biller, at=f.AT)


@pytest.mark.parametrize("status", ["cancelled", "signed"])
def test_a_visit_that_is_over_is_billed_and_not_asked_about(
    status: str, biller: Any, visit: Encounter, plan: Any
) -> None:
    Encounter.objects.filter(pk=visit.pk).update(status=status)
    with pytest.raises(NotPossible, match="is over or was cancelled"):
        ask(visit, plan, PLANNED, by=biller, at=f.AT)


# --- The answer ---------------------------------------------------------------------------------------------------


def answer(row: Predetermination, taken: str, *, trace: str = "PD1", code: str = "25") -> bytes:
    """An 835 that tells an estimate and pays nothing."""
    text = (Path(__file__).parents[1] / "edi" / "samples" / "denied_for_images.835").read_text()
    text = text.replace("CLP*C000101*1*", f"CLP*{row.number}*{code}*").replace("NP2611300001", trace)
    text = text.replace("DTM*472*20261105~\n", "").replace("LQ*HE*N40~\nLQ*HE*N457~\n", "")
    text = text.replace("CAS*CO*252*850~", taken).replace("REF*6R*C000101-1", f"REF*6R*{row.number}-1")
    segments = text.split("ST*835")[1].split("SE*")[0].count("~") + 1
    return re.sub(r"SE\*\d+\*", f"SE*{segments}*", text).encode()


def posted(data: bytes, by: Any) -> RemittanceClaim:
    at = answered.moment(f.TODAY + timedelta(days=20))
    (check,) = remittances.import_file(data, "answer.835", by=by, at=at).checks
    assert check.remittance.problems == []
    assert posting.post(check.remittance, by=by, at=at, reason="Sent to us.")
    found = check.remittance.answers.get()
    assert isinstance(found, RemittanceClaim)
    return found


def test_the_answer_is_filed_and_its_number_goes_on_the_claim(biller: Any) -> None:
    claim = f.claim_at(by=biller)
    # What was asked before the visit, when it was planned.
    before = f.planned_visit(person=claim.encounter.patient)
    row = ask(before, claim.coverage, PLANNED, by=biller, at=f.AT)
    found = posted(answer(row, "CAS*OA*101*640~\nCAS*PR*2*210~"), biller)
    row.refresh_from_db()
    assert (row.answer, row.estimated, row.patient_share) == (found, 640, 210)
    asked = row.authorization
    assert (asked.status, asked.number) == ("approved", "26334D000777")
    assert asked.note == "Estimate: would pay $640.00; patient $210.00. It binds nobody."
    assert dict(facts_of(claim).references) == {"G3": "26334D000777"}
    claim.refresh_from_db()
    assert (claim.adjudication, claim.denials.count()) == ("none", 0)
    assert found not in unmatched.listed("waiting")


def test_a_payer_that_would_pay_nothing_is_told_as_that(biller: Any, visit: Encounter, plan: Any) -> None:
    row = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    posted(answer(row, "CAS*CO*96*850~"), biller)
    row.refresh_from_db()
    assert (row.estimated, row.authorization.status) == (0, "denied")


def test_a_second_answer_takes_the_place_of_the_first(biller: Any, visit: Encounter, plan: Any) -> None:
    row = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    posted(answer(row, "CAS*OA*101*640~\nCAS*PR*2*210~"), biller)
    second = posted(answer(row, "CAS*OA*101*600~\nCAS*PR*2*250~", trace="PD2"), biller)
    row.refresh_from_db()
    assert (row.answer, row.estimated, row.authorization.status) == (second, 600, "approved")
    assert "$600.00" in row.authorization.note


def test_a_question_that_was_made_void_stays_so(biller: Any, visit: Encounter, plan: Any) -> None:
    row = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    save_authorization(plan, row.authorization, {"status": "cancelled"}, by=biller, at=f.AT)
    posted(answer(row, "CAS*OA*101*640~\nCAS*PR*2*210~"), biller)
    row.refresh_from_db()
    assert (row.estimated, row.authorization.status) == (640, "cancelled")


def test_an_answer_to_a_question_of_nobody_waits_among_the_unmatched(biller: Any, visit: Encounter, plan: Any) -> None:
    row = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    data = answer(row, "CAS*OA*101*640~\nCAS*PR*2*210~").replace(row.number.encode(), b"PD999999")
    assert posted(data, biller) in unmatched.listed("waiting")
    row.refresh_from_db()
    assert (row.answer, row.authorization.status) == (None, "requested")


# --- The command --------------------------------------------------------------------------------------------------


STATUS = (Path(__file__).parents[1] / "edi" / "samples" / "worked.277CA").read_text()


def of_claim(row: Predetermination, code: str) -> bytes:
    """A 277CA on the question itself."""
    action = "WQ" if code.startswith("A2") else "U"
    told = STATUS.replace("STC*A2:20:PR*20261107*WQ", f"STC*{code}*20261107*{action}")
    return told.replace("C000101", row.number).encode()


def of_file(row: Predetermination, verdict: str) -> bytes:
    """A TA1 on its whole file."""
    assert row.transmission is not None
    head = "ISA*00*          *00*          *ZZ*99991          *ZZ*HARBORORAL     *261106*1100*^*00501*000006001*0*T*:~"
    return f"{head}TA1*{row.transmission.interchange:09d}*261106*0930*{verdict}~IEA*0*000006001~".encode()


def test_what_comes_back_for_its_file_is_told_on_it(biller: Any, visit: Encounter, plan: Any) -> None:
    row = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    for _ in range(2):
        taken = import_acknowledgement(of_claim(row, "A2:20:PR"), "a.277", by=biller, at=f.AT)
        assert (taken.accepted, taken.rejected) == ([row.number], [])
        assert not [x for x in taken.findings if row.number in x.message]
    import_acknowledgement(of_file(row, "A*000"), "a.ta1", by=biller, at=f.AT)
    row.refresh_from_db()
    assert [(said["kind"], said["outcome"]) for said in row.acknowledged] == [
        ("277CA", "accepted"),
        ("TA1", "accepted"),
    ]
    assert not row.is_rejected
    with pytest.raises(NotPossible, match="was asked already"):
        ask(visit, plan, PLANNED, by=biller, at=f.AT)


def test_a_question_that_came_back_may_be_asked_again(biller: Any, visit: Encounter, plan: Any) -> None:
    row = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    taken = import_acknowledgement(of_claim(row, "A7:164:IL"), "a.277", by=biller, at=f.AT)
    assert (taken.accepted, taken.rejected) == ([], [row.number])
    row.refresh_from_db()
    assert row.is_rejected
    assert "the member ID of the subscriber" in row.acknowledged[-1]["reasons"][0]
    assert AuditEvent.objects.filter(action="predetermination.acknowledge").count() == 1
    again = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    import_acknowledgement(of_file(again, "R*010"), "a.ta1", by=biller, at=f.AT)
    again.refresh_from_db()
    assert again.is_rejected


def test_questions_are_held_before_the_first_event(biller: Any, visit: Encounter, plan: Any) -> None:
    """As who posts a check does: else one holds the trail and the other the question, and both wait for good."""
    row = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    with CaptureQueriesContext(connection) as seen:
        import_acknowledgement(of_claim(row, "A7:164:IL"), "a.277", by=biller, at=f.AT)
    told = [q["sql"] for q in seen.captured_queries]
    event = next(n for n, sql in enumerate(told) if sql.startswith('INSERT INTO "documentation_auditevent"'))
    in_order = [sql for sql in told[:event] if 'ORDER BY "claims_predetermination"."id" ASC' in sql]
    assert len(in_order) == 1
    assert connection.vendor == "sqlite" or "FOR UPDATE" in in_order[0]


def test_a_rejection_stays_one_whatever_is_taken_in_after_it(
    biller: Any, visit: Encounter, plan: Any, client: Any
) -> None:
    """A TA1 on the file that is older, but was taken in later."""
    row = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    import_acknowledgement(of_claim(row, "A7:164:IL"), "a.277", by=biller, at=f.AT)
    import_acknowledgement(of_file(row, "A*000"), "a.ta1", by=biller, at=f.AT)
    row.refresh_from_db()
    assert row.is_rejected
    assert came_back() == [row]
    client.force_login(biller)
    page = client.get("/worklist/").content.decode()
    assert f'href="{reverse("predetermination_page", args=[row.pk])}"' in page
    assert "Came back" in client.get(reverse("encounter", args=[visit.pk])).content.decode()

    again = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    assert came_back() == []
    import_acknowledgement(of_claim(again, "A7:164:IL"), "b.277", by=biller, at=f.AT)
    assert came_back() == [again]
    save_authorization(plan, again.authorization, {"status": "cancelled"}, by=biller, at=f.AT)
    assert came_back() == []


def test_the_file_is_exported_by_its_number(biller: Any, visit: Encounter, plan: Any, tmp_path: Path) -> None:
    row = ask(visit, plan, PLANNED, by=biller, at=f.AT)
    out = StringIO()
    call_command("export_837", row.number, "--out", str(tmp_path / "q.837"), "--as", biller.username, stdout=out)
    assert (tmp_path / "q.837").read_text() == text_of(row)
    assert row.number in out.getvalue()
    (found,) = read((tmp_path / "q.837").read_bytes()).claims
    assert found.claim.purpose == "predetermination"
    for numbers, said in (([row.number, "C000001"], "file of its own"), (["PD999999"], "no predetermination")):
        with pytest.raises((CommandError, Refusal), match=said):
            call_command("export_837", *numbers, "--out", str(tmp_path / "x.837"), "--as", biller.username)
    assert [p.name for p in tmp_path.iterdir()] == ["q.837"]
