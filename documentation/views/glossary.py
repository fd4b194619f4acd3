"""What the words mean, on one page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from documentation.kernel.glossary import terms
from documentation.kernel.permissions import Permission
from documentation.views.access import requires


@requires(Permission.HOME_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every word, by its letter."""
    letters: dict[str, list[object]] = {}
    for term in terms():
        letters.setdefault(term.title[:1].upper(), []).append(term)
    return render(request, "documentation/glossary.html", {"letters": letters, "count": len(terms())})
