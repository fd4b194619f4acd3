"""Which of the claims that we sent an acknowledgement answers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import QuerySet

from claims.edi.acknowledgements import Acknowledgements, Answer, Outcome
from claims.edi.elements import MOST_FINDINGS
from claims.edi.x12 import Finding, shown
from claims.models import TransmittedClaim

Matched = list[tuple[Answer, TransmittedClaim]]
_BATCH = re.compile(r"BATCH([0-9]{6,9})(?:-([0-9]{1,6}))?", re.ASCII)
_MANY = 500
"""Numbers in one question."""


def match(said: Acknowledgements) -> tuple[Matched, list[Finding]]:
    """Each answer with the claims that it is of, in the order of the file, and a note for each that is of none.

    Whatever the file repeats, a claim has one answer of each kind and outcome.
    """
    matching = _Matching(said)
    for answer in said.answers:
        matching.take(answer)
    return matching.matched, matching.odd


class _Matching:
    """What is known of the files that the answers name."""

    def __init__(self, said: Acknowledgements) -> None:
        self.matched: Matched = []
        self.odd: list[Finding] = []
        named = {a.claim for a in said.answers if a.claim}
        self._by_control = {s.control: s for s in _some("control", named)}
        files = {f for a in said.answers if (f := _file_of(a)[0])}
        self._files: dict[int, list[TransmittedClaim]] = {}
        for sent in _some("transmission__interchange", files):
            self._files.setdefault(sent.transmission.interchange, []).append(sent)
        self._taken: set[tuple[str, ...]] = set()

    def take(self, answer: Answer) -> None:
        key = (answer.kind, answer.outcome, answer.interchange, answer.group, answer.set_control, answer.batch)
        if (*key, answer.claim) in self._taken:
            return
        self._taken.add((*key, answer.claim))
        found = self._of(answer)
        if not found and not (answer.batch and answer.outcome is not Outcome.REJECTED):
            self._tell(answer)
        for sent in found:
            once = (answer.kind, answer.outcome, str(sent.pk))
            if once not in self._taken:
                self._taken.add(once)
                self.matched.append((answer, sent))

    def _of(self, answer: Answer) -> list[TransmittedClaim]:
        """One claim, or those of an interchange, of a set, or of a batch that is rejected as a whole."""
        if answer.claim:
            return [self._by_control[answer.claim]] if answer.claim in self._by_control else []
        if answer.batch and answer.outcome is not Outcome.REJECTED:
            return []
        file, place = _file_of(answer)
        rows = self._files.get(file, [])
        if answer.set_control:
            return [s for s in rows if s.set_control == answer.set_control]
        if place and rows:
            number = f"{rows[0].transmission.first_set + place - 1:04d}"
            return [s for s in rows if s.set_control == number]
        return rows

    def _tell(self, answer: Answer) -> None:
        if len(self.odd) < MOST_FINDINGS:
            what = answer.claim or answer.batch or answer.set_control or answer.group or answer.interchange
            said = f"This answers {shown(what)}, which is nothing that was sent from here."
            self.odd.append(Finding(answer.segment, 2, said, is_fault=False))


def _file_of(answer: Answer) -> tuple[int, int]:
    """The number of the file that an answer is of, 0 for none of ours, and the place of its set where it says so."""
    number, place = answer.interchange or answer.group, 0
    if answer.batch:
        batch = _BATCH.fullmatch(answer.batch)
        number, place = (batch[1], int(batch[2] or 1)) if batch else ("", 0)
    return (int(number), place) if re.fullmatch(r"[0-9]{1,9}", number, re.ASCII) else (0, 0)


def _some(field: str, values: Iterable[str | int]) -> Iterable[TransmittedClaim]:
    wanted = sorted(values)
    for start in range(0, len(wanted), _MANY):
        yield from _sent().filter(**{f"{field}__in": wanted[start : start + _MANY]})


def _sent() -> QuerySet[TransmittedClaim]:
    related = "claim__encounter__patient", "claim__encounter__location", "claim__coverage", "transmission"
    return TransmittedClaim.objects.select_related(*related)
