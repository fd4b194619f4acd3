"""Patients: found as one types, registered, corrected. No patient data ever stands in an address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from documentation.forms.patients import PatientForm
from documentation.forms.record import Difference
from documentation.forms.words import said
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Permission
from documentation.kernel.text import clean_text
from documentation.models import Patient
from documentation.queries.amendments import clocks_of, with_steps
from documentation.queries.doubles import alike_to, doubles_of
from documentation.queries.encounters import address_facts
from documentation.queries.intake import with_intake
from documentation.queries.patients import MOST, search
from documentation.queries.retention import holds_of
from documentation.queries.versions import one_a_visit, with_corrections
from documentation.services import audit, patients
from documentation.services.merges import merges_of
from documentation.views.access import leads_on, refusals_become_pages, requires
from documentation.views.amendments import row_of
from documentation.views.encounters import rows_of
from documentation.views.once import acts_once
from documentation.views.work import practice_today

RECENT = 20
MOST_ALIKE = 5
"""People proposed as the same on a patient's page."""
LONGEST_SEARCH = 200
"""Characters of a search that are looked at."""


@requires(Permission.PATIENT_VIEW)
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The patients registered last, or those that a search finds. The search posts its words."""
    asked = request.POST.get("q", "")
    words = clean_text(asked[:LONGEST_SEARCH])
    rows = list(search(words)) if words else list(Patient.objects.filter(merged_into=None).order_by("-pk")[:RECENT])
    action = "patient.search" if words else "patient.list"
    audit.view(action, by=_user(request), at=timezone.now(), count=len(rows))
    context = {
        "rows": rows,
        "words": words,
        "is_cut": len(rows) == MOST,
        "searched": LONGEST_SEARCH if len(asked) > LONGEST_SEARCH else None,
        "may_register": _user(request).may(Permission.PATIENT_EDIT),
        "may_plan": _user(request).may(Permission.VISIT_PLAN),
    }
    is_part = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    return render(request, "documentation/_patients.html" if is_part else "documentation/patient_list.html", context)


@requires(Permission.PATIENT_VIEW)
@leads_on
@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One patient: who they are, their encounters, their coverage."""
    patient = get_object_or_404(Patient, pk=pk)
    doubles = [(d.other(patient), d.why) for d in doubles_of(patient)[:MOST_ALIKE]]
    told = {"alike": len(doubles)} if doubles else {}
    audit.view("patient.view", by=_user(request), at=timezone.now(), subject=patient, patient=patient, **told)
    visits = patient.encounters.select_related("clinician", "location", "origin").order_by("-service_date", "-pk")
    context = {
        "patient": patient,
        "address": address_facts(patient).one_line,
        "doubles": doubles,
        "merges": merges_of(patient, with_objections=_user(request).may(Permission.PATIENT_MERGE)),
        "may_merge": _user(request).may(Permission.PATIENT_MERGE),
        "visits": rows_of(list(with_intake(with_corrections(one_a_visit(visits)))), with_intakes=True),
        "amendments": [row_of(clock) for clock in clocks_of(with_steps().filter(patient=patient))],
        "may_edit": _user(request).may(Permission.PATIENT_EDIT),
        "may_plan": _user(request).may(Permission.VISIT_PLAN),
        "may_see_trail": _user(request).may(Permission.AUDIT_VIEW),
        "may_give": _user(request).may(Permission.RECORD_GIVE),
        "holds": holds_of(patient),
        "may_hold": _user(request).may(Permission.LEGAL_HOLD),
        "may_see_disclosures": _user(request).may(Permission.CLAIM_VIEW),
    }
    context["today"] = practice_today(timezone.now())
    return render(request, "documentation/patient.html", context)


