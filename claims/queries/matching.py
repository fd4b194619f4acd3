"""Which claim of ours an answer of a payer belongs to, and how we know."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from claims.edi.advice import ClaimAdvice
from claims.edi.likeness import WORTH_SHOWING, Likeness, Traits, best, compare, contradicts
from claims.models import Claim, ClaimLine, RemittanceClaim
from claims.models.claims import number_of
from claims.queries.lineages import Answering, claims_by_payer_control, heirs
from claims.workflow import BILLED, Closing
from documentation.kernel.money import from_cents, to_cents
from documentation.models.among import among
from documentation.models.shapes import Shape
from documentation.models.together import Rows

_OUR_NUMBER = re.compile(r"(C[0-9]{6,12})(?:R[0-9]{1,4})?(?:-.*)?", re.ASCII)
MOST_CANDIDATES = 200
"""Claims that are compared with one answer, and shown at most five of."""
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Match:
    """The claim that an answer belongs to, by its key; how we know, in words; how sure that is, of 100."""

    claim: int
    how: str
    score: int


def match_all(answers: Iterable[ClaimAdvice], payer: Answering | None = None) -> dict[int, Match]:
    """Matches by position of the answer; answers that match nothing are left out.

    By our own line number (REF 6R), then the payer's control number seen before, then our claim number, then member
    ID with date, charge and code. A payer may keep its number for the claim that replaces another: then the one that
    our number names counts, else the one in force; a reversal takes back what was answered under it. The number of
    queries is the same, however many answers there are. An answer whose lines bear the numbers of several claims is
    left to a person, who divides it, and so is one whose two numbers name claims that have nothing to do with each
    other. `payer` is who answers: its number is looked for among its own.
    """
    wanted = list(answers)
    numbers = {n for a in wanted for n in _numbers_of(a)}
    by_control = claims_by_payer_control({a.payer_control for a in wanted if a.payer_control}, payer)
    known = _traits(among("pk", {int(n[1:]) for n in numbers} | set(by_control.values())))
    replaced = [key for key, ours in known.items() if ours.is_replaced]
    after = heirs(Claim.objects.all(), Claim.objects.filter(pk__in=replaced)) if replaced else {}
    numbered = _Numbered(known, by_control, {key: [c.pk for c in claims] for key, claims in after.items()})
    matches: dict[int, Match] = {}
    rest = []
    for answer in wanted:
        match = numbered.match(answer)
        if match:
            matches[answer.position] = match
        elif not is_merged(answer) and not numbered.is_torn(answer):
            rest.append(answer)
    _by_person(rest, matches)
    return matches


def is_merged(answer: ClaimAdvice) -> bool:
    """Whether the lines of an answer bear the numbers of several claims of ours."""
    return len({n for line in answer.lines if (n := number_in(line.line_control))}) > 1


def number_in(text: str) -> str:
    """The number of our claim in what came back: of its later sendings (C000001R2) and its lines (C000001-1), too."""
    found = _OUR_NUMBER.fullmatch(text)
    return found[1] if found else ""


def named_by(row: RemittanceClaim) -> tuple[str, ...]:
    """Claims of ours whose numbers an answer bears that belongs to none yet: those of its lines, then its own."""
    if row.claim_id or row.parts.all():
        return ()
    said = (*(line.line_control for line in row.lines.all()), row.patient_control)
    return tuple(dict.fromkeys(number for text in said if (number := number_in(text))))


def _numbers_of(answer: ClaimAdvice) -> list[str]:
    given = [*(line.line_control for line in answer.lines), answer.patient_control]
    return [n for text in given if (n := number_in(text))]


@dataclass(frozen=True, slots=True)
class _Ours:
    traits: Traits
    is_billed: bool
    is_replaced: bool


def _traits(which: Q) -> dict[int, _Ours]:
    """What is compared of claims, by key; in two queries."""
    rows = list(_compared(Claim.objects.filter(which)))
    return _ours(rows, _codes(among("claim", {row[0] for row in rows})))


def _compared(claims: QuerySet[Claim]) -> QuerySet[Any]:
    return claims.order_by("pk").values_list(
        "pk", "closing", "service_date", "total", "coverage__member_id",
        "encounter__patient__last_name", "encounter__patient__first_name",
    )  # fmt: skip


def _codes(of_claims: Q) -> QuerySet[Any]:
    return ClaimLine.objects.filter(of_claims).order_by().values_list("claim", "code")


def _ours(rows: Iterable[tuple[Any, ...]], lines: Iterable[tuple[int, str]]) -> dict[int, _Ours]:
    codes: dict[int, set[str]] = {}
    for key, code in lines:
        codes.setdefault(key, set()).add(code)
    return {
        key: _Ours(
            Traits(member, last, first, day, to_cents(total), frozenset(codes.get(key, ()))),
            closing in BILLED,
            closing == Closing.CORRECTED,
        )
        for key, closing, day, total, member, last, first in rows
    }


def traits_of(answer: ClaimAdvice) -> Traits:
    codes = frozenset(c for line in answer.lines for c in (line.code, line.original_code) if c)
    return Traits(
        answer.member_id,
        answer.patient_last_name,
        answer.patient_first_name,
        answer.service_date,
        answer.charge_cents,
        codes,
    )


@dataclass(frozen=True, slots=True)
class _Numbered:
    """What is known of the claims whose numbers the answers bear."""

    known: dict[int, _Ours]
    by_control: dict[str, int]
    after: dict[int, list[int]]
    """By claim those that took its place, the next one first."""

    def match(self, answer: ClaimAdvice) -> Match | None:
        if is_merged(answer):
            return None
        mine = traits_of(answer)
        for line in answer.lines:
            if (key := self._known(number_in(line.line_control), mine)) is not None:
                return Match(key, "our line number (REF 6R)", 100)
        ours, theirs = self._both(answer, mine)
        if theirs is None:
            return Match(ours, "our claim number", 90) if ours is not None else None
        if not self._are_related(ours, theirs):
            return None
        later = self.after.get(theirs, [])
        if answer.is_reversal:
            return Match(theirs, "the payer's claim number, seen before", 95)
        if ours is not None and ours != theirs:
            return Match(ours, "our claim number, under one that the payer kept", 95)
        if later and ours != theirs:
            return Match(later[-1], f"the payer's claim number of {number_of(theirs)}, which it replaced", 95)
        return Match(theirs, "the payer's claim number, seen before", 95)

    def is_torn(self, answer: ClaimAdvice) -> bool:
        """Whether our number and the payer's name claims of which neither took the other's place."""
        ours, theirs = self._both(answer, traits_of(answer))
        return theirs is not None and not self._are_related(ours, theirs)

    def _both(self, answer: ClaimAdvice, mine: Traits) -> tuple[int | None, int | None]:
        """The claims that our number and the payer's name, as far as the answer is on the same person."""
        theirs = self.by_control.get(answer.payer_control)
        if theirs is not None and (theirs not in self.known or contradicts(mine, self.known[theirs].traits)):
            theirs = None
        return self._known(number_in(answer.patient_control), mine), theirs

    def _are_related(self, ours: int | None, theirs: int) -> bool:
        if ours is None or ours == theirs:
            return True
        return ours in self.after.get(theirs, ()) or theirs in self.after.get(ours, ())

    def _known(self, number: str, mine: Traits) -> int | None:
        key = int(number[1:]) if number else 0
        return key if key in self.known and not contradicts(mine, self.known[key].traits) else None


