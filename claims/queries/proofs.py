"""What an appeal encloses and what of it is new, read from its packet, the record and the shelf."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from claims.facts import AppealFacts, ClaimFacts
from claims.models import Appeal, Denial, Evidence, Packet
from claims.packet.appeal import parts_of
from claims.packet.letter import Letter
from claims.packet.letter.answers import causes_of
from claims.packet.letter.model import Kind
from claims.proofs import fresh
from claims.proofs.checklist import Held, Place, Row, checklist, missing
from claims.proofs.fresh import Content, Fresh
from claims.queries.enclosed import Chosen, documents_of_each
from claims.queries.letters import facts_of, letter_on
from claims.queries.packets import leaves_something
from claims.workflow import AppealStatus
from documentation.kernel.rule import Cause
from documentation.kernel.wire import from_data

NOTHING_NEW = "Nothing is new: the payer has seen all of this."
CANNOT_COMPARE = "What the payer has seen cannot be compared: the claim was sent without a packet that was sealed here."


def causes_told(facts: AppealFacts) -> list[Cause]:
    """Every cause that the denial names, the leading reason's first."""
    found = (cause for reason in facts.denial.reasons for cause in causes_of(facts.denial, reason))
    return list(dict.fromkeys(found))


def checklist_of(appeal: Appeal, facts: AppealFacts, documents: Collection[Chosen]) -> tuple[Row, ...]:
    """The checklist of an appeal; of one that was sealed by the pages of its packet. `documents` go along now."""
    return checklist(causes_told(facts), facts, _held(appeal, facts, documents))


def _held(appeal: Appeal, facts: AppealFacts, documents: Collection[Chosen]) -> Held:
    packet = appeal.packet
    return Held(
        parts=_pages(packet) if packet else _parts(facts, documents),
        documents=_enclosed(packet) if packet else _shelved(appeal, documents),
        unobtainable=dict(appeal.denial.unobtainable.filter(lifted_at=None).values_list("item", "reason")),
    )


def _parts(facts: AppealFacts, documents: Collection[Chosen]) -> dict[str, list[Place]]:
    """What the packet will hold: its parts have titles, but no pages yet."""
    return _joined((p.key, Place(f"In the packet: {p.title}")) for p in parts_of(facts, {d.part for d in documents}))


def _pages(packet: Packet) -> dict[str, list[Place]]:
    """The parts of a sealed packet with their first pages."""
    told = json.loads(packet.manifest)["parts"]
    return _joined((p["key"], Place(p["title"], packet.pk, p["pages"][0] if p["pages"] else 0)) for p in told)


def _joined(pairs: Iterable[tuple[str, Place]]) -> dict[str, list[Place]]:
    """By part its places; further images show what the key images do, and a letter of the payer is no document here."""
    found: dict[str, list[Place]] = {}
    for key, place in pairs:
        found.setdefault({"further": "figures"}.get(key, key), []).append(place)
    return found


def _shelved(appeal: Appeal, documents: Collection[Chosen]) -> dict[str, list[Place]]:
    rows = appeal.claim.evidence.filter(side="send", removed_at=None).select_related("file")
    on_shelf = {row.file.sha256: row for row in rows}
    found: dict[str, list[Place]] = {}
    for one in documents:
        row = on_shelf.get(one.file.sha256)
        kind = row.kind if row else one.part
        where = f"On the shelf: {one.title}" if row else f"Goes along by itself: {one.title}"
        found.setdefault(kind, []).append(Place(where, document=row.pk if row else 0))
    return found


