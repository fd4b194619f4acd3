"""What the patient is told to expect: counted with its receipts, put on a page, signed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from claims.forms.plans import SignatureForm
from claims.models import Estimate, EstimateSignature
from claims.queries.claims import estimates_of
from claims.queries.shares import outlook_of
from claims.services import estimates as verbs
from claims.shares.good_faith import SOURCE, due
from claims.shares.page import path_of
from claims.views.common import attempt, encounter_url, status_of
from documentation.kernel.business_days import federal_holidays
from documentation.kernel.permissions import Permission
from documentation.models import Encounter
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.files import serve
from documentation.views.once import acts_once
from documentation.views.work import at_location


@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def prepare(request: SignedInRequest, pk: int) -> HttpResponse:
    """The share as it is counted now, each number with its receipt; a button puts it on a page."""
    encounter: Encounter = found_or_404(Encounter.objects.select_related("patient", "location", "clinician"), pk)
    now = timezone.now()
    if request.method == "POST":
        made = verbs.make_estimate(
            encounter, without_plan=request.POST.get("kind") == "good_faith", by=request.user, at=now
        )
        messages.success(request, "The page is made. Next: go through it with the patient, and have it signed.")
        return redirect("estimate_page", made.pk)
    audit_view("estimate.view", by=request.user, at=now, subject=encounter, patient=encounter.patient)
    planned_on, day = encounter.location.today(encounter.created_at), encounter.service_date
    context = {
        "encounter": encounter,
        "patient": encounter.patient,
        "outlook": outlook_of(encounter),
        "good_faith_due": due(planned_on, day, federal_holidays(planned_on.year, day.year)),
        "good_faith_source": SOURCE,
        "trail": [_crumb(encounter)],
        "fees_url": reverse("payer_list") if request.user.may(Permission.PAYER_VIEW) else "",
    }
    return at_location(request, encounter, "claims/estimate_prepare.html", context)


@requires(Permission.COVERAGE_VIEW)
@require_safe
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """The estimate as the patient reads it, with the signature or the place for it."""
    estimate = _estimate(pk)
    encounter = estimate.encounter
    audit_view("estimate.view", by=request.user, at=timezone.now(), subject=encounter, patient=encounter.patient)
    return _page(request, estimate)


@require_POST
@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def sign(request: SignedInRequest, pk: int) -> HttpResponse:
    """The patient signs, before the person who is logged in."""
    estimate = _estimate(pk)
    form = SignatureForm(request.POST)
    if attempt(form, lambda values: verbs.sign_estimate(estimate, **values, by=request.user, at=timezone.now())):
        messages.success(request, "Signed. The page is kept with the visit and changes no more.")
        return redirect("estimate_page", estimate.pk)
    return _page(request, estimate, form)


@requires(Permission.COVERAGE_VIEW)
@require_safe
def pdf(request: HttpRequest, pk: int) -> Any:
    """The page as it was given, or as it was signed."""
    estimate = _estimate(pk)
    signature = _signature(estimate)
    document = signature.document if signature else estimate.document
    if document is None:
        raise Http404
    return serve(
        request,
        document,
        permission=Permission.COVERAGE_VIEW,
        name=f"estimate-{estimate.encounter.number}-{estimate.pk}.pdf",
        action="estimate.print",
        subject=estimate.encounter,
        patient=estimate.encounter.patient,
    )


def _page(request: SignedInRequest, estimate: Estimate, form: SignatureForm | None = None) -> HttpResponse:
    encounter, signature = estimate.encounter, _signature(estimate)
    newest = estimates_of(encounter).first()
    is_current = newest == estimate
    may_sign = bool(
        is_current and not signature and estimate.basis.get("page") and request.user.may(Permission.COVERAGE_EDIT)
    )
    context = {
        "estimate": estimate,
        "encounter": encounter,
        "patient": encounter.patient,
        "words": estimate.basis.get("page"),
        "signature": signature,
        "drawing": path_of(signature.strokes) if signature else "",
        "is_current": is_current,
        "newest": newest,
        "form": (form or SignatureForm(initial={"name": ""})) if may_sign else None,
        "trail": [_crumb(encounter)],
    }
    return at_location(request, encounter, "claims/estimate.html", context, status=status_of(form) if form else 200)


def _signature(estimate: Estimate) -> EstimateSignature | None:
    return EstimateSignature.objects.filter(estimate=estimate).select_related("witnessed_by", "document").first()


def _estimate(pk: int) -> Estimate:
    row: Estimate = found_or_404(
        Estimate.objects.select_related("encounter__patient", "encounter__location", "document"), pk
    )
    return row


def _crumb(encounter: Encounter) -> dict[str, str]:
    return {"label": encounter.number, "url": f"{encounter_url(encounter)}#estimate"}
