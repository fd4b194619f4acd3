"""X12 files cut into segments, whatever their separators, line breaks and flaws.

The separators are found by the position of the separators in the ISA segment, not by its width, so headers
with trimmed or wrapped elements are read as well. Nothing here raises on bad data: what is wrong becomes a
`Finding`, with the number of the segment, counted from 1 over the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from documentation.kernel.text import clean_text

_BLANK = " \t\r\n"
_ISA_ELEMENTS = 16
_LONGEST_ISA_ELEMENT = 40
"""The longest element of a sound header has 15 characters; padded and wrapped ones are a little longer."""

_LONGEST_SEGMENT = 4096
"""Beyond this a terminator is probably missing, and another header may stand inside."""

_MOST_FINDINGS = 200
_NO_HEADER = "it has no interchange header (ISA) that can be read"
_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh")
"""How archives begin. What is in one may stand there plainly, between parts of other files."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong or odd, and where. Both numbers count from 1; 0 is the whole file or segment."""

    segment: int
    element: int
    message: str
    is_fault: bool = True
    """A fault sets its transaction set aside; anything else is only told."""

    def as_json(self) -> dict[str, object]:
        return {"segment": self.segment, "element": self.element, "message": self.message, "is_fault": self.is_fault}

    def __str__(self) -> str:
        where = f"Segment {self.segment}" if self.segment else "File"
        return f"{where}{f', element {self.element}' if self.element else ''}: {self.message}"


class Separators(NamedTuple):
    """The three characters that an interchange is cut with."""

    element: str
    component: str
    terminator: str


Header = tuple[int, Separators]
"""Where an interchange begins in the text, and what cuts it."""


class Segment(NamedTuple):
    """One segment. `elements[0]` is its name; `component` is the separator inside composite elements."""

    number: int
    elements: list[str]
    component: str

    @property
    def name(self) -> str:
        return self.elements[0]

    def get(self, place: int) -> str:
        """The element at a place, counted from 1, as it came; an empty text where the segment is shorter."""
        return self.elements[place] if place < len(self.elements) else ""

    def parts(self, place: int) -> list[str]:
        """The components of a composite element; never empty."""
        return self.get(place).split(self.component)


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 where a byte order mark says so, or else Windows-1252. Never raises."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


class Segments:
    """The segments of a file, one after the other; `findings` fills while they are read."""

    def __init__(self, data: bytes) -> None:
        self.is_packed = data.startswith(_PACKED)
        self.text = "" if self.is_packed else decode(data)
        self.findings: list[Finding] = []
        self.count = 0
        """Segments read so far."""

    def __iter__(self) -> Iterator[Segment]:
        self.findings.clear()
        self.count = 0
        header = find_header(self.text, 0)
        if header is None:
            said = "it is packed. Unpack it, then take in what it holds" if self.is_packed else _NO_HEADER
            self._tell(0, f"This is no X12 file: {said}.", is_fault=True)
            return
        if self.text[: header[0]].strip(_BLANK):
            self._tell(0, "There is text before the interchange header. It was skipped.")
        while header is not None:
            start, separators = header
            header = yield from self._interchange(start, separators)

    def _interchange(self, start: int, separators: Separators) -> Generator[Segment, None, Header | None]:
        """Segments up to IEA, or to the next header, or to the end of the file. Returns the next header, if any."""
        text, (element, component, terminator) = self.text, separators
        find, wraps = text.find, terminator not in "\r\n"
        trailer, opening = "IEA" + element, "ISA" + element
        here, is_first = start, True
        while True:
            end = find(terminator, here)
            piece = text[here:end] if end >= 0 else text[here:]
            inner = None  # a header inside a segment: the terminator before it is missing
            if end < 0 or len(piece) > _LONGEST_SEGMENT or opening in piece:
                inner = find_header(text, here + 3, here + len(piece))
            raw = (text[here : inner[0]] if inner else piece).strip(_BLANK)
            if raw:
                if not is_first and raw.startswith(opening):
                    return self._after(here, here)  # the interchange before this one has no end
                if wraps and ("\n" in raw or "\r" in raw):
                    raw = raw.replace("\r", "").replace("\n", "")
                self.count += 1
                yield Segment(self.count, raw.split(element), component)
                if inner or end < 0:
                    self._tell(self.count, "There is no segment terminator here. The file may be cut off.")
                elif raw.startswith(trailer):
                    return self._after(here + 3, end + 1)
            if inner or end < 0:
                return inner
            here, is_first = end + 1, False

    def _after(self, begin: int, end: int) -> Header | None:
        """The header of the next interchange from `begin` on; tells of text after `end` that belongs to none."""
        header = find_header(self.text, begin)
        between = self.text[end : header[0] if header else None]
        if between.strip(_BLANK + "\x00\x1a"):  # some systems pad a file with NUL or end it with Ctrl-Z
            self._tell(self.count, "After this there is text that belongs to no readable interchange. It was skipped.")
        return header

    def _tell(self, segment: int, message: str, *, is_fault: bool = False) -> None:
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(Finding(segment, 0, message, is_fault))


def find_header(text: str, start: int, stop: int | None = None) -> Header | None:
    """Where the next readable ISA begins, looked for from `start` to `stop`, and its separators."""
    here = text.find("ISA", start, stop)
    while here >= 0:
        separators = _separators_at(text, here)
        if separators:
            return here, separators
        here = text.find("ISA", here + 3, stop)
    return None


def _separators_at(text: str, here: int) -> Separators | None:
    """The separators of a header, or None where these three letters begin none."""
    element = text[here + 3 : here + 4]
    if not element or element.isalnum() or element in _BLANK:
        return None
    head = text[here : here + (_LONGEST_ISA_ELEMENT + 1) * (_ISA_ELEMENTS + 1)]
    parts = head.split(element, _ISA_ELEMENTS + 1)
    if len(parts) <= _ISA_ELEMENTS or any(len(p) > _LONGEST_ISA_ELEMENT for p in parts[1:_ISA_ELEMENTS]):
        return None
    written_on, version = (re.sub(r"\s", "", parts[place]) for place in (9, 12))
    if not re.fullmatch(r"[0-9]{6,8}", written_on) or not re.fullmatch(r"[0-9]{5}", version):
        return None  # a name that ends in these letters, such as Lisa
    tail = parts[_ISA_ELEMENTS]
    component, terminator = tail[:1], tail[1:2]
    after = head[sum(len(p) + 1 for p in parts[:_ISA_ELEMENTS]) + 1 :]
    if after[:2] in ("GS", "TA") or (terminator in ("\r", "\n") and _first_line(after).endswith(component)):
        component, terminator = "", component  # ISA16 was left empty: the terminator follows at once
    elif after[:2] == "\r\n":
        terminator = "\n"
    if not terminator or component.isalnum() or terminator.isalnum() or terminator in (" ", element, component):
        return None
    return Separators(element, component or "\x00", terminator)


def _first_line(text: str) -> str:
    return text.lstrip("\r\n").split("\n", 1)[0].rstrip("\r")


def shown(text: str, longest: int = 30) -> str:
    """A piece of a file inside a sentence: in quotes, cut short, without line breaks; `nothing` where it is empty."""
    text = clean_text(text)
    if not text:
        return "nothing"
    return f"“{text[:longest]}…”" if len(text) > longest else f"“{text}”"