def _by_person(answers: Sequence[ClaimAdvice], matches: dict[int, Match]) -> None:
    members = {a.member_id for a in answers if a.member_id and a.service_date}
    days = {a.service_date for a in answers if a.service_date}
    if not members:
        return
    of_member: dict[str, list[tuple[int, _Ours]]] = {}
    for key, ours in _traits(Q(coverage__member_id__in=members, service_date__in=days)).items():
        of_member.setdefault(ours.traits.member_id, []).append((key, ours))
    for answer in answers:
        mine = traits_of(answer)
        found = [(key, ours, compare(mine, ours.traits)) for key, ours in of_member.get(answer.member_id, ())]
        # A claim that was voided or replaced is answered for only where no other fits.
        billed = [(key, like) for key, ours, like in found if ours.is_billed and like.is_certain]
        fits = best(billed or [(key, like) for key, _, like in found])
        if fits:
            matches[answer.position] = Match(fits[0], "member ID, date of service and charge", fits[1].score)


@dataclass(frozen=True)
class Candidate:
    """A claim that may be the one that is answered."""

    claim: Claim
    likeness: Likeness


def candidates(answer: RemittanceClaim) -> list[Candidate]:
    """The claims that are most like an answer without one, the likest first; with what is the same and what is not."""
    return candidates_of([answer])[answer.pk]


