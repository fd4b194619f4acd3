"""The worklist: every open claim in the one queue that names what to do next."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from claims.models import Claim
from claims.queries import worklists
from claims.queries.deadlines import Case, case_of
from claims.queries.filing import filing_of_claim
from claims.queries.worklists import BY_KEY, QUEUES, Queue
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, requires

SHOWN = 50


@requires(Permission.CLAIM_VIEW)
@require_GET
def show(request: SignedInRequest) -> HttpResponse:
    """One queue, with the number of claims in each of the others."""
    now = timezone.now()
    counts = worklists.queue_counts()
    asked = request.GET.get("queue", "")
    queue = BY_KEY.get(asked) or next((q for q in QUEUES if counts[q.key]), QUEUES[0])
    page = Paginator(worklists.in_queue(queue.key), SHOWN).get_page(request.GET.get("page"))
    rows = [_row(claim, queue, claim.encounter.location.today(now)) for claim in page]
    audit.view("claim.list", by=request.user, at=now, queue=queue.key, count=len(rows))
    context = {
        "queue": queue,
        "unknown": asked if asked and asked not in BY_KEY else "",
        "tabs": [{"label": q.label, "url": _url(q.key), "current": q is queue, "count": counts[q.key]} for q in QUEUES],
        "rows": rows,
        "has_rows": bool(rows),
        "is_empty": not any(counts.values()),
        "has_deadlines": queue.key in ("appeal_due", "denied"),
        "page": _pager(page, queue) if page.has_other_pages() else None,
    }
    return render(request, "claims/queues.html", context)


def _row(claim: Claim, queue: Queue, today: date) -> dict[str, Any]:
    """A claim with its one next step and the place where that is done."""
    sent_on: date | None = claim.sent_on  # type: ignore[attr-defined]  # annotated by in_queue
    row: dict[str, Any] = {
        "claim": claim,
        "today": today,
        "age": (today - claim.service_date).days,
        "filing": filing_of_claim(claim, today),
        "waited": (today - sent_on).days if sent_on else None,
        "step": queue.next_step,
        "url": reverse("claim_page", args=[claim.pk]),
    }
    row["url"] += {"answered": "#balance", "rejected": "#sending", "waiting": "#sending", "to_send": "#sending"}.get(
        queue.key, ""
    )
    case = _case(claim, queue, today)
    if case:
        row |= {"case": case, "step": case.step}
        row["url"] = reverse("appeal_page", args=[case.appeal.pk]) if case.appeal else f"{row['url']}#denials"
    return row


def _case(claim: Claim, queue: Queue, today: date) -> Case | None:
    """The denial that put a claim into its queue."""
    cases = []
    for denial in claim.denials.all():
        denial.claim = claim  # it came with its payer and patient
        cases.append(case_of(denial, today))
    if queue.key == "appeal_waiting":
        cases = [c for c in cases if c.appeal]
    far = date.max
    return min(cases, key=lambda c: (c.due.day if c.due else far, c.denial.pk), default=None)


def _url(key: str, **more: str) -> str:
    return f"{reverse('worklist')}?{urlencode({'queue': key, **more})}"


def _pager(page: Any, queue: Queue) -> dict[str, str]:
    return {
        "shown": f"{page.start_index()}–{page.end_index()} of {page.paginator.count:,}",
        "previous": _url(queue.key, page=str(page.previous_page_number())) if page.has_previous() else "",
        "next": _url(queue.key, page=str(page.next_page_number())) if page.has_next() else "",
    }
