"""The practice's own rules: built, tried on past claims, adopted, retired; severities by payer; the first release."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from claims.conditions.catalogue import by_group
from claims.conditions.condition import read
from claims.conditions.sentence import sentence
from claims.conditions.states import OWN_RULE
from claims.forms.building import Draft, draft_from, draft_of
from claims.forms.rules import RetireForm, RuleForm, SeverityForm
from claims.models import OwnRule, Payer
from claims.queries.backtests import claims_of, counted_by
from claims.queries.rulebook import (
    BUILT_IN,
    adopted_beside,
    may_be_set,
    meets_built_in,
    rule_book,
    severities_by_rule,
    versions_in_force,
)
from claims.services import rules as verbs
from claims.views.common import attempt, seen, status_of
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Unanswerable
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import practice_today

TRAIL = {"label": "Rules", "url": "/rules/"}


@requires(Permission.RULES_VIEW)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """One rule: what it asks, what it would have done, its versions, and the steps that it can take."""
    rule: OwnRule = found_or_404(OwnRule.objects.all(), pk)
    today = practice_today(timezone.now())
    trial = rule.trials.select_related("tried_by").first()
    in_force = versions_in_force(today).filter(rule=rule).first()
    context = {
        "rule": rule,
        "label": OWN_RULE.label(rule.status),
        "tone": OWN_RULE.tone(rule.status),
        "sentence": sentence_of(rule.condition),
        "payers": Payer.objects.filter(pk__in=rule.payers),
        "in_force": in_force,
        "versions": [
            {"row": v, "sentence": sentence_of(v.condition)} for v in rule.versions.select_related("adopted_by")
        ],
        "severities": severities_by_rule().get(rule.number, []),
        "set": rule_book(today).set_of(rule.number) if in_force else [],
        "trial": trial,
        "counted": counted_by(trial) if trial else None,
        "steps": {t.name for t in OWN_RULE.transitions if rule.status in t.sources and request.user.may(t.needs)},
        "remarks": remarks_on(rule, today) if rule.status in ("draft", "tried") else (),
        "complaints": verbs.complaints(rule, today) if rule.status in ("draft", "tried") else (),
        "stopped": [("denied", claims_of(trial.stopped_denied)), ("paid", claims_of(trial.stopped_paid))]
        if trial
        else [],
        "trail": [TRAIL],
    }
    return render(request, "claims/own_rule.html", context)


def remarks_on(rule: OwnRule, day: date) -> tuple[str, ...]:
    """Where a rule meets one of the program."""
    try:
        return meets_built_in(read(rule.condition), day)
    except Unanswerable:
        return ()


def sentence_of(condition: Any) -> str:
    """A kept condition in words; one that cannot be read any more says so."""
    try:
        return sentence(read(condition))
    except Unanswerable as e:
        return f"This rule holds every claim, because {e}."


@requires(Permission.RULES_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def add(request: SignedInRequest) -> HttpResponse:
    return _edit(request, None)


@requires(Permission.RULES_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    rule: OwnRule = found_or_404(OwnRule.objects.exclude(status="retired"), pk)
    return _edit(request, rule)


def _edit(request: SignedInRequest, rule: OwnRule | None) -> HttpResponse:
    now = timezone.now()
    posted = request.POST if request.method == "POST" else None
    draft = _draft(request, rule)
    form = RuleForm(posted, instance=rule or OwnRule())
    is_tried = posted is not None and posted.get("then") == "try"

    def verb(values: dict[str, Any]) -> OwnRule:
        values = {**values, "condition": draft.condition.as_data()}
        by, looked_at = request.user, seen(request) if rule else None
        if is_tried:
            return verbs.save_and_try(rule, values, day=practice_today(now), by=by, at=now, seen=looked_at)
        return verbs.save_rule(rule, values, by=by, at=now, seen=looked_at)

    if saved := attempt(form, verb):
        said = "The rule is tried on past claims. Look at what it would have stopped." if is_tried else "Saved."
        messages.success(request, said)
        return redirect("own_rule", saved.pk)
    return _builder(request, rule, form, draft, status=status_of(form))


@requires(Permission.RULES_EDIT)
@refusals_become_pages
@require_POST
@vary_on_headers("HX-Request", "HX-Target")
def build(request: SignedInRequest) -> HttpResponse:
    """A step of building: a part added or removed, another property chosen. Nothing is saved."""
    number = request.POST.get("rule", "")
    rule = OwnRule.objects.filter(pk=int(number)).first() if _is_key(number) else None
    draft = _draft(request, rule)
    if request.headers.get("HX-Request"):
        part = "_rule_said" if request.headers.get("HX-Target") == "said" else "_rule_condition"
        return render(request, f"claims/{part}.html", _drawn(draft))
    chosen = {name: request.POST.get(name, "") for name in RuleForm.Meta.fields}
    form = RuleForm(instance=OwnRule(), initial={**chosen, "payers": request.POST.getlist("payers")})
    return _builder(request, rule, form, draft)


def _draft(request: SignedInRequest, rule: OwnRule | None) -> Draft:
    """The condition as the form holds it, else as it is kept, looked at beside the rules in force."""
    beside = rule or OwnRule()
    if request.method == "POST":
        payers = [int(pk) for pk in request.POST.getlist("payers") if _is_key(pk)]
        beside = OwnRule(pk=rule.pk if rule else 0, payers=payers)
    others = list(adopted_beside(beside, practice_today(timezone.now())))
    return draft_from(request.POST, others) if request.method == "POST" else draft_of(beside.condition, others)


def _is_key(text: str) -> bool:
    """Whether a field can hold the key of a row: `²` is a digit as well, and no number."""
    return text.isascii() and text.isdigit() and len(text) < 10


def _drawn(draft: Draft) -> dict[str, Any]:
    return {
        "draft": draft,
        "groups": by_group(),
        "sentence": sentence(draft.condition),
        "remarks": meets_built_in(draft.condition, practice_today(timezone.now())),
    }


def _builder(
    request: SignedInRequest, rule: OwnRule | None, form: RuleForm, draft: Draft, status: int = 200
) -> HttpResponse:
    trial = rule.trials.first() if rule else None
    context = {
        "rule": rule,
        "form": form,
        "seen": request.POST.get("seen") or (rule.revision if rule else ""),
        "trial": trial,
        "counted": counted_by(trial) if trial else None,
        "trail": [TRAIL, {"label": rule.number, "url": reverse("own_rule", args=[rule.pk])}] if rule else [TRAIL],
        **_drawn(draft),
    }
    return render(request, "claims/own_rule_edit.html", context, status=status)


@requires(Permission.RULES_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def step(request: SignedInRequest, pk: int) -> HttpResponse:
    """Try, adopt, or drop a change."""
    rule: OwnRule = found_or_404(OwnRule.objects.all(), pk)
    now, by = timezone.now(), request.user
    today, looked_at = practice_today(now), seen(request)
    match request.POST.get("transition", ""):
        case "try":
            verbs.try_rule(rule, day=today, by=by, at=now, seen=looked_at)
            said = "The rule is tried on past claims. Look at what it would have stopped."
        case "adopt":
            version = verbs.adopt(rule, day=today, by=by, at=now, seen=looked_at)
            said = f"{rule.number} is adopted. Version {version.version} is in force from today."
        case "keep":
            verbs.keep_version(rule, by=by, at=now, seen=looked_at)
            said = "The change is dropped. The version in force stays as it is."
        case _:
            raise Http404
    if request.POST["transition"] == "adopt":
        say_changed(request, said)
    else:
        messages.success(request, said)
    return redirect("own_rule", rule.pk)


def say_changed(request: SignedInRequest, said: str) -> None:
    """Say what is asked otherwise from now on, and offer to look at the open claims by it."""
    offer = format_html('<a href="{}">Check all open claims again</a>', reverse("recheck"))
    messages.success(request, format_html("{} {}", said, offer) if request.user.may(Permission.CLAIM_RECHECK) else said)


@requires(Permission.RULES_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def retire(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a rule out of force for good, with the reason."""
    rule: OwnRule = found_or_404(OwnRule.objects.all(), pk)
    form = RetireForm(request.POST if request.method == "POST" else None)
    now = timezone.now()

    def verb(values: dict[str, Any]) -> OwnRule:
        return verbs.retire(rule, values["reason"], day=practice_today(now), by=request.user, at=now)

    if attempt(form, verb):
        messages.success(request, f"{rule.number} is retired. Its id is never given to another rule.")
        return redirect("own_rule", rule.pk)
    url = reverse("own_rule", args=[rule.pk])
    context = {
        "form": form,
        "title": f"Retire {rule.number}",
        "lead": "From today it holds no claim any more, for good. Its id, its versions and this reason stay.",
        "submit": "Retire the rule",
        "back_url": url,
        "trail": [TRAIL, {"label": rule.number, "url": url}],
    }
    return render(request, "claims/told.html", context, status=status_of(form))


