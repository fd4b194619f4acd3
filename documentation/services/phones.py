"""Verbs on phone links: show a code, let the first phone that opens it add pictures, end it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, PhoneLink, User
from documentation.services import images
from documentation.services.audit import record
from documentation.workflow import EncounterStatus

LIFETIME = timedelta(minutes=15)
MOST_PICTURES = 60
"""Pictures that one link can bring."""
NEW_CODE = "Make a new code at the computer."


def create(encounter: Encounter, *, by: User, at: datetime) -> tuple[PhoneLink, str]:
    """A link into a draft, with the token that opens it. The token is given here once; earlier links end."""
    if not by.may(Permission.IMAGE_EDIT):
        raise NotPermitted("Your role does not allow you to add images.")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        row = Encounter.objects.select_for_update().get(pk=encounter.pk)
        _require_draft(row)
        _end_all(row, by=by, at=at)
        link = PhoneLink.objects.create(
            encounter=row, token_sha256=digest(token), created_by=by, created_at=at, expires_at=at + LIFETIME
        )
        record("phone.create", by=by, at=at, subject=row, patient=row.patient, phone_link=link.pk)
    return link, token


def open_once(token: str, *, at: datetime) -> tuple[PhoneLink, str]:
    """Bind a link to the phone that opens it first. Returns the secret that this phone shows from now on."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        link = PhoneLink.objects.select_for_update().filter(token_sha256=digest(token)).first()
        if link is None:
            raise NotPossible("This link is not known.", "Scan the code again, or make a new one at the computer.")
        if link.opened_at is not None:
            raise NotPossible("This link was opened already; a code is good for one phone.", NEW_CODE)
        require_open(link, at=at)
        link.opened_at, link.device_sha256 = at, digest(secret)
        link.save(update_fields=["opened_at", "device_sha256"])
        encounter = link.encounter
        record("phone.open", by=None, at=at, subject=encounter, patient=encounter.patient, phone_link=link.pk)
    return link, secret


def link_of(secret: str) -> PhoneLink | None:
    """The link of the phone that shows this secret, open or not."""
    found = PhoneLink.objects.select_related("encounter__location", "created_by")
    return found.filter(device_sha256=digest(secret)).first() if secret else None


def require_open(link: PhoneLink, *, at: datetime) -> None:
    """Raise NotPossible with the sentence for whoever holds the phone, unless pictures can be added now."""
    if link.ended_at is not None:
        raise NotPossible("This link was ended.", NEW_CODE)
    if at >= link.expires_at:
        raise NotPossible("This link is older than 15 minutes.", NEW_CODE)
    _require_draft(link.encounter)


def take_in(link: PhoneLink, upload: images.Upload, *, at: datetime) -> images.Taken:
    """Take in a picture from the phone, in the name of whoever showed the code."""
    require_open(link, at=at)
    if link.arrived >= MOST_PICTURES:
        return images.Taken(upload.name, refusal=f"One code brings at most {MOST_PICTURES} pictures. {NEW_CODE}")
    (taken,) = images.take_in(link.encounter, [upload], by=link.created_by, at=at, phone_link=link.pk)
    if taken.image:
        PhoneLink.objects.filter(pk=link.pk).update(arrived=F("arrived") + 1)
    return taken


def end(encounter: Encounter, *, by: User, at: datetime) -> None:
    """Close every link into an encounter. What came through stays."""
    if not by.may(Permission.IMAGE_EDIT):
        raise NotPermitted("Your role does not allow you to add images.")
    with transaction.atomic():
        _end_all(Encounter.objects.select_for_update().get(pk=encounter.pk), by=by, at=at)


def end_from_phone(link: PhoneLink, *, at: datetime) -> None:
    """Whoever holds the phone is done."""
    with transaction.atomic():
        _end(PhoneLink.objects.select_for_update().get(pk=link.pk), by=None, at=at)


def _end_all(encounter: Encounter, *, by: User, at: datetime) -> None:
    for link in PhoneLink.objects.filter(encounter=encounter, ended_at=None, expires_at__gt=at):
        _end(link, by=by, at=at)


def _end(link: PhoneLink, *, by: User | None, at: datetime) -> None:
    if link.is_open(at):
        link.ended_at = at
        link.save(update_fields=["ended_at"])
        encounter = link.encounter
        record("phone.end", by=by, at=at, subject=encounter, patient=encounter.patient, phone_link=link.pk)


def _require_draft(encounter: Encounter) -> None:
    if encounter.status == EncounterStatus.PLANNED:
        raise NotPossible("This visit is still planned. Start documenting it, then use a phone.")
    if encounter.status != EncounterStatus.DRAFT:
        raise NotPossible("No pictures can be added to this visit any more.")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
