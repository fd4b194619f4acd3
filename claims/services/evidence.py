"""The shelf 'Evidence to send': documents are examined, cleaned, kept, taken off again; and put into packets.

What a payer sent lies elsewhere, as scans of its answers and as proofs. Two ways lead from there into a packet: the
letter of an authorization, and the first plan's EOB where the second plan wants it attached.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet

from claims.facts import ClaimFacts
from claims.models import FROM_PAYER, Claim, Evidence, FilingProof, Packet, RemittanceClaim, Submission, VisitDocument
from claims.packet.enclosures import Enclosure
from claims.queries.claims import facts_of
from claims.queries.enclosed import KINDS, Chosen, documents_of_each, shelved
from claims.services.changing import NOT_AWAY
from claims.services.leaving import require_not_leaving
from claims.workflow import Closing
from documentation import papers
from documentation.imaging import Accepted, Refused, examine
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.machine import Refused as RefusedVerb
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services import files
from documentation.services.audit import record

MOST_PAGES = 240
"""Pages of all documents of one packet. So many full pages of scanned text (131 MB) took 13 seconds of a processor to
draw, 2 to set and 1 to seal; so many photographs of a page (369 MB) took 18 and did not fit into the memory of a
document (November 28, 2026). What would take longer than a page has to answer is given up in time
(`documentation.kernel.deadline`)."""
EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
"""Endings of clean copies by their kind."""


@dataclass(frozen=True)
class Document:
    """A document that was examined: its clean bytes, what they are, and its pages as pictures."""

    clean: bytes
    media_type: str
    extension: str
    pages: tuple[bytes, ...]
    notes: tuple[str, ...] = ()
    preview: bytes = b""
    """Its first page, small, as JPEG; empty where it was not asked for or cannot be made."""


def read_document(data: bytes) -> Document:
    """Examine a PDF or a picture. Raises ValidationError on `file` with a sentence: damaged, locked, too long …"""
    try:
        if is_paper(data):
            paper = papers.examine(data)
            pages = papers.drawn(paper.clean)
            return Document(paper.clean, "application/pdf", "pdf", pages, paper.notes, _small(pages[0]))
    except papers.PaperRefused as e:
        raise ValidationError({"file": str(e)}) from e
    return read_picture(data)


def is_paper(data: bytes) -> bool:
    """Whether these bytes are read as a PDF: what is empty is refused in the same words."""
    return b"%PDF-" in data[:1024] or not data


def read_picture(data: bytes) -> Document:
    """The same for a picture alone."""
    answer = examine(data, screen=False)
    if isinstance(answer, Accepted):
        kind, pages = answer.media_type, (answer.clean,)
        return Document(answer.clean, kind, answer.extension, pages, answer.notes, answer.thumbnail)
    several = "This file holds several pictures. Save them as one PDF, then add that."
    raise ValidationError({"file": answer.sentence if isinstance(answer, Refused) else several})


def known_again(document: Document, data: bytes) -> Document:
    """A clean copy that comes back stays byte for byte what it was, so that it is known again."""
    sha256 = hashlib.sha256(data).hexdigest()
    is_clean = any(model.objects.filter(file__sha256=sha256).exists() for model in (Evidence, VisitDocument))
    return replace(document, clean=data) if is_clean else document


def _small(page: bytes) -> bytes:
    """A page as a preview; nothing is lost where none can be made."""
    answer = examine(page, screen=False)
    return answer.thumbnail if isinstance(answer, Accepted) else b""


def add_evidence(
    claim: Claim, values: dict[str, Any], data: bytes, *, by: User, at: datetime, instead_of: Evidence | None = None
) -> tuple[Evidence, tuple[str, ...]]:
    """Put a document on the shelf; gives it with sentences on what was left out of its clean copy.

    `values`: kind, title, dated_on, came_from; side, 'send' or 'payer', where it is not the one of its kind. What is to
    be sent goes into the next packet before the claim is sent, and into a supplement afterwards; what came from the
    payer goes into none. `instead_of`: the document that it takes the place of, which is taken off.
    Raises ValidationError with a sentence by field, NotPossible for a claim that is void.
    """
    _require(by)
    today = claim.encounter.location.today(at)
    dated_on: date = values["dated_on"]
    if dated_on > today:
        raise ValidationError({"dated_on": "This day lies in the future. Give the day that stands on the document."})
    side = values.get("side") or ("payer" if values["kind"] in FROM_PAYER else "send")
    document = known_again(read_document(data), data)
    with transaction.atomic():
        row = _locked(claim)
        kept = files.keep(document.clean, media_type=document.media_type, at=at)
        if lies := row.evidence.filter(file=kept, side=side, removed_at=None).first():
            raise ValidationError(
                {"file": f"This document lies on the shelf already, as “{lies.title}”. Choose another file."}
            )
        refuse_of_others(row.encounter.patient_id, {kept.sha256, hashlib.sha256(data).hexdigest()})
        evidence = Evidence(
            claim=row, side=side, kind=values["kind"], title=values.get("title") or KINDS.get(values["kind"], ""),
            came_from=values.get("came_from") or "", dated_on=dated_on, pages=len(document.pages), file=kept,
            added_at=at, added_by=by, original=files.keep(data, media_type=type_of(data), at=at),
            preview=files.keep(document.preview, media_type="image/jpeg", at=at) if document.preview else None,
            replaces=instead_of,
        )  # fmt: skip
        if instead_of:
            if row.evidence.get(pk=instead_of.pk).removed_at:
                raise NotPossible("This document was taken off the shelf meanwhile. Add the new one by itself.")
            take_off(row, instead_of, by=by, at=at)
        evidence.full_clean()
        evidence.save()
        _changed(row, evidence)
        _told(evidence, "evidence.add", by=by, at=at)
    return evidence, document.notes


def refuse_of_others(patient: int, sums: set[str]) -> None:
    """Refuse a file that is known to tell of another patient: from a shelf, as a scan of a payer's answer, or as a
    proof of what was sent.

    What was taken off the shelf of a visit lay there by a slip, as nothing leaves from there: it tells of nobody.
    """
    shelves = Evidence.objects.filter(Q(file__sha256__in=sums) | Q(original__sha256__in=sums))
    visits = VisitDocument.objects.filter(Q(file__sha256__in=sums) | Q(original__sha256__in=sums), removed_at=None)
    if (
        shelves.exclude(claim__encounter__patient=patient).exists()
        or visits.exclude(encounter__patient=patient).exists()
    ):
        raise ValidationError(
            {
                "file": "This file lies on the shelf of another patient's claim or visit, so it cannot leave with this"
                " one. Choose the document of this patient."
            }
        )
    scans = Q(remittance__scan__sha256__in=sums) | Q(remittance__original__sha256__in=sums)
    if _told_of_others(RemittanceClaim.objects.filter(scans), patient):
        raise ValidationError(
            {
                "file": "This file is kept as the scan of a payer's answer that tells of other patients, too, so it"
                " cannot leave with this claim. Make a copy of this patient's part alone, then add that."
            }
        )
    sendings = Submission.objects.filter(Q(proof_file__sha256__in=sums) | Q(original__sha256__in=sums))
    proofs = FilingProof.objects.filter(Q(file__sha256__in=sums) | Q(original__sha256__in=sums))
    if (
        sendings.exclude(claim__encounter__patient=patient).exists()
        or proofs.exclude(submission__claim__encounter__patient=patient).exists()
    ):
        raise ValidationError(
            {
                "file": "This file is kept as a proof of what was sent for another patient, too, so it cannot leave"
                " with this claim. Make a copy of this patient's part alone, then add that."
            }
        )


def _told_of_others(told: QuerySet[RemittanceClaim], patient: int) -> bool:
    """An answer that nobody matched yet counts as another patient's."""
    return told.exclude(claim__encounter__patient=patient).exists()


