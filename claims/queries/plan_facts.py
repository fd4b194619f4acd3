"""Plans and payers as facts: with what may be relied on for a day of service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from claims.among import TermsFacts
from claims.facts import CoverageFacts, PayerFacts, SubscriberFacts
from claims.models import Coverage, Payer
from claims.queries import plans
from documentation.facts import Address
from documentation.kernel.money import to_cents
from documentation.queries import encounters


def coverage_facts(
    coverage: Coverage, day: date | None = None, *, payer: Callable[[Coverage, date | None], PayerFacts] | None = None
) -> CoverageFacts:
    """A plan with what may be relied on of its payer for a day of service; `payer` tells it where it is known."""
    patient = coverage.patient
    if coverage.relationship in ("", "self"):
        subscriber = SubscriberFacts(
            patient.first_name, patient.last_name, patient.birth_date, patient.sex, encounters.address_facts(patient)
        )
    else:
        own = encounters.address_facts(coverage)
        subscriber = SubscriberFacts(
            coverage.subscriber_first_name,
            coverage.subscriber_last_name,
            coverage.subscriber_birth_date,
            coverage.subscriber_sex,
            own if own != Address() else encounters.address_facts(patient),
        )
    return CoverageFacts(
        payer=(payer or _payer_of)(coverage, day),
        plan_name=coverage.plan_name,
        group_number=coverage.group_number,
        member_id=coverage.member_id,
        priority=coverage.priority,
        relationship=coverage.relationship,
        program=plans.terms_of(coverage).program,
        effective_on=coverage.effective_on,
        terminated_on=coverage.terminated_on,
        signature_on_file=coverage.signature_on_file,
        assignment_of_benefits=coverage.assignment_of_benefits,
        subscriber=subscriber,
        key=coverage.pk,
    )


def _payer_of(coverage: Coverage, day: date | None) -> PayerFacts:
    return payer_facts(coverage.payer, coverage.plan_name, day)


def payer_facts(payer: Payer, plan_name: str = "", day: date | None = None) -> PayerFacts:
    """A payer with what may be relied on for a day of one of its plans; without a day, with all that was written."""
    known = payer.book().policy(plan_name, day)
    return PayerFacts(
        payer.name, payer.payer_id, payer.line, encounters.address_facts(payer), known, _terms(payer, day)
    )


def _terms(payer: Payer, day: date | None) -> TermsFacts:
    terms = plans.terms_on(payer, day) if day else plans.newest_terms(payer)
    if terms is None:
        return TermsFacts()
    allowed = None if terms.allowed is None else to_cents(terms.allowed)
    return TermsFacts(terms.network, allowed, terms.cob_method, terms.cob_as, terms.secondary_clock, terms.source)
