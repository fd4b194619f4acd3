"""Drawing on a picture of a draft: the page, and each save of the whole drawing.

Saving is idempotent by nature: the same drawing again changes nothing, so the form needs no key against a double click.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from documentation.forms.annotations import problems_of, read_marks, written
from documentation.forms.sections import BY_KEY
from documentation.kernel.permissions import Permission
from documentation.kernel.vocabulary import INK
from documentation.models import Encounter, EncounterImage
from documentation.queries.encounters import annotations_of
from documentation.services import audit
from documentation.services.annotations import StaleDrawing, annotate
from documentation.views.access import refusals_become_pages, requires
from documentation.views.lighttable import one_at_a_time, picture_url
from documentation.views.presence import arrive
from documentation.views.work import at_location, is_editable, record_or_404, work_context

TOOLS = (
    ("select", "Select", "mouse-pointer-2", "v"),
    ("arrow", "Arrow", "move-up-right", "a"),
    ("ellipse", "Ellipse", "circle", "e"),
    ("text", "Text", "type", "t"),
    ("measurement", "Measure", "ruler", "m"),
    ("scale", "Scale", "ruler-dimension-line", "s"),
)
"""Token, word, icon and key of each tool."""
MOST_UNANSWERED = 3


@requires(Permission.IMAGE_EDIT)
@refusals_become_pages
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "POST"])
def draw(request: HttpRequest, pk: int, image: int) -> HttpResponse:
    """Show a picture with its marks; save them; take one away without a script."""
    encounter, row = _found(pk, image)
    if request.method == "POST":
        return _save(request, encounter, row)
    if not is_editable(encounter):
        return redirect(reverse("encounter", args=[pk]) + f"#figure-{row.position}")
    audit.view(
        "encounter.view",
        by=_user(request),
        at=timezone.now(),
        subject=encounter,
        patient=encounter.patient,
        section="images",
    )
    return _page(request, encounter, row)


def _save(request: HttpRequest, encounter: Encounter, row: EncounterImage) -> HttpResponse:
    marks: list[dict[str, Any]] = []
    removed = request.POST.get("remove", "")
    try:
        left = written(tuple(m for m in annotations_of(row) if m.key != removed))
        marks = read_marks(left if removed else request.POST.get("marks", ""))
        annotate(row, marks, by=_user(request), at=timezone.now(), seen=_seen(request, row))
    except ValidationError as e:
        return _answer(request, encounter, row, 422, problems=problems_of(e, marks))
    except StaleDrawing as e:
        return _answer(request, *_found(encounter.pk, row.pk), 409, stale=e.reasons[0])
    if not request.headers.get("HX-Request"):
        return redirect("image_annotate", encounter.pk, row.pk)
    return _answer(request, *_found(encounter.pk, row.pk), 200, saved=True)


def _seen(request: HttpRequest, row: EncounterImage) -> int:
    """The revision that the page drew on; -1, which never fits, when the form does not say.

    A save whose answer was lost may have arrived: then what is stored is the page's own, and the page has seen it.
    """
    stored = read_marks(written(annotations_of(row)))
    for earlier in request.POST.getlist("unanswered")[:MOST_UNANSWERED]:
        sent = parse_qs(earlier).get("marks", [""])[0]
        try:
            if read_marks(sent) == stored:
                return row.drawing_revision
        except ValidationError:
            continue
    given = request.POST.get("seen", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1


def _answer(request: HttpRequest, encounter: Encounter, row: EncounterImage, status: int, **more: Any) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return _page(request, encounter, row, status, **more)
    context = _context(encounter, row, **more)
    return at_location(request, encounter, "documentation/_annotated.html", context, status)


def _page(
    request: HttpRequest, encounter: Encounter, row: EncounterImage, status: int = 200, **more: Any
) -> HttpResponse:
    context = {**_context(encounter, row, **more), "presence": arrive(request, encounter, "images")}
    return at_location(request, encounter, "documentation/annotate.html", context, status)


def _context(encounter: Encounter, row: EncounterImage, **more: Any) -> dict[str, Any]:
    pictures = list(encounter.images.all())
    place = pictures.index(row)
    scope = encounter.procedure.scope_outer_diameter_mm
    return {
        **work_context(encounter, timezone.now(), "images"),
        "section": BY_KEY["images"],
        "image": row,
        "number": place + 1,
        "marks_json": written(annotations_of(row)),
        "tools": TOOLS,
        "inks": INK.choices,
        "scope_mm": "" if scope is None else str(scope),
        "images_url": picture_url(encounter, row, one=one_at_a_time(pictures)),
        "before": pictures[place - 1] if place else None,
        "after": pictures[place + 1] if place + 1 < len(pictures) else None,
        **more,
    }


def _found(pk: int, image: int) -> tuple[Encounter, EncounterImage]:
    encounter = record_or_404(pk)
    row = next((i for i in encounter.images.all() if i.pk == image), None)
    if row is None:
        raise Http404
    return encounter, row


def _user(request: HttpRequest) -> Any:
    return request.user
