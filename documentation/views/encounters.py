"""Encounters as a list and as a record to read; the steps from planned to cancelled and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from documentation.forms.patients import VisitForm
from documentation.forms.signing import AddendumForm
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, Location, Patient
from documentation.queries.amendments import of_record
from documentation.queries.intake import intakes_of, with_intake
from documentation.queries.people import marked_addenda, reached_before
from documentation.queries.reading import parts_of
from documentation.queries.versions import one_a_visit, with_corrections
from documentation.services import audit, encounters, versions
from documentation.views.access import leads_on, refusals_become_pages, requires
from documentation.views.again import has_passkey
from documentation.views.amendments import row_of as amendment_row
from documentation.views.once import acts_once
from documentation.views.presence import arrive
from documentation.views.versions import may_unlock
from documentation.views.work import at_location, record_or_404, section_url, state_of, versions_context, work_context
from documentation.workflow import ENCOUNTER, EncounterStatus

PAGE = 50


@requires(Permission.ENCOUNTER_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Encounters, the newest first, by status."""
    status = request.GET.get("status", "")
    if status not in set(EncounterStatus):
        status = ""
    after = _place(request.GET.get("after", ""))
    found = _after(_newest_first(status), after)
    rows = list(found[: PAGE + 1])
    shown = rows[:PAGE]
    audit.view("encounter.list", by=_user(request), at=timezone.now(), status=status or "all", count=len(shown))
    last = shown[-1] if shown else None
    more = f"?status={status}&after={last.service_date:%Y%m%d}-{last.pk}" if last and len(rows) > PAGE else ""
    context = {
        "rows": rows_of(shown, with_intakes=status == EncounterStatus.PLANNED),
        "has_rows": bool(shown),
        "status": status,
        "statuses": [(s.value, ENCOUNTER.label(s)) for s in EncounterStatus],
        "page": {
            "shown": f"{len(shown)} shown" + (", more follow" if more else ""),
            "previous": f"?status={status}" if after else "",
            "next": more,
        },
        "may_plan": _user(request).may(Permission.VISIT_PLAN),
    }
    return render(request, "documentation/encounter_list.html", context)


def rows_of(encounters: Sequence[Encounter], *, with_intakes: bool) -> list[dict[str, Any]]:
    """What a list shows of each encounter that comes from `with_corrections`; of planned ones the intake, if asked."""
    intakes = intakes_of([e for e in encounters if e.status == EncounterStatus.PLANNED]) if with_intakes else {}
    return [
        {
            "encounter": e,
            "label": state_of(e)[0],
            "tone": state_of(e)[1],
            "intake": intakes.get(e.pk),
        }
        for e in encounters
    ]


def _newest_first(status: str) -> QuerySet[Encounter]:
    found = Encounter.objects.select_related("patient", "clinician", "location", "origin")
    found = with_corrections(found.order_by("-service_date", "-pk"))
    if status == EncounterStatus.PLANNED:
        found = with_intake(found)
    return found.filter(status=status) if status else one_a_visit(found)


def _place(raw: str) -> tuple[date, int] | None:
    day, _, key = raw.partition("-")
    if len(day) != 8 or not day.isdecimal() or not key.isdecimal() or len(key) > 15:
        return None
    try:
        return date(int(day[:4]), int(day[4:6]), int(day[6:])), int(key)
    except ValueError:
        return None


def _after(found: QuerySet[Encounter], place: tuple[date, int] | None) -> QuerySet[Encounter]:
    if place is None:
        return found
    day, key = place
    return found.filter(Q(service_date__lt=day) | Q(service_date=day, pk__lt=key))