def remove_evidence(evidence: Evidence, *, by: User, at: datetime) -> None:
    """Take a document off the shelf. Raises NotPossible once it was sent: what was sent stays as it is."""
    _require(by)
    with transaction.atomic():
        take_off(_locked(evidence.claim), evidence, by=by, at=at)


def take_off(claim: Claim, evidence: Evidence, *, by: User, at: datetime) -> None:
    """The same of a claim that is locked."""
    row = claim.evidence.get(pk=evidence.pk)
    if row.removed_at:
        return
    is_to_send = row.side == "send"
    if is_to_send and (sent := packets_with(row).filter(submissions__isnull=False).first()):
        raise NotPossible(f"This document was sent with packet {sent.number}, so it stays on the shelf.")
    row.removed_at, row.removed_by = at, by
    row.save(update_fields=["removed_at", "removed_by"])
    _changed(claim, row)
    _told(row, "evidence.remove", by=by, at=at)


def restore_evidence(evidence: Evidence, *, by: User, at: datetime) -> None:
    """Put a document back that was taken off. Raises NotPossible where the same one was added again meanwhile."""
    _require(by)
    with transaction.atomic():
        claim = _locked(evidence.claim)
        row = claim.evidence.get(pk=evidence.pk)
        if row.removed_at is None:
            return
        if claim.evidence.filter(file=row.file, side=row.side, removed_at=None).exists():
            raise NotPossible("The same document was added again meanwhile, so there is nothing to put back.")
        row.removed_at = row.removed_by = None
        row.save(update_fields=["removed_at", "removed_by"])
        _changed(claim, row)
        _told(row, "evidence.restore", by=by, at=at)


