"""Ready to bill goes on by pages: the oldest first, none twice, and the counts are those of all pages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from claims.models import Claim, VisitToBill
from claims.queries import billing
from tests.claims import answered as a

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
AT = a.moment(DAY)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> list[Claim]:
    """Five drafts and a ready claim, two to a page."""
    monkeypatch.setattr(billing, "SHOWN", 2)
    drafts = [a.claim(DAY + timedelta(days=n), preparation="draft") for n in (3, 1, 4, 0, 2)]
    a.claim(DAY, preparation="ready")
    return sorted(drafts, key=lambda row: row.service_date)


def headings(page: str) -> dict[str, str]:
    """How many each group says that it has."""
    return dict(re.findall(r'<h2 id="group-(\w+)">[^<]*<span class="count">([^<]*)</span>', page))


def test_each_claim_stands_on_one_page(waiting: list[Claim]) -> None:
    seen = [[row.pk for row in billing.board({"draft": n}, at=AT).drafts] for n in "123"]
    keys = [row.pk for row in waiting]
    assert seen == [keys[:2], keys[2:4], keys[4:]]
    board = billing.board({"draft": "3"}, at=AT)
    assert (board.count, board.dollars, len(board.to_pack)) == (6, 6 * waiting[0].total, 1)


@pytest.mark.parametrize("typed, page", [("0", 1), ("-1", 1), ("x", 1), ("9", 3), ("9" * 40, 1), ("²", 1)])
def test_a_page_that_is_not_there_is_the_nearest_one(waiting: list[Claim], typed: str, page: int) -> None:
    assert billing.board({"draft": typed}, at=AT).pages["draft"].number == page


def test_visits_go_on_by_their_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(billing, "SHOWN", 2)
    visits = []
    for n in (2, 0, 1):
        row = a.claim(DAY + timedelta(days=n))
        VisitToBill.objects.create(encounter=row.encounter, service_date=row.service_date)
        visits.append((row.service_date, row.encounter_id))
    keys = [key for _, key in sorted(visits)]
    assert [e.pk for e in billing.board({}, at=AT).to_start] == keys[:2]
    assert [e.pk for e in billing.board({"visits": "2"}, at=AT).to_start] == keys[2:]
    assert billing.board({}, at=AT).pages["visits"].paginator.count == 3


def test_the_page_leads_on_and_keeps_the_other_groups(waiting: list[Claim], biller: Any) -> None:
    page = biller.get("/ready-to-bill/?draft=2&visits=1").content.decode()
    assert "3–4 of 5" in page
    assert headings(page) == {"drafts": "5", "to_pack": "1"}
    assert "?visits=1&amp;draft=3" in page


def test_a_group_that_is_a_part_of_what_is_ready_says_so(waiting: list[Claim], biller: Any) -> None:
    for n in (1, 2):
        a.claim(DAY + timedelta(days=n), preparation="ready")
    page = biller.get("/ready-to-bill/").content.decode()
    assert headings(page) == {"drafts": "5", "to_pack": "2 of this page"}
