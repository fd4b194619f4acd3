"""What moves on the shelf of a claim beyond adding and taking off: a better copy, a document that lies elsewhere, and
what cannot be had.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import FROM_PAYER, Claim, Denial, Evidence, Unobtainable
from claims.proofs.items import BY_KEY
from claims.queries.evidence import Received, elsewhere, of_visit_unused, received_of
from claims.services.evidence import add_evidence
from claims.workflow import DenialStatus
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services import files
from documentation.services.audit import record

SHORTEST_REASON = 5
"""Letters of a reason."""


def replace_evidence(
    evidence: Evidence, values: dict[str, Any], data: bytes, *, by: User, at: datetime
) -> tuple[Evidence, tuple[str, ...]]:
    """Put a better copy in the place of a document, which is taken off; it can be put back once the new one is.

    Raises NotPossible where the document was taken off meanwhile, or was sent: what was sent stays. Raises
    ValidationError for a kind of the other side: changing sides is a choice of its own.
    """
    kind = values["kind"]
    if kind != evidence.kind and ("payer" if kind in FROM_PAYER else "send") != evidence.side:
        raise ValidationError({"kind": _OTHER_SIDE[evidence.side]})
    given = {**values, "side": evidence.side}
    return add_evidence(evidence.claim, given, data, by=by, at=at, instead_of=evidence)


_OTHER_SIDE = {
    "send": "This document is to be sent, and what came from the payer lies apart. Choose a kind to send, or take this"
    " one off and keep the payer's document by itself.",
    "payer": "This document came from the payer and stays here. Choose a kind from the payer; to send one, add it as"
    " evidence to send, or send a copy along.",
}
"""What is said to a kind that does not belong to the side of the document."""


def send_along(claim: Claim, source: str, *, by: User, at: datetime) -> Evidence:
    """Lay what a payer sent among what is to be sent: a person chose it. `source` as in `Received`.

    The other side keeps it, so taking it off again undoes this. Raises NotPossible for what lies there no more,
    ValidationError where it tells of other patients, too.
    """
    found = next((r for r in received_of(claim) if r.source == source), None)
    if found is None or found.file is None:
        raise NotPossible("This document is not among what the payer sent. Look at the claim's page again.")
    return _copied(claim, found, by=by, at=at)


def use_here(claim: Claim, source: int, *, by: User, at: datetime) -> Evidence:
    """Lay a document of another claim of the same visit on this claim's shelf, too."""
    row = next((e for e in elsewhere(claim) if e.pk == source), None)
    if row is None:
        raise NotPossible("This document lies on no other claim of the visit any more. Look at the claim's page again.")
    told = Received(f"evidence:{row.pk}", row.title, row.kind, row.dated_on, row.came_from, file=row.file)
    return _copied(claim, told, by=by, at=at)


def use_of_visit(claim: Claim, source: int, *, by: User, at: datetime) -> Evidence:
    """Lay a document of the visit on a claim's shelf: a person chose it."""
    row = next((d for d in of_visit_unused(claim) if d.pk == source), None)
    if row is None:
        raise NotPossible("This document lies with the visit no more, or here already. Look at the claim's page again.")
    told = Received(f"visit:{row.pk}", row.title, row.kind, row.dated_on, row.came_from, file=row.file)
    return _copied(claim, told, by=by, at=at)


def _copied(claim: Claim, found: Received, *, by: User, at: datetime) -> Evidence:
    """The bytes as they are kept, looked at again as of a document that is new."""
    assert found.file is not None  # noqa: S101 - asked for by who calls
    values = {
        "kind": found.kind, "title": found.title[:120], "dated_on": found.dated_on, "came_from": found.came_from,
        "side": "send",
    }  # fmt: skip
    try:
        data = files.read(found.file)
    except (files.MissingFile, files.DamagedFile) as e:
        raise NotPossible(f"“{found.title}” cannot be used. {e}") from e
    return add_evidence(claim, values, data, by=by, at=at)[0]


# ------------------------------------------------------------------------------------------- what cannot be had


def mark_unobtainable(denial: Denial, item: str, reason: str, *, by: User, at: datetime) -> Unobtainable:
    """Say that something an appeal should enclose cannot be had. It stays said for every level of the denial.

    Raises NotPossible for what is on no checklist or was said already, ValidationError without a reason.
    """
    _require(by)
    if item not in BY_KEY or not BY_KEY[item].can_lack:
        raise NotPossible("This is nothing that could be marked. Look at the appeal's page again.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise ValidationError({"reason": "Say why it cannot be had, in a few words: a colleague will read it."})
    with transaction.atomic():
        row = Denial.objects.select_for_update().get(pk=denial.pk)
        _require_open(row)
        if row.unobtainable.filter(item=item, lifted_at=None).exists():
            raise NotPossible("Somebody said already that it cannot be had. Look at the page again.")
        made = Unobtainable(denial=row, item=item, reason=reason.strip(), marked_at=at, marked_by=by)
        made.full_clean()
        made.save()
        _told(row, "evidence.unobtainable", item, by=by, at=at)
    return made


def lift_unobtainable(denial: Denial, item: str, *, by: User, at: datetime) -> None:
    """Take back that something cannot be had; nothing happens where it was taken back already."""
    _require(by)
    with transaction.atomic():
        row = Denial.objects.select_for_update().get(pk=denial.pk)
        _require_open(row)
        made = row.unobtainable.filter(item=item, lifted_at=None).first()
        if made is None:
            return
        made.lifted_at, made.lifted_by = at, by
        made.save(update_fields=["lifted_at", "lifted_by"])
        _told(row, "evidence.obtainable", item, by=by, at=at)


def _require(by: User) -> None:
    if not by.may(Permission.APPEAL_EDIT):
        raise NotPermitted("Your role does not allow you to work on appeals.")


def _require_open(denial: Denial) -> None:
    if denial.status == DenialStatus.RESOLVED:
        raise NotPossible("This denial is settled, so its checklist stays as it is.")


def _told(denial: Denial, action: str, item: str, *, by: User, at: datetime) -> None:
    claim = denial.claim
    record(action, by=by, at=at, subject=claim, patient=claim.encounter.patient, denial=denial.pk, item=item)
