"""The clock of timely filing: how long a claim may still be filed, counted how, and what proves that it arrived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Case, DateField, F, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from claims.models import (
    Claim,
    Coverage,
    FilingProof,
    PayerTerms,
    RemittanceClaim,
    SelfPayRestriction,
    Submission,
)
from claims.models.plans import why_terms_stale
from claims.models.submissions import FILING_PROOFS, PROOFS
from claims.playbook import KnownFact
from claims.queries.payers import newest_value
from claims.queries.plans import due as plans_due
from claims.queries.primary import NO_ANSWER, newest_answers
from claims.rules.filing import counted_days
from claims.workflow import Closing, Transport
from documentation.kernel.dates import add_days, short_date
from documentation.models import Encounter

URGENT_DAYS = 30
_LIMIT = "timely_filing_days"
_LIMIT_OF_PLAN = (_LIMIT, "coverage__payer", "coverage__plan_name")


@dataclass(frozen=True)
class Filing:
    """How long a claim may still be filed. Where nobody knows the payer's limit, the usual shortest one is counted."""

    days: int
    due: date
    left: int
    is_known: bool = True
    """Whether the payer's own limit may be relied on: False where it is unknown or stale."""
    why_stale: str = ""
    """Why a limit that was written down is not relied on, such as 'expired on Jan 1, 2026'."""
    event: str = "service"
    """What the days are counted from: the service, or the first plan's answer."""
    source: str = ""
    proof: str = ""
    """What proves that the claim was filed and taken in; the clock then no longer matters."""
    is_over: bool = False
    """Whether nothing is left to file: the claim is closed."""

    @property
    def is_urgent(self) -> bool:
        return self.left <= URGENT_DAYS

    @property
    def basis(self) -> str:
        return f"{self.days} days from {self.event}"


def filing(start: date, days: int | None, today: date, *, why_stale: str = "", **more: Any) -> Filing:
    """The limit counts calendar days from a day, by default from that of the service."""
    counted = counted_days(days, is_stale=bool(why_stale))
    due = add_days(start, counted)
    is_known = days is not None and not why_stale
    return Filing(counted, due, (due - today).days, is_known=is_known, why_stale=why_stale, **more)


def _by_limit(limit: KnownFact | None, start: date, service_date: date, today: date, **more: Any) -> Filing:
    """The clock by what is known of the payer's limit: what may be relied on is decided for the day of service."""
    if limit is None or not limit.is_known:
        return filing(start, None, today, **more)
    why = limit.why_stale(service_date, settings.PLAYBOOK_DAYS)
    return filing(start, limit.value, today, why_stale=why, source=limit.source, **more)


def filing_of(plan: Coverage, service_date: date, today: date) -> Filing:
    """The clock of a visit that was not billed to this plan yet. The payer came with its playbook."""
    return _by_limit(plan.payer.book().newest(_LIMIT, plan.plan_name), service_date, service_date, today)


def shortest_clocks(visits: Iterable[tuple[Encounter, date]]) -> dict[int, Filing]:
    """By visit the clock of the plan whose time ends first, each as it stands on its day; in a constant number of
    queries. A visit to come, of a patient without a plan, or kept from the plans has none; nor has a correction of a
    record, whose first version stands among what is billed.
    """
    over = [(visit, today) for visit, today in visits if visit.service_date <= today and visit.version == 1]
    plans: dict[int, list[Coverage]] = {}
    mine = Coverage.objects.filter(is_active=True, patient__in={visit.patient_id for visit, _ in over})
    for plan in mine.select_related("payer").prefetch_related("payer__playbook") if over else ():
        plans.setdefault(plan.patient_id, []).append(plan)
    standing = SelfPayRestriction.objects.filter(lifted_at=None, encounter__patient__in=plans)
    private = {row.encounter.visit_key for row in standing.select_related("encounter")} if plans else set()
    return {
        visit.pk: min(
            (filing_of(p, visit.service_date, today) for p in plans_due(plans[visit.patient_id], visit.service_date)),
            key=lambda f: f.left,
        )
        for visit, today in over
        if visit.patient_id in plans and visit.visit_key not in private
    }


