"""The plans of a patient side by side: their order as the rules suggest it, and whether a person confirmed it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.db.models import QuerySet

from claims.facts import PolicyFacts
from claims.models import Claim, Coverage, CoverageTerms, Payer, PayerTerms, PlanOrder, SelfPayRestriction
from claims.queries.billed import billed_claims
from claims.rules.order import Decision, PlanStanding, open_questions, suggest
from claims.workflow import Closing, Transport
from documentation.kernel.wire import to_data
from documentation.models import Encounter, Patient
from documentation.models.among import among
from documentation.models.fields import canonical
from documentation.queries.versions import of_visit


def plans_of(patient: Patient) -> list[Coverage]:
    """The plans on the patient's list in the recorded order, with payer, playbook and terms."""
    return plans_among([patient.pk]).get(patient.pk, [])


def plans_among(patients: Iterable[int]) -> dict[int, list[Coverage]]:
    """The same of several patients, by their keys, in a constant number of queries."""
    found: dict[int, list[Coverage]] = {}
    for plan in listed_among(patients):
        found.setdefault(plan.patient_id, []).append(plan)
    return found


def listed_among(patients: Iterable[int]) -> QuerySet[Coverage]:
    """The plans on the lists of patients in the recorded order, with what is known of their payers."""
    rows = Coverage.objects.filter(among("patient", set(patients)), is_active=True)
    rows = rows.select_related("payer", "patient", "terms").prefetch_related("payer__playbook", "payer__terms")
    return rows.order_by("priority", "pk")


def in_force(plans: list[Coverage], day: date) -> list[Coverage]:
    """Those that are in force on a day, as far as their days are known."""
    return [
        p
        for p in plans
        if (p.effective_on is None or p.effective_on <= day) and (p.terminated_on is None or day <= p.terminated_on)
    ]


def due(plans: list[Coverage], day: date) -> list[Coverage]:
    """Of the plans on a patient's list those that a visit is billed to: those in force on its day, else all of them."""
    return in_force(plans, day) or plans


def billed(patient: Patient, day: date) -> list[Coverage]:
    """The plans that a visit is billed to, in the recorded order."""
    return due(_listed(patient), day)


def _listed(patient: Patient) -> list[Coverage]:
    listed = Coverage.objects.filter(patient=patient, is_active=True).select_related("payer")
    return list(listed.order_by("priority", "pk"))


def out_of_place(patient: Patient) -> list[tuple[Claim, int]]:
    """Open claims whose plan stands in another place among those of the visit than they do, with that place.

    A plan that was billed and has left the list since keeps its place, as far as it was in force: it was told first.
    """
    claims = billed_claims().filter(encounter__patient=patient)
    rows = list(claims.select_related("coverage__payer", "encounter").order_by("pk"))
    away = [c for c in rows if c.transport in _AWAY and in_force([c.coverage], c.service_date)]
    known, found = _listed(patient), []
    for claim in (c for c in rows if c.closing == Closing.OPEN):
        plans = [plan.pk for plan in due(known, claim.service_date)]
        if claim.coverage_id not in plans:
            continue
        told_before = [
            c
            for c in away
            if c.encounter.visit_key == claim.encounter.visit_key
            and c.coverage_id not in plans
            and c.sequence < claim.sequence
        ]
        place = plans.index(claim.coverage_id) + 1 + len({c.coverage_id for c in told_before})
        if place != claim.sequence:
            found.append((claim, place))
    return found


_AWAY = (Transport.SENT, Transport.ACCEPTED)


def ordinal(place: int) -> str:
    """A place in words, to follow 'pays'."""
    words = ("first", "second", "third")
    return words[place - 1] if place <= len(words) else f"in place {place}"


def sent_otherwise(patient: Patient) -> list[tuple[Claim, str]]:
    """Open claims that left while their plans stood in another order, each with a sentence that follows its number."""
    away = [(c, place) for c, place in out_of_place(patient) if c.transport in _AWAY]
    return [
        (
            claim,
            f"was sent when {name_of(claim.coverage)} paid {ordinal(claim.sequence)}. It stays as it was sent;"
            f" this plan pays {ordinal(place)} now.",
        )
        for claim, place in away
    ]


def terms_of(plan: Coverage) -> CoverageTerms:
    """What is known of the plan's place; nothing yet is known where nobody wrote it down."""
    return plan.terms if hasattr(plan, "terms") else CoverageTerms(coverage=plan)


def newest_terms(payer: Payer) -> PayerTerms | None:
    """What was last agreed with a payer, stale or not."""
    return next(iter(payer.terms.all()), None)


def terms_on(payer: Payer, day: date) -> PayerTerms | None:
    """What was agreed with a payer, as far as it may be relied on for a day; None where it is unknown or stale."""
    found = newest_terms(payer)
    return found if found and not found.why_stale(day) else None


def payer_terms_of(plan: Coverage, day: date) -> PayerTerms | None:
    """The same of the plan's payer."""
    return terms_on(plan.payer, day)


PolicyOf = Callable[[Coverage, date], PolicyFacts]


def _policy_of(plan: Coverage, day: date) -> PolicyFacts:
    return plan.payer.book().policy(plan.plan_name, day)


