"""Ready to bill, where a biller's day begins, and the worklist of all claims."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from claims.models import Claim, Payer
from claims.queries import billing
from claims.queries.claims import facts_of, overrides_of, report_on
from claims.queries.filing import filing_of, filing_of_claim
from claims.queries.payers import ANSWERS, denied_for, last_answer
from claims.queries.plans import due
from claims.queries.rulebook import RuleBooks
from claims.workflow import WORD_LABELS, ClaimWord, Closing, Preparation
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Cause
from documentation.kernel.text import clean_text
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, requires

CHECKED_AT_ONCE = 15
"""How many drafts of the board are checked on one page; the others say only that they wait."""
PAGE = 50


@require_GET
@requires(Permission.CLAIM_PREPARE)
def ready_to_bill(request: SignedInRequest) -> HttpResponse:
    """What to do next for every visit and claim that has not left yet, oldest service first."""
    now = timezone.now()
    board = billing.board()
    everything = [*board.drafts, *board.held, *board.to_pack, *board.packed]
    audit_view(
        "claim.list", by=request.user, at=now, board="ready_to_bill", count=len(everything) + len(board.to_start)
    )
    books = RuleBooks()
    context: dict[str, Any] = {
        "to_start": [_visit(e, now, board.billed.get(e.visit_key, set())) for e in board.to_start],
        "drafts": [_row(c, now, books if n < CHECKED_AT_ONCE else None) for n, c in enumerate(board.drafts)],
        "held": [_row(c, now) for c in board.held],
        "to_pack": [_row(c, now) for c in board.to_pack],
        "packed": [_row(c, now) for c in board.packed],
        "amount": sum((c.total for c in everything), start=0),
        "is_empty": not (everything or board.to_start),
    }
    context["several"] = {
        "drafts": "mark_ready" if _some(context["drafts"]) else "",
        "to_pack": "build_packet" if _some(context["to_pack"]) and request.user.may(Permission.PACKET_BUILD) else "",
    }
    return render(request, "claims/ready_to_bill.html", context)


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


def _row(claim: Claim, now: datetime, books: RuleBooks | None = None) -> dict[str, Any]:
    """A claim of the board; it is checked where the rules come with it."""
    today = claim.encounter.location.today(now)
    packet = claim.packet  # type: ignore[attr-defined]
    row: dict[str, Any] = {
        "claim": claim,
        "filing": filing_of_claim(claim, today),
        "packet": f"K{packet:06d}" if packet else "",
    }
    if books:
        rules = books.on(today).of(claim.coverage.payer_id)
        report = report_on(facts_of(claim, today=today), overrides_of(claim), rules)
        standing = (*report.blockers, *report.open_warnings)
        row |= {"report": report, "left": len(standing), "blockers": len(report.blockers)}
        row["first"] = standing[0] if standing else None
    lacks_nothing = claim.preparation == Preparation.READY or ("report" in row and not row["first"])
    row["may_be_chosen"] = lacks_nothing and not getattr(claim, "record_moved_on", False)
    return row


@require_http_methods(["GET", "POST"])
@requires(Permission.CLAIM_VIEW)
def worklist(request: SignedInRequest) -> HttpResponse:
    """All claims, the newest first, by word and payer. A patient is searched by POST: names stay out of addresses."""
    now = timezone.now()
    words = clean_text(request.POST.get("patient", ""))[:100]
    chosen = _chosen(request)
    found = billing.of_patient(words) if words else billing.worded()
    if chosen["word"]:
        # A void claim is no draft any more, nor ready: it stands among all claims only.
        found = found.filter(Q(said=chosen["word"])).exclude(closing=Closing.VOIDED)
    if chosen["payer"]:
        found = found.filter(coverage__payer=chosen["payer"])
    if chosen["answer"]:
        found = found.filter(last_answer(ANSWERS[chosen["answer"]]))
    if chosen["cause"]:
        found = found.filter(denied_for(chosen["cause"]))
    older, newer = _key(request.GET.get("older")), _key(request.GET.get("newer"))
    claims, more = billing.page_of(found, older_than=older, newer_than=newer, size=PAGE)
    audit_view(
        "claim.search" if words else "claim.list", by=request.user, at=now, word=chosen["word"], count=len(claims)
    )
    context = {
        "rows": [_row(c, now) for c in claims],
        "has_rows": bool(claims),
        "words": [(w.value, WORD_LABELS[w][0]) for w in ClaimWord],
        "payers": list(Payer.objects.only("name")),
        "chosen": chosen,
        "narrowed": _narrowed(chosen),
        "search": words,
        "is_filtered": bool(words or any(chosen.values())),
        "page": _pages(chosen, claims, older=older, newer=newer, more=more) if not words else None,
    }
    return render(request, "claims/worklist.html", context)


def _chosen(request: SignedInRequest) -> dict[str, Any]:
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
    kept = {k: v for k, v in chosen.items() if v}
    has_newer = more if newer is not None else older is not None
    has_older = newer is not None or more
    return {
        "shown": f"{len(claims)} claim{'' if len(claims) == 1 else 's'}",
        "previous": "?" + urlencode({**kept, "newer": claims[0].pk}) if has_newer else "",
        "next": "?" + urlencode({**kept, "older": claims[-1].pk}) if has_older else "",
    }
