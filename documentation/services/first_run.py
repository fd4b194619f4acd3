"""The first administrator of an empty installation: one-time links that the start of the server prints.

Each start prints a link of its own. Whichever is used first makes the one account that others are invited from; from
then on none works any more.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Role
from documentation.models import FirstLink, User
from documentation.services.audit import record
from documentation.services.phones import digest

LIFETIME = timedelta(days=2)
"""How long a link can be used."""
ANOTHER = "Start Ductus again: while nobody has an account, it prints a new one."


def nobody_yet() -> bool:
    """Whether nobody has, or ever had, an account here."""
    return not User.objects.exists()


def make_link(*, at: datetime) -> str:
    """The token of a new link; it is given here once. Raises NotPossible where somebody has an account."""
    with transaction.atomic():
        _require_nobody()
        token = secrets.token_urlsafe(32)
        FirstLink.objects.create(token_sha256=digest(token), created_at=at, expires_at=at + LIFETIME)
        record("practice.first_link", by=None, at=at, subject="first administrator")
    return token


def find(token: str) -> FirstLink | None:
    """The link of a token, used, old or open."""
    return FirstLink.objects.filter(token_sha256=digest(token)).first()


def usable(link: FirstLink | None, *, at: datetime) -> FirstLink:
    """The same link while it can be used. Raises NotPossible with what to do."""
    if link is None:
        raise NotPossible("This link is not known.", "Copy it whole, as the start of Ductus printed it.")
    if link.used_at is not None:
        raise NotPossible(
            "This link was used already: the first administrator has an account.",
            "Log in, or let that person invite you.",
        )
    _require_nobody()
    if at >= link.expires_at:
        raise NotPossible("This link is too old.", ANOTHER)
    return link


def make_administrator(link: FirstLink, values: dict[str, str], password: str, *, at: datetime) -> User:
    """Use a link up: its person is the first administrator. `values` are first_name, last_name and username.

    Raises ValidationError with a sentence for each field, and NotPossible where another link was quicker.
    """
    usable(FirstLink.objects.filter(pk=link.pk).first(), at=at)
    user = User(**values, role=Role.ADMINISTRATOR, date_joined=at)
    user.set_unusable_password()
    user.full_clean(validate_unique=False)
    try:
        validate_password(password, user)
    except ValidationError as e:
        raise ValidationError({"password": e.messages}) from e
    hashed = make_password(password)  # slow on purpose: nobody waits for it with a row held
    with transaction.atomic():
        # All links, in one order: two people with two links wait for each other here.
        rows = {row.pk: row for row in FirstLink.objects.select_for_update().order_by("pk")}
        row = usable(rows.get(link.pk), at=at)
        user.password = hashed
        user.save()
        row.used_at = at
        row.save(update_fields=["used_at"])
        record("user.first", by=user, at=at, subject=f"user {user.pk}", role=user.role)
    return user


def _require_nobody() -> None:
    if not nobody_yet():
        raise NotPossible(
            "Somebody has an account here already, so this link makes no other.",
            "Log in, or let an administrator invite you.",
        )
