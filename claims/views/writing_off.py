"""Write-offs: asked for on a claim, decided by a second person above the limit, and the list of all of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims.forms.deciding import SecondForm
from claims.forms.denials import WriteOffForm
from claims.models import WriteOff
from claims.queries.accounts import account_of, against_giving_up
from claims.queries.balances import contract_of, settled
from claims.queries.write_offs import STATES, Offer, listed, offer_of, state_counts
from claims.services import writing_off as verbs
from claims.views.common import attempt, page_of, status_of
from claims.views.page import claim_or_404
from claims.workflow import WRITE_OFF, WriteOffStatus
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import at_location, at_practice

SHOWN = 50
TRAIL = {"label": "Write-offs", "url": "/write-offs/"}


@requires(Permission.REMITTANCE_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """What waits for a second person first; then what was given up by choice. Contracts are not among it."""
    state = request.GET.get("state", "waiting")
    state = state if state in STATES else "waiting"
    counts = state_counts()
    page = page_of(listed(state), SHOWN, counts[state], request.GET.get("page"))
    rows = [_shown(w) for w in page]
    audit.view("write_off.list", by=request.user, at=timezone.now(), count=len(rows))
    context = {
        "rows": rows,
        "state": state,
        "limit": Decimal(settings.WRITE_OFF_LIMIT),
        "chips": [
            {"label": label, "url": f"?state={key}", "current": state == key, "count": counts[key]}
            for key, (label, _) in STATES.items()
        ],
        "page": _pager(page, state) if page.has_other_pages() else None,
        "may_approve": request.user.may(Permission.WRITE_OFF_APPROVE),
    }
    return at_practice(request, "claims/write_offs.html", context)


def _pager(page: Any, state: str) -> dict[str, str]:
    def url(number: int) -> str:
        return f"?state={state}&page={number}"

    return {
        "shown": f"{page.start_index()}–{page.end_index()} of {page.paginator.count:,}",
        "previous": url(page.previous_page_number()) if page.has_previous() else "",
        "next": url(page.next_page_number()) if page.has_next() else "",
    }


def _shown(row: WriteOff) -> dict[str, Any]:
    return {"row": row, "label": WRITE_OFF.label(row.status), "tone": WRITE_OFF.tone(row.status)}


@requires(Permission.REMITTANCE_POST)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give up what is left of an answered claim, or what its payer never answers, with a reason."""
    claim = claim_or_404(pk)
    account = account_of(claim)
    if against := against_giving_up(claim, account):
        raise NotPossible(" ".join(against))
    offer = offer_of(claim, account)
    if offer.is_unanswered and request.method == "GET":
        verbs.require_silence(claim, settled(claim))
    form = _form(request, offer)

    def verb(v: dict[str, Any]) -> WriteOff:
        more = {"with_share": v.get("with_share", False), "unanswered": offer.is_unanswered}
        seen = request.POST.get("shown", "")
        return verbs.request(claim, v["reason"], **more, seen=seen, by=request.user, at=timezone.now())

    made = attempt(form, verb)
    if made:
        said = (
            f"${made.amount:,.2f} of {claim} is above the limit. The request waits for a second person."
            if made.limit is not None
            else f"${made.amount:,.2f} of {claim} is written off."
        )
        messages.success(request, said)
        return redirect("claim_page", claim.pk)
    # Where it is refused, the page tells what is so now, and is sent again with that.
    if form.is_bound:
        offer = offer_of(claim_or_404(pk))
        form.data = {**form.data, "shown": str(offer)}
    here = reverse("claim_page", args=[claim.pk])
    limit, contract = Decimal(settings.WRITE_OFF_LIMIT), contract_of(claim)
    amount, is_unanswered, owed = offer.amount, offer.is_unanswered, _dollars(offer.due)
    second = f" Above ${limit:,.2f} a second person decides." if amount > limit else ""
    kept = f" What the patient owes, {owed}, stays due unless you say otherwise." if owed else ""
    silent = f"{claim.coverage.payer.name} has not decided on all of this claim. " if is_unanswered else ""
    later = " Should it answer after all, the claim opens again and nothing is given up." if is_unanswered else ""
    denied = _dollars(offer.denied)
    refused = f" {denied} of it was denied: a denial that is open ends with it." if denied else ""
    agreed = f" The ${contract:,.2f} that the contract takes off is not part of it." if contract else ""
    context = {
        "form": form,
        "title": f"Write off the rest of {claim}",
        "submit": "Ask for the write-off" if amount > limit else "Write off",
        "lead": f"{silent}${amount:,.2f} is given up{'' if is_unanswered else ' for good'}. Nobody is billed for it."
        f"{refused}{later}{kept}{agreed}{second}"
        " The reason stays with the claim.",
        "back_url": here,
        "trail": [{"label": claim.number, "url": here}],
    }
    return render(request, "claims/told.html", context, status=status_of(form))


def _form(request: SignedInRequest, offer: Offer) -> WriteOffForm:
    data = request.POST.dict() if request.method == "POST" else None
    return WriteOffForm(data, shown=str(offer), due=_dollars(offer.due), is_unanswered=offer.is_unanswered)


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}" if amount else ""


@requires(Permission.REMITTANCE_VIEW)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """One write-off: what it gives up, who asked and why; the second person answers here."""
    row: WriteOff = found_or_404(_rows(), pk)
    now = timezone.now()
    form = SecondForm(request.POST if request.method == "POST" else None)

    def verb(v: dict[str, Any]) -> WriteOff:
        act = verbs.approve if v["answer"] == "approve" else verbs.refuse
        return act(row, v["reason"], by=request.user, at=now)

    if request.method == "POST" and (done := attempt(form, verb)):
        messages.success(
            request,
            f"${done.amount:,.2f} of {done.claim} is written off."
            if done.status == WriteOffStatus.APPROVED
            else f"The write-off of {done.claim} is refused. The claim stays as it was.",
        )
        return redirect(reverse("write_off_list"))
    patient = row.claim.encounter.patient
    audit.view("write_off.view", by=request.user, at=now, subject=row.claim, patient=patient)
    row = found_or_404(_rows(), pk)
    waits = row.status == WriteOffStatus.REQUESTED
    is_own = row.requested_by_id == request.user.pk
    context = {
        **_shown(row),
        "claim": row.claim,
        "form": form if waits and request.user.may(Permission.WRITE_OFF_APPROVE) and not is_own else None,
        "waits": waits,
        "is_own": is_own,
        "contract": contract_of(row.claim),
        "may_withdraw": waits and request.user.may(Permission.REMITTANCE_POST),
        "trail": [TRAIL],
    }
    return at_location(request, row.claim.encounter, "claims/write_off.html", context, status=status_of(form))


@requires(Permission.REMITTANCE_POST)
@refusals_become_pages
@require_POST
@acts_once
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a request back."""
    row: WriteOff = found_or_404(_rows(), pk)
    verbs.withdraw(row, by=request.user, at=timezone.now())
    messages.success(request, f"The request to write off {row.claim} is withdrawn.")
    return redirect("write_off_page", row.pk)


def _rows() -> Any:
    return WriteOff.objects.select_related(
        "claim__encounter__patient",
        "claim__encounter__location",
        "claim__coverage__payer",
        "denial",
        "requested_by",
        "decided_by",
    )
