"""State machines as data: a table of transitions that says who may, when, and why not.

The same table drives the buttons, the refusals and the diagram in the documentation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from documentation.kernel.permissions import Permission

Guard = Callable[[Any], Iterable[str]]
"""Looks at the facts of a subject and yields the reasons against the step; nothing means go."""


class Refusal(Exception):
    """A step that was not taken. `reasons` are sentences for the person."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


class NotPermitted(Refusal):
    """The person may not do this (403)."""


class NotPossible(Refusal):
    """Not from this state, or the page was stale (409)."""


class Refused(Refusal):
    """Not yet: something is missing (422). Every reason is named."""


@dataclass(frozen=True)
class Transition:
    """One step. `sources` are the states it may start from; `needs` the permission; `guard` names what is missing."""

    name: str
    label: str
    sources: frozenset[StrEnum]
    target: StrEnum
    needs: Permission
    guard: Guard | None = None
    icon: str = ""


@dataclass(frozen=True)
class Action:
    """A transition as a button: it can be taken when `refusals` is empty."""

    transition: Transition
    refusals: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return not self.refusals


@dataclass(frozen=True)
class Machine:
    """A table of transitions over one status field.

    `labels` give each state its word on screen and its tone (draft, ready, submitted, paid, denied, appeal, attention).
    """

    name: str
    field: str
    initial: StrEnum
    transitions: tuple[Transition, ...]
    labels: dict[StrEnum, tuple[str, str]] = dataclasses.field(default_factory=dict)

    def find(self, name: str) -> Transition:
        for transition in self.transitions:
            if transition.name == name:
                return transition
        raise KeyError(name)

    def label(self, status: StrEnum | str) -> str:
        return self.labels[self._state(status)][0]

    def tone(self, status: StrEnum | str) -> str:
        return self.labels[self._state(status)][1]

    def _state(self, status: StrEnum | str) -> StrEnum:
        return next(s for s in self.labels if s == status)

    def fire(self, name: str, status: StrEnum | str, permissions: frozenset[Permission], facts: Any = None) -> StrEnum:
        """The state after the step.

        Raises NotPermitted, NotPossible or Refused, each with sentences.
        """
        transition = self.find(name)
        if transition.needs not in permissions:
            raise NotPermitted(f"Your role does not allow you to do this: {transition.label.lower()}.")
        if status not in transition.sources:
            allowed = " or ".join(sorted(self.label(s).lower() for s in transition.sources))
            raise NotPossible(
                f"This {self.name} is {self.label(status).lower()} now;"
                f" to {transition.label.lower()} it must be {allowed}."
                " Somebody may have changed it meanwhile: look at the page again."
            )
        reasons = tuple(transition.guard(facts)) if transition.guard else ()
        if reasons:
            raise Refused(*reasons)
        return transition.target

    def actions(
        self, status: StrEnum | str, permissions: frozenset[Permission], facts: Any = None
    ) -> tuple[Action, ...]:
        """The steps that this person could take from here, each with what still stands against it."""
        return tuple(
            Action(t, tuple(t.guard(facts)) if t.guard else ())
            for t in self.transitions
            if status in t.sources and t.needs in permissions
        )

    def mermaid(self) -> str:
        """The table as a state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {s} --> {t.target}: {t.label}" for t in self.transitions for s in sorted(t.sources)]
        return "\n".join(lines)
