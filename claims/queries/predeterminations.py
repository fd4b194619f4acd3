"""What a payer was asked before a visit, and the facts that the question is made of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from claims.facts import ClaimFacts, LineFacts
from claims.models import Coverage, Predetermination
from claims.queries.claims import fee_on
from claims.queries.plan_facts import coverage_facts
from claims.workflow import AuthorizationStatus
from documentation.kernel.machine import NotPossible
from documentation.models import Encounter
from documentation.queries.encounters import facts_from as record_facts
from documentation.queries.encounters import location_facts, read_for_facts
from documentation.queries.versions import of_visit
from documentation.workflow import EncounterStatus

BEFORE = (EncounterStatus.PLANNED, EncounterStatus.DRAFT)
"""A visit that a payer can be asked about beforehand is in one of these states."""
_NUMBER = re.compile(r"PD([0-9]{6,12})(?:-[0-9]+)?", re.ASCII)


def key_in(text: str) -> int | None:
    """The key of the predetermination whose number, or line number, a text is."""
    found = _NUMBER.fullmatch(text.strip().upper())
    return int(found[1]) if found else None


def by_number(text: str) -> Predetermination:
    """The row with a number such as PD000001. Raises NotPossible with a sentence when there is none."""
    key = key_in(text)
    row = Predetermination.objects.filter(pk=key).first() if key else None
    if row is None:
        raise NotPossible(f"There is no predetermination {text[:40]!a} here; numbers look like PD000001.")
    return row


def of_encounter(encounter: Encounter) -> QuerySet[Predetermination]:
    """What was asked for a visit, the newest first, whichever version of its record it hangs on."""
    rows = Predetermination.objects.filter(encounter__in=of_visit(encounter.visit_key))
    return rows.select_related("coverage__payer", "authorization")


def came_back() -> list[Predetermination]:
    """What came back unread and can be asked again, the oldest first: the visit is still to come, the plan was not
    asked again since, and nobody wrote down an answer.
    """
    found = answered_unread().select_related("encounter__patient", "coverage__payer")
    return [row for row in found if row.is_rejected]


def answered_unread() -> QuerySet[Predetermination]:
    """What can be asked again and of which anything was said: that it came back is in `is_rejected`."""
    again = Predetermination.objects.filter(
        encounter=OuterRef("encounter"), coverage=OuterRef("coverage"), pk__gt=OuterRef("pk")
    )
    waiting = Predetermination.objects.filter(
        authorization__status=AuthorizationStatus.REQUESTED, encounter__status__in=BEFORE
    )
    return waiting.exclude(acknowledged=[]).filter(~Exists(again)).order_by("pk")


def plans_to_ask(encounter: Encounter) -> QuerySet[Coverage]:
    """The dental plans of a visit's patient. Medical ones are asked for permission instead."""
    rows = Coverage.objects.filter(patient=encounter.patient_id, is_active=True, payer__line="dental")
    return rows.select_related("payer", "patient").order_by("priority")


def usual_line(encounter: Encounter) -> dict[str, object]:
    """What is planned at such a visit, with its fee on that day where one is known."""
    fee = fee_on("D0371", encounter.service_date)
    return {"code": "D0371", "fee": fee.amount if fee else None}


def facts_to_ask(
    encounter: Encounter, coverage: Coverage, lines: Sequence[LineFacts], number: str, today: date
) -> ClaimFacts:
    """The facts of the question: who asks whom for whom, and what is planned. Nothing of it was done yet."""
    visit = read_for_facts({encounter.pk})[encounter.pk]
    return ClaimFacts(
        number=number,
        kind="dental",
        today=today,
        encounter=record_facts(visit, (), today=today),
        billing=location_facts(visit.location),
        coverage=coverage_facts(coverage, encounter.service_date),
        lines=tuple(lines),
    )
