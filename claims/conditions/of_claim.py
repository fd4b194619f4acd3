"""What may be asked of the claim itself: its codes, amounts and days."""

from __future__ import annotations

from collections.abc import Iterator

from claims.conditions.kinds import Kind
from claims.conditions.property import DEAREST, FIRST_SERVICE, LAST_DAY, Property
from claims.facts import ClaimFacts
from documentation.kernel.vocabulary import PLACE_OF_SERVICE

_KINDS = {"dental": "Dental", "medical": "Medical"}


def days_since_service(facts: ClaimFacts) -> int | None:
    return (facts.today - facts.service_date).days if facts.today and facts.service_date else None


def _modifiers(facts: ClaimFacts) -> Iterator[str]:
    return (m for line in facts.lines for m in line.modifiers)


PROPERTIES = (
    Property(
        "claim.kind", "kind of claim", "Whether the claim goes to a dental or a medical plan.", Kind.CHOICE,
        lambda f: f.kind, choices=_KINDS, is_always_known=True,
    ),
    Property(
        "claim.sequence", "place of the plan", "1 for the plan that pays first, 2 for the next.", Kind.NUMBER,
        lambda f: f.sequence, low=1, high=9, is_always_known=True,
    ),
    Property(
        "claim.total", "total charge", "What all lines of the claim add up to.", Kind.MONEY,
        lambda f: f.total_cents, low=0, high=DEAREST, is_always_known=True,
    ),
    Property(
        "claim.lines", "number of lines", "How many procedures stand on the claim.", Kind.NUMBER,
        lambda f: len(f.lines), low=0, high=999, is_always_known=True,
    ),
    Property(
        "claim.units", "number of units", "The quantities of all lines together.", Kind.NUMBER,
        lambda f: sum(line.quantity for line in f.lines), low=0, high=9_999, is_always_known=True,
    ),
    Property(
        "claim.code", "code of the sialoendoscopy",
        "The code on the first line: D0371, or the CPT code of a medical claim.",
        Kind.TEXT, lambda f: f.procedure_code,
    ),
    Property(
        "claim.codes", "codes on the claim", "Every procedure code on its lines.", Kind.LIST, lambda f: f.codes,
        is_always_known=True,
    ),
    Property(
        "claim.modifiers", "modifiers on the claim", "Every modifier on its lines, such as LT.", Kind.LIST,
        lambda f: tuple(_modifiers(f)), is_always_known=True,
    ),
    Property(
        "claim.undocumented_lines", "number of lines without their own note",
        "Lines of which the record does not show the service by itself.", Kind.NUMBER,
        lambda f: sum(not line.documented for line in f.lines),
        low=0, high=999, within="claim.lines", is_always_known=True,
    ),
    Property(
        "claim.diagnoses", "diagnoses on the claim", "The ICD-10-CM codes, the principal one first.", Kind.LIST,
        lambda f: f.diagnoses, is_always_known=True,
    ),
    Property(
        "claim.first_diagnosis", "principal diagnosis", "The first ICD-10-CM code of the claim.", Kind.TEXT,
        lambda f: f.diagnoses[0] if f.diagnoses else None,
    ),
    Property(
        "claim.service_day", "day of service", "When the sialoendoscopy was done.", Kind.DAY, lambda f: f.service_date,
        low=FIRST_SERVICE, high=LAST_DAY,
    ),
    Property(
        "claim.age", "time since the service", "Days from the service to the day of the check.", Kind.NUMBER,
        days_since_service, "days", low=0, high=36_500,
    ),
    Property(
        "claim.place", "place of service", "The two-digit place where the visit took place.", Kind.CHOICE,
        lambda f: f.encounter.place_of_service, choices=PLACE_OF_SERVICE,
    ),
    Property(
        "claim.siblings", "number of other claims of the day",
        "Other claims of this patient for the same day of service.", Kind.NUMBER, lambda f: len(f.siblings),
        low=0, high=99, is_always_known=True,
    ),
    Property(
        "claim.location", "location", "The name of the location that bills.", Kind.TEXT, lambda f: f.billing.name,
    ),
    Property(
        "claim.is_corrected", "record is being corrected",
        "Whether a newer version of the record exists or is written.",
        Kind.YES_NO, lambda f: f.newer is not None, is_always_known=True,
    ),
)  # fmt: skip
