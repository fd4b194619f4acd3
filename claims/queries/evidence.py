"""The two sides of a claim's shelf: what is to be sent, and what the payer sent, which goes into no packet unchosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from claims.channels import Item
from claims.channels.policy import Wishes, sort_out, unwanted
from claims.models import Claim, Evidence, FilingProof, Packet, Remittance, VisitDocument
from claims.queries.enclosed import KINDS, PART_OF, item_of, wishes_of_payer
from claims.queries.plan_facts import payer_facts
from documentation.models import StoredFile


@dataclass(frozen=True)
class Shelved:
    """A document on the shelf with the newest sealed packet that holds it, whether that was sent, why it stays."""

    row: Evidence
    packet: Packet | None
    is_sent: bool
    stays: str = ""
    """Why it goes into no packet; empty where it goes along."""


@dataclass(frozen=True)
class Received:
    """Something that a payer sent of a claim, or that proves what was sent to it. It leaves only where a person says
    so.

    `source` says where it is kept, such as `check:12`; `kind` is the kind that it has on the shelf; `check`, `sending`
    and `proof` are keys of the pages that show it. `is_chosen`: a copy lies among what is to be sent.
    """

    source: str
    title: str
    kind: str
    dated_on: date
    came_from: str = ""
    file: StoredFile | None = None
    check: int = 0
    sending: int = 0
    proof: int = 0
    row: Evidence | None = None
    is_chosen: bool = False

    @property
    def can_leave(self) -> bool:
        """Whether a packet can take it: its pages become pictures."""
        return self.file is not None and self.file.media_type in _WITH_PAGES


_WITH_PAGES = frozenset({"application/pdf", "image/jpeg", "image/png"})


def shelf_of(claim: Claim) -> list[Shelved]:
    """What lies on 'Evidence to send', by the day on the document."""
    newest: dict[str, Packet] = {}
    sent: set[str] = set()
    packets = claim.packets.filter(kind__in=("claim", "supplement")).defer("manifest", "facts", "report")
    for packet in packets.prefetch_related("parts", "submissions").order_by("pk"):
        sums = {part.sha256 for part in packet.parts.all()}
        newest |= dict.fromkeys(sums, packet)
        if packet.submissions.all():
            sent |= sums
    rows = claim.evidence.filter(side="send", removed_at=None).select_related("file", "preview", "added_by")
    wishes = _wishes(claim, was_asked=False)
    return [Shelved(e, newest.get(e.file.sha256), e.file.sha256 in sent, unwanted(_item(e), wishes)) for e in rows]


def held_back(claim: Claim, *, was_asked: bool = False) -> dict[int, str]:
    """By key what lies on the shelf and the payer does not want after the claim either, with why, as a sentence."""
    wishes = _wishes(claim, was_asked=was_asked)
    rows = list(claim.evidence.filter(side="send", removed_at=None))
    told = zip(rows, sort_out([_item(e) for e in rows], wishes), strict=True)
    return {row.pk: decision.reason for row, decision in told if not decision.leaves}


def _wishes(claim: Claim, *, was_asked: bool) -> Wishes:
    plan = claim.coverage
    return wishes_of_payer(payer_facts(plan.payer, plan.plan_name, claim.service_date), was_asked=was_asked)


def _item(row: Evidence) -> Item:
    return item_of(PART_OF.get(row.kind, "evidence"), KINDS[row.kind], row.title)


def taken_off(claim: Claim) -> list[Evidence]:
    """What was taken off the shelf, the last first."""
    return list(claim.evidence.exclude(removed_at=None).select_related("removed_by").order_by("-removed_at"))


def taken_off_since(packet: Packet) -> list[Evidence]:
    """Documents in a sealed packet that were taken off the claim's shelf since and do not lie on it again.

    What was taken off before came into the packet otherwise, such as an EOB that goes along by itself.
    """
    held = set(packet.parts.values_list("sha256", flat=True))
    rows = list(Evidence.objects.filter(claim=packet.claim_id, side="send").select_related("file").order_by("pk"))
    lies = {e.file.sha256 for e in rows if e.removed_at is None}
    since = [e for e in rows if e.removed_at and e.removed_at >= packet.sealed_at]
    return list({e.file.sha256: e for e in since if e.file.sha256 in held - lies}.values())


def from_the_payer(claim: Claim) -> list[Remittance]:
    """Answers of the payer that came on paper. They stay here, unless a person sends a copy along."""
    found = Remittance.objects.filter(answers__claim=claim, scan__isnull=False)
    return list(found.select_related("scan").distinct().order_by("pk"))


def received_of(claim: Claim) -> list[Received]:
    """What came from the payer, by its day: EOBs on paper, letters that somebody laid there, proofs of sending."""
    chosen = {(e.original_id, e.file_id) for e in claim.evidence.filter(side="send", removed_at=None)}
    known = {pk for pair in chosen for pk in pair}
    found = [*_scans(claim), *_letters(claim), *_proofs(claim)]
    marked = (replace(r, is_chosen=bool(r.file and r.file.pk in known)) for r in found)
    return sorted(marked, key=lambda r: (r.dated_on, r.source))


def _scans(claim: Claim) -> Iterator[Received]:
    payer = claim.coverage.payer.name
    for row in from_the_payer(claim):
        title = " ".join(("EOB", row.trace)) if row.trace else "EOB"
        day = row.paid_on or claim.encounter.location.today(row.recorded_at)
        yield Received(f"check:{row.pk}", title, "payer_eob", day, payer, file=row.scan, check=row.pk)


def _letters(claim: Claim) -> Iterator[Received]:
    rows = claim.evidence.filter(side="payer", removed_at=None).select_related("file", "preview", "added_by")
    for row in rows:
        yield Received(f"evidence:{row.pk}", row.title, row.kind, row.dated_on, row.came_from, file=row.file, row=row)


def _proofs(claim: Claim) -> Iterator[Received]:
    """Files that prove a sending: kept with it."""
    for sent in claim.submissions.filter(proof_file__isnull=False).select_related("proof_file"):
        title = f"{sent.get_proof_display()} of what was sent"
        yield Received(f"sending:{sent.pk}", title, "filing_proof", sent.sent_on, file=sent.proof_file, sending=sent.pk)
    for proof in FilingProof.objects.filter(submission__claim=claim, file__isnull=False).select_related("file"):
        title = f"{proof.get_kind_display()} {proof.reference}".strip()
        yield Received(f"proof:{proof.pk}", title, "filing_proof", proof.received_on, file=proof.file, proof=proof.pk)


def elsewhere(claim: Claim) -> list[Evidence]:
    """Documents to send that lie with other claims of the same patient and day and not with this one."""
    here = claim.evidence.filter(side="send", removed_at=None).values("file")
    found = Evidence.objects.filter(
        claim__encounter__patient=claim.encounter.patient_id,
        claim__service_date=claim.service_date,
        side="send",
        removed_at=None,
    )
    rows = found.exclude(claim=claim).exclude(file__in=here).select_related("file", "preview", "claim")
    return list({row.file_id: row for row in rows.order_by("dated_on", "pk")}.values())


def of_visit(visit_key: int) -> list[VisitDocument]:
    """What lies with a visit itself, by the day on the document."""
    rows = VisitDocument.objects.filter(encounter=visit_key, removed_at=None)
    return list(rows.select_related("file", "added_by"))


def taken_off_visit(visit_key: int) -> list[VisitDocument]:
    """What was taken off the shelf of a visit and may be put back, without what was added again."""
    found = VisitDocument.objects.filter(encounter=visit_key).select_related("file", "removed_by")
    here = {row.file_id for row in found if not row.removed_at}
    return [row for row in found if row.removed_at and row.file_id not in here]


def of_visit_unused(claim: Claim) -> list[VisitDocument]:
    """The same without what lies on the claim's own shelf already."""
    here = set(claim.evidence.filter(side="send", removed_at=None).values_list("file", flat=True))
    return [row for row in of_visit(claim.encounter.visit_key) if row.file_id not in here]
