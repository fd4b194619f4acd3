"""Payers & policies: who pays, what is known of their rules, and the fee schedule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from claims.forms.payers import FactForm, FeeForm, KnownForm, PayerForm, PolicyForm
from claims.models import Fee, Payer, PlaybookFact
from claims.playbook import BY_KEY, Book, is_known
from claims.queries import payers as known
from claims.services.payers import confirm_fact, record_fact, record_policy, save_payer, set_fee
from claims.views.common import attempt, back, form_page, seen
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Permission
from documentation.kernel.text import clean_text
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once
from documentation.views.work import practice_today

TRAIL = {"label": "Payers & policies", "url": "/payers/"}


@requires(Permission.PAYER_VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """All payers with what is known of D0371, and the fee schedule."""
    practice = around(request, payers=known.with_playbooks(), fees=Fee.objects.all())
    today, rows = practice.today(timezone.now()), []
    for payer in practice.more["payers"]:
        book = payer.book()
        entries = {e.question.key: e for group in known.groups(payer, today) for e in group.entries if not e.scope}
        rows.append(
            {
                "payer": payer,
                "is_empty": book.is_empty,
                "covers": entries["covers_d0371"],
                "authorization": entries["prior_authorization"],
                "filing": entries["timely_filing_days"],
                "n_open": known.open_questions(book, today),
                "verified_on": known.last_verified(book),
            }
        )
    return render(request, "claims/payers.html", {"rows": rows, "fees": practice.more["fees"], "today": today})


@requires(Permission.PAYER_VIEW)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The playbook of one payer: what is known, from whom, since when, and what the practice itself met."""
    payer = found_or_404(known.with_playbooks(), pk)
    today = practice_today(timezone.now())
    groups = known.groups(payer, today)
    context = {
        "payer": payer,
        "groups": groups,
        "is_empty": payer.book().is_empty,
        "n_open": known.open_questions(payer.book(), today),
        "stale": [e for g in groups for e in g.entries if e.why_stale],
        "history": known.history(payer.playbook.all()),
        "outcomes": known.outcomes(payer),
        "terms": payer.terms.select_related("recorded_by").first(),
        "trail": [TRAIL],
    }
    return render(request, "claims/payer.html", context)


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@acts_once
def add(request: SignedInRequest) -> HttpResponse:
    form = PayerForm(request.POST or None)
    payer = attempt(form, lambda values: save_payer(None, values, by=request.user, at=timezone.now()))
    if payer:
        messages.success(request, f"{payer.name} is added. Now write down what you know of its rules for D0371.")
        return redirect("payer_policy", payer.pk)
    return form_page(
        request, form, title="Add a payer", submit="Add payer", back_url=reverse("payer_list"), trail=[TRAIL]
    )


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@acts_once
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    payer = found_or_404(Payer.objects.all(), pk)
    form = PayerForm(request.POST or None, instance=payer)
    here = _page(payer)
    if attempt(form, lambda values: save_payer(payer, values, by=request.user, at=timezone.now(), seen=seen(request))):
        messages.success(request, "The payer is saved.")
        return redirect(here["url"])
    return form_page(request, form, title="Correct payer", back_url=here["url"], row=payer, trail=[TRAIL, here])


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@acts_once
def policy(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down all that one call settled; what was known before stays."""
    payer = found_or_404(Payer.objects.all(), pk)
    now, book = timezone.now(), payer.book()
    first = {} if book.is_empty else {"source": "", "verified_on": practice_today(now)}
    form = PolicyForm(request.POST or None, initial=first, book=book, today=practice_today(now))
    here = _page(payer)
    leave = back(request, here["url"])

    def save(values: dict[str, Any]) -> None:
        record_policy(payer, values, by=request.user, at=now, seen=seen(request), keys=form.answered(book))

    if _saved(form, save):
        messages.success(request, f"What you know of {payer.name} is saved; earlier answers are kept.")
        return redirect(leave)
    return form_page(
        request,
        form,
        title=f"What {payer.name} pays for D0371",
        lead="What nobody asked yet stays “not known”: a fair answer, which the checks treat as a question to ask."
        " Only answers that you change take the source and the day below; the others keep their own.",
        back_url=leave,
        row=Shown(max((f.pk for f in _now(payer).facts if not f.plan_name), default=0)),
        differences=form.changes(_now(payer)) if form.stale else [],
        trail=[TRAIL, here],
    )


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@acts_once
def fact(request: SignedInRequest, pk: int, question: str) -> HttpResponse:
    """Write down one fact, of the payer or of the plan that `?plan=` names."""
    payer = found_or_404(Payer.objects.all(), pk)
    if question not in BY_KEY:
        raise Http404
    asked, plan = BY_KEY[question], clean_text(request.GET.get("plan", ""))[:120]
    now = timezone.now()
    last = _last(payer, question, plan)
    form = FactForm(
        request.POST or None,
        instance=last or PlaybookFact(),
        question=question,
        book=_alone(last),
        today=practice_today(now),
    )
    here = _page(payer)
    leave = back(request, here["url"])

    def save(values: dict[str, Any]) -> PlaybookFact:
        given = {name: value for name, value in values.items() if name != question}
        value = values[question]
        given |= {"plan_name": plan, "value": value if is_known(value) else None}
        return record_fact(payer, question, given, by=request.user, at=now, seen=seen(request))

    if _saved(form, save):
        messages.success(request, f"“{asked.label}” is saved; what was known before is kept.")
        return redirect(leave)
    latest = _last(payer, question, plan)
    return form_page(
        request,
        form,
        title=f"{asked.label}: {plan or payer.name}",
        lead=f"{asked.ask} {asked.used}",
        back_url=leave,
        row=Shown(latest.pk if latest else 0),
        differences=form.changes(_alone(latest)) if form.stale and latest else [],
        scopes=_scopes(payer, question, plan),
        trail=[TRAIL, here],
    )


@require_POST
@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@acts_once
def confirm(request: SignedInRequest, pk: int, question: str) -> HttpResponse:
    """Still true, checked today by this person in the source that was typed."""
    payer = found_or_404(Payer.objects.all(), pk)
    plan = clean_text(request.GET.get("plan", ""))[:120]
    now, last = timezone.now(), _last(payer, question, plan)
    if last is None:
        raise Http404
    if last.pk != seen(request):
        raise NotPossible("Somebody else wrote this down meanwhile. Look at the page again.")
    try:
        source = clean_text(request.POST.get("source", ""))
        confirm_fact(last, source, on=practice_today(now), by=request.user, at=now)
    except ValidationError as e:
        messages.error(request, f"{BY_KEY[question].label}: {' '.join(e.messages)}")
    else:
        messages.success(request, f"“{BY_KEY[question].label}” is still true, checked today.")
    return redirect(back(request, _page(payer)["url"]))


@dataclass(frozen=True)
class Shown:
    """The newest row that a form shows, as what the next save must have seen."""

    revision: int


def _saved(form: KnownForm, verb: Callable[[dict[str, Any]], object]) -> bool:
    def act(values: dict[str, Any]) -> bool:
        verb(values)
        return True

    return bool(attempt(form, act))


def _last(payer: Payer, question: str, plan: str) -> PlaybookFact | None:
    return PlaybookFact.objects.filter(payer=payer, key=question, plan_name=plan).first()


def _alone(row: PlaybookFact | None) -> Book:
    """One fact as the whole book: the form asks for it without a plan, whosever it is."""
    return Book((replace(row.fact, plan_name=""),)) if row else Book()


def _now(payer: Payer) -> Book:
    return Payer.objects.get(pk=payer.pk).book()


def _scopes(payer: Payer, question: str, plan: str) -> list[dict[str, str]]:
    """For whom the fact may be written down: the payer as a whole, or one of the plans that patients brought."""
    plans = payer.coverages.exclude(plan_name="").order_by("plan_name").values_list("plan_name", flat=True).distinct()
    url = reverse("payer_fact", args=[payer.pk, question])
    named = [{"label": name, "url": f"{url}?{urlencode({'plan': name})}"} for name in plans if name != plan]
    return ([{"label": f"{payer.name} as a whole", "url": url}] if plan else []) + named[:20]


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@acts_once
def fee(request: SignedInRequest) -> HttpResponse:
    form = FeeForm(request.POST or None, initial={"code": "D0371", "effective_on": practice_today(timezone.now())})
    leave = back(request, reverse("payer_list") + "#fees")
    if attempt(
        form,
        lambda v: set_fee(v["code"], v["amount"], effective_on=v["effective_on"], by=request.user, at=timezone.now()),
    ):
        messages.success(request, "The fee is saved.")
        return redirect(leave)
    return form_page(request, form, title="Set a fee", submit="Save fee", back_url=leave, trail=[TRAIL])


def _page(payer: Payer) -> dict[str, str]:
    return {"label": payer.name, "url": reverse("payer_page", args=[payer.pk])}
