"""A property: one thing of a claim that a condition may ask for, declared with its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from claims.conditions.kinds import Kind, said
from claims.facts import ClaimFacts
from documentation.kernel.rule import Unanswerable

DEAREST = 100_000_000
"""Cents: no claim or plan of this kind is about more than a million dollars."""
FIRST_DAY, FIRST_SERVICE, LAST_DAY = date(1900, 1, 1), date(2000, 1, 1), date(2099, 12, 31)
"""The earliest day of a plan, the earliest service and the last day that anything is about."""


@dataclass(frozen=True)
class Property:
    """What may be asked of a claim. `read` takes it from the facts; nothing, an empty text or list is “not known”.

    `choices` are the only values there are, token → word; without them any value may come. `low` and `high` are the
    ends within which every number, amount in cents or day lies: wide enough for whatever a claim can really have.
    `within` is the key of a number that this one is a part of, and so never exceeds. `is_always_known` says that no
    claim is without it: an empty list is one.
    """

    key: str
    label: str
    """As it stands in a sentence: `number of endoscopic images`."""
    description: str
    kind: Kind
    read: Callable[[ClaimFacts], Any]
    unit: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    low: int | date | None = None
    high: int | date | None = None
    within: str = ""
    is_whole: bool = True
    is_always_known: bool = False

    @property
    def group(self) -> str:
        return self.key.split(".", 1)[0]

    @property
    def ends(self) -> tuple[str, str] | None:
        """The ends as a sentence reads them; None for what has no order."""
        if self.low is None or self.high is None:
            return None
        return self._said(self.low), self._said(self.high)

    def _said(self, end: int | date) -> str:
        if isinstance(end, date):
            return said(self.kind, end.isoformat())
        return f"{end:,}" if self.kind is Kind.NUMBER else said(self.kind, end)

    def value(self, facts: ClaimFacts) -> Any:
        """The value of a claim, None where it is not known. Raises Unanswerable where it cannot be read."""
        try:
            found = self.read(facts)
        except Exception as e:
            raise Unanswerable(f"the {self.label} could not be read from it") from e
        if found is None or (found in ("", ()) and not self.is_always_known):
            return None
        if self.kind is Kind.NUMBER:
            return Decimal(found)
        if self.kind is Kind.CHOICE:
            return str(found)
        return tuple(dict.fromkeys(found)) if self.kind is Kind.LIST else found

    def word(self, token: str) -> str:
        return self.choices.get(token, token)
