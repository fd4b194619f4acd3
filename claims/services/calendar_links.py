"""Verbs on calendar links: make one, which ends the one before; end it; find whose it is."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet

from claims.models import CalendarLink
from documentation.kernel.machine import NotPermitted
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record


def make(*, by: User, at: datetime) -> str:
    """A new secret link of a person. Its token is given here once; the link before it ends."""
    if not by.may(Permission.APPEAL_VIEW):
        raise NotPermitted("Your role does not allow you to look at deadlines.")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        CalendarLink.objects.filter(user=by, revoked_at=None).update(revoked_at=at)
        CalendarLink.objects.create(user=by, token_sha256=_digest(token), created_at=at)
        record("deadline.link", by=by, at=at, subject="calendar link")
    return token


def revoke(*, by: User, at: datetime) -> None:
    """End a person's link: calendars that read it find nothing any more."""
    with transaction.atomic():
        if CalendarLink.objects.filter(user=by, revoked_at=None).update(revoked_at=at):
            record("deadline.link_end", by=by, at=at, subject="calendar link")


def reader_of(token: str) -> User | None:
    """Whose link this is, while it stands and the person may still look at deadlines."""
    link = CalendarLink.objects.select_related("user").filter(token_sha256=_digest(token), revoked_at=None).first()
    return link.user if link and link.user.may(Permission.APPEAL_VIEW) else None


MOST_READS, WITHIN = 30, 600
"""How often a calendar may read its link within so many seconds."""


def is_read_too_often(token: str, *, at: datetime) -> bool:
    """Count a reading of a link that stands; whether there were too many of late."""
    key = f"calendar-feed:{_digest(token)}:{int(at.timestamp()) // WITHIN}"
    cache.add(key, 0, WITHIN)
    try:
        return cache.incr(key) > MOST_READS
    except ValueError:  # it ran out between the two
        return False


def link_of(user: User) -> CalendarLink | None:
    return links_of(user).first()


def links_of(user: User) -> QuerySet[CalendarLink]:
    """The link that stands, the newest first, to be asked for with others."""
    return CalendarLink.objects.filter(user=user, revoked_at=None).order_by("-pk")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
