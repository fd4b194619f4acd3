"""Figures as texts speak of them: `figure 2`, `figs. 1-3`, `figures 1, 2, and 4`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

REMOVED = "[removed]"
"""Stands for a figure that is gone. It is an unfilled prompt, so a record cannot be signed over it."""

_BETWEEN = r"\s*(?:,\s*and|,\s*&|,|and|&|to|through|-|–)\s*"
# A measure is no figure: `images 2 mm apart`.
_NO_MEASURE = r"(?!\d|[.,]\d|\s*(?:mm|cm|µm|%|×))"
_REFERENCE = re.compile(
    rf"\b(?P<noun>figures?|figs?\.?|images?)(?P<space>\s+)(?P<run>\d{{1,3}}(?:{_BETWEEN}\d{{1,3}})*){_NO_MEASURE}",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d+)(\s*(?:to|through|-|–)\s*)(\d+)", re.IGNORECASE)


@lru_cache(maxsize=64)  # several rules ask it of the same text of a record
def figures_named(text: str) -> frozenset[int]:
    """Numbers of the figures that a text refers to; `figures 1 to 3` names all three."""
    if text.isascii() and not ("fig" in (letters := text.lower()) or "image" in letters):
        return frozenset()  # looking for letters is far cheaper than for a pattern
    return frozenset(n for match in _REFERENCE.finditer(text) for n in _numbers(match["run"]))


def renumbered(text: str, moved: Mapping[int, int | None]) -> str:
    """The text with its figures under their new numbers. `moved` names those that changed, None for one that is gone.

    What does not speak of such a figure stays as it was written, to the letter.
    """

    def anew(match: re.Match[str]) -> str:
        numbers = list(_numbers(match["run"]))
        if not moved.keys() & set(numbers):
            return match[0]
        now = [moved.get(n, n) for n in numbers]
        kept = sorted({n for n in now if n is not None})
        words = _words(kept, match["run"], gone=None in now)
        noun = match["noun"]
        if len(kept) + (None in now) == 1:
            noun = re.sub(r"s(\.?)$", r"\1", noun, flags=re.IGNORECASE)
        return f"{noun}{match['space']}{words}"

    return _REFERENCE.sub(anew, text)


def in_words(numbers: Iterable[int]) -> str:
    """`1`, `1 and 2`, `1 to 28`, `1 to 3, 5, and 7`: three and more in a row are named by their ends."""
    spans: list[list[int]] = []
    for n in sorted(set(numbers)):
        if spans and n == spans[-1][-1] + 1:
            spans[-1].append(n)
        else:
            spans.append([n])
    parts = [x for s in spans for x in ([f"{s[0]} to {s[-1]}"] if len(s) > 2 else map(str, s))]
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])}, and {parts[-1]}"


def _numbers(run: str) -> Iterator[int]:
    for part in re.split(r",|and|&", run):
        ends = [int(n) for n in re.findall(r"\d+", part)]
        if ends:
            yield from range(min(ends), max(ends) + 1)


def _words(kept: list[int], run: str, *, gone: bool) -> str:
    span = _RANGE.search(run)
    if span and not gone and len(kept) > 1 and kept == list(range(kept[0], kept[-1] + 1)):
        return f"{kept[0]}{span[2]}{kept[-1]}"
    parts = [str(n) for n in kept] + ([REMOVED] if gone else [])
    if len(parts) < 3:
        return " and ".join(parts)
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"
