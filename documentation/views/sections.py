"""The guided record: one section at a time, saved by itself, with the report beside it.

Saving is idempotent by nature (the whole section, against what the page was opened with), so these forms need no key
against a double click: the second one finds that nothing differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from documentation.forms import merging as both
from documentation.forms.intake import INTAKE, TYPED_IN
from documentation.forms.parts import Rows, Section
from documentation.forms.record import SectionForm
from documentation.forms.rows import with_row, without_row
from documentation.forms.sections import SECTIONS
from documentation.kernel.machine import NotPossible
from documentation.kernel.merge import Merged, digests
from documentation.kernel.pending import marks_from
from documentation.kernel.permissions import Permission
from documentation.models import Encounter
from documentation.queries.intake import intakes_of
from documentation.queries.stored import NAMES
from documentation.services import audit, filling, merging
from documentation.views.access import refusals_become_pages, requires
from documentation.views.ductmap import panel_for
from documentation.views.presence import arrive
from documentation.views.work import at_location, is_editable, record_or_404, section_url, work_context

MOST_UNANSWERED = 3
"""Earlier saves of a page whose answer was lost, as many as it sends again."""


@requires(Permission.ENCOUNTER_EDIT)
@refusals_become_pages
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Show a section; save it; add or remove a row of it. Answers a background save with a fragment."""
    spec = TYPED_IN.get(key)
    if spec is None or not spec.body:
        raise Http404
    encounter = record_or_404(pk)
    if request.method == "POST":
        return _post(request, encounter, spec)
    if not is_editable(encounter):
        return redirect("encounter", pk)
    audit.view(
        "encounter.view",
        by=_user(request),
        at=timezone.now(),
        subject=encounter,
        patient=encounter.patient,
        section=key,
    )
    return _page(request, encounter, spec, SectionForm(spec, encounter))


def _post(request: HttpRequest, encounter: Encounter, spec: Section) -> HttpResponse:
    if {"add", "remove", "map"} & set(request.POST):
        return _change_rows(request, encounter, spec)
    typed = SectionForm(spec, encounter, request.POST)
    if not typed.is_valid():
        return _answer(request, encounter, spec, typed, 422)
    try:
        unanswered = [QueryDict(raw) for raw in request.POST.getlist("unanswered")[:MOST_UNANSWERED]]
        sides = both.sides_of(spec, encounter, request.POST, unanswered)
        merged = merging.save_merged(
            encounter, spec.key, typed.values, typed.rows, sides=sides, by=_user(request), at=timezone.now()
        )
    except ValidationError as e:
        typed.take_errors(e)
        return _answer(request, encounter, spec, typed, 422)
    except merging.Clashed as e:
        return _answer(request, encounter, spec, typed, 409, {"choices": both.choices_of(typed, e.clashes)})
    except NotPossible as e:
        typed.problems += e.reasons
        return _answer(request, encounter, spec, typed, 409)
    return _saved(request, encounter, spec, typed, merged)


def _saved(
    request: HttpRequest, encounter: Encounter, spec: Section, typed: SectionForm, merged: Merged
) -> HttpResponse:
    now = record_or_404(encounter.pk)
    stored = SectionForm(spec, now)
    if request.headers.get("HX-Request"):
        more = {
            "saved": True,
            "base": both.as_shown_now(typed, merged, now),
            "learned": stored.learned(typed, merged.origins),
            "fresh": both.fresh_parts(stored, merged),
        }
        return _fragment(request, now, spec, stored, 200, more)
    if request.POST.get("confirm"):
        return _confirm(request, now, spec, typed)
    if merged.foreign:
        theirs = ", ".join(both.label_of(stored, name) for name in merged.foreign)
        messages.info(request, f"Saved, together with what somebody else changed meanwhile: {theirs}.")
    if request.POST.get("go") == "stay":
        return redirect(section_url(encounter, spec.key))
    return redirect(_around(encounter, spec)["next_url"])


