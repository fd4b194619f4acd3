"""Filling in with one action, taking it back, and the page on which everything that waits is confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from documentation.forms.sections import BY_KEY, SECTIONS
from documentation.forms.waiting import waiting_of
from documentation.kernel.machine import NotPossible
from documentation.kernel.pending import Origin
from documentation.kernel.permissions import Permission
from documentation.models import Encounter
from documentation.queries.encounters import facts_of, report_from
from documentation.queries.figures import proposals_of
from documentation.services import audit, filling
from documentation.views import sections
from documentation.views.access import refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import at_location, is_editable, record_or_404, section_url, work_context

WITH_PLACE: dict[str, tuple[Callable[..., Encounter], str]] = {
    Origin.NORMAL_STUDY: (filling.fill_normal_study, "confirm"),
    Origin.USUAL_PROCEDURE: (filling.fill_usual_procedure, "procedure"),
}
"""Verbs that need gland and side, and where one goes on after them."""
OTHERS: dict[str, tuple[Callable[..., Encounter], str]] = {
    Origin.FINDINGS: (filling.draft_from_findings, "images"),
    Origin.LAST_VISIT: (filling.carry_over, "justification"),
}


@requires(Permission.ENCOUNTER_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    """Fill in: `fill` is an origin, or `finding:KEY` for one of the last visit. Take back: `undo` is an origin.

    From a section, what is typed there comes along and is saved first.
    """
    encounter = record_or_404(pk)
    if "base" in request.POST:
        answer = sections.edit(request, pk, _section_of(request))
        if answer.status_code != 302:
            return answer
        encounter = record_or_404(pk)
    known: dict[str, Any] = {"by": _user(request), "at": timezone.now()}
    back = redirect(section_url(encounter, _section_of(request)))
    try:
        if request.POST.get("undo"):
            return _undo(encounter, request.POST["undo"], back, **known)
        what, _, key = request.POST.get("fill", "").partition(":")
        if what == "finding":
            filling.carry_finding(encounter, key, **known)
            return redirect(section_url(encounter, "findings"))
        if what in WITH_PLACE:
            verb, after = WITH_PLACE[what]
            verb(encounter, gland=request.POST.get("fill_gland", ""), side=request.POST.get("fill_side", ""), **known)
        elif what in OTHERS:
            verb, after = OTHERS[what]
            verb(encounter, **known)
        else:
            raise Http404
    except ValidationError as e:
        messages.error(request, " ".join(e.messages))
        return redirect(f"{back['Location']}#filling")
    except NotPossible as e:
        messages.warning(request, e.reasons[0])
        return back
    return redirect("encounter_confirm", pk) if after == "confirm" else redirect(section_url(encounter, after))


def _undo(encounter: Encounter, given: str, back: HttpResponse, **known: Any) -> HttpResponse:
    if given not in set(Origin):
        raise Http404
    filling.undo(encounter, Origin(given), **known)
    return back


def _section_of(request: HttpRequest) -> str:
    """The section from whose page a button was pressed."""
    given = request.POST.get("from", "")
    return given if given in BY_KEY else "procedure"


@requires(Permission.ENCOUNTER_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that waits, section by section; confirms a section or one value. When all is done: the signature.

    Confirming twice confirms once, so the form needs no key against a double click.
    """
    encounter = record_or_404(pk)
    if not is_editable(encounter):
        return redirect("encounter", pk)
    if request.method == "POST":
        return _confirm(request, encounter)
    audit.view(
        "encounter.view",
        by=_user(request),
        at=timezone.now(),
        subject=encounter,
        patient=encounter.patient,
        section="confirm",
    )
    return _page(request, encounter)


def _confirm(request: HttpRequest, encounter: Encounter) -> HttpResponse:
    wanted = request.POST.get("confirm", "")
    shown = dict(seen.split("=", 1) for seen in request.POST.getlist("seen") if "=" in seen)
    seen = {path: seal for path, seal in shown.items() if wanted in (path, path.split(".")[0])}
    try:
        filling.confirm(encounter, seen, by=_user(request), at=timezone.now())
    except NotPossible as e:
        return _page(request, record_or_404(encounter.pk), 409, refused=e.reasons)
    return redirect(after_confirming(encounter.pk))


def after_confirming(pk: int) -> str:
    """Where one goes on: to what still waits, then to the first section that must say more, then to the signature."""
    now = record_or_404(pk)
    if now.to_confirm or proposals_of(now).open:
        return reverse("encounter_confirm", args=[pk])
    blocked = {r.field.partition(".")[0] for r in report_from(facts_of(now)).blockers}
    lacking = next((s.key for s in SECTIONS if s.key in blocked), "")
    return section_url(now, lacking) if lacking else reverse("encounter_sign", args=[pk])


def _page(request: HttpRequest, encounter: Encounter, status: int = 200, **more: Any) -> HttpResponse:
    waiting = waiting_of(encounter)
    reads = ("interpretation", "plan")
    context = {
        **work_context(encounter, timezone.now(), "confirm"),
        "groups": waiting,
        # The pictures stand where the record has them: before the reading that speaks of them.
        "before": [w for w in waiting if w.section.key not in reads],
        "after": [w for w in waiting if w.section.key in reads],
        "proposals": proposals_of(encounter),
        **more,
    }
    return at_location(request, encounter, "documentation/confirm.html", context, status)


def _user(request: HttpRequest) -> Any:
    return request.user
