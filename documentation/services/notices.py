"""Telling people what happened to what concerns them, inside the transaction in which it happens; and being read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from documentation.models import Notice, User


@dataclass(frozen=True)
class News:
    """Something for one person, by the keys of rows. `once`: what it is told for where it may be found more than once,
    as every night.
    """

    to: int
    about: str
    subject: int
    kind: str
    once: str = ""


def tell(news: Iterable[News], *, by: User | None, at: datetime) -> None:
    """Write down what each is told. Whoever did it knows it already; the same is told once.

    It comes before the event of the trail: whoever writes that waits for nothing else any more.
    """
    rows = [
        Notice(
            person_id=one.to,
            about=one.about,
            subject=one.subject,
            kind=one.kind,
            cause=one.once or f"{one.about} {one.subject} {one.kind} {at.isoformat()}",
            told_at=at,
            by=by,
        )
        for one in news
        if by is None or one.to != by.pk
    ]
    if rows:
        Notice.objects.bulk_create(rows, ignore_conflicts=True)


def read(notice: Notice, *, at: datetime) -> None:
    """The person looks at it: with it, what was told before of the same thing is read."""
    told = Notice.objects.filter(person=notice.person_id, about=notice.about, subject=notice.subject, read_at=None)
    told.filter(pk__lte=notice.pk).update(read_at=at)


def read_all(*, up_to: int, by: User, at: datetime) -> int:
    """Everything that the page showed, up to its newest notice. Returns how many that were."""
    return Notice.objects.filter(person=by, read_at=None, pk__lte=up_to).update(read_at=at)


def unread_again(*, by: User, read_at: datetime) -> int:
    """Take back what was read together at a moment."""
    return read_together(by, read_at).update(read_at=None)


def read_together(by: User, read_at: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(person=by, read_at=read_at)


def forget(*, read_before: datetime, told_before: datetime) -> int:
    """Remove what was read long ago, and what nobody read for longer still. Returns how many that were."""
    gone, _ = Notice.objects.filter(read_at__lt=read_before).delete()
    never, _ = Notice.objects.filter(read_at=None, told_at__lt=told_before).delete()
    return gone + never
