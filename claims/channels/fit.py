"""Whether files fit a channel: each known limit with what is used of it, as lines that can be drawn and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from claims.channels.profile import BY_KEY, Profile, said, size

X_HEIGHT = 0.5
"""Height of a small letter in parts of the size of its type."""
SHARP, READABLE = 10.0, 7.0
"""Pixels of the height of a small letter: from which it is crisp, and below which letters close up (looked at on
pages of our own at 200, 150 and 100 dots to the inch)."""


@dataclass(frozen=True)
class Outgoing:
    """A file as it would leave: its name, bytes, and the longer side in pixels where it is a picture."""

    name: str
    size: int
    side: int = 0

    @property
    def type(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Use:
    """One limit: what is used of what is allowed. `allowed` None where nobody knows the limit."""

    key: str
    label: str
    used: int
    allowed: int | None
    fits: bool
    said: str
    """`9 of 10`; where the limit is not known, what is used and that."""
    why: str = ""
    """Where it does not fit: a sentence."""

    @property
    def share(self) -> int:
        """Percent of what is allowed, at most 100; for bars."""
        return min(100, round(100 * self.used / self.allowed)) if self.allowed else 0


@dataclass(frozen=True)
class Fit:
    """The answer to 'will it fit?'."""

    uses: tuple[Use, ...]
    problems: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        return not self.problems and all(u.fits for u in self.uses)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Why it does not fit."""
        return (*self.problems, *(u.why for u in self.uses if not u.fits))


def uses_of(profile: Profile, files: Sequence[Outgoing], note: str = "", numbers: int = 1) -> tuple[Use, ...]:
    """Each limit with what these files use of it. Limits that nothing leaving touches are left out."""
    found = [_types(profile, files)] if files else []
    largest = max(files, key=lambda f: f.size, default=None)
    smallest = min(files, key=lambda f: f.size, default=None)
    longest = max(files, key=lambda f: len(f.name), default=None)
    widest = max(files, key=lambda f: f.side, default=None)
    if largest and smallest and longest and widest:
        found += [
            _most(profile, "max_files", len(files), f"{len(files)} files would leave"),
            _most(profile, "max_file_bytes", largest.size, f"{largest.name} has {size(largest.size)}"),
            _most(
                profile, "max_total_bytes", sum(f.size for f in files),
                f"The files have {size(sum(f.size for f in files))} together",
            ),
            _most(
                profile, "max_name", len(longest.name), f"The name {longest.name} has {len(longest.name)} characters"
            ),
        ]  # fmt: skip
        found += _least(profile, smallest)
        if widest.side:
            found.append(_most(profile, "max_side", widest.side, f"{widest.name} is {widest.side:,} pixels long"))
        if profile.value("control_numbers") is not None:
            found.append(_most(profile, "control_numbers", numbers, f"{numbers} control numbers would be used"))
    if note:
        found.append(_most(profile, "note_chars", len(note), f"The note has {len(note)} characters"))
    return tuple(found)


def _most(profile: Profile, key: str, used: int, words: str) -> Use:
    allowed, label = profile.number(key), BY_KEY[key].label
    is_count = key in ("max_files", "control_numbers", "max_name", "note_chars", "max_side")
    shown = f"{used:,}" if is_count else said(key, used)
    if allowed is None:
        return Use(key, label, used, None, True, f"{shown}; the limit is not known")
    most = f"{allowed:,}" if is_count else said(key, allowed)
    fits = used <= allowed
    return Use(
        key, label, used, allowed, fits, f"{shown} of {most}",
        "" if fits else f"{words}; {profile.called} takes at most {said(key, allowed)}.",
    )  # fmt: skip


def _least(profile: Profile, smallest: Outgoing) -> list[Use]:
    least = profile.number("min_file_bytes")
    if least is None:
        return []
    fits = smallest.size >= least
    words = f"{said('min_file_bytes', smallest.size)}; at least {said('min_file_bytes', least)}"
    why = f"{smallest.name} has {smallest.size:,} bytes; {profile.called} refuses files below {least:,} bytes."
    return [Use("min_file_bytes", BY_KEY["min_file_bytes"].label, least, max(smallest.size, 1), fits, words,
                "" if fits else why)]  # fmt: skip


def _types(profile: Profile, files: Sequence[Outgoing]) -> Use:
    taken, types = profile.file_types, tuple(dict.fromkeys(f.type for f in files))
    shown = said("file_types", [t for t in types if t in ("pdf", "jpg", "png", "tif", "txt", "gif", "bmp")])
    if taken is None:
        return Use("file_types", BY_KEY["file_types"].label, 1, None, True, f"{shown}; what it takes is not known")
    wrong = [t for t in types if t not in taken]
    why = f"{profile.name} takes {said('file_types', taken)}, not {said('file_types', wrong)}." if wrong else ""
    return Use("file_types", BY_KEY["file_types"].label, len(types) - len(wrong), len(types), not wrong, shown, why)


def letter_pixels(points: float, dpi: float) -> float:
    """How many pixels high small letters of this type are at this resolution."""
    return points / 72 * dpi * X_HEIGHT


def is_readable(points: float, dpi: float) -> bool:
    """Whether letters of this size stay letters; where there are none, everything is."""
    return points <= 0 or letter_pixels(points, dpi) >= READABLE


def readable_words(points: float, dpi: int) -> str:
    """The check of legibility in words."""
    if points <= 0:
        return f"at {dpi} dpi"
    height = letter_pixels(points, dpi)
    word = "crisp" if height >= SHARP else "readable" if height >= READABLE else "not readable"
    return f"at {dpi} dpi; the smallest letters ({points:g} pt) are {height:.0f} pixels high: {word}"