def candidates_of(answers: Collection[RemittanceClaim]) -> dict[int, list[Candidate]]:
    """The same of several answers, by their keys, in two queries."""
    mine = {answer.pk: _kept_traits(answer) for answer in answers}
    numbers = {answer.pk: int(number_in(answer.patient_control)[1:] or 0) for answer in answers}
    near = Claim.objects.filter(pk__in=_alike(mine.values(), numbers.values()))
    codes = Shape(_codes(Q(claim=OuterRef("pk"))))
    rows = list(_compared(near).annotate(codes=Rows(codes.values)))
    lines = [line for row in rows for line in codes.read(row[-1])]
    known = {key: ours.traits for key, ours in _ours((row[:-1] for row in rows), lines).items()}
    best_of: dict[int, list[tuple[int, Likeness]]] = {}
    for answer in answers:
        traits, number = mine[answer.pk], numbers[answer.pk]
        alike = [key for key, theirs in known.items() if key == number or _is_near(traits, theirs)]
        found = {key: compare(traits, known[key]) for key in alike[:MOST_CANDIDATES]}
        order = sorted(found, key=lambda key, found=found: (-found[key].score, -key))  # type: ignore[misc]
        best_of[answer.pk] = [(key, found[key]) for key in order if found[key].score >= WORTH_SHOWING][:SHOWN]
    claims = shown().in_bulk({key for found in best_of.values() for key, _ in found})
    return {pk: [Candidate(claims[key], like) for key, like in found] for pk, found in best_of.items()}


def _kept_traits(answer: RemittanceClaim) -> Traits:
    last, first = _names(answer.patient_name)
    codes = frozenset(line.code for line in answer.lines.all())
    return Traits(answer.member_id, last, first, answer.service_date, to_cents(answer.charge), codes)


def _is_near(mine: Traits, theirs: Traits) -> bool:
    """Whether a claim is worth comparing: of the same member, or of the same day with the same name or charge."""
    if mine.member_id and mine.member_id == theirs.member_id:
        return True
    if mine.service_date is None or mine.service_date != theirs.service_date:
        return False
    same_name = bool(mine.last_name) and mine.last_name.casefold() == theirs.last_name.casefold()
    return same_name or abs(mine.charge_cents) == theirs.charge_cents


def _alike(answers: Iterable[Traits], numbers: Collection[int]) -> QuerySet[Any]:
    """The keys of claims that are near any of these, or have one of these numbers; of many of the same day and charge
    the first ones.
    """
    wanted = list(answers)
    members = {t.member_id for t in wanted if t.member_id}
    dated = [t for t in wanted if t.service_date]
    days = {t.service_date for t in dated if t.service_date}
    charges = {from_cents(abs(t.charge_cents)) for t in dated}
    named = Q(pk__in=[])
    for name in {t.last_name for t in dated if t.last_name}:
        named |= Q(encounter__patient__last_name__iexact=name)
    place = Window(RowNumber(), partition_by=["service_date", "total"], order_by="pk")
    same = Claim.objects.filter(service_date__in=days, total__in=charges).annotate(place=place)
    # Each by an index of its own: asked for with "or", an engine would look at every claim.
    ways = [
        Claim.objects.filter(among("pk", numbers)),
        Claim.objects.filter(coverage__member_id__in=members),
        Claim.objects.filter(named, service_date__in=days),
        same.filter(place__lte=MOST_CANDIDATES),
    ]
    first, *others = (way.order_by().values("pk") for way in ways)
    return first.union(*others)


def shown() -> QuerySet[Claim]:
    """Claims with what a row of candidates shows of them."""
    return Claim.objects.select_related("encounter__patient", "coverage__payer")


def _names(name: str) -> tuple[str, str]:
    """Last and first name of one that was kept as one text, first name first."""
    parts = name.split()
    return (parts[-1], parts[0] if len(parts) > 1 else "") if parts else ("", "")
