"""Published figures that a letter may cite, each with its source and the day on which it was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Study:
    """A finding in one sentence of our own. `applies_to` says whom it was about."""

    statement: str
    source: str
    published_on: date
    read_on: date
    applies_to: str


SUCCESS = Study(
    statement="In a meta-analysis of 29 studies, treatment by sialoendoscopy alone succeeded in 86% of 1,213 adults"
    " with an obstructed salivary gland (95% confidence interval 83% to 89%), with few major complications",
    source="Strychowsky et al., Archives of Otolaryngology–Head & Neck Surgery 2012;138(6):541–547",
    published_on=date(2012, 6, 1),
    read_on=date(2026, 11, 23),
    applies_to="adults treated through the endoscope for an obstruction",
)
