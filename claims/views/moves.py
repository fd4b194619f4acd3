"""What moves the denial rate: completeness, warnings passed over, and rules, each beside what came of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.forms.dashboards import read
from claims.models import ClaimFigures
from claims.queries import moves
from claims.queries.dashboards import all_names
from claims.views.dashboards import claims_url, menus, tabs
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, requires
from documentation.views.work import practice_today


@requires(Permission.DASHBOARD_VIEW)
@require_GET
def show(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    asked = read(request.GET, practice_today(now), month_is_period=True)
    audit.view("dashboard.moves", by=request.user, at=now)
    context = {"asked": asked, "tabs": tabs(asked, "what_moves_it"), "is_empty": not ClaimFigures.objects.exists()}
    if not context["is_empty"]:
        caught = moves.caught(asked.filters)
        context |= {
            "menus": menus(asked, all_names()),
            "completeness": [
                {"row": row, "url": claims_url(row.key, asked), "paid_url": claims_url(f"{row.key}_paid", asked)}
                for row in moves.by_completeness(asked.filters)
            ],
            "caught": caught,
            "caught_url": claims_url("foreseen", asked),
            "denied_url": claims_url("initial_denial", asked),
            "passed_over": [
                {"row": row, "url": f"{reverse('override_list')}?rule={row.rule}"} for row in moves.passed_over()
            ],
            "prevented": list(moves.prevented()),
        }
    return render(request, "claims/moves.html", context)
