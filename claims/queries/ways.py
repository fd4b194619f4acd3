"""What can be done about a denial, from its rows: the situation that the advice looks at, and the practice's record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db.models import Count, Q

from claims.codes.denial_causes import Classification
from claims.codes.ways_out import Advice, Situation, Way, advise
from claims.models import Appeal, Claim, Coverage, Decision, Denial, Payer
from claims.queries.accounts import account_of
from claims.queries.balances import IN_PART_ONLY, settled
from claims.queries.billed import billed_claims
from claims.queries.code_book import code_book
from claims.queries.deadlines import appeal_deadline
from claims.queries.plans import billed
from claims.queries.remittances import classification_of
from claims.queries.resending import refusals_to_correct
from claims.workflow import APPEALS_TO_SEND, AppealStatus, DenialStatus, WriteOffStatus
from documentation.kernel.money import to_cents
from documentation.kernel.rule import Cause
from documentation.kernel.statistics import Share

_OPEN_DENIAL = "A denial of this claim is open."


def advice_on(denial: Denial, day: date) -> tuple[Advice, ...]:
    """Every way out of a denial on a day, the advised ones first."""
    return advise(situation_of(denial, day))


def situation_of(denial: Denial, day: date) -> Situation:
    """A denial as the advice sees it; `day` is the date at the claim's location."""
    found = meaning_of(denial)
    claim = denial.claim
    other = other_plan_of(denial, found.other_plan)
    standing = claim_to(claim, other) if other else None
    due = appeal_deadline(denial)
    return Situation(
        cause=Cause(denial.cause),
        cents=to_cents(still_denied(denial)),
        groups=_groups(denial),
        may_appeal=denial.may_appeal,
        appeal_days=(due.day - day).days,
        is_day_firm=due.counted is None or due.counted.is_firm,
        open_appeal=denial.appeals.filter(status__in=(*APPEALS_TO_SEND, AppealStatus.SENT)).exists(),
        needs_new_claim=found.needs_new_claim,
        other_plan=found.other_plan,
        is_forwarded=found.is_forwarded,
        has_plan=f"{other.payer.name} ({other.payer.get_line_display().lower()})" if other else "",
        other_claim=standing.number if standing else "",
        against_correction=tuple(r for r in refusals_to_correct(claim) if not r.startswith(_OPEN_DENIAL)),
        against_write_off=tuple(_against_write_off(claim)),
        has_packet=denial.packet_id is not None,
        holds=_holds(denial),
        limit_cents=settings.WRITE_OFF_LIMIT * 100,
        record=record_of(claim.coverage.payer, denial.cause),
    )


def _against_write_off(claim: Claim) -> Iterator[str]:
    """The same that the verb would say."""
    if not settled(claim).is_whole:
        yield IN_PART_ONLY
    if claim.write_offs.filter(status=WriteOffStatus.REQUESTED).exists():
        yield "A write-off of this claim waits for a second person already."


def _holds(denial: Denial) -> tuple[str, ...]:
    """What else of the visit's claims keeps its patient from being billed."""
    account = account_of(denial.claim)
    return tuple(h.why for h in account.standing_holds if h.denial != denial.pk) if account else ()


def meaning_of(denial: Denial) -> Classification:
    """What the answer means that opened a denial."""
    return classification_of(denial.answer, code_book(denial.claim.coverage.payer_id, denial.denied_on))


def still_denied(denial: Denial) -> Decimal:
    """What is left of a denial after what its appeals brought."""
    won = (a.recovered for a in denial.appeals.all() if a.status == AppealStatus.DECIDED)
    return max(denial.amount - sum(won, Decimal("0.00")), Decimal("0.00"))


def _groups(denial: Denial) -> frozenset[str]:
    book = code_book(denial.claim.coverage.payer_id, denial.denied_on)
    codes = denial.codes or [{"group": denial.group, "carc": denial.carc}]
    return frozenset(book.group_of(c.get("group", ""), c.get("carc", "")) or "OA" for c in codes)


def other_plan_of(denial: Denial, line: str = "") -> Coverage | None:
    """The patient's other plan in force on the day: of the line that the answer names, else the next one."""
    claim = denial.claim
    plans = [c for c in billed(claim.encounter.patient, claim.service_date) if c.pk != claim.coverage_id]
    if line in ("medical", "dental"):
        plans = [c for c in plans if c.payer.line == line]
    return plans[0] if plans else None


def claim_to(claim: Claim, plan: Coverage) -> Claim | None:
    """The claim of the same visit to another plan, where one stands."""
    found = billed_claims().filter(encounter__patient=claim.encounter.patient_id, coverage=plan)
    visit = claim.encounter.visit_key
    return next((c for c in found.select_related("encounter") if c.encounter.visit_key == visit), None)


def record_of(payer: Payer, cause: str) -> dict[Way, Share]:
    """How often each way brought money for a cause at a payer, of the cases that are decided. Counts, three queries."""
    own = Appeal.objects.filter(claim__coverage__payer=payer, denial__cause=cause, status=AppealStatus.DECIDED)
    appeals = own.exclude(outcome=AppealStatus.WITHDRAWN).aggregate(
        whole=Count("pk"), part=Count("pk", filter=Q(recovered__gt=0))
    )
    record = {Way.APPEAL: Share(appeals["part"], appeals["whole"])}
    decided = Decision.objects.filter(denial__claim__coverage__payer=payer, denial__cause=cause)
    made = decided.filter(made_claim__figures__answered_on__isnull=False).values("way")
    for row in made.annotate(whole=Count("pk"), part=Count("pk", filter=Q(made_claim__figures__paid__gt=0))).order_by(
        "way"
    ):
        record[Way(row["way"])] = Share(row["part"], row["whole"])
    sent = decided.filter(way=Way.DOCUMENTS, denial__status=DenialStatus.RESOLVED).aggregate(
        whole=Count("denial", distinct=True),
        part=Count("denial", distinct=True, filter=Q(denial__claim__figures__paid__gt=0)),
    )
    record[Way.DOCUMENTS] = Share(sent["part"], sent["whole"])
    return {way: share for way, share in record.items() if share.whole}
