"""What goes around a packet on paper or by fax: an address label, a cover sheet. Made on demand, not kept."""

from __future__ import annotations

from datetime import datetime

from claims.clocks.paths import Stage
from claims.models import Claim, Packet
from claims.playbook import said
from documentation.kernel.identifiers import phone
from documentation.kernel.machine import NotPossible
from documentation.typesetting import render

KINDS = {"label": "Address label", "fax": "Fax cover sheet"}
WRITE_IN = "Fax number {of}: not known, write it in"
BY_HAND = "_" * 20
_WORDS = (
    "For the person named above only. It holds health information that the law protects. Whoever received it by"
    " mistake, please call the number above and destroy it."
)


def claims_fax_of(claim: Claim, at: datetime) -> str:
    """The fax number of the desk that takes the documents of a claim; empty where it is not known, or stale."""
    day = claim.encounter.location.today(at)
    return str(claim.coverage.payer.book().reliable("claims_fax", claim.coverage.plan_name, day) or "")


def label_of(packet: Packet, kind: str, *, at: datetime) -> bytes:
    """A label to be cut out, or a fax cover sheet, for a packet, as PDF. Nothing on it names the patient.

    Where the fax number of the claims desk is not known, the cover leaves a line for it, to be written by hand; so does
    that of an external review, of whose number the playbook knows nothing. Raises NotPossible where the address, or
    the fax number of the appeals desk, is not known or stale.
    """
    claim = packet.claim
    payer, plan, place = claim.coverage.payer, claim.coverage.plan_name, claim.encounter.location
    book, day = payer.book(), place.today(at)
    is_appeal = packet.kind == "appeal"
    what = "appeals" if is_appeal else "claims"
    if packet.appeals.filter(stage=Stage.EXTERNAL).exists():
        what = "external"
    named = "external review" if what == "external" else what
    number = book.reliable(f"{what}_fax", plan, day) if kind == "fax" and what != "external" else None
    if number:
        receiver, lacking = [payer.name, f"Fax {said(f'{what}_fax', number)}"], ""
    elif kind == "fax" and what == "external":
        # Whoever takes these in is named by the address; where that is not known, by hand as well.
        address = str(book.reliable("external_address", plan, day) or BY_HAND)
        receiver, lacking = [address.splitlines()[0], f"Fax {BY_HAND}"], ""
    elif kind == "fax":
        receiver = [] if is_appeal else [payer.name, f"Fax {BY_HAND}"]
        lacking = f"fax number for {named}"
    else:
        address = book.reliable(f"{what}_address", plan, day)
        own = [] if is_appeal else _own_address(payer)
        # Whoever takes requests for external review in is named by the address itself.
        receiver = [*([] if what == "external" else [payer.name]), *str(address).splitlines()] if address else own
        lacking = f"address for {named}"
    if not receiver:
        raise NotPossible(
            f"The {lacking} of {payer.name} is not known, or was verified too long ago. Ask, write it down in its"
            " playbook, then print this again."
        )
    of = "for external review" if what == "external" else "of the claims desk"
    words = _WORDS if number else f"{WRITE_IN.format(of=of)}. {_WORDS}"
    sender = [place.name, place.line1, place.line2, f"{place.city}, {place.state} {place.zip}", phone(place.phone)]
    numbers = [["Control number", packet.control_number], ["Claim", claim.number]]
    if kind == "fax":
        numbers.append(["Pages with this one", str(packet.pages + 1)])
    local = at.astimezone(place.zone)
    return render(
        "label.typ",
        {
            "kind": kind, "title": f"{KINDS[kind]} for packet {packet.number}", "author": place.name,
            "heading": "Fax" if kind == "fax" else f"Attention: attachments for {named}",
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
