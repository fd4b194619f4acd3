"""What a payer answers to a 270 (X12 271, 005010X279A1): bytes in, frozen facts and findings out. Never raises.

It proposes and decides nothing: amounts, shares and dates are taken only where the answer says whose and of what they
are. What it cannot place stays in `notes`, for the person who confirms the check.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from claims.edi import values
from claims.edi.elements import Elements
from claims.edi.values import plain
from claims.edi.x12 import Finding, Segment, Segments, shown

REFUSALS = {
    "15": "a needed number is missing",
    "42": "the payer's system cannot answer now; ask again later",
    "43": "the payer does not know the practice's NPI",
    "51": "the payer does not know the practice",
    "56": "the date is not one that it answers for",
    "57": "the date cannot be read",
    "58": "the birth date is missing or cannot be read",
    "60": "the birth date lies after the date of service",
    "62": "the date of service lies too far back",
    "63": "the date of service lies too far ahead",
    "64": "the patient's ID is missing or not valid",
    "65": "the patient's name is missing or not valid",
    "71": "the patient's birth date does not match",
    "72": "the member ID is missing or not valid",
    "73": "the name of the plan's holder is missing or does not match",
    "75": "the plan's holder was not found",
    "76": "the plan's holder was found twice",
    "79": "the payer's ID is not valid",
}
"""Why a question was not answered (AAA03), in words of our own."""

ACTIVE = frozenset({"1", "2", "3", "4", "5"})
INACTIVE = frozenset({"6", "7", "8"})
PLAN_TYPES = frozenset({"", "30", "35"})
"""Service types that speak of the plan as a whole; none means so, too."""
DIAGNOSTIC = frozenset({"23"})
REMAINING, YEARLY = frozenset({"29"}), frozenset({"22", "23", "25"})
PERIOD = "291"
BEGINS, ENDS = ("346", "356", "348", PERIOD), ("347", "357", "349")
"""Days of the plan, of eligibility, of benefits (DTP01), in the order in which they count."""
MOST_BENEFITS, MOST_NOTES = 2_000, 60


@dataclass(frozen=True)
class Benefit:
    """One EB segment: a code, for whom, for what, how long, how much."""

    segment: int
    info: str
    level: str = ""
    types: tuple[str, ...] = ()
    period: str = ""
    cents: int | None = None
    percent: int | None = None
    """The patient's share, 0-100, as the payer gives it."""
    quantity: str = ""
    needs_authorization: str = ""
    """Y, N, U or empty."""
    in_network: str = ""
    code: str = ""
    """A procedure code, where it speaks of one."""
    frequency: str = ""
    """How often it is paid, such as `1 in 12 months`, where the payer says so of this benefit."""


