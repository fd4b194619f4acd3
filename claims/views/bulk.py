"""One act on many claims of the worklist: what is typed for all, the preview, the doing, and what became of each."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from claims.forms.worklist import CallForm, HandOverForm, NoteForm, NothingForm, ReasonForm, read
from claims.models import BULK_ACTS, BulkRun
from claims.queries import narrowing
from claims.queries.choices import choices
from claims.services import bulk
from claims.views.calls import AGAIN
from claims.views.common import after_a_step, attempt, status_of
from documentation.kernel.machine import NotPermitted
from documentation.kernel.permissions import Permission
from documentation.services import audit, jobs
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import practice_today

FORMS: dict[str, Any] = {"note": NoteForm, "hold": ReasonForm, "call": CallForm}
LABELS = dict(BULK_ACTS)


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def begin(request: SignedInRequest) -> HttpResponse:
    """From the chosen claims to a preview; where something is to be typed for all of them, by way of a form."""
    act = request.POST.get("act", "")
    if act not in bulk.ACTS:
        raise Http404
    user, now = request.user, timezone.now()
    if not user.may(bulk.ACTS[act].needs):
        raise NotPermitted("Your role does not allow you to do this to claims.")
    back = request.POST.get("back", "")[:500]
    keys = _keys(request, back, practice_today(now))
    if not keys:
        messages.warning(request, "No claim was chosen. Tick those that it is for, then press the button again.")
        return redirect(_list(back))
    if len(keys) > bulk.MOST:
        messages.warning(request, f"Choose at most {bulk.MOST} claims at once, or narrow the list. Nothing was done.")
        return redirect(_list(back))
    is_typed = "typed" in request.POST
    form = _form(act, request.POST if is_typed or act in ("release", "mark_ready") else None, practice_today(now))
    run = (
        attempt(form, lambda v: bulk.look(act, keys, _plain(v), back=back, by=user, at=now)) if form.is_bound else None
    )
    if run:
        return redirect("bulk_page", run.pk)
    context = {
        "act": act, "title": LABELS[act], "form": form, "keys": keys, "count": len(keys), "back": back,
        "back_url": _list(back), "trail": [_trail(back)],
    }  # fmt: skip
    return render(request, "claims/bulk_form.html", context, status=status_of(form) if is_typed else 200)


@requires(Permission.CLAIM_PREPARE)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """The preview; then how far it is; then what became of each claim."""
    run = _run(request, pk)
    rows = list(run.rows.select_related("claim__encounter__patient", "claim__coverage__payer", "claim__owner"))
    audit.view("bulk.view", by=request.user, at=timezone.now(), subject=run, count=len(rows))
    counts = Counter(row.outcome for row in rows)
    against = sum(bool(row.foreseen) for row in rows)
    context = {
        **_progress(run),
        "rows": sorted(rows, key=lambda r: (not (r.said or r.foreseen), r.pk)),
        "label": LABELS[run.act],
        "told": _told(run),
        "against": against,
        "possible": len(rows) - against,
        "counts": counts,
        "left_alone": counts["refused"] + counts["changed"],
        "done_word": bulk.ACTS[run.act].done,
        "back_url": _list(run.back),
        "trail": [_trail(run.back)],
    }
    return render(request, "claims/bulk.html", context)


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def do(request: SignedInRequest, pk: int) -> HttpResponse:
    """Begin with what the preview shows."""
    run, now = _run(request, pk), timezone.now()
    bulk.begin(run, by=request.user, at=now)
    jobs.step_by_hand(bulk.JOB, run.pk, by=request.user, at=now)
    return redirect("bulk_page", run.pk)


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
def go_on(request: SignedInRequest, pk: int) -> HttpResponse:
    """Do the next claims, where no worker is at it."""
    run = _run(request, pk)
    if run.is_running:
        jobs.step_by_hand(bulk.JOB, run.pk, by=request.user, at=timezone.now())
    run.refresh_from_db()
    page = reverse("bulk_page", args=[run.pk])
    return after_a_step(
        request, page, "claims/_bulk_progress.html", lambda: _progress(run), is_under_way=run.is_running
    )


def _run(request: SignedInRequest, pk: int) -> BulkRun:
    run: BulkRun = found_or_404(BulkRun.objects.filter(made_by=request.user), pk)
    return run


def _progress(run: BulkRun) -> dict[str, Any]:
    total = run.rows.count()
    left = run.rows.filter(outcome="").count()
    return {"run": run, "job": jobs.of(bulk.JOB, run.pk), "total": total, "finished": total - left, "left": left}


def _keys(request: SignedInRequest, back: str, today: date) -> list[int]:
    """The claims that were ticked, or all that fit the filters of the list, one more than may be at most."""
    if request.POST.get("everything") != "1":
        return sorted({int(k) for k in request.POST.getlist("claim") if k.isascii() and k.isdigit() and len(k) < 15})
    chosen = read(QueryDict(back).dict(), choices()).chosen
    claims = narrowing.all_chosen(chosen, narrowing.footing(today))
    claims = narrowing.in_scope(claims, chosen.scope, request.user.pk)
    if chosen.queue:
        claims = claims.filter(queue=chosen.queue)
    order = chosen.order or "priority"
    return list(narrowing.ordered(claims, order).values_list("pk", flat=True)[: bulk.MOST + 1])


def _form(act: str, data: QueryDict | None, today: date) -> Any:
    if act == "assign":
        return HandOverForm(choices()["owner"], data)
    if act == "call" and data is None:
        return CallForm(initial={"called_on": today, "next_on": today + timedelta(days=AGAIN)})
    return FORMS.get(act, NothingForm)(data)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """What was typed, as it is kept: days as text."""
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}


def _told(run: BulkRun) -> list[tuple[str, str]]:
    """What was typed for all of them."""
    values = run.values
    if run.act == "assign":
        name = choices()["owner"].get(int(values["to"]), "somebody who left") if values.get("to") else "Nobody"
        return [("To", name), *([("Note", values["note"])] if values.get("note") else [])]
    if run.act == "call":
        outcome = dict(CallForm.base_fields["outcome"].choices).get(values.get("outcome"), "")  # type: ignore[attr-defined]
        days = [("Called", values.get("called_on")), ("Ask again", values.get("next_on"))]
        shown = [(label, date.fromisoformat(day)) for label, day in days if day]
        more = [("Answered by", "representative"), ("Reference", "reference"), ("Note", "note")]
        return [("Said", outcome), *shown, *((label, values[key]) for label, key in more if values.get(key))]
    return [(label, values[key]) for label, key in (("Note", "text"), ("Reason", "reason")) if values.get(key)]


def _list(back: str) -> str:
    return f"{reverse('worklist')}?{back}" if back else reverse("worklist")


def _trail(back: str) -> dict[str, str]:
    return {"label": "Worklist", "url": _list(back)}
