"""What a picture may be called: proposed from the finding that it shows, and taken by a person or not at all."""

from __future__ import annotations

import re

from documentation.facts import FindingFacts
from documentation.kernel.vocabulary import DUCTS_OF_GLAND, SEGMENT
from documentation.prose.names import noun_phrase, the_duct
from documentation.prose.phrases import capital, millimeters


def caption_for(finding: FindingFacts) -> str:
    """`Left Wharton's duct, stenosis 2 mm long, 12 mm from the papilla`; at most what a caption can hold."""
    duct = the_duct(DUCTS_OF_GLAND[finding.gland][0], finding.side).removeprefix("the ") if finding.gland else ""
    what = "normal" if finding.is_normal else re.sub(r"^an? ", "", noun_phrase(finding)) if finding.type else ""
    where = ""
    if finding.distance_from_papilla_mm:
        where = f"{millimeters(finding.distance_from_papilla_mm)} from the papilla"
    elif finding.segment:
        where = SEGMENT.label(finding.segment).lower()
    words = capital(", ".join(x for x in (duct, what, where) if x))
    return words.replace("\u00a0", " ")[:300]  # it goes into a field, where people type plain spaces
