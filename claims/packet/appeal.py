"""The packet of an appeal: the letter first, then what the payer wrote, then the evidence of the claim's packet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from claims.clocks.paths import Stage
from claims.facts import AppealFacts, DeniedCodeFacts
from claims.packet.composition import Part
from claims.packet.document import Json, document, sentence_of
from claims.packet.enclosures import PARTS
from claims.packet.formdata import Field
from claims.packet.letter.answers import words_of
from claims.packet.letter.head import OUTCOMES, decided_on, due_words
from claims.packet.letter.levels import is_decided, kind_words
from claims.packet.letter.levels import title as title_of
from claims.packet.letter.model import Kind, Letter, Passage
from claims.packet.manifest import Line, PacketManifest, compose, composition_of, enclosed_parts, figures_of, line_of
from claims.packet.narrative import Sentence
from documentation.kernel.dates import long_date
from documentation.kernel.money import dollars
from documentation.prose.phrases import capital

CHANNELS = {"portal": "Payer portal", "clearinghouse": "Clearinghouse", "fax": "Fax", "mail": "Mail", "print": "Paper"}
PROOFS = {
    "receipt": "Receipt", "fax_confirmation": "Fax confirmation", "tracking_number": "Tracking number",
    "listing": "Listing of the files laid down",
    "acknowledgement": "Acknowledgement", "none": "No proof",
    "277ca": "277CA, accepted",
    "999": "999, accepted",
    "portal": "portal confirmation",
    "fax": "fax confirmation",
    "mail": "certified mail",
}  # fmt: skip


@dataclass(frozen=True)
class AppealManifest(PacketManifest):
    """The contents list of an appeal's packet; `narrative` holds the sentences of the letter, head to signature."""

    level: int = 1
    codes: tuple[str, ...] = ()
    """What the payer wrote, verbatim."""

    def as_json(self) -> dict[str, Any]:
        told = super().as_json()
        letter = told.pop("narrative")
        return {**told, "appeal": {"level": self.level, "codes": list(self.codes)}, "letter": letter}


def compose_appeal(facts: AppealFacts, letter: Letter, **known: Any) -> AppealManifest:
    """The contents of the packet of an appeal; `known` as in `manifest.compose`."""
    base = compose(facts.claim, **known)
    figures = {f.number for f in base.figures}
    parts = tuple(replace(p, place="") for p in _parts(facts, base.parts))
    kept = {**vars(base), "summary": (), "left_out": (), "parts": parts}
    kept["narrative"] = tuple(
        line_of(s, figures) for p in letter.passages for s in p.sentences if p.kind is not Kind.HEADING
    )
    return AppealManifest(**kept, level=facts.level, codes=tuple(r.verbatim for r in facts.denial.reasons))


def enclosures(facts: AppealFacts, enclosed: Collection[str] = ()) -> list[str]:
    """Titles of what follows the letter, in the order of the packet, as they will be printed.

    `enclosed` are the keys of the parts that are documents.
    """
    return [*(p.title for p in parts_of(facts, enclosed) if p.key != "letter"), *facts.enclosures]


def parts_of(facts: AppealFacts, enclosed: Collection[str] = ()) -> list[Part]:
    """The parts of the packet before it is set, in its order: without pages."""
    files = {i.clean_sha256: "" for i in facts.claim.encounter.images}
    figures = figures_of(facts.claim, files)
    return list(_parts(facts, composition_of(facts.claim, figures, enclosed_parts(enclosed)).parts))


def _parts(facts: AppealFacts, parts: Iterable[Part]) -> Iterator[Part]:
    """The parts in reading order: the letter answers, the denial is quoted, the record proves."""
    of_claim = {p.key: p for p in parts}
    yield Part("letter", title_of(facts), "answers each reason and names the page that proves it")
    yield Part("denial", "What you wrote", "quotes the decision that is appealed, and lists what was sent before")
    for key in ("interpretation", "map", "figures", "claim", "note", *PARTS, "further"):
        if key == "map":
            if _is_mapped(facts):
                yield Part("map", "Duct map", "shows where each finding lies")
        elif key in of_claim:
            yield of_claim[key]


