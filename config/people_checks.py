"""What `check --deploy` asks of the accounts: in production nobody logs in with what everybody knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ValidationError
from django.db import DatabaseError

from documentation.kernel.permissions import Role
from documentation.models import Organization
from documentation.queries.rehearsal import is_rehearsal


class NotTheDemoPassword:
    """The password of the invented people stands in the program: nobody else has it."""

    def validate(self, password: str, user: Any = None) -> None:
        if password == settings.WELL_KNOWN_PASSWORD:
            raise ValidationError("Everybody can know this password. Choose another one.", code="well_known")

    def get_help_text(self) -> str:
        return "It is not the one of the demo practice."


def is_for_show() -> bool:
    """Whether this database holds the invented practice. A rehearsal has a password of its own."""
    practice = Organization.current()
    return practice is not None and practice.is_demo and not is_rehearsal()


@register(Tags.security, deploy=True)
def check_people(**kwargs: object) -> list[CheckMessage]:
    """Asked of the database; where there is none yet, there is nobody to ask about."""
    try:
        return _found()
    except DatabaseError:
        return []


def _found() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if is_for_show():
        said = "This database holds the invented practice, whose password everybody knows."
        found.append(Error(said, hint="Give production a database of its own.", id="ductus.E030"))
    for user in get_user_model().objects.filter(is_active=True):
        if check_password(settings.WELL_KNOWN_PASSWORD, user.password):
            said = f"{user.get_username()} has the password of the demo practice, which everybody knows."
            found.append(Error(said, hint="Deactivate the account, or let its owner change it.", id="ductus.E031"))
    if not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        said = "TRUSTED_PROXIES is 0: behind a proxy everybody has its address, and holds up everybody else."
        found.append(Warning(said, hint="Set it to the number of proxies in front.", id="ductus.W033"))
    missing = sorted(set(Role) - set(settings.MFA_REQUIRED_FOR))
    if missing:
        said = f"No second factor is asked of {', '.join(missing)}."
        found.append(Warning(said, hint="Leave MFA_REQUIRED_FOR out: then all need one.", id="ductus.W032"))
    return found
