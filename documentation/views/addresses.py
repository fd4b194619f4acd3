"""Every address of the project with who may open it, read from the URL patterns themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from documentation.kernel.permissions import Permission, Role, permissions_of
from documentation.views.access import BY_PHONE, OPEN, OWN, permission_of


@dataclass(frozen=True)
class Address:
    """One URL pattern: its whole route, such as `/patients/<patient:pk>/`, and what opens it."""

    route: str
    name: str
    converters: dict[str, Any]
    permission: Permission | None

    @property
    def is_open(self) -> bool:
        """Needs no log-in."""
        return self.name in OPEN

    @property
    def is_by_phone(self) -> bool:
        """Opened by the link of one phone, and by no log-in."""
        return self.name in BY_PHONE

    @property
    def is_own(self) -> bool:
        """About a person's own account: any role opens it."""
        return self.name in OWN or self.name.startswith("mfa_")

    @property
    def is_guarded(self) -> bool:
        """Somebody decided who may open it."""
        return self.is_open or self.is_by_phone or self.is_own or self.permission is not None

    def opens_for(self, role: Role) -> bool:
        return self.is_open or self.is_own or self.permission in permissions_of(role)


def addresses() -> list[Address]:
    """All addresses in the order in which they are tried; of two with one route the first answers."""
    found: dict[str, Address] = {}
    for address in _walk(get_resolver().url_patterns, "/", {}):
        found.setdefault(address.route, address)
    return list(found.values())


def _walk(patterns: list[Any], before: str, converters: dict[str, Any]) -> Iterator[Address]:
    for entry in patterns:
        route, known = before + str(entry.pattern), {**converters, **entry.pattern.converters}
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, route, known)
        elif isinstance(entry, URLPattern):
            yield Address(route, entry.name or "", known, permission_of(entry.callback))
