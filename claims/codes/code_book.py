"""What is known of reason and remark codes on a day: the program's own tables, and above them what a practice loaded.

A payer may print codes of its own on paper. They stand under the group `OWN_GROUP`, are kept as printed, and are read
through what somebody wrote down of that payer's codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from claims.codes.adjustments import CARC, RARC, Carc, Category, Rarc
from claims.codes.crossover import NO, PASSES

OWN_GROUP = "ZZ"
"""Stands for a group code where the payer printed a reason of its own; in X12, ZZ is what two sides agreed upon."""

_PUSH_NOWHERE = frozenset({Category.UNK, Category.PND, Category.PAT, Category.CTR, Category.EST})


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A payer's own code: our words, where it belongs, and the group that it stands for (CO where none is said)."""

    code: str
    label: str
    category: Category
    group: str = "CO"


@dataclass(frozen=True)
class CodeBook:
    """Codes as they are read for one answer. Immutable; `PROGRAM` knows the program's tables alone."""

    carcs: Mapping[str, Carc] = field(default_factory=lambda: CARC)
    rarcs: Mapping[str, Rarc] = field(default_factory=lambda: RARC)
    own: Mapping[str, OwnCode] = field(default_factory=dict)
    ended: Mapping[str, date] = field(default_factory=dict)
    """Last days of reason codes (CARC), as a loaded list gives them."""
    passes: Mapping[tuple[str, str], str] = field(default_factory=lambda: PASSES)
    """By list and code, whether and to which plan a code says that the claim was passed on."""

    def group_of(self, group: str, code: str) -> str:
        """The group that decides who carries an amount: for a payer's own code the one that it stands for."""
        if group != OWN_GROUP:
            return group
        return self.own[code].group if code in self.own else "CO"

    def category_of(self, group: str, code: str) -> Category:
        """Where a reason belongs by itself; UNK where nobody knows."""
        row = self.own.get(code) if group == OWN_GROUP else self.carcs.get(code)
        return row.category if row else Category.UNK

    def label_of(self, group: str, code: str) -> str:
        """The words for a reason; empty where nobody knows."""
        row = self.own.get(code) if group == OWN_GROUP else self.carcs.get(code)
        return row.label if row else ""

    def remark_label(self, rarc: str) -> str:
        row = self.rarcs.get(rarc)
        return row.label if row else self.own[rarc].label if rarc in self.own else ""

    def pushed_by(self, remarks: Iterable[str]) -> set[Category]:
        """The categories that remarks name; a payer's own remark, too, unless it says that nothing was denied."""
        found = set()
        for remark in remarks:
            row = self.rarcs.get(remark) or self.own.get(remark)
            if row and row.category and row.category not in _PUSH_NOWHERE:
                found.add(row.category)
        return found

    def is_passed_on(self, group: str, code: str) -> bool:
        """Whether a reason says that the payer passed the claim on by itself."""
        return self.passes.get(("own" if group == OWN_GROUP else "carc", code), NO) != NO

    def is_known(self, group: str, code: str) -> bool:
        return code in (self.own if group == OWN_GROUP else self.carcs)

    def is_retired(self, code: str, day: date | None) -> bool:
        """Whether a reason code was given up by a day; where its last day is not known, whether it was at all."""
        if code in self.ended and day is not None:
            return day > self.ended[code]
        row = self.carcs.get(code)
        return row is not None and row.is_deactivated

    def plain_words(self, group: str, code: str, rarcs: Iterable[str] = ()) -> str:
        """The codes in plain words, such as `CO-50: not medically necessary, the payer says. N40: image is missing.`"""
        pairs = [(shown_code(group, code), self.label_of(group, code))]
        pairs += [(rarc, self.remark_label(rarc)) for rarc in rarcs]
        return " ".join(f"{shown}: {label}." if label else f"{shown}." for shown, label in pairs if shown)


PROGRAM = CodeBook()


def shown_code(group: str, code: str) -> str:
    """A reason as people read it: `CO-50`; a payer's own code stands as printed."""
    return code if group == OWN_GROUP else "-".join(part for part in (group, code) if part)