def with_clock(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Claims annotated with everything that `filing_of_claim` reads."""
    terms = PayerTerms.objects.filter(payer=OuterRef("coverage__payer")).order_by("-pk")
    visit = Coalesce("claim__encounter__origin", "claim__encounter")
    before = RemittanceClaim.objects.alias(visit=visit).filter(
        visit=Coalesce(OuterRef("encounter__origin"), OuterRef("encounter")), claim__sequence__lt=OuterRef("sequence")
    )
    # The newest one counts or none does, as `answer_before` has it.
    answered = Case(When(outcome__in=NO_ANSWER, then=None), default=F("remittance__paid_on"), output_field=DateField())
    sending = Submission.objects.filter(claim=OuterRef("pk"), packet__kind="claim").order_by("-sent_on", "-pk")
    # What came back for an earlier sending says nothing of the one that counts.
    last = (
        Submission.objects.filter(claim=OuterRef(OuterRef("pk")), packet__kind="claim").order_by("-pk").values("pk")[:1]
    )
    proof = FilingProof.objects.filter(submission=Subquery(last)).order_by("-pk")
    return claims.annotate(
        filing_days=newest_value(*_LIMIT_OF_PLAN),
        filing_source=newest_value(*_LIMIT_OF_PLAN, "source"),
        filing_verified_on=newest_value(*_LIMIT_OF_PLAN, "verified_on"),
        filing_expires_on=newest_value(*_LIMIT_OF_PLAN, "expires_on"),
        filing_clock=Subquery(terms.values("secondary_clock")[:1]),
        terms_verified_on=Subquery(terms.values("verified_on")[:1]),
        terms_recorded_at=Subquery(terms.values("recorded_at")[:1]),
        first_answered_on=Subquery(newest_answers(before).annotate(on=answered).values("on")[:1]),
        filed_on=Subquery(sending.values("sent_on")[:1]),
        filed_proof=Subquery(sending.values("proof")[:1]),
        filed_reference=Subquery(sending.values("proof_reference")[:1]),
        proof_kind=Subquery(proof.values("kind")[:1]),
        proof_on=Subquery(proof.values("received_on")[:1]),
        proof_reference=Subquery(proof.values("reference")[:1]),
    )


def filing_of_claim(claim: Any, today: date) -> Filing:
    """The clock of a claim that came with `with_clock`; with its proof once it was sent and taken in."""
    is_second = (
        claim.sequence > 1
        and claim.filing_clock == "primary"
        and claim.first_answered_on
        and not why_terms_stale(claim.terms_verified_on, claim.terms_recorded_at, claim.service_date)
    )
    limit = KnownFact(
        _LIMIT,
        claim.filing_days,
        source=claim.filing_source or "",
        verified_on=claim.filing_verified_on,
        expires_on=claim.filing_expires_on,
    )
    return _by_limit(
        limit,
        claim.first_answered_on if is_second else claim.service_date,
        claim.service_date,
        today,
        event="the first plan's answer" if is_second else "service",
        proof=_proof(claim),
        is_over=claim.closing != Closing.OPEN,
    )


def _proof(claim: Any) -> str:
    if claim.proof_kind:
        words, on, number = dict(FILING_PROOFS)[claim.proof_kind], claim.proof_on, claim.proof_reference
    elif claim.transport == Transport.ACCEPTED and claim.filed_on and claim.filed_proof != "none":
        words, on, number = dict(PROOFS)[claim.filed_proof], claim.filed_on, claim.filed_reference
    elif claim.transport == Transport.ACCEPTED and claim.filed_on:
        words, on, number = "Accepted by the payer", claim.filed_on, ""
    else:
        return ""
    if claim.transport == Transport.REJECTED:
        return ""
    return " · ".join(x for x in (words, short_date(on), number) if x)