@requires(Permission.PATIENT_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def register(request: HttpRequest) -> HttpResponse:
    """A new patient. People who may be the same are shown before anything is saved; they stop nobody."""
    form = PatientForm(request.POST if request.method == "POST" else None)
    alike: list[Patient] = []
    if request.method == "POST" and form.is_valid():
        alike = _alike(form.cleaned_data)
        if not alike or request.POST.get("not_alike") == _keys(alike):
            patient = _register(request, form)
            if patient is not None:
                messages.success(request, "The patient is registered. Plan the visit next.")
                return redirect("patient", patient.pk)
        else:
            audit.view("patient.search", by=_user(request), at=timezone.now(), count=len(alike))
    context = {"form": form, "alike": alike, "alike_keys": _keys(alike)}
    return render(request, "documentation/patient_form.html", context, status=422 if form.errors or alike else 200)


def _register(request: HttpRequest, form: PatientForm) -> Patient | None:
    now = timezone.now()
    try:
        return patients.register(form.cleaned_data, by=_user(request), at=now, today=practice_today(now))
    except ValidationError as e:
        _take_errors(form, e)
        return None


def _alike(values: dict[str, Any]) -> list[Patient]:
    if not (born := values.get("birth_date")):
        return []
    typed = {name: values.get(name) or "" for name in ("first_name", "last_name", "phone")}
    return alike_to(Patient(birth_date=born, **typed))[:10]


def _keys(alike: list[Patient]) -> str:
    return ",".join(p.number for p in alike)


@requires(Permission.PATIENT_EDIT)
@vary_on_headers("HX-Request")
@require_POST
def advice(request: HttpRequest) -> HttpResponse:
    """Look-alikes of what is being typed, as a fragment."""
    form = PatientForm(request.POST)
    form.is_valid()
    alike = _alike(form.cleaned_data) if form.cleaned_data.get("last_name") else []
    if alike:
        audit.view("patient.search", by=_user(request), at=timezone.now(), count=len(alike))
    return render(request, "documentation/_alike.html", {"alike": alike, "alike_keys": _keys(alike)})


@requires(Permission.PATIENT_EDIT)
@leads_on
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct demographics. Somebody else's correction in between is shown beside what was typed."""
    patient = get_object_or_404(Patient, pk=pk)
    if request.method == "GET":
        audit.view("patient.view", by=_user(request), at=timezone.now(), subject=patient, patient=patient)
        return _edit_page(request, patient, PatientForm(patient=patient))
    form = PatientForm(request.POST)
    if not form.is_valid():
        return _edit_page(request, patient, form, 422, seen=request.POST.get("seen", ""))
    now = timezone.now()
    raw = request.POST.get("seen", "")
    seen = int(raw) if raw.isdecimal() and len(raw) < 10 else -1
    try:
        patients.correct(patient, form.cleaned_data, by=_user(request), at=now, today=practice_today(now), seen=seen)
    except ValidationError as e:
        _take_errors(form, e)
        return _edit_page(request, patient, form, 422, seen=raw)
    except NotPossible as e:
        patient.refresh_from_db()
        return _edit_page(request, patient, form, 409, stale=e.reasons[0], differences=_differences(form, patient))
    messages.success(request, "The correction is saved. Signed records keep what they said.")
    return redirect("patient", pk)


def _differences(form: PatientForm, patient: Patient) -> list[Difference]:
    return [
        Difference(str(form.fields[n].label), said(form, n, typed), said(form, n, getattr(patient, n)), f"id_{n}")
        for n, typed in form.cleaned_data.items()
        if typed != getattr(patient, n)
    ]


def _edit_page(
    request: HttpRequest, patient: Patient, form: PatientForm, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"form": form, "patient": patient, "seen": patient.revision, **more}
    return render(request, "documentation/patient_form.html", context, status=status)


def _take_errors(form: PatientForm, error: ValidationError) -> None:
    for name, sentences in error.message_dict.items():
        form.add_error(name if name in form.fields else None, sentences)


def _user(request: HttpRequest) -> Any:
    return request.user
