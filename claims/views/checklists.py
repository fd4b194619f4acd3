"""What appeals enclose, by the cause of a denial: the table that the checklist of every appeal is made from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.proofs.items import ITEMS
from claims.proofs.wanted import FIRST, NEEDED, PRACTICE, Wanted, wanted_on
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Cause
from documentation.views.access import SignedInRequest, requires
from documentation.views.work import practice_today


@requires(Permission.APPEAL_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """By cause each thing, whether it is needed, why, and where that is from, as it counts for denials of today.

    What every cause wants for the same reason stands once, on top.
    """
    wanted = wanted_on(practice_today(timezone.now()))
    by_cause = {cause: [row for (of, _), row in wanted.items() if of is cause] for cause in Cause}
    told = [{(row.item, row.because, row.weight) for row in rows} for rows in by_cause.values()]
    common = set.intersection(*told)
    groups = [{"label": "For every cause", "rows": _rows(row for row in by_cause[Cause.OTHER] if _key(row) in common)}]
    groups += [
        {"label": cause.label, "rows": _rows(row for row in rows if _key(row) not in common)}
        for cause, rows in by_cause.items()
    ]
    trail = [{"label": "Appeals", "url": reverse("appeal_list")}]
    return render(request, "claims/checklists.html", {"groups": groups, "source": PRACTICE, "trail": trail})


def _key(row: Wanted) -> tuple[str, str, str]:
    return row.item, row.because, row.weight


def _rows(wanted: Iterable[Wanted]) -> list[dict[str, Any]]:
    """In the order of a checklist, what is needed first."""
    by_item = {row.item: row for row in wanted}
    rows = [
        {
            "title": item.title,
            "is_needed": by_item[item.key].weight == NEEDED,
            "because": by_item[item.key].because,
            "since": by_item[item.key].since if by_item[item.key].since > FIRST else None,
            "source": by_item[item.key].source if by_item[item.key].source != PRACTICE else "",
            "is_from_outside": item.can_lack,
        }
        for item in ITEMS
        if item.key in by_item
    ]
    return sorted(rows, key=lambda row: not row["is_needed"])
