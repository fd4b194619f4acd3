"""One denial with everything that its page tells: where it comes from, what it answers, what was done about it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from claims.codes.ways_out import WAY_LABELS
from claims.edi.excerpt import Excerpt, excerpt_of
from claims.models import Denial
from documentation.models import AuditEvent

MOST_BYTES = 20 * 2**20
"""Larger files are not read for a page: the page names the segment, and the file can be downloaded."""


def with_everything() -> QuerySet[Denial]:
    """Denials with what their page shows."""
    return Denial.objects.select_related(
        "claim__encounter__patient",
        "claim__encounter__location",
        "claim__coverage__payer",
        "packet",
        "claim__owner",
        "answer__remittance__file__file",
        "answer__remittance__scan",
    ).prefetch_related(
        "appeals",
        "peer_calls__recorded_by",
        "decisions__decided_by",
        "write_offs__requested_by",
        "write_offs__decided_by",
    )


@dataclass(frozen=True)
class Source:
    """Where the payer said it: segments of a file, or a scan with its printed words."""

    kind: str
    """file or paper"""
    excerpt: Excerpt | None
    printed: str
    page: int = 0
    """The page of the scan where the numbers of the claim were marked; 0 where none was."""


def source_of(denial: Denial) -> Source:
    """What the payer wrote, word for word."""
    check = denial.answer.remittance
    if check.file is None:
        marked = check.spots.filter(field__startswith="lines-").first() or check.spots.first()
        return Source("paper", None, denial.answer.printed, marked.page if marked else 0)
    stored = check.file.file
    if not denial.answer.segment or stored.size > MOST_BYTES:
        return Source("file", None, "")
    from documentation.services import files

    return Source("file", excerpt_of(files.read(stored), denial.answer.segment), "")


_TOLD = {
    "denial.open": ("Opened by the payer's answer", "denied"),
    "denial.assign": ("Handed over, taken or given back", ""),
    "claim.assign": ("Handed over, taken or given back", ""),
    "denial.cause": ("Cause changed by a person", ""),
    "denial.sort": ("Sorted anew, as its code is known now", ""),
    "denial.plan_next": ("Next step written down", ""),
    "denial.peer": ("Peer-to-peer call noted", "appeal"),
    "denial.decide": ("Decided", "ready"),
    "denial.appeal": ("Appealed", "appeal"),
    "denial.reopen": ("Opened again", "denied"),
    "denial.resolve": ("Resolved", "ready"),
    "write_off.request": ("Write-off asked for", "attention"),
    "write_off.approve": ("Write-off approved", "ready"),
    "write_off.carry_out": ("Written off", ""),
    "write_off.refuse": ("Write-off refused", "denied"),
    "write_off.withdraw": ("Write-off withdrawn", ""),
    "write_off.take_back": ("Write-off taken back", "attention"),
    "appeal.open": ("Appeal started", "appeal"),
    "appeal.send": ("Appeal sent", "appeal"),
    "appeal.decide": ("Appeal decided", "ready"),
    "appeal.withdraw": ("Appeal withdrawn", ""),
}


def history(denial: Denial) -> list[dict[str, Any]]:
    """What happened to a denial, the newest first. Events of the claim count from the day it was opened."""
    own = [str(denial), *(str(w) for w in denial.write_offs.all()), *(str(a) for a in denial.appeals.all())]
    of_claim = Q(subject=denial.claim.number, at__gte=denial.opened_at)
    events = AuditEvent.objects.filter(of_claim | Q(subject__in=own), action__in=list(_TOLD)).select_related("by")
    return [_told(e) for e in events.order_by("-seq")[:60]]


def _told(event: AuditEvent) -> dict[str, Any]:
    what, tone = _TOLD[event.action]
    detail = json.loads(event.detail)
    way = WAY_LABELS.get(detail.get("way", ""), "")
    return {
        "what": f"{what}: {way.lower()}" if way else what,
        "who": event.by.display_name if event.by else "Ductus",
        "at": event.at,
        "tone": tone,
    }
