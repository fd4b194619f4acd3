"""CPT and HCPCS codes of the region: bare codes with wording of our own, dated, each with its source.

As with CDT, no text of the nomenclature is kept here. No code of these lists names a sialoendoscopy; what stands
for one, and when, is in the crosswalk.
"""

from __future__ import annotations

from datetime import date

from claims.codes.cdt import MEMORY, Code, Kind

UNLISTED = "42699"
_AAPC = "AAPC code pages"


def _rows(kind: Kind, codes: str, label: str, source: str = MEMORY, until: date | None = None) -> list[Code]:
    return [Code(code, kind, label, source, None, until) for code in codes.split()]


_T, _I, _O = Kind.TREATMENT, Kind.IMAGING, Kind.OTHER

_ROWS: tuple[Code, ...] = (
    *_rows(
        Kind.ENDOSCOPY,
        UNLISTED,
        "Unlisted procedure of salivary glands or ducts",
        "AAPC, 'Code unlisted sialendoscopy procedures'",
    ),
    *_rows(_T, "42650", "Salivary duct dilated", _AAPC),
    *_rows(_T, "42660", "Salivary duct dilated and catheterized, with or without injection", _AAPC),
    *_rows(_T, "42665", "Salivary duct tied off through the mouth"),
    *_rows(_T, "42330", "Stone removed through the mouth, simple", "AAPC 42330-42340"),
    *_rows(_T, "42335", "Submandibular stone removed through the mouth, complicated", "AAPC 42330-42340"),
    *_rows(_T, "42340", "Parotid stone removed from outside, or complicated", "AAPC 42330-42340"),
    *_rows(_T, "42500", "Salivary duct repaired, simple"),
    *_rows(_T, "42505", "Salivary duct repaired, complicated"),
    *_rows(_T, "42600", "Salivary fistula closed"),
    *_rows(_T, "42300 42305 42310 42320", "Abscess of a salivary gland drained", "AAPC outpatient alert on 42300"),
    *_rows(_T, "42408 42409", "Retention cyst under the tongue removed or opened"),
    *_rows(_T, "42410 42415 42420 42425 42426", "Parotid gland removed, whole or in part"),
    *_rows(_T, "42440", "Submandibular gland removed"),
    *_rows(_T, "42450", "Sublingual gland removed"),
    *_rows(_O, "42400", "Salivary gland biopsied by needle"),
    *_rows(_O, "42405", "Salivary gland biopsied by incision"),
    *_rows(_O, "42550", "Contrast injected into a salivary duct"),
    *_rows(_I, "70390", "Sialogram read"),
    *_rows(_I, "70355", "Panoramic radiograph"),
    *_rows(_I, "70486 70487 70488", "CT of the face and jaws"),
    *_rows(_I, "70490 70491 70492", "CT of the neck"),
    *_rows(_I, "70540 70542 70543", "MRI of face and neck"),
    *_rows(_I, "76536", "Ultrasound of head and neck"),
    *_rows(_I, "76942", "Ultrasound guidance of a needle"),
    *_rows(Kind.EXAM, "99202 99203 99204 99205", "Office visit, new patient"),
    *_rows(Kind.EXAM, "99201", "Office visit, new patient, shortest", until=date(2020, 12, 31)),
    *_rows(Kind.EXAM, "99211 99212 99213 99214 99215", "Office visit, known patient"),
    *_rows(Kind.SEDATION, "00170 99151 99152 99153 99155 99156 99157", "Anesthesia or moderate sedation"),
    *_rows(_O, "J1100 J3301", "Steroid, the drug itself"),
)

CODES: dict[str, Code] = {row.code: row for row in _ROWS}
IMAGING: frozenset[str] = frozenset(c for c, row in CODES.items() if row.kind is Kind.IMAGING)
DUCT_SURGERY: frozenset[str] = frozenset(c for c, row in CODES.items() if row.kind is Kind.TREATMENT)
"""Surgery of a salivary duct or gland, beside which a medical plan may hold the endoscopy incidental."""
