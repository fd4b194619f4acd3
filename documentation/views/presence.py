"""Who else has a draft open. Each page of a draft tells that it is open, now and then, and when it is left.

Nothing of this is patient data: an address with the number of the record, the name of a section, the names of
colleagues. It is no audit event either; opening the page was one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import get_random_string
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

PAGE_LETTERS = 22
"""How long the name of one opening of a page is: too long to be drawn twice."""

PAGE = re.compile(rf"[A-Za-z0-9]{{{PAGE_LETTERS}}}")


@dataclass(frozen=True)
class Colleague:
    """Somebody else with a page of this draft open. `doing` goes on after the name, such as `is in Findings`."""

    name: str
    doing: str


@dataclass(frozen=True)
class Here:
    """What the head of a page says of others. `section` is empty for the record as it reads."""

    section: str
    page: str = ""
    """What tells this opening of the page from every other."""
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
    """A page is open (`section`, `page`), came back (`back`) or was left (`left`). Answers with who else is there."""
    encounter = Encounter.objects.filter(pk=pk).only("pk", "status").first()
    section = request.POST.get("section", "")
    page = request.POST.get("page", "")
    if encounter is None or (section and section not in TYPED_IN) or not PAGE.fullmatch(page):
        raise Http404
    if "left" in request.POST:
        presence.leave(encounter, page, by=_user(request), at=timezone.now())
        return HttpResponse(status=204)
    note = presence.arrive if "back" in request.POST else presence.stay
    return render(
        request,
        "documentation/_here.html",
        {"encounter": encounter, "presence": _here(request, encounter, section, page, note)},
    )


def arrive(request: HttpRequest, encounter: Encounter, section: str) -> Here:
    """Note that this person opens this page, and say who else is there."""
    return _here(request, encounter, section, get_random_string(PAGE_LETTERS), presence.arrive)


def _here(request: HttpRequest, encounter: Encounter, section: str, page: str, note: Callable[..., None]) -> Here:
    if not is_editable(encounter):
        return Here(section, ended=ENCOUNTER.label(encounter.status).lower())
    user, now = _user(request), timezone.now()
    note(encounter, section, page, by=user, at=now)
    others = tuple(
        Colleague(p.user.display_name, _doing(p.section, p.user)) for p in others_in(encounter, but=user, at=now)
    )
    return Here(section, page, others, every_ms=EVERY_MS)


def _doing(section: str, user: Any) -> str:
    if section == "sign":
        return "is about to sign" if user.may(Permission.ENCOUNTER_SIGN) else "is reading it"
    return f"is in {TYPED_IN[section].label}" if section in TYPED_IN else "is reading it"


def _user(request: HttpRequest) -> Any:
    return request.user
