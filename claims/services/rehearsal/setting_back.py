"""Decided claims that a rehearsal sets back to the day on which their denial came, and what became of the real ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from claims.models import (
    Appeal,
    BillingRelease,
    Claim,
    ClaimNote,
    Decision,
    Denial,
    FilingProof,
    Packet,
    PatientPayment,
    PeerToPeer,
    QueuedClaim,
    RemittanceClaim,
    RuleOverride,
    StatusCall,
    Submission,
    WriteOff,
)
from claims.workflow import Adjudication, AppealOutcome, Closing, DenialStatus, WriteOffStatus
from documentation.models import Became
from documentation.models.among import among

_WON = {
    AppealOutcome.OVERTURNED_FULL.value: Became.WON,
    AppealOutcome.OVERTURNED_PARTIAL.value: Became.WON_PARTLY,
    AppealOutcome.WITHDRAWN.value: Became.ENDED,
}


@dataclass
class Item:
    """A claim of the queues, by its key in the practice, and what became of it there."""

    claim: int
    became: Became = Became.OPEN
    amount: Decimal = Decimal("0.00")
    days: int | None = None


@dataclass
class SetBack:
    """Which rows stay behind, and what others said before."""

    items: list[Item] = field(default_factory=list)
    gone: Mapping[str, set[int]] = field(default_factory=dict)
    """By table the rows that came later."""
    before: Mapping[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    """By table and row what stood in its columns."""


def set_back(many: int) -> SetBack:
    """The newest denials that are done with, up to so many, as they stood when they came; and the open claims."""
    found = SetBack(items=list(_open_ones()))
    gone: dict[str, set[int]] = defaultdict(set)
    before: dict[tuple[str, int], dict[str, Any]] = {}
    taken: dict[int, Decimal] = defaultdict(lambda: Decimal("0.00"))
    known = {item.claim for item in found.items}
    for denial in _decided(many):
        if denial.claim_id not in known:
            found.items.append(_became(denial))
            _go_back(denial, gone, before, taken)
    _shorten(gone, before, taken)
    found.gone, found.before = gone, before
    return found


def _open_ones() -> Iterator[Item]:
    for key in QueuedClaim.objects.order_by("pk").values_list("claim", flat=True).iterator(chunk_size=10_000):
        yield Item(key)


def _decided(many: int) -> list[Denial]:
    """Denials of claims that were denied once, of which no other claim hangs."""
    alone = Claim.objects.annotate(many=Count("denials")).filter(many=1).exclude(closing=Closing.VOIDED)
    alone = alone.exclude(pk__in=Claim.objects.exclude(replaces=None).values("replaces"))
    alone = alone.exclude(answers__in=Claim.objects.exclude(passed_on_by=None).values("passed_on_by"))
    alone = alone.exclude(answers__in=Claim.objects.exclude(started_after=None).values("started_after"))
    alone = alone.exclude(answers__split_of__isnull=False)
    rows = Denial.objects.filter(claim__in=alone, is_first=True, status=DenialStatus.RESOLVED)
    return list(rows.select_related("claim", "answer").order_by("-denied_on", "-pk")[:many])


def _became(denial: Denial) -> Item:
    claim = denial.claim
    appeal = claim.appeals.filter(status="decided").order_by("-level", "-pk").first()
    given_up = claim.write_offs.filter(status=WriteOffStatus.APPROVED).first()
    later = RemittanceClaim.objects.filter(claim=claim, pk__gt=denial.answer_id)
    paid = sum((a.paid for a in later), Decimal("0.00"))
    if appeal:
        became, amount = _WON.get(appeal.outcome, Became.LOST), appeal.recovered or max(paid, 0)
    elif given_up:
        became, amount = Became.WRITTEN_OFF, given_up.amount
    else:
        became, amount = (Became.PAID, paid) if paid > 0 else (Became.ENDED, Decimal("0.00"))
    ended = denial.resolved_on or (appeal.decided_on if appeal else None)
    return Item(claim.pk, became, Decimal(amount), (ended - denial.denied_on).days if ended else None)


def _go_back(denial: Denial, gone: Any, before: Any, taken: dict[int, Decimal]) -> None:
    claim, then, day = denial.claim_id, denial.opened_at, denial.denied_on
    later: dict[str, Any] = {
        "claims.appeal": Appeal.objects.filter(denial=denial),
        "claims.decision": Decision.objects.filter(denial=denial),
        "claims.peertopeer": PeerToPeer.objects.filter(denial=denial),
        "claims.writeoff": WriteOff.objects.filter(claim=claim),
        "claims.patientpayment": PatientPayment.objects.filter(claim=claim, recorded_at__gte=then),
        "claims.billingrelease": BillingRelease.objects.filter(claim=claim, released_at__gte=then),
        "claims.statuscall": StatusCall.objects.filter(claim=claim, called_on__gte=day),
        "claims.claimnote": ClaimNote.objects.filter(claim=claim, written_at__gte=then),
        "claims.ruleoverride": RuleOverride.objects.filter(claim=claim, at__gte=then),
        "claims.filingproof": FilingProof.objects.filter(_after_the_answer(claim, then)),
        "claims.submission": Submission.objects.filter(claim=claim).filter(
            Q(appeal__isnull=False) | Q(recorded_at__gte=then)
        ),
        "claims.packet": Packet.objects.filter(claim=claim).filter(Q(kind="appeal") | Q(sealed_at__gte=then)),
    }
    for label, rows in later.items():
        gone[label] |= set(rows.values_list("pk", flat=True))
    gone["claims.sentreport"] |= gone["claims.submission"]
    for answer in RemittanceClaim.objects.filter(claim=claim, pk__gt=denial.answer_id):
        gone["claims.remittanceclaim"].add(answer.pk)
        taken[answer.remittance_id] += answer.paid
    before["claims.denial", denial.pk] = {
        "status": DenialStatus.OPEN.value, "resolution": "", "resolved_on": None, "resolved_by_id": None,
        "next_action": "", "next_on": None,
    }  # fmt: skip
    paid = denial.answer.paid if denial.answer else Decimal("0.00")
    before["claims.claim", claim] = {
        "adjudication": (Adjudication.PARTLY_PAID if paid else Adjudication.DENIED).value,
        "closing": Closing.OPEN.value,
        "owner_id": None,
    }


def _after_the_answer(claim: int, then: Any) -> Q:
    return Q(submission__claim=claim) & (Q(submission__appeal__isnull=False) | Q(submission__recorded_at__gte=then))


def _shorten(gone: Any, before: Any, taken: Mapping[int, Decimal]) -> None:
    """A remittance is as much less as the answers that are not there; one without any answer is not there itself."""
    answers = gone["claims.remittanceclaim"]
    kept = RemittanceClaim.objects.filter(among("remittance", taken)).exclude(pk__in=answers)
    there = set(kept.values_list("remittance", flat=True))
    gone["claims.remittance"] |= set(taken) - there
    for key in there:
        before["claims.remittance", key] = {"less": taken[key]}


HANGING = {
    "claims.remittanceline": ("answer_id", "claims.remittanceclaim"),
    "claims.adjustment": ("answer_id", "claims.remittanceclaim"),
    "claims.sentfailure": ("report_id", "claims.sentreport"),
}
"""By table the column by which a row goes with another one."""


def as_then(label: str, row: dict[str, Any], back: SetBack) -> dict[str, Any] | None:
    """The row as it stood; None where it was not there yet."""
    key = row.get("id", row.get("submission_id"))
    if key in back.gone.get(label, ()):
        return None
    if label in HANGING:
        column, table = HANGING[label]
        if row[column] in back.gone.get(table, ()):
            return None
    changed = dict(back.before.get((label, key), {})) if isinstance(key, int) else {}
    if "less" in changed:
        changed = {"amount": row["amount"] - changed.pop("less")}
    return row | changed
