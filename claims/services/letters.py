"""The letter of an appeal: drafted from the signed facts, edited by people, sealed with its evidence."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime

from claims.facts import AppealFacts, ClaimFacts
from claims.models import Appeal, Claim, Packet
from claims.packet import build_appeal
from claims.packet.appeal import enclosures as enclosures_of
from claims.packet.letter import Letter, draft, edited
from claims.queries.evidence import leaving
from claims.queries.letters import facts_of
from claims.services.evidence import enclosures_of as documents
from claims.services.packets import address_of, control_number_of, new_code, pictures_of, store
from claims.workflow import APPEAL
from documentation.kernel.machine import NotPossible
from documentation.kernel.wire import from_data, to_data
from documentation.models import User
from documentation.models.fields import canonical
from documentation.services.transitions import perform


def letter_of(appeal: Appeal, *, today: date) -> Letter:
    """The letter as it stands: as sealed where it is sealed, else as edited, else as drafted from the facts."""
    sealed = appeal.packet
    facts = from_data(AppealFacts, json.loads(sealed.facts)) if sealed else facts_of(appeal, today=today)
    return edited(draft(facts), appeal.letter)


def draft_of(appeal: Appeal, *, today: date) -> Letter:
    """The letter as the facts alone give it, whatever a person made of it."""
    return draft(facts_of(appeal, today=today))


def enclosures(facts: ClaimFacts, enclosed: Collection[str] = ()) -> list[str]:
    """What goes with the letter, in the order of the packet; `enclosed` are the parts that are documents."""
    return enclosures_of(AppealFacts(claim=facts), enclosed)


def seal(appeal: Appeal, *, by: User, at: datetime) -> Packet:
    """Seal the letter with its evidence as the appeal's own packet; from then on the words stay as they are.

    Everything slow happens before the transaction; the packet is kept only if the letter is still as it was composed.
    Raises Refused with every gap of the letter or where something cannot be typeset, NotPossible for an appeal that
    is no draft or was changed meanwhile, like the shelf.
    """
    appeal.refresh_from_db()
    claim, seen = appeal.claim, appeal.revision
    place = claim.encounter.location
    facts = facts_of(appeal, today=place.today(at))
    letter = edited(draft(facts), appeal.letter)
    APPEAL.fire("seal", appeal.status, by.permissions, letter)
    shelf = [e.pk for e in leaving(claim)]
    code, control_number = new_code(), control_number_of(claim)
    built = build_appeal(
        facts,
        letter=letter,
        images=pictures_of(claim),
        control_number=control_number,
        verification_code=code,
        verification_url=address_of(code),
        sealed_at=at.astimezone(place.zone),
        enclosures=documents(claim),
    )
    patient, level = claim.encounter.patient, appeal.level
    with perform(APPEAL, "seal", appeal, by=by, at=at, facts=lambda _: letter, patient=patient, level=level) as row:
        if row.revision != seen:
            raise NotPossible(
                "Somebody changed the letter while its packet was being built. Read it again, then seal it."
            )
        locked = Claim.objects.select_for_update().get(pk=claim.pk)
        if [e.pk for e in leaving(locked)] != shelf:
            raise NotPossible(
                "Somebody changed the shelf while the letter's packet was being built. Look at it, then seal it again."
            )
        packet = store(
            built,
            locked,
            kind="appeal",
            control_number=control_number,
            code=code,
            facts=canonical(to_data(facts)),
            report=canonical([]),
            by=by,
            at=at,
        )
        Appeal.objects.filter(pk=row.pk).update(packet=packet)
    appeal.refresh_from_db()
    return packet


def edit_again(appeal: Appeal, *, by: User, at: datetime) -> None:
    """Take a sealed appeal back to draft. What was sealed is kept; the next seal makes another packet."""
    patient, level = appeal.claim.encounter.patient, appeal.level
    with perform(APPEAL, "edit", appeal, by=by, at=at, patient=patient, level=level) as row:
        Appeal.objects.filter(pk=row.pk).update(packet=None)
    appeal.refresh_from_db()
