"""What a rule of the order sees of two plans, what such a rule is, and what one decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from documentation.kernel.rule import Citation


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
    beside: tuple[PlanStanding, ...] = ()
    """The patient's other plans: the law lets Medicare turn the order of two plans that it stands between."""

    @property
    def turned(self) -> Pair:
        """The same two plans, the other one named first."""
        return Pair(self.b, self.a, self.day, self.beside)


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
    """Which of two plans pays first by which rule; without a rule nothing decides, and they share.

    In a circle each pair has its rule, and beside a third plan these contradict each other.
    """

    first: PlanStanding
    second: PlanStanding
    rule: OrderRule | None
    is_circle: bool = False

    @property
    def sentence(self) -> str:
        if self.is_circle:
            return (
                f"The rules for the plans beside {self.first.key} and {self.second.key} contradict each other, so"
                " nothing decides between them. Ask the payers."
            )
        if self.rule is None:
            return (
                f"Nothing that is known decides between {self.first.key} and {self.second.key}; plans that nothing"
                " decides between share equally. Complete what is known of the plans, or ask both payers."
            )
        return f"{self.first.key} pays first, {self.rule.because}."
