"""By which rule an appeal is counted: the payer's own time, the practice's reading, what came with the program."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from claims.clocks.counting import Limit
from claims.clocks.paths import Path, Regime
from claims.facts import AppealFacts
from claims.models import Appeal, AppealPath, Denial, PlaybookFact
from claims.packet.letter import draft
from claims.packet.letter.head import due_words
from claims.playbook import Book, KnownFact
from claims.queries.appeal_rules import Rules, count_appeal, known_lags, with_name
from claims.queries.deadlines import appeal_deadline, deadline_of
from claims.queries.letters import denial_facts
from claims.services.clocks import record_lag, record_path
from claims.services.payers import record_fact
from claims.services.recount import differences
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.models import User
from tests import factories as f
from tests.claims import answered

pytestmark = pytest.mark.django_db
DENIED = date(2026, 11, 30)
READ = {"name": "Redetermination", "number": 120, "presumed_days": 5, "source": "42 CFR 405.942", "verified_on": DENIED}


@pytest.fixture
def manager() -> User:
    return f.user(role="manager", first_name="Morgan", last_name="Example")


@pytest.fixture
def denial() -> Denial:
    claim = answered.claim(f.SERVICE_DATE, transport="sent")
    return answered.denial(answered.answer(claim, DENIED, "denied", denied="850.00"), "images", "850.00")


def fact(denial: Denial, key: str, value: Any, by: User, **told: Any) -> PlaybookFact:
    values = {"value": value, "source": "provider manual", "verified_on": DENIED, **told}
    return record_fact(denial.claim.coverage.payer, key, values, by=by, at=f.AT)


def day(denial: Denial, level: int = 1) -> date:
    row = Denial.objects.get(pk=denial.pk)
    return appeal_deadline(row).day if level == 1 else deadline_of(row, level, DENIED).day


def firm(denial: Denial) -> bool:
    counted = appeal_deadline(Denial.objects.get(pk=denial.pk)).counted
    return counted is not None and counted.is_firm


@pytest.mark.parametrize(
    ("regime", "level", "last", "name"),
    [
        ("erisa", 1, date(2027, 5, 29), "Internal appeal"),
        ("erisa", 2, date(2027, 1, 29), "Second internal appeal"),
        ("erisa", 3, date(2027, 3, 30), "External review"),
        ("state", 1, date(2026, 12, 30), "Grievance"),
        ("medicare", 1, date(2027, 3, 30), "Redetermination"),  # the five days for the mail do not count yet
        ("medicare", 2, date(2027, 5, 29), "Reconsideration"),
        ("medicaid", 2, date(2027, 2, 28), "State fair hearing"),
        ("tricare", 1, date(2027, 2, 28), "Reconsideration"),
        ("tricare", 2, date(2027, 2, 28), "Reconsideration"),  # no second level is known: the time of the first
    ],
)
def test_the_rules_of_the_plan_and_the_level_count(
    manager: User, denial: Denial, regime: str, level: int, last: date, name: str
) -> None:
    fact(denial, "appeal_rules", regime, manager)
    found = deadline_of(Denial.objects.get(pk=denial.pk), level, DENIED)
    assert found.counted is not None
    assert (found.day, found.counted.name, found.counted.verified_on) == (last, name, None)
    assert not found.counted.is_firm


def test_what_the_practice_verified_counts_instead_and_says_who(manager: User, denial: Denial) -> None:
    fact(denial, "filing_indicator", "MB", manager)
    assert day(denial) == date(2027, 3, 30)
    record_path("medicare", 1, READ, by=manager, at=f.AT, today=DENIED)
    found = appeal_deadline(Denial.objects.get(pk=denial.pk))
    assert found.counted is not None
    assert found.day == date(2027, 4, 4)
    assert (found.counted.verified_on, found.counted.verified_by) == (DENIED, "Morgan Example")
    assert found.counted.is_firm
    said = "120 days from the notice of November 30, 2026, presumed to arrive 5 days later (42 CFR 405.942)"
    assert found.reason == said
    denial.claim.figures.refresh_from_db()
    assert denial.claim.figures.at_risk_until == date(2027, 4, 4)


def test_a_reading_that_is_too_old_never_makes_it_longer(manager: User, denial: Denial) -> None:
    fact(denial, "appeal_rules", "medicaid", manager)
    old = {**READ, "number": 90, "verified_on": date(2024, 1, 5)}
    record_path("medicaid", 1, old, by=manager, at=f.AT, today=DENIED)
    assert day(denial) == date(2027, 1, 29)  # the 60 days that came with the program
    record_path("medicaid", 1, {**old, "number": 30}, by=manager, at=f.AT, today=DENIED)
    assert day(denial) == date(2026, 12, 30)
    assert "more than 365 days before, ask" in appeal_deadline(Denial.objects.get(pk=denial.pk)).reason


def test_a_correction_counts_from_its_own_first_event_on(manager: User, denial: Denial) -> None:
    fact(denial, "appeal_rules", "erisa", manager)
    for number, begins in ((365, date(2026, 11, 1)), (60, None)):
        values = {**READ, "number": number, "presumed_days": 0, "applies_from": begins}
        record_path("erisa", 1, values, by=manager, at=f.AT, today=DENIED)
    assert day(denial) == date(2027, 1, 29)
    assert differences() == (1, 0)


def test_claims_are_held_before_the_event_is_written(manager: User, denial: Denial) -> None:
    fact(denial, "appeal_rules", "medicare", manager)
    with CaptureQueriesContext(connection) as asked:
        record_path("medicare", 1, READ, by=manager, at=f.AT, today=DENIED)
    said = [q["sql"] for q in asked]
    event = next(n for n, sql in enumerate(said) if sql.startswith('INSERT INTO "documentation_auditevent"'))
    assert any('FROM "claims_claim"' in sql and '"at_risk" >' in sql for sql in said[:event])


def test_the_kind_of_a_level_is_what_somebody_wrote_down_whatever_it_is_called(manager: User, denial: Denial) -> None:
    fact(denial, "appeal_rules", "erisa", manager)
    for level, expected in ((1, "appeal"), (2, "appeal"), (3, "external"), (4, "external")):
        counted = deadline_of(denial, level, DENIED).counted
        assert counted is not None
        assert counted.stage == expected, level
    record_path("erisa", 2, {**READ, "name": "Umpire", "stage": "external"}, by=manager, at=f.AT, today=DENIED)
    counted = deadline_of(denial, 2, DENIED).counted
    assert counted is not None
    assert (counted.name, counted.stage) == ("Umpire", "external")
    fact(denial, "appeal_rules", "tricare", manager)
    borrowed = [deadline_of(Denial.objects.get(pk=denial.pk), level, DENIED).counted for level in (1, 2)]
    assert [c and c.stage for c in borrowed] == ["reconsideration", "appeal"]


@pytest.mark.parametrize("verified_on", [DENIED, None])
def test_the_kind_and_the_name_of_a_level_are_not_those_of_the_row_that_gives_the_day(
    manager: User, denial: Denial, verified_on: date | None
) -> None:
    """While nobody verified the row that names the level, the shortest time is that of another row."""
    fact(denial, "appeal_rules", "tricare", manager)
    own = {**READ, "name": "Umpire", "number": 300, "stage": "external", "verified_on": verified_on}
    record_path("tricare", 2, own, by=manager, at=f.AT, today=DENIED)
    counted = deadline_of(Denial.objects.get(pk=denial.pk), 2, DENIED).counted
    assert counted is not None
    assert (counted.name, counted.stage, counted.is_firm) == ("Umpire", "external", bool(verified_on))
    assert (counted.day < date(2027, 9, 1)) is (verified_on is None)
    fact(denial, "appeal_rules", "tricare", manager, verified_on=None)
    counted = deadline_of(Denial.objects.get(pk=denial.pk), 2, DENIED).counted
    assert counted is not None
    assert (counted.name, counted.stage) == ("Umpire", "external")


def test_a_rule_begins_with_its_day(manager: User, denial: Denial) -> None:
    fact(denial, "appeal_rules", "medicare_advantage", manager)
    later = {**READ, "number": 65, "presumed_days": 0}
    record_path("medicare_advantage", 1, later | {"applies_from": date(2026, 12, 1)}, by=manager, at=f.AT, today=DENIED)
    assert day(denial) == date(2027, 1, 29)
    record_path("medicare_advantage", 1, later | {"applies_from": DENIED}, by=manager, at=f.AT, today=DENIED)
    assert day(denial) == date(2027, 2, 3)


def test_the_payers_own_time_counts_for_the_first_level_and_names_who_verified_it(
    manager: User, denial: Denial
) -> None:
    fact(denial, "appeal_rules", "erisa", manager)
    fact(denial, "appeal_days", 200, manager)
    found = appeal_deadline(Denial.objects.get(pk=denial.pk))
    assert found.counted is not None
    assert found.day == date(2027, 6, 18)
    assert with_name(found.counted).verified_by == "Morgan Example"
    assert day(denial, 2) == date(2027, 1, 29)


def test_a_payers_time_that_is_too_old_is_held_against_the_rules(manager: User, denial: Denial) -> None:
    fact(denial, "appeal_rules", "state", manager)
    fact(denial, "appeal_days", 90, manager, verified_on=date(2024, 1, 5))
    assert day(denial) == date(2026, 12, 30)


@pytest.mark.parametrize(("level", "last"), [(1, date(2027, 1, 29)), (2, date(2027, 2, 28))])
def test_a_regime_that_is_not_relied_on_never_makes_it_longer(
    manager: User, denial: Denial, level: int, last: date
) -> None:
    fact(denial, "appeal_rules", "medicaid", manager, verified_on=date(2025, 6, 1))
    assert day(denial, level) == last
    found = deadline_of(Denial.objects.get(pk=denial.pk), level, DENIED)
    assert "that the plan goes by “Medicaid managed care” was last verified on Jun 1, 2025" in found.reason
    assert differences() == (1, 0)


def test_a_regime_in_doubt_leaves_the_usual_time_where_that_is_shorter(manager: User, denial: Denial) -> None:
    read = {**READ, "number": 365, "presumed_days": 0}
    record_path("erisa", 1, read, by=manager, at=f.AT, today=DENIED)
    fact(denial, "appeal_rules", "erisa", manager, verified_on=date(2025, 6, 1))
    assert day(denial) == date(2027, 5, 29)
    assert not firm(denial)
    assert differences() == (1, 0)
    fact(denial, "appeal_rules", "erisa", manager)
    assert day(denial) == date(2027, 11, 30)


def test_what_nobody_verified_does_not_push_out_what_somebody_did(manager: User, denial: Denial) -> None:
    fact(denial, "appeal_rules", "erisa", manager)
    record_path("erisa", 1, {**READ, "number": 60}, by=manager, at=f.AT, today=DENIED)
    assert day(denial) == date(2027, 2, 3)
    record_path("erisa", 1, {**READ, "number": 150, "verified_on": None}, by=manager, at=f.AT, today=DENIED)
    assert day(denial) == date(2027, 2, 3)
    fact(denial, "appeal_days", 50, manager)
    fact(denial, "appeal_days", 100, manager, verified_on=None)
    assert day(denial) == date(2027, 1, 19)
    assert differences() == (1, 0)


def test_the_reason_adds_up_to_the_day_beside_it(manager: User, denial: Denial) -> None:
    fact(denial, "appeal_rules", "medicare", manager)
    found = appeal_deadline(Denial.objects.get(pk=denial.pk))
    assert found.counted is not None
    assert found.day == date(2027, 3, 30)
    assert found.reason.startswith("120 days from the notice of November 30, 2026 (cms.gov")
    left_out = "presumed to arrive 5 days later (not counted until somebody verifies it)"
    assert found.counted.rule == f"120 days from the notice, {left_out}"


def test_a_letter_tells_the_payer_no_limit_that_was_not_counted(manager: User, denial: Denial) -> None:
    fact(denial, "appeal_rules", "medicaid", manager)
    fact(denial, "appeal_days", 180, manager)
    told = {}
    for level in (1, 2):
        due = deadline_of(Denial.objects.get(pk=denial.pk), level, DENIED)
        assert due.counted is not None
        clock = due.counted.as_json()
        row = Appeal(claim=denial.claim, denial=denial, level=level, due_on=due.day, clock=clock)
        told[level] = AppealFacts(denial=denial_facts(denial, row), level=level, written_on=DENIED)
    words = {level: draft(facts).passages[0].sentences for level, facts in told.items()}
    said = {level: " ".join(s.text for s in words[level]) for level in words}
    assert "your rules allow 180 days (provider manual), until May 29, 2027." in said[1]
    assert due_words(told[1]) == "May 29, 2027, 180 days by your rules (provider manual)"
    assert "by our count its last day is February 28, 2027" in said[2]
    assert "our rules" not in said[2]
    assert due_words(told[2]) == "February 28, 2027"


AGES = st.one_of(st.none(), st.integers(1, 900))


@given(
    facts=st.lists(st.tuples(st.sampled_from(["appeal_days", "appeal_rules", "filing_indicator"]), AGES, st.booleans(),
                             st.integers(0, 7)), max_size=6),
    paths=st.lists(st.tuples(st.sampled_from(list(Regime)[1:]), AGES, st.integers(10, 400), st.integers(1, 3)),
                   max_size=4),
    level=st.integers(1, 4),
)  # fmt: skip
def test_what_grows_old_never_moves_a_day_later(facts: list[Any], paths: list[Any], level: int) -> None:
    values: dict[str, list[Any]] = {
        "appeal_days": [20, 45, 60, 90, 120, 180, 200, 365],
        "appeal_rules": [*list(Regime)[1:], Regime.MEDICAID],
        "filing_indicator": ["CH", "MA", "MB", "16", "MC", "CI", "12", "CH"],
    }
    rows = tuple(
        KnownFact(key, values[key][n], "Gold" if of_plan else "", "s", age and DENIED - timedelta(age), pk=pk)
        for pk, (key, age, of_plan, n) in enumerate(facts, 1)
    )
    rules = Rules(tuple(
        Path(regime, at, "Level", Limit(days), "s", verified_on=DENIED - timedelta(age) if age else None, pk=pk)
        for pk, (regime, age, days, at) in enumerate(paths, 1)
    ))  # fmt: skip
    seen = []
    for stale_after in (2000, 400, 200, 100, 1):
        payer = SimpleNamespace(book=lambda n=stale_after: Book(rows, n))
        with override_settings(PLAYBOOK_DAYS=stale_after):
            seen.append(count_appeal(payer, "Gold", level, DENIED, DENIED, rules).day)  # type: ignore[arg-type]
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"source": ""}, "source"),
        ({"number": 0}, "number"),
        ({"number": 400, "unit": "month"}, "number"),
        ({"unit": "fortnight"}, "unit"),
        ({"verified_on": date(2026, 12, 1)}, "verified_on"),
        ({"presumed_days": 99}, "presumed_days"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_words(manager: User, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        record_path("medicare", 1, READ | values, by=manager, at=f.AT, today=DENIED)
    assert field in refused.value.message_dict
    assert not AppealPath.objects.exists()


def test_nobody_overwrites_what_somebody_else_wrote_meanwhile(manager: User) -> None:
    first = record_path("medicare", 1, READ, by=manager, at=f.AT, today=DENIED, seen=0)
    with pytest.raises(NotPossible, match="Somebody else wrote this down meanwhile"):
        record_path("medicare", 1, READ | {"number": 60}, by=manager, at=f.AT, today=DENIED, seen=0)
    assert record_path("medicare", 1, READ, by=manager, at=f.AT, today=DENIED, seen=first.pk) == first


def test_who_may_not_change_payers_changes_no_rule() -> None:
    clinician = f.user(role="clinician")
    with pytest.raises(NotPermitted):
        record_path("medicare", 1, READ, by=clinician, at=f.AT, today=DENIED)
    with pytest.raises(NotPermitted):
        record_lag("fax", {"days": 2, "source": "s", "verified_on": DENIED}, by=clinician, at=f.AT, today=DENIED)


def test_the_days_on_the_way_are_those_that_the_practice_wrote(manager: User) -> None:
    record_lag("fax", {"days": 3, "source": "Log of May", "verified_on": DENIED}, by=manager, at=f.AT, today=DENIED)
    found = {k.lag.channel: (k.lag.days, k.verified_by) for k in known_lags()}
    assert found["fax"] == (3, "Morgan Example")
    assert found["mail"] == (5, "")
