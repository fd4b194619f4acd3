"""What billers work on: visits to bill, claims to prepare, packets to send; with the time that is left to file."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, CharField, Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from claims.models import Claim, Coverage, DispatchedClaim, Packet, VisitToBill
from claims.packet.printed import told
from claims.queries import gathered, next_plan, packets, rulebook
from claims.queries.billed import billed_claims
from claims.queries.claims import (
    encounters_to_bill,
    facts_of_rows,
    failures_among,
    listed,
    overrides_among,
    reasons_among,
)
from claims.queries.filing import with_clock
from claims.queries.next_plan import Waiting
from claims.queries.rulebook import RuleBooks
from claims.workflow import Adjudication, ClaimWord, Closing, Preparation, Transport
from documentation.kernel.rule import Report
from documentation.models import AuditEvent, Encounter
from documentation.models.among import Keys, among
from documentation.models.together import Prepared, Question, counting, number, together
from documentation.queries.patients import search
from documentation.queries.versions import of_visit

_ANSWERED = (Adjudication.PAID, Adjudication.PARTLY_PAID, Adjudication.PATIENT_SHARE)

WORDS: tuple[tuple[ClaimWord, Q], ...] = (
    (ClaimWord.APPEAL, Q(appeal_to_send=True) | Q(appeal_sent=True)),
    (ClaimWord.DENIED, Q(open_denial=True) | Q(adjudication=Adjudication.DENIED, closing=Closing.OPEN)),
    (ClaimWord.NEEDS_ATTENTION, Q(transport=Transport.REJECTED, closing=Closing.OPEN)),
    (ClaimWord.PAID, Q(adjudication__in=_ANSWERED)),
    (ClaimWord.DENIED, Q(adjudication=Adjudication.DENIED)),
    (ClaimWord.SUBMITTED, Q(transport__in=(Transport.SENT, Transport.ACCEPTED))),
    (ClaimWord.NEEDS_ATTENTION, Q(preparation=Preparation.HELD)),
    (ClaimWord.READY, Q(preparation=Preparation.READY)),
)
"""The word of a claim in the database's words, in the order of `word_of`; none of them is a draft."""


def with_word() -> QuerySet[Claim]:
    """Claims with what every list shows of them and their `said` word, and no more."""
    whens = [When(condition, then=Value(word.value)) for word, condition in WORDS]
    return listed().annotate(said=Case(*whens, default=Value(ClaimWord.DRAFT.value), output_field=CharField()))


def worded() -> QuerySet[Claim]:
    """Claims as lists show them, each with its `said` word, the days to file, and its newest packet."""
    return _worded().all()


@functools.cache
def _worded() -> QuerySet[Claim]:
    """Thought up once, as it takes longer than to answer it for one claim. Nobody asks it itself: it would remember."""
    packet = Packet.objects.filter(claim=OuterRef("pk"), kind="claim").order_by("-pk")
    return with_clock(with_word()).annotate(
        packet=Subquery(packet.values("pk")[:1]),
        packet_revision=Subquery(packet.values("claim_revision")[:1]),
    )


SHOWN = 25
"""Rows of one page of a group."""


@dataclass
class Board:
    """What is ready to bill, oldest service first, by what to do next: a page of each group, and how many there are."""

    pages: dict[str, Page[int]] = field(default_factory=dict)
    """Of visits to start, and of claims by their preparation (`draft`, `ready`, `held`): the page that is shown."""
    dollars: Decimal = Decimal("0.00")
    """Billed on all claims that have not left."""
    to_start: list[Encounter] = field(default_factory=list)
    billed: dict[int, set[int]] = field(default_factory=dict)
    """Of visits to start that were billed in part: by `visit_key` the plans that have their claim."""
    drafts: list[Claim] = field(default_factory=list)
    held: list[Claim] = field(default_factory=list)
    to_pack: list[Claim] = field(default_factory=list)
    packed: list[Claim] = field(default_factory=list)
    changed: dict[int, str] = field(default_factory=dict)
    """Of `to_pack`: by claim what its packet prints that is otherwise now, as a clause without values."""
    reports: dict[int, Report] = field(default_factory=dict)
    """What failed of the checks, by claim: of all that are ready, and of the first CHECKED_AT_ONCE drafts."""
    outbox: dict[int, int] = field(default_factory=dict)
    """Of what is ready: by claim the handing over in which it waits already."""
    following: Waiting = field(default_factory=Waiting)

    @property
    def count(self) -> int:
        """How many visits and claims wait, on all pages."""
        return sum(page.paginator.count for page in self.pages.values())


