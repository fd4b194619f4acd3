"""Verbs on accounts: invite, let a person in and out, change a role, help after a loss.

Users are deactivated, never deleted: the trail and the signatures name them. Whether the administrator gave the own
password just before is the caller's to check.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission, Role
from documentation.models import AccountLink, AccountReset, Clinician, RecoveryCode, User
from documentation.services import guessing
from documentation.services.audit import record
from documentation.services.phones import digest

LIFETIMES = {AccountLink.INVITATION: timedelta(days=2), AccountLink.PASSWORD: timedelta(hours=1)}
"""How long a link can be used, by what it is for."""
NEW_LINK = "Ask your administrator for a new link."


def invite(
    values: dict[str, Any], *, by: User | None, at: datetime, clinician: Clinician | None = None
) -> tuple[User, str]:
    """An account without a password, and the token by which its owner chooses one; it is given here once.

    `values` are username, first_name, last_name and role. `clinician` is whom the person treats and signs as. `by` is
    nobody where a command invites the first administrator. Raises ValidationError with a sentence for each field.
    """
    _require(by)
    with transaction.atomic():
        user = User(**values, date_joined=at)
        user.set_unusable_password()
        problems: dict[str, Any] = {}
        if user.role not in set(Role):
            problems["role"] = "Choose what the person does."
        if User.objects.filter(username__iexact=user.username).exists():
            problems["username"] = "Somebody has this name already, or had it. Choose another one."
        if clinician and (clinician.user_id or user.role != Role.CLINICIAN):
            problems["clinician"] = "Only a clinician signs, and each with one account. Choose again."
        if problems:
            raise ValidationError(problems)
        user.full_clean(validate_unique=False)
        user.save()
        if clinician:
            Clinician.objects.filter(pk=clinician.pk).update(user=user)
        record("user.invite", by=by, at=at, subject=f"user {user.pk}", role=user.role)
        token = _link(user, AccountLink.INVITATION, by=by, at=at)
    return user, token


def invite_again(user: User, *, by: User, at: datetime) -> str:
    """Another link for somebody who has not chosen a password yet; the one before ends."""
    _require(by)
    with transaction.atomic():
        row = _locked(user)
        if row.has_usable_password():
            raise NotPossible("This person has chosen a password already. Give a link for a new one instead.")
        _require_active(row)
        token = _link(row, AccountLink.INVITATION, by=by, at=at)
        record("user.invite_again", by=by, at=at, subject=f"user {row.pk}")
    return token


def let_choose_password(user: User, reason: str, *, by: User, at: datetime) -> str:
    """A link by which a person who lost the password chooses a new one. The old one, and every session, ends when they
    do; the second factor stays, and is asked as ever.
    """
    _require(by, other_than=user)
    with transaction.atomic():
        row = _locked(user)
        _require_active(row)
        if not row.has_usable_password():
            raise NotPossible("This person has no password yet. Make a new invitation instead.")
        _reset(row, AccountReset.PASSWORD, reason, by=by, at=at)
        token = _link(row, AccountLink.PASSWORD, by=by, at=at)
        record("user.password_link", by=by, at=at, subject=f"user {row.pk}", reason=reason)
    return token


def link_of(token: str, *, at: datetime) -> AccountLink:
    """The open link of a token. Raises NotPossible with what to do."""
    found = AccountLink.objects.select_related("user").filter(token_sha256=digest(token)).first()
    return usable(found, at=at)


def usable(link: AccountLink | None, *, at: datetime) -> AccountLink:
    """The same link while it can be used. Raises NotPossible with what to do."""
    if link is None:
        raise NotPossible("This link is not known.", f"Copy it whole. {NEW_LINK}")
    if link.used_at is not None:
        raise NotPossible("This link was used already; it works once.", f"Log in with your password. {NEW_LINK}")
    if link.ended_at is not None or not link.user.is_active:
        raise NotPossible("This link was taken back.", NEW_LINK)
    if at >= link.expires_at:
        raise NotPossible("This link is too old.", NEW_LINK)
    return link


def choose_password(link: AccountLink, password: str, *, at: datetime) -> User:
    """Use a link up: its person has this password from now on. Raises ValidationError where it is too weak."""
    usable(AccountLink.objects.select_related("user").get(pk=link.pk), at=at)
    validate_password(password, link.user)
    hashed = make_password(password)  # slow on purpose: nobody waits for it with a row of theirs held
    with transaction.atomic():
        # First the person, then the link, as every other verb does: no two wait for each other.
        user = _locked(link.user)
        row = AccountLink.objects.select_for_update().get(pk=link.pk)
        row.user = user
        usable(row, at=at)
        user.password = hashed
        user.save(update_fields=["password"])
        row.used_at = at
        row.save(update_fields=["used_at"])
        _end_sessions(user)
        guessing.open_again(user.username)
        record("user.password_chosen", by=user, at=at, subject=f"user {user.pk}", link=row.purpose)
    return user


def change_role(user: User, role: str, reason: str = "", *, by: User, at: datetime) -> None:
    """Give somebody another role. It counts from the next page that they open. `reason` says why and until when, where
    it is given in an emergency (45 CFR 164.312(a)(2)(ii)): the trail keeps it.
    """
    _require(by, other_than=user)
    with transaction.atomic():
        row = _locked(user)
        if role not in set(Role):
            raise ValidationError({"role": "Choose what the person does."})
        if row.role == role:
            return
        if Role(role) != Role.ADMINISTRATOR:
            _require_another_administrator(row)
        before, row.role = row.role, role
        row.save(update_fields=["role"])
        record("user.role", by=by, at=at, subject=f"user {row.pk}", before=before, after=role, **_why(reason))


def _why(reason: str) -> dict[str, Any]:
    return {"reason": reason.strip()} if reason.strip() else {}


def deactivate(user: User, *, by: User, at: datetime) -> None:
    """Shut an account. Its sessions and links end at once; everything done under the name stays."""
    _require(by, other_than=user)
    with transaction.atomic():
        row = _locked(user)
        _require_active(row)
        _require_another_administrator(row)
        row.is_active = False
        row.save(update_fields=["is_active"])
        _end_links(row, at=at)
        ended = _end_sessions(row)
        record("user.deactivate", by=by, at=at, subject=f"user {row.pk}", sessions=ended)


def reactivate(user: User, *, by: User, at: datetime) -> None:
    """Open a shut account again, with the password and the second factor that it had."""
    _require(by, other_than=user)
    with transaction.atomic():
        row = _locked(user)
        if row.is_active:
            raise NotPossible("This account is open already.")
        row.is_active = True
        row.save(update_fields=["is_active"])
        record("user.reactivate", by=by, at=at, subject=f"user {row.pk}")


def reset_second_factor(user: User, reason: str, *, by: User, at: datetime) -> None:
    """Take away a lost second factor, with its recovery codes. Sessions end; at the next log-in the person sets up a
    new one where the role asks for it. What they sign within a day is marked.
    """
    _require(by, other_than=user)
    with transaction.atomic():
        row = _locked(user)
        _require_active(row)
        factors = Authenticator.objects.filter(user=row)
        kinds = sorted(set(factors.values_list("type", flat=True)))
        if not kinds:
            raise NotPossible("This person has no second factor.")
        _reset(row, AccountReset.SECOND_FACTOR, reason, by=by, at=at)
        factors.delete()
        RecoveryCode.objects.filter(user=row).delete()
        ended = _end_sessions(row)
        told: dict[str, Any] = {"reason": reason, "kinds": kinds, "sessions": ended}
        record("user.second_factor_reset", by=by, at=at, subject=f"user {row.pk}", **told)


def end_sessions(user: User, *, by: User, at: datetime) -> int:
    """Log somebody off everywhere, such as after a screen was left open. Returns how many sessions ended."""
    _require(by)
    with transaction.atomic():
        ended = _end_sessions(_locked(user))
        record("user.sessions_end", by=by, at=at, subject=f"user {user.pk}", sessions=ended)
    return ended


def open_to_log_in(user: User, *, by: User, at: datetime) -> None:
    """Let somebody log in at once whom wrong passwords, their own or a stranger's, hold up: at this account, or from an
    address whatever the account.
    """
    _require(by)
    with transaction.atomic():
        guessing.open_again(user.username)
        guessing.open_addresses(at=at)
        record("user.unlock", by=by, at=at, subject=f"user {user.pk}")


def _require(by: User | None, *, other_than: User | None = None) -> None:
    if by is None:
        return
    if not by.may(Permission.USER_MANAGE):
        raise NotPermitted("Only an administrator does this.")
    if other_than is not None and other_than.pk == by.pk:
        raise NotPermitted("Nobody does this to the own account. Ask another administrator.")


def _require_active(row: User) -> None:
    if not row.is_active:
        raise NotPossible("This account is shut. Open it again first.")


def _require_another_administrator(row: User) -> None:
    """Two administrators who take away each other's account at the same moment wait for each other here."""
    if row.role != Role.ADMINISTRATOR or not row.is_active:
        return
    everybody = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    if not any(other.pk != row.pk and other.has_usable_password() for other in everybody):
        raise NotPossible(
            "This is the only administrator who can log in.",
            "Invite another one first.",
        )


def _locked(user: User) -> User:
    """The row as it stands. Administrators come first and in one order, so that no two wait for each other."""
    list(User.objects.select_for_update().filter(role=Role.ADMINISTRATOR).order_by("pk").values_list("pk"))
    return User.objects.select_for_update().get(pk=user.pk)


def _reset(row: User, what: str, reason: str, *, by: User, at: datetime) -> None:
    reset = AccountReset(user=row, what=what, reason=reason, by=by, at=at)
    reset.full_clean()
    if not reset.reason:
        raise ValidationError({"reason": "Say why, such as: lost the phone, showed an ID at the front desk."})
    reset.save()


def _link(user: User, purpose: str, *, by: User | None, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    _end_links(user, at=at)
    expires = at + LIFETIMES[purpose]
    AccountLink.objects.create(
        user=user, purpose=purpose, token_sha256=digest(token), created_by=by, created_at=at, expires_at=expires
    )
    return token


def _end_links(user: User, *, at: datetime) -> None:
    AccountLink.objects.filter(user=user, used_at=None, ended_at=None).update(ended_at=at)


def _end_sessions(user: User) -> int:
    sessions = UserSession.objects.filter(user=user)
    for session in sessions:
        session.end()
    return len(sessions)
