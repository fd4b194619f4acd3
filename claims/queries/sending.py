"""How the ways out are set up here: in a rehearsal not at all."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from documentation.kernel.machine import Refused
from documentation.queries.rehearsal import is_rehearsal


def require_in_earnest() -> None:
    """Raises Refused in a rehearsal, of which nothing leaves."""
    if is_rehearsal():
        raise Refused("This is a rehearsal, and nothing leaves it. Write down by hand that it was sent, as if it were.")


def ways_out() -> Mapping[str, str]:
    """The settings of the ways that carry by themselves. A rehearsal has none, whatever its surroundings say."""
    return dict.fromkeys(settings.WAYS_OUT, "") if is_rehearsal() else settings.WAYS_OUT
