"""Patients who may have been registered twice, and why: a proposal for people to judge, never a decision."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from documentation.models import NotSame, Patient
from documentation.models.among import among
from documentation.models.patients import plain
from documentation.models.together import together
from documentation.queries.patients import look_alikes

AT_ONCE = 500
"""Patients who are looked at together."""
LOOKED_AT = 5_000
"""Patients after whom a list of doubles ends, whether or not it is full."""
FULL = 50
"""Pairs on one page."""
MOST_OTHERS, MOST_EACH = 5_000, 20
"""Others with whom those are compared, and with whom each of them is: where a birth date or a phone stands for nothing
because hundreds have it, no page waits for all of them.
"""


@dataclass(frozen=True)
class Shared:
    """Something besides name, birth date and phone that two registrations of one person have in common."""

    things: Callable[[Collection[int]], QuerySet[Any]]
    """What these patients, by their keys, may share with others: texts, each of them for itself."""
    rows: Callable[[Collection[str]], QuerySet[Any]]
    """Tuples of a patient's key and what is shared, of everybody who has one of these."""
    says: str


ELSEWHERE: list[Shared] = []
"""Apps above this one add theirs."""


@dataclass(frozen=True)
class Double:
    """Two patients, the one registered first as `first`, and the sentences that say why they may be one person."""

    first: Patient
    second: Patient
    why: tuple[str, ...]

    def other(self, patient: Patient) -> Patient:
        return self.second if patient.pk == self.first.pk else self.first


@dataclass(frozen=True)
class Found:
    """Doubles, those registered last first. `further` is the patient at whom the list goes on, if it does."""

    doubles: list[Double] = field(default_factory=list)
    looked_at: int = 0
    further: int | None = None


def doubles_of(patient: Patient) -> list[Double]:
    """Who may be the same person as this patient, without those of whom somebody said that they are not."""
    return [] if patient.merged_into_id else doubles_among([patient])


def alike_to(person: Patient) -> list[Patient]:
    """Who may be the same as somebody who is not registered yet: nearly the same name, and the birth date or phone."""
    found = list(look_alikes(person.last_name, person.birth_date)[:FULL])
    if person.phone:
        near = Patient.objects.filter(phone=person.phone, merged_into=None).exclude(pk__in=[p.pk for p in found])
        found += [p for p in near[:FULL] if reasons(person, p)]
    return found


def registered_last(before: int | None = None) -> QuerySet[Patient]:
    """The patients with whom `doubles_list` begins; they may be asked for with others."""
    rows = Patient.objects.filter(merged_into=None).order_by("-pk")
    return (rows.filter(pk__lt=before) if before else rows)[:AT_ONCE]


def doubles_list(before: int | None = None, *, some: list[Patient] | None = None, full: int = FULL) -> Found:
    """Doubles among all patients, from the ones registered last back; `before` is where an earlier list ended, `some`
    what came of `registered_last`, where it is at hand.
    """
    found: list[Double] = []
    looked = 0
    while looked < LOOKED_AT:
        some = list(registered_last(before)) if some is None else some
        looked += len(some)
        # Each pair once: where the later one of the two is looked at.
        keys = {p.pk for p in some}
        for double in (d for d in doubles_among(some) if d.second.pk in keys):
            if len(found) >= full and double.second.pk != found[-1].second.pk:
                return Found(found, looked, found[-1].second.pk)
            found.append(double)
        if len(some) < AT_ONCE:
            return Found(found, looked)
        before, some = some[-1].pk, None
        if len(found) >= full:
            break
    return Found(found, looked, before)


def doubles_among(some: Collection[Patient]) -> list[Double]:
    """Who may be the same person as one of these patients: two questions, however many they are."""
    whys: dict[tuple[int, int], list[str]] = {}
    people = {p.pk: p for p in some}
    keys = set(people)
    alike = Q(among("birth_date", {p.birth_date for p in some}))
    if phones := {p.phone for p in some if p.phone}:
        alike |= among("phone", phones)
    others = Patient.objects.filter(alike, merged_into=None).order_by()[:MOST_OTHERS]
    things = {f"things{n}": one.things(keys) for n, one in enumerate(ELSEWHERE)}
    found = together(others=others, **things)
    by_birth: dict[date, list[Patient]] = {}
    by_phone: dict[str, list[Patient]] = {}
    for other in found["others"]:
        by_birth.setdefault(other.birth_date, []).append(other)
        by_phone.setdefault(other.phone, []).append(other)
    for one in some:
        near = {p.pk: p for p in by_birth.get(one.birth_date, [])}
        near |= {p.pk: p for p in by_phone.get(one.phone, []) if one.phone}
        near.pop(one.pk, None)
        for other in list(near.values())[:MOST_EACH]:
            pair = (min(one.pk, other.pk), max(one.pk, other.pk))
            if pair not in whys and (why := reasons(one, other)):
                whys[pair] = why
                people[other.pk] = other
    told_apart = _add_elsewhere(whys, people, keys, [set(found[name]) for name in things])
    return [
        Double(people[first], people[second], tuple(why))
        for (first, second), why in sorted(whys.items(), key=lambda item: (-item[0][1], -item[0][0]))
        if (first, second) not in told_apart
    ]


