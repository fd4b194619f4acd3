"""What the invented payers do: decide on claims, and send the checks of a day as an 835 file.

It plays the other side. Nothing of the product writes an 835, and nothing here reads one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

PROCESSED, REVERSED, ESTIMATED = "1", "22", "25"
Taken = tuple[str, str, int]
"""Group code, reason code, cents."""


@dataclass(frozen=True)
class Decision:
    """How a payer settled one claim: the status of the claim, what was not paid and why, remark codes."""

    charge: int
    taken: tuple[Taken, ...]
    remarks: tuple[str, ...] = ()
    status: str = PROCESSED

    @property
    def paid(self) -> int:
        return self.charge - sum(cents for _, _, cents in self.taken)

    @property
    def on_patient(self) -> int:
        return sum(cents for group, _, cents in self.taken if group == "PR")


Reply = Callable[[int], tuple[Decision, ...]]
"""What a payer answers to a charge in cents."""


def _contract(charge: int) -> int:
    """What the contract takes off: a tenth, in whole dollars."""
    return charge // 1000 * 100


def paid(*remarks: str) -> Reply:
    """Paid by contract, a fifth left to the patient."""

    def reply(charge: int) -> tuple[Decision, ...]:
        off = _contract(charge)
        return (Decision(charge, (("CO", "45", off), ("PR", "2", (charge - off) // 5)), remarks),)

    return reply


def on_the_deductible(charge: int) -> tuple[Decision, ...]:
    """Nothing paid, nothing refused: the patient has not met the deductible."""
    off = _contract(charge)
    return (Decision(charge, (("CO", "45", off), ("PR", "1", charge - off))),)


def denied(carc: str, *remarks: str, group: str = "CO") -> Reply:
    """Nothing paid, for one reason."""
    return lambda charge: (Decision(charge, ((group, carc, charge),), remarks),)


def paid_in_part(carc: str, *remarks: str) -> Reply:
    """Two fifths denied, the rest paid."""

    def reply(charge: int) -> tuple[Decision, ...]:
        off, no = _contract(charge), charge * 2 // 5
        return (
            Decision(charge, (("CO", "45", off), ("CO", carc, no), ("PR", "2", (charge - off - no) // 5)), remarks),
        )

    return reply


def pended(charge: int) -> tuple[Decision, ...]:
    """The payer needs more time."""
    return (Decision(charge, (("OA", "133", charge),)),)


def estimated(charge: int) -> tuple[Decision, ...]:
    """A predetermination: what would be paid, and no decision."""
    return (Decision(charge, (("OA", "101", charge),), ("N353",), ESTIMATED),)


def taken_back(before: Reply, then: Reply) -> Reply:
    """The earlier decision is reversed, and the claim decided anew, as after an appeal."""

    def reply(charge: int) -> tuple[Decision, ...]:
        return (*map(reversed_, before(charge)), *then(charge))

    return reply


def reversed_(decision: Decision) -> Decision:
    """The decision with every sign turned."""
    taken = tuple((group, carc, -cents) for group, carc, cents in decision.taken)
    return replace(decision, charge=-decision.charge, taken=taken, remarks=("N690",), status=REVERSED)


@dataclass(frozen=True)
class Entry:
    """One claim on a check, as the payer knows it."""

    number: str
    """CLP01: the number that the practice sent."""
    payer_number: str
    decision: Decision
    code: str
    last_name: str
    first_name: str
    member_id: str
    treating_npi: str
    service_date: date
    is_dental: bool = True


def stranger(day: date) -> Entry:
    """The claim of a patient of another office."""
    (decision,) = paid()(12000)
    return Entry(
        number="4471",
        payer_number=f"{day:%y%j}99001",
        decision=decision,
        code="D0140",
        last_name="Elsewhere",
        first_name="Pat",
        member_id="X00011122",
        treating_npi="1457312068",
        service_date=day - timedelta(days=21),
    )


@dataclass(frozen=True)
class Sender:
    """The payer."""

    name: str
    payer_id: str
    town: str
    state: str
    zip_code: str


@dataclass(frozen=True)
class Receiver:
    """The practice."""

    name: str
    npi: str
    tax_id: str


@dataclass(frozen=True)
class Check:
    """A check or transfer with the claims that it settles."""

    trace: str
    entries: tuple[Entry, ...]
    slip: int = 0
    """Cents by which the payer's program printed a wrong amount."""

    @property
    def cents(self) -> int:
        return sum(e.decision.paid for e in self.entries) + self.slip


