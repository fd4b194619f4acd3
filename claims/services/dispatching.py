"""Verbs of the outbox: claims are put into it, taken out of it, and a person says what became of what is not known."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from claims.models import Claim, Dispatch, DispatchAttempt, DispatchedClaim, DispatchFile, Packet
from claims.queries.parties import parties
from claims.queries.sending import require_in_earnest, ways_out
from claims.services.cargo import Looked, cargo_of, look
from claims.services.leases import hold, let_go, renew, require_unfinished
from claims.services.transmissions import Written, write_claims
from claims.ways import Time, Way, WayFailed, way_of
from claims.ways.carrying import clear
from claims.ways.drop import CONTROL_ENDING
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.kernel.text import clean_text
from documentation.models import User
from documentation.services import files
from documentation.services.audit import record

MOST = 25
"""Claims that leave together."""
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of the documents of claims that leave together; one claim alone may have more."""
LAST_ENDINGS = (".837", CONTROL_ENDING)
"""What bears one of these is collected: the claims themselves, or the list that says that all are there."""


def way_out(key: str) -> Way:
    """The way of this key, ready to carry. Raises Refused where there is none, or something must be set up first."""
    way = way_of(key)
    if way is None:
        raise Refused(f"There is no way out named “{key}”.")
    require_in_earnest()
    if why := way.lacking(ways_out()):
        raise Refused(why)
    return way


def loads(claims: Iterable[Claim]) -> list[list[Claim]]:
    """Claims in loads that leave together, each in one file: claims of one kind, without a clearinghouse that takes all
    payers of one payer, `MOST` at most, and no more than fits into memory. Their order is kept.
    """
    alike: dict[tuple[str, int], list[Claim]] = {}
    takes_all = bool(parties().receiver)
    for claim in claims:
        payer = 0 if takes_all else claim.coverage.payer_id
        alike.setdefault((claim.kind, payer), []).append(claim)
    return [load for some in alike.values() for load in _that_fit(some)]


def _that_fit(claims: list[Claim]) -> list[list[Claim]]:
    packets = Packet.objects.filter(claim__in=claims, kind="claim").order_by("pk")
    sizes: dict[int, int] = dict(packets.values_list("claim", "zip__size"))
    found: list[list[Claim]] = []
    room = 0
    for claim in claims:
        size = sizes.get(claim.pk, 0)
        if not found or len(found[-1]) == MOST or size > room:
            found.append([])
            room = MOST_BYTES
        found[-1].append(claim)
        room -= size
    return found


def put(claims: Collection[Claim], way_key: str, *, again: str = "", by: User, at: datetime) -> Dispatch:
    """Write claims down as leaving together by a way that carries by itself, with every file; nothing moves yet.

    All or none: raises Refused with every reason, by claim; NotPossible where somebody puts one in at this moment.
    `again` as for `write_claims`.
    """
    if not by.may(Permission.CLAIM_SUBMIT):
        raise NotPermitted("Your role does not allow you to send claims.")
    if len(claims) > MOST:
        raise Refused(f"At most {MOST} claims leave together. Send the others after them.")
    way = way_out(way_key)
    if way.is_by_hand or not way.is_electronic:
        raise Refused(f"{way.name} is carried by a person: take the files, then record what was sent.")
    try:
        with transaction.atomic():
            return _put(claims, way, again, by, at)
    except IntegrityError as e:
        raise NotPossible("Somebody else put one of these claims into the outbox at the same moment.") from e


