"""The words and numbers of the printed packet as plain JSON, in the order in which the template sets them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import Any

from claims.facts import ClaimFacts
from claims.packet.enclosures import printed
from claims.packet.formdata import claim_data, diagnosis_words, resent_words
from claims.packet.manifest import Figure, Line, PacketManifest
from documentation.facts import EncounterFacts
from documentation.kernel.dates import long_date, us_date
from documentation.kernel.identifiers import phone
from documentation.kernel.money import dollars
from documentation.prose import note
from documentation.prose.drawings import duct_maps
from documentation.prose.moments import moment
from documentation.prose.names import examined_glands
from documentation.rules.predicates import attempt_only

Json = dict[str, Any]


def service_words(e: EncounterFacts) -> str:
    """What was done, for titles."""
    if attempt_only(e):
        return "sialoendoscopy attempted, by report"
    return "sialoendoscopy with image capture and interpretation"


def _heading(e: EncounterFacts) -> list[str]:
    """The same on the cover, in two lines."""
    if attempt_only(e):
        return ["Sialoendoscopy attempted,", "by report"]
    return ["Sialoendoscopy with image", "capture and interpretation"]


def document(facts: ClaimFacts, manifest: PacketManifest, sealed_at: datetime, content_sha256: str) -> Json:
    """Everything that the template prints. Keys are the template's; the template holds no words of the record."""
    e = facts.encounter
    day = long_date(e.service_date) if e.service_date else ""
    code = facts.procedure_code
    keys = {p.key for p in manifest.parts}
    return {
        "title": f"Claim {facts.number}, {code}: {service_words(e)}",
        "author": facts.billing.name or e.location.name,
        "date": list(sealed_at.timetuple()[:3]),
        "footer": " · ".join(
            x
            for x in (
                f"Claim {facts.number}",
                e.patient.initials,
                f"service of {day}" if day else "",
            )
            if x
        ),
        "cover": {
            "practice": facts.billing.name or e.location.name,
            "address": " · ".join(
                x
                for x in (
                    facts.billing.address.one_line,
                    phone(facts.billing.phone),
                    f"NPI {facts.billing.npi}" if facts.billing.npi else "",
                )
                if x
            ),
            "control_number": manifest.control_number,
            "packet_number": manifest.packet_number,
            "heading": _heading(e),
            "subtitle": " · ".join(x for x in (code, examined_glands(e), day) if x),
            "notice": resent_words(facts.resent) if facts.resent else "",
            "fields": _cover_fields(facts),
            "summary": " ".join(manifest.summary),
            "seal": [
                f"Sealed {moment(sealed_at, e.location.time_zone)}"
                + (f" as packet {manifest.packet_number}" if manifest.packet_number else ""),
                f"Contents SHA-256 {_grouped(content_sha256)}",
                f"Verify at {manifest.verification_url} with code {manifest.verification_code}",
            ],
            "contact": ", ".join(x for x in (facts.billing.name, phone(facts.billing.phone)) if x),
        },
        "parts": [{"key": p.key, "title": p.title} for p in manifest.parts if p.key != "cover"],
        "claim": asdict(claim_data(facts, manifest.control_number)),
        "narrative": [
            [sentence_of(line) for line in lines] for _, lines in groupby(manifest.narrative, key=lambda x: x.paragraph)
        ],
        "maps": duct_maps(e),
        "interpretation": _interpretation(facts),
        "key_figures": [_figure(f) for f in manifest.figures if f.is_key],
        "further_figures": [_figure(f) for f in manifest.figures if not f.is_key],
        "note": [asdict(s) for s in note.sections(e, diagnosis_words)] if "note" in keys else [],
        "enclosures": list(printed(manifest.enclosures)),
        "note_head": " · ".join(
            x for x in (f"Encounter {e.number}" if e.number else "", f"version {e.version}", day) if x
        ),
    }


def _grouped(digest: str) -> str:
    return f"{digest[:4]} {digest[4:8]} {digest[8:12]} … {digest[-4:]}"


def _cover_fields(facts: ClaimFacts) -> list[Json]:
    e, plan = facts.encounter, facts.coverage
    items = ("20", "21", "15", "3", "16", "32") if facts.kind == "dental" else ("2", "3", "1a", "—", "11", "28")
    payer = f"{plan.payer.name} ({plan.payer.payer_id})" if plan.payer.payer_id else plan.payer.name
    rows = (
        ("Patient", e.patient.full_name), ("Birth date", us_date(e.patient.birth_date) if e.patient.birth_date else ""),
        ("Member ID", plan.member_id), ("Payer", payer), ("Group", plan.group_number),
        ("Total fee", dollars(facts.total_cents)),
    )  # fmt: skip
    return [
        {"item": item, "name": name, "value": value or "Not recorded", "is_missing": not value}
        for item, (name, value) in zip(items, rows, strict=True)
    ]


def sentence_of(line: Line) -> Json:
    figures = [int(r.target.partition(":")[2]) for r in line.receipts if r.target.startswith("figure:")]
    others = [r.target for r in line.receipts if not r.target.startswith("figure:")]
    return {"text": line.text, "is_gap": line.is_gap, "figures": figures, "targets": others}


def _figure(figure: Figure) -> Json:
    return asdict(figure)


def _interpretation(facts: ClaimFacts) -> Json:
    e = facts.encounter
    i, s = e.interpretation, e.signature
    blocks = [
        {"title": title, "text": text}
        for title, text in (
            ("Reading", i.text),
            ("Comparison", i.comparison),
            ("Clinical relevance", i.clinical_relevance),
        )
        if text
    ]
    if attempt_only(e) and not blocks:
        blocks = [{"title": "Reading", "text": "There are no images to read: no duct could be entered."}]
    signed = []
    if s:
        name = note.signer(s.name, s.credential)
        license_line = (
            " ".join(
                x
                for x in (e.clinician.licence_state, "license" if e.clinician.licence_state else "License", s.licence)
                if x
            )
            if s.licence
            else ""
        )
        signed = [
            name,
            " · ".join(x for x in (license_line, f"NPI {e.clinician.npi}" if e.clinician.npi else "") if x),
            f"Signed {moment(s.signed_at, e.location.time_zone)}" if s.signed_at else "",
            f"Record SHA-256 {_grouped(s.content_sha256)}" if s.content_sha256 else "",
        ]
    shown = f"{len(e.images)} image{'s' if len(e.images) != 1 else ''}" if e.images else "No images"
    images = [shown, f"quality {i.quality}" if i.quality else ""]
    return {
        "head": " · ".join(x for x in images if x),
        "blocks": blocks,
        "signed": [x for x in signed if x],
    }
