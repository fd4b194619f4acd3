"""Verifying coverage: the planned visits that wait for it, the answers, and the electronic question and answer."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_safe

from claims.edi import eligibility_270, eligibility_271
from claims.forms.coverage import AnswerForm, EligibilityForm
from claims.models import Coverage, Payer
from claims.queries import eligibility as known
from claims.queries.plans import restriction_of
from claims.services.coverage import record_check
from claims.services.eligibility import changes, inquiry_for, proposal, strangers
from claims.views.common import attempt, back, form_page, patient_url, status_of
from claims.views.coverage import coverage_or_404, looked
from documentation.kernel.machine import Refused
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, StoredFile
from documentation.services import files
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once
from documentation.views.work import practice_today

WITHIN = (7, 14, 30)
MOST_SHOWN = 60
SALT = "claims.eligibility.answer"


@require_GET
@requires(Permission.COVERAGE_VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    """Planned visits whose coverage nobody verified, or not well enough; the soonest first, one action each."""
    now = timezone.now()
    chosen = _chosen(request)
    visits = known.planned_visits(now, chosen["payer"])
    found = around(request, visits=visits, payers=Payer.objects.only("name")).more
    rows = known.to_verify(found["visits"], now, **chosen)
    audit_view("eligibility.list", by=request.user, at=now, count=len(rows))
    context = {
        "rows": rows[:MOST_SHOWN],
        "more": max(0, len(rows) - MOST_SHOWN),
        "has_rows": bool(rows),
        "payers": found["payers"],
        "states": known.STATES,
        "within": WITHIN,
        "chosen": chosen,
        "is_filtered": any(chosen.values()),
        "here": request.get_full_path(),
    }
    return render(request, "claims/visits_to_verify.html", context)


def _chosen(request: SignedInRequest) -> dict[str, Any]:
    payer, within, state = (request.GET.get(name, "") for name in ("payer", "within", "state"))
    return {
        "payer": int(payer) if payer.isascii() and payer.isdigit() and len(payer) < 10 else None,
        "within": int(within) if within in {str(n) for n in WITHIN} else None,
        "state": state if state in known.STATES else "",
    }


@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def check(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down a new answer of the payer, for the visit that `?visit=` names or for none; older ones stay."""
    coverage = coverage_or_404(pk)
    visit = _visit(request, coverage)
    today = _today(visit)
    form = EligibilityForm(request.POST or None, today=today, initial={"checked_on": today})
    return _record(request, coverage, visit, form, lead=_lead(visit))


@requires(Permission.COVERAGE_EDIT)
@refusals_become_pages
@acts_once
def read_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Read a payer's electronic answer. It fills the form of a check; only a person records it."""
    coverage = coverage_or_404(pk)
    visit, now = _visit(request, coverage), timezone.now()
    today = _today(visit)
    form = AnswerForm(request.POST or None, request.FILES or None)
    answer = eligibility_271.read(form.cleaned_data["file"]) if form.is_valid() else None
    if answer and answer.proposes and not strangers(answer, coverage).is_refused:
        kept = files.keep(form.cleaned_data["file"], media_type="application/edi-x12", at=now)
        filled = EligibilityForm(today=today, initial=proposal(answer, today=today))
        token = signing.dumps({"file": kept.pk, "plan": coverage.pk}, salt=SALT)
        return _record(request, coverage, visit, filled, lead=_lead(visit), answer=answer, token=token)
    if answer:
        for sentence in _refusals(answer, coverage):
            form.add_error("file", sentence)
    looked(request, "coverage.view", coverage.patient)
    context = {
        "form": form,
        "coverage": coverage,
        "visit": visit,
        "findings": answer.findings[:20] if answer else (),
        "back_url": _leave(request, coverage),
        "ask_url": "" if _is_private(visit) else _with_visit("eligibility_270", coverage, visit),
        "trail": [{"label": coverage.patient.number, "url": patient_url(coverage.patient)}],
    }
    return render(request, "claims/eligibility_answer.html", context, status=status_of(form))


def _refusals(answer: eligibility_271.Answer, coverage: Coverage) -> list[str]:
    faults = [f for f in answer.findings if f.is_fault]
    if faults:
        return [f"This answer cannot be read. {faults[0]} Ask for the file again."]
    if answer.refusals:
        return [*answer.refusals, "Mend it on the plan or the patient's page, then ask again."]
    if answer.is_active is None:
        return ["This answer does not say whether the plan is active. Ask by phone or on the portal."]
    return [*strangers(answer, coverage).sentences, "It is not this patient's answer, so nothing was taken from it."]


