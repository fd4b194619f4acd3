"""The visits of some days, each with what is still missing before it: coverage, eligibility, authorization."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from claims.models import Coverage, SelfPayRestriction
from claims.queries.coverage import authorizations_from
from claims.queries.eligibility import plans, verified
from claims.rules.authorization import stricter
from claims.workflow import AuthorizationStatus
from documentation.models import Encounter
from documentation.queries.intake import Intake, intakes_of, with_intake
from documentation.workflow import EncounterStatus

MOST = 400
"""Visits that are read for one page; a practice plans fewer of these in a month."""


@dataclass(frozen=True)
class Missing:
    """One thing that is not settled before a visit. `presses` where the payer would deny without it."""

    words: str
    plan: Coverage | None = None
    kind: str = "coverage"
    """`coverage`, `eligibility` or `authorization`: which page settles it."""
    presses: bool = False
    asked: int | None = None
    """The authorization that was asked for and waits for its answer, by its key."""


@dataclass(frozen=True)
class Visit:
    """One visit of the schedule. A visit that took place asks for nothing any more."""

    encounter: Encounter
    intake: Intake | None = None
    missing: tuple[Missing, ...] = ()
    is_private: bool = False
    """The patient wants no plan to be told: nothing is asked."""

    @property
    def is_settled(self) -> bool:
        """Whether it is ahead and everything before it is done."""
        return self.intake is not None and self.intake.is_complete and not self.missing


@dataclass
class Day:
    on: date
    visits: list[Visit] = field(default_factory=list)

    @property
    def unsettled(self) -> int:
        return sum(bool(visit.missing) for visit in self.visits)


def week_of(day: date) -> tuple[date, date]:
    """Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def visits_between(first: date, last: date, clinician: int | None = None) -> QuerySet[Encounter]:
    """Visits of these days as they were first planned; what was cancelled is left out. They may be asked along."""
    private = SelfPayRestriction.objects.filter(encounter=OuterRef("pk"), lifted_at=None)
    theirs = Prefetch("patient__coverages", plans().filter(is_active=True).order_by("priority"))
    found = Encounter.objects.filter(service_date__range=(first, last), version=1)
    found = found.exclude(status=EncounterStatus.CANCELLED).annotate(is_private=Exists(private))
    if clinician:
        found = found.filter(clinician=clinician)
    found = with_intake(found.select_related("patient", "clinician", "location")).prefetch_related(theirs)
    return found.order_by("service_date", "start_time", "pk")[:MOST]


def days_of(visits: Iterable[Encounter], first: date, last: date, at: datetime) -> list[Day]:
    """Every day from the first to the last with its visits in their order, those without a time at the end."""
    listed = list(visits)
    ahead = [v for v in listed if v.status == EncounterStatus.PLANNED]
    intakes = intakes_of(ahead)
    days = {first + timedelta(days=n): Day(first + timedelta(days=n)) for n in range((last - first).days + 1)}
    for visit in listed:
        is_private = bool(getattr(visit, "is_private", False))
        asks = visit.status == EncounterStatus.PLANNED and not is_private
        missing = tuple(_missing(visit, visit.location.today(at))) if asks else ()
        days[visit.service_date].visits.append(Visit(visit, intakes.get(visit.pk), missing, is_private))
    for day in days.values():
        day.visits.sort(key=lambda v: (v.encounter.start_time is None, v.encounter.start_time or 0, v.encounter.pk))
    return list(days.values())


def _missing(visit: Encounter, today: date) -> Iterable[Missing]:
    mine = list(visit.patient.coverages.all())
    if not mine:
        yield Missing("No plan on file")
    for plan in mine:
        known = verified(plan, visit.service_date, today)
        if known.state:
            presses = known.state in {"inactive", "waiting"}
            yield Missing(f"{plan.payer.name}: {_small(known.words)}", plan, "eligibility", presses)
        words, asked = _authorization(plan, visit.service_date, known.check)
        if words:
            yield Missing(f"{plan.payer.name}: {words}", plan, "authorization", "unknown" not in words, asked)


def _authorization(plan: Coverage, day: date, check: object) -> tuple[str, int | None]:
    """What is not settled of a prior authorization, nothing where one stands or none is wanted; and the key of the one
    that waits for its answer.
    """
    said = getattr(check, "prior_authorization", "") or "unknown"
    by_rules = plan.payer.book().reliable("prior_authorization", plan.plan_name, day) or "unknown"
    wanted = stricter(by_rules, said)
    rows = [a for a in plan.authorizations.all() if a.kind == "prior_authorization"]
    facts = zip(rows, authorizations_from(rows, ()), strict=True)
    standing = {known.status: row.pk for row, known in facts if known.holds_on(day)}
    if wanted == "not_required" or standing.keys() & {AuthorizationStatus.APPROVED, AuthorizationStatus.NOT_REQUIRED}:
        return "", None
    if AuthorizationStatus.REQUESTED in standing:
        return "prior authorization asked for, not answered yet", standing[AuthorizationStatus.REQUESTED]
    if AuthorizationStatus.DENIED in standing:
        return "prior authorization denied", None
    is_required = wanted == "required"
    return "prior authorization required, none on file" if is_required else "prior authorization unknown, ask", None


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]
