"""The encounter note as a PDF."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from documentation.kernel.permissions import Permission
from documentation.services.printing import print_note
from documentation.views.access import refusals_become_pages, requires
from documentation.views.files import deliver
from documentation.views.work import record_or_404


@requires(Permission.ENCOUNTER_VIEW)
@refusals_become_pages
@require_GET
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The note to read or print; a draft bears its mark on every page."""
    encounter = record_or_404(pk)
    return deliver(
        request,
        print_note(encounter, at=timezone.now()),
        media_type="application/pdf",
        permission=Permission.ENCOUNTER_VIEW,
        name=f"{encounter}-version-{encounter.version}.pdf",
        action="encounter.print",
        subject=encounter,
        patient=encounter.patient,
        version=encounter.version,
        status=encounter.status,
    )
