"""The rows that the facts of claims are made from: of one or of many claims in the same number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from claims.codes.procedures import Listed
from claims.facts import PayerFacts, PolicyFacts
from claims.models import (
    Authorization,
    Claim,
    ClaimLine,
    CodeMapping,
    CodeText,
    Coverage,
    EligibilityCheck,
    Estimate,
    PlanOrder,
    ReasonCode,
    RemittanceClaim,
    SelfPayRestriction,
)
from claims.queries import resent
from claims.queries.balances import Books
from claims.queries.billed import billed_claims
from claims.queries.codes import as_listed, as_mapping
from claims.queries.coverage import that_count
from claims.queries.lineages import first_decided
from claims.queries.plan_facts import payer_facts
from claims.queries.primary import newest_answers, whole
from claims.queries.resent import controls_from, held_by_payer
from claims.queries.worklists import with_signs
from documentation.models import Addendum, Encounter
from documentation.models.among import Keys, among
from documentation.models.together import Prepared
from documentation.queries.amendments import denied
from documentation.queries.encounters import for_facts, location_facts, read_for_facts, with_record
from documentation.workflow import EncounterStatus

T = TypeVar("T")


def by(name: str, rows: Iterable[T]) -> dict[Any, list[T]]:
    """Rows by one of their fields, in their order."""
    return _by_key(rows, attrgetter(name))


def asked(keys: Keys) -> dict[str, QuerySet[Any]]:
    """What the facts of claims begin with, by the keys of the claims: the rows may be asked for with others."""
    claims = Claim.objects.filter(among("pk", keys)).order_by()
    return {
        "encounters": for_facts(Encounter.objects.filter(pk__in=claims.values("encounter"))),
        "lines": ClaimLine.objects.filter(among("claim", keys)),
    }


@Prepared
def _begun(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    return asked(keys["claims"])


@Prepared
def _more(
    keys: Mapping[str, Keys], *, unsigned: bool, medical: bool, again: bool, in_earnest: bool
) -> dict[str, QuerySet[Any]]:
    """What is asked when the visits and lines are known. Drafts, codes for medical plans and earlier claims only where
    there are any.
    """
    return {
        **_of_visits(keys, unsigned),
        **_of_plans(keys, medical),
        **_of_others(keys),
        **_of_earlier(keys, again),
        # Of claims that correct or take back one that the payer holds: how it calls that, and when it decided it.
        **resent.asked(keys["held"], in_earnest=in_earnest),
        "first_decided": first_decided(keys["replaced"]),
    }


def _of_visits(keys: Mapping[str, Keys], unsigned: bool) -> dict[str, QuerySet[Any]]:
    """What hangs on a visit, whichever version of its record it was written down with."""
    versions = _versions(keys["visits"]).values("pk")
    restrictions = SelfPayRestriction.objects.filter(encounter__in=versions, lifted_at=None)
    return {
        "unsigned": with_record().filter(among("pk", keys["unsigned"])) if unsigned else Encounter.objects.none(),
        "versions": _versions(keys["visits"]).exclude(among("pk", keys["encounters"])),
        "addenda": Addendum.objects.filter(encounter__in=versions).select_related("encounter"),
        "denied": denied().filter(encounter__in=versions),
        "estimates": Estimate.objects.filter(encounter__in=versions).select_related("encounter").defer("basis"),
        "restrictions": restrictions.select_related("encounter"),
    }


def _of_plans(keys: Mapping[str, Keys], medical: bool) -> dict[str, QuerySet[Any]]:
    """The plans of the patients with their payers, what was asked of the plans of the claims, and what the practice
    knows of the codes.
    """
    plans = Coverage.objects.filter(among("patient", keys["patients"]) | among("pk", keys["plans"]))
    counted = Authorization.objects.filter(among("coverage", keys["plans"]), units__gt=0)
    mappings = CodeMapping.objects.select_related("payer")
    return {
        "plans": plans.select_related("patient", "terms").prefetch_related("payer__playbook", "payer__terms"),
        "orders": PlanOrder.objects.filter(among("patient", keys["patients"])),
        "checks": EligibilityCheck.objects.filter(among("coverage", keys["plans"])),
        "permissions": Authorization.objects.filter(coverage__in=plans.order_by().values("pk")),
        "users": that_count().filter(coverage__in=counted.values("coverage")),
        "texts": CodeText.objects.filter(among("code", keys["codes"])),
        "mappings": mappings if medical else mappings.none(),
    }


def _of_others(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    """Other claims and visits of the same patient and day, and those beside which they are."""
    patients, days = keys["patients"], among("service_date", keys["days"])
    billed = billed_claims()
    claims = billed.filter(days, among("encounter__patient", patients))
    claims = claims.filter(_beside(billed, "encounter__patient", keys["claims"]))
    # Nearly all visits are signed: an index of states would lead through all of them, instead of the patients'.
    others = [status for status in EncounterStatus if status != EncounterStatus.SIGNED]
    signed = Encounter.objects.exclude(status__in=others)
    visits = signed.filter(days, among("patient", patients))
    visits = visits.filter(_beside(signed, "patient", keys["encounters"]))
    shown = with_signs(claims).select_related("coverage__payer", "encounter")
    return {
        "siblings": shown.prefetch_related("lines", "encounter__glands"),
        "same_day": visits.prefetch_related("glands"),
    }


def _of_earlier(keys: Mapping[str, Keys], again: bool) -> dict[str, QuerySet[Any]]:
    """Of visits with a claim that is not the first: all claims, and what payers answered on them."""
    claims, answers = Claim.objects.select_related("encounter"), RemittanceClaim.objects.all()
    if not again:
        return {"of_visit": claims.none(), "answers": answers.none(), "codes": ReasonCode.objects.none()}
    versions = _versions(keys["again"]).values("pk")
    return {
        "of_visit": claims.filter(encounter__in=versions),
        "answers": whole(newest_answers(answers.filter(claim__encounter__in=versions))),
        "codes": Books.rows(claims.filter(encounter__in=versions).order_by().values("coverage__payer")),
    }


class Gathered:
    """What `claims.queries.claims` makes facts from, read for all of these claims in two questions; nothing is kept on
    the claims.

    What several claims share, such as what may be relied on of a payer for a day, is made once for all of them.
    """

    def __init__(self, claims: Collection[Claim], found: Mapping[str, list[Any]] | None = None) -> None:
        """`found` are the rows that were `asked` for these claims."""
        self.claims = claims
        found = found or _begun({"claims": {c.pk for c in claims}})
        self.encounters = {e.pk: e for e in found["encounters"]}
        if moved := {c.encounter_id for c in claims} - self.encounters.keys():  # since the claims were read
            self.encounters |= read_for_facts(moved)
        self.patients = {e.patient_id: e.patient for e in self.encounters.values()}
        self.lines = by("claim_id", found["lines"])
        self.payer_facts, self.location = cache(payer_facts), cache(location_facts)
        keys = self._keys()
        more = _more(
            keys,
            unsigned=bool(keys["unsigned"]),
            medical=any(c.kind == "medical" for c in claims),
            again=bool(keys["again"]),
            in_earnest=not settings.EDI_TEST,
        )
        self.encounters |= {e.pk: e for e in more["unsigned"]}
        self._take_visits(more)
        self._take_plans(more)
        self._listed = by("code", as_listed(more["texts"]))
        self.mappings = tuple(as_mapping(row) for row in more["mappings"])
        self.siblings = _by_key(more["siblings"], lambda c: (c.encounter.patient_id, c.service_date))
        self.same_day = _by_key(more["same_day"], lambda e: (e.patient_id, e.service_date))
        self.of_visit = _by_key(more["of_visit"], lambda c: c.encounter.visit_key)
        self.answers = more["answers"]
        self.books = Books(rows=more["codes"]) if self.answers else None
        self.payer_controls, self.replaced = controls_from(more), dict(more["first_decided"])

    def _keys(self) -> dict[str, set[Any]]:
        """What decides over the rows that are asked for."""
        claims, encounters = self.claims, self.encounters
        return {
            "claims": {c.pk for c in claims},
            "encounters": {*encounters},
            "unsigned": {key for key, row in encounters.items() if not hasattr(row, "signature")},
            "visits": {e.visit_key for e in encounters.values()},
            "patients": {*self.patients},
            "plans": {c.coverage_id for c in claims},
            "days": {c.service_date for c in claims} | {e.service_date for e in encounters.values()},
            "codes": {line.code for lines in self.lines.values() for line in lines},
            "again": {encounters[c.encounter_id].visit_key for c in claims if c.sequence > 1},
            "held": {key for c in claims if (key := held_by_payer(c))},
            "replaced": {c.replaces_id for c in claims if c.replaces_id},
        }

    def _take_visits(self, found: Mapping[str, list[Any]]) -> None:
        self.visits = by("visit_key", (*self.encounters.values(), *found["versions"]))
        self.addenda = _by_key(found["addenda"], lambda a: a.encounter.visit_key)
        self.denied = _by_key(found["denied"], lambda d: d.encounter.visit_key)
        self.estimates: dict[int, Estimate] = {}
        for estimate in found["estimates"]:
            self.estimates.setdefault(estimate.encounter.visit_key, estimate)
        self.restrictions: dict[int, SelfPayRestriction] = {}
        for row in found["restrictions"]:
            self.restrictions.setdefault(row.encounter.visit_key, row)

    def _take_plans(self, found: Mapping[str, list[Any]]) -> None:
        self.coverages = {c.pk: c for c in found["plans"]}
        active = (c for c in self.coverages.values() if c.is_active and c.patient_id in self.patients)
        self.active = by("patient_id", active)
        self.orders = by("patient_id", found["orders"])
        self.checks = by("coverage_id", found["checks"])
        self.authorizations = by("coverage_id", found["permissions"])
        self.users = by("coverage_id", found["users"])

    def listed(self, codes: Iterable[str]) -> tuple[Listed, ...]:
        """What the practice's licensed lists say of these codes."""
        return tuple(row for code in sorted(set(codes)) for row in self._listed.get(code, ()))

    def answers_before(self, claim: Claim) -> list[RemittanceClaim]:
        """Posted answers on the claims of the same visit that come before this one, the newest first."""
        key = self.encounters[claim.encounter_id].visit_key
        before = {c.pk for c in self.of_visit.get(key, ()) if c.sequence < claim.sequence}
        return [a for a in self.answers if a.claim_id in before] if before else []

    def payer_keys(self) -> dict[int, int]:
        """By claim the key of its payer."""
        return {claim.pk: self.coverages[claim.coverage_id].payer_id for claim in self.claims}

    def payer(self, coverage: Coverage, day: date | None) -> PayerFacts:
        return self.payer_facts(coverage.payer, coverage.plan_name, day)

    def policy(self, coverage: Coverage, day: date | None) -> PolicyFacts:
        return self.payer(coverage, day).policy


def _versions(keys: Keys) -> QuerySet[Encounter]:
    """Every version of visits, abandoned ones too, by their `visit_key`."""
    return Encounter.objects.filter(among("pk", keys) | among("origin", keys)).order_by()


def _beside(rows: QuerySet[Any], patient: str, own: Keys) -> Q:
    """Of rows those that have another one of their patient and day beside them, or are no own ones themselves."""
    others = rows.filter(**{patient: OuterRef(patient)}, service_date=OuterRef("service_date")).order_by()
    return Q(Exists(others.exclude(pk=OuterRef("pk")))) | ~among("pk", own)


def _by_key(rows: Iterable[T], key: Callable[[T], Any]) -> dict[Any, list[T]]:
    found: dict[Any, list[T]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
