"""The duct map on which findings are entered: drawn anew from what is typed, as often as the page asks.

Nothing is saved here. The rows of the form are the record; the map shows them and writes into them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from documentation.ductmap import HEIGHT, DuctMap, finding_line, gland_title, layout
from documentation.facts import EncounterFacts, FindingFacts
from documentation.forms.marks import drawn_findings, sentences
from documentation.forms.record import SectionForm
from documentation.forms.rows import BaseRows, rows_class
from documentation.forms.sections import FINDINGS
from documentation.kernel.permissions import Permission
from documentation.kernel.vocabulary import FINDING, GLAND, SIDE
from documentation.models import Encounter
from documentation.queries.last_visit import last_visit
from documentation.queries.reading import glands_with_findings
from documentation.views.access import requires
from documentation.views.work import is_editable

Duct = tuple[str, str]
"""(gland, side)"""

ALWAYS: tuple[Duct, ...] = (("parotid", "R"), ("parotid", "L"), ("submandibular", "R"), ("submandibular", "L"))
QUICK = tuple((t, FINDING.label(t)) for t in "stone stenosis mucus_plug normal kink ectasia sialodochitis".split())
"""The findings that one press names; all others stand in the row's own list."""
LOWEST = HEIGHT + 68
"""Labels fit above this; a map on which one works keeps the room for them, so that it does not jump."""


@dataclass(frozen=True)
class Tab:
    value: str
    label: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class Panel:
    """What the map shows: one duct at a time, the others a press away."""

    map: DuctMap
    tabs: tuple[Tab, ...]
    sentences: tuple[str, ...]
    before_on: date | None
    """When the patient was examined last, if something of that visit shows faint."""
    seen_before: tuple[tuple[str, str], ...] = ()
    """Key and words of each finding of that visit in this duct: one press says that it was seen again."""
    quick: tuple[tuple[str, str], ...] = QUICK


@requires(Permission.ENCOUNTER_EDIT)
@require_POST
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """The drawing and the sentences of what is typed right now, as a fragment. `map` names the duct, as `parotid-R`."""
    encounter = Encounter.objects.filter(pk=pk).first()
    if encounter is None:
        raise Http404
    if not is_editable(encounter):
        return HttpResponse(status=409)
    rows = rows_class(FINDINGS.lists[0])(request.POST, prefix="findings")
    panel = panel_of(encounter, rows, request.POST.get("map", ""))
    return render(request, "documentation/_ductmap_drawing.html", {"panel": panel, "encounter": encounter})


def panel_of(encounter: Encounter, rows: BaseRows, wanted: str = "", facts: EncounterFacts | None = None) -> Panel:
    """The map of the duct that is wanted, else of the one that the record speaks of first."""
    findings = drawn_findings(rows)
    used = [(f.gland, f.side) for f in findings if f.gland and f.side]
    if facts:
        used = [*glands_with_findings(facts), *used]
    chosen = _duct(wanted) or _first(used, facts)
    before = last_visit(encounter)
    drawing = layout(findings, gland=chosen[0], side=chosen[1], before=before.findings if before else ())
    ducts = dict.fromkeys([*ALWAYS, *used, chosen])
    return Panel(
        map=_roomy(drawing),
        tabs=tuple(_tab(duct, findings, duct == chosen) for duct in ducts),
        sentences=tuple(sentences(rows)),
        before_on=before.service_date if before and drawing.ghosts else None,
        seen_before=_seen_before(before, chosen, findings),
    )


def _seen_before(before: EncounterFacts | None, duct: Duct, today: list[FindingFacts]) -> tuple[tuple[str, str], ...]:
    """What was found in this duct last time and is not among the findings of today."""
    there = [f for f in before.findings if (f.gland, f.side) == duct and not f.is_normal] if before else []
    known = {finding_line(f) for f in today if (f.gland, f.side) == duct}
    return tuple((f.key, line) for f in there if (line := finding_line(f)) not in known)


def panel_for(typed: SectionForm, facts: EncounterFacts) -> Callable[[], Panel] | None:
    """The map of a page's own form, worked out only where the page shows it."""
    rows = typed.lists.get("findings")
    wanted = typed.data.get("map", "") if typed.data else ""
    return (lambda: panel_of(typed.encounter, rows, wanted, facts)) if rows is not None else None


def _roomy(drawing: DuctMap) -> DuctMap:
    x, y, width, height = drawing.viewbox
    return replace(drawing, viewbox=(x, y, width, max(y + height, LOWEST) - y))


def _duct(raw: str) -> Duct | None:
    gland, _, side = raw.rpartition("-")
    return (gland, side) if gland in GLAND and side in SIDE else None


def _first(used: list[Duct], facts: EncounterFacts | None) -> Duct:
    if used:
        return used[0]
    complaint = (facts.justification.gland, facts.justification.side) if facts else ("", "")
    return complaint if all(complaint) else ALWAYS[-1]


def _tab(duct: Duct, findings: list[FindingFacts], is_current: bool) -> Tab:
    gland, side = duct
    count = sum((f.gland, f.side) == duct for f in findings)
    return Tab(f"{gland}-{side}", gland_title(gland, side).removesuffix(" gland"), count, is_current)