def _confirm(request: HttpRequest, encounter: Encounter, spec: Section, typed: SectionForm) -> HttpResponse:
    """Confirm what the page showed: one value by its path, or the section and then perhaps go on, `plan:next`."""
    wanted, _, after = request.POST["confirm"].partition(":")
    shown = {f"{spec.key}.{path}": d for path, d in digests(typed.values, typed.rows, NAMES).items()}
    waiting = {m.path for m in marks_from(encounter.to_confirm)}
    seen = {path: d for path, d in shown.items() if path in waiting and wanted in (spec.key, path)}
    if seen:
        try:
            filling.confirm(encounter, seen, by=_user(request), at=timezone.now())
        except NotPossible as e:
            messages.warning(request, e.reasons[0])
            return redirect(section_url(encounter, spec.key))
    if after == "next":
        return redirect(_around(encounter, spec)["next_url"])
    anchor = "" if wanted == spec.key else f"#{both.field_id(typed, wanted)}"
    return redirect(section_url(encounter, spec.key) + anchor)


def _around(encounter: Encounter, spec: Section) -> dict[str, Any]:
    """What lies before and after a section; the intake leads back to the day."""
    if spec is INTAKE:
        return {"next_url": reverse("today")}
    place = SECTIONS.index(spec)
    return {
        "previous_url": section_url(encounter, SECTIONS[place - 1].key) if place else "",
        "next_label": SECTIONS[place + 1].label,
        "next_url": section_url(encounter, SECTIONS[place + 1].key),
    }


def _change_rows(request: HttpRequest, encounter: Encounter, spec: Section) -> HttpResponse:
    """Another row, or one row less, with everything typed kept; nothing is saved by this."""
    lists = {rows.name: rows for rows in spec.lists}
    data: Any = request.POST
    name, _, preset = request.POST.get("add", "").partition(":")
    if name in lists:
        data = with_row(data, name, _row_values(encounter, spec, lists[name], preset))
    name, _, index = request.POST.get("remove", "").rpartition("-")
    if name in lists and index.isdecimal():
        data = without_row(data, name, int(index))
    typed = SectionForm(spec, encounter, data)
    typed.is_valid()
    return _page(request, encounter, spec, typed, 200, {"unsaved": True})


def _row_values(encounter: Encounter, spec: Section, rows: Rows, preset: str) -> Mapping[str, str]:
    """What a new row begins with: a word of its first field, or one of the rows on offer, as `@2`."""
    if preset.startswith("@"):
        offers = SectionForm(spec, encounter).offers(rows.name)
        place = preset[1:]
        return offers[int(place)].values if place.isdecimal() and int(place) < len(offers) else {}
    return {rows.items[0].name: preset} if preset else {}


def _answer(
    request: HttpRequest,
    encounter: Encounter,
    spec: Section,
    typed: SectionForm,
    status: int,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return _fragment(request, encounter, spec, typed, status, more)
    return _page(request, encounter, spec, typed, status, more)


def _page(
    request: HttpRequest,
    encounter: Encounter,
    spec: Section,
    typed: SectionForm,
    status: int = 200,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    context = {**_context(encounter, spec, typed, more), "presence": arrive(request, encounter, spec.key)}
    template = "documentation/intake.html" if spec is INTAKE else "documentation/section.html"
    return at_location(request, encounter, template, context, status)


def _fragment(
    request: HttpRequest,
    encounter: Encounter,
    spec: Section,
    typed: SectionForm,
    status: int,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    return at_location(request, encounter, "documentation/_saved.html", _context(encounter, spec, typed, more), status)


def _context(encounter: Encounter, spec: Section, typed: SectionForm, more: dict[str, Any] | None) -> dict[str, Any]:
    shared = work_context(encounter, timezone.now(), spec.key)
    return {
        **shared,
        "section": spec,
        "typed": typed,
        "duct": panel_for(typed, shared["facts"]),
        "base": both.base_json(spec, encounter, typed.data),
        "intake": intakes_of([encounter])[encounter.pk] if spec is INTAKE else None,
        **_around(encounter, spec),
        **(more or {}),
    }


def _user(request: HttpRequest) -> Any:
    return request.user
