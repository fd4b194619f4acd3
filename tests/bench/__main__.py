"""Measure what people wait for: rules, pages, pictures, electronic claims.

`python -m tests.bench pictures` measures one of them alone.

Figures are medians of several runs, on the demo practice in a temporary database, and are written to
docs/reference/benchmarks.md.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter

from tests.bench.era import measure_era
from tests.bench.load import measure_load
from tests.bench.million import measure_million
from tests.bench.packets import measure_packets
from tests.bench.pictures import measure_a_long_page, measure_pictures
from tests.bench.recheck import measure_all, measure_recheck
from tests.bench.report import Section, milliseconds
from tests.bench.x12 import measure_x12, measure_x12_rows


def pages_without_arguments() -> Iterator[str]:
    """Every address that needs no number of a row."""
    from django.urls import NoReverseMatch, get_resolver, reverse

    for name in sorted(filter(lambda key: isinstance(key, str), get_resolver().reverse_dict)):
        try:
            yield reverse(name)
        except NoReverseMatch:
            continue


def measure_rules() -> None:
    from claims.rules import CATALOGUE as FOR_CLAIMS
    from documentation.kernel.rule import check
    from documentation.rules import CATALOGUE as FOR_RECORDS

    section = Section("Rules", "Catalogue", "rules", "ms")
    for title, catalogue in (("record", FOR_RECORDS), ("claim", FOR_CLAIMS)):
        complete = catalogue[0].good
        took = milliseconds(lambda facts=complete, rules=catalogue: check(facts, rules), runs=99)
        section.row(title, str(len(catalogue)), f"{took:.2f}")
    section.keep()


def measure_pages() -> None:
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    section = Section("Pages", "Role", "Page", "ms", "queries")
    seen = set()
    for user in get_user_model().objects.filter(is_active=True).order_by("pk"):
        if user.role in seen:
            continue
        seen.add(user.role)
        client = Client(headers={"host": "localhost"})
        client.force_login(user)
        for address in pages_without_arguments():
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address)
            asked = len(queries)  # the next request forgets them
            if answer.status_code == 200 and not answer.streaming:
                took = milliseconds(partial(client.get, address))
                section.row(user.role, f"`{address}`", f"{took:.1f}", str(asked))
    section.keep()


def load_the_demo() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable")
    began = perf_counter()
    call_command("demo", verbosity=0)
    section = Section("The demo practice, from an empty database", "What", "seconds")
    section.row("`manage.py demo`", f"{perf_counter() - began:.1f}")
    section.keep()


ALONE: dict[str, Callable[[], None]] = {
    "rules": measure_rules,
    "pictures": measure_pictures,
    "packets": measure_packets,
    "x12": measure_x12,
}
ON_THE_DEMO: dict[str, Callable[[], None]] = {
    "pages": measure_pages,
    "long-page": measure_a_long_page,
    "recheck": measure_recheck,  # fills the database: after the pages
}
ASKED_FOR: dict[str, Callable[[], None]] = {"x12-rows": measure_x12_rows, "recheck-all": measure_all}
"""What takes too long to be measured each time."""
BY_ITSELF: dict[str, Callable[[], None]] = {"era": measure_era}
"""What wants a database of its own."""
IN_KEPT_ONES: dict[str, Callable[[], None]] = {"million": measure_million, "load": measure_load}
"""What is only measured when asked for, in databases that are kept."""


def main() -> None:
    wanted = sys.argv[1:] or [*ALONE, *ON_THE_DEMO, *BY_ITSELF]
    on_the_demo = ON_THE_DEMO | ASKED_FOR
    known = [*ALONE, *on_the_demo, *BY_ITSELF, *IN_KEPT_ONES]
    if unknown := set(wanted) - set(known):
        sys.exit(f"Nothing is called {', '.join(sorted(unknown))}: choose from {', '.join(known)}.")
    for name in set(IN_KEPT_ONES) & set(wanted):
        IN_KEPT_ONES[name]()
        wanted.remove(name)
    for name in BY_ITSELF:
        if name in wanted and len(wanted) > 1:
            subprocess.run([sys.executable, "-m", "tests.bench", name], check=True)
            wanted.remove(name)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATABASE_URL": f"sqlite:///{folder}/db.sqlite3", "MEDIA_ROOT": f"{folder}/media"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        sys.path.insert(0, str(Path.cwd()))
        import django

        django.setup()
        for name, measure in (ALONE | BY_ITSELF).items():
            if name in wanted:
                measure()
        if set(wanted) & set(on_the_demo):
            load_the_demo()
        for name, measure in on_the_demo.items():
            if name in wanted:
                measure()


if __name__ == "__main__":
    main()
