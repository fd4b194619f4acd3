"""Asking a plan beforehand what it would pay, and what it answered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from claims.forms.predeterminations import AskingForm
from claims.models import Predetermination
from claims.queries.predeterminations import plans_to_ask, usual_line
from claims.services.predeterminations import ask as ask_payer
from claims.views.common import attempt, back, encounter_url, form_page
from claims.views.coverage import looked
from documentation.kernel.machine import NotPossible
from documentation.kernel.money import from_cents
from documentation.kernel.permissions import Permission
from documentation.models import Encounter
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.files import serve
from documentation.views.once import acts_once
from documentation.views.work import at_location

LEAD = (
    "The question goes to the plan as an electronic file without a day of service. The answer is an estimate: it"
    " binds nobody and is no permission. Its number goes on the later claim by itself."
)


@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    """Which plan is asked, and for what; the button writes the file."""
    encounter: Encounter = found_or_404(Encounter.objects.select_related("patient", "location"), pk)
    if not plans_to_ask(encounter).exists():
        raise NotPossible("The patient has no dental plan that could be asked. Add it on the patient's page first.")
    usual = usual_line(encounter)
    form = AskingForm(request.POST or None, encounter, initial={"code1": usual["code"], "fee1": usual["fee"]})
    leave = back(request, encounter_url(encounter) + "#beforehand")
    made = attempt(
        form, lambda values: ask_payer(encounter, values["plan"], values["lines"], by=request.user, at=timezone.now())
    )
    if made:
        messages.success(request, "The file is written. Next: hand it to the clearinghouse or the payer.")
        return redirect("predetermination_page", made.pk)
    looked(request, "predetermination.view", encounter.patient)
    return form_page(
        request,
        form,
        title="Ask the payer beforehand",
        lead=LEAD,
        submit="Write the file",
        back_url=leave,
        trail=[_crumb(encounter)],
    )


@requires(Permission.COVERAGE_VIEW)
@require_safe
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was asked, and what the payer says that it would pay."""
    row = _row(pk)
    encounter = row.encounter
    looked(request, "predetermination.view", encounter.patient)
    context: dict[str, Any] = {
        "row": row,
        "asked": row.authorization,
        "encounter": encounter,
        "patient": encounter.patient,
        "lines": [{**line, "fee": from_cents(line["cents"])} for line in row.lines],
        "total": from_cents(sum(line["cents"] for line in row.lines)),
        "may_take": request.user.may(Permission.CLAIM_SUBMIT),
        "may_edit": request.user.may(Permission.COVERAGE_EDIT),
        "trail": [_crumb(encounter)],
    }
    return at_location(request, encounter, "claims/predetermination.html", context)


@requires(Permission.CLAIM_SUBMIT)
@require_safe
def file(request: SignedInRequest, pk: int) -> HttpResponse:
    """The file, exactly as it was written."""
    row = _row(pk)
    if row.transmission is None:
        raise Http404
    answer: HttpResponse = serve(
        request,
        row.transmission.file,
        permission=Permission.CLAIM_SUBMIT,
        name=f"{row.number}.837",
        action="predetermination.file",
        subject=row.encounter,
        patient=row.encounter.patient,
        download=True,
    )
    return answer


def _row(pk: int) -> Predetermination:
    related = "encounter__patient", "encounter__location", "coverage__payer", "authorization", "transmission__file"
    row: Predetermination = found_or_404(
        Predetermination.objects.select_related(*related, "answer__remittance", "asked_by"), pk
    )
    return row


def _crumb(encounter: Encounter) -> dict[str, str]:
    return {"label": encounter.number, "url": f"{encounter_url(encounter)}#beforehand"}
