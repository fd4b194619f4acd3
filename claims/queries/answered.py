"""Which of the claims that we sent an acknowledgement answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from claims.edi.acknowledgements import Acknowledgements, Answer, Outcome
from claims.edi.elements import MOST_FINDINGS
from claims.edi.x12 import Finding, shown
from claims.models import ControlSeries, Predetermination, TransmittedClaim
from claims.queries.parties import parties
from claims.queries.predeterminations import key_in

Matched = list[tuple[Answer, TransmittedClaim]]
_BATCH = re.compile(r"BATCH([0-9]{6,9})(?:-([0-9]{1,6}))?", re.ASCII)
_MANY = 500
"""Numbers in one question."""


@dataclass(frozen=True)
class Matches:
    """What a file says of what we sent."""

    claims: Matched
    """Each answer with a claim that it is of, in the order of the file."""
    asked: list[tuple[Answer, Predetermination]]
    """The same of predeterminations."""
    odd: list[Finding]
    """A note for each answer that is of nothing of ours."""


def match(said: Acknowledgements) -> Matches:
    """Each answer with what it is of.

    Whatever the file repeats, a claim has one answer of each kind and outcome. What is said of a whole group or batch
    holds for the claims of which the file says nothing by themselves.
    """
    matching = _Matching(said)
    for answer in sorted(said.answers, key=_is_wide):
        matching.take(answer)
    return Matches(sorted(matching.matched, key=lambda m: m[0].segment), matching.asked, matching.odd)


def _is_wide(answer: Answer) -> bool:
    return not (answer.claim or answer.set_control)


class _Matching:
    """What is known of the files that the answers name."""

    def __init__(self, said: Acknowledgements) -> None:
        self.matched: Matched = []
        self.asked: list[tuple[Answer, Predetermination]] = []
        self.odd: list[Finding] = []
        named = {a.claim for a in said.answers if a.claim}
        self._by_control = {s.control: s for s in _some("control", named)}
        files = {f for a in said.answers if (f := _file_of(a)[0])}
        self._files: dict[int, list[TransmittedClaim]] = {}
        for sent in _some("transmission__interchange", files):
            self._files.setdefault(sent.transmission.interchange, []).append(sent)
        numbers = {key for claim in named if (key := key_in(claim))}
        rows = Predetermination.objects.filter(Q(pk__in=numbers) | Q(transmission__interchange__in=files))
        self._questions = list(rows.select_related("transmission")) if numbers or files else []
        self._us = parties().sender
        self._taken: set[tuple[str, ...]] = set()
        self._by_itself: set[tuple[str, int]] = set()
        """Kind of answer and claim, where the file speaks of the claim or of its set."""

    def take(self, answer: Answer) -> None:
        a = answer
        key = (a.kind, a.outcome, a.interchange, a.group, a.set_control, a.batch, a.provider, a.claim)
        if key in self._taken:
            return
        self._taken.add(key)
        if _is_of_a_batch(answer) and answer.outcome is not Outcome.REJECTED:
            return  # it arrived; what becomes of its claims is said by themselves
        if self._us and answer.receiver.upper() != self._us.upper():
            self._stray(answer)
            return
        found = self._of(answer)
        if not found and (question := self._question_of(answer)) is not None:
            self.asked.append((answer, question))
        elif not found:
            self._tell(answer)
        for sent in found:
            if not _is_wide(answer):
                self._by_itself.add((answer.kind, sent.pk))
            elif (answer.kind, sent.pk) in self._by_itself:
                continue
            once = (answer.kind, answer.outcome, str(sent.pk))
            if once not in self._taken:
                self._taken.add(once)
                self.matched.append((answer, sent))

    def _of(self, answer: Answer) -> list[TransmittedClaim]:
        """One claim, or those of an interchange, of a set, or of a batch that is rejected as a whole."""
        if answer.claim:
            return [self._by_control[answer.claim]] if answer.claim in self._by_control else []
        file, place = _file_of(answer)
        rows = self._files.get(file, [])
        if answer.set_control:
            return [s for s in rows if s.set_control == answer.set_control]
        if place and rows:
            number = f"{rows[0].transmission.first_set + place - 1:04d}"
            rows = [s for s in rows if s.set_control == number]
        if answer.provider:
            rows = [s for s in rows if s.claim.encounter.location.npi == answer.provider]
        return rows

    def _question_of(self, answer: Answer) -> Predetermination | None:
        """The predetermination that an answer is of: it has a number like a claim's, and a file of its own."""
        number, file = key_in(answer.claim), _file_of(answer)[0]
        for row in self._questions:
            sent = row.transmission
            if row.pk == number if answer.claim else sent is not None and sent.interchange == file:
                return row
        return None

    def _stray(self, answer: Answer) -> None:
        """Told once for each receiver that is not us: the numbers of others may be the same as ours."""
        key = ("receiver", answer.receiver)
        if key not in self._taken and len(self.odd) < MOST_FINDINGS:
            self._taken.add(key)
            said = (
                f"This file is made out to {shown(answer.receiver)}, and we send as {shown(self._us)}: what"
                " it answers was not sent from here. Where the ID changed, an administrator sets it under Practice."
            )
            self.odd.append(Finding(answer.segment, 0, said, is_fault=False))

    def _tell(self, answer: Answer) -> None:
        if len(self.odd) < MOST_FINDINGS:
            what = answer.claim or answer.batch or answer.set_control or answer.group or answer.interchange
            said = f"This answers {shown(what)}, which is nothing that was sent from here."
            if _is_of_a_batch(answer):
                whose = f" of the provider {shown(answer.provider)}" if answer.provider else ""
                said = (
                    f"This rejects all claims{whose} in the batch {shown(answer.batch)}, where none of ours is found:"
                    f" {' '.join(answer.reasons[:3]) or 'no reason is given.'} Look at what was sent, and ask the"
                    " clearinghouse which claims are meant."
                )
            self.odd.append(Finding(answer.segment, 2, said + self._forgotten(answer), is_fault=False))

    def _forgotten(self, answer: Answer) -> str:
        """What an answer to us means on a file whose number was never given here."""
        file, last = _file_of(answer)[0], last_given("interchange")
        if not self._us or file <= last:
            return ""
        return (
            f" It is on our file {file:09d}, and the last one known here is {last:09d}. Where the database was restored"
            f" from a backup, set EDI_NUMBERS_FROM above {file} before the next file is written: else its number is"
            " given twice."
        )


def last_given(series: str) -> int:
    """The last control number given of a series; 0 where none was."""
    return ControlSeries.objects.filter(name=series).values_list("last", flat=True).first() or 0


def _is_of_a_batch(answer: Answer) -> bool:
    return answer.kind == "277CA" and not answer.claim


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
