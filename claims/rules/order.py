"""Which of two plans pays first: an ordered table of rules, the first that decides wins.

The table suggests; a person confirms. It follows the order of benefits that state laws took from the NAIC's model
and the federal rules for Medicare, as far as they are known here from memory: each rule names its source and the day
it was last looked at, and a person who knows better orders the plans otherwise, with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cmp_to_key

from documentation.kernel.dates import long_date, months_between
from documentation.kernel.rule import Citation

_READ = date(2026, 11, 5)
NAIC = Citation("NAIC model regulation 120, order of benefits", "from memory, to be verified", _READ)
MSP = Citation("Medicare secondary payer, 42 CFR 411", "from memory, to be verified", _READ)
MEDICAID = Citation("Medicaid as payer of last resort, 42 CFR 433.139", "from memory, to be verified", _READ)
ADA = Citation("ADA guidance on coordination of benefits", "dental and medical plan", _READ)
PLAYBOOK = Citation("The payers' policies for D0371", "as the practice has recorded them")

WORKING_AGED_FROM = 20
DISABILITY_FROM = 100
"""Employees of the employer from which its plan pays before Medicare: by age, and by disability."""
KIDNEY_MONTHS = 30
"""So long a group plan pays before Medicare that began for kidney disease."""
EMPLOYEES = {"under_20": 0, "20_to_99": 20, "100_or_more": 100}
"""At least so many, by the token."""
PARENTS = ("court_order", "custodial", "custodial_spouse", "other_parent", "other_spouse")
"""Where parents live apart, in the order in which their plans pay."""


@dataclass(frozen=True)
class PlanStanding:
    """What decides the place of one plan. Empty and `unknown` mean that nobody asked; they never decide."""

    key: str
    """What the plan is called in sentences."""
    line: str = "dental"
    """dental or medical"""
    treats_as: str = "unknown"
    """What its payer takes the sialoendoscopy for: dental, medical, unknown."""
    program: str = "commercial"
    """commercial, medicare, medicaid, liability"""
    has_cob_clause: str = "unknown"
    relationship: str = ""
    """What the patient is to the holder: self, spouse, child, other; empty while not recorded."""
    employment: str = "unknown"
    """active, retired, cobra, individual, unknown"""
    employer_size: str = "unknown"
    medicare_reason: str = "unknown"
    """age, disability, kidney, unknown"""
    kidney_since: date | None = None
    """When Medicare began for kidney disease."""
    parent: str = "unknown"
    """together, joint, or one of PARENTS; unknown."""
    holder_birth: tuple[int, int] | None = None
    """Month and day."""
    held_since: date | None = None

    @property
    def is_group(self) -> bool:
        return self.program == "commercial" and self.employment in ("active", "retired", "cobra")


@dataclass(frozen=True)
class Pair:
    """Two plans of one patient on one day."""

    a: PlanStanding
    b: PlanStanding
    day: date


Decide = Callable[[Pair], str]
"""'a', 'b', or '' where the rule does not decide."""


@dataclass(frozen=True)
class OrderRule:
    """One rule of the order. `good` is a pair that it decides for the first plan, `bad` one that it leaves open."""

    id: str
    title: str
    citation: Citation
    because: str
    """Half a sentence that follows '… pays first,'."""
    decide: Decide
    good: Pair
    bad: Pair


@dataclass(frozen=True)
class Decision:
    """Which of two plans pays first by which rule; without a rule nothing decides, and they share."""

    first: PlanStanding
    second: PlanStanding
    rule: OrderRule | None

    @property
    def sentence(self) -> str:
        if self.rule is None:
            return (
                f"Nothing that is known decides between {self.first.key} and {self.second.key}."
                " Complete what is known of the plans, or ask both payers."
            )
        return f"{self.first.key} pays first, {self.rule.because}."


def _only(test: Callable[[PlanStanding], bool]) -> Decide:
    """The one of two plans for which something is true pays first."""

    def decide(pair: Pair) -> str:
        a, b = test(pair.a), test(pair.b)
        return "" if a == b else "a" if a else "b"

    return decide


def _before(first: Callable[[PlanStanding], bool], second: Callable[[PlanStanding], bool]) -> Decide:
    """A plan of the first kind pays before one of the second kind; other pairs are left open."""

    def decide(pair: Pair) -> str:
        if first(pair.a) and second(pair.b):
            return "a"
        return "b" if first(pair.b) and second(pair.a) else ""

    return decide


def _employees(plan: PlanStanding) -> int:
    return EMPLOYEES.get(plan.employer_size, -1)


def _by_size(reason: str, enough: int) -> Decide:
    """Medicare for this reason beside the plan of an employer, whose size decides; a size not known leaves it open."""

    def decide(pair: Pair) -> str:
        for mine, other, me, them in ((pair.a, pair.b, "a", "b"), (pair.b, pair.a, "b", "a")):
            if mine.program == "medicare" and mine.medicare_reason == reason and other.employment == "active":
                size = _employees(other)
                if other.program == "commercial" and size >= 0:
                    return them if size >= enough else me
        return ""

    return decide


def _kidney(pair: Pair) -> str:
    for mine, other, me, them in ((pair.a, pair.b, "a", "b"), (pair.b, pair.a, "b", "a")):
        if mine.program == "medicare" and mine.medicare_reason == "kidney" and mine.kidney_since and other.is_group:
            return them if months_between(mine.kidney_since, pair.day) < KIDNEY_MONTHS else me
    return ""


def _court(pair: Pair) -> str:
    return _only(lambda p: p.parent == "court_order")(pair) if _are_parents_plans(pair) else ""


def _are_parents_plans(pair: Pair) -> bool:
    return pair.a.relationship == pair.b.relationship == "child"


def _apart(pair: Pair) -> str:
    ranks = [PARENTS.index(p.parent) if p.parent in PARENTS else -1 for p in (pair.a, pair.b)]
    if not _are_parents_plans(pair) or -1 in ranks or ranks[0] == ranks[1]:
        return ""
    return "a" if ranks[0] < ranks[1] else "b"


def _birthday(pair: Pair) -> str:
    shared = {pair.a.parent, pair.b.parent} <= {"together", "joint"}
    one, other = pair.a.holder_birth, pair.b.holder_birth
    if not (_are_parents_plans(pair) and shared and one and other) or one == other:
        return ""
    return "a" if one < other else "b"


def _playbook(pair: Pair) -> str:
    """Dental beside medical: what both payers take the service for, where their policies do not contradict."""
    if {pair.a.line, pair.b.line} != {"dental", "medical"}:
        return ""
    said = {p.treats_as for p in (pair.a, pair.b)} - {"unknown", ""}
    if len(said) != 1:
        return ""
    return "a" if pair.a.line in said else "b"


def _longer(pair: Pair) -> str:
    one, other = pair.a.held_since, pair.b.held_since
    if one is None or other is None or one == other:
        return ""
    return "a" if one < other else "b"


_DAY = date(2026, 11, 5)
_ONE = PlanStanding("Plan A", relationship="self", employment="active", has_cob_clause="yes")
_TWO = replace(_ONE, key="Plan B")
_MEDICARE = replace(_TWO, line="medical", program="medicare", employment="individual", medicare_reason="age")
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
        decide=_only(lambda p: p.program == "liability"),
        good=_pair(replace(_ONE, program="liability"), _TWO),
        bad=_pair(_ONE, _TWO),
    ),
    OrderRule(
        id="ORD-102",
        title="Medicaid last",
        citation=MEDICAID,
        because="because Medicaid pays after every other plan",
        decide=_only(lambda p: p.program != "medicaid"),
        good=_pair(_ONE, replace(_TWO, program="medicaid")),
        bad=_pair(replace(_ONE, program="medicaid"), replace(_TWO, program="medicaid")),
    ),
    OrderRule(
        id="ORD-103",
        title="A plan without a clause on other plans first",
        citation=NAIC,
        because="because its contract has no clause on other plans",
        decide=_before(
            lambda p: p.has_cob_clause == "no" and p.program == "commercial", lambda p: p.has_cob_clause == "yes"
        ),
        good=_pair(replace(_ONE, has_cob_clause="no"), _TWO),
        bad=_pair(replace(_ONE, has_cob_clause="no"), replace(_TWO, has_cob_clause="unknown")),
    ),
    OrderRule(
        id="ORD-111",
        title="Medicare for kidney disease: the group plan first for 30 months",
        citation=MSP,
        because="because a group plan pays before Medicare in the first 30 months of kidney disease, later after it",
        decide=_kidney,
        good=_kidney_pair(date(2025, 6, 1)),
        bad=_pair(_ONE, replace(_MEDICARE, medicare_reason="kidney")),
    ),
    OrderRule(
        id="ORD-112",
        title="Medicare by age: the plan of an employer of 20 or more first",
        citation=MSP,
        because="because the size of the employer decides between its plan and Medicare by age (20 or more)",
        decide=_by_size("age", WORKING_AGED_FROM),
        good=_pair(replace(_ONE, employer_size="20_to_99"), _MEDICARE),
        bad=_pair(_ONE, _MEDICARE),
    ),
    OrderRule(
        id="ORD-113",
        title="Medicare by disability: the plan of an employer of 100 or more first",
        citation=MSP,
        because="because the size of the employer decides between its plan and Medicare by disability (100 or more)",
        decide=_by_size("disability", DISABILITY_FROM),
        good=_pair(replace(_ONE, employer_size="100_or_more"), replace(_MEDICARE, medicare_reason="disability")),
        bad=_pair(_ONE, replace(_MEDICARE, medicare_reason="disability")),
    ),
    OrderRule(
        id="ORD-114",
        title="Medicare before a plan from former work",
        citation=MSP,
        because="because Medicare pays before a plan of a retired or former employee",
        decide=_before(
            lambda p: p.program == "medicare" and p.medicare_reason in ("age", "disability"),
            lambda p: p.program == "commercial" and p.employment in ("retired", "cobra"),
        ),
        good=_pair(_MEDICARE, replace(_ONE, employment="retired")),
        bad=_pair(_MEDICARE, _ONE),
    ),
    OrderRule(
        id="ORD-121",
        title="The patient's own plan before one as a dependent",
        citation=NAIC,
        because="because the patient holds it; the other covers the patient as a dependent",
        decide=_before(lambda p: p.relationship == "self", lambda p: p.relationship in ("spouse", "child", "other")),
        good=_pair(_ONE, replace(_TWO, relationship="spouse")),
        bad=_pair(_ONE, replace(_TWO, relationship="")),
    ),
    OrderRule(
        id="ORD-122",
        title="Parents apart: the parent whom a court made responsible first",
        citation=NAIC,
        because="because a court made this parent responsible for the child's health care",
        decide=_court,
        good=_pair(replace(_CHILDS, parent="court_order"), replace(_OF_OTHER, parent="custodial")),
        bad=_pair(_CHILDS, _OF_OTHER),
    ),
    OrderRule(
        id="ORD-123",
        title="Parents apart: the custodial parent, then that parent's spouse, then the other parent",
        citation=NAIC,
        because="because the parents live apart, and it stands nearer to the parent who has custody",
        decide=_apart,
        good=_pair(replace(_CHILDS, parent="custodial"), replace(_OF_OTHER, parent="other_parent")),
        bad=_pair(replace(_CHILDS, parent="custodial"), replace(_OF_OTHER, parent="unknown")),
    ),
    OrderRule(
        id="ORD-124",
        title="Parents together: the birthday rule",
        citation=NAIC,
        because="because its holder's birthday comes earlier in the year",
        decide=_birthday,
        good=_pair(_CHILDS, _OF_OTHER),
        bad=_pair(_CHILDS, replace(_OF_OTHER, holder_birth=(3, 2))),
    ),
    OrderRule(
        id="ORD-131",
        title="From active work before from retirement or lay-off",
        citation=NAIC,
        because="because it comes from active work, the other from retirement or lay-off",
        decide=_before(lambda p: p.employment == "active", lambda p: p.employment == "retired"),
        good=_pair(_ONE, replace(_TWO, employment="retired")),
        bad=_pair(_ONE, _TWO),
    ),
    OrderRule(
        id="ORD-132",
        title="As employee or retiree before continued (COBRA or state)",
        citation=NAIC,
        because="because the other plan is continued coverage (COBRA or state)",
        decide=_before(lambda p: p.employment in ("active", "retired"), lambda p: p.employment == "cobra"),
        good=_pair(_ONE, replace(_TWO, employment="cobra")),
        bad=_pair(_ONE, replace(_TWO, employment="unknown")),
    ),
    OrderRule(
        id="ORD-141",
        title="Dental beside medical: by what the payers take the service for",
        citation=PLAYBOOK,
        because="because that is what the payers take sialoendoscopy for, by their recorded policies",
        decide=_playbook,
        good=_pair(replace(_ONE, line="medical", treats_as="medical"), replace(_TWO, treats_as="unknown")),
        bad=_pair(replace(_ONE, line="medical", treats_as="medical"), replace(_TWO, treats_as="dental")),
    ),
    OrderRule(
        id="ORD-142",
        title="Dental beside medical: the medical plan, where nothing else decides",
        citation=ADA,
        because="because it is the medical plan, and nothing else decides between it and the dental one",
        decide=_before(lambda p: p.line == "medical", lambda p: p.line == "dental"),
        good=_pair(replace(_ONE, line="medical"), _TWO),
        bad=_pair(_ONE, _TWO),
    ),
    OrderRule(
        id="ORD-151",
        title="Held longer before held shorter",
        citation=NAIC,
        because="because it was held longer",
        decide=_longer,
        good=_pair(replace(_ONE, held_since=date(2019, 1, 1)), replace(_TWO, held_since=date(2024, 1, 1))),
        bad=_pair(replace(_ONE, held_since=date(2019, 1, 1)), _TWO),
    ),
)
"""In the order in which they are asked. Ids are permanent."""


def decide(pair: Pair, table: Iterable[OrderRule] = TABLE) -> Decision:
    """The first rule that decides. Where none does, the plans stay in the order in which they came.

    What is not known of a plan beside Medicare is asked: no general rule stands in for the law.
    """
    for rule in table:
        if rule.id >= _FIRST_GENERAL and _waits_for_medicare(pair):
            break
        if found := rule.decide(pair):
            return Decision(pair.a, pair.b, rule) if found == "a" else Decision(pair.b, pair.a, rule)
    return Decision(pair.a, pair.b, None)


_FIRST_GENERAL = "ORD-121"
"""From here on the rules are those among plans of one kind; before it stands what the law says of Medicare."""


def _waits_for_medicare(pair: Pair) -> bool:
    """Whether the law would decide between Medicare and another plan if the rest were known."""
    for medicare, other in ((pair.a, pair.b), (pair.b, pair.a)):
        if medicare.program == "medicare" and other.program == "commercial":
            is_open = other.employment in ("active", "unknown")
            return is_open or (other.is_group and medicare.medicare_reason in ("kidney", "unknown"))
    return False


def suggest(plans: Iterable[PlanStanding], day: date) -> tuple[tuple[PlanStanding, ...], tuple[Decision, ...]]:
    """The plans in the order in which they pay, and what decided between each and the next."""

    def compare(a: PlanStanding, b: PlanStanding) -> int:
        found = decide(Pair(a, b, day))
        return 0 if found.rule is None else -1 if found.first is a else 1

    ordered = tuple(sorted(plans, key=cmp_to_key(compare)))
    return ordered, tuple(decide(Pair(a, b, day)) for a, b in zip(ordered, ordered[1:], strict=False))


def open_questions(plans: Iterable[PlanStanding], stale: Mapping[str, str] | None = None) -> list[str]:
    """What is not known of the plans and might decide otherwise, as questions to ask.

    `stale` names by plan, in a sentence, what its payer took the service for before that grew too old.
    """
    known = list(plans)
    questions = []
    has_medicare = any(p.program == "medicare" for p in known)
    is_mixed = {p.line for p in known} >= {"dental", "medical"}
    for plan in known:
        if not plan.relationship:
            questions.append(f"Who holds {plan.key}?")
        if plan.employment == "unknown" and plan.program == "commercial":
            questions.append(f"Does {plan.key} come from active work, retirement, or COBRA?")
        if plan.program == "medicare" and plan.medicare_reason == "unknown":
            questions.append(f"Why does the patient have {plan.key}: age, disability, kidney disease?")
        if plan.program == "medicare" and plan.medicare_reason == "kidney" and plan.kidney_since is None:
            questions.append(f"Since when does {plan.key} cover the patient for kidney disease?")
        if has_medicare and plan.employment == "active" and plan.employer_size == "unknown":
            questions.append(f"How many employees has the employer behind {plan.key}?")
        if plan.relationship == "child" and plan.parent == "unknown":
            questions.append(f"Which parent holds {plan.key}, and do the parents live together?")
        if is_mixed and plan.treats_as == "unknown":
            asked = f"Does {plan.key} take the sialoendoscopy for dental or medical?"
            questions.append(f"{asked} {(stale or {}).get(plan.key, '')}".rstrip())
    return questions


def told(decision: Decision) -> str:
    """The rule that decided with its source, in a sentence."""
    if decision.rule is None:
        return decision.sentence
    source = decision.rule.citation
    looked = f", looked at on {long_date(source.read_on)}" if source.read_on else ""
    return f"{decision.sentence} ({decision.rule.id}; {source}{looked})"
