"""Until when what there is of a patient is kept: what the record and the claims know, counted by every period."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import islice
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.timezone import get_default_timezone

from claims.clocks.paths import Regime
from claims.models import (
    Appeal,
    Claim,
    Coverage,
    Estimate,
    PatientCopy,
    PatientPayment,
    Predetermination,
    RemittanceClaim,
    Submission,
    TransmittedClaim,
)
from claims.queries.appeal_rules import regimes_of
from documentation.models import Encounter, LegalHold, Location, Patient
from documentation.models.among import among
from documentation.models.together import together
from documentation.queries.retention import holds_of, load_periods, longer_of, longer_rows
from documentation.retention.counting import Kept, PatientFacts, keep_until, why, years_after
from documentation.retention.periods import Period, Start, Whom
from documentation.workflow import EncounterStatus

_OF_CLAIM = "claim__encounter__patient"
_LAST: tuple[tuple[Start, Any, str, str], ...] = (
    (Start.VISIT, Encounter, "patient", "service_date"),
    (Start.CLAIM, Claim, "encounter__patient", "encounter__service_date"),
    (Start.CLAIM, Submission, _OF_CLAIM, "sent_on"),
    (Start.CLAIM, RemittanceClaim, _OF_CLAIM, "remittance__paid_on"),
    (Start.CLAIM, RemittanceClaim, _OF_CLAIM, "remittance__posted_at"),
    (Start.CLAIM, Appeal, _OF_CLAIM, "opened_at"),
    (Start.CLAIM, Appeal, _OF_CLAIM, "decided_on"),
    (Start.CLAIM, PatientPayment, _OF_CLAIM, "paid_on"),
    (Start.ESTIMATE, Estimate, "encounter__patient", "recorded_at"),
    (Start.SENDING, Submission, _OF_CLAIM, "sent_on"),
    (Start.SENDING, TransmittedClaim, _OF_CLAIM, "transmission__written_at"),
    (Start.SENDING, Predetermination, "encounter__patient", "transmission__written_at"),
    (Start.COPY, PatientCopy, "patient", "given_at"),
)
"""Where the last of each event stands: the rows, the way from them to the patient, and the day."""
_PROGRAMS = {"medicare": Whom.MEDICARE, "medicaid": Whom.MEDICAID}
_REGIMES = {
    Regime.ERISA: Whom.ERISA,
    Regime.MEDICARE: Whom.MEDICARE,
    Regime.MEDICARE_ADVANTAGE: Whom.MEDICARE_ADVANTAGE,
    Regime.MEDICAID: Whom.MEDICAID,
}
AT_ONCE = 200
"""Patients who are counted together."""


def _asked(keys: Collection[int]) -> dict[str, QuerySet[Any]]:
    """What is asked of these patients, together."""
    asked: dict[str, QuerySet[Any]] = {
        "plans": Coverage.objects.filter(among("patient", keys)).select_related("payer", "terms"),
        "longer": longer_rows(keys),
        "places": Location.objects.order_by(*Location.IN_ORDER)[:1],
    }
    asked["plans"] = asked["plans"].prefetch_related("payer__playbook")
    for n, (start, model, whose, when) in enumerate(_LAST):
        rows = model.objects.filter(among(whose, keys)).order_by()
        if start is Start.VISIT:
            rows = rows.exclude(status=EncounterStatus.CANCELLED)
        asked[f"last{n}"] = rows.values_list(whose).annotate(last=Max(when))
    return asked


def facts_of(
    patients: Collection[Patient], today: date, found: Mapping[str, list[Any]] | None = None
) -> dict[int, PatientFacts]:
    """What decides how long the records of each patient are kept, by key; `found` is what came of `_asked`."""
    found = found or together(**_asked([p.pk for p in patients]))
    zone = found["places"][0].zone if found["places"] else get_default_timezone()
    events: dict[int, dict[Start, date]] = {p.pk: {} for p in patients}
    for n, (start, *_) in enumerate(_LAST):
        for key, last in found[f"last{n}"]:
            if last is not None:
                day = _day(last, zone)
                events[key][start] = max(day, events[key].get(start, day))
    groups = _groups(found["plans"], today)
    facts = {}
    for patient in patients:
        of_patient, was_here = events[patient.pk], Start.VISIT in events[patient.pk]
        of_patient.setdefault(Start.VISIT, _day(patient.created_at, zone))
        facts[patient.pk] = PatientFacts(
            patient.birth_date, of_patient, frozenset(groups.get(patient.pk, ())), was_here
        )
    return facts


def _day(value: date | datetime | str, zone: tzinfo) -> date:
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value or " " in value else date.fromisoformat(value)
    return value.astimezone(zone).date() if isinstance(value, datetime) else value


def _groups(plans: Collection[Coverage], today: date) -> dict[int, set[Whom]]:
    """The kinds of plans that each patient has or had: as their terms, their payers' playbooks or indicators say.

    What cannot be relied on counts, too: it only makes the time longer.
    """
    books = {plan.payer_id: plan.payer.book() for plan in plans}
    found: dict[int, set[Whom]] = {}
    for plan in plans:
        of_patient = found.setdefault(plan.patient_id, set())
        terms = getattr(plan, "terms", None)
        if terms and terms.program in _PROGRAMS:
            of_patient.add(_PROGRAMS[terms.program])
        regimes = regimes_of(books[plan.payer_id], plan.plan_name, today)
        of_patient |= {_REGIMES[Regime(r)] for r in regimes if r in _REGIMES}
    return found


def kept_of(patients: Collection[Patient], today: date, periods: Collection[Period] | None = None) -> dict[int, Kept]:
    """Until when the records of each patient are kept at least, and why, by key."""
    periods = load_periods() if periods is None else periods
    found = together(**_asked([p.pk for p in patients]))
    facts, longer = facts_of(patients, today, found), longer_of(found["longer"])
    return {key: keep_until(one, periods, longer[key].until if key in longer else None) for key, one in facts.items()}


@dataclass(frozen=True)
class Ended:
    """A patient whose last day of keeping has passed."""

    patient: Patient
    kept: Kept


def ended(today: date, periods: Collection[Period] | None = None) -> Iterator[Ended]:
    """Patients whose last day of keeping has passed and who are not on legal hold, in the order of their numbers."""
    periods = load_periods() if periods is None else periods
    rows = _candidates(periods, today).order_by("pk").iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        kept = kept_of(some, today, periods)
        yield from (Ended(p, kept[p.pk]) for p in some if kept[p.pk].has_ended(today))


def _candidates(periods: Collection[Period], today: date) -> QuerySet[Patient]:
    """Patients of whom the database alone cannot say that a period runs: counting looks at these only.

    Of who was registered twice the one who stays is asked for: everything hangs there.
    """
    held = LegalHold.objects.filter(patient=OuterRef("pk"), released_at=None)
    rows = Patient.objects.filter(~Exists(held), merged_into=None)
    years = [p.years for p in periods if p.is_used and p.start is Start.VISIT and p.whom is Whom.EVERYBODY]
    if not years:
        return rows
    since = years_after(today, -max(years))
    visits = Encounter.objects.filter(patient=OuterRef("pk")).exclude(status=EncounterStatus.CANCELLED)
    registered = Q(created_at__date__lte=since) | Exists(visits)
    return rows.filter(registered, ~Exists(visits.filter(service_date__gt=since)))


def keeping_of(patient: Patient, today: date) -> dict[str, Any]:
    """How long the records of one patient are kept, for the copy that is given to them.

    That a legal hold stands is told, and since when; who asked and why is the practice's own affair.
    """
    kept = kept_of([patient], today)[patient.pk]
    holds = [{"from": h.from_on, "released": h.released_at} for h in holds_of(patient)]
    decided = "the practice keeps it longer than any period" if kept.is_longer_by_decision else why(kept)
    return {"until": kept.day, "because": decided, "legal_holds": holds}
