"""What may stand in a part of an 837 that we send: each segment as a pattern, in its order, as often as it may come.

Written down from the guides' public rule files, not from the program; `structure` cuts a file into parts and asks here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CHARACTER = r"[A-Z0-9 !\"&'()+,\-./;?=@#%$_]"
_MONEY = r"(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{0,1}[1-9])?"
_SIGNED = rf"-?{_MONEY}"
_DAY = r"20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_BORN = r"(?:19|20)[0-9]{6}"
_NPI = r"(?P<npi>[12][0-9]{9})"
_TAXONOMY = r"[0-9A-Z]{9}X"
_FILING = "1[1-7]|AM|BL|CH|CI|DS|FI|HM|LM|MA|MB|MC|OF|TV|VA|WC|ZZ"
_RELATED = "01|18|19|20|21|39|40|53|G8"
_PLACE = r"[0-9]{2}"
_CODES = r"[A-TV-Z][0-9][0-9A-Z]{1,5}"

Rule = tuple[str, int, int]
"""A pattern of the whole segment, how often it must come, how often it may."""


def text(longest: int, shortest: int = 1) -> str:
    """Characters of a value."""
    return _CHARACTER + "{" + f"{shortest},{longest}" + "}"


def maybe(*elements: str) -> str:
    """Elements that may be left out from the end; those before the last may be empty."""
    if not elements:
        return ""
    first, *rest = elements
    return rf"(?:\*(?:{first}){'?' if rest else ''}{maybe(*rest)})?"


_N3 = rf"N3\*{text(55)}{maybe(text(55))}"
_N4 = rf"N4\*{text(30, 2)}\*[A-Z]{{2}}\*[0-9]{{5}}(?:[0-9]{{4}})?"
_N4_NINE = rf"N4\*{text(30, 2)}\*[A-Z]{{2}}\*[0-9]{{9}}"
_NAMED = rf"{text(60)}\*(?:{text(35)})?\*(?:{text(25)})?"
_IL = rf"NM1\*IL\*1\*{_NAMED}\*\*\*MI\*{text(80, 2)}"
_PR = rf"NM1\*PR\*2\*{text(60)}\*\*\*\*\*PI\*{text(80, 2)}"
_DMG = rf"DMG\*D8\*{_BORN}\*[FMU]"
_CAS = rf"CAS\*(?:CO|CR|OA|PI|PR)(?:\*{text(5)}\*{_SIGNED}(?:\*(?=\*)|$|(?=\*))){{1,6}}"
_573 = rf"DTP\*573\*D8\*{_DAY}"
_PERSON = rf"1\*{text(60)}\*{text(35)}\*\*\*\*XX\*{_NPI}|2\*{text(60)}\*\*\*\*\*XX\*{_NPI}".replace("?P<npi>", "")
_PAPERS = {"dental": "B4|DA|DG|EB|OZ|P6|RB|RR", "medical": "B4|CT|DA|DG|EB|M1|OB|OZ|RB|RR"}
_PREDETERMINED = r"(?:\*{10}PB)?"


def _claim(kind: str) -> list[Rule]:
    is_dental = kind == "dental"
    most, notes = (3, 5) if is_dental else (11, 1)
    frequency = "[178]"
    clm = rf"CLM\*{text(20)}\*{_MONEY}\*\*\*{_PLACE}:B:{frequency}\*[YN]\*[ABC]\*[NWY]\*[IY]"
    day = (rf"DTP\*472\*D8\*{_DAY}", 0, 1) if is_dental else (rf"DTP\*431\*D8\*{_DAY}", 0, 1)
    predetermined = [(rf"REF\*G3\*{text(50)}", 0, 1)] if is_dental else []
    return [
        (clm + (_PREDETERMINED if is_dental else ""), 1, 1),
        day,
        (rf"PWK\*(?:{_PAPERS[kind]})\*(?:AA|(?:BM|EL|EM|FT|FX)\*\*\*AC\*{text(80, 2)})", 0, 10),
        *predetermined,
        (rf"REF\*F8\*{text(50)}", 0, 1),
        (rf"REF\*G1\*{text(50)}", 0, 1),
        (rf"NTE\*ADD\*{text(80)}", 0, notes),
        (rf"HI\*ABK:{_CODES}(?:\*ABF:{_CODES}){{0,{most}}}", 0, 1),
        (rf"NM1\*82\*(?:{_PERSON})", 0, 1),
        (rf"PRV\*PE\*PXC\*{_TAXONOMY}", 0, 1),
        (rf"NM1\*77\*2\*{text(60)}\*\*\*\*\*XX\*{_NPI}", 0, 1),
        (_N3, 0, 1),
        (_N4_NINE, 0, 1),
    ]


def _service(kind: str) -> list[Rule]:
    modifiers = r"(?::[A-Z0-9]{2}){0,4}"
    if kind == "dental":
        done = rf"AD:D[0-9]{{4}}(?:{modifiers}|(?::(?:[A-Z0-9]{{2}})?){{4}}:{text(80)})"
        pointers = r"(?:\*{5}[1-4](?::[1-4]){0,3})?"
        area = "(?:00|01|02|09|10|20|30|40|L|R)?"
        return [(rf"SV3\*{done}\*{_MONEY}\*\*{area}\*\*[1-9][0-9]*{pointers}", 1, 1)]
    done = rf"HC:[0-9]{{4}}[0-9A-Z](?:{modifiers}|(?::(?:[A-Z0-9]{{2}})?){{4}}:{text(80)})"
    number = "(?:[1-9]|1[0-2])"
    return [
        (rf"SV1\*{done}\*{_MONEY}\*UN\*[1-9][0-9]*\*\*\*{number}(?::{number}){{0,3}}", 1, 1),
        (rf"DTP\*472\*D8\*{_DAY}", 1, 1),
    ]


def _parts(kind: str) -> dict[str, list[Rule]]:
    named = rf"(?:{text(50)}\*|\*{text(60)}|\*)"
    code = r"AD:D[0-9]{4}" if kind == "dental" else r"HC:[0-9A-Z]{5}"
    version = "005010X224A2" if kind == "dental" else "005010X222A1"
    return {
        "1000": [
            (rf"ST\*837\*[0-9]{{4,9}}\*{version}", 1, 1),
            (rf"BHT\*0019\*00\*{text(50)}\*{_DAY}\*(?:[01][0-9]|2[0-3])[0-5][0-9]\*CH", 1, 1),
            (rf"NM1\*41\*2\*{text(60)}\*\*\*\*\*46\*{text(80, 2)}", 1, 1),
            (rf"PER\*IC\*{text(60)}\*TE\*[0-9]{{10}}", 1, 1),
            (rf"NM1\*40\*2\*{text(60)}\*\*\*\*\*46\*{text(80, 2)}", 1, 1),
        ],
        "2000A": [
            (r"HL\*[0-9]+\*\*20\*1", 1, 1), (rf"PRV\*BI\*PXC\*{_TAXONOMY}", 0, 1),
            (rf"NM1\*85\*2\*{text(60)}\*\*\*\*\*XX\*{_NPI}", 1, 1), (_N3, 1, 1), (_N4_NINE, 1, 1),
            (r"REF\*EI\*[0-9]{9}", 1, 1),
        ],
        "2000B": [
            (r"HL\*[0-9]+\*[0-9]+\*22\*[01]", 1, 1),
            (rf"SBR\*[PSTA-H]\*(?:18)?\*{named}\*\*\*\*\*(?:{_FILING})", 1, 1), (_IL, 1, 1), (_N3, 0, 1), (_N4, 0, 1),
            (_DMG, 0, 1), (_PR, 1, 1), (_N3, 0, 1), (_N4, 0, 1),
        ],
        "2000C": [
            (r"HL\*[0-9]+\*[0-9]+\*23\*0", 1, 1), (r"PAT\*(?:01|19|20|21|39|40|53|G8)", 1, 1),
            (rf"NM1\*QC\*1\*{text(60)}{maybe(text(35), text(25))}", 1, 1), (_N3, 1, 1), (_N4, 1, 1), (_DMG, 1, 1),
        ],
        "2300": _claim(kind),
        "2320": [
            (rf"SBR\*[PSTA-H]\*(?:{_RELATED})\*{named}\*\*\*\*\*(?:{_FILING})", 1, 1), (_CAS, 0, 5),
            (rf"AMT\*D\*{_MONEY}", 0, 1), (rf"AMT\*EAF\*{_MONEY}", 0, 1), (r"OI\*\*\*[NWY]\*\*\*[IY]", 1, 1),
            (_IL, 1, 1), (_N3, 0, 1), (_N4, 0, 1), (_PR, 1, 1), (_N3, 0, 1), (_N4, 0, 1), (_573, 0, 1),
            (rf"REF\*F8\*{text(50)}", 0, 1),
        ],
        "2400": [(r"LX\*[1-9][0-9]*", 1, 1), *_service(kind), (rf"REF\*6R\*{text(50)}", 1, 1)],
        "2430": [
            (rf"SVD\*{text(80, 2)}\*{_MONEY}\*{code}\*\*[1-9][0-9]*", 1, 1), (_CAS, 0, 5), (_573, 1, 1),
        ],
    }  # fmt: skip


PARTS = {
    version: {part: [(re.compile(p), least, most) for p, least, most in rules] for part, rules in _parts(kind).items()}
    for version, kind in (("005010X224A2", "dental"), ("005010X222A1", "medical"))
}


def faults(version: str, part: str, rows: list[list[str]]) -> Iterator[str]:
    """What is wrong in a part: the first segment that no rule takes in its place, or the first that is missing."""
    place, rules = 0, PARTS[version][part]
    for row, following in zip([[""], *rows], [*rows, [""]], strict=True):
        if (row[0] == "N3") != (following[0] == "N4"):
            yield f"{part}: a street without a city, or the other way round: {row} {following}"
    for pattern, least, most in rules:
        count = 0
        while place < len(rows) and count < most and (found := pattern.fullmatch("*".join(rows[place]))):
            if "npi" in pattern.groupindex and not _is_npi(found["npi"]):
                yield f"{part}: {found['npi']} is no NPI."
            place, count = place + 1, count + 1
        if count < least:
            here = "*".join(rows[place]) if place < len(rows) else "the end"
            yield f"{part}: {here} stands where {pattern.pattern[:30]} is wanted."
            return
    if place < len(rows):
        yield f"{part}: {'*'.join(rows[place])} is not as the guide has it, or stands in the wrong place."


def _is_npi(number: str) -> bool:
    """Luhn over 80840 and the number."""
    total = 0
    for n, figure in enumerate(reversed("80840" + number)):
        doubled = int(figure) * (2 if n % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
