"""The worklist: every open claim in the one queue that names what to do next, what is worth doing first on top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from claims.forms.worklist import KEYS, Read, read, words
from claims.models import BULK_ACTS, Denial, SavedView
from claims.models.submissions import CHANNELS
from claims.queries import narrowing
from claims.queries.agenda import leaving
from claims.queries.appeal_rules import Rules
from claims.queries.deadlines import Case, Deadline, case_of
from claims.queries.filing import Filing, filing_of_claim
from claims.queries.narrowing import ORDERS, SCOPES, Counts, Footing, Narrowed
from claims.queries.worklist_rows import Frame, Row, asked, frame_of, page
from claims.queries.worklists import BY_KEY, QUEUES, Queue
from claims.services.bulk import ACTS
from claims.views.tables import offered
from claims.workflow import Transport
from documentation.kernel.dates import long_date
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Cause
from documentation.models import User
from documentation.services import audit
from documentation.views.access import SignedInRequest, requires
from documentation.views.context import around

SHOWN = 50
DEEPEST = 200
"""Pages: whoever leafs further is better served by a filter."""
DUE = ("appeal_due", "denied", "second_person")
TO_FILE = ("to_prepare", "to_send", "held", "rejected", "first_plan")
SENT = ("waiting", "appeal_waiting")
DENIED = (*DUE, "appeal_waiting")
"""Queues whose claims have a denial that is open."""
_ANCHORS = {"answered": "#balance", "rejected": "#sending", "waiting": "#sending", "to_send": "#sending"}


@requires(Permission.WORKLIST_VIEW)
@require_GET
def show(request: SignedInRequest) -> HttpResponse:
    """One queue, with the number of claims in each of the others."""
    user, now = request.user, timezone.now()
    sees_amounts = user.may(Permission.CLAIM_VIEW)
    # No claims, but the same work: what came back and is to be mended.
    questions = user.may(Permission.COVERAGE_VIEW) and sees_amounts
    practice = around(request, asked.question("person")(questions))
    known = frame_of(practice.more)
    if not request.GET and (view := next((v for v in known.views if v.pk == known.start), None)):
        return redirect(view_url(view))
    found = read(request.GET, known.choices, with_amounts=sees_amounts)
    on = Footing(practice.today(now), known.odds)
    claims = narrowing.all_chosen(found.chosen, on)
    counts, anybodys = _counts(found.chosen, on, user, known)
    queue = _queue(found, counts, known.questions)
    order = found.chosen.order or ("priority" if sees_amounts else "due")
    mine = narrowing.in_scope(claims.filter(queue=queue.key), found.chosen.scope, user.pk)
    total = counts.of(queue.key, found.chosen.scope)
    number, said = _page(request.GET, total)
    rows = _rows(
        narrowing.ordered(mine, order)[(number - 1) * SHOWN : number * SHOWN], queue, order, on, known, now, user
    )
    audit.view("claim.list", by=user, at=now, queue=queue.key, count=len(rows))
    query = dict(found.query)
    current = next((v for v in known.views if str(v.pk) == request.GET.get("view", "") and _is_of(v, query)), None)
    unassigned = anybodys.total("unassigned")
    context = {
        "queue": queue,
        "said": [*found.said, *said],
        "tabs": _tabs(query, counts, found.chosen.scope, queue, len(known.questions)),
        "scopes": [
            {
                "label": label,
                "url": _url(query, queue=queue.key, scope=key, owner=""),
                "count": anybodys.of(queue.key, key),
                "current": key == found.chosen.scope and not found.chosen.owner,
            }
            for key, label in SCOPES.items()
            if key != "mine" or user.may(Permission.CLAIM_PREPARE)
        ],
        "orders": [(k, w) for k, w in ORDERS.items() if sees_amounts or k in ("due", "oldest")],
        "order": order,
        "rows": rows,
        "has_rows": bool(rows),
        "questions": known.questions if queue.key == "rejected" else [],
        "is_empty": not any(counts.total(s) for s in SCOPES) and not known.questions and not found.query,
        "unassigned": unassigned,
        "unassigned_url": _url(query, queue="", scope="unassigned", owner=""),
        "everything_url": _url({"scope": "all"}),
        "narrowed": [(w, _url({k: v for k, v in query.items() if k != key})) for key, w in words(query, known.choices)],
        "choices": known.choices,
        "chosen": found.chosen,
        "query": query,
        "address": urlencode({**query, "queue": queue.key}),
        "filled": {k: query.get(k, "") for k in KEYS},
        "has_due": queue.key in DUE,
        "has_filing": queue.key in TO_FILE,
        "has_sent": queue.key in SENT,
        "has_cause": any(row.get("case") for row in rows),
        "sees_amounts": sees_amounts,
        "sees_names": user.may(Permission.PATIENT_VIEW),
        "sees_claims": user.may(Permission.CLAIM_VIEW),
        "bill_url": reverse("ready_to_bill") if user.may(Permission.CLAIM_PREPARE) else "",
        "downloads": offered(
            lambda form: f"{reverse('worklist_table', args=[form])}?{urlencode({**query, 'queue': queue.key})}", total
        ),
        "views": [{"view": v, "url": view_url(v), "current": v == current} for v in known.views],
        "view": current,
        "starts_here": bool(current and current.pk == known.start),
        "acts": [(key, label) for key, label in BULK_ACTS if user.may(ACTS[key].needs)],
        "total": total,
        "page": _pager(number, total, query, queue),
        "page_number": number,
        "here": urlencode({**query, "queue": queue.key}),
        "causes": [(c.value, c.label) for c in Cause],
        "channels": CHANNELS,
        "unassigned_words": f"Unassigned: {unassigned:,} in all queues.",
    }
    return render(request, "claims/queues.html", context)


def _counts(chosen: Narrowed, on: Footing, user: User, known: Frame) -> tuple[Counts, Counts]:
    """Of what was chosen; and of the same whoever works on it, as the choice of whose claims takes a person's place."""
    wanted = {"chosen": chosen}
    if chosen.owner:
        wanted["anybodys"] = replace(chosen, owner=None)
    found = narrowing.counted(on, **wanted)
    workers = known.choices["owner"]
    counts = {name: narrowing.counts_of(rows, user.pk, workers) for name, rows in found.items()}
    return counts["chosen"], counts.get("anybodys", counts["chosen"])


