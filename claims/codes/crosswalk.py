"""From CDT to CPT for medical plans: candidates with conditions, for no CPT code names a sialoendoscopy.

Many to many: the gland, what was done in the duct, and the payer decide. Bare codes and wording of our own. A crosswalk
is advice to a coder, never a licence to bill: every row says where it comes from, as of when, and whether somebody
still has to verify it. A person confirms the code on the claim.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from claims.codes import cpt
from claims.codes.cdt import MEMORY, SIALOENDOSCOPY, span_told
from claims.codes.procedures import label as label_of

UNLISTED = cpt.UNLISTED
AS_OF = date(2026, 11, 1)
"""The month in which the sources were looked at."""

_AAPC = "AAPC, 'Code unlisted sialendoscopy procedures'"
_PAGES = "AAPC code pages"
_STONES = "AAPC 42330-42340"

Words = tuple[str, ...]
_INCISION: Words = ("combined_transoral_incision", "converted_to_open")
_DILATIONS: Words = tuple("papilla_dilation hydrostatic_dilation balloon_dilation bougie".split())
_CATHETERS: Words = tuple(
    "hydrostatic_dilation balloon_dilation steroid_irrigation antibiotic_irrigation stent".split()
)
_PAROTID: Words = ("parotid", "accessory_parotid")
_FLOOR: Words = ("submandibular", "sublingual")

STONES, NARROWINGS, INFLAMMATION, GLAND = ("K11.5",), ("K11.8",), ("K11.2",), ("K11.",)
_TUMORS = ("D11.", "D37.03", "C07", "C08.")


@dataclass(frozen=True)
class Mapping:
    """One CPT code for one CDT code, on conditions; an empty condition always holds.

    `glands`, `requires_any` and `excludes` are words of the record: it fits when one of the glands was examined, one
    of the treatments done, and none of the excluded ones. `payers` are electronic payer ids. `diagnoses` are beginnings
    of ICD-10-CM codes that go with it. `comparator` is the listed code that an unlisted one is priced against.
    `since` and `until` bound the days of service; `as_of` is when the source was looked at.
    """

    cdt: str
    code: str
    glands: Words = ()
    requires_any: Words = ()
    excludes: Words = ()
    payers: Words = ()
    diagnoses: tuple[str, ...] = ()
    comparator: str = ""
    caveat: str = ""
    source: str = MEMORY
    as_of: date = AS_OF
    since: date | None = None
    until: date | None = None
    is_verified: bool = False
    """Whether a person of the practice checked it; until then it is marked to be verified."""
    is_taken: bool = True
    """False where the practice knows that the payer does not take the code for this."""

    @property
    def label(self) -> str:
        return label_of(self.code)

    @property
    def families(self) -> str:
        """`K11, M35.0`: the beginnings of the diagnoses as people write them; empty where any goes."""
        return ", ".join(d.rstrip(".") for d in self.diagnoses)

    @property
    def in_force(self) -> str:
        return span_told(self.since, self.until)

    def fits(
        self, interventions: Iterable[str], glands: Iterable[str] = (), payer: str = "", day: date | None = None
    ) -> bool:
        """Whether every condition holds. Glands, payer and day that are not known contradict nothing."""
        done, seen = frozenset(interventions), frozenset(glands)
        return (
            done.isdisjoint(self.excludes)
            and (not self.requires_any or not done.isdisjoint(self.requires_any))
            and (not self.glands or not seen or not seen.isdisjoint(self.glands))
            and self.is_for(payer, day)
        )

    def is_for(self, payer: str, day: date | None) -> bool:
        """Whether it holds for this payer on this day of service."""
        in_time = day is None or ((not self.since or self.since <= day) and (not self.until or day <= self.until))
        return in_time and (not self.payers or payer in self.payers)

    def fired(self, interventions: Iterable[str]) -> tuple[str, ...]:
        """The treatments of the record that the mapping asks for."""
        return tuple(i for i in dict.fromkeys(interventions) if i in self.requires_any)

    def supports(self, diagnoses: Iterable[str]) -> bool:
        """Whether a diagnosis belongs to its family; without a family, any does."""
        return not self.diagnoses or any(d.startswith(self.diagnoses) for d in diagnoses)


_INCIDENTAL = "Endoscopy is then often held incidental to the dilation."

MAPPINGS: tuple[Mapping, ...] = (
    Mapping(
        SIALOENDOSCOPY,
        UNLISTED,
        diagnoses=GLAND,
        comparator="42660",
        caveat="Needs a description, the operative note and a comparator; no modifiers; one unit.",
        source=_AAPC,
    ),
    Mapping(
        SIALOENDOSCOPY,
        "42650",
        requires_any=_DILATIONS,
        diagnoses=(*NARROWINGS, *STONES, *INFLAMMATION),
        caveat=_INCIDENTAL,
        source=_PAGES,
    ),
    Mapping(
        SIALOENDOSCOPY,
        "42660",
        requires_any=_CATHETERS,
        diagnoses=(*NARROWINGS, *STONES, *INFLAMMATION),
        caveat=_INCIDENTAL,
        source=_PAGES,
    ),
    Mapping(SIALOENDOSCOPY, "42330", requires_any=_INCISION, diagnoses=STONES, source=_STONES),
    Mapping(
        SIALOENDOSCOPY,
        "42335",
        glands=_FLOOR,
        requires_any=_INCISION,
        diagnoses=STONES,
        source=_STONES,
    ),
    Mapping(SIALOENDOSCOPY, "42340", glands=_PAROTID, requires_any=_INCISION, diagnoses=STONES, source=_STONES),
    Mapping(SIALOENDOSCOPY, "42500", requires_any=_INCISION, diagnoses=NARROWINGS),
    Mapping(SIALOENDOSCOPY, "42505", requires_any=_INCISION, diagnoses=NARROWINGS),
    Mapping(SIALOENDOSCOPY, "42405", requires_any=("biopsy",), diagnoses=(*GLAND, *_TUMORS, "M35.0")),
    Mapping("D0310", "42550", diagnoses=GLAND, caveat="Only where contrast was injected; 70390 is its reading."),
    Mapping("D0310", "70390", diagnoses=GLAND, caveat="Only with a report of its own."),
    Mapping("D0330", "70355"),
    Mapping("D0370", "76536", diagnoses=(*GLAND, "R22.")),
    Mapping("D7979", UNLISTED, diagnoses=STONES, comparator="42330", caveat="No incision was made.", source=_AAPC),
    Mapping("D7980", "42330", diagnoses=STONES, source=_STONES),
    Mapping("D7980", "42335", _FLOOR, diagnoses=STONES, source=_STONES),
    Mapping("D7980", "42340", _PAROTID, diagnoses=STONES, source=_STONES),
    Mapping("D7981", "42440", ("submandibular",), diagnoses=(*GLAND, *_TUMORS)),
    Mapping("D7981", "42450", ("sublingual",), diagnoses=(*GLAND, *_TUMORS)),
    Mapping("D7981", "42415", _PAROTID, diagnoses=(*GLAND, *_TUMORS)),
    Mapping("D7982", "42500", diagnoses=NARROWINGS),
    Mapping("D7982", "42505", diagnoses=NARROWINGS),
    Mapping("D7983", "42600", diagnoses=("K11.4",)),
    Mapping("D7285", "42405", diagnoses=(*GLAND, *_TUMORS)),
    Mapping("D7286", "42405", diagnoses=(*GLAND, *_TUMORS)),
)
"""The most general row of a CDT code stands first: it is what a claim starts with."""


def candidates(
    interventions: Iterable[str],
    glands: Iterable[str] = (),
    payer: str = "",
    day: date | None = None,
    *,
    cdt: str = SIALOENDOSCOPY,
    own: Iterable[Mapping] = (),
) -> tuple[Mapping, ...]:
    """The mappings that fit what was done, the unlisted code first.

    `own` are the practice's mappings: one takes the place of ours for the same pair of codes, where payer and day fit.
    """
    done, seen = tuple(interventions), tuple(glands)
    ours = [m for m in own if m.cdt == cdt and m.is_for(payer, day)]
    replaced = {m.code for m in ours}
    known = (*(m for m in MAPPINGS if m.cdt == cdt and m.code not in replaced), *ours)
    return tuple(m for m in known if m.is_taken and m.fits(done, seen, payer, day))


def glands_of(code: str) -> Words:
    """The glands that a medical code is for by its own meaning; empty where it is for any, or nobody wrote it down."""
    rows = [m for m in MAPPINGS if m.code == code]
    return tuple(dict.fromkeys(g for m in rows for g in m.glands)) if rows and all(m.glands for m in rows) else ()


def medical_code_for(cdt: str) -> str:
    """The CPT code that a medical claim starts with; a coder may choose another candidate."""
    return {SIALOENDOSCOPY: UNLISTED}.get(cdt, "")


def comparator_for(code: str, cdt: str = SIALOENDOSCOPY) -> str:
    """The listed code that is proposed to price an unlisted one against; empty for a listed code."""
    return next((m.comparator for m in MAPPINGS if (m.cdt, m.code) == (cdt, code)), "")
