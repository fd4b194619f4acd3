"""Visits to verify, and the electronic question and answer on the screen."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from claims.models import Coverage, EligibilityCheck
from claims.queries.claims import report_of
from claims.queries.eligibility import visits_to_verify
from claims.services.coverage import record_check
from claims.services.payers import record_fact
from documentation.models import AuditEvent, Encounter
from tests import factories
from tests.claims.edi.test_eligibility import BODY, file
from tests.claims.views.test_dashboard import text


def visit(days: int, **more: Any) -> Encounter:
    return factories.planned_visit(service_date=timezone.now().date() + timedelta(days=days), **more)


def plan(encounter: Encounter, by: Any, *, asked: int | None = None, **check: Any) -> Coverage:
    """A plan of the visit's patient, verified `asked` days before the visit."""
    from claims.services.coverage import save_coverage

    values = {"payer": factories.payer(), "member_id": "W123456789", "priority": 1, "relationship": "self"}
    row = save_coverage(encounter.patient, None, values, by=by, at=factories.AT)
    if asked is not None:
        day = encounter.service_date - timedelta(days=asked)
        answered = {"checked_on": day, "method": "phone", "active": True, **check}
        record_check(row, answered, by=by, at=factories.AT)
    return row


def states(**chosen: Any) -> list[tuple[int, str]]:
    return [(row.encounter.pk, row.verified.state) for row in visits_to_verify(timezone.now(), **chosen)]


def test_the_list_names_what_is_missing_the_soonest_visit_first(biller) -> None:
    late, never, bare, old, fine, off = (visit(n) for n in (9, 7, 5, 3, 2, 1))
    plan(late, biller.user, asked=20, next_check_on=timezone.now().date() - timedelta(days=1))
    plan(never, biller.user)
    plan(old, biller.user, asked=45)
    plan(fine, biller.user, asked=10)
    plan(off, biller.user, asked=3, active=False)
    factories.planned_visit(service_date=date(2020, 1, 1))
    assert states() == [
        (off.pk, "inactive"), (old.pk, "old"), (bare.pk, "no_plan"), (never.pk, "missing"), (late.pk, "due"),
    ]  # fmt: skip
    assert states(within=3) == [(off.pk, "inactive"), (old.pk, "old")]
    assert states(state="missing") == [(never.pk, "missing")]
    assert states(payer=10**6) == []
    page = text(biller.get("/visits-to-verify/"))
    assert "Checked 45 days before the visit; 30 is the limit" in page
    assert "none on file" in page
    assert fine.number not in page
    filtered = biller.get("/visits-to-verify/?state=old&within=7")
    assert old.number in text(filtered)
    assert never.number not in text(filtered)


def test_a_payer_may_want_to_be_asked_sooner(biller) -> None:
    soon = visit(3)
    payer = plan(soon, biller.user, asked=10).payer
    assert states() == []
    day = timezone.now().date()
    record_fact(
        payer, "eligibility_days", {"value": 7, "source": "call", "verified_on": day}, by=biller.user, at=factories.AT
    )
    assert states() == [(soon.pk, "old")]
    old = {"value": 3, "source": "call", "verified_on": day - timedelta(days=500)}
    record_fact(payer, "eligibility_days", old, by=biller.user, at=factories.AT)
    assert states() == []


def test_verifying_takes_the_visit_off_the_list_and_leads_back_to_it(biller) -> None:
    soon = visit(3)
    row = plan(soon, biller.user)
    here = "/visits-to-verify/?within=7"
    url = f"/coverages/{row.pk}/checks/new/?visit={soon.pk}&back={here.replace('?', '%3F').replace('=', '%3D')}"
    values = {
        "checked_on": f"{timezone.localdate(timezone=soon.location.zone)}", "method": "phone", "reference": "R-1",
        "representative": "Dana", "active": "yes", "covers_specialized_diagnostics": "yes", "deductible": "50",
        "deductible_remaining": "0", "annual_maximum": "$1,500.00", "annual_maximum_remaining": "420.50",
        "coinsurance_percent": "20", "frequency_limit": "once in 12 months", "waiting_until": "", "next_check_on": "",
    }  # fmt: skip
    answer = biller.post(url, values)
    assert answer["Location"] == here
    check = EligibilityCheck.objects.get()
    assert (check.encounter, check.representative, f"{check.annual_maximum_remaining}") == (soon, "Dana", "420.50")
    assert states() == []


