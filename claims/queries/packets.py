"""Whether a sealed packet still says what the claim says, asked in one way wherever a packet is shown or leaves."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, QuerySet

from claims.channels import Profile
from claims.facts import ClaimFacts
from claims.models import ChannelLimit, Claim, Packet
from claims.packet.composition import USUAL
from claims.packet.printed import changes, told
from claims.queries import enclosed
from claims.queries.channels import order_of, profile, profiles
from claims.queries.claims import facts_from
from claims.queries.enclosed import Chosen, chosen_as_json, documents_of_each, is_same_choice, sorted_out, wishes_of
from claims.queries.gathered import Gathered
from claims.queries.primary import nearest
from documentation.kernel.wire import to_data
from documentation.models.among import Keys, among
from documentation.models.together import asking


@dataclass(frozen=True)
class Standing:
    """The newest packet of a claim, and what it holds that is otherwise now, as names without values."""

    packet: Packet
    changed: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        return not self.changed

    @property
    def sentence(self) -> str:
        """Why it must not leave; empty where it may."""
        return changed_words(self.packet, self.changed)


def changed_words(packet: Packet, changed: Collection[str]) -> str:
    """`Packet K000007 is no longer true: the coverage's member ID changed after it was sealed.`; empty for nothing."""
    if not changed:
        return ""
    return f"Packet {packet.number} is no longer true: {told(tuple(changed))} changed after it was sealed."


def asked(keys: Keys) -> dict[str, QuerySet[Any]]:
    """What says how the newest packets of claims stand, by the keys of the claims; it may be asked for with others."""
    of_claims = Packet.objects.filter(among("claim", keys), kind="claim").order_by()
    newest = of_claims.values("claim").annotate(last=Max("pk")).values("last")
    return {
        **enclosed.asked(keys),
        "packets": Packet.objects.filter(pk__in=newest).defer("report"),
        "limits": ChannelLimit.objects.all(),
    }


def standings(claims: Iterable[Claim]) -> dict[int, Standing]:
    """By claim how its newest packet stands; a claim without one is not among them. In a constant number of queries:
    of what is known to be old already no facts are read.
    """
    waiting = {claim.pk: claim for claim in claims}
    found = asking(len(waiting))(**asked(waiting))
    revisions = {packet.claim_id: packet.claim_revision for packet in found["packets"]}
    are_new = [claim for key, claim in waiting.items() if claim.revision == revisions.get(key)]
    rows = Gathered(are_new) if are_new else None
    facts = {c.pk: facts_from(c, rows, today=None) for c in rows.claims} if rows else {}
    return standings_by(waiting, facts, found, rows)


def standings_by(
    waiting: Mapping[int, Claim],
    facts: Mapping[int, ClaimFacts],
    found: Mapping[str, list[Any]] | None = None,
    rows: Gathered | None = None,
) -> dict[int, Standing]:
    """The same of claims by their keys, where the facts are known; `found` is what was `asked`, and `rows` what the
    facts were made from, where they are at hand.
    """
    found = found or asking(len(waiting))(**asked(waiting))
    packets = {packet.claim_id: packet for packet in found["packets"] if packet.claim_id in waiting}
    known = [waiting[pk] for pk in packets if pk in facts]
    before = (lambda claim: nearest(rows.answers_before(claim), claim)) if rows else None
    documents = documents_of_each(facts, known, found, before) if known else {}
    channels = {profile.key: profile for profile in profiles(found["limits"])}
    standing = {}
    for pk, packet in packets.items():
        is_old = packet.claim_revision != waiting[pk].revision
        channel = channels.get(packet.channel)
        names = list(_changed(packet, facts[pk], documents[pk], channel)) if pk in documents else []
        standing[pk] = Standing(packet, tuple(names or (["the claim"] if is_old else [])))
    return standing


def standing_of(packet: Packet, facts: ClaimFacts) -> Standing:
    """How one packet of a claim stands, the newest or not."""
    claim = packet.claim
    (documents,) = documents_of_each({claim.pk: facts}, [claim]).values()
    channel = next((p for p in profiles() if p.key == packet.channel), None)
    names = tuple(_changed(packet, facts, documents, channel))
    return Standing(packet, names or (("the claim",) if packet.claim_revision != claim.revision else ()))


def is_current(packet: Packet, facts: ClaimFacts) -> bool:
    """Whether nothing changed since: neither the claim nor what it takes from the patient's plan and the record."""
    return standing_of(packet, facts).is_current


def leaves_something(manifest: Mapping[str, Any]) -> bool:
    """Whether documents go along with the claim by the channel of a sealed packet, or only its note."""
    way = manifest.get("channel")
    return not way or bool(way["leaves"]) or any(step["name"] == "print" for step in way["steps"])


def changed_on_cover(packet: Packet, facts: ClaimFacts) -> tuple[str, ...]:
    """What the cover of a supplement says that is otherwise now, and what its channel takes."""
    return (*changes(json.loads(packet.facts), to_data(facts), kind="supplement"), *channel_changed(packet))


def packets_to_send(claims: Iterable[Claim]) -> dict[int, Packet]:
    """By claim its newest packet, where it may be sent: nothing that it prints or holds changed since.

    Sending asks this of one claim, the board of all that wait; in a constant number of queries.
    """
    return {pk: standing.packet for pk, standing in standings(claims).items() if standing.is_current}


def _changed(
    packet: Packet, facts: ClaimFacts, documents: Collection[Chosen], channel: Profile | None
) -> Iterator[str]:
    """What a packet of the claim itself holds that is otherwise now: printed words, documents, the channel's files."""
    yield from changes(json.loads(packet.facts), to_data(facts))
    manifest = json.loads(packet.manifest)
    then = manifest.get("wishes")
    if then is None:
        return
    wishes = wishes_of(facts, was_asked=then["was_asked"])
    order = order_of(channel)
    goes, _ = sorted_out(documents, wishes, order)
    if channel and tuple(manifest.get("order") or USUAL.parts) != order.parts:
        yield f"which parts {channel.name} takes"
    if not is_same_choice(manifest["chosen"], goes):
        yield "what goes along of the documents"
    if way := manifest.get("channel"):
        if then != chosen_as_json((), wishes)["wishes"]:
            yield "what the payer wants to get"
        yield from _channel_changed(way, channel)


def _channel_changed(way: Mapping[str, Any], channel: Profile | None) -> Iterator[str]:
    if channel and _limits(way["limits"]) != _limits(channel.as_json()["limits"]):
        yield f"what {channel.name} takes"


def channel_changed(packet: Packet) -> tuple[str, ...]:
    """What a packet with the files of a channel says of it that is otherwise now."""
    way = json.loads(packet.manifest).get("channel")
    return tuple(_channel_changed(way, profile(packet.channel))) if way else ()


def _limits(told_of: Mapping[str, Any]) -> dict[str, Any]:
    """The limits that decide what is made; the day on which one was read again decides nothing."""
    return {key: fact["value"] for key, fact in told_of.items() if key not in ("remarks", "parts")}


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
    is_printed: bool = False
    """The document itself goes along on paper."""


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
        any(step["name"] == "print" for step in told["steps"]),
    )
