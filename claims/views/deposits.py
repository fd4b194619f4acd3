"""Deposits: checks by day, each with what was posted, what was not, and what was taken besides."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.queries import deposits
from claims.views.common import page_of
from claims.views.remittances import TRAIL, pager
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, requires
from documentation.views.context import around
from documentation.views.work import at_practice

DAYS = 20


@requires(Permission.REMITTANCE_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Check total = posted + not posted − taken besides, for each check and each day."""
    days = deposits.days()
    total = len(around(request, days=days).more["days"])
    page = page_of(days, DAYS, total, request.GET.get("page"))
    found = deposits.deposits_of(list(page))
    audit.view("remittance.deposits", by=request.user, at=timezone.now(), count=len(found))
    context = {
        "days": found,
        "has_rows": bool(found),
        "page": pager(page, {}) if page.has_other_pages() else None,
        "trail": [TRAIL],
    }
    return at_practice(request, "claims/deposits.html", context)
