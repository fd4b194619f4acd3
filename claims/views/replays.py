"""A denial replayed: which of today's rules would have caught it, and what rule could be adopted where none would."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from claims.models import Denial
from claims.queries.code_book import book_of_denial
from claims.queries.replay import origin_of, replay, values_of
from claims.services import rules as verbs
from claims.views.rules import say_changed
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import practice_today

_DENIALS = Denial.objects.select_related("claim__encounter__patient", "claim__coverage__payer", "packet")


@requires(Permission.APPEAL_VIEW)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """Today's rules on the packet as it was sent."""
    denial: Denial = found_or_404(_DENIALS, pk)
    now = timezone.now()
    audit.view("denial.replay", by=request.user, at=now, subject=denial.claim, patient=denial.claim.encounter.patient)
    page = reverse("claim_page", args=[denial.claim_id])
    context = {
        "denial": denial,
        "said": book_of_denial(denial).plain_words(denial.group, denial.carc, denial.rarcs),
        "found": replay(denial, practice_today(now)),
        "back_url": f"{page}#denials",
        "trail": [{"label": denial.claim.number, "url": f"{page}#denials"}],
    }
    return render(request, "claims/denial_replay.html", context)


@requires(Permission.RULES_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def take(request: SignedInRequest, pk: int) -> HttpResponse:
    """Adopt a rule that the denial proposed, or draft it to be changed first."""
    denial: Denial = found_or_404(_DENIALS, pk)
    now = timezone.now()
    today = practice_today(now)
    found = replay(denial, today)
    chosen = (
        next((p for p in found.proposed if p.proposal.key == request.POST.get("proposal")), None) if found else None
    )
    if chosen is None:
        raise NotPossible("This rule is proposed no longer: another one catches the denial by now. Look at it again.")
    values, origin = values_of(denial, chosen), origin_of(denial)
    if request.POST.get("then") == "change":
        rule = verbs.save_rule(None, values, by=request.user, at=now, origin=origin)
        messages.success(request, f"{rule.number} is drafted. Change what you like, then try it on past claims.")
        return redirect("own_rule_change", rule.pk)
    rule = verbs.adopt_proposal(values, origin, day=today, by=request.user, at=now)
    say_changed(request, f"{rule.number} is adopted and in force from today.")
    if request.POST.get("then") == "week":
        return redirect("dashboard")
    return redirect("own_rule", rule.pk)
