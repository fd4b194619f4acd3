"""An 835 with 20,000 claims taken in and posted among very many claims: `python -m tests.bench era`.

`BENCH_ERA_CLAIMS` are in the database, 1,000,000 by default, copied by SQL; `BENCH_ERA_ANSWERS` are in the file.
Measured in one run: bare reading, the same rows by SQL alone, the same rows by a loop of the ORM, and what the program
does, in a process of its own, whose memory is told.
"""

import itertools
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from tests.bench.report import Section

CLAIMS, ANSWERS, LOOPED = 1_000_000, 20_000, 1_000
AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
SERVICE = date(2026, 11, 5)
NPI = "1234567893"
CHUNK = 1_000


def measure_era() -> None:
    claims = int(os.environ.get("BENCH_ERA_CLAIMS", CLAIMS))
    answers = int(os.environ.get("BENCH_ERA_ANSWERS", ANSWERS))
    began = perf_counter()
    fill(claims)
    print(f"{claims:,} claims written in {perf_counter() - began:.0f} s", flush=True)
    keys = sorted(random.Random(371).sample(range(1, claims + 1), answers))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "era.835"
        path.write_bytes(file_of(keys, "T1"))
        small = Path(folder) / "small.835"
        small.write_bytes(file_of(keys[:LOOPED], "T0"))
        clock = _clock()
        reading = _seconds(lambda: bare(path.read_bytes()))
        loop = undone(lambda: by_loop(small)) * answers / LOOPED
        sql = by_sql(path)
        first, memory, said = in_a_process(path, clock)
        again, _, told = in_a_process(path, clock)
        size = path.stat().st_size / 1e6
    assert (said, told) == ("True", "False"), (said, told)
    report(claims, answers, size, reading=reading, sql=sql, loop=loop, first=first, again=again, memory=memory)


def report(claims: int, answers: int, size: float, **took: float) -> None:
    from django.db import connection

    floor = took["reading"] + took["sql"]
    section = Section("An 835 taken in and posted", "Way", "seconds", "claims a second", "times the bare way")
    for name, seconds in (
        ("bare reading of the file", took["reading"]),
        ("the same rows by SQL alone, from values at hand", took["sql"]),
        ("both: the bare way", floor),
        (f"a loop of the ORM over {LOOPED:,} claims, scaled", took["loop"]),
        ("taken in and posted", took["first"]),
        ("the same file again", took["again"]),
    ):
        section.row(name, f"{seconds:.1f}", f"{answers / seconds:,.0f}", f"{seconds / floor:.2f}")
    said = "In the processor's time" if _clock() is process_time else "By the clock"
    section.lines.append(
        f"{answers:,} answers on one check ({size:.1f} MB) among {claims:,} claims, {connection.vendor}: each claim is"
        " sent and has lines, a sending and figures; six of ten answers pay, two deny, one leaves a deductible, one"
        f" pays in part. {said}; the program runs in a process of its own, without its start, and took"
        f" {took['memory']:,.0f} MB at most. Taken in and posted is"
        f" {took['loop'] / took['first']:.1f} times faster than the loop; the same file again takes"
        f" {took['again'] / took['first']:.2f} of the first time. Audit events are hashed in all ways."
    )
    print(section.lines[-1])
    section.keep()


# --- what is in the database --------------------------------------------------------------------------------------


