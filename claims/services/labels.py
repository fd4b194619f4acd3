"""What goes around a packet on paper or by fax: an address label, a cover sheet. Made on demand, not kept."""

from __future__ import annotations

from datetime import datetime

from claims.models import Packet
from claims.playbook import said
from documentation.kernel.identifiers import phone
from documentation.kernel.machine import NotPossible
from documentation.typesetting import render

KINDS = {"label": "Address label", "fax": "Fax cover sheet"}
WRITE_IN = "Fax number of the claims desk: not known, write it in"
_WORDS = (
    "For the person named above only. It holds health information that the law protects. Whoever received it by"
    " mistake, please call the number above and destroy it."
)


def label_of(packet: Packet, kind: str, *, at: datetime) -> bytes:
    """A label to be cut out, or a fax cover sheet, for a packet, as PDF. Nothing on it names the patient.

    A fax number is known of the appeals desk alone: the cover of a claim or a supplement leaves a line for it, to be
    written by hand. Raises NotPossible where the address or the fax number of the desk is not known, or stale.
    """
    claim = packet.claim
    payer, plan, place = claim.coverage.payer, claim.coverage.plan_name, claim.encounter.location
    book, day = payer.book(), place.today(at)
    is_appeal = packet.kind == "appeal"
    what = "appeals" if is_appeal else "claims"
    if kind == "fax" and is_appeal:
        number = book.reliable("appeals_fax", plan, day)
        receiver = [payer.name, f"Fax {said('appeals_fax', number)}"] if number else []
        lacking = "fax number for appeals"
    elif kind == "fax":
        receiver, lacking = [payer.name, "Fax ____________________"], ""
    else:
        address = book.reliable(f"{what}_address", plan, day)
        own = [] if is_appeal else _own_address(payer)
        receiver = [payer.name, *str(address).splitlines()] if address else own
        lacking = f"address for {what}"
    if not receiver:
        raise NotPossible(
            f"The {lacking} of {payer.name} is not known, or was verified too long ago. Ask, write it down in its"
            " playbook, then print this again."
        )
    words = _WORDS if is_appeal else f"{WRITE_IN}. {_WORDS}"
    sender = [place.name, place.line1, place.line2, f"{place.city}, {place.state} {place.zip}", phone(place.phone)]
    numbers = [["Control number", packet.control_number], ["Claim", claim.number]]
    if kind == "fax":
        numbers.append(["Pages with this one", str(packet.pages + 1)])
    local = at.astimezone(place.zone)
    return render(
        "label.typ",
        {
            "kind": kind, "title": f"{KINDS[kind]} for packet {packet.number}", "author": place.name,
            "heading": "Fax" if kind == "fax" else f"Attention: attachments for {what}",
            "date": list(local.timetuple()[:3]), "sender": [row for row in sender if row.strip(" ,")],
            "receiver": receiver, "footer": f"Packet {packet.number}", "numbers": numbers,
            "words": words if kind == "fax" else "",
        },
        {},
    ).pdf  # fmt: skip


def _own_address(payer: object) -> list[str]:
    """Where the payer itself is, as its row says; nothing where that is not known."""
    line1, line2, city, state, code = (getattr(payer, n) for n in ("line1", "line2", "city", "state", "zip"))
    return [x for x in (str(payer), line1, line2, f"{city}, {state} {code}") if x] if line1 else []
