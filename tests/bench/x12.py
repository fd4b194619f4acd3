"""Claims written as 837, from their facts to the last segment: `python -m tests.bench x12`."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from time import process_time
from typing import Any

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