def packets_with(evidence: Evidence) -> Any:
    """The sealed packets of the claim that hold a document, oldest first."""
    return Packet.objects.filter(claim=evidence.claim_id, parts__sha256=evidence.file.sha256).distinct().order_by("pk")


# ------------------------------------------------------------------------------------------------ into the packet


def enclosures_of(claim: Claim, facts: ClaimFacts | None = None) -> list[Enclosure]:
    """What goes along with the packet of an appeal: the shelf, the authorization's letter, the first plan's EOB.

    Raises RefusedVerb with a sentence where storage lost or changed a file, where one cannot be read, and for a scan
    of an EOB that tells of other patients.
    """
    return opened(claim, chosen_of(claim, facts))


def chosen_of(claim: Claim, facts: ClaimFacts | None = None) -> list[Chosen]:
    """The documents of a claim as far as the rows tell, without opening a file."""
    return documents_of_each({claim.pk: facts or facts_of(claim)}, [claim])[claim.pk]


def enclosed_keys(claim: Claim) -> set[str]:
    """Keys of the parts that are documents, as far as the rows tell without opening a file."""
    return {chosen.part for chosen in chosen_of(claim)}


def opened(claim: Claim, found: Iterable[Chosen]) -> list[Enclosure]:
    """These documents of a claim, ready to be typeset. Raises RefusedVerb as `enclosures_of`, and for many pages."""
    documents = list(found)
    _require_few_pages([(c.title, c.pages) for c in documents])
    return _few(named(_opened_of(claim, chosen) for chosen in documents))


def documents_of(evidence: list[Evidence]) -> list[Enclosure]:
    """These documents as they go along with a packet. Raises RefusedVerb as `opened`."""
    documents = [shelved(e) for e in evidence]
    _require_few_pages([(c.title, c.pages) for c in documents])
    return _few(named(_opened(chosen) for chosen in documents))


def _few(documents: list[Enclosure]) -> list[Enclosure]:
    """The same; counted again, as of letters and scans only opening them tells the pages."""
    _require_few_pages([(e.title, len(e.pages)) for e in documents])
    return documents


def _require_few_pages(documents: Sequence[tuple[str, int]]) -> None:
    """Refuse titles with their pages that could not be typeset while somebody waits."""
    pages = sum(number for _, number in documents)
    if pages > MOST_PAGES:
        title, most = max(documents, key=lambda d: d[1])
        raise RefusedVerb(
            f"The documents for this packet have {pages} pages together, and a packet takes {MOST_PAGES}. Take off the"
            f" shelf what the payer does not need, or put only the pages that matter of the longest one,"
            f" “{title}” ({most} pages), in its place."
        )


