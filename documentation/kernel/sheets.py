"""Texts that go into spreadsheets."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet takes a text that begins so for a formula, some also behind blanks and quotes."""


def harmless(text: str) -> str:
    """The same where a spreadsheet takes it for nothing but a text. A negative amount is a number, and stays one."""
    if not (text.startswith(_RUN) or text.lstrip(' \u00a0\ufeff"').startswith(_RUN)):
        return text
    return text if _NUMBER.fullmatch(text) else f"'{text}"
