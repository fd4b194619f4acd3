"""How long each kind of record is kept, as it came with the program.

This is what a practice begins with, not the law: every period names where it is from, none of them was verified by
anybody of the practice, and a row that the practice writes down counts instead
(`documentation.models.RetentionPeriod`). Where a source gives a range, its longest time stands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from documentation.kernel.dates import short_date


class Kind(StrEnum):
    """What is kept."""

    RECORD = "record"
    CLAIMS = "claims"
    TRAIL = "trail"
    ORIGINALS = "originals"
    COPIES = "copies"
    MAJORITY = "majority"


KINDS = {
    Kind.RECORD: "Clinical record and images",
    Kind.CLAIMS: "Claims, remittances and appeals",
    Kind.TRAIL: "Audit trail and disclosures",
    Kind.ORIGINALS: "Originals of scans and of the camera",
    Kind.COPIES: "Copies that were given to patients",
    Kind.MAJORITY: "Patients who are minors",
}
ABOUT = {
    Kind.RECORD: "Signed records with every version and addendum, their images and marks, visits that were planned.",
    Kind.CLAIMS: "Claims, packets, estimates and authorizations, what payers answered, appeals, patients’ payments.",
    Kind.TRAIL: "Who saw and changed what, and what was sent to whom.",
    Kind.ORIGINALS: "The files as they came, beside the clean copies that are shown and sent.",
    Kind.COPIES: "Each ZIP of a patient’s record as it was given on request.",
    Kind.MAJORITY: "What counts from the last visit counts from this birthday where the patient was younger then.",
}
"""What belongs to each kind."""


class Start(StrEnum):
    """From when a period counts."""

    VISIT = "visit"
    CLAIM = "claim"
    ESTIMATE = "estimate"
    SENDING = "sending"
    COPY = "copy"
    BIRTH = "birth"


STARTS = {
    Start.VISIT: "the last visit",
    Start.CLAIM: "the last day of claims, answers and payments",
    Start.ESTIMATE: "the last estimate",
    Start.SENDING: "the last sending",
    Start.COPY: "the last copy given",
    Start.BIRTH: "birth",
}


class Whom(StrEnum):
    """Whose records a period is for."""

    EVERYBODY = "everybody"
    MEDICARE = "medicare"
    MEDICARE_ADVANTAGE = "medicare_advantage"
    MEDICAID = "medicaid"
    ERISA = "erisa"


WHOM = {
    Whom.EVERYBODY: "Every patient",
    Whom.MEDICARE: "Patients with Medicare",
    Whom.MEDICARE_ADVANTAGE: "Patients with Medicare Advantage",
    Whom.MEDICAID: "Patients with Medicaid",
    Whom.ERISA: "Patients with an employer’s plan (ERISA)",
}
MOST_YEARS = 99


@dataclass(frozen=True)
class Period:
    """So many years from an event for records of one kind, of some patients or of all."""

    key: str
    kind: Kind
    name: str
    years: int
    start: Start
    source: str
    whom: Whom = Whom.EVERYBODY
    notes: str = ""
    verified_on: date | None = None
    verified_by: str = ""
    pk: int = 0
    """The row of the practice; 0 where it came with the program."""
    is_used: bool = True
    """False: the practice says that it does not apply."""

    @property
    def is_own(self) -> bool:
        return self.pk > 0

    @property
    def said(self) -> str:
        """How long and from when: `10 years from the last visit`."""
        return f"{self.years} year{'' if self.years == 1 else 's'} from {STARTS[self.start]}"

    @property
    def whom_words(self) -> str:
        return WHOM[self.whom]

    def why_open(self, day: date, stale_after: int) -> str:
        """Why it cannot be relied on for a day, to follow 'it'; empty while it can."""
        if self.verified_on is None:
            return "was not verified by you yet"
        if day - self.verified_on > timedelta(days=stale_after):
            return f"was last verified on {short_date(self.verified_on)}, more than {stale_after} days before"
        return ""


_MEMORY = "from memory, to be verified"
SHIPPED: tuple[Period, ...] = (
    Period("record.state", Kind.RECORD, "State law on dental records", 10, Start.VISIT,
           f"States ask for 5 to 10 years, many for 7; {_MEMORY}",
           notes="Put your own state’s number here. Your malpractice insurer may ask for more."),
    Period("record.medicare", Kind.RECORD, "Medicare", 7, Start.VISIT, f"Medicare providers, {_MEMORY}", Whom.MEDICARE),
    Period("record.medicare_advantage", Kind.RECORD, "Medicare Advantage", 10, Start.VISIT,
           f"Contracts with Medicare Advantage plans, {_MEMORY}", Whom.MEDICARE_ADVANTAGE),
    Period("record.medicaid", Kind.RECORD, "Medicaid", 10, Start.VISIT,
           f"State programs ask for 5 to 10 years; {_MEMORY}", Whom.MEDICAID),
    Period("claims.tax", Kind.CLAIMS, "Tax", 7, Start.CLAIM, f"Books and what they rest on, {_MEMORY}"),
    Period("claims.erisa", Kind.CLAIMS, "ERISA claim files", 6, Start.CLAIM, f"ERISA, {_MEMORY}", Whom.ERISA),
    Period("claims.estimate", Kind.CLAIMS, "Good-faith estimates", 6, Start.ESTIMATE,
           f"No Surprises Act, {_MEMORY}"),
    Period("claims.medicare_advantage", Kind.CLAIMS, "Medicare Advantage", 10, Start.CLAIM,
           f"Contracts with Medicare Advantage plans, {_MEMORY}", Whom.MEDICARE_ADVANTAGE),
    Period("claims.medicaid", Kind.CLAIMS, "Medicaid", 10, Start.CLAIM,
           f"State programs ask for 5 to 10 years; {_MEMORY}", Whom.MEDICAID),
    Period("trail.disclosures", Kind.TRAIL, "Accounting of disclosures", 6, Start.SENDING,
           f"45 CFR 164.528 lets a patient ask for six years, {_MEMORY}",
           notes="The audit trail itself is never removed."),
    Period("originals.record", Kind.ORIGINALS, "As long as the record", 10, Start.VISIT,
           f"They are part of the record; {_MEMORY}"),
    Period("copies.hipaa", Kind.COPIES, "What answers a request", 6, Start.COPY, f"HIPAA documentation, {_MEMORY}"),
    Period("majority.age", Kind.MAJORITY, "Age of majority", 18, Start.BIRTH,
           f"18 in most states, 19 or 21 in a few; {_MEMORY}"),
)  # fmt: skip
"""In the order in which the page shows them."""
BY_KEY = {p.key: p for p in SHIPPED}


def in_force(own: Iterable[Period]) -> tuple[Period, ...]:
    """What counts: of each period the practice's newest row, else the one that came with the program.

    What the practice says does not apply is among them; `counting` leaves it out.
    """
    newest = dict(BY_KEY)
    for period in sorted(own, key=lambda p: p.pk):
        newest[period.key] = period
    places = {kind: n for n, kind in enumerate(Kind)}
    return tuple(sorted(newest.values(), key=lambda p: places[p.kind]))
