"""Making of a row of the practice a row of the rehearsal: each column by its kind, and by nothing else."""

from __future__ import annotations

import re
import secrets
import zoneinfo
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models.functions import Lower

from claims.models import Claim, Coverage
from claims.services.rehearsal.claim_columns import TABLES as CLAIMS
from claims.services.rehearsal.invented import FIRST, LAST, STREETS, TOWNS, TREES, Dice, Names
from claims.services.rehearsal.known import known
from claims.services.rehearsal.left_out import LEFT_OUT
from claims.services.rehearsal.record_columns import TABLES as RECORDS
from claims.services.rehearsal.sentences import ANY, SENTENCES
from documentation.kernel.identifiers import STATES
from documentation.kernel.permissions import Role
from documentation.models import Clinician, Encounter, Patient, User
from documentation.models.among import among

TABLES = RECORDS | CLAIMS
"""By table what becomes of each of its columns: what is not named here is in no rehearsal."""
RENUMBERED = ("documentation.patient", "documentation.encounter", "claims.claim")
"""Numbers that people say and write: they are others in the rehearsal, in the same order."""
_STRIDE, _MOST_WEEKS, _OLDEST = 3, 4, 89
Value = Any
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
        self._starts = {label: 1_000 + self.dice.number("start", label) % 90_000 for label in RENUMBERED}
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

    def row(self, model: type[models.Model], row: Row) -> list[Value]:
        """The values of a row of the rehearsal, in the order of the model's columns."""
        label = str(model._meta.label_lower)
        kinds = TABLES[label]
        return [
            MAKERS[kinds[f.attname]](self, _Cell(label, f, row), row[f.attname])
            for f in model._meta.local_concrete_fields
        ]

    def number(self, label: str, key: int) -> int:
        """The key of a row in the rehearsal. The order stays."""
        if label not in self._starts:
            return key
        start = self._starts[label]
        return start + key * _STRIDE + self.dice.number("step", label, key) % _STRIDE

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


# --- By kind ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cell:
    """Where a value stands."""

    label: str
    field: Any
    row: Row

    @property
    def name(self) -> str:
        return str(self.field.attname)

    @property
    def room(self) -> int | None:
        return self.field.max_length  # type: ignore[no-any-return]


_COUNTED_MARK = re.compile(r"f[0-9]{1,3}", re.ASCII)
"""As the program counts findings."""
Maker = Callable[[Masks, _Cell, Value], Value]


def _nothing(value: Value) -> Value:
    """As empty as a value of its type can be."""
    for kind in (str, list, dict):
        if isinstance(value, kind):
            return kind()
    return None


def _link(m: Masks, at: _Cell, value: Value) -> Value:
    target = at.field.related_model
    while target._meta.pk.is_relation:  # its key is the key of what it hangs on
        target = target._meta.pk.related_model
    if value is None or str(at.field.related_model._meta.label_lower) in LEFT_OUT:
        return None
    return m.number(str(target._meta.label_lower), value)


def _number(m: Masks, at: _Cell, value: Value) -> Value:
    return m.number(at.label, value)


def _word(m: Masks, at: _Cell, value: Value) -> Value:
    allowed = {word for word, _ in at.field.flatchoices}
    return value if value in allowed or value in ("", None) else at.field.get_default() or ""


def _code(m: Masks, at: _Cell, value: Value) -> Value:
    return known(value)


def _ident(m: Masks, at: _Cell, value: Value) -> Value:
    return f"RH{m.dice.digits(9, 'ident', value.strip())}" if value.strip() else ""


def _unique(m: Masks, at: _Cell, value: Value) -> Value:
    return f"RH{m.dice.digits(16, 'unique', value.strip())}" if value.strip() else ""


def _mark(m: Masks, at: _Cell, value: Value) -> Value:
    if isinstance(value, list):
        return [_mark(m, at, one) for one in value if isinstance(one, str)]
    if _COUNTED_MARK.fullmatch(value or ""):
        return value
    return f"f{m.dice.digits(8, 'mark', value)}" if value else ""


def _said(m: Masks, at: _Cell, value: Value) -> Value:
    text = SENTENCES.get(f"{at.label}.{at.name}", ANY)
    if isinstance(value, list):
        return [text] if value else []
    text = text if value.strip() else ""
    return text[: at.room] if at.room else text


def _first_name(m: Masks, at: _Cell, value: Value) -> Value:
    if not value.strip():
        return ""
    if at.label == "documentation.patient":
        return m.person(at.row["id"])[0]
    if at.row["relationship"] in ("", "self"):
        return m.person(at.row["patient_id"])[0]
    return m.names.of("subscriber", at.row["id"])[0]


def _last_name(m: Masks, at: _Cell, value: Value) -> Value:
    if not value.strip():
        return ""
    return m.person(at.row["id" if at.label == "documentation.patient" else "patient_id"])[1]


