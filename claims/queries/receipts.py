"""The receipt of each number: its formula in words, and exactly the claims that it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Literal

from django.db.models import Count, F, Q, QuerySet, Sum, Value, Window
from django.db.models.functions import RowNumber

from claims.models import Claim, ClaimFigures, Submission
from claims.queries import moves, week
from claims.queries.calls import ANSWER_DAYS
from claims.queries.filing import with_clock
from claims.queries.open_money import SOON, ages_on, left_on, owed_on, soon
from claims.queries.sums import COUNTED, Filters, rows
from claims.queries.worklists import with_signs
from documentation.models.together import number, together

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Figure:
    """One number. `formula` says in words how it is counted; `counted` names the rows behind it, or says of the filters
    which rows these are, where that alone asks the database.
    """

    key: str
    label: str
    formula: str
    counted: Q | Callable[[Filters], Q]
    amount: str = ""
    """The amount of a row that this number adds up, or that tells most about it."""
    of: Callable[[Filters], QuerySet[ClaimFigures]] = rows
    """Among which rows: those of the period, or what payers owe today whatever the period."""
    days: tuple[str, str] | None = None
    """From which day of a row to which it counts, where it counts days."""
    sendings: Literal["", "all", "rejected"] = ""
    """Which sendings of the claims stand behind it, where it counts sendings and not claims."""

    def rows(self, filters: Filters) -> QuerySet[Any]:
        """The rows of figures that it counts."""
        return self.of(filters).filter(self.counted if isinstance(self.counted, Q) else self.counted(filters))

    @property
    def things(self) -> str:
        """What is counted, in the singular."""
        return "sending" if self.sendings else "claim"


def of_the_week(today: date) -> Iterator[Figure]:
    """What the cards of the week count: of today, whatever the period."""
    yield Figure(
        "ending",
        "At risk, ends this week",
        "Of the dollars at risk, those of claims whose last day to appeal comes within seven days or has passed.",
        week.ending(today),
        "at_risk",
    )
    yield Figure(
        "new_denials",
        "Newly denied",
        "Claims with a denial that came to the practice in the last seven days, today among them.",
        lambda _: week.newly_denied(today),
        "at_risk",
    )
    yield Figure(
        "unassigned",
        "Denied, and nobody works on it",
        "Open claims with an open denial that were given to nobody, or to somebody who works on claims no longer.",
        week.unassigned(),
        "at_risk",
    )
    yield Figure(
        "stuck",
        f"Stuck for more than {week.DAYS} days",
        f"Open claims that have waited for the practice for more than {week.DAYS} days: a denial about which nobody"
        " decided, wrote or planned anything since; an appeal that was begun and not sent; a rejected claim that was"
        " not sent again. What came back to the practice counts from the day on which it did.",
        lambda _: week.stuck(today),
        "owed",
    )
    yield Figure(
        "silent",
        "Without an answer for too long",
        "Claims that were sent and wait for their first answer longer than the payer's playbook says that it takes"
        f" ({ANSWER_DAYS} days where it says nothing) since they were sent last, and for which no later call is"
        " planned since.",
        lambda _: week.silent(today),
        "owed",
    )


def of_what_moves_it() -> Iterator[Figure]:
    """How complete claims were when they were sent, and what came of it."""
    for key, (label, formula) in moves.GROUPS.items():
        yield Figure(key, label, formula, partial(moves.group, key), "paid")
        paid = "Of these claims, those that the first answer paid, or rightly left to the patient, with nothing denied."
        counted = partial(moves.group, key, paid=True)
        yield Figure(f"{key}_paid", f"{label}, and paid at once", f"{formula} {paid}", counted, "paid")
    yield Figure(
        "foreseen",
        "Denied, and a rule knew",
        "Claims whose first answer denied something although a check had warned when they were sent, or that a rule of"
        " the practice in force would have stopped by its newest trial.",
        moves.foreseen,
        "first_denied",
    )


def figures_on(today: date) -> dict[str, Figure]:
    """Every figure by its key; `today` is the day from which 'soon' and ages count."""

    def owed(filters: Filters) -> QuerySet[ClaimFigures]:
        return owed_on(today, filters)

    left = (
        Figure(
            key,
            f"At risk: {label}",
            "Of the dollars at risk, those of claims with so many days left to their last day to appeal.",
            COUNTED["at_risk_claims"] & q,
            "at_risk",
        )
        for key, label, q in left_on(today)
    )
    ages = (
        Figure(
            key,
            f"Owed by payers: {label}",
            "What payers owe today of claims that were sent and are open: all that was billed until they decide, then"
            " what is denied and still open, and what they left undecided of claims that they answered in part. Counted"
            " by the days since the service, whatever the period. A dollar counts once, also where two plans are asked:"
            " what the later one owes, as far as nobody has paid it.",
            q,
            "left",
            owed,
        )
        for key, label, q in (("owed", "all ages", Q()), *ages_on(today))
    )
    return {
        f.key: f
        for f in (
            Figure(
                "initial_denial",
                "Denied by the first answer",
                "Initial denial rate = claims whose first answer denied something ÷ claims with an answer.",
                COUNTED["denied"],
                "first_denied",
            ),
            Figure(
                "first_pass",
                "Paid by the first answer",
                "First-pass paid = claims paid, or rightly left to the patient, by the first answer with nothing denied"
                " ÷ claims with an answer.",
                COUNTED["first_pass"],
                "paid",
            ),
            Figure("answered", "Answered", "Claims that have an answer of the payer.", COUNTED["answered"], "paid"),
            Figure(
                "billed_answered",
                "Billed and answered",
                "Dollars billed on claims that have an answer of the payer.",
                COUNTED["answered"],
                "billed",
            ),
            Figure(
                "unanswered",
                "Waiting for the first answer",
                "Claims that were sent and have no answer of the payer yet.",
                COUNTED["unanswered"],
            ),
            Figure(
                "overturned",
                "Overturned on appeal",
                "Appeals overturned = claims with an appeal decided for us, in full or in part"
                " ÷ claims with a decided appeal.",
                COUNTED["overturned"],
                "recovered",
            ),
            Figure(
                "decided",
                "Appeals decided",
                "Claims with an appeal that the payer decided. Withdrawn and open ones are left out.",
                COUNTED["decided"],
                "recovered",
            ),
            Figure(
                "appealed",
                "Decided on appeal",
                "Dollars of the denials whose appeal the payer decided. A denial counts once, whatever number of levels"
                " it took.",
                COUNTED["decided"],
                "appealed",
            ),
            Figure(
                "recovered",
                "Won back",
                "Dollars that decided appeals brought. A dollar counts once.",
                COUNTED["won_claims"],
                "recovered",
            ),
            Figure(
                "at_risk",
                "Dollars at risk",
                "Denied amounts of open denials on open claims, less what appeals brought. A dollar counts once.",
                COUNTED["at_risk_claims"],
                "at_risk",
            ),
            Figure(
                "at_risk_soon",
                f"At risk, due in {SOON} days",
                f"Of the dollars at risk, those whose last day to appeal has passed or comes within {SOON} days.",
                soon(today),
                "at_risk",
            ),
            Figure(
                "clean",
                "Clean claims",
                "Claims that arrived by their first sending and were never rejected.",
                COUNTED["clean"],
            ),
            Figure(
                "originals",
                "Arrived or rejected",
                "Claims of which it is known whether they arrived: accepted, answered or rejected.",
                COUNTED["originals"],
            ),
            Figure(
                "rejected",
                "Rejected before a decision",
                "Sendings that came back before any payer decided. One claim may be sent and come back several times.",
                Q(rejections__gt=0),
                sendings="rejected",
            ),
            Figure(
                "sendings",
                "Sent",
                "All sendings of claims. A claim that came back is sent several times.",
                Q(sendings__gt=0),
                sendings="all",
            ),
            Figure(
                "regained",
                "Recovered",
                "What was paid or won after a first answer that denied something, at most what that denied.",
                COUNTED["regained_claims"],
                "regained",
            ),
            Figure(
                "written_off",
                "Written off",
                "Dollars that the practice gave up by its own decision, and did not take back.",
                COUNTED["written_off_claims"],
                "written_off",
            ),
            Figure(
                "days_to_submit",
                "Days to submit",
                "Mean of the days from the service to the first sending.",
                COUNTED["submit_claims"],
                days=("service_date", "submitted_on"),
            ),
            Figure(
                "days_to_appeal",
                "Days to appeal",
                "Median of the days from the first denial to the first appeal that was sent: half of these claims took"
                " less, half took more.",
                COUNTED["appeal_claims"],
                "first_denied",
                days=("denied_on", "appealed_on"),
            ),
            Figure(
                "days_to_payment",
                "Days to payment",
                "Mean of the days from the first sending to the first payment, or to the answer that left all to the"
                " patient.",
                COUNTED["payment_claims"],
                "paid",
                days=("submitted_on", "paid_on"),
            ),
            *of_the_week(today),
            *of_what_moves_it(),
            *left,
            *ages,
        )
    }


def behind(figure: Figure, filters: Filters) -> QuerySet[Any]:
    """Exactly the rows that a figure counts, with what a list of them shows, newest service first: figures of claims,
    or the sendings of claims.
    """
    found = figure.rows(filters)
    if figure.sendings:
        return _sendings(found, figure.sendings)
    return found.select_related("claim__encounter__patient", "payer", "clinician").order_by("-service_date", "-pk")


def _sendings(found: QuerySet[ClaimFigures], which: str) -> QuerySet[Any]:
    """Of claims, all sendings, or those that came back: the first ones, for only after that a claim is sent again."""
    sent = Submission.objects.filter(appeal=None, packet__kind="claim", claim__in=found.order_by().values("pk"))
    if which == "rejected":
        nth = Window(RowNumber(), partition_by=F("claim"), order_by=["sent_on", "pk"])
        first = sent.annotate(nth=nth).filter(nth__lte=F("claim__figures__rejections"))
        sent = Submission.objects.filter(pk__in=first.values("pk"))
    shown = ("claim__encounter__patient", "claim__figures__payer", "claim__figures__clinician")
    return sent.select_related(*shown).order_by("-claim__figures__service_date", "-claim", "-sent_on", "-pk")


@dataclass(frozen=True)
class Part:
    """Some of the rows behind a figure, how many there are, and what the amounts of all add up to."""

    rows: list[Any]
    count: int
    total: Decimal | None
    """None for a figure that has no amount."""


def part(figure: Figure, filters: Filters, start: int, end: int) -> Part:
    """In one query."""
    found, summed = behind(figure, filters), figure.rows(filters).order_by().values_list(Value(1))
    came = together(
        rows=found[start:end],
        count=found.order_by().values_list(Value(1)).annotate(Count("pk")),
        total=summed.annotate(Sum(figure.amount)) if figure.amount else summed.none(),
    )
    total = sum((amount or ZERO for _, amount in came["total"]), ZERO) if figure.amount else None
    return Part(came["rows"], number(came["count"]), total)


def worded(claims: list[int]) -> dict[int, Claim]:
    """Claims by key with the signs that their word needs, and with their clock of filing."""
    return with_clock(with_signs(Claim.objects.select_related("encounter__location"))).in_bulk(claims)
