"""A patient's own record, given on request: put together, kept as it was given, fetched to hand it over."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from claims.forms.patient_copies import CopyForm
from claims.models import PatientCopy
from claims.services import patient_copies as verbs
from claims.views.common import attempt, patient_url, status_of
from documentation.kernel.permissions import Permission
from documentation.models import Patient
from documentation.services import audit
from documentation.views.access import SignedInRequest, leads_on, refusals_become_pages, requires
from documentation.views.again import asked_for_download, must_ask_again
from documentation.views.files import serve
from documentation.views.once import acts_once
from documentation.views.work import practice_today


@requires(Permission.RECORD_GIVE)
@leads_on
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def of_patient(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was given of this patient's record, and the form that gives it again."""
    patient, now = get_object_or_404(Patient, pk=pk), timezone.now()
    today = practice_today(now)
    form = CopyForm(request.POST if request.method == "POST" else None, initial={"given_to": patient.full_name})
    given = attempt(form, lambda v: verbs.give(patient, v, by=request.user, at=now, today=today))
    if given:
        messages.success(request, "The record is put together. Download it, look through it, then hand it over.")
        return redirect("patient_copies", patient.pk)
    audit.view("patient.view", by=request.user, at=now, subject=patient, patient=patient)
    context = {
        "patient": patient,
        "form": form,
        "copies": patient.copies.select_related("given_by", "file"),
        "trail": [{"label": str(patient), "url": patient_url(patient)}],
    }
    return render(request, "claims/patient_copies.html", context, status=status_of(form))


@requires(Permission.RECORD_GIVE)
@require_GET
def download(request: SignedInRequest, pk: int) -> Any:
    row = get_object_or_404(PatientCopy.objects.select_related("file", "patient"), pk=pk)
    if must_ask_again(request):
        return asked_for_download(request)
    return serve(
        request,
        row.file,
        permission=Permission.RECORD_GIVE,
        name=f"record-{row.patient.number}-{row.given_at:%Y%m%d}.zip",
        action="record.download",
        subject=row,
        patient=row.patient,
        download=True,
    )
