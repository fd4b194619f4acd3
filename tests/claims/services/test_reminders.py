"""Reminders of last days: at each step once, to the right people, by e-mail without anything of a patient."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError

from claims.models import Claim, ClaimFigures, Coverage, Denial, Reminder, SelfPayRestriction
from claims.queries.agenda import appeals_leaving, claims_leaving, reminders_for, reminders_waiting
from claims.services import appeals, denials
from claims.services.clocks import record_lag
from claims.services.reminders import OVER, UNSAFE, remind, see
from documentation.models import Encounter, User
from tests import factories as f
from tests.claims import answered

pytestmark = pytest.mark.django_db

DENIED = date(2026, 11, 30)
DUE = date(2027, 5, 29)
"""180 days later, a Saturday before Memorial Day."""
LEAVE = date(2027, 5, 21)
"""A Friday; by mail five business days before Friday, May 28."""


def _keeper() -> User:
    """The one manager, who also stands behind the rows of `answered`."""
    return User.objects.create(username="keeper", role="manager", email="manager@example.com")


@pytest.fixture
def people() -> dict[str, User]:
    return {
        "biller": f.user(role="biller", email="biller@example.com"),
        "second": f.user(role="biller", email=""),
        "manager": _keeper(),
        "clinician": f.user(role="clinician", email="clinician@example.com"),
    }


@pytest.fixture
def denial(people: dict[str, User]) -> Denial:
    claim = answered.claim(f.SERVICE_DATE, transport="sent")
    given = answered.answer(claim, DENIED, "denied", denied="850.00")
    return answered.denial(given, "images", "850.00")


def on(day: date, hour: int = 9) -> datetime:
    return answered.moment(day).replace(hour=hour)


def told(people: dict[str, User]) -> dict[str, list[int]]:
    rows = Reminder.objects.order_by("pk")
    return {name: [r.step for r in rows if r.to_id == user.pk] for name, user in people.items()}


def test_each_step_is_told_once_to_who_works_on_it_and_to_the_manager_when_it_presses(
    people: dict[str, User], denial: Denial
) -> None:
    denials.assign(denial, people["biller"], by=people["biller"], at=f.AT)
    (row,) = appeals_leaving(on(DENIED), until_days=400)
    assert (row.due.day, row.leave_on) == (DUE, LEAVE)
    day = LEAVE - timedelta(days=30)
    while day <= DUE + timedelta(days=5):
        for hour in (0, 9, 15):
            remind(at=on(day, hour))
        day += timedelta(days=1)
    assert told(people) == {
        "biller": [14, 7, 1, UNSAFE, OVER],
        "second": [],
        "manager": [1, UNSAFE, OVER],
        "clinician": [],
    }
    days = {r.step: r.told_at.date() for r in Reminder.objects.filter(to=people["biller"])}
    before = {14: 14, 7: 7, 1: 1, UNSAFE: -1}
    assert {step: (LEAVE - days[step]).days for step in before} == before
    assert days[OVER] == DUE + timedelta(days=1)
    assert set(Reminder.objects.filter(is_escalation=True).values_list("to", flat=True)) == {people["manager"].pk}


def test_where_nobody_works_on_it_every_biller_is_told_and_the_manager_a_week_before(
    people: dict[str, User], denial: Denial
) -> None:
    remind(at=on(LEAVE - timedelta(days=10)))
    assert told(people) == {"biller": [14], "second": [14], "manager": [], "clinician": []}
    remind(at=on(LEAVE - timedelta(days=6)))
    assert told(people) == {"biller": [14, 7], "second": [14, 7], "manager": [7], "clinician": []}


def test_a_run_that_was_missed_tells_the_step_that_counts_now_and_no_other(
    people: dict[str, User], denial: Denial
) -> None:
    done = remind(at=on(LEAVE))
    assert told(people)["biller"] == [1]
    assert (done.near, done.told, done.escalated) == (1, 3, 1)
    again = remind(at=on(LEAVE, 17))
    assert (again.near, again.told, again.mailed) == (1, 0, 0)


def test_what_was_sent_is_reminded_of_no_more_and_leaves_the_list(people: dict[str, User], denial: Denial) -> None:
    remind(at=on(LEAVE - timedelta(days=7)))
    assert reminders_waiting({people["biller"].pk}).count() == 1
    answered.appeal(denial, status="sent")
    Denial.objects.filter(pk=denial.pk).update(status="appealed")
    assert reminders_waiting({people["biller"].pk}).count() == 0
    assert remind(at=on(LEAVE - timedelta(days=1))).near == 0


def test_the_day_is_that_of_the_place(people: dict[str, User], denial: Denial) -> None:
    """At 6 a.m. in Greenwich it is still the day before in Seattle."""
    evening = datetime.fromisoformat(f"{LEAVE - timedelta(days=14)}T06:00+00:00")
    assert denial.claim.encounter.location.time_zone == "America/Los_Angeles"
    assert remind(at=evening).told == 0
    assert remind(at=evening + timedelta(hours=2)).told == 2


def test_a_claim_to_be_filed_is_reminded_of_until_it_left(people: dict[str, User]) -> None:
    claim = answered.claim(f.SERVICE_DATE)
    (row,) = claims_leaving(f.AT, until_days=400)
    assert remind(at=on(row.leave_on - timedelta(days=15))).told == 0
    assert remind(at=on(row.leave_on - timedelta(days=7))).told == 3
    assert told(people) == {"biller": [7], "second": [7], "manager": [7], "clinician": []}
    assert {(r.about, r.denial) for r in Reminder.objects.all()} == {(claim, None)}
    assert any("1 claim must leave by" in one.body for one in mail.outbox)
    assert claim.number not in "".join(one.body for one in mail.outbox)
    assert reminders_for(people["biller"]).count() == 1
    Claim.objects.filter(pk=claim.pk).update(transport="sent")
    assert not reminders_for(people["biller"])
    assert remind(at=on(row.leave_on)).told == 0


def test_nobody_is_told_to_file_what_must_not_or_cannot_be_filed(people: dict[str, User]) -> None:
    claim = answered.claim(f.SERVICE_DATE)
    (row,) = claims_leaving(f.AT, until_days=400)
    soon = on(row.leave_on - timedelta(days=7))
    corrected = f.planned_visit(person=claim.encounter.patient)
    Encounter.objects.filter(pk=corrected.pk).update(origin=claim.encounter, version=2)
    private = SelfPayRestriction.objects.create(
        encounter=corrected, asked_on=f.SERVICE_DATE, reason="Asked.", paid_in_full=True,
        recorded_at=f.AT, recorded_by=people["biller"],
    )  # fmt: skip
    assert (claims_leaving(soon, until_days=400), remind(at=soon).told) == ([], 0)
    lifted = {"lifted_at": f.AT, "lifted_by": people["biller"], "lift_reason": "The patient called."}
    SelfPayRestriction.objects.filter(pk=private.pk).update(**lifted)

    plan = Coverage.objects.create(patient=claim.encounter.patient, payer=answered.payer("Second"), priority=2)
    first = Claim.objects.filter(pk=claim.pk)
    second = Claim.objects.get(pk=claim.pk)
    second.pk, second.coverage, second.sequence = None, plan, 2
    second.save(force_insert=True)
    assert {r.claim.pk: r.step for r in claims_leaving(soon, until_days=400)} == {
        claim.pk: "File the claim",
        second.pk: "Wait for the first plan",
    }
    assert remind(at=soon).told == 3
    assert {r.about for r in Reminder.objects.all()} == {claim}
    first.update(transport="sent", adjudication="paid")
    assert remind(at=soon).told == 3
    assert [r.about for r in reminders_for(people["biller"])] == [second]


@pytest.mark.parametrize(("days", "told_now"), [(30, 3), (31, 0)])
def test_what_was_over_long_ago_is_told_to_nobody_on_a_first_run(
    people: dict[str, User], days: int, told_now: int
) -> None:
    answered.claim(f.SERVICE_DATE)
    (row,) = claims_leaving(f.AT, until_days=400)
    first = remind(at=on(row.due.day + timedelta(days=days)))
    assert (first.near, first.told) == (1, told_now)


def test_a_last_day_that_moves_is_told_anew(people: dict[str, User], denial: Denial) -> None:
    remind(at=on(LEAVE - timedelta(days=14)))
    values = {"days": 8, "source": "letters of May took eight days", "verified_on": DENIED}
    record_lag("mail", values, by=people["manager"], at=on(LEAVE), today=LEAVE)
    remind(at=on(LEAVE - timedelta(days=14)))
    assert told(people)["biller"] == [14, 14]
    assert sorted(set(Reminder.objects.values_list("leave_on", flat=True))) == [date(2027, 5, 18), LEAVE]


def test_mails_say_days_and_numbers_and_nothing_of_a_patient(people: dict[str, User], denial: Denial) -> None:
    remind(at=on(LEAVE))
    assert sorted(m.to[0] for m in mail.outbox) == ["biller@example.com", "manager@example.com"]
    claim = denial.claim
    patient = claim.encounter.patient
    known = [patient.first_name, patient.last_name, patient.chart_number, claim.number, claim.encounter.number]
    known += [claim.coverage.member_id, claim.coverage.payer.name, "850", "D0371", str(claim.service_date)]
    for one in mail.outbox:
        text = f"{one.subject}\n{one.body}"
        assert "1 appeal must leave by May 21, 2027" in text
        assert [word for word in known if word and word in text] == []
    assert "comes to you" not in mail.outbox[0].body
    remind(at=on(LEAVE, 20))
    assert len(mail.outbox) == 2


def test_a_mail_that_is_not_taken_is_tried_again_and_the_reminder_stands(
    people: dict[str, User], denial: Denial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr("claims.services.reminders.send_mail", refuse)
    with pytest.raises(CommandError, match="2 mails were not taken by the mail server"):
        call_command("remind_deadlines", at=f"{LEAVE}T09:00", stdout=StringIO())
    assert reminders_waiting({people["biller"].pk}).count() == 1
    assert Reminder.objects.filter(mailed_at=None).count() == 3
    monkeypatch.undo()
    call_command("remind_deadlines", at=f"{LEAVE}T11:00", stdout=StringIO())
    assert len(mail.outbox) == 2
    assert Reminder.objects.filter(mailed_at=None).count() == 1  # the one who has no address


def test_without_a_mail_server_reminders_stand_in_the_application_alone(
    people: dict[str, User], denial: Denial, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    done = remind(at=on(LEAVE))
    assert (done.told, done.mailed, done.not_mailed) == (3, 0, 0)
    assert Reminder.objects.exclude(mailed_at=None).count() == 0


def test_the_command_tells_what_it_did(people: dict[str, User], denial: Denial) -> None:
    out = StringIO()
    call_command("remind_deadlines", "--json", at=f"{LEAVE}T09:00", stdout=out)
    assert json.loads(out.getvalue()) == {"near": 1, "told": 3, "escalated": 1, "mails": 2}


def test_what_was_seen_is_put_away_for_that_person_alone(people: dict[str, User], denial: Denial) -> None:
    remind(at=on(LEAVE))
    first = reminders_for(people["biller"]).get()
    assert see(people["biller"], up_to=first.pk - 1, at=on(LEAVE)) == 0
    assert see(people["biller"], up_to=first.pk, at=on(LEAVE)) == 1
    waiting = [reminders_waiting({people[role].pk}).count() for role in ("biller", "manager")]
    assert waiting == [0, 1]


def test_an_appeal_that_was_started_keeps_its_last_day_and_is_reminded_of(
    people: dict[str, User], denial: Denial
) -> None:
    appeal = appeals.open_appeal(denial, by=people["biller"], at=f.AT + timedelta(days=40))
    assert (appeal.due_on, appeal.name) == (DUE, "Appeal")
    assert appeal.clock["event_on"] == DENIED.isoformat()
    assert appeal.clock["source"].startswith("29 CFR 2560.503-1")
    remind(at=on(LEAVE - timedelta(days=7)))
    assert set(Reminder.objects.values_list("appeal", flat=True)) == {appeal.pk}


def test_a_day_that_was_kept_by_rules_of_before_is_reminded_of_and_counted_again(
    people: dict[str, User], denial: Denial
) -> None:
    ClaimFigures.objects.filter(claim=denial.claim).update(at_risk_until=date(2028, 1, 1))
    assert remind(at=on(LEAVE)).near == 1
    assert ClaimFigures.objects.get(claim=denial.claim).at_risk_until == DUE


def test_a_reminder_of_a_day_that_moved_or_of_a_step_before_is_put_away_and_not_mailed(
    people: dict[str, User], denial: Denial, settings: Any
) -> None:
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.dummy.EmailBackend"
    remind(at=on(LEAVE - timedelta(days=14)))
    remind(at=on(LEAVE - timedelta(days=7)))
    assert [r.step for r in reminders_for(people["biller"])] == [7]
    values = {"days": 6, "source": "letters of May took six days", "verified_on": DENIED}
    record_lag("mail", values, by=people["manager"], at=on(LEAVE), today=LEAVE)
    settings.EMAIL_BACKEND = backend
    remind(at=on(LEAVE - timedelta(days=7)))
    assert [r.leave_on for r in reminders_for(people["biller"])] == [LEAVE - timedelta(days=1)]
    told = next(m for m in mail.outbox if m.to == ["biller@example.com"])
    assert told.subject == "Ductus: 1 appeal to send"
    assert "May 21" not in told.body


def test_a_reminder_that_counts_again_comes_back(people: dict[str, User], denial: Denial) -> None:
    for days in (5, 6, 5):
        values = {"days": days, "source": f"log {days}", "verified_on": DENIED}
        record_lag("mail", values, by=people["manager"], at=on(LEAVE), today=LEAVE)
        remind(at=on(LEAVE - timedelta(days=7)))
    assert [r.leave_on for r in reminders_for(people["biller"])] == [LEAVE]


def test_what_fails_for_one_person_is_told_to_the_others_and_tried_while_it_counts(
    people: dict[str, User], denial: Denial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(subject: str, text: str, sender: None, to: list[str]) -> int:
        if to == ["biller@example.com"]:
            raise ValueError("an address that cannot be")
        return mail.send_mail(subject, text, sender, to)

    monkeypatch.setattr("claims.services.reminders.send_mail", refuse)
    done = remind(at=on(LEAVE - timedelta(days=6)))
    assert (done.mailed, done.not_mailed) == (1, 1)
    assert set(Reminder.objects.filter(mailed_at=None).values_list("to__email", flat=True)) == {
        "biller@example.com",
        "",
    }
    monkeypatch.undo()
    remind(at=on(LEAVE - timedelta(days=3)))
    assert [m.to[0] for m in mail.outbox] == ["manager@example.com", "biller@example.com"]
