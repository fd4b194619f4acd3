"""The page of a denial, and what is decided there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims.clocks.paths import PEER_TO_PEER_DAYS
from claims.codes.ways_out import WAY_LABELS, Way
from claims.forms.deciding import DecideForm, NextForm
from claims.models import Decision, Denial
from claims.queries import denials as questions
from claims.queries.agenda import leaving_of
from claims.queries.appeal_rules import with_name
from claims.queries.balances import given_up
from claims.queries.code_book import book_of_denial, said_by
from claims.queries.deadlines import case_of
from claims.queries.ways import advice_on, meaning_of, other_plan_of, still_denied
from claims.services import deciding, denials
from claims.views.common import attempt, status_of
from claims.workflow import DENIAL, DenialStatus
from documentation.kernel.dates import add_days
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import at_location


@requires(Permission.APPEAL_VIEW)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was refused and why, word for word and in plain words; what can be done; what was done."""
    return _page(request, found_or_404(questions.with_everything(), pk))


@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def plan_next(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down the next step and its day."""
    denial: Denial = found_or_404(questions.with_everything(), pk)
    form = NextForm(request.POST)

    def verb(v: dict[str, Any]) -> bool:
        denials.plan_next(denial, v["next_action"], v["next_on"], by=request.user, at=timezone.now())
        return True

    if attempt(form, verb):
        messages.success(request, "The next step is written down.")
        return redirect(url_of(denial))
    return _page(request, denial, next_form=form)


@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def decide(request: SignedInRequest, pk: int, way: str) -> HttpResponse:
    """One way out of a denial: what it does, what speaks for it, and the reason that is asked for."""
    denial: Denial = found_or_404(questions.with_everything(), pk)
    if way not in WAY_LABELS:
        raise Http404
    now = timezone.now()
    form = DecideForm(request.POST if request.method == "POST" else None)
    decision = attempt(form, lambda v: deciding.decide(denial, way, v["reason"], by=request.user, at=now))
    if decision:
        said, url = _then(decision)
        messages.success(request, said)
        return redirect(url)
    if request.method == "GET":
        _looked(request, denial)
    denial = found_or_404(questions.with_everything(), pk)
    is_open = denial.status != DenialStatus.RESOLVED
    advice = next(a for a in advice_on(denial, _today(denial)) if a.way == way) if is_open else None
    context = {
        "denial": denial,
        "advice": advice,
        "amount": still_denied(denial),
        "form": form,
        "back_url": url_of(denial),
        "trail": _trail(denial),
    }
    return render(request, "claims/denial_decide.html", context, status=status_of(form))


def _then(decision: Decision) -> tuple[str, str]:
    """What to say after a decision, and the page where the work goes on."""
    denial, made, asked = decision.denial, decision.made_claim, decision.write_off
    way = Way(decision.way)
    if way is Way.APPEAL and decision.appeal:
        return (
            f"Appeal {decision.appeal.level} is started with a letter from the signed record. Read it through.",
            reverse("appeal_page", args=[decision.appeal.pk]),
        )
    if made:
        said = {
            Way.CORRECTED: f"{made} takes the place of {denial.claim}. Correct it, then send it.",
            Way.NEW_CLAIM: f"{made} is the new claim. Mend what could not be processed, then send it.",
        }.get(way, f"{made} is the claim to the other plan. Look it through, then send it.")
        return said, reverse("claim_page", args=[made.pk])
    if way is Way.DOCUMENTS:
        page = reverse("claim_page", args=[denial.claim_id])
        return "Put what the payer misses on the shelf, then build the supplement from it.", f"{page}#evidence"
    if asked:
        said = (
            f"Above the limit of ${asked.limit:,.2f} a second person decides. The request waits for one."
            if asked.limit is not None
            else "The amount is written off. It still counts as denied in the figures, once."
        )
        return said, url_of(denial)
    return "The denial is resolved, and its amount is left to the patient. No bill leaves by itself.", url_of(denial)


def _page(request: SignedInRequest, denial: Denial, *, next_form: NextForm | None = None) -> HttpResponse:
    if request.method == "GET":
        _looked(request, denial)
    today = _today(denial)
    is_open = denial.status != DenialStatus.RESOLVED
    case = case_of(denial, today)
    clock = leaving_of(denial, today) if is_open and case.due else None
    found = meaning_of(denial)
    book = book_of_denial(denial)
    form = next_form or NextForm(initial={"next_action": denial.next_action, "next_on": denial.next_on})
    codes = said_by(denial, book)
    ways = advice_on(denial, today) if is_open else ()
    context = {
        "denial": denial,
        "claim": denial.claim,
        "today": today,
        "label": DENIAL.label(denial.status),
        "tone": DENIAL.tone(denial.status),
        "is_open": is_open,
        "words": book.label_of(denial.group, denial.carc) or "denied with a code that is not in our list",
        "codes": codes,
        "lines": sorted({c["line"] for c in codes if c["cents"] is not None}),
        "notes": found.notes,
        "source": questions.source_of(denial),
        "case": case,
        "clock": clock,
        "peer_until": add_days(denial.denied_on, PEER_TO_PEER_DAYS),
        "counted": with_name(clock.due.counted) if clock and clock.due.counted else None,
        "is_late": bool(case.due and case.due.day < today),
        "left": still_denied(denial),
        "was_changed": denial.cause != denial.machine_cause,
        "ways": ways,
        "closed": [a for a in ways if not a.is_possible],
        "step": ways[0].label if ways and ways[0].rank and not case.appeal else case.step,
        "other_plan": found.other_plan,
        "plan": other_plan_of(denial, found.other_plan) if found.other_plan in ("medical", "dental") else None,
        "decisions": list(reversed(denial.decisions.all())),
        "given_up": given_up(denial.claim),
        "next_form": form,
        "may_edit": request.user.may(Permission.APPEAL_EDIT),
        "may_see_check": request.user.may(Permission.REMITTANCE_VIEW),
        "history": questions.history(denial),
        "trail": _trail(denial)[:1],
    }
    return at_location(request, denial.claim.encounter, "claims/denial.html", context, status=status_of(form))


def _today(denial: Denial) -> Any:
    return denial.claim.encounter.location.today(timezone.now())


def _looked(request: SignedInRequest, denial: Denial) -> None:
    patient = denial.claim.encounter.patient
    audit.view("denial.view", by=request.user, at=timezone.now(), subject=denial.claim, patient=patient)


def url_of(denial: Denial) -> str:
    return reverse("denial_page", args=[denial.pk])


def _trail(denial: Denial) -> list[dict[str, str]]:
    page = reverse("claim_page", args=[denial.claim_id])
    return [{"label": denial.claim.number, "url": f"{page}#denials"}, {"label": "Denial", "url": url_of(denial)}]
