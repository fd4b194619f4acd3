"""One plan, and two plans by each way in which a second plan may count what the first one paid."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from documentation.kernel.money import percent_of


class Method(StrEnum):
    """How a second plan counts what the first one paid."""

    STANDARD = "standard"
    NON_DUPLICATION = "non_duplication"
    CARVE_OUT = "carve_out"
    MAINTENANCE = "maintenance_of_benefits"

    @property
    def label(self) -> str:
        return METHOD_LABELS[self]


METHOD_LABELS = {
    Method.STANDARD: "Standard (up to the whole allowed amount)",
    Method.NON_DUPLICATION: "Non-duplication",
    Method.CARVE_OUT: "Carve-out",
    Method.MAINTENANCE: "Maintenance of benefits",
}


@dataclass(frozen=True)
class Plan:
    """What one plan allows and pays for a service, everything known. Amounts in cents."""

    allowed: int
    """Contracted or usual fee, never above the practice's fee."""
    percent: int
    """What the plan pays after the deductible, 0-100."""
    deductible: int = 0
    """What is left of it, where it applies to the service."""
    copay: int = 0
    left: int | None = None
    """What is left of the annual maximum; None means that there is no limit."""
    covers: bool = True
    in_network: bool = True

    def alone(self) -> int:
        """What it would pay if it were the only plan."""
        if not self.covers:
            return 0
        return self._capped(max(0, percent_of(max(0, self.allowed - self.deductible), self.percent) - self.copay))

    def after(self, paid: int, method: Method, expense: int) -> int:
        """What it pays as the second plan, after `paid`; `expense` is the amount that both together may reach."""
        if not self.covers:
            return 0
        if method is Method.STANDARD:
            return max(0, min(self.alone(), expense - paid))
        if method is Method.MAINTENANCE:
            base = max(0, self.allowed - paid)
            benefit = percent_of(max(0, base - self.deductible), self.percent) - self.copay
            return self._capped(min(max(0, benefit), max(0, expense - paid)))
        return min(max(0, self.alone() - paid), max(0, expense - paid))

    def _capped(self, amount: int) -> int:
        return amount if self.left is None else min(amount, self.left)


@dataclass(frozen=True)
class Share:
    """Who bears a fee, in cents: the first plan, the second, the patient, and what the practice takes off."""

    fee: int
    first: int
    second: int
    patient: int
    written_off: int

    def __post_init__(self) -> None:
        if self.first + self.second + self.patient + self.written_off != self.fee:
            raise ValueError("the shares do not add up to the fee")


def one_plan(fee: int, plan: Plan) -> Share:
    """In network the practice takes off what lies above the allowed amount; out of network the patient bears it."""
    allowed = min(fee, plan.allowed)
    owed = allowed if plan.in_network else fee
    paid = min(plan.alone(), owed)
    return Share(fee, paid, 0, owed - paid, fee - owed)


def two_plans(fee: int, first: Plan, second: Plan, method: Method) -> Share:
    """Both plans, the second by its method. Both may reach what the first allows; out of network, the fee."""
    alone = one_plan(fee, first)
    expense = fee - alone.written_off
    paid = second.after(alone.first, method, expense)
    return Share(fee, alone.first, paid, expense - alone.first - paid, alone.written_off)


def self_pay(fee: int) -> Share:
    """Nobody is asked but the patient."""
    return Share(fee, 0, 0, fee, 0)