def _patient_name(m: Masks, at: _Cell, value: Value) -> Value:
    patient = m.patient_of(at.row["claim_id"])
    first, last = m.person(patient) if patient else m.names.of("answer", at.row["id"])
    return f"{last}, {first}".upper() if value.strip() else ""


def _person(m: Masks, at: _Cell, value: Value) -> Value:
    return " ".join(m.names.of("named", value.strip())) if value.strip() else ""


def _role_name(m: Masks, at: _Cell, value: Value) -> Value:
    people = m.roles if at.label == "documentation.user" else m.clinicians
    role, number = people[at.row["id"]]
    return {"first_name": role, "last_name": str(number)}.get(at.name, f"{role.lower().replace(' ', '')}{number}")


def _birth(m: Masks, at: _Cell, value: Value) -> Value:
    if value is None:
        return None
    if at.label == "documentation.patient":
        return m.birth(at.row["id"], value)
    patient = at.row["patient_id"]
    return m.birth(patient if m.is_oneself(patient, value) else -at.row["id"], value)


def _street(m: Masks, at: _Cell, value: Value) -> Value:
    if not value.strip():
        return ""
    return f"{1 + m.dice.number('house', value) % 980} {m.dice.one_of(STREETS, 'street', value)}"


def _zip(m: Masks, at: _Cell, value: Value) -> Value:
    five = f"000{m.dice.digits(2, 'zip', value)}"  # 000 begins no ZIP code
    return (five + "0001" if len(value.strip()) == 9 else five) if value.strip() else ""


def _payer_name(m: Masks, at: _Cell, value: Value) -> Value:
    what = "Health" if at.row["line"] == "medical" else "Dental"
    return f"{m.dice.one_of(TREES, 'payer', at.row['id'])} {what} Plan {at.row['id']}"


def _claim_number(m: Masks, at: _Cell, value: Value) -> Value:
    if not value.strip():
        return ""
    claim = at.row["claim_id"]
    return f"C{m.number('claims.claim', claim):06d}" if claim else _unique(m, at, value)


def _told(make: Callable[[Masks, _Cell, str], str]) -> Maker:
    """What is made where something stood; nothing of nothing."""
    return lambda m, at, value: make(m, at, value) if value and value.strip() else ""


def _is_one_of(allowed: Iterable[str], otherwise: str) -> Maker:
    words = frozenset(allowed)
    return lambda m, at, value: value if value in words else (otherwise if value else "")


def _counted(m: Masks, at: _Cell, value: Value) -> Value:
    return at.field.get_default() if isinstance(at.field, models.JSONField) else ""


MAKERS: Mapping[str, Maker] = {
    "number": _number,
    "link": _link,
    "word": _word,
    "keep": lambda m, at, value: value,
    "day": lambda m, at, value: m.day(value),
    "code": _code,
    "ident": _ident,
    "unique": _unique,
    "mark": _mark,
    "said": _said,
    "empty": lambda m, at, value: _nothing(value),
    "never": lambda m, at, value: None,
    "on": lambda m, at, value: True,
    "off": lambda m, at, value: False,
    "file": lambda m, at, value: None,
    "counted": _counted,
    "first_name": _first_name,
    "last_name": _last_name,
    "patient_name": _patient_name,
    "person": _person,
    "role_name": _role_name,
    "birth": _birth,
    "street": _street,
    "unit": lambda m, at, value: "",
    "town": _told(lambda m, at, value: m.dice.one_of(TOWNS, "town", value)),
    "state": _is_one_of(STATES, "WA"),
    "zip": _zip,
    "phone": _told(lambda m, at, value: f"20155501{m.dice.digits(2, 'phone', value)}"),
    "email": _told(lambda m, at, value: f"person{m.number(at.label, at.row['id'])}@example.invalid"),
    "chart": lambda m, at, value: f"R-{m.number(at.label, at.row['id'])}",
    "npi": _told(lambda m, at, value: m.dice.npi(value)),
    "tax_id": _told(lambda m, at, value: f"00{1 + m.dice.number('tax', value) % 9_999_999:07d}"),
    "zone": _is_one_of(zoneinfo.available_timezones(), "America/New_York"),
    "credential": _is_one_of(("DDS", "DMD", "MD"), "DDS"),
    "practice": _told(lambda m, at, value: "Rehearsal practice"),
    "office": lambda m, at, value: f"Rehearsal office {at.row['id']}",
    "payer_name": _payer_name,
    "payer_said": _told(lambda m, at, value: "Rehearsal payer"),
    "plan": _told(lambda m, at, value: f"Plan {m.dice.digits(6, 'plan', value.strip())}"),
    "thing": _told(lambda m, at, value: "Rehearsal"),
    "claim_number": _claim_number,
}
"""By kind what makes the value."""
