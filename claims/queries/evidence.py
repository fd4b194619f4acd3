"""The two shelves of a claim: what is to be sent, and what the payer sent, which goes into no packet of it."""

from __future__ import annotations

from dataclasses import dataclass

from claims.models import Claim, Evidence, Packet, Remittance
from claims.queries.plans import terms_on


@dataclass(frozen=True)
class Shelved:
    """A document on the shelf with the newest sealed packet that holds it, whether that was sent, why it stays."""

    row: Evidence
    packet: Packet | None
    is_sent: bool
    stays: str = ""
    """Why it goes into no packet; empty where it goes along."""


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
    rows = claim.evidence.filter(removed_at=None).select_related("file", "added_by")
    leaves = {e.pk for e in leaving(claim)}
    why = f"{claim.coverage.payer.name} takes the first plan's amounts as data, so this paper stays here."
    return [Shelved(e, newest.get(e.file.sha256), e.file.sha256 in sent, "" if e.pk in leaves else why) for e in rows]


def leaving(claim: Claim) -> list[Evidence]:
    """What leaves of the shelf: a payer that takes the first plan's amounts as data does not want its paper besides."""
    terms = terms_on(claim.coverage.payer, claim.service_date)
    as_data = terms is not None and terms.cob_as == "data"
    shelf = claim.evidence.filter(removed_at=None).select_related("file")
    return [e for e in shelf if not (as_data and e.kind == "primary_eob")]


def taken_off(claim: Claim) -> list[Evidence]:
    """What was taken off the shelf, the last first."""
    return list(claim.evidence.exclude(removed_at=None).select_related("removed_by").order_by("-removed_at"))


def taken_off_since(packet: Packet) -> list[Evidence]:
    """Documents in a sealed packet that were taken off the claim's shelf since and do not lie on it again.

    What was taken off before came into the packet otherwise, such as an EOB that goes along by itself.
    """
    held = set(packet.parts.values_list("sha256", flat=True))
    rows = list(Evidence.objects.filter(claim=packet.claim_id).select_related("file").order_by("pk"))
    lies = {e.file.sha256 for e in rows if e.removed_at is None}
    since = [e for e in rows if e.removed_at and e.removed_at >= packet.sealed_at]
    return list({e.file.sha256: e for e in since if e.file.sha256 in held - lies}.values())


def from_the_payer(claim: Claim) -> list[Remittance]:
    """Answers of the payer that came on paper. They stay here: no packet of this claim ever holds them."""
    found = Remittance.objects.filter(answers__claim=claim, scan__isnull=False)
    return list(found.distinct().order_by("pk"))
