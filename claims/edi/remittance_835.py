"""Electronic remittance advice (X12 835): bytes in, frozen facts and findings out.

Tolerant of what does no harm, strict where money stands. A set that is cut off, miscounted, unreadable or out of
balance is set aside by itself (`CheckAdvice.is_sound`), with the position of what is wrong; the others stand.
Nothing that a file contains makes `read` raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from claims.edi.acknowledgements import is_answer
from claims.edi.advice import (
    Balance,
    CheckAdvice,
    ClaimAdvice,
    InterchangeAdvice,
    LineAdvice,
    ProviderAdjustment,
    RemittanceFileAdvice,
)
from claims.edi.elements import Elements
from claims.edi.remittance_set import SetReader
from claims.edi.values import count, plain
from claims.edi.x12 import Finding, Segment, Segments, shown

__all__ = [
    "Balance",
    "CheckAdvice",
    "Checks",
    "ClaimAdvice",
    "Finding",
    "InterchangeAdvice",
    "LineAdvice",
    "ProviderAdjustment",
    "RemittanceFileAdvice",
    "read",
]

MOST_SETS = 10_000
"""Of one file. Payers send a handful; a hostile file must not fill the memory."""


def read(data: bytes) -> RemittanceFileAdvice:
    """Everything that a remittance file says, with what is wrong in it. Never raises on what the bytes contain."""
    reader = _FileReader()
    segments = Segments(data)
    for segment in segments:
        reader.take(segment)
    return reader.finish(segments)


class Checks:
    """The checks of a file one after the other, so that no more than one of them is held with its claims.

    `advice` is known at the end: all that `read` gives, its checks without their claims.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.advice = RemittanceFileAdvice((), (), 0)

    def __iter__(self) -> Iterator[CheckAdvice]:
        reader, segments = _FileReader(keeps_claims=False), Segments(self._data)
        for segment in segments:
            reader.take(segment)
            if reader.fresh:
                yield reader.fresh.pop()
        self.advice = reader.finish(segments)
        yield from reader.fresh


@dataclass(slots=True)
class _Envelope:
    """An open interchange or group: its control number and how many parts it has had."""

    segment: int
    control: str
    parts: int = 0


