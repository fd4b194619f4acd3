"""The estimate as the patient reads it: plain words at the level of eighth grade or below, measured by a test.

Sentences are short, words are those of the kitchen table. Amounts and names come in; nothing else does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from claims.shares.good_faith import DISPUTE_DAYS, DISPUTE_FROM_CENTS
from documentation.kernel.money import dollars

CAUSE_TO_ASK = (
    "This is an estimate, not a promise. Your real cost may be higher or lower.",
    "The plan decides what it pays only after the visit.",
)


@dataclass(frozen=True)
class PlanWords:
    """One plan on the page: its name and the least and most it may pay, in cents."""

    name: str
    low: int
    high: int


@dataclass(frozen=True)
class Notice:
    """The page in its parts. `good_faith` says that no plan is asked."""

    practice: str
    phone: str
    low: int
    high: int
    fee: int
    good_faith: bool = False
    plans: tuple[PlanWords, ...] = ()
    questions: tuple[str, ...] = ()
    """What is not known yet, each as a clause that begins with 'whether', 'how' or 'what'."""
    is_private: bool = False
    """Whether the patient asked that no plan is told."""


@dataclass(frozen=True)
class Part:
    """A heading with its paragraphs, or with points."""

    title: str
    text: tuple[str, ...] = ()
    points: tuple[str, ...] = ()


def span(low: int, high: int) -> str:
    """`$170.00`, or `$150.00 to $190.00`."""
    return dollars(low) if low == high else f"{dollars(low)} to {dollars(high)}"


def share_sentence(notice: Notice) -> str:
    """The one sentence that matters most."""
    if notice.low == notice.high:
        return f"We think you will pay {dollars(notice.low)}."
    return f"We think you will pay between {dollars(notice.low)} and {dollars(notice.high)}."


def parts(notice: Notice) -> tuple[Part, ...]:
    """The page in the order in which it is read."""
    return (
        _what(),
        _how(notice),
        *_unknown(notice),
        *((_rights(notice),) if notice.good_faith else (_if_denied(notice),)),
        _agree(notice),
    )


def _what() -> Part:
    return Part(
        "What we plan to do",
        (
            "We will look into the small tube that drains your spit gland. We use a thin camera for this.",
            "The camera takes pictures. The doctor reads them and tells you what they show.",
        ),
    )


def _how(notice: Notice) -> Part:
    if notice.good_faith:
        kept = "You asked us not to tell your plan. " if notice.is_private else ""
        return Part(
            "How we got this number",
            (f"{kept}We do not bill a plan for this visit. You pay our fee of {dollars(notice.fee)}.",),
        )
    points = [f"Our fee is {dollars(notice.fee)}."]
    names = ("first", "next")
    for order, plan in zip(names, notice.plans, strict=False):
        paid = (
            f"may pay {dollars(plan.low)}"
            if plan.low == plan.high
            else f"may pay from {dollars(plan.low)} up to {dollars(plan.high)}"
        )
        when = f" {order}" if len(notice.plans) > 1 else ""
        points.append(f"We bill {plan.name}{when}. It {paid}.")
    points.append("You pay the part that is left.")
    return Part("How we got this number", points=tuple(points))


def _unknown(notice: Notice) -> Sequence[Part]:
    if not notice.questions:
        return ()
    return (
        Part(
            "What we do not know yet",
            ("This is why we show two amounts and not one. We still have to ask:",),
            tuple(f"{q[0].upper()}{q[1:]}." for q in notice.questions),
        ),
    )


def _if_denied(notice: Notice) -> Part:
    return Part(
        "If your plan says no",
        (
            *CAUSE_TO_ASK,
            "If it pays less, we will tell you why. You can ask the plan to look again. We can help you with that.",
            f"You may owe the part that the plan does not pay. The most you would owe is {dollars(notice.fee)}.",
        ),
    )


def _rights(notice: Notice) -> Part:
    return Part(
        "Your rights",
        (
            "This is a good-faith estimate, not a contract. You do not have to get this care from us.",
            "Your real cost may be higher or lower. Other care that you need may cost more. We will tell you first.",
            f"If we bill you ${DISPUTE_FROM_CENTS // 100} or more above this amount, you can dispute the bill."
            f" You must start within {DISPUTE_DAYS} days of the first bill.",
            "To learn more, go to www.cms.gov/nosurprises or call 1-800-985-3059. Keep a copy of this page.",
        ),
    )


def _agree(notice: Notice) -> Part:
    ask = f" Call us at {notice.phone} if you have a question." if notice.phone else ""
    return Part(
        "If you agree",
        (
            f"Sign below. It says that we told you the cost and that you had time to ask.{ask}",
            "You can change your mind at any time before the visit.",
        ),
    )


def plain_text(notice: Notice) -> str:
    """Every sentence of the page, one after the other: what the reading level is measured on."""
    found = [share_sentence(notice)]
    for part in parts(notice):
        found += [*part.text, *part.points]
    return " ".join(found)
