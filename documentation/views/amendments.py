"""Requests of patients to amend their record: the list by last day, one request, and each step of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from documentation.forms.amendments import AcceptForm, DenyForm, ExtendForm, RequestForm, SaidForm, Taking, TimeForm
from documentation.kernel.amendments import StepFacts, time_for
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.models import AmendmentRequest, AmendmentTime, Patient
from documentation.prose.amendments import LETTERS, TITLES
from documentation.queries.amendments import (
    Clock,
    amended_since,
    clock_of,
    clocks_of,
    time_rows,
    times_of,
    unanswered,
    visits_of,
    with_steps,
)
from documentation.services import amendment_papers, amendments, audit
from documentation.views.access import SignedInRequest, found_or_404, leads_on, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.files import deliver
from documentation.views.once import acts_once
from documentation.views.work import at_practice, practice_today
from documentation.workflow import AMENDMENT

ANSWERS = ("extend", "accept", "deny", "rebut")
TOLD = ("dispute", "withdraw")
"""Steps that the practice takes, and those that write down what the patient says."""

_DONE = {
    "extend": "The time is extended. Print the letter and send it.",
    "accept": "The request is accepted. Print the letter and send it.",
    "deny": "The request is denied. Print the letter and send it: it says what the patient can do now.",
    "dispute": "The statement is kept. It goes along with every copy of the record.",
    "rebut": "The rebuttal is kept. Print the letter: the patient gets a copy.",
    "withdraw": "The request is withdrawn.",
}


@requires(Permission.AMENDMENT_ANSWER)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Every request that is not answered, by its last day."""
    now = timezone.now()
    practice = around(request, requests=with_steps().filter(pk__in=unanswered()), times=time_rows())
    today, written = practice.today(now), times_of(practice.more["times"])
    rows = clocks_of(practice.more["requests"], written)
    audit.view("amendment.list", by=request.user, at=now, count=len(rows))
    context = {
        "rows": [row_of(clock) for clock in rows],
        "has_rows": bool(rows),
        "today": today,
        "time": time_for(today, written),
        "may_change": request.user.may(Permission.RULES_EDIT),
    }
    return at_practice(request, "documentation/amendments.html", context)


def row_of(clock: Clock) -> dict[str, Any]:
    """What a list shows of a request."""
    status = clock.request.status
    return {"clock": clock, "request": clock.request, "label": AMENDMENT.label(status), "tone": AMENDMENT.tone(status)}


