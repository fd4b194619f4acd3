"""The practice itself, for the administrator: its name, locations and clinicians."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims.forms.practice import ClinicianForm, LocationForm, OrganizationForm, PartiesForm
from claims.models import FileParties
from claims.queries.parties import parties_of
from claims.queries.practice import history, subject_of
from claims.services.parties import save_parties
from claims.views.common import attempt, back, form_page, seen
from documentation.kernel.permissions import Permission
from documentation.models import Clinician, Location, Organization
from documentation.services import practice
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once

TRAIL = {"label": "Practice", "url": "/practice/"}
KEPT = "What was signed or sealed keeps what it printed. Whatever is built from now on takes the new value."


@requires(Permission.SETTINGS_MANAGE)
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """What claims and letters say of the practice, and where it is changed."""
    known = around(
        request,
        practice=Organization.objects.all(),
        parties=FileParties.objects.all(),
        clinicians=Clinician.objects.select_related("user").order_by("-is_active", "last_name"),
    )
    context = {
        "practice": next(iter(known.more["practice"]), None),
        "parties": parties_of(next(iter(known.more["parties"]), None)),
        "locations": _with_gaps(sorted(known.locations, key=lambda here: (not here.is_active, here.name.casefold()))),
        "clinicians": _with_gaps(known.more["clinicians"]),
    }
    return render(request, "claims/practice.html", context)


def _with_gaps(rows: Any) -> list[dict[str, Any]]:
    return [{"row": row, "missing": len(practice.missing(row))} for row in rows]


@requires(Permission.SETTINGS_MANAGE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def name(request: SignedInRequest) -> HttpResponse:
    row = Organization.current()
    form = OrganizationForm(request.POST or None, row)
    leave = back(request, reverse("practice"))

    def save(values: dict[str, Any]) -> Organization:
        return practice.name_practice(values["name"], by=request.user, at=timezone.now(), seen=seen(request))

    if attempt(form, save):
        messages.success(request, "The name of the practice is saved.")
        return redirect(leave)
    return form_page(
        request,
        form,
        title="Name of the practice",
        lead="It stands at the head of what is printed for meetings, and names the sender of electronic files.",
        back_url=leave,
        row=row,
        trail=[TRAIL],
        events=history("practice"),
        template="claims/practice_form.html",
    )


@requires(Permission.SETTINGS_MANAGE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def location(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    row = found_or_404(Location.objects, pk) if pk is not None else None
    form = LocationForm(request.POST or None, row)
    leave = back(request, reverse("practice"))

    def save(values: dict[str, Any]) -> Location:
        return practice.save_location(row, values, by=request.user, at=timezone.now(), seen=seen(request))

    if saved := attempt(form, save):
        messages.success(request, f"{saved.name} is saved.")
        return redirect(leave)
    return form_page(
        request,
        form,
        title=row.name if row else "Add a location",
        lead=KEPT if row else "Claims bill in the name and under the numbers of the place of the visit.",
        back_url=leave,
        row=row,
        trail=[TRAIL],
        template="claims/practice_form.html",
        **_around(row, "location"),
    )


@requires(Permission.SETTINGS_MANAGE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def clinician(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    row = found_or_404(Clinician.objects.select_related("user"), pk) if pk is not None else None
    form = ClinicianForm(request.POST or None, row)
    leave = back(request, reverse("practice"))

    def save(values: dict[str, Any]) -> Clinician:
        return practice.save_clinician(row, values, by=request.user, at=timezone.now(), seen=seen(request))

    if saved := attempt(form, save):
        unknown = "" if saved.user_id else " Next, invite them under People: as a clinician who signs under this name."
        messages.success(request, f"{saved} is saved.{unknown}")
        return redirect(leave)
    return form_page(
        request,
        form,
        title=str(row) if row else "Add a clinician",
        lead=KEPT if row else "Who treats and signs. Their account is invited afterwards, under People.",
        back_url=leave,
        row=row,
        trail=[TRAIL],
        template="claims/practice_form.html",
        **_around(row, "clinician"),
    )


def _around(row: Location | Clinician | None, kind: str) -> dict[str, Any]:
    """What stands below the form of somebody or something that is here already."""
    if row is None:
        return {}
    act = "close" if row.is_active else "reopen"
    return {
        "events": history(subject_of(row)),
        "act_url": reverse(f"{kind}_{act}", args=[row.pk]),
        "kind": kind,
    }


@requires(Permission.SETTINGS_MANAGE)
@refusals_become_pages
@require_POST
@acts_once
def location_state(request: SignedInRequest, pk: int, *, opens: bool) -> HttpResponse:
    """Close a location, or open it again."""
    return _set(request, found_or_404(Location.objects, pk), opens=opens)


@requires(Permission.SETTINGS_MANAGE)
@refusals_become_pages
@require_POST
@acts_once
def clinician_state(request: SignedInRequest, pk: int, *, opens: bool) -> HttpResponse:
    """Say that a clinician is no longer here, or is here again."""
    return _set(request, found_or_404(Clinician.objects, pk), opens=opens)


def _set(request: SignedInRequest, row: Any, *, opens: bool) -> HttpResponse:
    verb = practice.open_again if opens else practice.close
    verb(row, by=request.user, at=timezone.now())
    said = "can be chosen for new visits again." if opens else "is not offered for new visits any more. The rest stays."
    messages.success(request, f"{row} {said}")
    return redirect("practice")


@requires(Permission.SETTINGS_MANAGE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def files(request: SignedInRequest) -> HttpResponse:
    """The IDs at the head of electronic files."""
    row = FileParties.objects.first()
    form = PartiesForm(request.POST or None, instance=row)
    leave = back(request, reverse("practice"))

    def save(values: dict[str, Any]) -> FileParties:
        return save_parties(values, by=request.user, at=timezone.now(), seen=seen(request))

    if attempt(form, save):
        messages.success(request, "Electronic files bear these IDs from now on.")
        return redirect(leave)
    return form_page(
        request,
        form,
        title="Electronic files",
        lead="Copy the IDs from the clearinghouse's enrollment letter. A wrong one has the whole file turned away."
        " What is saved here counts instead of the server's settings.",
        back_url=leave,
        row=row,
        trail=[TRAIL],
        events=history("parties"),
        template="claims/practice_form.html",
    )
