"""Verbs that make a record binding: sign, and add to what was signed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from documentation.facts import EncounterFacts
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.kernel.wire import to_data
from documentation.models import Addendum, Encounter, Signature, User
from documentation.models.fields import canonical
from documentation.queries.encounters import draft_facts, with_record
from documentation.queries.people import reached_lately
from documentation.queries.versions import version_after
from documentation.services.audit import record
from documentation.services.notices import News, tell
from documentation.services.transitions import perform
from documentation.workflow import ENCOUNTER, EncounterStatus


def sign(encounter: Encounter, *, by: User, at: datetime, seen: int | None = None) -> Encounter:
    """Sign the record as it stands and lock it; the version before it, if any, is replaced. Raises Refused with
    every blocker.

    `seen` is the revision of the record that the person read; a record that changed since must be read again.

    Whether the person gave the password at this moment is the caller's to check. Only the treating clinician signs.
    """
    if getattr(by, "clinician", None) is None or by.clinician.pk != encounter.clinician_id:
        raise NotPermitted(f"Only {encounter.clinician} can sign this record: it is their work that it tells of.")

    def facts(row: Encounter) -> EncounterFacts:
        return draft_facts(with_record().get(pk=row.pk), today=row.location.today(at))

    with transaction.atomic():
        # Locked first, as unlocking does: two who meet here wait for each other instead of blocking each other.
        older = encounter.previous_id
        before = Encounter.objects.select_for_update().get(pk=older) if older else None
        with perform(ENCOUNTER, "sign", encounter, by=by, at=at, facts=facts, patient=encounter.patient) as row:
            if seen is not None and row.revision != seen:
                raise NotPossible(
                    "The record changed after you opened this page. Read what is new below, then sign again."
                )
            _attach_signature(row, content_of(facts(row)), by=by, at=at)
            _mark("encounter.signed_after_reset", row, by=by, at=at)
        if before is not None:
            with perform(ENCOUNTER, "supersede", before, by=by, at=at, patient=row.patient, new=row.number):
                pass
    return encounter


def _attach_signature(encounter: Encounter, content: str, *, by: User, at: datetime) -> None:
    clinician = encounter.clinician
    Signature.objects.create(
        encounter=encounter,
        signer=by,
        name=f"{clinician.first_name} {clinician.last_name}".strip(),
        credential=clinician.credential,
        licence=clinician.licence,
        licence_state=clinician.licence_state,
        npi=clinician.npi,
        statement=statement_of(encounter),
        signed_at=at,
        content=content,
        content_sha256=hashlib.sha256(content.encode()).hexdigest(),
    )


def statement_of(encounter: Encounter) -> str:
    """What the clinician declares by signing: shown above the button, kept with the signature."""
    read = " and read these images" if encounter.images.exists() else ""
    return f"I, {encounter.clinician}, examined this patient{read}. The record above is mine."


def content_of(facts: EncounterFacts) -> str:
    """What a signature covers: all facts but the state and the day of looking, as canonical JSON."""
    return canonical(to_data(replace(facts, status="signed", today=None, signature=None, addenda=(), denied=())))


def add(encounter: Encounter, body: str, *, by: User, at: datetime) -> Addendum:
    """Add a signed text to a signed record. The earlier text stays as it is."""
    if not by.may(Permission.ENCOUNTER_SIGN):
        raise NotPermitted("Only clinicians can add to a signed record.")
    with transaction.atomic():
        row = Encounter.objects.select_for_update().get(pk=encounter.pk)
        if row.status == EncounterStatus.SUPERSEDED and (after := version_after(row)):
            raise NotPossible(f"Version {after.version}, {after}, has replaced this record. Add to that one instead.")
        if row.status != EncounterStatus.SIGNED:
            raise NotPossible("An addendum needs a signed record; this one can still be changed directly.")
        addendum = Addendum(encounter=row, body=body, author=by, author_name=by.display_name, added_at=at)
        addendum.full_clean(exclude=["sha256"])
        if not addendum.body:
            raise ValidationError({"body": "The addendum is empty. Write what is to be added."})
        addendum.sha256 = hashlib.sha256(addendum.body.encode()).hexdigest()
        addendum.save()
        theirs = [row.clinician.user_id] if row.clinician.user_id else []
        tell((News(user, "encounter", row.pk, "addendum") for user in theirs), by=by, at=at)
        record("encounter.addendum", by=by, at=at, subject=row, patient=row.patient)
        _mark("encounter.addendum_after_reset", row, by=by, at=at)
    return addendum


def _mark(action: str, encounter: Encounter, *, by: User, at: datetime) -> None:
    """Note that somebody else could have signed: the account was reset, or opened by a link, within the day before."""
    if reached := reached_lately(by, at=at):
        record(action, by=by, at=at, subject=encounter, patient=encounter.patient, what=reached.what)