@requires(Permission.ENCOUNTER_VIEW)
@refusals_become_pages
@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The record as it reads: a draft as it stands, a signed one as it was signed, with its addenda."""
    encounter = record_or_404(pk)
    audit.view("encounter.view", by=_user(request), at=timezone.now(), subject=encounter, patient=encounter.patient)
    return record_page(request, encounter)


def record_page(
    request: HttpRequest, encounter: Encounter, *, addendum: AddendumForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of the record; `addendum` is a form that came back with errors."""
    user = _user(request)
    context = work_context(encounter, timezone.now())
    steps = STEPS if encounter.version == 1 else VERSION_STEPS
    open_steps = [a for a in ENCOUNTER.actions(encounter.status, user.permissions, None) if a.transition.name in steps]
    may_sign = user.may(Permission.ENCOUNTER_SIGN)
    if context["is_editable"] and user.may(Permission.ENCOUNTER_EDIT):
        context["presence"] = arrive(request, encounter, "")
    if encounter.status == EncounterStatus.PLANNED:
        # Nothing of a visit to come is missing yet but what can be asked before it.
        context["intake"] = intakes_of([encounter])[encounter.pk]
        context["intake_url"] = section_url(encounter, "intake") if user.may(Permission.ENCOUNTER_EDIT) else ""
    context.update(versions_context(encounter, context["facts"]))
    context.update(
        may_unlock=may_unlock(user, encounter) and not context["versions"].correction,
        record=parts_of(context["facts"]),
        pictures=list(encounter.images.all()),
        step_actions=[a.transition for a in open_steps],
        may_edit=user.may(Permission.ENCOUNTER_EDIT) and context["is_editable"],
        continue_url=_unfinished_url(encounter, context),
        addendum=addendum or (AddendumForm() if may_sign and encounter.status == EncounterStatus.SIGNED else None),
        may_download=user.may(Permission.ORIGINAL_DOWNLOAD),
        reached_before=reached_before(encounter),
        amendments=[amendment_row(clock) for clock in of_record(encounter)],
        marked_addenda=marked_addenda(encounter.patient, [added.added_at for added in context["facts"].addenda]),
    )
    context["passkey"] = context["addendum"] is not None and has_passkey(user)
    return at_location(request, encounter, "documentation/record.html", context, status)


def _unfinished_url(encounter: Encounter, context: dict[str, Any]) -> str:
    """Where one goes on: the intake of a planned visit, else the first section in which something is missing."""
    if encounter.status == EncounterStatus.PLANNED:
        return section_url(encounter, "intake")
    unfinished = next((s for s in context["steps"] if s.sign != "ok"), context["steps"][0])
    return str(unfinished.url)


STEPS = {"start": encounters.start, "cancel": encounters.cancel, "reopen": encounters.reopen}
"""Steps that a button takes; signing has a page of its own."""
VERSION_STEPS = {"abandon": versions.abandon, "resume": versions.resume}
"""The same for a version that a signed record was opened again as."""


@requires(Permission.ENCOUNTER_VIEW)
@refusals_become_pages
@require_POST
@acts_once
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Start, cancel or plan again. The table of states says who may and when."""
    verb = {**STEPS, **VERSION_STEPS}.get(request.POST.get("transition", ""))
    if verb is None:
        raise Http404
    encounter = get_object_or_404(Encounter.objects.select_related("patient", "location"), pk=pk)
    verb(encounter, by=_user(request), at=timezone.now())
    if encounter.status == EncounterStatus.DRAFT:
        return redirect("encounter", pk) if verb is versions.resume else redirect(section_url(encounter, "visit"))
    if verb is versions.abandon:
        messages.success(request, f"Version {encounter.version} is abandoned. The signed version goes on as it was.")
        return redirect("encounter", encounter.previous_id)
    messages.success(request, f"{encounter} is {ENCOUNTER.label(encounter.status).lower()} now.")
    return redirect("encounter", pk)


@requires(Permission.VISIT_PLAN)
@leads_on
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan a visit of a patient."""
    patient = get_object_or_404(Patient, pk=pk)
    now = timezone.now()
    form = VisitForm(request.POST) if request.method == "POST" else VisitForm(initial=_usual(request, now))
    if request.method == "POST" and form.is_valid():
        try:
            encounter = encounters.plan_visit(patient, **form.cleaned_data, by=_user(request), at=now)
        except ValidationError as e:
            for name, sentences in e.message_dict.items():
                form.add_error(name if name in form.fields else None, sentences)
        else:
            messages.success(request, "The visit is planned. Coverage and authorization can be checked before it.")
            return redirect("encounter", encounter.pk)
    audit.view("patient.view", by=_user(request), at=now, subject=patient, patient=patient)
    return render(
        request, "documentation/visit_form.html", {"form": form, "patient": patient}, status=422 if form.errors else 200
    )


def _usual(request: HttpRequest, now: Any) -> dict[str, Any]:
    location = Location.objects.filter(is_active=True).order_by("pk").first()
    clinician = getattr(_user(request), "clinician", None)
    return {
        "clinician": clinician.pk if clinician else None,
        "location": location.pk if location else None,
        "service_date": location.today(now) if location else timezone.localdate(now),
        "place_of_service": "11",
    }


def _user(request: HttpRequest) -> Any:
    return request.user