CHECKED_AT_ONCE = 15
"""How many drafts of the board are checked on one page; the others say only that they wait."""


def asked(typed: Mapping[str, str], today: date) -> dict[str, QuerySet[Any]]:
    """What the board begins with; it may be asked for with others."""
    return {**_of_pages(_numbers(typed)), **rulebook.asked(), "looked": next_plan.to_look_at(today)}


def board(typed: Mapping[str, str], *, at: datetime, found: Mapping[str, list[Any]] | None = None) -> Board:
    """Everything between the signature and the sending, in three queries.
    `typed` says by the names of `Board.pages` which page of a group; another is the nearest that there is. `found` is
    what came of `asked`, where it is at hand.
    """
    found = found or together(**asked(typed, at.date()))
    made = Board(*_pages(typed, found))
    rows = _rows(made, found["looked"])
    of_state: dict[str, list[Claim]] = {Preparation.DRAFT: made.drafts, Preparation.HELD: made.held}
    ready: list[Claim] = []
    state_of = {key: state for state in _STATES for key in made.pages[state].object_list}
    for claim in rows["claims"]:  # As the page began: what somebody does meanwhile shows on the next one.
        of_state.get(state_of[claim.pk], ready).append(claim)
    made.to_start = rows["visits"]
    for key, plan in rows["billed"]:
        made.billed.setdefault(key, set()).add(plan)
    made.outbox = dict(rows["outbox"])
    if found["looked"]:
        made.following = next_plan.waiting_among(found["looked"], rows)
    if checked := [*made.drafts[:CHECKED_AT_ONCE], *ready]:
        _check(made, checked, ready, rows, rulebook.RuleBooks(found), at)
    return made


def _rows(made: Board, looked: list[Claim]) -> dict[str, list[Any]]:
    """The rows that are shown, and what is known of them by their keys."""
    shown = {name: list(page.object_list) for name, page in made.pages.items()}
    ready = set(shown[Preparation.READY])
    keys = {
        "visits": set(shown["visits"]),
        "claims": {key for state in _STATES for key in shown[state]},
        "ready": ready,
        "checked": {*shown[Preparation.DRAFT][:CHECKED_AT_ONCE], *ready},
    }
    question = _of_rows.question(*keys)()
    if looked:
        question |= Question(next_plan.asked(looked))
    return question.answered(**keys)


