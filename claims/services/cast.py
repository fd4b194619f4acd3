"""Who acts when a command does the work of several people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from documentation.kernel.machine import NotPermitted
from documentation.kernel.permissions import Permission, Role
from documentation.models import Clinician, Organization, User


@dataclass(frozen=True)
class Cast:
    """The people in whose names a command acts: each step is done by the first of them who may do it."""

    users: tuple[User, ...]
    is_everybody: bool = False
    """Whether these are all people of the demo practice, those included who join it meanwhile."""

    def who_may(self, permission: Permission) -> User:
        """The person for a step. Raises NotPermitted when nobody of the cast may take it."""
        for user in self.users:
            if user.may(permission):
                return user
        names = " and ".join(u.username for u in self.users)
        raise NotPermitted(
            f"This needs the permission {permission}, which {names} does not have. Name somebody who has it."
        )

    def treating(self, clinician: Clinician) -> User | None:
        """The clinician's own user, if in the cast."""
        return clinician.user if self.is_everybody or clinician.user in self.users else None


def cast_of(usernames: Iterable[str]) -> Cast:
    """The people named, or all of the demo practice where nobody is named. Raises NotPermitted with a sentence."""
    names = list(usernames)
    if names:
        found = {u.username: u for u in User.objects.filter(username__in=names, is_active=True)}
        unknown = [n for n in names if n not in found]
        if unknown:
            raise NotPermitted(f"There is no active user {unknown[0]!r} here.")
        return Cast(tuple(found[n] for n in dict.fromkeys(names)))
    if not is_demo():
        raise NotPermitted("In a real practice somebody does this: name the person with --as USER.")
    order = list(Role)
    users = User.objects.filter(is_active=True, role__in=order).order_by("pk")
    return Cast(tuple(sorted(users, key=lambda u: order.index(Role(u.role)))), is_everybody=True)


def is_demo() -> bool:
    """Whether this database holds invented people only."""
    practice = Organization.current()
    return practice is not None and practice.is_demo
