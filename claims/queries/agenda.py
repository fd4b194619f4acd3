"""What must leave the practice, and when: appeals and claims by the last day on which it is still safe to send them."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from claims.clocks.counting import Safe, safe_days
from claims.models import Appeal, Claim, Denial, PlaybookFact, Reminder
from claims.playbook import KnownFact, book_of
from claims.queries.appeal_rules import (
    Lags,
    Rules,
    known_from,
    lag_rows,
    lags_of,
    load_lags,
    load_rules,
    path_rows,
    rules_from,
    with_names,
)
from claims.queries.deadlines import Case, Deadline, case_of
from claims.queries.filing import filing_of_claim, kept_from_plans, with_clock
from claims.queries.worklists import first_plan_open
from claims.workflow import APPEALS_TO_SEND, Closing, DenialStatus, Transport
from documentation.kernel.business_days import open_day_until, step
from documentation.kernel.dates import long_date
from documentation.models import User
from documentation.models.among import Keys, among
from documentation.models.together import Prepared

WEEKS = 8
"""How far the agenda looks ahead."""
MOST = 300
"""Of each kind that a calendar is told."""
MOST_AHEAD = 3000
"""Of each kind among which the page finds its own; it says where there are more."""


@dataclass(frozen=True)
class Leaving:
    """Something that must leave: what the payer's last day is, and until when it is safe to send it."""

    claim: Claim
    today: date
    """The date at the claim's location."""
    due: Deadline
    safe: tuple[Safe, ...]
    """By channel, the one that must leave first first."""
    leave_on: date
    """The last safe day by the slowest of the channels that the payer is known to take, else of all."""
    own_on: date
    """The practice's own last day: its reserve before the first safe day."""
    case: Case | None = None
    """The denial with its appeal; None of a claim that is to be filed."""
    step: str = "File the claim"
    waits: bool = False
    """Whether it cannot be filed yet, as the plan that pays before it did not answer."""

    @property
    def left(self) -> int:
        """Days until it must leave, below 0 where it is no longer safe."""
        return (self.leave_on - self.today).days

    @property
    def is_over(self) -> bool:
        """Whether the payer's own last day has passed."""
        return self.due.day < self.today

    @property
    def denial(self) -> Denial | None:
        return self.case.denial if self.case else None

    @property
    def owner(self) -> User | None:
        return self.claim.owner


def leaving(claim: Claim, due: Deadline, today: date, lags: Lags, *, case: Case | None = None) -> Leaving:
    """A last day with the days by which to send; the payer came with its playbook."""
    postmark = bool(due.counted and due.counted.postmark_counts)
    safe = safe_days(due.day, lags.channels, postmark_counts=postmark)
    takes = claim.coverage.payer.book().reliable("channels", claim.coverage.plan_name, today) or ()
    leave_on = _leave_on(safe, takes, due.day)
    own_on = step(leave_on, -lags.reserve)
    more = {"case": case, "step": case.step} if case else {}
    return Leaving(claim, today, due, safe, leave_on, own_on, **more)  # type: ignore[arg-type]


def _leave_on(safe: Iterable[Safe], takes: Collection[str], due: date) -> date:
    """The last safe day by the slowest of the channels that a payer takes, else of all."""
    known = list(safe)
    usable = [s for s in known if s.channel in takes] or known
    return min((s.day for s in usable), default=open_day_until(due))


def leaving_of(denial: Denial, today: date) -> Leaving | None:
    """The same of one denial; None where no appeal of it is to be sent."""
    case = case_of(denial, today)
    return leaving(denial.claim, case.due, today, load_lags(), case=case) if case.due else None


_FACTS = PlaybookFact.objects.select_related("recorded_by")


def running() -> QuerySet[Denial]:
    """Denials whose time to appeal runs: open ones that may be appealed, and those with an appeal to send."""
    to_send = Appeal.objects.filter(denial=OuterRef("pk"), status__in=APPEALS_TO_SEND)
    is_open = Q(status=DenialStatus.OPEN, may_appeal=True)
    return Denial.objects.filter(is_open | Exists(to_send), claim__closing=Closing.OPEN)


def _listed(found: QuerySet[Denial]) -> QuerySet[Denial]:
    return (
        found.select_related(
            *("claim__owner", "claim__encounter__patient", "claim__encounter__location", "claim__coverage__payer"),
            "claim__figures",
        )
        .prefetch_related("appeals", Prefetch("claim__coverage__payer__playbook", _FACTS))
        .order_by(F("claim__figures__at_risk_until").asc(nulls_last=True), "denied_on", "pk")
    )


def appeals_running(at: datetime) -> list[Leaving]:
    """Every appeal whose time runs, counted anew: no day that was kept by rules of before is trusted."""
    return _rows(running(), at)


