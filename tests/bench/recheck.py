"""All open claims checked anew against the same facts and checks claim by claim: `python -m tests.bench recheck`.

The open claims of the demo practice are copied, row by row and with everything that their facts are made from, until
there are as many as asked for: `BENCH_CLAIMS` of them, 4,000 by default; `recheck-all` takes 100,000.
"""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from time import perf_counter
from typing import Any

from tests.bench.report import Section

CLAIMS = 4_000
ALL = 100_000
OWN_RULES = 10
BY_ITSELF = 20
"""So many are taken one by one after each chunk: in turns, so that other work on the machine slows both ways alike."""
STEP = 1_000_000
"""Between the keys of a row and of its next copy; the demo practice has fewer rows than this."""


def measure_recheck() -> None:
    _measure(int(os.environ.get("BENCH_CLAIMS", CLAIMS)))


def measure_all() -> None:
    _measure(ALL)


def _measure(wanted: int) -> None:
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from claims.models import Claim
    from claims.services import rechecks
    from claims.services.looking import AT_ONCE, look_at, processors, several

    copy_open_claims(wanted)
    now, by = timezone.now(), get_user_model().objects.filter(role="manager").first()
    adopt_own_rules(by, now)
    keys = list(Claim.objects.filter(closing="open").order_by("pk").values_list("pk", flat=True))
    alone, together, whole = _Taken(), _Taken(), _Taken()
    others = _processor(resource.RUSAGE_CHILDREN)
    with several(processors()) as (look, processes):
        _by_itself(keys[0], now)  # warm
        look_at(keys[:10], now)
        look(keys[: 2 * processes], now)
        run = rechecks.begin("a measurement", by=by, at=now)
        step = AT_ONCE * processes
        for chunk in (keys[start : start + step] for start in range(0, len(keys), step)):
            for start in range(0, len(chunk), AT_ONCE):
                with together.of(len(chunk[start : start + AT_ONCE])):
                    look_at(chunk[start : start + AT_ONCE], now)
            for key in chunk[: BY_ITSELF * processes]:
                with alone.of(1):
                    _by_itself(key, now)
            with whole.of(len(chunk)):
                run = rechecks.go_on(run, by=by, at=now, claims=step, look=look)
    whole.processor += _processor(resource.RUSAGE_CHILDREN) - others  # known when they ended; starting them included
    assert run.checked == len(keys)
    sent_back = run.sent_back.count()

    section = Section("All open claims checked again", "Way", "processor ms a claim", "times less", "ms by the clock",
                      "times faster", "queries", "100,000 claims")  # fmt: skip
    for name, taken, asked in (
        ("facts and checks, claim by claim", alone, f"{alone.queries / alone.claims:.0f} a claim"),
        ("the same together, in one process", together, f"{together.most} for {AT_ONCE:,} claims"),
        (f"the whole run as `manage.py recheck` drives it, with what it writes: {processes} processes", whole, ""),
    ):
        section.row(name, f"{taken.of_processor:.2f}", f"{alone.of_processor / taken.of_processor:.1f}",
                    f"{taken.by_clock:.2f}", f"{alone.by_clock / taken.by_clock:.1f}", asked,
                    _time(taken.by_clock / 1000))  # fmt: skip
    said = "measured" if len(keys) >= ALL else "extrapolated"
    section.lines.append(
        f"{len(keys):,} open claims, copied from those of the demo practice, by the rules of the program and"
        f" {OWN_RULES} of the practice's own; {alone.claims:,} of them were also taken one by one, some after each"
        f" {step:,}. In turns, so that other work on the machine slows all ways alike; processor time is that of all"
        f" processes that took part. The times for 100,000 together are {said}, those one by one are extrapolated."
        f" The run sent {sent_back:,} claims back to draft, each in a transaction of its own."
    )
    print(section.lines[-1])
    section.keep()


def adopt_own_rules(by: Any, at: datetime) -> None:
    """Rules of two conditions each, none of which any claim of the demo practice fulfills: nothing else is measured."""
    from claims.services.rules import adopt_proposal

    for number in range(OWN_RULES):
        few = {"property": "images.endoscopic", "operator": "less", "value": "1"}
        long = {"property": "reading.length", "operator": "more", "value": str(20_000 + number)}
        values = {
            "title": f"Pictures and words {number}",
            "message": "There are many words and no pictures.",
            "fix": "Add a picture.",
            "field": "images.images",
            "cause": "images",
            "severity": "warning",
            "condition": {"all": [few, long]},
        }
        adopt_proposal(values, "", day=at.date(), by=by, at=at)


def _by_itself(key: int, now: datetime) -> None:
    """What the page of a claim does of it."""
    from claims.models import Claim
    from claims.queries.claims import report_of

    claim = Claim.objects.get(pk=key)
    report_of(claim, today=claim.encounter.location.today(now))


def _processor(whose: int = resource.RUSAGE_SELF) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


