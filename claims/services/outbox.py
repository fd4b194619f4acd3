"""The verb that carries what waits in the outbox, so that whatever dies at whatever moment, nothing leaves twice.

What leaves was written down and committed before. One process holds it at a time, for a while: one that died lets go by
itself. Files are laid down under working names, then a mark is committed, then they get their true names, then it is
recorded. Broken off before the mark, nothing has left and all is done anew; behind it, what lies there decides.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from claims.models import (
    Claim,
    Dispatch,
    DispatchAttempt,
    DispatchedClaim,
    DispatchFile,
    Submission,
    Transmission,
)
from claims.queries.sending import ways_out
from claims.queries.transmissions import state_problem
from claims.services.dispatching import way_out
from claims.services.holding import hold_all
from claims.services.leases import hold, let_go, renew, require_waiting
from claims.services.submissions import record_left, require_sendable
from claims.ways import Time, Unsure, Way, WayFailed
from claims.ways.carrying import Laid, release, stage
from claims.workflow import Transport
from documentation.kernel.machine import NotPermitted, NotPossible, Refusal, Refused
from documentation.kernel.permissions import Permission
from documentation.kernel.text import clean_text
from documentation.models import User
from documentation.services import files
from documentation.services.audit import record

_NOTHING = "Nothing was handed over."
_PERHAPS = "Whether it left is not known yet: try again, and what lies there decides."


def carry(dispatch: Dispatch, *, by: User, at: datetime, time: Time | None = None) -> Dispatch:
    """Hand over what waits, and record each claim as sent. What was handed over already stays as it is.

    It takes no longer than `time`, which several may share; by default as long as a person waits. Raises OutOfTime
    where that is over: it waits, and the next try goes on from there. Raises NotPossible where another process carries
    it at this moment; Refused with a sentence where it failed: then every claim is where it was, and the try is kept.
    """
    if not by.may(Permission.CLAIM_SUBMIT):
        raise NotPermitted("Your role does not allow you to send claims.")
    time = time or Time()
    time.require()
    row = hold(dispatch)
    if row.delivered_at:
        return row
    if row.released_at and row.transmission.claims.filter(acknowledgements__isnull=False).exists():
        return _finish(row, _answer_to(row.transmission), by=by, at=at)
    try:
        laid = _carried(row, way_out(row.way), time, by=by, at=at)
    except WayFailed as e:
        raise _failed(row, _told(row, e), by=by, at=at) from e
    except Refusal as e:
        raise _failed(row, e, by=by, at=at) from e
    except BaseException:
        let_go(row)
        raise
    return _finish(row, _listed(laid, at), laid, by=by, at=at)


@dataclass(frozen=True)
class _Kept:
    """A file of it, read piece by piece from where it is kept."""

    row: DispatchFile
    is_laid: bool

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def size(self) -> int:
        return self.row.file.size

    @property
    def sha256(self) -> str:
        return self.row.file.sha256

    def pieces(self, start: int = 0) -> Iterator[bytes]:
        return files.pieces(self.row.file, start) if start < self.size else iter(())


def _carried(row: Dispatch, way: Way, time: Time, *, by: User, at: datetime) -> tuple[Laid, ...]:
    if way.opened is None:
        raise Refused(f"{way.name} is carried by a person.")
    parcels = [_Kept(f, f.position < row.laid) for f in row.files.select_related("file")]

    def go_on() -> None:
        time.require()
        renew(row)

    def laid(number: int) -> None:
        if number > row.laid:
            Dispatch.objects.filter(pk=row.pk).update(laid=number)

    with way.opened(ways_out(), time) as place:
        if row.released_at is None:
            stage(place, parcels, before_each=go_on, between=partial(renew, row), after_each=laid)
            _mark(row, by=by, at=at)
        return release(place, parcels, before_each=go_on)


def _mark(row: Dispatch, *, by: User, at: datetime) -> None:
    """Commit that it is about to leave, if every claim is still as it was written; then nothing else may take it."""
    with transaction.atomic():
        held = {
            c.pk: c
            for c in Claim.objects.select_for_update(of=("self",)).filter(dispatched__dispatch=row).order_by("pk")
        }
        problems = []
        for one in row.claims.select_related("claim").order_by("pk"):
            problems += [f"{one.claim}: {why}" for why in _changed(held[one.claim_id], one, by=by, at=at)]
        if problems:
            raise Refused("Nothing was handed over, as something changed since it was written.", *problems)
        renew(row)
        Dispatch.objects.filter(pk=row.pk).update(released_at=at)
    row.released_at = at


def _changed(claim: Claim, one: DispatchedClaim, *, by: User, at: datetime) -> list[str]:
    if claim.revision != one.claim_revision:
        return ["It changed since it was put into the outbox. Take it out there, look at it, and send it again."]
    newest = claim.packets.filter(kind="claim").first()
    if one.packet_id and newest and newest.pk != one.packet_id:
        return [
            f"Packet {newest.number} was sealed since it was put into the outbox, and an older one would leave. Take it"
            " out there, look at it, and send it again."
        ]
    if one.packet_id is None:
        return [said] if (said := state_problem(claim)) else []
    try:
        require_sendable(claim, claim.encounter.location.today(at), by=by)
    except (Refused, NotPossible) as e:
        return list(e.reasons)
    return []


def _told(row: Dispatch, why: WayFailed) -> WayFailed:
    """Why it failed, with what that means: a way knows nothing of the mark."""
    if isinstance(why, Unsure):
        return why
    return type(why)(*why.reasons, _NOTHING if row.released_at is None else _PERHAPS)


def _failed(row: Dispatch, why: Refusal, *, by: User, at: datetime) -> Refusal:
    """Keep the try. Gives what is to be raised."""
    said = " ".join(why.reasons)[:600]
    with transaction.atomic():
        let_go(row)
        DispatchAttempt.objects.create(dispatch=row, at=at, by=by, said=said, is_unsure=isinstance(why, Unsure))
        for one in row.claims.select_related("claim__encounter__patient"):
            record(
                "claim.dispatch_failed",
                by=by, at=at, subject=one.claim, patient=one.claim.encounter.patient, outbox=row.pk,
            )  # fmt: skip
    return why


# --- It left ------------------------------------------------------------------------------------------------------


def arrived(dispatch: Dispatch, reference: str, *, by: User, at: datetime) -> Dispatch:
    """A person says that what was broken off did arrive, with the number that proves it.

    Raises NotPossible where nothing of it has left or it is over, Refused without a number.
    """
    if not by.may(Permission.CLAIM_SUBMIT):
        raise NotPermitted("Your role does not allow you to send claims.")
    reference = clean_text(reference)
    if not reference:
        raise Refused("Give what proves it: a number, or the name of the answer and its day.")
    row = Dispatch.objects.select_related("transmission").get(pk=dispatch.pk)
    require_waiting(row)
    if row.released_at is None:
        raise NotPossible("Nothing of it has left yet. Send it, or take it out of the outbox.")
    proof = {"channel": "clearinghouse", "proof": "receipt", "proof_reference": reference[:80]}
    return _finish(row, proof, by=by, at=at)


def answered(transmission: Transmission, *, by: User, at: datetime) -> bool:
    """An answer came to a file: what was broken off behind its mark did leave, and is recorded. Whether it was one."""
    row = transmission.dispatches.filter(delivered_at=None, given_up_at=None, released_at__isnull=False).first()
    if row is None:
        return False
    _finish(row, _answer_to(transmission), by=by, at=at)
    return True


def _finish(row: Dispatch, proof: dict[str, Any], laid: tuple[Laid, ...] = (), *, by: User, at: datetime) -> Dispatch:
    """Record that it left, on the day of its mark, however much later that is known. `proof` as for `record_left`."""
    with transaction.atomic():
        # First the claims by their numbers, then what carries them: the order of all who hold both.
        hold_all(Claim.objects.filter(dispatched__dispatch=row))
        now = Dispatch.objects.select_for_update(of=("self",)).select_related("transmission").get(pk=row.pk)
        if now.delivered_at:
            return now
        for one in now.claims.select_related("claim__encounter__location", "packet", "dispatch").order_by("pk"):
            submission = _recorded(one, proof, by=by, at=at)
            if one.is_waiting:
                one.submission, one.is_waiting = submission, False
                one.save(update_fields=["is_waiting", "submission"])
        if now.given_up_at:
            said = "It left all the same: it was taken out while it was being handed over."
            DispatchAttempt.objects.create(dispatch=now, at=at, by=by, said=said)
            return now
        now.delivered_at, now.listing = at, [asdict(x) for x in laid]
        now.proof_reference = "" if laid else proof["proof_reference"]
        now.held_until = None
        now.save(update_fields=["delivered_at", "listing", "proof_reference", "held_until"])
    return now


def _answer_to(transmission: Transmission) -> dict[str, Any]:
    reference = f"Answered: file {transmission.interchange:09d}"
    return {"channel": "clearinghouse", "proof": "acknowledgement", "proof_reference": reference}


def _listed(laid: tuple[Laid, ...], at: datetime) -> dict[str, Any]:
    (claims,) = [x for x in laid if x.name.endswith(".837")]
    listing = json.dumps([asdict(x) for x in laid], indent=1).encode()
    return {
        "channel": "clearinghouse",
        "proof": "listing",
        "proof_reference": f"{claims.name}, {claims.size:,} bytes, SHA-256 {claims.sha256[:16]}…",
        "proof_file": files.keep(listing, media_type="application/json", at=at),
    }


def _recorded(one: DispatchedClaim, values: dict[str, Any], *, by: User, at: datetime) -> Submission | None:
    """Record one claim as sent; nothing where it is void, or somebody recorded it before."""
    claim = one.claim
    if one.packet is None:
        record("claim.tell_void", by=by, at=at, subject=claim, patient=claim.encounter.patient, outbox=one.dispatch_id)
        return None
    if claim.transport not in (Transport.NONE, Transport.REJECTED):
        return claim.submissions.filter(packet=one.packet).order_by("-pk").first()
    left_on = claim.encounter.location.today(one.dispatch.released_at or at)
    with suppress(NotPossible):
        return record_left(claim, one.packet, {**values, "sent_on": left_on}, by=by, at=at)
    return None
