"""By which rules last days are counted: levels of appeals and days on the way, each with source and who verified it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from claims.clocks.paths import HIGHEST, REGIMES, Path, Regime
from claims.forms.clocks import LagForm, PathForm, Shown
from claims.models import AppealPath, SendingLag
from claims.queries.appeal_rules import Rules, known_from, known_lags, lag_rows, load_rules, path_rows, rules_from
from claims.services.clocks import record_lag, record_path
from claims.views.common import attempt, form_page, seen
from documentation.kernel.dates import long_date
from documentation.kernel.permissions import Permission
from documentation.views.access import SignedInRequest, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once
from documentation.views.work import practice_today

TRAIL = [{"label": "Deadlines", "url": "/deadlines/"}]
HERE = {"label": "How days are counted", "url": "/deadlines/rules/"}


@dataclass(frozen=True)
class Entry:
    path: Path
    why_open: str
    to_come: list[Path]


@requires(Permission.APPEAL_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Every level of every regime with what counts today, and the days that each way takes."""
    practice = around(request, paths=path_rows(), lags=lag_rows())
    today, rules = practice.today(timezone.now()), rules_from(practice.more["paths"])
    groups = []
    for key, label in REGIMES.items():
        paths = levels_of(rules, key, today)
        entries = [
            Entry(p, p.why_open(today, settings.PLAYBOOK_DAYS), rules.to_come(key, p.level, today)) for p in paths
        ]
        top = max((p.level for p in paths), default=0)
        may_add = key is not Regime.UNKNOWN and top < HIGHEST
        label = label if key is not Regime.UNKNOWN else "Where nobody knows the rules yet"
        groups.append({"key": key.value, "label": label, "entries": entries, "next": top + 1 if may_add else 0})
    context = {
        "groups": groups,
        "lags": known_from(practice.more["lags"]),
        "may_edit": request.user.may(Permission.PAYER_EDIT),
        "trail": TRAIL,
    }
    return render(request, "claims/deadline_rules.html", context)


def levels_of(rules: Rules, regime: str, today: date) -> list[Path]:
    """The levels of a regime that count today, the first first."""
    levels = [1] if regime == Regime.UNKNOWN else range(1, HIGHEST + 1)
    return [p for level in levels if (p := rules.path(regime, level, today))]


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def rule(request: SignedInRequest, regime: str, level: int) -> HttpResponse:
    """Write down one level as it was read; what stood before is kept."""
    now = timezone.now()
    today, rules = practice_today(now), load_rules()
    if regime not in list(Regime) or not _may_be(rules, regime, level, today):
        raise Http404
    known = rules.path(regime, level, today)
    form = PathForm(request.POST or None, instance=AppealPath(), known=known, today=today)
    if attempt(form, lambda v: record_path(regime, level, v, by=request.user, at=now, today=today, seen=seen(request))):
        messages.success(request, f"The rule is saved. {_counts(regime, level, today)}")
        return redirect("deadline_rules")
    newest = AppealPath.objects.filter(regime=regime, level=level).first()
    return form_page(
        request,
        form,
        title=f"{REGIMES[Regime(regime)]}, level {level}",
        lead="It counts for denials that wait and for those to come. Appeals that were started keep their last day.",
        back_url=reverse("deadline_rules"),
        row=Shown(newest.pk if newest else 0),
        trail=[*TRAIL, HERE],
    )


def _counts(regime: str, level: int, today: date) -> str:
    """What counts after a rule was written down: for events of today, and for those to come."""
    rules = load_rules()
    now, later = rules.path(regime, level, today), rules.to_come(regime, level, today)
    said = [f"for events from {long_date(p.applies_from)}: {p.said}" for p in later if p.applies_from]
    return "; ".join([f"For events of today counts: {now.said}" if now else "Nothing counts yet", *said]) + "."


def _may_be(rules: Rules, regime: str, level: int, today: date) -> bool:
    known = [p.level for p in levels_of(rules, regime, today)]
    return level in known or (regime != Regime.UNKNOWN and level == max(known, default=0) + 1 <= HIGHEST)


@requires(Permission.PAYER_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def lag(request: SignedInRequest, lag: str) -> HttpResponse:
    """Write down how many business days a way takes."""
    now = timezone.now()
    known = next((k for k in known_lags() if k.lag.channel == lag), None)
    if known is None:
        raise Http404
    today = practice_today(now)
    form = LagForm(request.POST or None, instance=SendingLag(), known=known, today=today)
    if attempt(form, lambda v: record_lag(lag, v, by=request.user, at=now, today=today, seen=seen(request))):
        messages.success(request, "Saved. The days by which to send follow it from now on.")
        return redirect("deadline_rules")
    newest = SendingLag.objects.filter(channel=lag).first()
    return form_page(
        request,
        form,
        title=f"Days on the way: {known.lag.label.lower()}",
        back_url=reverse("deadline_rules"),
        row=Shown(newest.pk if newest else 0),
        trail=[*TRAIL, HERE],
    )
