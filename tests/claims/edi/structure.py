"""A small checker of 837 files that shares nothing with the program: plain splitting, and tables of what may follow.

`faults(text)` gives a sentence for each thing that is wrong; a file that we send has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from tests.claims.edi import grammar

BASIC = re.compile(r"[A-Z0-9 !\"&'()+,\-./;?=@#%$_:]*")
PAPERS = {
    "005010X224A2": {"B4", "DA", "DG", "EB", "OZ", "P6", "RB", "RR"},
    "005010X222A1": {"B4", "CT", "DA", "DG", "EB", "M1", "OB", "OZ", "RB", "RR"},
}


def faults(text: str) -> list[str]:
    """What is wrong with a file, in sentences."""
    return list(_faults(text))


def _faults(text: str) -> Iterator[str]:
    if len(text.split("\n")[0]) != 106 or text[3] != "*" or text[104:106] != ":~":
        yield "The header has not its fixed widths."
        return
    rows = [line.split("*") for line in text.rstrip("\n").replace("~\n", "~").rstrip("~").split("~")]
    for n, row in enumerate(rows, start=1):
        if row[-1] == "" and row[0] != "ISA":
            yield f"Segment {n} ends with an empty element."
        if row[0] != "ISA" and not all(BASIC.fullmatch(e) for e in row):
            yield f"Segment {n} has a character that is not basic: {row}"
    if [rows[0][0], rows[1][0], rows[-2][0], rows[-1][0]] != ["ISA", "GS", "GE", "IEA"]:
        yield "The envelope is not ISA GS GE IEA."
    if rows[0][13] != rows[-1][2] or rows[1][6] != rows[-2][2] or rows[-1][1] != "1":
        yield "Numbers of the envelope differ."
    if int(rows[0][13]) != int(rows[1][6]):
        yield "The group has another number than the interchange."
    version, sets, start = rows[1][8], [], 2
    for n, row in enumerate(rows):
        if row[0] == "SE":
            sets.append(rows[start : n + 1])
            start = n + 1
    if str(len(sets)) != rows[-2][1]:
        yield "GE counts other sets."
    if len({s[0][2] for s in sets}) != len(sets):
        yield "Two sets have one number."
    for found in sets:
        yield from _set(found, version)


def _set(rows: list[list[str]], version: str) -> Iterator[str]:
    st, se = rows[0], rows[-1]
    if st[:2] != ["ST", "837"] or st[3] != version or se[1] != str(len(rows)) or se[2] != st[2]:
        yield f"ST and SE do not agree: {st} {se}, {len(rows)} segments."
    levels: dict[str, str] = {}
    children: dict[str, int] = {}
    claims: list[list[list[str]]] = []
    for row in rows[6:-1] if rows[6][0] == "HL" else rows[5:-1]:
        if row[0] == "HL":
            yield from _level(row, levels, children)
        elif row[0] == "CLM":
            claims.append([row])
        elif claims and row[0] not in ("HL",):
            claims[-1].append(row)
    # What stands between two claims belongs to the levels, not to the claim before.
    for row in rows:
        if row[0] == "HL" and (row[4] == "1") != bool(children.get(row[1])):
            yield f"HL {row[1]} says otherwise of its children."
    found = [said for part, segments in parts(rows[:-1]) for said in grammar.faults(version, part, segments)]
    yield from found
    if found:
        return  # what is no claim is not looked at further
    for segments in whole_claims(rows):
        yield from _claim(segments, version)
    numbers = [row[1] for row in rows if row[0] == "CLM"]
    if len(set(numbers)) != len(numbers):
        yield "Two claims have one number."


def _level(row: list[str], levels: dict[str, str], children: dict[str, int]) -> Iterator[str]:
    if row[1] != str(len(levels) + 1):
        yield f"HL {row[1]} is out of turn."
    above = {"20": "", "22": "20", "23": "22"}[row[3]]
    nearest = next((n for n in reversed(levels) if levels[n] == above), "")
    if above and row[2] != nearest:
        yield f"HL {row[1]} hangs on {row[2]}, the nearest is {nearest}."
    levels[row[1]] = row[3]
    children[row[2]] = children.get(row[2], 0) + 1


def parts(rows: list[list[str]]) -> Iterator[tuple[str, list[list[str]]]]:
    """The segments of a set by the part they stand in."""
    name, found = "1000", []
    for row in rows:
        opens = {"CLM": "2300", "LX": "2400", "SVD": "2430"}.get(row[0], "")
        if row[0] == "HL":
            opens = {"20": "2000A", "22": "2000B", "23": "2000C"}[row[3]]
        if row[0] == "SBR" and name not in ("2000B",):
            opens = "2320"
        if opens:
            yield name, found
            name, found = opens, []
        found.append(row)
    if name:
        yield name, found


def whole_claims(rows: list[list[str]]) -> Iterator[list[list[str]]]:
    """Each claim from its CLM to its last line."""
    found: list[list[str]] = []
    for row in [*rows, ["HL"]]:
        if row[0] in ("HL", "CLM", "SE") and found:
            yield found
            found = []
        if row[0] == "CLM" or found:
            found.append(row)


def _claim(rows: list[list[str]], version: str) -> Iterator[str]:
    clm = rows[0]
    is_dental = version == "005010X224A2"
    frequency, is_asked = clm[5].split(":")[2], len(clm) > 19 and clm[19] == "PB"
    lines = [r for r in rows if r[0] == ("SV3" if is_dental else "SV1")]
    if Decimal(clm[2]) != sum(Decimal(r[2]) for r in lines) or not lines:
        yield f"The total of {clm[1]} is not the sum of its lines."
    if [r[1] for r in rows if r[0] == "LX"] != [str(n) for n in range(1, len(lines) + 1)]:
        yield "Lines are not counted through."
    head = rows[: next(n for n, r in enumerate(rows) if r[0] in ("SBR", "LX"))]
    if frequency in "78" and not any(r[:2] == ["REF", "F8"] for r in head):
        yield "A corrected or void claim lacks the payer's number."
    dates = [r for r in rows if r[:2] == ["DTP", "472"]]
    if bool(dates) == is_asked:
        yield "A date of service is missing, or stands on a predetermination."
    for row in rows:
        if row[0] == "DTP":
            datetime.strptime(row[3], "%Y%m%d")
        if row[0] == "PWK" and (row[1] not in PAPERS[version] or (row[2] == "AA") != (len(row) == 3)):
            yield f"A document cannot be named so: {row}"
        if row[0] == "NTE" and not 1 <= len(row[2]) <= 80:
            yield "A note is too long."
    counts = {name: sum(1 for r in rows if r[0] == name) for name in ("PWK", "NTE", "HI")}
    if counts["PWK"] > 10 or counts["NTE"] > (5 if is_dental else 1) or counts["HI"] > 1:
        yield f"Too many of something: {counts}"
    controls = [r[2] for r in rows if r[:2] == ["REF", "6R"]]
    if len(set(controls)) != len(lines):
        yield "A line lacks its own number."
    codes = len(next((r for r in rows if r[0] == "HI"), ["HI"])) - 1
    if codes > (4 if is_dental else 12):
        yield "Too many diagnoses."
    for line in lines:
        yield from _line(line, codes, is_dental)
    yield from _answers(rows)


def _line(line: list[str], codes: int, is_dental: bool) -> Iterator[str]:
    place, kind = (11, "AD") if is_dental else (7, "HC")
    pointers = [int(p) for p in line[place].split(":")] if len(line) > place and line[place] else []
    if bool(codes) != bool(pointers) or any(p > codes for p in pointers) or len(pointers) > 4:
        yield f"A line points to diagnoses that are not there: {line}"
    if line[1].split(":")[0] != kind:
        yield f"A line has a code of the wrong kind: {line}"


def _answers(rows: list[list[str]]) -> Iterator[str]:
    charge, paid, taken, is_open = Decimal(0), Decimal(0), Decimal(0), False
    for row in [*rows, ["LX"]]:
        if row[0] in ("LX", "SVD") and is_open:
            if paid + taken != charge:
                yield f"What another plan answered on a line does not add up: {paid} + {taken} is not {charge}."
            is_open, taken = False, Decimal(0)
        if row[0] in ("SV1", "SV3"):
            charge = Decimal(row[2])
        elif row[0] == "SVD":
            is_open, paid = True, Decimal(row[2])
        elif row[0] == "CAS" and is_open:
            taken += sum(Decimal(row[n]) for n in range(3, len(row), 3))
