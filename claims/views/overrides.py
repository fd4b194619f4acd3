"""Every reason that somebody gave for going on although a check warned: who, why, and how the payer answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.forms.outcomes import read
from claims.models import Payer
from claims.queries.outcomes import own_titles, share_among, sums_of, titles
from claims.queries.overrides import ANSWERS, overridden_rules, overrides
from claims.views.common import page_of
from claims.views.outcomes import pager
from claims.views.tables import Table, download, offered
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import CAUSE_LABELS
from documentation.models.together import counting, number
from documentation.services import audit
from documentation.views.access import SignedInRequest, requires
from documentation.views.context import around

SHOWN = 50
_CAUSES = {cause.value: label for cause, label in CAUSE_LABELS.items()}
COLUMNS = ("Claim", "Rule", "What it asks", "Reason", "By", "At", "Payer", "Answer", "Cause of the denial")


@require_GET
@requires(Permission.DASHBOARD_VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    asked = read(request.GET)
    reasons = overrides(asked.payer, asked.rule)
    found = around(
        request,
        own=own_titles(),
        sums=sums_of(asked.payer, asked.rule, with_reason=True),
        count=counting(reasons),
        payers=Payer.objects.values_list("pk", "name"),
        rules=overridden_rules(),
    ).more
    page = page_of(reasons, SHOWN, number(found["count"]), request.GET.get("page"))
    audit.view("overrides.view", by=request.user, at=timezone.now(), count=page.paginator.count)
    known = titles(found["own"])
    rows = [_line(row, known) for row in page]
    context = {
        "rows": rows,
        "has_rows": bool(rows),
        "count": page.paginator.count,
        "asked": asked,
        "share": share_among(found["sums"]),
        "payers": found["payers"],
        "rules": found["rules"],
        "downloads": offered(
            lambda form: reverse("overrides_table", args=[form]) + asked.query(), page.paginator.count
        ),
        "page": pager(page, asked),
    }
    return render(request, "claims/overrides.html", context)


@require_GET
@requires(Permission.DASHBOARD_VIEW)
def table(request: SignedInRequest, form: str) -> HttpResponse:
    """All of it as a table to take along."""
    asked = read(request.GET)
    found = overrides(asked.payer, asked.rule)
    return download(
        request, Table("overrides", COLUMNS, _cells(found), found.count()), form, action="overrides.download"
    )


def _cells(found: QuerySet[Any]) -> Iterator[tuple[Any, ...]]:
    known = titles()
    for row in found.iterator(chunk_size=2000):
        line = _line(row, known)
        yield (
            row.claim.number,
            row.rule,
            line["title"],
            row.reason,
            row.by.display_name,
            row.at,
            row.payer_name,
            line["answer"],
            line["cause"],
        )


def _line(row: Any, known: dict[str, str]) -> dict[str, Any]:
    label, tone = ANSWERS[row.answer]
    cause = _CAUSES.get(row.first_cause, "") if row.answer in ("denied", "denied_again") else ""
    return {"override": row, "title": known.get(row.rule, ""), "answer": label, "tone": tone, "cause": cause}
