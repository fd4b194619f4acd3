"""Remittance files for tests, segment by segment, as payers send them: nothing of the product writes them."""

from __future__ import annotations

from datetime import date
from typing import Any

from claims.models import Claim

PAID_ON = date(2026, 11, 30)
OURS = "1234567893"
"""The NPI of the tests' location."""
Taken = tuple[str, str, str]
"""Group, reason, dollars."""

DENIED: tuple[Taken, ...] = (("CO", "50", "850"),)
PAID: tuple[Taken, ...] = (("CO", "45", "50"), ("PR", "2", "160"))
DEDUCTIBLE: tuple[Taken, ...] = (("CO", "45", "50"), ("PR", "1", "800"))
PENDED: tuple[Taken, ...] = (("OA", "133", "850"),)
PARTLY: tuple[Taken, ...] = (("CO", "45", "50"), ("CO", "50", "300"))


def answer(
    claim: Claim | None = None,
    taken: tuple[Taken, ...] = PAID,
    *remarks: str,
    status: str = "1",
    number: str | None = None,
    line: str | None = None,
    member: str = "",
    payer_number: str = "",
    charge: str = "850",
    day: date | None = None,
    name: str = "",
) -> tuple[float, list[str]]:
    """A claim on a check: what was paid, and its segments. Empty numbers are left out of the file."""
    number = (claim.number if claim else "X-1") if number is None else number
    line = (f"{claim.number}-1" if claim else "") if line is None else line
    total, off = float(charge), sum(float(amount) for *_, amount in taken)
    paid = total - off
    day = day or (claim.service_date if claim else date(2026, 11, 5))
    said = [
        f"CLP*{number}*{status}*{charge}*{paid:g}**12*{payer_number}",
        f"NM1*QC*1*{name or _name_of(claim)}****MI*{member}",
        f"SVC*AD:D0371*{charge}*{paid:g}**1",
        f"DTM*472*{day:%Y%m%d}",
        *(f"CAS*{group}*{carc}*{amount}" for group, carc, amount in taken),
        *([f"REF*6R*{line}"] if line else []),
        *(f"LQ*HE*{remark}" for remark in remarks),
    ]
    return paid, said


def _name_of(claim: Claim | None) -> str:
    """Last and first name of a claim's patient as a file has them."""
    patient = claim.encounter.patient if claim else None
    return f"{patient.last_name}*{patient.first_name}".upper() if patient else "DOE*ALEX"


def merged(one: Claim, other: Claim, *, whole: str = "") -> tuple[float, list[str]]:
    """One answer on two claims: the first line is paid 640, the second denied."""
    paid = 640 - float(whole or 0)
    return paid, [
        f"CLP*{one.number}*1*1700*{paid:g}**12*P1",
        *([f"CAS*CO*45*{whole}"] if whole else []),
        "SVC*AD:D0371*850*640**1",
        "CAS*CO*45*50",
        "CAS*PR*2*160",
        f"REF*6R*{one.number}-1",
        "SVC*AD:D0371*850*0**1",
        "CAS*CO*50*850",
        f"REF*6R*{other.number}-1",
    ]


def taken_back(claim: Claim, taken: tuple[Taken, ...], *remarks: str) -> tuple[float, list[str]]:
    """The earlier answer with every sign turned."""
    turned = tuple((group, carc, f"{-float(amount):g}") for group, carc, amount in taken)
    return answer(claim, turned, *remarks, status="22", charge="-850")


def check(
    *answers: tuple[float, list[str]],
    trace: str = "T1",
    paid_on: date = PAID_ON,
    npi: str = OURS,
    amount: str | None = None,
    control: str = "0001",
) -> str:
    """One transaction set; `amount` other than the sum makes a faulty one."""
    total = f"{sum(paid for paid, _ in answers):g}" if amount is None else amount
    body = [
        f"ST*835*{control}",
        f"BPR*I*{total}*C*ACH************{paid_on:%Y%m%d}",
        f"TRN*1*{trace}*1999999991",
        "N1*PR*EXAMPLE DENTAL PLAN",
        "REF*2U*99991",
        f"N1*PE*HARBOR ORAL SURGERY*XX*{npi}",
        "LX*1",
        *(segment for _, segments in answers for segment in segments),
    ]
    return "~".join([*body, f"SE*{len(body) + 1}*{control}"]) + "~"


def file(*checks: str, number: int = 5001) -> bytes:
    """The envelope around checks."""
    head = (
        f"ISA*00*          *00*          *ZZ*99991          *ZZ*HARBORORAL     *261130*0600*^*00501*{number:09}*0*P*:~"
        f"GS*HP*99991*HARBORORAL*20261130*0600*{number}*X*005010X221A1~"
    )
    return (head + "".join(checks) + f"GE*{len(checks)}*{number}~IEA*1*{number:09}~").encode()


def take(*checks: str, by: Any, at: Any, name: str = "checks.835") -> Any:
    """Take a file with these checks in."""
    from claims.services.remittances import import_file

    return import_file(file(*checks), name, by=by, at=at)


def post(*answers: tuple[float, list[str]], by: Any, at: Any, **known: Any) -> Any:
    """Take a check with these answers in, and post it. Gives the remittance."""
    from claims.services import posting

    (taken,) = take(check(*answers, **known), by=by, at=at).checks
    assert posting.post(taken.remittance, by=by, at=at)
    taken.remittance.refresh_from_db()
    return taken.remittance
