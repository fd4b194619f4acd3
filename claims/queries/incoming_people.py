"""Judging rows that are to become patients: is anything wrong, and is this person here already?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from claims.queries.incoming_row import Found, Outcome
from documentation.models import Patient
from documentation.models.patients import plain
from documentation.queries.patients import birth_problem, heir_of


@dataclass(frozen=True)
class _Person:
    """Somebody who is here, or who stands in an earlier row."""

    who: str
    """'P000012 is here already' in its first words: the number, or the row."""
    chart_number: str
    names: tuple[str, str]
    """First and last name without case and accents."""
    birth_date: date
    earlier: _Person | None = None
    """As an earlier registration has it, where this is the patient into whom that one was merged."""

    @classmethod
    def of(cls, patient: Patient) -> _Person:
        names = plain(patient.first_name), plain(patient.last_name)
        return cls(patient.number, patient.chart_number, names, patient.birth_date)

    def is_same(self, other: _Person) -> bool:
        if (self.names, self.birth_date) == (other.names, other.birth_date):
            return True
        return self.earlier is not None and self.earlier.is_same(other)

    def is_like(self, other: _Person) -> bool:
        """The same birth date and nearly the same last name, as `look_alikes` has it."""
        start = other.names[1][:3]
        return self.birth_date == other.birth_date and any(start in name for name in self.names)


class Patients:
    def __init__(self, today: date, *, with_alike: bool) -> None:
        self.today, self.with_alike = today, with_alike
        self.by_chart: dict[str, _Person] = {}
        self.by_birth: dict[date, list[_Person]] = {}
        self._births: set[Any] = set()
        """Birth dates of which everybody who is here is known; a chart number alone brings one of several."""

    def ask(self, rows: Sequence[Found]) -> None:
        """Learn of the patients who may be among these rows."""
        charts = {found.values.get("chart_number") for found in rows} - self.by_chart.keys()
        births: set[Any] = {found.values.get("birth_date") for found in rows} - self._births
        self._births |= births
        columns = ("chart_number", "first_name", "last_name", "birth_date", "merged_into")
        here = Patient.objects.order_by().only(*columns)
        for patient in (*here.filter(chart_number__in=charts), *here.filter(birth_date__in=births, merged_into=None)):
            if patient.merged_into_id:
                known = replace(_Person.of(heir_of(patient)), earlier=_Person.of(patient))
                self.by_chart[patient.chart_number] = known
            else:
                self._know(_Person.of(patient))

    def _know(self, person: _Person) -> None:
        if person.chart_number not in self.by_chart:
            self.by_chart[person.chart_number] = person
            self.by_birth.setdefault(person.birth_date, []).append(person)

    def judge(self, found: Found) -> None:
        self._name(found)
        values = found.values
        if found.is_good:
            found.check(Patient(**values), besides=("created_at", "search_text"))
        if found.is_good and (said := birth_problem(values["birth_date"], self.today)):
            found.refuse("birth_date", said)
        if not found.is_good:
            return
        names = plain(values["first_name"]), plain(values["last_name"])
        person = _Person(f"Row {found.row.number}", values["chart_number"], names, values["birth_date"])
        self._compare(found, person)
        if found.is_good or (found.outcome == Outcome.ALIKE and self.with_alike):
            self._know(person)

    def _compare(self, found: Found, person: _Person) -> None:
        if other := self.by_chart.get(person.chart_number):
            if other.is_same(person):
                found.set(Outcome.KNOWN, "chart_number", f"{other.who} is the same patient.")
            else:
                found.refuse(
                    "chart_number",
                    f"{other.who} has the chart number {person.chart_number}, and another name or birth date."
                    " Check which of them is right.",
                )
            return
        others = self.by_birth.get(person.birth_date, [])
        if same := next((o for o in others if o.is_same(person)), None):
            words = f"{same.who} has the same name and birth date, and the chart number {same.chart_number}."
            found.set(Outcome.KNOWN, "chart_number", words)
        elif like := next((o for o in others if o.is_like(person)), None):
            words = f"{like.who} has the same birth date and nearly the same name. Is it the same person?"
            found.set(Outcome.ALIKE, "last_name", words)

    @staticmethod
    def _name(found: Found) -> None:
        """First and last name, from columns of their own or from one that has all of it."""
        whole = found.values.pop("whole_name", None)
        if whole and not (found.values.get("last_name") or found.values.get("first_name")):
            for key, part in zip(("first_name", "middle_name", "last_name"), whole, strict=True):
                found.values[key] = part or found.values.get(key, "")
                found.heads[key] = found.heads["whole_name"]
        for key, words in (("last_name", "last name"), ("first_name", "first name")):
            if not found.values.get(key):
                found.refuse(key, f"The {words} is missing.")
