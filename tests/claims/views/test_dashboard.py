"""The manager's page: each number leads to exactly its claims, and no address makes an error."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pypdfium2
import pytest
from django.utils import timezone
from lxml import html

from claims.forms.dashboards import period, read
from claims.models import Claim, Coverage, FiguresCheck
from claims.queries.dashboards import Slice
from claims.services import queues
from claims.services.clocks import record_path
from claims.services.figures import refresh
from claims.services.payers import record_fact
from claims.services.recount import keep_check
from claims.templatetags.charts import rate_chart, scale, short_dollars
from claims.views import meeting
from documentation.models import AuditEvent, Clinician, Location, User
from tests import factories as f
from tests.claims import answered as a
from tests.pdf_checks import problems_of

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
    found = re.findall(r'href="(/dashboard/[^"]+/\?[^"]+)"', answer.content.decode())
    return [unescape(url) for url in found if "/pdf/" not in url and "/moves/" not in url]


def count_on(answer: Any) -> int:
    found = re.search(r"· ([\d,]+) (?:claim|sending)s?\b", text(answer))
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
        ("plan=Nobody%27s", "There is no such plan. All plans are shown."),
        ("plan=%00", "There is no such plan."),
        ("biller=999999", "There is no such biller. All billers are shown."),
        ("location=x", "There is no such location. All locations are shown."),
        ("code=D9999", "There is no such code. All codes are shown."),
    ],
)
@pytest.mark.parametrize("page", [PAGE, f"{PAGE}initial_denial/"])
def test_an_edited_address_gets_a_sentence(
    manager: Any, few: list[Claim], page: str, query: str, sentence: str
) -> None:
    answer = manager.get(f"{page}?{query}")
    assert answer.status_code == 200
    assert sentence in text(answer)


def test_every_number_stands_with_its_question_and_its_claims(manager: Any, few: list[Claim]) -> None:
    said = text(manager.get(f"{PAGE}?{urlencode(HALF_YEAR)}"))
    assert "How much of what was denied comes back?" in said
    assert "$850 of $1,700 too few for a rate · all 2 claims" in said
    assert "How often does a sending come back before any payer decides? Sendings rejected before" in said
    assert "0 of 3 likely between 0 % and 56 %" in said
    assert "These numbers were not recounted yet." in said


def test_the_page_says_when_its_numbers_were_recounted_and_what_was_found(manager: Any, few: list[Claim]) -> None:
    keep_check(at=timezone.now())
    said = text(manager.get(PAGE))
    assert "3 claims, no difference." in said
    assert "That is long ago" not in said
    FiguresCheck.objects.update(checked_at=timezone.now() - timedelta(days=2))
    assert "That is long ago: it should be done each night." in text(manager.get(PAGE))
    FiguresCheck.objects.update(differences=2, months=1)
    assert "does not give the figures of 2 claims and the sums of 1 month" in text(manager.get(PAGE))


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
    for url in (PAGE, f"{PAGE}initial_denial/", f"{PAGE}initial_denial/csv/", f"{PAGE}moves/", f"{PAGE}pdf/"):
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

    manager.get(PAGE)  # the session is written down, and what is thought up once is thought up
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


def test_every_filter_narrows_the_page_and_its_lists_and_stands_in_their_addresses(
    manager: Any, few: list[Claim]
) -> None:
    sent_by = a.somebody()
    Coverage.objects.filter(claims=few[1]).update(plan_name="Gold")
    refresh(few[1])
    place = few[0].encounter.location
    for name, value, denied in (
        ("payer", few[1].coverage.payer_id, "1 of 1"),
        ("plan", "Gold", "1 of 1"),
        ("clinician", few[2].encounter.clinician_id, "0 of 1"),
        ("biller", sent_by.pk, "2 of 3"),
        ("location", place.pk, "2 of 3"),
        ("code", "D0371", "2 of 3"),
        ("month", "2026-09", "1 of 2"),
    ):
        page = manager.get(f"{PAGE}?{urlencode({name: value})}")
        assert not page.context["asked"].notes, name
        assert f"Initial denial rate {denied}" in text(page), name
        for url in links(page):
            opened = manager.get(url)
            assert opened.content.decode().count('class="row-link"') == count_on(opened) > 0, (name, url)


def test_those_who_left_keep_their_names(manager: Any, few: list[Claim]) -> None:
    sent_by, place = a.somebody(), few[0].encounter.location
    User.objects.filter(pk=sent_by.pk).update(is_active=False, first_name="Former", last_name="Biller")
    Clinician.objects.update(is_active=False)
    Location.objects.update(is_active=False)
    for by, name in (("biller", "Former Biller"), ("clinician", "Casey X"), ("location", place.name)):
        told = html.fromstring(manager.get(f"{PAGE}?by={by}").content).xpath("//*[@id='by']//tbody//th")
        assert name in [cell.text_content() for cell in told], by
    narrowed = text(manager.get(f"{PAGE}?biller={sent_by.pk}&clinician={few[0].encounter.clinician_id}"))
    assert "Biller: Former Biller" in narrowed
    assert "Clinician: Casey X" in narrowed


def test_the_page_counts_with_what_the_practice_knows_of_appeals_and_of_payers(manager: Any, few: list[Claim]) -> None:
    assert "Nothing is due this week." in text(manager.get(PAGE))
    told = {"source": "provider manual", "verified_on": few[1].service_date}
    record_fact(few[1].coverage.payer, "appeal_rules", {"value": "medicare", **told}, by=manager.user, at=f.AT)
    quick = {"name": "Quick level", "number": 50, **told}
    record_path("medicare", 1, quick, by=manager.user, at=f.AT, today=TODAY)
    refresh(few[1])
    waits = a.claim(date(2026, 10, 20), of="Quick Payer", transport="sent")
    a.sent(waits, date(2026, 10, 25))
    page = text(manager.get(PAGE))
    # Denied on September 20: 50 days end on November 9, where the usual ones end next year.
    assert f"{few[1].number} {few[1].encounter.patient.last_name}" in page
    assert "Nov 9, 2026 3 days left" in page
    assert "Every payer answers within its time." in page
    record_fact(waits.coverage.payer, "answer_days", {"value": 10, **told}, by=manager.user, at=f.AT)
    page = text(manager.get(PAGE))
    assert "Quick Payer 1 claim without an answer for longer than it takes · $850" in page


def test_a_cause_narrows_lists_and_no_page(manager: Any, few: list[Claim]) -> None:
    page = manager.get(f"{PAGE}?{urlencode({**HALF_YEAR, 'cause': 'images'})}")
    assert "Initial denial rate 2 of 3" in text(page)
    assert "All causes are shown: only lists of claims are narrowed to one, such as Missing image" in text(page)


def test_a_narrowed_page_does_not_say_done_while_others_wait(manager: Any, few: list[Claim]) -> None:
    paid_by = few[2].coverage.payer_id
    said = text(manager.get(f"{PAGE}?payer={paid_by}"))
    assert "1 denied claim is unassigned in the whole practice" in said
    assert "Done:" not in said
    week = manager.get(f"{PAGE}?payer={paid_by}").context["week"]
    assert count_on(manager.get(week.left_url)) == week.left == 1
    Claim.objects.filter(pk=few[1].pk).update(owner=a.somebody())
    queues.place(few[1].pk)
    assert "Done: no denial is unassigned in the whole practice" in text(manager.get(f"{PAGE}?payer={paid_by}"))


def test_what_to_act_on_is_as_narrow_as_the_page(manager: Any, few: list[Claim]) -> None:
    Coverage.objects.filter(claims=few[1]).update(plan_name="Gold")
    Coverage.objects.filter(claims=few[2]).update(plan_name="Silver")
    for row in few[1:]:
        refresh(row)
    for plan, numbers in (("Gold", [few[1].number]), ("Silver", [])):
        context = manager.get(f"{PAGE}?plan={plan}").context
        shown = [*context["cases"], *([context["later"]] if context["later"] else [])]
        assert [case.denial.claim.number for case in shown] == numbers


def test_moments_are_told_by_the_clocks_of_the_practice(manager: Any, few: list[Claim]) -> None:
    Location.objects.update(time_zone="Pacific/Kiritimati")
    keep_check(at=datetime(2026, 11, 6, 11, 30, tzinfo=UTC))
    # Fourteen hours ahead: there the next day has begun.
    assert "Nov 7, 2026, 1:30 AM" in text(manager.get(PAGE))


def test_a_period_of_a_hundred_years_begins_with_its_first_claim(manager: Any, few: list[Claim]) -> None:
    page = manager.get(f"{PAGE}?from=2000-01-01&to=2100-12-31")
    assert [row["part"].key for row in page.context["months"]] == ["2026-08", "2026-09"]


def test_from_what_is_open_today_one_comes_back_to_the_usual_period(manager: Any, few: list[Claim]) -> None:
    page = manager.get(PAGE)
    (card,) = [card for card in page.context["week"].cards if card.key == "stuck"]
    opened = manager.get(card.url)
    assert "Claims of all time" in text(opened)
    assert opened.context["trail"] == [{"label": "Denials", "url": PAGE + "?"}]


def test_the_page_tells_apart_by_whatever_is_asked(manager: Any, few: list[Claim]) -> None:
    for by, word in (
        ("plan", "Plan"),
        ("biller", "Biller"),
        ("location", "Location"),
        ("code", "Code"),
        ("?", "Payer"),
    ):
        page = manager.get(f"{PAGE}?{urlencode({'by': by})}")
        assert f"First denials by {word.lower()}" in text(page)
        assert sum(row["part"].claims for row in page.context["parts"]) == 2


def test_the_pareto_names_the_causes_that_make_four_fifths(manager: Any) -> None:
    for day, (cause, dollars) in enumerate((("coding", 600), ("images", 300), ("cob", 100)), start=1):
        row = a.claim(date(2026, 8, day), billed=f"{dollars}.00")
        a.denial(a.answer(row, date(2026, 9, 1), "denied", denied=f"{dollars}.00"), cause, f"{dollars}.00")
    rows = {r["part"].key: r for r in manager.get(PAGE).context["causes"]}
    assert [key for key, row in rows.items() if row["is_vital"]] == ["coding", "images"]
    assert [round(rows[key]["up_to"], 2) for key in ("coding", "images", "cob")] == [0.6, 0.9, 1.0]


def test_a_chart_of_rates_says_how_little_a_month_of_few_claims_says(manager: Any, few: list[Claim]) -> None:
    drawn = rate_chart(manager.get(f"{PAGE}?{urlencode(HALF_YEAR)}").context["months"])
    assert [p.is_small for p in drawn["points"]] == [True] * 6
    september = drawn["points"][3]
    # 1 of 2: half way up, and likely anywhere between 9 and 91 %.
    assert (september.y, round(september.low), round(september.high)) == (50.0, 91, 9)


def test_each_month_of_a_chart_says_in_words_what_it_shows_and_opens_its_claims(manager: Any, few: list[Claim]) -> None:
    page = html.fromstring(manager.get(f"{PAGE}?{urlencode(HALF_YEAR)}").content)
    denied, rates = page.xpath("//ul[@aria-label='Months']")
    names = [name.text_content() for name in denied.xpath(".//*[@class='months-name']")]
    assert names == ["Jun2026", "Jul", "Aug", "Sep", "Oct", "Nov"]
    said = [chart.xpath(".//*[@class='visually-hidden']/text()") for chart in (denied, rates)]
    assert [words[0] for words in said] == ["Jun 2026: nothing denied", "Jun 2026: no answer"]
    assert [words[3] for words in said] == [
        "Sep 2026: $850 denied on 1 claim, $0 won back",
        "Sep 2026: 1 of 2 denied first, likely between 9 % and 91 %",
    ]
    for chart in (denied, rates):
        (link,) = chart[3].xpath("./a/@href")
        assert parse_qs(urlsplit(link).query)["month"] == ["2026-09"]
        assert not chart[0].xpath(".//a")
    tables = [rows for rows in page.xpath("//table") if "Month of service" in rows.text_content()]
    assert [len(table.xpath("./tbody/tr")) for table in tables] == [6, 6]
    assert [[" ".join(cell.text_content().split()) for cell in table.xpath("./tbody/tr[4]/*")] for table in tables] == [
        ["Sep 2026", "1 of 2", "$850.00", "$0.00"],
        ["Sep 2026", "1 of 2", "50.0 %", "9 % – 91 %"],
    ]


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        ("2026-08-01", "2026-11-30", ["2026", "", "", ""]),
        ("2025-11-01", "2026-02-28", ["2025", "", "2026", ""]),
        ("2025-12-01", "2026-02-28", ["", "2026", ""]),
        ("2025-12-01", "2025-12-31", ["2025"]),
        ("2026-01-01", "2026-01-31", ["2026"]),
    ],
)
def test_a_chart_names_each_year_once_and_no_two_years_side_by_side(
    manager: Any, few: list[Claim], first: str, last: str, years: list[str]
) -> None:
    page = html.fromstring(manager.get(f"{PAGE}?from={first}&to={last}").content)
    for chart in page.xpath("//ul[@aria-label='Months']"):
        assert ["".join(month.xpath(".//small/text()")) for month in chart.xpath("./li")] == years


def test_a_practice_of_twelve_claims_has_every_part_of_the_page(manager: Any, few: list[Claim]) -> None:
    said = text(manager.get(PAGE))
    for question in (
        "What is to be done this week?",
        "Which money’s clock ends this week?",
        "What was newly denied?",
        "What is stuck longer than 7 days?",
        "Which rule would have prevented denials?",
        "Which payer is to be called?",
        "Why are we denied?",
        "How much is denied, and how much do we win back?",
        "Are we denied less often than before?",
        "How long until money at risk is lost?",
        "How old is what payers owe?",
        "Where are we denied most?",
        "How many days of work do payers owe?",
    ):
        assert question in said, question


def test_what_moves_it_shows_its_claims(manager: Any, few: list[Claim]) -> None:
    warned = a.claim(date(2026, 8, 10))
    a.sent(warned, date(2026, 8, 11), passed_over="COV-104")
    a.denial(a.answer(warned, date(2026, 8, 30), "denied", denied="850.00"), "coverage", "850.00")
    page = manager.get(f"{PAGE}moves/?{urlencode(HALF_YEAR)}")
    shares = {line["row"].key: (line["row"].paid.part, line["row"].paid.whole) for line in page.context["completeness"]}
    assert shares == {"whole": (1, 3), "advised": (0, 0), "warned": (0, 1)}
    assert (page.context["caught"].part, page.context["caught"].whole) == (1, 3)
    for url in links(page):
        opened = manager.get(url)
        assert opened.content.decode().count('class="row-link"') == count_on(opened) > 0, url
    assert "Nothing was sent yet" not in text(page)


@pytest.mark.parametrize(
    ("denied", "said"),
    [
        ("0", "$0"), ("850", "$850"), ("999.49", "$999"), ("999.60", "$1.0k"), ("7650", "$7.7k"), ("9949", "$9.9k"),
        ("9950", "$10k"), ("37740", "$38k"), ("999499", "$999k"), ("999600", "$1.0M"), ("21400000", "$21M"),
    ],
)  # fmt: skip
def test_amounts_of_a_whole_year_stand_side_by_side_on_the_page_for_the_meeting(denied: str, said: str) -> None:
    parts = [Slice("", "", denied=Decimal(denied), month=date(2026, n, 1)) for n in range(1, 13)]
    assert [month["words"] for month in meeting._months(parts)] == [said] * 12
    assert [month["words"] for month in meeting._months(parts[:6])] == [f"${Decimal(denied):,.0f}"] * 6


def test_the_page_for_the_meeting_is_a_sound_pdf_without_a_patient(manager: Any, few: list[Claim]) -> None:
    answer = manager.get(f"{PAGE}pdf/?{urlencode(HALF_YEAR)}")
    assert answer["Content-Type"] == "application/pdf"
    assert problems_of(answer.content) == []
    document = pypdfium2.PdfDocument(answer.content)
    printed = " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
    assert "Initial denial rate" in printed
    assert "2 of 3" in printed
    assert few[0].encounter.patient.last_name not in printed
    assert AuditEvent.objects.latest("seq").action == "dashboard.print"
