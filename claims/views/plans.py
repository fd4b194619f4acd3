"""The plans of a visit side by side, what decides their order, and what must stay private."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from claims.forms.plans import CoverageTermsForm, LiftForm, OrderOfPlans, PayerTermsForm, RestrictionForm
from claims.models import Claim, Coverage, CoverageTerms, Payer, PayerTerms, SelfPayRestriction
from claims.queries.plans import Order, name_of, order_of, restriction_of, sent_otherwise, terms_of
from claims.queries.side_by_side import side_by_side
from claims.rules.order import told
from claims.services import plans as verbs
from claims.views.common import attempt, back, encounter_url, form_page, patient_url, seen, status_of
from documentation.kernel.permissions import Permission
from documentation.models import Encounter
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import at_location


@requires(Permission.COVERAGE_VIEW)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """For each plan its forms, codes, documents, clocks and likely share; the suggested order with its reason."""
    encounter = _encounter(pk)
    audit_view(
        "coverage.view", by=request.user, at=timezone.now(), subject=encounter.patient, patient=encounter.patient
    )
    return _page(request, encounter)


@require_POST
@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """A person confirms which plan pays first."""
    encounter = _encounter(pk)
    order = order_of(encounter.patient, encounter.service_date)
    form = _order_form(order, request.POST)

    def verb(values: dict[str, Any]) -> verbs.Confirmed:
        first = int(values["first"])
        others = [p.pk for p in order.suggested if p.pk != first]
        return verbs.confirm_order(
            encounter.patient,
            [first, *others],
            reason=values["reason"],
            seen=request.POST.get("facts", ""),
            day=encounter.service_date,
            by=request.user,
            at=timezone.now(),
        )

    if confirmed := attempt(form, verb):
        messages.success(request, "The order of the plans is confirmed." + _moved(confirmed.moved))
        return redirect(_url(encounter))
    return _page(request, encounter, form)


def _moved(claims: Sequence[Claim]) -> str:
    """What became of claims that had not left, to follow the sentence before."""
    if not claims:
        return ""
    named = ", ".join(claim.number for claim in claims)
    is_one = len(claims) == 1
    return (
        f" Claim{'' if is_one else 's'} {named} {'takes its' if is_one else 'take their'} new"
        f" place{'' if is_one else 's'} in it. Check {'it' if is_one else 'them'} again before"
        f" {'it leaves' if is_one else 'they leave'}."
    )


def _page(request: SignedInRequest, encounter: Encounter, form: OrderOfPlans | None = None) -> HttpResponse:
    order = order_of(encounter.patient, encounter.service_date)
    now = timezone.now()
    context = {
        "encounter": encounter,
        "patient": encounter.patient,
        "order": order,
        "names": [name_of(p) for p in order.suggested],
        "reasons": [told(d) for d in order.decisions],
        "is_decided": all(d.rule for d in order.decisions),
        "table": side_by_side(encounter, order, today=encounter.location.today(now)),
        "form": form or _order_form(order, None),
        "may_edit": request.user.may(Permission.COVERAGE_EDIT),
        "sent_otherwise": sent_otherwise(encounter.patient),
        "restriction": restriction_of(encounter),
        "trail": [_crumb(encounter)],
        "here": request.path,
    }
    return at_location(request, encounter, "claims/plans.html", context, status=status_of(form) if form else 200)


def _order_form(order: Order, data: Any) -> OrderOfPlans:
    named = [(p.pk, name_of(p)) for p in order.suggested]
    shown = order.plans if order.is_confirmed or order.agrees else order.suggested
    initial = {"first": shown[0].pk if shown else None}
    return OrderOfPlans(named, data, initial=initial)


@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def terms(request: SignedInRequest, pk: int) -> HttpResponse:
    """What decides the place of one plan among several."""
    coverage: Coverage = found_or_404(Coverage.objects.select_related("payer", "patient", "terms"), pk)
    patient, now = coverage.patient, timezone.now()
    row = terms_of(coverage)
    form = CoverageTermsForm(request.POST or None, instance=row)
    leave = back(request, patient_url(patient) + "#coverage")
    today = timezone.localdate(now)
    if attempt(
        form,
        lambda values: verbs.save_terms(coverage, values, today=today, by=request.user, at=now, seen=seen(request)),
    ):
        messages.success(request, "It is saved. The order of the plans is suggested anew from it.")
        return redirect(leave)
    if request.method == "GET":
        audit_view("coverage.view", by=request.user, at=now, subject=patient, patient=patient)
    known = CoverageTerms.objects.filter(coverage=coverage).first()
    return form_page(
        request,
        form,
        title=f"How {coverage.payer.name} goes together with other plans",
        lead="What nobody asked yet stays “not known”. It then decides nothing.",
        row=known,
        back_url=leave,
        trail=[{"label": patient.number, "url": patient_url(patient)}],
    )


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@acts_once
def payer_terms(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was agreed with a payer, and how it goes together with other plans; the versions before stay."""
    payer: Payer = found_or_404(Payer.objects.all(), pk)
    current = payer.terms.first()
    form = PayerTermsForm(request.POST or None, instance=current or PayerTerms(payer=payer))
    here = reverse("payer_page", args=[payer.pk])
    leave = back(request, here)
    if attempt(
        form,
        lambda values: verbs.record_payer_terms(payer, values, by=request.user, at=timezone.now(), seen=seen(request)),
    ):
        messages.success(request, "It is saved; earlier versions are kept.")
        return redirect(leave)
    return form_page(
        request,
        form,
        title=f"Agreed with {payer.name}",
        lead="The patient's estimate and the order of plans rest on this.",
        row=current,
        back_url=leave,
        trail=[{"label": "Payers & policies", "url": reverse("payer_list")}, {"label": payer.name, "url": here}],
    )