def _enclosed(packet: Packet) -> dict[str, list[Place]]:
    """Documents as they were sealed. The shelf tells the kind by the sum of the file; a manifest has only words."""
    sums = {part.name: part.sha256 for part in packet.parts.all()}
    rows = Evidence.objects.filter(claim=packet.claim_id, side="send", file__sha256__in=sums.values())
    kinds = {row.file.sha256: row.kind for row in rows.select_related("file").order_by("pk")}
    manifest = json.loads(packet.manifest)
    first = {p["key"]: p["pages"][0] for p in manifest["parts"] if p["pages"]}
    found: dict[str, list[Place]] = {}
    for told in manifest.get("enclosures", ()):
        kind = kinds.get(sums.get(told["file"], ""), told["part"])
        found.setdefault(kind, []).append(Place(told["title"], packet.pk, first.get(told["part"], 0)))
    return found


# -------------------------------------------------------------------------------------------------- what is new


@dataclass(frozen=True)
class News:
    """What is new of an appeal, with what it was compared with as rows."""

    fresh: Fresh
    packets: tuple[Packet, ...] = ()
    version: int = 0
    """Of the record now, where the payer has another; 0 where it is the same."""

    @property
    def sentence(self) -> str:
        """The warning; empty where something is new."""
        if not self.fresh.can_compare:
            return CANNOT_COMPARE
        if self.fresh.is_nothing:
            return NOTHING_NEW
        if self.fresh.is_words_alone:
            return "Only words of the letter are new: the payer has seen every document, image and line."
        return ""


def whats_new(appeal: Appeal, facts: AppealFacts, letter: Letter, documents: Collection[Chosen]) -> News:
    """What would be sent now and the payer has not: against the packet that the denial answers, and at a later level
    against the earlier appeals, with what else had left by then.
    """
    now = _content(facts.claim, {d.file.sha256: d.title for d in documents}, _typed(letter))
    return _news(appeal, now, facts.claim.encounter.version)


def news_of_sealed(appeal: Appeal, packet: Packet) -> News:
    """The same of an appeal as it was sealed."""
    facts = from_data(AppealFacts, json.loads(packet.facts))
    content = content_of(packet)
    typed = {fresh.flat(text): text for text in _typed(letter_on(appeal, facts))}
    documents = {sha: title for sha, title in content.documents.items() if title}
    return _news(appeal, replace(content, documents=documents, words=typed), facts.claim.encounter.version)


def _news(appeal: Appeal, now: Content, version: int) -> News:
    packets = seen_before(appeal)
    earlier = [content_of(packet) for packet in packets]
    versions = {_claim_facts(packet).encounter.version for packet in packets}
    return News(
        fresh.compare(now, earlier, [packet.number for packet in packets]),
        tuple(packets),
        version if versions and version not in versions else 0,
    )


def seen_before(appeal: Appeal) -> list[Packet]:
    """Packets that had been sent when the payer last said no to this, oldest first; the one that the denial names; and
    those of the appeals before this one, decided or not.

    What left later otherwise, such as a supplement, is new: the payer had not seen it then.
    """
    last_no = _last_no(appeal.denial, appeal)
    before = set(appeal.denial.appeals.filter(level__lt=appeal.level).values_list("pk", flat=True))
    rows = Packet.objects.filter(claim=appeal.claim_id).prefetch_related("parts", "submissions", "appeals")
    found = []
    for packet in rows.order_by("pk"):
        if any(a.pk == appeal.pk for a in packet.appeals.all()):
            continue
        left = packet.submissions.all()
        if packet.pk == appeal.denial.packet_id or any(s.sent_on <= last_no or s.appeal_id in before for s in left):
            found.append(packet)
    return found


def _last_no(denial: Denial, appeal: Appeal) -> date:
    decided = denial.appeals.filter(level__lt=appeal.level, decided_on__isnull=False)
    return max([denial.denied_on, *(day for day in decided.values_list("decided_on", flat=True) if day)])


