"""The audit trail to be read: who saw one patient's data, and all that happened. Looking at it is an event, too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.queries.trail import Asked, events, people, told_of, words_of
from claims.queries.trail_kinds import KINDS
from claims.views.tables import FORMS, Table, download
from documentation.kernel.permissions import Permission
from documentation.models import AuditEvent, Patient, User
from documentation.services import audit
from documentation.views.access import SignedInRequest, leads_on, problem, requires
from documentation.views.context import around
from documentation.views.work import at_practice

SHOWN = 50
MOST_PRINTED = 2_000
"""Lines of a page that is printed: a longer trail is narrowed, or taken along as a file."""
COLUMNS = ("Number", "At", "Who", "What", "Row", "Patient", "Details")


@requires(Permission.AUDIT_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Everything that happened."""
    return _page(request, None)


@requires(Permission.AUDIT_VIEW)
@require_GET
def table(request: SignedInRequest, form: str) -> HttpResponse:
    return _taken(request, None, form)


@requires(Permission.AUDIT_VIEW)
@leads_on
@require_GET
def of_patient(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who saw or changed anything of one patient."""
    return _page(request, get_object_or_404(Patient, pk=pk))


@requires(Permission.AUDIT_VIEW)
@leads_on
@require_GET
def patient_table(request: SignedInRequest, pk: int, form: str) -> HttpResponse:
    return _taken(request, get_object_or_404(Patient, pk=pk), form)


def _page(request: SignedInRequest, patient: Patient | None) -> HttpResponse:
    practice = around(request, people=people())
    everybody = practice.more["people"]
    asked = _read(request.GET, everybody)
    # Read before this look is written down, or that would push the oldest off.
    shown, page = _leaf(events(asked, practice.zone, patient), request.GET, asked)
    rows = list(_lines(shown, _names(everybody), may_see=_may_see(request)))
    audit.view("trail.view", by=request.user, at=timezone.now(), subject=patient, patient=patient, count=len(rows))
    query = _query(asked)
    context = {
        **_around(request, patient),
        "rows": rows,
        "has_rows": bool(rows),
        "asked": asked,
        "people": everybody,
        "kinds": KINDS,
        "here": _address(patient),
        "print_url": _address(patient, "print") + query,
        "downloads": [{"label": label, "url": _address(patient, form) + query} for form, label in FORMS.items()],
        "page": page,
    }
    return at_practice(request, "claims/trail.html", context)


def _taken(request: SignedInRequest, patient: Patient | None, form: str) -> HttpResponse:
    """The events that are asked for, as a file or as a page for the printer."""
    practice = around(request, people=people())
    everybody = practice.more["people"]
    asked = _read(request.GET, everybody)
    found = events(asked, practice.zone, patient)
    newest = found.values_list("seq", flat=True).first() or 0
    found = found.filter(seq__lte=newest)  # without the event that tells of this look
    # What is no form of a list is not worth the counting, nor is what is too long for paper.
    count = found.count() if form in FORMS else found[: MOST_PRINTED + 1].count() if form == "print" else 0
    if form != "print":
        of_whom: dict[str, Any] = {"subject": patient, "patient": patient} if patient else {}
        name = f"audit-{patient.number}" if patient else "audit"
        made = Table(name, COLUMNS, _cells(found, _names(everybody), may_see=_may_see(request)), count)
        return download(request, made, form, action="trail.download", **of_whom)
    if count > MOST_PRINTED:
        words = f"Up to {MOST_PRINTED:,} lines are printed, and these are more. Narrow them, or take them as CSV."
        return problem(request, 422, "This is too long to print.", words)
    audit.view("trail.print", by=request.user, at=timezone.now(), subject=patient, patient=patient, count=count)
    rows = _lines(found, _names(everybody), may_see=_may_see(request))
    context = {**_around(request, patient), "rows": rows, "count": count, "asked": asked}
    return at_practice(request, "claims/trail_print.html", context)


def _around(request: SignedInRequest, patient: Patient | None) -> dict[str, Any]:
    may_see = _may_see(request)
    return {
        "patient": patient,
        "name": patient.full_name if patient and may_see else patient,
        "may_see": may_see,
        "now": timezone.now(),
    }


def _may_see(request: SignedInRequest) -> bool:
    """An administrator reads the trail and no chart: numbers stand for names, and free text stays closed."""
    return request.user.may(Permission.PATIENT_VIEW)


def _lines(rows: Any, names: Mapping[str, str], *, may_see: bool) -> Iterator[dict[str, Any]]:
    for event in rows:
        told = told_of(event, sees_patients=may_see)
        row = names.get(event.subject, event.subject)
        yield {"event": event, "what": words_of(event.action), "row": row, "told": told, "patient": _number(event)}


def _cells(found: QuerySet[AuditEvent], names: Mapping[str, str], *, may_see: bool) -> Iterator[tuple[Any, ...]]:
    for event in found.iterator(chunk_size=2000):
        who = event.by.display_name if event.by else ""
        told = told_of(event, sees_patients=may_see)
        row = names.get(event.subject, event.subject)
        yield event.seq, event.at, who, words_of(event.action), row, _number(event), told


def _names(everybody: Iterable[User]) -> dict[str, str]:
    """What an event is about where it is an account: whose, for who reads the trail and opens no page of accounts."""
    return {f"user {user.pk}": f"{user.display_name} (user {user.pk})" for user in everybody}


def _number(event: AuditEvent) -> str:
    """The patient's number: nobody's name stands in the trail."""
    return f"P{event.patient_id:06d}" if event.patient_id else ""


def _address(patient: Patient | None, form: str = "") -> str:
    if patient:
        key = [patient.pk]
        return reverse("patient_seen_table", args=[*key, form]) if form else reverse("patient_seen", args=key)
    return reverse("trail_table", args=[form]) if form else reverse("trail")


def _read(data: Mapping[str, str], everybody: Iterable[User]) -> Asked:
    """What an address asks for; what it cannot mean narrows nothing."""
    key, subject, kind = data.get("by", ""), data.get("subject", "").strip().upper(), data.get("kind", "")
    return Asked(
        by=next((user for user in everybody if str(user.pk) == key), None),
        kind=kind if kind in KINDS else "",
        subject=subject if re.fullmatch(r"[A-Z]{1,2}[0-9]{6,12}", subject, re.ASCII) else "",
        since=_day(data.get("since", "")),
        until=_day(data.get("until", "")),
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII) else None
    except ValueError:
        return None
    return found if found and 1900 < found.year < 9000 else None


def _query(asked: Asked, **more: str) -> str:
    """The same as an address asks for it."""
    days = {n: d.isoformat() for n, d in (("since", asked.since), ("until", asked.until)) if d}
    given = {"by": str(asked.by.pk) if asked.by else "", "kind": asked.kind, "subject": asked.subject, **days, **more}
    found = urlencode({name: value for name, value in given.items() if value})
    return f"?{found}" if found else ""


def _leaf(
    found: QuerySet[AuditEvent], data: Mapping[str, str], asked: Asked
) -> tuple[list[AuditEvent], dict[str, str] | None]:
    """The events of one page, and the ways to the newer and the older ones.

    From number to number: a trail has a million events, which nobody counts for a look at fifty, and new ones on top
    do not move what lies below.
    """
    before, after = (int(t) if re.fullmatch(r"[0-9]{1,17}", t := data.get(n, ""), re.ASCII) else 0 for n in _ENDS_OF)
    if after and not before:
        rows = list(found.filter(seq__gt=after).order_by("seq")[: SHOWN + 1])
        has_newer, rows = len(rows) > SHOWN, rows[:SHOWN][::-1]
        has_older = bool(rows)
    else:
        rows = list((found.filter(seq__lt=before) if before else found)[: SHOWN + 1])
        has_older, rows = len(rows) > SHOWN, rows[:SHOWN]
        has_newer = bool(before and rows)
    if not (has_newer or has_older):
        return rows, None
    return rows, {
        "shown": f"Events {rows[0].seq:,} to {rows[-1].seq:,}",
        "previous": _query(asked, after=str(rows[0].seq)) if has_newer else "",
        "next": _query(asked, before=str(rows[-1].seq)) if has_older else "",
    }


_ENDS_OF = ("before", "after")
