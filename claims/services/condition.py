"""The condition of this installation: what is in order, what is not, and what to do about it, in sentences.

Every look stands for itself and says what it could not see; none changes anything but a file of a few bytes that it
removes again. Nothing here names a patient.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.template.defaultfilters import filesizeformat, pluralize

from claims.demo import SEED
from claims.services.nightly import STEPS
from documentation import typesetting
from documentation.imaging import Accepted, examine_many
from documentation.locks import all_locks, missing_locks
from documentation.models import AuditEvent, Job, Night, Organization, UpkeepStep
from documentation.services import jobs, places
from documentation.services.audit import head_is_sound
from documentation.services.upkeep import BACKUP

BACKUP_HOURS = 48
"""An older backup is none to rely on."""
NIGHT_HOURS = 48
LEAST_FREE = 2 * 1024**3
WAITED_LONG = timedelta(minutes=5)
"""Accepted work that nobody began for longer than this has no worker."""
TOLD_OF = timedelta(days=7)
"""How long work that failed is told of."""
SCARCE = 256 * 1024**2
"""Bytes below which the next picture or packet may not fit."""


_PAGE = b"""#set document(title: "Doctor", date: datetime(year: 2026, month: 1, day: 1))
#set page(paper: "us-letter", footer: [page 1 of 1])
#set text(font: "Inter", lang: "en", region: "US")
= Doctor
#metadata((:)) <pages>
"""


class State(StrEnum):
    GOOD = "good"
    LOOK = "look"
    """Nothing is broken, and somebody should see to it."""
    BAD = "bad"


@dataclass(frozen=True)
class Seen:
    """What one look saw."""

    name: str
    label: str
    state: State
    said: str
    todo: str = ""


Look = Callable[[datetime], "tuple[State, str, str] | str"]


def _database(at: datetime) -> tuple[State, str, str] | str:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return f"SQLite {sqlite3.sqlite_version}, {Path(str(connection.settings_dict['NAME'])).name}"
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"


def _schema(at: datetime) -> tuple[State, str, str] | str:
    executor = MigrationExecutor(connection)
    if unknown := set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations):
        return (
            State.BAD,
            f"The database belongs to a newer version of Ductus ({'.'.join(max(unknown))}).",
            "Install that version again; going back would lose what it wrote. An older state is in a backup.",
        )
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        lacks = f"{len(plan)} migration{pluralize(len(plan))}"
        return State.BAD, f"The database lacks {lacks}.", "Run manage.py migrate as the tables' owner."
    return "Up to date with this version."


def _locks(at: datetime) -> tuple[State, str, str] | str:
    wanted = {name for lock in all_locks() for name in lock.names(connection.vendor)}
    if missing := missing_locks(connection):
        return (
            State.BAD,
            f"{len(missing)} of {len(wanted)} locks on signed rows are not up, such as {missing[0]}.",
            "Run manage.py migrate as the tables' owner, and find out who took them away.",
        )
    return f"All {len(wanted)} stand."


def _storage(at: datetime) -> tuple[State, str, str] | str:
    probe = f"{places.DRAFT}doctor"
    place = places.here()
    if isinstance(place, places.Folder) and not place.root.is_dir():
        return (
            State.BAD,
            f"There is no folder {place.root}.",
            "Is it mounted? If this is a new place, make it, for the user that runs Ductus alone.",
        )
    try:
        place.put(probe, b"written by doctor")
        found = b"".join(place.open(probe))
        place.remove(probe)
    except (places.Unreachable, FileNotFoundError):
        found = b""
    if found != b"written by doctor":
        return (
            State.BAD,
            f"Nothing can be written to {_where()}.",
            "Is it mounted, not full, and does it belong to the user that runs Ductus? For a bucket: the address, the"
            " keys, and that they may read, write, list and delete.",
        )
    return f"{_where()} takes and gives files."


def _where() -> str:
    return f"the bucket {settings.S3_BUCKET}" if settings.S3_BUCKET else f"the folder {settings.MEDIA_ROOT}"


def _disk(at: datetime) -> tuple[State, str, str] | str:
    folders = [Path(str(connection.settings_dict["NAME"])).parent] if connection.vendor == "sqlite" else []
    if isinstance(default_storage, FileSystemStorage):
        folders.append(Path(default_storage.location))
    free = min((shutil.disk_usage(p).free for p in folders if p.is_dir()), default=None)
    if not folders:
        return "Database and files lie on other machines."
    if free is None:
        return State.LOOK, "Not seen: the folder of the files is not there.", ""
    said = f"{filesizeformat(free)} are free.".replace("\xa0", " ")
    if free < LEAST_FREE:
        return (State.BAD if free < SCARCE else State.LOOK), said, "Make room, or move the files to a larger disk."
    return said


def _clock(at: datetime) -> tuple[State, str, str] | str:
    last = AuditEvent.objects.order_by("-seq").values_list("at", flat=True).first()
    if last and last > at + timedelta(minutes=5) and not _is_demo():
        return (
            State.BAD,
            f"The last event is from {last:%Y-%m-%d %H:%M} UTC, which this machine's clock has not reached.",
            "Set the clock by a time server (NTP).",
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT now()")
            apart = abs((cursor.fetchone()[0] - at).total_seconds())
        if apart > 60:
            return State.BAD, f"The database's clock is {apart:.0f} seconds away.", "Set both by a time server (NTP)."
    return f"{at:%Y-%m-%d %H:%M} UTC; the practice's zone is {settings.TIME_ZONE}."


def _settings(at: datetime) -> tuple[State, str, str] | str:
    found = [m for m in checks.run_checks(include_deployment_checks=settings.PRODUCTION) if m.level >= checks.WARNING]
    if found:
        worst = State.BAD if any(m.level >= checks.ERROR for m in found) else State.LOOK
        return worst, " ".join(m.msg for m in found), " ".join(m.hint for m in found if m.hint)
    if not settings.PRODUCTION and not _is_demo():
        return (
            State.BAD,
            "This is a real practice, and DUCTUS_PROFILE is demo: sessions and passwords are protected less.",
            "Set DUCTUS_PROFILE=production and what .env.example asks for it.",
        )
    return f"Safe for {settings.DUCTUS_PROFILE}."


def _pages(at: datetime) -> tuple[State, str, str] | str:
    try:
        typesetting.render("doctor.typ", {}, {"doctor.typ": _PAGE})
    except Exception as e:
        return State.BAD, f"No page can be set ({type(e).__name__}).", "Install requirements.txt again."
    return "Pages can be set, with the typeface that packets use."


def _pictures(at: datetime) -> tuple[State, str, str] | str:
    (answer,) = examine_many([(SEED / "fig1.jpg").read_bytes()])
    if not isinstance(answer, Accepted):
        return State.BAD, "The example picture cannot be decoded.", "Install requirements.txt again."
    return "Pictures can be decoded, in a process apart."


def _backup(at: datetime) -> tuple[State, str, str] | str:
    bad = State.LOOK if _is_demo() else State.BAD
    todo = "Run manage.py backup each night; docs/deployment.md says how."
    if not (settings.BACKUP_KEY or settings.BACKUP_PASSPHRASE):
        todo = f"Set BACKUP_KEY_FILE first. {todo}"
    runs = UpkeepStep.objects.filter(name=BACKUP)
    last, good = runs.first(), runs.exclude(outcome=UpkeepStep.Outcome.FAILED).first()
    if good is None:
        return bad, "No backup was ever made from here.", todo
    if at - good.ended_at > timedelta(hours=BACKUP_HOURS):
        return bad, f"The last backup is {_ago(at, good.ended_at)} old.", todo
    if last != good or good.outcome != UpkeepStep.Outcome.DONE:
        return State.LOOK, f"{last.said if last else ''}", "See what it says, and run manage.py backup again."
    return f"{_ago(at, good.ended_at)} old: {good.said}"


def _night(at: datetime) -> tuple[State, str, str] | str:
    todo = "manage.py serve does it by itself; where NIGHTLY_AT is off, let the scheduler run manage.py nightly."
    last = Night.objects.filter(ended_at__isnull=False).first()
    if last is None or last.ended_at is None:
        return State.LOOK, "The night's work was never done.", todo
    if at - last.ended_at > timedelta(hours=NIGHT_HOURS):
        return State.BAD, f"The night's work was last done {_ago(at, last.ended_at)} ago.", todo
    latest = {s.name: UpkeepStep.objects.filter(name=s.name).first() for s in STEPS}
    if wrong := [row.said for row in latest.values() if row and row.outcome != UpkeepStep.Outcome.DONE]:
        return State.BAD, " ".join(wrong), "Each step says what to do; run manage.py nightly to see it go."
    return f"Done {_ago(at, last.ended_at)} ago, every step."


def _work(at: datetime) -> tuple[State, str, str] | str:
    waiting = list(jobs.due().filter(seen_at__lt=at - WAITED_LONG).values_list("seen_at", flat=True))
    if waiting:
        minutes = (at - waiting[0]).total_seconds() // 60
        return (
            State.BAD,
            f"{len(waiting)} job{pluralize(len(waiting))} waited {minutes:.0f} minutes, and no worker was seen.",
            "See that manage.py work runs; without Redis manage.py serve keeps one. Meanwhile open pages do the work.",
        )
    failed = Job.objects.filter(state=Job.State.FAILED, ended_at__gt=at - TOLD_OF)
    if count := failed.count():
        said = f"{count} job{pluralize(count)} failed: {failed[0].error}"
        todo = "Open its page and press Try again; an act on chosen claims is begun anew by somebody else."
        return State.LOOK, said, todo
    return "Nothing waits for a worker."


def _trail(at: datetime) -> tuple[State, str, str] | str:
    if not head_is_sound():
        return (
            State.BAD,
            "The newest events of the audit trail do not follow one another.",
            "Run manage.py verify_audit.",
        )
    last = AuditEvent.objects.order_by("-seq").first()
    return f"Event {last.seq:,}, whose hash begins with {last.hash[:16]}." if last else "No event yet."


def _is_demo() -> bool:
    practice = Organization.current()
    return practice is None or practice.is_demo


def _ago(at: datetime, then: datetime) -> str:
    hours = max(0, int((at - then).total_seconds() // 3600))
    return "less than an hour" if hours < 1 else f"{hours} hours" if hours < 72 else f"{hours // 24} days"


LOOKS: tuple[tuple[str, str, Look], ...] = (
    ("database", "Database", _database),
    ("schema", "Schema", _schema),
    ("locks", "Locks", _locks),
    ("storage", "Storage of files", _storage),
    ("disk", "Free disk", _disk),
    ("clock", "Clock and zone", _clock),
    ("settings", "Settings", _settings),
    ("pages", "Typesetting and fonts", _pages),
    ("pictures", "Decoders of pictures", _pictures),
    ("backup", "Last backup", _backup),
    ("night", "Last night", _night),
    ("work", "Accepted work", _work),
    ("audit", "Audit trail", _trail),
)
QUICK = frozenset({"database", "schema", "locks", "disk", "clock", "backup", "night", "work", "audit"})
"""What a page asks: it writes nothing and starts no process."""


def look(at: datetime, only: frozenset[str] | None = None) -> Iterator[Seen]:
    """Look at everything, or at what is named. A look that fails says so, and the others go on."""
    for name, label, run in LOOKS:
        if only is not None and name not in only:
            continue
        try:
            found = run(at)
        except DatabaseError:
            found = (
                State.BAD,
                "The database does not answer." if name == "database" else "Not seen: the database does not answer.",
                "Is it running, and is DATABASE_URL right?" if name == "database" else "",
            )
        except Exception as e:
            found = State.BAD, f"This could not be looked at ({type(e).__name__}).", "Tell whoever looks after Ductus."
        state, said, todo = (State.GOOD, found, "") if isinstance(found, str) else found
        yield Seen(name, label, state, said, todo)
