"""Claims written as 837, from their facts to the last segment: `python -m tests.bench x12`.

`x12-rows` begins at the rows of the database.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from time import process_time
from typing import Any

from tests.bench.recheck import STEP, copy_open_claims
from tests.bench.report import Section

CLAIMS = 10_000
AT = datetime(2026, 11, 6, 9, 30, tzinfo=UTC)


def measure_x12() -> None:
    import tracemalloc

    section = Section("Claims written as 837", "File", "claims a second", "MB of file", "peak KB beside the file")
    from claims.rules.examples import MEDICAL, READY, with_subscriber

    for title, facts in (("837D", READY), ("837D, dependants", with_subscriber()), ("837P", MEDICAL)):
        rates, size = [], 0
        for _ in range(3):
            began = process_time()
            size = sum(map(len, _file(facts)))
            rates.append(CLAIMS / (process_time() - began))
        tracemalloc.start()
        for _ in _file(facts):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        section.row(title, f"{sorted(rates)[1]:,.0f}", f"{size / 1e6:.1f}", f"{peak / 1024:,.0f}")
    section.lines.append(
        f"{CLAIMS:,} claims, each from its own facts: cleaned, checked for what is missing, written. Median of three"
        " runs, in processor time of one core; reading the rows is not counted. Nothing is kept of a claim once it is"
        " written, but the last few thousand cleaned texts."
    )
    section.keep()


def measure_x12_rows() -> None:
    """Claims of the database: their rows read some at a time, checked, cleaned, written and recorded as written."""
    import tracemalloc

    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from claims.models import Claim
    from claims.queries.claims import facts_of_each
    from claims.queries.transmissions import MANY, read_in_turn, to_write

    wanted = int(os.environ.get("BENCH_CLAIMS", CLAIMS))
    copy_open_claims(2 * wanted)
    # Of a copy nothing was sent: its sendings and files were not copied.
    Claim.objects.filter(pk__gt=STEP).update(transport="none")
    now, by = timezone.now(), get_user_model().objects.filter(role="biller").first()
    keys = _that_can_leave(now, wanted)
    section = Section("Claims written as 837 from their rows", "Step", "claims a second", "peak MB beside the file")

    def measured(step: str, work: Callable[[], Any]) -> None:
        began = process_time()
        work()
        section.row(step, f"{len(keys) / (process_time() - began):,.0f}", "")

    def read() -> None:
        for start in range(0, len(keys), MANY):
            for _ in facts_of_each(list(read_in_turn(keys[start : start + MANY])), at=now):
                pass

    measured("rows to facts", read)
    measured("rows to facts, with numbers, packets and checks", lambda: deque(to_write(read_in_turn(keys), at=now), 0))
    measured("the verb: all of it, with the file, its rows and an event for each", lambda: _written(keys, by, now))
    for share in (4, 1):
        some = keys[: len(keys) // share]
        tracemalloc.start()
        size = _written(some, by, now)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        section.row(f"the verb, {len(some):,} claims, traced", "", f"{(peak - size) / 1e6:.1f}")
    section.lines.append(
        f"{len(keys):,} dental claims, copied from the ready ones of the demo practice without their packets, in"
        f" processor time of one core. {MANY} claims with their facts are in memory at once, and of each written one"
        " what is recorded of it."
    )
    print(*section.lines, sep="\n")
    section.keep()


def _that_can_leave(now: datetime, wanted: int) -> list[int]:
    """Keys of ready claims that stand in no file and pass every check today; they are looked for before measuring."""
    from claims.edi.claim_of_facts import CannotWrite, electronic_claim
    from claims.models import Claim
    from claims.queries.transmissions import read_in_turn, to_write
    from claims.services.transmissions import _since

    ready = Claim.objects.filter(closing="open", kind="dental", preparation="ready", transport="none", transmitted=None)
    found: list[int] = []
    for row in to_write(read_in_turn(list(ready.order_by("pk").values_list("pk", flat=True))), at=now):
        with suppress(CannotWrite):
            electronic_claim(row.facts, row.sending)
            found += [] if any(_since(row)) else [row.claim.pk]
        if len(found) == wanted:
            break
    return found


def _written(keys: list[int], by: Any, now: datetime) -> int:
    """Write them by the verb and take that back. Gives the size of the file."""
    from django.db import transaction

    from claims.models import Claim
    from claims.services.transmissions import write_claims

    with transaction.atomic():
        size = len(write_claims([Claim(pk=key) for key in keys], by=by, at=now).data)
        transaction.set_rollback(True)
    return size


def _file(facts: Any) -> Iterator[str]:
    from claims.edi.claim_837 import Numbers, Receiver, Sender, write
    from claims.edi.claim_of_facts import Sending, electronic_claim

    note = "Left submandibular sialoendoscopy: stenosis at 12 mm. Swelling for eight months. Images attached."
    patient = facts.encounter.patient

    def claims() -> Iterator[Any]:
        for n in range(CLAIMS):
            # Each patient has a name of their own, so that nothing of the cleaning is known before.
            named = replace(facts.encounter, patient=replace(patient, last_name=f"Łukasz{n}"))
            holder = replace(facts.coverage.subscriber, last_name=f"O’Neil{n}")
            one = replace(facts, encounter=named, coverage=replace(facts.coverage, subscriber=holder))
            yield electronic_claim(one, Sending(f"C{n:06d}", attachment=f"DUC{n:06d}01", note=f"{note} {n}")).claim

    return write(
        claims(),
        kind=facts.kind,
        sender=Sender("Harbor Oral Surgery", "HARBORORAL", "2065550100"),
        receiver=Receiver("Example Clearinghouse", "CLEARHOUSE1"),
        at=AT,
        numbers=Numbers(101),
    )