def content_of(packet: Packet) -> Content:
    """What a payer got with a sealed packet; with one whose channel took nothing along, only the lines of the claim."""
    manifest = json.loads(packet.manifest)
    claim = _claim_facts(packet)
    if packet.kind == "claim" and not leaves_something(manifest):
        return Content(lines=fresh.lines_of(claim))
    sums = {part.name: part.sha256 for part in packet.parts.all()}
    documents = {sums.get(e["file"], ""): e["title"] for e in manifest.get("enclosures", ())}
    # A scan is kept as it came and sealed clean: either is known again, by its other sum without a title.
    documents = {(o[-1] if isinstance(o, list) else o): "" for o in manifest.get("chosen", ())} | documents
    if packet.kind == "supplement":
        return Content(documents=documents)
    told = manifest.get("letter") or manifest.get("narrative") or ()
    shown = {f["sha256"] for f in manifest.get("figures", ())}
    content = _content(claim, documents, [line["text"] for line in told])
    return replace(content, images={sha: words for sha, words in content.images.items() if sha in shown})


def _claim_facts(packet: Packet) -> ClaimFacts:
    facts: dict[str, Any] = json.loads(packet.facts)
    return from_data(ClaimFacts, facts.get("claim", facts))


def _content(claim: ClaimFacts, documents: dict[str, str], words: Iterable[str]) -> Content:
    return Content(
        documents=documents,
        images=fresh.images_of(claim.encounter),
        statements=fresh.statements_of(claim.encounter),
        lines=fresh.lines_of(claim),
        words={fresh.flat(text): text for text in words if text},
    )


def _typed(letter: Letter) -> list[str]:
    """Sentences that a person wrote: what was drafted rests on the record, and counts by what the record says anew."""
    return [
        s.text
        for p in letter.passages
        if p.kind is not Kind.HEADING
        for s in p.sentences
        if not s.facts and not s.proof and not s.is_gap
    ]


def documents_now(appeal: Appeal, facts: AppealFacts) -> list[Chosen]:
    """The documents that go along with an appeal now."""
    return documents_of_each({appeal.claim_id: facts.claim}, [appeal.claim])[appeal.claim_id]


# ------------------------------------------------------------------------------------------- since it was sealed


def changed_documents(packet: Packet, documents: Sequence[Chosen]) -> list[str]:
    """Sentences on each document that is in a sealed packet and would not be now, and the other way round."""
    sealed = json.loads(packet.manifest).get("chosen")
    if sealed is None:
        return []
    then = {(one[-1] if isinstance(one, list) else one): (one[1] if isinstance(one, list) else "") for one in sealed}
    now = {d.file.sha256: d.title for d in documents}
    gone = (title for sha, title in then.items() if sha not in now)
    added = (title for sha, title in now.items() if sha not in then)
    return [
        *(f"“{title or 'A document'}” is in the sealed packet and was taken off the shelf since." for title in gone),
        *(f"“{title}” was added after sealing, so it is not in the packet." for title in added),
    ]


# ------------------------------------------------------------------------------------------------- for the page


@dataclass(frozen=True)
class Proofs:
    """What the page of an appeal shows of its evidence."""

    rows: tuple[Row, ...]
    news: News
    changed: tuple[str, ...] = ()
    """Sentences on documents that are otherwise since it was sealed."""
    is_draft: bool = True

    @property
    def missing(self) -> list[Row]:
        return missing(self.rows)

    @property
    def needs_reason(self) -> bool:
        """Whether it can only be sealed with a reason: nothing of it is new."""
        return self.is_draft and self.news.fresh.is_nothing


def proofs_of(appeal: Appeal, letter: Letter, *, today: date) -> Proofs:
    """The checklist of an appeal and what is new of it. Once it is sealed, both are those of its packet."""
    packet = appeal.packet
    facts = from_data(AppealFacts, json.loads(packet.facts)) if packet else facts_of(appeal, today=today)
    documents = documents_now(appeal, facts)
    is_sealed = appeal.status == AppealStatus.SEALED and packet is not None
    return Proofs(
        checklist_of(appeal, facts, documents),
        news_of_sealed(appeal, packet) if packet else whats_new(appeal, facts, letter, documents),
        tuple(changed_documents(packet, documents)) if is_sealed and packet else (),
        appeal.status == AppealStatus.DRAFT,
    )
