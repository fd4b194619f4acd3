"""What a practice's server does each night: steps that know nothing of each other; one that fails stops no other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection, transaction

from claims.queries.payers import stale_facts, with_playbooks
from claims.services import queues, telling
from claims.services.figures import fold
from claims.services.full_exports import remove_old
from claims.services.integrity import damages
from claims.services.offers import look
from claims.services.recount import keep_check
from claims.services.reminders import remind
from documentation.kernel.machine import NotPossible, Refusal
from documentation.locks import missing_locks
from documentation.models import ActionKey, Location, Night, PhoneLink, Presence, UpkeepStep
from documentation.queries.rehearsal import is_rehearsal
from documentation.services.anchors import drop, first_lost
from documentation.services.audit import first_bad_event, record
from documentation.services.holding import forget
from documentation.services.notices import forget as forget_notices
from documentation.services.sweeping import survey, sweep
from documentation.services.upkeep import note

_log = logging.getLogger(__name__)
Outcome = UpkeepStep.Outcome

SAFE = timedelta(hours=48)
"""Longer than any form stays open whose file waits for its row."""
KEYS = timedelta(days=7)
"""How long a form that was sent is known as sent; none stays open for longer."""
NAMED = 5
"""Payers that a sentence names, those with the most to ask first; the list of payers has all of them."""
UNREAD = timedelta(days=365)
"""How long a notice is kept that nobody reads."""
BROKEN_OFF = timedelta(hours=2)
"""A night of which no step ended for longer than this was broken off, and another process may begin it anew."""


@dataclass(frozen=True)
class Said:
    """What came of a step. `found`: it did its work, and somebody has to do something."""

    sentence: str
    found: bool = False


def _reminders(at: datetime) -> Said:
    done = remind(at=at)
    if done.not_mailed:
        return Said(
            f"{done.told} reminders were given, but {done.not_mailed} mails were not taken by the mail server. They are"
            " tried again the next night, or by remind_deadlines.",
            found=True,
        )
    return Said(f"{done.near} last days are near or late; {done.told} reminders were given.")


def _last_days(at: datetime) -> Said:
    return Said(f"{queues.renew()} claims have another last day to file than before.")


def _figures(at: datetime) -> Said:
    check = keep_check(at=at)
    fold()
    queues.fold()
    if not check.is_true:
        return Said(f"A recount does not give {check.found}. Run rebuild_summaries.", found=True)
    return Said(f"{check.claims} claims counted, no difference.")


def _rule(at: datetime) -> Said:
    offer = look(day=_today(at), at=at)
    return Said(f"A rule is proposed: {offer.title}." if offer.denial_id else "No rule is proposed.")


def _locks(at: datetime) -> Said:
    if missing := missing_locks(connection):
        return Said(
            f"{len(missing)} locks are not up, such as {missing[0]}: signed rows could be changed. Run migrate, and"
            " find out who took them away.",
            found=True,
        )
    return Said("All locks on what is signed, sealed and posted are up.")


def _integrity(at: datetime) -> Said:
    bad, found = first_bad_event(), list(damages())
    if bad:
        found.insert(0, f"The audit trail is broken at event {bad}.")
    if found:
        return Said(" ".join([f"{len(found)} damages.", *found[:3], "Run verify_audit."]), found=True)
    return Said("The audit trail, signed records, files and packets are as they were written.")


def _anchor(at: datetime) -> Said:
    if is_rehearsal():
        return Said("This is a rehearsal: its audit trail is written down nowhere else.")
    lost = first_lost()  # before this night's line: it must not speak for the file that it is written into
    try:
        anchor = drop(at=at)
    except NotPossible as e:
        if lost is None:
            raise
        return Said(" ".join([lost.sentence, *e.reasons, "Run verify_audit."]), found=True)
    if lost:
        return Said(f"{lost.sentence} Run verify_audit.", found=True)
    if anchor is None:
        return Said("Nothing happened yet.")
    return Said(f"Event {anchor.seq} is written down in {settings.AUDIT_ANCHOR}.")


def _files(at: datetime) -> Said:
    seen = survey(before=at - SAFE)
    gone = sum(1 for _ in sweep(seen, by=None, at=at))
    lost = len(seen.missing) + len(seen.changed)
    if lost:
        return Said(
            f"{lost} files are missing or changed. Run sweep_media, and restore them from a backup.", found=True
        )
    return Said(f"{seen.used} files in use; {gone} that nothing pointed to were removed.")


def _stale_facts(at: datetime) -> Said:
    today = _today(at)
    found = {payer.name: len(stale_facts(payer.book(), today)) for payer in with_playbooks()}
    named = [f"{name} ({n})" for name, n in sorted(found.items(), key=lambda one: (-one[1], one[0])) if n]
    if not named:
        return Said("No fact of a payer is stale.")
    more = f", and of {len(named) - NAMED} more payers" if len(named) > NAMED else ""
    return Said(f"{sum(found.values())} facts are to be asked again: {', '.join(named[:NAMED])}{more}.")


def _notices(at: datetime) -> Said:
    visits = telling.ran_out(at=at)
    kept = timedelta(days=settings.NOTICES_KEPT_DAYS)
    with transaction.atomic():
        gone = forget_notices(read_before=at - kept, told_before=at - UNREAD)
        _tell_forgotten(at, notices=gone)
    return Said(
        f"{visits} planned visits have a prior authorization that ran out; {gone} notices were removed that were read"
        f" more than {kept.days} days ago, or never within a year."
    )


def _expired(at: datetime) -> Said:
    with transaction.atomic():
        keys, _ = ActionKey.objects.filter(started_at__lt=at - KEYS).delete()
        links, _ = PhoneLink.objects.filter(expires_at__lt=at - KEYS).delete()
        places, _ = Presence.objects.filter(seen_at__lt=at - SAFE).delete()
        _tell_forgotten(at, keys=keys, links=links, places=places)
    exports, uploads = remove_old(at=at), forget(at=at)
    gone = f"; {exports} exports were removed" if exports else ""
    gone += f"; {uploads} uploads that nobody decided on were removed" if uploads else ""
    return Said(f"{keys} keys of old forms and {links} links of phones were forgotten{gone}.")


def _tell_forgotten(at: datetime, **counts: Any) -> None:
    """What goes without being anybody's record is counted in the trail, where something went."""
    if any(counts.values()):
        record("upkeep.forget", by=None, at=at, subject="night", **counts)


