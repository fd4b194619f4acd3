"""The clock of timely filing: how long a claim may still be filed, counted how, and what proves that it arrived."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Case, DateField, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.expressions import BaseExpression
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
from claims.queries.lineages import decided
from claims.queries.payers import newest_fact
from claims.queries.plans import due as plans_due
from claims.queries.primary import NO_ANSWER, newest_answers
from claims.rules.filing import ANSWERED, FIRST_ANSWERED, SERVICE, counted_days
from claims.workflow import Closing, Transport
from documentation.kernel.dates import add_days, short_date
from documentation.models import Encounter
from documentation.models.among import among
from documentation.models.shapes import Shape
from documentation.models.together import Rows, together

URGENT_DAYS = 30
_LIMIT = "timely_filing_days"
_OF_PLAN = ("coverage__payer", "coverage__plan_name")
_COLUMNS = ("value", "source", "verified_on", "expires_on")
_OF_CORRECTED = ("corrected_claim_days", "corrected_claim_from")


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
    """By visit the clock of the plan whose time ends first, each as it stands on its day; in one query. A visit to
    come, of a patient without a plan, or kept from the plans has none; nor has a correction of a record, whose first
    version stands among what is billed.
    """
    over = [(visit, today) for visit, today in visits if visit.service_date <= today and visit.version == 1]
    if not over:
        return {}
    patients = {visit.patient_id for visit, _ in over}
    mine = Coverage.objects.filter(among("patient", patients), is_active=True).select_related("payer")
    standing = SelfPayRestriction.objects.filter(among("encounter__patient", patients), lifted_at=None)
    found = together(
        plans=mine.prefetch_related("payer__playbook"), private=standing.select_related("encounter").order_by()
    )
    plans: dict[int, list[Coverage]] = {}
    for plan in found["plans"]:
        plans.setdefault(plan.patient_id, []).append(plan)
    private = {row.encounter.visit_key for row in found["private"]}
    return {
        visit.pk: min(
            (filing_of(p, visit.service_date, today) for p in plans_due(plans[visit.patient_id], visit.service_date)),
            key=lambda f: f.left,
        )
        for visit, today in over
        if visit.patient_id in plans and visit.visit_key not in private
    }


def kept_from_plans() -> Q:
    """Of claims: the patient pays the visit and wants no plan to be told, whichever version of its record said so."""
    standing = SelfPayRestriction.objects.filter(lifted_at=None).order_by()
    visits = standing.annotate(visit=Coalesce("encounter__origin", "encounter")).values("visit")
    return Q(encounter__in=visits) | Q(encounter__origin__in=visits)


def replaced_answered() -> Subquery:
    """The day on which the payer first answered the claim that a corrected one takes the place of."""
    answers = decided(RemittanceClaim.objects.filter(claim=OuterRef("replaces"))).order_by("remittance__paid_on")
    return Subquery(answers.values("remittance__paid_on")[:1])


def first_answered() -> Subquery:
    """The day of the answer of the plan that pays before a claim's own."""
    visit = Coalesce(OuterRef(OuterRef(OuterRef("encounter__origin"))), OuterRef(OuterRef(OuterRef("encounter"))))
    # By keys, one after the other: what is reckoned from two columns has no index.
    versions = Encounter.objects.filter(Q(pk=visit) | Q(origin=visit)).order_by()
    of_visit = Claim.objects.filter(encounter__in=versions.values("pk")).order_by()
    before = RemittanceClaim.objects.filter(claim__in=of_visit.values("pk"), claim__sequence__lt=OuterRef("sequence"))
    # What the payer took back counts no more, and of the rest the newest one or none, as `answers_before` has it.
    again = RemittanceClaim.objects.filter(claim=OuterRef("claim"), outcome="reversal", pk__gt=OuterRef("pk"))
    turned = {"charge": 0 - OuterRef("charge"), "paid": 0 - OuterRef("paid")}
    taken = Exists(again.filter(remittance__posted_at__isnull=False, **turned))
    before = before.exclude(taken).exclude(outcome="reversal")
    answered = Case(When(outcome__in=NO_ANSWER, then=None), default=F("remittance__paid_on"), output_field=DateField())
    return Subquery(newest_answers(before).annotate(on=answered).values("on")[:1])


