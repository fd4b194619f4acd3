"""Parts of a file, as RFC 9110, section 14, lets a browser ask for them. One part at a time."""

from __future__ import annotations

import re

_ONE_PART = re.compile(r"bytes=[ \t]*([0-9]{0,15})-([0-9]{0,15})[ \t]*", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Exception):
    """The part that is asked for does not exist, or makes no sense (416)."""


def part_of(wanted: str, size: int) -> tuple[int, int] | None:
    """First byte and number of bytes of the part that a Range header asks for; None is the whole file.

    The whole is also the answer to units that nobody knows and to several parts at once, as the RFC allows.
    Raises `Unsatisfiable`.
    """
    unit, equals, parts = wanted.partition("=")
    if unit.strip().lower() != "bytes" or not equals or "," in parts:
        return None
    match = _ONE_PART.fullmatch(wanted.strip())
    if match is None or match[1] == match[2] == "":
        raise Unsatisfiable
    if match[1] == "":
        length = min(int(match[2]), size)
        first = size - length
    else:
        first = int(match[1])
        last = min(int(match[2]), size - 1) if match[2] else size - 1
        if match[2] and int(match[2]) < first:
            raise Unsatisfiable
        length = last - first + 1
    if length < 1:
        raise Unsatisfiable
    return first, length
