"""The diagnoses of a claim: typed, or searched by word and by code and picked; nothing counts before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from claims.codes import icd10
from claims.forms.preparation import DiagnosesForm
from claims.models import Claim
from claims.services.preparation import save_diagnoses
from claims.views.common import attempt, claim_url, seen, status_of
from claims.views.page import claim_or_404, trail
from documentation.forms.fields import LinesField
from documentation.kernel.permissions import Permission
from documentation.kernel.text import clean_text
from documentation.kernel.vocabulary import SIDE
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, refusals_become_pages, requires
from documentation.views.once import acts_once

MOST = {"dental": 4, "medical": 12}


@dataclass(frozen=True)
class Choice:
    """A code as the picker shows it: what speaks against it beside those chosen, its side, its days."""

    code: str
    label: str
    because: str = ""
    excludes: tuple[str, ...] = ()
    """Chosen codes that an Excludes1 note never allows beside it."""
    side: str = ""
    days: str = ""
    is_chosen: bool = False
    is_billable: bool = True


@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Save the diagnoses, or look for one, add it and take one off before saving."""
    claim = claim_or_404(pk)
    form = DiagnosesForm(request.POST or None, initial={"diagnoses": claim.diagnoses})
    form.known = tuple(claim.diagnoses)
    asked = request.POST.get("do", "")
    if asked:
        return _page(request, claim, _changed(form, asked), clean_text(request.POST.get("q", ""))[:80])
    if attempt(
        form,
        lambda v: save_diagnoses(claim, v["diagnoses"], by=request.user, at=timezone.now(), seen=seen(request)),
    ):
        messages.success(request, "The diagnoses are saved.")
        return redirect(claim_url(claim))
    if request.method == "GET":
        audit_view("claim.view", by=request.user, at=timezone.now(), subject=claim, patient=claim.encounter.patient)
    claim.refresh_from_db(fields=["revision", "diagnoses"])
    return _page(request, claim, form)


def _changed(form: DiagnosesForm, asked: str) -> DiagnosesForm:
    """The form with a code added or taken off; nothing is saved by that."""
    codes = _codes(form.data.get("diagnoses", ""))
    what, _, code = asked.partition(":")
    if what == "add" and icd10.is_billable(code) and code not in codes:
        codes = [*codes, code]
    elif what == "drop":
        codes = [c for c in codes if c != code]
    return DiagnosesForm(initial={"diagnoses": codes})


def _codes(value: object) -> list[str]:
    found: list[str] = LinesField(codes=True).to_python(value or "")
    return [code[:8] for code in found[:12]]


def _page(request: SignedInRequest, claim: Claim, form: DiagnosesForm, words: str = "") -> HttpResponse:
    chosen, day = _codes(form["diagnoses"].value()), claim.service_date
    context = {
        "claim": claim,
        "form": form,
        "words": words,
        "found": [_choice(f.code, f.label, chosen, day, f.because) for f in icd10.search(words)] if words else [],
        "chosen": [_choice(code, icd10.label(code), chosen, day) for code in chosen],
        "conflicts": icd10.conflicts(chosen),
        "most": MOST.get(claim.kind, 4),
        "edition": icd10.EDITION.told(day),
        # What was looked at first stays what is saved over, however often somebody searched in between.
        "seen": request.POST.get("seen", "") if request.POST.get("do") else claim.revision,
        "saved": ", ".join(claim.diagnoses) or "none",
        "back_url": claim_url(claim),
        "trail": [*trail(claim), {"label": claim.number, "url": claim_url(claim)}],
    }
    return render(request, "claims/diagnoses.html", context, status=status_of(form))


def _choice(code: str, label: str, chosen: Sequence[str], day: date | None, because: str = "") -> Choice:
    side = icd10.side(code)
    return Choice(
        code,
        label,
        because,
        excludes=tuple(other for other in chosen if other != code and icd10.conflicts([code, other])),
        side={"both": "both sides"}.get(side, f"{SIDE.label(side).lower()} side" if side else ""),
        days="" if icd10.is_in_force(code, day) else f"valid {icd10.in_force(code)}",
        is_chosen=code in chosen,
        is_billable=icd10.is_billable(code),
    )
