"""One database's part of `tests.bench.million`: pages measured there, each in milliseconds and queries."""

import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter, process_time
from typing import Any
from unittest import mock

RUNS = 5


def main() -> None:
    import django

    django.setup()
    from django.db import connection

    clock = process_time if connection.vendor == "sqlite" else perf_counter
    found = {name: measured(action, clock, 1 if "GROUP BY" in name else RUNS) for name, action in actions()}
    json.dump(found, sys.stdout)


def measured(action: Callable[[], Any], clock: Callable[[], float], runs: int) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        action()
    queries = len(asked)  # the next request forgets them
    times = []
    for _ in range(runs):
        began = clock()
        action()
        times.append(clock() - began)
    return {"ms": statistics.median(times) * 1000, "queries": queries}


def actions() -> Iterator[tuple[str, Callable[[], Any]]]:
    from django.test import Client

    from claims.models import Claim, QueuedClaim
    from documentation.models import Patient, User

    user = User.objects.filter(role="manager").earliest("pk")
    client = Client(headers={"host": "localhost"})
    client.force_login(user)

    def page(address: str, **typed: str) -> Callable[[], Any]:
        def ask() -> None:
            answer = client.post(address, typed) if typed else client.get(address)
            assert answer.status_code == 200, (address, answer.status_code)

        return ask

    still_open = QueuedClaim.objects.filter(queue="to_send").order_by("-pk").values_list("pk", flat=True)[0]
    person = Patient.objects.filter(encounters__claims=still_open).get()
    yield "worklist: ready to send, by priority", page("/worklist/?queue=to_send&order=priority")
    yield "worklist: denied, by priority", page("/worklist/?queue=denied&order=priority")
    yield "worklist: waiting, the longest first", page("/worklist/?queue=waiting&order=oldest")
    yield "worklist: narrowed to a payer and a last day", page("/worklist/?queue=to_send&kind=dental&within=365")
    yield "all claims, the newest page", page("/claims/")
    yield "search: a claim's number", page("/claims/", patient=f"C{still_open:06d}")
    yield "search: a patient's chart number", page("/claims/", patient=person.chart_number)
    yield "search: a patient's name", page("/claims/", patient=f"{person.first_name} {person.last_name}")
    yield "ready to bill", page("/ready-to-bill/")
    yield "a claim's page", page(f"/claims/C{still_open:06d}/")
    dates = Claim.objects.order_by("service_date").values_list("service_date", flat=True)
    first, last = dates[0], dates.reverse()[0] + timedelta(days=1)
    dashboard = page(f"/dashboard/?from={first}&to={last}")
    yield "dashboard, all years", dashboard
    with live():
        yield "the same numbers by GROUP BY over a covering index", dashboard
    admin = page("/bench-admin/claims/claim/?closing__exact=open&transport__exact=none")
    yield "Django admin: claims that were not sent", admin
    yield "Django admin: all claims", page("/bench-admin/claims/claim/")
    yield "Django admin: ready to send, the same rows", page("/bench-queues/claims/claim/?queue=to_send")


@contextmanager
def live() -> Iterator[None]:
    """The page without its sums: every number from the claims' own rows, all of whose columns an index holds."""
    from django.db import connection

    from claims.models import ClaimFigures
    from claims.queries import sums

    columns = [f.column for f in ClaimFigures._meta.concrete_fields]
    named = ", ".join(sorted(columns, key=lambda name: name != "service_date"))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX IF NOT EXISTS bench_covering ON claims_claimfigures ({named})")
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE claims_claimfigures")

    def rows_alone(filters: Any) -> Iterator[tuple[Any, Any]]:
        yield sums.rows(filters), sums._LIVE_AS

    with mock.patch.object(sums, "_parts", rows_alone):
        yield
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX bench_covering")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.with_admin"
    main()
