"""The estimate as a page: the words and numbers that the template sets, as plain JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from claims.shares.good_faith import GoodFaith
from claims.shares.notice import Notice, parts, share_sentence, span
from claims.shares.spread import Known, Number
from documentation.kernel.dates import long_date
from documentation.kernel.money import dollars

Json = dict[str, Any]


@dataclass(frozen=True)
class Visit:
    """Whose estimate it is, and for which visit."""

    number: str
    patient: str
    initials: str
    clinician: str
    day: date
    practice: str
    address: str


def page(
    visit: Visit, notice: Notice, fee: Number, plans: Sequence[Known], *, made_on: date, items: GoodFaith | None
) -> Json:
    """Everything that is printed, without the signature. `items` are the contents of a good-faith estimate."""
    return {
        "title": f"Estimate for visit {visit.number}",
        "author": visit.practice,
        "date": [made_on.year, made_on.month, made_on.day],
        "footer": f"Estimate · {visit.number} · {visit.initials} · made {long_date(made_on)}",
        "practice": visit.practice,
        "address": visit.address,
        "heading": "What your visit may cost",
        "subtitle": f"For {visit.patient} · visit on {long_date(visit.day)} · with {visit.clinician}",
        "share": span(notice.low, notice.high),
        "sentence": share_sentence(notice),
        "parts": [{"title": p.title, "text": list(p.text), "points": list(p.points)} for p in parts(notice)],
        "numbers": [_row(fee, ""), *(_row(n, plan.name) for plan in plans for n in _shown(plan))],
        "items": _items(items) if items else [],
        "signed": None,
    }


def _shown(plan: Known) -> list[Number]:
    if plan.percent is None or not plan.receipts:
        return list(plan.receipts)
    return [*plan.receipts, Number(f"Plan pays {plan.percent} % of the rest", None, plan.receipts[-1].source)]


def _row(number: Number, plan: str) -> Json:
    said = "" if number.label.startswith("Plan pays") else number.value
    return {"label": number.label, "value": said, "source": number.source, "plan": plan}


def _items(items: GoodFaith) -> list[Json]:
    """What the regulation asks for, in its words."""
    rows = (
        ("Born", items.birth_date),
        ("Service", f"{items.service} ({items.code})"),
        ("Diagnosis", ", ".join(items.diagnoses)),
        ("Expected charge", dollars(items.charge_cents)),
        ("Provider", items.clinician),
        ("Provider's NPI", items.npi),
        ("Tax ID", items.tax_id),
        ("Where", items.place),
    )
    return [{"label": label, "value": value} for label, value in rows if value]


def with_signature(unsigned: Json, *, name: str, on_behalf: str, moment: str, witness: str, is_drawn: bool) -> Json:
    """The same page with the signature under it."""
    told = f"{name} ({on_behalf})" if on_behalf else name
    return {
        **unsigned,
        "signed": {"name": told, "moment": moment, "witness": witness, "drawing": "signature.svg" if is_drawn else ""},
    }


WIDTH, HEIGHT = 1000, 300
MOST_STROKES, MOST_NUMBERS = 200, 6000


def strokes_problem(value: object) -> str:
    """Why a drawing cannot be kept; empty for a sound one. A stroke is a flat list of x and y."""
    if not isinstance(value, list) or len(value) > MOST_STROKES:
        return "The drawing is damaged. Clear it and sign again."
    if sum(len(s) if isinstance(s, list) else MOST_NUMBERS for s in value) > MOST_NUMBERS:
        return "The drawing is too long. Clear it and sign again."
    for stroke in value:
        pairs = len(stroke) % 2 == 0 and len(stroke) >= 4
        if not pairs or not all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= WIDTH for n in stroke):
            return "The drawing is damaged. Clear it and sign again."
    return ""


def path_of(strokes: Sequence[Sequence[int]]) -> str:
    """The drawing as the path of an SVG."""
    return " ".join(
        "M" + " L".join(f"{x} {y}" for x, y in zip(stroke[::2], stroke[1::2], strict=True)) for stroke in strokes
    )


def drawing_of(strokes: Sequence[Sequence[int]]) -> bytes:
    """The drawing as an SVG file of our own making: nothing of it comes from the browser but numbers."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<path d="{path_of(strokes)}" fill="none" stroke="#10242a" stroke-width="5" stroke-linecap="round"'
        ' stroke-linejoin="round"/></svg>'
    ).encode()
