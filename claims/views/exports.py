"""Everything of the practice as one ZIP: asked for, watched, fetched, removed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from claims.forms.exports import ExportForm
from claims.models import FullExport
from claims.services import full_exports as verbs
from claims.services.exports import AtWork
from claims.services.exports.contents import COLUMNS_LEFT_OUT, TABLES_LEFT_OUT
from claims.views.common import after_a_step, attempt, status_of
from documentation.kernel.permissions import Permission
from documentation.services import audit, jobs
from documentation.views.access import SignedInRequest, found_or_404, problem, refusals_become_pages, requires
from documentation.views.again import asked_for_download, must_ask_again
from documentation.views.once import acts_once

EARLIER = 10
"""Exports that the page still tells of."""


@requires(Permission.EXPORT_ALL)
@refusals_become_pages
@acts_once
def show(request: SignedInRequest) -> HttpResponse:
    """The export under way, those that can be fetched, and the form that begins one."""
    form = ExportForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda v: verbs.begin(v["why"], by=request.user, at=timezone.now())):
        return redirect("full_export")
    running = FullExport.objects.filter(is_running=True).select_related("asked_by").first()
    ended = FullExport.objects.filter(is_running=False).select_related("asked_by", "removed_by")[:EARLIER]
    context = {
        **_under_way(running),
        "form": form,
        "exports": ended,
        "days": verbs.KEPT.days,
        "left_out": [*TABLES_LEFT_OUT, *(f"{t}.{c}" for t, columns in COLUMNS_LEFT_OUT.items() for c in columns)],
    }
    return render(request, "claims/full_export.html", context, status=status_of(form))


@require_POST
@requires(Permission.EXPORT_ALL)
@refusals_become_pages
def go_on(request: SignedInRequest, pk: int) -> HttpResponse:
    """One step where no worker does it."""
    row = found_or_404(FullExport.objects, pk)
    if row.is_running:
        with suppress(AtWork):  # A worker that was taken for dead goes on.
            jobs.step_by_hand(verbs.JOB, row.pk, by=request.user, at=timezone.now())
    row.refresh_from_db()
    page = reverse("full_export")
    return after_a_step(request, page, "claims/_full_export.html", lambda: _under_way(row), is_under_way=row.is_running)


@require_GET
@requires(Permission.EXPORT_ALL)
def download(request: SignedInRequest, pk: int) -> Any:
    row = found_or_404(FullExport.objects, pk)
    if must_ask_again(request):
        return asked_for_download(request)
    try:
        stream = verbs.path_of(row).open("rb") if row.is_there else None
    except OSError:
        stream = None
    if stream is None:
        words = "It was removed, or lies on another machine. Begin a new one: it takes no more than some minutes."
        return problem(request, 404, "This export is not here.", words)
    audit.view("export.download", by=request.user, at=timezone.now(), subject=row, sha256=row.sha256)
    answer = FileResponse(stream, as_attachment=True, filename=row.name, content_type="application/zip")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store, private"
    return answer


@require_POST
@requires(Permission.EXPORT_ALL)
@refusals_become_pages
@acts_once
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    verbs.remove(found_or_404(FullExport.objects, pk), by=request.user, at=timezone.now())
    messages.success(request, "The export is removed from this server. Copies that were fetched are yours to keep.")
    return redirect("full_export")


def _under_way(row: FullExport | None) -> dict[str, Any]:
    return {"run": row, "job": jobs.of(verbs.JOB, row.pk) if row else None}
