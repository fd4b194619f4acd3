"""How often something secret may be guessed wrong, and how long the next try then waits.

Who guesses is told apart, so that no stranger can shut a person out: a browser in which the person logged in before is
counted by itself, and is held up by nobody else's tries. Everybody else is counted three times: this account from this
address, this account from wherever, and this address whatever the account. A try counts before it is looked at, so that
many at the same moment are no way round; a right one is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from documentation.models import Guesses

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
REMEMBERED = timedelta(minutes=15)
"""A side that was quiet for so long after its wait begins anew."""
MOST_STRANGERS = 500
"""Sides of strangers that are remembered; more of them push out the oldest."""
MAKE_ROOM_ABOVE = 900
FROM_ONE_PLACE, OF_ONE_ACCOUNT, FROM_ONE_ADDRESS = 5, 10, 20
"""Wrong tries before the first wait: of one account from one place; of one account from anywhere; from one address."""


@dataclass(frozen=True)
class Side:
    """One way of counting a try. `about` is the account that was tried, where there is one."""

    key: str
    about: str
    free: int
    is_kept: bool


def sides(purpose: str, name: str, *, address: str, browser: str = "", exists: bool = True) -> tuple[Side, ...]:
    """How a try counts. `browser` names one in which this person logged in before; `exists` is whether there is such
    an account, which decides nothing but what is forgotten first when there is no room.
    """
    about = Guesses.of_account(name)
    if browser:
        return (Side(Guesses.digest(purpose, "browser", about, browser), about, FROM_ONE_PLACE, True),)
    return (
        Side(Guesses.digest(purpose, "place", about, address), about, FROM_ONE_PLACE, False),
        Side(Guesses.digest(purpose, "account", about), about, OF_ONE_ACCOUNT, exists),
        Side(Guesses.digest(purpose, "address", address), "", FROM_ONE_ADDRESS, False),
    )


def own(purpose: str, name: str) -> tuple[Side, ...]:
    """The same for somebody who is logged in already and is asked again."""
    about = Guesses.of_account(name)
    return (Side(Guesses.digest(purpose, "again", about), about, FROM_ONE_PLACE, True),)


def begin(counted: Iterable[Side], *, at: datetime) -> timedelta | None:
    """Count a try. Returns how long to wait where none is taken; nothing was counted then."""
    ordered = sorted(counted, key=lambda side: side.key)  # two who try at the same moment lock in the same order
    with transaction.atomic():
        rows = [_row(side, at=at) for side in ordered]
        until = max(row.until for row in rows)
        if until > at:
            return until - at
        for side, row in zip(ordered, rows, strict=True):
            row.failures = 1 if row.forget_at <= at else row.failures + 1
            _set(row, side, at=at)
    if Guesses.objects.count() > MAKE_ROOM_ABOVE:
        purge(at=at)
    return None


def take_back(counted: Iterable[Side], *, at: datetime) -> None:
    """The try was right. What others tried at the same account or from the same address still counts."""
    with transaction.atomic():
        for side in sorted(counted, key=lambda side: side.key):
            row = Guesses.objects.select_for_update().filter(key=side.key).first()
            if row is None:
                continue
            if row.failures <= 1 or side.free == FROM_ONE_PLACE:
                row.delete()
                continue
            row.failures -= 1
            row.until = at
            row.save(update_fields=["failures", "until"])


def open_again(name: str) -> int:
    """Forget what was guessed at an account. Returns how many sides were waiting or counted."""
    return _forget(Q(about=Guesses.of_account(name)))


def open_addresses(*, at: datetime) -> int:
    """Forget the addresses that have to wait: whose they are is not kept, so all of them go. Returns how many."""
    return _forget(Q(about="", until__gt=at))


def _forget(which: Q) -> int:
    """Locked in the order in which `begin` locks them."""
    with transaction.atomic():
        rows = Guesses.objects.select_for_update().filter(which).order_by("key")
        return Guesses.objects.filter(pk__in=[row.pk for row in rows]).delete()[0]


def purge(*, at: datetime) -> None:
    """Forget what lies back, and of strangers all but the latest: whoever tries thousands of names fills no table."""
    strangers = Guesses.objects.filter(is_kept=False).order_by("-last_at", "-pk").values_list("pk", flat=True)
    too_many = list(strangers[MOST_STRANGERS:])
    with transaction.atomic():
        # What somebody is counting right now is left to the next time.
        gone = Guesses.objects.filter(Q(forget_at__lte=at) | Q(pk__in=too_many)).select_for_update(skip_locked=True)
        Guesses.objects.filter(pk__in=[row.pk for row in gone]).delete()


def in_words(wait: timedelta) -> str:
    """'30 seconds', 'a minute', '4 minutes'."""
    seconds = max(1, round(wait.total_seconds()))
    if seconds < 60:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def _row(side: Side, *, at: datetime) -> Guesses:
    new = {"about": side.about, "is_kept": side.is_kept, "last_at": at, "until": at, "forget_at": at}
    Guesses.objects.get_or_create(key=side.key, defaults=new)
    row = Guesses.objects.select_for_update().filter(key=side.key).first()
    if row is None:  # taken back by somebody between the two
        row, _ = Guesses.objects.select_for_update().get_or_create(key=side.key, defaults=new)
    return row


def _set(row: Guesses, side: Side, *, at: datetime) -> None:
    too_many = row.failures - side.free
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(too_many, 10)) if too_many >= 0 else timedelta(0)
    row.last_at, row.until = at, at + wait
    row.forget_at = row.until + REMEMBERED
    row.save()
