"""Reads what comes back before any payer decides: TA1, 999, 277CA. Nothing raises; what is odd is told.

An answer is of an interchange (TA1), of one set in a group (999), or of one claim (277CA). Which claims that are is
known by whoever keeps the files that were sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from claims.codes import claim_status as codes
from claims.edi import values
from claims.edi.elements import MOST_FINDINGS, Elements
from claims.edi.values import plain
from claims.edi.x12 import Finding, Segment, Segments, shown

MOST_ANSWERS = 100_000
MOST_REASONS = 50
"""Reasons of one answer that are kept."""
REJECTING = ("R", "M", "W", "X")
"""Verdicts of a set or group that is not taken in."""
_SETS = {"999": "999", "997": "999", "277": "277CA"}
"""What a set is read as by ST01."""
_LONGEST_READ = 400
"""Characters of an element that are looked at; the longest that means anything has 50."""


class Outcome(StrEnum):
    """What an answer says."""

    RECEIVED = "received"
    """It arrived; whether it is taken in is said later."""
    ACCEPTED = "accepted"
    ACCEPTED_WITH_ERRORS = "accepted_with_errors"
    REJECTED = "rejected"


_ORDER = tuple(Outcome)


@dataclass(frozen=True)
class Answer:
    """One answer. `interchange`, `group`, `set_control`, `batch` and `claim` say what of; the empty ones do not."""

    kind: str
    """TA1, 999, 277CA"""
    outcome: Outcome
    segment: int
    interchange: str = ""
    group: str = ""
    set_control: str = ""
    """Empty with a group: all its sets."""
    batch: str = ""
    """BHT03 of what we sent."""
    provider: str = ""
    """NPI of the billing provider whose claims are meant; empty for all claims of the batch."""
    receiver: str = ""
    """ISA08 of the file: to whom the answer is made out."""
    claim: str = ""
    """CLM01 of what we sent."""
    codes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    payer_control: str = ""
    answered_on: date | None = None


@dataclass(frozen=True)
class Acknowledgements:
    """What a file answers."""

    kind: str
    """The kind of its first part; empty where it holds no acknowledgement."""
    answers: tuple[Answer, ...]
    findings: tuple[Finding, ...]


def read(data: bytes, statuses: Mapping[str, str] | None = None) -> Acknowledgements:
    """The answers of a file in their order; never raises on bad data. `statuses` has words of a loaded list."""
    reading = _Reading(statuses or {})
    segments = Segments(data)
    for segment in segments:
        reading.take(segment)
    reading.end_of_file()
    findings = (*segments.findings, *reading.log.findings)[:MOST_FINDINGS]
    if not reading.answers and not findings:
        findings = (Finding(segments.count, 0, "Here the file ends, and nothing in it answers. It may be cut off."),)
    return Acknowledgements(reading.kind, tuple(reading.answers), findings)


def is_answer(st: Segment) -> bool:
    """Whether the set that this ST begins is a 999 or a 277CA; a 277 that answers a question is none."""
    kind, version = _text(st, 1), _text(st, 3)
    return kind in _SETS and not (kind == "277" and version and "X214" not in version)


def _text(segment: Segment, place: int, longest: int = 50) -> str:
    """An element as it is kept: clean and no longer than that, whatever the file holds."""
    return plain(segment.get(place)[:_LONGEST_READ])[:longest].strip()


class _Reading:
    """The place in the file."""

    def __init__(self, statuses: Mapping[str, str]) -> None:
        self.statuses = statuses
        self.log = Elements()
        self.answers: list[Answer] = []
        self.kind = ""
        self.set_kind, self.first = "", 0
        self.group = ""
        self.written_on: date | None = None
        self.answered_on: date | None = None
        self.open: Answer | None = None
        self.has_said = False
        self.level = self.batch = self.provider = ""
        self.receiver = ""
        self.sets_from, self.is_of_claims = 0, True
        self.has_sets = False
        self.about = ""

    def take(self, segment: Segment) -> None:
        name = segment.name
        if name == "ISA":
            self.receiver = _text(segment, 8)
        elif name == "TA1":
            self._interchange(segment)
        elif name == "GS":
            self.written_on = values.day(segment.get(4).strip())
        elif name == "ST":
            self.keep()
            self._begin(segment)
        elif name == "SE":
            self.keep()
            counted = segment.number - self.first + 1
            if self.set_kind and values.count(segment.get(1).strip()) not in (counted, None):
                self.log.note(segment, 1, f"The set tells of {shown(segment.get(1))} segments; it has {counted}.")
            self.set_kind = ""
        elif self.set_kind == "999":
            self._syntax(name, segment)
        elif self.set_kind == "277CA":
            self._status(name, segment)

    def _begin(self, segment: Segment) -> None:
        kind = _text(segment, 1)
        self.set_kind = _SETS[kind] if is_answer(segment) else ""
        self.first, self.group, self.answered_on, self.level = segment.number, "", self.written_on, ""
        self.batch = self.provider = ""
        if self.set_kind:
            self.kind = self.kind or self.set_kind
        else:
            what = "It is left to the reader of remittances." if kind == "835" else "It was passed over."
            self.log.note(segment, 1, f"This set is no acknowledgement but {shown(kind)}. {what}")

    def keep(self) -> None:
        """The answer that is open has all its reasons. One that says nothing, as in a file cut off, counts for none."""
        if self.open is not None and not self.has_said:
            self.log.tell(Finding(self.open.segment, 0, "This says of what it answers, and no answer follows."))
        elif self.open is not None:
            self._add(self.open)
        self._start(None)

    def _add(self, answer: Answer) -> None:
        if len(self.answers) < MOST_ANSWERS:
            self.answers.append(replace(answer, receiver=self.receiver))

    def _start(self, answer: Answer | None) -> None:
        self.open, self.has_said, self.about = answer, False, ""

    def end_of_file(self) -> None:
        if self.set_kind:
            self.log.tell(Finding(0, 0, "The last set has no end. The file may be cut off.", is_fault=False))
        self.keep()

    def _because(self, code: str, reason: str) -> None:
        if self.open is not None and len(self.open.reasons) < MOST_REASONS:
            self.open = replace(self.open, codes=(*self.open.codes, code), reasons=(*self.open.reasons, reason))

    # --- TA1 ----------------------------------------------------------------------------------------------------

    def _interchange(self, segment: Segment) -> None:
        said, code = _text(segment, 4), _text(segment, 5, 30)
        outcome = {"A": Outcome.ACCEPTED, "E": Outcome.ACCEPTED_WITH_ERRORS, "R": Outcome.REJECTED}.get(said)
        if outcome is None:
            self.log.fault(segment, 4, f"{shown(said)} does not say whether the interchange was taken in.")
            return
        self.kind = self.kind or "TA1"
        is_quiet = code in ("000", "")
        words = codes.INTERCHANGE_FAULTS.get(code, "it is faulty")
        self._add(
            Answer(
                "TA1",
                outcome,
                segment.number,
                interchange=_text(segment, 1),
                codes=() if is_quiet else (code,),
                reasons=() if is_quiet else (f"The whole file: {words} ({code}).",),
                answered_on=values.day("20" + _text(segment, 2)),
            )
        )

    # --- 999 ----------------------------------------------------------------------------------------------------

    def _syntax(self, name: str, segment: Segment) -> None:
        if name == "AK1":
            self.group, self.has_sets, self.sets_from = _text(segment, 2), False, len(self.answers)
            self.is_of_claims = self._is_of_claims(segment, "HC")
        elif not self.is_of_claims:
            return  # another kind of group may bear the same number
        elif name == "AK2":
            self.keep()
            self.has_sets = True
            if not self._is_of_claims(segment, "837"):
                return
            set_control = _text(segment, 2)
            self._start(
                Answer(
                    "999",
                    Outcome.REJECTED,
                    segment.number,
                    group=self.group,
                    set_control=set_control,
                    answered_on=self.written_on,
                )
            )
        elif name in ("IK3", "AK3"):
            code = _text(segment, 4, 30)
            self.about = f"segment {_text(segment, 1, 30)} at {_text(segment, 2, 30)}"
            words = codes.SEGMENT_FAULTS.get(code, "it is faulty")
            if code != "8":  # its elements say more
                self._because(f"{name}:{code}", f"{_capital(self.about)}: {words} ({code}).")
        elif name in ("IK4", "AK4"):
            code, place = _text(segment, 3, 30), _parts(segment, 1)[0]
            words = codes.ELEMENT_FAULTS.get(code, "it is faulty")
            self._because(
                f"{name}:{code}", f"{_capital(self.about or 'a segment')}, element {place}: {words} ({code})."
            )
        elif name in ("IK5", "AK5"):
            self._decide(segment)
        elif name == "AK9":
            self._decide_group(segment)

    def _is_of_claims(self, segment: Segment, kind: str) -> bool:
        said = _text(segment, 1)
        if said != kind:
            self.log.note(segment, 1, f"This answers {shown(said)} and not claims ({kind}). It was passed over.")
        return said == kind

    def _decide_group(self, segment: Segment) -> None:
        """A group that is rejected takes all its sets with it, whatever was said of each and whether it is named."""
        is_rejected = _text(segment, 1) in REJECTING
        if self.open is not None and is_rejected:
            self._start(None)  # the verdict of its last set is missing; the group's stands for it
        if not self.has_sets or is_rejected:
            for n in range(self.sets_from, len(self.answers)):
                told = self.answers[n]
                if told.kind == "999" and told.outcome is not Outcome.REJECTED:
                    why = (*told.reasons, "The whole group was rejected (AK9).")
                    self.answers[n] = replace(told, outcome=Outcome.REJECTED, reasons=why)
            self._start(Answer("999", Outcome.REJECTED, segment.number, group=self.group, answered_on=self.written_on))
            self._decide(segment)

    def _decide(self, segment: Segment) -> None:
        if self.open is None:
            return
        said = _text(segment, 1)
        outcome = {"A": Outcome.ACCEPTED, "E": Outcome.ACCEPTED_WITH_ERRORS, "P": Outcome.ACCEPTED_WITH_ERRORS}.get(
            said
        )
        if outcome is None and said not in REJECTING:
            self.log.fault(segment, 1, f"{shown(said)} does not say whether the set was taken in.")
            self._start(None)
            return
        self.open, self.has_said = replace(self.open, outcome=outcome or Outcome.REJECTED), True
        for place in range(2, 7):
            code = _text(segment, place, 30)
            if segment.name in ("IK5", "AK5") and code and code != "5":
                self._because(f"IK5:{code}", f"The set: {codes.SET_FAULTS.get(code, 'it is faulty')} ({code}).")
        self.keep()

    # --- 277CA --------------------------------------------------------------------------------------------------

    def _status(self, name: str, segment: Segment) -> None:
        if name == "HL":
            self.keep()
            self.level = _text(segment, 3)
        elif name == "DTP" and segment.get(1) == "009" and self.level == "20":
            self.answered_on = values.day(_text(segment, 3))
            if self.level != "PT":
                self.provider = ""
        elif name == "NM1" and self.level == "19" and segment.get(8) == "XX":
            self.provider = _text(segment, 9)
        elif name == "TRN" and self.level in ("PT", "21"):
            self.keep()
            number = _text(segment, 2)
            if self.level == "21":
                self.batch = number
            self._answer(segment, **({"claim": number} if self.level == "PT" else {"batch": number}))
        elif name == "STC":
            if self.open is None and self.level in ("19", "21"):
                self._answer(segment, batch=self.batch, provider=self.provider)
            if self.open is not None:
                self._said(self.open, segment)
        elif name == "REF" and segment.get(1) == "1K" and self.open is not None:
            self.open = replace(self.open, payer_control=_text(segment, 2, 60))

    def _answer(self, segment: Segment, **of: str) -> None:
        self._start(replace(Answer("277CA", Outcome.RECEIVED, segment.number, answered_on=self.answered_on), **of))  # type: ignore[arg-type]

    def _said(self, answer: Answer, segment: Segment) -> None:
        """One STC: up to three statuses, and what they come to."""
        found: list[Outcome] = []
        for place in (1, 10, 11):
            category, status, entity = (*_parts(segment, place), "", "", "")[:3]
            if not category:
                continue
            outcome = _outcome_of(category, _text(segment, 3))
            if outcome is None:
                self.log.note(segment, place, f"The status {shown(category)} is not known; it counts as received.")
                outcome = Outcome.RECEIVED
            found.append(outcome)
            code = ":".join(c for c in (category, status, entity) if c)
            self._because(code, _capital(codes.status_words(category, status, entity, self.statuses)) + ".")
        day = values.day(_text(segment, 2))
        worst = max((*found, answer.outcome), key=_ORDER.index)
        reasons = self.open or answer
        self.open = replace(reasons, outcome=worst, answered_on=day or answer.answered_on)
        self.has_said = self.has_said or bool(found)


def _outcome_of(category: str, action: str) -> Outcome | None:
    """By the category; where that is not known, by the action (WQ taken, U refused)."""
    if category in codes.REJECTED_CATEGORIES:
        return Outcome.REJECTED
    if action == "U":
        return Outcome.REJECTED
    if category in codes.ACCEPTED_CATEGORIES:
        return Outcome.ACCEPTED
    return Outcome.RECEIVED if category in codes.RECEIVED_CATEGORIES else None


def _parts(segment: Segment, place: int) -> list[str]:
    """The components of a composite element, as they are kept."""
    return [plain(p)[:30] for p in segment.get(place)[:_LONGEST_READ].split(segment.component)]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
