"""What a packet holds, in which order and why: composed from facts, printed by `render`, sealed by `seal`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from claims.facts import ClaimFacts
from claims.packet.composition import USUAL, Composition, LeftOut, Order, Part, compose_parts
from claims.packet.enclosures import PARTS, Enclosure
from claims.packet.narrative import Sentence, summary
from claims.packet.narrative import compose as compose_narrative
from documentation.facts import ImageFacts
from documentation.prose.marks import drawn_by, legend_of, marked_alt


@dataclass(frozen=True)
class Figure:
    """A picture of the packet. `number` is its number in the record, `file` its name in the packet."""

    number: int
    file: str
    sha256: str
    caption: str
    reading: str
    alt: str
    finding: int
    """The number of the finding that it shows; 0 for none."""
    is_key: bool
    page: int | None = None
    annotated_file: str = ""
    """The copy with the marks burned in; empty where nothing was drawn."""
    annotated_sha256: str = ""
    annotated_alt: str = ""
    legend: str = ""
    drawn: str = ""
    """By whom and when the marks were drawn."""


@dataclass(frozen=True)
class Receipt:
    """Where the proof of a sentence lies. `target` as in `narrative.Proof`; `page` once typeset."""

    target: str
    page: int | None = None


@dataclass(frozen=True)
class Line:
    """A sentence of the narrative with its facts and receipts."""

    text: str
    paragraph: str
    facts: tuple[str, ...]
    receipts: tuple[Receipt, ...]
    is_gap: bool = False


@dataclass(frozen=True)
class PacketManifest:
    """The contents list of a packet. Everything in it can be written as JSON."""

    packet_number: str
    claim_number: str
    control_number: str
    kind: str
    initials: str
    service_date: str
    sealed_at: str
    verification_code: str
    verification_url: str
    parts: tuple[Part, ...]
    figures: tuple[Figure, ...]
    summary: tuple[str, ...]
    narrative: tuple[Line, ...]
    enclosures: tuple[Enclosure, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "packet": self.packet_number,
            "claim": self.claim_number,
            "control_number": self.control_number,
            "kind": self.kind,
            "initials": self.initials,
            "service_date": self.service_date,
            "sealed_at": self.sealed_at,
            "verification": {"code": self.verification_code, "url": self.verification_url},
            "parts": [
                {
                    "key": p.key,
                    "title": p.title,
                    "reason": p.reason,
                    "place": p.place,
                    "pages": list(p.pages) if p.pages else None,
                }
                for p in self.parts
            ],
            "left_out": [{"key": p.key, "title": p.title, "reason": p.reason} for p in self.left_out],
            "figures": [
                {
                    "number": f.number,
                    "file": f.file,
                    "sha256": f.sha256,
                    "caption": f.caption,
                    "page": f.page,
                    "annotated": {"file": f.annotated_file, "sha256": f.annotated_sha256} if f.annotated_file else None,
                    "legend": f.legend,
                }
                for f in self.figures
            ],
            "enclosures": [e.as_json() for e in self.enclosures],
            "narrative": [
                {
                    "text": line.text,
                    "facts": list(line.facts),
                    "receipts": [{"target": r.target, "page": r.page} for r in line.receipts],
                    "is_gap": line.is_gap,
                }
                for line in self.narrative
            ],
        }

    def with_pages(self, pages: Mapping[str, tuple[int, int]]) -> PacketManifest:
        """The same contents with the pages that typesetting gave, by target: `part:note`, `note:plan`, `figure:1`."""

        def first(target: str) -> int | None:
            return pages[target][0] if target in pages else None

        return replace(
            self,
            parts=tuple(replace(p, pages=pages.get(f"part:{p.key}")) for p in self.parts),
            figures=tuple(replace(f, page=first(f"figure:{f.number}")) for f in self.figures),
            narrative=tuple(
                replace(line, receipts=tuple(Receipt(r.target, first(r.target)) for r in line.receipts))
                for line in self.narrative
            ),
        )


def compose(
    facts: ClaimFacts,
    *,
    packet_number: str,
    control_number: str,
    sealed_at: datetime,
    verification_code: str,
    verification_url: str,
    image_files: Mapping[str, str],
    annotated_files: Mapping[int, tuple[str, str]] | None = None,
    enclosures: Sequence[Enclosure] = (),
    stays: Sequence[LeftOut] = (),
    order: Order = USUAL,
) -> PacketManifest:
    """The contents of the packet of a claim. `image_files` gives the file name of each clean picture by its SHA-256;
    `annotated_files` name and SHA-256 of each annotated copy by its figure number. `stays` are documents that are not
    part of it; `order` names its parts.
    """
    e = facts.encounter
    figures = figures_of(facts, image_files, annotated_files)
    whole = composition_of(facts, figures, enclosed_parts({e.part for e in enclosures}), order)
    keys = {p.key for p in whole.parts}
    shown = tuple(f for f in figures if ("figures" if f.is_key else "further") in keys)
    return PacketManifest(
        packet_number=packet_number,
        claim_number=facts.number,
        control_number=control_number,
        kind=facts.kind,
        initials=e.patient.initials,
        service_date=e.service_date.isoformat() if e.service_date else "",
        sealed_at=sealed_at.isoformat(),
        verification_code=verification_code,
        verification_url=verification_url,
        parts=whole.parts,
        left_out=(*stays, *(p for p in whole.left_out if p.key not in {s.key for s in stays})),
        figures=shown,
        summary=tuple(s.text for s in summary(facts)),
        narrative=tuple(_within(line_of(s, {f.number for f in shown}), keys) for s in compose_narrative(facts)),
        enclosures=tuple(e for e in enclosures if e.part in keys),
    )


def figures_of(
    facts: ClaimFacts, image_files: Mapping[str, str], annotated_files: Mapping[int, tuple[str, str]] | None = None
) -> tuple[Figure, ...]:
    """The pictures of the record that are at hand, in figure order."""
    shown = [i for i in facts.encounter.images if i.clean_sha256 in image_files]
    return tuple(
        _figure(facts, image, image_files[image.clean_sha256], (annotated_files or {}).get(image.figure, ("", "")))
        for image in shown
    )


def composition_of(
    facts: ClaimFacts, figures: Sequence[Figure], documents: Iterable[Part] = (), order: Order = USUAL
) -> Composition:
    """The parts of a claim's packet with these pictures and documents, in reading order, and what is left out."""
    key = [f.number for f in figures if f.is_key]
    return compose_parts(facts, key, [f.number for f in figures if not f.is_key], order=order, documents=documents)