def write(sender: Sender, receiver: Receiver, checks: Sequence[Check], day: date, *, control: int) -> bytes:
    """The remittance file that a payer sends on a day: one set for each check."""
    said = [
        f"ISA*00*          *00*          *ZZ*{sender.payer_id:<15}*ZZ*{_id(receiver):<15}"
        f"*{day:%y%m%d}*0600*^*00501*{control:09d}*0*T*:",
        f"GS*HP*{sender.payer_id}*{_id(receiver)}*{day:%Y%m%d}*0600*{control}*X*005010X221A1",
    ]
    for n, check in enumerate(checks, 1):
        body = list(_set(sender, receiver, check, day))
        said += [f"ST*835*{n:04d}", *body, f"SE*{len(body) + 2}*{n:04d}"]
    said += [f"GE*{len(checks)}*{control}", f"IEA*1*{control:09d}"]
    return "".join(f"{segment}~\n" for segment in said).encode()


def _id(receiver: Receiver) -> str:
    return receiver.npi


def _set(sender: Sender, receiver: Receiver, check: Check, day: date) -> Iterable[str]:
    method = "ACH*CCP" if check.cents else "NON*"
    yield f"BPR*{'I' if check.cents else 'H'}*{_money(check.cents)}*C*{method}***********{day:%Y%m%d}"
    yield f"TRN*1*{check.trace}*1{sender.payer_id:0>9}"
    yield f"DTM*405*{day:%Y%m%d}"
    yield f"N1*PR*{sender.name.upper()}"
    yield "N3*PO BOX 200"
    yield f"N4*{sender.town.upper()}*{sender.state}*{sender.zip_code}"
    yield f"REF*2U*{sender.payer_id}"
    yield "PER*BL*PROVIDER SERVICE*TE*8005550100"
    yield f"N1*PE*{receiver.name.upper()}*XX*{receiver.npi}"
    yield f"REF*TJ*{receiver.tax_id}"
    yield "LX*1"
    for entry in check.entries:
        yield from _claim(entry, day)


def _claim(entry: Entry, day: date) -> Iterable[str]:
    d = entry.decision
    qualifier = "AD" if entry.is_dental else "HC"
    yield (
        f"CLP*{entry.number}*{d.status}*{_money(d.charge)}*{_money(d.paid)}*{_money(max(0, d.on_patient))}"
        f"*{12 if entry.is_dental else 'HM'}*{entry.payer_number}"
    )
    yield f"NM1*QC*1*{entry.last_name.upper()}*{entry.first_name.upper()}****MI*{entry.member_id}"
    yield f"NM1*82*1******XX*{entry.treating_npi}"
    yield f"DTM*050*{day:%Y%m%d}"
    yield f"SVC*{qualifier}:{entry.code}*{_money(d.charge)}*{_money(d.paid)}**1"
    yield f"DTM*472*{entry.service_date:%Y%m%d}"
    for group, carc, cents in d.taken:
        if cents:
            yield f"CAS*{group}*{carc}*{_money(cents)}"
    yield f"REF*6R*{entry.number}-1"
    if d.paid > 0:
        yield f"AMT*B6*{_money(d.paid + d.on_patient)}"
    yield from (f"LQ*HE*{remark}" for remark in d.remarks)


def _money(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}{f'.{rest:02d}' if rest else ''}"
