"""The manager's page: each number leads to exactly its claims, and no address makes an error."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from claims.forms.dashboards import period, read
from claims.models import Claim
from claims.templatetags.charts import scale, short_dollars
from documentation.models import AuditEvent
from tests.claims import answered as a

PAGE = "/dashboard/"
TODAY = date(2026, 11, 6)
HALF_YEAR = {"from": "2026-06-01", "to": "2026-11-30"}


@pytest.fixture
def manager(person: Any) -> Any:
    return person("manager")


@pytest.fixture
def few(manager: Any) -> list[Claim]:
    """Three answered claims: one denied and won back, one denied and open, one paid."""
    rows = [
        a.claim(date(2026, month, 3), of=of, by=by) for month, of, by in ((8, "A", "X"), (9, "B", "X"), (9, "A", "Y"))
    ]
    for row in rows:
        a.sent(row, row.service_date)
    won = a.denial(
        a.answer(rows[0], date(2026, 8, 20), "denied", denied="850.00"), "images", "850.00", status="resolved"
    )
    a.appeal(won, status="decided", outcome="overturned_full", decided_on=date(2026, 9, 9), recovered=won.amount)
    a.denial(a.answer(rows[1], date(2026, 9, 20), "denied", denied="850.00"), "provider", "850.00")
    a.answer(rows[2], date(2026, 9, 23), "paid", paid="700.00")
    return rows


def text(answer: Any) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def links(answer: Any) -> list[str]:
    return [unescape(url) for url in re.findall(r'href="(/dashboard/[^"]+/\?[^"]+)"', answer.content.decode())]


def count_on(answer: Any) -> int:
    found = re.search(r"· ([\d,]+) claims?", text(answer))
    assert found, text(answer)[:300]
    return int(found[1].replace(",", ""))


def test_every_number_opens_as_many_claims_as_it_says(manager: Any, few: list[Claim]) -> None:
    page = manager.get(PAGE)
    said = text(page)
    assert "Initial denial rate 2 of 3 likely between 21 % and 94 % · all 3" in said
    assert "Dollars at risk $850" in said
    found = set(links(page))
    assert len(found) > 15
    for url in found:
        opened = manager.get(url)
        assert opened.status_code == 200, url
        rows = opened.content.decode().count('class="row-link"')
        assert rows == count_on(opened) > 0, url


@pytest.mark.parametrize(
    "key, narrower, numbers",
    [
        ("initial_denial", {}, [1, 0]),
        ("initial_denial", {"cause": "images"}, [0]),
        ("initial_denial", {"month": "2026-09"}, [1]),
        ("answered", {"month": "2026-09"}, [2, 1]),
        ("at_risk", {}, [1]),
        ("recovered", {}, [0]),
    ],
)
def test_a_list_shows_exactly_the_claims_that_count(
    manager: Any, few: list[Claim], key: str, narrower: dict[str, str], numbers: list[int]
) -> None:
    page = manager.get(f"{PAGE}{key}/?{urlencode({**HALF_YEAR, **narrower})}")
    assert re.findall(r'row-link" href="[^"]*">(C\d+)', page.content.decode()) == [few[n].number for n in numbers]


def test_each_claim_of_a_list_has_its_clock_and_none_costs_a_question_more(
    manager: Any, few: list[Claim], django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url = f"{PAGE}answered/?{urlencode(HALF_YEAR)}"
    manager.get(url)
    with CaptureQueriesContext(connection) as first:
        page = manager.get(url)
    rows = page.context["rows"]
    assert [row["filing"].due - row["claim"].service_date for row in rows] == [timedelta(90)] * 3
    assert text(page).count("90 days from service counted: not known, ask") == 3
    a.answer(a.claim(date(2026, 9, 20), of="Another"), date(2026, 10, 1), "paid", paid="850.00")
    with django_assert_max_num_queries(len(first)):
        assert text(manager.get(url)).count("90 days from service") == 4


def test_a_list_says_its_formula_and_what_narrows_it(manager: Any, few: list[Claim]) -> None:
    payer = a.payer("A").pk
    page = manager.get(f"{PAGE}initial_denial/?{urlencode({**HALF_YEAR, 'payer': payer, 'cause': 'images'})}")
    said = text(page)
    assert "Initial denial rate = claims whose first answer denied something ÷ claims with an answer." in said
    assert "Denied by the first answer · 1 claim · $850.00" in said
    chips = [unescape(url) for url in re.findall(r'class="chip" href="(\?[^"]+)"', page.content.decode())]
    assert len(chips) == 2
    assert not [url for url in chips if "cause=" in url and "payer=" in url]


def test_enough_cases_give_a_percentage_and_its_change(manager: Any) -> None:
    for day in range(1, 26):
        now, before = a.claim(date(2026, 8, day)), a.claim(date(2026, 3, day))
        for row, worst in ((now, 5), (before, 10)):
            given = a.answer(row, date(2026, 10, 1), "denied" if day <= worst else "paid", denied="850.00")
            if day <= worst:
                a.denial(given, "coding", "850.00", status="resolved")
    said = text(manager.get(PAGE))
    assert "Initial denial rate 20.0 % 5 of 25 ▼ 20.0 points, from 40.0 %" in said
    assert "First-pass paid 80.0 % 20 of 25 ▲ 20.0 points, from 60.0 %" in said


def test_a_practice_that_has_sent_nothing_is_told_what_will_stand_here(manager: Any) -> None:
    page = manager.get(PAGE)
    assert page.status_code == 200
    assert "Nothing was sent yet" in text(page)
    assert 'href="/worklist/"' in page.content.decode()


def test_a_period_without_claims_has_numbers_without_rates(manager: Any, few: list[Claim]) -> None:
    said = text(manager.get(f"{PAGE}?from=2020-01-01&to=2020-03-31"))
    assert "Initial denial rate — no case yet" in said
    assert "Dollars at risk $0" in said


@pytest.mark.parametrize(
    "query, sentence",
    [
        ("from=2026-12-31&to=2026-07-01", "The range ended before it began. It is shown the right way round."),
        ("from=yesterday&to=2026-07-01", "The first day of the range cannot be read."),
        ("from=2026-07-01&to=9999-99-99", "The last day of the range cannot be read."),
        ("from=0001-01-01&to=0001-01-02", "The first day of the range cannot be read."),
        ("payer=999999", "There is no such payer. All payers are shown."),
        ("payer=' OR 1=1", "There is no such payer."),
        ("clinician=-1", "There is no such clinician."),
        ("clinician=" + "9" * 400, "There is no such clinician."),
        ("payer=%D9%A3", "There is no such payer."),
        ("period=century", "There is no such period. The last 6 months are shown."),
        ("cause=bad_luck", "There is no such cause of denial."),
        ("month=2026-13", "There is no such month."),
    ],
)
@pytest.mark.parametrize("page", [PAGE, f"{PAGE}initial_denial/"])
def test_an_edited_address_gets_a_sentence(
    manager: Any, few: list[Claim], page: str, query: str, sentence: str
) -> None:
    answer = manager.get(f"{page}?{query}")
    assert answer.status_code == 200
    assert sentence in text(answer)


def test_a_figure_that_does_not_exist_is_said_to(manager: Any) -> None:
    answer = manager.get(f"{PAGE}luck/")
    assert answer.status_code == 404
    assert "There is no such figure." in text(answer)


@pytest.mark.parametrize("page", ["abc", "0", "999", "-1"])
def test_a_page_that_does_not_exist_shows_one_that_does(manager: Any, few: list[Claim], page: str) -> None:
    assert manager.get(f"{PAGE}answered/?{urlencode({**HALF_YEAR, 'page': page})}").status_code == 200


@pytest.mark.parametrize("role", ["clinician", "assistant", "biller", "administrator"])
def test_nobody_else_sees_figures_or_counts(person: Any, few: list[Claim], role: str) -> None:
    somebody = person(role)
    for url in (PAGE, f"{PAGE}initial_denial/"):
        answer = somebody.get(url)
        assert answer.status_code == 403
        assert "850" not in text(answer)


def test_looking_is_recorded(manager: Any, few: list[Claim]) -> None:
    manager.get(PAGE)
    manager.get(f"{PAGE}at_risk/?{urlencode(HALF_YEAR)}")
    assert list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))[-2:] == [
        "dashboard.view",
        "dashboard.claims",
    ]


def test_the_page_asks_as_often_for_many_claims_as_for_few(
    manager: Any, few: list[Claim], django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as first:
        manager.get(PAGE)
    for day in range(1, 15):
        row = a.claim(date(2026, 8, day), of=f"Payer {day}", by=f"Name{day}")
        a.denial(a.answer(row, date(2026, 9, day), "denied", denied="850.00"), "coding", "850.00")
    with django_assert_max_num_queries(len(first)):
        manager.get(PAGE)


@pytest.mark.parametrize(
    "name, days",
    [
        ("30d", ("2026-10-08", "2026-11-06")),
        ("3m", ("2026-09-01", "2026-11-30")),
        ("6m", ("2026-06-01", "2026-11-30")),
        ("12m", ("2025-12-01", "2026-11-30")),
        ("year", ("2026-01-01", "2026-12-31")),
    ],
)
def test_named_periods(name: str, days: tuple[str, str]) -> None:
    assert tuple(d.isoformat() for d in period(name, TODAY)) == days


def test_a_bookmark_of_a_named_period_moves_on_and_a_link_to_claims_does_not(db: None) -> None:
    asked = read({"period": "3m"}, TODAY)
    assert asked.dashboard() == "?period=3m"
    assert asked.query() == "?from=2026-09-01&to=2026-11-30"
    assert asked.words == "Sep 1 – Nov 30, 2026"
    assert read({"from": "2025-12-01", "to": "2026-01-31"}, TODAY).words == "Dec 1, 2025 – Jan 31, 2026"
    assert read({"from": "2026-10-01"}, TODAY).query() == "?from=2026-10-01&to=2026-11-30"


@pytest.mark.parametrize(
    "most, ticks",
    [(0, [0, 1]), (850, [0, 250, 500, 750, 1000]), (4000, [0, 1000, 2000, 3000, 4000]), (4001, [0, 2000, 4000, 6000])],
)
def test_lines_of_the_chart_are_round(most: int, ticks: list[int]) -> None:
    assert scale(most) == ticks


def test_short_amounts() -> None:
    assert [short_dollars(v) for v in (0, 250, 1500, 12_000, 2_500_000)] == ["$0", "$250", "$1.5k", "$12k", "$2.5M"]
