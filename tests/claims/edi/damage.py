"""Ways in which a remittance file comes damaged: segment by segment, number by number, byte by byte."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable

AMOUNTS = (
    "99999999999.99", "9999999999.99", "-99999999999999999999", "1E9", "1e400", "NaN", "Infinity", "0x10", "--5", "+5",
    ".", "-", "5.", ".5", "850.001", "1,000.00", "$850", "８５０", "٨٥٠", "1_000", " 850 ", "0" * 400, "9" * 400,
)  # fmt: skip
TEXTS = (
    "", " ", "\x00", "\x1b[2J", "\ud800", "\u202eevil", "x" * 5000, "<script>", "'; DROP TABLE claims; --", "C000001",
    "C999999999999", "C000001R2-1", "00000000", "20261399", "99999999", "20260229", "١٢٣", "D8", "-1", "4294967296",
    "AD:" * 300, "é" * 60, "^" * 30,
)  # fmt: skip
KINDS = ("837", "277", "999", "271", "834", "835X", "", "  ", "8350")
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp500", "cp1252", "utf-8-sig", "utf-7")


def segments_of(text: str) -> tuple[list[str], str]:
    """The segments of a file and what ends them, as far as that can be guessed."""
    for end in ("~", "|", "\n"):
        if text.count(end) > 5:
            return text.split(end), end
    return [text], ""


def damaged(data: bytes, dice: random.Random) -> bytes:
    """The file with one to three faults."""
    text = data.decode("utf-8", errors="surrogateescape")
    for _ in range(dice.randint(1, 3)):
        text = dice.choice(WAYS)(text, dice)
    found = text.encode("utf-8", errors="surrogatepass")
    return dice.choice(WHOLE)(found, dice) if dice.random() < 0.3 else found


def _some(parts: list[str], dice: random.Random) -> int:
    return dice.randrange(len(parts))


def _deleted(text: str, dice: random.Random) -> str:
    parts, end = segments_of(text)
    start = _some(parts, dice)
    del parts[start : start + dice.choice((1, 1, 2, 9))]
    return end.join(parts)


def _doubled(text: str, dice: random.Random) -> str:
    parts, end = segments_of(text)
    start = _some(parts, dice)
    parts[start:start] = parts[start : start + dice.choice((1, 1, 3, 12))]
    return end.join(parts)


def _shuffled(text: str, dice: random.Random) -> str:
    parts, end = segments_of(text)
    start = _some(parts, dice)
    window = parts[start : start + dice.choice((2, 5, 30))]
    dice.shuffle(window)
    parts[start : start + len(window)] = window
    return end.join(parts)


def _moved(text: str, dice: random.Random) -> str:
    parts, end = segments_of(text)
    parts.insert(_some(parts, dice), parts.pop(_some(parts, dice)))
    return end.join(parts)


def _element(what: tuple[str, ...]) -> Callable[[str, random.Random], str]:
    def put(text: str, dice: random.Random) -> str:
        parts, end = segments_of(text)
        n = _some(parts, dice)
        mark = "|" if "|" in parts[n] else "*"
        elements = parts[n].split(mark)
        elements[_some(elements, dice)] = dice.choice(what)
        parts[n] = mark.join(elements)
        return end.join(parts)

    return put


def _amount(text: str, dice: random.Random) -> str:
    """A number where money stands."""
    parts, end = segments_of(text)
    places = {"BPR": (2,), "CLP": (3, 4, 5), "SVC": (2, 3), "CAS": (3, 6, 9), "PLB": (4, 6), "AMT": (2,)}
    fits = [n for n, part in enumerate(parts) if part.strip()[:3] in places]
    if not fits:
        return text
    n = dice.choice(fits)
    mark = "|" if "|" in parts[n] else "*"
    elements = parts[n].split(mark)
    place = dice.choice(places[parts[n].strip()[:3]])
    if place < len(elements):
        elements[place] = dice.choice(AMOUNTS)
    parts[n] = mark.join(elements)
    return end.join(parts)


def _kind(text: str, dice: random.Random) -> str:
    return text.replace("ST*835*", f"ST*{dice.choice(KINDS)}*", dice.choice((1, -1)))


def _cut(text: str, dice: random.Random) -> str:
    return text[: dice.randrange(len(text) + 1)]


def _headless(text: str, dice: random.Random) -> str:
    return text[dice.randrange(len(text) + 1) :]


def _other_separator(text: str, dice: random.Random) -> str:
    middle = dice.randrange(len(text) + 1)
    return text[:middle] + text[middle:].replace(dice.choice("*~:|"), dice.choice("*~:|^\n\x00"))


WAYS: tuple[Callable[[str, random.Random], str], ...] = (
    _deleted, _doubled, _shuffled, _moved, _element(TEXTS), _element(TEXTS), _amount, _amount, _kind, _cut, _headless,
    _other_separator,
)  # fmt: skip


def _encoded(data: bytes, dice: random.Random) -> bytes:
    return data.decode("utf-8", errors="replace").encode(dice.choice(ENCODINGS), errors="replace")


def _bytes(data: bytes, dice: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        if found:
            found[dice.randrange(len(found))] = dice.randrange(256)
    return bytes(found)


WHOLE: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _encoded,
    _bytes,
    lambda data, _: data * 2,
    lambda data, _: data + data[len(data) // 3 :],
    lambda data, _: gzip.compress(data),
    lambda data, _: data.replace(b"\r", b"").replace(b"\n", b"\r\n"),
)
