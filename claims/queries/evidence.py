"""The two shelves of a claim: what is to be sent, and what the payer sent, which never leaves with a packet."""

from __future__ import annotations

from dataclasses import dataclass

from claims.models import Claim, Evidence, Packet, Remittance


@dataclass(frozen=True)
class Shelved:
    """A document on the shelf with the newest sealed packet that holds it, and whether that packet was sent."""

    row: Evidence
    packet: Packet | None
    is_sent: bool


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
    return [Shelved(e, newest.get(e.file.sha256), e.file.sha256 in sent) for e in rows]


def taken_off(claim: Claim) -> list[Evidence]:
    """What was taken off the shelf, the last first."""
    return list(claim.evidence.exclude(removed_at=None).select_related("removed_by").order_by("-removed_at"))


def from_the_payer(claim: Claim) -> list[Remittance]:
    """Answers of the payer that came on paper. They stay here: no packet of this claim ever holds them."""
    found = Remittance.objects.filter(answers__claim=claim, scan__isnull=False)
    return list(found.distinct().order_by("pk"))
