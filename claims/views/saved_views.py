"""Views of the worklist that people keep: make, rename, share, remove and bring back, begin with one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from claims.forms.worklist import ViewForm, read, words
from claims.models import SavedView, StartView
from claims.queries import choices
from claims.queries.narrowing import ORDERS, SCOPES
from claims.queries.worklists import BY_KEY
from claims.services import saved_views as verbs
from claims.views.common import attempt, status_of
from claims.views.worklists import view_url
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Permission
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once

TRAIL = {"label": "Worklist", "url": "/worklist/?scope=all"}


@requires(Permission.WORKLIST_VIEW)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def keep(request: SignedInRequest) -> HttpResponse:
    """The views that a person sees; and the form that keeps the filters of the list under a name."""
    address = (request.POST if request.method == "POST" else request.GET).get("filters", "")[:500]
    with_amounts = request.user.may(Permission.CLAIM_VIEW)
    start = StartView.objects.filter(user=request.user).values_list("view", flat=True)
    removed = SavedView.objects.filter(
        owner=request.user, pk=_key(request.GET.get("removed", "")), removed_at__isnull=False
    )
    found = around(request, **choices.asked(), views=verbs.seen_by(request.user), start=start, removed=removed).more
    known = choices.choices_of(found)
    query = read(QueryDict(address).dict(), known, with_amounts=with_amounts).query
    form = ViewForm(request.POST if request.method == "POST" else None)

    def verb(v: dict[str, Any]) -> SavedView:
        return verbs.keep(v["name"], query, is_shared=v["is_shared"], by=request.user, at=timezone.now())

    if view := attempt(form, verb):
        messages.success(request, f"The view “{view.name}” is kept.")
        return redirect(view_url(view))
    views = [
        {"view": v, "url": view_url(v), "words": _said(v.query, known), "is_own": v.owner_id == request.user.pk,
         "starts": v.pk in found["start"]}
        for v in found["views"]
    ]  # fmt: skip
    context = {
        "form": form,
        "filters": address,
        "query_words": _said(query, known),
        "views": views,
        "removed": next(iter(found["removed"]), None),
        "may_share": request.user.may(Permission.CLAIM_PREPARE),
        "trail": [TRAIL],
    }
    return render(request, "claims/worklist_views.html", context, status=status_of(form))


@requires(Permission.WORKLIST_VIEW)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a view another name, share it, or keep it to oneself."""
    view: SavedView = found_or_404(verbs.seen_by(request.user).filter(owner=request.user), pk)
    initial = {"name": view.name, "is_shared": view.is_shared}
    form = ViewForm(request.POST) if request.method == "POST" else ViewForm(initial=initial)

    def renamed(v: dict[str, Any]) -> bool:
        verbs.change(view, v["name"], is_shared=v["is_shared"], by=request.user, at=timezone.now())
        return True

    if form.is_bound and attempt(form, renamed):
        messages.success(request, "The view is changed.")
        return redirect("worklist_views")
    context = {
        "form": form, "title": f"Change “{view.name}”", "submit": "Keep", "back_url": reverse("worklist_views"),
        "lead": "Its filters stay as they are. To change those, open it, choose, and keep the result as a new view.",
        "trail": [TRAIL, {"label": "Views", "url": reverse("worklist_views")}],
    }  # fmt: skip
    return render(request, "claims/told.html", context, status=status_of(form))


@requires(Permission.WORKLIST_VIEW)
@refusals_become_pages
@require_POST
@acts_once
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a view away; the page then offers to bring it back."""
    view: SavedView = found_or_404(SavedView.objects.filter(owner=request.user), pk)
    # The page says which of the two was meant: an old one does not do the opposite.
    if request.POST.get("to") == "restore":
        back = verbs.restore(view, by=request.user, at=timezone.now())
        messages.success(request, f"The view “{back.name}” is back.")
        return redirect("worklist_views")
    verbs.remove(view, by=request.user, at=timezone.now())
    return redirect(f"{reverse('worklist_views')}?removed={view.pk}")


@requires(Permission.WORKLIST_VIEW)
@refusals_become_pages
@require_POST
@acts_once
def start(request: SignedInRequest, pk: int) -> HttpResponse:
    """Begin with this view from now on, or with everything again."""
    view: SavedView = found_or_404(verbs.seen_by(request.user), pk)
    is_end = request.POST.get("to") == "everything"
    if is_end and not StartView.objects.filter(user=request.user, view=view).exists():
        raise NotPossible(f"Your worklist does not begin with “{view.name}” any more. Look at the page again.")
    verbs.start_with(None if is_end else view, by=request.user, at=timezone.now())
    said = "opens with everything again" if is_end else f"opens with “{view.name}” from now on"
    messages.success(request, f"Your worklist {said}.")
    return redirect("worklist_views")


def _said(query: Any, known: Any) -> str:
    found = read({k: str(v) for k, v in query.items()}, known)
    said = [BY_KEY[found.chosen.queue].label] if found.chosen.queue else []
    said += [SCOPES[found.chosen.scope]] if found.query.get("scope") else []
    said += [text for _, text in words(found.query, known)]
    said += [f"by {ORDERS[found.chosen.order].lower()}"] if found.chosen.order else []
    return " · ".join(said) or "Everything that is open"


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 15 else 0
