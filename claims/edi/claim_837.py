"""Claims as one X12 file: dental ones as 837D (005010X224A2), medical ones as 837P (005010X222A1).

Pure: the moment and the control numbers come in from outside. Claims are written one after the other as they come, so a
file of many takes no more memory than a file of one. Claims of one practice that follow each other share its level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from claims.edi.charset import basic
from claims.edi.claim_segments import billing_level, claim_level, segment, subscriber_levels
from claims.edi.electronic import Billing, ElectronicClaim

VERSIONS = {"dental": "005010X224A2", "medical": "005010X222A1"}
"""GS08 and ST03."""
TRANSACTIONS = {"dental": "837D", "medical": "837P"}
QUALIFIERS = ("01", "14", "20", "27", "28", "29", "30", "33", "ZZ")
"""ISA05 and ISA07: D-U-N-S, the same with suffix, health industry number, carrier, intermediary and provider of
Medicare, tax ID, insurance commissioners' number, mutually agreed."""
MOST_IN_A_SET = 5000
"""Claims in one transaction set, as the guides advise; more go into further sets of the same file."""


@dataclass(frozen=True)
class Sender:
    """Who sends the file: the practice, or the office that bills for it. `identifier` at most 15 characters."""

    name: str
    identifier: str
    phone: str
    contact: str = "BILLING OFFICE"
    qualifier: str = "ZZ"
    """What kind of number the identifier is (ISA05), one of `QUALIFIERS`."""


@dataclass(frozen=True)
class Receiver:
    """Who takes the file: a clearinghouse, or the payer itself. `identifier` at most 15 characters."""

    name: str
    identifier: str
    qualifier: str = "ZZ"
    """The same in ISA07."""


@dataclass(frozen=True)
class Numbers:
    """The control numbers of one file; none is ever given twice.

    `interchange` 1 to 999,999,999 stands in ISA13, GS06 and BHT03; `first_set` in ST02 of the first set.
    """

    interchange: int
    first_set: int = 1


def write(
    claims: Iterable[ElectronicClaim],
    *,
    kind: str,
    sender: Sender,
    receiver: Receiver,
    at: datetime,
    numbers: Numbers,
    is_test: bool = False,
) -> Iterator[str]:
    """The file, one segment a line, ended by its terminator. All claims are of one kind; there is at least one.

    Raises ValueError where claims of both kinds come, or none.
    """
    me, you, control = sender.identifier, receiver.identifier, numbers.interchange
    usage = "T" if is_test else "P"
    parties = f"{sender.qualifier}*{me:15.15}*{receiver.qualifier}*{you:15.15}"
    yield f"ISA*00*{'':10}*00*{'':10}*{parties}*{at:%y%m%d}*{at:%H%M}*^*00501*{control:09d}*0*{usage}*:~\n"
    version = VERSIONS[kind]
    yield _ended(segment("GS", "HC", me, you, f"{at:%Y%m%d}", f"{at:%H%M}", str(control), "X", version))
    waiting, sets = iter(claims), 0
    while True:
        first = next(waiting, None)
        if first is None:
            break
        batch = chain([first], islice(waiting, MOST_IN_A_SET - 1))
        st02, batch_id = f"{numbers.first_set + sets:04d}", f"BATCH{control:06d}" + (f"-{sets + 1}" if sets else "")
        yield from _set(batch, kind, sender, receiver, at, st02, batch_id)
        sets += 1
    if not sets:
        raise ValueError("There is no claim to write.")
    yield _ended(segment("GE", str(sets), str(control)))
    yield _ended(segment("IEA", "1", f"{control:09d}"))


def _set(
    claims: Iterable[ElectronicClaim],
    kind: str,
    sender: Sender,
    receiver: Receiver,
    at: datetime,
    control: str,
    batch: str,
) -> Iterator[str]:
    written = 0
    for text in chain(_header(kind, sender, receiver, at, control, batch), _levels(claims, kind)):
        written += 1
        yield _ended(text)
    yield _ended(segment("SE", str(written + 1), control))


def _header(kind: str, sender: Sender, receiver: Receiver, at: datetime, control: str, batch: str) -> Iterator[str]:
    yield segment("ST", "837", control, VERSIONS[kind])
    yield segment("BHT", "0019", "00", batch, f"{at:%Y%m%d}", f"{at:%H%M}", "CH")
    yield segment("NM1", "41", "2", basic(sender.name)[:60], "", "", "", "", "46", sender.identifier)
    yield segment("PER", "IC", basic(sender.contact)[:60], "TE", sender.phone)
    yield segment("NM1", "40", "2", basic(receiver.name)[:60], "", "", "", "", "46", receiver.identifier)


def _levels(claims: Iterable[ElectronicClaim], kind: str) -> Iterator[str]:
    level, parent = 0, 0
    billing: Billing | None = None
    for claim in claims:
        if claim.kind != kind:
            raise ValueError("Dental and medical claims do not go into one file.")
        if claim.billing != billing:
            billing, level = claim.billing, level + 1
            parent = level
            yield from billing_level(billing, level)
        level += 1
        yield from subscriber_levels(claim, level, parent)
        level += claim.patient is not None
        yield from claim_level(claim)


def _ended(text: str) -> str:
    return text + "~\n"
