"""The encounter note as a document: the record in its sections, the duct maps, the figures, addenda and versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from documentation.facts import AddendumFacts, EncounterFacts
from documentation.kernel.dates import long_date
from documentation.prose.drawings import duct_maps
from documentation.prose.marks import drawn_by, legend_of, marked_alt
from documentation.prose.moments import moment
from documentation.prose.names import examined_glands
from documentation.prose.note import DENIED, sections
from documentation.typesetting.logo import place_logo
from documentation.typesetting.pictures import annotated_of, pictures_of
from documentation.typesetting.render import render

MARKS: Mapping[str, str] = {
    "planned": "DRAFT",
    "draft": "DRAFT",
    "cancelled": "CANCELLED",
    "superseded": "REPLACED",
    "signed": "",
}
"""What stands across every page of a note that is not the record in force."""
_STANDING = {
    "planned": "Draft: this visit is planned and not signed.",
    "draft": "Draft: this note is not signed and may still change.",
    "cancelled": "This visit was cancelled. The note was never signed.",
    "superseded": "A later version of this note replaced this one.",
}


@dataclass(frozen=True)
class Version:
    """One version of the note, and why it was opened again as this one. `record` is the number of its encounter."""

    number: int
    signed_by: str = ""
    signed_at: datetime | None = None
    reason: str = ""
    record: str = ""


@dataclass(frozen=True)
class Changed:
    """What this version says otherwise than the one before; an empty side was not recorded there."""

    label: str
    before: str
    after: str


def note_pdf(
    e: EncounterFacts,
    *,
    images: Mapping[str, bytes],
    printed_at: datetime,
    versions: Sequence[Version] = (),
    changed: Sequence[Changed] = (),
    logo: str = "",
) -> bytes:
    """The note as an archivable, accessible PDF. `images` are clean copies by their SHA-256; others are named only.

    `logo` is the sum of the picture on the letterhead, whose bytes are among `images`.

    `versions` are those of the visit, the first one first; `changed` is what this one says otherwise than before.

    Raises RenderRefused with a sentence where it cannot be made. The same input gives the same bytes.
    """
    pictures = pictures_of(e, images)
    names = {digest: name for name, (digest, _) in pictures.items()}
    annotated = annotated_of(e, pictures)
    figures = {figure: name for figure, (name, _) in annotated.items()}
    data = {**_document(e, printed_at, versions, names, figures), "changed": [_change(c) for c in changed]}
    data["changed_title"] = f"Changed since version {e.version - 1}"
    head = place_logo(logo, images, data["practice"])
    data["logo"] = head.data
    drawings = {m["file"]: str(m.pop("svg")).encode() for m in data["maps"]}
    files = {**{n: c for n, (_, c) in pictures.items()}, **dict(annotated.values()), **drawings, **head.files}
    return render("encounter.typ", data, files).pdf


def _by(addendum: AddendumFacts, zone: str) -> str:
    to = f", to version {addendum.version}" if addendum.version else ""
    return f"{addendum.author}, {moment(addendum.added_at, zone)}{to}"


def _change(change: Changed) -> dict[str, str]:
    before, after = (side or "not recorded" for side in (change.before, change.after))
    return {"label": change.label, "value": f"Before: {before}\nNow: {after}"}


def _standing(e: EncounterFacts, versions: Sequence[Version]) -> str:
    later = [v for v in versions if v.number > e.version and v.signed_at]
    if e.status != "superseded" or not later:
        return _STANDING.get(e.status, "")
    counts = later[-1]
    signed = moment(counts.signed_at, e.location.time_zone) if counts.signed_at else ""
    return (
        f"Replaced by version {counts.number} ({counts.record}), signed by {counts.signed_by} on {signed}."
        " That version counts. This one stays as it was signed."
    )


def _document(
    e: EncounterFacts,
    printed_at: datetime,
    versions: Sequence[Version],
    names: Mapping[str, str],
    annotated: Mapping[int, str],
) -> dict[str, Any]:
    zone = e.location.time_zone
    day = long_date(e.service_date) if e.service_date else ""
    printed = f"printed {moment(printed_at, zone)}"
    mark = MARKS.get(e.status, "DRAFT")
    body = [asdict(s) for s in sections(e)]
    for section in body:
        section["rows"] = [r for r in section["rows"] if r["label"] not in ("Addendum", DENIED)]
    keys = {f.key: n for n, f in enumerate(e.findings, 1)}
    figures = [
        {
            "number": i.figure,
            "file": names[i.clean_sha256],
            "caption": i.caption.rstrip(" .") or "No caption",
            "alt": f"Figure {i.figure}: {i.caption or 'no caption'}",
            "reading": i.reading,
            "finding": keys.get(i.finding, 0),
            "annotated_file": annotated.get(i.figure, ""),
            "annotated_alt": marked_alt(i) if i.annotations else "",
            "legend": legend_of(i),
            "drawn": drawn_by(i, zone),
        }
        for i in e.images
        if i.clean_sha256 in names
    ]
    place = e.location
    return {
        "title": f"Encounter note {e.number}: sialoendoscopy with image capture and interpretation",
        "author": e.clinician.signature_name or place.name,
        "date": list(printed_at.timetuple()[:3]),
        "footer": " · ".join(
            x for x in (f"Note {e.number}", f"version {e.version}", mark.lower(), e.patient.initials, printed) if x
        ),
        "mark": mark,
        "standing": _standing(e, versions),
        "practice": place.name,
        "address": " · ".join(x for x in (place.address.one_line, f"NPI {place.npi}" if place.npi else "") if x),
        "subtitle": " · ".join(x for x in (e.patient.full_name, examined_glands(e), day) if x),
        "sections": body,
        "maps": duct_maps(e),
        "figures": figures,
        "addenda": [{"text": a.text, "by": _by(a, zone)} for a in e.addenda],
        "denied": [{"label": d.number, "value": d.text} for d in e.denied],
        "versions": [
            {
                "label": f"Version {v.number}" + (" (this one)" if v.number == e.version else ""),
                "value": "\n".join(
                    x
                    for x in (
                        f"Signed by {v.signed_by}, {moment(v.signed_at, zone)}" if v.signed_at else "Not signed",
                        f"Opened again because: {v.reason}" if v.reason else "",
                    )
                    if x
                ),
            }
            for v in versions
        ],
    }
