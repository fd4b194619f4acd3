"""The shelf of a visit: documents that came before there was a claim."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from claims.forms.packets import VisitDocumentForm
from claims.models import VisitDocument
from claims.services import visit_shelf as verbs
from claims.views.common import attempt, form_page
from claims.views.evidence import ALONE
from documentation.kernel.permissions import Permission
from documentation.models import Encounter
from documentation.queries.versions import newest_of
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.files import EXTENSIONS, serve
from documentation.views.once import acts_once

LEAD = "It lies with the visit. Each claim of the visit offers it; it leaves where somebody lays it on a claim's shelf."


@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a document on the shelf of a visit."""
    visit: Encounter = found_or_404(Encounter.objects.select_related("patient", "location"), pk)
    now = timezone.now()
    form = VisitDocumentForm(request.POST, request.FILES) if request.method == "POST" else VisitDocumentForm()

    def verb(values: dict[str, Any]) -> tuple[VisitDocument, tuple[str, ...]]:
        return verbs.lay_down(visit, values, values["file"].data, by=request.user, at=now)

    if kept := attempt(form, verb):
        row, notes = kept
        messages.success(request, " ".join((f"“{row.title}” lies with the visit.", *notes)))
        return redirect(_shelf(visit))
    audit.view("encounter.view", by=request.user, at=now, subject=visit, patient=visit.patient)
    return form_page(
        request, form, title="Add a document of the visit", lead=LEAD + ALONE, submit="Put on the shelf",
        back_url=_shelf(visit), template="claims/evidence_add.html",
        trail=[{"label": visit.number, "url": _shelf(visit)}],
    )  # fmt: skip


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a document off (`to=off`), or put it back (`to=shelf`)."""
    row, now, to = _document(pk), timezone.now(), request.POST.get("to")
    if to not in ("off", "shelf"):
        raise Http404
    if to == "shelf":
        verbs.put_back(row, by=request.user, at=now)
        messages.success(request, f"“{row.title}” lies with the visit again.")
    else:
        verbs.take_off(row, by=request.user, at=now)
        messages.success(request, f"“{row.title}” was taken off the shelf of the visit.")
    return redirect(_shelf(newest_of(row.encounter_id)))


@require_safe
@requires(Permission.CLAIM_VIEW)
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """The clean copy of a document, as a download."""
    row = _document(pk)
    visit = newest_of(row.encounter_id)
    answer: HttpResponse = serve(
        request,
        row.file,
        permission=Permission.CLAIM_VIEW,
        name=f"{visit.number}-document-{row.pk}.{EXTENSIONS.get(row.file.media_type, 'bin')}",
        action="evidence.view",
        subject=visit,
        patient=row.encounter.patient,
        download=True,
    )
    return answer


def _document(pk: int) -> VisitDocument:
    row: VisitDocument = found_or_404(VisitDocument.objects.select_related("encounter__patient", "file"), pk)
    return row


def _shelf(visit: Encounter) -> str:
    return reverse("encounter", args=[visit.pk]) + "#documents"
