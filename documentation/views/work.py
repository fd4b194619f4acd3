"""What the pages of one encounter share: finding it, its steps, its report, its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from documentation.ductmap import DuctMap, layout
from documentation.facts import EncounterFacts
from documentation.forms.sections import PARTS, SECTIONS
from documentation.kernel.dates import age_on
from documentation.kernel.pending import marks_from, paths_of
from documentation.kernel.rule import Report, Result, Severity
from documentation.kernel.vocabulary import GLAND, SIDE
from documentation.models import Encounter, Location
from documentation.queries.changes import changes
from documentation.queries.encounters import facts_of, report_from, with_record
from documentation.queries.reading import glands_with_findings
from documentation.queries.versions import versions_of
from documentation.rules.predicates import attempt_only
from documentation.views.context import around
from documentation.workflow import ENCOUNTER, EncounterStatus

EDITABLE = frozenset({EncounterStatus.PLANNED, EncounterStatus.DRAFT})


@dataclass(frozen=True)
class Step:
    key: str
    label: str
    url: str
    sign: str
    current: bool
    part: str
    """The part of the record that begins with this step; empty inside of it."""


@dataclass(frozen=True)
class PartCount:
    """How many checks of one part of the record pass."""

    label: str
    url: str
    done: int
    total: int
    sign: str


def record_or_404(pk: int) -> Encounter:
    """The encounter with everything that its pages read."""
    encounter = with_record().filter(pk=pk).first()
    if encounter is None:
        raise Http404
    return encounter


def is_editable(encounter: Encounter) -> bool:
    return encounter.status in EDITABLE


def practice_today(at: datetime) -> date:
    """The date at the practice's first location: for what belongs to no location, such as a birth date."""
    return timezone.localdate(at, Location.zone_of_practice())


def at_practice(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page that belongs to no location, with the times of the practice's first one."""
    first = next(iter(around(request).locations), None) if request.user.is_authenticated else None
    with timezone.override(first.zone if first else None):
        return render(request, template, context, status=status)


def section_url(encounter: Encounter, key: str) -> str:
    return reverse("encounter_section", args=[encounter.pk, key])


def links_of(encounter: Encounter) -> dict[str, str]:
    """Where the field of a result can be mended, by its section."""
    links = {s.key: section_url(encounter, s.key) for s in SECTIONS}
    return {**links, "patient": reverse("patient_edit", args=[encounter.patient_id])}


def steps_of(encounter: Encounter, report: Report, current: str = "") -> list[Step]:
    """The sections with their signs. One that nobody has touched is open, whatever it lacks."""
    steps, part = [], ""
    for section in SECTIONS:
        steps.append(
            Step(
                section.key,
                section.label,
                section_url(encounter, section.key),
                _sign(encounter, report, section.key),
                section.key == current,
                PARTS[section.part] if section.part != part else "",
            )
        )
        part = section.part
    return steps


def _sign(encounter: Encounter, report: Report, key: str) -> str:
    if key == "sign":
        return "ok" if encounter.is_locked else "open"
    if not encounter.is_locked and not encounter.section_revision(key):
        return "open"
    return sign_of(report.for_section(key))


def sign_of(results: tuple[Result, ...]) -> str:
    failed = {r.severity for r in results if not r.passed}
    return "bad" if Severity.BLOCKER in failed else "warn" if Severity.WARNING in failed else "ok"


def part_counts(encounter: Encounter, report: Report) -> list[PartCount]:
    """The four parts of the record, each with how much of it stands."""
    counts = []
    for part in ("justification", "specifics", "analysis", "care"):
        sections = [s for s in SECTIONS if s.part == part]
        results = tuple(r for s in sections for r in report.for_section(s.key) if r.severity is not Severity.ADVICE)
        first = next((s for s in sections if sign_of(report.for_section(s.key)) != "ok"), sections[0])
        counts.append(
            PartCount(
                PARTS[part],
                section_url(encounter, first.key),
                sum(r.passed for r in results),
                len(results),
                sign_of(results),
            )
        )
    return counts


def ready_words(report: Report, *, is_locked: bool = False) -> str:
    """What stands between the record and its signature, in a sentence; of a signed one, how it was signed."""
    blockers, warnings = len(report.blockers), len(report.warnings)
    if is_locked:
        left = blockers + warnings
        return f"Signed with {left} item{'' if left == 1 else 's'} open." if left else "Signed with nothing missing."
    if blockers:
        return f"{blockers} item{'' if blockers == 1 else 's'} would get this claim denied."
    if warnings:
        return f"It can be signed. {warnings} warning{'' if warnings == 1 else 's'} to look at."
    return "Nothing is missing. It can be signed."


def duct_maps(facts: EncounterFacts) -> list[DuctMap]:
    """The drawing of each gland that was examined or has a finding."""
    return [layout(facts.findings, gland=gland, side=side) for gland, side in glands_with_findings(facts)]


def work_context(encounter: Encounter, at: datetime, current: str = "") -> dict[str, Any]:
    """Steps, report and headline of one encounter."""
    facts = facts_of(encounter, today=encounter.location.today(at))
    report = report_from(facts)
    return {
        "encounter": encounter,
        "patient": encounter.patient,
        "facts": facts,
        "report": report,
        "here": Report(report.for_section(current)),
        "elsewhere": Report(tuple(r for r in report.failed if r.field.split(".", 1)[0] != current)),
        "ready_title": "Ready by report (D0999)?" if attempt_only(facts) else "Ready for D0371?",
        "ready_words": ready_words(report, is_locked=encounter.is_locked),
        "parts": part_counts(encounter, report),
        "links": links_of(encounter),
        "to_confirm": paths_of(marks_from(encounter.to_confirm)),
        "steps": steps_of(encounter, report, current),
        "maps": duct_maps(facts),
        "at": at,
        **headline(encounter, facts),
    }


def versions_context(encounter: Encounter, facts: EncounterFacts) -> dict[str, Any]:
    """The versions of the visit, and what this one says otherwise than the one before; None for the first one."""
    known = versions_of(encounter)
    before = known.before
    return {"versions": known, "changes": changes(facts_of(before), facts) if before else None}


def state_of(encounter: Encounter) -> tuple[str, str]:
    """The word and the tone of an encounter's state. A version that was given up is no cancelled visit."""
    if encounter.version > 1 and encounter.status == EncounterStatus.CANCELLED:
        return "Abandoned", ENCOUNTER.tone(encounter.status)
    return ENCOUNTER.label(encounter.status), ENCOUNTER.tone(encounter.status)


def headline(encounter: Encounter, facts: EncounterFacts) -> dict[str, Any]:
    """Who, how old and which gland; the state in its word and colour."""
    patient, j = facts.patient, facts.justification
    gland = (j.gland, j.side) if j.gland else next(iter(glands_with_findings(facts)), ("", ""))
    place = (
        " ".join(x for x in (SIDE.label(gland[1]).lower(), GLAND.label(gland[0]).lower(), "gland") if x)
        if gland[0]
        else ""
    )
    age = age_on(patient.birth_date, facts.service_date) if patient.birth_date and facts.service_date else None
    return {
        "who": patient.full_name,
        "age": age,
        "place": place,
        "status_label": state_of(encounter)[0],
        "status_tone": state_of(encounter)[1],
        "is_editable": is_editable(encounter),
    }


def at_location(
    request: HttpRequest, encounter: Encounter, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page with the times of the encounter's location."""
    with timezone.override(encounter.location.zone):
        return render(request, template, context, status=status)
