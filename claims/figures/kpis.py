"""The numbers of the manager's page: what each asks, how it is counted, and which claims count in it.

Every number is placed by the day of service, so that a claim stays in its period whatever becomes of it. What is open
today (money at risk, what payers owe) is told of today.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["share", "share of dollars", "dollars", "days"]


@dataclass(frozen=True)
class Kpi:
    """One number. `part` and `whole` name measures; `whole` is empty where nothing is divided by."""

    key: str
    title: str
    question: str
    formula: str
    unit: Unit
    part: str
    whole: str
    counts: str
    """Which claims count in it."""
    of: str
    """Which claims it is divided by; empty for a sum."""
    figure: str
    """The list of claims behind it, and behind what it is divided by."""
    figure_of: str
    better: int
    """1 where more is better, -1 where less is, 0 where neither."""
    source: str
    """The section of the reference on billing that defines it."""
    has_median: bool = False
    """Whether it is told by its median and by within how many days nine of ten are done, rather than by its mean."""
    placed_by: str = "day of service"


KPIS = (
    Kpi(
        "initial_denial", "Initial denial rate", "How often does the first answer deny something?",
        "Claims whose first answer denied something ÷ claims with an answer.", "share", "denied", "answered",
        "claims whose first answer denied all or a part", "claims with a decision of the payer; void claims and"
        " corrected ones that stand in the place of another are left out", "initial_denial", "answered", -1,
        "7.2 Initial denial rate (claims)",
    ),
    Kpi(
        "initial_denial_dollars", "Dollars denied at first", "How much of what we bill is denied at first?",
        "Dollars that first answers denied ÷ dollars billed on claims with an answer. A dollar counts once, however"
        " often it is denied.", "share of dollars", "first_denied", "billed_answered",
        "what first answers denied", "what was billed on claims with an answer", "initial_denial", "billed_answered",
        -1,
        "7.2 Initial denial rate (dollars)",
    ),
    Kpi(
        "first_pass", "First-pass paid", "How often is a claim paid at once?",
        "Claims paid, or rightly left to the patient, by the first answer with nothing denied ÷ claims with an answer.",
        "share", "first_pass", "answered", "claims paid by their first answer, nothing denied", "claims with an answer",
        "first_pass", "answered", 1, "7.2 First-pass resolution (payment) rate",
    ),
    Kpi(
        "clean", "Clean claims", "How often does a claim arrive without being mended?",
        "Claims that arrived by their first sending and were never rejected ÷ claims that arrived or were rejected.",
        "share", "clean", "originals", "claims sent once, accepted or answered, never rejected",
        "claims sent that were accepted, answered or rejected", "clean", "originals", 1, "7.2 Clean-claim rate",
    ),
    Kpi(
        "rejection", "Rejection rate", "How often does a sending come back before any payer decides?",
        "Sendings rejected before a decision ÷ all sendings of claims.", "share", "rejections", "sendings",
        "sendings that came back; one claim may be sent and rejected several times", "all sendings of claims",
        "rejected", "sendings", -1, "7.2 Rejection rate",
    ),
    Kpi(
        "overturned", "Appeals overturned", "How often does an appeal win?",
        "Claims with an appeal decided for us, in full or in part ÷ claims with a decided appeal.", "share",
        "overturned", "decided", "claims with an appeal decided for us",
        "claims with a decided appeal; open and withdrawn ones are left out", "overturned", "decided", 1,
        "7.2 Appeal overturn rate (count)",
    ),
    Kpi(
        "overturned_dollars", "Appealed dollars won", "How much of what we appeal do we win?",
        "Dollars that decided appeals brought ÷ dollars of the denials that they were about. A dollar counts once,"
        " whatever number of levels it took.", "share of dollars", "won", "appealed", "what decided appeals brought",
        "what was denied and is decided on appeal", "recovered", "appealed", 1, "7.2 Appeal overturn rate (cents)",
    ),
    Kpi(
        "recovery", "Denied dollars recovered", "How much of what was denied comes back?",
        "Dollars that came after a first denial, by an appeal or by another answer to the same claim ÷ dollars that"
        " first answers denied.", "share of dollars", "regained", "first_denied",
        "what was paid or won after the first answer, at most what that denied", "what first answers denied",
        "regained", "initial_denial", 1, "7.2 Denial recovery rate",
    ),
    Kpi(
        "written_off", "Written off", "How much do we give up?",
        "Dollars that the practice gave up by its own decision, and did not take back. What a contract takes off is"
        " not among them.", "dollars", "written_off", "", "claims with a write-off that was carried out", "",
        "written_off", "", -1, "7.2 Denial write-off",
    ),
    Kpi(
        "at_risk", "Dollars at risk", "How much can still be lost?",
        "Denied amounts of open denials on open claims, less what appeals brought. A dollar counts once.", "dollars",
        "at_risk", "", "claims with an open denial", "", "at_risk", "", -1, "7.2 Dollars at risk",
    ),
    Kpi(
        "days_to_submit", "Days to submit", "How long do we take to send a claim?",
        "Mean of the days from the service to the first sending.", "days", "submit_days", "submit_claims",
        "claims that were sent", "", "days_to_submit", "", -1, "7.2 Days to submit (lag)",
    ),
    Kpi(
        "days_to_appeal", "Days to appeal", "How long do we take to appeal?",
        "Median of the days from the first denial to the first appeal that was sent; nine of ten were sent within the"
        " days that are named beside it.", "days", "appeal_days", "appeal_claims",
        "claims with an appeal that was sent", "", "days_to_appeal", "", -1, "7.2 Time to appeal", has_median=True,
    ),
    Kpi(
        "days_to_payment", "Days to payment", "How long do payers take?",
        "Mean of the days from the first sending to the first payment, or to the answer that left all to the patient.",
        "days", "payment_days", "payment_claims", "claims that were sent and paid", "", "days_to_payment", "", -1,
        "7.2 Days to pay",
    ),
)  # fmt: skip

BY_KEY = {kpi.key: kpi for kpi in KPIS}

AGES = ((0, 30), (31, 60), (61, 90), (91, 120), (121, None))
"""Ages of what payers owe, in days since the service; 7.2 Aging buckets."""

LEFT = ((None, -1), (0, 7), (8, 14), (15, 30), (31, None))
"""Days left to the last day of what is at risk; 7.2 Dollars at risk. What has no last day waits for the payer."""

WINDOW = 90
"""Days of charges by which days in A/R are counted; 7.2 Days in A/R."""
