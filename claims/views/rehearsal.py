"""How a rehearsal goes; in the practice itself, how one is made."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.queries.rehearsal import standing
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, requires
from documentation.views.work import at_practice


@requires(Permission.WORKLIST_VIEW)
@require_GET
def show(request: SignedInRequest) -> HttpResponse:
    """Which claims of the queues were worked, how, and what became of the real ones."""
    found = standing()
    if found:
        audit.view("rehearsal.view", by=request.user, at=timezone.now(), count=len(found.worked))
    return at_practice(request, "claims/rehearsal.html", {"standing": found})
