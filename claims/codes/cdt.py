"""CDT codes around D0371: bare codes with wording of our own, dated, each with its source.

No text of the nomenclature is kept here; a practice that holds a licence loads it beside these rows. What is
marked `MEMORY` is a default of the trade that a payer's policy may change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from documentation.kernel.dates import long_date

MEMORY = "from memory, to be verified"
SIALOENDOSCOPY = "D0371"
PHOTOGRAPHS = "D0350"
READING_ALONE = "D0391"
BY_REPORT = "D0999"
"""For an attempt that never came into the duct, or images that nobody read."""


class Kind(StrEnum):
    """What a code does beside D0371 on the same day."""

    ENDOSCOPY = "endoscopy"
    EXAM = "exam"
    IMAGING = "imaging"
    PHOTOGRAPHS = "photographs"
    READING = "reading"
    SALIVA = "saliva"
    TREATMENT = "treatment"
    OVERLAP = "overlap"
    """Usually held to contain the endoscopy, or to be contained in it."""
    SEDATION = "sedation"
    OTHER = "other"


@dataclass(frozen=True)
class Code:
    """One code. `since` and `until` are the first and last day of service; None where that is not known or not set."""

    code: str
    kind: Kind
    label: str
    source: str = MEMORY
    since: date | None = None
    until: date | None = None

    def is_in_force(self, day: date | None) -> bool:
        if day is None:
            return True
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    @property
    def in_force(self) -> str:
        """`from January 1, 2013`, `until December 31, 2015`, both, or an empty text where no day is known."""
        return span_told(self.since, self.until)


def span_told(since: date | None, until: date | None) -> str:
    """The first and the last day of service in words; empty where neither is known."""
    days = (f"from {long_date(since)}" if since else "", f"until {long_date(until)}" if until else "")
    return " ".join(d for d in days if d)


_GUIDES = "public D0371 guides of 2025: daydream.dental, teero.com"
_CDT_2013 = date(2013, 1, 1)
_ENDED_2015 = date(2015, 12, 31)
"""The last day before the sedation codes of CDT 2016."""


def _rows(
    kind: Kind, codes: str, label: str, source: str = MEMORY, since: date | None = None, until: date | None = None
) -> list[Code]:
    return [Code(code, kind, label, source, since, until) for code in codes.split()]


_ROWS: tuple[Code, ...] = (
    *_rows(Kind.ENDOSCOPY, "D0371", "Salivary duct endoscopy: images captured and interpreted", _GUIDES, _CDT_2013),
    *_rows(Kind.EXAM, "D0140 D0160 D0170", "Problem-focused examination or re-evaluation"),
    *_rows(Kind.EXAM, "D9310", "Consultation by another practitioner"),
    *_rows(Kind.IMAGING, "D0210", "Full series of intraoral radiographs"),
    *_rows(Kind.IMAGING, "D0220 D0230", "Periapical radiograph"),
    *_rows(Kind.IMAGING, "D0240", "Occlusal radiograph"),
    *_rows(Kind.IMAGING, "D0250", "Extraoral radiograph"),
    *_rows(Kind.IMAGING, "D0251", "Extraoral radiograph of the back teeth", since=date(2016, 1, 1)),
    *_rows(Kind.IMAGING, "D0260", "Extraoral radiograph, each further one", until=_ENDED_2015),
    *_rows(Kind.IMAGING, "D0270 D0272 D0273 D0274 D0277", "Bitewing radiographs"),
    *_rows(Kind.IMAGING, "D0310", "Sialography", _GUIDES),
    *_rows(Kind.IMAGING, "D0320 D0321 D0322", "Radiograph or tomogram of the jaw joint", _GUIDES),
    *_rows(Kind.IMAGING, "D0330", "Panoramic radiograph"),
    *_rows(Kind.IMAGING, "D0340", "Cephalometric radiograph"),
    *_rows(Kind.IMAGING, "D0364 D0365 D0366 D0367 D0368", "Cone-beam CT, captured and interpreted", since=_CDT_2013),
    *_rows(Kind.IMAGING, "D0369", "MRI, captured and interpreted", since=_CDT_2013),
    *_rows(Kind.IMAGING, "D0370", "Ultrasound, captured and interpreted", since=_CDT_2013),
    *_rows(Kind.IMAGING, "D0380 D0381 D0382 D0383 D0384", "Cone-beam CT, captured only", since=_CDT_2013),
    *_rows(Kind.IMAGING, "D0385 D0386", "MRI or ultrasound, captured only", since=_CDT_2013),
    *_rows(Kind.IMAGING, "D0393 D0394 D0395", "Work on three-dimensional images"),
    *_rows(
        Kind.IMAGING,
        "D0701 D0702 D0703 D0705 D0706 D0707 D0708 D0709",
        "Two-dimensional image, captured only",
        since=date(2021, 1, 1),
    ),
    *_rows(Kind.IMAGING, "D0801 D0802 D0803 D0804", "Surface scan", since=date(2023, 1, 1)),
    *_rows(Kind.PHOTOGRAPHS, PHOTOGRAPHS, "Photographs of face or mouth"),
    *_rows(
        Kind.READING,
        READING_ALONE,
        "Interpretation by somebody who did not capture the image",
        "clear dental billing, guide to D0364",
    ),
    *_rows(Kind.SALIVA, "D0417 D0418 D0419", "Saliva sample, analysis or flow"),
    *_rows(Kind.OTHER, BY_REPORT, "Diagnostic service without a code, by report"),
    *_rows(Kind.OTHER, "D7285 D7286 D7288", "Biopsy"),
    *_rows(
        Kind.TREATMENT,
        "D7979",
        "Salivary stone removed without an incision",
        "teero.com, D7979; first day from memory",
        date(2018, 1, 1),
    ),
    *_rows(Kind.TREATMENT, "D7980", "Salivary stone removed by surgery", "teero.com, D7980"),
    *_rows(Kind.OVERLAP, "D7981", "Salivary gland removed"),
    *_rows(Kind.TREATMENT, "D7982", "Salivary duct repaired", "dentalcode.com, D7982"),
    *_rows(Kind.TREATMENT, "D7983", "Salivary fistula closed"),
    *_rows(Kind.TREATMENT, "D7999", "Oral surgery without a code, by report"),
    *_rows(Kind.OVERLAP, "D9610 D9612 D9613", "Therapeutic injection"),
    *_rows(Kind.OVERLAP, "D9210 D9211 D9212 D9215", "Local or regional anesthesia"),
    *_rows(Kind.SEDATION, "D9230 D9248", "Sedation by gas or by mouth"),
    *_rows(Kind.SEDATION, "D9222 D9239", "Sedation or general anesthesia, first 15 minutes", since=date(2018, 1, 1)),
    *_rows(Kind.SEDATION, "D9223 D9243", "Sedation or general anesthesia, each 15 minutes", since=date(2016, 1, 1)),
    *_rows(Kind.SEDATION, "D9220 D9221 D9241 D9242", "Sedation or general anesthesia, old code", until=_ENDED_2015),
)

CODES: dict[str, Code] = {row.code: row for row in _ROWS}


def of_kind(kind: Kind, codes: Iterable[str]) -> tuple[str, ...]:
    """Those of the codes that are of this kind, each once, in their order."""
    return tuple(dict.fromkeys(c for c in codes if c in CODES and CODES[c].kind is kind))
