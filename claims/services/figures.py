"""Keeping the figures of a claim true, in the transaction that changes the claim."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, prefetch_related_objects

from claims.edi.standing import Given, standing, undecided
from claims.effect import PENDING
from claims.figures.measures import DIMENSIONS, MEASURES, cell, measured
from claims.models import (
    SUMMAND,
    Appeal,
    Claim,
    ClaimFigures,
    ClaimLine,
    Coverage,
    Denial,
    FiguresSum,
    Payer,
    RemittanceClaim,
    StatusCall,
    Submission,
    WriteOff,
)
from claims.queries import idling
from claims.queries.deadlines import appeal_deadline
from claims.queries.standing import given_of
from claims.services import queues
from claims.services.holding import holding
from claims.workflow import (
    APPEALS_TO_SEND,
    Adjudication,
    AppealOutcome,
    AppealStatus,
    Closing,
    DenialStatus,
    Transport,
    WriteOffStatus,
)
from documentation.kernel.money import from_cents, to_cents
from documentation.models.among import Keys, among
from documentation.models.together import Prepared
from documentation.services.bulk import insert

ZERO = Decimal("0.00")
ANSWERS = ("paid", "partly_paid", "denied", "patient_share")
PAYMENTS = ("paid", "partly_paid", "patient_share")
OVERTURNED = (AppealOutcome.OVERTURNED_FULL, AppealOutcome.OVERTURNED_PARTIAL)


_AWAY = (Transport.SENT, Transport.ACCEPTED)
_UNDECIDED = (Adjudication.NONE, Adjudication.PENDED)
SUMMAND_NAMES = [str(FiguresSum._meta.get_field(name).name) for name in SUMMAND]
_COLUMNS = [f.name for f in ClaimFigures._meta.concrete_fields]
_VALUES = [f.attname for f in ClaimFigures._meta.concrete_fields]


def refresh(claim: Claim) -> None:
    """Count one claim again, and put it into its queue. Verbs call it last, before their transaction ends and after
    each step of a state.

    The claim is held first: nobody writes its figures beside it, and a recount, which holds all, is never in between.
    """
    with transaction.atomic():
        # As it is now, whatever the caller's copy says: a step writes its state after its body.
        held = Claim.objects.select_for_update(of=("self",)).select_related("coverage", "encounter")
        now = held.get(pk=claim.pk)
        write(kept([claim.pk]), {claim.pk: figures_of(now)})
        queues.place(claim.pk)


def kept(claims: Collection[int]) -> dict[int, dict[str, Any]]:
    """What is kept of some claims, which the caller holds: else what somebody writes at this moment would be missed."""
    rows = ClaimFigures.objects.filter(among("pk", claims)).order_by("pk").values()
    return {row["claim_id"]: dict(row) for row in rows}


def write(before: Mapping[int, Mapping[str, Any]], after: Mapping[int, Mapping[str, Any]]) -> None:
    """The one place where figures are written: the rows of some claims, and the difference that they make to the sums.

    `before` is what `kept` gave of them. The difference is added as rows of its own, so that nobody waits for the
    sums of somebody else, and nothing is lost where two write at once.
    """
    rows = [{**row, "claim_id": key} for key, row in after.items()]
    insert(ClaimFigures, _COLUMNS, [tuple(row[name] for name in _VALUES) for row in rows], update="claim")
    add([*((row, -1) for pk, row in before.items() if pk in after), *((row, 1) for row in after.values())])


def remove(claims: Collection[int]) -> None:
    """Take claims out of the figures."""
    with holding(*claims):
        before = kept(claims)
        ClaimFigures.objects.filter(pk__in=before).delete()
        queues.remove(claims)
        add([(row, -1) for row in before.values()])


def add(rows: Iterable[tuple[Mapping[str, Any], int]]) -> None:
    """Add what rows make to the sums, each with its sign: one summand for each cell, and none where nothing moved."""
    moved: dict[tuple[Any, ...], list[int]] = {}
    for row, sign in rows:
        total = moved.setdefault(cell(row), [0] * len(MEASURES))
        for n, value in enumerate(measured(row).values()):
            total[n] += sign * value
    insert(FiguresSum, SUMMAND_NAMES, [(*key, *total) for key, total in moved.items() if any(total)])


def fold() -> int:
    """Put the summands of each cell together. Returns how many rows went. Of two who fold at once, one does it.

    A month at a time: in memory are the rows of one, and whoever changes a claim of another is not in the way.
    """
    months = FiguresSum.objects.order_by("month").values_list("month", flat=True).distinct()
    return sum(_fold(month) for month in list(months))


def _fold(month: date) -> int:
    with transaction.atomic():
        keys: list[int] = []
        totals: dict[tuple[Any, ...], list[int]] = {}
        for key, *values in FiguresSum.objects.filter(month=month).values_list("pk", *SUMMAND).iterator():
            keys.append(key)
            total = totals.setdefault(tuple(values[: len(DIMENSIONS)]), [0] * len(MEASURES))
            for n, value in enumerate(values[len(DIMENSIONS) :]):
                total[n] += value
        rows = [(*cell, *total) for cell, total in totals.items() if any(total)]
        if len(rows) == len(keys):
            return 0
        # Whoever took one of them meanwhile has put it together with others already.
        gone, _ = FiguresSum.objects.filter(among("pk", keys)).delete()
        if gone != len(keys):
            transaction.set_rollback(True)
            return 0
        insert(FiguresSum, SUMMAND_NAMES, rows)
        return len(keys) - len(rows)


def refresh_deadlines(payer: Payer) -> None:
    """Count the open denials of a payer again, whose last days follow what is known of its rules."""
    for claim in Claim.objects.filter(coverage__payer=payer, figures__at_risk__gt=0).order_by("pk"):
        refresh(claim)


def refresh_of_plan(coverage: Coverage) -> None:
    """Count the claims of a plan again, whose payer and last days follow from it."""
    for claim in Claim.objects.filter(coverage=coverage, figures__isnull=False).order_by("pk"):
        refresh(claim)


def figures_of(claim: Claim) -> dict[str, Any]:
    """The figures of a claim from its rows."""
    found = _rows_of({"claims": {claim.pk}})
    return count(
        claim,
        sendings=[dict(zip(_SENDING, row, strict=True)) for row in found["sendings"]],
        answers=found["answers"],
        denials=found["denials"],
        appeals=found["appeals"],
        write_offs=found["write_offs"],
        code=next(iter(found["codes"]), ""),
        calls=found["calls"],
        is_given_up=bool(found["given_up"]),
        idle_since=idling.idle_by(found).get(claim.pk),
    )


_SENDING = ("sent_on", "recorded_by_id", "appeal_id", "packet__kind")


@Prepared
def _rows_of(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    """What hangs on claims and is counted, in its order."""
    of = among("claim", keys["claims"])
    answers = RemittanceClaim.objects.filter(of, remittance__posted_at__isnull=False)
    answers = answers.select_related("remittance").prefetch_related("lines")
    return {
        "sendings": Submission.objects.filter(of).order_by("sent_on", "pk").values_list(*_SENDING),
        "answers": answers.order_by("remittance__posted_at", "pk"),
        "denials": Denial.objects.filter(of).order_by("pk"),
        "appeals": Appeal.objects.filter(of).order_by("pk"),
        "write_offs": WriteOff.objects.filter(of, status=WriteOffStatus.APPROVED).order_by("pk"),
        "codes": ClaimLine.objects.filter(of).order_by("position").values_list("code", flat=True),
        "calls": StatusCall.objects.filter(of).order_by("pk").values_list("called_on", "next_on"),
        "given_up": WriteOff.objects.filter(of, status=WriteOffStatus.REQUESTED).order_by().values_list("pk"),
        **idling.asked.make(keys),
    }


def count(
    claim: Claim,
    *,
    sendings: list[dict[str, Any]],
    answers: list[RemittanceClaim],
    denials: list[Denial],
    appeals: list[Appeal],
    write_offs: list[WriteOff],
    code: str,
    calls: list[tuple[date, date | None]],
    is_given_up: bool,
    idle_since: datetime | None,
) -> dict[str, Any]:
    """The same from rows that are at hand: sendings by their day, posted answers in their order, denials as they were
    opened, write-offs that were carried out; of `calls` to the payer, in their order, the day and when to ask again;
    whether a write-off waits for a second person; `idle_since` as the figures keep it.
    """
    sent = [s for s in sendings if s["packet__kind"] == "claim" and not s["appeal_id"]]
    first = next((a for a in answers if a.outcome in ANSWERS), None)
    first_denial = next((d for d in denials if d.is_first), None)
    is_open = claim.closing == Closing.OPEN
    open_denials = [d for d in denials if is_open and d.status != DenialStatus.RESOLVED]
    decided = [a for a in appeals if a.status == AppealStatus.DECIDED]
    won_back: dict[int, Decimal] = {}
    for appeal in decided:
        won_back[appeal.denial_id] = won_back.get(appeal.denial_id, ZERO) + appeal.recovered
    paid = sum((a.paid for a in answers if a.outcome != "predetermination"), ZERO)
    recovered = sum((a.recovered for a in decided), ZERO)
    first_denied = first_denial.amount if first_denial else ZERO
    # A later denial of the same dollars does not make them more.
    at_risk = min(sum((d.amount - won_back.get(d.pk, ZERO) for d in open_denials), ZERO), claim.total)
    owed = _owed(claim, bool(sent), answers, paid, at_risk)
    stands = claim.closing != Closing.VOIDED and claim.replaces_id is None
    waits_since = ask_again_on = None
    if stands and sent and first is None and owed > 0 and claim.transport in _AWAY and claim.adjudication in _UNDECIDED:
        under_way = any(a.status in PENDING for a in appeals)
        waits_since, ask_again_on = _waits(sent[-1]["sent_on"], calls, bool(open_denials) or under_way or is_given_up)
    return {
        "payer_id": claim.coverage.payer_id,
        "plan_name": claim.coverage.plan_name,
        "clinician_id": claim.encounter.clinician_id,
        "location_id": claim.encounter.location_id,
        "code": code,
        "biller_id": sent[0]["recorded_by_id"] if sent else None,
        "service_date": claim.service_date,
        "stands": stands,
        "submitted_on": sent[0]["sent_on"] if sent else None,
        "sendings": len(sent),
        "rejections": rejections(len(sent), claim.transport),
        "arrived": first is not None or claim.transport == Transport.ACCEPTED,
        "answered_on": _day(first),
        "paid_on": _day(next((a for a in answers if a.outcome in PAYMENTS), None)),
        "billed": claim.total,
        "paid": paid,
        "initially_denied": first_denial is not None,
        "first_cause": first_denial.cause if first_denial else "",
        "first_denied": first_denied,
        "denied_on": first_denial.denied_on if first_denial else None,
        "paid_first_time": first is not None and first.outcome in ("paid", "patient_share") and first_denial is None,
        "at_risk": at_risk,
        "at_risk_until": min(_deadlines(open_denials, appeals), default=None),
        "appealed_on": next((s["sent_on"] for s in sendings if s["appeal_id"]), None),
        "appealed": sum((d.amount for d in denials if d.pk in won_back), ZERO),
        "appeals_decided": len(decided),
        "appeals_overturned": sum(1 for a in decided if a.outcome in OVERTURNED),
        "recovered": recovered,
        "regained": min(first_denied, max(recovered, paid - (first.paid if first else ZERO), ZERO)),
        "written_off": sum((w.amount for w in write_offs), ZERO),
        "owed": owed,
        "idle_since": idle_since,
        "waits_since": waits_since,
        "ask_again_on": ask_again_on,
    }


def _waits(
    sent_on: date, calls: list[tuple[date, date | None]], is_ours_first: bool
) -> tuple[date | None, date | None]:
    """Since when a claim waits for the first answer, and when the last call since then says to ask again. What the
    practice has to look at first waits only where somebody called.
    """
    since = [next_on for called_on, next_on in calls if called_on >= sent_on]
    if is_ours_first and not since:
        return None, None
    return sent_on, since[-1] if since else None


def rejections(sendings: int, transport: str) -> int:
    """How many sendings came back: a claim is only sent again after that, and the last one by its state."""
    return sendings if transport == Transport.REJECTED else max(sendings - 1, 0)


def _owed(claim: Claim, is_sent: bool, answers: list[RemittanceClaim], paid: Decimal, at_risk: Decimal) -> Decimal:
    if claim.closing != Closing.OPEN or not (is_sent or claim.transport != Transport.NONE):
        return ZERO
    unpaid = max(claim.total - paid, ZERO)
    if claim.adjudication in _UNDECIDED:
        return unpaid
    return owed_in_part(at_risk, unpaid, standing(_given(answers), to_cents(claim.total)), claim.total)


def owed_in_part(at_risk: Decimal, unpaid: Decimal, stands: Sequence[Given], billed: Decimal) -> Decimal:
    """What a payer owes of a claim that it decided: what it denied, and what it left undecided, as far as unpaid."""
    denied = max(at_risk, ZERO)
    rest = from_cents(undecided(stands, to_cents(billed)))
    return denied + min(rest, max(unpaid - denied, ZERO))


def _given(answers: list[RemittanceClaim]) -> list[Given]:
    prefetch_related_objects(answers, "lines")
    return [given_of(answer) for answer in answers]


def _deadlines(denials: list[Denial], appeals: list[Appeal]) -> Iterator[date]:
    """The last days that still run: of appeals to send, and of denials that nobody has appealed."""
    at_risk = {d.pk for d in denials}
    yield from (a.due_on for a in appeals if a.status in APPEALS_TO_SEND and a.denial_id in at_risk)
    yield from (appeal_deadline(d).day for d in denials if d.status == DenialStatus.OPEN and d.may_appeal)


def _day(answer: RemittanceClaim | None) -> date | None:
    if answer is None:
        return None
    return answer.remittance.paid_on
