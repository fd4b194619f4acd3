"""A patient asks to have the record amended: taken in, answered in time, denied for a reason, and kept for good."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from documentation.kernel.amendments import SHIPPED, AnswerTime, time_for
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Role
from documentation.models import (
    AmendmentRequest,
    AmendmentStep,
    AmendmentTime,
    AuditEvent,
    Encounter,
    Merge,
    Organization,
    Patient,
    User,
)
from documentation.queries.amendments import (
    Clock,
    amended_since,
    clock_of,
    clocks_of,
    denied_of,
    due_soon,
    of_record,
    unanswered,
    with_steps,
)
from documentation.services import amendments as verbs
from documentation.services import merges, patients, signing, versions
from tests import factories as f

pytestmark = pytest.mark.django_db
CAME = f.SERVICE_DATE


def taken_in(encounter: Encounter | None = None, *, by: User | None = None, **values: Any) -> AmendmentRequest:
    """A request about a signed record, or about the demographics where `encounter` is None and a patient is named."""
    patient = values.pop("patient", None) or (encounter.patient if encounter else f.patient())
    asked = {"received_on": CAME, "way": "mail", "encounter": encounter, "wanted": "It was the left side.", "words": ""}
    by = by or f.user(role=Role.ASSISTANT)
    return verbs.take_in(patient, asked | values, by=by, at=f.AT, today=f.TODAY)


def do(request: AmendmentRequest, verb: str, *, by: User | None = None, **values: Any) -> AmendmentStep:
    given: dict[str, Any] = {"said_on": f.TODAY, "said": "Because of this."} | values
    return verbs.VERBS[verb](request, given, by=by or f.user(role=Role.MANAGER), at=f.AT, today=f.TODAY)


def test_a_request_runs_for_the_days_that_ship_with_the_program() -> None:
    request = taken_in(f.signed_encounter())
    clock = clock_of(request)
    assert (clock.last_on, clock.latest_on) == (CAME + timedelta(days=60), CAME + timedelta(days=90))
    assert "from memory, to be verified" in clock.said
    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.subject, event.patient) == ("amendment.take_in", request.number, request.patient)
    assert "left side" not in event.detail


def test_what_cannot_be_taken_in_is_said_by_field() -> None:
    encounter, planned = f.signed_encounter(), f.planned_visit()
    for field, wrong in (
        ("received_on", f.TODAY + timedelta(days=1)),
        ("received_on", f.SERVICE_DATE - timedelta(days=1)),
        ("way", ""),
        ("wanted", "  "),
        ("encounter", f.signed_encounter()),
    ):
        with pytest.raises(ValidationError) as e:
            taken_in(**{"encounter": encounter, "patient": encounter.patient, field: wrong})
        assert list(e.value.message_dict) == [field]
    with pytest.raises(ValidationError, match="changed directly"):
        taken_in(planned)
    with pytest.raises(NotPermitted):
        taken_in(encounter, by=f.user(role=Role.ADMINISTRATOR))
    assert not AmendmentRequest.objects.exists()


def test_it_is_extended_once_and_never_beyond_the_days_of_the_extension() -> None:
    request = taken_in(f.signed_encounter())
    for day in (CAME + timedelta(days=60), CAME + timedelta(days=91)):
        with pytest.raises(ValidationError, match="Choose a day after"):
            do(request, "extend", until=day)
    do(request, "extend", until=CAME + timedelta(days=80))
    assert request.status == "extended"
    assert clock_of(AmendmentRequest.objects.get()).last_on == CAME + timedelta(days=80)
    with pytest.raises(NotPossible):
        do(request, "extend", until=CAME + timedelta(days=90))


def test_whoever_is_late_extends_no_more_but_still_answers() -> None:
    received = f.TODAY - timedelta(days=61)
    request = taken_in(received_on=received)
    with pytest.raises(Refused, match="Answer the request now"):
        do(request, "extend", until=received + timedelta(days=90))
    do(request, "deny", ground="accurate")
    assert request.status == "denied"


def test_it_is_accepted_only_with_what_was_amended() -> None:
    encounter = f.signed_encounter()
    request, other = taken_in(encounter), taken_in(f.signed_encounter())
    with pytest.raises(Refused, match="Nothing was amended"):
        do(request, "accept", amended="", tell="")
    by = encounter.clinician.user
    added = signing.add(encounter, "It was the left side.", by=by, at=f.AT)
    with pytest.raises(ValidationError, match="Choose what was amended"):
        do(request, "accept", amended="addendum-0", tell="")
    step = do(request, "accept", by=by, amended=f"addendum-{added.pk}", tell="The referring dentist")
    assert (request.status, step.addendum, step.tell) == ("accepted", added, "The referring dentist")
    assert amended_since(other) == [], "nobody else's record was amended"


def test_a_new_version_and_a_correction_count_as_amended() -> None:
    encounter = f.signed_encounter()
    by = encounter.clinician.user
    request, person = taken_in(encounter), taken_in(patient=encounter.patient)
    draft = versions.unlock(encounter, "The side was wrong.", by=by, at=f.AT)
    assert amended_since(request) == [], "a draft amends nothing yet"
    signing.sign(draft, by=by, at=f.AT)
    assert do(request, "accept", amended=f"version-{draft.pk}", tell="").encounter == draft
    assert [clock.request for clock in of_record(draft)] == [request], "it stands with every version of the record"

    patient = encounter.patient
    patients.correct(patient, {"city": "Elsewhere"}, by=by, at=f.AT, today=f.TODAY, seen=patient.revision)
    (correction,) = amended_since(person)
    assert do(person, "accept", amended=correction.key, tell="").corrected_at == f.AT


def test_what_was_amended_before_the_request_came_answers_nothing() -> None:
    encounter = f.signed_encounter()
    signing.add(encounter, "The patient called.", by=encounter.clinician.user, at=f.AT - timedelta(days=2))
    assert amended_since(taken_in(encounter, received_on=f.TODAY)) == []


def merged(kept: Patient, gone: Patient, *take: str) -> Merge:
    kept, gone = (Patient.objects.get(pk=p.pk) for p in (kept, gone))
    seen = kept.revision, gone.revision
    by = f.user(role=Role.MANAGER)
    return merges.merge(kept, gone, take=take, seen=seen, by=by, at=f.AT + timedelta(hours=1), today=f.TODAY)


def test_a_correction_of_a_registration_that_was_merged_counts_and_so_do_values_that_a_merge_took_over() -> None:
    gone, kept, last = f.patient(), f.patient(city="Elsewhere"), f.patient()
    request, by = taken_in(patient=gone), f.user(role=Role.ASSISTANT)
    patients.correct(gone, {"phone": "2065550100"}, by=by, at=f.AT, today=f.TODAY, seen=gone.revision)
    merged(kept, gone)
    request.refresh_from_db()
    assert request.patient == kept
    (correction,) = amended_since(request)
    assert (correction.key.split("-")[0], correction.corrected_at) == ("correction", f.AT)
    row = merged(last, kept, "address")
    request.refresh_from_db()
    assert [one.key for one in amended_since(request)] == [f"merge-{row.pk}", correction.key]
    assert do(request, "accept", amended=f"merge-{row.pk}", tell="").corrected_at == row.merged_at


def test_a_merge_that_was_taken_back_amended_nothing() -> None:
    kept, gone = f.patient(), f.patient(city="Elsewhere")
    request = taken_in(patient=kept)
    row = merged(kept, gone, "address")
    assert [one.key for one in amended_since(request)] == [f"merge-{row.pk}"]
    merges.take_back(row, by=f.user(role=Role.MANAGER), at=f.AT + timedelta(hours=2))
    assert amended_since(request) == []


def test_nothing_is_taken_in_at_a_registration_that_was_merged_away() -> None:
    kept, encounter = f.patient(), f.signed_encounter()
    stale = Encounter.objects.select_related("patient").get(pk=encounter.pk)
    merged(kept, encounter.patient)
    for about in (None, stale):
        with pytest.raises(NotPossible, match=f"Open {kept.number} and do it there"):
            taken_in(about, patient=stale.patient)
    assert not AmendmentRequest.objects.exists()


def test_a_denial_has_a_reason_then_the_statement_and_the_rebuttal_follow() -> None:
    encounter = f.signed_encounter()
    request, assistant = taken_in(encounter), f.user(role=Role.ASSISTANT)
    with pytest.raises(ValidationError) as e:
        do(request, "deny", ground="", said=" ")
    assert set(e.value.message_dict) == {"ground", "said"}
    with pytest.raises(NotPossible):
        do(request, "dispute", by=assistant)
    with pytest.raises(NotPermitted):
        do(request, "deny", by=assistant, ground="accurate")
    do(request, "deny", ground="accurate")
    do(request, "dispute", by=assistant, said="I know which side hurt.")
    with pytest.raises(NotPermitted):
        do(request, "rebut", by=assistant)
    do(request, "rebut")
    assert [step.kind for step in request.steps.all()] == ["deny", "dispute", "rebut"]
    assert list(denied_of(encounter)) == [request]
    actions = AuditEvent.objects.filter(subject=request.number).order_by("seq").values_list("action", flat=True)
    assert list(actions) == ["amendment.take_in", "amendment.deny", "amendment.dispute", "amendment.rebut"]


def test_after_the_statement_it_may_be_accepted_after_all() -> None:
    encounter = f.signed_encounter()
    request = taken_in(encounter)
    do(request, "deny", ground="accurate")
    do(request, "dispute")
    added = signing.add(encounter, "They were right.", by=encounter.clinician.user, at=f.AT)
    do(request, "accept", amended=f"addendum-{added.pk}", tell="")
    assert list(denied_of(encounter)) == []


def soon(today: date) -> list[Clock]:
    """What *Today* names on a day."""
    return due_soon(clocks_of(with_steps().filter(pk__in=unanswered())), today)


def test_withdrawn_it_waits_no_more() -> None:
    request = taken_in(f.signed_encounter())
    do(request, "withdraw", by=f.user(role=Role.ASSISTANT))
    assert not soon(CAME + timedelta(days=60))
    with pytest.raises(NotPossible):
        do(request, "deny", ground="accurate")


def test_days_of_steps_lie_between_what_was_said_last_and_today() -> None:
    request = taken_in(f.signed_encounter())
    for day in (CAME - timedelta(days=1), f.TODAY + timedelta(days=1)):
        with pytest.raises(ValidationError) as e:
            do(request, "deny", ground="accurate", said_on=day)
        assert list(e.value.message_dict) == ["said_on"]
    do(request, "deny", ground="accurate")
    with pytest.raises(ValidationError, match="said last"):
        do(request, "dispute", said_on=f.TODAY - timedelta(days=1))


def test_today_names_what_is_due_within_fourteen_days() -> None:
    request = taken_in(f.signed_encounter())
    last = CAME + timedelta(days=60)
    assert not soon(last - timedelta(days=15))
    assert [clock.request for clock in soon(last - timedelta(days=14))] == [request]
    assert soon(last + timedelta(days=100)), "what is late stays named"


def test_the_days_are_data_with_a_source_and_a_day_from_which_they_count() -> None:
    request, manager = taken_in(f.signed_encounter()), f.user(role=Role.MANAGER)
    values = {"answer_days": 30, "extension_days": 0, "applies_from": f.TODAY, "source": "A state's law"}
    values["verified_on"] = f.TODAY
    verbs.record_time(values, by=manager, at=f.AT, today=f.TODAY, seen=0)
    assert clock_of(request).last_on == CAME + timedelta(days=60), "it came before that law"
    with pytest.raises(NotPossible):
        verbs.record_time(values | {"answer_days": 20}, by=manager, at=f.AT, today=f.TODAY, seen=0)
    with pytest.raises(ValidationError, match="where you read it"):
        verbs.record_time(values | {"source": ""}, by=manager, at=f.AT, today=f.TODAY)
    with pytest.raises(NotPermitted):
        verbs.record_time(values, by=f.user(role=Role.CLINICIAN), at=f.AT, today=f.TODAY)
    newest = AmendmentTime.objects.get().pk
    verbs.record_time(values | {"applies_from": None}, by=manager, at=f.AT, today=f.TODAY, seen=newest)
    assert clock_of(request).last_on == CAME + timedelta(days=30)


def test_two_who_write_the_first_time_to_answer_at_once_take_turns() -> None:
    values = {"answer_days": 30, "extension_days": 0, "applies_from": None, "source": "A law", "verified_on": f.TODAY}
    f.organization()
    with CaptureQueriesContext(connection) as asked:
        verbs.record_time(values, by=f.user(role=Role.MANAGER), at=f.AT, today=f.TODAY, seen=0)
    turns, look = (
        next(n for n, query in enumerate(asked) if f'FROM "{model._meta.db_table}"' in query["sql"])
        for model in (Organization, AmendmentTime)
    )
    assert turns < look, "a row that is always there is held before anybody looks for one that may not be"
    assert "FOR NO KEY UPDATE" in asked[turns]["sql"] or not connection.features.has_select_for_update


def test_the_newest_time_that_counts_for_the_day_is_taken() -> None:
    later = AnswerTime(20, 0, "later", applies_from=date(2030, 1, 1))
    always = AnswerTime(40, 10, "always")
    assert time_for(date(2029, 12, 31), [later, always]) is always
    assert time_for(date(2030, 1, 1), [later, always]) is later
    assert time_for(date(2029, 1, 1), [later]) is SHIPPED


def test_nothing_of_it_is_changed_or_removed_later() -> None:
    request = taken_in(f.signed_encounter())
    do(request, "deny", ground="accurate")
    rows = (AmendmentRequest.objects.all(), AmendmentStep.objects.all())
    for found, change in zip(rows, ({"wanted": "Other words."}, {"said": "Other words."}), strict=True):
        for act in (lambda r=found, c=change: r.update(**c), lambda r=found: r._raw_delete("default")):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()