@dataclass(frozen=True, order=True)
class Ahead:
    """Something that must leave, before its row is read: by the day that is kept with it."""

    leave_on: date
    """As in `Leaving`, or up to a week earlier where the postmark counts: that is known from the row alone."""
    due: date
    kind: str
    """`denials` or `claims`."""
    key: int


def asked(at: datetime, *, until_days: int) -> dict[str, QuerySet[Any]]:
    """What the agenda begins with, to be asked with others: of each kind the first by their last days."""
    # Kept is the first day of a claim, so that with several denials, or beside one, it may be another's.
    plan = ("coverage__payer", "coverage__plan_name")
    of_denial = ("pk", "claim", "claim__figures__at_risk_until", *(f"claim__{name}" for name in plan))
    of_claim = ("pk", "queued__open_denial", "queued__last_on", *plan)
    denials = _near(at, until_days).order_by(F("claim__figures__at_risk_until").asc(nulls_first=True), "pk")
    return {
        "paths": path_rows(),
        "lags": lag_rows(),
        "channels": PlaybookFact.objects.filter(key="channels").order_by("-pk"),
        "denials": denials.values_list(*of_denial)[:MOST_AHEAD],
        "claims": unfiled().order_by("service_date", "pk").values_list(*of_claim)[:MOST_AHEAD],
    }


def ahead(found: Mapping[str, list[Any]], today: date, at: datetime, *, until_days: int) -> list[Ahead]:
    """What came of `asked`, the first to leave first, as far as it must leave within so many days.

    Where no day is kept, or perhaps that of something else, the row is read to know its own.
    """
    lags = lags_of(known_from(found["lags"]))
    facts: dict[int, list[KnownFact]] = {}
    for row in found["channels"]:
        facts.setdefault(row.payer_id, []).append(row.fact)

    @functools.cache
    def takes(payer: int, plan_name: str) -> Any:
        return book_of(facts.get(payer, ()), settings.PLAYBOOK_DAYS).reliable("channels", plan_name, today) or ()

    @functools.cache
    def leave_on(due: date, payer: int, plan_name: str) -> date:
        return _leave_on(safe_days(due, lags.channels, postmark_counts=False), takes(payer, plan_name), due)

    several = Counter(claim for _, claim, *_ in found["denials"])
    kept = [("denials", several[claim] == 1, key, *rest) for key, claim, *rest in found["denials"]]
    kept += [("claims", denied is False, key, *rest) for key, denied, *rest in found["claims"]]
    rows, unsure = [], []
    for kind, is_own, key, due, payer, plan_name in kept:
        if is_own and due:
            rows.append(Ahead(leave_on(due, payer, plan_name), due, kind, key))
        else:
            unsure.append(Ahead(date.min, date.min, kind, key))
    rows += [
        Ahead(one.leave_on, one.due.day, *(("denials", one.denial.pk) if one.denial else ("claims", one.claim.pk)))
        for one in (read(unsure, found, at) if unsure else ())
    ]
    return sorted(row for row in rows if row.leave_on <= today + timedelta(days=until_days))


def read(rows: Iterable[Ahead], found: Mapping[str, list[Any]], at: datetime) -> list[Leaving]:
    """These, each counted anew from its rows, the first to leave first; `found` is what came of `asked`."""
    rules, lags = rules_from(found["paths"]), lags_of(known_from(found["lags"]))
    rows = list(rows)
    came = _read({kind: {row.key for row in rows if row.kind == kind} for kind in ("denials", "claims")})
    denials = (_of_denial(denial, at, rules, lags) for denial in came["denials"])
    facts = [fact for denial in came["denials"] for fact in denial.claim.coverage.payer.playbook.all()]
    appeals = _named([row for row in denials if row], facts)
    return _first_first([*appeals, *(_of_claim(claim, at, lags) for claim in came["claims"])])


