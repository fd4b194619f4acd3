"""How long what is kept, legal holds, and patients whose last day of keeping has passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from claims import removals as of_claims
from claims.forms.clocks import Shown
from claims.forms.retention import HoldForm, LongerForm, PeriodForm, ReleaseForm
from claims.queries.retention import Ended, ended
from claims.views.common import attempt, form_page, patient_url, seen
from claims.views.tables import Table, download, offered
from documentation.kernel.permissions import Permission
from documentation.models import KeptLonger, LegalHold, Patient, RetentionPeriod
from documentation.queries.retention import holds, load_periods, period_rows, periods_of
from documentation.retention import removals
from documentation.retention.counting import why
from documentation.retention.periods import ABOUT, KINDS
from documentation.retention.removals import GROUPS, HOLDS, Group
from documentation.services import audit
from documentation.services import retention as verbs
from documentation.views.access import SignedInRequest, leads_on, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once
from documentation.views.work import practice_today

TRAIL = [{"label": "Retention", "url": "/retention/"}]
MOST = 500
"""Patients that the page lists; the table has all of them."""
EVERY = (*removals.REMOVALS, *of_claims.REMOVALS)
COLUMNS = ("Patient", "Chart", "Last name", "First name", "Born", "Kept until", "Decided by", "Why")


@requires(Permission.RETENTION_SET)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Every period with who verified it; what Ductus removes and what it never removes. No patient is named here."""
    practice = around(request, periods=period_rows())
    today, periods = practice.today(timezone.now()), periods_of(practice.more["periods"])
    whys = {p.key: p.why_open(today, settings.PLAYBOOK_DAYS) for p in periods}
    kinds = [
        {
            "label": label,
            "about": ABOUT[kind],
            "periods": [{"period": p, "why_open": whys[p.key]} for p in periods if p.kind is kind],
        }
        for kind, label in KINDS.items()
    ]
    context = {
        "kinds": kinds,
        "open_count": sum(1 for p in periods if whys[p.key] and p.is_used),
        "held": LegalHold.objects.filter(released_at=None).values("patient").distinct().count(),
        "may_hold": request.user.may(Permission.LEGAL_HOLD),
        "by_itself": _removals(Group.NIGHT),
        "groups": [{"label": GROUPS[g], "removals": _removals(g)} for g in (Group.PERSON, Group.DRAFT)],
        "rest": [r for r in EVERY if not r.event],
        "never": (*removals.NEVER, *of_claims.NEVER),
    }
    return render(request, "claims/retention.html", context)


@requires(Permission.RETENTION_SET)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def period(request: SignedInRequest, period: str = "") -> HttpResponse:
    """Write down a period as it was read; what stood before is kept. Without a key it is one of the practice's own."""
    now = timezone.now()
    today = practice_today(now)
    known = next((p for p in load_periods() if p.key == period), None)
    if period and known is None:
        raise Http404
    form = PeriodForm(request.POST or None, instance=RetentionPeriod(), known=known, today=today)
    shown = seen(request) if period else None
    if attempt(form, lambda v: verbs.record_period(period, v, by=request.user, at=now, today=today, seen=shown)):
        messages.success(request, "The period is saved. The last day of every patient is counted by it from now on.")
        return redirect("retention")
    newest = RetentionPeriod.objects.filter(key=period).first() if period else None
    return form_page(
        request,
        form,
        title=f"{KINDS[known.kind]}: {known.name}" if known else "A period of your own",
        lead="Where several periods apply to a patient, the longest one counts. What stood here before stays readable"
        " in the audit trail and in the full export.",
        back_url=reverse("retention"),
        row=Shown(newest.pk if newest else 0),
        trail=TRAIL,
    )


def _removals(group: Group) -> list[dict[str, Any]]:
    return [{"removal": r, "hold": HOLDS[r.hold]} for r in EVERY if r.group is group]


# --- Legal holds ---------------------------------------------------------------------------------------------------


@requires(Permission.LEGAL_HOLD)
@require_GET
def hold_list(request: SignedInRequest) -> HttpResponse:
    """Every legal hold, those in force first; released ones stay."""
    rows = list(holds())
    audit.view("legal_hold.list", by=request.user, at=timezone.now(), count=len(rows))
    context = {
        "rows": rows,
        "has_rows": bool(rows),
        "in_force": sum(1 for row in rows if row.released_at is None),
        "trail": TRAIL,
    }
    return render(request, "claims/legal_holds.html", context)


