"""Counting the figures from scratch, with code of its own that shares nothing with the verbs that keep them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from claims.models import Appeal, Claim, ClaimFigures, Denial, PlaybookFact, RemittanceClaim, Submission

FIELDS = [f.attname for f in ClaimFigures._meta.concrete_fields if f.attname != "claim_id"]


def differences() -> tuple[int, int]:
    """How many claims there are, and how many have figures that a recount does not give."""
    kept = {f.claim_id: {name: getattr(f, name) for name in FIELDS} for f in ClaimFigures.objects.all()}
    counted = recount()
    wrong = sum(1 for key, values in counted.items() if kept.get(key) != values)
    return len(counted), wrong + len(kept.keys() - counted.keys())


def rebuild() -> tuple[int, int]:
    """Write the recount. Returns the number of claims, and of those whose figures were wrong."""
    with transaction.atomic():
        rows, wrong = differences()
        if wrong:
            ClaimFigures.objects.all().delete()
            ClaimFigures.objects.bulk_create(
                [ClaimFigures(claim_id=key, **values) for key, values in recount().items()], batch_size=500
            )
    return rows, wrong


def recount() -> dict[int, dict[str, Any]]:
    """The figures of every claim, from the rows that they count."""
    zero = Decimal("0.00")
    answers, denials, appeals, sent = (defaultdict(list) for _ in range(4))
    for a in RemittanceClaim.objects.filter(claim__isnull=False, remittance__posted_at__isnull=False).select_related(
        "remittance"
    ):
        answers[a.claim_id].append(a)
    for d in Denial.objects.all():
        denials[d.claim_id].append(d)
    for p in Appeal.objects.select_related("claim"):
        appeals[p.claim_id].append(p)
    for s in Submission.objects.filter(packet__kind="claim"):
        sent[s.claim_id].append(s.sent_on)
    limits = _appeal_limits()
    result = {}
    for claim in Claim.objects.select_related("coverage", "encounter"):
        given = sorted(answers[claim.pk], key=lambda a: (a.remittance.posted_at, a.pk))
        decisions = [a for a in given if a.outcome in {"paid", "partly_paid", "denied", "patient_share"}]
        payments = [a for a in given if a.outcome in {"paid", "partly_paid", "patient_share"}]
        first = next((d for d in sorted(denials[claim.pk], key=lambda d: d.pk) if d.is_first), None)
        decided = [p for p in appeals[claim.pk] if p.status == "decided"]
        won = [p for p in decided if p.outcome.startswith("overturned")]
        at_risk = [d for d in denials[claim.pk] if d.status != "resolved"] if claim.closing == "open" else []
        payer, plan = claim.coverage.payer_id, claim.coverage.plan_name
        known = limits.get((payer, plan)) or limits.get((payer, ""))
        last_days = _last_days(at_risk, appeals[claim.pk], known)
        result[claim.pk] = {
            "payer_id": claim.coverage.payer_id,
            "clinician_id": claim.encounter.clinician_id,
            "location_id": claim.encounter.location_id,
            "service_date": claim.service_date,
            "submitted_on": min(sent[claim.pk], default=None),
            "answered_on": decisions[0].remittance.paid_on if decisions else None,
            "paid_on": payments[0].remittance.paid_on if payments else None,
            "billed": claim.total,
            "paid": sum((a.paid for a in given if a.outcome != "predetermination"), zero),
            "initially_denied": first is not None,
            "first_cause": first.cause if first else "",
            "first_denied": first.amount if first else zero,
            "paid_first_time": bool(decisions) and decisions[0].outcome in {"paid", "patient_share"} and first is None,
            "at_risk": min(sum((d.amount - _won(d, decided) for d in at_risk), zero), claim.total),
            "at_risk_until": min(last_days, default=None),
            "appeals_decided": len(decided),
            "appeals_overturned": len(won),
            "recovered": sum((p.recovered for p in decided), zero),
        }
    return result


def _won(denial: Denial, decided: list[Appeal]) -> Decimal:
    return sum((p.recovered for p in decided if p.denial_id == denial.pk), Decimal("0.00"))


def _appeal_limits() -> dict[tuple[int, str], PlaybookFact]:
    """The newest time to appeal of each payer and of each plan of it, where one is known."""
    rows = PlaybookFact.objects.filter(key="appeal_days").order_by("pk")
    newest = {(row.payer_id, row.plan_name): row for row in rows}
    return {key: row for key, row in newest.items() if row.value}


def _days(known: PlaybookFact | None, denied_on: date) -> int:
    if known is None:
        return 180
    days = int(known.value or 0)
    is_old = known.verified_on is None or known.verified_on + timedelta(days=settings.PLAYBOOK_DAYS) < denied_on
    if is_old or (known.expires_on and known.expires_on < denied_on):
        return min(days, 180)
    return days


def _last_days(at_risk: list[Denial], appeals: list[Appeal], known: PlaybookFact | None) -> list[date]:
    found = []
    for denial in at_risk:
        own = [p for p in appeals if p.denial_id == denial.pk and p.status != "withdrawn"]
        found += [p.due_on for p in own if p.status in {"draft", "sealed"}]
        if denial.status == "open" and denial.may_appeal:
            newest = max(own, key=lambda p: p.level, default=None)
            event = newest.decided_on if newest and newest.decided_on else denial.denied_on
            found.append(event + timedelta(days=_days(known, denial.denied_on)))
    return found