@requires(Permission.RULES_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def severity(request: SignedInRequest, rule: str) -> HttpResponse:
    """How grave a rule is for a payer from a day on, with all that was set before."""
    if not may_be_set(rule):
        raise Http404
    now = timezone.now()
    today = practice_today(now)
    form = SeverityForm(request.POST if request.method == "POST" else None, initial={"effective_on": today})

    def verb(values: dict[str, Any]) -> Any:
        return verbs.set_severity(rule, day=today, by=request.user, at=now, **values)

    if attempt(form, verb):
        say_changed(request, "The severity is set. Claims are checked by it from that day on.")
        return redirect(f"{reverse('rule_list')}#{rule}")
    built_in = BUILT_IN.get(rule)
    context = {
        "form": form,
        "rule": rule,
        "built_in": built_in,
        "rows": severities_by_rule().get(rule, []),
        "in_force": next((v for v in versions_in_force(today) if v.rule.number == rule), None),
        "today": today,
        "back_url": f"{reverse('rule_list')}#{rule}",
        "trail": [TRAIL],
    }
    return render(request, "claims/rule_severity.html", context, status=status_of(form))


@requires(Permission.RULES_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def release(request: SignedInRequest) -> HttpResponse:
    """A manager has looked at the rules: claims are held for what they lack from now on, no longer each of them."""
    verbs.release(by=request.user, at=timezone.now())
    say_changed(request, "The rules are released. A claim is held only for what it lacks from now on.")
    return redirect("rule_list")