def fill(claims: int) -> None:
    """So many sent claims with their visit, line, sending and figures, all of one plan of one patient, by SQL."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from claims.models import Claim, ClaimFigures, ClaimLine, Submission
    from documentation.models import Encounter

    call_command("migrate", verbosity=0)
    from documentation.locks import drop_locks, install_locks
    from tests.claims import answered

    with transaction.atomic():
        row = answered.claim(SERVICE, transport="sent")
        answered.sent(row, SERVICE)
    assert row.pk == 1
    if connection.vendor == "sqlite":
        # As settings would do in production, but for the waiting on the disk: the copying is not measured.
        connection.cursor().execute("PRAGMA synchronous=OFF")
    drop_locks(connection)
    with connection.cursor() as cursor:
        for model in (Encounter, Claim, ClaimLine, Submission, ClaimFigures):
            cursor.execute(_copies(model, claims, connection.vendor))
        if connection.vendor == "postgresql":
            for model in (Encounter, Claim, ClaimLine, Submission):
                table = model._meta.db_table
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {claims + 1})")
        cursor.execute("ANALYZE")
    install_locks(connection)


def _copies(model: Any, claims: int, vendor: str) -> str:
    """The first row of a table again and again, each with its number and that of its claim and visit."""
    moved = {"Encounter", "Claim"}
    names, values = [], []
    for field in model._meta.concrete_fields:
        to = field.related_model.__name__ if field.is_relation else ""
        is_own = field.name not in ("origin", "previous", "replaces")
        is_number = (field.primary_key and not field.is_relation) or (to in moved and is_own)
        names.append(f'"{field.column}"')
        values.append("n" if is_number else f'"{field.column}"')
    table = model._meta.db_table
    columns, chosen = ", ".join(names), ", ".join(values)
    one = f"(SELECT * FROM {table} ORDER BY 1 LIMIT 1) one"
    if vendor == "postgresql":
        return f"INSERT INTO {table} ({columns}) SELECT {chosen} FROM generate_series(2, {claims}) n CROSS JOIN {one}"
    numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < {claims})"
    return f"INSERT INTO {table} ({columns}) {numbers} SELECT {chosen} FROM numbers CROSS JOIN {one}"


# --- the file -----------------------------------------------------------------------------------------------------

PAID, PARTLY = ("640", (("CO", "45", "50"), ("PR", "2", "160"))), ("500", (("CO", "45", "50"), ("CO", "50", "300")))
DENIED, DEDUCTIBLE = ("0", (("CO", "252", "850"),)), ("0", (("CO", "45", "50"), ("PR", "1", "800")))
KINDS = (PAID, PAID, DENIED, PAID, DEDUCTIBLE, PAID, PARTLY, PAID, DENIED, PAID)


def file_of(keys: list[int], trace: str) -> bytes:
    """One check with an answer on each of these claims."""
    body, total = [], 0
    for key, (paid, taken) in zip(keys, itertools.cycle(KINDS), strict=False):
        number, total = f"C{key:06d}", total + int(paid)
        body += [
            f"CLP*{number}*1*850*{paid}**12*P{key}",
            f"SVC*AD:D0371*850*{paid}**1",
            "DTM*472*20261105",
            *(f"CAS*{group}*{carc}*{amount}" for group, carc, amount in taken),
            f"REF*6R*{number}-1",
            *(["LQ*HE*N40", "LQ*HE*N706"] if paid == "0" and len(taken) == 1 else []),
        ]
    head = [
        "ST*835*0001",
        f"BPR*I*{total}*C*ACH************20261130",
        f"TRN*1*{trace}*1999999991",
        "N1*PR*EXAMPLE DENTAL PLAN",
        "REF*2U*99991",
        f"N1*PE*HARBOR ORAL SURGERY*XX*{NPI}",
        "LX*1",
    ]
    return (
        "ISA*00*          *00*          *ZZ*99991          *ZZ*HARBORORAL     *261130*0600*^*00501*000005001*0*P*:~"
        "GS*HP*99991*HARBORORAL*20261130*0600*5001*X*005010X221A1~"
        + "~".join([*head, *body, f"SE*{len(head) + len(body) + 1}*0001"])
        + "~GE*1*5001~IEA*1*000005001~"
    ).encode()


# --- the ways -----------------------------------------------------------------------------------------------------


def bare(data: bytes) -> int:
    """Every segment cut, nothing made of it."""
    from claims.edi.remittance_835 import read

    return read(data).segment_count


def _clock() -> Callable[[], float]:
    """What is measured by: the processor's time of this program, which others beside it do not lengthen. Where a server
    does a part of the work, the clock.
    """
    from django.db import connection

    return process_time if connection.vendor == "sqlite" else perf_counter


def in_a_process(path: Path, clock: Callable[[], float]) -> tuple[float, float, str]:
    """What the program does: seconds, megabytes at most, and whether it posted."""
    name = clock.__name__
    code = (
        "import resource, sys, time, django; django.setup()\n"
        "from datetime import UTC, datetime\n"
        "from claims.services import posting, remittances\n"
        "from documentation.models import User\n"
        "by, at = User.objects.filter(role='manager').first(), datetime(2026, 12, 1, 12, tzinfo=UTC)\n"
        f"began = time.{name}()\n"
        "(taken,) = remittances.import_file(open(sys.argv[1], 'rb').read(), 'era.835', by=by, at=at).checks\n"
        f"mid = time.{name}()\n"
        "posted = posting.post(taken.remittance, by=by, at=at)\n"
        f"end = time.{name}()\n"
        "print(f'taken in {mid - began:.1f}, posted {end - mid:.1f}', file=sys.stderr)\n"
        "print(end - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, posted)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True, check=True)
    seconds, memory, posted = done.stdout.split()
    return float(seconds), float(memory), posted


def _seconds(action: Callable[[], object]) -> float:
    clock = _clock()
    began = clock()
    action()
    return clock() - began


def undone(action: Callable[[], None]) -> float:
    """How long it takes with its commit; then what it wrote is taken away, so that the next way finds the same."""
    from django.db import connection, transaction

    with transaction.atomic():
        took = _seconds(action)
        transaction.set_rollback(True)
    connection.close()
    return took


def by_loop(path: Path) -> None:
    """The same rows, each made and saved by itself, as one writes it first."""
    from claims.edi.remittance_835 import read
    from claims.models import Adjustment, Claim, RemittanceClaim, RemittanceLine
    from claims.queries.deadlines import appeal_deadline
    from claims.services.denials import denial_of
    from documentation.kernel.money import from_cents
    from documentation.services.audit import record

    (check,) = read(path.read_bytes()).checks
    remittance, by = _check(check)
    for advice in check.claims:
        found = advice.classify()
        claim = Claim.objects.select_related("encounter__patient", "coverage__payer", "figures").get(
            pk=int(advice.patient_control[1:])
        )
        answer = RemittanceClaim.objects.create(remittance=remittance, claim=claim, **_answer_values(advice, found))
        position = 0
        for n, line in enumerate(advice.lines, 1):
            row = RemittanceLine.objects.create(
                answer=answer, position=n, code=line.code, charge=from_cents(line.charge_cents),
                paid=from_cents(line.paid_cents), line_control=line.line_control, remarks=list(line.remarks),
            )  # fmt: skip
            for a in line.adjustments:
                position += 1
                Adjustment.objects.create(
                    answer=answer, line=row, position=position, group=a.group, carc=a.carc, amount=from_cents(a.cents)
                )
        before, closes = claim.adjudication, found.outcome == "paid"
        claim.adjudication, claim.revision = found.outcome.value, claim.revision + (2 if closes else 1)
        claim.closing = "closed" if closes else claim.closing
        claim.save()
        patient = claim.encounter.patient
        after = claim.adjudication
        record("claim.pay", by=by, at=AT, subject=claim, patient=patient, before=before, after=after)
        figures = claim.figures
        if found.is_denial:
            sent = claim.submissions.first()
            denial = denial_of(
                answer,
                found,
                packet=sent.packet_id if sent else None,
                is_first=True,
                denied_on=date(2026, 11, 30),
                at=AT,
            )
            denial.save()
            record("denial.open", by=by, at=AT, subject=claim, patient=patient, carc=denial.carc, cause=denial.cause)
            figures.at_risk, figures.at_risk_until = denial.amount, appeal_deadline(denial).day
            figures.first_cause, figures.first_denied, figures.initially_denied = denial.cause, denial.amount, True
        elif closes:
            record("claim.close", by=by, at=AT, subject=claim, patient=patient, before="open", after="closed")
        figures.answered_on, figures.paid = date(2026, 11, 30), answer.paid
        figures.save()


INSERTED = (
    "claims_remittanceclaim claims_remittanceline claims_adjustment claims_denial documentation_auditevent".split()
)


def by_sql(path: Path) -> float:
    """Seconds for the same rows by statements alone. What they hold comes from the program, which is undone first."""
    from django.db import connection, transaction

    from claims.models import Claim, ClaimFigures, Remittance
    from claims.services import posting, remittances
    from documentation.models import User

    by = User.objects.filter(role="manager").first()
    last = {table: _rows(f"SELECT coalesce(max(id), 0) FROM {table}")[0][0] for table in INSERTED}
    moved = ("adjudication", "closing", "revision", "id")
    counted = [f.column for f in ClaimFigures._meta.concrete_fields if not f.primary_key] + ["claim_id"]
    with transaction.atomic():
        (taken,) = remittances.import_file(path.read_bytes(), "era.835", by=by, at=AT).checks
        posting.post(taken.remittance, by=by, at=AT)
        check = Remittance.objects.filter(pk=taken.remittance.pk).values().get()
        rows = {table: _rows(f"SELECT * FROM {table} WHERE id > {last[table]} ORDER BY id") for table in INSERTED}
        some = f"(SELECT claim_id FROM claims_remittanceclaim WHERE remittance_id = {taken.remittance.pk})"
        claims = _rows(f"SELECT {', '.join(moved)} FROM {Claim._meta.db_table} WHERE id IN {some}")
        figures = _rows(f"SELECT {', '.join(counted)} FROM {ClaimFigures._meta.db_table} WHERE claim_id IN {some}")
        transaction.set_rollback(True)
    clock = _clock()
    with transaction.atomic():
        began = clock()
        Remittance.objects.create(**{**check, "file_id": None, "posted_at": None})
        with connection.cursor() as cursor:
            for table, values in rows.items():
                for some_of in _chunks(values):
                    cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(some_of[0]))})", some_of)
            for table, names, values in (
                (Claim._meta.db_table, moved, claims),
                (ClaimFigures._meta.db_table, counted, figures),
            ):
                *given, key = names
                said = f"UPDATE {table} SET {', '.join(f'{name} = %s' for name in given)} WHERE {key} = %s"
                for some_of in _chunks(values):
                    cursor.executemany(said, some_of)
        Remittance.objects.filter(pk=check["id"]).update(posted_at=AT)
        took = clock() - began
        transaction.set_rollback(True)
    return took


def _rows(statement: str) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _chunks(values: list[Any]) -> Iterator[list[Any]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _check(check: Any) -> tuple[Any, Any]:
    from claims.models import Remittance
    from documentation.models import User

    by = User.objects.filter(role="manager").first()
    row = Remittance.objects.create(
        key=f"bench {check.trace}", source="835", amount=Decimal(1), paid_on=check.paid_on, is_balanced=True,
        recorded_at=AT, recorded_by=by,
    )  # fmt: skip
    return row, by


def _answer_values(advice: Any, found: Any) -> dict[str, Any]:
    from documentation.kernel.money import from_cents

    return {
        "position": advice.position,
        "matched_by": "our line number (REF 6R)",
        "patient_control": advice.patient_control,
        "payer_control": advice.payer_control,
        "status_code": advice.status_code,
        "outcome": found.outcome.value,
        "charge": from_cents(advice.charge_cents),
        "paid": from_cents(advice.paid_cents),
        "patient_share": from_cents(found.patient_cents),
        "denied": from_cents(found.denied_cents),
        "service_date": advice.service_date,
        "member_id": advice.member_id,
        "patient_name": advice.patient_name,
        "remarks": list(advice.remarks),
        "segment": advice.segment,
    }
