"""What stands in a column of a rehearsal, by the kind of the column and by nothing else."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from claims.services.rehearsal.answer_columns import TABLES as ANSWERS
from claims.services.rehearsal.claim_columns import TABLES as CLAIMS
from claims.services.rehearsal.invented import STREETS, TOWNS, TREES
from claims.services.rehearsal.known import known
from claims.services.rehearsal.left_out import LEFT_OUT
from claims.services.rehearsal.masks import Masks, Row
from claims.services.rehearsal.record_columns import TABLES as RECORDS
from claims.services.rehearsal.sentences import ANY, SENTENCES
from documentation.kernel.identifiers import STATES

TABLES = RECORDS | CLAIMS | ANSWERS
"""By table what becomes of each of its columns: what is not named here is in no rehearsal."""
Value = Any


def masked(masks: Masks, model: type[models.Model], row: Row) -> list[Value]:
    """The values of a row of the rehearsal, in the order of the model's columns."""
    label = str(model._meta.label_lower)
    kinds = TABLES[label]
    return [
        MAKERS[kinds[f.attname]](masks, Cell(label, f, row), row[f.attname]) for f in model._meta.local_concrete_fields
    ]


@dataclass(frozen=True)
class Cell:
    """Where a value stands."""

    label: str
    field: Any
    row: Row

    @property
    def name(self) -> str:
        return str(self.field.attname)

    @property
    def room(self) -> int | None:
        return self.field.max_length


_COUNTED_MARK = re.compile(r"f[0-9]{1,3}", re.ASCII)
"""As the program counts findings."""
Maker = Callable[[Masks, Cell, Value], Value]


def _nothing(value: Value) -> Value:
    """As empty as a value of its type can be."""
    for kind in (str, list, dict):
        if isinstance(value, kind):
            return kind()
    return None


def _link(m: Masks, at: Cell, value: Value) -> Value:
    target = at.field.related_model
    while target._meta.pk.is_relation:  # its key is the key of what it hangs on
        target = target._meta.pk.related_model
    if value is None or str(at.field.related_model._meta.label_lower) in LEFT_OUT:
        return None
    return m.number(str(target._meta.label_lower), value)


def _number(m: Masks, at: Cell, value: Value) -> Value:
    return m.number(at.label, value)


def _word(m: Masks, at: Cell, value: Value) -> Value:
    allowed = {word for word, _ in at.field.flatchoices}
    return value if value in allowed or value in ("", None) else at.field.get_default() or ""


def _code(m: Masks, at: Cell, value: Value) -> Value:
    return known(value)


def _ident(m: Masks, at: Cell, value: Value) -> Value:
    return f"RH{m.dice.digits(9, 'ident', value.strip())}" if value.strip() else ""


def _unique(m: Masks, at: Cell, value: Value) -> Value:
    return f"RH{m.dice.digits(16, 'unique', value.strip())}" if value.strip() else ""


def _mark(m: Masks, at: Cell, value: Value) -> Value:
    if isinstance(value, list):
        return [_mark(m, at, one) for one in value if isinstance(one, str)]
    if _COUNTED_MARK.fullmatch(value or ""):
        return value
    return f"f{m.dice.digits(8, 'mark', value)}" if value else ""


def _said(m: Masks, at: Cell, value: Value) -> Value:
    text = SENTENCES.get(f"{at.label}.{at.name}", ANY)
    if isinstance(value, list):
        return [text] if value else []
    text = text if value.strip() else ""
    return text[: at.room] if at.room else text


def _first_name(m: Masks, at: Cell, value: Value) -> Value:
    if not value.strip():
        return ""
    if at.label == "documentation.patient":
        return m.person(at.row["id"])[0]
    if at.row["relationship"] in ("", "self"):
        return m.person(at.row["patient_id"])[0]
    return m.names.of("subscriber", at.row["id"])[0]


def _last_name(m: Masks, at: Cell, value: Value) -> Value:
    if not value.strip():
        return ""
    return m.person(at.row["id" if at.label == "documentation.patient" else "patient_id"])[1]


def _patient_name(m: Masks, at: Cell, value: Value) -> Value:
    patient = m.patient_of(at.row["claim_id"])
    first, last = m.person(patient) if patient else m.names.of("answer", at.row["id"])
    return f"{last}, {first}".upper() if value.strip() else ""


def _person(m: Masks, at: Cell, value: Value) -> Value:
    return " ".join(m.names.of("named", value.strip())) if value.strip() else ""


def _role_name(m: Masks, at: Cell, value: Value) -> Value:
    people = m.roles if at.label == "documentation.user" else m.clinicians
    role, number = people[at.row["id"]]
    return {"first_name": role, "last_name": str(number)}.get(at.name, f"{role.lower().replace(' ', '')}{number}")


def _birth(m: Masks, at: Cell, value: Value) -> Value:
    if value is None:
        return None
    if at.label == "documentation.patient":
        return m.birth(at.row["id"], value)
    patient = at.row["patient_id"]
    return m.birth(patient if m.is_oneself(patient, value) else -at.row["id"], value)


def _street(m: Masks, at: Cell, value: Value) -> Value:
    if not value.strip():
        return ""
    return f"{1 + m.dice.number('house', value) % 980} {m.dice.one_of(STREETS, 'street', value)}"


def _zip(m: Masks, at: Cell, value: Value) -> Value:
    five = f"000{m.dice.digits(2, 'zip', value)}"  # 000 begins no ZIP code
    return (five + "0001" if len(value.strip()) == 9 else five) if value.strip() else ""


def _payer_name(m: Masks, at: Cell, value: Value) -> Value:
    what = "Health" if at.row["line"] == "medical" else "Dental"
    return f"{m.dice.one_of(TREES, 'payer', at.row['id'])} {what} Plan {at.row['id']}"


def _claim_number(m: Masks, at: Cell, value: Value) -> Value:
    if not value.strip():
        return ""
    claim = at.row["claim_id"]
    return f"C{m.number('claims.claim', claim):06d}" if claim else _unique(m, at, value)


def _told(make: Callable[[Masks, Cell, str], str]) -> Maker:
    """What is made where something stood; nothing of nothing."""
    return lambda m, at, value: make(m, at, value) if value and value.strip() else ""


def _is_one_of(allowed: Iterable[str], otherwise: str) -> Maker:
    words = frozenset(allowed)
    return lambda m, at, value: value if value in words else (otherwise if value else "")


def _counted(m: Masks, at: Cell, value: Value) -> Value:
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
    "email": _told(lambda m, at, value: f"person{m.number(at.label, at.row['id'])}@rehearsal.invalid"),
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
