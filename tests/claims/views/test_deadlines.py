"""The agenda, the rules and the calendar of last days."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from claims.models import AppealPath, CalendarLink, ClaimFigures, Denial, Reminder
from claims.queries import agenda
from claims.queries.agenda import by_week, claims_leaving
from claims.services import calendar_links, denials
from claims.services.payers import record_fact
from claims.services.reminders import remind
from documentation.models import AuditEvent
from documentation.models.together import together
from tests import factories as f
from tests.claims import answered

DENIED = f.TODAY
LIST = "/deadlines/"


def denied(days: int, name: str = "") -> Denial:
    """A denial whose payer gives so many days."""
    claim = answered.claim(f.SERVICE_DATE, of=f"Payer {days}{name}", transport="sent")
    known = {"value": days, "source": "manual", "verified_on": f.TODAY}
    record_fact(claim.coverage.payer, "appeal_days", known, by=f.user(role="biller"), at=f.AT)
    given = answered.answer(claim, DENIED, "denied", denied="850.00")
    return answered.denial(given, "images", "850.00")


def test_the_agenda_is_empty_and_says_so(biller: Any) -> None:
    page = biller.get(LIST)
    assert page.context["weeks"] == []
    assert "Nothing must leave soon" in page.content.decode()


def test_what_is_late_stands_on_top_then_week_by_week(biller: Any) -> None:
    f.organization()
    late, soon, far, beyond = denied(3), denied(14), denied(40), denied(200)
    weeks = biller.get(LIST).context["weeks"]
    assert weeks[0].label == "Late"
    assert [[r.denial.pk for r in w.rows] for w in weeks] == [[late.pk], [soon.pk], [far.pk]]
    assert all(w.begins.weekday() == 0 for w in weeks[1:])
    for week in weeks[1:]:
        assert all(week.begins <= r.leave_on < week.begins + timedelta(days=7) for r in week.rows)
    text = biller.get(LIST).content.decode()
    assert f"{beyond.claim.number}" not in text
    assert "1 more leave after" in text


def test_each_day_shows_event_rule_result_source_and_who_verified_it(biller: Any) -> None:
    denial = denied(30)
    text = biller.get(reverse("denial_page", args=[denial.pk])).content.decode()
    for words in (
        "Notice of the denial",
        "30 days from the notice",
        "manual",
        "Verified",
        "By mail",
        "Your own last day",
    ):
        assert words in text, words
    writer = denial.claim.coverage.payer.playbook.get().recorded_by.display_name
    assert writer in text
    assert f"by <bdi>{writer}</bdi>" in biller.get(LIST).content.decode()


def test_a_claim_that_was_not_filed_stands_in_the_agenda_by_its_filing_limit(biller: Any) -> None:
    claim = answered.claim(f.SERVICE_DATE)
    (row,) = claims_leaving(f.AT, until_days=400)
    assert row.claim == claim
    assert row.due.day == f.SERVICE_DATE + timedelta(days=90)
    assert row.leave_on < row.due.day
    assert "the payer's own limit is not known" in row.due.reason


def test_the_worklist_says_by_when_to_send(biller: Any) -> None:
    denied(30)
    text = biller.get(reverse("worklist") + "?queue=denied").content.decode()
    assert "send by" in text


def test_the_agenda_asks_the_same_number_of_questions_for_many(biller: Any, django_assert_max_num_queries: Any) -> None:
    denied(20)
    biller.get(LIST)
    counts = []
    for _ in range(2):
        with django_assert_max_num_queries(80) as asked:
            biller.get(LIST)
        counts.append(len(asked))
        for n in range(4):
            denied(20, f" {n} {len(counts)}")
    assert counts[0] == counts[1]


def test_what_is_more_than_a_page_is_on_the_next_in_the_order_of_leaving(
    biller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claims.views.deadlines.SHOWN", 2)
    for days in (40, 20, 30, 10, 25):
        denied(days)
    seen, address = [], LIST
    for _ in range(3):
        page = biller.get(address)
        seen.append([row.left for week in page.context["weeks"] for row in week.rows])
        address = LIST + page.context["page"]["next"]
    assert [len(lefts) for lefts in seen] == [2, 2, 1]
    in_order = [left for lefts in seen for left in lefts]
    assert in_order == sorted(in_order)
    assert "1–2 of 5" in biller.get(LIST).content.decode()
    assert biller.get(LIST + "?page=99").context["page"]["shown"] == "5–5 of 5"


def test_where_no_day_is_kept_or_that_of_another_denial_the_row_is_read_first(
    biller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claims.views.deadlines.SHOWN", 1)
    soon, unknown, twice = denied(10), denied(40), denied(25)
    ClaimFigures.objects.filter(claim=unknown.claim).update(at_risk_until=None)
    later = answered.denial(
        answered.answer(twice.claim, DENIED + timedelta(days=6), "denied", denied="850.00"),
        "medical_necessity",
        "850.00",
    )
    shown = [biller.get(f"{LIST}?page={n}").context["weeks"] for n in range(1, 5)]
    assert [row.denial for (week,) in shown for row in week.rows] == [soon, twice, later, unknown]


def test_the_order_before_rows_are_read_is_that_of_the_rows(biller: Any) -> None:
    manager = f.user(role="manager")
    for days in (30, 33, 36, 60):
        payer = denied(days).claim.coverage.payer
        # What was known before counts no more.
        for channels in (["mail"], ["fax"] if days % 2 else ["portal", "mail"]):
            known = {"value": channels, "source": "manual", "verified_on": f.TODAY}
            record_fact(payer, "channels", known, by=manager, at=f.AT)
    f.claim_at(by=biller.user)
    found = together(**agenda.asked(f.AT, until_days=400))
    ahead = agenda.ahead(found, f.TODAY, f.AT, until_days=400)
    rows = agenda.read(ahead, found, f.AT)
    assert len(rows) == len(ahead) == 5
    assert [one.leave_on for one in ahead] == [row.leave_on for row in rows]


def test_reminders_are_for_one_person_and_are_put_away(biller: Any, person: Any) -> None:
    denial = denied(14)
    denials.assign(denial, biller.user, by=biller.user, at=f.AT)
    remind(at=f.AT)
    page = biller.get(LIST)
    assert "1 reminder for you" in page.content.decode()
    assert "for you" not in person("biller").get(LIST).content.decode()
    biller.post(reverse("deadline_seen"), {"up_to": str(page.context["up_to"])})
    assert Reminder.objects.get(to=biller.user).seen_at == f.AT
    assert "for you" not in biller.get(LIST).content.decode()


def test_the_manager_sees_what_was_escalated(person: Any) -> None:
    manager = person("manager")
    denied(8)
    remind(at=f.AT)
    assert "comes to you as manager" in manager.get(LIST).content.decode()


# --- The calendar -------------------------------------------------------------------------------------------------


def address_of(biller: Any) -> str:
    page = biller.post(reverse("deadline_calendar"), {"act": "make"})
    address: str = page.context["address"]
    assert "no-store" in page["Cache-Control"]
    return address.removeprefix("http://testserver")


def test_a_calendar_reads_the_days_by_a_secret_link_without_log_in(biller: Any) -> None:
    denial = denied(30)
    answer = Client().get(address_of(biller))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert len(events) == 2
    days = {str(e["SUMMARY"]): e.decoded("DTSTART") for e in events}
    assert days["Last day: appeal"] == DENIED + timedelta(days=30)
    assert days["Send by today: appeal"] < days["Last day: appeal"]
    assert all(str(e["URL"]).endswith(f"/denials/{denial.pk}/") for e in events)
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))


def test_the_feed_holds_nothing_of_a_patient(biller: Any) -> None:
    denial = denied(30)
    text = Client().get(address_of(biller)).content.decode().replace("\r\n ", "")
    claim, patient = denial.claim, denial.claim.encounter.patient
    known = [patient.first_name, patient.last_name, patient.chart_number, claim.number, claim.encounter.number]
    known += [claim.coverage.member_id, claim.coverage.payer.name, "850.00", "D0371"]
    assert [word for word in known if word and word in text] == []


def test_a_claim_to_be_filed_is_in_the_feed_without_its_number_or_its_day(biller: Any) -> None:
    claim = answered.claim(f.SERVICE_DATE)
    text = Client().get(address_of(biller)).content.decode().replace("\r\n ", "")
    events = Calendar.from_ical(text).walk("VEVENT")
    assert {str(e["SUMMARY"]) for e in events} == {"Send by today: claim to be filed", "Last day: claim to be filed"}
    last = next(e for e in events if "Last day" in e["SUMMARY"])
    assert last.decoded("DTSTART") == f.SERVICE_DATE + timedelta(days=90)
    # Taken from the last day, a count of days would give the day of service.
    assert [e["DESCRIPTION"] for e in events if re.search(r"\d+ (day|month|year)", str(e.get("DESCRIPTION", "")))] == []
    assert [w for w in (str(claim.pk), claim.coverage.payer.name, "Nov 5", "20261105") if w in text] == []


def test_a_feed_without_a_day_is_a_calendar_all_the_same(biller: Any) -> None:
    answer = Client().get(address_of(biller))
    found = Calendar.from_ical(answer.content)
    assert [one.name for one in found.subcomponents] == ["VTIMEZONE"]
    assert found.errors == []


def test_a_link_that_is_read_without_end_is_put_off(biller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_links, "MOST_READS", 2)
    address, other = address_of(biller), Client()
    assert [other.get(address).status_code for _ in range(2)] == [200, 200]
    answer = other.get(address)
    assert (answer.status_code, answer["Retry-After"]) == (429, str(calendar_links.WITHIN))
    assert "once an hour" in answer.content.decode()


def test_only_the_newest_link_stands_and_ending_it_ends_it(biller: Any) -> None:
    first = address_of(biller)
    second = address_of(biller)
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)
    biller.post(reverse("deadline_calendar"), {"act": "revoke"})
    assert Client().get(second).status_code == 404
    assert CalendarLink.objects.filter(revoked_at=None).count() == 0


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "clinician"}])
def test_the_link_of_somebody_who_may_no_longer_look_is_dead(biller: Any, change: dict[str, Any]) -> None:
    address = address_of(biller)
    type(biller.user).objects.filter(pk=biller.user.pk).update(**change)
    assert Client().get(address).status_code == 404


def test_the_secret_is_kept_nowhere(biller: Any) -> None:
    token = address_of(biller).split("/")[3]
    assert len(token) > 40
    assert token not in str(list(CalendarLink.objects.values()))
    assert token not in str(list(AuditEvent.objects.values()))
    assert token not in biller.get(reverse("deadline_calendar")).content.decode()


# --- The rules ----------------------------------------------------------------------------------------------------

RULE = "/deadlines/rules/medicare/1/"
TYPED = {
    "name": "Redetermination", "stage": "reconsideration", "number": "120", "unit": "day", "presumed_days": "5",
    "closed": "after",
    "arrival": "received", "short_month": "last", "decide_days": "60", "decider": "The contractor",
    "source": "42 CFR 405.942", "verified_on": "2026-11-05", "applies_from": "", "notes": "", "seen": "0",
}  # fmt: skip


def test_the_manager_verifies_a_rule_and_it_says_so(person: Any) -> None:
    manager = person("manager")
    assert "by nobody yet" in manager.get("/deadlines/rules/").content.decode()
    shown = manager.get(RULE).context["form"].initial
    assert (shown["number"], shown["source"], shown["verified_on"]) == (120, "", None)
    assert manager.get("/deadlines/lags/fax/").context["form"].initial["verified_on"] is None
    assert manager.post(RULE, TYPED).status_code == 302
    row = AppealPath.objects.get()
    assert (row.number, row.presumed_days, row.closed, row.recorded_by) == (120, 5, "after", manager.user)
    assert "42 CFR 405.942" in manager.get("/deadlines/rules/").content.decode()


def test_what_counts_today_is_said_and_what_is_to_come_is_shown(person: Any) -> None:
    manager = person("manager")
    manager.post(RULE, TYPED)
    later = {**TYPED, "number": "90", "applies_from": "2030-01-01", "presumed_days": "0", "closed": "stands"}
    manager.post(RULE, later | {"seen": str(AppealPath.objects.get().pk)})
    said = manager.get("/deadlines/rules/").content.decode()
    assert "For events of today counts: 120 days from the notice, presumed to arrive 5 days later" in said
    assert "for events from January 1, 2030: 90 days from the notice." in said
    assert "from Jan 1, 2030: 90 days from the notice<" in manager.get("/deadlines/rules/").content.decode()
    corrected = {**TYPED, "number": "60", "seen": str(AppealPath.objects.latest("pk").pk)}
    manager.post(RULE, corrected)
    assert "2030" not in manager.get("/deadlines/rules/").content.decode()


def test_a_rule_that_is_wrong_comes_back_with_what_was_typed(person: Any) -> None:
    manager = person("manager")
    page = manager.post(RULE, TYPED | {"number": "many", "source": ""})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"number", "source"}
    manager.post(RULE, TYPED)
    stale = manager.post(RULE, TYPED | {"number": "60"})
    assert stale.status_code == 409
    assert AppealPath.objects.count() == 1


@pytest.mark.parametrize(
    "address", ["/deadlines/rules/none/1/", "/deadlines/rules/erisa/7/", "/deadlines/rules/unknown/2/",
                "/deadlines/rules/erisa/0/", "/deadlines/lags/pigeon/"],
)  # fmt: skip
def test_a_rule_that_there_cannot_be_is_not_found(biller: Any, address: str) -> None:
    assert biller.get(address).status_code == 404


def test_a_way_that_takes_longer_moves_the_day(biller: Any) -> None:
    denial = denied(40)
    with mock.patch("claims.views.deadline_rules.practice_today", return_value=f.TODAY):
        typed = {"days": "9", "source": "Log of fall", "verified_on": f.TODAY.isoformat(), "seen": "0"}
        assert biller.post("/deadlines/lags/mail/", typed).status_code == 302
    text = biller.get(reverse("denial_page", args=[denial.pk])).content.decode()
    assert "Dec 3, 2026" in text  # nine business days before Wednesday, December 16


def test_weeks_are_told_in_words() -> None:
    assert by_week([], date(2026, 11, 5)) == []
