"""The letters that answer a request to amend, and the request on paper with all that was said of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from documentation.kernel.amendments import GROUND, GROUND_SENTENCES, WAY
from documentation.kernel.dates import long_date

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A request as its papers name it."""

    number: str
    patient: str
    initials: str
    address: tuple[str, ...]
    practice: str
    practice_address: str
    phone: str
    received_on: date
    way: str
    about: str
    wanted: str
    words: str
    state: str


@dataclass(frozen=True)
class Told:
    """One step of it as its papers name it. `done` is by what the record was amended."""

    kind: str
    on: date
    said: str
    until: date | None = None
    ground: str = ""
    done: str = ""
    tell: str = ""


_SUBJECT = {
    "extend": "We need more time for your request",
    "accept": "We amended your record",
    "deny": "We did not amend your record",
    "rebut": "Our answer to your statement",
}
LETTERS = frozenset(_SUBJECT)
"""The steps of which the patient is told in a letter."""
TITLES = {
    "extend": "The time was extended",
    "accept": "The request was accepted",
    "deny": "The request was denied",
    "dispute": "The patient’s statement of disagreement",
    "rebut": "The practice’s rebuttal",
    "withdraw": "The request was withdrawn",
}


def letter(asked: Asked, told: Told) -> Json:
    """The letter to the patient about one step, as the template sets it."""
    opening = (
        f"On {long_date(asked.received_on)} we received your request to amend your record ({asked.number})."
        f" It is about {asked.about}, and it asks for this: {_closed(asked.wanted)}"
    )
    paragraphs, heading, points = _BODIES[told.kind](asked, told)
    return {
        **_head(asked, told.on, _SUBJECT[told.kind]),
        "to": [asked.patient, *asked.address],
        "day": long_date(told.on),
        "paragraphs": ["To " + asked.patient + ":", opening, *paragraphs],
        "heading": heading,
        "points": points,
        "sections": [],
        "signed": asked.practice,
    }


def whole(asked: Asked, steps: Iterable[Told], *, printed_on: date) -> Json:
    """The request with everything that was said of it, as it goes along with a record."""
    first = {
        "title": "The request",
        "meta": f"received {long_date(asked.received_on)}, {WAY.label(asked.way).lower()}",
        "paragraphs": [f"About {asked.about}.", _closed(asked.wanted), *([asked.words] if asked.words else [])],
    }
    return {
        **_head(asked, printed_on, "Request to amend the record"),
        "to": [],
        "day": "",
        "paragraphs": [f"{asked.patient} · {asked.state}"],
        "heading": "",
        "points": [],
        "sections": [first, *(_section(told) for told in steps)],
        "signed": "",
    }


def in_a_row(received_on: date, wanted: str, words: str, steps: Iterable[Told]) -> str:
    """What was asked and all that was said of it, a line for each, as it stands in the note."""
    lines = [f"Asked on {long_date(received_on)}: {_closed(wanted)}", *([words] if words else [])]
    for told in steps:
        reason = f" {GROUND.label(told.ground)}." if told.ground else ""
        lines.append(f"{TITLES[told.kind]} on {long_date(told.on)}.{reason} {_closed(told.said)}")
    return "\n".join(lines)


def _head(asked: Asked, day: date, title: str) -> Json:
    return {
        "title": title,
        "author": asked.practice,
        "date": [day.year, day.month, day.day],
        "footer": f"{asked.number} · {asked.initials} · {long_date(day)}",
        "practice": asked.practice,
        "address": " · ".join(x for x in (asked.practice_address, asked.phone) if x),
    }


def _section(told: Told) -> Json:
    paragraphs = []
    if told.ground:
        paragraphs.append(f"Reason: {GROUND.label(told.ground)}.")
    if told.until:
        paragraphs.append(f"To be answered by {long_date(told.until)}.")
    paragraphs.append(told.said)
    if told.done:
        paragraphs.append(f"Amended by: {told.done}.")
    if told.tell:
        paragraphs.append(f"Also told: {_closed(told.tell)}")
    return {"title": TITLES[told.kind], "meta": long_date(told.on), "paragraphs": paragraphs}


def _extended(asked: Asked, told: Told) -> tuple[list[str], str, list[str]]:
    by = long_date(told.until) if told.until else ""
    return (
        [
            f"We could not answer it yet. {_closed(told.said)}",
            f"You will have our answer by {by}. This is the only time that we extend it.",
        ],
        "",
        [],
    )


def _accepted(asked: Asked, told: Told) -> tuple[list[str], str, list[str]]:
    told_too = [f"We also tell, or will tell: {_closed(told.tell)}"] if told.tell else []
    return (
        [
            f"We accepted your request and amended the record. {_closed(told.said)}",
            f"What was done: {told.done}. What the record said before stays readable beside it.",
            *told_too,
        ],
        "What you can do now",
        [
            "Tell us who else should know of the change, and that we may tell them. We make a reasonable effort to"
            " reach the people you name, and those who we know rely on what the record said before.",
            f"Questions? Ask for our privacy official{_by_phone(asked)}.",
        ],
    )


def _denied(asked: Asked, told: Told) -> tuple[list[str], str, list[str]]:
    return (
        [f"We did not accept your request. {GROUND_SENTENCES[told.ground]} {_closed(told.said)}"],
        "What you can do now",
        [
            "You may disagree in writing. Send your statement, with your reasons, to the address at the head of this"
            " letter. We keep it with your record, and it goes along whenever we send the part that it is about.",
            "If you send no statement, you may ask that your request and this letter go along with that part of the"
            " record. We do so in any case.",
            f"You may complain to our privacy official{_by_phone(asked)}.",
            "You may also complain to the Secretary of the U.S. Department of Health and Human Services. Nobody may"
            " hold a complaint against you.",
        ],
    )


def _rebutted(asked: Asked, told: Told) -> tuple[list[str], str, list[str]]:
    return (
        [
            "You disagree with our answer, and your statement is kept with your record. This is what we say to it:",
            told.said,
            "Your request, our denial, your statement and this answer go along whenever we send the part of the record"
            " that they are about.",
        ],
        "",
        [],
    )


_BODIES = {"extend": _extended, "accept": _accepted, "deny": _denied, "rebut": _rebutted}


def _by_phone(asked: Asked) -> str:
    return f", phone {asked.phone}" if asked.phone else ""


def _closed(words: str) -> str:
    """With a full stop where it ends without one."""
    words = words.strip()
    return words if words.endswith((".", "!", "?", "”", '"')) else f"{words}."
