"""Ready to bill, where a biller's day begins, and the worklist of all claims."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from claims.models import Claim, Payer
from claims.queries import billing
from claims.queries.filing import filing_of, filing_of_claim
from claims.queries.next_plan import MOST_LOOKED_AT
from claims.queries.payers import ANSWERS, denied_for, last_answer
from claims.queries.plans import due
from claims.views.remittances import pager
from claims.views.tables import MOST_XLSX, offered
from claims.workflow import WORD_LABELS, ClaimWord, Closing
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Cause, Report
from documentation.kernel.text import clean_text
from documentation.models import User
from documentation.models.together import HowMany
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, requires
from documentation.views.context import around

PAGE = 50


@require_GET
@requires(Permission.CLAIM_PREPARE)
def ready_to_bill(request: SignedInRequest) -> HttpResponse:
    """What to do next for every visit and claim that has not left yet, oldest service first."""
    now = timezone.now()
    found = around(request, **billing.asked(request.GET, now.date())).more
    board = billing.board(request.GET, at=now, found=found)
    reports = board.reports
    audit_view("claim.list", by=request.user, at=now, board="ready_to_bill", count=board.count)
    context: dict[str, Any] = {
        "to_start": [_visit(e, now, board.billed.get(e.visit_key, set())) for e in board.to_start],
        "drafts": [_row(c, now, reports.get(c.pk)) for c in board.drafts],
        "held": [_row(c, now) for c in board.held],
        "to_pack": [_row(c, now, reports[c.pk]) | {"changed": board.changed.get(c.pk, "")} for c in board.to_pack],
        "packed": _packed(board, now),
        "next_plans": board.following,
        "most_looked_at": MOST_LOOKED_AT,
        "amount": board.dollars,
        "is_empty": not (board.count or board.following.rows or board.following.is_cut),
        **_pages_of(board, request.GET),
    }
    may_send = request.user.may(Permission.CLAIM_SUBMIT) and any(r["may_be_chosen"] for r in context["packed"])
    context["several"] = {
        "packed": "send" if may_send else "",
        "drafts": "mark_ready" if _some(context["drafts"]) else "",
        "to_pack": "build_packet" if _some(context["to_pack"]) and request.user.may(Permission.PACKET_BUILD) else "",
    }
    return render(request, "claims/ready_to_bill.html", context)


def _pages_of(board: billing.Board, asked: Mapping[str, str]) -> dict[str, Any]:
    """How many there are of each group, and for one that goes on its pages; they keep those of the other groups."""
    kept = {key: asked[key] for key in board.pages if asked.get(key, "").isdigit()}
    counts = {str(key): page.paginator.count for key, page in board.pages.items()}
    found: dict[str, Any] = {"counts": counts}
    for key, page in board.pages.items():
        if page.has_other_pages():
            rest = {other: number for other, number in kept.items() if other != key}
            found[f"{key}_page"] = pager(page, rest, key)
    return found


def _packed(board: billing.Board, now: datetime) -> list[dict[str, Any]]:
    """Claims that may leave; one that waits in the outbox already says so and is not chosen again."""
    rows = [_row(c, now, board.reports[c.pk]) for c in board.packed]
    for row in rows:
        row["in_outbox"] = board.outbox.get(row["claim"].pk)
        if row["in_outbox"]:
            row |= {"may_be_chosen": False, "instead": ("In the outbox", reverse("outbox"))}
    return rows


def _some(rows: list[dict[str, Any]]) -> bool:
    """Whether a step for several is worth a button: for one claim its own row has it."""
    return sum(row["may_be_chosen"] for row in rows) > 1


def _visit(encounter: Any, now: datetime, billed: set[int]) -> dict[str, Any]:
    plans = [p for p in due(list(encounter.patient.coverages.all()), encounter.service_date) if p.pk not in billed]
    today = encounter.location.today(now)
    clocks = [filing_of(plan, encounter.service_date, today) for plan in plans]
    return {
        "encounter": encounter,
        "plans": plans,
        "days": (today - encounter.service_date).days,
        # The shortest clock counts: by then every plan has its claim.
        "filing": min(clocks, key=lambda clock: clock.left, default=None),
    }


def _row(claim: Claim, now: datetime, report: Report | None = None) -> dict[str, Any]:
    """A claim of the board, with what failed of its checks where that was looked at."""
    today = claim.encounter.location.today(now)
    packet = claim.packet  # type: ignore[attr-defined]
    row: dict[str, Any] = {
        "claim": claim,
        "filing": filing_of_claim(claim, today),
        "packet": f"K{packet:06d}" if packet else "",
    }
    if report is not None:
        standing = (*report.blockers, *report.open_warnings)
        row |= {"is_checked": True, "left": len(standing), "blockers": len(report.blockers)}
        row["first"] = standing[0] if standing else None
    row["instead"] = _instead(claim, row)
    row["may_be_chosen"] = not row["instead"]
    return row


def _instead(claim: Claim, row: dict[str, Any]) -> tuple[str, str] | None:
    """What stands where a box to tick would, and the place that mends it; nothing where the claim may be chosen."""
    page = reverse("claim_page", args=[claim.pk])
    if getattr(claim, "record_moved_on", False):
        return "Record reopened", f"{page}#version"
    if "is_checked" not in row:
        return "Not checked here", f"{page}#readiness"
    if row["blockers"]:
        return f"{row['blockers']} blocker{'s' if row['blockers'] > 1 else ''}", f"{page}#readiness"
    return (f"{row['left']} to mend", f"{page}#readiness") if row["left"] else None


@require_http_methods(["GET", "POST"])
@requires(Permission.CLAIM_VIEW)
def worklist(request: SignedInRequest) -> HttpResponse:
    """All claims, the newest first, by word and payer. A patient is searched by POST: names stay out of addresses."""
    now = timezone.now()
    words = clean_text(request.POST.get("patient", ""))[:100]
    chosen = chosen_of(request)
    found = that_fit(billing.of_patient(words) if words else billing.worded(), chosen)
    older, newer = _key(request.GET.get("older")), _key(request.GET.get("newer"))
    claims, more = billing.page_of(found, older_than=older, newer_than=newer, size=PAGE)
    audit_view(
        "claim.search" if words else "claim.list", by=request.user, at=now, word=chosen["word"], count=len(claims)
    )
    # What a claim's word, answer or cause is has to be worked out claim by claim: of those nothing is counted.
    is_counted = not (words or chosen["word"] or chosen["answer"] or chosen["cause"])
    me = User.objects.filter(pk=request.user.pk).order_by()
    # Of bare claims: what a row shows hangs on other rows, and of these an engine would look at as many.
    bare = that_fit(Claim.objects.order_by(), chosen) if is_counted else Claim.objects.none()
    counted = me.values_list(HowMany(bare.values("pk")[: MOST_XLSX + 1]), flat=True)
    known = around(request, payers=Payer.objects.only("name"), counted=counted if is_counted else counted.none()).more
    context = {
        "rows": [_row(c, now) for c in claims],
        "has_rows": bool(claims),
        "words": [(w.value, WORD_LABELS[w][0]) for w in ClaimWord],
        "payers": known["payers"],
        "chosen": chosen,
        "narrowed": _narrowed(chosen),
        "search": words,
        "is_filtered": bool(words or any(chosen.values())),
        "page": _pages(chosen, claims, older=older, newer=newer, more=more) if not words else None,
        # What was searched for by a patient's name is not asked for by an address.
        "downloads": offered(
            lambda form: f"{reverse('claim_table', args=[form])}?{urlencode(_kept(chosen))}",
            next(iter(known["counted"]), None),
            is_capped=True,
        )
        if claims and not words
        else [],
    }
    return render(request, "claims/worklist.html", context)


def that_fit(claims: QuerySet[Any], chosen: dict[str, Any]) -> QuerySet[Any]:
    """Those of the claims that were chosen, by `chosen_of`."""
    found = claims
    if chosen["word"]:
        # A void claim is no draft any more, nor ready: it stands among all claims only.
        found = found.filter(Q(said=chosen["word"])).exclude(closing=Closing.VOIDED)
    if chosen["payer"]:
        found = found.filter(coverage__payer=chosen["payer"])
    if chosen["answer"]:
        found = found.filter(last_answer(ANSWERS[chosen["answer"]]))
    if chosen["cause"]:
        found = found.filter(denied_for(chosen["cause"]))
    return found


def _kept(chosen: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in chosen.items() if v}


def chosen_of(request: SignedInRequest) -> dict[str, Any]:
    """What narrows the list of all claims; what names nothing chooses nothing."""
    given = request.POST if request.method == "POST" else request.GET
    word = given.get("word", "")
    answer, cause = given.get("answer", ""), given.get("cause", "")
    return {
        "word": word if word in {w.value for w in ClaimWord} else "",
        "payer": _key(given.get("payer")),
        "answer": answer if answer in ANSWERS else "",
        "cause": cause if cause in {c.value for c in Cause} else "",
    }


def _narrowed(chosen: dict[str, Any]) -> str:
    """What the playbook of a payer counted, where the list was opened from there."""
    if chosen["cause"]:
        return f"Denied for {Cause(chosen['cause']).label.lower()}"
    return {"paid": "Paid by the payer's last answer", "denied": "Denied by its last answer"}.get(chosen["answer"], "")


def _key(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 15 else None


def _pages(chosen: dict[str, Any], claims: list[Claim], *, older: int | None, newer: int | None, more: bool) -> Any:
    if not claims:
        return None
    kept = _kept(chosen)
    has_newer = more if newer is not None else older is not None
    has_older = newer is not None or more
    return {
        "shown": f"{len(claims)} claim{'' if len(claims) == 1 else 's'}",
        "previous": "?" + urlencode({**kept, "newer": claims[0].pk}) if has_newer else "",
        "next": "?" + urlencode({**kept, "older": claims[-1].pk}) if has_older else "",
    }