def _is_mapped(facts: AppealFacts) -> bool:
    return any(f.gland for f in facts.claim.encounter.findings)


def appeal_document(
    facts: AppealFacts, letter: Letter, manifest: PacketManifest, sealed_at: datetime, content_sha256: str
) -> Json:
    """Everything that the template prints: the claim's packet with the letter and the denial before it."""
    data = document(facts.claim, manifest, sealed_at, content_sha256)
    del data["narrative"]
    lines = iter(manifest.narrative)
    day = decided_on(facts)
    decided = f" of {long_date(day)}" if day else ""
    return {
        **data,
        "title": f"{title_of(facts)}, claim {facts.claim.number}",
        "footer": f"{title_of(facts)} · {data['footer']}",
        "letter": {
            "title": f"{title_of(facts)} of {'the' if facts.stage == Stage.EXTERNAL else 'your'} decision{decided}",
            "sender": [_plain(s) for s in letter.sender],
            "addressee": [_plain(s) for s in letter.addressee],
            "written": _plain(letter.written),
            "fields": [
                asdict(Field("", e.label, "Not recorded" if e.sentence.is_gap else e.sentence.text, e.sentence.is_gap))
                for e in letter.reference
            ],
            "blocks": [_block(p, lines) for p in letter.passages],
            "signature": [_plain(s) for s in letter.signature],
            "added": list(facts.enclosures),
        },
        "denial": _denial(facts),
    }


def _block(passage: Passage, lines: Iterator[Line]) -> Json:
    """A passage with the receipts that its lines have in the manifest; a heading has none."""
    is_heading = passage.kind is Kind.HEADING
    told = [{"text": s.text} if is_heading else sentence_of(next(lines)) for s in passage.sentences]
    return {"kind": passage.kind.value, "label": passage.label, "sentences": told}


def _plain(sentence: Sentence) -> Json:
    return {"text": sentence.text, "is_gap": sentence.is_gap}


# -------------------------------------------------------------------------------------------------- what you wrote


def _denial(facts: AppealFacts) -> Json:
    d = facts.denial
    rows = (
        (
            "Your first decision" if any(map(is_decided, facts.earlier)) else "Your decision",
            long_date(d.denied_on) if d.denied_on else "",
        ),
        ("Your claim number", d.payer_control),
        ("Denied", f"{dollars(d.amount_cents)}, {'in full' if d.is_full else 'in part'}"),
        ("It answers our packet", d.packet),
        ("Last day for this appeal", due_words(facts)),
    )
    return {
        "fields": [asdict(Field("", name, value)) for name, value in rows if value],
        "reasons": [_reason(r) for r in d.reasons],
        "source": "Group and reason codes (CARC) and remark codes (RARC) stand as your answer gives them;"
        " the words beside them are ours.",
        "sent": [
            [
                long_date(s.sent_on),
                s.packet,
                CHANNELS.get(s.channel, s.channel),
                s.control_number,
                " ".join(x for x in (PROOFS.get(s.proof, s.proof), s.proof_reference) if x),
            ]
            for s in d.sent
        ],
        "earlier": [
            [
                capital(kind_words(e.level, e.name, e.stage)),
                long_date(e.sent_on) if e.sent_on else "",
                e.control_number,
                long_date(e.decided_on) if e.decided_on else "",
                capital(OUTCOMES.get(e.outcome, "")),
            ]
            for e in facts.earlier
        ],
    }


def _reason(r: DeniedCodeFacts) -> Json:
    return {
        "line": str(r.line) if r.line else "whole claim",
        "pair": r.pair or "no code",
        "rarcs": ", ".join(r.rarcs),
        "words": [{"code": code, "text": text} for code, text in words_of(r)],
        "amount": dollars(r.cents),
    }
