"""The schedule: who comes when, and what is missing before each visit."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from claims.services.coverage import record_check, save_authorization, save_coverage
from claims.services.plans import restrict
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent
from documentation.services import encounters
from tests import factories as f

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 9)


def visit(last: str, on: date = MONDAY, at: time | None = None, **more: Any) -> Any:
    planned = f.planned_visit(person=f.patient(last_name=last), service_date=on, **more)
    type(planned).objects.filter(pk=planned.pk).update(start_time=at)
    planned.refresh_from_db()
    return planned


def test_a_day_shows_who_comes_in_order_and_a_week_shows_its_days(person: Any) -> None:
    late, early = visit("Latecomer", at=time(14, 30)), visit("Earlybird", at=time(8, 0))
    whenever, saturday = visit("Whenever"), visit("Weekender", on=MONDAY + timedelta(days=5))
    gone = visit("Goneaway", at=time(9, 0))
    encounters.cancel(gone, by=f.user(role=Role.ASSISTANT), at=f.AT)
    desk = person("assistant")
    page = desk.get(f"/schedule/?day={MONDAY}").content.decode()
    assert page.index(early.number) < page.index(late.number) < page.index(whenever.number)
    assert "Monday, November 9, 2026" in page
    assert "Goneaway" not in page
    assert "Weekender" not in page
    week = desk.get(f"/schedule/?day={MONDAY + timedelta(days=2)}&span=week").content.decode()
    assert all(v.number in week for v in (early, late, whenever, saturday))
    assert "Saturday, November 14" in week
    assert "Sunday, November 15" not in week, "a day of rest is not shown empty"
    assert f"day={MONDAY + timedelta(days=9)}" in week, "the arrow leads a week on"
    today = desk.get("/schedule/?day=never&span=month&of=x").content.decode()
    assert "Today, Friday, November 6, 2026" in today
    assert "Nobody comes on this day" in today


def test_each_visit_says_what_is_missing_before_it(person: Any) -> None:
    by = f.user(role=Role.BILLER)
    bare, plain = visit("Noplan"), visit("Unverified")
    given = f.fields(f.reference().case.coverages[0], "payer_id", "subscriber", "terms")
    unverified = save_coverage(plain.patient, None, {**given, "payer": f.payer(by=by)}, by=by, at=f.AT)
    settled, private = visit("Settled"), visit("Private")
    plan = f.coverage(person=settled.patient, by=by, with_payer=unverified.payer)
    record_check(plan, {"checked_on": f.TODAY, "active": True, "method": "portal"}, by=by, at=f.AT)
    wanted = {"kind": "prior_authorization", "status": "approved", "number": "A1"}
    save_authorization(plan, None, wanted, by=by, at=f.AT)
    f.coverage(person=private.patient, by=by, with_payer=unverified.payer)
    restrict(private, {"asked_on": f.TODAY, "reason": "Private.", "paid_in_full": True}, by=by, at=f.AT)
    page = person("assistant").get(f"/schedule/?day={MONDAY}").content.decode()
    articles = page.split("<article")[1:]
    parts = {v.number: next(a for a in articles if v.number in a) for v in (bare, plain, settled, private)}
    assert "No plan on file" in parts[bare.number]
    assert f"/patients/{bare.patient}/coverages/new/" in parts[bare.number]
    assert f"{unverified.payer.name}: eligibility not checked" in parts[plain.number]
    assert f"/coverages/{unverified.pk}/checks/new/?visit={plain.pk}" in parts[plain.number]
    assert "schedule-missing" not in parts[settled.number]
    assert "schedule-missing" not in parts[private.number], "to ask the plan would tell it"
    assert "The patient pays in full: no plan is asked." in parts[private.number]
    assert "2 with something missing" in page


def test_what_was_asked_for_leads_to_its_answer(person: Any) -> None:
    by, waits = f.user(role=Role.BILLER), visit("Waits")
    plan = f.coverage(person=waits.patient, by=by)
    said = {"checked_on": f.TODAY, "active": True, "method": "portal", "prior_authorization": "required"}
    record_check(plan, said, by=by, at=f.AT)
    asked = save_authorization(plan, None, {"kind": "prior_authorization", "status": "requested"}, by=by, at=f.AT)
    page = person("assistant").get(f"/schedule/?day={MONDAY}").content.decode()
    assert "prior authorization asked for, not answered yet" in page
    assert f"/authorizations/{asked.pk}/?back=" in page
    assert f"/coverages/{plan.pk}/authorizations/new/" not in page


def test_a_clinician_begins_with_the_own_visits(person: Any) -> None:
    treating = f.clinician()
    mine, other = visit("Mine", treating=treating), visit("Theirs", treating=f.clinician())
    browser = person("clinician")
    browser.client.force_login(treating.user)
    page = browser.get(f"/schedule/?day={MONDAY}").content.decode()
    assert (mine.number in page, other.number in page) == (True, False)
    every = browser.get(f"/schedule/?day={MONDAY}&of=all").content.decode()
    assert (mine.number in every, other.number in every) == (True, True)


def test_paper_is_on_record_and_nobody_else_reads_it(person: Any) -> None:
    by = f.user(role=Role.BILLER)
    for n in range(3):
        f.coverage(person=visit(f"Somebody{n}").patient, by=by)
    biller = person("biller")
    printed = biller.get(f"/schedule/?day={MONDAY}&form=print").content.decode()
    assert "Somebody0" in printed
    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.detail) == ("schedule.print", '{"count":3}')
    assert person("administrator").get("/schedule/").status_code == 403