@dataclass(frozen=True)
class Answer:
    """What an answer says of one person, and what is wrong with the file. `None` is never zero: it was not said."""

    payer_name: str = ""
    first_name: str = ""
    last_name: str = ""
    birth_date: date | None = None
    member_id: str = ""
    reference: str = ""
    """The number under which we asked (TRN02)."""
    answered_on: date | None = None
    """The day of the answer (BHT04)."""
    is_active: bool | None = None
    covers_code: str = "unknown"
    """Whether it pays for the code that was asked: yes, no, unknown. Diagnostic care as a whole can say no, but never
    yes: a plan that pays for check-ups may not pay for specialized diagnostics."""
    authorization: str = "unknown"
    """required, not_required, unknown"""
    deductible_cents: int | None = None
    deductible_left_cents: int | None = None
    maximum_cents: int | None = None
    maximum_left_cents: int | None = None
    share_percent: int | None = None
    frequency: str = ""
    begins_on: date | None = None
    ends_on: date | None = None
    notes: tuple[str, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    refusals: tuple[str, ...] = ()
    """Why the payer did not answer, as sentences."""
    findings: tuple[Finding, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether the file is whole; a faulty one proposes nothing."""
        return not any(f.is_fault for f in self.findings)

    @property
    def proposes(self) -> bool:
        return self.is_sound and not self.refusals and self.is_active is not None


def read(data: bytes, *, code: str = "D0371") -> Answer:
    """The answer of the first 271 in a file, with what is wrong in it and where."""
    segments, reader = Segments(data), _Reader(code)
    for segment in segments:
        reader.take(segment)
    return reader.finish(segments)


@dataclass
class _Reader:
    """Follows one transaction set; others in the same file are told and not read."""

    code: str
    log: Elements = field(default_factory=Elements)
    benefits: list[Benefit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)
    days: dict[str, date] = field(default_factory=dict)
    answered: date | None = None
    begun: int = 0
    """Segment of the ST that is read; 0 before it."""
    is_open: bool = False
    is_over: bool = False
    closed: set[str] = field(default_factory=set)
    level: str = ""
    repetition: str = "^"
    birth: date | None = None
    in_benefit: bool = False
    """After an EB: who is named there is whom the benefit speaks of, such as another insurer, not the patient."""
    speaks_of_the_plan: bool = True
    """Whether dates here are those of the plan: before the first EB, and after one that says whether it is active."""

    def take(self, s: Segment) -> None:
        if s.name in ("ISA", "GS", "GE", "IEA", "TA1"):
            self._envelope(s)
        elif s.name == "ST":
            self._opened(s)
        elif not self.is_open:
            if not self.is_over:
                self.log.fault_once(s, 0, "This stands outside of an eligibility answer (271).")
        elif s.name == "SE":
            self._closed(s)
        else:
            handle = getattr(self, f"_{s.name.lower()}", None) if s.name in _READ else None
            if handle:
                handle(s)

    def _envelope(self, s: Segment) -> None:
        if self.is_open:
            self.log.fault(s, 0, "The answer has no end (SE) before this. The file may be cut off.")
            self.is_open, self.is_over = False, True
        self.closed.add(s.name)
        if s.name == "ISA" and (mark := plain(s.get(11))) and not mark.isalnum():
            self.repetition = mark

    def _opened(self, s: Segment) -> None:
        kind = plain(s.get(1))
        if self.is_open:
            self.log.fault(s, 0, "Another transaction set begins before the first one has ended.")
        elif self.is_over:
            self.log.note(s, 0, "The file holds more answers than one. Only the first is read; split the file.")
        elif kind != "271":
            self.log.fault(s, 1, f"This is a transaction set {shown(kind)}, no answer on eligibility (271).")
            self.is_over = True
        else:
            self.is_open, self.begun = True, s.number
            self.found["control"] = plain(s.get(2))

    def _closed(self, s: Segment) -> None:
        told, real = values.count(plain(s.get(1))), s.number - self.begun + 1
        if told != real:
            self.log.fault(s, 1, f"The answer says that it has {shown(s.get(1))} segments; it has {real}.")
        if plain(s.get(2)) != self.found.get("control"):
            self.log.fault(s, 2, "The control number at the end is not the one at the beginning.")
        self.is_open, self.is_over = False, True

    def finish(self, segments: Segments) -> Answer:
        if self.is_open:
            self.log.tell(Finding(segments.count, 0, "The file ends before the answer does. It was cut off."))
        elif segments.count and not self.begun and not self.log.findings:
            self.log.tell(Finding(0, 0, "There is no answer on eligibility (271) in this file."))
        elif self.begun and not {"GE", "IEA"} <= self.closed:
            self.log.tell(Finding(segments.count, 0, "The envelope has no end (GE, IEA). The file was cut off."))
        findings = sorted([*segments.findings, *self.log.findings], key=lambda f: f.segment)
        return _answer(self, tuple(findings))

    @property
    def first_day(self) -> date | None:
        """The first day of the plan. A day of the plan (291) that is no period is the one that was asked for."""
        kinds = BEGINS if f"{PERIOD}-end" in self.days else BEGINS[:-1]
        return next((self.days[kind] for kind in kinds if kind in self.days), None)

    @property
    def last_day(self) -> date | None:
        """The last day of the plan; None too where the payer writes the end of time."""
        kinds = (*ENDS, *(f"{kind}-end" for kind in BEGINS))
        found = next((self.days[kind] for kind in kinds if kind in self.days), None)
        return found if found and found.year < date.max.year else None

    # --- Segments of the answer ---

    def _bht(self, s: Segment) -> None:
        self.answered = values.day(plain(s.get(4)))

    def _hl(self, s: Segment) -> None:
        self.level, self.in_benefit, self.speaks_of_the_plan = plain(s.get(3)), False, True

    def _trn(self, s: Segment) -> None:
        self.found["reference"] = self.log.text(s, 2, 50)

    def _nm1(self, s: Segment) -> None:
        if self.in_benefit:
            return
        kind = plain(s.get(1))
        if kind == "PR":
            self.found["payer_name"] = self.log.text(s, 3, 60)
        if kind in ("IL", "03"):
            self.found["last_name"], self.found["first_name"] = self.log.text(s, 3, 60), self.log.text(s, 4, 35)
            if plain(s.get(8)) in ("MI", "II") and plain(s.get(9)):
                self.found["member_id"] = self.log.text(s, 9, 80)

    def _dmg(self, s: Segment) -> None:
        text = plain(s.get(2))
        self.birth = values.day(text)
        if text and self.birth is None:
            self.log.note(s, 2, f"The birth date {shown(text)} cannot be read.")

    def _dtp(self, s: Segment) -> None:
        if not self.speaks_of_the_plan:
            return
        kind, text = plain(s.get(1)), plain(s.get(3))
        first, _, last = text.partition("-")
        for name, value in ((kind, first), (f"{kind}-end", last)):
            if value and (day := values.day(value)):
                self.days.setdefault(name, day)
            elif value:
                self.log.note(s, 3, f"The date {shown(value)} cannot be read.")

    def _aaa(self, s: Segment) -> None:
        reason = plain(s.get(3))
        words = REFUSALS.get(reason, "it gave no reason that we know")
        if len(self.refusals) < 10:
            self.refusals.append(f"The payer did not answer (reason {reason or 'none'}): {words}.")

    def _eb(self, s: Segment) -> None:
        self.in_benefit, self.speaks_of_the_plan = True, False
        if len(self.benefits) >= MOST_BENEFITS:
            self.log.note_once(s, 0, f"Only the first {MOST_BENEFITS:,} benefits are read.")
            return
        composite = [plain(p) for p in s.parts(13)]
        self.benefits.append(
            Benefit(
                segment=s.number,
                info=plain(s.get(1)),
                level=plain(s.get(2)),
                types=tuple(t for t in plain(s.get(3)).split(self.repetition) if t),
                period=plain(s.get(6)),
                cents=self.log.cents(s, 7, is_required=False) if s.get(7).strip() else None,
                percent=self._percent(s),
                quantity=plain(s.get(10))[:10],
                needs_authorization=plain(s.get(11)),
                in_network=plain(s.get(12)),
                code=composite[1][:10] if len(composite) > 1 else "",
            )
        )
        made = self.benefits[-1]
        self.speaks_of_the_plan = made.info in ACTIVE | INACTIVE and _is_of_the_plan(made)

    def _percent(self, s: Segment) -> int | None:
        text = plain(s.get(8))
        if not text:
            return None
        try:
            share = Decimal(text)
        except InvalidOperation:
            share = Decimal(-1)
        if not (share.is_finite() and 0 <= share <= 1):
            self.log.fault(s, 8, f"The share {shown(text)} cannot be read. 0.2 means that the patient pays 20 percent.")
            return None
        return int((share * 100).to_integral_value())

    def _hsd(self, s: Segment) -> None:
        times, every, unit = plain(s.get(2)), plain(s.get(6)), plain(s.get(5))
        units = {
            "6": "hours",
            "7": "days",
            "21": "years",
            "22": "service years",
            "23": "calendar years",
            "34": "months",
        }
        if times and (unit in units) and self.benefits:
            told = self.benefits[-1].frequency or f"{times} in {every or '1'} {units[unit]}"
            self.benefits[-1] = replace(self.benefits[-1], frequency=told)

    def _msg(self, s: Segment) -> None:
        if len(self.notes) < MOST_NOTES and (text := self.log.text(s, 1, 264)):
            self.notes.append(text)


_READ = frozenset({"BHT", "HL", "TRN", "NM1", "DMG", "DTP", "AAA", "EB", "HSD", "MSG"})


def _answer(r: _Reader, findings: tuple[Finding, ...]) -> Answer:
    plan = [b for b in r.benefits if _is_of_the_plan(b)]
    # What is said of the code itself counts before what is said of its kind, and this before the plan as a whole.
    ours = [b for b in r.benefits if b.code == r.code]
    nearest = (ours, [b for b in r.benefits if set(b.types) & DIAGNOSTIC and not b.code], plan)
    f = r.found
    return Answer(
        payer_name=f.get("payer_name", ""),
        first_name=f.get("first_name", ""),
        last_name=f.get("last_name", ""),
        birth_date=r.birth,
        member_id=f.get("member_id", ""),
        reference=f.get("reference", ""),
        is_active=_is_active(plan),
        answered_on=r.answered,
        covers_code=_covers(ours) if ours else "no" if _covers(nearest[1]) == "no" else "unknown",
        authorization=_authorization(*nearest[:2]),
        deductible_cents=_money(plan, "C", YEARLY),
        deductible_left_cents=_money(plan, "C", REMAINING),
        maximum_cents=_money(plan, "F", YEARLY),
        maximum_left_cents=_money(plan, "F", REMAINING),
        share_percent=next((p for group in nearest for p in _shares(group)), None),
        frequency=next((b.frequency for group in nearest[:2] for b in group if b.frequency), ""),
        begins_on=r.first_day,
        ends_on=r.last_day,
        notes=tuple(r.notes),
        benefits=tuple(r.benefits),
        refusals=tuple(r.refusals),
        findings=findings,
    )


def _is_of_the_plan(benefit: Benefit) -> bool:
    return not benefit.code and (not benefit.types or bool(set(benefit.types) & PLAN_TYPES))


def _authorization(*groups: list[Benefit]) -> str:
    """What EB11 says, of the code itself before its kind. Not known where it is said twice, or that it is not known."""
    for group in groups:
        if told := {b.needs_authorization for b in group if b.needs_authorization in ("Y", "N", "U")}:
            return {"Y": "required", "N": "not_required"}.get(told.pop(), "unknown") if len(told) == 1 else "unknown"
    return "unknown"


def _is_active(plan: list[Benefit]) -> bool | None:
    """As dental care says, else the plan as a whole; None where nothing or both are said."""
    for types in (frozenset({"35"}), PLAN_TYPES):
        told = [b.info for b in plan if b.info in ACTIVE | INACTIVE and (set(b.types) or {""}) & types]
        if told:
            states = {info in ACTIVE for info in told}
            return states.pop() if len(states) == 1 else None
    return None


def _covers(benefits: list[Benefit]) -> str:
    said = {b.info for b in benefits}
    if said & {"I", "E"}:
        return "no" if not said & ACTIVE else "unknown"
    return "yes" if said & (ACTIVE | {"A", "B"}) else "unknown"


def _money(benefits: list[Benefit], info: str, periods: frozenset[str]) -> int | None:
    """The amount of one person, in network where both are told; None where several amounts contradict each other."""
    found = [b for b in benefits if b.info == info and b.period in periods and b.cents is not None]
    found = [b for b in found if b.level in ("IND", "")] or []
    inside = [b for b in found if b.in_network == "Y"] or found
    amounts = {b.cents for b in inside}
    return amounts.pop() if len(amounts) == 1 else None


def _shares(benefits: list[Benefit]) -> Iterator[int]:
    found = [b for b in benefits if b.info == "A" and b.percent is not None]
    inside = [b for b in found if b.in_network == "Y"] or found
    shares = {b.percent for b in inside if b.percent is not None}
    if len(shares) == 1:
        yield shares.pop()
