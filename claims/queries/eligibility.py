"""What is settled with a plan before a visit, and which planned visits are still to be verified."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from claims.models import Authorization, Coverage, EligibilityCheck, Payer, PlaybookFact, SelfPayRestriction
from claims.rules.eligibility import CHECK_GOES_STALE_AFTER
from documentation.models import Encounter
from documentation.workflow import EncounterStatus

MOST_VISITS = 400
"""What the list reads at most; a practice plans fewer of these visits in a year."""

STATES = {
    "inactive": "Not active",
    "no_plan": "No plan on file",
    "missing": "Never verified",
    "old": "Verified too long before",
    "due": "Next check is due",
    "waiting": "Waiting period",
}
"""What makes a visit one to verify, by what stands in an address."""


@dataclass(frozen=True)
class Verified:
    """How far a plan is verified for a day of service. `state` is empty where nothing is to be done."""

    state: str
    words: str
    """One line, without a full stop."""
    check: EligibilityCheck | None
    holds_for: int
    """Days before the visit within which this payer's answer counts."""

    @property
    def is_settled(self) -> bool:
        return not self.state


def plans() -> QuerySet[Coverage]:
    """Plans with what the pages before a visit show of them."""
    return Coverage.objects.select_related("payer").prefetch_related(
        Prefetch("eligibility_checks", EligibilityCheck.objects.select_related("recorded_by")),
        Prefetch("authorizations", Authorization.objects.select_related("letter")),
        Prefetch("payer__playbook", PlaybookFact.objects.all()),
    )


def check_that_counts(checks: Iterable[EligibilityCheck], day: date) -> EligibilityCheck | None:
    """The last one on or before the day of service, else the last at all; they come the newest first."""
    known = list(checks)
    return next((c for c in known if c.checked_on <= day), known[0] if known else None)


def verified(plan: Coverage, day: date, today: date) -> Verified:
    """How far a plan is verified for a service on `day`, as it is known `today`."""
    holds_for = holds_for_days(plan.payer, plan.plan_name, day)
    check = check_that_counts(plan.eligibility_checks.all(), day)
    state, words = _state(check, day, today, holds_for)
    return Verified(state, words, check, holds_for)


def holds_for_days(payer: Payer, plan_name: str, day: date) -> int:
    return payer.book().reliable("eligibility_days", plan_name, day) or CHECK_GOES_STALE_AFTER


def is_too_old(plan: Coverage, check: EligibilityCheck, day: date) -> bool:
    """Whether a check was made too long before a day of service for this payer."""
    return (day - check.checked_on).days > holds_for_days(plan.payer, plan.plan_name, day)


def _state(check: EligibilityCheck | None, day: date, today: date, holds_for: int) -> tuple[str, str]:
    if check is None:
        return "missing", "Eligibility not checked"
    before = (day - check.checked_on).days
    if not check.active:
        return "inactive", "The payer said: not active"
    if check.waiting_until and check.waiting_until >= day:
        return "waiting", "A waiting period is not over on the day of the visit"
    if check.next_check_on and check.checked_on < check.next_check_on <= min(today, day):
        return "due", "The next check is due"
    if before > holds_for:
        return "old", f"Checked {before} days before the visit; {holds_for} is the limit"
    if before < 0:
        return "", f"Active, checked {-before} day{'s' if before < -1 else ''} after the visit"
    return "", "Active, checked on the day" if before == 0 else f"Active, checked {before} days before the visit"


@dataclass(frozen=True)
class ToVerify:
    """A planned visit and one plan of its patient, or none where no plan is on file."""

    encounter: Encounter
    plan: Coverage | None
    verified: Verified
    days: int
    """Until the visit."""


def visits_to_verify(
    at: datetime, *, payer: int | None = None, state: str = "", within: int | None = None
) -> list[ToVerify]:
    """Planned visits from today on whose coverage is not verified well enough, the soonest first.

    A visit of which the patient wants no plan to be told is not among them: to ask would tell.
    """
    return to_verify(planned_visits(at, payer), at, payer=payer, state=state, within=within)


def planned_visits(at: datetime, payer: int | None = None) -> QuerySet[Encounter]:
    """The visits that are looked at, with the plans of their patients; they may be asked for with others."""
    private = SelfPayRestriction.objects.filter(encounter=OuterRef("pk"), lifted_at=None)
    planned = (
        Encounter.objects.filter(status=EncounterStatus.PLANNED, service_date__gte=at.date() - timedelta(days=1))
        .exclude(Exists(private))
        .select_related("patient", "clinician", "location")
        .prefetch_related(Prefetch("patient__coverages", plans().filter(is_active=True).order_by("priority")))
        .order_by("service_date", "start_time", "pk")
    )
    if payer:
        planned = planned.filter(patient__in=Coverage.objects.filter(payer=payer, is_active=True).values("patient"))
    return planned[:MOST_VISITS]


def to_verify(
    visits: Iterable[Encounter], at: datetime, *, payer: int | None = None, state: str = "", within: int | None = None
) -> list[ToVerify]:
    """The same, where the `planned_visits` are at hand."""
    found: list[ToVerify] = []
    for encounter in visits:
        today = encounter.location.today(at)
        days = (encounter.service_date - today).days
        if days < 0 or (within is not None and days > within):
            continue
        mine = [p for p in encounter.patient.coverages.all() if not payer or p.payer_id == payer]
        rows = [ToVerify(encounter, p, verified(p, encounter.service_date, today), days) for p in mine]
        if not mine and not payer:
            rows = [ToVerify(encounter, None, Verified("no_plan", STATES["no_plan"], None, 0), days)]
        found += [r for r in rows if r.verified.state and state in ("", r.verified.state)]
    return found
