"""Judging rows that are to become payers, or plans of patients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from claims.models import Coverage, Payer
from claims.queries.incoming_row import Found, Outcome
from documentation.models import Patient
from documentation.models.patients import plain
from documentation.queries.patients import heir_of

_HOLDER = ("subscriber_last_name", "subscriber_first_name", "subscriber_birth_date", "subscriber_sex")


class Payers:
    """Known by their payer ID, whatever they are called."""

    def __init__(self, today: date, *, with_alike: bool) -> None:
        self.with_alike = with_alike
        self.by_id: dict[str, str] = {}
        self.by_name: dict[str, str] = {}
        for name, payer_id in Payer.objects.order_by().values_list("name", "payer_id"):
            self._know(name, payer_id, f"{name}, payer ID {payer_id},")

    def _know(self, name: str, payer_id: str, who: str) -> None:
        self.by_id.setdefault(payer_id.upper(), who)
        self.by_name.setdefault(plain(name), who)

    def ask(self, rows: Sequence[Found]) -> None:
        pass

    def judge(self, found: Found) -> None:
        values = found.values
        found.check(Payer(**values))
        if not found.is_good:
            return
        if who := self.by_id.get(values["payer_id"].upper()):
            found.set(Outcome.KNOWN, "payer_id", f"{who} has this payer ID.")
        elif who := self.by_name.get(plain(values["name"])):
            found.set(Outcome.ALIKE, "name", f"{who} has the same name. Is it the same payer?")
        if found.is_good or (found.outcome == Outcome.ALIKE and self.with_alike):
            self._know(values["name"], values["payer_id"], f"Row {found.row.number}")


class Coverages:
    """Known by patient, payer and member ID. `values` holds the rows of patient and payer in the end."""

    def __init__(self, today: date, *, with_alike: bool) -> None:
        self.by_id: dict[str, Payer] = {}
        self.by_name: dict[str, list[Payer]] = {}
        for payer in Payer.objects.all():
            self.by_id[payer.payer_id.upper()] = payer
            self.by_name.setdefault(plain(payer.name), []).append(payer)
        self.patients: dict[str, Patient] = {}
        self.plans: dict[int, list[tuple[int, str, int]]] = {}
        """By patient: payer, member ID and place of each plan in force."""

    def ask(self, rows: Sequence[Found]) -> None:
        charts = {found.values.get("chart_number") for found in rows} - self.patients.keys()
        new = {p.chart_number: heir_of(p) for p in Patient.objects.filter(chart_number__in=charts)}
        self.patients |= new
        self.plans |= {p.pk: [] for p in new.values()}
        plans = Coverage.objects.filter(patient__in=new.values(), is_active=True).order_by()
        for patient, *plan in plans.values_list("patient_id", "payer_id", "member_id", "priority"):
            self.plans[patient].append((plan[0], plan[1], plan[2]))

    def judge(self, found: Found) -> None:
        values = found.values
        patient, payer = self._patient(found), self._payer(found)
        if values.get("relationship") == "self":
            for key in _HOLDER:  # many programs write the patient's own name there
                values.pop(key, None)
        if patient is None or payer is None:
            return
        plans = self.plans[patient.pk]
        if any((payer.pk, values["member_id"]) == plan[:2] for plan in plans):
            words = f"{patient.number} has {payer.name} with this member ID already."
            found.set(Outcome.KNOWN, "member_id", words)
            return
        self._place(found, payer, {place: key for key, _, place in plans})
        first, last = values.get("effective_on"), values.get("terminated_on")
        if first and last and last < first:
            found.refuse("terminated_on", "The coverage ends before it begins. Check both dates.")
        if found.is_good:
            found.check(Coverage(patient=patient, payer=payer, **values), besides=("patient", "payer"))
        if found.is_good:
            plans.append((payer.pk, values["member_id"], values["priority"]))
            values |= {"patient": patient, "payer": payer}

    def _patient(self, found: Found) -> Patient | None:
        chart = found.values.pop("chart_number")
        patient = self.patients.get(chart)
        if patient is None:
            words = f"No patient has the chart number {chart}. Bring in or register the patient first."
            found.refuse("chart_number", words)
        return patient

    def _payer(self, found: Found) -> Payer | None:
        number, name = found.values.pop("payer_id", ""), found.values.pop("payer_name", "")
        if number:
            if (payer := self.by_id.get(number.upper())) is None:
                found.refuse("payer_id", f"No payer has the ID {number}. Bring in or add the payer first.")
            return payer
        if not name:
            found.refuse("payer_id", "Neither a payer ID nor a payer's name stands in this row.")
            return None
        named = self.by_name.get(plain(name), [])
        if len(named) == 1:
            return named[0]
        why = "No payer has" if not named else "Several payers have"
        found.refuse("payer_name", f"{why} the name {name}. Write the payer ID in a column of its own.")
        return None

    def _place(self, found: Found, payer: Payer, taken: dict[int, int]) -> None:
        values: dict[str, Any] = found.values
        if "priority" not in values:
            free = next((place for place in range(1, 10) if place not in taken), None)
            if free is None:
                found.refuse("member_id", "This patient has nine plans already. Take one off the list first.")
            else:
                values["priority"] = free
        elif values["priority"] in taken:
            other = next(p for p in self.by_id.values() if p.pk == taken[values["priority"]])
            words = f"{other.name} is in this place already. Give one of the two plans another place."
            found.refuse("priority", words)
