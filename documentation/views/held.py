"""A file that waits: which of its pictures become images, and why it is taken though it names somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from documentation.imaging.whose import LABELS
from documentation.kernel.permissions import Permission
from documentation.models import HeldUpload
from documentation.services import audit, holding, images
from documentation.views import files
from documentation.views.access import refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import at_location, is_editable, section_url


@dataclass(frozen=True)
class Tile:
    """One picture on the sheet of all: where it lies there, pixels."""

    number: int
    left: int
    top: int
    chosen: bool


@dataclass(frozen=True)
class Compared:
    """What the file and the chart say of the same thing."""

    label: str
    of_file: str
    of_chart: str
    differs: bool


@requires(Permission.IMAGE_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def decide(request: HttpRequest, pk: int, held: int) -> HttpResponse:
    """Ask, and take in what was chosen."""
    row = _held_or_404(pk, held)
    if not is_editable(row.encounter):
        return redirect("encounter", pk)
    if request.method == "POST":
        return _decided(request, row)
    audit.view(
        "image.held_view", by=_user(request), at=timezone.now(), subject=row.encounter, patient=row.encounter.patient
    )
    return _page(request, row)


def _decided(request: HttpRequest, row: HeldUpload) -> HttpResponse:
    frames = [int(f) for f in request.POST.getlist("frames") if f.isdecimal() and len(f) < 6]
    reason = request.POST.get("reason", "")
    try:
        taken = images.decide(row, frames, reason, by=_user(request), at=timezone.now())
    except ValidationError as e:
        return _page(request, row, chosen=frames, reason=reason, problems=e.message_dict, status=422)
    added = sum(t.image is not None for t in taken)
    if added:
        messages.success(request, f"{added} image{'' if added == 1 else 's'} added.")
    for t in taken:
        if t.refusal:
            messages.error(request, f"{t.name}: {t.refusal}")
    return redirect(section_url(row.encounter, "images"))


@requires(Permission.IMAGE_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def discard(request: HttpRequest, pk: int, held: int) -> HttpResponse:
    """Take in nothing of the file."""
    row = _held_or_404(pk, held)
    holding.discard(row, by=_user(request), at=timezone.now())
    messages.success(request, "The file was discarded. Nothing of it is in the record.")
    return redirect("encounter_images", pk)


@requires(Permission.IMAGE_EDIT)
@require_GET
def sheet(request: HttpRequest, pk: int, held: int) -> HttpResponse:
    """All pictures of the file in small."""
    row = _held_or_404(pk, held)
    return files.serve(
        request,
        row.sheet,
        permission=Permission.IMAGE_EDIT,
        name="pictures.jpg",
        action="image.held_view",
        subject=row.encounter,
        patient=row.encounter.patient,
        variant="sheet",
    )


def _page(
    request: HttpRequest,
    row: HeldUpload,
    *,
    chosen: list[int] | None = None,
    reason: str = "",
    problems: dict[str, list[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    encounter = row.encounter
    width, height = row.tile or (0, 0)
    tiles = [
        Tile(n + 1, n % row.columns * width, n // row.columns * height, n + 1 in (chosen or ()))
        for n in range(row.frames if row.frames > 1 else 0)
    ]
    context = {
        "encounter": encounter,
        "patient": encounter.patient,
        "held": row,
        "question": holding.question(row),
        "another": holding.another(row),
        "tiles": tiles,
        "tile_width": width,
        "tile_height": height,
        "sheet_width": width * row.columns,
        "sheet_height": height * -(-row.frames // row.columns),
        "compared": _compared(row),
        "reason": reason,
        "problems": problems or {},
    }
    return at_location(request, encounter, "documentation/held.html", context, status)


def _compared(row: HeldUpload) -> list[Compared]:
    if not row.differs:
        return []
    chart = holding.chart_of(row.encounter)
    of_chart = {
        "name": row.encounter.patient.full_name,
        "number": chart.numbers[0],
        "birth_date": _in_words(chart.birth_date),
        "study_date": _in_words(chart.visit_date),
    }
    of_file = {
        "name": _in_order(row.identity.get("name", "")),
        "number": row.identity.get("number", ""),
        "birth_date": _in_words(row.identity.get("birth_date", "")),
        "study_date": _in_words(row.identity.get("study_date", "")),
    }
    return [
        Compared(label, of_file[key], of_chart[key], key in row.differs)
        for key, label in LABELS.items()
        if of_file[key]
    ]


def _in_order(name: str) -> str:
    """`Family^Given^Middle^Prefix^Suffix` as people say it."""
    family, given, middle, prefix, suffix = (name.split("=")[0].split("^") + [""] * 5)[:5]
    return " ".join(" ".join([prefix, given, middle, family, suffix]).split())


def _in_words(day: str) -> str:
    """A date as on all pages; what is none, as it stands."""
    try:
        return date_format(date.fromisoformat(day), "M j, Y")
    except ValueError:
        return day


def _held_or_404(pk: int, held: int) -> HeldUpload:
    row = (
        HeldUpload.objects.select_related("encounter__patient", "encounter__location", "sheet", "original")
        .filter(pk=held, encounter_id=pk)
        .first()
    )
    if row is None:
        raise Http404
    return row


def _user(request: HttpRequest) -> Any:
    return request.user
