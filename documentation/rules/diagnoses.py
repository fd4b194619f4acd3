"""A small table of diagnosis codes: what a record of the salivary glands meets, looked up without the whole list.

The claim is checked against the full tabular list; here, while the record is written, these few facts are enough.
Valid for services from October 1, 2025 on, as the April 2026 tabular list has them.
"""

from __future__ import annotations

from collections.abc import Iterable

PARENTS: frozenset[str] = frozenset({"K11", "K11.2", "M35.0", "M35", "D11", "C08", "D37.03", "R22", "R68", "Q38"})
"""Codes that only head a group: a payer wants one of the codes below them."""

WEAK: frozenset[str] = frozenset({"K11.9"})
"""Valid, but 'unspecified': it says little about why the service was needed."""

SYMPTOMS: frozenset[str] = frozenset({"R22.0", "R22.1"})
"""Swellings of head and neck, which a disease of the gland already explains."""

GLAND_DISEASE = ("K11.", "C07", "C08.", "D11.", "D37.03")

EXCLUDES1: tuple[tuple[str, str], ...] = (
    ("K11.8", "M35.0"),
    ("R68.2", "M35.0"),
    ("R68.2", "E86.0"),
    ("K11.21", "K11.22"),
    ("K11.2", "B26"),
    ("K11.2", "D86.89"),
    ("R22", "R90"),
    ("R22", "R91"),
    ("R22", "R92"),
    ("R22", "R93"),
)
"""Pairs of beginnings of codes that the tabular list never allows together."""

STONE, NARROWING = "K11.5", "K11.8"


def conflicts(codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The pairs among these codes that exclude each other."""
    codes = tuple(dict.fromkeys(codes))
    return tuple(
        (a, b)
        for first, second in EXCLUDES1
        for a in codes
        if a.startswith(first)
        for b in codes
        if b.startswith(second)
    )


def redundant_symptoms(codes: Iterable[str]) -> tuple[str, ...]:
    """Symptom codes beside a disease of the gland that explains them."""
    codes = tuple(codes)
    if not any(c.startswith(GLAND_DISEASE) for c in codes):
        return ()
    return tuple(c for c in codes if c in SYMPTOMS)