def with_clock(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Claims annotated with everything that `filing_of_claim` reads."""
    return claims.annotate(**_clock())


@functools.cache
def _clock() -> dict[str, BaseExpression]:
    """What the clock asks, thought up once: it is the same for all claims, and depends on no day."""
    rows: dict[str, Any] = {name: Rows(shape.values) for name, shape in _rows().items()}
    for key in _OF_CORRECTED:  # asked of corrected claims alone: the others are spared the question
        rows[key] = Case(When(replaces__isnull=False, then=rows[key]), default=None)
    return {
        **rows,
        "replaced_answered_on": replaced_answered(),
        "first_answered_on": Case(When(sequence__gt=1, then=first_answered()), default=None, output_field=DateField()),
    }


@functools.cache
def _rows() -> dict[str, Shape]:
    """Of a claim the one row of each kind that counts, all its columns in one question."""
    terms = PayerTerms.objects.filter(payer=OuterRef("coverage__payer")).order_by("-pk")
    sending = Submission.objects.filter(claim=OuterRef("pk"), packet__kind="claim").order_by("-sent_on", "-pk")
    # What came back for an earlier sending says nothing of the one that counts.
    last = (
        Submission.objects.filter(claim=OuterRef(OuterRef("pk")), packet__kind="claim").order_by("-pk").values("pk")[:1]
    )
    proof = FilingProof.objects.filter(submission=Subquery(last)).order_by("-pk")
    facts = {key: newest_fact(key, *_OF_PLAN).values_list(*_COLUMNS) for key in (_LIMIT, *_OF_CORRECTED)}
    return {
        **{key: Shape(found) for key, found in facts.items()},
        "filing_terms": Shape(terms.values_list("secondary_clock", "verified_on", "recorded_at")[:1]),
        "filed": Shape(sending.values_list("sent_on", "proof", "proof_reference")[:1]),
        "filing_proof": Shape(proof.values_list("kind", "received_on", "reference")[:1]),
    }


def _of(claim: Any, name: str) -> tuple[Any, ...] | None:
    """The row of a kind that came with a claim; None where it has none."""
    return next(iter(_rows()[name].read(getattr(claim, name))), None)


def filing_of_claim(claim: Any, today: date) -> Filing:
    """The clock of a claim that came with `with_clock`; with its proof once it was sent and taken in."""
    limit, start, event = _clock_of(claim)
    return _by_limit(
        limit, start, claim.service_date, today, event=event, proof=_proof(claim), is_over=claim.closing != Closing.OPEN
    )


def _clock_of(claim: Any) -> tuple[KnownFact, date, str]:
    """The limit of a claim, the day it counts from and what happened on it, as `claims.rules.filing` counts."""
    limit = _fact_of(claim, "corrected_claim_days")
    if claim.replaces_id and limit.is_known:
        counts_from = _fact_of(claim, "corrected_claim_from")
        is_old = counts_from.why_stale(claim.service_date, settings.PLAYBOOK_DAYS)
        if counts_from.value == "answer" and not is_old and claim.replaced_answered_on:
            return limit, claim.replaced_answered_on, ANSWERED
        return limit, claim.service_date, SERVICE
    clock, verified_on, recorded_at = _of(claim, "filing_terms") or ("", None, None)
    is_second = (
        claim.sequence > 1
        and clock == "primary"
        and claim.first_answered_on
        and not why_terms_stale(verified_on, recorded_at, claim.service_date)
    )
    limit = _fact_of(claim, _LIMIT)
    return (limit, claim.first_answered_on, FIRST_ANSWERED) if is_second else (limit, claim.service_date, SERVICE)


def _fact_of(claim: Any, key: str) -> KnownFact:
    value, source, verified_on, expires_on = _of(claim, key) or (None, "", None, None)
    return KnownFact(key, value, source=source, verified_on=verified_on, expires_on=expires_on)


def _proof(claim: Any) -> str:
    proved, filed = _of(claim, "filing_proof"), _of(claim, "filed")
    if proved:
        kind, on, number = proved
        words = dict(FILING_PROOFS)[kind]
    elif claim.transport == Transport.ACCEPTED and filed:
        on, kind, number = filed
        words, number = (dict(PROOFS)[kind], number) if kind != "none" else ("Accepted by the payer", "")
    else:
        return ""
    if claim.transport == Transport.REJECTED:
        return ""
    return " · ".join(x for x in (words, short_date(on), number) if x)
