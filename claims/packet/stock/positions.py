"""Where each box of the CMS-1500 (02/12) takes its characters: line and column on a grid of 10 by 6 an inch.

The grid is public; the form itself belongs to the NUCC and is never drawn. The places are those that freely licensed
billing programs print at (OpenEMR, `src/Billing/Hcfa1500.php`, read in November 2026). Printers differ, so that the
alignment page decides, not this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SOURCE = "Line and column of each box as OpenEMR prints them, read in November 2026"
COLUMNS, LINES = 80, 64
"""Characters across and lines down that the form has room for."""
LEFT, TOP = 20.0, 24.0
"""Where column 1 and line 1 begin on the sheet, in points from its left and upper edge."""
SERVICE_LINES = 6
FIRST_SERVICE = 43
"""The line of the shaded half of the first service; each service takes two lines."""


@dataclass(frozen=True)
class Place:
    """Room for one value: its box, `line` and `column` from 1, `width` in characters. `right` sets it to the right."""

    box: str
    line: int
    column: int
    width: int
    name: str = ""
    right: bool = False
    may_cut: bool = False
    """Whether a long value is shortened, and said to be; else the form is refused."""


_BOX = {"carrier": "top"}


def _places(*rows: tuple[str, str, int, int, int] | tuple[str, str, int, int, int, str]) -> Mapping[str, Place]:
    made = {}
    for key, name, line, column, width, *more in rows:
        how = str(more[0]) if more else ""
        made[key] = Place(_BOX.get(box := key.split("_")[0], box), line, column, width, name, "r" in how, "c" in how)
    return made


PLACES: Mapping[str, Place] = _places(
    ("carrier_1", "payer's name", 2, 41, 31, "c"), ("carrier_2", "payer's street", 3, 41, 31, "c"),
    ("carrier_3", "payer's city", 5, 41, 31, "c"),
    ("1_medicare", "Medicare", 8, 1, 1), ("1_medicaid", "Medicaid", 8, 8, 1),
    ("1_group", "group health plan", 8, 31, 1), ("1_other", "other plan", 8, 45, 1),
    ("1a", "insured's ID", 8, 50, 17),
    ("2", "patient's name", 10, 1, 28, "c"),
    ("3_month", "month of birth", 10, 31, 2), ("3_day", "day of birth", 10, 34, 2),
    ("3_year", "year of birth", 10, 37, 4), ("3_M", "male", 10, 42, 1), ("3_F", "female", 10, 47, 1),
    ("4", "insured's name", 10, 50, 28, "c"),
    ("5_street", "patient's street", 12, 1, 28, "c"),
    ("6_self", "self", 12, 33, 1), ("6_spouse", "spouse", 12, 38, 1), ("6_child", "child", 12, 42, 1),
    ("6_other", "other relation", 12, 47, 1),
    ("7_street", "insured's street", 12, 50, 28, "c"),
    ("5_city", "patient's city", 14, 1, 20, "c"), ("5_state", "patient's state", 14, 26, 2),
    ("7_city", "insured's city", 14, 50, 20, "c"), ("7_state", "insured's state", 14, 74, 2),
    ("5_zip", "patient's ZIP code", 16, 1, 10), ("5_area", "patient's area code", 16, 15, 3),
    ("5_phone", "patient's phone", 16, 19, 8), ("7_zip", "insured's ZIP code", 16, 50, 10),
    ("9", "other insured's name", 18, 1, 28, "c"), ("11", "group number", 18, 50, 30),
    ("9a", "other insured's policy", 20, 1, 28),
    ("10a_no", "not from work", 20, 41, 1),
    ("11a_month", "insured's month of birth", 20, 53, 2), ("11a_day", "insured's day of birth", 20, 56, 2),
    ("11a_year", "insured's year of birth", 20, 59, 4), ("11a_M", "male", 20, 68, 1), ("11a_F", "female", 20, 75, 1),
    ("10b_no", "no auto accident", 22, 41, 1), ("10c_no", "no other accident", 24, 41, 1),
    ("11c", "plan name", 24, 50, 30, "c"),
    ("9d", "other plan's name", 26, 1, 28, "c"),
    ("11d_yes", "another plan", 26, 52, 1), ("11d_no", "no other plan", 26, 57, 1),
    ("12", "patient's signature", 29, 7, 17), ("13", "insured's signature", 29, 55, 17),
    ("14_month", "month of onset", 32, 2, 2), ("14_day", "day of onset", 32, 5, 2),
    ("14_year", "year of onset", 32, 8, 4), ("14_qualifier", "qualifier", 32, 16, 3),
    ("19", "additional information", 36, 1, 48),
    ("20_no", "no outside lab", 36, 57, 1),
    ("21_indicator", "ICD indicator", 37, 42, 1),
    *((f"21_{'ABCDEFGHIJKL'[n]}", "diagnosis", 38 + n // 4, 3 + 13 * (n % 4), 8) for n in range(12)),
    ("22_code", "resubmission code", 38, 50, 10), ("22_number", "original reference", 38, 62, 18),
    ("23", "prior authorization", 40, 50, 28),
    ("25", "tax ID", 56, 1, 15), ("25_ein", "EIN", 56, 19, 1), ("26", "patient's account", 56, 23, 14),
    ("27_yes", "assignment", 56, 38, 1), ("27_no", "no assignment", 56, 43, 1),
    ("28", "total charge", 56, 52, 9, "r"), ("29", "amount paid", 56, 62, 9, "r"),
    ("33_area", "area code", 57, 66, 3), ("33_phone", "phone", 57, 70, 8),
    ("32_name", "facility's name", 58, 23, 26, "c"), ("33_name", "billing provider's name", 58, 50, 29, "c"),
    ("32_street", "facility's street", 59, 23, 26, "c"), ("33_street", "billing provider's street", 59, 50, 29, "c"),
    ("31", "signature", 60, 1, 21, "c"),
    ("32_city", "facility's city", 60, 23, 26, "c"), ("33_city", "billing provider's city", 60, 50, 29, "c"),
    ("31_date", "date signed", 61, 6, 10), ("32a", "facility's NPI", 61, 23, 10), ("33a", "billing NPI", 61, 50, 10),
)  # fmt: skip

SERVICE: Mapping[str, Place] = _places(
    ("24_supplement", "description", 0, 1, 61, "c"),
    ("24A_from", "from", 1, 1, 8), ("24A_to", "to", 1, 10, 8), ("24B", "place of service", 1, 19, 2),
    ("24D_code", "code", 1, 25, 7), ("24D_modifiers", "modifiers", 1, 33, 11), ("24E", "pointers", 1, 45, 4),
    ("24F", "charge", 1, 50, 8, "r"), ("24G", "units", 1, 59, 3, "r"), ("24J", "rendering NPI", 1, 68, 10),
)  # fmt: skip
"""The boxes of one service; `line` 0 is its shaded half, 1 the white one."""
