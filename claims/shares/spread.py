"""The share as a range: every fact that is not known is tried at its ends, and named with what would settle it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from claims.shares.plans import Method, Plan, Share, one_plan, two_plans
from documentation.kernel.money import dollars


@dataclass(frozen=True)
class Number:
    """A number with its receipt: where it comes from. `cents` is None while it is not known."""

    label: str
    cents: int | None
    source: str

    @property
    def value(self) -> str:
        return "not known" if self.cents is None else dollars(self.cents)


@dataclass(frozen=True)
class Known:
    """What is known of one plan. None and 'unknown' are questions, never a no."""

    name: str
    allowed: int | None = None
    in_network: bool | None = None
    covers: str = "unknown"
    """yes, no, unknown"""
    limited: str = ""
    """How often it pays, in the payer's words; empty without such a limit."""
    deductible: int | None = None
    percent: int | None = None
    """What the plan pays, 0-100."""
    left: int | None = None
    left_is_known: bool = False
    """Whether it is known what the plan may still pay this year; with `left` None it has no limit."""
    method: Method | None = None
    """How it counts what another plan paid, where it pays second."""
    receipts: tuple[Number, ...] = ()


@dataclass(frozen=True)
class Question:
    """Something that is not known, and what would settle it."""

    what: str
    settle: str


@dataclass(frozen=True)
class Spread:
    """The least and the most that each side may bear, in cents, with the questions that keep them apart."""

    fee: int
    low: int
    high: int
    plans: tuple[tuple[int, int], ...] = ()
    """The least and the most of each plan, in the order in which they pay."""
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    """What is counted although it may turn out otherwise."""

    @property
    def is_known(self) -> bool:
        return self.low == self.high

    @property
    def words(self) -> str:
        return dollars(self.low) if self.is_known else f"{dollars(self.low)} to {dollars(self.high)}"


def spread(fee: int, plans: tuple[Known, ...]) -> Spread:
    """What may be left to the patient of a fee, with no plan, one, or the first two of several."""
    if not plans:
        return Spread(fee, fee, fee)
    counted = plans[:2]
    shares = list(_shares(fee, counted))
    paid = [[s.first for s in shares], [s.second for s in shares]][: len(counted)]
    patient = [s.patient for s in shares]
    questions = [q for n, plan in enumerate(counted) for q in _questions(plan, is_second=n == 1)]
    notes = [
        f"{plan.name} has no recorded fee for this service, so the full fee is counted. The share may be less."
        for plan in counted
        if plan.allowed is None and plan.covers != "no"
    ]
    if len(plans) > 2:
        notes.append("Only the first two plans are counted. A further plan may pay some of the rest.")
    return Spread(
        fee, min(patient), max(patient), tuple((min(p), max(p)) for p in paid), tuple(questions), tuple(notes)
    )


def _shares(fee: int, plans: tuple[Known, ...]) -> Iterator[Share]:
    if len(plans) == 1:
        for plan in _ends(fee, plans[0]):
            yield one_plan(fee, plan)
        return
    methods = [plans[1].method] if plans[1].method else list(Method)
    for first, second, method in product(_ends(fee, plans[0]), _ends(fee, plans[1]), methods):
        yield two_plans(fee, first, second, method)


def _ends(fee: int, known: Known) -> list[Plan]:
    """The plan at both ends of each thing that is not known."""
    if known.covers == "no":
        return [_plan(fee, known, 0, 0, None, covers=False, in_network=n) for n in _either(known.in_network)]
    allowed = fee if known.allowed is None else min(fee, known.allowed)
    percents = [0, 100] if known.percent is None else [known.percent]
    deductibles = [0, allowed] if known.deductible is None else [known.deductible]
    limits = [known.left] if known.left_is_known else [0, None]
    covers = {"yes": [True], "no": [False]}.get(known.covers, [True, False])
    return [
        _plan(fee, known, percent, deductible, left, covers=c, in_network=n)
        for percent, deductible, left, c, n in product(percents, deductibles, limits, covers, _either(known.in_network))
    ]


def _either(value: bool | None) -> list[bool]:
    return [True, False] if value is None else [value]


def _plan(
    fee: int, known: Known, percent: int, deductible: int, left: int | None, *, covers: bool, in_network: bool
) -> Plan:
    allowed = fee if known.allowed is None else min(fee, known.allowed)
    return Plan(allowed, percent, deductible, left=left, covers=covers, in_network=in_network)


def _questions(plan: Known, *, is_second: bool) -> Iterator[Question]:
    if plan.covers == "no":
        return
    if plan.limited:
        yield Question(
            f"whether {plan.name} still pays this time: {plan.limited.rstrip('.')}",
            "Ask whether that limit is used up on the day of the visit.",
        )
    elif plan.covers != "yes":
        yield Question(f"whether {plan.name} pays for this service", "Ask the plan, and record the eligibility check.")
    # Only what the first plan's contract takes off counts; the second one's network changes nothing.
    if plan.in_network is None and not is_second:
        yield Question(f"whether the practice is in network with {plan.name}", "Record it on the payer's page.")
    if plan.percent is None:
        yield Question(f"how much of the cost {plan.name} pays", "Ask for the patient's share in per cent.")
    if plan.deductible is None:
        yield Question(f"what is left of the deductible of {plan.name}", "Ask for it with the eligibility check.")
    if not plan.left_is_known:
        yield Question(f"what {plan.name} may still pay this year", "Ask for the annual maximum that is left.")
    if is_second and plan.method is None:
        yield Question(
            f"how {plan.name} counts what the first plan paid", "Ask for its way of coordination, and record it."
        )
