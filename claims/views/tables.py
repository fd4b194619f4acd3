"""Lists to take along: CSV, XLSX and JSON, row by row, and nothing in them that a spreadsheet would run.

Each is written as it is read from the database, so a long one begins at once and fills no memory; a spreadsheet is
packed when its last row is known, so that one is written to a file first. Who took which list is recorded.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from xlsxwriter import Workbook

from documentation.kernel.sheets import harmless
from documentation.models import Location
from documentation.services import audit
from documentation.views.access import SignedInRequest, problem
from documentation.views.again import asked_for_download, must_ask_again

FORMS = {"csv": "CSV", "xlsx": "Excel (XLSX)", "json": "JSON"}
"""How a list can be taken along, by its name in the address."""
LONG = 10_000
"""Rows above which a list takes so long that its menu says how many there are."""
MOST_XLSX = 50_000
"""Rows of a spreadsheet: it is packed before anything goes out, and who waits for a longer one waits in vain."""


@dataclass(frozen=True)
class Table:
    """A list: the name of its file without an ending, the heads of its columns, and its rows, read as they are asked.

    Cells are texts, numbers, dollars, days, moments or None.
    """

    name: str
    columns: tuple[str, ...]
    rows: Iterable[tuple[Any, ...]]
    count: int
    zone: tzinfo | None = None
    """In which moments are told; the program's own where it is left out."""


def download(request: SignedInRequest, table: Table, form: str, *, action: str, **detail: Any) -> HttpResponse:
    """The list as a file. `action` and `detail` are recorded of it, with the number of rows."""
    if form not in FORMS:
        words = "Take it as CSV, XLSX or JSON: the list offers all three."
        return problem(request, 404, "A list cannot be taken along so.", words)
    if form == "xlsx" and table.count > MOST_XLSX:
        words = (
            f"This list has {table.count:,} rows, and a spreadsheet is made of up to {MOST_XLSX:,}. Take it as CSV,"
            " which spreadsheets open too, or narrow it."
        )
        return problem(request, 422, "The list is too long for a spreadsheet.", words)
    if must_ask_again(request):
        return asked_for_download(request)
    audit.view(action, by=request.user, at=timezone.now(), form=form, count=table.count, **detail)
    answer: HttpResponse = _ANSWERS[form](replace(table, zone=Location.zone_of_practice()))
    answer["Content-Disposition"] = f'attachment; filename="{table.name}.{form}"'
    return answer


def offered(url: Callable[[str], str], count: int | None = None, *, is_capped: bool = False) -> list[dict[str, str]]:
    """The forms in which a list of so many rows can be taken along, for the menu: each with its address by `url`, which
    makes one of a form. A form that the list is too long for says so, before anybody waits, and has no address.

    A long list goes out while it is read, so that nothing says beforehand how large the file gets: the menu says how
    many rows there are to come, and each row of CSV and JSON is a line of its own. A count that `is_capped` went no
    further than one row more than a spreadsheet holds.
    """
    many = f"more than {MOST_XLSX:,}" if is_capped and count and count > MOST_XLSX else f"{count or 0:,}"
    found = []
    for form, label in FORMS.items():
        if form == "xlsx" and count is not None and count > MOST_XLSX:
            note = f"up to {MOST_XLSX:,} rows, and these are {many}: take CSV, which spreadsheets open, too"
            found.append({"label": label, "url": "", "note": note})
            continue
        note = f"{many} rows, one by one" if count is not None and count > LONG and form != "xlsx" else ""
        found.append({"label": label, "url": url(form), "note": note})
    return found


class _Line:
    """What a writer of lines writes to: it hands each line on."""

    def write(self, line: str) -> str:
        return line


def as_csv(table: Table) -> Iterator[str]:
    """With the mark by which spreadsheets take it for UTF-8."""
    sheet = csv.writer(_Line())
    yield "\ufeff" + str(sheet.writerow(table.columns))
    for row in table.rows:
        yield str(sheet.writerow([harmless(plain(cell, table.zone)) for cell in row]))


def as_json(table: Table) -> Iterator[str]:
    """A list of objects, one on each line; dollars are texts, so that no cent is lost."""
    before = "[\n"
    for row in table.rows:
        cells = (cell if isinstance(cell, int) or cell is None else plain(cell, table.zone) for cell in row)
        yield before + json.dumps(dict(zip(table.columns, cells, strict=True)), ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def as_xlsx(table: Table) -> Any:
    """An open file of a workbook with one sheet: dollars and days are numbers, a text is a text however it begins."""
    file = TemporaryFile()  # noqa: SIM115  (the answer closes it when it has gone out)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(file, {**options, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet, head, money = book.add_worksheet(), book.add_format({"bold": True}), book.add_format()
        money.set_num_format("#,##0.00")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(table.columns) - 1, 16)
        for column, word in enumerate(table.columns):
            sheet.write_string(0, column, word, head)
        line = 0
        for line, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, Decimal):
                    sheet.write_number(line, column, float(cell), money)
                elif isinstance(cell, int):
                    sheet.write_number(line, column, cell)
                elif isinstance(cell, date) and not isinstance(cell, datetime):
                    sheet.write_datetime(line, column, cell)
                elif text := plain(cell, table.zone):
                    sheet.write_string(line, column, text)
        # What was counted before may be more or less than what was there to be read.
        sheet.autofilter(0, 0, line, len(table.columns) - 1)
    file.seek(0)
    return file


def plain(cell: Any, zone: tzinfo | None = None) -> str:
    """A cell as text, as any program reads it back; a moment as the clocks of `zone` show it."""
    if isinstance(cell, Decimal):
        return f"{cell:.2f}"
    if isinstance(cell, datetime):
        return timezone.localtime(cell, zone).strftime("%Y-%m-%d %H:%M")
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)


_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ANSWERS: dict[str, Any] = {
    "csv": lambda table: StreamingHttpResponse(as_csv(table), content_type="text/csv; charset=utf-8"),
    "json": lambda table: StreamingHttpResponse(as_json(table), content_type="application/json"),
    "xlsx": lambda table: FileResponse(as_xlsx(table), content_type=_SHEET),
}