@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def restrict(request: SignedInRequest, pk: int) -> HttpResponse:
    """The patient pays in full and wants no plan to be told."""
    encounter = _encounter(pk)
    now = timezone.now()
    today: date = encounter.location.today(now)
    form = RestrictionForm(request.POST or None, initial={"asked_on": today})
    if attempt(form, lambda values: verbs.restrict(encounter, values, by=request.user, at=now)):
        messages.success(request, "It is kept. No claim of this visit can leave while it stands.")
        return redirect(_url(encounter) + "#restriction")
    return form_page(
        request,
        form,
        title="The patient pays and wants no plan to be told",
        lead="Who pays a visit in full may ask that no health plan is told of it. From then on no claim of the visit"
        " can be started, made ready or sent.",
        submit="Keep it private",
        back_url=_url(encounter),
        trail=[_crumb(encounter)],
    )


@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def lift(request: SignedInRequest, pk: int) -> HttpResponse:
    """The patient took the wish back."""
    row: SelfPayRestriction = found_or_404(
        SelfPayRestriction.objects.select_related("encounter__patient", "encounter__location"), pk
    )
    form = LiftForm(request.POST if request.method == "POST" else None)
    leave = _url(row.encounter)
    if attempt(form, lambda values: verbs.lift(row, values["reason"], by=request.user, at=timezone.now())):
        messages.success(request, "The restriction is lifted. Claims that were held stay held until somebody looks.")
        return redirect(leave)
    return form_page(
        request,
        form,
        title="Plans may be told after all",
        lead="Only the patient can take it back. What was written down before stays readable.",
        submit="Lift the restriction",
        back_url=leave,
        trail=[_crumb(row.encounter)],
    )


def _encounter(pk: int) -> Encounter:
    row: Encounter = found_or_404(Encounter.objects.select_related("patient", "location", "clinician"), pk)
    return row


def _url(encounter: Encounter) -> str:
    return reverse("visit_plans", args=[encounter.pk])


def _crumb(encounter: Encounter) -> dict[str, str]:
    return {"label": encounter.number, "url": encounter_url(encounter)}
