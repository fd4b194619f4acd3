"""What the buttons beside the note's prose do. What is typed on the section goes with them and is saved first."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Permission
from documentation.prose.compose import FIELDS
from documentation.queries.prose import phrases_for
from documentation.rules.prompts import FIELDS as PHRASE_FIELDS
from documentation.services import prose
from documentation.views import sections
from documentation.views.access import refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import record_or_404, section_url

_WITH_PHRASES = frozenset(field for _, field, _, _ in PHRASE_FIELDS)


@requires(Permission.ENCOUNTER_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Save the section as typed, then do what the button says: `take:FIELD[:KEY]`, `keep:FIELD:KEY`, `insert:FIELD:PK`.

    A phrase can be put in again, for another stone: hence the key.
    """
    verb, field, what = ([*request.POST.get("prose", "").split(":", 2), "", ""])[:3]
    if field.split(".")[0] != key or field not in (_WITH_PHRASES if verb == "insert" else FIELDS):
        raise Http404
    if "base" in request.POST:
        answer = sections.edit(request, pk, key)
        if answer.status_code != 302:
            return answer
    encounter = record_or_404(pk)
    known: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    try:
        if verb == "take":
            prose.take(encounter, field, {what} if what else None, **known)
        elif verb == "keep":
            prose.keep(encounter, field, what, **known)
        elif verb == "insert":
            phrase = phrases_for(_user(request), field).filter(pk=what).first() if what.isdecimal() else None
            if phrase is None:
                raise NotPossible("This phrase is not there any more. Choose another one.")
            prose.insert(encounter, field, phrase, **known)
        else:
            raise Http404
    except ValidationError as e:
        messages.error(request, " ".join(e.messages))
    if "seen" in request.POST:  # The page on which everything that waits is confirmed.
        return redirect(f"{reverse('encounter_confirm', args=[pk])}#confirm-{key}")
    return redirect(f"{section_url(encounter, key)}#id_{field.split('.')[1]}")


def _user(request: HttpRequest) -> Any:
    return request.user
