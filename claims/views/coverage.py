"""What covers a patient: plans, eligibility checks, authorizations, and the share a patient is told to expect."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from claims.forms.coverage import AuthorizationForm, CoverageForm, EstimateForm
from claims.models import Authorization, Coverage, Estimate
from claims.services.coverage import (
    acknowledge_estimate,
    give_estimate,
    keep_letter,
    retire_coverage,
    save_authorization,
    save_coverage,
)
from claims.services.scans import keep
from claims.views.common import (
    asked_for,
    attempt,
    back,
    encounter_url,
    form_page,
    patient_url,
    seen,
    tell_left_out,
)
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, Patient
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, found_or_404, leads_on, refusals_become_pages, requires
from documentation.views.files import EXTENSIONS, serve
from documentation.views.once import acts_once
from documentation.views.work import practice_today


@requires(Permission.COVERAGE_EDIT)
@leads_on
@refusals_become_pages
@acts_once
def add(request: SignedInRequest, pk: int) -> HttpResponse:
    patient: Patient = found_or_404(Patient.objects.all(), pk)
    taken = Coverage.objects.filter(patient=patient, is_active=True).values_list("priority", flat=True)
    first_free = next(n for n in range(1, 10) if n not in taken) if len(taken) < 9 else 9
    form = CoverageForm(request.POST or None, initial={"priority": first_free, "relationship": "self"})
    leave = back(request, patient_url(patient) + "#coverage")
    if attempt(form, lambda values: save_coverage(patient, None, values, by=request.user, at=timezone.now())):
        messages.success(request, "The coverage is added. Next: check that it is active.")
        return redirect(leave)
    return form_page(
        request, form, title="Add a coverage", submit="Add coverage", back_url=leave, trail=[_page(patient)]
    )


@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    coverage = coverage_or_404(pk)
    patient = coverage.patient
    form = CoverageForm(request.POST or None, instance=coverage)
    leave = back(request, patient_url(patient) + "#coverage")
    if attempt(
        form,
        lambda values: save_coverage(patient, coverage, values, by=request.user, at=timezone.now(), seen=seen(request)),
    ):
        messages.success(request, "The coverage is saved.")
        return redirect(leave)
    looked(request, "coverage.view", patient)
    return form_page(request, form, title="Correct coverage", row=coverage, back_url=leave, trail=[_page(patient)])


@require_POST
@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def retire(request: SignedInRequest, pk: int) -> HttpResponse:
    coverage = coverage_or_404(pk)
    retire_coverage(coverage, by=request.user, at=timezone.now())
    messages.success(request, f"{coverage.payer.name} is off the list. Claims that used it keep it.")
    return redirect(back(request, patient_url(coverage.patient) + "#coverage"))


@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def authorize(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down a prior authorization or predetermination that was asked for."""
    coverage = coverage_or_404(pk)
    patient, now = coverage.patient, timezone.now()
    known = {"codes": ["D0371"], "status": "requested", "requested_on": practice_today(now)}
    form = AuthorizationForm(*_given(request), initial=known)
    leave = back(request, patient_url(patient) + "#coverage")
    if attempt(form, lambda values: _save_authorization(request, coverage, None, values, now)):
        messages.success(request, "It is written down.")
        return redirect(leave)
    title = f"Authorization with {coverage.payer.name}"
    return form_page(request, form, title=title, back_url=leave, trail=[_page(patient)], is_multipart=True)


@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def authorization(request: SignedInRequest, pk: int) -> HttpResponse:
    """What became of a prior authorization or predetermination."""
    row: Authorization = found_or_404(Authorization.objects.select_related("coverage__payer", "coverage__patient"), pk)
    patient, now = row.coverage.patient, timezone.now()
    form = AuthorizationForm(*_given(request), instance=row)
    leave = back(request, patient_url(patient) + "#coverage")
    if attempt(form, lambda values: _save_authorization(request, row.coverage, row, values, now)):
        messages.success(request, "It is saved.")
        return redirect(leave)
    looked(request, "authorization.view", patient)
    title = f"{row.get_kind_display()} with {row.coverage.payer.name}"
    return form_page(request, form, title=title, row=row, back_url=leave, trail=[_page(patient)], is_multipart=True)


@requires(Permission.COVERAGE_VIEW)
@require_safe
def letter(request: SignedInRequest, pk: int) -> HttpResponse:
    """The payer's letter on an authorization: its clean copy, or as it came."""
    row: Authorization = found_or_404(
        Authorization.objects.select_related("letter", "original", "coverage__patient"), pk
    )
    file = asked_for(request, row.letter, row.original)
    answer: HttpResponse = serve(
        request,
        file,
        permission=Permission.COVERAGE_VIEW,
        name=f"authorization-{row.pk}.{EXTENSIONS.get(file.media_type, 'bin')}",
        action="authorization.letter_view",
        subject=row.coverage.patient,
        patient=row.coverage.patient,
        download=True,
    )
    return answer


def _given(request: SignedInRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _save_authorization(
    request: SignedInRequest, coverage: Coverage, row: Authorization | None, values: dict[str, Any], now: datetime
) -> Authorization:
    values = dict(values)
    scan = values.pop("scan")
    seen_at = seen(request) if row else None
    # A letter that is kept belongs to what is saved, or to nothing.
    with transaction.atomic():
        saved = save_authorization(coverage, row, values, by=request.user, at=now, seen=seen_at)
        if scan:
            both = keep(scan, at=now)
            keep_letter(saved, both.file, both.original, by=request.user, at=now)
    tell_left_out(request, scan)
    return saved


@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def estimate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Tell the patient what to expect, before or after the procedure."""
    encounter: Encounter = found_or_404(Encounter.objects.select_related("patient", "location"), pk)
    form = EstimateForm(request.POST or None, initial={"given_on": encounter.location.today(timezone.now())})
    leave = back(request, encounter_url(encounter) + "#estimate")
    if attempt(form, lambda values: give_estimate(encounter, values, by=request.user, at=timezone.now())):
        messages.success(request, "The estimate is kept with the visit.")
        return redirect(leave)
    return form_page(
        request,
        form,
        title="What the patient may have to pay",
        lead="A range is honest while something is not known. The newest estimate counts; older ones stay readable.",
        submit="Keep the estimate",
        back_url=leave,
        trail=[{"label": encounter.number, "url": encounter_url(encounter)}],
    )


@require_POST
@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def acknowledge(request: SignedInRequest, pk: int) -> HttpResponse:
    """The patient agreed today to what was estimated."""
    row: Estimate = found_or_404(Estimate.objects.select_related("encounter__patient", "encounter__location"), pk)
    now = timezone.now()
    acknowledge_estimate(row, on=row.encounter.location.today(now), by=request.user, at=now)
    messages.success(request, "It is kept that the patient agreed today.")
    return redirect(back(request, encounter_url(row.encounter) + "#estimate"))


def coverage_or_404(pk: int) -> Coverage:
    """A plan with its patient and payer."""
    row: Coverage = found_or_404(Coverage.objects.select_related("patient", "payer"), pk)
    return row


def looked(request: SignedInRequest, action: str, patient: Patient) -> None:
    """A page with what covers a patient was opened."""
    if request.method == "GET":
        audit_view(action, by=request.user, at=timezone.now(), subject=patient, patient=patient)


def _page(patient: Patient) -> dict[str, str]:
    return {"label": patient.number, "url": patient_url(patient)}
