"""The rules of the order as a table, in the order in which they are asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from claims.rules.order import deciding as d
from claims.rules.order.citations import ADA, MEDICAID, MSP, NAIC, PLAYBOOK
from claims.rules.order.standing import OrderRule, Pair, PlanStanding

_DAY = date(2026, 11, 5)
_ONE = PlanStanding("Plan A", relationship="self", employment="active", has_cob_clause="yes")
_TWO = replace(_ONE, key="Plan B")
_MEDICARE = replace(_TWO, line="medical", program="medicare", employment="individual", medicare_reason="age")
_SPOUSES = replace(_ONE, relationship="spouse", employer_size="100_or_more")
_RETIREES = replace(_TWO, employment="retired")
_CHILDS = replace(_ONE, relationship="child", parent="together", holder_birth=(3, 2))
_OF_OTHER = replace(_CHILDS, key="Plan B", holder_birth=(9, 30))


def _pair(a: PlanStanding, b: PlanStanding) -> Pair:
    return Pair(a, b, _DAY)


def _kidney_pair(since: date) -> Pair:
    return _pair(_ONE, replace(_MEDICARE, medicare_reason="kidney", kidney_since=since))


TABLE: tuple[OrderRule, ...] = (
    OrderRule(
        id="ORD-101",
        title="Workers' compensation, auto or liability before health plans",
        citation=NAIC,
        because="because workers' compensation, auto or liability insurance pays before any health plan",
        decide=d.only(lambda p: p.program == "liability"),
        good=_pair(replace(_ONE, program="liability"), _TWO),
        bad=_pair(_ONE, _TWO),
    ),
    OrderRule(
        id="ORD-102",
        title="Medicaid last",
        citation=MEDICAID,
        because="because Medicaid pays after every other plan",
        decide=d.only(lambda p: p.program != "medicaid"),
        good=_pair(_ONE, replace(_TWO, program="medicaid")),
        bad=_pair(replace(_ONE, program="medicaid"), replace(_TWO, program="medicaid")),
    ),
    OrderRule(
        id="ORD-103",
        title="A plan without a clause on other plans first",
        citation=NAIC,
        because="because its contract has no clause on other plans",
        decide=d.no_clause,
        good=_pair(replace(_ONE, has_cob_clause="no"), _TWO),
        bad=_pair(replace(_ONE, has_cob_clause="no"), replace(_TWO, has_cob_clause="unknown")),
    ),
    OrderRule(
        id="ORD-111",
        title="Medicare for kidney disease: the group plan first for 30 months",
        citation=MSP,
        because="because a group plan pays before Medicare in the first 30 months of kidney disease, later after it",
        decide=d.kidney,
        good=_kidney_pair(date(2025, 6, 1)),
        bad=_pair(_ONE, replace(_MEDICARE, medicare_reason="kidney")),
    ),
    OrderRule(
        id="ORD-112",
        title="Medicare by age: the plan of an employer of 20 or more first",
        citation=MSP,
        because="because the size of the employer decides between its plan and Medicare by age (20 or more)",
        decide=d.by_age,
        good=_pair(replace(_ONE, employer_size="20_to_99"), _MEDICARE),
        bad=_pair(_ONE, _MEDICARE),
    ),
    OrderRule(
        id="ORD-113",
        title="Medicare by disability: the plan of an employer of 100 or more first",
        citation=MSP,
        because="because the size of the employer decides between its plan and Medicare by disability (100 or more)",
        decide=d.by_disability,
        good=_pair(replace(_ONE, employer_size="100_or_more"), replace(_MEDICARE, medicare_reason="disability")),
        bad=_pair(_ONE, replace(_MEDICARE, medicare_reason="disability")),
    ),
    OrderRule(
        id="ORD-114",
        title="Medicare before a plan from former work",
        citation=MSP,
        because="because Medicare pays before a plan of a retired or former employee",
        decide=d.before_former_work,
        good=_pair(_MEDICARE, replace(_ONE, employment="retired")),
        bad=_pair(_MEDICARE, _ONE),
    ),
    OrderRule(
        id="ORD-115",
        title="Around Medicare: a dependent's plan from active work before the patient's own from former work",
        citation=NAIC,
        because="because Medicare pays after this plan from active work and before the patient's own from former work",
        decide=d.around_medicare,
        good=replace(_pair(_SPOUSES, _RETIREES), beside=(_MEDICARE,)),
        bad=_pair(_SPOUSES, replace(_RETIREES, relationship="")),
    ),
    OrderRule(
        id="ORD-121",
        title="The patient's own plan before one as a dependent",
        citation=NAIC,
        because="because the patient holds it; the other covers the patient as a dependent",
        decide=d.before(lambda p: p.relationship == "self", lambda p: p.relationship in d.DEPENDENT),
        good=_pair(_ONE, replace(_TWO, relationship="spouse")),
        bad=_pair(_ONE, replace(_TWO, relationship="")),
    ),
    OrderRule(
        id="ORD-122",
        title="Parents apart: the parent whom a court made responsible first",
        citation=NAIC,
        because="because a court made this parent responsible for the child's health care",
        decide=d.court,
        good=_pair(replace(_CHILDS, parent="court_order"), replace(_OF_OTHER, parent="custodial")),
        bad=_pair(_CHILDS, _OF_OTHER),
    ),
    OrderRule(
        id="ORD-123",
        title="Parents apart: the custodial parent, then that parent's spouse, then the other parent",
        citation=NAIC,
        because="because the parents live apart, and it stands nearer to the parent who has custody",
        decide=d.apart,
        good=_pair(replace(_CHILDS, parent="custodial"), replace(_OF_OTHER, parent="other_parent")),
        bad=_pair(replace(_CHILDS, parent="custodial"), replace(_OF_OTHER, parent="unknown")),
    ),
    OrderRule(
        id="ORD-124",
        title="Parents together: the birthday rule",
        citation=NAIC,
        because="because its holder's birthday comes earlier in the year",
        decide=d.birthday,
        good=_pair(_CHILDS, _OF_OTHER),
        bad=_pair(_CHILDS, replace(_OF_OTHER, holder_birth=(3, 2))),
    ),
    OrderRule(
        id="ORD-125",
        title="Parents with the same birthday: held longer before held shorter",
        citation=NAIC,
        because="because both holders have the same birthday, and it was held longer",
        decide=d.same_birthday,
        good=_pair(
            replace(_CHILDS, held_since=date(2019, 1, 1)),
            replace(_OF_OTHER, holder_birth=(3, 2), held_since=date(2024, 1, 1)),
        ),
        bad=_pair(_CHILDS, replace(_OF_OTHER, holder_birth=(3, 2), held_since=date(2024, 1, 1))),
    ),
    OrderRule(
        id="ORD-131",
        title="From active work before from retirement or lay-off",
        citation=NAIC,
        because="because it comes from active work, the other from retirement or lay-off",
        decide=d.before(lambda p: p.employment == "active", lambda p: p.employment == "retired"),
        good=_pair(_ONE, replace(_TWO, employment="retired")),
        bad=_pair(_ONE, _TWO),
    ),
    OrderRule(
        id="ORD-132",
        title="As employee or retiree before continued (COBRA or state)",
        citation=NAIC,
        because="because the other plan is continued coverage (COBRA or state)",
        decide=d.before(lambda p: p.employment in ("active", "retired"), lambda p: p.employment == "cobra"),
        good=_pair(_ONE, replace(_TWO, employment="cobra")),
        bad=_pair(_ONE, replace(_TWO, employment="unknown")),
    ),
    OrderRule(
        id="ORD-141",
        title="Dental beside medical: by what the payers take the service for",
        citation=PLAYBOOK,
        because="because that is what the payers take sialoendoscopy for, by their recorded policies",
        decide=d.playbook,
        good=_pair(replace(_ONE, line="medical", treats_as="medical"), replace(_TWO, treats_as="unknown")),
        bad=_pair(replace(_ONE, line="medical", treats_as="medical"), replace(_TWO, treats_as="dental")),
    ),
    OrderRule(
        id="ORD-151",
        title="Held longer before held shorter",
        citation=NAIC,
        because="because it was held longer",
        decide=d.longer,
        good=_pair(replace(_ONE, held_since=date(2019, 1, 1)), replace(_TWO, held_since=date(2024, 1, 1))),
        bad=_pair(replace(_ONE, held_since=date(2019, 1, 1)), _TWO),
    ),
    OrderRule(
        id="ORD-142",
        title="Dental beside medical: the medical plan, where nothing else decides",
        citation=ADA,
        because="because it is the medical plan, and nothing else decides between it and the dental one",
        decide=d.before(lambda p: p.line == "medical", lambda p: p.line == "dental"),
        good=_pair(replace(_ONE, line="medical"), _TWO),
        bad=_pair(_ONE, _TWO),
    ),
)
"""In the order in which they are asked, which is not that of the ids: these are permanent.

The law on Medicare goes before the model regulation, which it binds. What the payers themselves say of this service
goes before the time for which plans were held: a plan that takes it for the other's has nothing to pay first. That
the medical plan goes before the dental one counts last, where no other rule decides (ADA).
"""