def _queue(found: Read, counts: Counts, questions: list[Any]) -> Queue:
    """The chosen queue; else the first with work for this person."""
    if found.chosen.queue:
        return BY_KEY[found.chosen.queue]
    waiting = {q.key: counts.of(q.key, found.chosen.scope) for q in QUEUES}
    waiting["rejected"] += len(questions)
    return next((q for q in QUEUES if waiting[q.key]), QUEUES[0])


def _tabs(query: Mapping[str, str], counts: Counts, scope: str, queue: Queue, questions: int) -> list[dict[str, Any]]:
    extra = {"rejected": questions}
    return [
        {"label": q.label, "url": _url(query, queue=q.key), "current": q is queue,
         "count": counts.of(q.key, scope) + extra.get(q.key, 0)}
        for q in QUEUES
    ]  # fmt: skip


def _page(given: QueryDict, total: int) -> tuple[int, list[str]]:
    """The number of the page to show, and a sentence where it is not the one that was asked for."""
    text = given.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0):
        return 1, ["There is no such page. The first one is shown."]
    last = max(1, -(-total // SHOWN))
    if int(text) > last:
        if not total:
            return 1, []
        return min(last, DEEPEST), [f"The list ends with page {last:,}. The last page is shown."]
    if int(text) > DEEPEST:
        return 1, [f"The list is leafed through up to page {DEEPEST}. Narrow it to find what you look for."]
    return int(text), []


def _rows(
    chosen: Any, queue: Queue, order: str, on: Footing, known: Frame, now: datetime, user: User
) -> list[dict[str, Any]]:
    found = page(chosen, order, on, known, with_denials=queue.key in DENIED, with_filing=queue.key in (*TO_FILE, *SENT))
    return [_row(row, queue, row.claim.encounter.location.today(now), known, user) for row in found]


def _row(found: Row, queue: Queue, today: date, known: Frame, user: User) -> dict[str, Any]:
    """A claim with its one next step and the place where that is done."""
    claim = found.claim
    row: dict[str, Any] = {
        "claim": claim,
        "weight": found.weight,
        "today": today,
        "waited": (today - claim.sent_on).days if claim.sent_on else None,
        "step": queue.next_step,
        "url": reverse("claim_page", args=[claim.pk]) + _ANCHORS.get(queue.key, ""),
    }
    if queue.key in (*TO_FILE, *SENT):
        row["filing"] = filing_of_claim(claim, today)
    case = _case(found.denials, queue, today, known.rules)
    if case:
        row |= {"case": case, "step": case.step if queue.key != "second_person" else queue.next_step}
        row["clock"] = leaving(claim, case.due, today, known.lags, case=case) if case.due else None
        page_of = reverse("claim_page", args=[claim.pk])
        row["url"] = f"{page_of}#denials"
        if case.appeal and user.may(Permission.APPEAL_VIEW):
            row["url"] = reverse("appeal_page", args=[case.appeal.pk])
        if queue.key == "second_person":
            row["url"] = reverse("denial_page", args=[case.denial.pk])
    elif queue.key in TO_FILE and claim.transport in (Transport.NONE, Transport.REJECTED):
        row["clock"] = leaving(claim, _filing_day(row["filing"]), today, known.lags)
    if not user.may(Permission.CLAIM_VIEW):
        row["url"] = ""
    return row


def _filing_day(filing: Filing) -> Deadline:
    start = filing.due - timedelta(days=filing.days)
    return Deadline(filing.due, f"{filing.days} days from the {filing.event} of {long_date(start)}")


def _case(denials: list[Denial], queue: Queue, today: date, rules: Rules) -> Case | None:
    """The denial that put a claim into its queue."""
    cases = [case_of(denial, today, rules) for denial in denials]
    if queue.key == "appeal_waiting":
        cases = [c for c in cases if c.appeal]
    far = date.max
    return min(cases, key=lambda c: (c.due.day if c.due else far, c.denial.pk), default=None)


def _url(query: Mapping[str, str], **more: str) -> str:
    merged = {**query, **more}
    return f"{reverse('worklist')}?{urlencode({k: merged[k] for k in (*KEYS, 'page', 'view') if merged.get(k)})}"


def view_url(view: SavedView) -> str:
    known = {k: str(v) for k, v in view.query.items() if k in KEYS}
    return _url({"scope": "all", **known}, view=str(view.pk))


def _is_of(view: SavedView, query: Mapping[str, str]) -> bool:
    """Whether what is shown is still what the view keeps; another queue is."""
    without = ("queue", "scope")
    kept = {k: str(v) for k, v in view.query.items()}
    same = {k: v for k, v in query.items() if k not in without} == {k: v for k, v in kept.items() if k not in without}
    return same and query.get("scope", "all") == kept.get("scope", "all")


def _pager(number: int, total: int, query: Mapping[str, str], queue: Queue) -> dict[str, str] | None:
    if total <= SHOWN:
        return None
    first, last = (number - 1) * SHOWN + 1, min(number * SHOWN, total)
    here = {**query, "queue": queue.key}
    return {
        "shown": f"{first:,}–{last:,} of {total:,}",
        "previous": _url(here, page=str(number - 1)) if number > 1 else "",
        "next": _url(here, page=str(number + 1)) if last < total and number < DEEPEST else "",
    }
