"""Making of a row of the practice a row of the rehearsal: each column by its kind, and by nothing else."""

from __future__ import annotations

import secrets
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db.models.functions import Lower

from claims.models import Claim, Coverage
from claims.services.rehearsal.invented import FIRST, LAST, Dice, Names
from documentation.kernel.permissions import Role
from documentation.models import Clinician, Encounter, Patient, User
from documentation.models.among import among

RENUMBERED = ("documentation.patient", "documentation.encounter", "claims.claim", "claims.packet")
"""Numbers that people say and write: they are others in the rehearsal, in the same order."""
_LONGEST_STEP, _MOST_WEEKS, _OLDEST = 30, 4, 89
Row = Mapping[str, Any]


@dataclass
class Asked:
    """What the rows of one piece need to know of other rows of the practice."""

    patients: dict[int, int] = field(default_factory=dict)
    """By claim its patient."""
    births: dict[int, date] = field(default_factory=dict)
    """By patient the real day of birth."""
    visits: dict[int, list[date]] = field(default_factory=lambda: defaultdict(list))
    """By patient the days of service, moved."""


class Masks:
    """What one rehearsal makes of the practice's rows. Its key lives as long as this object, and nowhere else."""

    def __init__(self, *, today: date, key: bytes = b"") -> None:
        self.dice = Dice(key or secrets.token_bytes(32))
        self.today = today
        self._moved = timedelta(weeks=1 + self.dice.number("weeks") % _MOST_WEEKS)
        self._numbers = {label: self._renumbered(label) for label in RENUMBERED}
        self.names = Names(self.dice, _borne())
        self.roles, self.clinicians = _staff()
        self._asked = Asked()

    def ask(self, label: str, rows: Collection[Row]) -> None:
        """Look up what the rows of this piece need."""
        self._asked = asked = Asked()
        patients: set[int] = set()
        if label == "claims.remittanceclaim":
            claims = Claim.objects.filter(among("pk", {r["claim_id"] for r in rows if r["claim_id"]}))
            asked.patients = dict(claims.values_list("pk", "encounter__patient"))
        elif label == "documentation.patient":
            patients = {r["id"] for r in rows}
            asked.births = {r["id"]: r["birth_date"] for r in rows}
        elif label == "claims.coverage":
            patients = {r["patient_id"] for r in rows}
            asked.births = dict(Patient.objects.filter(among("pk", patients)).values_list("pk", "birth_date"))
        if patients:
            visits = Encounter.objects.filter(among("patient", patients))
            for patient, day in visits.values_list("patient", "service_date"):
                asked.visits[patient].append(day - self._moved)

    def number(self, label: str, key: int) -> int:
        """The key of a row in the rehearsal. The order stays."""
        if label not in self._numbers:
            return key
        keys, made = self._numbers[label]
        place = bisect_left(keys, key)
        if place == len(keys) or keys[place] != key:
            raise KeyError(f"{label} {key}")
        return made[place]

    def _renumbered(self, label: str) -> tuple[array[int], array[int]]:
        """The keys of a table and those that take their places, each by a step of its own from the one before it: from
        no number can another one be counted, and the practice's gaps do not come over.
        """
        keys, made = array("q"), array("q")
        last = 1_000 + self.dice.number("start", label) % 90_000
        rows = apps.get_model(label)._base_manager.order_by("pk").values_list("pk", flat=True)
        for key in rows.iterator():
            last += 1 + self.dice.number("step", label, key) % _LONGEST_STEP
            last += last == key  # It must not be the real one by chance.
            keys.append(key)
            made.append(last)
        return keys, made

    def day(self, value: Any) -> Any:
        return value - self._moved if value is not None else None

    def person(self, patient: int) -> tuple[str, str]:
        return self.names.of("patient", patient)

    def patient_of(self, claim: int | None) -> int | None:
        return self._asked.patients.get(claim) if claim else None

    def is_oneself(self, patient: int, birth: date) -> bool:
        return self._asked.births.get(patient) == birth

    def birth(self, patient: int, real: date) -> date:
        """A day between the same birthdays of the days of service, that is not the real one."""
        begin = max(real - self._moved, date(self.today.year - _OLDEST, 1, 1))
        cuts = {(d.month, d.day) for d in self._asked.visits.get(patient, ())}
        year = [date(begin.year, 1, 1) + timedelta(days=n) for n in range(365)]
        # Whoever has a birthday on a day of service is older on that day already: it ends what lies before it.
        later = {c for c in cuts if (begin.month, begin.day) <= c}
        earlier = {c for c in cuts if c < (begin.month, begin.day)}
        last, first = min(later, default=(13, 1)), max(earlier, default=(0, 0))
        open_days = [d for d in year if first < (d.month, d.day) <= last and d not in (real, begin)]
        days = open_days or [d for d in year if d not in (real, begin)]
        return days[self.dice.number("birth", patient, real) % len(days)]


def _borne() -> set[str]:
    """Which of the invented names somebody in the practice is called by."""
    found: set[str] = set()
    listed = [name.casefold() for name in (*FIRST, *LAST)]
    for model, fields in (
        (Patient, ("first_name", "middle_name", "last_name")),
        (Coverage, ("subscriber_first_name", "subscriber_last_name")),
        (Clinician, ("first_name", "last_name")),
        (User, ("first_name", "last_name")),
    ):
        for name in fields:
            told = model._default_manager.annotate(told=Lower(name)).filter(told__in=listed)
            found |= set(told.values_list("told", flat=True).distinct())
    return found


def _staff() -> tuple[dict[int, tuple[str, int]], dict[int, tuple[str, int]]]:
    """By user and by clinician the role and a number in it."""
    users: dict[int, tuple[str, int]] = {}
    counts: dict[str, int] = defaultdict(int)
    for key, role in User.objects.order_by("pk").values_list("pk", "role"):
        label = str(Role(role).label) if role else "Person"
        counts[label] += 1
        users[key] = (label, counts[label])
    clinicians = {}
    for key, user in Clinician.objects.order_by("pk").values_list("pk", "user"):
        if user not in users or users[user][0] != "Clinician":
            counts["Clinician"] += 1
        clinicians[key] = users[user] if user in users else ("Clinician", counts["Clinician"])
    return users, clinicians
