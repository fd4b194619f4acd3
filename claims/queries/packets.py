"""Whether a sealed packet still says what the claim says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from claims.facts import ClaimFacts
from claims.models import Claim, Packet
from claims.queries.primary import answers_before, primary_facts
from documentation.kernel.wire import to_data

PRINTED = (
    *("kind", "encounter", "billing", "coverage", "other_coverages", "authorizations", "lines", "diagnoses"),
    "primary",
)
"""Parts of the facts that a packet shows; what else the checks look at may change without making it untrue."""


def is_current(packet: Packet, facts: ClaimFacts) -> bool:
    """Whether nothing changed since: neither the claim nor what it takes from the patient's plan and the record."""
    if packet.claim_revision != packet.claim.revision:
        return False
    sealed = json.loads(packet.facts)
    return _printed(sealed.get("claim", sealed)) == _printed(to_data(facts))  # an appeal's facts contain the claim's


@dataclass(frozen=True)
class WayOut:
    """The channel for which a packet was sealed, as its manifest says: its files with their reasons, what stays."""

    name: str
    files: tuple[dict[str, Any], ...]
    """part (the sealed row), name as it leaves, title, reason."""
    steps: tuple[str, ...]
    stays: tuple[dict[str, str], ...]
    note: str
    warnings: tuple[str, ...]


def way_out(packet: Packet) -> WayOut | None:
    """How this packet leaves; None where it was sealed without a channel's files."""
    told = json.loads(packet.manifest).get("channel")
    if not told:
        return None
    parts = {part.name: part for part in packet.parts.all()}
    files = tuple(
        {**f, "name": f["name"].partition("/")[2], "part": parts[f["name"]]}
        for f in told["leaves"]
        if f["name"] in parts
    )
    return WayOut(
        told["name"],
        files,
        tuple(step["text"] for step in told["steps"]),
        tuple(told["stays"]),
        told["note"],
        tuple(told["warnings"]),
    )


def packets_to_send(claims: Iterable[Claim]) -> dict[int, Packet]:
    """By claim its newest packet, where it may be sent: neither the claim nor the first plan's answer changed since.

    Sending asks this of one claim, the board of all that wait; in a constant number of queries.
    """
    waiting = list(claims)
    newest = Packet.objects.filter(claim__in=waiting, kind="claim").order_by("pk").defer("manifest", "report")
    packets = {packet.claim_id: packet for packet in newest}  # the last one of a claim stays
    answers = answers_before(waiting)
    return {
        claim.pk: packet
        for claim in waiting
        if (packet := packets.get(claim.pk))
        and packet.claim_revision == claim.revision
        and json.loads(packet.facts).get("primary") == to_data(primary_facts(answers.get(claim.pk)))
    }


def _printed(facts: dict[str, Any]) -> dict[str, Any]:
    shown = {key: facts.get(key) for key in PRINTED}
    shown["encounter"] = {k: v for k, v in facts["encounter"].items() if k not in ("today", "status")}
    # A field that came with a later version of the program says nothing while it is empty.
    shown["lines"] = [{k: v for k, v in line.items() if v} for line in facts["lines"]]
    # How often a permission may be used is for the checks; the packet prints its number.
    shown["authorizations"] = [
        {k: v for k, v in row.items() if k not in ("units", "units_used")} for row in facts["authorizations"]
    ]
    shown["coverage"] = _plan(facts["coverage"])
    shown["other_coverages"] = [_plan(plan) for plan in facts["other_coverages"]]
    return shown


def _plan(plan: dict[str, Any]) -> dict[str, Any]:
    # What is known of the payer's rules, and agreed with it, is for the checks; the packet does not print it.
    return {**plan, "payer": {k: v for k, v in plan["payer"].items() if k not in ("policy", "terms")}}
