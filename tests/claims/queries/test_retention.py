"""What the record and the claims know of a patient decides until when they are kept."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import CoverageTerms
from claims.queries.retention import ended, facts_of, kept_of
from claims.services.payers import record_fact
from documentation.kernel.permissions import Role
from documentation.models import Patient
from documentation.retention.periods import Start, Whom
from documentation.services import encounters, merges
from documentation.services.retention import keep_longer, place_hold, record_period
from tests import factories as f

pytestmark = pytest.mark.django_db

LATER = date(2037, 6, 1)
"""More than ten years after the visit of the reference case."""
ASKED = {"reason": "A claim.", "asked_by": "Our insurer", "from_on": f.TODAY}


def facts(patient: Patient) -> Any:
    return facts_of([patient], f.TODAY)[patient.pk]


def numbers(day: date) -> list[str]:
    return [row.patient.number for row in ended(day)]


def test_the_last_of_each_event_counts_and_what_never_was_is_not_there() -> None:
    visit = f.signed_encounter()
    assert facts(visit.patient).events == {Start.VISIT: visit.service_date}
    f.planned_visit(person=visit.patient, service_date=f.TODAY + timedelta(days=90))
    gone = f.planned_visit(person=visit.patient, service_date=f.TODAY + timedelta(days=200))
    encounters.cancel(gone, by=f.user(role=Role.ASSISTANT), at=f.AT)
    found = facts(visit.patient)
    assert found.events[Start.VISIT] == f.TODAY + timedelta(days=90), "a cancelled visit is none"
    assert found.was_here


def test_claims_answers_and_sendings_count_for_their_own_periods() -> None:
    denied = f.denial()
    found = facts(denied.claim.encounter.patient).events
    assert found[Start.CLAIM] >= denied.answer.remittance.paid_on
    sent = f.submission()
    found = facts(sent.claim.encounter.patient).events
    assert found[Start.SENDING] == sent.sent_on


def test_who_was_never_here_counts_from_the_registration() -> None:
    found = facts(f.patient())
    assert found.events == {Start.VISIT: f.TODAY}
    assert not found.was_here


def test_kinds_of_plans_come_from_their_terms_and_from_what_is_known_of_their_payers() -> None:
    biller = f.user()
    person = f.patient()
    plan = f.coverage(person=person, by=biller)
    assert facts(person).groups == frozenset()
    record_fact(
        plan.payer, "appeal_rules", {"value": "medicare_advantage", "source": "Card", "verified_on": f.TODAY},
        by=biller, at=f.AT,
    )  # fmt: skip
    assert facts(person).groups == {Whom.MEDICARE_ADVANTAGE}
    CoverageTerms.objects.create(coverage=plan, program="medicaid", recorded_at=f.AT, recorded_by=biller)
    assert facts(person).groups == {Whom.MEDICARE_ADVANTAGE, Whom.MEDICAID}
    plan.is_active = False
    plan.save()
    assert Whom.MEDICARE_ADVANTAGE in facts(person).groups, "a plan that the patient had counts, too"


def test_a_patient_with_medicare_advantage_stays_longer_than_one_without() -> None:
    by = f.user(role=Role.MANAGER)
    read = {"kind": "record", "name": "State law", "years": 7, "start": "visit", "whom": "everybody", "notes": ""}
    read |= {"is_used": True, "source": "Act", "verified_on": f.TODAY}
    record_period("record.state", read, by=by, at=f.AT, today=f.TODAY)
    record_period("originals.record", read | {"kind": "originals"}, by=by, at=f.AT, today=f.TODAY)
    one, other = f.signed_encounter().patient, f.signed_encounter().patient
    plan = f.coverage(person=one)
    value = {"value": "medicare_advantage", "source": "Card", "verified_on": f.TODAY}
    record_fact(plan.payer, "appeal_rules", value, by=by, at=f.AT)
    kept = kept_of([one, other], f.TODAY)
    assert (kept[one.pk].day.year, kept[other.pk].day.year) == (2036, 2033)
    assert kept[one.pk].decided_by.period.key == "record.medicare_advantage"
    assert numbers(date(2034, 1, 1)) == [other.number]


def test_those_who_reached_their_end_are_listed_and_no_others() -> None:
    old, held, longer = (f.signed_encounter().patient for _ in range(3))
    young = f.signed_encounter(person=f.patient(birth_date=date(2020, 1, 1))).patient
    back = f.signed_encounter().patient
    f.planned_visit(person=back, service_date=date(2031, 1, 1))
    new = f.patient()
    by = f.user(role=Role.MANAGER)
    place_hold(held, ASKED, by=by, at=f.AT, today=f.TODAY)
    keep_longer(longer, {"until": date(2045, 1, 1), "reason": "Lawsuit."}, by=by, at=f.AT, today=f.TODAY)
    assert numbers(f.TODAY) == []
    assert numbers(LATER) == [old.number, new.number]
    assert young.number not in numbers(date(2047, 12, 31))
    assert {young.number, back.number, longer.number} <= set(numbers(date(2048, 1, 2)))
    assert held.number not in numbers(date(2099, 1, 1))


def test_of_who_was_registered_twice_the_one_who_stays_is_listed_and_the_other_is_not() -> None:
    visit, gone = f.signed_encounter(), f.patient()
    seen = visit.patient.revision, gone.revision
    merges.merge(visit.patient, gone, seen=seen, by=f.user(role=Role.MANAGER), at=f.AT, today=f.TODAY)
    assert numbers(LATER) == [visit.patient.number]


def test_the_longer_list_asks_no_more_questions() -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            numbers(LATER)
        return len(found)

    f.signed_encounter()
    one = asked()
    for _ in range(4):
        f.signed_encounter()
    assert asked() == one
