"""What a channel takes: one table of limits, each known from a source since a day, or not known.

A limit stands by itself, as a fact of the payer playbook does: a newer one never overwrites it, and one that nobody
looked at for long is marked. `LIMITS` is the one table; a limit more is a row more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from documentation.kernel.dates import short_date

MOST_NUMBER = 2_000_000_000
MOST_TEXT = 600

FILE_TYPES = (
    ("pdf", "PDF"),
    ("jpg", "JPEG"),
    ("png", "PNG"),
    ("tif", "TIFF"),
    ("gif", "GIF"),
    ("bmp", "BMP"),
    ("txt", "Text"),
    ("doc", "Word (doc)"),
    ("docx", "Word (docx)"),
)
COLORS = (("color", "In color"), ("grey", "Shades of grey"), ("bilevel", "Black and white dots (1 bit)"))


PARTS = (
    ("cover", "Cover"),
    ("narrative", "Narrative"),
    ("interpretation", "Interpretation"),
    ("figures", "Key figures"),
    ("claim", "Claim data"),
    ("note", "Encounter note"),
    ("evidence", "Enclosed documents"),
    ("authorization", "Authorization"),
    ("primary_eob", "First plan's EOB"),
    ("further", "Further figures"),
)
"""Parts of a packet in their usual order."""


class Kind(StrEnum):
    """What a limit is made of, as it lies in the row."""

    TYPES = "types"
    """A list of tokens of FILE_TYPES."""
    COUNT = "count"
    BYTES = "bytes"
    CHARACTERS = "characters"
    PIXELS = "pixels"
    CHOICE = "choice"
    """One token of COLORS."""
    PARTS = "parts"
    """Tokens of PARTS in an order, the cover first; what is not among them is not taken."""
    TEXT = "text"


@dataclass(frozen=True)
class Limit:
    """One thing that a channel may limit: its name, how it is asked, and what follows from it."""

    key: str
    label: str
    kind: Kind
    used: str


LIMITS: tuple[Limit, ...] = (
    Limit("file_types", "File types", Kind.TYPES, "Decides whether pages leave as PDF or as pictures."),
    Limit("max_files", "Number of files", Kind.COUNT, "At most so many; pages are joined and pictures left out."),
    Limit("max_file_bytes", "Size of one file", Kind.BYTES, "At most; larger ones are split or shrunk."),
    Limit("min_file_bytes", "Smallest file", Kind.BYTES, "At least; smaller ones are refused there."),
    Limit("max_total_bytes", "Size of all files", Kind.BYTES, "At most, all files together."),
    Limit("max_name", "Length of a file name", Kind.CHARACTERS, "At most, with its ending."),
    Limit("note_chars", "Length of the note", Kind.CHARACTERS, "The longest version of the narrative that fits."),
    Limit("max_side", "Longer side of a picture", Kind.PIXELS, "At most; with it comes a limit of sharpness."),
    Limit("colors", "Colors", Kind.CHOICE, "Black and white: pages leave as the dots of a fax."),
    Limit("control_numbers", "Control numbers", Kind.COUNT, "At most, of one claim. A packet has one."),
    Limit("parts", "Parts and their order", Kind.PARTS, "The packet is set of these, in this order; others stay here."),
    Limit("remarks", "What else to know", Kind.TEXT, "Shown where the packet is built."),
)
BY_KEY: Mapping[str, Limit] = {limit.key: limit for limit in LIMITS}
NUMBERS = (Kind.COUNT, Kind.BYTES, Kind.CHARACTERS, Kind.PIXELS)


def problem(key: str, value: Any) -> str:
    """Why a value cannot be this limit; empty when it can. None (not known) can."""
    limit = BY_KEY[key]
    if value is None:
        return ""
    if limit.kind is Kind.TYPES:
        is_list = isinstance(value, list | tuple) and value and len(set(value)) == len(value)
        return "" if is_list and set(value) <= set(dict(FILE_TYPES)) else "Choose one or more of the file types."
    if limit.kind is Kind.PARTS:
        return _parts_problem(value)
    if limit.kind is Kind.CHOICE:
        return "" if value in dict(COLORS) else f"“{value}” is not one of the answers."
    if limit.kind is Kind.TEXT:
        is_text = isinstance(value, str) and 0 < len(value) <= MOST_TEXT
        return "" if is_text else f"At most {MOST_TEXT} characters are kept. Please shorten it."
    is_number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_NUMBER
    return "" if is_number else f"Give a whole number from 1 to {MOST_NUMBER:,}."


def _parts_problem(value: Any) -> str:
    if not isinstance(value, list | tuple) or len(set(value)) != len(value) or not set(value) <= set(dict(PARTS)):
        return "Name parts of the packet, each once."
    if len(value) < 2 or value[0] != "cover":
        return "The cover stands first and at least one part follows: it carries the control number and the index."
    return ""


def said(key: str, value: Any) -> str:
    """A limit in words; empty when it is not known."""
    if value is None:
        return ""
    kind = BY_KEY[key].kind
    if kind is Kind.TYPES:
        return ", ".join(dict(FILE_TYPES)[v] for v in value)
    if kind is Kind.PARTS:
        return ", ".join(dict(PARTS)[v] for v in value)
    if kind is Kind.CHOICE:
        return dict(COLORS)[value]
    if kind is Kind.BYTES:
        return size(value)
    unit = {Kind.CHARACTERS: " characters", Kind.PIXELS: " pixels"}.get(kind, "")
    return f"{value:,}{unit}" if isinstance(value, int) else str(value)


def size(count: int) -> str:
    """Bytes in words: `240 KB`, `14.9 MB`. A megabyte is 1,000,000 bytes here: the stricter reading of a limit."""
    if count < 1_000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{count / 1_000:.1f}".removesuffix(".0") + " KB"
    return f"{count / 1_000_000:.1f}".removesuffix(".0") + " MB"


@dataclass(frozen=True)
class LimitFact:
    """One limit as it was read. `value` None: somebody looked, and it is not known (any more)."""

    key: str
    value: Any
    source: str = ""
    read_on: date | None = None
    """The day on which somebody saw it in the source; None where that was not written down."""
    pk: int = 0
    """Of the row that the practice wrote; 0 for what came with the program."""

    @property
    def said(self) -> str:
        return said(self.key, self.value)

    def why_stale(self, day: date, days: int) -> str:
        """Why it should be read again, to follow 'it'; empty while it is fresh. An unknown one is not stale."""
        if self.value is None:
            return ""
        if self.read_on is None:
            return "was read on a day that nobody wrote down"
        if day - self.read_on > timedelta(days=days):
            return f"was last read on {short_date(self.read_on)}, more than {days} days before"
        return ""


@dataclass(frozen=True)
class Profile:
    """A channel with what is known of it now."""

    key: str
    name: str
    way: str
    """portal, clearinghouse, fax, mail: how a sending by it is recorded."""
    about: str = ""
    facts: tuple[LimitFact, ...] = ()

    @property
    def called(self) -> str:
        """The name within a sentence."""
        return self.name[0].lower() + self.name[1:] if self.name.startswith("A ") else self.name

    def fact(self, key: str) -> LimitFact | None:
        return next((f for f in self.facts if f.key == key), None)

    def value(self, key: str) -> Any:
        """The limit, or None while nobody knows it."""
        found = self.fact(key)
        return found.value if found else None

    def number(self, key: str) -> int | None:
        value = self.value(key)
        return int(value) if value is not None else None

    @property
    def file_types(self) -> tuple[str, ...] | None:
        value = self.value("file_types")
        return tuple(value) if value else None

    @property
    def parts(self) -> tuple[str, ...] | None:
        """The parts that it takes in its order; None while nobody knows of any wish."""
        value = self.value("parts")
        return tuple(value) if value else None

    @property
    def is_black_and_white(self) -> bool:
        return bool(self.value("colors") == "bilevel")

    def as_json(self) -> dict[str, Any]:
        """What is sealed of it: each known limit with its source and day."""
        known = [f for f in self.facts if f.value is not None]
        limits = {
            f.key: {"value": f.value, "source": f.source, "read_on": f.read_on.isoformat() if f.read_on else None}
            for f in known
        }
        return {"channel": self.key, "name": self.name, "limits": limits}


def profile_of(channel: Profile, facts: Iterable[LimitFact]) -> Profile:
    """A channel as it came with the program, with what the practice wrote since; `facts` newest first."""
    newest: dict[str, LimitFact] = {}
    for fact in (*facts, *channel.facts):
        newest.setdefault(fact.key, fact)
    ordered = tuple(newest[limit.key] for limit in LIMITS if limit.key in newest)
    return Profile(channel.key, channel.name, channel.way, channel.about, ordered)
