"""Channels: what is known of each, and whether a claim's packet fits one, before it is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.channels import Profile
from claims.channels.profile import BY_KEY, LimitFact
from claims.channels.seen import NOTE_ONLY, ON_PAPER
from claims.forms.channels import LimitForm
from claims.models import ChannelLimit
from claims.queries import channels as known
from claims.queries.appeals import with_everything
from claims.queries.claims import facts_of
from claims.queries.payers import keys_of_appeal, known_of
from claims.queries.proofs import proofs_of
from claims.services.channels import record_limit
from claims.services.fitting import fit_appeal, fit_claim
from claims.services.letters import letter_of
from claims.views.common import attempt, back, claim_url, form_page, seen
from claims.views.page import claim_or_404, trail
from claims.workflow import AppealStatus, Closing, Preparation, Transport
from documentation.kernel.machine import Refused
from documentation.kernel.permissions import Permission
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import at_location, practice_today

PAYERS = {"label": "Payers & policies", "url": "/payers/"}
TRAIL = {"label": "Channels", "url": "/channels/"}


@requires(Permission.PAYER_VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """All channels with their most used limits."""
    today = practice_today(timezone.now())
    rows = []
    for profile in known.profiles():
        entries = {e.limit.key: e for e in known.entries(profile, today)}
        stale = sum(1 for e in entries.values() if e.why_stale)
        rows.append({"profile": profile, "entries": entries, "n_stale": stale})
    return render(request, "claims/channels.html", {"rows": rows, "trail": [PAYERS]})


@requires(Permission.PAYER_VIEW)
def show(request: HttpRequest, channel: str) -> HttpResponse:
    """One channel: each limit with its source and day, and how it came to be known."""
    profile = _profile(channel)
    entries = known.entries(profile, practice_today(timezone.now()))
    context = {
        "profile": profile,
        "entries": entries,
        "stale": [e for e in entries if e.why_stale],
        "history": known.history(channel),
        "trail": [PAYERS, TRAIL],
    }
    return render(request, "claims/channel.html", context)


@dataclass(frozen=True)
class _Shown:
    """The newest row that a form shows, as what the next save must have seen."""

    revision: int


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@acts_once
def limit(request: SignedInRequest, channel: str, limit: str) -> HttpResponse:
    """Write down one limit; what was known before stays."""
    profile = _profile(channel)
    if limit not in BY_KEY:
        raise Http404
    now, asked = timezone.now(), BY_KEY[limit]
    form = LimitForm(
        request.POST or None, instance=ChannelLimit(), limit=limit, known=profile.fact(limit), today=practice_today(now)
    )
    here = {"label": profile.name, "url": reverse("channel_page", args=[channel])}
    leave = back(request, here["url"])
    if attempt(form, lambda v: record_limit(channel, limit, v, by=request.user, at=now, seen=seen(request))):
        messages.success(request, f"“{asked.label}” is saved; what was known before is kept.")
        return redirect(leave)
    fact: LimitFact | None = _profile(channel).fact(limit)
    return form_page(
        request, form, title=f"{asked.label}: {profile.name}", lead=asked.used, back_url=leave,
        row=_Shown(fact.pk if fact else 0), differences=form.changes(fact) if form.stale else [],
        trail=[PAYERS, TRAIL, here],
    )  # fmt: skip


def _profile(channel: str) -> Profile:
    found = known.profile(channel)
    if found is None:
        raise Http404
    return found


@require_GET
@requires(Permission.PACKET_BUILD)
def fit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Choose a channel, and see whether the packet fits it: nothing is sealed here."""
    claim = claim_or_404(pk)
    now = timezone.now()
    audit_view("claim.view", by=request.user, at=now, subject=claim, patient=claim.encounter.patient, page="fit")
    today = claim.encounter.location.today(now)
    channels = known.profiles()
    chosen = next((c for c in channels if c.key == request.GET.get("channel")), None)
    was_asked = request.GET.get("asked") == "1"
    takes = known_of(claim.coverage.payer, claim.coverage.plan_name, ("channels", "attachments"), today)
    ways = facts_of(claim, today=today).policy.channels
    context: dict[str, Any] = {
        "claim": claim,
        "what": "packet",
        "channels": [{"profile": c, "is_known": c.way in ways} for c in channels],
        "chosen": chosen,
        "was_asked": was_asked,
        "takes": takes,
        "is_paper": chosen is not None and chosen.key in ON_PAPER,
        "may_seal": claim.preparation == Preparation.READY
        and claim.closing == Closing.OPEN
        and claim.transport in (Transport.NONE, Transport.REJECTED),
        "build_url": reverse("packet_build", args=[claim.pk]),
        "trail": [*trail(claim), {"label": claim.number, "url": claim_url(claim)}],
    }
    if chosen:
        try:
            context["fitted"] = fit_claim(claim, chosen, was_asked=was_asked, at=now)
        except Refused as e:
            context["refusal"] = e.reasons
    return at_location(request, claim.encounter, "claims/packet_fit.html", context)


@require_GET
@requires(Permission.APPEAL_EDIT)
def fit_letter(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same of an appeal, as its letter stands now."""
    appeal = found_or_404(with_everything(), pk)
    claim, now = appeal.claim, timezone.now()
    audit_view("appeal.view", by=request.user, at=now, subject=appeal, patient=claim.encounter.patient, page="fit")
    today = claim.encounter.location.today(now)
    channels = [c for c in known.profiles() if c.key not in NOTE_ONLY]
    chosen = next((c for c in channels if c.key == request.GET.get("channel")), None)
    ways = facts_of(claim, today=today).policy.channels
    here = reverse("appeal_page", args=[pk])
    letter = letter_of(appeal, today=today)
    context: dict[str, Any] = {
        "claim": claim,
        "what": "appeal",
        "channels": [{"profile": c, "is_known": c.way in ways} for c in channels],
        "chosen": chosen,
        "takes": known_of(claim.coverage.payer, claim.coverage.plan_name, keys_of_appeal(appeal.stage), today),
        "is_paper": chosen is not None and chosen.key in ON_PAPER,
        "may_seal": appeal.status == AppealStatus.DRAFT and not letter.gaps,
        "needs_reason": proofs_of(appeal, letter, today=today).needs_reason,
        "build_url": reverse("appeal_step", args=[pk]),
        "trail": [{"label": "Appeals", "url": reverse("appeal_list")}, {"label": f"{claim.number}", "url": here}],
    }
    if chosen:
        try:
            context["fitted"] = fit_appeal(appeal, chosen, at=now)
        except Refused as e:
            context["refusal"] = e.reasons
    return at_location(request, claim.encounter, "claims/packet_fit.html", context)
