"""Recovery codes: ten words of eight digits for the day on which the second factor is lost, each good once."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from documentation.models import RecoveryCode, User
from documentation.services.audit import record

COUNT, DIGITS = 10, 8


def make_codes(user: User, *, at: datetime) -> list[str]:
    """New codes in the place of all earlier ones. They are given here once: only their hashes are kept."""
    codes = [f"{secrets.randbelow(10**DIGITS):0{DIGITS}}" for _ in range(COUNT)]
    hashes = [make_password(code) for code in codes]
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=h, made_at=at) for h in hashes)
        record("account.recovery_codes", by=user, at=at, subject=f"user {user.pk}", count=COUNT)
    return codes


def left(user: User) -> int:
    """How many codes are good."""
    return user.recovery_codes_left


def use(user: User, typed: str, *, at: datetime) -> bool:
    """Whether this is one of the person's unused codes; it is used up by the question."""
    code = "".join(typed.split()).replace("-", "")
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return False
    for row in RecoveryCode.objects.filter(user=user, used_at=None).order_by("pk"):
        if check_password(code, row.code_hash):
            # Of two who send the same code at the same moment, one changes the row.
            return bool(RecoveryCode.objects.filter(pk=row.pk, used_at=None).update(used_at=at))
    return False
