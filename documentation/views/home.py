"""Where each person's day begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from documentation.forms.sections import BY_KEY, SECTIONS
from documentation.kernel.permissions import Permission, Role
from documentation.models import Clinician, Encounter, Location
from documentation.queries.amendments import due_soon
from documentation.queries.encounters import facts_of, planned, report_from, unfinished, with_record
from documentation.queries.intake import Intake, intakes_of, with_intake
from documentation.rules.prompts import open_prompts
from documentation.services import audit
from documentation.views.access import requires
from documentation.views.context import around
from documentation.views.notices import recent
from documentation.views.work import links_of, section_url

START = {
    Role.CLINICIAN: ("today",),
    Role.ASSISTANT: ("today",),
    Role.BILLER: ("ready_to_bill", "claim_list", "encounter_list"),
    Role.MANAGER: ("dashboard", "claim_list", "encounter_list"),
    Role.ADMINISTRATOR: ("setup", "person_list"),
}
"""Names of the pages that a role begins with: the first that exists."""

ONLY_WHILE: dict[str, Callable[[datetime], bool]] = {}
"""Pages that a day begins with only while there is something to do on them, by name. Apps above this one add theirs."""

MOST, NEXT = 30, 10
"""How many rows a list shows at most; what lies beyond is counted."""


@requires(Permission.HOME_VIEW)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """To the page that the role's day begins with."""
    user: Any = request.user
    for name in (*START.get(user.role, ()), "rule_list"):
        if name in ONLY_WHILE and not ONLY_WHILE[name](timezone.now()):
            continue
        try:
            return redirect(reverse(name))
        except NoReverseMatch:
            continue
    return redirect("rule_list")


@requires(Permission.ENCOUNTER_VIEW)
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """Visits of today and after with their intake, and what is unfinished with the reason, oldest first."""
    user: Any = request.user
    now = timezone.now()
    mine = getattr(user, "clinician", None)
    everyone = mine is None or request.GET.get("of") == "everyone"
    clinician = None if everyone else mine
    visits = visits_by_day(clinician, now)
    open_drafts = unfinished(clinician)
    drafts = [_draft(e, now) for e in with_record().filter(pk__in=open_drafts.values("pk")[:MOST])]
    shown = sum(len(day.visits) for day in visits.values())
    unread = around(request).counts["notices"]
    audit.view("today.view", by=user, at=now, visits=shown, drafts=len(drafts))
    context = {
        "visits": visits,
        "news": recent(user, unread),
        "drafts": drafts,
        "begun": [draft["encounter"] for draft in drafts],
        "passed": [visit for visit, _ in visits["before"].visits],
        "more_drafts": open_drafts.count() - MOST if len(drafts) == MOST else 0,
        "everyone": everyone,
        "has_own": mine is not None,
        "may_plan": user.may(Permission.VISIT_PLAN),
        "may_edit": user.may(Permission.ENCOUNTER_EDIT),
        "may_sign": user.may(Permission.ENCOUNTER_SIGN),
        "day": _day_here(now),
        "due_amendments": due_soon(_day_here(now)) if user.may(Permission.AMENDMENT_ANSWER) else [],
    }
    return render(request, "documentation/today.html", context)


@dataclass(frozen=True)
class Day:
    """Planned visits, each with its intake; `more` counts those that are not shown."""

    visits: list[tuple[Encounter, Intake]]
    more: int = 0


def visits_by_day(clinician: Clinician | None, now: datetime) -> dict[str, Day]:
    """Planned visits as before, today and later, each by the date at its location. All of today's are there."""
    found = with_intake(planned(clinician))
    days = {here.today(now) for here in Location.objects.all()} or {timezone.localdate(now)}
    near = list(found.filter(service_date__range=(min(days), max(days))))
    earlier, later = found.filter(service_date__lt=min(days)), found.filter(service_date__gt=max(days))
    sorted_out: dict[str, list[Encounter]] = {"before": list(earlier[:MOST]), "today": [], "later": []}
    for visit in near:
        here = visit.location.today(now)
        day = "today" if visit.service_date == here else "before" if visit.service_date < here else "later"
        sorted_out[day].append(visit)
    sorted_out["later"] += later[:NEXT]
    more = {"before": _beyond(earlier, MOST), "today": 0, "later": _beyond(later, NEXT)}
    intakes = intakes_of(visit for listed in sorted_out.values() for visit in listed)
    return {name: Day([(v, intakes[v.pk]) for v in listed], more[name]) for name, listed in sorted_out.items()}


def _day_here(now: datetime) -> date:
    """The date at the practice; where its locations do not agree, the server's."""
    days = {here.today(now) for here in Location.objects.all()}
    return days.pop() if len(days) == 1 else timezone.localdate(now)


def _beyond(found: QuerySet[Encounter], shown: int) -> int:
    return max(0, found.count() - shown)


def _draft(encounter: Encounter, now: Any) -> dict[str, Any]:
    facts = facts_of(encounter, today=encounter.location.today(now))
    report = report_from(facts)
    links = links_of(encounter)
    missing = report.blockers or report.warnings
    return {
        "encounter": encounter,
        "report": report,
        "missing": [{"message": r.message, "url": _where(links, r.field)} for r in missing[:3]],
        "more": max(0, len(missing) - 3),
        "prompts": len(open_prompts(facts)),
        "place": _left_at(encounter),
        "sign_url": section_url(encounter, "sign"),
        "age": (encounter.location.today(now) - encounter.service_date).days,
    }


def _where(links: dict[str, str], field: str) -> str:
    section, _, name = field.partition(".")
    return f"{links.get(section, '')}#id_{name}" if name else links.get(section, "")


def _left_at(encounter: Encounter) -> dict[str, str]:
    """The section that was saved last: where one goes on."""
    saved = {key: at for key, at in encounter.section_revisions.items() if key in BY_KEY}
    section = BY_KEY[max(saved, key=lambda key: saved[key])] if saved else SECTIONS[0]
    return {"label": section.label, "url": section_url(encounter, section.key)}
