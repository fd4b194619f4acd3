"""The week of whoever runs the practice: what ends, what is new, what is stuck, whom to call, who works on what.

All of it is told of today. Each condition is on kept figures, and starts from the few rows that are open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThanOrEqual

from claims.models import Claim, ClaimFigures, Denial, Payer, QueuedClaim
from claims.queries import calls
from claims.queries.choices import WORKERS
from claims.queries.days import DaysAfter
from claims.queries.idling import STUCK_AFTER
from claims.queries.narrowing import nobodys
from claims.queries.sums import COUNTED, Filters, narrowed, timeless
from claims.workflow import Closing, DenialStatus
from documentation.kernel.rule import Cause
from documentation.models import Location, User
from documentation.models.among import Keys, among
from documentation.models.together import Prepared, counting, number, together

DAYS = 7
MOST = 50
"""Claims that are handed out at once."""
ZERO = Decimal("0.00")
_UNRESOLVED = [s for s in DenialStatus if s != DenialStatus.RESOLVED]


def _since(day: date, zone: tzinfo | None = None) -> datetime:
    """From when something lies after a day began, where the practice is."""
    return datetime.combine(day, time.min, zone or Location.zone_of_practice())


def ending(today: date) -> Q:
    """Of figures: at risk, and the last day comes within the week or has passed."""
    return COUNTED["at_risk_claims"] & Q(at_risk_until__lte=today + timedelta(days=DAYS))


def new_denials(today: date, zone: tzinfo | None = None) -> QuerySet[Denial]:
    """Denials that came in the last seven days, today among them; `zone` is the practice's, where it is at hand."""
    return Denial.objects.filter(opened_at__gte=_since(today - timedelta(days=DAYS - 1), zone))


def newly_denied(today: date, zone: tzinfo | None = None) -> Q:
    return Q(pk__in=new_denials(today, zone).order_by().values("claim"))


def unassigned() -> Q:
    """Of figures: an open denial, and nobody works on the claim."""
    return Q(pk__in=nobodys_denied().order_by().values("pk"))


def nobodys_denied() -> QuerySet[QueuedClaim]:
    """Places of denied claims that nobody works on."""
    return QueuedClaim.objects.filter(nobodys(), open_denial=True)


def stuck(today: date, zone: tzinfo | None = None) -> Q:
    """Of figures: the practice has to do something, and for more than a week nobody did."""
    return Q(idle_since__lt=_since(today - STUCK_AFTER, zone))


def silent(today: date, known: Collection[Any] | None = None) -> Q:
    """Of figures: sent, not answered within its payer's days since it was sent last, and no later call planned since.
    Of the calls that are due, those about claims without a first answer. `known` is what came of `calls.answer_days`,
    where it is at hand.
    """
    known = list(calls.answer_days()) if known is None else known
    # Sent before the quickest payer's days, or called about. Asked first: SQLite begins with all claims of a payer.
    waiting = ClaimFigures.objects.filter(waits_since__isnull=False).order_by()
    long_ago = waiting.filter(waits_since__lte=today - timedelta(days=calls.fewest_days(known))).values("pk")
    may_be = among("pk", long_ago.union(waiting.filter(ask_again_on__isnull=False).values("pk")))
    days = Coalesce(calls.known_days(known, of=""), calls.ANSWER_DAYS)
    due_on = Coalesce("ask_again_on", DaysAfter("waits_since", days))
    return may_be & Q(LessThanOrEqual(due_on, today))


@dataclass(frozen=True)
class Told:
    """So many claims, and what is at stake with them."""

    claims: int
    dollars: Decimal


@dataclass(frozen=True)
class Week:
    """The numbers of the week, as narrow as the page, but for what is unassigned, which is that of the practice."""

    ending: Told
    new: int
    """Claims with a denial that came this week."""
    causes: list[tuple[str, int]]
    """The labels of causes of which these came, and on how many claims, most first."""
    stuck: Told
    unassigned: int
    payer: tuple[Payer, Told] | None
    """The one that owes most of what waits too long, with its playbook."""