@requires(Permission.PATIENT_EDIT)
@leads_on
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def take_in(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down what a patient asks to have changed."""
    patient, now = get_object_or_404(Patient, pk=pk), timezone.now()
    today = practice_today(now)
    form = RequestForm(request.POST or None, visits=visits_of(patient), initial={"received_on": today})
    if request.method == "POST":
        row = _attempt(form, lambda: amendments.take_in(patient, form.values, by=request.user, at=now, today=today))
        if row:
            messages.success(request, "The request is taken in. Its time to answer runs.")
            return redirect("amendment", row.pk)
    audit.view("patient.view", by=request.user, at=now, subject=patient, patient=patient)
    return _form_page(
        request, form, title="Take in a request to amend", submit="Take it in",
        lead="What the patient asks to have changed in their record. Nothing changes by this: somebody answers it.",
        back_url=reverse("patient", args=[pk]), trail=[{"label": patient.number, "url": reverse("patient", args=[pk])}],
    )  # fmt: skip


@requires(Permission.PATIENT_VIEW)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """One request: what was asked, until when it is answered, what was said."""
    row: AmendmentRequest = found_or_404(with_steps(), pk)
    now, user = timezone.now(), request.user
    audit.view("amendment.view", by=user, at=now, subject=row, patient=row.patient)
    steps = [
        {
            "step": step,
            "title": TITLES[step.kind],
            "done": amendment_papers.done(step),
            "has_letter": step.kind in LETTERS,
        }
        for step in row.steps.all()
    ]
    clock, today = clock_of(row), practice_today(now)
    facts = StepFacts(today, clock.last_on, bool(amended_since(row)))
    actions = [
        {"action": action, "url": _step_url(row, action.transition.name)}
        for action in AMENDMENT.actions(row.status, user.permissions, facts)
        if action.is_open or row.is_unanswered
    ]
    context = {
        "asked": row,
        "clock": clock,
        "label": AMENDMENT.label(row.status),
        "tone": AMENDMENT.tone(row.status),
        "patient": row.patient,
        "about": amendment_papers.about(row),
        "steps": steps,
        "actions": actions,
        "today": today,
        "trail": [{"label": row.patient.number, "url": reverse("patient", args=[row.patient_id])}],
    }
    return at_practice(request, "documentation/amendment.html", context)


@requires(Permission.AMENDMENT_ANSWER)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def answer(request: SignedInRequest, pk: int, answer: str) -> HttpResponse:
    """What the practice says: it extends, accepts, denies, rebuts."""
    return _step(request, pk, answer, ANSWERS)


@requires(Permission.PATIENT_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def told(request: SignedInRequest, pk: int, told: str) -> HttpResponse:
    """What the patient says afterwards: they disagree, or no longer want it."""
    return _step(request, pk, told, TOLD)


def _step(request: SignedInRequest, pk: int, name: str, known: tuple[str, ...]) -> HttpResponse:
    if name not in known:
        raise Http404
    row: AmendmentRequest = found_or_404(with_steps(), pk)
    now, user = timezone.now(), request.user
    today, transition = practice_today(now), AMENDMENT.find(name)
    if request.method == "GET" and row.status not in transition.sources:
        return redirect("amendment", pk)
    form = _form_of(row, name, request.POST or None, {"said_on": today})
    if request.method == "POST":
        verb = amendments.VERBS[name]
        if _attempt(form, lambda: verb(row, form.cleaned_data, by=user, at=now, today=today)):
            messages.success(request, _DONE[name])
            return redirect("amendment", pk)
    audit.view("amendment.view", by=user, at=now, subject=row, patient=row.patient)
    return _form_page(
        request, form, title=f"{transition.label}: {row.number}", submit=transition.label, lead=_lead(row, name),
        back_url=reverse("amendment", args=[pk]), amendment=row,
        trail=[
            {"label": row.patient.number, "url": reverse("patient", args=[row.patient_id])},
            {"label": row.number, "url": reverse("amendment", args=[pk])},
        ],
    )  # fmt: skip


def _form_of(row: AmendmentRequest, name: str, data: Any, initial: dict[str, Any]) -> Taking:
    if name == "extend":
        return ExtendForm(data, initial=initial | {"until": clock_of(row).latest_on})
    if name == "accept":
        return AcceptForm(data, amended=amended_since(row), initial=initial)
    if name == "deny":
        return DenyForm(data, initial=initial)
    return SaidForm(data, step=name, initial=initial)


def _lead(row: AmendmentRequest, name: str) -> str:
    if name == "accept" and not amended_since(row):
        return (
            "Nothing was amended since this request came. Add to the signed record, sign a new version of it, or"
            " correct the demographics; then come back and accept."
        )
    return {
        "extend": "The time can be extended once, and the patient must be told before it ends.",
        "deny": "A request may be denied for one of four reasons only. The letter tells the patient what they can do.",
        "dispute": "The patient disagrees in writing. One statement is kept to a request.",
        "rebut": "The practice may answer the statement. It need not.",
    }.get(name, "")


@requires(Permission.PATIENT_VIEW)
@refusals_become_pages
@require_GET
def letter(request: SignedInRequest, pk: int, letter: int) -> HttpResponse:
    """The letter to the patient about one answer."""
    row: AmendmentRequest = found_or_404(with_steps(), pk)
    found = next((one for one in row.steps.all() if one.pk == letter and one.kind in LETTERS), None)
    if found is None:
        raise Http404
    return _paper(request, row, amendment_papers.print_letter(found), f"{row.number}-{found.kind}-letter.pdf")


@requires(Permission.PATIENT_VIEW)
@refusals_become_pages
@require_GET
def pdf(request: SignedInRequest, pk: int) -> HttpResponse:
    """The request with all that was said of it, as it goes along with the record."""
    row: AmendmentRequest = found_or_404(with_steps(), pk)
    today = practice_today(timezone.now())
    return _paper(request, row, amendment_papers.print_request(row, printed_on=today), f"{row.number}.pdf")


def _paper(request: SignedInRequest, row: AmendmentRequest, data: bytes, name: str) -> HttpResponse:
    return deliver(
        request, data, media_type="application/pdf", permission=Permission.PATIENT_VIEW, name=name,
        action="amendment.print", subject=row, patient=row.patient,
    )  # fmt: skip


@requires(Permission.RULES_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def time_to_answer(request: SignedInRequest) -> HttpResponse:
    """How long there is to answer, with the source, and what was written down before."""
    now = timezone.now()
    today, rows = practice_today(now), list(AmendmentTime.objects.select_related("recorded_by"))
    known = time_for(today, [row.time for row in rows])
    names = ("answer_days", "extension_days", "source", "verified_on", "applies_from")
    form = TimeForm(request.POST or None, initial={name: getattr(known, name) for name in names})
    if request.method == "POST":
        raw = request.POST.get("seen", "")
        seen = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else -1
        if _attempt(
            form, lambda: amendments.record_time(form.cleaned_data, by=request.user, at=now, today=today, seen=seen)
        ):
            messages.success(request, "It is written down. Open requests are counted by it.")
            return redirect("amendment_list")
    return _form_page(
        request, form, title="Time to answer a request", submit="Write it down", back_url=reverse("amendment_list"),
        lead="How many days the practice has to answer a request to amend, and by how many it may extend that once.",
        seen=rows[0].pk if rows else 0, times=rows, trail=[{"label": "Amendments", "url": reverse("amendment_list")}],
    )  # fmt: skip


def _attempt(form: Taking, verb: Callable[[], Any]) -> Any:
    """Run a verb where the form can be read; what it refuses goes back into the form."""
    if not form.is_valid():
        return None
    try:
        return verb()
    except ValidationError as e:
        form.take(e)
    except NotPermitted:
        raise
    except NotPossible as e:
        form.stale = True
        form.add_error(None, list(e.reasons))
    except Refused as e:
        form.add_error(None, list(e.reasons))
    return None


def _form_page(request: HttpRequest, form: Taking, **context: Any) -> HttpResponse:
    status = 200 if not form.is_bound else 409 if form.stale else 422
    return at_practice(request, "documentation/amendment_form.html", {"form": form, **context}, status)


def _step_url(row: AmendmentRequest, name: str) -> str:
    return reverse("amendment_answer" if name in ANSWERS else "amendment_told", args=[row.pk, name])
