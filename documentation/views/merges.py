"""Patients who may be one person: proposed, laid side by side, merged, made two again, told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from documentation.forms.patients import PatientForm
from documentation.forms.words import said
from documentation.kernel.identifiers import phone
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Merge, Patient
from documentation.queries.doubles import doubles_list, reasons, registered_last
from documentation.queries.encounters import address_facts
from documentation.services import audit, merges
from documentation.views.access import SignedInRequest, found_or_404, leads_on, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once
from documentation.views.work import practice_today

LABELS = {
    "first_name": "First name", "middle_name": "Middle name", "last_name": "Last name", "birth_date": "Date of birth",
    "sex": "Sex", "address": "Address", "phone": "Phone", "email": "E-mail",
}  # fmt: skip


@dataclass(frozen=True)
class Value:
    """One line of the two patients side by side."""

    name: str
    label: str
    kept: str
    gone: str
    differs: bool
    chosen: str
    """Whose value stays: kept or gone; empty while nobody chose."""


@requires(Permission.PATIENT_EDIT)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Pairs of patients who may be one person, those registered last first."""
    asked = request.GET.get("before", "")
    number = asked[1:] if asked.startswith("P") else ""
    before = int(number) if number.isascii() and number.isdigit() and len(number) < 13 else None
    found = doubles_list(before, some=around(request, some=registered_last(before)).more["some"])
    audit.view("patient.doubles", by=request.user, at=timezone.now(), count=len(found.doubles))
    context = {
        "doubles": found.doubles,
        "looked_at": found.looked_at,
        "further": f"P{found.further:06d}" if found.further else "",
        "is_first": not asked,
        "may_merge": request.user.may(Permission.PATIENT_MERGE),
    }
    return render(request, "documentation/doubles.html", context)


@requires(Permission.PATIENT_MERGE)
@leads_on
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def merge(request: SignedInRequest, pk: int, other: int) -> HttpResponse:
    """The two side by side: which values stay, what is led over, and a sentence to confirm."""
    kept, gone = found_or_404(Patient.objects.all(), pk), found_or_404(Patient.objects.all(), other)
    if request.method == "GET" and (gone.merged_into_id or gone == kept):
        return redirect("patient", kept.pk)
    problems: list[str] = []
    status = 200
    if request.method == "POST":
        chosen = {name: request.POST.get(f"take-{name}", "") for name in merges.differing(kept, gone)}
        if open_ := [LABELS[name] for name, choice in chosen.items() if choice not in ("kept", "gone")]:
            problems.append(f"Choose which value stays: {', '.join(open_).lower()}.")
        if not request.POST.get("sure"):
            problems.append("Say below that you compared the two and that they are one person.")
        if not problems:
            problems, status = _merge(request, kept, gone, {n for n, choice in chosen.items() if choice == "gone"})
            if not problems:
                messages.success(
                    request, f"{gone.number} is merged into {kept.number}. Signed records keep what they said."
                )
                return redirect("patient", kept.pk)
            kept.refresh_from_db()
            gone.refresh_from_db()
        else:
            status = 422
    for one in (kept, gone):
        audit.view("patient.view", by=request.user, at=timezone.now(), subject=one, patient=one)
    return render(request, "documentation/merge.html", _page(request, kept, gone, problems), status=status)


def _merge(request: SignedInRequest, kept: Patient, gone: Patient, take: set[str]) -> tuple[list[str], int]:
    """Merge them. Returns why not, and the status of the page that says so."""
    now = timezone.now()
    seen = _revision(request, "seen_kept"), _revision(request, "seen_gone")
    try:
        merges.merge(kept, gone, take=take, seen=seen, by=request.user, at=now, today=practice_today(now))
    except ValidationError as e:
        return list(e.messages), 422
    except NotPossible as e:
        return list(e.reasons), 409
    return [], 200


def _revision(request: SignedInRequest, name: str) -> int:
    given = request.POST.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1


def _page(request: SignedInRequest, kept: Patient, gone: Patient, problems: list[str]) -> dict[str, Any]:
    cannot = ""
    said_of_parts: list[str] = []
    try:
        said_of_parts = [sentence for part in merges.PARTS for sentence in part.said(kept, gone)]
    except NotPossible as e:
        cannot = e.reasons[0]
    return {
        "kept": kept,
        "gone": gone,
        "values": _values(request, kept, gone),
        "alike": reasons(kept, gone),
        "counted": merges.counted(gone),
        "counted_kept": merges.counted(kept),
        "sentences": said_of_parts,
        "cannot": cannot,
        "problems": problems,
    }


def _values(request: SignedInRequest, kept: Patient, gone: Patient) -> list[Value]:
    form, differing = PatientForm(), merges.differing(kept, gone)
    found = []
    for name in merges.CHOICES:
        mine, theirs = _words(form, name, kept), _words(form, name, gone)
        # What one of them lacks is taken from the other, unless somebody chooses otherwise.
        proposed = "gone" if not mine else "kept" if not theirs else ""
        chosen = request.POST.get(f"take-{name}", proposed)
        found.append(Value(name, LABELS[name], mine, theirs, name in differing, chosen))
    return found


def _words(form: PatientForm, name: str, patient: Patient) -> str:
    if name == "address":
        return address_facts(patient).one_line
    if name == "phone":
        return phone(patient.phone)
    return said(form, name, getattr(patient, name))


@requires(Permission.PATIENT_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def tell_apart(request: SignedInRequest, pk: int, other: int) -> HttpResponse:
    """These two are two people: they are proposed no more."""
    one, two = found_or_404(Patient.objects.all(), pk), found_or_404(Patient.objects.all(), other)
    merges.tell_apart(one, two, by=request.user, at=timezone.now())
    messages.success(request, f"{one.number} and {two.number} are kept apart, and proposed no more.")
    return redirect(reverse("patient_doubles") if request.POST.get("back") == "list" else reverse("patient", args=[pk]))


@requires(Permission.PATIENT_MERGE)
@refusals_become_pages
@require_POST
@acts_once
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make the two patients of a merge two again."""
    row = found_or_404(Merge.objects.select_related("kept", "gone"), pk)
    merges.take_back(row, by=request.user, at=timezone.now())
    messages.success(request, f"{row.kept.number} and {row.gone.number} are two patients again, as they were.")
    return redirect("patient", row.kept_id)
