"""The manager's numbers against a table that was added up by hand.

#  service  payer     clinician  billed  sent     first answer                 what came of it
1  Jul 6    Summit    Example      850   Jul 8    Jul 28 paid 680              20 days
2  Jul 10   Northern  Example      850   Jul 13   Aug 12 paid 700              30 days
3  Jul 20   Summit    Specimen   1,180   Jul 21   Aug 10 documentation 1,180   won in full, paid Sep 20: 61 days
4  Aug 3    Summit    Example      850   Aug 5    Aug 25 necessity 850         open, due Feb 21
5  Aug 12   Northern  Specimen     412   Aug 13   Sep 1  images 412            appeal in draft, due Nov 15
6  Aug 24   Summit    Specimen     850   Aug 26   Sep 15 paid 500, coding 150  open; 20 days
7  Sep 2    Northern  Example      850   Sep 4    Sep 24 documentation 850     upheld Oct 20, open again
8  Sep 9    Summit    Example      850   Sep 10   Sep 30 left to the patient   20 days
9  Sep 21   Northern  Specimen   1,180   Sep 23   Oct 13 documentation 1,180   400 won Oct 30, 780 open
10 Oct 5    Summit    Specimen     850   Oct 7    none yet
11 Oct 12   Northern  Example      850   not sent
12 Oct 19   Summit    Example      850   Oct 20   Nov 1 pended
13 Jun 15   Summit    Example      850   Jun 17   Jul 1 coding 850             resolved; before the period
14 Nov 2    Northern  Specimen     850   Nov 3    Nov 5 paid 850               after the period
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from claims.figures.kpis import KPIS
from claims.models import Claim, ClaimFigures, Coverage, Denial
from claims.queries import dashboards, open_money, receipts, sums, waits
from claims.queries.acting import next_to_act_on, to_act_on
from claims.queries.appeal_rules import load_rules
from claims.queries.dashboards import Slice
from claims.queries.sums import Filters
from claims.services import figures, queues, recount
from documentation.kernel.rule import Cause
from documentation.kernel.statistics import Share
from documentation.models import Encounter
from tests.claims import answered as a

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 6)
PERIOD = Filters(date(2026, 7, 1), date(2026, 10, 31))
SUMMIT, NORTHERN = "Summit Dental PPO", "Northern Mutual"
Table = dict[int, Claim]


def d(month: int, day: int, year: int = 2026) -> date:
    return date(year, month, day)


@pytest.fixture
def table(db: None) -> Table:
    """The claims of the table by their number in it."""
    rows = {
        1: a.claim(d(7, 6), of=SUMMIT, by="Example"),
        2: a.claim(d(7, 10), of=NORTHERN, by="Example"),
        3: a.claim(d(7, 20), of=SUMMIT, by="Specimen", billed="1180.00"),
        4: a.claim(d(8, 3), of=SUMMIT, by="Example"),
        5: a.claim(d(8, 12), of=NORTHERN, by="Specimen", billed="412.00"),
        6: a.claim(d(8, 24), of=SUMMIT, by="Specimen"),
        7: a.claim(d(9, 2), of=NORTHERN, by="Example"),
        8: a.claim(d(9, 9), of=SUMMIT, by="Example"),
        9: a.claim(d(9, 21), of=NORTHERN, by="Specimen", billed="1180.00"),
        10: a.claim(d(10, 5), of=SUMMIT, by="Specimen"),
        11: a.claim(d(10, 12), of=NORTHERN, by="Example"),
        12: a.claim(d(10, 19), of=SUMMIT, by="Example"),
        13: a.claim(d(6, 15), of=SUMMIT, by="Example"),
        14: a.claim(d(11, 2), of=NORTHERN, by="Specimen"),
    }
    sent = {
        1: d(7, 8),
        2: d(7, 13),
        3: d(7, 21),
        4: d(8, 5),
        5: d(8, 13),
        6: d(8, 26),
        7: d(9, 4),
        8: d(9, 10),
        9: d(9, 23),
        10: d(10, 7),
        12: d(10, 20),
        13: d(6, 17),
        14: d(11, 3),
    }
    for n, day in sent.items():
        a.sent(rows[n], day)
    a.answer(rows[1], d(7, 28), "paid", paid="680.00")
    a.answer(rows[2], d(8, 12), "paid", paid="700.00")
    won = a.denial(
        a.answer(rows[3], d(8, 10), "denied", denied="1180.00"), "documentation", "1180.00", status="resolved"
    )
    a.appeal(won, status="decided", outcome="overturned_full", decided_on=d(9, 20), recovered=Decimal("1180.00"))
    a.answer(rows[3], d(9, 20), "paid", paid="1180.00")
    a.denial(a.answer(rows[4], d(8, 25), "denied", denied="850.00"), "medical_necessity", "850.00")
    images = a.denial(a.answer(rows[5], d(9, 1), "denied", denied="412.00"), "images", "412.00", status="appealed")
    a.appeal(images, due=d(11, 15))
    a.denial(a.answer(rows[6], d(9, 15), "partly_paid", paid="500.00", denied="150.00"), "coding", "150.00")
    upheld = a.denial(a.answer(rows[7], d(9, 24), "denied", denied="850.00"), "documentation", "850.00")
    a.appeal(upheld, status="decided", outcome="upheld", decided_on=d(10, 20))
    a.answer(rows[8], d(9, 30), "patient_share")
    part = a.denial(a.answer(rows[9], d(10, 13), "denied", denied="1180.00"), "documentation", "1180.00")
    a.appeal(part, status="decided", outcome="overturned_partial", decided_on=d(10, 30), recovered=Decimal("400.00"))
    a.answer(rows[12], d(11, 1), "pended")
    a.denial(a.answer(rows[13], d(7, 1), "denied", denied="850.00"), "coding", "850.00", status="resolved")
    a.answer(rows[14], d(11, 5), "paid", paid="850.00")
    return rows


def test_the_head_figures(table: Table) -> None:
    n = dashboards.numbers(PERIOD, today=TODAY)
    assert n == dashboards.Numbers(
        submitted=11,
        unanswered=2,
        denied=Share(6, 9),
        first_pass=Share(3, 9),
        overturned=Share(2, 3),
        at_risk=Decimal("3042.00"),
        at_risk_claims=5,
        at_risk_soon=Decimal("412.00"),
        at_risk_soon_claims=1,
        days_to_payment=pytest.approx(30.2),
        paid_claims=5,
        first_denied=Decimal("4622.00"),
        recovered=Decimal("1580.00"),
    )
    assert n.is_immature  # 2 of 11 wait, more than a tenth


def test_the_figures_are_the_sums_and_what_is_open(table: Table, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(2):  # type: ignore[operator]
        dashboards.numbers(PERIOD, today=TODAY)


def test_the_period_before(table: Table) -> None:
    before = PERIOD.before()
    assert (before.from_on, before.to_on) == (d(3, 1), d(6, 30))
    assert dashboards.numbers(before, today=TODAY).denied == Share(1, 1)


@pytest.mark.parametrize(
    "start, end, before",
    [
        (d(7, 1), d(12, 31), (d(1, 1), d(6, 30))),
        (d(3, 1), d(3, 31), (d(2, 1), d(2, 28))),
        (d(2, 1, 2028), d(2, 29, 2028), (d(1, 1, 2028), d(1, 31, 2028))),
        (d(1, 1), d(12, 31), (d(1, 1, 2025), d(12, 31, 2025))),
        (d(10, 8), d(11, 6), (d(9, 8), d(10, 7))),
        (d(7, 1), d(12, 30), (d(12, 30, 2025), d(6, 30))),
        (d(11, 6), d(11, 6), (d(11, 5), d(11, 5))),
    ],
)
def test_before_is_as_long(start: date, end: date, before: tuple[date, date]) -> None:
    found = Filters(start, end).before()
    assert (found.from_on, found.to_on) == before


LISTS = {
    "initial_denial": {3, 4, 5, 6, 7, 9},
    "first_pass": {1, 2, 8},
    "answered": {1, 2, 3, 4, 5, 6, 7, 8, 9},
    "billed_answered": {1, 2, 3, 4, 5, 6, 7, 8, 9},
    "unanswered": {10, 12},
    "overturned": {3, 9},
    "decided": {3, 7, 9},
    "appealed": {3, 7, 9},
    "recovered": {3, 9},
    "at_risk": {4, 5, 6, 7, 9},
    "at_risk_soon": {5},
    "days_to_payment": {1, 2, 3, 6, 8},
    "days_to_submit": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12},
    "days_to_appeal": set(),
    "clean": {1, 2, 3, 4, 5, 6, 7, 8, 9},
    "originals": {1, 2, 3, 4, 5, 6, 7, 8, 9},
    "rejected": set(),
    "sendings": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12},
    "regained": {3, 9},
    "written_off": set(),
    "at_risk_past": set(),
    "at_risk_0": set(),
    "at_risk_8": {5},
    "at_risk_15": set(),
    "at_risk_31": {4, 6, 7, 9},
    "at_risk_waiting": set(),
    # Told of today; the newest denial came on Oct 13.
    "ending": set(),
    "new_denials": set(),
    "unassigned": {4, 5, 6, 7, 9},
    # 4, 6, 7 and 9: nobody decided anything; 5: its appeal was begun on Sep 1 and not sent.
    "stuck": {4, 5, 6, 7, 9},
    # 12 was pended, which is no answer; 10 waits since Oct 7, one day less than is usual.
    "silent": set(),
    "whole": {1, 2, 3, 4, 5, 6, 7, 8, 9},
    "whole_paid": {1, 2, 8},
    "advised": set(),
    "advised_paid": set(),
    "warned": set(),
    "warned_paid": set(),
    "foreseen": set(),
}
TOTALS = {
    "initial_denial": "4622.00",
    "first_pass": "1380.00",
    "overturned": "1580.00",
    "billed_answered": "7872.00",
    "appealed": "3210.00",
    "recovered": "1580.00",
    "at_risk": "3042.00",
    "at_risk_soon": "412.00",
}


def numbered(table: Table, found: object) -> set[int]:
    of_claim = {row.pk: n for n, row in table.items()}
    return {of_claim[f.claim_id] for f in found}  # type: ignore[attr-defined]


def test_behind_every_figure_stand_its_claims(table: Table) -> None:
    known = receipts.figures_on(TODAY)
    ages = {k for k in known if k.startswith("owed")}
    assert set(known) - ages == set(LISTS)
    assert {k: numbered(table, receipts.behind(known[k], PERIOD)) for k in LISTS} == LISTS
    parts = {k: receipts.part(f, PERIOD, 0, len(table)) for k, f in known.items()}
    assert {k: numbered(table, parts[k].rows) for k in LISTS} == LISTS
    assert {k: len(p.rows) for k, p in parts.items()} == {k: p.count for k, p in parts.items()}
    assert {k: parts[k].total for k in TOTALS} == {k: Decimal(v) for k, v in TOTALS.items()}
    assert parts["unanswered"].total is None


def test_a_receipt_asks_for_no_other_figure(db: None, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        known = receipts.figures_on(TODAY)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert receipts.part(known["at_risk"], PERIOD, 0, 50) == receipts.Part([], 0, Decimal("0.00"))


def test_by_cause(table: Table) -> None:
    assert dashboards.by_cause(PERIOD) == [
        Slice("documentation", Cause.DOCUMENTATION.label, 3, Decimal("3210.00"), 3, Decimal("1580.00"), 2),
        Slice("medical_necessity", Cause.MEDICAL_NECESSITY.label, 1, Decimal("850.00"), 1),
        Slice("images", Cause.IMAGES.label, 1, Decimal("412.00"), 1),
        Slice("coding", Cause.CODING.label, 1, Decimal("150.00"), 1),
    ]
    assert behind(table, "initial_denial", cause="documentation") == {3, 7, 9}
    assert behind(table, "recovered", cause="documentation") == {3, 9}


def test_the_four_main_causes_stand_first_even_when_empty(db: None) -> None:
    row = a.claim(d(8, 3))
    a.denial(a.answer(row, d(8, 25), "denied", denied="850.00"), "provider", "850.00")
    keys = [part.key for part in dashboards.by_cause(PERIOD)]
    assert keys == ["documentation", "medical_necessity", "images", "coding", "provider"]


def test_causes_stand_by_their_dollars_the_main_ones_first(db: None) -> None:
    for cause, dollars in (("documentation", "10.00"), ("coding", "90.00"), ("provider", "100.00"), ("cob", "700.00")):
        a.denial(a.answer(a.claim(d(8, 3)), d(8, 25), "denied", denied=dollars), cause, dollars)
    found = [(part.key, part.denied) for part in dashboards.by_cause(PERIOD) if part.claims]
    assert found == [("coding", 90), ("documentation", 10), ("cob", 700), ("provider", 100)]


def test_by_payer(table: Table) -> None:
    summit, northern = a.payer(SUMMIT), a.payer(NORTHERN)
    assert dashboards.by_payer(PERIOD) == [
        Slice(str(northern.pk), NORTHERN, 3, Decimal("2442.00"), 4, Decimal("400.00"), 1),
        Slice(str(summit.pk), SUMMIT, 3, Decimal("2180.00"), 5, Decimal("1180.00"), 1),
    ]
    assert behind(table, "initial_denial", payer=summit.pk) == {3, 4, 6}
    assert behind(table, "answered", payer=northern.pk) == {2, 5, 7, 9}


def test_by_clinician(table: Table) -> None:
    example, specimen = a.clinician("Example"), a.clinician("Specimen")
    assert dashboards.by_clinician(PERIOD) == [
        Slice(str(specimen.pk), "Casey Specimen", 4, Decimal("2922.00"), 4, Decimal("1580.00"), 2),
        Slice(str(example.pk), "Casey Example", 2, Decimal("1700.00"), 5),
    ]
    assert behind(table, "initial_denial", clinician=example.pk) == {4, 7}


def test_by_month(table: Table) -> None:
    assert dashboards.by_month(PERIOD) == [
        Slice("2026-07", "Jul 2026", 1, Decimal("1180.00"), 3, Decimal("1180.00"), 1),
        Slice("2026-08", "Aug 2026", 3, Decimal("1412.00"), 3),
        Slice("2026-09", "Sep 2026", 2, Decimal("2030.00"), 3, Decimal("400.00"), 1),
        Slice("2026-10", "Oct 2026"),
    ]
    assert behind(table, "initial_denial", month=d(8, 1)) == {4, 5, 6}
    assert behind(table, "recovered", month=d(9, 1)) == {9}


@pytest.mark.parametrize(
    "parts", [dashboards.by_cause, dashboards.by_payer, dashboards.by_clinician, dashboards.by_month]
)
def test_the_parts_add_up(table: Table, parts: object) -> None:
    found = parts(PERIOD)  # type: ignore[operator]
    assert sum(p.claims for p in found) == 6
    assert sum(p.denied for p in found) == Decimal("4622.00")
    assert sum(p.won for p in found) == Decimal("1580.00")


def behind(table: Table, key: str, **narrower: object) -> set[int]:
    filters = Filters(PERIOD.from_on, PERIOD.to_on, **narrower)  # type: ignore[arg-type]
    return numbered(table, receipts.behind(receipts.figures_on(TODAY)[key], filters))


def test_a_payer_and_a_clinician_narrow_every_number(table: Table) -> None:
    n = dashboards.numbers(
        Filters(PERIOD.from_on, PERIOD.to_on, a.payer(SUMMIT).pk, a.clinician("Specimen").pk), today=TODAY
    )
    assert (n.denied, n.at_risk, n.recovered) == (Share(2, 2), Decimal("150.00"), Decimal("1180.00"))


def test_what_to_do_next_stands_by_its_last_day(table: Table) -> None:
    cases = to_act_on(TODAY, PERIOD, load_rules())
    assert [(table_number(table, c.denial.claim_id), c.due.day if c.due else None) for c in cases] == [
        (5, d(11, 15)),
        (4, d(2, 21, 2027)),
        (6, d(3, 14, 2027)),
        (7, d(4, 18, 2027)),
        (9, d(4, 28, 2027)),
    ]
    assert cases[0].step == "Finish the letter of appeal 1"
    assert cases[1].step == "Appeal with the justification"
    assert cases[3].due is not None
    assert cases[3].due.reason.startswith("180 days from the decision of October 20, 2026")
    assert (
        to_act_on(d(3, 1, 2027), PERIOD, load_rules())[1].step
        == "The day has passed by a rule that nobody verified: ask the payer"
    )


def test_a_week_lists_what_is_due_in_it_or_past_and_nothing_later(table: Table) -> None:
    def due(until: date) -> list[int]:
        return [
            table_number(table, case.denial.claim_id) for case in to_act_on(TODAY, PERIOD, load_rules(), until=until)
        ]

    assert (due(d(11, 14)), due(d(11, 15)), due(d(2, 21, 2027))) == ([], [5], [5, 4])
    assert [c.due.day for c in to_act_on(d(3, 1, 2027), PERIOD, load_rules(), until=d(3, 8, 2027)) if c.due] == [
        d(11, 15),
        d(2, 21, 2027),
    ]
    first = table[5].denials.get()
    later = a.denial(first.answer, "coding", "10.00")
    type(later).objects.filter(pk=later.pk).update(denied_on=d(11, 1))
    assert due(d(11, 15)) == [5]


def test_no_other_denials_of_a_claim_hide_what_is_due(db: None) -> None:
    def denied(*days: int) -> Claim:
        """A claim with denials whose time to appeal ends in so many days."""
        row = a.claim(d(4, 1))
        given = a.answer(row, d(5, 1), "denied", denied="850.00")
        for left in days:
            made = a.denial(given, "images", "10.00")
            Denial.objects.filter(pk=made.pk).update(denied_on=TODAY + timedelta(days=left - 180))
        figures.refresh(row)
        return row

    many, other = denied(1, 6, *[170] * 10), denied(3)
    cases = to_act_on(TODAY, PERIOD, load_rules(), until=TODAY + timedelta(days=7))
    due = [(case.denial.claim_id, (case.due.day - TODAY).days) for case in cases if case.due]
    assert due == [(many.pk, 1), (other.pk, 3), (many.pk, 6)]
    (first,) = to_act_on(TODAY, PERIOD, load_rules(), until=TODAY + timedelta(days=7), most=1)
    assert first == cases[0] == next_to_act_on(TODAY, PERIOD, load_rules())


def table_number(table: Table, pk: int) -> int:
    return next(n for n, row in table.items() if row.pk == pk)


def test_what_to_do_next_asks_as_often_for_many_as_for_one(table: Table, django_assert_max_num_queries: object) -> None:
    # The denials, their appeals, what the playbooks say, and the rules of the clock.
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        assert len(to_act_on(TODAY, PERIOD, load_rules(), most=1)) == 1
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        assert len(to_act_on(TODAY, PERIOD, load_rules())) > 1


def test_a_recount_from_scratch_agrees(table: Table) -> None:
    assert recount.differences() == (14, 0)
    ClaimFigures.objects.filter(pk=table[4].pk).update(at_risk=Decimal("1.00"))
    assert recount.differences() == (14, 1)


OWED = {
    # service, billed, how the payer answered, what is denied and open -> what is owed on Nov 6
    1: (d(10, 20), "850.00", "none", "0"),  # 17 days: all of it
    2: (d(9, 20), "1180.00", "pended", "0"),  # 47 days: all of it
    3: (d(8, 20), "850.00", "denied", "850.00"),  # 78 days: what is denied
    4: (d(7, 20), "850.00", "partly_paid", "150.00"),  # 109 days: what is denied
    5: (d(5, 20), "850.00", "paid", "0"),  # nothing
    6: (d(5, 2), "412.00", "none", "0"),  # 188 days: all of it
}


def test_what_payers_owe_stands_by_its_age(db: None) -> None:
    for service, billed, answer, denied in OWED.values():
        row = a.claim(service, billed=billed, adjudication=answer, transport="sent")
        a.sent(row, service)
        if answer in ("denied", "partly_paid", "paid"):
            paid = str(row.total - Decimal(denied))
            given = a.answer(row, service + timedelta(9), answer, paid=paid, denied=denied)
            if denied != "0":
                a.denial(given, "coding", denied)
    bands = open_money.aging(TODAY, PERIOD)
    assert [(b.claims, b.amount) for b in bands] == [
        (1, Decimal(850)),
        (1, Decimal(1180)),
        (1, Decimal(850)),
        (1, Decimal(150)),
        (1, Decimal(412)),
    ]
    # 3,442 owed; 850 + 1,180 + 850 billed for Aug 9 to Nov 6, 32 a day.
    assert open_money.days_in_ar(TODAY, PERIOD, sum(b.amount for b in bands)) == pytest.approx(3442 / 32)
    closed = Claim.objects.get(encounter__service_date=d(10, 20))
    Claim.objects.filter(pk=closed.pk).update(closing="closed")
    figures.refresh(closed)
    assert open_money.aging(TODAY, PERIOD)[0].claims == 0


def test_of_two_plans_of_a_visit_a_dollar_is_owed_by_one(db: None) -> None:
    first = a.claim(d(10, 20), transport="sent", adjudication="denied")
    a.denial(a.answer(first, d(11, 1), "denied", denied="850.00"), "coding", "850.00")
    values = {f.attname: getattr(first, f.attname) for f in Claim._meta.concrete_fields if f.name != "id"}
    plan = Coverage.objects.create(patient=first.encounter.patient, payer=a.payer(NORTHERN), member_id="2", priority=2)
    second = Claim.objects.create(**{**values, "coverage_id": plan.pk, "sequence": 2, "adjudication": "none"})
    figures.refresh(second)
    found = receipts.figures_on(TODAY)["owed"]
    assert [row.claim_id for row in receipts.behind(found, PERIOD)] == [second.pk]
    a.answer(first, d(11, 4), "partly_paid", paid="600.00")
    assert receipts.part(found, PERIOD, 0, 50).total == Decimal(250)
    # The second plan's claim may be billed from a later version of the same record.
    visit = first.encounter
    known = {f.attname: getattr(visit, f.attname) for f in Encounter._meta.concrete_fields if f.name != "id"}
    own = {"version": 2, "previous_id": visit.pk, "origin_id": visit.pk, "status": "draft", "unlock_reason": "A typo"}
    Claim.objects.filter(pk=second.pk).update(encounter=Encounter.objects.create(**{**known, **own}))
    figures.refresh(second)
    assert [row.claim_id for row in receipts.behind(found, PERIOD)] == [second.pk]
    assert receipts.part(found, PERIOD, 0, 50).total == Decimal(250)


def test_what_a_later_plan_left_undecided_or_denied_is_owed_as_far_as_nobody_paid_it(db: None) -> None:
    first = a.claim(d(10, 20), transport="sent", adjudication="partly_paid")
    a.answer(first, d(11, 1), "partly_paid", paid="500.00")
    values = {f.attname: getattr(first, f.attname) for f in Claim._meta.concrete_fields if f.name != "id"}
    plan = Coverage.objects.create(patient=first.encounter.patient, payer=a.payer(NORTHERN), member_id="2", priority=2)
    second = Claim.objects.create(**{**values, "coverage_id": plan.pk, "sequence": 2, "transport": "sent"})
    # Billed 850: 500 came from the first plan, so that 350 is unpaid at most.
    for owed, paid, left in (("250", "50", 250), ("250", "150", 200), ("600", "0", 350), ("250", "350", 0)):
        figures.refresh(second)
        ClaimFigures.objects.filter(claim=second).update(owed=Decimal(owed), paid=Decimal(paid))
        queues.place(second.pk)
        assert sum(band.amount for band in open_money.aging(TODAY, PERIOD)) == left, (owed, paid)


def test_a_visit_that_two_plans_were_asked_for_is_charged_once(db: None) -> None:
    first = a.claim(d(10, 20), transport="sent")
    a.sent(first, d(10, 21))
    values = {f.attname: getattr(first, f.attname) for f in Claim._meta.concrete_fields if f.name != "id"}
    plan = Coverage.objects.create(patient=first.encounter.patient, payer=a.payer(NORTHERN), member_id="2", priority=2)
    second = Claim.objects.create(**{**values, "coverage_id": plan.pk, "sequence": 2})
    a.sent(second, d(10, 22))
    owed = open_money.aging(TODAY, PERIOD)
    assert sum(band.amount for band in owed) == Decimal(850)
    # 850 is owed, and 850 was charged in 90 days, whatever number of plans was asked.
    assert open_money.days_in_ar(TODAY, PERIOD, Decimal(850)) == pytest.approx(90)
    # Of the second payer alone its own claim is what was charged.
    of_second = replace(PERIOD, payer=a.payer(NORTHERN).pk)
    assert [row.claim_id for row in open_money.charges(TODAY, of_second)] == [second.pk]
    for filters in (PERIOD, of_second, replace(PERIOD, payer=first.coverage.payer_id)):
        rows = open_money.charges(TODAY, filters)
        assert open_money.charged_in(TODAY, filters) == sum(row.billed for row in rows) == 850


def test_days_to_appeal_are_told_by_their_median_and_by_nine_of_ten(db: None) -> None:
    assert waits.days_to_appeal(PERIOD) == waits.Spread()
    for n, days in enumerate((10, 20, 15, 10), start=1):
        row = a.claim(d(8, n))
        denied = a.denial(a.answer(row, d(9, 1), "denied", denied="850.00"), "coding", "850.00", status="appealed")
        a.sent(row, d(9, 1) + timedelta(days), appeal=a.appeal(denied, status="sent"))
    # 10, 10, 15, 20: the middle lies between 10 and 15, and nine of ten are done by the 4th.
    assert waits.days_to_appeal(PERIOD) == waits.Spread(4, 12.5, 20)
    found = receipts.figures_on(TODAY)["days_to_appeal"]
    assert receipts.behind(found, PERIOD).count() == 4


@pytest.mark.parametrize(
    "days, spread",
    [
        ({5: 1}, (1, 5, 5)),
        ({1: 1, 2: 1}, (2, 1.5, 2)),
        ({1: 9, 30: 1}, (10, 1, 1)),
        ({1: 8, 30: 2}, (10, 1, 30)),
        ({0: 1, 7: 1, 9: 1}, (3, 7, 9)),
    ],
)
def test_median_and_nearest_rank(days: dict[int, int], spread: tuple[int, float, int]) -> None:
    assert waits.spread_of(days) == waits.Spread(*spread)


def test_a_sending_that_came_back_is_a_row_and_not_a_claim(db: None) -> None:
    row = a.claim(d(8, 3), transport="rejected")
    for day in (4, 11, 18):
        a.sent(row, d(8, day))
    good = a.claim(d(8, 5), transport="accepted")
    a.sent(good, d(8, 6))
    known = receipts.figures_on(TODAY)
    n = sums.totals(PERIOD)
    assert (n["rejections"], n["sendings"]) == (3, 4)
    assert [s.sent_on.day for s in receipts.behind(known["rejected"], PERIOD)] == [18, 11, 4]
    assert receipts.behind(known["sendings"], PERIOD).count() == 4
    Claim.objects.filter(pk=row.pk).update(transport="accepted")
    figures.refresh(row)
    # Accepted at last: the first two came back.
    assert [s.sent_on.day for s in receipts.behind(known["rejected"], PERIOD)] == [11, 4]
    assert sums.totals(PERIOD)["rejections"] == 2


def test_every_number_in_dollars_is_what_its_rows_add_up_to(table: Table) -> None:
    n, known = sums.totals(PERIOD), receipts.figures_on(TODAY)
    for kpi in KPIS:
        if "dollars" in kpi.unit:
            assert receipts.part(known[kpi.figure], PERIOD, 0, 50).total == Decimal(n[kpi.part]) / 100, kpi.key
            if kpi.figure_of:
                assert receipts.part(known[kpi.figure_of], PERIOD, 0, 50).total == Decimal(n[kpi.whole]) / 100, kpi.key
        elif kpi.unit == "share":
            assert receipts.behind(known[kpi.figure], PERIOD).count() == n[kpi.part], kpi.key
            assert receipts.behind(known[kpi.figure_of], PERIOD).count() == n[kpi.whole], kpi.key
        else:
            assert receipts.behind(known[kpi.figure], PERIOD).count() == n[kpi.whole], kpi.key


def test_nothing_yet(db: None) -> None:
    n = dashboards.numbers(PERIOD, today=TODAY)
    assert (n.denied.value, n.days_to_payment, n.at_risk, n.is_immature) == (None, None, Decimal("0.00"), False)
    assert [p.claims for p in dashboards.by_cause(PERIOD)] == [0, 0, 0, 0]
    assert dashboards.by_payer(PERIOD) == []
