"""Levels of appeal by the rules that govern a plan, as they came with the program.

This is what a practice begins with, not the law: every row names where it is from, none of them was verified by anybody
of the practice, and a row that the practice writes down counts instead (`claims.models.AppealPath`). Where a source
gives a range, its shortest time stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from claims.clocks.counting import CLOSED, Closed, Lag, Limit, ShortMonth, Unit
from documentation.kernel.dates import short_date


class Regime(StrEnum):
    """The rules by which appeals to a plan go."""

    UNKNOWN = "unknown"
    ERISA = "erisa"
    STATE = "state"
    DENTAL_CONTRACT = "dental_contract"
    MEDICARE = "medicare"
    MEDICARE_ADVANTAGE = "medicare_advantage"
    MEDICAID = "medicaid"
    TRICARE = "tricare"


REGIMES = {
    Regime.UNKNOWN: "Not known",
    Regime.ERISA: "Employer's group plan (ERISA)",
    Regime.STATE: "Insurer regulated by a state",
    Regime.DENTAL_CONTRACT: "Dental contract of the practice",
    Regime.MEDICARE: "Original Medicare",
    Regime.MEDICARE_ADVANTAGE: "Medicare Advantage",
    Regime.MEDICAID: "Medicaid managed care",
    Regime.TRICARE: "TRICARE",
}
FROM_FILING = {"CH": Regime.TRICARE, "MA": Regime.MEDICARE, "MB": Regime.MEDICARE, "16": Regime.MEDICARE_ADVANTAGE,
               "MC": Regime.MEDICAID}  # fmt: skip
"""The rules that follow from how claims name a payer (SBR09), where nobody wrote the rules down."""
HIGHEST = 9


class Stage(StrEnum):
    """What kind of level it is: each has a letter of its own."""

    APPEAL = "appeal"
    RECONSIDERATION = "reconsideration"
    EXTERNAL = "external"


STAGES = {
    Stage.APPEAL: "An appeal",
    Stage.RECONSIDERATION: "A request for reconsideration",
    Stage.EXTERNAL: "An external review",
}


@dataclass(frozen=True)
class Path:
    """One level of one regime: from what event, within which time, who decides until when."""

    regime: str
    level: int
    """Beginning with 1; 0 is the peer-to-peer call, which stops no clock."""
    name: str
    limit: Limit
    source: str
    decide: Limit | None = None
    """Within which time the payer decides, from the day on which the appeal was sent; None where nothing is known."""
    decider: str = ""
    notes: str = ""
    applies_from: date | None = None
    """The first event to which it applies; None: always did."""
    verified_on: date | None = None
    verified_by: str = ""
    pk: int = 0
    """The row of the practice; 0 where it came with the program."""
    stage: Stage = Stage.APPEAL

    def stage_at(self, level: int) -> Stage:
        """The kind of a level that goes by this row: one above a reconsideration, whose time counts there, is none."""
        borrows = self.stage is Stage.RECONSIDERATION and level != self.level
        return Stage.APPEAL if borrows else self.stage

    @property
    def kind_words(self) -> str:
        """What kind of level it is, where it is no plain appeal and its name does not say so."""
        is_told = self.stage is Stage.APPEAL or self.stage.value in self.name.lower()
        return "" if is_told else STAGES[self.stage]

    @property
    def is_own(self) -> bool:
        return self.pk > 0

    @property
    def said(self) -> str:
        """The rule as it is written down."""
        whole, _ = ends_said(replace(self.limit, is_verified=True))
        return f"{self.limit.said} from the {event_of(self.level)}{whole}"

    def why_open(self, day: date, stale_after: int) -> str:
        """Why it cannot be relied on for a day, to follow 'it'; empty while it can."""
        if self.verified_on is None:
            return "was never verified"
        if day - self.verified_on > timedelta(days=stale_after):
            return f"was last verified on {short_date(self.verified_on)}, more than {stale_after} days before"
        return ""


def event_of(level: int) -> str:
    """What the days of a level are counted from."""
    return "notice" if level <= 1 else "decision"


def ends_said(limit: Limit) -> tuple[str, str]:
    """What a limit adds at its ends, in words: what is counted, and what is not while nobody verified it."""
    mail = f", presumed to arrive {days_said(limit.presumed_days)} later" if limit.presumed_days else ""
    end = f"; a weekend or holiday at its end {CLOSED[limit.closed]}" if limit.closed is not Closed.STANDS else ""
    if limit.is_verified:
        return mail + end, ""
    return (end, mail) if limit.closed is Closed.BEFORE else ("", mail + end)


def days_said(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"


def _days(number: int, presumed: int = 0) -> Limit:
    return Limit(number, presumed_days=presumed)


_CLAIMS_RULE = "29 CFR 2560.503-1"
_CMS = "cms.gov, appeals of Original Medicare; read for the program in 2026"
_MEMORY = "from memory, to be verified"

SHIPPED: tuple[Path, ...] = (
    Path(
        *(Regime.UNKNOWN, 1, "Appeal", _days(180)),
        f"{_CLAIMS_RULE}(h)(3)(i); the payer's own limit is not known, ask",
        notes="Counted for every level while nobody knows by which rules a plan goes.",
    ),
    Path(
        *(Regime.ERISA, 1, "Internal appeal", _days(180)),
        f"{_CLAIMS_RULE}(h)(3)(i)",
        *(_days(60), "The plan, by somebody who did not decide before"),
        "At least 180 days. A decision after the service takes up to 60 days, 30 a level where the plan has two.",
    ),
    Path(
        *(Regime.ERISA, 2, "Second internal appeal", _days(60)),
        "The plan document sets it; 60 days are counted until somebody has read it",
        *(_days(30), "The plan"),
        "A plan may ask for two levels at most.",
    ),
    Path(
        *(Regime.ERISA, 3, "External review", Limit(4, Unit.MONTH, short_month=ShortMonth.NEXT_FIRST)),
        "45 CFR 147.136 and 29 CFR 2590.715-2719",
        *(_days(45), "An independent review organization"),
        "For medical plans that are not grandfathered. It does not apply to dental plans that stand alone; state law or"
        " the contract may give one.",
        stage=Stage.EXTERNAL,
    ),
    Path(
        *(Regime.STATE, 1, "Grievance", _days(30)),
        f"State law gives 30 to 180 days, {_MEMORY}",
        *(_days(30), "The insurer"),
    ),
    Path(
        *(Regime.STATE, 2, "External review", _days(60)),
        f"State law gives 60 days to 6 months, {_MEMORY}",
        *(_days(30), "An independent reviewer"),
        "California gives 6 months; New York 4 months, and 60 days to a provider.",
        stage=Stage.EXTERNAL,
    ),
    Path(
        *(Regime.DENTAL_CONTRACT, 1, "Reconsideration", _days(30)),
        f"Contracts give 30 to 365 days, many 180; {_MEMORY}",
        *(_days(30), "The payer"),
        "The practice's own right by its contract, not the patient's.",
        stage=Stage.RECONSIDERATION,
    ),
    Path(
        *(Regime.DENTAL_CONTRACT, 2, "Appeal", _days(30)),
        f"Contracts give 30 to 365 days, {_MEMORY}",
        *(_days(60), "The payer"),
    ),
    Path(*(Regime.MEDICARE, 1, "Redetermination", _days(120, 5)), _CMS, _days(60), "The contractor",
         "From receipt of the notice, which is presumed five days after its date.", stage=Stage.RECONSIDERATION),
    Path(*(Regime.MEDICARE, 2, "Reconsideration", _days(180, 5)), _CMS, _days(60),
         "A qualified independent contractor"),
    Path(*(Regime.MEDICARE, 3, "Hearing", _days(60, 5)), _CMS, _days(90), "An administrative law judge",
         "Only from an amount on that is set each year."),
    Path(*(Regime.MEDICARE, 4, "Appeals Council", _days(60, 5)), _CMS, _days(90), "The Medicare Appeals Council"),
    Path(*(Regime.MEDICARE, 5, "Federal court", _days(60, 5)), _CMS, None, "A federal district court",
         "Only from an amount on that is set each year. Ask a lawyer."),
    Path(
        *(Regime.MEDICARE_ADVANTAGE, 1, "Reconsideration by the plan", _days(60)),
        f"42 CFR 422.582; 65 days since 2025, {_MEMORY}",
        *(_days(60), "The plan"),
        stage=Stage.RECONSIDERATION,
    ),
    Path(
        *(Regime.MEDICARE_ADVANTAGE, 2, "Independent review", _days(60)),
        f"42 CFR 422.592, {_MEMORY}",
        *(_days(60), "An independent review entity"),
        "The plan forwards what it upholds by itself.",
        stage=Stage.EXTERNAL,
    ),
    Path(*(Regime.MEDICARE_ADVANTAGE, 3, "Hearing", _days(60)), _CMS, _days(90), "An administrative law judge"),
    Path(*(Regime.MEDICARE_ADVANTAGE, 4, "Appeals Council", _days(60)), _CMS, _days(90),
         "The Medicare Appeals Council"),
    Path(*(Regime.MEDICARE_ADVANTAGE, 5, "Federal court", _days(60)), _CMS, None, "A federal district court"),
    Path(*(Regime.MEDICAID, 1, "Appeal to the plan", _days(60)), f"42 CFR 438.402, {_MEMORY}", _days(30), "The plan"),
    Path(
        *(Regime.MEDICAID, 2, "State fair hearing", _days(90)),
        f"42 CFR 438.408 gives 90 to 120 days, {_MEMORY}",
        decider="The state",
    ),
    Path(*(Regime.TRICARE, 1, "Reconsideration", _days(90)), f"32 CFR 199.10, {_MEMORY}", None, "The contractor",
         stage=Stage.RECONSIDERATION),
)  # fmt: skip
"""In the order in which a page shows them."""

PEER_TO_PEER_DAYS = 7
"""Usually 7 to 14 days from the denial, from memory; it is held before or beside the appeal and stops no clock."""

LAGS: tuple[Lag, ...] = (
    Lag("portal", "Payer portal", 1),
    Lag("clearinghouse", "Clearinghouse", 2),
    Lag("fax", "Fax", 1),
    Lag("mail", "Mail", 5),
)
LAG_SOURCE = "what is usual, from memory: a payer's day may end before yours, a letter takes up to five business days"
RESERVE = Lag("reserve", "Your own reserve", 3)
"""Business days that the practice keeps before the first safe day: its own last day."""


def in_force(rows: Iterable[Path], regime: str, level: int, event: date) -> Path | None:
    """The row that counts for an event: the newest that has begun; None where there is none.

    A row of the practice counts before what came with the program. A newer one corrects those before it from its own
    first event on, whatever they say of theirs.
    """
    return max(_begun(rows, regime, level, event), key=lambda p: p.pk, default=None)


def to_weigh(rows: Iterable[Path], regime: str, level: int, event: date, stale_after: int) -> list[Path]:
    """The practice's rows of which the shortest time counts; empty where it wrote none. See `weighed`."""
    own = sorted((p for p in _begun(rows, regime, level, event) if p.is_own), key=lambda p: -p.pk)
    return weighed(own, lambda p: not p.why_open(event, stale_after))


def _begun(rows: Iterable[Path], regime: str, level: int, event: date) -> list[Path]:
    fit = [p for p in rows if (p.regime, p.level) == (regime, level)]
    return [p for p in fit if p.applies_from is None or p.applies_from <= event]


class _Verified(Protocol):
    @property
    def verified_on(self) -> date | None: ...


Row = TypeVar("Row", bound=_Verified)


def weighed(newest_first: Iterable[Row], is_sound: Callable[[Row], bool]) -> list[Row]:
    """The newest; where it cannot be relied on, after it each that was verified later than all that are newer.

    It ends with the first that can be relied on. What nobody verified thus never pushes out what somebody did, and
    what a later verification corrected does not come back when that one has grown old.
    """
    found: list[Row] = []
    last = date.min
    for row in newest_first:
        verified = row.verified_on or date.min
        if found and verified <= last:
            continue
        found.append(row)
        if is_sound(row):
            break
        last = verified
    return found