@pytest.mark.parametrize(
    "change, field",
    [
        ({"checked_on": "2099-01-01"}, "checked_on"),
        ({"deductible": "10", "deductible_remaining": "20"}, "deductible_remaining"),
        ({"annual_maximum": "1", "annual_maximum_remaining": "1.01"}, "annual_maximum_remaining"),
        ({"annual_maximum": "much"}, "annual_maximum"),
        ({"coinsurance_percent": "120"}, "coinsurance_percent"),
        ({"next_check_on": "2026-01-01"}, "next_check_on"),
        ({"waiting_until": "soon"}, "waiting_until"),
        ({"active": ""}, "active"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_at_its_field(biller, change: dict[str, str], field: str) -> None:
    row = plan(visit(3), biller.user)
    values = {"checked_on": "2026-11-02", "method": "phone", "active": "yes", "covers_specialized_diagnostics": "yes"}
    answer = biller.post(f"/coverages/{row.pk}/checks/new/", values | change)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not EligibilityCheck.objects.exists()


def test_the_question_is_downloaded_and_recorded_without_the_patients_name_in_its_own(biller) -> None:
    soon = visit(3)
    row = plan(soon, biller.user)
    answer = biller.get(f"/coverages/{row.pk}/checks/ask/?visit={soon.pk}")
    assert answer.content.startswith(b"ISA*00*")
    assert f"DTP*291*D8*{soon.service_date:%Y%m%d}~".encode() in answer.content
    assert soon.patient.last_name.lower() not in answer["Content-Disposition"].lower()
    assert AuditEvent.objects.filter(action="eligibility.270").count() == 1


def test_a_question_that_lacks_something_says_what(biller) -> None:
    row = plan(visit(3), biller.user)
    Coverage.objects.filter(pk=row.pk).update(member_id="")
    answer = biller.get(f"/coverages/{row.pk}/checks/ask/")
    assert answer.status_code == 422
    assert "The plan has no member ID." in text(answer)


def test_no_plan_is_asked_about_a_visit_that_the_patient_wants_kept_from_it(biller) -> None:
    from claims.services.plans import lift, restrict

    soon = visit(3)
    row = plan(soon, biller.user)
    assert states() == [(soon.pk, "missing")]
    wish = {"asked_on": factories.TODAY, "reason": "Pays alone.", "paid_in_full": True}
    kept = restrict(soon, wish, by=biller.user, at=timezone.now())
    assert states() == []
    answer = biller.get(f"/coverages/{row.pk}/checks/ask/?visit={soon.pk}")
    assert answer.status_code == 422
    assert "asked that no plan is told of it" in text(answer)
    assert not AuditEvent.objects.filter(action="eligibility.270").exists()
    page = f"/coverages/{row.pk}/checks/new/?visit={soon.pk}"
    for url in (page, f"/coverages/{row.pk}/checks/read/?visit={soon.pk}", f"/encounters/{soon}/"):
        shown = biller.get(url)
        assert "no plan" in text(shown).lower()
        assert not re.search(r'href="[^"]*/(checks|authorizations)/', shown.content.decode()), url
    lift(kept, "The patient called.", by=biller.user, at=timezone.now())
    assert states() == [(soon.pk, "missing")]
    assert biller.get(f"/coverages/{row.pk}/checks/ask/?visit={soon.pk}").status_code == 200
    assert "download the question (270)" in text(biller.get(page))


def upload(biller: Any, row: Coverage, data: bytes) -> Any:
    return biller.post(f"/coverages/{row.pk}/checks/read/", {"file": SimpleUploadedFile("answer.271", data)})


def test_an_answer_fills_the_form_and_only_a_person_records_it(biller) -> None:
    soon = visit(3)
    row = plan(soon, biller.user)
    mine = BODY.replace("DOE", soon.patient.last_name.upper()).replace("19840314", f"{soon.patient.birth_date:%Y%m%d}")
    answer = upload(biller, row, file(mine))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Nothing is recorded yet" in page
    assert 'value="420.50"' in page
    assert not EligibilityCheck.objects.exists()
    token = answer.context["token"]
    values = {name: field.value() or "" for name, field in ((f.name, f) for f in answer.context["form"])}
    values["checked_on"] = f"{values['checked_on']}"
    assert biller.post(f"/coverages/{row.pk}/checks/new/", {**values, "answer": token}).status_code == 302
    check = EligibilityCheck.objects.get()
    assert (check.method, check.reference, check.coinsurance_percent) == ("edi", "E000001-1", 20)
    assert check.answer is not None
    assert check.answer.media_type == "application/edi-x12"


def recorded(biller: Any, row: Coverage, data: bytes) -> str:
    """What the page says of an answer, after a person recorded it as it was filled in."""
    answer = upload(biller, row, data)
    values = {f.name: "" if f.value() is None else f"{f.value()}" for f in answer.context["form"]}
    saved = biller.post(f"/coverages/{row.pk}/checks/new/", {**values, "answer": answer.context["token"]})
    assert saved.status_code == 302
    row.refresh_from_db()
    return text(answer)


def test_the_days_of_the_plan_and_its_permission_are_taken_over_by_the_person_who_records_them(biller) -> None:
    soon = visit(3)
    row = plan(soon, biller.user)
    said = (
        BODY.replace("DOE", soon.patient.last_name.upper())
        .replace("19840314", f"{soon.patient.birth_date:%Y%m%d}")
        .replace("DTP*346*D8*20240101", "DTP*346*D8*20240101\nDTP*347*D8*20261031")
        .replace("EB*1*IND*********N**AD:D0371", "EB*1*IND*********Y**AD:D0371")
    )
    page = recorded(biller, row, file(said))
    assert "The plan begins on Jan 1, 2024; on file stands no such day. Recording the answer changes it." in page
    assert "Prior authorization is required for this patient." in page
    check = EligibilityCheck.objects.get()
    assert (check.prior_authorization, check.begins_on, check.ends_on) == (
        "required", date(2024, 1, 1), date(2026, 10, 31),
    )  # fmt: skip
    assert (row.effective_on, row.terminated_on) == (check.begins_on, check.ends_on)
    page = text(biller.get(f"/encounters/{soon.number}/plans/side-by-side/"))
    assert "No plan covers the patient on the day of the visit" in page
    assert "Prior authorization required, none on file" in text(biller.get(f"/encounters/{soon.number}/"))
    assert "authorization required" in text(biller.get(f"/patients/{soon.patient.number}/"))


def test_what_the_payer_said_for_the_patient_holds_a_claim_that_its_rules_let_go(biller) -> None:
    claim = factories.claim_at(by=biller.user)
    answered = {"checked_on": factories.SERVICE_DATE, "method": "edi", "active": True}
    stops = []
    for told in ("unknown", "required"):
        record_check(claim.coverage, {**answered, "prior_authorization": told}, by=biller.user, at=factories.AT)
        stops.append("AUT-101" in [r.rule for r in report_of(claim, today=factories.TODAY).blockers])
    assert stops == [False, True]
    page = text(biller.get(f"/claims/{claim.number}/"))
    assert "required for this patient · answered Nov 5, 2026" in page
    values = {**answered, "ends_on": date(2023, 1, 1)}
    with pytest.raises(ValidationError, match="would be in force from Jan 1, 2024 to Jan 1, 2023"):
        record_check(claim.coverage, values, by=biller.user, at=factories.AT)


@pytest.mark.parametrize(
    "data, words",
    [
        (file(BODY.replace("W123456789", "X1").replace("DOE", "NOBODY")), "It is not this patient"),
        (file()[:600], "cut off"),
        (b"\x00" * 500, "no X12 file"),
        (file(BODY.replace("EB*1*IND*35**PPO GOLD", "AAA*N**75*C")), "was not found"),
    ],
)
def test_an_answer_that_cannot_be_taken_proposes_nothing(biller, data: bytes, words: str) -> None:
    row = plan(visit(3), biller.user)
    answer = upload(biller, row, data)
    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors["file"])
    assert not EligibilityCheck.objects.exists()


def test_a_forged_file_is_not_taken_along(biller) -> None:
    row = plan(visit(3), biller.user)
    values = {"checked_on": "2026-11-02", "method": "edi", "active": "yes", "covers_specialized_diagnostics": "yes"}
    biller.post(f"/coverages/{row.pk}/checks/new/", values | {"answer": "1:forged:token"})
    assert EligibilityCheck.objects.get().answer is None


def test_an_authorization_that_is_over_stays_off_the_claims_page(biller) -> None:
    from claims.services.coverage import save_authorization

    claim = factories.claim_at(by=biller.user)
    approved = {"kind": "prior_authorization", "status": "approved"}
    for number, until in (("PA-OLD", date(2026, 11, 4)), ("PA-NEW", date(2026, 11, 5))):
        values = approved | {"number": number, "valid_to": until}
        save_authorization(claim.coverage, None, values, by=biller.user, at=factories.AT)
    page = biller.get(f"/claims/{claim}/").content.decode()
    assert "PA-NEW" in page
    assert "goes on this claim" in page
    assert "PA-OLD" not in page
