"""Lists from other programs: what is good comes in, what is faulty is named, nothing comes twice, and all goes back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from claims.models import Coverage, Import, ImportRow, Payer
from claims.queries import incoming
from claims.queries.incoming import preview, set_aside
from claims.services import imports
from claims.services.payers import save_payer
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Job, Patient, PatientWord, User
from documentation.models.patients import words_of
from documentation.queries.patients import search
from documentation.services import audit, jobs, patients
from documentation.services.merges import merge
from documentation.tables import guess
from tests import factories as f

pytestmark = pytest.mark.django_db
HEADS = ("PatNum", "LName", "FName", "Birthdate", "Gender", "Phone", "Zip")


@pytest.fixture
def manager() -> User:
    return f.user(role=Role.MANAGER)


def table(*rows: Sequence[str], heads: Sequence[str] = HEADS) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([heads, *rows])
    return out.getvalue().encode()


def taken_in(data: bytes, by: User, kind: str = "patients") -> Import:
    """Read, and matched as the headings say."""
    row = imports.take_in(kind, "export.csv", data, by=by, at=f.AT)
    imports.match(row, {k: g.column for k, g in guess(row.what.targets, row.heads).items()}, by=by, at=f.AT)
    row.refresh_from_db()
    return row


def brought_in(data: bytes, by: User, kind: str = "patients", **more: Any) -> Import:
    row = taken_in(data, by, kind)
    imports.begin(row, by=by, at=f.AT, **more)
    return to_the_end(row, by)


def to_the_end(row: Import, by: User) -> Import:
    row.refresh_from_db()
    while row.state == Import.State.BRINGING:
        row = imports.go_on(row, by=by, at=f.AT)
    return row


def outcomes(row: Import) -> list[str]:
    return list(row.rows.values_list("outcome", flat=True))


def person(number: int, **more: str) -> list[str]:
    """A row of somebody whom no other row is like."""
    name = "".join(chr(97 + int(c)) for c in reversed(f"{number:05d}"))
    born = f"{date(1930, 1, 1) + timedelta(days=5 * number):%m/%d/%Y}"
    row = {"chart": f"A{number}", "last": f"{name}son", "first": "Alex", "born": born, "sex": "F"}
    return [*(row | {"phone": "(206) 555-0100", "zip": "98101"} | more).values()]


FAULTS: tuple[tuple[dict[str, str], str], ...] = (
    ({"born": "3/14/62"}, "two digits"),
    ({"born": "31/12/1962"}, "the month comes first"),
    ({"born": ""}, "The date of birth is missing."),
    ({"born": "01/01/2990"}, "lies in the future"),
    ({"last": ""}, "The last name is missing."),
    ({"chart": ""}, "The chart number is missing."),
    ({"chart": "A1"}, "has the chart number A1"),
    ({"sex": "7"}, "is not read as a sex"),
    ({"phone": "555-0100"}, "A phone number has ten digits"),
    ({"zip": "2134"}, "Write 02134"),
)


def test_five_thousand_patients_with_fifty_faulty_rows(manager: User) -> None:
    """4,950 come in, 50 are named and come in once they are mended, and each list is taken back in one step."""
    rows = [person(n) for n in range(5000)]
    for n in range(50):
        rows[100 * n + 7] = person(100 * n + 7, **FAULTS[n % 10][0])
    row = taken_in(table(*rows), manager)
    seen = preview(row, today=f.TODAY)
    assert (seen.counts["good"], seen.counts["faulty"], len(seen.good)) == (4950, 50, 10)
    for n, found in enumerate(seen.others):
        assert found.row.number == 100 * n + 9, "as a spreadsheet counts: the headings are row 1"
        assert FAULTS[n % 10][1] in found.said[0][1]
    assert Patient.objects.count() == 0, "a preview brings nothing in"
    imports.begin(row, by=manager, at=f.AT)
    job = Job.objects.get(kind=imports.JOB, subject=row.pk)
    while jobs.drive(job.pk, lambda: f.AT):  # one slice after the other, however slow the machine is
        pass
    row.refresh_from_db()
    assert row.state == Import.State.DONE
    assert Patient.objects.count() == row.rows.filter(outcome="brought").count() == 4950
    assert not row.rows.filter(outcome="brought").exclude(cells=[]).exists(), "the record alone holds them now"
    one = Patient.objects.get(chart_number="A1")
    assert (one.last_name, one.phone, one.zip) == ("baaaason", "2065550100", "98101")
    assert sorted(one.words.values_list("word", flat=True)) == sorted(words_of(one.search_text))
    assert list(search("baaaason alex")) == [one]
    assert AuditEvent.objects.filter(action="patient.register").count() == 4950
    assert audit.first_break() is None

    aside = list(set_aside(row, today=f.TODAY))
    assert len(aside) == 50
    mended = [cells.cells for cells, _ in aside]
    for cells, n in zip(mended, (100 * n + 7 for n in range(50)), strict=True):
        cells[:] = person(n)
    second = brought_in(table(*mended), manager)
    assert outcomes(second) == ["brought"] * 50
    assert Patient.objects.count() == 5000

    assert imports.undo(row, by=manager, at=f.AT) == 4950
    assert imports.undo(second, by=manager, at=f.AT) == 50
    assert (Patient.objects.count(), PatientWord.objects.count()) == (0, 0)
    assert set(outcomes(second)) == {"taken_back"}
    assert audit.first_break() is None, "the trail tells of patients who are no longer there"
    assert AuditEvent.objects.filter(action="patient.take_back").count() == 5000


def test_nothing_is_doubled(manager: User) -> None:
    here = f.patient(first_name="José", last_name="Núñez", birth_date="1962-03-14", chart_number="77")
    rows = [
        ["77", "NUNEZ", "Jose", "03/14/1962", "M", "", ""],  # the same patient, without accents
        ["78", "Nunez", "Jose", "03/14/1962", "M", "", ""],  # the same under another chart number
        ["79", "Nunez-Diaz", "Ana", "03/14/1962", "F", "", ""],  # a twin, or the same
        ["77", "Other", "Alex", "03/15/1962", "M", "", ""],  # somebody else's chart number
        ["80", "Other", "Alex", "03/15/1962", "M", "", ""],
        ["80", "Other", "Alex", "03/15/1962", "M", "", ""],  # the same row again
        ["81", "Other", "Alex", "03/15/1962", "M", "", ""],
    ]
    wanted = ["known", "known", "alike", "faulty", "brought", "known", "known"]
    data = table(*rows)
    looked = preview(taken_in(data, manager), today=f.TODAY)
    assert [found.outcome or "brought" for found in [*looked.others[:4], *looked.good, *looked.others[4:]]] == wanted
    row = brought_in(data, manager)
    assert outcomes(row) == wanted
    said = [r.said[0][1] for r in row.rows.exclude(outcome="brought")]
    assert here.number in said[0]
    assert "same name and birth date" in said[1]
    assert "Is it the same person?" in said[2]
    again = brought_in(data, manager, with_alike=True)
    assert outcomes(again) == ["known", "known", "brought", "faulty", "known", "known", "known"]
    assert Patient.objects.count() == 3


def test_a_chart_number_of_an_earlier_registration_is_the_one_into_whom_it_was_merged(manager: User) -> None:
    kept = f.patient(first_name="Alexandra", last_name="Rivera", birth_date=date(1962, 3, 14), chart_number="K1")
    gone = f.patient(first_name="Alex", last_name="Doe", birth_date=date(1926, 3, 14), chart_number="G1")
    seen = kept.revision, gone.revision
    merge(kept, gone, seen=seen, by=manager, at=f.AT, today=f.TODAY)
    rows = [
        ["G1", "Rivera", "Alexandra", "03/14/1962", "F", "", ""],  # as the patient is known now
        ["G1", "Doe", "Alex", "03/14/1926", "F", "", ""],  # as the other program still has the earlier one
        ["G1", "Other", "Robin", "03/14/1962", "F", "", ""],
        ["N1", "Doe", "Robin", "03/14/1926", "F", "", ""],  # like nobody who is here
    ]
    row = brought_in(table(*rows), manager)
    assert outcomes(row) == ["known", "known", "faulty", "brought"]
    said = [r.said[0][1] for r in row.rows.exclude(outcome="brought")]
    assert said[:2] == [f"{kept.number} is the same patient."] * 2
    assert said[2].startswith(f"{kept.number} has the chart number G1, and another name or birth date.")


def test_of_a_birth_date_everybody_is_known_also_when_one_came_by_a_chart_number(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "AT_ONCE", 1)  # what one piece asks must not hide from the next
    for chart, last in (("C1", "Doe"), ("C2", "Rivera")):
        f.patient(first_name="Alex", last_name=last, birth_date="1962-03-14", chart_number=chart)
    rows = [["C1", "Doe", "Alex", "03/15/1962", "F", "", ""], ["N1", "Rivera", "Alex", "03/14/1962", "F", "", ""]]
    assert [found.outcome for found in preview(taken_in(table(*rows), manager), today=f.TODAY).others] == [
        "faulty", "known"
    ]  # fmt: skip


def test_what_somebody_built_upon_stays_and_is_named(manager: User) -> None:
    row = brought_in(table(*(person(n) for n in range(4))), manager)
    visited, corrected, looked_at, _ = Patient.objects.order_by("pk")
    f.planned_visit(person=visited)
    patients.correct(corrected, {"city": "Tacoma"}, by=manager, at=f.AT, today=f.TODAY, seen=1)
    audit.view("patient.view", by=manager, at=f.AT, subject=looked_at, patient=looked_at)
    assert imports.undo(row, by=manager, at=f.AT) == 2
    assert list(Patient.objects.order_by("pk")) == [visited, corrected]
    said = [r.said[0][1] for r in row.rows.filter(outcome="brought")]
    assert said == [
        f"{visited.number} stays: there are encounters of this patient.",
        f"{corrected.number} stays: somebody corrected this patient since.",
    ]
    assert audit.first_break() is None
    told = json.loads(AuditEvent.objects.get(action="import.undo").detail)
    assert (told["taken_back"], told["stay"]) == (2, 2)


def test_one_that_broke_off_goes_on_where_it_stood_or_goes_back_whole(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = taken_in(table(*(person(n) for n in range(6))), manager)
    imports.begin(row, by=manager, at=f.AT)
    imports.go_on(row, by=manager, at=f.AT, rows=2)
    assert Patient.objects.count() == 2
    with monkeypatch.context() as broken:
        broken.setattr(imports, "_settle", lambda found: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            imports.go_on(row, by=manager, at=f.AT, rows=2)
    assert Patient.objects.count() == 2, "a step that broke off brought nothing in"
    assert to_the_end(row, manager).state == Import.State.DONE
    assert outcomes(row) == ["brought"] * 6
    other = taken_in(table(*(person(n) for n in range(10, 14))), manager)
    imports.begin(other, by=manager, at=f.AT)
    imports.go_on(other, by=manager, at=f.AT, rows=2)
    assert imports.undo(other, by=manager, at=f.AT) == 2
    assert imports.go_on(other, by=manager, at=f.AT).state == Import.State.UNDONE
    assert outcomes(other) == ["taken_back", "taken_back", "", ""]
    assert Patient.objects.count() == 6
    with pytest.raises(NotPossible):
        imports.undo(other, by=manager, at=f.AT)


def test_payers_and_then_the_plans_of_patients(manager: User) -> None:
    old = f.payer(by=manager)
    heads = ("Carrier Name", "ElectID", "Phone", "Address", "City", "State", "Zip")
    payers = brought_in(
        table(
            ["Example Dental Plan of the North", "77001", "800-555-0101", "PO Box 1", "Olympia", "wa", "98501-0001"],
            ["Again", old.payer_id, "", "", "", "", ""],
            [old.name, "77002", "", "", "", "", ""],
            ["Bad one", "77 / 3", "", "", "", "", ""],
            heads=heads,
        ),
        manager,
        "payers",
    )
    assert outcomes(payers) == ["brought", "known", "alike", "faulty"]
    north = Payer.objects.get(payer_id="77001")
    assert (north.state, north.zip, north.line) == ("WA", "985010001", "dental")
    people = brought_in(table(*(person(n) for n in range(3))), manager)
    heads = ("Chart", "Payer", "Payer ID", "Subscriber ID", "Group", "Ordinal", "Relationship", "Subscriber Last Name")
    data = table(
        ["A0", "", "77001", "ab 1", "G1", "", "Self", "Zzz"],
        ["A0", north.name.upper(), "", "AB2", "", "2", "Spouse", "Holder"],
        ["A0", "", "77001", "AB3", "", "1", "", ""],
        ["A0", "", "77001", "AB1", "", "", "", ""],
        ["A9", "", "77001", "AB4", "", "", "", ""],
        ["A1", "", "99", "AB5", "", "", "", ""],
        ["A1", "Nobody", "", "AB5", "", "", "", ""],
        ["A1", "", "", "AB5", "", "", "", ""],
        ["A1", "", "77001", "A#5", "", "", "", ""],
        ["A1", "", "77001", "", "", "", "", ""],
        heads=heads,
    )
    looked = preview(taken_in(data, manager, "coverages"), today=f.TODAY)
    plans = brought_in(data, manager, "coverages")
    assert outcomes(plans) == ["brought", "brought", "faulty", "known", *["faulty"] * 6]
    assert [found.outcome for found in looked.others] == outcomes(plans)[2:], "as the preview foresaw"
    first, second = Coverage.objects.order_by("priority")
    assert (first.member_id, first.relationship, first.subscriber_last_name) == ("AB1", "self", "")
    assert (second.payer, second.priority, second.subscriber_last_name) == (north, 2, "Holder")
    assert AuditEvent.objects.filter(action="coverage.add").count() == 2

    assert imports.undo(people, by=manager, at=f.AT) == 2
    assert "coverages" in people.rows.get(outcome="brought").said[0][1]
    save_payer(north, {"phone": "8005550102"}, by=manager, at=f.AT)
    assert imports.undo(payers, by=manager, at=f.AT) == 0
    assert "coverages" in payers.rows.get(outcome="brought").said[0][1]
    assert imports.undo(plans, by=manager, at=f.AT) == 2
    assert imports.undo(people, by=manager, at=f.AT) == 1
    assert imports.undo(payers, by=manager, at=f.AT) == 0
    assert "corrected" in payers.rows.get(outcome="brought").said[0][1]
    assert (Coverage.objects.count(), Patient.objects.count()) == (0, 0)


def test_a_plan_with_a_claim_stays_and_what_stands_behind_a_plan_that_goes_moves_up(manager: User) -> None:
    claim = f.claim_at(by=manager)
    patient = claim.encounter.patient
    heads = ("Chart", "Payer ID", "Member ID")
    row = brought_in(
        table([patient.chart_number, claim.coverage.payer.payer_id, "NEW1"], heads=heads), manager, "coverages"
    )
    assert outcomes(row) == ["brought"]
    assert patient.coverages.count() == 2
    assert imports.undo(row, by=manager, at=f.AT) == 1
    assert list(patient.coverages.all()) == [claim.coverage]


def test_columns_that_cannot_be_are_named_by_their_fields(manager: User) -> None:
    row = imports.take_in("patients", "C:\\Files\\a.csv", table(person(1)), by=manager, at=f.AT)
    assert row.file_name == "a.csv"
    for columns, field in (
        ({"chart_number": 0, "last_name": 1}, "birth_date"),
        ({"chart_number": 0, "last_name": 0, "birth_date": 3}, "last_name"),
        ({"chart_number": 0, "last_name": 1, "birth_date": 99}, "birth_date"),
        ({"chart_number": 0, "birth_date": 3}, "last_name"),
    ):
        with pytest.raises(ValidationError) as refused:
            imports.match(row, columns, by=manager, at=f.AT)
        assert list(refused.value.message_dict) == [field]
    with pytest.raises(NotPossible):
        imports.begin(row, by=manager, at=f.AT)


def test_a_whole_name_in_one_column(manager: User) -> None:
    heads = ("Chart", "Patient Name", "DOB")
    row = brought_in(table(["1", "O'Neil, Mary Ann", "3/14/1962"], ["2", "Mary", "3/14/1962"], heads=heads), manager)
    assert outcomes(row) == ["brought", "faulty"]
    assert Patient.objects.get().full_name == "Mary Ann O'Neil"


def test_only_a_file_of_which_nothing_came_is_forgotten_and_nobody_else_may(manager: User) -> None:
    row = taken_in(table(person(1)), manager)
    for act in (imports.discard, imports.undo, imports.begin, imports.go_on):
        with pytest.raises(NotPermitted):
            act(row, by=f.user(role=Role.BILLER), at=f.AT)
    imports.discard(row, by=manager, at=f.AT)
    assert (Import.objects.count(), ImportRow.objects.count()) == (0, 0)
    row = brought_in(table(person(1)), manager)
    with pytest.raises(NotPossible):
        imports.discard(row, by=manager, at=f.AT)
