"""One door for text from outside: forms, JSON, EDI, DICOM and CSV all pass through `clean_text`."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

_KEPT_CONTROLS = {"\n", "\t"}
_DIRECTION_MARKS = {"\u200e", "\u200f", "\u061c"}
_JOINERS = {"\u200c", "\u200d"}  # they shape letters and emoji; dropping them would change what was typed
_SPACES = re.compile(r"[^\S\n]+")


class UnusableText(ValueError):
    """Text that cannot be taken in; the message is a sentence for the person."""


def clean_text(value: str, *, multiline: bool = False) -> str:
    """The text as it is stored: NFC, without NUL, controls, lone surrogates and stray white space at the ends.

    Right-to-left marks and joiners stay; embedding and override controls, which can disguise the order of
    letters, go. Text that shows nothing at all comes back empty.
    """
    if not isinstance(value, str):
        raise UnusableText("This is not text.")
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    # What is dropped may have stood between a letter and its accent: composed last.
    text = unicodedata.normalize("NFC", "".join(filter(_is_kept, value)))
    if multiline:
        text = "\n".join(line.rstrip() for line in text.split("\n")).strip()
    else:
        text = _SPACES.sub(" ", text.replace("\n", " ")).strip()
    return text if is_visible(text) else ""


def read_json(raw: str) -> Any:
    """JSON that a page or a program sent. Raises ValueError for what is none, too deep, or holds half a character."""
    try:
        value = json.loads(raw)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as e:
        raise ValueError("nested too deeply") from e
    return value


def _is_kept(c: str) -> bool:
    if c in _KEPT_CONTROLS or c in _DIRECTION_MARKS or c in _JOINERS:
        return True
    return unicodedata.category(c) not in {"Cc", "Cs", "Cf", "Co", "Cn"} or _is_emoji_part(c)


def _is_emoji_part(c: str) -> bool:
    # Tag characters spell the flags of regions; unassigned code points may be emoji newer than this Python.
    return 0xE0020 <= ord(c) <= 0xE007F or (unicodedata.category(c) == "Cn" and 0x1F000 <= ord(c) <= 0x1FAFF)


def is_visible(text: str) -> bool:
    """Whether a reader would see anything."""
    invisible = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"}
    return any(unicodedata.category(c) not in invisible and c not in "\u115f\u1160\u3164\uffa0\u2800" for c in text)
