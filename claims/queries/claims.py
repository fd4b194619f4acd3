"""Facts of a claim and lists of claims."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from itertools import islice

from django.db.models import Case, QuerySet, Value, When

from claims.among import PrimaryFacts, ResentFacts, RestrictionFacts
from claims.facts import (
    ClaimFacts,
    EligibilityFacts,
    EstimateFacts,
    LineFacts,
    NewerVersionFacts,
    OtherVisitFacts,
    ReplacedFacts,
    SiblingClaimFacts,
)
from claims.models import Claim, EligibilityCheck, Estimate, Fee, RuleOverride
from claims.queries import plans
from claims.queries.billed import REPLACED
from claims.queries.coverage import authorizations_from
from claims.queries.eligibility import check_that_counts
from claims.queries.gathered import Gathered
from claims.queries.plan_facts import coverage_facts
from claims.queries.primary import by_plan, nearest, primary_facts
from claims.queries.resent import held_by_payer, purpose_of
from claims.queries.rulebook import InForce, RuleBooks, rule_book
from claims.queries.worklists import not_billed, with_signs
from claims.workflow import Adjudication
from documentation.kernel.money import to_cents
from documentation.kernel.rule import Report, check, failures
from documentation.models import Encounter
from documentation.models.among import Keys, among
from documentation.queries import encounters
from documentation.queries.versions import Versions, of_visit, versions_among, versions_of, with_corrections


def facts_of(claim: Claim, *, today: date | None = None) -> ClaimFacts:
    """The facts of a claim as they are now. `today` is the date at the location."""
    return facts_from(claim, Gathered([claim]), today=today)


def facts_of_each(claims: Collection[Claim], *, at: datetime) -> Iterator[tuple[Claim, ClaimFacts]]:
    """The facts of many claims, each on the day that it is at its location, in a constant number of queries."""
    return facts_of_rows(Gathered(claims), at)


def facts_of_rows(rows: Gathered, at: datetime) -> Iterator[tuple[Claim, ClaimFacts]]:
    """The same where the rows are gathered."""
    for claim in rows.claims:
        yield claim, facts_from(claim, rows, today=rows.encounters[claim.encounter_id].location.today(at))


def facts_from(claim: Claim, rows: Gathered, *, today: date | None) -> ClaimFacts:
    """The facts of a claim from the rows that were gathered for it and maybe others."""
    encounter = rows.encounters[claim.encounter_id]
    coverage, key, day = rows.coverages[claim.coverage_id], encounter.visit_key, claim.service_date
    active = rows.active.get(encounter.patient_id, [])
    others = [c for c in active if c.pk != coverage.pk]
    lines = rows.lines.get(claim.pk, ())
    estimate, restriction = rows.estimates.get(key), rows.restrictions.get(key)
    return ClaimFacts(
        number=claim.number,
        kind=claim.kind,
        sequence=claim.sequence,
        today=today,
        encounter=encounters.facts_from(encounter, rows.addenda.get(key, ()), rows.denied.get(key, ()), today=today),
        billing=rows.location(encounter.location),
        coverage=coverage_facts(coverage, day, payer=rows.payer),
        other_coverages=tuple(coverage_facts(c, day, payer=rows.payer) for c in others),
        eligibility=_eligibility(check_that_counts(rows.checks.get(coverage.pk, ()), day)),
        authorizations=authorizations_from(
            rows.authorizations.get(coverage.pk, ()), rows.users.get(coverage.pk, ()), before=claim
        ),
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
            for line in lines
        ),
        diagnoses=tuple(claim.diagnoses),
        siblings=_siblings(claim, encounter, rows),
        other_visits=_other_visits(encounter, rows),
        numbers_elsewhere=tuple(
            a.number
            for c in others
            for a in rows.authorizations.get(c.pk, ())
            if a.number and c.payer_id != coverage.payer_id
        ),
        confirmed_code=claim.confirmed_code,
        listed=rows.listed(line.code for line in lines),
        mappings=rows.mappings if claim.kind == "medical" else (),
        primary_is_decided=_primary_is_decided(claim, rows.of_visit.get(key, ())),
        primary=primary_facts(nearest(rows.answers_before(claim), claim), rows.books),
        resent=_resent(claim, rows),
        earlier=_earlier(claim, rows),
        order_is_confirmed=not others
        or plans.is_confirmed_among(active, day, rows.orders.get(encounter.patient_id, ()), rows.policy),
        restriction=RestrictionFacts(restriction.asked_on, restriction.reason) if restriction else None,
        corrects=_corrects(claim, rows),
        newer=_newer(versions_among(encounter, rows.visits[key])),
    )


def _earlier(claim: Claim, rows: Gathered) -> tuple[PrimaryFacts, ...]:
    """What the plans answered that pay before the one before this one; a plan whose answer does not stand has none."""
    before = (row for row in rows.answers_before(claim) if row.claim and row.claim.sequence < claim.sequence - 1)
    found = (primary_facts(answers, rows.books) for answers in reversed(by_plan(before, claim)))
    return tuple(facts for facts in found if facts)


def _corrects(claim: Claim, rows: Gathered) -> ReplacedFacts | None:
    old = claim.replaces_id
    return ReplacedFacts(Claim(pk=old).number, rows.replaced.get(old)) if old else None


def newer_version(encounter: Encounter) -> NewerVersionFacts | None:
    """The version that counts instead of this one; else the one that is being written to replace it."""
    return _newer(versions_of(encounter))


def _resent(claim: Claim, rows: Gathered) -> ResentFacts | None:
    held = held_by_payer(claim)
    return ResentFacts(purpose_of(claim).value, rows.payer_controls.get(held, "")) if held else None


def _newer(known: Versions) -> NewerVersionFacts | None:
    newer = known.in_force if known.in_force and known.in_force.version > known.this.version else known.correction
    return NewerVersionFacts(newer.number, newer.version, newer == known.in_force) if newer else None


def estimates_of(encounter: Encounter) -> QuerySet[Estimate]:
    """What the patient was told to expect of a visit, the newest first, whichever version of the record it hangs on."""
    return Estimate.objects.filter(encounter__in=of_visit(encounter.visit_key))


def _eligibility(row: EligibilityCheck | None) -> EligibilityFacts | None:
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


def _siblings(claim: Claim, encounter: Encounter, rows: Gathered) -> tuple[SiblingClaimFacts, ...]:
    return tuple(
        SiblingClaimFacts(
            number=c.number,
            status=c.word,
            service_date=c.service_date,
            codes=tuple(line.code for line in c.lines.all()),
            payer_id=c.coverage.payer.payer_id,
            glands=_glands(c.encounter),
            same_visit=c.encounter.visit_key == encounter.visit_key,
        )
        for c in rows.siblings.get((encounter.patient_id, claim.service_date), ())
        if c.pk != claim.pk
    )


def _other_visits(encounter: Encounter, rows: Gathered) -> tuple[OtherVisitFacts, ...]:
    """Signed visits of the patient on the same day that were begun before this one, by the version that counts."""
    same_day = rows.same_day.get((encounter.patient_id, encounter.service_date), ())
    earlier = (e for e in same_day if e.visit_key < encounter.visit_key)
    return tuple(OtherVisitFacts(e.number, _glands(e)) for e in earlier)


def _glands(encounter: Encounter) -> tuple[str, ...]:
    return tuple(f"{g.side} {g.gland}" for g in encounter.glands.all())


def _primary_is_decided(claim: Claim, of_visit: Iterable[Claim]) -> bool:
    # A first claim that was paid is closed by that: it has answered all the same.
    earlier = [c for c in of_visit if c.sequence < claim.sequence and c.closing not in REPLACED]
    undecided = (Adjudication.NONE, Adjudication.PENDED)
    return bool(earlier) and not any(c.adjudication in undecided for c in earlier)


def report_of(claim: Claim, *, today: date) -> Report:
    """The readiness report, with the reasons that people gave for going on."""
    return report_on(facts_of(claim, today=today), overrides_of(claim), rules_for(claim, today))


def rules_for(claim: Claim, day: date) -> InForce:
    """The rules that hold on a day for the payer of a claim."""
    return rule_book(day).of(claim.coverage.payer_id)


def report_on(facts: ClaimFacts, overrides: dict[str, str], rules: InForce) -> Report:
    """What payers would look at: the signed record by its rules, then the claim by the program's and the practice's.

    A warning about the record must not leave without a reason either, so all stand in one report.
    """
    facts = _by_release(facts, rules)
    claim = check(facts, rules.for_claims, severities=rules.severities, overrides=overrides)
    record = check(facts.encounter, rules.for_records, severities=rules.severities, overrides=overrides)
    return Report((*claim.results, *record.results))


def _by_release(facts: ClaimFacts, rules: InForce) -> ClaimFacts:
    return facts if rules.are_released else replace(facts, rules_are_released=False)


IN_CACHE = 200
"""So many claims go through the rules together: their facts are near the processor still when the next rule asks."""


def failures_of_each(claims: Collection[Claim], *, at: datetime) -> Iterator[tuple[Claim, Report]]:
    """What failed of the readiness reports of many claims, in their order and in a constant number of queries."""
    reasons = reasons_among(overrides_among({c.pk for c in claims}))
    rows = Gathered(claims)
    yield from failures_among(facts_of_rows(rows, at), reasons, rows.payer_keys(), at=at)


def overrides_among(keys: Keys) -> QuerySet[RuleOverride]:
    """The standing reasons of claims, by the keys of the claims."""
    return RuleOverride.objects.filter(among("claim", keys), withdrawn_at=None)


def reasons_among(rows: Iterable[RuleOverride]) -> dict[int, dict[str, str]]:
    """By claim the reasons by what was asked."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for row in rows:
        found[row.claim_id][row.asked] = row.reason
    return found


