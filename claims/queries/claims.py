"""Facts of a claim and lists of claims."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from claims.among import RestrictionFacts, TermsFacts
from claims.facts import (
    ClaimFacts,
    CoverageFacts,
    EligibilityFacts,
    EstimateFacts,
    LineFacts,
    NewerVersionFacts,
    OtherVisitFacts,
    PayerFacts,
    SiblingClaimFacts,
    SubscriberFacts,
)
from claims.models import Claim, Coverage, EligibilityCheck, Estimate, Fee, Payer
from claims.queries import plans
from claims.queries.codes import known_mappings, listed_codes
from claims.queries.coverage import authorizations_of
from claims.queries.primary import primary_of
from claims.queries.worklists import not_billed, with_signs
from claims.rules import CATALOGUE
from claims.workflow import Adjudication, Closing
from documentation.facts import Address
from documentation.kernel.money import to_cents
from documentation.kernel.rule import Report, check
from documentation.models import Encounter
from documentation.queries import encounters
from documentation.queries.versions import of_visit, versions_of, with_corrections
from documentation.rules import CATALOGUE as RECORD_RULES
from documentation.workflow import EncounterStatus


def facts_of(claim: Claim, *, today: date | None = None) -> ClaimFacts:
    """The facts of a claim as they are now. `today` is the date at the location."""
    encounter = encounters.with_record().get(pk=claim.encounter_id)
    coverages = list(claim.encounter.patient.coverages.select_related("payer"))
    others = [c for c in coverages if c.pk != claim.coverage_id and c.is_active]
    estimate = estimates_of(encounter).first()
    return ClaimFacts(
        number=claim.number,
        kind=claim.kind,
        sequence=claim.sequence,
        today=today,
        encounter=encounters.facts_of(encounter, today=today),
        billing=encounters.location_facts(encounter.location),
        coverage=coverage_facts(claim.coverage, claim.service_date),
        other_coverages=tuple(coverage_facts(c, claim.service_date) for c in others),
        eligibility=_eligibility(claim.coverage, claim.service_date),
        authorizations=authorizations_of(claim.coverage, before=claim),
        estimate=EstimateFacts(
            to_cents(estimate.low), to_cents(estimate.high), estimate.given_on, estimate.acknowledged_on
        )
        if estimate
        else None,
        lines=tuple(
            LineFacts(
                code=line.code,
                fee_cents=to_cents(line.fee),
                quantity=line.quantity,
                description=line.description,
                diagnosis_pointers=tuple(line.diagnosis_pointers),
                documented=line.documented,
                modifiers=tuple(line.modifiers),
                area=line.area,
                comparator=line.comparator,
                second_gland_reason=line.second_gland_reason,
            )
            for line in claim.lines.all()
        ),
        diagnoses=tuple(claim.diagnoses),
        siblings=_siblings(claim),
        other_visits=_other_visits(encounter),
        confirmed_code=claim.confirmed_code,
        listed=listed_codes(line.code for line in claim.lines.all()),
        mappings=known_mappings() if claim.kind == "medical" else (),
        primary_is_decided=_primary_is_decided(claim),
        primary=primary_of(claim),
        order_is_confirmed=not others or plans.is_confirmed(claim.encounter.patient, claim.service_date),
        restriction=_restriction(encounter),
        newer=newer_version(encounter),
    )


def newer_version(encounter: Encounter) -> NewerVersionFacts | None:
    """The version that counts instead of this one; else the one that is being written to replace it."""
    known = versions_of(encounter)
    newer = known.in_force if known.in_force and known.in_force.version > encounter.version else known.correction
    return NewerVersionFacts(newer.number, newer.version, newer == known.in_force) if newer else None


def estimates_of(encounter: Encounter) -> QuerySet[Estimate]:
    """What the patient was told to expect of a visit, the newest first, whichever version of the record it hangs on."""
    return Estimate.objects.filter(encounter__in=of_visit(encounter.visit_key))


def coverage_facts(coverage: Coverage, day: date | None = None) -> CoverageFacts:
    """A plan with what may be relied on of its payer for a day of service."""
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
        payer=payer_facts(coverage.payer, coverage.plan_name, day),
        plan_name=coverage.plan_name,
        group_number=coverage.group_number,
        member_id=coverage.member_id,
        priority=coverage.priority,
        relationship=coverage.relationship,
        effective_on=coverage.effective_on,
        terminated_on=coverage.terminated_on,
        signature_on_file=coverage.signature_on_file,
        assignment_of_benefits=coverage.assignment_of_benefits,
        subscriber=subscriber,
    )


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


def _restriction(encounter: Encounter) -> RestrictionFacts | None:
    found = plans.restriction_of(encounter)
    return RestrictionFacts(found.asked_on, found.reason) if found else None


def _eligibility(coverage: Coverage, service_date: date) -> EligibilityFacts | None:
    checks = EligibilityCheck.objects.filter(coverage=coverage)
    row = checks.filter(checked_on__lte=service_date).first() or checks.first()
    if row is None:
        return None
    return EligibilityFacts(
        checked_on=row.checked_on,
        method=row.method,
        reference=row.reference,
        active=row.active,
        covers_specialized_diagnostics=row.covers_specialized_diagnostics,
        deductible_remaining_cents=None if row.deductible_remaining is None else to_cents(row.deductible_remaining),
        annual_maximum_remaining_cents=(
            None if row.annual_maximum_remaining is None else to_cents(row.annual_maximum_remaining)
        ),
        coinsurance_percent=row.coinsurance_percent,
        prior_authorization=row.prior_authorization,
        frequency_limit=row.frequency_limit,
        waiting_until=row.waiting_until,
        next_check_on=row.next_check_on,
    )


def _siblings(claim: Claim) -> tuple[SiblingClaimFacts, ...]:
    rows = (
        Claim.objects.filter(encounter__patient=claim.encounter.patient_id, service_date=claim.service_date)
        .exclude(pk=claim.pk)
        .exclude(closing__in=(Closing.VOIDED, Closing.CORRECTED))
        .select_related("coverage__payer")
        .prefetch_related("lines", "encounter__glands")
    )
    return tuple(
        SiblingClaimFacts(
            number=c.number,
            status=c.word,
            service_date=c.service_date,
            codes=tuple(line.code for line in c.lines.all()),
            payer_id=c.coverage.payer.payer_id,
            glands=_glands(c.encounter),
            same_visit=c.encounter.visit_key == claim.encounter.visit_key,
        )
        for c in rows
    )


def _other_visits(encounter: Encounter) -> tuple[OtherVisitFacts, ...]:
    """Signed visits of the patient on the same day that were begun before this one, by the version that counts."""
    same_day = {"patient": encounter.patient_id, "service_date": encounter.service_date}
    rows = Encounter.objects.filter(status=EncounterStatus.SIGNED, **same_day).prefetch_related("glands")
    earlier = (e for e in rows if e.visit_key < encounter.visit_key)
    return tuple(OtherVisitFacts(e.number, _glands(e)) for e in earlier)


def _glands(encounter: Encounter) -> tuple[str, ...]:
    return tuple(f"{g.side} {g.gland}" for g in encounter.glands.all())


def _primary_is_decided(claim: Claim) -> bool:
    if claim.sequence == 1:
        return False
    same_visit = Claim.objects.filter(encounter__in=of_visit(claim.encounter.visit_key))
    # A first claim that was paid is closed by that: it has answered all the same.
    earlier = same_visit.filter(sequence__lt=claim.sequence).exclude(closing__in=(Closing.VOIDED, Closing.CORRECTED))
    undecided = (Adjudication.NONE, Adjudication.PENDED)
    return earlier.exists() and not earlier.filter(adjudication__in=undecided).exists()


def report_of(claim: Claim, *, today: date) -> Report:
    """The readiness report, with the reasons that people gave for going on."""
    return report_on(facts_of(claim, today=today), overrides_of(claim))


def report_on(facts: ClaimFacts, overrides: dict[str, str]) -> Report:
    """What payers would look at: the signed record by its rules, then the claim by its own.

    A warning about the record must not leave without a reason either, so both stand in one report.
    """
    record = check(facts.encounter, RECORD_RULES, overrides=overrides)
    return Report((*check(facts, CATALOGUE, overrides=overrides).results, *record.results))


def overrides_of(claim: Claim) -> dict[str, str]:
    """Standing reasons by rule id."""
    return {o.rule: o.reason for o in claim.overrides.filter(withdrawn_at=None)}


def fee_on(code: str, day: date) -> Fee | None:
    """The full fee for a code that was in force on a day."""
    return Fee.objects.filter(code=code, effective_on__lte=day).first()


def listed() -> QuerySet[Claim]:
    """Claims with what every list of them shows."""
    return with_signs(Claim.objects.all()).select_related(
        "encounter__patient", "encounter__clinician", "encounter__location", "coverage__payer"
    )


def encounters_to_bill() -> QuerySet[Encounter]:
    """Signed encounters that were not billed yet, oldest service first."""
    found = with_corrections(Encounter.objects.filter(not_billed(), status="signed"))
    return found.select_related("patient", "clinician", "location").order_by("service_date", "pk")
