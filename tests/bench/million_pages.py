"""One database's part of `tests.bench.million`: of each page it says the name and how many queries it asks; then it
asks for the page as often as it is told `again`, and says each time how many milliseconds that took.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from unittest import mock

RUNS, FEW_RUNS = 15, 3
ITS_NUMBERS = "its numbers alone"
LIVE, BY_THE_CLOCK = "GROUP BY", "by the clock and with parallel processes"


def main() -> None:
    import django

    django.setup()
    for n, (name, action) in enumerate(actions()):
        if not n:
            action()  # what a process asks once is no page's
        say({"name": name, "queries": queries_of(action)})
        clock = perf_counter if BY_THE_CLOCK in name else processor
        while sys.stdin.readline().strip() == "again":
            began = clock()
            action()
            say((clock() - began) * 1000)


def say(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def processor() -> float:
    """Seconds of a processor that the program took, and on PostgreSQL the server for it: of the one process that
    answers its questions, which takes no others to its help meanwhile. Others beside them do not lengthen it.
    """
    from django.db import connection

    if connection.vendor == "sqlite":
        return process_time()
    return process_time() + int(Path(f"/proc/{server()}/schedstat").read_text().split()[0]) / 1e9


@cache
def server() -> int:
    """The process of a PostgreSQL on this machine that answers."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = int(cursor.fetchone()[0])
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    if "postgres" not in Path(f"/proc/{pid}/comm").read_text():
        raise SystemExit("The server is on another machine: what its processor takes cannot be read here.")
    return pid


@contextmanager
def with_helpers() -> Iterator[None]:
    """The server takes further processes to its help, as it does where nobody says otherwise."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("RESET max_parallel_workers_per_gather")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")


def queries_of(action: Callable[[], Any]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        action()
    return len(asked)


def actions() -> Iterator[tuple[str, Callable[[], Any]]]:
    from django.db import connection
    from django.db.models import Count, Value
    from django.test import Client
    from django.utils import timezone

    from claims.models import Claim, QueuedClaim
    from claims.queries import dashboards
    from claims.queries.sums import Filters
    from documentation.models import Patient, User
    from documentation.views.work import practice_today

    user = User.objects.filter(role="manager").earliest("pk")
    client = Client(headers={"host": "localhost"})
    client.force_login(user)

    def page(address: str, **typed: str) -> Callable[[], Any]:
        def ask() -> None:
            answer = client.post(address, typed) if typed else client.get(address)
            assert answer.status_code == 200, (address, answer.status_code)

        return ask

    still_open = QueuedClaim.objects.filter(queue="to_send").order_by("-pk").values_list("pk", flat=True)[0]
    common = Patient.objects.filter(encounters__claims=still_open).get()
    # Names whose claims fill a page among any number: the rarest such, and one that every twelfth patient has.
    full = Patient.objects.order_by().values_list("first_name", "last_name").annotate(n=Count("pk")).filter(n__gte=50)
    few = full.order_by("n").first()
    if few is None:
        few = Patient.objects.order_by().values_list(Value(""), "last_name").annotate(n=Count("pk")).order_by("-n")[0]
    first_name, last_name, _ = few
    yield "worklist: ready to send, by priority", page("/worklist/?queue=to_send&order=priority")
    # One after the other, so that a machine that is slower for a while is so for both.
    yield "Django admin: ready to send, the same rows", page("/bench-queues/claims/claim/?queue=to_send")
    yield "the same with how many each queue has", page("/bench-queues/claims/claim/?queue=to_send&_facets=True")
    admin = page("/bench-admin/claims/claim/?closing__exact=open&transport__exact=none")
    yield "Django admin: claims that were not sent", admin
    yield "worklist: denied, by priority", page("/worklist/?queue=denied&order=priority")
    yield "worklist: waiting, the longest first", page("/worklist/?queue=waiting&order=oldest")
    yield "worklist: narrowed to dental plans and an age", page("/worklist/?queue=waiting&kind=dental&age=10")
    yield "all claims, the newest page", page("/claims/")
    yield "search: a claim's number", page("/claims/", patient=f"C{still_open:06d}")
    yield "search: a patient's chart number", page("/claims/", patient=common.chart_number)
    yield "search: a patient's name", page("/claims/", patient=f"{first_name} {last_name}".strip())
    of_many = page("/claims/", patient=common.last_name.split("-")[0])
    yield "search: a last name that one in twelve begins with", of_many
    yield "ready to bill", page("/ready-to-bill/")
    yield "a claim's page", page(f"/claims/C{still_open:06d}/")
    dates = Claim.objects.order_by("service_date").values_list("service_date", flat=True)
    first, last = dates[0], dates.reverse()[0] + timedelta(days=1)
    dashboard = page(f"/dashboard/?from={first}&to={last}")

    def numbers() -> None:
        filters = Filters(first, last)
        today = practice_today(timezone.now())
        for period in (filters, filters.before()):
            dashboards.numbers(period, today=today)
        dashboards.by_cause(filters)
        dashboards.by_month(filters)
        dashboards.by_payer(filters)

    yield "dashboard, all years", dashboard
    yield ITS_NUMBERS, numbers
    with live():
        yield f"the same page by {LIVE} over a covering index", dashboard
        yield f"its numbers alone, by {LIVE}", numbers
        if connection.vendor == "postgresql":
            with with_helpers():
                yield f"these, {BY_THE_CLOCK}", dashboard
    if connection.vendor == "postgresql":
        with with_helpers():
            yield f"dashboard, {BY_THE_CLOCK}", dashboard
    yield "Django admin: all claims", page("/bench-admin/claims/claim/")
    yield "Django admin: a patient's name", page(f"/bench-admin/claims/claim/?q={first_name}+{last_name}")
    yield "Django admin: a claim's number", page(f"/bench-admin/claims/claim/?q={still_open}")


@contextmanager
def live() -> Iterator[None]:
    """The page without its sums: what it adds up of a period, and by what that can be narrowed, is asked of the claims'
    own rows, all of whose columns an index holds but those that tell of today. What is told of today has kept rows and
    indexes of its own in both.
    """
    from django.db import connection

    from claims.models import ClaimFigures
    from claims.queries import dashboards, open_money, sums
    from documentation.models.together import Prepared

    of_today = {"idle_since", "waits_since", "ask_again_on"}
    columns = [f.column for f in ClaimFigures._meta.concrete_fields if f.column not in of_today]
    named = ", ".join(sorted(columns, key=lambda name: name != "service_date"))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX IF NOT EXISTS bench_covering ON claims_claimfigures ({named})")
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE claims_claimfigures")

    def rows_alone(filters: Any) -> tuple[sums.Part, ...]:
        return (sums.Part(filters, is_kept=False),)

    def kinds_of_rows(keys: Any, first: date, last: date) -> dict[str, Any]:
        found = ClaimFigures.objects.filter(service_date__gte=first, service_date__lte=last).order_by()
        return {"kinds": found.values_list(*(sums.FIELDS[name] for name in dashboards.TOLD_APART)).distinct()}

    with (
        mock.patch.object(sums, "parts_of", rows_alone),
        mock.patch.object(open_money, "parts_of", rows_alone),
        mock.patch.object(dashboards, "_kinds", Prepared(kinds_of_rows)),
    ):
        yield
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX bench_covering")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.with_admin"
    main()