def failures_among(
    read: Iterable[tuple[Claim, ClaimFacts]],
    reasons: Mapping[int, Mapping[str, str]],
    of_payer: Mapping[int, int],
    *,
    at: datetime,
    books: RuleBooks | None = None,
) -> Iterator[tuple[Claim, Report]]:
    """The same of claims whose facts are read; the reasons, by what was asked, and the payer's key stand under the
    claim's key. `books` where they are at hand.
    """
    books, waiting = books or RuleBooks(), iter(read)
    while together := list(islice(waiting, IN_CACHE)):
        alike: dict[int, tuple[InForce, list[tuple[Claim, ClaimFacts]]]] = {}
        for claim, facts in together:
            rules = books.on(facts.today or at.date()).of(of_payer[claim.pk])
            alike.setdefault(id(rules), (rules, []))[1].append((claim, _by_release(facts, rules)))
        failed = {pk: report for rules, those in alike.values() for pk, report in _failures(those, rules, reasons)}
        yield from ((claim, failed[claim.pk]) for claim, _ in together)


def _failures(
    those: list[tuple[Claim, ClaimFacts]], rules: InForce, reasons: Mapping[int, Mapping[str, str]]
) -> Iterator[tuple[int, Report]]:
    """What `report_on` tells of the rules that failed, of claims for which the same rules hold."""
    given = [reasons.get(claim.pk, {}) for claim, _ in those]
    facts = [f for _, f in those]
    of_claims = failures(facts, rules.for_claims, given, severities=rules.severities)
    of_records = failures([f.encounter for f in facts], rules.for_records, given, severities=rules.severities)
    for (claim, _), of_claim, of_record in zip(those, of_claims, of_records, strict=True):
        yield claim.pk, Report((*of_claim, *of_record))


def overrides_of(claim: Claim) -> dict[str, str]:
    """Standing reasons by what was asked."""
    return {o.asked: o.reason for o in claim.overrides.filter(withdrawn_at=None)}


def fee_on(code: str, day: date) -> Fee | None:
    """The full fee for a code that was in force on a day."""
    return Fee.objects.filter(code=code, effective_on__lte=day).first()


def listed() -> QuerySet[Claim]:
    """Claims with what every list of them shows."""
    return with_signs(Claim.objects.all()).select_related(
        "encounter__patient", "encounter__clinician", "encounter__location", "coverage__payer"
    )


def encounters_to_bill() -> QuerySet[Encounter]:
    """Signed encounters with a claim to start, oldest service first; each with `is_billed_in_part`: whether only the
    place of a void claim is empty.
    """
    found = with_corrections(Encounter.objects.filter(to_bill__isnull=False))
    found = found.annotate(is_billed_in_part=Case(When(not_billed(), then=Value(False)), default=Value(True)))
    return found.select_related("patient", "clinician", "location").order_by("service_date", "pk")