def _sessions(at: datetime) -> Said:
    with transaction.atomic():
        ended, _ = Session.objects.filter(expire_date__lt=at).delete()
        UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
        _tell_forgotten(at, sessions=ended)
    _forget_old_counts(at)
    return Said(f"{ended} sessions that were over were forgotten.")


def _forget_old_counts(at: datetime) -> None:
    """Of tries at links: a table keeps what is over until it is full; other caches forget by themselves."""
    table = getattr(cache, "_table", "")
    if table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            over = connection.ops.adapt_datetimefield_value(at.astimezone(UTC).replace(tzinfo=None, microsecond=0))
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)} WHERE expires < %s", [over])  # noqa: S608


@dataclass(frozen=True)
class Step:
    """One thing that is done each night."""

    name: str
    label: str
    run: Callable[[datetime], Said]


STEPS = (
    Step("reminders", "Reminders of last days", _reminders),
    Step("last_days", "Last days to file", _last_days),
    Step("figures", "Figures counted again", _figures),
    Step("rule", "A rule worth adopting", _rule),
    Step("locks", "Locks on what is signed", _locks),
    Step("integrity", "Audit trail, records and packets", _integrity),
    Step("anchor", "Head of the audit trail, written down outside", _anchor),
    Step("files", "Files that nothing points to", _files),
    Step("stale_facts", "Stale facts of payers", _stale_facts),
    Step("notices", "Notices: what ran out, and what was read long ago", _notices),
    Step("expired", "Old forms and links", _expired),
    Step("sessions", "Sessions that are over", _sessions),
)
"""In this order. A step is a function of the moment; whatever it raises is its own outcome."""


@dataclass(frozen=True)
class Done:
    """What became of a step tonight."""

    step: Step
    outcome: Outcome
    said: str


class Taken(StrEnum):
    """What became of the wish to do a night."""

    OURS = "ours"
    AT_WORK = "at work"
    """Another process is at it; it may yet be broken off."""
    ENDED = "ended"


def take(day: date, *, at: datetime) -> Taken:
    """Take a night for this process, where no other one did, or where the one that did has stood still for too long."""
    night, is_new = Night.objects.get_or_create(day=day, defaults={"began_at": at, "seen_at": at})
    if is_new:
        return Taken.OURS
    if night.ended_at:
        return Taken.ENDED
    stuck = Night.objects.filter(pk=night.pk, ended_at=None, seen_at=night.seen_at, seen_at__lt=at - BROKEN_OFF)
    return Taken.OURS if stuck.update(began_at=at, seen_at=at) else Taken.AT_WORK


def work(day: date, clock: Callable[[], datetime], *, at: datetime) -> list[Done]:
    """Do every step, whatever became of those before it, and keep what came of each. `at` is when the steps act."""
    Night.objects.get_or_create(day=day, defaults={"began_at": at, "seen_at": at})
    done = []
    for step in STEPS:
        began = clock()
        outcome, said = _tried(step, at)
        _keep(step, outcome, said, day, began=began, ended=clock())
        done.append(Done(step, outcome, said))
    Night.objects.filter(day=day).update(ended_at=clock())
    return done


def _keep(step: Step, outcome: Outcome, said: str, day: date, *, began: datetime, ended: datetime) -> None:
    """Write down what came of a step. Where that cannot be, the next one is done all the same."""
    try:
        note(step.name, outcome, said, began=began, ended=ended)
        Night.objects.filter(day=day).update(seen_at=ended)
    except (OperationalError, InterfaceError):
        _log.exception("What came of a step of the night could not be kept: %s", step.name)
        _renew_connection()


def _tried(step: Step, at: datetime) -> tuple[Outcome, str]:
    try:
        said = step.run(at)
    except Refusal as e:
        return Outcome.FAILED, " ".join(e.reasons)
    except Exception as e:  # another step may need nothing of what is broken here
        _log.exception("A step of the night ended early: %s", step.name)
        _renew_connection()
        return Outcome.FAILED, f"It ended early ({type(e).__name__}). The server's log says where."
    return (Outcome.FOUND if said.found else Outcome.DONE), said.sentence


def _renew_connection() -> None:
    """One that broke is nothing to the next step."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _today(at: datetime) -> date:
    return at.astimezone(Location.zone_of_practice()).date()
