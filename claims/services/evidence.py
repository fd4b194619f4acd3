"""The shelf 'Evidence to send': documents are examined, cleaned, kept, taken off again; and put into packets.

What a payer sent lies elsewhere, as scans of its answers and as proofs. Two ways lead from there into a packet: the
letter of an authorization, and the first plan's EOB where the second plan wants it attached.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet

from claims.models import EVIDENCE_KINDS, Authorization, Claim, Evidence, Packet, RemittanceClaim
from claims.packet.enclosures import Enclosure
from claims.queries.evidence import leaving
from claims.queries.plans import terms_on
from claims.queries.primary import answer_before
from claims.services.changing import NOT_AWAY
from claims.workflow import AuthorizationStatus, Closing
from documentation import papers
from documentation.imaging import Accepted, Refused, examine
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.machine import Refused as RefusedVerb
from documentation.kernel.permissions import Permission
from documentation.models import StoredFile, User
from documentation.services import files
from documentation.services.audit import record

_PARTS = {"authorization": "authorization", "primary_eob": "primary_eob"}
"""Parts of the packet by kind; what is not named is earlier imaging and care."""
_KINDS = dict(EVIDENCE_KINDS)
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


def read_document(data: bytes) -> Document:
    """Examine a PDF or a picture. Raises ValidationError on `file` with a sentence: damaged, locked, too long …"""
    try:
        if b"%PDF-" in data[:1024] or not data:
            paper = papers.examine(data)
            return Document(paper.clean, "application/pdf", "pdf", papers.drawn(paper.clean), paper.notes)
    except papers.PaperRefused as e:
        raise ValidationError({"file": str(e)}) from e
    answer = examine(data, screen=False)
    if isinstance(answer, Accepted):
        return Document(answer.clean, answer.media_type, answer.extension, (answer.clean,), answer.notes)
    several = "This file holds several pictures. Save them as one PDF, then add that."
    raise ValidationError({"file": answer.sentence if isinstance(answer, Refused) else several})


def add_evidence(
    claim: Claim, values: dict[str, Any], data: bytes, *, by: User, at: datetime
) -> tuple[Evidence, tuple[str, ...]]:
    """Put a document on the shelf; gives it with sentences on what was left out of its clean copy.

    `values`: kind, title, dated_on. Before the claim is sent it goes into the next packet; afterwards into a
    supplement. Raises ValidationError with a sentence by field, NotPossible for a claim that is void.
    """
    _require(by)
    today = claim.encounter.location.today(at)
    dated_on: date = values["dated_on"]
    if dated_on > today:
        raise ValidationError({"dated_on": "This day lies in the future. Give the day that stands on the document."})
    document = read_document(data)
    with transaction.atomic():
        row = _locked(claim)
        kept = files.keep(document.clean, media_type=document.media_type, at=at)
        if row.evidence.filter(file=kept, removed_at=None).exists():
            raise ValidationError({"file": "This document lies on the shelf already. Choose another file."})
        _refuse_of_others(row, {kept.sha256, hashlib.sha256(data).hexdigest()})
        evidence = Evidence(
            claim=row, kind=values["kind"], title=values.get("title") or _KINDS.get(values["kind"], ""),
            dated_on=dated_on, pages=len(document.pages), file=kept, added_at=at, added_by=by,
            original=files.keep(data, media_type=_type_of(data), at=at),
        )  # fmt: skip
        evidence.full_clean()
        evidence.save()
        _changed(row)
        _told(evidence, "evidence.add", by=by, at=at)
    return evidence, document.notes


def _refuse_of_others(claim: Claim, sums: set[str]) -> None:
    """Refuse a file that is known to tell of another patient: from a shelf, or as a scan of a payer's answer."""
    patient = claim.encounter.patient_id
    shelves = Evidence.objects.filter(Q(file__sha256__in=sums) | Q(original__sha256__in=sums))
    if shelves.exclude(claim__encounter__patient=patient).exists():
        raise ValidationError(
            {
                "file": "This file lies on the shelf of another patient's claim, so it cannot leave with this one."
                " Choose the document of this patient."
            }
        )
    if _told_of_others(RemittanceClaim.objects.filter(remittance__scan__sha256__in=sums), claim):
        raise ValidationError(
            {
                "file": "This file is kept as the scan of a payer's answer that tells of other patients, too, so it"
                " cannot leave with this claim. Make a copy of this patient's part alone, then add that."
            }
        )


def _told_of_others(told: QuerySet[RemittanceClaim], claim: Claim) -> bool:
    """An answer that nobody matched yet counts as another patient's."""
    return told.exclude(claim__encounter__patient=claim.encounter.patient_id).exists()


def remove_evidence(evidence: Evidence, *, by: User, at: datetime) -> None:
    """Take a document off the shelf. Raises NotPossible once it was sent: what was sent stays as it is."""
    _require(by)
    with transaction.atomic():
        claim = _locked(evidence.claim)
        row = claim.evidence.get(pk=evidence.pk)
        if row.removed_at:
            return
        if sent := packets_with(row).filter(submissions__isnull=False).first():
            raise NotPossible(f"This document was sent with packet {sent.number}, so it stays on the shelf.")
        row.removed_at, row.removed_by = at, by
        row.save(update_fields=["removed_at", "removed_by"])
        _changed(claim)
        _told(row, "evidence.remove", by=by, at=at)


