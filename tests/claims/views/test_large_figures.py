"""A count of a thousand or more is written so that it is read at a glance: on the pages of figures and on paper."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pypdfium2
import pytest

from claims.figures.measures import MEASURES
from claims.models import FiguresCheck, FiguresSum
from claims.queries import moves, open_money, week
from documentation.kernel.statistics import Share
from tests import factories as f
from tests.claims import answered as a

MANY = 4321
HALF_YEAR = urlencode({"from": "2026-06-01", "to": "2026-11-30"})


@pytest.fixture
def manager(person: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two claims, one denied and one that waits, each counted a thousand times and more."""
    denied, waiting = a.claim(date(2026, 10, 5)), a.claim(date(2026, 9, 1))
    for row in (denied, waiting):
        a.sent(row, row.service_date, passed_over="COV-104")
    a.denial(a.answer(denied, date(2026, 11, 2), "denied", denied="850.00"), "images", "850.00")
    for row in FiguresSum.objects.all():
        row.pk, measures = None, {name: getattr(row, name) * (MANY - 1) for name in MEASURES}
        vars(row).update(measures)
        row.save(force_insert=True)
    FiguresCheck.objects.create(checked_at=f.AT, claims=MANY, differences=0)

    for name in ("aging", "days_left"):
        bands = getattr(open_money, name)
        monkeypatch.setattr(
            open_money, name, lambda *asked, of=bands: [replace(b, claims=b.claims * MANY) for b in of(*asked)]
        )
    few = week.of
    monkeypatch.setattr(week, "of", lambda *asked: many(few(*asked)))
    monkeypatch.setattr(moves, "Share", lambda part, whole: Share(part * MANY, whole * MANY))
    return person("manager")


def many(few: week.Week) -> week.Week:
    def told(n: week.Told) -> week.Told:
        return replace(n, claims=n.claims * MANY)

    return replace(
        few,
        **{name: told(getattr(few, name)) for name in ("ending", "stuck")},
        **{name: getattr(few, name) * MANY for name in ("new", "unassigned")},
        causes=[(label, n * MANY) for label, n in few.causes],
        payer=few.payer and (few.payer[0], told(few.payer[1])),
    )


def bare(words: str) -> set[str]:
    """Numbers of four digits and more that bear no separator; a year is none."""
    return {n for n in re.findall(r"(?<![\w.,-])\d{4,}(?![\w,])", words) if not n.startswith("20")}


@pytest.mark.parametrize(("path", "most"), [("", 12), ("moves/", 4)])
def test_the_pages_of_figures_write_thousands_with_separators(manager: Any, path: str, most: int) -> None:
    page = manager.get(f"/dashboard/{path}?{HALF_YEAR}").content.decode()
    words = unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL))
    assert words.count("4,321") >= most
    assert bare(words) == set()


def test_the_page_for_the_meeting_does_so_too(manager: Any) -> None:
    with pypdfium2.PdfDocument(manager.get(f"/dashboard/pdf/?{HALF_YEAR}").content) as pages:
        words = " ".join(page.get_textpage().get_text_range() for page in pages)
    assert "4,321 of 4,321" in words
    assert "Recounted from scratch" in words
    assert bare(words) == set()