class _FileReader:
    """Follows the envelopes and hands each set to a reader of its own."""

    def __init__(self, *, keeps_claims: bool = True) -> None:
        self.fresh: list[CheckAdvice] = []
        """Checks that were read whole and not handed on yet, where claims are not kept; there is never a second one."""
        self._keeps_claims = keeps_claims
        self._log = Elements()
        self.interchanges: list[InterchangeAdvice] = []
        self._checks: list[CheckAdvice] = []
        self._header: Segment | None = None
        self._interchange: _Envelope | None = None
        self._group: _Envelope | None = None
        self._set: SetReader | None = None
        self._is_other_set = False
        self._sound: dict[str, tuple[int, str]] = {}
        """Position and digest of the first sound set of each key."""
        self._interchange_controls: set[str] = set()
        self._set_controls: set[str] = set()
        self._count = 0
        self._envelope: dict[str, Callable[[Segment], None]] = {
            "ISA": self._open_interchange,
            "GS": self._open_group,
            "ST": self._open_set,
            "SE": self._close_set,
            "GE": self._close_group,
            "IEA": self._close_interchange,
        }

    def take(self, segment: Segment) -> None:
        handle = self._envelope.get(segment.elements[0])
        if handle:
            handle(segment)
        elif self._set:
            self._set.take(segment)
        elif not self._is_other_set and segment.name != "TA1":
            self._tell(segment, 0, f"The segment {shown(segment.name)} stands outside of any transaction set.")

    def finish(self, segments: Segments) -> RemittanceFileAdvice:
        self._end_interchange("The file ends")
        findings = [*segments.findings, *self._log.findings]
        if self._log.untold:
            findings.append(Finding(0, 0, f"{self._log.untold} more findings are not shown.", is_fault=False))
        if segments.count and not any(i.checks for i in self.interchanges):
            findings.append(Finding(0, 0, "There is no remittance (transaction set 835) in this file."))
        findings.sort(key=lambda f: f.segment)
        return RemittanceFileAdvice(tuple(self.interchanges), tuple(findings), segments.count)

    # --- ISA … IEA ---

    def _open_interchange(self, segment: Segment) -> None:
        self._end_interchange("A new interchange begins")
        self._header = segment
        control = plain(segment.get(13))
        self._interchange = _Envelope(segment.number, control)
        if control in self._interchange_controls:
            self._tell(segment, 13, f"The interchange number {shown(control)} was used before in this file.")
        self._interchange_controls.add(control)

    def _close_interchange(self, segment: Segment) -> None:
        self._end_group("The interchange ends")
        if not self._interchange:
            self._tell(segment, 0, "The end of an interchange (IEA) without a beginning.")
            return
        self._compare(segment, self._interchange, "interchange", "groups")
        self._store_interchange()

    def _end_interchange(self, why: str) -> None:
        self._end_group(why)
        if self._interchange:
            self._tell_at(self._interchange.segment, f"{why} before this interchange was closed (IEA).")
            self._store_interchange()

    def _store_interchange(self) -> None:
        header = self._header
        if header:
            self.interchanges.append(
                InterchangeAdvice(
                    segment=header.number,
                    control=plain(header.get(13)),
                    sender=plain(header.get(6)),
                    receiver=plain(header.get(8)),
                    is_test=header.get(15) == "T",
                    checks=tuple(self._checks),
                )
            )
        self._checks, self._header, self._interchange = [], None, None

    # --- GS … GE ---

    def _open_group(self, segment: Segment) -> None:
        self._end_group("A new group begins")
        self._group = _Envelope(segment.number, plain(segment.get(6)))
        self._set_controls = set()
        if self._interchange:
            self._interchange.parts += 1

    def _close_group(self, segment: Segment) -> None:
        self._end_set("The group ends")
        if not self._group:
            self._tell(segment, 0, "The end of a group (GE) without a beginning.")
            return
        self._compare(segment, self._group, "group", "sets")
        self._group = None

    def _end_group(self, why: str) -> None:
        self._end_set(why)
        if self._group:
            self._tell_at(self._group.segment, f"{why} before this group was closed (GE).")
            self._group = None

    def _compare(self, trailer: Segment, envelope: _Envelope, name: str, parts: str) -> None:
        """Count and control number of a trailer against what was seen."""
        if count(plain(trailer.get(1))) != envelope.parts:
            said = shown(trailer.get(1))
            self._tell(trailer, 1, f"The {name} says that it has {said} {parts}; it has {envelope.parts}.")
        if plain(trailer.get(2)) != envelope.control:
            first, last = shown(envelope.control), shown(trailer.get(2))
            self._tell(trailer, 2, f"The {name} begins with number {first} and ends with {last}.")

    # --- ST … SE ---

    def _open_set(self, segment: Segment) -> None:
        self._end_set("A new transaction set begins")
        if self._group:
            self._group.parts += 1
        kind = plain(segment.get(1))
        self._is_other_set = kind != "835"
        if self._is_other_set:
            left = "left to the reader of acknowledgements" if is_answer(segment) else "skipped"
            self._tell(segment, 1, f"A transaction set {shown(kind)} is no remittance (835). It was {left}.")
            return
        if self._count == MOST_SETS:
            self._is_other_set = True
            self._log.fault_once(
                segment, 0, f"The file has more than {MOST_SETS:,} sets. This and all later ones were skipped."
            )
            return
        self._count += 1
        header = self._header
        self._set = SetReader(
            segment,
            position=self._count,
            interchange_control=plain(header.get(13)) if header else "",
            is_test=header is not None and header.get(15) == "T",
        )
        control = plain(segment.get(2))
        if control in self._set_controls:
            self._set.elements.note(segment, 2, f"The set number {shown(control)} was used before in this group.")
        self._set_controls.add(control)

    def _close_set(self, segment: Segment) -> None:
        if self._set:
            self._set.close(segment)
            self._store_set()
        elif not self._is_other_set:
            self._tell(segment, 0, "The end of a transaction set (SE) without a beginning.")
        self._is_other_set = False

    def _end_set(self, why: str) -> None:
        self._is_other_set = False
        if self._set:
            self._set.cut_off(why)
            self._store_set()

    def _store_set(self) -> None:
        if not self._set:
            return
        check, self._set = self._set.finish(), None
        earlier = self._sound.get(check.key)
        if earlier is None:
            if check.is_sound:
                self._sound[check.key] = (check.position, check.digest)
        else:
            position, digest = earlier
            is_same = digest == check.digest
            message = f"The same check (number, payer, date and amount) is set {position} of this file" + (
                ". It counts once." if is_same else ", with other claims. Ask the payer which one holds."
            )
            finding = Finding(check.segment, 0, message, is_fault=not is_same)
            check = replace(check, repeats=position, findings=(*check.findings, finding))
        if not self._keeps_claims:
            self.fresh.append(check)
            check = replace(check, claims=())
        self._checks.append(check)

    def _tell(self, segment: Segment, element: int, message: str) -> None:
        self._log.note(segment, element, message)

    def _tell_at(self, segment: int, message: str) -> None:
        self._log.tell(Finding(segment, 0, message, is_fault=False))
