"""Names of files as they leave: the claim, a number in reading order, what it is. Never anything of the patient."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claims.channels.steps import Make

LONGEST = 60
"""Where nobody knows the limit: what every system takes."""


def named(makes: Sequence[Make], claim: str, longest: int | None) -> tuple[Make, ...]:
    """The files with their names, unlike each other, of small letters, digits and hyphens, within the length."""
    width = max(2, len(str(len(makes))))
    return tuple(
        replace(m, name=_name(claim, f"{n:0{width}d}", m, longest or LONGEST)) for n, m in enumerate(makes, start=1)
    )


def _name(claim: str, number: str, make: Make, longest: int) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", make.slug.lower()).strip("-")
    if make.pages and make.how != "keep":
        slug += f"-p{make.pages[0]}" if len(make.pages) == 1 else f"-p{make.pages[0]}-{make.pages[-1]}"
    ending = f".{make.type}"
    room = longest - len(ending)
    for candidate in (f"{claim}-{number}-{slug}", f"{claim}-{number}", f"{claim[-3:]}{number}", number):
        if len(candidate) <= room:
            return candidate + ending
    return number + ending
