"""Telling people of last days that come near: once for each step, however often it is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet

from claims.clocks.paths import days_said
from claims.models import Claim, Reminder
from claims.queries.agenda import Leaving, appeals_running, claims_leaving, reminders_for, still_to_do
from claims.services import telling
from claims.services.figures import refresh
from claims.services.holding import holding
from documentation.kernel.dates import long_date
from documentation.kernel.permissions import Permission, Role
from documentation.models import User
from documentation.queries.rehearsal import is_rehearsal
from documentation.services.audit import record

STEPS = (1, 7, 14)
"""Days before something must leave at which people are told; counted from the last safe day, not from the last day."""
UNSAFE, OVER = -1, -2
"""Steps after it: it is no longer safe to send; the payer's own last day has passed."""
LONG_OVER = 30
"""Days after the payer's own last day from which nobody is told any more, as on the first run in an old practice."""
ESCALATES_FROM = 1
"""From this many days on a manager is told, too."""


@dataclass(frozen=True)
class Told:
    """What one run did."""

    near: int
    """Last days within the widest step, or late."""
    told: int
    escalated: int
    mailed: int
    not_mailed: int
    """Mails that the server did not take; they are tried again."""


def step_of(row: Leaving) -> int:
    """The step at which a last day stands: 14, 7, 1, or past them."""
    if row.is_over:
        return OVER
    if row.left < 0:
        return UNSAFE
    return next(step for step in STEPS if row.left <= step)


def remind(*, at: datetime) -> Told:
    """Tell everybody whom a last day concerns, in the application and by e-mail where that is set up: of appeals to
    send and of claims to file. A claim that waits for the plan before it is told of once that one has answered, and
    nothing is told anew of what was over LONG_OVER days ago.

    Who works on the claim is told, or every biller where nobody does; a manager from the last day on, or a week before
    where nobody works on it. May run any number of times: nobody is told the same step of the same day twice.
    """
    counted = appeals_running(at)
    near = [row for row in counted if row.left <= max(STEPS)]
    near += [row for row in claims_leaving(at, until_days=max(STEPS), most=None) if not row.waits]
    _keep_days(counted)
    people = list(User.objects.filter(is_active=True).order_by("pk"))
    billers = [u for u in people if u.role == Role.BILLER]
    managers = [u for u in people if u.role == Role.MANAGER]
    with transaction.atomic():
        _end_others(near, at)
        telling.leaving(near, at=at)
        made = [one for row in near if not _is_long_over(row) for one in _tell(row, billers, managers, at)]
        if made:
            record("deadline.remind", by=None, at=at, subject="deadlines", told=len(made))
    sent, failed = _mail(at) if mail_is_set_up() else (0, 0)
    return Told(len(near), len(made), sum(one.is_escalation for one in made), sent, failed)


def _is_long_over(row: Leaving) -> bool:
    return (row.today - row.due.day).days > LONG_OVER


def _tell(row: Leaving, billers: list[User], managers: list[User], at: datetime) -> Iterable[Reminder]:
    step = step_of(row)
    owner = row.owner if row.owner and row.owner.may(Permission.APPEAL_VIEW) else None
    workers = [owner] if owner else billers
    is_escalated = step <= ESCALATES_FROM or (owner is None and step <= STEPS[1]) or not workers
    for person in {u.pk: u for u in [*workers, *(managers if is_escalated else [])]}.values():
        one, is_new = Reminder.objects.get_or_create(
            denial=row.denial,
            claim=None if row.denial else row.claim,
            to=person,
            step=step,
            due_on=row.due.day,
            leave_on=row.leave_on,
            defaults={
                "appeal": row.case.appeal if row.case else None,
                "told_at": at,
                "is_escalation": person not in workers,
            },
        )
        if is_new:
            yield one
        elif one.ended_at:
            one.ended_at = None
            one.save(update_fields=["ended_at"])


def _keep_days(counted: list[Leaving]) -> None:
    """Count claims again whose kept last day is another one, as after a version that counts otherwise."""
    first: dict[int, Leaving] = {}
    for row in counted:
        if row.claim.pk not in first or row.due.day < first[row.claim.pk].due.day:
            first[row.claim.pk] = row
    for key, row in sorted(first.items()):
        figures = getattr(row.claim, "figures", None)
        if figures is None or figures.at_risk_until != row.due.day:
            with holding(key):
                refresh(Claim.objects.get(pk=key))


