"""The letter of an appeal: drafted from the signed facts, edited by people, sealed with its evidence."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from claims.channels.seen import AS_IT_IS
from claims.facts import AppealFacts, ClaimFacts
from claims.models import Appeal, Claim, Packet
from claims.packet import Besides, BuiltPacket, build_appeal
from claims.packet.appeal import enclosures as enclosures_of
from claims.packet.letter import Letter, draft
from claims.queries.enclosed import Chosen, chosen_as_json
from claims.queries.letters import facts_of, letter_on
from claims.queries.proofs import NOTHING_NEW, whats_new
from claims.services.channels import APPEAL as WHOLE
from claims.services.channels import besides_of
from claims.services.evidence import chosen_of, opened
from claims.services.holding import holding
from claims.services.packets import address_of, control_number_of, headed, new_code, pictures_of, store
from claims.workflow import APPEAL
from documentation.kernel.machine import NotPossible, Refused
from documentation.kernel.text import clean_text
from documentation.kernel.wire import from_data, to_data
from documentation.models import User
from documentation.models.fields import canonical
from documentation.services import letterhead
from documentation.services.transitions import perform


def letter_of(appeal: Appeal, *, today: date) -> Letter:
    """The letter as it stands: as sealed where it is sealed, else as edited, else as drafted from the facts."""
    sealed = appeal.packet
    facts = from_data(AppealFacts, json.loads(sealed.facts)) if sealed else facts_of(appeal, today=today)
    return letter_on(appeal, facts)


def draft_of(appeal: Appeal, *, today: date) -> Letter:
    """The letter as the facts alone give it, whatever a person made of it."""
    return draft(facts_of(appeal, today=today))


def enclosures(facts: ClaimFacts, enclosed: Collection[str] = ()) -> list[str]:
    """What goes with the letter, in the order of the packet; `enclosed` are the parts that are documents."""
    return enclosures_of(AppealFacts(claim=facts), enclosed)


SHORTEST_REASON = 5
"""Letters of a reason."""


def seal(appeal: Appeal, *, channel: str = AS_IT_IS, although: str = "", by: User, at: datetime) -> Packet:
    """Seal the letter with its evidence as the appeal's own packet, with the files of the channel by which it is to
    leave; from then on the words stay as they are. `although` says why it is sent although nothing of it is new to the
    payer; it is asked for only then, and stands in the history.

    Everything slow happens before the transaction; the packet is kept only if the letter is still as it was composed.
    Raises Refused with every gap of the letter, where nothing is new and no reason is given, or where something cannot
    be typeset or does not fit the channel, NotPossible for an appeal that
    is no draft or was changed meanwhile, like the shelf.
    """
    appeal.refresh_from_db()
    claim, seen = appeal.claim, appeal.revision
    place = claim.encounter.location
    facts = facts_of(appeal, today=place.today(at))
    facts = replace(facts, claim=headed(facts.claim))
    letter = letter_on(appeal, facts)
    APPEAL.fire("seal", appeal.status, by.permissions, letter)
    documents = chosen_of(claim, facts.claim)
    told = _reason_told(appeal, facts, letter, documents, although)
    code, control_number = new_code(), control_number_of(claim)
    besides = besides_of(facts.claim, channel, further=WHOLE)
    built = built_from(appeal, facts, documents, code=code, control_number=control_number, at=at, besides=besides)
    patient, level = claim.encounter.patient, appeal.level
    step = perform(APPEAL, "seal", appeal, by=by, at=at, facts=lambda _: letter, patient=patient, level=level, **told)
    with holding(claim.pk), step as row:
        if row.revision != seen:
            raise NotPossible(
                "Somebody changed the letter while its packet was being built. Read it again, then seal it."
            )
        locked = Claim.objects.select_for_update().get(pk=claim.pk)
        if chosen_of(locked) != documents:
            raise NotPossible(
                "Somebody changed the shelf while the letter's packet was being built. Look at it, then seal it again."
            )
        packet = store(
            built,
            locked,
            kind="appeal",
            channel=channel,
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


def _reason_told(
    appeal: Appeal, facts: AppealFacts, letter: Letter, documents: list[Chosen], although: str
) -> dict[str, str]:
    """What the history keeps of an appeal in which nothing is new. Raises Refused where no reason is given."""
    if not whats_new(appeal, facts, letter, documents).fresh.is_nothing:
        return {}
    although = clean_text(although)
    if len(although) < SHORTEST_REASON:
        raise Refused(
            f"{NOTHING_NEW} Add a document, an addendum or a corrected record, or write into the letter what they"
            " overlooked. To send it all the same, say why."
        )
    return {"nothing_new": although[:300]}


def built_from(
    appeal: Appeal,
    facts: AppealFacts,
    documents: list[Chosen],
    *,
    code: str,
    control_number: str,
    at: datetime,
    besides: Besides | None,
) -> BuiltPacket:
    """The packet of an appeal as it is now, set and put together; nothing is kept."""
    claim = appeal.claim
    return build_appeal(
        facts,
        letter=letter_on(appeal, facts),
        images=pictures_of(claim) | letterhead.pictures(facts.claim.logo),
        control_number=control_number,
        verification_code=code,
        verification_url=address_of(code),
        sealed_at=at.astimezone(claim.encounter.location.zone),
        enclosures=opened(claim, documents),
        told=chosen_as_json(documents),
        besides=besides,
    )


def edit_again(appeal: Appeal, *, by: User, at: datetime) -> None:
    """Take a sealed appeal back to draft. What was sealed is kept; the next seal makes another packet."""
    claim = appeal.claim
    patient, level = claim.encounter.patient, appeal.level
    with holding(claim.pk), perform(APPEAL, "edit", appeal, by=by, at=at, patient=patient, level=level) as row:
        Appeal.objects.filter(pk=row.pk).update(packet=None)
    appeal.refresh_from_db()
