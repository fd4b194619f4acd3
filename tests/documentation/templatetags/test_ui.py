"""How values are said on screens."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template, TemplateSyntaxError

from documentation.kernel.rule import Cause, Report, Result, Severity
from documentation.templatetags import ui

NOW = datetime(2026, 11, 5, 19, 30, tzinfo=UTC)


def result(severity: Severity, *, passed: bool = False, reason: str = "", field: str = "procedure.gland") -> Result:
    return Result(
        "DOC-201", "Gland", severity, passed, Cause.DOCUMENTATION, field, "The gland is not named.", "", reason
    )


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("amount", "table", "headline"),
    [
        (Decimal("1180"), "$1,180.00", "$1,180"),
        (Decimal("-4.5"), "−$4.50", "−$4"),
        (Decimal("0"), "$0.00", "$0"),
        (None, "—", "—"),
    ],
)
def test_money_has_cents_in_tables_and_none_in_headlines(amount: Decimal | None, table: str, headline: str) -> None:
    assert (ui.money(amount), ui.dollars(amount)) == (table, headline)


def test_cents_of_the_pure_core_are_shown_as_dollars() -> None:
    assert ui.cents(41205) == "$412.05"
    assert ui.cents(None) == "—"


def test_moments_are_shown_in_the_time_zone_of_the_page() -> None:
    assert render("{{ at|day }} | {{ at|short_day }} | {{ at|moment }} | {{ at|clock }}", at=NOW) == (
        "Nov 5, 2026 | Nov 5 | Nov 5, 2026, 2:30 PM | 2:30 PM"
    )
    assert ui.day(date(2026, 11, 5)) == "Nov 5, 2026"
    assert ui.day(None) == "—"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s ago"), (59, "59 s ago"), (60, "1 min ago"), (7300, "2 h ago"), (200_000, "Nov 3, 2026"), (-5, "0 s ago")],
)
def test_ago_uses_the_shortest_true_words(seconds: int, words: str) -> None:
    assert ui.ago(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [(179, "179 days left"), (1, "1 day left"), (0, "due today"), (-1, "1 day late"), (-3, "3 days late")],
)
def test_a_deadline_says_how_long_it_still_runs(days: int, words: str) -> None:
    today = date(2026, 12, 3)
    assert ui.days_left(today + timedelta(days=days), today) == words


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Dr. Dana Example", "DE"), ("Alex", "A"), ("Ana María de la Cruz", "AC"), ("", "?"), ("42", "?")],
)
def test_initials(name: str, letters: str) -> None:
    assert ui.initials(name) == letters


@pytest.mark.parametrize(("size", "words"), [(1, "1 KB"), (214_400, "214 KB"), (2_100_000, "2.1 MB"), (None, "—")])
def test_sizes(size: int | None, words: str) -> None:
    assert ui.megabytes(size) == words


@pytest.mark.parametrize(
    "agent, words",
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
         "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
         "Edge on Windows"),
        ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
         "Safari on iPad"),
        ("Tablet of the front desk", "Tablet of the front desk"),
        ("", "not told"),
    ],
)  # fmt: skip
def test_a_browser_is_named_in_words(agent: str, words: str) -> None:
    assert ui.browser(agent) == words


def test_names_and_lists_are_escaped() -> None:
    assert ui.person("<b>Alex</b>") == "<bdi>&lt;b&gt;Alex&lt;/b&gt;</bdi>"
    assert ui.listed(["a", "<b>", "c"]) == "a, &lt;b&gt; and c"
    assert (ui.listed([]), ui.listed(["a"]), ui.listed(["a", "b"])) == ("", "a", "a and b")
    assert render("{% badge label 'paid' %}", label="<i>") == '<span class="pill tone-paid">&lt;i&gt;</span>'
    assert "&lt;i&gt;" in render("{% card title=label %}{{ label }}{% endcard %}", label="<i>")


def test_a_tone_that_does_not_exist_is_an_error_of_the_page() -> None:
    with pytest.raises(TemplateSyntaxError, match="no tone"):
        ui.badge("Paid", "greenish")


@pytest.mark.parametrize(
    ("checked", "sign"),
    [
        (result(Severity.BLOCKER, passed=True), "ok"),
        (result(Severity.BLOCKER), "bad"),
        (result(Severity.WARNING), "warn"),
        (result(Severity.WARNING, reason="Stated elsewhere."), "reasoned"),
        (result(Severity.ADVICE), "advice"),
    ],
)
def test_every_outcome_of_a_check_has_its_sign(checked: Result, sign: str) -> None:
    assert ui.sign_of(checked) == sign


def test_a_fix_leads_to_the_field() -> None:
    broken = result(Severity.BLOCKER, field="procedure.gland")
    assert ui.fix_url(broken, "/encounters/12/") == "/encounters/12/procedure/#id_gland"
    assert ui.fix_url(broken, {"procedure": "/somewhere/"}) == "/somewhere/#id_gland"
    assert ui.fix_url(broken, {"images": "/images/"}) == ""
    assert ui.fix_url(broken) == ""
    assert ui.fix_url(result(Severity.BLOCKER, field="images"), "/encounters/12/") == "/encounters/12/images/"


def test_advice_does_not_count_for_readiness_and_a_reason_does() -> None:
    report = Report(
        (
            result(Severity.BLOCKER, passed=True),
            result(Severity.WARNING, reason="Stated elsewhere."),
            result(Severity.WARNING),
            result(Severity.ADVICE),
        )
    )
    assert ui.readiness(report) == {"done": 2, "total": 3, "left": 1}


def test_rings_and_bars_are_measured_in_attributes() -> None:
    assert ui.ring_dash(12, 15) == "191 239"
    assert ui.ring_dash(0, 0) == "0 239"
    assert (ui.bar_width(19, 38), ui.bar_width(0.01, 38), ui.bar_width(0, 38), ui.bar_width(5, 0)) == (
        "50.0%",
        "1.0%",
        "0%",
        "0%",
    )


def test_icons_are_silent_unless_they_mean_something() -> None:
    assert 'aria-hidden="true"' in ui.icon("camera")
    assert 'role="img"' in ui.icon("camera", 20, "Camera")
    assert "<&>" not in ui.icon("camera", 20, "<&>")