@Prepared
def _of_rows(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    plans = Coverage.objects.filter(is_active=True).select_related("payer").prefetch_related("payer__playbook")
    visits = encounters_to_bill().filter(among("pk", keys["visits"]))
    outbox = DispatchedClaim.objects.filter(among("claim", keys["ready"]), is_waiting=True)
    return {
        "visits": visits.prefetch_related(Prefetch("patient__coverages", plans)),
        "billed": _billed_plans(keys["visits"]),
        "claims": worded().filter(among("pk", keys["claims"])).order_by("service_date", "pk"),
        "outbox": outbox.values_list("claim", "dispatch"),
        "overrides": overrides_among(keys["checked"]),
        **gathered.asked(keys["checked"]),
        **packets.asked(keys["ready"]),
    }


def _check(
    made: Board, checked: list[Claim], ready: list[Claim], found: dict[str, list[Any]], books: RuleBooks, at: datetime
) -> None:
    rows = gathered.Gathered(checked, found)
    facts = {claim.pk: known for claim, known in facts_of_rows(rows, at)}
    reasons = reasons_among(found["overrides"])
    read = ((claim, facts[claim.pk]) for claim in checked)
    failed = failures_among(read, reasons, rows.payer_keys(), at=at, books=books)
    made.reports = {claim.pk: report for claim, report in failed}
    standing = packets.standings_by({claim.pk: claim for claim in ready}, facts, found, rows)
    for claim in ready:
        sealed = standing.get(claim.pk)
        (made.packed if sealed and sealed.is_current else made.to_pack).append(claim)
    made.changed = {pk: told(s.changed) for pk, s in standing.items() if s.changed}


_STATES = (Preparation.DRAFT, Preparation.READY, Preparation.HELD)


def _numbers(typed: Mapping[str, str]) -> dict[str, int]:
    """Which page of each group is asked for."""
    names = ("visits", *_STATES)
    return {name: int(n) if (n := typed.get(name, "")).isdecimal() and len(n) < 9 else 1 for name in names}


def _of_pages(numbers: Mapping[str, int]) -> dict[str, QuerySet[Any]]:
    """The keys of the rows that are shown, by group, how many there are, and what is billed on all claims."""
    unsent = Claim.objects.filter(closing=Closing.OPEN, transport=Transport.NONE, adjudication=Adjudication.NONE)
    rows: dict[str, QuerySet[Any]] = {
        state: unsent.filter(preparation=state).order_by("service_date", "pk").values_list("pk", flat=True)
        for state in _STATES
    }
    rows["visits"] = VisitToBill.objects.order_by("service_date", "encounter").values_list("encounter", flat=True)
    return {
        "all_claims": unsent.order_by().values_list("preparation").annotate(Count("pk"), Sum("total")),
        "all_visits": counting(VisitToBill.objects.all()),
        **{name: rows[name][SHOWN * (max(n, 1) - 1) : SHOWN * max(n, 1)] for name, n in numbers.items()},
    }


def _pages(typed: Mapping[str, str], found: Mapping[str, list[Any]]) -> tuple[dict[str, Page[int]], Decimal]:
    """The pages that are shown, and what is billed; a page that there is not is asked for once more."""
    numbers = _numbers(typed)
    while True:
        counts = {state: n for state, n, _ in found["all_claims"]} | {"visits": number(found["all_visits"])}
        pagers = {name: Paginator(range(counts.get(name, 0)), SHOWN) for name in numbers}
        nearest = {name: min(max(n, 1), pagers[name].num_pages) for name, n in numbers.items()}
        if nearest == numbers:
            pages = {name: Page(found[name], n, pagers[name]) for name, n in numbers.items()}
            return pages, sum((amount for _, _, amount in found["all_claims"]), Decimal("0.00"))
        numbers = nearest
        found = together(**_of_pages(numbers))


def _billed_plans(visits: Keys) -> QuerySet[Any]:
    """Of visits, by the keys of their versions, the plans that have their claim: `visit_key` and plan."""
    patients = Encounter.objects.filter(among("pk", visits)).order_by().values("patient")
    theirs = Encounter.objects.filter(patient__in=patients).values("pk")
    billed = billed_claims().filter(encounter__in=theirs).order_by()
    return billed.annotate(visit=Coalesce("encounter__origin", "encounter")).values_list("visit", "coverage")


def of_patient(words: str) -> QuerySet[Claim]:
    """Claims of patients that a search finds, or the claim whose number was typed."""
    number = words.strip().upper()
    if number.startswith("C") and number[1:].isascii() and number[1:].isdigit() and len(number) < 14:
        return worded().filter(pk=int(number[1:]))
    return worded().filter(encounter__patient__in=search(words).values("pk"))


def page_of(
    claims: QuerySet[Claim], *, older_than: int | None, newer_than: int | None, size: int
) -> tuple[list[Claim], bool]:
    """A page of `worded` claims, the newest first, by key; and whether more follow in the direction of travel."""
    if newer_than is not None:
        rows = _first(claims.filter(pk__gt=newer_than), "pk", size + 1)
        return rows[:size][::-1], len(rows) > size
    if older_than is not None:
        claims = claims.filter(pk__lt=older_than)
    rows = _first(claims, "-pk", size + 1)
    return rows[:size], len(rows) > size


def _first(claims: QuerySet[Claim], order: str, most: int) -> list[Claim]:
    # What a list says of a claim is asked of those that are shown: sorted with it, it would be asked of all that fit.
    keys = claims.order_by(order).values("pk")[:most]
    return list(worded().filter(pk__in=keys).order_by(order))


_TOLD = {
    "encounter.sign": ("Record signed", "ready"),
    "encounter.addendum": ("Addendum to the record", "attention"),
    "encounter.unlock": ("Record unlocked to be corrected", "attention"),
    "encounter.supersede": ("Record replaced by a new version", "attention"),
    "encounter.abandon": ("Correction of the record abandoned", ""),
    "claim.start": ("Claim started", "draft"),
    "claim.take_over": ("New version of the record taken over", "ready"),
    "claim.renumber": ("Another place among the plans", "attention"),
    "claim.lines": ("Lines changed", ""),
    "claim.diagnoses": ("Diagnoses changed", ""),
    "claim.override": ("Reason given for going on", "attention"),
    "claim.withdraw_override": ("Reason withdrawn", ""),
    "claim.mark_ready": ("Marked ready", "ready"),
    "claim.back_to_draft": ("Back to draft", "draft"),
    "claim.hold": ("Held", "attention"),
    "packet.seal": ("Packet sealed", "submitted"),
    "packet.download": ("Packet downloaded", ""),
    "packet.label": ("Address label or fax cover printed", ""),
    "claim.stock_pdf": ("Set on CMS-1500 stock", ""),
    "claim.code": ("Code chosen", ""),
    "evidence.add": ("Evidence put on the shelf", ""),
    "evidence.remove": ("Evidence taken off the shelf", ""),
    "evidence.restore": ("Evidence put back on the shelf", ""),
    "visit.document_add": ("Document laid with the visit", ""),
    "visit.document_remove": ("Document taken off the shelf of the visit", ""),
    "visit.document_restore": ("Document put back with the visit", ""),
    "estimate.give": ("Estimate given", ""),
    "estimate.sign": ("Estimate signed by the patient", "ready"),
    "visit.restrict": ("The patient wants no plan to be told", "denied"),
    "visit.lift_restriction": ("Plans may be told again", ""),
    "submission.prove": ("Proof of filing kept", "submitted"),
    "claim.export": ("Written into an electronic file", "submitted"),
    "claim.export_again": ("Its electronic file taken again, unchanged", ""),
    "claim.dispatch": ("Put into the outbox", ""),
    "claim.dispatch_failed": ("Could not be handed over; it stays where it was", "attention"),
    "claim.dispatch_given_up": ("Taken out of the outbox; it did not leave", "attention"),
    "claim.tell_void": ("The payer was told that it is void", "submitted"),
    "claim.submit": ("Sent to the payer", "submitted"),
    "claim.pass_on": ("Sent to this plan by the one before", "submitted"),
    "claim.never_passed_on": ("Not sent by the plan before after all", "attention"),
    "claim.assign": ("Handed over, taken or given back", ""),
    "claim.note": ("Note written", ""),
    "claim.note_rewrite": ("Note mended", ""),
    "claim.note_withdraw": ("Note taken back", ""),
    "claim.note_restore": ("Note put back", ""),
    "claim.call": ("Payer asked for its status", ""),
    "claim.accept": ("Accepted by the payer", "submitted"),
    "claim.reject": ("Rejected before it was decided", "denied"),
    "remittance.match": ("Answer matched by hand", ""),
    "remittance.unmatch": ("Match taken back", "attention"),
    "remittance.split": ("Part of a divided answer", ""),
    "claim.pend": ("Pended by the payer", "attention"),
    "claim.pay": ("Paid", "paid"),
    "claim.pay_part": ("Paid in part", "paid"),
    "claim.deny": ("Denied", "denied"),
    "claim.leave_to_patient": ("Left to the patient", ""),
    "claim.reverse": ("Decision taken back", "attention"),
    "claim.close": ("Closed", ""),
    "claim.write_off": ("Written off", ""),
    "claim.void": ("Voided", ""),
    "claim.correct": ("Replaced by a corrected claim", ""),
    "claim.restore": ("Open again, as the corrected claim is void", ""),
    "claim.reopen": ("Opened again", ""),
    "claim.answer_void": ("Opened again though it was void", "attention"),
    "claim.void_again": ("Void as before: the answer is not its own", "attention"),
    "denial.open": ("Denial opened", "denied"),
    "denial.assign": ("Denial assigned", ""),
    "denial.cause": ("Cause of the denial changed", ""),
    "denial.decide": ("Decided about the denial", "ready"),
    "denial.plan_next": ("Next step of the denial written down", ""),
    "denial.sort": ("Denial sorted anew", ""),
    "payment.record": ("Payment of the patient recorded", "paid"),
    "payment.refund": ("Refund to the patient recorded", ""),
    "payment.undo": ("Payment or refund taken back as wrong", "attention"),
    "billing.release": ("The patient may be billed before all is decided", "attention"),
    "billing.hold": ("The patient is not billed before all is decided", ""),
    "write_off.request": ("Write-off asked for", "attention"),
    "denial.appeal": ("Denial is appealed", "appeal"),
    "denial.reopen": ("Denial opened again", "denied"),
    "denial.resolve": ("Denial resolved", "ready"),
    "appeal.open": ("Appeal started", "appeal"),
    "appeal.letter": ("Appeal letter saved", ""),
    "appeal.seal": ("Appeal sealed", "appeal"),
    "appeal.edit": ("Appeal letter opened again", ""),
    "appeal.send": ("Appeal sent", "appeal"),
    "appeal.decide": ("Appeal decided", "ready"),
    "appeal.withdraw": ("Appeal withdrawn", ""),
}
"""What the history of a claim tells of; looking at it is in the audit trail only."""


_OF_THE_RECORD = [name for name in _TOLD if name.startswith(("encounter.", "estimate.", "visit."))]


def history(claim: Claim, sealed: list[Packet]) -> list[dict[str, Any]]:
    """What happened to a claim, the newest first."""
    own = Q(subject__in=[claim.number, *(p.number for p in sealed)]) & ~Q(action__endswith=".view")
    records = [version.number for version in of_visit(claim.encounter.visit_key).order_by()]
    of_the_record = Q(subject__in=records, action__in=_OF_THE_RECORD)
    events = AuditEvent.objects.filter(own | of_the_record).select_related("by")
    return [_told(e) for e in events.order_by("-seq")[:60]]


def _told(event: AuditEvent) -> dict[str, Any]:
    what, tone = _TOLD.get(event.action, (event.action.replace(".", " ").replace("_", " ").capitalize(), ""))
    detail = json.loads(event.detail)
    rule, because = detail.get("rule", ""), detail.get("because", "")
    if "recheck" in detail:
        what = f"{what}, when all claims were checked again"
    if event.subject.startswith("K"):
        what = f"{what}: {event.subject}"
    return {
        "what": f"{what} ({rule})" if rule else f"{what}: {because}" if because else what,
        "who": event.by.display_name if event.by else "Ductus",
        "at": event.at,
        "tone": tone,
    }


def told_with(claim: Claim, action: str) -> dict[str, Any]:
    """What a person gave with the newest such step of a claim, such as its reason; nothing where it was never taken."""
    event = AuditEvent.objects.filter(action=action, subject=claim.number).order_by("-seq").first()
    return dict(json.loads(event.detail)) if event else {}


def signed_at(encounter: Encounter) -> Any:
    signature = getattr(encounter, "signature", None)
    return signature.signed_at if signature else None


def newest_overrides(claim: Claim) -> dict[str, Any]:
    """The standing reasons by rule id, with who gave them."""
    rows = claim.overrides.filter(withdrawn_at=None).select_related("by")
    return {row.rule: row for row in rows}
