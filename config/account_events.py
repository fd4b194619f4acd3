"""What happens at the door, in the trail: who came in and how, who went, what was wrong, what changed of an account."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import password_changed, user_logged_in
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from config.second_factor import FACTORS, used_to_set_up
from documentation.models import RecoveryCode
from documentation.services.audit import record


def _tell(action: str, user: Any, **detail: Any) -> None:
    with transaction.atomic():
        record(action, by=user, at=timezone.now(), subject=f"user {user.pk}", **detail)


@receiver(user_logged_in)
def came_in(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """`by` are the ways in which the person was known, such as password and totp."""
    ways = [str(entry.get("type") or entry["method"]) for entry in get_authentication_records(request, user)]
    _tell("account.login", user, ways=ways)
    request.logged_in_here = user  # type: ignore[attr-defined]


@receiver(user_logged_out)
def went(user: Any, **kwargs: Any) -> None:
    if user is not None:
        _tell("account.logout", user)


@receiver(authentication_failed)
def wrong_code(request: HttpRequest, user: Any, authenticator: Any, **kwargs: Any) -> None:
    """Whoever is not logged in yet may be anybody: the trail names the account, and nobody who did it."""
    actor: Any = request.user
    subject = f"user {user.pk}" if user is not None else None
    by = actor if actor.is_authenticated else None
    with transaction.atomic():
        record("account.code_failed", by=by, at=timezone.now(), subject=subject, kind=authenticator.type)


@receiver(authenticator_added)
def factor_added(request: HttpRequest, user: Any, authenticator: Any, **kwargs: Any) -> None:
    used_to_set_up(request, authenticator)
    _tell("account.factor_added", user, kind=authenticator.type)


@receiver(authenticator_removed)
def factor_removed(user: Any, authenticator: Any, **kwargs: Any) -> None:
    """Recovery codes stand for a second factor: with the last one they go, too."""
    _tell("account.factor_removed", user, kind=authenticator.type)
    if not user.authenticator_set.filter(type__in=FACTORS).exists():
        RecoveryCode.objects.filter(user=user).delete()


@receiver(password_changed)
def password_is_new(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Whoever else is logged in with the old one is logged in no more."""
    end_other_sessions(request, user)
    _tell("account.password_changed", user)
