"""What is owed with each claim and how sendings were answered, counted from scratch by plain passes over rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from claims.models import (
    AnsweredSending,
    AnsweredSum,
    Claim,
    Denial,
    OwedClaim,
    RemittanceClaim,
    SentReport,
    Submission,
)

Figures = Mapping[int, Mapping[str, Any]]
_TOLD = ("service_date", "payer_id", "plan_name", "clinician_id", "biller_id", "location_id", "code", "first_cause")
_NUMBERS = ("answered", "denied", "reasoned", "reasoned_denied")
_DECISIONS = {"paid", "partly_paid", "denied", "patient_share"}
AT_ONCE = 500


def wrong_kept(figures: Figures) -> set[int]:
    """The claims with which something else is owed, or was answered, than their rows say. `figures` are recounted ones.
    A payer whose sums are wrong counts as one, as in `recount_queues`.
    """
    owed = dict(owed_now(figures))
    kept = {row.claim_id: {name: getattr(row, name) for name in (*_TOLD, "dollars")} for row in OwedClaim.objects.all()}
    wrong = {key for key in owed.keys() | kept.keys() if owed.get(key) != kept.get(key)}
    sent = set(answered_now(figures))
    stands = set(AnsweredSending.objects.values_list("report", "claim", "payer", "denied"))
    wrong |= {row[1] for row in sent ^ stands}
    sums: Counter[tuple[Any, ...]] = Counter()
    for summand in AnsweredSum.objects.all():
        at = (summand.payer_id, summand.rule, summand.version)
        sums.update({(*at, name): getattr(summand, name) for name in _NUMBERS})
    sums.subtract(_sums(sent))
    return wrong | {-at[0] for at, n in sums.items() if n}


def rebuild_kept(figures: Figures) -> None:
    """Write the recount. Whoever calls it holds the claims."""
    OwedClaim.objects.all().delete()
    owed = (OwedClaim(claim_id=key, **row) for key, row in owed_now(figures))
    OwedClaim.objects.bulk_create(owed, batch_size=AT_ONCE)
    AnsweredSending.objects.all().delete()
    AnsweredSum.objects.all().delete()
    sent = list(answered_now(figures))
    AnsweredSending.objects.bulk_create(
        (AnsweredSending(report_id=r, claim_id=c, payer_id=p, denied=d) for r, c, p, d in sent), batch_size=AT_ONCE
    )
    cells: dict[tuple[int, str, int], dict[str, int]] = defaultdict(dict)
    for (payer, rule, version, name), n in _sums(sent).items():
        cells[payer, rule, version][name] = n
    AnsweredSum.objects.bulk_create(
        AnsweredSum(payer_id=payer, rule=rule, version=version, **total)
        for (payer, rule, version), total in cells.items()
    )


def owed_now(figures: Figures) -> Iterator[tuple[int, dict[str, Any]]]:
    """What is owed with each claim: of the plans of a visit, with the one that pays last of those that owe anything."""
    visits: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = Claim.objects.order_by("pk").values_list("pk", "sequence", "encounter", "encounter__origin")
    for key, turn, encounter, origin in rows:
        visits[origin or encounter].append((turn, key))
    for plans in visits.values():
        last = max((turn for turn, key in plans if figures[key]["owed"] > 0), default=0)
        for turn, key in plans:
            one = figures[key]
            owed = one["owed"] if turn == last else Decimal("0.00")
            if turn > 1:
                owed = min(owed, one["billed"] - one["paid"] - sum(figures[k]["paid"] for t, k in plans if t < turn))
            if owed > 0:
                yield key, {**{name: one[name] for name in _TOLD}, "dollars": owed}


def answered_now(figures: Figures) -> Iterator[tuple[int, int, int, int]]:
    """The last sending of each claim until the day of its first decision: report, claim, payer, 1 where it denied."""
    first: dict[int, int] = {}
    posted = RemittanceClaim.objects.filter(outcome__in=_DECISIONS, remittance__posted_at__isnull=False)
    for claim, check in posted.order_by("-remittance__posted_at", "-pk").values_list("claim", "remittance"):
        first[claim] = check
    denied = set(Denial.objects.values_list("claim", "answer__remittance"))
    correct_another = set(Claim.objects.filter(replaces__isnull=False).values_list("pk", flat=True))
    payers = dict(SentReport.objects.values_list("pk", "payer"))
    last: dict[int, tuple[int, bool]] = {}
    rows = Submission.objects.filter(packet__kind="claim").order_by("sent_on", "pk")
    for sending, claim, sent_on in rows.values_list("pk", "claim", "sent_on"):
        one = figures[claim]
        was_denied = one["initially_denied"] or (claim in correct_another and (claim, first.get(claim)) in denied)
        day = one["answered_on"]
        if sent_on <= day if day else was_denied or one["paid_first_time"]:
            last[claim] = sending, was_denied
    for claim, (sending, was_denied) in last.items():
        if sending in payers:
            yield sending, claim, payers[sending], int(was_denied)


def _sums(sent: Any) -> Counter[tuple[Any, ...]]:
    """By payer, rule, version and name of a number."""
    failed: dict[int, list[Any]] = defaultdict(list)
    for report in SentReport.objects.prefetch_related("failures").iterator(chunk_size=2_000):
        failed[report.pk] = list(report.failures.all())
    found: Counter[tuple[Any, ...]] = Counter()
    for report, _, payer, denied in sent:
        cells = [("", 0, any(f.with_reason for f in failed[report]))]
        cells += [(f.rule, f.version, f.with_reason) for f in failed[report]]
        for rule, version, reasoned in cells:
            counts = zip(_NUMBERS, (1, denied, int(reasoned), denied * reasoned), strict=True)
            found.update({(payer, rule, version, name): n for name, n in counts})
    return found
