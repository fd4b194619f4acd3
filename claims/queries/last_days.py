"""The last day to file for the database to order by: the same as `filing_of_claim` says of one claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Case, DateField, F, IntegerField, Q, Value, When
from django.db.models.functions import Coalesce

from claims.models import PayerTerms, PlaybookFact
from claims.playbook import is_known
from claims.queries.days import DaysAfter
from claims.queries.filing import first_answered, replaced_answered
from claims.rules.filing import DEFAULT_LIMIT_DAYS, counted_days

KEYS = ("timely_filing_days", "corrected_claim_days", "corrected_claim_from")
_CORRECTS = Q(replaces__isnull=False)


class Said(NamedTuple):
    """What a payer said of a time to file."""

    payer: int
    plan_name: str
    key: str
    value: Any
    until: date | None
    """The last day of service for which it is relied on; None where nobody verified it."""


@dataclass(frozen=True)
class Clocks:
    """What payers said of their times to file. Payers are few: it is put into the question."""

    facts: tuple[Said, ...]
    """The newest last."""
    later: tuple[tuple[int, date], ...]
    """Payers that count from the first plan's answer where they pay second, and the last day of service for which that
    is relied on."""


def clocks() -> Clocks:
    facts = PlaybookFact.objects.filter(key__in=KEYS).order_by("pk")
    newest = {terms.payer_id: terms for terms in PayerTerms.objects.order_by("pk")}
    days = timedelta(days=settings.PLAYBOOK_DAYS)
    return Clocks(
        tuple(Said(f.payer_id, f.plan_name, f.key, f.value, _sound_until(f)) for f in facts),
        tuple(
            (payer, (terms.verified_on or terms.recorded_at.date()) + days)
            for payer, terms in newest.items()
            if terms.secondary_clock == "primary"
        ),
    )


def last_day_to_file(clocks: Clocks) -> DaysAfter:
    """Of a claim that has not left: the day from which its payer counts, and the payer's days after it."""
    return DaysAfter(_start(clocks), _days(clocks.facts), output_field=DateField())


def _start(clocks: Clocks) -> Case:
    """The service, or an answer where the payer is known to count from it."""
    service = F("service_date")
    whens = []
    if own := [of for of, _ in _known(clocks.facts, "corrected_claim_days")]:
        counts_from = []
        for of, fact in _known(clocks.facts, "corrected_claim_from"):
            if fact.value == "answer" and fact.until is not None:
                answered = Coalesce(replaced_answered(), service)
                counts_from.append(When(of, service_date__lte=fact.until, then=answered))
            counts_from.append(When(of, then=service))
        start = Case(*counts_from, default=service, output_field=DateField())
        whens.append(When(_CORRECTS & reduce(or_, own), then=start))
    whens += [
        When(
            coverage__payer=payer,
            sequence__gt=1,
            service_date__lte=until,
            then=Coalesce(first_answered(), service),
        )
        for payer, until in clocks.later
    ]
    return Case(*whens, default=service, output_field=DateField())


def _days(facts: tuple[Said, ...]) -> Case:
    """Days as the plan says, else its payer, else the usual ones; a corrected claim's own where they are known.

    A stale limit never makes the time longer.
    """
    whens = []
    for key, which in (("corrected_claim_days", _CORRECTS), ("timely_filing_days", Q())):
        for of, fact in _known(facts, key):
            if fact.until is not None:
                whens.append(When(which & of, service_date__lte=fact.until, then=Value(fact.value)))
            whens.append(When(which & of, then=Value(counted_days(fact.value, is_stale=True))))
    return Case(*whens, default=Value(DEFAULT_LIMIT_DAYS), output_field=IntegerField())


def _known(facts: tuple[Said, ...], key: str) -> Iterator[tuple[Q, Said]]:
    """The newest answers to a question that say something, and the claims they are about; a plan's own word first."""
    newest = {(fact.payer, fact.plan_name): fact for fact in facts if fact.key == key}
    for fact in sorted((f for f in newest.values() if is_known(f.value)), key=lambda f: f.plan_name == ""):
        of = Q(coverage__payer=fact.payer)
        yield (of & Q(coverage__plan_name=fact.plan_name) if fact.plan_name else of), fact


def _sound_until(fact: PlaybookFact) -> date | None:
    if fact.verified_on is None:
        return None
    until: date = fact.verified_on + timedelta(days=settings.PLAYBOOK_DAYS)
    return min(until, fact.expires_on) if fact.expires_on else until
