"""Requests of patients to amend their record (45 CFR 164.526): the words, the time to answer, what a step looks at.

The days come as data: what ships with the program is from memory, and a row that the practice writes down counts
instead (`models.AmendmentTime`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from documentation.kernel.dates import add_days, long_date
from documentation.kernel.vocabulary import Vocabulary

WAY = Vocabulary(
    "amendment_way",
    {
        "hand": "Handed in",
        "mail": "By mail",
        "portal": "Through a portal",
        "email": "By e-mail",
        "told": "Told in person or by phone",
    },
)
"""How a request came."""

GROUND = Vocabulary(
    "amendment_ground",
    {
        "not_ours": "Somebody else wrote it",
        "not_in_record": "It is not part of the record",
        "not_open": "The patient may not inspect it",
        "accurate": "It is accurate and complete",
    },
)
"""The reasons for which a practice may deny a request, in our own words."""
GROUND_SENTENCES = {
    "not_ours": "What you ask us to change was not written by our practice, and whoever wrote it can still be asked.",
    "not_in_record": "What you ask us to change is not part of the records by which we decide about you.",
    "not_open": "What you ask us to change is not among the records that the law opens to you.",
    "accurate": "We looked at it again, and it is accurate and complete as it stands.",
}
"""The same as the letter to the patient says them."""

DUE_SOON = 14
"""Days before the last one from which a request is named on Today."""


@dataclass(frozen=True)
class AnswerTime:
    """How long the practice has to answer, and by how long it may extend that once, as somebody read it."""

    answer_days: int
    extension_days: int
    source: str
    applies_from: date | None = None
    verified_on: date | None = None
    verified_by: str = ""

    def last_day(self, received_on: date) -> date:
        return add_days(received_on, self.answer_days)

    def latest_day(self, received_on: date) -> date:
        """The last day to which it may be extended."""
        return add_days(received_on, self.answer_days + self.extension_days)


SHIPPED = AnswerTime(60, 30, "45 CFR 164.526(b)(2), from memory, to be verified")


def time_for(received_on: date, written: Iterable[AnswerTime]) -> AnswerTime:
    """The time that counts for a request of this day. `written` is what the practice wrote down, the newest first."""
    for one in written:
        if one.applies_from is None or one.applies_from <= received_on:
            return one
    return SHIPPED


@dataclass(frozen=True)
class StepFacts:
    """What a step of a request looks at: the day of the step, the days of the request, and whether anything changed."""

    on: date
    last_on: date
    is_amended: bool = False


def still_in_time(facts: StepFacts) -> Iterable[str]:
    """An extension counts only where the patient is told within the time to answer."""
    if facts.on > facts.last_on:
        yield (
            f"The time to answer ended on {long_date(facts.last_on)}, and the patient must be told of an extension"
            " before it ends. Answer the request now."
        )


def something_is_amended(facts: StepFacts) -> Iterable[str]:
    """Who accepts has amended the record."""
    if not facts.is_amended:
        yield (
            "Nothing was amended since this request came. Add to the signed record, sign a new version of it, or"
            " correct the demographics; then come back and accept."
        )
