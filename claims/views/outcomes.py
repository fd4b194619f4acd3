"""How payers answered claims that were sent although a check did not pass."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.forms.outcomes import Narrowed, read
from claims.queries import outcomes
from claims.views.common import page_of
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Cause
from documentation.models.together import counting, number
from documentation.services import audit
from documentation.views.access import SignedInRequest, requires
from documentation.views.context import around

SHOWN = 50
_CAUSES = {c.value: c.label for c in Cause}


@require_GET
@requires(Permission.CLAIM_VIEW)
def sent(request: SignedInRequest) -> HttpResponse:
    """The claims behind a count: sent to a payer, not passing a rule, and answered."""
    asked = read(request.GET)
    claims = outcomes.claims_sent(asked.payer, asked.rule)
    sums = outcomes.sums_of(asked.payer, asked.rule)
    found = around(request, own=outcomes.own_titles(), sums=sums, count=counting(claims)).more
    page = page_of(claims, SHOWN, number(found["count"]), request.GET.get("page"))
    audit.view("outcomes.view", by=request.user, at=timezone.now(), count=page.paginator.count)
    rows = [{"report": row, "claim": row.submission.claim, "cause": _CAUSES.get(row.first_cause, "")} for row in page]
    context = {
        "rows": rows,
        "has_rows": bool(rows),
        "asked": asked,
        "title": outcomes.titles(found["own"]).get(asked.rule, ""),
        "share": outcomes.share_among(found["sums"]),
        "page": pager(page, asked),
    }
    return render(request, "claims/claims_sent.html", context)


def pager(page: Any, asked: Narrowed) -> dict[str, str] | None:
    if not page.has_other_pages():
        return None
    return {
        "shown": f"{page.start_index()}–{page.end_index()} of {page.paginator.count:,}",
        "previous": asked.query(page=str(page.previous_page_number())) if page.has_previous() else "",
        "next": asked.query(page=str(page.next_page_number())) if page.has_next() else "",
    }
