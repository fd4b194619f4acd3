"""What patients owe: a page for a visit and one for a patient; payments, refunds, the manager's word on the bill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from claims.forms.balances import MoneyForm, WhyForm
from claims.models import Claim, PatientPayment
from claims.queries.accounts import Account, account_of, accounts_of
from claims.services import patient_money as verbs
from claims.views.common import attempt, patient_url, status_of
from claims.views.page import claim_or_404
from documentation.kernel.permissions import Permission
from documentation.models import Patient
from documentation.services import audit
from documentation.views.access import SignedInRequest, leads_on, refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import at_location


@requires(Permission.REMITTANCE_VIEW)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the patient owes of the visit that a claim is for, and why nobody is billed yet."""
    claim, user, now = claim_or_404(pk), request.user, timezone.now()
    account = _account_or_404(claim)
    audit.view("account.view", by=user, at=now, subject=claim, patient=claim.encounter.patient)
    context = {
        "claim": claim,
        "account": account,
        "may_record": user.may(Permission.PAYMENT_RECORD),
        "may_release": user.may(Permission.BILLING_RELEASE),
        "trail": [_crumb(claim)],
    }
    return at_location(request, claim.encounter, "claims/account.html", context)


@requires(Permission.REMITTANCE_VIEW)
@leads_on
@require_GET
def of_patient(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a patient owes, visit by visit."""
    patient, now = get_object_or_404(Patient, pk=pk), timezone.now()
    accounts = accounts_of(patient)
    audit.view("account.view", by=request.user, at=now, subject=patient, patient=patient)
    context = {
        "patient": patient,
        "accounts": accounts,
        "due": sum(a.due for a in accounts),
        "to_bill": sum(a.due for a in accounts if a.may_bill),
        "overpaid": sum(a.overpaid for a in accounts),
        "trail": [{"label": str(patient), "url": patient_url(patient)}],
    }
    return render(request, "claims/accounts.html", context)


@requires(Permission.PAYMENT_RECORD)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def pay(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record what the patient paid."""
    return _money(request, pk, verbs.record_payment, "Payment", "is recorded", "Record the payment")


@requires(Permission.PAYMENT_RECORD)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def refund(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record what went back to the patient."""
    return _money(request, pk, verbs.record_refund, "Refund", "is recorded as refunded", "Record the refund")


def _money(
    request: SignedInRequest, pk: int, verb: Callable[..., PatientPayment], what: str, done: str, submit: str
) -> HttpResponse:
    claim, now = claim_or_404(pk), timezone.now()
    account = _account_or_404(claim)
    is_refund = verb is verbs.record_refund
    expected = account.overpaid if is_refund else account.due
    initial = {"paid_on": claim.encounter.location.today(now), "amount": expected or None}
    form = MoneyForm(request.POST) if request.method == "POST" else MoneyForm(initial=initial)
    if form.is_bound and (row := attempt(form, lambda v: verb(claim, v, by=request.user, at=now))):
        messages.success(request, f"${row.amount:,.2f} {done}.")
        return redirect("claim_account", claim.pk)
    known = f"has overpaid this visit by ${expected:,.2f}" if is_refund else f"owes ${expected:,.2f} of this visit"
    lead = f"The patient {known}. Ductus moves no money: it keeps what was {'sent back' if is_refund else 'paid'}."
    return _told(request, claim, form, title=f"{what} for {claim}", submit=submit, lead=lead)


@requires(Permission.PAYMENT_RECORD)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a payment or refund back that was entered wrongly."""
    row = get_object_or_404(PatientPayment, pk=pk)
    claim = claim_or_404(row.claim_id)
    form = WhyForm(_posted(request), example="Such as: typed twice, wrong amount, another patient's payment.")
    if attempt(form, lambda v: verbs.undo(row, v["reason"], by=request.user, at=timezone.now())):
        messages.success(request, f"The {row.kind} of ${row.amount:,.2f} is taken back.")
        return redirect("claim_account", claim.pk)
    lead = f"The {row.kind} of ${row.amount:,.2f} counts no more. It stays readable, with the reason."
    return _told(request, claim, form, title=f"Take back a {row.kind}", submit="Take it back", lead=lead)


@requires(Permission.BILLING_RELEASE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def release(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let the patient be billed although something is open."""
    claim = claim_or_404(pk)
    account = _account_or_404(claim)
    form = WhyForm(_posted(request), example="Such as: the patient asked to pay now; the appeal is about another part.")
    if attempt(form, lambda v: verbs.release(claim, v["reason"], by=request.user, at=timezone.now())):
        messages.success(request, "The patient may be billed. What is opened from now on holds the bill again.")
        return redirect("claim_account", claim.pk)
    open_ = " ".join(hold.why for hold in account.standing_holds)
    lead = f"{open_} What is decided later may change what the patient owes, and money may have to go back."
    return _told(request, claim, form, title="Bill the patient now", submit="Release the bill", lead=lead)


@requires(Permission.BILLING_RELEASE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def hold(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take such a release back."""
    claim = claim_or_404(pk)
    form = WhyForm(_posted(request), example="Such as: released by mistake; the appeal may change everything.")
    if attempt(form, lambda v: verbs.hold_again(claim, v["reason"], by=request.user, at=timezone.now())):
        messages.success(request, "The patient is billed only when everything is decided.")
        return redirect("claim_account", claim.pk)
    lead = "The patient is billed only when nothing is open any more."
    return _told(request, claim, form, title="Hold the bill again", submit="Hold the bill", lead=lead)


def _posted(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _account_or_404(claim: Claim) -> Account:
    account = account_of(claim)
    if account is None:
        raise Http404
    return account


def _crumb(claim: Claim) -> dict[str, str]:
    return {"label": claim.number, "url": reverse("claim_page", args=[claim.pk])}


def _told(request: SignedInRequest, claim: Claim, form: Any, **shown: Any) -> HttpResponse:
    here = reverse("claim_account", args=[claim.pk])
    trail = [_crumb(claim), {"label": "Patient's balance", "url": here}]
    context = {"form": form, "back_url": here, "trail": trail, **shown}
    return render(request, "claims/told.html", context, status=status_of(form))
