"""The pages that bring lists in: from the file over its columns and the preview to what came, and back."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from claims.models import Import
from documentation.models import AuditEvent, Patient
from tests import factories as f

LISTS = reverse("import_list")
FILE = (
    "Chart No,Last,First,DOB,Phone\r\n"
    'A1,"Núñez, Jr",José,03/14/1962,\'+1 206 555 0100\r\n'
    "A2,Doe,Alex,3/15/62,\r\n"
    "A3,=Doe,Sam,2/30/1970,\r\n"
)


def upload(data: bytes, name: str = "../patients.csv", kind: str = "patients") -> dict[str, Any]:
    return {"kind": kind, "file": SimpleUploadedFile(name, data)}


def url(name: str, row: Import) -> str:
    return reverse(name, args=[row.pk])


def test_from_the_file_to_the_patients_and_back(person: Any) -> None:
    manager = person("manager")
    assert "Nothing was brought in yet" in manager.get(LISTS).content.decode()
    answer = manager.post(LISTS, upload(FILE.encode("cp1252")))
    row = Import.objects.get()
    assert answer.url == url("import_columns", row)
    assert manager.get(url("import_page", row)).url == url("import_columns", row), "columns come first"
    assert manager.get(url("import_aside", row)).url == url("import_columns", row)
    assert manager.post(url("import_begin", row)).status_code == 409
    page = manager.get(url("import_columns", row)).content.decode()
    assert page.count("The heading says so") == 5
    assert "CSV, Windows-1252, separated by commas" in page
    assert row.sha256 in page
    columns = {"chart_number": "0", "last_name": "1", "first_name": "2", "birth_date": "", "phone": "4"}
    refused = manager.post(url("import_columns", row), columns)
    assert refused.status_code == 422
    assert "Without this column no row can be brought in" in refused.content.decode()
    assert manager.post(url("import_columns", row), columns | {"birth_date": "3"}).url == url("import_page", row)

    preview = manager.get(url("import_page", row)).content.decode()
    assert "Núñez, Jr" in preview
    assert "(206) 555-0100" in preview
    assert "Mar 14, 1962" in preview
    assert "Row 3" in preview
    assert "has two digits" in preview
    assert "There is no day" in preview
    assert Patient.objects.count() == 0

    assert manager.post(url("import_begin", row)).url == url("import_page", row)
    assert "<b>0</b> of 3 rows done" in manager.get(url("import_page", row)).content.decode()
    answer = manager.client.post(url("import_go_on", row), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == url("import_page", row)
    told = manager.get(url("import_page", row)).content.decode()
    assert "2 rows to mend" in told
    assert "Take the whole list back" in told
    assert Patient.objects.get().full_name == "José Núñez, Jr"
    assert manager.post(url("import_begin", row)).status_code == 409
    assert manager.post(url("import_discard", row)).status_code == 409

    taken = b"".join(manager.get(url("import_aside", row)).streaming_content)
    heads, *rows = csv.reader(io.StringIO(taken.decode("utf-8-sig")))
    assert heads == ["Chart No", "Last", "First", "DOB", "Phone", "What to mend"]
    assert [cells[0] for cells in rows] == ["A2", "A3"]
    assert rows[1][1] == "'=Doe", "a spreadsheet runs nothing of it"
    assert "DOB: The year of “3/15/62” has two digits" in rows[0][5]
    mended = taken.decode("utf-8-sig").replace("3/15/62,", "3/15/1962,").replace("2/30/1970", "2/3/1970").encode()
    manager.post(LISTS, upload(mended))
    second = Import.objects.first()
    assert second is not None
    assert "Not used: <bdi>What to mend</bdi>" in manager.get(url("import_columns", second)).content.decode()
    manager.post(url("import_columns", second), columns | {"birth_date": "3"})
    manager.post(url("import_begin", second))
    manager.post(url("import_go_on", second))
    assert sorted(Patient.objects.values_list("last_name", flat=True)) == ["=Doe", "Doe", "Núñez, Jr"]

    assert manager.post(url("import_undo", row)).url == url("import_page", row)
    assert manager.post(url("import_undo", second)).status_code == 302
    assert "Taken back" in manager.get(url("import_page", second)).content.decode()
    assert Patient.objects.count() == 0
    listed = manager.get(LISTS).content.decode()
    assert "patients.csv" in listed
    assert "../" not in listed
    details = " ".join(AuditEvent.objects.values_list("detail", flat=True))
    assert not any(name in details for name in ("Doe", "patients.csv", "1962")), "no patient data in the trail"
    assert json.loads(AuditEvent.objects.get(action="import.download").detail)["count"] == 2


def test_the_same_file_again_is_said_and_its_rows_are_known(person: Any) -> None:
    manager = person("manager")
    columns = {"chart_number": "0", "last_name": "1", "first_name": "2", "birth_date": "3"}
    for _ in range(2):
        manager.post(LISTS, upload(FILE.encode()))
        row = Import.objects.first()
        assert row is not None
        manager.post(url("import_columns", row), columns)
        page = manager.get(url("import_page", row)).content.decode()
        if row != Import.objects.last():
            assert "This same file was brought in before" in page
            assert "No row of this list would come in" in page
        else:
            manager.post(url("import_begin", row))
            manager.post(url("import_go_on", row))
    assert manager.post(url("import_discard", row)).url == LISTS
    assert Import.objects.count() == 1


def test_rows_that_may_be_here_already_come_in_where_somebody_looked(person: Any) -> None:
    manager = person("manager")
    f.patient(first_name="Ana", last_name="Doe", birth_date="1962-03-14")
    manager.post(LISTS, upload(b"Chart,Last,First,DOB\nA1,Doe,Alex,03/14/1962\n"))
    row = Import.objects.get()
    manager.post(
        url("import_columns", row), {"chart_number": "0", "last_name": "1", "first_name": "2", "birth_date": "3"}
    )
    assert "Also bring in the 1 row" in manager.get(url("import_page", row)).content.decode()
    manager.post(url("import_begin", row), {"with_alike": "on"})
    manager.post(url("import_go_on", row))
    assert Patient.objects.filter(chart_number="A1").exists()


def test_plans_are_shown_with_whose_they_are(person: Any) -> None:
    manager = person("manager")
    patient, payer = f.patient(chart_number="A1"), f.payer()
    data = f"Chart,Payer ID,Member ID,Signature on file\nA1,{payer.payer_id},M1,no\n".encode()
    manager.post(LISTS, upload(data, "plans.csv", "coverages"))
    row = Import.objects.get()
    columns = {"chart_number": "0", "payer_id": "1", "member_id": "2", "signature_on_file": "3"}
    manager.post(url("import_columns", row), columns)
    page = manager.get(url("import_page", row)).content.decode()
    assert patient.number in page
    assert payer.name in page
    assert "<bdi>no</bdi>" in page


def test_what_cannot_be_read_comes_back_as_a_sentence(person: Any) -> None:
    manager = person("manager")
    for given, words in (
        (upload(b"%PDF-1.7"), "This is a PDF"),
        (upload(b""), "This file is empty"),
        ({"kind": "patients"}, "Choose the file first"),
        (upload(FILE.encode(), kind="horses"), "Select a valid choice"),
    ):
        answer = manager.post(LISTS, given)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert Import.objects.count() == 0