@requires(Permission.COVERAGE_EDIT)
@require_safe
@refusals_become_pages
def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    """The question to the payer as a file (X12 270), for a clearinghouse."""
    coverage = coverage_or_404(pk)
    visit, now = _visit(request, coverage), timezone.now()
    day = visit.service_date if visit else _today(None)
    try:
        inquiry = inquiry_for(coverage, visit, day)
        text = eligibility_270.write(inquiry, at=now, control=secrets.randbelow(999_999_999) + 1)
    except eligibility_270.CannotAsk as e:
        raise Refused(*e.reasons) from e
    audit_view("eligibility.270", by=request.user, at=now, subject=coverage.patient, patient=coverage.patient)
    response = HttpResponse(text.encode("ascii"), content_type="application/edi-x12")
    response["Content-Disposition"] = f'attachment; filename="eligibility-{coverage.pk}-{day:%Y%m%d}.270"'
    response["Cache-Control"] = "no-store, private"
    return response


def _record(
    request: SignedInRequest,
    coverage: Coverage,
    visit: Encounter | None,
    form: EligibilityForm,
    *,
    lead: str,
    answer: eligibility_271.Answer | None = None,
    token: str = "",
) -> HttpResponse:
    now, leave = timezone.now(), _leave(request, coverage)
    token = token or request.POST.get("answer", "")

    def save(values: dict[str, Any]) -> object:
        file = _kept(token, coverage)
        return record_check(coverage, values, by=request.user, at=now, encounter=visit, answer=file)

    if attempt(form, save):
        messages.success(request, "The answer is recorded.")
        return redirect(leave)
    looked(request, "coverage.view", coverage.patient)
    return form_page(
        request,
        form,
        title=f"Eligibility with {coverage.payer.name}",
        lead=lead,
        submit="Record the answer",
        back_url=leave,
        template="claims/eligibility_check.html",
        trail=[{"label": coverage.patient.number, "url": patient_url(coverage.patient)}],
        coverage=coverage,
        visit=visit,
        answer=answer,
        changes=changes(answer, coverage) if answer else (),
        odd=strangers(answer, coverage).sentences if answer else (),
        token=token,
        save_url=_with_visit("eligibility_add", coverage, visit, leave),
        is_private=_is_private(visit),
        ask_url=_with_visit("eligibility_270", coverage, visit),
        read_url=_with_visit("eligibility_271", coverage, visit, leave),
    )


def _kept(token: str, coverage: Coverage) -> StoredFile | None:
    """The file that a form was filled from, if the form is one of ours."""
    try:
        told = signing.loads(token, salt=SALT, max_age=86_400) if token else {}
    except signing.BadSignature:
        return None
    return StoredFile.objects.filter(pk=told.get("file", 0)).first() if told.get("plan") == coverage.pk else None


def _visit(request: SignedInRequest, coverage: Coverage) -> Encounter | None:
    number = request.GET.get("visit", "")
    pk = int(number) if number.isascii() and number.isdigit() and len(number) < 15 else 0
    return Encounter.objects.filter(pk=pk, patient=coverage.patient_id).select_related("location").first()


def _today(visit: Encounter | None) -> date:
    """The day where the visit is to take place; without one, where the practice is."""
    now = timezone.now()
    return visit.location.today(now) if visit else practice_today(now)


def _is_private(visit: Encounter | None) -> bool:
    """Whether the patient wants no plan to be told of the visit: to ask would tell."""
    return visit is not None and restriction_of(visit) is not None


def _lead(visit: Encounter | None) -> str:
    if _is_private(visit):
        return "An answer that the payer gave before may still be written down."
    asked = f"Ask for the visit of {_day(visit.service_date)}. " if visit else ""
    return f"{asked}What did the payer answer? What it did not say stays empty: unknown is not zero."


def _day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"


def _leave(request: SignedInRequest, coverage: Coverage) -> str:
    return back(request, patient_url(coverage.patient) + "#coverage")


def _with_visit(name: str, coverage: Coverage, visit: Encounter | None, leave: str = "") -> str:
    asked = ({"visit": visit.pk} if visit else {}) | ({"back": leave} if leave else {})
    url = reverse(name, args=[coverage.pk])
    return f"{url}?{urlencode(asked)}" if asked else url
