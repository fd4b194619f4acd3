"""Where each person's day begins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from documentation.facts import EncounterFacts
from documentation.forms.sections import BY_KEY, SECTIONS
from documentation.kernel.permissions import Permission, Role
from documentation.models import Clinician, Encounter, Location
from documentation.models.together import counting, number, together
from documentation.queries.amendments import clocks_of, due_soon, time_rows, times_of, unanswered, with_steps
from documentation.queries.encounters import drafts_with_facts, planned, report_from, unfinished
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
    to_answer = with_steps().filter(pk__in=unanswered())
    practice = around(
        request,
        mine=Clinician.objects.filter(user=user),
        to_answer=to_answer if user.may(Permission.AMENDMENT_ANSWER) else to_answer.none(),
        times=time_rows(),
    )
    mine = next(iter(practice.more["mine"]), None)
    everyone = mine is None or request.GET.get("of") == "everyone"
    clinician = None if everyone else mine
    days, open_drafts = days_at(practice.locations, now), unfinished(clinician)
    found = together(
        **visits_asked(clinician, days),
        drafts=open_drafts.values_list("pk", "origin")[:MOST],
        all_drafts=counting(open_drafts),
    )
    visits = visits_by_day(found, now)
    drafts = [_draft(e, facts, now) for e, facts in drafts_with_facts(found["drafts"], at=now)]
    shown = sum(len(day.visits) for day in visits.values())
    # The date at the practice; where its locations do not agree, the server's.
    day = next(iter(days)) if len(days) == 1 else timezone.localdate(now)
    answering = clocks_of(practice.more["to_answer"], times_of(practice.more["times"]))
    audit.view("today.view", by=user, at=now, visits=shown, drafts=len(drafts))
    context = {
        "visits": visits,
        "news": recent(user, practice.counts["notices"], practice.zone),
        "drafts": drafts,
        "begun": [draft["encounter"] for draft in drafts],
        "passed": [visit for visit, _ in visits["before"].visits],
        "more_drafts": max(0, number(found["all_drafts"]) - MOST),
        "everyone": everyone,
        "has_own": mine is not None,
        "may_plan": user.may(Permission.VISIT_PLAN),
        "may_edit": user.may(Permission.ENCOUNTER_EDIT),
        "may_sign": user.may(Permission.ENCOUNTER_SIGN),
        "day": day,
        "due_amendments": due_soon(answering, day),
    }
    return render(request, "documentation/today.html", context)


@dataclass(frozen=True)
class Day:
    """Planned visits, each with its intake; `more` counts those that are not shown."""

    visits: list[tuple[Encounter, Intake]]
    more: int = 0


def days_at(places: Iterable[Location], now: datetime) -> set[date]:
    """The dates at these places; the server's where there is none."""
    return {here.today(now) for here in places} or {timezone.localdate(now)}


def visits_asked(clinician: Clinician | None, days: Collection[date]) -> dict[str, QuerySet[Any]]:
    """What `visits_by_day` is made from, to be asked with others. All of these days are there."""
    found = with_intake(planned(clinician))
    earlier, later = found.filter(service_date__lt=min(days)), found.filter(service_date__gt=max(days))
    return {
        "near": found.filter(service_date__range=(min(days), max(days))),
        "earlier": earlier[:MOST],
        "later": later[:NEXT],
        "all_earlier": counting(earlier),
        "all_later": counting(later),
    }


def visits_by_day(found: Mapping[str, list[Any]], now: datetime) -> dict[str, Day]:
    """Planned visits as before, today and later, each by the date at its location; `found` is what came of
    `visits_asked`.
    """
    sorted_out: dict[str, list[Encounter]] = {"before": found["earlier"], "today": [], "later": []}
    for visit in found["near"]:
        here = visit.location.today(now)
        day = "today" if visit.service_date == here else "before" if visit.service_date < here else "later"
        sorted_out[day].append(visit)
    sorted_out["later"] += found["later"]
    more = {
        "before": max(0, number(found["all_earlier"]) - MOST),
        "today": 0,
        "later": max(0, number(found["all_later"]) - NEXT),
    }
    intakes = intakes_of(visit for listed in sorted_out.values() for visit in listed)
    return {name: Day([(v, intakes[v.pk]) for v in listed], more[name]) for name, listed in sorted_out.items()}


def _draft(encounter: Encounter, facts: EncounterFacts, now: datetime) -> dict[str, Any]:
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
