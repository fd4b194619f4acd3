"""Every reason that somebody gave for going on although a check warned: who, why, and how the payer answered."""

from __future__ import annotations

import csv
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.forms.outcomes import read
from claims.models import Payer
from claims.queries.outcomes import share_of, titles
from claims.queries.overrides import ANSWERS, overridden_rules, overrides
from claims.views.outcomes import pager
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import CAUSE_LABELS
from documentation.services import audit
from documentation.views.access import SignedInRequest, requires

SHOWN = 50
_CAUSES = {cause.value: label for cause, label in CAUSE_LABELS.items()}
COLUMNS = ("Claim", "Rule", "What it asks", "Reason", "By", "At", "Payer", "Answer", "Cause of the denial")


@require_GET
@requires(Permission.DASHBOARD_VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    asked = read(request.GET)
    page = Paginator(overrides(asked.payer, asked.rule), SHOWN).get_page(request.GET.get("page"))
    audit.view("overrides.view", by=request.user, at=timezone.now(), count=page.paginator.count)
    known = titles()
    rows = [_line(row, known) for row in page]
    context = {
        "rows": rows,
        "has_rows": bool(rows),
        "count": page.paginator.count,
        "asked": asked,
        "share": share_of(asked.payer, asked.rule, with_reason=True),
        "payers": Payer.objects.values_list("pk", "name"),
        "rules": overridden_rules(),
        "csv_url": reverse("overrides_csv") + asked.query(),
        "page": pager(page, asked),
    }
    return render(request, "claims/overrides.html", context)


@require_GET
@requires(Permission.DASHBOARD_VIEW)
def table(request: SignedInRequest) -> HttpResponse:
    """The same as a table for a spreadsheet, all of it."""
    asked, known = read(request.GET), titles()
    rows = [_line(row, known) for row in overrides(asked.payer, asked.rule)]
    audit.view("overrides.download", by=request.user, at=timezone.now(), count=len(rows))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="overrides.csv"'
    answer.write("\ufeff")  # spreadsheets take it for UTF-8 by this mark
    sheet = csv.writer(answer)
    sheet.writerow(COLUMNS)
    for line in rows:
        row = line["override"]
        sheet.writerow(
            _plain(value)
            for value in (
                row.claim.number,
                row.rule,
                line["title"],
                row.reason,
                row.by.display_name,
                row.at.astimezone(timezone.get_current_timezone()).strftime("%Y-%m-%d %H:%M"),
                row.payer_name,
                line["answer"],
                line["cause"],
            )
        )
    return answer


def _line(row: Any, known: dict[str, str]) -> dict[str, Any]:
    label, tone = ANSWERS[row.answer]
    cause = _CAUSES.get(row.first_cause, "") if row.answer == "denied" else ""
    return {"override": row, "title": known.get(row.rule, ""), "answer": label, "tone": tone, "cause": cause}


def _plain(value: str) -> str:
    """A spreadsheet takes a text that begins so for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
