"""Lists of reasons: what the program and the practice know, what waits to be sorted, and a list to load."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.codes.adjustments import CARC, CATEGORY_LABELS, GROUPS, RARC
from claims.codes.licensed import MOST_BYTES, TableError
from claims.forms.reason_codes import LoadReasonsForm, ReasonForm
from claims.models import Payer, ReasonCode
from claims.queries.unknown_codes import unknown_codes
from claims.services.reason_codes import load_reasons, save_reason
from claims.views.common import attempt, form_page, seen, status_of
from documentation.kernel.permissions import Permission
from documentation.models.together import counting, number
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once
from documentation.views.work import at_practice

TRAIL = {"label": "Codes", "url": "/codes/"}
SHOWN = 200
"""Loaded rows on the page; a search finds the others."""
_LEAD = (
    "What a payer prints or sends, in your own words. Answers are read by it from now on, and open denials that had no"
    " cause are sorted again."
)


@requires(Permission.RULES_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Reasons, remarks and groups in our words; below them what the practice loaded or wrote down."""
    rows = ReasonCode.objects.select_related("payer")
    loaded = rows.exclude(of_list="own")
    known = around(
        request,
        own=rows.filter(of_list="own").order_by("payer__name", "code", "-effective_on")[:SHOWN],
        loaded=loaded[:SHOWN],
        total=counting(loaded),
    ).more
    context = {
        "carcs": [{"row": c, "category": CATEGORY_LABELS[c.category]} for c in CARC.values()],
        "rarcs": [{"row": r, "category": CATEGORY_LABELS[r.category] if r.category else ""} for r in RARC.values()],
        "groups": GROUPS.values(),
        "own": known["own"],
        "loaded": known["loaded"],
        "total": number(known["total"]),
        "shown": SHOWN,
        "waiting": len(unknown_codes()) if request.user.may(Permission.REMITTANCE_VIEW) else None,
        "trail": [TRAIL],
    }
    return render(request, "claims/reason_codes.html", context)


@requires(Permission.REMITTANCE_VIEW)
@require_GET
def unknown(request: SignedInRequest) -> HttpResponse:
    """The queue: codes that came and that nobody has sorted."""
    context = {"rows": unknown_codes(), "may_edit": request.user.may(Permission.PAYER_EDIT), "trail": [TRAIL, HERE]}
    return at_practice(request, "claims/unknown_codes.html", context)


HERE = {"label": "Reasons and remarks", "url": "/codes/reasons/"}


@requires(Permission.CODES_LOAD)
@refusals_become_pages
@acts_once
def load(request: SignedInRequest) -> HttpResponse:
    """Take a list in, whole or not at all."""
    form = LoadReasonsForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    refused: TableError | None = None
    if request.method == "POST" and form.is_valid():
        v = form.cleaned_data
        try:
            loaded = attempt(
                form,
                lambda _: load_reasons(
                    v["file"].read(MOST_BYTES + 1),
                    v["of_list"],
                    v["payer"],
                    v["source"],
                    by=request.user,
                    at=timezone.now(),
                ),
            )
        except TableError as e:
            refused = e
        else:
            if loaded:
                messages.success(request, f"The list is loaded: {loaded}.")
                return redirect("reason_codes")
    status = 422 if refused else status_of(form)
    context = {"form": form, "refused": refused, "trail": [TRAIL, HERE]}
    return render(request, "claims/reason_load.html", context, status=status)


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@acts_once
def add(request: SignedInRequest) -> HttpResponse:
    """Write down what a code means; the queue hands in list, code and payer."""
    known: dict[str, Any] = {"of_list": request.GET.get("list", "own"), "code": request.GET.get("code", "")[:12]}
    payer = request.GET.get("payer", "")
    if payer.isascii() and payer.isdigit() and len(payer) < 10:
        known["payer"] = Payer.objects.filter(pk=int(payer)).first()
    form = ReasonForm(
        request.POST or None, initial={**known, "effective_on": timezone.localdate().replace(month=1, day=1)}
    )
    if attempt(form, lambda v: save_reason(None, v, by=request.user, at=timezone.now())):
        messages.success(request, "The code is written down. Answers are read by it from now on.")
        return redirect(_back())
    return form_page(request, form, title="Say what a code means", lead=_LEAD, back_url=_back(), trail=[TRAIL, HERE])


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@acts_once
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    row = found_or_404(ReasonCode.objects.select_related("payer"), pk)
    form = ReasonForm(request.POST or None, instance=row)
    if attempt(form, lambda v: save_reason(row, v, by=request.user, at=timezone.now(), seen=seen(request))):
        messages.success(request, "The row is saved.")
        return redirect("reason_codes")
    return form_page(
        request, form, title=f"Code {row.code}", lead=_LEAD, row=row, back_url=HERE["url"], trail=[TRAIL, HERE]
    )


def _back() -> str:
    return reverse("unknown_codes")