def restore_evidence(evidence: Evidence, *, by: User, at: datetime) -> None:
    """Put a document back that was taken off. Raises NotPossible where the same one was added again meanwhile."""
    _require(by)
    with transaction.atomic():
        claim = _locked(evidence.claim)
        row = claim.evidence.get(pk=evidence.pk)
        if row.removed_at is None:
            return
        if claim.evidence.filter(file=row.file, removed_at=None).exists():
            raise NotPossible("The same document was added again meanwhile, so there is nothing to put back.")
        row.removed_at = row.removed_by = None
        row.save(update_fields=["removed_at", "removed_by"])
        _changed(claim)
        _told(row, "evidence.restore", by=by, at=at)


def packets_with(evidence: Evidence) -> Any:
    """The sealed packets of the claim that hold a document, oldest first."""
    return Packet.objects.filter(claim=evidence.claim_id, parts__sha256=evidence.file.sha256).distinct().order_by("pk")


# ------------------------------------------------------------------------------------------------ into the packet


def enclosures_of(claim: Claim) -> list[Enclosure]:
    """What goes along with the packet of a claim: the shelf, the authorization's letter, the first plan's EOB.

    Raises RefusedVerb with a sentence where storage lost or changed a file, where one cannot be read, and for a scan
    of an EOB that tells of other patients.
    """
    return named([*_shelf(claim), *_letters(claim), *_first_plan(claim)])


def enclosed_keys(claim: Claim) -> set[str]:
    """Keys of the parts that are documents, as far as the rows tell without opening a file."""
    keys = {_PARTS.get(e.kind, "evidence") for e in leaving(claim)}
    return keys | ({"authorization"} if _fitting(claim) else set()) | ({"primary_eob"} if _first_scan(claim) else set())


def documents_of(evidence: list[Evidence]) -> list[Enclosure]:
    """These documents as they go along with a packet."""
    return named(_opened(e.file, _PARTS.get(e.kind, "evidence"), e.title, _KINDS[e.kind], e.dated_on) for e in evidence)


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


def _shelf(claim: Claim) -> Iterator[Enclosure]:
    yield from (
        _opened(e.file, _PARTS.get(e.kind, "evidence"), e.title, _KINDS[e.kind], e.dated_on) for e in leaving(claim)
    )


def _letters(claim: Claim) -> Iterator[Enclosure]:
    for row in _fitting(claim):
        assert row.letter is not None  # noqa: S101 - asked for below
        yield _opened(row.letter, "authorization", f"{row.get_kind_display()} {row.number}".strip(), "", row.decided_on)


def _fitting(claim: Claim) -> list[Authorization]:
    """Permissions given for a code of this claim and its day, whose letter is kept."""
    codes = set(claim.lines.values_list("code", flat=True))
    found = claim.coverage.authorizations.filter(letter__isnull=False, status=AuthorizationStatus.APPROVED)
    return [
        row
        for row in found.select_related("letter").order_by("pk")
        if (row.valid_from or date.min) <= claim.service_date <= (row.valid_to or date.max)
        and (not row.codes or codes & set(row.codes))
    ]


def _first_plan(claim: Claim) -> Iterator[Enclosure]:
    """The first plan's EOB, where this payer wants it attached and it came on paper.

    A payer's electronic file tells of other patients, too, and is never enclosed; its amounts stand on the claim's
    page.
    """
    scan = _first_scan(claim)
    if scan is None:
        return
    told = RemittanceClaim.objects.filter(remittance__scan=scan)
    if _told_of_others(told, claim):
        raise RefusedVerb(
            "The scan of the first plan's EOB tells of other patients, too, so it cannot be put into this packet."
            f" Record in the terms of {claim.coverage.payer.name} that it takes the amounts as data, build the packet"
            " again, and send a copy of this patient's part by itself if the payer asks for one."
        )
    yield _opened(scan, "primary_eob", "What the first plan answered (EOB)", "", None)


def _first_scan(claim: Claim) -> StoredFile | None:
    terms, answer = terms_on(claim.coverage.payer, claim.service_date), answer_before(claim)
    wants_it = terms is not None and terms.cob_as == "attachment"
    return answer.remittance.scan if answer and wants_it else None


def _opened(file: StoredFile, part: str, title: str, kind: str, dated_on: date | None) -> Enclosure:
    """A document as it is stored. What a scan once kept may hold was not looked at then: it is examined now."""
    what = "The first plan's EOB" if part == "primary_eob" and not kind else f"The document “{title}”"
    try:
        content = files.read(file)
        is_clean = Evidence.objects.filter(file=file).exists()
        document = _drawn(content, file.media_type) if is_clean else read_document(content)
    except (files.MissingFile, files.DamagedFile, papers.PaperRefused) as e:
        raise RefusedVerb(f"{what} cannot be put into the packet. {e}") from e
    except ValidationError as e:
        raise RefusedVerb(f"{what} cannot be put into the packet. {' '.join(e.messages)}") from e
    return Enclosure(part, document.extension, title, document.clean, document.pages, kind, dated_on)


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
    return row


def _changed(claim: Claim) -> None:
    """A packet that was sealed before holds other documents. One that was sent is not touched by what comes after."""
    if claim.transport in NOT_AWAY:
        claim.revision += 1
        claim.save(update_fields=["revision"])


def _told(evidence: Evidence, action: str, *, by: User, at: datetime) -> None:
    claim = evidence.claim
    patient = claim.encounter.patient
    record(action, by=by, at=at, subject=claim, patient=patient, evidence=evidence.pk, sha256=evidence.file.sha256)


def _type_of(data: bytes) -> str:
    kinds = {b"\xff\xd8\xff": "image/jpeg", b"\x89PN": "image/png"}
    return next((kind for start, kind in kinds.items() if data.startswith(start)), "application/pdf")