def _end_others(near: list[Leaving], at: datetime) -> None:
    """Put away what no longer counts: a day that moved, a step before the one that counts, what has left."""
    counts = {
        (row.denial.pk if row.denial else None, None if row.denial else row.claim.pk, row.due.day, row.leave_on): step
        for row, step in ((row, step_of(row)) for row in near)
    }
    standing = Reminder.objects.filter(ended_at=None, seen_at=None)
    over = [
        one.pk
        for one in standing.only("denial_id", "claim_id", "due_on", "leave_on", "step")
        if counts.get((one.denial_id, one.claim_id, one.due_on, one.leave_on)) != one.step
    ]
    Reminder.objects.filter(pk__in=over).update(ended_at=at)


def mail_is_set_up(*, in_rehearsal: bool | None = None) -> bool:
    """Whether mails leave. `in_rehearsal` where that is known already."""
    if settings.EMAIL_BACKEND.endswith("dummy.EmailBackend"):
        return False
    return not (is_rehearsal() if in_rehearsal is None else in_rehearsal)


def _mail(at: datetime) -> tuple[int, int]:
    """One mail to each person with what still counts and was not mailed yet.

    The rows of a person are held while the mail leaves and marked after it: two runs never send the same, and what is
    broken off between is rather sent twice than never. What fails for one person is tried again by the next run.
    """
    waiting = Reminder.objects.filter(mailed_at=None, seen_at=None, ended_at=None, to__is_active=True)
    waiting = waiting.filter(still_to_do()).exclude(to__email="")
    sent = failed = 0
    for person in User.objects.filter(pk__in=waiting.values("to")).order_by("pk"):
        try:
            sent += _mail_to(person, waiting.filter(to=person), at)
        except Exception:  # a mail server fails in many ways; none of them may keep the others from being told
            failed += 1
    return sent, failed


def _mail_to(person: User, waiting: QuerySet[Reminder], at: datetime) -> int:
    with transaction.atomic():
        rows = list(waiting.select_for_update(skip_locked=True, of=("self",)).order_by("leave_on", "pk"))
        if not rows:
            return 0
        send_mail(*words_of(rows), None, [person.email])
        Reminder.objects.filter(pk__in=[one.pk for one in rows]).update(mailed_at=at)
    return 1


def words_of(rows: list[Reminder]) -> tuple[str, str]:
    """Subject and text of a mail: days and numbers, nothing of any patient, claim or payer."""
    by_day: dict[tuple[date, bool], list[Reminder]] = defaultdict(list)
    for one in rows:
        by_day[one.leave_on, one.step < 0].append(one)
    lines = [
        f"- {_counted(told)} {'should have left' if is_late else 'must leave'} by {long_date(day)}"
        for (day, is_late), told in sorted(by_day.items())
    ]
    escalated = ["", "Some of these come to you because the day is close or nobody works on them."]
    text = [
        "These are the last days on which it is safe to send:",
        "",
        *lines,
        *(escalated if any(one.is_escalation for one in rows) else []),
        "",
        "Log in to Ductus and open Deadlines to see which they are.",
    ]
    return f"Ductus: {_counted(rows)} to send", "\n".join(text)


def _counted(rows: Iterable[Reminder]) -> str:
    """'2 appeals and 1 claim'."""
    appeals = {one.denial_id for one in rows if one.denial_id}
    claims = {one.claim_id for one in rows if one.claim_id}
    told = ((len(appeals), "appeal"), (len(claims), "claim"))
    return " and ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in told if n)


def see(user: User, *, up_to: int, at: datetime) -> int:
    """A person has seen what was told, up to the newest reminder that the page showed. Returns how many."""
    with transaction.atomic():
        keys = list(reminders_for(user).filter(pk__lte=up_to).values_list("pk", flat=True))
        if keys:
            Reminder.objects.filter(pk__in=keys).update(seen_at=at)
            record("deadline.see", by=user, at=at, subject="deadlines", count=len(keys))
    return len(keys)


def words_of_step(step: int, left: int) -> str:
    """'in 7 days', 'today', 'no longer safe', 'the last day has passed'."""
    if step == OVER:
        return "the last day has passed"
    if step == UNSAFE or left < 0:
        return "no longer safe to send"
    return "today" if left == 0 else f"in {days_said(left)}"
