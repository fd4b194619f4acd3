"""Phrases: the practice's own wording and each person's, by the field for which they are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from documentation.forms.phrases import PhraseForm
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Phrase
from documentation.queries.prose import phrases_for
from documentation.rules.prompts import FIELDS, prompts_of
from documentation.services import phrases
from documentation.views.access import refusals_become_pages, requires
from documentation.views.once import acts_once


@requires(Permission.ENCOUNTER_EDIT)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All phrases that a person may use, by field."""
    user = _user(request)
    by_field: dict[str, list[dict[str, Any]]] = {}
    for p in phrases_for(user):
        may_edit = user.may(Permission.ENCOUNTER_SIGN) if p.owner_id is None else p.owner_id == user.pk
        row = {"phrase": p, "prompts": len(prompts_of(p.body)), "may_edit": may_edit}
        by_field.setdefault(p.field, []).append(row)
    groups = [(field, name, by_field[field]) for _, field, name, _ in FIELDS if field in by_field]
    return render(request, "documentation/phrase_list.html", {"groups": groups})


@requires(Permission.ENCOUNTER_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add a phrase, or change one."""
    user = _user(request)
    phrase = _phrase_or_404(request, pk) if pk is not None else None
    may_share = user.may(Permission.ENCOUNTER_SIGN)
    known = {field for _, field, _, _ in FIELDS}
    wanted = request.GET.get("field", "")
    form = PhraseForm(
        request.POST or None, phrase, may_share=may_share, field=wanted if wanted in known else "interpretation.text"
    )
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid():
                phrases.save(phrase, form.values, by=user, at=timezone.now(), seen=_seen(request))
                messages.success(request, "The phrase is kept.")
                return redirect("phrase_list")
        except ValidationError as e:
            form.take_errors(e)
        except NotPossible as e:
            status = 409
            form.add_error(None, list(e.reasons))
    context = {"form": form, "phrase": phrase, "seen": phrase.revision if phrase else ""}
    return render(request, "documentation/phrase_form.html", context, status=status)


@requires(Permission.ENCOUNTER_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a phrase away."""
    phrases.remove(_phrase_or_404(request, pk), by=_user(request), at=timezone.now())
    messages.success(request, "The phrase was taken away. Notes keep their words.")
    return redirect("phrase_list")


def _phrase_or_404(request: HttpRequest, pk: int) -> Phrase:
    phrase = phrases_for(_user(request)).filter(pk=pk).first()
    if phrase is None:
        raise Http404
    return phrase


def _seen(request: HttpRequest) -> int:
    given = request.POST.get("seen", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1


def _user(request: HttpRequest) -> Any:
    return request.user
