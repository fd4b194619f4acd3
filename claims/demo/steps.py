"""What can happen to a claim after the visit, each so many days after what came before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from claims.demo.payer_side import Reply

PAY_WEEKDAY = {"99991": 1, "99992": 2, "99993": 3, "99994": 0}
"""The weekday on which a payer sends its checks, Monday is 0."""


@dataclass(frozen=True)
class Step:
    """`after`: days after the step before; the first counts from the visit."""

    after: int
    hour: ClassVar[int] = 10
    """The hour of the day at which the office does it."""


@dataclass(frozen=True)
class Sealed(Step):
    """The packet is built and sealed."""


@dataclass(frozen=True)
class Sent(Step):
    """The packet is sealed, where it is not, and sent."""

    channel: str = "portal"
    hour: ClassVar[int] = 11


@dataclass(frozen=True)
class Accepted(Step):
    """The payer took the claim in."""


@dataclass(frozen=True)
class Rejected(Step):
    """The claim came back before anybody decided on it."""

    reason: str


@dataclass(frozen=True)
class Held(Step):
    """Kept from leaving."""

    reason: str


@dataclass(frozen=True)
class Answered(Step):
    """The payer decides, in its check of that week."""

    reply: Reply
    slip: int = 0
    """Cents by which the amount of the check is misprinted; it is a check of its own then."""
    with_stranger: bool = False
    """The check settles a claim, too, that nobody here knows."""
    hour: ClassVar[int] = 8


@dataclass(frozen=True)
class Typed(Step):
    """An explanation of benefits comes on paper and is typed in."""

    reply: Reply
    hour: ClassVar[int] = 14


@dataclass(frozen=True)
class Assigned(Step):
    """The biller takes the denial over."""


@dataclass(frozen=True)
class CauseCorrected(Step):
    """A person finds another cause than the codes tell."""

    cause: str
    reason: str


@dataclass(frozen=True)
class Appealed(Step):
    """An appeal is opened; its letter is drafted from the facts."""


@dataclass(frozen=True)
class AppealSealed(Step):
    """Letter and enclosures are sealed."""

    hour: ClassVar[int] = 13


@dataclass(frozen=True)
class AppealSent(Step):
    """The sealed appeal goes out."""

    channel: str = "mail"
    hour: ClassVar[int] = 15


@dataclass(frozen=True)
class Decided(Step):
    """The payer answers an appeal by letter."""

    outcome: str


@dataclass(frozen=True)
class WriteOffAsked(Step):
    """The biller asks to write off what was denied; above the limit a second person decides."""

    reason: str


@dataclass(frozen=True)
class Resolved(Step):
    """The denial is closed with a sentence."""

    how: str


def dated(steps: tuple[Step, ...], visit_on: date, payer_id: str) -> Iterator[tuple[date, Step]]:
    """Steps with their days: the office works on weekdays, and answers come on the day on which the payer pays."""
    day = visit_on
    for step in steps:
        day += timedelta(days=step.after)
        if isinstance(step, Answered):
            day -= timedelta(days=(day.weekday() - PAY_WEEKDAY[payer_id]) % 7)
        elif day.weekday() > 4:
            day += timedelta(days=7 - day.weekday())
        yield day, step


def weekday(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))