class _Taken:
    """What one way took: seconds by the clock and of the processor, claims, and queries (`most` of one block)."""

    def __init__(self) -> None:
        self.clock = self.processor = 0.0
        self.claims = self.queries = self.most = 0

    @contextmanager
    def of(self, claims: int) -> Iterator[None]:
        from django.db import connection

        asked = 0

        def count(execute: Any, *args: Any) -> Any:
            nonlocal asked
            asked += 1
            return execute(*args)

        began, used = perf_counter(), _processor()
        with connection.execute_wrapper(count):
            yield
        self.clock, self.processor = self.clock + perf_counter() - began, self.processor + _processor() - used
        self.claims, self.queries, self.most = self.claims + claims, self.queries + asked, max(self.most, asked)

    @property
    def by_clock(self) -> float:
        """Milliseconds a claim."""
        return self.clock / self.claims * 1000

    @property
    def of_processor(self) -> float:
        return self.processor / self.claims * 1000


def _time(seconds: float) -> str:
    took = seconds * ALL
    return f"{took / 60:.1f} min" if took >= 60 else f"{took:.0f} s"


def copy_open_claims(wanted: int) -> None:
    """Copy every open claim with its patient, plans, signed record and lines, without its pictures and packets."""
    from django.db import connection

    from claims.models import Claim
    from documentation.locks import drop_locks, install_locks

    there = Claim.objects.filter(closing="open").count()
    drop_locks(connection)
    with connection.cursor() as cursor:
        for copy in range(1, -(-wanted // there)):
            for statement in _statements(copy * STEP):
                cursor.execute(statement)
        cursor.execute("ANALYZE")
    confirm_orders()
    install_locks(connection)


def confirm_orders() -> None:
    """What was confirmed of the order of plans names those plans: of copies it is confirmed anew."""
    from claims.models import Coverage, PlanOrder
    from claims.queries.plans import in_force, order_from

    for row in PlanOrder.objects.filter(pk__gt=STEP).select_related("patient"):
        plans = Coverage.objects.filter(patient=row.patient, is_active=True).select_related("payer", "terms", "patient")
        day = row.patient.encounters.latest("service_date").service_date
        order = order_from(in_force(list(plans), day), day, ())
        keys = [plan.pk for plan in order.plans]
        PlanOrder.objects.filter(pk=row.pk).update(facts_sha256=order.facts_sha256, order=keys)


def _statements(step: int) -> Iterator[str]:
    from django.apps import apps

    patients = "SELECT patient_id FROM documentation_encounter WHERE id IN ({})"
    open_claims = f"SELECT id FROM claims_claim WHERE closing = 'open' AND id < {STEP}"
    visits = f"SELECT encounter_id FROM claims_claim WHERE id IN ({open_claims})"
    people = patients.format(visits)
    of_people = f"SELECT id FROM documentation_encounter WHERE patient_id IN ({people}) AND id < {STEP}"
    plans = f"SELECT id FROM claims_coverage WHERE patient_id IN ({people}) AND id < {STEP}"
    claims = f"SELECT id FROM claims_claim WHERE encounter_id IN ({of_people})"
    for model, chosen in {
        "documentation.Patient": f"id IN ({people})",
        "documentation.Encounter": f"id IN ({of_people})",
        "documentation.Signature": f"encounter_id IN ({of_people})",
        "documentation.Addendum": f"encounter_id IN ({of_people})",
        "documentation.GlandExamined": f"encounter_id IN ({of_people})",
        "claims.Coverage": f"id IN ({plans})",
        "claims.CoverageTerms": f"coverage_id IN ({plans})",
        "claims.EligibilityCheck": f"coverage_id IN ({plans})",
        "claims.Authorization": f"coverage_id IN ({plans})",
        "claims.PlanOrder": f"patient_id IN ({people})",
        "claims.Estimate": f"encounter_id IN ({of_people})",
        "claims.SelfPayRestriction": f"encounter_id IN ({of_people})",
        "claims.Claim": f"id IN ({claims})",
        "claims.ClaimLine": f"claim_id IN ({claims})",
        "claims.RuleOverride": f"claim_id IN ({claims})",
    }.items():
        yield _copied(apps.get_model(model), chosen, step)


_MOVED = {"Patient", "Encounter", "Coverage", "Claim"}
"""Rows that point to one of these point to its copy; payers, people and places are shared."""

_OWN = {"case_id": "NULL", "chart_number": "CASE {column} WHEN '' THEN '' ELSE {column} || '-{step}' END"}
"""Columns that no two rows share."""


def _copied(model: Any, chosen: str, step: int) -> str:
    names, values = [], []
    for field in model._meta.concrete_fields:
        column = f'"{field.column}"'
        names.append(column)
        to = field.related_model.__name__ if field.is_relation else ""
        if (field.primary_key and not field.is_relation) or to in _MOVED:
            values.append(f"{column} + {step}")
        else:
            values.append(_OWN.get(field.name, column).format(column=column, step=step))
    table = model._meta.db_table
    own = model._meta.pk.column
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table}"
        f" WHERE {chosen} AND {own} < {STEP}"
    )
