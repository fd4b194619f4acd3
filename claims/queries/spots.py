"""Numbers of a typed EOB with the spots where they stand on its scan."""

from __future__ import annotations

import re
from dataclasses import dataclass

from claims.models import EobSpot, Remittance
from documentation.kernel.dates import long_date
from documentation.kernel.money import dollars, to_cents

_HEAD = {
    "paid_on": "Date of the EOB",
    "trace": "Check or EFT number",
    "payer_control": "Payer's claim number",
    "remarks": "Remark codes of the claim",
    "printed": "What it says in words",
}
_LINE = {"code": "Code", "charge": "Charge", "paid": "Paid", "remarks": "Remark codes"}
_NAME = re.compile(r"lines-(\d+)-([a-z]+)(\d?)", re.ASCII)


@dataclass(frozen=True)
class Spot:
    """A box on a page, what it is of and what was typed from it. Places count ten-thousandths."""

    row: EobSpot
    label: str
    value: str
    line: int
    """From 1; 0 is the head of the EOB."""


def spots_of(remittance: Remittance) -> list[Spot]:
    """All spots of an EOB, head first, then line by line, each beside its number."""
    rows = list(remittance.spots.all())
    if not rows:
        return []
    values = _values(remittance)
    found = [_spot(row, values) for row in rows]
    return sorted(found, key=lambda s: (s.line, s.row.page, s.row.top, s.row.left))


def _spot(row: EobSpot, values: dict[str, str]) -> Spot:
    name = _NAME.fullmatch(row.field)
    if name is None:
        return Spot(row, _HEAD.get(row.field, row.field), values.get(row.field, ""), 0)
    line, part, n = int(name[1]) + 1, name[2], name[3]
    label = _LINE.get(part) or f"Adjustment {n}"
    return Spot(row, f"{label}, line {line}", values.get(row.field, ""), line)


def _values(remittance: Remittance) -> dict[str, str]:
    """What was typed, by the name of its field."""
    found = {"trace": remittance.trace, "paid_on": long_date(remittance.paid_on) if remittance.paid_on else ""}
    answer = remittance.answers.prefetch_related("lines__adjustments").first()
    if answer is None:
        return found
    found |= {"payer_control": answer.payer_control, "remarks": ", ".join(answer.remarks), "printed": answer.printed}
    for i, line in enumerate(answer.lines.all()):
        found |= {
            f"lines-{i}-code": line.code,
            f"lines-{i}-charge": dollars(to_cents(line.charge)),
            f"lines-{i}-paid": dollars(to_cents(line.paid)),
            f"lines-{i}-remarks": ", ".join(line.remarks),
        }
        for n, a in enumerate(line.adjustments.all(), 1):
            found[f"lines-{i}-amount{n}"] = dollars(to_cents(a.amount))
            found[f"lines-{i}-carc{n}"] = a.carc
    return found
