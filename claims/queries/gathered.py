"""The rows that the facts of claims are made from: of one or of many claims in the same number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from functools import cache
from typing import Any, TypeVar

from django.db.models import Q

from claims.codes.crosswalk import Mapping
from claims.codes.procedures import Listed
from claims.facts import PayerFacts
from claims.models import (
    Authorization,
    Claim,
    ClaimLine,
    Coverage,
    EligibilityCheck,
    Estimate,
    Payer,
    PlanOrder,
    RemittanceClaim,
    SelfPayRestriction,
)
from claims.queries.codes import known_mappings, listed_codes
from claims.queries.coverage import that_use
from claims.queries.plan_facts import payer_facts
from claims.queries.primary import newest_answers, whole
from claims.queries.worklists import with_signs
from claims.workflow import Closing
from documentation.models import Addendum, Encounter, Patient
from documentation.queries.encounters import location_facts, read_for_facts
from documentation.queries.versions import visits_of
from documentation.workflow import EncounterStatus

T = TypeVar("T")

REPLACED = (Closing.VOIDED, Closing.CORRECTED)


def by(name: str, rows: Iterable[T]) -> dict[Any, list[T]]:
    """Rows by one of their fields, in their order."""
    found: dict[Any, list[T]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


class Gathered:
    """What `claims.queries.claims` makes facts from, read once for all of these claims; nothing is kept on the claims.

    What several claims share, such as what may be relied on of a payer for a day, is made once for all of them.
    """

    def __init__(self, claims: Collection[Claim]) -> None:
        self.claims = claims
        self.encounters = read_for_facts({c.encounter_id for c in claims})
        self.patients = {e.patient_id: e.patient for e in self.encounters.values()}
        self.lines = by("claim_id", ClaimLine.objects.filter(claim__in=claims))
        self.payer_facts, self.location = cache(payer_facts), cache(location_facts)
        self._read_visits()
        self._read_plans()
        self._read_codes()
        self._read_others()
        self._read_earlier()

    def _read_visits(self) -> None:
        """What hangs on a visit, whichever version of its record it was written down with."""
        self.visits = visits_of(self.encounters.values())
        key_of = {e.pk: key for key, rows in self.visits.items() for e in rows}
        self.addenda: dict[int, list[Addendum]] = defaultdict(list)
        for added in Addendum.objects.filter(encounter__in=key_of).select_related("encounter"):
            self.addenda[key_of[added.encounter_id]].append(added)
        self.estimates: dict[int, Estimate] = {}
        for estimate in Estimate.objects.filter(encounter__in=key_of).defer("basis"):
            self.estimates.setdefault(key_of[estimate.encounter_id], estimate)
        self.restrictions: dict[int, SelfPayRestriction] = {}
        for row in SelfPayRestriction.objects.filter(encounter__in=key_of, lifted_at=None):
            self.restrictions.setdefault(key_of[row.encounter_id], row)

    def _read_plans(self) -> None:
        """The plans of the patients with their payers, and what was asked of the plans of the claims."""
        own = {c.coverage_id for c in self.claims}
        rows = Coverage.objects.filter(Q(patient__in=self.patients) | Q(pk__in=own)).select_related("terms")
        self.coverages = {c.pk: c for c in rows}
        payers = Payer.objects.prefetch_related("playbook", "terms").in_bulk(
            {c.payer_id for c in self.coverages.values()}
        )
        elsewhere = {c.patient_id for c in self.coverages.values()} - self.patients.keys()
        holders = self.patients | (Patient.objects.in_bulk(elsewhere) if elsewhere else {})
        for coverage in self.coverages.values():
            coverage.payer, coverage.patient = payers[coverage.payer_id], holders[coverage.patient_id]
        active = (c for c in self.coverages.values() if c.is_active and c.patient_id in self.patients)
        self.active = by("patient_id", active)
        several = [key for key, plans in self.active.items() if len(plans) > 1]
        self.orders = by("patient_id", PlanOrder.objects.filter(patient__in=several) if several else ())
        self.checks = by("coverage_id", EligibilityCheck.objects.filter(coverage__in=own))
        asked = list(Authorization.objects.filter(coverage__in=self.coverages))
        self.authorizations = by("coverage_id", asked)
        self.users = by("coverage_id", that_use([row for row in asked if row.coverage_id in own]))

    def _read_codes(self) -> None:
        self._listed = by("code", listed_codes(line.code for lines in self.lines.values() for line in lines))
        is_medical = any(c.kind == "medical" for c in self.claims)
        self.mappings: tuple[Mapping, ...] = known_mappings() if is_medical else ()

    def listed(self, codes: Iterable[str]) -> tuple[Listed, ...]:
        """What the practice's licensed lists say of these codes."""
        return tuple(row for code in sorted(set(codes)) for row in self._listed.get(code, ()))

    def _read_others(self) -> None:
        """Other claims and visits of the same patient and day. Most have none: those are told by their keys alone."""
        days = {(self.encounters[c.encounter_id].patient_id, c.service_date) for c in self.claims}
        days |= {(e.patient_id, e.service_date) for e in self.encounters.values()}
        own = {c.pk for c in self.claims}
        same = Claim.objects.filter(encounter__patient__in=self.patients).exclude(closing__in=REPLACED)
        claims = _beside(same.values_list("pk", "encounter__patient", "service_date"), days, own)
        rows = with_signs(Claim.objects.filter(pk__in=claims)).select_related("coverage__payer", "encounter")
        siblings = list(rows.prefetch_related("lines", "encounter__glands")) if claims else []
        self.siblings: dict[tuple[int, date], list[Claim]] = defaultdict(list)
        for claim in siblings:
            self.siblings[claim.encounter.patient_id, claim.service_date].append(claim)
        signed = Encounter.objects.filter(patient__in=self.patients, status=EncounterStatus.SIGNED)
        visits = _beside(signed.values_list("pk", "patient", "service_date"), days, self.encounters.keys())
        found = list(Encounter.objects.filter(pk__in=visits).prefetch_related("glands")) if visits else []
        self.same_day: dict[tuple[int, date], list[Encounter]] = defaultdict(list)
        for visit in found:
            self.same_day[visit.patient_id, visit.service_date].append(visit)

    def _read_earlier(self) -> None:
        """Of visits with a claim that is not the first: all claims, and what payers answered on them."""
        keys = {self.encounters[c.encounter_id].visit_key for c in self.claims if c.sequence > 1}
        versions = [e.pk for key in keys for e in self.visits[key]]
        rows = Claim.objects.filter(encounter__in=versions).select_related("encounter") if keys else ()
        self.of_visit: dict[int, list[Claim]] = defaultdict(list)
        for row in rows:
            self.of_visit[row.encounter.visit_key].append(row)
        answers = whole(newest_answers(RemittanceClaim.objects.filter(claim__encounter__in=versions))) if keys else ()
        self.answers = list(answers)

    def answers_before(self, claim: Claim) -> list[RemittanceClaim]:
        """Posted answers on the claims of the same visit that come before this one, the newest first."""
        key = self.encounters[claim.encounter_id].visit_key
        before = {c.pk for c in self.of_visit.get(key, ()) if c.sequence < claim.sequence}
        return [a for a in self.answers if a.claim_id in before] if before else []

    def payer(self, coverage: Coverage, day: date | None) -> PayerFacts:
        return self.payer_facts(coverage.payer, coverage.plan_name, day)


def _beside(rows: Iterable[tuple[int, int, date]], days: set[tuple[int, date]], own: Collection[int]) -> list[int]:
    """The keys of rows that share patient and day, one of `days`, with one of ours that is another."""
    found = defaultdict(list)
    for key, patient, day in rows:
        found[patient, day].append(key)
    shared = (keys for day, keys in found.items() if day in days and (len(keys) > 1 or keys[0] not in own))
    return [key for keys in shared for key in keys]
