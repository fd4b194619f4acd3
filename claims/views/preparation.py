"""Preparing a claim: start it, look at it, change what it says, give reasons, mark it ready, hold it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from claims.forms.preparation import HoldForm, Lines, LinesForm, ReasonForm, line_values
from claims.models import Claim
from claims.queries.claims import facts_of
from claims.rules.duplicates import second_glands
from claims.services import preparation as verbs
from claims.services.next_plan import start_next
from claims.views.common import attempt, claim_url, form_page, seen
from claims.views.page import claim_or_404, claim_page, trail
from claims.workflow import Closing, Transport
from documentation.kernel.machine import NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.kernel.text import clean_text
from documentation.models import Encounter
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def start(request: SignedInRequest, pk: int) -> HttpResponse:
    """One claim for each of the patient's plans; the first one opens."""
    encounter: Encounter = found_or_404(Encounter.objects.select_related("patient"), pk)
    made = verbs.start_claims(encounter, by=request.user, at=timezone.now())
    if len(made) > 1:
        messages.success(
            request, f"{len(made)} claims are started, one for each plan. This is the one that goes first."
        )
    return redirect(claim_url(made[0]))


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def start_next_plan(request: SignedInRequest, pk: int) -> HttpResponse:
    """The claim to the plan after the one that answered, with what that one left; or the plan that a person says it was
    passed on to.
    """
    chosen = request.POST.get("plan", "")
    plan = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 15 else None
    made = start_next(claim_or_404(pk), plan=plan, by=request.user, at=timezone.now())
    payer = made.coverage.payer.name
    if made.passed_on_by_id:
        said = f"{made} was sent by the plan before. Wait for its answer."
    elif made.transport == Transport.NONE and made.closing == Closing.OPEN:
        said = f"{made} tells {payer} what the plan before answered. Look at it, then send it."
    else:
        said = f"{made} is the claim to {payer}, and was sent before. Nothing was changed."
    messages.success(request, said)
    return redirect(claim_url(made))


@require_GET
@requires(Permission.CLAIM_VIEW)
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    claim = claim_or_404(pk)
    _looked(request, claim)
    return claim_page(request, claim)


@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def lines(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change codes, fees, quantities and descriptions."""
    claim = claim_or_404(pk)
    existing = list(claim.lines.all())
    form: Any = LinesForm(request.POST or None, initial=line_values(existing), prefix="lines")
    if request.method == "POST" and form.is_valid() and _save_lines(request, claim, form, existing):
        messages.success(request, "The lines are saved.")
        return redirect(claim_url(claim))
    _looked(request, claim)
    claim.refresh_from_db(fields=["revision"])
    context = {
        "claim": claim,
        "form": form,
        "existing": existing,
        "asks_second_gland": _asks_second_gland(claim, form),
        "trail": [*trail(claim), {"label": claim.number, "url": claim_url(claim)}],
    }
    status = 409 if form.stale else 422 if form.is_bound else 200
    return render(request, "claims/lines.html", context, status=status)


def _asks_second_gland(claim: Claim, form: Lines) -> bool:
    """Whether a second gland of the day may be billed: on this claim, or beside another one."""
    facts = facts_of(claim)
    return (
        len(facts.encounter.procedure.glands) > 1
        or bool(second_glands(facts))
        or "second_gland_reason" in str(form.errors)
    )


def _save_lines(request: SignedInRequest, claim: Claim, form: Lines, existing: list[Any]) -> bool:
    try:
        verbs.save_lines(claim, form.lines(existing), by=request.user, at=timezone.now(), seen=seen(request))
    except ValidationError as e:
        form.take(e)
    except NotPossible as e:
        form.stale = True
        form.complain(" ".join(e.reasons))
    else:
        return True
    return False


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def code(request: SignedInRequest, pk: int) -> HttpResponse:
    """Confirm one of the proposed medical codes."""
    claim = claim_or_404(pk)
    chosen = clean_text(request.POST.get("code", ""))[:5]
    try:
        verbs.choose_code(claim, chosen, by=request.user, at=timezone.now(), seen=seen(request))
    except (NotPossible, Refused) as e:
        return claim_page(request, claim_or_404(pk), refusal=("Not changed.", e.reasons), status=409)
    messages.success(request, f"{chosen} is the medical code of this claim.")
    return redirect(claim_url(claim) + "#medical-code")


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def step(request: SignedInRequest, pk: int) -> HttpResponse:
    """A step of the table: mark ready, back to draft. Holding asks for its reason first."""
    claim = claim_or_404(pk)
    name = request.POST.get("transition", "")
    if name == "hold":
        return redirect("claim_hold", pk)
    if name not in _STEPS:
        raise Http404
    verb, sentence = _STEPS[name]
    try:
        verb(claim, by=request.user, at=timezone.now())
    except (NotPossible, Refused) as e:
        status = 409 if isinstance(e, NotPossible) else 422
        return claim_page(request, claim_or_404(pk), refusal=("Not yet.", e.reasons), status=status)
    messages.success(request, sentence)
    return redirect(claim_url(claim))


_STEPS: dict[str, Any] = {
    "mark_ready": (verbs.mark_ready, "The claim is ready. Next: build its packet."),
    "back_to_draft": (verbs.back_to_draft, "The claim is a draft again."),
}


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def take_over(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let the claim tell of the version of the record that counts now."""
    claim = claim_or_404(pk)
    try:
        made = verbs.take_over(claim, by=request.user, at=timezone.now(), seen=seen(request))
    except NotPossible as e:
        return claim_page(request, claim_or_404(pk), refusal=("Not taken over.", e.reasons), status=409)
    messages.success(
        request, f"The claim tells of version {made.encounter.version} now. Check it again before it leaves."
    )
    return redirect(claim_url(claim))


@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def hold(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep a claim from leaving until somebody looks."""
    claim = claim_or_404(pk)
    form = HoldForm(request.POST or None)
    if attempt(form, lambda v: verbs.hold(claim, v["reason"], by=request.user, at=timezone.now())):
        messages.success(request, "The claim is held.")
        return redirect(claim_url(claim))
    return _form(request, claim, form, title=f"Hold {claim.number}", submit="Hold the claim")


@require_POST
@requires(Permission.CLAIM_OVERRIDE)
@refusals_become_pages
@acts_once
def reason(request: SignedInRequest, pk: int) -> HttpResponse:
    """A recorded reason for going on although a check warns."""
    claim = claim_or_404(pk)
    form = ReasonForm(request.POST)
    if attempt(form, lambda v: verbs.override(claim, v["rule"], v["reason"], by=request.user, at=timezone.now())):
        return redirect(claim_url(claim) + "#readiness")
    return claim_page(request, claim, reason=form, status=409 if form.stale else 422)


@require_POST
@requires(Permission.CLAIM_OVERRIDE)
@refusals_become_pages
@acts_once
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    claim = claim_or_404(pk)
    verbs.withdraw_override(claim, clean_text(request.POST.get("rule", "")), by=request.user, at=timezone.now())
    return redirect(claim_url(claim) + "#readiness")


def _looked(request: SignedInRequest, claim: Claim) -> None:
    if request.method == "GET":
        audit_view("claim.view", by=request.user, at=timezone.now(), subject=claim, patient=claim.encounter.patient)


def _form(request: SignedInRequest, claim: Claim, form: Any, *, title: str, **more: Any) -> HttpResponse:
    back_to = [*trail(claim), {"label": claim.number, "url": claim_url(claim)}]
    return form_page(request, form, title=title, back_url=claim_url(claim), trail=back_to, **more)
