"""Bring data in: read a file, say which column is which, look at what would come, bring it in, take it back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims.forms.imports import BeginForm, ColumnsForm, ImportForm
from claims.models import Import, ImportRow
from claims.queries.incoming import SHOWN_OTHERS, preview, set_aside
from claims.queries.incoming_row import Found
from claims.services import imports as verbs
from claims.targets import KINDS
from claims.views.common import after_a_step, attempt, status_of
from claims.views.tables import Table, download
from documentation.kernel.dates import short_date
from documentation.kernel.identifiers import phone
from documentation.kernel.permissions import Permission
from documentation.services import audit, jobs
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import at_practice, practice_today

TRAIL = {"label": "Bring data in", "url": "/imports/"}
EARLIER = 50
"""Imports that the list tells of."""
State, Outcome = Import.State, ImportRow.Outcome
TONES = {State.READ: "attention", State.BRINGING: "submitted", State.DONE: "paid", State.UNDONE: "draft"}


@requires(Permission.DATA_IMPORT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def index(request: SignedInRequest) -> HttpResponse:
    """A file to read, and what was brought in before."""
    form = ImportForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    made = attempt(
        form,
        lambda v: verbs.take_in(v["kind"], v["file"].name, v["file"].read(), by=request.user, at=timezone.now()),
    )
    if made:
        return redirect("import_columns", made.pk)
    brought = Count("rows", filter=Q(rows__outcome=Outcome.BROUGHT))
    rows = list(Import.objects.select_related("read_by").annotate(brought=brought)[:EARLIER])
    context = {
        "form": form,
        "kinds": KINDS.values(),
        "earlier": [{"row": row, "tone": TONES[State(row.state)]} for row in rows],
    }
    return at_practice(request, "claims/imports.html", context, status_of(form))


@requires(Permission.DATA_IMPORT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def columns(request: SignedInRequest, pk: int) -> HttpResponse:
    """Which column fills which field, beginning with what the headings say."""
    imported = found_or_404(Import.objects, pk)
    if imported.state != State.READ:
        return redirect("import_page", pk)
    first = imported.rows.filter(problem="").values_list("cells", flat=True).first() or []
    form = ColumnsForm(request.POST if request.method == "POST" else None, imported=imported, first=first)

    def verb(_: Any) -> bool:
        verbs.match(imported, form.columns(), by=request.user, at=timezone.now())
        return True

    if attempt(form, verb):
        return redirect("import_page", pk)
    audit.view("import.view", by=request.user, at=timezone.now(), subject=imported)
    context = {"form": form, "imported": imported, "same": _same_file(imported), "trail": [TRAIL]}
    return at_practice(request, "claims/import_columns.html", context, status_of(form))


@requires(Permission.DATA_IMPORT)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """What would come, how far it is, or what became of it."""
    imported = found_or_404(Import.objects.select_related("read_by", "begun_by", "undone_by"), pk)
    if imported.state == State.READ and not imported.columns:
        return redirect("import_columns", pk)
    now = timezone.now()
    audit.view("import.view", by=request.user, at=now, subject=imported)
    context: dict[str, Any] = {"imported": imported, "same": _same_file(imported), "trail": [TRAIL]}
    if imported.state == State.READ:
        looked = preview(imported, today=practice_today(now))
        good = [(found.row.number, [_shown(found, t.key) for t in looked.columns]) for found in looked.good]
        others = [{"number": o.row.number, "outcome": o.outcome, "said": o.said} for o in looked.others]
        is_cut = imported.total - looked.counts["good"] > len(others)
        context |= {"looked": looked, "good": good, "counts": looked.counts, "others": others, "is_cut": is_cut}
        return at_practice(request, "claims/import_preview.html", context)
    return at_practice(request, "claims/import.html", context | _result(imported))


@require_POST
@requires(Permission.DATA_IMPORT)
@refusals_become_pages
@acts_once
def begin(request: SignedInRequest, pk: int) -> HttpResponse:
    form = BeginForm(request.POST)
    with_alike = form.is_valid() and form.cleaned_data["with_alike"]
    verbs.begin(found_or_404(Import.objects, pk), with_alike=with_alike, by=request.user, at=timezone.now())
    return redirect("import_page", pk)


@require_POST
@requires(Permission.DATA_IMPORT)
@refusals_become_pages
def go_on(request: SignedInRequest, pk: int) -> HttpResponse:
    """Bring the next rows in where no worker does."""
    imported = found_or_404(Import.objects, pk)
    if imported.state == State.BRINGING:
        jobs.step_by_hand(verbs.JOB, imported.pk, by=request.user, at=timezone.now())
    imported.refresh_from_db()
    return after_a_step(
        request,
        reverse("import_page", args=[pk]),
        "claims/_import.html",
        lambda: {"imported": imported, **_result(imported)},
        is_under_way=imported.state == State.BRINGING,
    )


@require_POST
@requires(Permission.DATA_IMPORT)
@refusals_become_pages
@acts_once
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    imported = found_or_404(Import.objects, pk)
    gone = verbs.undo(imported, by=request.user, at=timezone.now())
    words = imported.what.one if gone == 1 else imported.what.many
    messages.success(request, f"Taken back: {gone:,} {words}.")
    return redirect("import_page", pk)


@require_POST
@requires(Permission.DATA_IMPORT)
@refusals_become_pages
@acts_once
def discard(request: SignedInRequest, pk: int) -> HttpResponse:
    verbs.discard(found_or_404(Import.objects, pk), by=request.user, at=timezone.now())
    messages.success(request, "The file is forgotten. Nothing was brought in.")
    return redirect("import_list")


@requires(Permission.DATA_IMPORT)
@require_GET
def aside(request: SignedInRequest, pk: int) -> HttpResponse:
    """The rows that do not come in, as they were, with the reason in a last column: to be mended."""
    imported = found_or_404(Import.objects, pk)
    if not imported.columns:
        return redirect("import_columns", pk)
    found = list(set_aside(imported, today=practice_today(timezone.now())))
    rows = ((*_as_long(row.cells, imported), _sentence(said)) for row, said in found)
    table = Table(f"rows-of-import-{imported.pk}", (*imported.heads, "What to mend"), rows, len(found))
    return download(request, table, "csv", action="import.download", of=imported.pk)


def _shown(found: Found, key: str) -> Any:
    """What a field would hold. Where a column only says whose row it is, that row."""
    if key == "whole_name":
        return f"{found.values['last_name']}, {found.values['first_name']}"
    value = found.values.get(key, found.values.get(_LEADS_TO.get(key, "")))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return short_date(value)
    return phone(value) if key == "phone" and value else value


_LEADS_TO = {"chart_number": "patient", "payer_id": "payer", "payer_name": "payer"}


def _as_long(cells: list[str], imported: Import) -> list[str]:
    return [*cells, *[""] * (len(imported.heads) - len(cells))]


def _sentence(said: Any) -> str:
    return " ".join(f"{head}: {sentence}" if head else sentence for head, sentence in said)


def _same_file(imported: Import) -> Import | None:
    """The same file, brought in before and not taken back."""
    same = Import.objects.filter(kind=imported.kind, sha256=imported.sha256, state__in=(State.DONE, State.BRINGING))
    return same.exclude(pk=imported.pk).filter(pk__lt=imported.pk).first()


def _result(imported: Import) -> dict[str, Any]:
    counted = imported.rows.order_by().values_list("outcome").annotate(Count("pk"))
    counts = dict.fromkeys(("waiting", *Outcome.values), 0) | {outcome or "waiting": n for outcome, n in counted}
    others = imported.rows.filter(outcome__in=(Outcome.FAULTY, Outcome.ALIKE, Outcome.KNOWN))
    stays = imported.rows.filter(outcome=Outcome.BROUGHT).exclude(said=[])
    undone = imported.state == State.UNDONE
    return {
        "counts": counts,
        "done": imported.total - counts["waiting"],
        "job": jobs.of(verbs.JOB, imported.pk),
        "others": list(others[:SHOWN_OTHERS]) if imported.state == State.DONE else [],
        "stays": list(stays[:SHOWN_OTHERS]) if undone else [],
        "is_cut": others.count() > SHOWN_OTHERS if imported.state == State.DONE else False,
        "aside": counts[Outcome.FAULTY] + counts[Outcome.ALIKE],
    }