def _add_elsewhere(
    whys: dict[tuple[int, int], list[str]], people: dict[int, Patient], keys: set[int], things: list[set[str]]
) -> set[tuple[int, int]]:
    """Add what the patients of these keys share elsewhere, and who shares it, by what may be shared as `ELSEWHERE` has
    it; gives the pairs of whom somebody said that they are two.
    """
    asked = {f"shared{n}": one.rows(things[n]) for n, one in enumerate(ELSEWHERE)}
    sharing = [Q(pk__in=rows.values("patient")) for rows in asked.values()]
    others = Patient.objects.filter(reduce(or_, sharing, Q(pk__in=[])), ~among("pk", set(people)), merged_into=None)
    apart = NotSame.objects.filter(among("first", set(people)) | among("second", set(people))).order_by()
    found = together(**asked, others=others, apart=apart.values_list("first", "second"))
    people |= {other.pk: other for other in found["others"]}
    for n, one in enumerate(ELSEWHERE):
        for pair in _pairs(found[f"shared{n}"], keys):
            if pair[0] not in people or pair[1] not in people:
                continue
            # A family shares a plan: the same plan alone makes nobody the same person.
            first, second = people[pair[0]], people[pair[1]]
            if pair in whys or _is_near(_given(first), _given(second)):
                whys.setdefault(pair, []).append(one.says)
    return set(found["apart"])


def _pairs(rows: Iterable[tuple[Any, ...]], keys: Collection[int]) -> list[tuple[int, int]]:
    """Of `keys`, the pairs with somebody who shares the same thing."""
    by_thing: dict[tuple[Any, ...], set[int]] = {}
    for patient, *thing in rows:
        by_thing.setdefault(tuple(thing), set()).add(patient)
    sharing = ((p, other) for those in by_thing.values() for p in those & set(keys) for other in those - {p})
    return sorted({(min(pair), max(pair)) for pair in sharing})


# --- What makes two people alike --------------------------------------------------------------------------------------


def reasons(one: Patient, other: Patient) -> list[str]:
    """Why two registrations may be of one person, in sentences without their full stop; none where nothing says so."""
    names = _names(one, other)
    is_same_day = one.birth_date == other.birth_date
    is_same_phone = bool(one.phone) and one.phone == other.phone
    first_names = _is_near(_given(one), _given(other))
    if not ((is_same_day and names) or (is_same_phone and first_names and (is_same_day or names))):
        return []
    found = [names or "the same first name"]
    if is_same_day:
        found.append("the same birth date")
    if is_same_phone:
        found.append("the same phone")
    return found


def _names(one: Patient, other: Patient) -> str:
    """How the names of two people are alike, in words; empty where they are not."""
    mine, theirs = (_given(one), _family(one)), (_given(other), _family(other))
    if mine == theirs:
        return "the same name"
    if mine == theirs[::-1]:
        return "the same names the other way round"
    if not all(map(_is_near, mine, theirs)):
        return ""
    if all(_shape(a) == _shape(b) for a, b in zip(mine, theirs, strict=True)):
        return "names that look the same but are written with other letters"
    return "nearly the same name"


def _given(patient: Patient) -> str:
    return _letters(patient.first_name)


def _family(patient: Patient) -> str:
    return _letters(patient.last_name)


@functools.lru_cache(maxsize=20_000)
def _letters(name: str) -> str:
    """A name without case, accents, signs and spaces: Smith-Jones, Smith Jones and SmithJones are the same."""
    return "".join(c for c in plain(name) if c.isalnum())


_LOOKS_LIKE = str.maketrans("авезікмнорстухѕјαβεικμνορτυχω", "abezikmhopctyxsjabeikmvoptuxw")
"""Letters of other scripts that look like Latin ones. They make nobody equal; they say why two are proposed."""


def _shape(name: str) -> str:
    return name.translate(_LOOKS_LIKE)


def _is_near(one: str, other: str) -> bool:
    """Equal, one letter apart, or a short form such as Alex for Alexander. Of short names nothing less than equal."""
    one, other = sorted((_shape(one), _shape(other)), key=len)
    if one == other:
        return True
    if len(one) < 3:
        return False
    return other.startswith(one) or (len(one) > 3 and _is_one_letter_apart(one, other))


def _is_one_letter_apart(short: str, long: str) -> bool:
    """Whether one letter was left out, put in, changed, or two neighbours were swapped."""
    if len(long) - len(short) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    a, b = short[start:], long[start:]
    if len(short) < len(long):
        return a == b[1:]
    return a[1:] == b[1:] or (a[:2] == b[:2][::-1] and a[2:] == b[2:])
