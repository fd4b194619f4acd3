"""Numbers in addresses: P000001, E000001 and their kin become keys of rows."""

from __future__ import annotations

from django.urls import register_converter

LETTERS = {"patient": "P", "encounter": "E", "claim": "C", "packet": "K", "amendment": "AR"}
"""With what letters the number of each kind of row begins."""


def _converter(letter: str) -> type:
    class Number:
        regex = letter + "[0-9]{6,12}"

        def to_python(self, value: str) -> int:
            return int(value[len(letter) :])

        def to_url(self, value: int | str) -> str:
            return value if isinstance(value, str) else f"{letter}{value:06d}"

    return Number


def register() -> None:
    """Make `<patient:pk>`, `<encounter:pk>` and their kin usable in URL patterns."""
    for name, letter in LETTERS.items():
        register_converter(_converter(letter), name)
