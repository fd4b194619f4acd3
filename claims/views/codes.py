"""The page of codes: what stands for a sialoendoscopy, what clashes with it, and the lists with their days."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from claims.codes import bundling, icd10
from claims.codes.licensed import MOST_BYTES, TableError
from claims.codes.procedures import CODES
from claims.forms.codes import LoadForm, MappingForm
from claims.models import CodeMapping, CodeText
from claims.queries.codes import crosswalk_table, listed_codes, text_on
from claims.services.codes import load_texts, save_mapping
from claims.views.common import attempt, form_page, seen, status_of
from documentation.kernel.permissions import Permission
from documentation.kernel.text import clean_text
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once

TRAIL = {"label": "Codes", "url": "/codes/"}


@requires(Permission.RULES_VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    """Every table of codes with sources and dates; diagnoses are searched by word and by code."""
    today = timezone.localdate()
    words = clean_text(request.GET.get("q", ""))[:80]
    texts = list(CodeText.objects.all())
    listed = listed_codes({t.code for t in texts})
    context = {
        "words": words,
        "found": icd10.search(words) if words else (),
        "edition": icd10.EDITION.told(today),
        "edition_source": icd10.EDITION.source,
        "crosswalk": crosswalk_table(),
        "bundling": [{"row": row, "codes": sorted(row.codes)} for row in bundling.TABLE],
        "codes": [{"row": row, "text": text_on(code, today, listed)} for code, row in sorted(CODES.items())],
        "texts": len(texts),
        "more": sorted({t.code for t in texts} - set(CODES)),
        "newest": max((t.loaded_at for t in texts), default=None),
    }
    return render(request, "claims/codes.html", context)


@requires(Permission.CODES_LOAD)
@refusals_become_pages
@acts_once
def load(request: SignedInRequest) -> HttpResponse:
    """Take the practice's licensed list in, whole or not at all."""
    form = LoadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    refused: TableError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            # One byte more than is taken: the reader says that it is too large, nobody keeps all of it.
            loaded = load_texts(form.cleaned_data["file"].read(MOST_BYTES + 1), by=request.user, at=timezone.now())
        except TableError as e:
            refused = e
        else:
            messages.success(request, f"The list is loaded: {loaded}.")
            return redirect(reverse("code_tables") + "#procedures")
    status = 422 if refused else status_of(form)
    return render(request, "claims/code_load.html", {"form": form, "refused": refused, "trail": [TRAIL]}, status=status)


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@acts_once
def add(request: SignedInRequest) -> HttpResponse:
    form = MappingForm(request.POST or None, initial={"cdt": "D0371", "effective_on": timezone.localdate()})
    if attempt(form, lambda v: save_mapping(None, v, by=request.user, at=timezone.now())):
        messages.success(request, "The row is written down. Claims for this payer propose codes by it from now on.")
        return redirect(_back())
    return form_page(request, form, title="Add a medical code", lead=_LEAD, back_url=_back(), trail=[TRAIL])


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@acts_once
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    row = found_or_404(CodeMapping.objects.select_related("payer"), pk)
    form = MappingForm(request.POST or None, instance=row)
    if attempt(form, lambda v: save_mapping(row, v, by=request.user, at=timezone.now(), seen=seen(request))):
        messages.success(request, "The row is saved.")
        return redirect(_back())
    title = f"{row.cdt} as {row.code}"
    return form_page(request, form, title=title, lead=_LEAD, row=row, back_url=_back(), trail=[TRAIL])


_LEAD = "What a payer told you, or what stands in its policy. It takes the place of our own row for the same two codes."


def _back() -> str:
    return reverse("code_tables") + "#crosswalk"
