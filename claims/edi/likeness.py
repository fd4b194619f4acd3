"""How alike an answer of a payer and a claim of ours are, where no number says that they belong together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

MEMBER, NAME, DAY, CODE, CHARGE = 35, 15, 20, 15, 15
"""What each sameness is worth; together 100."""
CERTAIN = 85
"""From here on an answer is matched by itself, where member, day and charge are the same and nothing else fits."""
WORTH_SHOWING = 30


@dataclass(frozen=True, slots=True)
class Traits:
    """What both sides have: empty texts, no day and no codes are not known."""

    member_id: str
    last_name: str
    first_name: str
    service_date: date | None
    charge_cents: int
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Of 100, with what is the same and what is not, in words."""

    score: int
    same: tuple[str, ...]
    other: tuple[str, ...]
    is_certain: bool


def compare(answer: Traits, claim: Traits) -> Likeness:
    """The sign of the charge is not looked at: a reversal turns it."""
    is_member = _is_same(answer.member_id, claim.member_id)
    is_name = _is_same(answer.last_name, claim.last_name) and (
        not answer.first_name or answer.first_name[:1].casefold() == claim.first_name[:1].casefold()
    )
    is_day = answer.service_date is not None and answer.service_date == claim.service_date
    is_charge = abs(answer.charge_cents) == claim.charge_cents
    found = (
        (is_member, MEMBER, "member ID"),
        (is_name, NAME, "name"),
        (is_day, DAY, "date of service"),
        (bool(answer.codes & claim.codes), CODE, "code"),
        (is_charge, CHARGE, "charge"),
    )
    score = sum(worth for holds, worth, _ in found if holds)
    return Likeness(
        score,
        tuple(word for holds, _, word in found if holds),
        tuple(word for holds, _, word in found if not holds),
        is_certain=score >= CERTAIN and is_member and is_day and is_charge,
    )


def contradicts(answer: Traits, claim: Traits) -> bool:
    """Whether an answer is on somebody else than the claim whose number it bears.

    The code says nothing: every claim has it. The member must be the same, or the name with the day. What an answer
    leaves out does not contradict; where it names nobody, the day or the charge must be the same.
    """
    same = compare(answer, claim).same
    has_day = answer.service_date is None or "date of service" in same
    if not answer.member_id and not answer.last_name:
        return not has_day and "charge" not in same
    return not ("member ID" in same or ("name" in same and has_day))


def _is_same(one: str, other: str) -> bool:
    return bool(one) and one.strip().casefold() == other.strip().casefold()


def best(likenesses: Iterable[tuple[int, Likeness]]) -> tuple[int, Likeness] | None:
    """The claim that fits, where one does and no other does as well."""
    certain = sorted(((like.score, key, like) for key, like in likenesses if like.is_certain), key=lambda c: c[:2])
    if not certain or (len(certain) > 1 and certain[-2][0] == certain[-1][0]):
        return None
    _, key, like = certain[-1]
    return key, like