def named(found: Any) -> list[Enclosure]:
    """Each document once, its file named by its part and number."""
    counted: Counter[str] = Counter()
    once: dict[str, Enclosure] = {}
    for e in found:
        if e.sha256 not in once:
            counted[e.part] += 1
            stem = "first-plan-eob" if e.part == "primary_eob" else e.part
            number = "" if e.part == "primary_eob" and counted[e.part] == 1 else f"-{counted[e.part]:02d}"
            once[e.sha256] = Enclosure(
                e.part, f"{stem}{number}.{e.name}", e.title, e.content, e.pages, e.kind, e.dated_on
            )
    return list(once.values())


def _opened_of(claim: Claim, chosen: Chosen) -> Enclosure:
    if chosen.part == "primary_eob" and not chosen.kind:
        told = RemittanceClaim.objects.filter(remittance__scan=chosen.file)
        if _told_of_others(told, claim.encounter.patient_id):
            raise RefusedVerb(
                "The scan of the first plan's EOB tells of other patients, too, so it cannot be put into this packet."
                f" Record in the terms of {claim.coverage.payer.name} that it takes the amounts as data, build the"
                " packet again, and send a copy of this patient's part by itself if the payer asks for one."
            )
    return _opened(chosen)


def _opened(chosen: Chosen) -> Enclosure:
    """A document as it is stored. What a scan once kept may hold was not looked at then: it is examined now."""
    file = chosen.file
    is_scan = chosen.part == "primary_eob" and not chosen.kind
    what = "The first plan's EOB" if is_scan else f"The document “{chosen.title}”"
    try:
        content = files.read(file)
        is_clean = Evidence.objects.filter(file=file).exists()
        document = _drawn(content, file.media_type) if is_clean else read_document(content)
    except (files.MissingFile, files.DamagedFile, papers.PaperRefused) as e:
        raise RefusedVerb(f"{what} cannot be put into the packet. {e}") from e
    except ValidationError as e:
        raise RefusedVerb(f"{what} cannot be put into the packet. {' '.join(e.messages)}") from e
    return Enclosure(
        chosen.part, document.extension, chosen.title, document.clean, document.pages, chosen.kind, chosen.dated_on
    )


def _drawn(clean: bytes, media_type: str) -> Document:
    """A clean copy from the shelf, byte for byte."""
    pages = papers.drawn(clean) if media_type == "application/pdf" else (clean,)
    return Document(clean, media_type, EXTENSIONS[media_type], pages)


# ------------------------------------------------------------------------------------------------ what all share


def _require(by: User) -> None:
    if not by.may(Permission.CLAIM_PREPARE):
        raise NotPermitted("Your role does not allow you to prepare claims.")


def _locked(claim: Claim) -> Claim:
    row = Claim.objects.select_for_update().get(pk=claim.pk)
    if row.closing == Closing.VOIDED:
        raise NotPossible("This claim is void, and nothing of it changes any more.")
    require_not_leaving(row)
    return row


def _changed(claim: Claim, evidence: Evidence) -> None:
    """A packet that was sealed before holds other documents. One that was sent is not touched by what comes after."""
    if evidence.side == "send" and claim.transport in NOT_AWAY:
        claim.revision += 1
        claim.save(update_fields=["revision"])


def _told(evidence: Evidence, action: str, *, by: User, at: datetime) -> None:
    claim = evidence.claim
    patient = claim.encounter.patient
    record(action, by=by, at=at, subject=claim, patient=patient, evidence=evidence.pk, sha256=evidence.file.sha256)


def type_of(data: bytes) -> str:
    kinds = {b"\xff\xd8\xff": "image/jpeg", b"\x89PN": "image/png"}
    return next((kind for start, kind in kinds.items() if data.startswith(start)), "application/pdf")
