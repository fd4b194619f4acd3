"""Stills from the scope's camera, frozen in the browser. The page keeps them until the server has them."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from documentation.forms.sections import BY_KEY
from documentation.kernel.permissions import Permission
from documentation.queries.encounters import facts_of
from documentation.services import audit
from documentation.views.access import problem, requires
from documentation.views.work import at_location, headline, is_editable, record_or_404, section_url

PEDAL = "freeze_key"
"""Where the session keeps the key of a foot pedal: for as long as somebody is logged in, and nowhere in the browser."""
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,23}")


@requires(Permission.IMAGE_EDIT)
@require_http_methods(["GET", "POST"])
def camera(request: HttpRequest, pk: int) -> HttpResponse:
    """The camera of an encounter. A POST teaches it the key that a pedal sends, by its name in browsers."""
    encounter = record_or_404(pk)
    if request.method == "POST":
        return _learn(request)
    if not is_editable(encounter):
        return redirect("encounter", pk)
    user: Any = request.user
    at = timezone.now()
    audit.view("encounter.view", by=user, at=at, subject=encounter, patient=encounter.patient, section="images")
    context = {
        "encounter": encounter,
        "patient": encounter.patient,
        "section": BY_KEY["images"],
        "pedal": request.session.get(PEDAL, ""),
        "taken": encounter.images.count(),
        "back_url": section_url(encounter, "images"),
        **headline(encounter, facts_of(encounter, today=encounter.location.today(at))),
    }
    return at_location(request, encounter, "documentation/camera.html", context)


def _learn(request: HttpRequest) -> HttpResponse:
    code = request.POST.get("key", "")
    if not _CODE.fullmatch(code):
        return problem(request, 422, "This key cannot be used.", "Press another key, or another pedal.")
    request.session[PEDAL] = code
    return HttpResponse(status=204)