def of(
    today: date, filters: Filters, known: tuple[tuple[Any, ...], ...] | None = None, zone: tzinfo | None = None
) -> Week:
    """In one question. `known` is what came of `calls.answer_days`, `zone` the practice's, where they are at hand."""
    known = tuple(calls.answer_days()) if known is None else known
    found = _of({}, today, timeless(filters), known, zone or Location.zone_of_practice())
    ending, stuck, payer = (
        [Told(n, dollars or ZERO) for *_, n, dollars in found[name]] for name in ("ending", "stuck", "payer")
    )
    causes = [(Cause(cause).label, n) for cause, n in found["causes"]]
    return Week(
        ending=next(iter(ending), Told(0, ZERO)),
        new=number(found["new"]),
        causes=sorted(causes, key=lambda row: (-row[1], row[0])),
        stuck=next(iter(stuck), Told(0, ZERO)),
        unassigned=number(found["unassigned"]),
        payer=(_payer({"payers": [found["payer"][0][0]]})["payer"][0], payer[0]) if payer else None,
    )


@Prepared
def _payer(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    return {"payer": Payer.objects.filter(among("pk", keys["payers"])).prefetch_related("playbook")}


@Prepared
def _of(
    keys: Mapping[str, Keys], today: date, filters: Filters, known: tuple[tuple[Any, ...], ...], zone: tzinfo
) -> dict[str, QuerySet[Any]]:
    def those(condition: Q) -> QuerySet[ClaimFigures]:
        return narrowed(ClaimFigures.objects.filter(condition), filters).order_by()

    def summed(condition: Q, amount: str) -> QuerySet[Any]:
        return those(condition).values_list(Value(1)).annotate(n=Count("pk"), sum=Sum(amount))

    new = those(newly_denied(today, zone))
    causes = new_denials(today, zone).filter(claim__in=new.values("pk")).order_by().values_list("cause")
    payers = those(silent(today, known)).values_list("payer").annotate(n=Count("pk"), sum=Sum("owed"))
    return {
        "ending": summed(ending(today), "at_risk"),
        "new": counting(new),
        "causes": causes.annotate(n=Count("claim", distinct=True)),
        "stuck": summed(stuck(today, zone), "owed"),
        "unassigned": counting(nobodys_denied()),
        "payer": payers.order_by("-sum", "-n", "payer")[:1],
    }


@dataclass(frozen=True)
class Unassigned:
    """A denied claim of nobody's, and who is proposed for it."""

    figures: Any
    cause: str
    """Of its oldest open denial."""
    to: User | None
    why: str


def workers(rows: Iterable[User] | None = None) -> list[User]:
    """Who may be given a claim, billers first; of `rows`, where they are at hand."""
    return sorted(worker_rows() if rows is None else rows, key=lambda u: (u.role != "biller", u.display_name))


def worker_rows() -> QuerySet[User]:
    return User.objects.filter(is_active=True, role__in=WORKERS).order_by()


def asked() -> dict[str, QuerySet[Any]]:
    """What `to_hand_out` is made from, to be asked with others; `total` counts all that are nobody's."""
    nobodys_figures = ClaimFigures.objects.filter(unassigned())
    denials = Denial.objects.filter(status__in=_UNRESOLVED)
    oldest = denials.filter(claim=OuterRef("pk")).order_by("denied_on", "pk")
    rows = nobodys_figures.annotate(denied_for=Subquery(oldest.values("cause")[:1]))
    load = Claim.objects.filter(closing=Closing.OPEN, owner__isnull=False, pk__in=denials.order_by().values("claim"))
    return {
        "rows": rows.select_related("claim__encounter__patient", "payer", "biller").order_by(
            F("at_risk_until").asc(nulls_last=True), "-at_risk", "pk"
        )[:MOST],
        "people": worker_rows(),
        "load": load.order_by().values_list("owner").annotate(Count("pk")),
        "total": counting(nobodys_figures),
    }


def to_hand_out(given: Mapping[str, list[Any]] | None = None) -> list[Unassigned]:
    """The denied claims of nobody's whose time ends first, each with somebody for it: who sent it and still works here,
    else who has fewest denied claims. `given` is what came of `asked`.
    """
    given = given or together(**asked())
    people = workers(given["people"])
    known = {user.pk: user for user in people}
    billers = [user for user in people if user.role == "biller"] or people
    load = Counter(dict(given["load"]))
    found = []
    for row in given["rows"]:
        if row.biller_id in known:
            to, why = known[row.biller_id], "sent it"
        elif billers:
            to = min(billers, key=lambda user: load[user.pk])
            why = "has the fewest"
        else:
            to, why = None, ""
        if to:
            load[to.pk] += 1
        found.append(Unassigned(row, Cause(row.denied_for).label, to, why))
    return found