@requires(Permission.LEGAL_HOLD)
@leads_on
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def hold(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a patient's records on legal hold."""
    patient = get_object_or_404(Patient, pk=pk)
    now = timezone.now()
    today = practice_today(now)
    form = HoldForm(request.POST or None, instance=LegalHold(), initial={"from_on": today})
    if attempt(form, lambda v: verbs.place_hold(patient, v, by=request.user, at=now, today=today)):
        messages.success(request, "The records are on legal hold. Nothing of this patient is removed while it stands.")
        return redirect("patient", pk)
    audit.view("patient.view", by=request.user, at=now, subject=patient, patient=patient)
    return form_page(
        request,
        form,
        title="Put the records on legal hold",
        lead="From then on Ductus removes nothing of this patient, whichever period has ended, and says so on the"
        " patient’s page. A draft may still be changed, so sign or print it first. What lies outside Ductus, such as"
        " paper, e-mail and models, you hold back yourself.",
        submit="Put on hold",
        back_url=patient_url(patient),
        trail=[{"label": str(patient), "url": patient_url(patient)}],
    )


@requires(Permission.LEGAL_HOLD)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def release(request: SignedInRequest, pk: int) -> HttpResponse:
    """A hold ends, with a reason."""
    row = get_object_or_404(LegalHold.objects.select_related("patient"), pk=pk)
    now = timezone.now()
    form = ReleaseForm(request.POST or None)
    leave = patient_url(row.patient)
    if attempt(form, lambda v: verbs.release_hold(row, v["reason"], by=request.user, at=now)):
        messages.success(request, "The hold is released. It stays in the list of holds with your reason.")
        return redirect("patient", row.patient_id)
    audit.view("patient.view", by=request.user, at=now, subject=row.patient, patient=row.patient)
    return form_page(
        request,
        form,
        title="Release the legal hold",
        lead=f"It was asked for by {row.asked_by}: {row.reason} Release it only when whoever asked says so in writing.",
        submit="Release the hold",
        back_url=leave,
        trail=[{"label": str(row.patient), "url": leave}],
    )


# --- Has reached its end -------------------------------------------------------------------------------------------


@requires(Permission.LEGAL_HOLD)
@require_GET
def ended_list(request: SignedInRequest) -> HttpResponse:
    """Patients whose last day of keeping has passed and who are not on legal hold."""
    now = timezone.now()
    found = list(islice(_ended(request, now), MOST + 1))
    rows = found[:MOST]
    audit.view("retention.list", by=request.user, at=now, count=len(rows))
    context = {
        "rows": rows,
        "has_rows": bool(rows),
        "is_cut": len(found) > MOST,
        "most": MOST,
        "downloads": offered(lambda form: reverse("retention_ended_table", args=[form])),
        "trail": TRAIL,
    }
    return render(request, "claims/retention_ended.html", context)


@requires(Permission.LEGAL_HOLD)
@require_GET
def ended_table(request: SignedInRequest, form: str) -> HttpResponse:
    """All of them as a table to take along."""
    found = list(_ended(request, timezone.now()))
    rows = (_cells(row) for row in found)
    return download(request, Table("retention-ended", COLUMNS, rows, len(found)), form, action="retention.download")


def _ended(request: SignedInRequest, now: datetime) -> Iterator[Ended]:
    practice = around(request, periods=period_rows())
    return ended(practice.today(now), periods_of(practice.more["periods"]))


def _cells(row: Ended) -> tuple[Any, ...]:
    patient, kept = row.patient, row.kept
    name = kept.decided_by.period.name if kept.decided_by else ""
    decided = "Kept longer by decision" if kept.is_longer_by_decision else name
    who = (patient.number, patient.chart_number, patient.last_name, patient.first_name, patient.birth_date)
    return (*who, kept.day, decided, why(kept))


@requires(Permission.LEGAL_HOLD)
@leads_on
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def longer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Decide to keep one patient's records beyond every period."""
    patient = get_object_or_404(Patient, pk=pk)
    now = timezone.now()
    today = practice_today(now)
    form = LongerForm(request.POST or None, instance=KeptLonger())
    if attempt(form, lambda v: verbs.keep_longer(patient, v, by=request.user, at=now, today=today)):
        messages.success(request, "It is written down. The records are kept until that day at least.")
        return redirect("patient", pk)
    audit.view("patient.view", by=request.user, at=now, subject=patient, patient=patient)
    return form_page(
        request,
        form,
        title="Keep the records longer",
        lead="It never makes the time shorter: where a period or another decision ends later, that day counts.",
        submit="Keep longer",
        back_url=patient_url(patient),
        trail=[{"label": str(patient), "url": patient_url(patient)}],
    )
