"""The accounting of disclosures: what was sent of one patient, to whom and why (45 CFR 164.528)."""

from __future__ import annotations

import dataclasses

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.queries.disclosures import disclosures_of
from claims.views.common import patient_url
from claims.views.tables import FORMS, Table, download
from documentation.kernel.permissions import Permission
from documentation.models import Patient
from documentation.services import audit
from documentation.views.access import SignedInRequest, leads_on, requires

COLUMNS = ("Date", "To whom", "Address", "What", "Why", "How", "Claim", "Packet", "Recorded by")


@requires(Permission.CLAIM_VIEW)
@leads_on
@require_GET
def of_patient(request: SignedInRequest, pk: int) -> HttpResponse:
    patient = get_object_or_404(Patient, pk=pk)
    rows = disclosures_of(patient)
    audit.view("disclosure.list", by=request.user, at=timezone.now(), subject=patient, patient=patient, count=len(rows))
    context = {
        "patient": patient,
        "rows": rows,
        "has_rows": bool(rows),
        "trail": [{"label": str(patient), "url": patient_url(patient)}],
        "downloads": [
            {"label": label, "url": reverse("patient_disclosures_table", args=[patient.pk, form])}
            for form, label in FORMS.items()
        ],
    }
    return render(request, "claims/disclosures.html", context)


@requires(Permission.CLAIM_VIEW)
@leads_on
@require_GET
def table(request: SignedInRequest, pk: int, form: str) -> HttpResponse:
    """The same to hand to the patient, who may ask for six years of it."""
    patient = get_object_or_404(Patient, pk=pk)
    rows = disclosures_of(patient)
    cells = (dataclasses.astuple(row) for row in rows)
    name = f"disclosures-{patient.number}"
    return download(
        request,
        Table(name, COLUMNS, cells, len(rows)),
        form,
        action="disclosure.download",
        subject=patient,
        patient=patient,
    )