def _put(claims: Collection[Claim], way: Way, again: str, by: User, at: datetime) -> Dispatch:
    keys = [c.pk for c in claims]
    # Always in one order, so that two who send the same claims wait for each other.
    rows = {c.pk: c for c in Claim.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    looked = look([rows[pk] for pk in keys if pk in rows], again=again, by=by, at=at)
    if problems := [f"{one.claim}: {why}" for one in looked for why in one.against(way)]:
        raise Refused(*problems)
    read = {one.claim.pk: one.row for one in looked if one.row}
    written = write_claims([one.claim for one in looked], again=again, carried=way.channel, looked=read, by=by, at=at)
    if written.already and not written.transmission.dispatches.exists():
        raise Refused(
            f"These claims were written into the file {written.transmission.interchange:09d} for somebody else to send."
            " If it left, record each as sent. If it never left, give the reason, and they are written anew."
        )
    return _keep(written, looked, way, by, at)


def _keep(written: Written, looked: list[Looked], way: Way, by: User, at: datetime) -> Dispatch:
    sent = written.transmission
    made = way.arrange(cargo_of(looked, way, f"{sent.interchange:09d}", written.data, at=at))
    dispatch = Dispatch.objects.create(way=way.key, transmission=sent, planned_at=at, planned_by=by)
    DispatchFile.objects.bulk_create(
        DispatchFile(
            dispatch=dispatch,
            position=n,
            name=file.name,
            title=file.title,
            claim_number=file.claim,
            file=files.keep(file.content, media_type=_media_type(file.name), at=at),
        )
        for n, file in enumerate(made)
    )
    for one in looked:
        DispatchedClaim.objects.create(
            dispatch=dispatch, claim=one.claim, packet=one.packet, claim_revision=one.claim.revision
        )
        patient = one.claim.encounter.patient
        record("claim.dispatch", by=by, at=at, subject=one.claim, patient=patient, way=way.key, outbox=dispatch.pk)
    return dispatch


def _media_type(name: str) -> str:
    types = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png", "tif": "image/tiff"}
    ending = name.rpartition(".")[2]
    return types.get(ending, "application/edi-x12" if ending == "837" else "text/plain")


def give_up(dispatch: Dispatch, reason: str, *, by: User, at: datetime) -> None:
    """Take what did not leave out of the outbox: its claims stay where they are, and may leave another way.

    Behind the mark the place is looked at first, and `reason` is the clearinghouse's word that it has nothing. Raises
    NotPossible where it left, lies there under its name or is being carried at this moment; WayFailed where nobody
    can look; ValidationError without a reason.
    """
    reason = clean_text(reason)
    held = _looked_at(dispatch, reason, by=by, is_over=True)
    with transaction.atomic():
        row = _ours(held)
        row.given_up_at, row.given_up_by, row.given_up_reason = at, by, reason[:300]
        row.held_until = None
        row.save(update_fields=["given_up_at", "given_up_by", "given_up_reason", "held_until"])
        for one in row.claims.filter(is_waiting=True).select_related("claim__encounter__patient"):
            one.is_waiting = False
            one.save(update_fields=["is_waiting"])
            _tell("claim.dispatch_given_up", one, by=by, at=at, reason=reason[:300])


def send_again(dispatch: Dispatch, reason: str, *, by: User, at: datetime) -> None:
    """Say that the other side has nothing of what was broken off: it may be laid down anew, under the same names.

    Raises as `give_up` does.
    """
    reason = clean_text(reason)
    held = _looked_at(dispatch, reason, by=by)
    with transaction.atomic():
        row = _ours(held)
        row.released_at = row.held_until = None
        row.laid = 0  # what lies there was for the sending before: it is read back again
        row.save(update_fields=["released_at", "held_until", "laid"])
        said = f"To be sent again: {reason}"[:600]
        DispatchAttempt.objects.create(dispatch=row, at=at, by=by, said=said)
        for one in row.claims.filter(is_waiting=True).select_related("claim__encounter__patient"):
            _tell("claim.dispatch_again", one, by=by, at=at, reason=reason[:300])


def _looked_at(dispatch: Dispatch, reason: str, *, by: User, is_over: bool = False) -> Dispatch:
    """What waits, held, with nothing of it lying there under the name of the claims. `is_over`: and no leavings."""
    if not by.may(Permission.CLAIM_SUBMIT):
        raise NotPermitted("Your role does not allow you to send claims.")
    if not reason:
        raise ValidationError({"reason": "Say how you know that it did not arrive."})
    row = hold(dispatch)
    try:
        require_unfinished(row)
        _look_there(row, is_over=is_over)
    except BaseException:
        let_go(row)
        raise
    return row


def _look_there(row: Dispatch, *, is_over: bool) -> None:
    way = way_of(row.way)
    # Where the way is set up no longer, nobody can look: the clearinghouse's word is all there is.
    if way is None or way.opened is None or way.lacking(ways_out()):
        return
    names = [f.name for f in row.files.all()]
    try:
        with way.opened(ways_out(), Time()) as place:
            there = place.sizes(names)
            lying = [n for n in names if n in there and n.endswith(LAST_ENDINGS)]
            if row.released_at and lying:
                raise NotPossible(
                    f"The file {lying[0]} lies there under its name, so the clearinghouse has it or collects it."
                    " Try to hand it over again: what is missing is laid beside it, and its claims count as sent."
                )
            if is_over:
                clear(place, names)
    except WayFailed as e:
        if row.released_at is None:
            return  # Nothing of it bears its name: what was left under working names is looked at by nobody.
        raise WayFailed(*e.reasons, "So nobody can look whether it lies there. Try again when it answers.") from e


def _ours(held: Dispatch) -> Dispatch:
    """The row, locked, while it is still held by this process."""
    row: Dispatch = Dispatch.objects.select_for_update().get(pk=held.pk)
    renew(held)
    return row


def _tell(action: str, one: DispatchedClaim, *, by: User, at: datetime, **detail: str) -> None:
    record(
        action, by=by, at=at, subject=one.claim, patient=one.claim.encounter.patient, outbox=one.dispatch_id, **detail
    )
