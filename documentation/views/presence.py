"""Who else has a draft open. Each page of a draft tells that it is open, now and then, and when it is left.

Nothing of this is patient data: an address with the number of the record, the name of a section, the names of
colleagues. It is no audit event either; opening the page was one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from documentation.forms.intake import TYPED_IN
from documentation.kernel.permissions import Permission
from documentation.models import Encounter
from documentation.queries.presence import others_in
from documentation.services import presence
from documentation.views.access import requires
from documentation.views.work import is_editable
from documentation.workflow import ENCOUNTER

EVERY_MS = 20_000
"""How often a page tells that it is still open."""


@dataclass(frozen=True)
class Colleague:
    """Somebody else with a page of this draft open. `doing` goes on after the name, such as `is in Findings`."""

    name: str
    doing: str


@dataclass(frozen=True)
class Here:
    """What the head of a page says of others. `section` is empty for the record as it reads."""

    section: str
    others: tuple[Colleague, ...] = ()
    ended: str = ""
    """The word of its state, when the record can no longer be changed."""
    every_ms: int = 0

    @property
    def is_typing(self) -> bool:
        """Whether this page is one on which the record is changed."""
        return self.section not in ("", "sign")


@requires(Permission.ENCOUNTER_EDIT)
@require_POST
def beat(request: HttpRequest, pk: int) -> HttpResponse:
    """A page is open (`section`), or was left (`left`). Answers with who else is there, as a fragment."""
    encounter = Encounter.objects.filter(pk=pk).only("pk", "status").first()
    section = request.POST.get("section", "")
    if encounter is None or (section and section not in TYPED_IN):
        raise Http404
    if "left" in request.POST:
        presence.leave(encounter, section, by=_user(request), at=timezone.now())
        return HttpResponse(status=204)
    context = {"encounter": encounter, "presence": arrive(request, encounter, section)}
    return render(request, "documentation/_here.html", context)


def arrive(request: HttpRequest, encounter: Encounter, section: str) -> Here:
    """Note that this person has this page open, and say who else is there."""
    if not is_editable(encounter):
        return Here(section, ended=ENCOUNTER.label(encounter.status).lower())
    user, now = _user(request), timezone.now()
    presence.stay(encounter, section, by=user, at=now)
    others = tuple(
        Colleague(p.user.display_name, _doing(p.section, p.user)) for p in others_in(encounter, but=user, at=now)
    )
    return Here(section, others, every_ms=EVERY_MS)


def _doing(section: str, user: Any) -> str:
    if section == "sign":
        return "is about to sign" if user.may(Permission.ENCOUNTER_SIGN) else "is reading it"
    return f"is in {TYPED_IN[section].label}" if section in TYPED_IN else "is reading it"


def _user(request: HttpRequest) -> Any:
    return request.user
