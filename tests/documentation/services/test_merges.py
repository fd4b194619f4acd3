"""Patients who were registered twice: found, made one, made two again, told apart."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, Merge, MovedRow, NotSame, Patient, Signature, User
from documentation.queries.doubles import doubles_list, doubles_of
from documentation.queries.patients import heir_of, look_alikes, of_chart, search
from documentation.services import encounters, merges, patients, signing
from documentation.services.holding import chart_of
from documentation.services.patients import wrong_words
from tests import factories as f

pytestmark = pytest.mark.django_db
LATER = f.AT + timedelta(hours=1)
LATEST = f.AT + timedelta(hours=2)


def manager() -> User:
    return f.user(role=Role.MANAGER)


def merge(kept: Patient, gone: Patient, *, by: User | None = None, take: tuple[str, ...] = ()) -> Merge:
    kept.refresh_from_db()
    gone.refresh_from_db()
    seen = kept.revision, gone.revision
    return merges.merge(kept, gone, take=take, seen=seen, by=by or manager(), at=LATER, today=f.TODAY)


def row_of(model: type, key: int) -> dict:
    return model.objects.filter(pk=key).values().get()


# --- Found ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({}, {}, ("the same name", "the same birth date")),
        ({"first_name": "Jos\u00e9"}, {"first_name": "jose"}, ("the same name", "the same birth date")),
        ({"last_name": "Smith-Jones"}, {"last_name": "Smith Jones"}, ("the same name", "the same birth date")),
        ({"last_name": "Meyer"}, {"last_name": "Meier"}, ("nearly the same name", "the same birth date")),
        ({"first_name": "Alexander"}, {"first_name": "Alex"}, ("nearly the same name", "the same birth date")),
        ({"first_name": "Ana", "last_name": "Paul"}, {"first_name": "Paul", "last_name": "Ana"},
         ("the same names the other way round", "the same birth date")),
        ({"last_name": "Paul"}, {"last_name": "P\u0430ul"},
         ("names that look the same but are written with other letters", "the same birth date")),
        ({"phone": "2065550100"}, {"phone": "2065550100", "birth_date": date(1970, 1, 2)},
         ("the same name", "the same phone")),
        ({"phone": "2065550100", "last_name": "Doe"}, {"phone": "2065550100", "last_name": "Rivera"},
         ("the same first name", "the same birth date", "the same phone")),
        ({"first_name": "Alexander"}, {"first_name": "Beatrice"}, None),
        ({"phone": "2065550100"}, {"phone": "2065550100", "birth_date": date(1970, 1, 2), "first_name": "Beatrice"},
         None),
        ({"birth_date": date(1970, 1, 2), "phone": ""}, {"birth_date": date(1970, 1, 3), "phone": ""}, None),
    ],
)  # fmt: skip
def test_who_may_be_one_person_is_said_with_the_reason(one: dict, other: dict, why: tuple[str, ...] | None) -> None:
    known = {"first_name": "Alex", "last_name": "Doe", "phone": ""}
    first, second = f.patient(**{**known, **one}), f.patient(**{**known, **other})
    found = doubles_of(second)
    assert [d.why for d in found] == ([why] if why else [])
    assert [d.other(second) for d in found] == ([first] if why else [])
    assert [(d.first, d.second) for d in doubles_list().doubles] == ([(first, second)] if why else [])


def test_letters_that_only_look_alike_make_nobody_equal() -> None:
    f.patient(first_name="Paul", last_name="Doe")
    f.patient(first_name="P\u0430ul", last_name="Doe")
    assert [p.first_name for p in search("paul")] == ["Paul"]
    assert Patient.objects.count() == 2


def test_the_list_goes_on_where_it_ended_and_names_each_pair_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documentation.queries.doubles.AT_ONCE", 2)
    born = [date(1970, 1, n) for n in (1, 2, 3)]
    first = [f.patient(birth_date=day, phone="") for day in born]
    second = [f.patient(birth_date=day, phone="") for day in born]
    found, at = [], None
    for _ in range(10):
        page = doubles_list(at, full=1)
        found += [(d.first, d.second) for d in page.doubles]
        if (at := page.further) is None:
            break
    assert found == list(zip(first, second, strict=True))[::-1]


def test_the_list_asks_as_often_for_many_as_for_few(django_assert_num_queries) -> None:
    for n in range(12):
        f.patient(birth_date=date(1970, 1, 1 + n // 2), phone="")
    with django_assert_num_queries(3):
        assert len(doubles_list().doubles) == 6


def test_two_people_who_were_told_apart_are_proposed_no_more() -> None:
    one, other, by = f.patient(), f.patient(), f.user(role=Role.ASSISTANT)
    row = merges.tell_apart(other, one, by=by, at=LATER)
    assert merges.tell_apart(one, other, by=manager(), at=LATEST) == row
    assert (row.first, row.second, row.said_by, row.said_at) == (one, other, by, LATER)
    assert doubles_of(one) == doubles_of(other) == doubles_list().doubles == []
    assert AuditEvent.objects.filter(action="patient.told_apart").count() == 2


def test_who_may_not_change_patients_tells_nobody_apart() -> None:
    with pytest.raises(NotPermitted):
        merges.tell_apart(f.patient(), f.patient(), by=f.user(role=Role.ADMINISTRATOR), at=LATER)
    assert not NotSame.objects.exists()


# --- Made one ---------------------------------------------------------------------------------------------------------


def test_visits_go_over_and_what_was_signed_says_what_it_said() -> None:
    gone = f.patient(first_name="Alexandra", chart_number="OLD-1")
    signed, draft = f.signed_encounter(person=gone), f.drafted(person=gone, with_images=False)
    kept = f.patient(chart_number="NEW-1")
    own = f.planned_visit(person=kept)
    before, signature = row_of(Encounter, signed.pk), row_of(Signature, signed.signature.pk)
    revision = draft.revision

    row = merge(kept, gone)

    assert set(kept.encounters.all()) == {own, signed, draft}
    assert row_of(Encounter, signed.pk) == {**before, "patient_id": kept.pk}
    assert row_of(Signature, signed.signature.pk) == signature
    assert '"Alexandra"' in signature["content"]
    assert "OLD-1" in signature["content"]
    gone.refresh_from_db()
    assert gone.merged_into == kept
    assert heir_of(gone) == kept
    assert {(m.table, m.key) for m in row.rows.all()} == {("documentation.encounter", e.pk) for e in (signed, draft)}
    # Whoever types in a draft at this moment goes on.
    by = draft.clinician.user
    encounters.save_section(draft, "plan", {"statement": "Massage."}, {}, by=by, at=LATEST, seen=revision)
    assert AuditEvent.objects.filter(action="encounter.save").last().patient == kept


def test_both_are_found_as_the_one_who_stays() -> None:
    gone = f.patient(first_name="Alexandra", last_name="Maiden", chart_number="OLD-1")
    kept = f.patient(first_name="Alexandra", last_name="Doe", chart_number="NEW-1")
    merge(kept, gone)
    for typed in ("OLD-1", "NEW-1", "maiden", "doe", gone.number, kept.number):
        assert list(search(typed)) == [kept], typed
    assert list(search("")) == [kept]
    assert list(look_alikes("Maiden", gone.birth_date)) == [kept]
    assert of_chart("OLD-1") == kept
    assert wrong_words() == set()
    patients.correct(
        Patient.objects.get(pk=kept.pk), {"city": "Tacoma"}, by=f.user(role=Role.ASSISTANT), at=LATEST,
        today=f.TODAY, seen=Patient.objects.get(pk=kept.pk).revision,
    )  # fmt: skip
    assert list(search("OLD-1")) == [kept]


def test_a_picture_that_names_the_earlier_registration_is_the_patient_s() -> None:
    kept, gone = f.patient(chart_number="NEW-1"), f.patient(chart_number="OLD-1")
    draft = f.drafted(person=gone, with_images=False)
    merge(kept, gone)
    numbers = chart_of(Encounter.objects.get(pk=draft.pk)).numbers
    assert numbers == ("NEW-1", kept.number, "OLD-1", gone.number)


def test_the_chosen_values_stay_and_the_others_are_kept_with_the_merge() -> None:
    kept = f.patient(phone="2065550100", city="Seattle", birth_date=date(1981, 4, 12), email="a@example.org")
    gone = f.patient(phone="2065550199", city="Tacoma", birth_date=date(1981, 4, 21), email="b@example.org")
    assert merges.differing(kept, gone) == ["birth_date", "address", "phone", "email"]
    row = merge(kept, gone, take=("birth_date", "address", "phone"))
    kept.refresh_from_db()
    assert (kept.phone, kept.city, kept.birth_date, kept.email) == (
        "2065550199", "Tacoma", date(1981, 4, 21), "a@example.org",
    )  # fmt: skip
    assert row.before == {"birth_date": "1981-04-12", "city": "Seattle", "phone": "2065550100"}
    assert list(search("04/21/1981")) == [kept]
    event = AuditEvent.objects.get(action="patient.merge")
    assert (event.patient, "Tacoma" in event.detail) == (kept, False)
    assert AuditEvent.objects.get(action="patient.merged_away").patient == gone


def test_nothing_new_hangs_on_who_was_merged_away() -> None:
    kept, gone = f.patient(), f.patient()
    merge(kept, gone)
    with pytest.raises(NotPossible, match=f"{gone.number} was merged into {kept.number}"):
        f.planned_visit(person=gone)
    with pytest.raises(NotPossible, match="was merged into"):
        patients.correct(gone, {"city": "X"}, by=f.user(role=Role.ASSISTANT), at=LATEST, today=f.TODAY, seen=2)
    assert doubles_of(Patient.objects.get(pk=gone.pk)) == doubles_of(kept) == doubles_list().doubles == []


@pytest.mark.parametrize("role", [r for r in Role if r != Role.MANAGER])
def test_only_the_office_manager_merges_and_takes_back(role: Role) -> None:
    kept, gone, by = f.patient(), f.patient(), f.user(role=role)
    with pytest.raises(NotPermitted):
        merge(kept, gone, by=by)
    row = merge(kept, gone)
    with pytest.raises(NotPermitted):
        merges.take_back(row, by=by, at=LATEST)


def test_of_two_people_who_merge_the_same_pair_the_second_is_told() -> None:
    one, other = f.patient(), f.patient()
    seen = one.revision, other.revision
    merges.merge(one, other, seen=seen, by=manager(), at=LATER, today=f.TODAY)
    for kept, gone in ((one, other), (other, one)):
        with pytest.raises(NotPossible, match=f"{other.number} was merged into {one.number} already"):
            merges.merge(kept, gone, seen=seen, by=manager(), at=LATER, today=f.TODAY)
    assert Merge.objects.count() == 1


def test_a_change_since_the_page_was_opened_is_told() -> None:
    kept, gone = f.patient(), f.patient()
    patients.correct(gone, {"city": "Tacoma"}, by=f.user(role=Role.ASSISTANT), at=f.AT, today=f.TODAY, seen=1)
    with pytest.raises(NotPossible, match="changed one of the two"):
        merges.merge(kept, gone, seen=(1, 1), by=manager(), at=LATER, today=f.TODAY)


def test_nobody_is_merged_into_themselves() -> None:
    person = f.patient()
    with pytest.raises(NotPossible, match="one and the same"):
        merges.merge(person, person, seen=(1, 1), by=manager(), at=LATER, today=f.TODAY)


def test_a_chain_leads_to_its_end_and_is_taken_back_from_there() -> None:
    first, second, third = (f.patient(chart_number=f"C-{n}") for n in (1, 2, 3))
    visit = f.signed_encounter(person=first)
    early = merge(second, first)
    late = merge(third, second)
    assert heir_of(Patient.objects.get(pk=first.pk)) == third
    assert [list(search(f"C-{n}")) for n in (1, 2, 3)] == [[third]] * 3
    assert Encounter.objects.get(pk=visit.pk).patient == third
    with pytest.raises(NotPossible, match=f"{second.number} was itself merged into {third.number}"):
        merges.take_back(early, by=manager(), at=LATEST)
    merges.take_back(late, by=manager(), at=LATEST)
    merges.take_back(Merge.objects.get(pk=early.pk), by=manager(), at=LATEST)
    assert Encounter.objects.get(pk=visit.pk).patient == first
    assert [list(search(f"C-{n}")) for n in (1, 2, 3)] == [[first], [second], [third]]
    assert wrong_words() == set()


# --- Made two again ---------------------------------------------------------------------------------------------------


def test_taken_back_everything_is_where_it_was() -> None:
    kept, gone = f.patient(city="Seattle"), f.patient(city="Tacoma", birth_date=date(1981, 4, 21))
    f.signed_encounter(person=gone), f.planned_visit(person=kept)
    rows = {m: list(m.objects.order_by("pk").values()) for m in (Encounter, Signature)}
    people = list(Patient.objects.order_by("pk").values())
    row = merges.take_back(merge(kept, gone, take=("address", "birth_date")), by=manager(), at=LATEST)
    assert {m: list(m.objects.order_by("pk").values()) for m in rows} == rows
    for was, now in zip(people, Patient.objects.order_by("pk").values(), strict=True):
        assert {**now, "revision": 1} == {**was, "revision": 1}
    assert wrong_words() == set()
    assert (row.undone_at, AuditEvent.objects.filter(action="patient.merge_undo").count()) == (LATEST, 2)
    with pytest.raises(NotPossible, match="taken back already"):
        merges.take_back(row, by=manager(), at=LATEST)
    assert merge(kept, gone).pk != row.pk


def test_a_merge_upon_which_something_hangs_is_not_taken_back() -> None:
    kept, gone = f.patient(), f.patient()
    draft = f.drafted(person=gone)
    row = merge(kept, gone)
    assert merges.objections(row) == []
    f.planned_visit(person=Patient.objects.get(pk=kept.pk))
    patients.correct(kept, {"city": "X"}, by=f.user(role=Role.ASSISTANT), at=LATER, today=f.TODAY, seen=2)
    signing.sign(Encounter.objects.get(pk=draft.pk), by=draft.clinician.user, at=LATEST)
    said = merges.objections(Merge.objects.get(pk=row.pk))
    assert said == [
        f"{kept.number} was corrected since, so it is not known which values belong to {gone.number}.",
        "1 visit was added since, and nobody can tell to which of the two it belongs.",
        f"{draft.number} was signed since, and names {kept.number}.",
    ]
    with pytest.raises(NotPossible) as refusal:
        merges.take_back(Merge.objects.get(pk=row.pk), by=manager(), at=LATEST)
    assert list(refusal.value.reasons) == said
    assert draft.patient_id == gone.pk
    assert Encounter.objects.get(pk=draft.pk).patient == kept


def test_a_later_merge_into_the_same_patient_is_taken_back_first() -> None:
    kept, first, second = f.patient(), f.patient(), f.patient()
    early, _ = merge(kept, first), merge(kept, second)
    with pytest.raises(NotPossible, match=f"{second.number} was merged into {kept.number} later"):
        merges.take_back(early, by=manager(), at=LATEST)


# --- Locked -----------------------------------------------------------------------------------------------------------


def test_a_signed_record_changes_its_patient_by_a_merge_alone() -> None:
    kept, gone, stranger = f.patient(), f.patient(), f.patient()
    mine, theirs = f.signed_encounter(person=gone), f.signed_encounter(person=kept)

    def moves(encounter: Encounter, to: Patient, **more: object) -> bool:
        try:
            with transaction.atomic():
                return bool(Encounter.objects.filter(pk=encounter.pk).update(patient=to, **more))
        except DatabaseError:
            return False

    assert not moves(mine, kept)
    row = merge(kept, gone)
    assert [moves(mine, gone), moves(mine, stranger), moves(theirs, gone), moves(theirs, stranger)] == [False] * 4
    merges.take_back(row, by=manager(), at=LATEST)
    assert [moves(mine, kept), moves(theirs, gone), moves(mine, stranger)] == [False] * 3
    merge(kept, gone)
    assert not moves(mine, kept, assistant="Somebody")


@pytest.mark.parametrize("statement", [
    "UPDATE documentation_merge SET before = '{}'",
    "DELETE FROM documentation_merge",
    "UPDATE documentation_movedrow SET key = 7",
    "DELETE FROM documentation_movedrow",
    "UPDATE documentation_notsame SET said_by_id = said_by_id",
    "DELETE FROM documentation_notsame",
])  # fmt: skip
def test_what_was_merged_and_told_apart_stays_written_down(statement: str) -> None:
    kept, gone = f.patient(city="A"), f.patient(city="B")
    f.planned_visit(person=gone)
    merges.tell_apart(kept, gone, by=manager(), at=f.AT)
    merge(kept, gone, take=("address",))
    assert MovedRow.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