@Prepared
def _read(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    return {
        "denials": _listed(Denial.objects.filter(among("pk", keys["denials"]))),
        "claims": _shown(Claim.objects.filter(among("pk", keys["claims"]))),
    }


def _near_first(rows: Iterable[Leaving], until_days: int) -> list[Leaving]:
    return _first_first(row for row in rows if row.left <= until_days)


def _first_first(rows: Iterable[Leaving]) -> list[Leaving]:
    return sorted(rows, key=lambda row: (row.leave_on, row.due.day, row.claim.pk))


def appeals_leaving(at: datetime, *, until_days: int, most: int = MOST) -> list[Leaving]:
    """Appeals that must leave within so many days or are late, the first to leave first; at most `most` rows."""
    return _named(_near_first(_rows(_near(at, until_days), at, most), until_days))


def _near(at: datetime, until_days: int) -> QuerySet[Denial]:
    # The widest gap between a safe day and the last one: a month holds more business days than any channel takes.
    until = at.date() + timedelta(days=until_days + 60)
    # A claim whose figures are not counted is looked at, too: nothing near may be passed over.
    near_or_unknown = Q(claim__figures__at_risk_until__lte=until) | Q(claim__figures__at_risk_until=None)
    return running().filter(near_or_unknown)


def _rows(found: QuerySet[Denial], at: datetime, most: int | None = None) -> list[Leaving]:
    rules, lags = load_rules(), load_lags()
    rows = (_of_denial(denial, at, rules, lags) for denial in _listed(found)[:most])
    return [row for row in rows if row]


def _named(rows: list[Leaving], facts: Iterable[PlaybookFact] | None = None) -> list[Leaving]:
    """The same, each rule with who verified it; `facts` with their persons, where they are at hand."""
    counted = [row.due.counted for row in rows if row.due.counted]
    named = iter(with_names(counted, facts))
    return [replace(row, due=replace(row.due, counted=next(named))) if row.due.counted else row for row in rows]


def _of_denial(denial: Denial, at: datetime, rules: Rules, lags: Lags) -> Leaving | None:
    today = denial.claim.encounter.location.today(at)
    case = case_of(denial, today, rules)
    return leaving(denial.claim, case.due, today, lags, case=case) if case.due else None


def unfiled() -> QuerySet[Claim]:
    """Open claims whose time to file runs: the payer has none of them. What no plan is to be told of is not among
    them.
    """
    open_ones = Claim.objects.filter(closing=Closing.OPEN, transport__in=(Transport.NONE, Transport.REJECTED))
    return open_ones.exclude(kept_from_plans())


def to_file() -> QuerySet[Claim]:
    """Those of them that wait for no other plan: somebody can file them today."""
    return unfiled().annotate(waits=first_plan_open()).filter(waits=False)


def claims_leaving(at: datetime, *, until_days: int, most: int | None = MOST) -> list[Leaving]:
    """Claims that were not filed yet and whose time to file ends within so many days, the first to leave first.

    Those that wait for the plan before them are among them and say so: their time runs, too.

    Of the oldest services `most` are looked at; all of them where it is None.
    """
    lags, listed = load_lags(), _shown(unfiled())
    found = listed[:most] if most else listed.iterator(chunk_size=1000)
    return _near_first((_of_claim(claim, at, lags) for claim in found), until_days)


def _shown(claims: QuerySet[Claim]) -> QuerySet[Any]:
    return (
        with_clock(claims.annotate(waits=first_plan_open()))
        .select_related("encounter__patient", "encounter__location", "coverage__payer", "owner")
        .prefetch_related("coverage__payer__playbook")
        .order_by("service_date", "pk")
    )


def _of_claim(claim: Any, at: datetime, lags: Lags) -> Leaving:
    today = claim.encounter.location.today(at)
    filing = filing_of_claim(claim, today)
    start = filing.due - timedelta(days=filing.days)
    source = filing.source or "the payer's own limit is not known, ask"
    if filing.why_stale:
        source = f"{source}; this {filing.why_stale}, ask"
    due = Deadline(filing.due, f"{filing.days} days from the {filing.event} of {long_date(start)} ({source})")
    row = leaving(claim, due, today, lags)
    return replace(row, waits=True, step="Wait for the first plan") if claim.waits else row


@dataclass(frozen=True)
class Week:
    """What must leave in one week; `begins` is its Monday, None of what is late."""

    label: str
    begins: date | None
    rows: tuple[Leaving, ...]


def by_week(rows: Iterable[Leaving], today: date) -> list[Week]:
    """What is late on top, then week by week; weeks in which nothing leaves are left out."""
    ordered = _first_first(rows)
    late = tuple(row for row in ordered if row.left < 0)
    weeks = [Week("Late", None, late)] if late else []
    mondays = sorted({_monday(row.leave_on) for row in ordered if row.left >= 0})
    for monday in mondays:
        fit = tuple(row for row in ordered if row.left >= 0 and _monday(row.leave_on) == monday)
        weeks.append(Week(_label(monday, _monday(today)), monday, fit))
    return weeks


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _label(monday: date, this: date) -> str:
    if monday == this:
        return "This week"
    return "Next week" if monday == this + timedelta(days=7) else f"Week of {long_date(monday)}"


def reminders_for(user: User) -> QuerySet[Reminder]:
    """What a person was told, has not seen, and can still do something about; the most pressing first."""
    return (
        reminders_waiting({user.pk})
        .select_related("denial__claim__encounter__patient", "claim__encounter__patient", "appeal")
        .order_by("leave_on", "pk")
    )


def still_to_do() -> Q:
    """Of reminders: the appeal or the claim did not leave yet."""
    return Q(Exists(running().filter(pk=OuterRef("denial")))) | Q(Exists(to_file().filter(pk=OuterRef("claim"))))


def reminders_waiting(people: Keys) -> QuerySet[Reminder]:
    """The same for counting, by the keys of people."""
    return Reminder.objects.filter(still_to_do(), among("to", people), seen_at=None, ended_at=None).order_by()
