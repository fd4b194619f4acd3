"""The worklist's places counted from scratch: one plain pass over rows, which shares nothing with what keeps them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from claims.models import (
    Appeal,
    AppealSum,
    Claim,
    Coverage,
    DecidedAppeal,
    Denial,
    QueuedClaim,
    Submission,
    VisitToBill,
    WriteOff,
)
from claims.queries.filing import filing_of_claim, with_clock
from documentation.models import Encounter
from documentation.models.among import among

Figures = Mapping[int, Mapping[str, Any]]
FIELDS = [f.attname for f in QueuedClaim._meta.concrete_fields if not f.primary_key]
AT_ONCE = 500


def wrong_places(figures: Figures) -> set[int]:
    """The claims whose place, or whose decided appeals, are not what their rows say. `figures` are those recounted."""
    kept = {row.claim_id: {name: getattr(row, name) for name in FIELDS} for row in QueuedClaim.objects.all()}
    counted = dict(places(figures))
    wrong = {key for key in kept.keys() | counted.keys() if kept.get(key) != counted.get(key)}
    visits = set(VisitToBill.objects.values_list("pk", "service_date"))
    of_visits = {-key for key, _ in visits ^ set(visits_to_bill())}  # counted beside the claims
    wrong |= of_visits
    outcomes = {(r.pk, r.claim_id, r.payer_id, r.cause, r.won) for r in DecidedAppeal.objects.all()}
    counted_now = set(outcomes_now())
    wrong |= {row[1] for row in outcomes ^ counted_now}
    sums: Counter[tuple[int, str, str]] = Counter()
    for row in AppealSum.objects.all():
        sums.update({(row.payer_id, row.cause, "decided"): row.decided, (row.payer_id, row.cause, "won"): row.won})
    sums.subtract(_sums(counted_now))
    # Which appeal of a sum is wrong nobody can say: each payer whose sums are wrong counts as one.
    return wrong | {-payer for (payer, _, _), n in sums.items() if n}


def _sums(outcomes: Iterable[tuple[int, int, int, str, int]]) -> Counter[tuple[int, str, str]]:
    found: Counter[tuple[int, str, str]] = Counter()
    for _, _, payer, cause, won in outcomes:
        found.update({(payer, cause, "decided"): 1, (payer, cause, "won"): won})
    return found


def rebuild_places(figures: Figures) -> None:
    """Write the recount. Whoever calls it holds the claims."""
    QueuedClaim.objects.all().delete()
    DecidedAppeal.objects.all().delete()
    AppealSum.objects.all().delete()
    sums = _sums(outcomes_now())
    AppealSum.objects.bulk_create(
        AppealSum(payer_id=payer, cause=cause, decided=n, won=sums[payer, cause, "won"])
        for (payer, cause, what), n in sums.items()
        if what == "decided"
    )
    VisitToBill.objects.all().delete()
    visits = (VisitToBill(encounter_id=key, service_date=day) for key, day in visits_to_bill())
    VisitToBill.objects.bulk_create(visits, batch_size=AT_ONCE)
    rows = (QueuedClaim(claim_id=key, **values) for key, values in places(figures))
    QueuedClaim.objects.bulk_create(rows, batch_size=AT_ONCE)
    names = ("appeal_id", "claim_id", "payer_id", "cause", "won")
    DecidedAppeal.objects.bulk_create(
        (DecidedAppeal(**dict(zip(names, row, strict=True))) for row in outcomes_now()), batch_size=AT_ONCE
    )


def outcomes_now() -> Iterator[tuple[int, int, int, str, int]]:
    """Each decided appeal with its claim, payer and cause, and 1 where the payer gave way."""
    for row in Appeal.objects.filter(status="decided").select_related("claim__coverage", "denial").iterator():
        won = 1 if row.outcome.startswith("overturned") else 0
        yield row.pk, row.claim_id, row.claim.coverage.payer_id, row.denial.cause, won


def visits_to_bill() -> Iterator[tuple[int, date]]:
    """Signed versions of visits of which nothing was billed, or of which a plan lost its claim and has no other; each
    with its day.
    """
    visit_of = {pk: origin or pk for pk, origin in Encounter.objects.values_list("pk", "origin")}
    plans = {row.pk: row for row in Coverage.objects.all()}
    billed: dict[int, set[int]] = defaultdict(set)
    waits: set[int] = set()
    for encounter, key in Claim.objects.filter(closing__in=("open", "closed", "written_off")).values_list(
        "encounter", "coverage"
    ):
        billed[visit_of[encounter]].add(key)
    for encounter, key, day in Claim.objects.filter(closing="voided").values_list(
        "encounter", "coverage", "service_date"
    ):
        plan, visit = plans[key], visit_of[encounter]
        lasts = (plan.effective_on or day) <= day <= (plan.terminated_on or day)
        if plan.is_active and lasts and key not in billed[visit]:
            waits.add(visit)
    for pk, day in Encounter.objects.filter(status="signed").values_list("pk", "service_date"):
        if not billed[visit_of[pk]] or visit_of[pk] in waits:
            yield pk, day


def places(figures: Figures) -> Iterator[tuple[int, dict[str, Any]]]:
    """The place of every open claim."""
    denials: dict[int, list[Denial]] = defaultdict(list)
    for denial in Denial.objects.exclude(status="resolved").order_by("denied_on", "pk"):
        denials[denial.claim_id].append(denial)
    appeals: dict[int, set[str]] = defaultdict(set)
    for key, status in Appeal.objects.values_list("claim", "status"):
        appeals[key].add(status)
    asked = set(WriteOff.objects.filter(status="requested").values_list("claim", flat=True))
    still_open = list(Claim.objects.filter(closing="open").select_related("encounter", "coverage").order_by("pk"))
    undecided: dict[int, int] = {}
    for claim in still_open:
        if claim.adjudication in {"none", "pended"}:
            first = undecided.get(claim.encounter_id, claim.sequence)
            undecided[claim.encounter_id] = min(first, claim.sequence)
    channels = dict(Submission.objects.order_by("sent_on", "pk").values_list("claim", "channel"))
    own_sendings = Submission.objects.filter(packet__kind="claim").order_by("sent_on", "pk")
    sent = dict(own_sendings.values_list("claim", "sent_on"))
    to_file = [
        c.pk for c in still_open
        if not denials[c.pk] and c.adjudication == "none" and c.transport in {"none", "rejected"}
    ]  # fmt: skip
    last_days = dict(_last_days(to_file))
    for claim in still_open:
        first_is_open = undecided.get(claim.encounter_id, claim.sequence) < claim.sequence
        own, counted = denials[claim.pk], figures[claim.pk]
        left = claim.total - counted["paid"] if claim.adjudication in {"none", "pended"} else counted["owed"]
        at_stake = counted["at_risk"] if own else left
        yield (
            claim.pk,
            {
                "queue": _queue(claim, bool(own), appeals[claim.pk], claim.pk in asked, first_is_open),
                "owner_id": claim.owner_id,
                "payer_id": claim.coverage.payer_id,
                "clinician_id": claim.encounter.clinician_id,
                "location_id": claim.encounter.location_id,
                "kind": claim.kind,
                "service_date": claim.service_date,
                "cause": own[0].cause if own else "",
                "channel": channels.get(claim.pk, ""),
                "dollars": max(at_stake, Decimal("0.00")),
                "last_on": counted["at_risk_until"] if own else last_days.get(claim.pk),
                "open_denial": bool(own),
                "sent_on": sent.get(claim.pk),
            },
        )


def _queue(claim: Claim, is_denied: bool, appeals: set[str], is_asked: bool, first_is_open: bool) -> str:
    """What to do next, in the order in which it presses."""
    if appeals & {"draft", "sealed"}:
        return "appeal_due"
    if "sent" in appeals:
        return "appeal_waiting"
    if is_asked:
        return "second_person"
    if is_denied:
        return "denied"
    if claim.transport == "rejected":
        return "rejected"
    if claim.adjudication not in {"none", "pended"}:
        return "answered"
    if claim.transport in {"sent", "accepted"}:
        return "waiting"
    if claim.preparation == "held":
        return "held"
    if first_is_open:
        return "first_plan"
    return "to_send" if claim.preparation == "ready" else "to_prepare"


def _last_days(claims: list[int]) -> Iterator[tuple[int, date]]:
    for start in range(0, len(claims), AT_ONCE):
        some = among("pk", claims[start : start + AT_ONCE])
        for claim in with_clock(Claim.objects.filter(some).select_related("coverage")):
            yield claim.pk, filing_of_claim(claim, claim.service_date).due
