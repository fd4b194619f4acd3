"""A property: one thing of a claim that a condition may ask for, declared with its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from claims.conditions.kinds import Kind
from claims.facts import ClaimFacts
from documentation.kernel.rule import Unanswerable


@dataclass(frozen=True)
class Property:
    """What may be asked of a claim. `read` takes it from the facts; nothing, an empty text or list is “not known”.

    `choices` are the only values there are, token → word; without them any value may come. `low` and `high` are the
    ends within which every number lies. `is_always_known` says that no claim is without it: an empty list is one.
    """

    key: str
    label: str
    """As it stands in a sentence: `number of endoscopic images`."""
    description: str
    kind: Kind
    read: Callable[[ClaimFacts], Any]
    unit: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    low: int | None = None
    high: int | None = None
    is_whole: bool = True
    is_always_known: bool = False

    @property
    def group(self) -> str:
        return self.key.split(".", 1)[0]

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
