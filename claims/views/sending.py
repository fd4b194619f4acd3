"""Sending several claims at once: what goes by which way is shown first, then each has its own answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from claims.channels.seen import BY_KEY as CHANNELS
from claims.models import Claim, Dispatch
from claims.queries import billing
from claims.queries.sending import ways_out
from claims.services.cargo import Looked, look
from claims.services.dispatching import MOST, loads, put
from claims.services.outbox import carry
from claims.ways import WAYS, Time, Way, way_of
from documentation.kernel.machine import Refusal
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, refusals_become_pages, requires
from documentation.views.once import acted, acts_once

BOARD = {"label": "Ready to bill", "url": "/ready-to-bill/"}


@dataclass(frozen=True)
class Row:
    """One claim with the ways that it can take, the proposed one first; none where something stands against all."""

    looked: Looked
    ways: tuple[Way, ...]
    why_not: tuple[str, ...]

    @property
    def claim(self) -> Claim:
        return self.looked.claim


@require_POST
@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
def preview(request: SignedInRequest) -> HttpResponse:
    """What would leave, by which way, and what cannot and why. Nothing is sent here."""
    now = timezone.now()
    claims = _chosen(request)
    if isinstance(claims, HttpResponse):
        return claims
    audit_view("claim.list", by=request.user, at=now, board="send", count=len(claims))
    setup = ways_out()
    rows = [_row(one, setup) for one in look(claims, by=request.user, at=now)]
    context = {
        "rows": [r for r in rows if r.ways],
        "kept": [r for r in rows if not r.ways],
        "not_set_up": [(w, why) for w in WAYS if (why := w.lacking(setup))],
        "trail": [BOARD],
    }
    return render(request, "claims/send.html", context)


def _chosen(request: SignedInRequest) -> list[Claim] | HttpResponse:
    keys = sorted({int(k) for k in request.POST.getlist("claim") if k.isascii() and k.isdigit() and len(k) < 15})
    if not keys:
        messages.warning(request, "No claim was chosen. Tick those that are to leave, then press the button again.")
        return redirect("ready_to_bill")
    if len(keys) > MOST:
        messages.warning(request, f"{len(keys)} claims were chosen. Choose at most {MOST} at once; nothing was done.")
        return redirect("ready_to_bill")
    return list(billing.worded().filter(pk__in=keys).order_by("pk"))


def _row(one: Looked, setup: Mapping[str, str]) -> Row:
    ready = [w for w in WAYS if not w.lacking(setup)]
    ways = [w for w in ready if not one.against(w)]
    channel = CHANNELS.get(one.packet.channel) if one.packet else None
    # A packet that was sealed for a portal or a fax leaves that way, unless somebody says otherwise.
    meant = channel.way if channel and channel.key not in ("print", "mail") else ""
    ways.sort(key=lambda w: w.channel != meant)
    why = dict.fromkeys(reason for w in ready for reason in one.against(w))
    return Row(one, tuple(ways), tuple(why) if not ways else tuple(dict.fromkeys(one.electronic)))


# --- Doing it -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What became of one claim."""

    claim: Claim
    way: Way | None = None
    dispatch: Dispatch | None = None
    reasons: tuple[str, ...] = ()

    @property
    def is_by_hand(self) -> bool:
        return self.way is not None and self.way.is_by_hand

    @property
    def has_left(self) -> bool:
        return self.dispatch is not None and not self.reasons


@require_POST
@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
@acts_once
def send(request: SignedInRequest) -> HttpResponse:
    """Hand the chosen claims over, each by its way; one that is refused stops no other."""
    claims = _chosen(request)
    if isinstance(claims, HttpResponse):
        return claims
    answers = _sent(claims, request.POST, request.user, timezone.now())
    left = sum(a.has_left for a in answers)
    by_hand = sum(a.is_by_hand and not a.reasons for a in answers)
    context = {
        "answers": answers,
        "left": left,
        "by_hand": by_hand,
        "stayed": len(answers) - left - by_hand,
        "trail": [BOARD],
    }
    response = render(request, "claims/send_done.html", context, status=200 if left or by_hand else 422)
    return acted(response, reverse("outbox"))


def _sent(claims: list[Claim], given: QueryDict, by: User, at: datetime) -> list[Answer]:
    answers: dict[int, Answer] = {}
    groups: dict[str, list[Claim]] = {}
    for one in look(claims, by=by, at=at):
        way = way_of(given.get(f"way-{one.claim.pk}", ""))
        if way is None:
            answers[one.claim.pk] = Answer(one.claim, reasons=("No way was chosen for it. Choose one.",))
        elif reasons := one.against(way):
            answers[one.claim.pk] = Answer(one.claim, way, reasons=reasons)
        elif way.is_by_hand:
            answers[one.claim.pk] = Answer(one.claim, way)
        else:
            groups.setdefault(way.key, []).append(one.claim)
    time = Time()  # of all together: a person waits, and what it does not suffice for waits in the outbox
    for key, some in groups.items():
        for together in loads(some):
            answers |= {a.claim.pk: a for a in _handed_over(together, key, time, by, at)}
    return [answers[c.pk] for c in claims]


def _handed_over(claims: list[Claim], key: str, time: Time, by: User, at: datetime) -> Iterable[Answer]:
    way, dispatch = way_of(key), None
    try:
        dispatch = put(claims, key, by=by, at=at)
        carry(dispatch, by=by, at=at, time=time)
    except Refusal as e:
        for claim in claims:
            mine = tuple(r.removeprefix(f"{claim}: ") for r in e.reasons if not _is_of_another(r, claim, claims))
            yield Answer(
                claim, way, dispatch, mine or ("Another claim of the same file could not leave. Send it again.",)
            )
        return
    for claim in claims:
        yield Answer(claim, way, dispatch)


def _is_of_another(reason: str, claim: Claim, claims: list[Claim]) -> bool:
    return any(reason.startswith(f"{other}: ") for other in claims if other != claim)
