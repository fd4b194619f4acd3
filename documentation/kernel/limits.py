"""What a process of its own may use. It is set by that process, before it opens anything from outside."""

from __future__ import annotations

import resource


def lower(what: int, value: int, last: int | None = None) -> None:
    """Limit this process to `value` of a resource (`resource.RLIMIT_…`), and to less where less is left to it.

    `last`: the limit that it cannot raise again, where that is another one; RLIM_INFINITY leaves it as it is.
    """
    _, most = resource.getrlimit(what)
    resource.setrlimit(what, (_within(value, most), _within(value if last is None else last, most)))


def _within(value: int, most: int) -> int:
    if most == resource.RLIM_INFINITY:
        return value
    return most if value == resource.RLIM_INFINITY else min(value, most)
