"""The states of a practice's own rule, as a table of steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from documentation.kernel.machine import Machine, Transition
from documentation.kernel.permissions import Permission


class OwnRuleStatus(StrEnum):
    """How far a rule of the practice is. What is in force are its adopted versions, whatever is drafted beside them."""

    DRAFT = "draft"
    TRIED = "tried"
    ADOPTED = "adopted"
    RETIRED = "retired"


@dataclass(frozen=True)
class Looked:
    """A rule as it was looked at before a step: what speaks against it, in sentences."""

    gaps: tuple[str, ...] = ()


def _gaps(looked: Looked) -> Iterable[str]:
    return looked.gaps


OWN_RULE = Machine(
    name="rule",
    field="status",
    initial=OwnRuleStatus.DRAFT,
    transitions=(
        Transition(
            "change",
            "Change",
            frozenset({OwnRuleStatus.DRAFT, OwnRuleStatus.TRIED, OwnRuleStatus.ADOPTED}),
            OwnRuleStatus.DRAFT,
            Permission.RULES_EDIT,
        ),
        Transition(
            "try",
            "Try on past claims",
            frozenset({OwnRuleStatus.DRAFT, OwnRuleStatus.TRIED}),
            OwnRuleStatus.TRIED,
            Permission.RULES_EDIT,
            _gaps,
            icon="history",
        ),
        Transition(
            "adopt",
            "Adopt",
            frozenset({OwnRuleStatus.TRIED}),
            OwnRuleStatus.ADOPTED,
            Permission.RULES_EDIT,
            _gaps,
            icon="check",
        ),
        Transition(
            "keep",
            "Drop the change",
            frozenset({OwnRuleStatus.DRAFT, OwnRuleStatus.TRIED}),
            OwnRuleStatus.ADOPTED,
            Permission.RULES_EDIT,
            _gaps,
        ),
        Transition(
            "retire",
            "Retire",
            frozenset({OwnRuleStatus.DRAFT, OwnRuleStatus.TRIED, OwnRuleStatus.ADOPTED}),
            OwnRuleStatus.RETIRED,
            Permission.RULES_EDIT,
        ),
    ),
    labels={
        OwnRuleStatus.DRAFT: ("Draft", "draft"),
        OwnRuleStatus.TRIED: ("Tried", "submitted"),
        OwnRuleStatus.ADOPTED: ("Adopted", "ready"),
        OwnRuleStatus.RETIRED: ("Retired", "draft"),
    },
)