def enclosed_parts(enclosed: Collection[str]) -> list[Part]:
    """The parts of enclosed documents (keys of PARTS)."""
    return [Part(key, title, reason) for key, (title, reason) in PARTS.items() if key in enclosed]


def _figure(facts: ClaimFacts, image: ImageFacts, file: str, annotated: tuple[str, str]) -> Figure:
    e = facts.encounter
    number = next((n for n, f in enumerate(e.findings, 1) if f.key == image.finding), 0)
    alt = ". ".join(t.rstrip(" .") for t in (image.caption or f"Figure {image.figure}", image.reading) if t)
    return Figure(
        image.figure,
        file,
        image.clean_sha256,
        image.caption or "No caption",
        image.reading,
        f"{alt}.",
        number,
        image.key_image,
        annotated_file=annotated[0],
        annotated_sha256=annotated[1],
        annotated_alt=marked_alt(image) if image.annotations else "",
        legend=legend_of(image),
        drawn=drawn_by(image, e.location.time_zone),
    )


def _within(line: Line, parts: Collection[str]) -> Line:
    """A sentence with those of its receipts that lie in the packet: a channel may not take the part that holds one."""
    held = (r for r in line.receipts if _part_of(r.target) in parts or r.target.startswith("figure:"))
    return replace(line, receipts=tuple(held))


def _part_of(target: str) -> str:
    """The part in which the place of a receipt lies."""
    kind, _, name = target.partition(":")
    return name if kind == "part" else kind


def line_of(sentence: Sentence, figures: set[int]) -> Line:
    """A sentence with its receipts; where a figure is not in the packet, the note's list of images stands in."""
    targets = [p.target if p.figure is None or p.figure in figures else "note:images" for p in sentence.proof]
    receipts = tuple(Receipt(t) for t in dict.fromkeys(targets))
    return Line(sentence.text, sentence.paragraph, sentence.facts, receipts, sentence.is_gap)