def standing_of(plan: Coverage, policy: PolicyFacts) -> PlanStanding:
    """What decides the place of a plan on a day, as facts, by the policy of that day: what is stale decides nothing."""
    terms = terms_of(plan)
    is_own = plan.relationship in ("", "self")
    birth = plan.patient.birth_date if is_own else plan.subscriber_birth_date
    return PlanStanding(
        key=name_of(plan),
        line=plan.payer.line,
        treats_as=policy.treats_as,
        program=terms.program,
        has_cob_clause=terms.has_cob_clause,
        relationship=plan.relationship,
        employment=terms.employment,
        employer_size=terms.employer_size,
        medicare_reason=terms.medicare_reason,
        kidney_since=terms.kidney_since,
        parent=terms.parent,
        holder_birth=(birth.month, birth.day) if birth else None,
        held_since=terms.held_since or plan.effective_on,
    )


def name_of(plan: Coverage) -> str:
    """The plan as sentences call it: by its payer, with its own name where that says more."""
    return f"{plan.payer.name} ({plan.plan_name})" if plan.plan_name else plan.payer.name


@dataclass(frozen=True)
class Order:
    """The suggested order with its reasons, the confirmed one, and whether that still rests on the same facts."""

    plans: tuple[Coverage, ...]
    """As they are recorded to pay."""
    suggested: tuple[Coverage, ...]
    decisions: tuple[Decision, ...]
    questions: tuple[str, ...]
    facts_sha256: str
    confirmed: PlanOrder | None

    @property
    def is_confirmed(self) -> bool:
        """Whether a person confirmed the recorded order, from what is known now."""
        known = self.confirmed
        return bool(
            known and known.facts_sha256 == self.facts_sha256 and known.order == [plan.pk for plan in self.plans]
        )

    @property
    def is_stale(self) -> bool:
        """Whether something changed since it was confirmed."""
        return self.confirmed is not None and not self.is_confirmed

    @property
    def agrees(self) -> bool:
        """Whether the recorded order contradicts no rule: where nothing decides, each order is as good."""
        place = {plan.pk: n for n, plan in enumerate(self.plans)}
        steps = zip(pairwise(self.suggested), self.decisions, strict=True)
        return all(place[a.pk] < place[b.pk] for (a, b), decision in steps if decision.rule)


def order_of(patient: Patient, day: date) -> Order:
    """The order of a patient's plans on a day."""
    return order_from(in_force(plans_of(patient), day), day, PlanOrder.objects.filter(patient=patient))


def order_from(
    plans: list[Coverage], day: date, orders: Iterable[PlanOrder], policy_of: PolicyOf = _policy_of
) -> Order:
    """The same from plans at hand, in the order in which they are recorded to pay, and what was confirmed of them.

    `orders` holds the newest first. Visits with other plans in force have orders of their own: it counts what was
    confirmed last from what is known here, else what was confirmed last at all. `policy_of` tells what may be relied
    on of a payer where that was worked out before.
    """
    policies = [policy_of(plan, day) for plan in plans]
    standings = {
        id(s): (s, plan) for plan, known in zip(plans, policies, strict=True) for s in [standing_of(plan, known)]
    }
    known = [s for s, _ in standings.values()]
    # By their keys, where nothing else tells them apart: a confirmed order must not change what it was confirmed from.
    ordered, decisions = suggest([s for s, plan in sorted(standings.values(), key=lambda known: known[1].pk)], day)
    suggested = tuple(standings[id(s)][1] for s in ordered)
    # Time alone may change the order (the months of kidney disease), so the outcome belongs to what was confirmed.
    told = {
        "plans": sorted(([plan.pk, to_data(s)] for s, plan in standings.values()), key=lambda x: x[0]),
        "order": [plan.pk for plan in suggested],
        "rules": [d.rule.id if d.rule else "" for d in decisions],
    }
    digest = hashlib.sha256(canonical(told).encode()).hexdigest()
    questions = tuple(open_questions(known, _stale(plans, policies)))
    known_orders = list(orders)
    newest = known_orders[0] if known_orders else None
    confirmed = next((row for row in known_orders if row.facts_sha256 == digest), newest)
    return Order(tuple(plans), suggested, decisions, questions, digest, confirmed)


def _stale(plans: list[Coverage], policies: list[PolicyFacts]) -> dict[str, str]:
    """By plan what its payer took the service for before that grew too old, in a sentence."""
    found = ((plan, policy.stale_fact("treats_as")) for plan, policy in zip(plans, policies, strict=True))
    return {name_of(plan): fact.sentence for plan, fact in found if fact}


def is_confirmed(patient: Patient, day: date) -> bool:
    """Whether the order of the plans in force was confirmed; one plan alone needs no order."""
    return is_confirmed_among(plans_of(patient), day, PlanOrder.objects.filter(patient=patient))


def is_confirmed_among(
    plans: list[Coverage], day: date, orders: Iterable[PlanOrder], policy_of: PolicyOf = _policy_of
) -> bool:
    """The same, where the patient's plans are at hand in the recorded order; what was confirmed is read if needed."""
    found = in_force(plans, day)
    return len(found) < 2 or order_from(found, day, orders, policy_of).is_confirmed


def restriction_of(encounter: Encounter) -> SelfPayRestriction | None:
    """The restriction that stands for a visit, whichever version of its record it was written down with."""
    found = SelfPayRestriction.objects.filter(encounter__in=of_visit(encounter.visit_key), lifted_at=None)
    return found.select_related("recorded_by").first()
